"""What lists of entities share: records by column name, a band before each county's rows, where each row came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from exports import figures
from exports.form import Origin, Scope
from exports.kit import Band, Cell
from exports.reading import Reading

LEAD = "待核查线索，不作为处理依据"  # stands wherever 疑似 does (spec 3.1)

Record = dict[str, Any]


def records(reading: Reading, query: str, parameters: Sequence[Any]) -> list[Record]:
    """The rows of a query by column name."""
    found = reading.con.execute(query, list(parameters))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@dataclass
class Listing:
    """The body of a list while it grows: numbered rows, in a prefecture with a band before each county's."""

    scope: Scope
    table: int = 0  # its place in Filled.tables
    rows: list[Sequence[Cell] | Band] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    origins: list[Origin] = field(default_factory=list)
    entities: int = 0
    _county: str | None = None

    def add(self, county: str, cells: Sequence[Cell], marked: bool = False) -> int:
        """Append a row (`cells` without 序号) of a county; returns its place among the rows."""
        if self.scope.level != "county" and county != self._county:
            self._county = county
            self.rows.append(Band(self.scope.counties.get(county, county)))
        self.entities += 1
        place = len(self.rows)
        if marked:
            self.marked.add(place)
        self.rows.append((self.entities, *cells))
        return place

    def came_from(self, place: int, key: str, source: str, county: str, record: Record, prefix: str = "") -> None:
        """The source row of the row at `place`, from the record's columns `{prefix}file_name` …; none without a file."""
        file_name = record[f"{prefix}file_name"]
        if not file_name:
            return
        first = record[f"{prefix}row_number"]
        last = record.get(f"{prefix}last_row", first)
        self.origins.append(Origin(
            self.table, place, key, source, self.scope.counties.get(county, county), file_name,
            record[f"{prefix}sheet"] or "", f"{first}" if last in (first, None) else f"{first}–{last}",
            record[f"{prefix}snapshot_date"], record[f"{prefix}content_hash"] or "",
        ))  # fmt: skip


def evened(
    rows: Sequence[Sequence[Cell]], total: Sequence[Cell], columns: Sequence[int]
) -> tuple[list[Sequence[Cell]], Sequence[Cell]]:
    """Rows and their total with each of `columns` at the decimals of its longest figure (two at least)."""
    lines = [list(row) for row in (*rows, total)]
    for column in columns:
        decimals = max([2, *(figures.decimals(line[column]) for line in lines)])
        if decimals > 2:
            for line in lines:
                line[column] = figures.with_decimals(line[column], decimals)
    return [tuple(line) for line in lines[:-1]], tuple(lines[-1])
