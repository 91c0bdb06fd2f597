"""The rules of the month's books without a run: who may close what, what is marked, what is put in place when."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from conftest import coopledger
from test_publish import JUNE, TABLES, build, query

from dagster_project import publish
from dagster_project.books.closing import Closing, first_closing, issued, refuse_closed, restatement
from dagster_project.books.issue import CORRECTED, row_difference, stage_marks
from dagster_project.books.manifest import REGISTER, FileLine, Manifest, key_fingerprint, read_manifest, reference
from dagster_project.books.shelf import books
from dagster_project.books.verify import archive_differences, ledger_differences
from dagster_project.clock import ZONE
from dagster_project.desk.due import draft_day
from dagster_project.lake import write_rows
from dagster_project.months import WrongUse
from dagster_project.previous_edition import MANIFEST, editions
from dagster_project.publish import finish_publishing, start_staging, write_month, write_warehouse
from dagster_project.receive.archive import object_path
from dagster_project.run_lock import AnotherRun, run_lock
from dagster_project.settings import Settings

MAY, JULY, AUGUST = date(2024, 5, 1), date(2024, 7, 1), date(2024, 8, 1)
DAY = date(2024, 8, 8)
BOOKS = {"status": "VARCHAR", "edition": "INTEGER", "previous_edition": "VARCHAR", "closed_by": "VARCHAR",
         "closed_on": "DATE", "remark": "VARCHAR"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", _env_file=None)
    settings.build_file.parent.mkdir(parents=True)
    return settings


def draft(settings: Settings, month: date, status: str = "open", edition: int | None = None) -> None:
    write_rows(settings.lake / "marts" / "report_month" / f"report_month={month}" / "part.parquet", BOOKS,
               [(status, edition, None, "测试人甲" if edition else None, DAY if edition else None, None)])


def close(settings: Settings, month: date, number: int = 1) -> None:
    """An edition as a closing leaves it, as far as the ledger goes."""
    closing = Closing(edition=number, closed_by="测试人甲", closed_on=DAY, reason="")
    folder = settings.ledger / f"{month:%Y-%m}" / str(number)
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text(Manifest(
        month=f"{month:%Y-%m}", edition=number, status=closing.status, closed_by="测试人甲", closed_on=DAY, reason="",
        as_of=month, scopes=["150300"], previous_edition=None,
        rests_on=[reference(edition) for edition in editions(settings, month).values()], replaces=None,
        software_version="0", code_sha256="", libraries={}, settings={}, key_fingerprint="", register_lines=0,
        register_sha256="", files=[]).model_dump_json())
    draft(settings, month, closing.status, number)


def test_a_person_closes_what_was_run_when_the_month_is_over(settings: Settings) -> None:
    draft(settings, JULY)
    assert first_closing(settings, JULY, " 测试人甲 ", DAY) == Closing(edition=1, closed_by="测试人甲", closed_on=DAY)
    assert first_closing(settings, JULY, "测试人甲", DAY).row == ("closed", 1, "测试人甲", DAY)
    for month, by, day, said in ((JULY, " ", DAY, "--by"), (JULY, "测试人甲", date(2024, 7, 31), "还没有过完"),
                                 (JUNE, "测试人甲", DAY, "还没有运行过")):
        with pytest.raises(WrongUse, match=said):
            first_closing(settings, month, by, day)


def test_a_closed_month_is_neither_run_nor_closed_again(settings: Settings) -> None:
    refuse_closed(settings, JULY)
    close(settings, JULY)
    refuse_closed(settings, AUGUST)
    with pytest.raises(WrongUse, match="2024-07 已关账（第 1 版）"):
        refuse_closed(settings, JULY)
    with pytest.raises(WrongUse, match="不能重复关账"):
        first_closing(settings, JULY, "测试人甲", DAY)


def test_a_restatement_is_the_next_number_and_has_a_reason(settings: Settings) -> None:
    with pytest.raises(WrongUse, match="没有关过账"):
        restatement(settings, JULY, "测试人甲", "迟到", DAY)
    for number in (1, 2):
        close(settings, JULY, number)
    assert restatement(settings, JULY, "测试人甲", "迟到", DAY).row == ("restated", 3, "测试人甲", DAY)
    with pytest.raises(WrongUse, match="--reason"):
        restatement(settings, JULY, "测试人甲", " ", DAY)
    assert issued(settings, JULY).number == 2 and issued(settings, JULY, 1).number == 1
    with pytest.raises(WrongUse, match="没有第 3 版"):
        issued(settings, JULY, 3)


def test_a_run_of_a_closed_month_ends_with_2_and_touches_nothing(settings: Settings) -> None:
    close(settings, JULY)
    done = coopledger(settings.home, "run", "--month", "2024-07", "--today", "2024-09-01")
    assert done.returncode == 2 and "2024-07 已关账（第 1 版）" in done.stderr and "restate" in done.stderr
    assert not settings.staged.exists() and not settings.build_file.exists()


def test_two_at_once_the_second_is_told_who_runs(settings: Settings) -> None:
    with run_lock(settings):
        with pytest.raises(AnotherRun, match=f"进程号 {os.getpid()}"), run_lock(settings):
            pass
        done = coopledger(settings.home, "run", "--month", "2024-07", "--today", "2024-09-01")
    assert done.returncode == 3 and f"另一次运行正在进行（进程号 {os.getpid()}），本次未做任何改动" in done.stderr
    with run_lock(settings):
        pass        # and now it may


def test_months_that_rest_on_a_corrected_one_are_marked(settings: Settings) -> None:
    for month in (MAY, JUNE, JULY):
        close(settings, month)
    draft(settings, AUGUST)
    start_staging(settings)
    assert stage_marks(settings) == []
    close(settings, JUNE, 2)
    assert stage_marks(settings) == [JULY]      # neither the month itself nor the one before it, nor an open one
    publish.publish(settings)
    assert {line["month"]: (line["status"], line["edition"], line["remark"]) for line in books(settings)} == {
        "2024-05": ("closed", 1, None), "2024-06": ("restated", 2, None), "2024-07": ("closed", 1, CORRECTED),
        "2024-08": ("open", None, None)}
    close(settings, JULY, 2)                    # it rests on the second June now
    start_staging(settings)
    assert stage_marks(settings) == []


def test_rows_are_compared_as_rows(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.parquet" for name in "abcde"]
    for path, sql in zip(files, (
            "select 1 as x, null as y union all select 1, null union all select 2, 'b'",
            "select 2 as x, 'b' as y union all select 1, null union all select 1, null",
            "select 1 as x, null as y union all select 2, 'b'",
            "select 1 as x, null as y, 7 as edition union all select 2, 'b', 7",
            "select 1 as x"), strict=True):
        duckdb.execute(f"copy ({sql}) to '{path}'")
    a, b, c, d, e = files
    assert row_difference(a, b) is None             # the order of rows is no figure
    assert row_difference(a, c) == (1, 0)           # but how often one stands there is
    assert row_difference(c, d) is None             # nor is the number of the edition
    assert row_difference(c, e) == (2, 1)
    assert row_difference(c, tmp_path / "none.parquet") == (2, 0)


def test_an_edition_is_put_in_place_with_what_is_published_its_manifest_last(settings: Settings,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader at every moment of it: either the whole draft or the whole edition, never some of each."""
    for number in (1, 2):
        build(settings, number)
        start_staging(settings)
        for zone, name in (("exports/2024-06", "a.xlsx"), ("restricted/2024-06/乌海市", "07.xlsx")):
            (settings.staged / zone).mkdir(parents=True)
            (settings.staged / zone / name).write_text(f"{number}")
        write_month(settings, TABLES, JUNE, edition=number)
        folder = settings.staged / "ledger" / "2024-06" / f"{number}"
        (folder / "marts").mkdir(parents=True)
        (folder / "marts" / "coverage.parquet").write_text("x")
        (folder / MANIFEST).write_text("{}")
        write_warehouse(settings, TABLES)
        if number == 1:
            publish.publish(settings)
    seen, real = [], Path.replace

    def watched(self: Path, target: Path) -> Path:
        seen.append((target.name, query(settings, "select distinct edition, numerator from coverage"),
                     sorted(one.number for one in editions(settings).values())))
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", watched)
        publish.publish(settings)
    assert [name for name, *_ in seen][-2:] == [MANIFEST, "coopledger.duckdb"]
    assert {tuple(rows) for _, rows, _ in seen} == {((1, 1),)}      # until the last rename
    assert {tuple(numbers) for *_, numbers in seen} == {(1,), (2,)} and seen[-2][2] == [1] and seen[-1][2] == [2]
    assert query(settings, "select distinct edition, numerator from coverage") == [(2, 2)]
    modes = {path.relative_to(settings.home).as_posix(): path.stat().st_mode & 0o777
             for zone in ("ledger", "restricted") for path in (settings.home / zone).rglob("*")}
    assert modes["ledger/2024-06/2/manifest.json"] == 0o400 and modes["ledger/2024-06/2"] == 0o700
    assert modes["restricted/2024-06/乌海市/07.xlsx"] == 0o600 and modes["restricted/2024-06/乌海市"] == 0o700
    finish_publishing(settings)     # nothing is left to do


