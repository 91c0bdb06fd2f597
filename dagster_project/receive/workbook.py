"""Excel workbooks (.xlsx .xlsm .xls .xlsb) as text columns, by fastexcel.

Measured on 200,000 × 15 cells: fastexcel hands over Arrow columns in the time that python-calamine needs
before it has made its first Python list. What fastexcel leaves out is read beside it: from the sheet's XML
for .xlsx (sheet_xml.py), by a second, typed decode for the small old formats.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeVar

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, load_workbook

from dagster_project.receive.biff import Biff
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.screen import LEAST_ROWS, Screen, ScreenOf
from dagster_project.receive.sheet_xml import (
    SheetXml,
    counts_from_1904,
    declared_extent,
    hidden_sheets,
    percent_styles,
    read_sheet_xml,
    sheet_members,
)
from dagster_project.receive.sniff import Kind, corrupt
from dagster_project.receive.xlsb import Xlsb
from dagster_project.settings import Settings

# The decoder holds a sheet as one block from its first to its last filled cell, 32 bytes a cell.
MOST_CELLS = 100_000_000
NUMBER_TEXT = r"^-?[0-9]+(?:\.[0-9]+)?$"
MIDNIGHT = " 00:00:00"
NO_DAY = "1899-12-31 "      # how the decoder writes a time of day alone
T = TypeVar("T")


@dataclass
class Decoded:
    cells: pa.Table
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    numeric: frozenset[int] = frozenset()
    screen: Screen | None = None
    date_1904: bool = False
    hidden: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    uncomputed: dict[int, list[int]] = field(default_factory=dict)


class Records(Protocol):
    """A binary workbook's records."""

    date_1904: bool
    hidden: set[str]

    def sheet(self, title: str) -> SheetXml | None:
        """What they tell of one sheet."""


BESIDE: dict[str, Callable[[Path], Records]] = {"xls": Biff, "xlsb": Xlsb}
RECORD_ERRORS = (ValueError, KeyError, IndexError, OverflowError, struct.error, zipfile.BadZipFile)


def read_workbook(path: Path, kind: Kind, name: str, settings: Settings,
                  screen_of: ScreenOf | None = None) -> Iterator[tuple[str, int, Decoded | Refusal]]:
    """Each sheet, hidden ones too, with its position. Raises Refusal when the workbook does not open."""
    if kind in BESIDE:
        yield from _read_binary(path, kind, name, settings, screen_of)
        return
    reader = _guarded(lambda: fastexcel.read_excel(str(path)), name)
    if kind == "xlsx":
        with zipfile.ZipFile(path) as archive, ThreadPoolExecutor(1) as beside:
            members, percent, date_1904 = sheet_members(archive), percent_styles(archive), counts_from_1904(archive)
            hidden = hidden_sheets(archive)
            for index, title in enumerate(reader.sheet_names):
                try:
                    decoded = _read_xlsx(reader, archive, members.get(title), percent, beside, index, (name, title),
                                         settings, screen_of)
                    yield title, index, replace(decoded, date_1904=date_1904, hidden=title in hidden)
                except Refusal as refusal:
                    yield title, index, refusal


def _read_binary(path: Path, kind: Kind, name: str, settings: Settings,
                 screen_of: ScreenOf | None) -> Iterator[tuple[str, int, Decoded | Refusal]]:
    """Binary workbooks: the cells by the decoder, what it leaves out from the records. One after the other: both fill
    memory as fast as it is given, and side by side took more processor time and no less of the clock.
    """
    found = _records(BESIDE[kind], path)
    reader = _guarded(lambda: fastexcel.read_excel(str(path)), name)
    for index, title in enumerate(reader.sheet_names):
        try:
            decoded = _read_sheet(reader, path, found, index, (name, title), settings, screen_of)
            yield title, index, replace(decoded, date_1904=bool(found and found.date_1904),
                                        hidden=bool(found and title in found.hidden))
        except Refusal as refusal:
            yield title, index, refusal


def _records(kind: Callable[[Path], Records], path: Path) -> Records | None:
    """None for records of an older version, which are then decoded a second time."""
    try:
        return kind(path)
    except RECORD_ERRORS:
        return None


def _read_sheet(reader: fastexcel.ExcelReader, path: Path, records: Records | None, index: int,
                names: tuple[str, str], settings: Settings, screen_of: ScreenOf | None) -> Decoded:
    try:
        found = records.sheet(names[1]) if records else None
    except RECORD_ERRORS:
        found = None
    cells = _decode(reader, index, names, settings, found.rows if found else 0)
    if not cells.num_rows:
        return Decoded(cells)
    if found is None:
        return _typed_beside(reader, cells, path, index, names)
    return _screened(_corrected(cells, found, shown_as_dates=True), found, screen_of)


