"""The kit of the forms: header trees as data, and a page as the office prints it around any table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from exports import figures, text
from exports.header import Header, Leaf
from exports.workbook import LETTERS, TITLE_FONT, Book, Sheet, Style, Value

OWN_LAYOUT = "本表式为系统默认表式，非文件所附"
SIGNATURE = ("填报人：", "审核：", "分管领导：")
MARK_FILL = "FCE4D6"  # rows that need attention
BAND_FILL = "F2F2F2"
LINE_HEIGHT = 14.5  # points a line of 10.5 takes
ROW_HEIGHT = 18.0
ROWS_A_SHEET = 20_000  # longer lists are split (spec 4.1)

Cell = str | int | Decimal | date | figures.Shown | None


@dataclass(frozen=True, slots=True)
class Band:
    """A line across the table that says what the rows below it share."""

    label: str


@dataclass(frozen=True)
class Table:
    """A form: what stands around and in its table. Rows are in the order of the header's leaves.

    `rows` may hold Bands. `total`: the 合计 row as the warehouse computed it, compared with the rows
    above in the columns `summed` (0-based); a difference raises TotalMismatch. `missing`: the sentence
    that stands in place of rows whose input never came. `marked`: indexes of rows that need attention.
    `merged`: (row, column, rows, columns) of cells merged in the body, 0-based; their first cell is shown.
    `split_labels`: for each row the name of the sheet that it goes to when the list is too long for one.
    """

    title: tuple[str, ...]
    header: Header
    rows: Sequence[Sequence[Cell] | Band] = ()
    attachment: str | None = None
    line: tuple[str, str, str] | None = None
    total: Sequence[Cell] | None = None
    summed: tuple[int, ...] = ()
    missing: str | None = None
    notes: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    landscape: bool = False
    row_height: float | None = None
    marked: frozenset[int] = field(default_factory=frozenset)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    split_labels: Sequence[str] = ()


class TotalMismatch(ValueError):
    """A 合计 row of the warehouse is not the sum of the rows printed above it."""


def check_total(table: Table) -> None:
    """Compare the 合计 row with the rows above it. Raises TotalMismatch."""
    if table.total is None:
        return
    rows = [row for row in table.rows if not isinstance(row, Band)]
    for column in table.summed:
        values = [_number(row[column]) for row in rows]
        known = sum((Decimal(value) for value in values if isinstance(value, int | Decimal)), Decimal(0))
        found = _number(table.total[column])
        expected = None if rows and None in values and found is None else known
        if found != expected:
            label = table.header.leaves[column].label
            raise TotalMismatch(f"{table.title[-1]}：合计行“{label}”为 {found}，各行之和为 {known}")


def _number(cell: Cell) -> Cell:
    return cell.value if isinstance(cell, figures.Shown) else cell


@dataclass(frozen=True, slots=True)
class Printed:
    """Where a table came to stand: numbers of the first header row and of each of its rows (bands too)."""

    sheet: Sheet
    header_row: int
    row_numbers: tuple[int, ...]


def write_table(book: Book, name: str, table: Table) -> Printed:
    """Write `table` on a new sheet called `name`. Raises TotalMismatch."""
    check_total(table)
    return _write(book, name, table)


def _write(book: Book, name: str, table: Table) -> Printed:
    sheet = book.sheet(name)
    leaves, columns = table.header.leaves, len(table.header.leaves)
    widths = _fitted_widths(table)
    sheet.widths(widths)
    _heading(sheet, table, columns)
    first = _header(sheet, table.header, widths)
    last = first + table.header.depth - 1
    sheet.page(table.landscape, (first, last), f"{LETTERS[0]}{last + 1}")
    numbers = _body(sheet, table, widths)
    if table.total is not None:
        styles = _RowStyles(book, leaves, widths, bold=True)
        sheet.row(styles.cells(table.total), styles.height(table.total, table.row_height))
    if table.missing:
        spanned(sheet, columns, table.missing, Style(horizontal="left"), 30)
    _foot(sheet, table, columns)
    return Printed(sheet, first, numbers)


def write_split(book: Book, name: str, table: Table, limit: int = ROWS_A_SHEET) -> list[Printed]:
    """`write_table`, split where rows exceed `limit`: a sheet for every Band or split label, none longer than `limit`.

    The 合计 row, of all of them, stands under the last. Raises TotalMismatch.
    """
    check_total(table)
    if len(table.rows) <= limit:
        return [_write(book, name, table)]
    parts: list[tuple[str, list[int]]] = []
    for index, row in enumerate(table.rows):
        label = row.label if isinstance(row, Band) else _split_label(table, index, parts[-1][0] if parts else name)
        if isinstance(row, Band) or not parts or label != parts[-1][0] or len(parts[-1][1]) >= limit:
            parts.append((label, []))
        parts[-1][1].append(index)
    written = []
    for place, (label, indexes) in enumerate(parts, 1):
        part = replace(
            table,
            rows=[table.rows[index] for index in indexes],
            total=table.total if place == len(parts) else None,
            marked=frozenset(at for at, index in enumerate(indexes) if index in table.marked),
            split_labels=(),
        )
        written.append(_write(book, label, part))
    return written


def _split_label(table: Table, index: int, before: str) -> str:
    return table.split_labels[index] if table.split_labels else before


def spanned(
    sheet: Sheet, columns: int, value: str, style: Style, least: float = 18, fill: bool = True
) -> int:
    """A row of one cell merged over `columns`, as tall as its wrapped text; returns the row's number."""
    width = sum(sheet.worksheet.column_dimensions[letter].width for letter in LETTERS[:columns])
    lines = text.lines_needed(value, width * 10.5 / style.size) if style.wrap else 1
    identity = sheet.book.style(style)
    rest = [("", identity)] * (columns - 1) if fill else []
    number = sheet.row([(value, identity), *rest], max(least, lines * LINE_HEIGHT * style.size / 10.5 + 4))
    sheet.merge(number, 1, 1, columns)
    return number


