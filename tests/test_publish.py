"""Publishing: staged, then in place; what a kill leaves; comments; months side by side."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project import failures, publish
from dagster_project.publish import PublishedTable, finish_publishing, start_staging, write_month, write_warehouse
from dagster_project.settings import Settings

TABLES = [
    PublishedTable("received_sheet", "收件登记", {"file_name": "文件名"}),
    PublishedTable("coverage", "覆盖率", {"region_code": "区划代码", "numerator": "分子", "note": "备注：it's"}),
]
JUNE, JULY = date(2024, 6, 1), date(2024, 7, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "it's 家", _env_file=None)
    made.build_file.parent.mkdir(parents=True)
    return made


def build(settings: Settings, numerator: int) -> None:
    settings.build_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_file)) as con:
        con.execute("create table received_sheet as select 'a.xlsx' as file_name, 'not documented' as inner_note")
        con.execute(f"create table coverage as select '150302' as region_code, {numerator} as numerator, "
                    "null::varchar as note, '测试人甲' as member_name")


def stage(settings: Settings, month: date, page: str) -> None:
    start_staging(settings)
    book = settings.staged / "exports" / f"{month:%Y-%m}" / "index.html"
    book.parent.mkdir(parents=True)
    book.write_text(page, encoding="utf-8")
    write_month(settings, TABLES, month)
    write_warehouse(settings, TABLES)


def query(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.execute(sql).fetchall()


def published(settings: Settings) -> dict[str, str]:
    roots = [settings.exports, settings.lake / "marts", settings.warehouse_file]
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*")) if file.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_months_stand_side_by_side_and_an_open_month_is_replaced(settings: Settings) -> None:
    for month, numerator in ((JUNE, 1), (JULY, 2), (JUNE, 3)):
        build(settings, numerator)
        stage(settings, month, f"{numerator}")
        publish.publish(settings)
    assert query(settings, "select * from coverage order by 1") == [(JUNE, "150302", 3, None, None), (JULY, "150302", 2, None, None)]
    assert query(settings, "select * from received_sheet") == [("a.xlsx",)]
    assert (settings.exports / "2024-06" / "index.html").read_text() == "3"
    assert not settings.staged.exists()


def test_every_table_and_every_column_is_explained(settings: Settings) -> None:
    build(settings, 1)
    stage(settings, JULY, "")
    publish.publish(settings)
    comments = query(settings, "select table_name, column_name, comment from duckdb_columns() where not internal")
    assert len(comments) == 1 + 5 and all(comment for *_, comment in comments)
    assert dict((row[1], row[2]) for row in comments)["note"] == "备注：it's"
    assert query(settings, "select comment from duckdb_tables() order by 1") == [("收件登记",), ("覆盖率",)]


def test_only_documented_columns_leave_the_build_file(settings: Settings) -> None:
    build(settings, 1)
    stage(settings, JULY, "")
    publish.publish(settings)
    for file in published(settings):
        content = Path(file).read_bytes()
        assert "测试人甲".encode() not in content and b"not documented" not in content


def test_until_everything_is_staged_nothing_published_changes(settings: Settings) -> None:
    build(settings, 1)
    stage(settings, JULY, "old")
    publish.publish(settings)
    before = published(settings)
    build(settings, 2)
    stage(settings, JULY, "new")           # killed here
    finish_publishing(settings)            # what the next run does first
    assert published(settings) == before
    start_staging(settings)                # the next run forgets what it finds
    assert list(settings.staged.iterdir()) == []


@pytest.mark.parametrize("renames", range(5))
def test_a_kill_between_two_renames_is_finished_by_the_next_run(
        settings: Settings, renames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    build(settings, 1)
    stage(settings, JULY, "old")
    publish.publish(settings)
    build(settings, 2)
    stage(settings, JULY, "new")
    real, left = Path.replace, iter(range(renames))

    def killed(self: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        if renames < 4:
            with pytest.raises(KeyboardInterrupt):
                publish.publish(settings)
        else:
            publish.publish(settings)      # an index page, two tables, the warehouse: no more than four
    finish_publishing(settings)
    assert (settings.exports / "2024-07" / "index.html").read_text() == "new"
    assert query(settings, "select numerator from coverage") == [(2,)]
    assert not settings.staged.exists()


@pytest.mark.parametrize(("code", "passes"), [(errno.EIO, True), (errno.ENOSPC, False)])
def test_a_disk_that_is_away_for_a_moment_does_not_stop_publishing(
        settings: Settings, code: int, passes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        build(settings, number)
        stage(settings, JULY, f"{number}")
        if number == 1:
            publish.publish(settings)
    real, fails = Path.replace, iter((False, True, True, False, False, False))

    def away(self: Path, target: Path) -> Path:
        if next(fails):
            raise OSError(code, "away")
        return real(self, target)

    monkeypatch.setattr(failures, "FIRST_WAIT_SECONDS", 0)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", away)
        if passes:
            failures.repeated(lambda: publish.publish(settings))
        else:
            with pytest.raises(OSError, match="away"):
                failures.repeated(lambda: publish.publish(settings))
    assert query(settings, "select numerator from coverage") == [(2,) if passes else (1,)]
    assert settings.staged.exists() is not passes


def test_readers_may_open_what_is_published_and_nothing_else(settings: Settings) -> None:
    before = os.umask(0o077)
    try:
        build(settings, 1)
        stage(settings, JULY, "")
        assert settings.staged.stat().st_mode & 0o077 == 0
        publish.publish(settings)
    finally:
        os.umask(before)
    for path in (settings.exports, settings.exports / "2024-07", settings.lake / "marts" / "coverage"):
        assert path.stat().st_mode & 0o777 == 0o755, path
    for file in published(settings):
        assert Path(file).stat().st_mode & 0o777 == 0o644, file
    assert settings.build_file.stat().st_mode & 0o077 == 0


def test_a_reader_that_asks_again_and_again_sees_whole_publications_only(settings: Settings) -> None:
    """A reader in a process of its own polls while eight publications replace the file: both tables are of one run."""
    tables = [PublishedTable(name, name, {"numerator": "分子"}) for name in ("coverage", "surplus_return")]
    done = settings.home / "done"
    polling = """
import sys, duckdb
from pathlib import Path
seen, warehouse, done = [], sys.argv[1], Path(sys.argv[2])
while not done.exists():
    with duckdb.connect(warehouse, read_only=True) as con:
        seen.append((con.execute("select numerator from coverage").fetchall(), con.execute("select numerator from surplus_return").fetchall()))
    if len(seen) == 1:
        print("reading", flush=True)
assert all(one == other and len(one) == 1 for one, other in seen), seen
assert [one for one, _ in seen] == sorted(one for one, _ in seen), seen
print(len({one[0] for one, _ in seen}))
"""
    reader = None
    for number in range(1, 9):
        settings.build_file.unlink(missing_ok=True)
        with duckdb.connect(str(settings.build_file)) as con:
            for table in tables:
                con.execute(f"create table {table.name} as select {number} as numerator")
        start_staging(settings)
        write_month(settings, tables, JULY)
        write_warehouse(settings, tables)
        publish.publish(settings)
        if reader is None:
            reader = subprocess.Popen([sys.executable, "-c", polling, str(settings.warehouse_file), str(done)],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            assert reader.stdout and reader.stdout.readline() == "reading\n"
    done.touch()
    assert reader is not None
    said, wrong = reader.communicate(timeout=30)
    assert reader.returncode == 0, wrong
    assert int(said) >= 2
