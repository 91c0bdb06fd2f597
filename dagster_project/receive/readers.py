"""File → sheets of text. Which format a file has is decided by its content (sniff.py).

Texts (raw zone and all that follows): a numeric cell is plain decimal text of at most 15 significant digits,
integers without a point; a number shown as percent is `35%`; a date is `2024-07-01`, or
`2024-07-01 10:30:00` when it has a time; booleans are `true`/`false`; an empty cell is null.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.receive.delimited import read_delimited
from dagster_project.receive.html_tables import read_html, read_mhtml
from dagster_project.receive.ods import read_ods
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.screen import Screen, ScreenOf
from dagster_project.receive.sniff import kind_of
from dagster_project.receive.spreadsheet_ml import read_spreadsheet_ml
from dagster_project.receive.table_rows import TableRows
from dagster_project.receive.workbook import Decoded, read_workbook
from dagster_project.settings import Settings

NOTHING = pa.table({"row_number": pa.array([], pa.int64())})
ROW_READERS = {"ods": read_ods, "xml2003": read_spreadsheet_ml}


@dataclass
class Sheet:
    """One sheet as text. `cells`: row_number BIGINT, then c0…cN VARCHAR; row and column are those of the file.

    `merges` are (first row, first column, last row, last column), 1-based and inclusive. `numeric` holds the
    columns with a number that may be a month that lost its zero. With `refusal` set there are no cells.
    """

    name: str                        # '' for delimited text and web pages
    index: int
    cells: pa.Table
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    numeric: frozenset[int] = frozenset()
    refusal: Refusal | None = None
    screen: Screen | None = None     # what was left out of `cells`
    hidden: bool = False             # nobody sees it who opens the workbook
    hidden_rows: list[int] = field(default_factory=list)
    uncomputed: dict[int, list[int]] = field(default_factory=dict)    # column → rows of formulas without a result
    date_1904: bool = False          # the workbook counts days from 1904; what it shows as dates is already right

    @property
    def width(self) -> int:
        return self.cells.num_columns - 1

    @property
    def first_row(self) -> int:
        """The number of the first row: 1, but for the second and further tables of a web page."""
        return self.cells["row_number"][0].as_py()

    @property
    def head_merges(self) -> list[tuple[int, int, int, int]]:
        """The merges, their rows counted from the first one here."""
        above = self.first_row - 1
        return [(r0 - above, c0, r1 - above, c1) for r0, c0, r1, c1 in self.merges] if above else self.merges

    def filled_rows(self) -> int:
        """The row number of the last row that holds anything."""
        last = self.screen.last if self.screen else 0
        for i in range(self.width):
            column = self.cells[f"c{i}"]
            if column.null_count < len(column):
                rows = pc.filter(self.cells["row_number"], pc.is_valid(column))
                last = max(last, rows[len(rows) - 1].as_py())
        return last


def read(path: Path, settings: Settings, name: str | None = None,
         screen_of: ScreenOf | None = None) -> Iterator[Sheet]:
    """The sheets of the file at `path` that hold anything, in order; `name` is what sentences call it.

    With `screen_of` rows that are certainly outside are left out of large tables and counted.
    Raises Refusal for a file that cannot be opened; a sheet that cannot be read is yielded with its refusal.
    """
    name = name or path.name
    kind = kind_of(path, name, settings)
    if kind == "zip":
        raise Refusal("UNSUPPORTED", f"{place(name)}是压缩包，没有直接打开。请解压后把里面的表格放入收件箱。")
    if kind == "text":
        cells, screen = read_delimited(path, name, settings, screen_of)
        if cells.num_rows:
            yield Sheet("", 0, cells, screen=screen)
        return
    if kind in ("html", "mhtml"):
        pages = read_html(path, name, settings) if kind == "html" else read_mhtml(path, name, settings)
        for index, rows in enumerate(pages):
            yield Sheet("", index, rows.table(), rows.merges)
        return
    sheets: Iterator[tuple[str, int, TableRows | Decoded | Refusal]]
    if kind in ROW_READERS:
        sheets = ROW_READERS[kind](path, name, settings)
    else:
        sheets = read_workbook(path, kind, name, settings, screen_of)
    for title, index, outcome in sheets:
        if isinstance(outcome, Refusal):
            yield Sheet(title, index, NOTHING, refusal=outcome)
        elif isinstance(outcome, TableRows):
            if outcome.filled:
                yield Sheet(title, index, outcome.table(), outcome.merges, hidden=outcome.hidden,
                            hidden_rows=outcome.hidden_rows, uncomputed=outcome.uncomputed)
        elif outcome.cells.num_rows:
            yield Sheet(title, index, outcome.cells, outcome.merges, outcome.numeric, screen=outcome.screen,
                        date_1904=outcome.date_1904, hidden=outcome.hidden, hidden_rows=outcome.hidden_rows,
                        uncomputed=outcome.uncomputed)
