"""Files as the systems write them (xlsx, CSV, HTML named .xls), the same bytes for the same content.

A `Line` knows the outcome that a correct receiver gives it and the fact it carries; writing a file fills in
the row number, as Excel shows it, so that the truth can name where each fact stands.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.writer.excel import ExcelWriter

ACCEPTED, REJECTED, OUT_OF_SCOPE, IGNORED = "accepted", "rejected", "out_of_scope", "ignored"


@dataclass(slots=True)
class Line:
    """One row below the header. `faults`: (column, code, raw value); column None = the row as a whole."""

    cells: list[Any]
    fact: Any = None
    outcome: str = ACCEPTED
    faults: list[tuple[str | None, str, Any]] = field(default_factory=list)
    row: int = 0

    @property
    def blank(self) -> bool:
        return all(cell is None or cell == "" for cell in self.cells)


@dataclass
class Table:
    """One sheet. `columns`: the contract's first Chinese headers, in the order of the printed `head[-1]`."""

    table_id: str | None
    sheet: str
    columns: list[str]
    head: list[list[Any]]
    lines: list[Line]
    label: tuple[Any, ...] = ()
    merges: list[str] = field(default_factory=list)
    tail: list[Line] = field(default_factory=list)
    unit: str = "元"  # of the money columns, unless their header says otherwise
    drift: tuple[str, ...] = ()  # headers that no contract knows
    ignored: bool = False  # a sheet without one known header
    refused: str | None = None  # the code for which the whole sheet is rejected
    path: str = ""

    def at(self, column: str) -> int:
        return self.columns.index(column)

    def rows(self) -> list[Line]:
        """Lines down to the last that is not blank."""
        out = [*self.lines, *self.tail]
        while out and out[-1].blank:
            out.pop()
        return out

    def counts(self) -> dict[str, int]:
        rows = self.rows()
        out = {"rows_read": len(rows), ACCEPTED: 0, REJECTED: 0, OUT_OF_SCOPE: 0, IGNORED: 0}
        for line in rows:
            out[line.outcome] += 1
        return out


@dataclass
class Export:
    """One file below the inbox. `dated`: its snapshot date; `assumed`: only the modification date says so."""

    path: str
    tables: list[Table]
    dated: date
    assumed: bool = False
    encoding: str = "utf-8"
    empty_sheets: tuple[str, ...] = ()
    truncate: bool = False  # part of a workbook, as a broken copy leaves it
    copy_of: str | None = None

    @property
    def format(self) -> str:
        return Path(self.path).suffix[1:]


def centred(text: str) -> tuple[str, Any]:
    """A cell to be printed centred (titles)."""
    return ("centred", text)


def write(export: Export, inbox: Path) -> None:
    """Write the file, number its lines, set its times. Raises OSError when the inbox cannot be written."""
    target = inbox / export.path
    target.parent.mkdir(parents=True, exist_ok=True)
    if export.copy_of:
        data = (inbox / export.copy_of).read_bytes()
    else:
        for table in export.tables:
            table.path = export.path
            for row, line in enumerate(table.rows(), len(table.head) + 1):
                line.row = row
        data = {"csv": _csv, "xlsx": _xlsx, "xls": _html}[export.format](export)
    if export.truncate:
        data = data[: len(data) * 2 // 3]
    target.write_bytes(data)
    noon = datetime(export.dated.year, export.dated.month, export.dated.day, 4, tzinfo=UTC).timestamp()
    os.utime(target, (noon, noon))


def _plain(cell: Any) -> Any:
    return cell[1] if isinstance(cell, tuple) else cell


def _all_rows(table: Table) -> Iterable[list[Any]]:
    yield from table.head
    for line in table.rows():
        yield line.cells


def _csv(export: Export) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in _all_rows(export.tables[0]):
        writer.writerow(["" if cell is None else _plain(cell) for cell in row])
    return out.getvalue().encode(export.encoding)


def _html(export: Export) -> bytes:
    """A page with one table, as web systems save "Excel" files."""
    rows = "".join(
        f"<tr>{''.join(f'<td>{_cell_text(cell)}</td>' for cell in row)}</tr>\n" for row in _all_rows(export.tables[0])
    )
    page = (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={export.encoding}"></head>\n'
        f'<body><table border="1">\n{rows}</table></body></html>\n'
    )
    return page.encode(export.encoding)


def _cell_text(cell: Any) -> str:
    return "" if cell is None else escape(str(_plain(cell)))


class _FixedZip(ZipFile):
    """A zip whose members carry the day of the export, as real ones do: two exports never have the same bytes."""

    def __init__(self, out: io.BytesIO, exported: date) -> None:
        super().__init__(out, "w", ZIP_DEFLATED)
        self.exported = exported
        self.stamp = (exported.year, exported.month, exported.day, 0, 0, 0)

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self.stamp)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return info

    def writestr(self, zinfo_or_arcname, data, compress_type=None, compresslevel=None) -> None:
        if zinfo_or_arcname == "docProps/core.xml":
            text = data.decode("utf-8") if isinstance(data, bytes) else data
            data = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{self.exported.isoformat()}T00:00:00Z", text)
        super().writestr(self._info(zinfo_or_arcname), data, ZIP_DEFLATED, 1)

    def write(self, filename, arcname=None, compress_type=None, compresslevel=None) -> None:
        with Path(filename).open("rb") as source:
            super().writestr(self._info(arcname), source.read(), ZIP_DEFLATED, 1)


def _xlsx(export: Export) -> bytes:
    book = Workbook(write_only=True)
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for table in export.tables:
        sheet = book.create_sheet(table.sheet)
        # write-only sheets have no merge_cells, but write what stands here; a list keeps the order of bytes
        sheet.merged_cells = [CellRange(area) for area in table.merges]
        for row in table.head:
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, _plain(value))
                if isinstance(value, tuple):
                    cell.alignment = middle
                cells.append(cell)
            sheet.append(cells)
        for line in table.rows():
            sheet.append(line.cells)
    for name in export.empty_sheets:
        book.create_sheet(name)
    out = io.BytesIO()
    with _FixedZip(out, export.dated) as archive:
        ExcelWriter(book, archive).save()
    return out.getvalue()
