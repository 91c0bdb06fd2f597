"""A workbook written row by row: styles, page and packaging by openpyxl, rows by a few lines of our own.

The rows are ours because openpyxl passes every number through a float (0.56 becomes 0.5600000000000001),
takes a text such as `=1+1` or `#N/A` for something else, and needs 13 µs a cell. Bytes depend on the
content alone: fixed zip times, and no clock in the document properties.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments.comment_sheet import CommentRecord
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.dimensions import SheetDimension
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import Element, SubElement

from exports import figures, text

TITLE_FONT = "方正小标宋简体"
BODY_FONT = "仿宋"
# What a machine without the fonts takes instead, in this order; the charset below steers Excel and WPS to
# the first Chinese one they have. The file names one font only, so its bytes are the same everywhere.
FALLBACK_FONTS = {
    TITLE_FONT: ("方正小标宋_GBK", "宋体", "SimSun", "Noto Serif CJK SC"),
    BODY_FONT: ("仿宋_GB2312", "FangSong", "宋体", "SimSun", "Noto Serif CJK SC"),
}
GB2312_CHARSET = 134
PAPER_A4 = 9
PAPER_A3 = 8
# Characters across a landscape page at 60 %, where 11 pt print as 6.6 pt; at fewer per cent nobody reads it.
LEGIBLE_A4, LEGIBLE_A3 = 240, 350
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
MARGIN = 0.5  # inches
BLOCK = 2_000  # rows that are packed together while a long sheet is written
REMEMBERED = 20_000  # cell contents kept for the next cell that holds the same
LETTERS = [get_column_letter(number) for number in range(1, 513)]
_THIN = Side(style="thin", color="FF000000")
_EMPTY_DATA = re.compile(rb"<sheetData\s*/>|<sheetData>\s*</sheetData>")
_ESCAPE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})

Value = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell looks."""

    font: str = BODY_FONT
    size: float = 10.5
    bold: bool = False
    color: str = "000000"
    fill: str | None = None
    horizontal: str = "center"
    vertical: str = "center"
    wrap: bool = True
    border: bool = True
    open_sides: tuple[str, ...] = ()  # of a border: left, right, top, bottom that have no line
    number_format: str = "General"
    quoted: bool = False  # the apostrophe of Excel: text, whatever it begins with


@dataclass(slots=True)
class Sheet:
    """One sheet: rows already written as XML, and what the page needs. Made by `Book.sheet`."""

    book: Book
    worksheet: Worksheet
    count: int = 0  # of rows
    rows: list[bytes] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)  # the rows before them, a block each
    merges: list[str] = field(default_factory=list)
    comments: list[CommentRecord] = field(default_factory=list)
    columns: int = 1

    @property
    def next_row(self) -> int:
        """Number of the row that `row` writes next."""
        return self.count + 1

    def row(self, cells: Iterable[tuple[Value, int] | None], height: float | None = None) -> int:
        """Write a row of (value, style id), None = no cell; returns its number. `height` in points."""
        number = self.count + 1
        parts = [f'<row r="{number}" ht="{height:g}" customHeight="1">' if height else f'<row r="{number}">']
        content, cells = self.book.content, list(cells)
        for letter, cell in zip(LETTERS, cells, strict=False):
            if cell is not None:
                value, style = cell
                if value is None or value == "":
                    parts.append(f'<c r="{letter}{number}" s="{style}"/>')
                else:
                    inner, risky = content(value)
                    if risky:
                        style = self.book.quoted(style)
                    parts.append(f'<c r="{letter}{number}" s="{style}"{inner}</c>')
        parts.append("</row>")
        self.rows.append("".join(parts).encode())
        self.count = number
        if len(self.rows) == BLOCK:
            self.packed.append(zlib.compress(b"".join(self.rows), 1))
            self.rows.clear()
        self.columns = max(self.columns, len(cells))
        return number

    def data(self) -> Iterator[bytes]:
        """The rows written so far, as XML."""
        yield from map(zlib.decompress, self.packed)
        yield from self.rows

    def merge(self, row: int, column: int, rows: int, columns: int) -> None:
        """Merge a block; its cells must have been (or must be) written with the borders they show."""
        if rows > 1 or columns > 1:
            self.merges.append(f"{LETTERS[column - 1]}{row}:{LETTERS[column + columns - 2]}{row + rows - 1}")

    def comment(self, row: int, column: int, words: str, width: int = 240, height: int = 110) -> None:
        """A comment on a cell; `width`, `height` of its box in points."""
        record = CommentRecord(f"{LETTERS[column - 1]}{row}", author="CoopLedger", width=width, height=height)
        record.text.t = text.clean(words)
        self.comments.append(record)

    def widths(self, widths: Sequence[float]) -> None:
        """Widths of the columns from the left, in characters."""
        for letter, width in zip(LETTERS, widths, strict=False):
            self.worksheet.column_dimensions[letter].width = width

    def page(self, landscape: bool, repeat: tuple[int, int] | None, freeze_at: str | None = None,
             width: float = 0.0) -> None:
        """A4, one page wide, `第 X 页 共 Y 页`; rows `repeat` stand on every page.

        `width` of all columns, in characters: what would be too small to read goes on A3, on as many pages as it needs.
        """
        sheet = self.worksheet
        sheet.page_setup.paperSize = PAPER_A3 if width > LEGIBLE_A4 else PAPER_A4
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = max(1, math.ceil(width / LEGIBLE_A3)), 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_options.horizontalCentered = True
        for side in ("left", "right"):
            setattr(sheet.page_margins, side, MARGIN)
        sheet.page_margins.top = sheet.page_margins.bottom = 0.7
        sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
        sheet.oddFooter.center.size = 9
        if repeat:
            sheet.print_title_rows = f"{repeat[0]}:{repeat[1]}"
        sheet.freeze_panes = freeze_at


