"""Rows of text that a reader meets one by one, collected into columns without keeping a list a cell."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from dagster_project.receive.refusal import Refusal, place
from dagster_project.settings import Settings

BATCH = 20_000
HEAD_ROWS = 20
Merge = tuple[int, int, int, int]


class TableRows:
    """One table. Rows come in order; numbers left out in between become blank rows."""

    def __init__(self, names: tuple[str, str], settings: Settings, hidden: bool = False) -> None:
        self.names, self.settings, self.hidden = names, settings, hidden
        self.hidden_rows: list[int] = []
        self.uncomputed: dict[int, list[int]] = {}      # column → rows of formulas without a result
        self.merges: list[Merge] = []
        self.first = 0                      # number of the first row
        self.last = 0
        self.width = 0
        self.filled = False
        self._broad = False                 # a row has two cells
        self.is_note = True                 # a title or a remark: one row, or never two cells in a row
        self.head: list[Sequence[str | None]] = []
        self._rows: list[Sequence[str | None]] = []
        self._done: list[tuple[int, list[pa.Array]]] = []      # (rows, columns)

    def add(self, number: int, cells: Sequence[str | None]) -> None:
        """Raises Refusal TOO_LARGE."""
        if not self.first:
            self.first, self.last = number, number - 1
        self._reach(number, len(cells))
        self._rows.extend(() for _ in range(number - self.last - 1))
        self._rows.append(cells)
        self.is_note = self.is_note and (number == self.first or (sum(map(bool, cells)) < 2 and not self._broad))
        self._broad = self._broad or sum(map(bool, cells)) >= 2
        self.filled = self.filled or any(cells)
        if len(self.head) < HEAD_ROWS:
            self.head.append(cells)
        self.last = number
        if len(self._rows) >= BATCH:
            self._flush()

    def join(self, below: TableRows) -> None:
        """Appends a table that stands further down."""
        self._reach(below.last, below.width)
        self._flush()
        if below.first > self.last + 1:
            self._done.append((below.first - self.last - 1, []))
        below._flush()
        self._done += below._done
        self.head = (self.head + below.head)[:HEAD_ROWS]
        self.is_note = self.is_note and below.is_note and not (self._broad or below._broad)
        self._broad = self._broad or below._broad
        self.merges += below.merges
        self.last = below.last

    def repeats(self, below: TableRows) -> bool:
        """Whether `below` begins with a row of two cells or more that stands at the head of this table too."""
        first = next((row for row in below.head if any(row)), ())
        return sum(map(bool, first)) > 1 and any(tuple(first) == tuple(row) for row in self.head)

    def _reach(self, number: int, width: int) -> None:
        self.width = max(self.width, width)
        if number - self.first >= self.settings.max_rows or self.width > self.settings.max_columns:
            raise Refusal("TOO_LARGE", f"{place(*self.names)}的范围超过上限（{self.settings.max_rows:,} 行、"
                                       f"{self.settings.max_columns} 列）。请拆成几个文件后再放入收件箱。")

    def _flush(self) -> None:
        if self._rows:
            width = max(map(len, self._rows))
            self._done.append((len(self._rows), [
                pa.array([(row[i] or None) if i < len(row) else None for row in self._rows], pa.string())
                for i in range(width)]))
            self._rows = []

    def table(self) -> pa.Table:
        """row_number and c0…cN."""
        self._flush()
        columns = [
            pa.chunked_array([batch[i] if i < len(batch) else pa.nulls(rows, pa.string()) for rows, batch in self._done],
                             pa.string()).combine_chunks()
            for i in range(self.width)]
        numbers = pa.array(range(self.first, self.last + 1 if self.first else self.first), pa.int64())
        return pa.table([numbers, *columns], names=["row_number", *(f"c{i}" for i in range(self.width))])