def _heading(sheet: Sheet, table: Table, columns: int) -> None:
    if table.attachment:
        label = sheet.book.style(Style(horizontal="left", wrap=False, border=False))
        sheet.row([(table.attachment, label)], 18)
    for title in table.title:
        spanned(sheet, columns, title, Style(TITLE_FONT, 18, bold=True, border=False), 28)
    if table.line:
        _thirds(sheet, columns, table.line, ("left", "center", "right"))


def _thirds(sheet: Sheet, columns: int, texts: Sequence[str], sides: Sequence[str]) -> None:
    """Texts side by side over the width of the table; empty ones give their room to their neighbour."""
    places = [
        (index, value, side) for index, (value, side) in enumerate(zip(texts, sides, strict=True)) if value
    ]
    cells: list[tuple[str, int] | None] = [None] * columns
    number = sheet.next_row
    starts = [
        0 if place == 0 else columns * index // len(texts) for place, (index, _, _) in enumerate(places)
    ]
    for (_, value, side), start, end in zip(places, starts, [*starts[1:], columns], strict=True):
        cells[start] = (value, sheet.book.style(Style(horizontal=side, wrap=False, border=False)))
        sheet.merge(number, start + 1, 1, end - start)
    sheet.row(cells, 18)


def _fitted_widths(table: Table) -> list[float]:
    """Widths of the leaves, wider where a number would not fit (a spreadsheet shows ### then)."""
    rows = [row for row in table.rows if not isinstance(row, Band)]
    if table.total is not None:
        rows.append(table.total)
    widths = [leaf.width for leaf in table.header.leaves]
    for column, (leaf, values) in enumerate(zip(table.header.leaves, zip(*rows, strict=True), strict=False)):
        decimals = len(leaf.kind.number_format.partition(".")[2])
        numbers = [value for value in values if isinstance(value, int | Decimal)]
        longest = [f"{value:,.{decimals}f}" for value in (max(numbers), min(numbers))] if numbers else []
        longest += [
            f"{value.value:,f}"
            for value in values
            if isinstance(value, figures.Shown) and value.number_format != leaf.kind.number_format
        ]
        widths[column] = max([widths[column], *(len(shown) + 1.5 for shown in longest)])
    return widths


def _header(sheet: Sheet, header: Header, widths: Sequence[float]) -> int:
    style = sheet.book.style(Style(bold=True))
    first = sheet.next_row
    labels = {(cell.row, cell.column): cell.label for cell in header.cells}
    heights = _header_heights(header, widths)
    for row in range(1, header.depth + 1):
        sheet.row(
            [(labels.get((row, column), ""), style) for column in range(1, len(header.leaves) + 1)],
            heights[row - 1],
        )
    for cell in header.cells:
        sheet.merge(first + cell.row - 1, cell.column, cell.rows, cell.columns)
    return first