class Book:
    """A workbook being written. `save` gives its bytes, which depend on nothing but its content."""

    def __init__(self, title: str, stamp: date) -> None:
        """`title` and `stamp` (shown as created and modified) go into the document properties."""
        self._workbook = Workbook()
        self._workbook.remove(self._workbook.active)
        self._scratch = Worksheet(self._workbook)
        self._styles: dict[Style, int] = {}
        self._by_id: dict[int, Style] = {}
        self._quoted: dict[int, int] = {}
        self._contents: dict[tuple[type, Value], tuple[str, bool]] = {}  # most texts stand in many cells
        self._sheets: dict[str, Sheet] = {}
        properties = self._workbook.properties
        properties.title, properties.creator = text.clean(title), "CoopLedger"
        properties.created = properties.modified = datetime.combine(stamp, time())

    def sheet(self, name: str) -> Sheet:
        """A new sheet at the end; its name is cleaned and made unique."""
        worksheet = self._workbook.create_sheet(text.sheet_name(name, set(self._sheets)))
        sheet = self._sheets[worksheet.title] = Sheet(self, worksheet)
        return sheet

    def style(self, style: Style) -> int:
        """Id of a style in this workbook."""
        if style not in self._styles:
            cell = Cell(self._scratch, 1, 1)
            cell.font = Font(
                name=style.font,
                size=style.size,
                bold=style.bold,
                color=f"FF{style.color}",
                charset=GB2312_CHARSET,
            )
            cell.alignment = Alignment(
                horizontal=style.horizontal, vertical=style.vertical, wrap_text=style.wrap
            )
            if style.border:
                sides = {side: _THIN for side in ("left", "right", "top", "bottom") if side not in style.open_sides}
                cell.border = Border(**sides)
            if style.fill:
                cell.fill = PatternFill("solid", fgColor=f"FF{style.fill}")
            cell.number_format = style.number_format
            cell.quotePrefix = style.quoted
            self._styles[style] = cell.style_id
            self._by_id[cell.style_id] = style
        return self._styles[style]

    def content(self, value: Value) -> tuple[str, bool]:
        """The inside of a cell with this value as XML, and whether it needs a quoted style.

        Raises TypeError for a value that a cell cannot hold exactly (floats, booleans).
        """
        key = type(value), value
        found = self._contents.get(key)
        if found is None:
            if len(self._contents) >= REMEMBERED:
                self._contents.clear()
            found = self._contents[key] = _content(value)
        return found

    def quoted(self, style: int) -> int:
        """The same style for a text that a spreadsheet could take for a formula."""
        if style not in self._quoted:
            self._quoted[style] = self.style(replace(self._by_id[style], quoted=True))
        return self._quoted[style]

    def save(self) -> bytes:
        """The workbook as .xlsx bytes."""
        buffer = BytesIO()
        with _Archive(buffer, "w", ZIP_DEFLATED, compresslevel=6) as archive:
            _Writer(self._workbook, archive, self._sheets).write_data()
        return buffer.getvalue()


def _content(value: Value) -> tuple[str, bool]:
    if isinstance(value, str):
        cleaned = text.clean(value)
        space = ' xml:space="preserve"' if cleaned != cleaned.strip() or "\n" in cleaned else ""
        inner = f' t="inlineStr"><is><t{space}>{cleaned.translate(_ESCAPE)}</t></is>'
        return inner, text.could_be_formula(cleaned)
    if isinstance(value, Decimal):
        return f"><v>{figures.text(value)}</v>", False
    if isinstance(value, date):
        return f"><v>{to_excel(value)}</v>", False
    if isinstance(value, int) and not isinstance(value, bool):
        return f"><v>{value}</v>", False
    raise TypeError(f"a cell cannot hold {type(value).__name__}")


class _Archive(ZipFile):
    """A zip whose entries all carry the same time."""

    def writestr(self, name, data, compress_type=None, compresslevel=None):
        info = ZipInfo(name, ZIP_TIME)
        info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
        super().writestr(info, data, compresslevel=6)


class _SheetWriter(WorksheetWriter):
    """openpyxl's sheet writer with the size and the merges that our rows have."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        super().__init__(sheet.worksheet, out=BytesIO())
        sheet.worksheet._comments = sheet.comments

    def write_dimensions(self) -> None:
        corner = f"{LETTERS[self._sheet.columns - 1]}{max(self._sheet.count, 1)}"
        self.xf.send(SheetDimension(f"A1:{corner}").to_tree())

    def write_merged_cells(self) -> None:
        if self._sheet.merges:
            merged = Element("mergeCells", count=f"{len(self._sheet.merges)}")
            for ref in self._sheet.merges:
                SubElement(merged, "mergeCell", ref=ref)
            self.xf.send(merged)


class _Writer(ExcelWriter):
    """openpyxl's workbook writer with our rows as the sheets' data, and no temporary files."""

    def __init__(self, workbook: Workbook, archive: ZipFile, sheets: dict[str, Sheet]) -> None:
        super().__init__(workbook, archive)
        self._our_sheets = sheets

    def write_worksheet(self, ws: Worksheet) -> None:
        sheet = self._our_sheets[ws.title]
        ws._drawing = SpreadsheetDrawing()
        writer = _SheetWriter(sheet)
        writer.write()
        head, tail = _EMPTY_DATA.split(writer.out.getvalue())
        self._archive.writestr(ws.path[1:], b"".join([head, b"<sheetData>", *sheet.data(), b"</sheetData>", tail]))
        self.manifest.append(ws)
        ws._rels = writer._rels
