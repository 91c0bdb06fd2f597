"""What a month reads of closed months (spec 5.3): the newest edition of the month just before, and nothing half-written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.lake import PREVIOUS, prepare, write_rows
from dagster_project.previous_edition import MANIFEST, editions, lay_previous, previous_edition
from dagster_project.settings import Settings

MAY, JUNE, JULY, AUGUST = (date(2024, month, 1) for month in (5, 6, 7, 8))
SHELL = {"credit_code": "VARCHAR", "status": "VARCHAR", "first_month": "DATE", "months_listed": "BIGINT", "note": "VARCHAR"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path, _env_file=None)
    prepare(settings)
    issue(settings, "2024-05", 1, ("A", "疑似空壳", MAY, 1, ""))
    issue(settings, "2024-06", 1, ("A", "疑似空壳", MAY, 2, ""))
    issue(settings, "2024-06", 2, ("B", "关注", JUNE, 1, ""))
    issue(settings, "2024-06", 10, ("B", "疑似空壳", JUNE, 1, ""))
    issue(settings, "2024-06", 11, ("C", "关注", JUNE, 1, ""), finished=False)
    return settings


def issue(settings: Settings, month: str, number: int, *rows: tuple, finished: bool = True) -> None:
    folder = settings.ledger / month / str(number)
    write_rows(folder / "marts" / "shell_status.parquet", SHELL, rows)
    if finished:
        (folder / MANIFEST).write_text("{}")


def laid(settings: Settings, table: str) -> list[tuple]:
    folder = settings.lake / "previous" / table
    return duckdb.sql(f"select * from read_parquet('{folder}/*.parquet', union_by_name = true) order by all").fetchall()


def test_the_newest_whole_edition_of_the_month_just_before_counts(settings: Settings) -> None:
    assert {(e.month, e.number) for e in editions(settings, JULY).values()} == {(MAY, 1), (JUNE, 10)}
    lay_previous(settings, JULY)
    assert laid(settings, "shell_status") == [("B", "疑似空壳", JUNE, 1)]
    assert laid(settings, "closed_shell_status") == [(MAY, "A", "疑似空壳", None), (JUNE, "B", "疑似空壳", None)]
    # a table that the edition does not hold
    assert laid(settings, "supervision_county") == []


def test_without_the_month_just_before_it_is_the_first(settings: Settings) -> None:
    lay_previous(settings, JULY)
    # July was never closed: nothing of July's reading stays, June is not read in its stead
    assert previous_edition(settings, AUGUST) is None
    assert lay_previous(settings, AUGUST) == {**dict.fromkeys(PREVIOUS, 0), "closed_shell_status": 2}
    assert laid(settings, "shell_status") == []
    # a month never reads itself or what comes after it
    assert editions(settings, MAY) == {}


def test_the_trend_of_open_months_outlasts_the_laying(settings: Settings) -> None:
    found = {"table_name": "VARCHAR", "county_code": "VARCHAR", "evaluated": "BIGINT", "failed": "BIGINT"}
    folder = settings.lake / "marts" / "data_quality"
    write_rows(folder / "report_month=2024-06-01" / "part.parquet", found, [("t", "150302", 10, 3)])
    for _ in range(2):
        assert lay_previous(settings, JULY)["data_quality"] == 1
        assert laid(settings, "data_quality") == [(JUNE, "t", "150302", 10, 3)]