def _header_heights(header: Header, widths: Sequence[float]) -> list[float]:
    """Heights of the header rows so that no label is cut, merged ones included."""
    heights = [20.0] * header.depth
    for cell in sorted(header.cells, key=lambda cell: cell.rows):
        width = sum(widths[cell.column - 1 : cell.column - 1 + cell.columns])
        need = text.lines_needed(cell.label, width) * LINE_HEIGHT + 6
        rows = slice(cell.row - 1, cell.row - 1 + cell.rows)
        short = need - sum(heights[rows])
        if short > 0:
            heights[cell.row + cell.rows - 2] += short
    return heights


class _RowStyles:
    """Style ids of one look of the body rows, made once for a sheet."""

    def __init__(
        self,
        book: Book,
        leaves: Sequence[Leaf],
        widths: Sequence[float],
        bold: bool = False,
        fill: str | None = None,
    ) -> None:
        self._book, self._widths = book, widths
        self._styles = [
            Style(
                horizontal=leaf.kind.horizontal, number_format=leaf.kind.number_format, bold=bold, fill=fill
            )
            for leaf in leaves
        ]
        self._ids = [book.style(style) for style in self._styles]
        centred = book.style(Style(bold=bold, fill=fill))
        # a blank is filled in by hand: it has the look of its column
        self._unknown = [
            (leaf.kind.unknown, centred if leaf.kind.unknown else own) for leaf, own in zip(leaves, self._ids, strict=True)
        ]
        self._formats: dict[tuple[int, str], int] = {}

    def cells(self, row: Sequence[Cell]) -> list[tuple[Value, int]]:
        """The cells of a row: unknown values become their sign, shown figures take their own format."""
        if len(row) != len(self._ids):
            raise ValueError(f"a row of {len(row)} cells under {len(self._ids)} columns")
        out: list[tuple[Value, int]] = []
        for column, value in enumerate(row):
            if value is None:
                out.append(self._unknown[column])
            elif isinstance(value, figures.Shown):
                out.append((value.value, self._format(column, value.number_format)))
            else:
                out.append((value, self._ids[column]))
        return out

    def height(self, row: Sequence[Cell], least: float | None, spread: Collection[int] = ()) -> float:
        """Height in points that shows all of the row's wrapped text; cells of the columns `spread` have several rows."""
        lines = 1
        for column, (value, width) in enumerate(zip(row, self._widths, strict=True)):
            if isinstance(value, str) and 2 * len(value) >= width and column not in spread:
                lines = max(lines, text.lines_needed(value, width))
        return max(least or ROW_HEIGHT, lines * LINE_HEIGHT + 4)

    def _format(self, column: int, number_format: str) -> int:
        key = column, number_format
        if key not in self._formats:
            self._formats[key] = self._book.style(replace(self._styles[column], number_format=number_format))
        return self._formats[key]


def _body(sheet: Sheet, table: Table, widths: Sequence[float]) -> tuple[int, ...]:
    book, leaves = sheet.book, table.header.leaves
    plain, marked = _RowStyles(book, leaves, widths), _RowStyles(book, leaves, widths, fill=MARK_FILL)
    first, numbers = sheet.next_row, []
    heads: dict[int, set[int]] = {}
    for row_at, column, _, _ in table.merged:
        heads.setdefault(row_at, set()).add(column)
    for index, row in enumerate(table.rows):
        if isinstance(row, Band):
            numbers.append(
                spanned(
                    sheet, len(leaves), row.label, Style(horizontal="left", bold=True, fill=BAND_FILL), 20
                )
            )
        else:
            styles = marked if index in table.marked else plain
            spread = heads.get(index, ())
            numbers.append(sheet.row(styles.cells(row), styles.height(row, table.row_height, spread)))
    for row_at, column, rows, columns in table.merged:
        sheet.merge(first + row_at, column + 1, rows, columns)
    for column, leaf in enumerate(leaves, 1):
        if leaf.merged and len(numbers) > 1:
            sheet.merge(first, column, len(numbers), 1)
    return tuple(numbers)


def _foot(sheet: Sheet, table: Table, columns: int) -> None:
    for note in table.notes:
        spanned(sheet, columns, note, Style(horizontal="left", border=False), fill=False)
    if table.signature:
        _thirds(sheet, columns, table.signature, ("left",) * len(table.signature))


def total_of(values: Mapping[int, Cell], columns: int, label_at: int = 0) -> tuple[Cell, ...]:
    """A 合计 row: `values` by 0-based column, `合计` in column `label_at`, blanks elsewhere."""
    return tuple("合计" if column == label_at else values.get(column, "") for column in range(columns))
