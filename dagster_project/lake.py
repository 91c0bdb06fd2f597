"""The zones on disk (spec 5.4): folders and their modes, and the empty Parquet every reader can rely on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.receive.contracts import load_contracts
from dagster_project.settings import Settings

RESTRICTED = ("inbox", "archive", "lake/raw", "lake/typed", "lake/rejected", "lake/issues", "lake/corrected",
              "restricted", "ledger", "secret", "logs", "dbt", "dagster")
OPEN = ("lake/sheets", "lake/delivered", "lake/run_context", "lake/judged", "lake/previous", "lake/marts",
        "warehouse", "exports")

REJECTED = {
    "content_hash": "VARCHAR", "file_name": "VARCHAR", "sheet": "VARCHAR", "row_number": "BIGINT",
    "table_id": "VARCHAR", "column_name": "VARCHAR", "raw_value": "VARCHAR", "masked_value": "VARCHAR",
    "code": "VARCHAR", "sentence": "VARCHAR", "scope": "VARCHAR", "entity_key": "VARCHAR", "cells": "VARCHAR",
}
ISSUES = {name: kind for name, kind in REJECTED.items() if name not in ("scope", "entity_key", "cells")}
SHEETS = {
    "content_hash": "VARCHAR", "file_name": "VARCHAR", "sheet": "VARCHAR", "sheet_index": "INTEGER",
    "table_id": "VARCHAR", "variant": "VARCHAR", "snapshot_date": "DATE", "snapshot_date_assumed": "BOOLEAN",
    "outcome": "VARCHAR", "rows_read": "BIGINT", "accepted": "BIGINT", "rejected": "BIGINT",
    "out_of_scope": "BIGINT", "ignored": "BIGINT", "withheld": "BIGINT", "reason_code": "VARCHAR", "reason": "VARCHAR",
    "header_row": "INTEGER", "last_header_row": "INTEGER", "title": "VARCHAR", "named_counties": "VARCHAR", "drift": "VARCHAR",
    "received_order": "BIGINT",
}
DELIVERED = {
    "table_id": "VARCHAR", "content_hash": "VARCHAR", "file_name": "VARCHAR", "sheet": "VARCHAR",
    "county_code": "VARCHAR", "scope": "VARCHAR", "snapshot_date": "DATE", "received_order": "BIGINT",
    "rows": "BIGINT",
}
# A line a row of a sheet that a correction speaks of: the original's row, where its new version stands (null: a total
# that now agrees), whether that version was taken, and its cells in the original's order.
CORRECTED = {
    "content_hash": "VARCHAR", "sheet": "VARCHAR", "row_number": "BIGINT", "corrected_by": "VARCHAR",
    "corrected_sheet": "VARCHAR", "corrected_row": "BIGINT", "received_order": "BIGINT", "settled": "BOOLEAN",
    "cells": "VARCHAR[]",
}
SHELL_FIRED = {"credit_code": "VARCHAR", "rule_id": "VARCHAR", "value": "DECIMAL(18,6)"}
EXPECTATION_RESULT = {
    "suite": "VARCHAR", "table_name": "VARCHAR", "expectation": "VARCHAR", "column_name": "VARCHAR",
    "severity": "VARCHAR", "evaluated": "BIGINT", "failed": "BIGINT", "success": "BOOLEAN",
    "blocking": "BOOLEAN", "sample": "VARCHAR",
}
# county_code is null where rows name no county; blocked: the county's delivery is held back for these failures.
EXPECTATION_COUNTY = {
    "suite": "VARCHAR", "table_name": "VARCHAR", "title": "VARCHAR", "expectation": "VARCHAR", "says": "VARCHAR",
    "severity": "VARCHAR", "county_code": "VARCHAR", "evaluated": "BIGINT", "failed": "BIGINT", "blocked": "BOOLEAN",
    "sample": "VARCHAR",
}
# Deliveries whose rows broke an expectation: those of `unit` (a county, or a scope that is none) with this date.
BLOCKED_DELIVERY = {
    "table_id": "VARCHAR", "unit": "VARCHAR", "snapshot_date": "DATE", "county_code": "VARCHAR",
    "expectations": "VARCHAR", "rows": "BIGINT",
}
RUN_CONTEXT = {
    "report_month": "DATE", "as_of": "DATE", "software_version": "VARCHAR", "previous_report_month": "DATE",
    "scopes": "VARCHAR", "status": "VARCHAR", "edition": "INTEGER", "closed_by": "VARCHAR", "closed_on": "DATE",
    "receipts": "BIGINT",
}
OPEN_BOOKS = ("open", None, None, None)    # status, edition, closed_by, closed_on of a month that is not closed
# What this month reads of the month before (spec 5.3): first month on the list, months in a row.
# closed_…: of every closed edition, for what must be judged as of an earlier month (spec 2.6) and the bulletin's trend.
PREVIOUS = {
    "shell_status": {"credit_code": "VARCHAR", "status": "VARCHAR", "first_month": "DATE", "months_listed": "BIGINT"},
    "closed_shell_status": {"report_month": "DATE", "credit_code": "VARCHAR", "status": "VARCHAR", "county_code": "VARCHAR"},
    "closed_coverage": {"report_month": "DATE", "region_code": "VARCHAR", "region_level": "VARCHAR", "measure_id": "VARCHAR",
                        "numerator": "DECIMAL(18,2)"},
    "supervision_county": {"county_code": "VARCHAR", "problems": "BIGINT", "rank": "BIGINT", "notified": "BOOLEAN",
                           "consecutive_notices": "BIGINT"},
    "supervision_award": {"year": "INTEGER", "county_code": "VARCHAR", "entity_type": "VARCHAR",
                          "entity_name": "VARCHAR", "support": "VARCHAR", "award_key": "VARCHAR",
                          "open_problems": "BIGINT", "first_seen_month": "DATE"},
    "star_rating": {"credit_code": "VARCHAR", "stars": "INTEGER", "rating_status": "VARCHAR"},
    # data_quality of every published month before this one, summed up: the trend of form 17
    "data_quality": {"report_month": "DATE", "table_name": "VARCHAR", "county_code": "VARCHAR",
                     "evaluated": "BIGINT", "failed": "BIGINT"},
}


def write_rows(path: Path, columns: dict[str, str], rows: Iterable[tuple] = ()) -> None:
    """Writes a small Parquet with exactly these columns, in place of whatever stood there."""
    with duckdb.connect() as con:
        con.execute(f"create table t ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        rows = list(rows)
        if rows:
            con.executemany(f"insert into t values ({', '.join('?' * len(columns))})", rows)
        _copy(con, "t", path)


def _write_empty(con: duckdb.DuckDBPyConnection, path: Path, columns: dict[str, str]) -> None:
    """`write_rows` without rows: a lake has dozens, and opening DuckDB takes longer than writing one."""
    _copy(con, f"(select {', '.join(f'null::{kind} as {name}' for name, kind in columns.items())} limit 0)", path)


def _copy(con: duckdb.DuckDBPyConnection, what: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".tmp")
    con.execute(f"copy {what} to '{quoted(part)}' (format parquet)")
    part.replace(path)


def quoted(path: Path) -> str:
    """A path as the inside of a SQL literal."""
    return str(path).replace("'", "''")


def prepare(settings: Settings) -> None:
    """Makes every folder with its mode, and `_empty.parquet` for every table that may never have come.

    From here on the process writes private files; what is published is opened one by one (`open_to_readers`).
    """
    os.umask(0o077)
    settings.home.mkdir(parents=True, exist_ok=True)
    for name in RESTRICTED + OPEN:
        (settings.home / name).mkdir(parents=True, exist_ok=True)
    for name in RESTRICTED:
        (settings.home / name).chmod(0o700)
    for path in (settings.home, settings.lake, *(settings.home / name for name in OPEN)):
        path.chmod(0o755)
    lake = settings.lake
    with duckdb.connect() as con:
        for contract in load_contracts().values():
            _keep_empty(con, lake / "typed" / contract.id / "_empty.parquet", contract.typed())
        for zone, columns in (("rejected", REJECTED), ("issues", ISSUES), ("sheets", SHEETS), ("delivered", DELIVERED),
                              ("corrected", CORRECTED)):
            _keep_empty(con, lake / zone / "_empty.parquet", columns)
        for table, columns in PREVIOUS.items():
            _keep_empty(con, lake / "previous" / table / "_empty.parquet", columns)
        for name, columns in (("shell_fired/fired", SHELL_FIRED), ("expectation_result/result", EXPECTATION_RESULT),
                              ("expectation_county/result", EXPECTATION_COUNTY), ("screened/result", EXPECTATION_COUNTY),
                              ("blocked_delivery/blocked", BLOCKED_DELIVERY)):
            path = lake / "judged" / f"{name}.parquet"
            if not path.exists():
                _write_empty(con, path, columns)


def lake_rows(settings: Settings, zone: str) -> int:
    """Lines of a zone of the lake that has `_empty.parquet`."""
    with duckdb.connect() as con:
        return con.execute(f"select count(*) from read_parquet('{quoted(settings.lake / zone)}/*.parquet')").fetchall()[0][0]


def open_to_readers(path: Path) -> None:
    """Gives a published file or folder the modes that other users need to read it."""
    path.chmod(0o755 if path.is_dir() else 0o644)


def _keep_empty(con: duckdb.DuckDBPyConnection, path: Path, columns: dict[str, str]) -> None:
    """Writes an empty Parquet unless one with the same columns stands there (contracts change)."""
    if path.exists():
        found = con.execute(f"describe select * from read_parquet('{quoted(path)}')").fetchall()
        if [(row[0], row[1]) for row in found] == list(columns.items()):
            return
    _write_empty(con, path, columns)


def write_run_context(settings: Settings, report_month: date, as_of: date, version: str, previous: date | None,
                      scopes: Iterable[str], books: Sequence = OPEN_BOOKS, receipts: int = 0) -> None:
    """The one row by which the month reaches dbt (DESIGN, idea 4). `receipts`: lines of the register so far."""
    path = settings.lake / "run_context" / "run_context.parquet"
    write_rows(path, RUN_CONTEXT, [(report_month, as_of, version, previous, ",".join(scopes), *books, receipts)])


def write_earlier_quality(settings: Settings, report_month: date) -> int:
    """What the months published before this one found, by table and county, for the trend (form 17): its rows."""
    months = sorted((settings.lake / "marts" / "data_quality").glob("report_month=*/part.parquet"))
    earlier = [path for path in months if path.parent.name.partition("=")[2] < report_month.isoformat()]
    target = settings.lake / "previous" / "data_quality" / "part.parquet"
    if not earlier:
        target.unlink(missing_ok=True)
        return 0
    files = ", ".join(f"'{quoted(path)}'" for path in earlier)
    part = target.with_name(target.name + ".tmp")
    with duckdb.connect() as con:
        rows = con.execute(
            f"""copy (select report_month, table_name, county_code, sum(evaluated)::bigint as evaluated,
                             sum(failed)::bigint as failed
                      from read_parquet([{files}], union_by_name = true, hive_partitioning = true,
                                        hive_types = {{'report_month': date}})
                      group by all order by all) to '{quoted(part)}' (format parquet)""").fetchall()
    part.replace(target)
    return rows[0][0]
