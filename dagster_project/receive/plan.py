"""How one sheet is read: which contract, and which of its columns stands in which column of the sheet.

Recognition (recognise.py) makes a plan, typing (values.py) carries it out. A plan speaks of the DuckDB
table `cells` of the sheet: `row_number` BIGINT (as Excel shows it), `c0`…`cN` VARCHAR (null = empty cell),
data rows only. Of a wide layout `cells` holds the long rows (place, year, indicator, value), the same
row_number on each, and the BOOLEAN column `variant.wide.city_wide_column` (true: the cell speaks for the
whole prefecture, so the row's county_code is the prefecture's and county_name the first row's name).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dagster_project.receive.contracts import Column, Contract, Variant


@dataclass(frozen=True)
class BoundColumn:
    """A contract column and where its text comes from: a column of the sheet, or one text for every row.

    Contract columns that the sheet has nothing for are not bound.
    """

    column: Column
    index: int | None            # c<index>; None: `context_value` stands for every row
    header: str                  # as printed, groups joined by '-'; for context: where the text was found
    unit: str | None             # read from the header or the unit line; None: column.unit applies
    context_value: str | None    # set only when index is None
    percent_in_header: bool
    source: int | None = None    # column of the sheet that c<index> was taken from, where it is only a part of it


@dataclass(frozen=True)
class SheetPlan:
    """Everything typing needs to know of one sheet."""

    contract: Contract
    variant: Variant | None
    columns: tuple[BoundColumn, ...]
    unknown: tuple[tuple[int, str], ...]   # (index, header) of columns nobody knows: drift
    content_hash: str
    file_name: str                         # path below inbox/
    sheet: str                             # '' for CSV and HTML
    snapshot_date: date
    received_order: int
    place_hints: tuple[str, ...]           # texts that may name the county, strongest first
    default_scope: str | None              # county or prefecture code of rows that name none
    numeric: frozenset[int]                # columns with cells stored as numbers (MONTH_AMBIGUOUS)
    date_1904: bool = False                # bare serials in date columns count from 1904

    def bound(self, name: str) -> BoundColumn | None:
        """The binding of contract column `name`, None when the sheet has nothing for it."""
        return next((b for b in self.columns if b.column.name == name), None)