def _screened(cells: pa.Table, found: SheetXml, screen_of: ScreenOf | None) -> Decoded:
    screen = screen_of(cells, found.merges) if screen_of and cells.num_rows >= LEAST_ROWS else None
    return Decoded(screen.keep(cells) if screen else cells, found.merges, found.months, screen, hidden_rows=found.hidden_rows,
                   uncomputed=found.uncomputed)


def _read_xlsx(reader: fastexcel.ExcelReader, archive: zipfile.ZipFile, member: str | None, percent: list[int],
               beside: ThreadPoolExecutor, index: int, names: tuple[str, str], settings: Settings,
               screen_of: ScreenOf | None) -> Decoded:
    if member is None or member not in archive.namelist():
        raise corrupt(names[0])
    size = _guarded(lambda: declared_extent(archive, member), names[0])
    if size is None or size[0] > settings.max_rows or size[1] > settings.max_columns:
        size = None             # says nothing, or more than there is: look before anything is allocated for it
    else:
        _refuse_size(*size, names, settings)
    xml = beside.submit(_guarded, lambda: read_sheet_xml(archive, member, percent, size is None), names[0])
    if size is None:
        _refuse_size(xml.result().rows, xml.result().columns, names, settings)
    cells = _eager(reader, index, names, settings)
    found: SheetXml = xml.result()
    if cells.num_rows and not found.from_first:       # columns before the first filled one: only the other way of loading tells how many
        cells = _decode(reader, index, names, settings)
    if cells.num_rows and not found.understood:      # a writer that leaves out the cells' references
        return _typed_beside(reader, cells, Path(archive.filename or ""), index, names)
    return _screened(_corrected(cells, found, shown_as_dates=True), found, screen_of)


def _typed_beside(reader: fastexcel.ExcelReader, cells: pa.Table, path: Path | str, index: int,
                  names: tuple[str, str]) -> Decoded:
    """Without readable XML: a second decode as booleans tells numbers (not null) from text (null)."""
    stored = _guarded(lambda: reader.load_sheet(index, header_row=None, skip_rows=0, dtypes="boolean").to_arrow(),
                      names[0])
    numbers = _guarded(lambda: reader.load_sheet(index, header_row=None, skip_rows=0, dtypes="float").to_arrow(),
                       names[0])
    first = cells.num_columns - 1 - stored.num_columns
    found = SheetXml(understood=True)
    for offset in range(stored.num_columns):
        text = cells.column(first + offset + 1)
        is_number = pc.and_(pc.is_valid(stored.column(offset)), pc.invert(pc.is_in(text, pa.array(["true", "false"]))))
        rows = np.flatnonzero(pc.fill_null(is_number, False).to_numpy())
        values = numbers.column(offset).take(pa.array(rows)).to_pylist()
        found.notable[first + offset] = [(int(r) + 1, repr(v)) for r, v in zip(rows, values, strict=True)]
    try:
        merges = load_workbook(str(path)).get_sheet_by_index(index).merged_cell_ranges or []
    except CalamineError as error:
        raise corrupt(names[0]) from error
    ranges = [(r0 + 1, c0 + 1, r1 + 1, c1 + 1) for (r0, c0), (r1, c1) in merges]
    return Decoded(_corrected(cells, found), ranges, found.months)


def _eager(reader: fastexcel.ExcelReader, index: int, names: tuple[str, str], settings: Settings) -> pa.Table:
    """Like `_decode`, in less time, for a sheet whose first column holds something."""
    batch = _guarded(lambda: reader.load_sheet(index, header_row=None, skip_rows=0, dtypes="string", eager=True),
                     names[0])
    _refuse_size(batch.num_rows, batch.num_columns, names, settings)
    return _table(batch, 0)


def _decode(reader: fastexcel.ExcelReader, index: int, names: tuple[str, str], settings: Settings,
            rows: int = 0) -> pa.Table:
    """row_number and c0…cN as fastexcel writes them; columns before the first filled one are null.

    `rows`: the last row by the records, 0 for unknown. A sheet loads faster that is not told where to begin: it then
    begins with its first cell, and has fewer rows when that is not in the first.
    """
    def load(skip: int | None) -> fastexcel.ExcelSheet:
        return _guarded(lambda: reader.load_sheet(index, header_row=None, skip_rows=skip, dtypes="string"), names[0])

    sheet = load(None if rows else 0)
    if rows and sheet.height != rows:
        sheet = load(0)
    selected = sheet.selected_columns
    first = min((column.absolute_index for column in selected), default=0)
    _refuse_size(sheet.height, first + sheet.width, names, settings)
    return _table(_guarded(sheet.to_arrow, names[0]), first)


