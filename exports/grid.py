"""A form that is no list: labels and boxes on a grid, one record a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from exports import text
from exports.header import UNKNOWN
from exports.kit import LINE_HEIGHT, ROW_HEIGHT, Printed, spanned
from exports.workbook import TITLE_FONT, Book, Sheet, Style, Value


@dataclass(frozen=True, slots=True)
class Box:
    """A cell of the grid, merged over `columns` and `rows`."""

    value: Value = ""
    columns: int = 1
    rows: int = 1
    style: Style = field(default_factory=Style)


@dataclass(frozen=True, slots=True)
class Line:
    """Boxes from the left; places below a box of an earlier line are left out. `least`: points of height."""

    boxes: tuple[Box, ...]
    least: float = ROW_HEIGHT


@dataclass(frozen=True)
class Grid:
    """The form: title, lines, `missing` (which table never came), and the sentence below. Unknown values are `shown` by the module that fills it."""

    title: str
    widths: tuple[float, ...]
    lines: Sequence[Line]
    attachment: str | None = None
    missing: str | None = None
    note: str | None = None


def shown(value: str | date | None) -> str | date:
    """A value, or the sign of an unknown one."""
    return UNKNOWN if value is None else value


def write_grid(book: Book, name: str, grid: Grid) -> Printed:
    """Write `grid` on a new sheet called `name`, upright, one page wide."""
    sheet, columns = book.sheet(name), len(grid.widths)
    sheet.widths(grid.widths)
    sheet.page(landscape=False, repeat=None)
    if grid.attachment:
        sheet.row([(grid.attachment, book.style(Style(horizontal="left", wrap=False, border=False)))], 18)
    spanned(sheet, columns, grid.title, Style(TITLE_FONT, 18, bold=True, border=False), 28)
    taken: dict[int, tuple[int, Box]] = {}
    first, numbers = sheet.next_row, []
    for line in grid.lines:
        numbers.append(_line(sheet, line, grid.widths, taken))
    if grid.missing:
        spanned(sheet, columns, grid.missing, Style(horizontal="left"), 30)
    if grid.note:
        spanned(sheet, columns, grid.note, Style(horizontal="left", border=False), fill=False)
    return Printed(sheet, first, tuple(numbers))


def _line(sheet: Sheet, line: Line, widths: Sequence[float], taken: dict[int, tuple[int, Box]]) -> int:
    """Writes a line. `taken`: column → (lines still covered, box) of boxes that reach down from above."""
    cells: list[tuple[Value, int] | None] = []
    number, height, boxes = sheet.next_row, line.least, iter(line.boxes)
    while len(cells) < len(widths):
        column = len(cells)
        if column in taken:
            left, box = taken[column]
            taken[column] = left - 1, box
            if left == 1:
                del taken[column]
            value: Value = ""
        else:
            box = next(boxes)
            value = box.value
            sheet.merge(number, column + 1, box.rows, box.columns)
            if box.rows > 1:
                taken[column] = box.rows - 1, box
            elif isinstance(value, str):
                width = sum(widths[column : column + box.columns])
                scale = box.style.size / 10.5
                height = max(height, text.lines_needed(value, width / scale) * LINE_HEIGHT * scale + 8)
        style = sheet.book.style(box.style)
        cells += [(value, style), *[("", style)] * (box.columns - 1)]
    return sheet.row(cells, height)
