"""What the exports share: the plan of files, how they print dates and money, and the 合计 row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from dagster_project.simulate.places import Place
from dagster_project.simulate.sheets import IGNORED, Export, Table
from dagster_project.simulate.world import Month


@dataclass
class Delivery:
    """A table that counts in a month for a scope: a county, or one township of it."""

    month: Month
    county: Place
    table: Table
    dated: date
    township: str | None = None


@dataclass
class Sent:
    """A sheet that delivers a scope of a snapshot table on a day; `choose` says in which months it counts."""

    scope: str
    dated: date
    table: Table


@dataclass
class Plan:
    """Everything that will be written, and which sheet counts where."""

    exports: list[Export] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def send(self, path: str, tables: list[Table], dated: date, **how: Any) -> None:
        self.exports.append(Export(path, tables, dated, **how))

    def tables(self) -> list[Table]:
        return [table for export in self.exports for table in export.tables]

    def find(self, *label: Any) -> Table | None:
        return next((table for table in self.tables() if table.label == label), None)


def choose(days: list[date], month: Month, window: int = 10) -> tuple[date, str] | None:
    """The delivery day that counts in a month with its state (spec 1.1); None before the first."""
    as_of = month.as_of
    last = [day for day in days if as_of - timedelta(days=window) < day <= as_of]
    after = [day for day in days if as_of < day <= as_of + timedelta(days=window)]
    earlier = [day for day in days if month.first <= day <= as_of]
    older = [day for day in days if day < month.first]
    for found, pick, state in (
        (last, max, "当期"),
        (after, min, "月后导出"),
        (earlier, max, "月内"),
        (older, max, "过期"),
    ):
        if found:
            return pick(found), state
    return None


def compact(day: date) -> str:
    return f"{day:%Y%m%d}"


def chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def dated_text(day: date | None, style: int) -> Any:
    """A date as one of the texts that systems print, a date cell (style 0) or an Excel serial (style 5)."""
    if day is None:
        return None
    return (
        day,
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        compact(day),
        chinese(day),
        (day - date(1899, 12, 30)).days,
        f"{day.isoformat()} 00:00:00",
        f"{day.year}.{day.month}.{day.day}",
    )[style]


def money(amount: int | None, unit: str = "元") -> float | None:
    """分 as a number cell in 元 or 万元; at most 15 significant digits, so nothing is lost."""
    return None if amount is None else amount / (100 if unit == "元" else 1_000_000)


def add_sums(table: Table, names: tuple[str, ...]) -> None:
    """Fill the 合计 row with the sums of the number cells above it, added as whole 分 or hundredths."""
    for line in table.tail:
        if line.fact != "sum":
            continue
        line.cells += [None] * (len(table.columns) - len(line.cells))
        for name in names:
            if name in table.columns:
                at = table.at(name)
                scale = 1_000_000 if table.unit == "万元" or "万元" in name else 100
                line.cells[at] = (
                    sum(
                        round(row.cells[at] * scale)
                        for row in table.lines
                        if row.outcome != IGNORED and isinstance(row.cells[at], int | float)
                    )
                    / scale
                )
