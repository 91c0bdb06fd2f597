"""Where a sheet's header block stands: the rows within the first 20 that match most headers of some contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.receive.context import stands_around
from dagster_project.receive.contracts import Contract
from dagster_project.receive.headers import DEEPEST, Grid, Header, header_block
from dagster_project.receive.readers import Sheet
from dagster_project.receive.vocabulary import Binding, Layout, Vocabulary, bind

HEADER_WITHIN = 20
FOOT_ROWS = 10
# A second table below the first is looked for in sheets that people made, not in dumps.
LONGEST_BY_HAND, MOST_GAPS, LEAST_HEADERS = 50_000, 100, 3


@dataclass
class Block:
    """A header block and what each layout makes of it."""

    row: int
    depth: int
    headers: list[Header]
    bindings: list[Binding]
    grouped: int = 0            # merged cells above others: rows that belong together

    @property
    def score(self) -> int:
        return max((binding.matched for binding in self.bindings), default=0)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Most headers; then a block with all its groups, else the one with fewest rows."""
        return self.score, self.grouped, -self.depth

    @property
    def last_row(self) -> int:
        return self.row + self.depth - 1


def head_of(sheet: Sheet, rows: int = HEADER_WITHIN + DEEPEST) -> Grid:
    """The rows in which a header block can stand, blank cells as None."""
    columns = [sheet.cells[f"c{i}"].slice(0, rows).to_pylist() for i in range(sheet.width)]
    return [[text.strip() or None if text else None for text in row] for row in zip(*columns, strict=True)]


def foot_of(sheet: Sheet, last_header_row: int) -> Grid:
    """The last rows behind the header block, in which 填报人 and 填报时间 are signed."""
    first = max(sheet.cells.num_rows - FOOT_ROWS, last_header_row)
    columns = [sheet.cells[f"c{i}"].slice(first).to_pylist() for i in range(sheet.width)]
    return [[text.strip() or None if text else None for text in row] for row in zip(*columns, strict=True)]


def find_block(grid: Grid, sheet: Sheet, vocabulary: Vocabulary, layouts: Sequence[Layout]) -> Block | None:
    """The best block; None when no row holds a header that these layouts know."""
    around, merges = [stands_around(line) for line in grid], sheet.head_merges
    best: Block | None = None
    for row in range(1, min(HEADER_WITHIN, len(grid)) + 1):
        for depth in range(1, DEEPEST + 1):
            if any(around[row - 1:row - 1 + depth]):
                break
            headers = header_block(grid, merges, row, depth)
            if headers is None or not any(map(vocabulary.knows, headers)):
                continue
            block = Block(row, depth, headers, [bind(layout, headers) for layout in layouts])
            block.grouped = sum(row <= r0 < row + depth - 1 and c1 > c0 for r0, c0, _, c1 in merges)
            if block.score and (best is None or block.rank > best.rank):
                best = block
    return best


def other_table(sheet: Sheet, block: Block, layouts: Sequence[Layout], contract: Contract) -> tuple[int, Contract] | None:
    """(row, table) of a second header below the block, behind a blank row or a title, that is another table's."""
    rows = sheet.cells.num_rows
    if rows > LONGEST_BY_HAND:
        return None
    filled = pa.array([0] * rows, pa.int64())
    for i in range(sheet.width):
        filled = pc.add(filled, pc.cast(pc.is_valid(sheet.cells[f"c{i}"].combine_chunks()), pa.int64()))
    counts = filled.to_pylist()
    gaps = (row for row in range(max(block.last_row, 1), rows) if counts[row] >= LEAST_HEADERS and counts[row - 1] <= 1)
    for row in islice(gaps, MOST_GAPS):
        line = [sheet.cells[f"c{i}"][row].as_py() for i in range(sheet.width)]
        headers = header_block([line], [], 1, 1)
        best = max((bind(layout, headers) for layout in layouts), key=lambda b: (b.matched, b.share)) if headers else None
        if best and best.matched >= LEAST_HEADERS and 2 * best.matched > counts[row] and best.layout.contract != contract:
            return sheet.cells["row_number"][row].as_py(), best.layout.contract
    return None