def _table(batch: pa.RecordBatch, first: int) -> pa.Table:
    rows = pa.array(np.arange(1, batch.num_rows + 1, dtype=np.int64))
    columns = [pa.nulls(batch.num_rows, pa.string())] * first + batch.columns
    return pa.table([rows, *columns], names=["row_number", *(f"c{i}" for i in range(len(columns)))])


def _corrected(cells: pa.Table, xml: SheetXml, shown_as_dates: bool = False) -> pa.Table:
    """Long numbers by their stored value, percentages as shown, dates without an empty time of day.

    `shown_as_dates`: among `xml.notable` are the stored numbers of dates, which stay dates.
    """
    for index in range(cells.num_columns - 1):
        name = f"c{index}"
        column = cells[name]
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        fixed = column
        if xml.notable.get(index):
            notable = dict(xml.notable[index])
            fixed = _replaced(fixed, _still_numbers(fixed, notable) if shown_as_dates else notable)
        if xml.percent.get(index):
            rows = [row for row in xml.percent[index] if row <= len(fixed)]
            texts = fixed.take(pa.array([row - 1 for row in rows])).to_pylist()
            shown = {text: percent_text(text) for text in set(texts) if text is not None}
            fixed = _put(fixed, {r: shown[t] for r, t in zip(rows, texts, strict=True) if t is not None})
        if xml.errors.get(index):
            fixed = _put(fixed, dict(xml.errors[index]))
        if pc.any(timed := pc.equal(pc.binary_length(fixed), len(NO_DAY + "00:00:00"))).as_py():
            fixed = _without_empty_halves(fixed, timed)
        if fixed is not column:
            cells = cells.set_column(index + 1, name, fixed)
    return cells


def _without_empty_halves(column: pa.Array, timed: pa.Array) -> pa.Array:
    """Dates at midnight without their time, times of day without a day; `timed`: the texts as long as both."""
    clock = pc.and_(timed, pc.match_substring_regex(column, rf"^{NO_DAY}\d\d:\d\d:\d\d$"))
    if pc.any(clock).as_py():
        column = pc.if_else(clock, pc.utf8_slice_codeunits(column, len(NO_DAY)), column)
    midnight = pc.and_(timed, pc.ends_with(column, MIDNIGHT))
    if pc.any(midnight).as_py():
        column = pc.if_else(midnight, pc.utf8_slice_codeunits(column, 0, 10), column)
    return column


def _replaced(column: pa.Array, literals: dict[int, str]) -> pa.Array:
    plain = {literal: plain_number(literal) for literal in set(literals.values())}
    return _put(column, {row: plain[literal] for row, literal in literals.items()})


def _still_numbers(column: pa.Array, literals: dict[int, str]) -> dict[int, str]:
    rows = [row for row in literals if row <= len(column)]
    numbers = pc.match_substring_regex(column.take(pa.array([row - 1 for row in rows], pa.int64())), NUMBER_TEXT)
    return {row: literals[row] for row, number in zip(rows, numbers.to_pylist(), strict=True) if number}


def _put(column: pa.Array, texts: dict[int, str]) -> pa.Array:
    """The column with `texts` at their 1-based rows."""
    rows = sorted(row for row in texts if row <= len(column))
    mask = np.zeros(len(column), dtype=bool)
    mask[np.asarray(rows, dtype=np.int64) - 1] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array([texts[row] for row in rows], pa.string()))


def plain_number(literal: str) -> str:
    """A stored number as Excel would show it in full: 15 significant digits, no exponent, no empty decimals."""
    text = format(Decimal(format(float(literal), ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_text(text: str) -> str:
    shown = format((Decimal(text) * 100).normalize(), "f")
    return f"{shown}%"


def _refuse_size(rows: int, columns: int, names: tuple[str, str], settings: Settings) -> None:
    if rows > settings.max_rows or columns > settings.max_columns or rows * columns > MOST_CELLS:
        raise _too_large(names, settings)


def _too_large(names: tuple[str, str], settings: Settings) -> Refusal:
    return Refusal("TOO_LARGE", f"{place(*names)}的范围超过上限（{settings.max_rows:,} 行、{settings.max_columns} 列）。"
                                "请删除表格右侧和下方的零星单元格，或拆成几个文件后再放入收件箱。")


def _guarded(call: Callable[[], T], name: str) -> T:
    """Runs a decoder on foreign bytes; whatever it stumbles over is CORRUPT, a password ENCRYPTED."""
    try:
        return call()
    except Refusal:
        raise
    except (fastexcel.FastExcelError, zipfile.BadZipFile, SyntaxError, ValueError, EOFError, OSError) as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise Refusal("ENCRYPTED", f"{place(name)}设有打开密码，无法读取。请去掉密码后再放入收件箱。") from error
        raise corrupt(name) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":     # the decoder's own assertion failed
            raise corrupt(name) from error
        raise
