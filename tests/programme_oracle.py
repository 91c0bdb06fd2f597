"""What the naive implementations read from a build file: typed rows that count, deliveries, policy, the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

TABLES = ("programme.award", "programme.district_task", "direct_report.entity", "farm_directory.farm", "inspection.coop",
          "gsxt.abnormal_listing", "gsxt.serious_violation")


def dicts(build_file: Path, query: str) -> list[dict[str, Any]]:
    with closing(duckdb.connect(str(build_file), read_only=True)) as con:
        found = con.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, line, strict=True)) for line in found.fetchall()]


def typed(build_file: Path, tables: Iterable[str] = TABLES) -> dict[str, list[dict[str, Any]]]:
    """The rows of the as-of layer, by table id."""
    return {table: dicts(build_file, f"select * from asof_{table.replace('.', '__')}") for table in tables}


def delivered(build_file: Path) -> dict:
    """(table, county, part) → oldest date and completeness of what counts; '' stands for the whole county."""
    out: dict = {}
    for row in dicts(build_file, "select table_id, county_code, scope, delivered_on, state from delivery_choice"):
        parts = {""} | ({row["scope"].removeprefix(row["county_code"] + "|")} if row["scope"] != row["county_code"] else set())
        for part in parts:
            key = row["table_id"], row["county_code"], part
            day, full = out.get(key, (row["delivered_on"], True))
            out[key] = min(day, row["delivered_on"]), full and row["state"] != "疑似不完整"
    return out


def policy(build_file: Path) -> dict:
    rows = dicts(build_file, "select id, region_code, value from region_policy where region_level = 'county'")
    return {(row["id"], row["region_code"]): row["value"] for row in rows}


def calendar(build_file: Path) -> dict:
    return {row["day"]: row["is_workday"] for row in dicts(build_file, "select day, is_workday from workday")}


def fronts(build_file: Path) -> dict:
    rows = dicts(build_file, "select * from place_name")
    return {row["county_code"]: (row["prefecture_name"], row["county_name"]) for row in rows}