def test_whatever_is_changed_in_the_ledger_or_the_archive_is_named(settings: Settings) -> None:
    settings.secret_key.parent.mkdir()
    settings.secret_key.write_bytes(b"k" * 32)
    contents = [b"one", b"two"]
    lines = [json.dumps({"content_hash": hashlib.sha256(content).hexdigest(), "path": f"{n}.xlsx"}) + "\n"
             for n, content in enumerate(contents)]
    for content in contents:
        path = object_path(settings.archive, hashlib.sha256(content).hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    register = settings.archive / "register.jsonl"
    register.write_text("".join(lines) + "what came later\n")
    close(settings, JUNE)
    close(settings, JULY)
    edition = issued(settings, JULY)
    (edition.folder / "inputs").mkdir()
    (edition.folder / REGISTER).write_text("".join(lines))
    (edition.folder / "a.xlsx").write_bytes(b"issued")
    manifest = read_manifest(edition).model_copy(update={
        "register_lines": 2, "key_fingerprint": key_fingerprint(settings), "files": [
            FileLine(path=name, sha256=hashlib.sha256((edition.folder / name).read_bytes()).hexdigest(), bytes=0)
            for name in ("a.xlsx", REGISTER)]})

    def named() -> list[tuple[str, str]]:
        return [(one.kind, one.path) for one in (*ledger_differences(settings, edition, manifest),
                                                 *archive_differences(settings, edition, manifest))]

    assert named() == []
    (edition.folder / "a.xlsx").write_bytes(b"edited")
    (edition.folder / "b.xlsx").write_bytes(b"slipped in")
    (settings.ledger / "2024-06" / "1" / MANIFEST).write_text("{}")
    object_path(settings.archive, hashlib.sha256(b"one").hexdigest()).unlink()
    object_path(settings.archive, hashlib.sha256(b"two").hexdigest()).write_bytes(b"2")
    settings.secret_key.write_bytes(b"q" * 32)
    register.write_text("".join(reversed(lines)))
    assert named() == [("台账", "a.xlsx"), ("台账", "b.xlsx"), ("台账", "2024-06/1"), ("归档", "register.jsonl"),
                       ("归档", "0.xlsx"), ("归档", "1.xlsx"), ("归档", "secret/hmac.key")]


def test_what_the_commands_say_and_how_they_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from dagster_project.cli import app

    told = {"month": "2024-06", "edition": 2, "status": "restated", "closed_by": "测试人乙", "closed_on": "2024-09-03",
            "reason": "补报", "previous_edition": "2024-05 第 1 版", "workbooks": 10, "tables": 46, "rows": 9642,
            "receipts": 77, "comparisons": ["对照.xlsx"], "marked": ["2024-07"], "folder": "ledger/2024-06/2"}
    monkeypatch.setattr("dagster_project.books.books.restate_month", lambda *given: told | {"given": str(given[1:])})
    args = ["restate", "2024-06", "--by", "测试人乙", "--reason", "补报", "--today", "2024-09-03"]
    said = CliRunner().invoke(app, args)
    assert said.exit_code == 0 and "2024-06 已更正：第 2 版，测试人乙，2024-09-03" in said.stdout
    assert "所依据月份已更正  2024-07" in said.stdout and "对照.xlsx" in said.stdout
    given = json.loads(CliRunner().invoke(app, [*args, "--json"]).stdout)["given"]
    assert given == "(datetime.date(2024, 6, 1), '测试人乙', '补报', datetime.date(2024, 9, 3))"
    found = {"month": "2024-06", "edition": 1, "equal": True, "tables": 46, "rows": 9005, "workbooks": 10,
             "changed_since": ["duckdb：1 → 2"], "differences": []}
    monkeypatch.setattr("dagster_project.books.verify.verify", lambda *given: found)
    said = CliRunner().invoke(app, ["verify", "2024-06"])
    assert said.exit_code == 0 and "与当时发出的完全一致" in said.stdout and "此后变化" not in said.stdout
    found |= {"equal": False, "differences": [{"kind": "重算", "path": "marts/coverage.parquet", "what": "只在原版的行 1"}]}
    said = CliRunner().invoke(app, ["verify", "2024-06"])
    assert said.exit_code == 3 and "有 1 处差异" in said.stdout
    assert "重算差异  marts/coverage.parquet  只在原版的行 1" in said.stdout and "此后变化  duckdb：1 → 2" in said.stdout


@pytest.mark.parametrize(("month", "day"), [(AUGUST, date(2024, 8, 7)), (date(2024, 10, 1), date(2024, 10, 12)),
                                            (date(2025, 2, 1), date(2025, 2, 10))])
def test_the_draft_is_due_on_the_fifth_working_day(month: date, day: date) -> None:
    """October 2024: free to the 7th, and Saturday the 12th is worked; February 2025: free to the 4th, the 8th is worked."""
    assert draft_day(month) == day


def test_monthly_draft_and_nightly_leave_closed_months_alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster import RunRequest, SkipReason, build_schedule_context

    from dagster_project.automation import monthly_draft, nightly

    monkeypatch.setenv("COOPLEDGER_HOME", str(settings.home))

    def asked(schedule: object, day: int) -> str | None:
        got = schedule(build_schedule_context(scheduled_execution_time=datetime(2024, 8, day, 6, tzinfo=ZoneInfo(ZONE))))  # type: ignore[operator]
        assert isinstance(got, RunRequest | SkipReason)
        return got.run_config["resources"]["run"]["config"]["month"] if isinstance(got, RunRequest) else None

    assert [asked(monthly_draft, day) for day in (6, 7, 8)] == [None, "2024-07", None]
    assert asked(nightly, 7) == "2024-08"
    close(settings, JULY)
    assert asked(monthly_draft, 7) is None and asked(nightly, 7) == "2024-08"
    close(settings, AUGUST)
    assert asked(nightly, 7) is None
