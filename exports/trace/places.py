"""A form's cells: what is printed at an address, under which labels, in which row, and which sources that row has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from exports.figures import Shown
from exports.form import Filled, Origin, Scope
from exports.grid import write_grid
from exports.header import Header
from exports.kit import Band, Cell, Table, write_split
from exports.reading import Reading
from exports.workbook import Book


@dataclass(frozen=True, slots=True)
class Place:
    """A printed cell. `row`: its place among the table's rows, null in the 合计 row."""

    sheet: str
    address: str
    table: int
    row: int | None
    column: int
    labels: tuple[str, ...]
    cells: Sequence[Cell]
    origins: tuple[Origin, ...]

    @property
    def printed(self) -> Cell:
        """The value in the cell."""
        cell = self.cells[self.column]
        return cell.value if isinstance(cell, Shown) else cell

    @property
    def row_label(self) -> str:
        """The row's first text that is no number."""
        return next((cell for cell in self.cells if isinstance(cell, str) and cell), "")


def places(filled: Filled, reading: Reading, scope: Scope) -> dict[tuple[str, str], Place]:
    """(sheet, address) → place, for every cell of the form's tables; forms that are no list have none."""
    book = Book(filled.form.name, reading.month.as_of)
    origins: dict[tuple[int, int], list[Origin]] = {}
    for origin in filled.origins:
        origins.setdefault((origin.table, origin.row), []).append(origin)
    found: dict[tuple[str, str], Place] = {}
    for at, (name, table) in enumerate(filled.tables):
        if not isinstance(table, Table):
            write_grid(book, name, table)
            continue
        printed = write_split(book, name, table)
        labels = _labels(table.header)
        place = 0
        for part in printed:
            for number in part.row_numbers:
                row = table.rows[place]
                if not isinstance(row, Band):
                    _add(found, part.sheet.worksheet.title, number, Place, at, place, labels, row, tuple(origins.get((at, place), ())))
                place += 1
        last = printed[-1]
        if table.total is not None:
            number = (last.row_numbers[-1] if last.row_numbers else last.header_row + table.header.depth - 1) + 1
            _add(found, last.sheet.worksheet.title, number, Place, at, None, labels, table.total, ())
    return found


def _add(found: dict[tuple[str, str], Place], sheet: str, number: int, make: type[Place], table: int, row: int | None,
         labels: Mapping[int, tuple[str, ...]], cells: Sequence[Cell], origins: tuple[Origin, ...]) -> None:
    for column in range(len(cells)):
        address = f"{get_column_letter(column + 1)}{number}"
        found[sheet, address] = make(sheet, address, table, row, column, labels[column], cells, origins)


def _labels(header: Header) -> dict[int, tuple[str, ...]]:
    """Column → its labels from the top."""
    return {
        column: tuple(cell.label for cell in sorted(header.cells, key=lambda cell: cell.row)
                      if cell.column <= column + 1 < cell.column + cell.columns)
        for column in range(len(header.leaves))
    }  # fmt: skip
