"""The simulated year (issue 7): books of every month can be made again, nothing received is missing.

`make test-year` lives twelve months; the suite itself does without, a month's books being tested in test_books_month.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from pathlib import Path

import duckdb
import pytest
from year import HEADER, LATE, MISSING, POLICY, RESTATED, Year, live

from dagster_project.books.rebuild import rebuild
from dagster_project.settings import Settings

MONTHS = int(os.environ.get("TEST_YEAR_MONTHS", "0"))
pytestmark = pytest.mark.skipif(MONTHS < 3, reason="make test-year")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    home = tmp_path_factory.mktemp("year") / "home"
    return live(Settings(home=home, scopes=["150300"], settle_seconds=0, _env_file=None), MONTHS)


def query(year: Year, sql: str) -> list[tuple]:
    with duckdb.connect(str(year.settings.warehouse_file), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_nothing_received_is_missing(year: Year) -> None:
    register = [json.loads(line) for line in (year.settings.archive / "register.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(line["path"], line["content_hash"]) for line in register} == {
        (name, hashlib.sha256(content).hexdigest()) for name, content in year.received.items()}
    for content in year.received.values():
        digest = hashlib.sha256(content).hexdigest()
        assert (year.settings.archive / "objects" / digest[:2] / digest).read_bytes() == content
    sheets = query(year, "select file_name, outcome, rows_read, accepted + rejected + out_of_scope + ignored from received_sheet")
    assert {name for name, *_ in sheets} == set(year.received)
    assert [name for name, outcome, *_ in sheets if outcome == "rejected"] == [
        name for name in year.received if name.endswith(f"海勃湾区农民专业合作社登记信息_20240{HEADER}31.xlsx")]
    assert all(read == told for _, outcome, read, told in sheets)


def test_the_books_say_what_happened(year: Year) -> None:
    wrong = 6 if MONTHS >= RESTATED else MONTHS - 1
    states = {month: (status, edition, remark) for month, status, edition, remark in query(
        year, "select report_month, status, edition, remark from report_month")}
    last = min(RESTATED, MONTHS)
    for number in range(1, MONTHS + 1):
        expected = ("restated", 2, None) if number == wrong else (
            "closed", 1, "所依据月份已更正" if wrong < number <= last else None)
        assert states[date(2024, number, 1)] == expected, number
    before = dict(query(year, "select report_month, previous_edition from report_month"))
    assert before[date(2024, 1, 1)] is None and before[date(2024, 2, 1)] == "2024-01"


def test_each_month_counts_what_it_could_know(year: Year) -> None:
    """A county has 5 + n cooperatives in month n. A late or mended list comes after the closing, a missing one never."""
    wrong = 6 if MONTHS >= RESTATED else MONTHS - 1
    rows = query(year, "select county_code, month(report_month), count(*) from cooperative where status = 'active' group by all")
    found = {(county, month): count for county, month, count in rows}
    known = {(county, number): 5 + number for county in ("150302", "150304") for number in range(1, MONTHS + 1)}
    known["150304", LATE], known["150304", MISSING] = 5 + LATE - 1, 5 + LATE
    known["150304", wrong] = 5 + wrong + 3
    if MONTHS >= HEADER:
        known["150302", HEADER] = 5 + HEADER - 1
    assert found == known


@pytest.mark.skipif(MONTHS < POLICY, reason="the policy changes later")
def test_old_months_keep_the_old_policy(year: Year) -> None:
    rows = dict(query(year, "select report_month, value from policy_in_force where id = 'update_recent_months'"))
    assert {month: int(value) for month, value in rows.items()} == {
        date(2024, number, 1): 12 if number < POLICY else 1 for number in range(1, MONTHS + 1)}


def test_the_books_of_every_month_can_be_made_again(year: Year, tmp_path: Path) -> None:
    proven = rebuild(year.settings, tmp_path / "again", date(2025, 1, 20), lambda line: None)
    assert proven["differences"] == [] and len(proven["closed"]) == MONTHS and proven["open"] == []
    assert proven["rows"] > 1000 * MONTHS
