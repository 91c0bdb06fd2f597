"""Who is expected to deliver a table, and for how long a delivery stays fresh: the policy rows `due_days_…`."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from dagster_project.desk.places import NATION
from dagster_project.receive.regions import prefecture_of

POLICY = Path(__file__).resolve().parents[2] / "dbt" / "seeds" / "policy"
WINDOW = "delivery_window_days"


@cache
def expected_levels() -> dict[str, str]:
    """table id → county, prefecture or none (what the office itself decides)."""
    with (POLICY / "source_table.csv").open(encoding="utf-8", newline="") as file:
        return {row["table_id"]: row["expected_level"] for row in csv.DictReader(file)}


def due_days(table_id: str, region: str, day: date) -> int | None:
    """Days that a delivery of this table stays fresh in a region, null without a policy row in force on `day`."""
    return _policy(f"due_days_{table_id.replace('.', '_')}", region, day)


def window_days(region: str, day: date) -> int:
    """Days after a month's end in which a delivery still counts for it (月后导出). Raises LookupError."""
    days = _policy(WINDOW, region, day)
    if days is None:
        raise LookupError(WINDOW)
    return days


def _policy(name: str, region: str, day: date) -> int | None:
    """The whole number of the nearest enclosing region's row in force (spec 2)."""
    rows = _rows().get(name, [])
    for code in (region, prefecture_of(region), region[:2] + "0000", NATION):
        for code_given, first, last, value in rows:
            if code_given == code and first <= day and (last is None or day <= last):
                return value
    return None


@cache
def _rows() -> dict[str, list[tuple[str, date, date | None, int]]]:
    """The policy rows that are whole days: id → (region, first day, last day, days)."""
    out: dict[str, list[tuple[str, date, date | None, int]]] = {}
    with (POLICY / "policy_value.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["id"] == WINDOW or row["id"].startswith("due_days_"):
                last = date.fromisoformat(row["effective_to"]) if row["effective_to"] else None
                out.setdefault(row["id"], []).append(
                    (row["region_code"], date.fromisoformat(row["effective_from"]), last, int(row["value"])))
    return out
