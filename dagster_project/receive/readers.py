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
from dagster_project.receive.refusal import Refusal
from dagster_project.receive.sniff import kind_of
from dagster_project.receive.workbook import read_workbook
from dagster_project.settings import Settings

NOTHING = pa.table({"row_number": pa.array([], pa.int64())})


@dataclass
class Sheet:
    """One sheet as text. `cells`: row_number BIGINT, then c0…cN VARCHAR; row and column are those of the file.

    `merges` are (first row, first column, last row, last column), 1-based and inclusive. `numeric` holds the
    columns with a number that may be a month that lost its zero. With `refusal` set there are no cells.
    """

    name: str                        # '' for delimited text
    index: int
    cells: pa.Table
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    numeric: frozenset[int] = frozenset()
    refusal: Refusal | None = None

    @property
    def width(self) -> int:
        return self.cells.num_columns - 1

    def filled_rows(self) -> int:
        """The row number of the last row that holds anything."""
        last = 0
        for i in range(self.width):
            column = self.cells[f"c{i}"]
            if column.null_count < len(column):
                rows = pc.filter(self.cells["row_number"], pc.is_valid(column))
                last = max(last, rows[len(rows) - 1].as_py())
        return last


def read(path: Path, settings: Settings, name: str | None = None) -> Iterator[Sheet]:
    """The sheets of the file at `path` that hold anything, in order; `name` is what sentences call it.

    Raises Refusal for a file that cannot be opened; a sheet that cannot be read is yielded with its refusal.
    """
    name = name or path.name
    kind = kind_of(path, name, settings)
    if kind == "text":
        cells = read_delimited(path, name, settings)
        if cells.num_rows:
            yield Sheet("", 0, cells)
        return
    for title, index, outcome in read_workbook(path, kind, name, settings):
        if isinstance(outcome, Refusal):
            yield Sheet(title, index, NOTHING, refusal=outcome)
        elif outcome.cells.num_rows:
            yield Sheet(title, index, outcome.cells, outcome.merges, outcome.numeric)
