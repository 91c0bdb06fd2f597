"""A month of the demo closed, corrected and proven: what stands in the ledger, and that it can be made again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
from conftest import House

from dagster_project.books.books import close_month, restate_month
from dagster_project.books.closing import issued
from dagster_project.books.scratch import FOLDER
from dagster_project.books.verify import verify
from dagster_project.months import WrongUse
from dagster_project.settings import Settings

pytestmark = pytest.mark.skipif(os.environ.get("TEST_BOOKS") != "1", reason="make test-books")

JULY = date(2024, 7, 1)
QUOTA = "项目/乌海市2024年培育壮大农牧民合作社和家庭农牧场项目实施方案附件1 任务分配表.xlsx"
CORRECTED = "项目/乌海市2024年任务分配表（更正）_20240730.xlsx"


@dataclass
class Told:
    settings: Settings
    closed: dict
    first: dict[str, str]       # files of the first edition by content, right after closing
    published: list[tuple]      # the warehouse's books, right after closing
    restated: dict
    proven: dict


def digests(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def warehouse(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.fixture(scope="module")
def told(demo: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Closed with a file waiting in the inbox that is not read; restated with it; the first edition made again."""
    home = tmp_path_factory.mktemp("books") / "home"
    shutil.copytree(demo.home, home)
    settings = Settings(home=home, _env_file=None)
    book = openpyxl.load_workbook(settings.inbox / QUOTA)
    row = next(row for row in book.active.iter_rows() if any(cell.value == "海勃湾区" for cell in row))
    next(cell for cell in row if cell.value == 3).value = 4
    book.save(settings.inbox / CORRECTED)
    closed = close_month(settings, JULY, "测试人甲", date(2024, 8, 8))
    first = digests(settings.ledger / "2024-07" / "1")
    published = warehouse(settings, "select status, edition, closed_by, closed_on, previous_edition from report_month")
    restated = restate_month(settings, JULY, "测试人乙", "任务分配表更正", date(2024, 9, 3))
    yield Told(settings, closed, first, published, restated, verify(settings, JULY, 1, lambda line: None))


def test_the_edition_holds_what_was_issued_with_its_hashes(told: Told, demo: House) -> None:
    assert told.closed["edition"] == 1 and told.closed["previous_edition"] is None
    assert told.published == [("closed", 1, "测试人甲", date(2024, 8, 8), None)]
    manifest = json.loads((told.settings.ledger / "2024-07" / "1" / "manifest.json").read_text(encoding="utf-8"))
    assert {line["path"]: line["sha256"] for line in manifest["files"]} == {
        path: digest for path, digest in told.first.items() if path != "manifest.json"}
    register = (demo.home / "archive" / "register.jsonl").read_bytes()
    assert manifest["register_lines"] == register.count(b"\n")      # the file that waited is not among them
    assert manifest["register_sha256"] == hashlib.sha256(register).hexdigest()
    assert manifest["scopes"] == ["150300", "330200"] and manifest["status"] == "closed"
    drafted = {path.relative_to(demo.home).as_posix().replace("/2024-07/", "/", 1)
               for zone in ("exports", "restricted") for path in (demo.home / zone).rglob("*") if path.is_file()}
    assert {path for path in told.first if path.startswith(("exports/", "restricted/"))} == drafted
    with duckdb.connect() as con:       # the same figures as the draft's, to the row
        for table in ("coverage", "surplus_return", "shell_status", "star_rating"):
            old = demo.home / "lake" / "marts" / table / "report_month=2024-07-01" / "part.parquet"
            new = told.settings.ledger / "2024-07" / "1" / "marts" / f"{table}.parquet"
            left, right = (con.execute(f"select * exclude (edition) from read_parquet('{path}', hive_partitioning = false) "
                                       "order by all").fetchall() for path in (old, new))
            assert left and left == right


def test_the_words_of_the_books_stand_in_every_workbook(told: Told) -> None:
    for number, words in ((1, "已关账，第1版；首期（无上期）"), (2, "已更正，第2版；首期（无上期）")):
        books = sorted((told.settings.ledger / "2024-07" / f"{number}").glob("*/*/*.xlsx"))
        books = [path for path in books if "退回清单" not in path.name]
        assert len(books) >= 10
        for path in books:
            notes = openpyxl.load_workbook(path, read_only=True)["数据说明"]
            assert words in {cell for row in notes.iter_rows(values_only=True) for cell in row}, path.name


def test_the_first_edition_is_not_touched_by_the_second(told: Told) -> None:
    assert digests(told.settings.ledger / "2024-07" / "1") == told.first
    assert told.restated["edition"] == 2 and told.restated["status"] == "restated"
    assert warehouse(told.settings, "select status, edition, closed_by from report_month") == [("restated", 2, "测试人乙")]
    assert {row for row in warehouse(told.settings, "select distinct edition from coverage union all "
                                                    "select distinct edition from surplus_return")} == {(2,)}
    standing, second = (digests(told.settings.home / zone / "2024-07") for zone in ("exports", "restricted")), issued(
        told.settings, JULY).folder
    assert [digests(second / zone) for zone in ("exports", "restricted")] == list(standing)


def test_the_comparison_names_cell_before_after_and_file(told: Told) -> None:
    path = next(Path(name) for name in told.restated["comparisons"] if "/exports/" in name)
    lines = [row for row in openpyxl.load_workbook(path)["更正对照表"].iter_rows(values_only=True) if isinstance(row[0], int)]
    quota = [row for row in lines if row[1].startswith("乌海市/01_") and row[5] in ("培育壮大农牧民合作社数量（个）", "任务数（个）")]
    assert [(row[2], row[4][:4], row[6], row[7]) for row in quota] == [
        ("2024年度任务分配表", "海勃湾区", "3", "4"), ("任务进度", "海勃湾区", "3", "4"), ("任务进度", "合计 否", "10", "11")]
    assert all(CORRECTED in row[8] for row in quota)
    before, after = (openpyxl.load_workbook(next((told.settings.ledger / "2024-07" / number / "exports").glob("乌海市/01_*")))
                     for number in ("1", "2"))
    for row in quota:
        assert (str(before[row[2]][row[3]].value), str(after[row[2]][row[3]].value)) == (row[6], row[7])


def test_the_first_edition_can_be_made_again(told: Told) -> None:
    assert told.proven["differences"] == [] and told.proven["equal"]
    assert told.proven["tables"] > 40 and told.proven["workbooks"] > 10 and told.proven["rows"] > 10_000
    assert not (told.settings.home / FOLDER).exists()


def test_a_closed_month_is_not_run_and_the_same_again_is_no_correction(told: Told) -> None:
    with pytest.raises(WrongUse, match="第 2 版"):
        close_month(told.settings, JULY, "测试人甲", date(2024, 9, 4))
