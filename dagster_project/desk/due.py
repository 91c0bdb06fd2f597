"""Who is expected to deliver a table, how long a delivery stays fresh, when a month's draft is due: policy rows."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from dagster_project.desk.places import NATION
from dagster_project.receive.regions import prefecture_of

POLICY = Path(__file__).resolve().parents[2] / "dbt" / "seeds" / "policy"
WORKDAYS = POLICY.parent / "reference" / "workday.csv"
WINDOW = "delivery_window_days"
DRAFT = "draft_due_workday"


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


def draft_day(month: date) -> date:
    """The day of this month (its first day given) on which the draft of the month before is due.

    Raises LookupError without a policy row in force or outside the calendar of working days.
    """
    number = _policy(DRAFT, NATION, month)
    days = [day for day in _workdays() if (day.year, day.month) == (month.year, month.month)]
    if number is None or not 1 <= number <= len(days):
        raise LookupError(f"{DRAFT} {month:%Y-%m}")
    return days[number - 1]


@cache
def _workdays() -> list[date]:
    with WORKDAYS.open(encoding="utf-8", newline="") as file:
        return [date.fromisoformat(row["day"]) for row in csv.DictReader(file) if row["is_workday"] == "true"]


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
            if row["id"] in (WINDOW, DRAFT) or row["id"].startswith("due_days_"):
                last = date.fromisoformat(row["effective_to"]) if row["effective_to"] else None
                out.setdefault(row["id"], []).append(
                    (row["region_code"], date.fromisoformat(row["effective_from"]), last, int(row["value"])))
    return out
