"""Files as offices send them, written from drawn cells: workbooks old and new, web pages, delimited text."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import xlwt
from openpyxl import Workbook
from receive_spellings import Cell, Percent
from shapes_kit import ods_cell, write_ods, write_xlsb

NATIVE = ("xlsx", "xls", "xlsb", "ods")          # formats with numbers, dates and percentages of their own
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
KINDS = ("xlsx", "xlsx", *NATIVE, "html", *ENCODINGS)
ENDINGS = {"xlsx": ("xlsx", "xlsm", "xls"), "xls": ("xls", "xlsx"), "xlsb": ("xlsb",), "ods": ("ods",),
           "html": ("xls", "html")}
ONE_NAME = "表"       # of the formats whose writer knows no other


@dataclass(frozen=True)
class Page:
    name: str
    lines: list[list[Cell]]
    merges: list[tuple[int, int, int, int]]      # r0, c0, r1, c1, 1-based and inclusive


def write(path: Path, kind: str, pages: Sequence[Page], delimiter: str = ",") -> None:
    """Several pages only where the format holds several tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "xlsx":
            _xlsx(path, pages)
        case "xls":
            _xls(path, pages)
        case "xlsb":
            (page,) = pages
            cells = [(r - 1, c - 1, *_stored(value)) for r, c, value in _filled(page)]
            write_xlsb(path, cells, [(r0 - 1, r1 - 1, c0 - 1, c1 - 1) for r0, c0, r1, c1 in page.merges])
        case "ods":
            first, *others = ("".join(_tags(page, _ods_row, _ods_cell)) for page in pages)
            more = "".join(f'<table:table table:name="{page.name}">{rows}</table:table>'
                           for page, rows in zip(pages[1:], others, strict=True))
            write_ods(path, first, more)
        case "html":
            (page,) = pages
            rows = "".join(_tags(page, "<tr>{}</tr>", _html_cell))
            path.write_text(f"<html><head><meta charset='utf-8'></head><body><table>{rows}</table></body></html>",
                            encoding="utf-8")
        case _:
            (page,) = pages
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=delimiter).writerows(
                [["" if cell is None else cell for cell in line] for line in page.lines])
            path.write_bytes(text.getvalue().encode(kind))


def touch(path: Path, seconds: float) -> None:
    os.utime(path, (seconds, seconds))


def _filled(page: Page) -> Iterator[tuple[int, int, Any]]:
    for row, line in enumerate(page.lines, 1):
        for column, value in enumerate(line, 1):
            if value is not None:
                yield row, column, value


def _xlsx(path: Path, pages: Sequence[Page]) -> None:
    book = Workbook()
    book.remove(book.active)
    for page in pages:
        sheet = book.create_sheet(page.name)
        for row, column, value in _filled(page):
            cell = sheet.cell(row, column)
            if isinstance(value, Percent):
                cell.value, cell.number_format = value.value, "0.00%"
            else:
                cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
        for r0, c0, r1, c1 in page.merges:
            sheet.merge_cells(start_row=r0, start_column=c0, end_row=r1, end_column=c1)
    book.save(path)


def _xls(path: Path, pages: Sequence[Page]) -> None:
    book = xlwt.Workbook()
    styles = {Percent: xlwt.easyxf(num_format_str="0.00%"), date: xlwt.easyxf(num_format_str="yyyy-mm-dd")}
    for page in pages:
        sheet = book.add_sheet(page.name)
        for row, column, value in _filled(page):
            style = styles.get(type(value), xlwt.Style.default_style)
            sheet.write(row - 1, column - 1, value.value if isinstance(value, Percent) else value, style)
        for r0, c0, r1, c1 in page.merges:
            sheet.merge(r0 - 1, r1 - 1, c0 - 1, c1 - 1)
    book.save(str(path))


def _stored(value: Any) -> tuple[int, Any]:
    """Style and stored value of an .xlsb cell."""
    if isinstance(value, Percent):
        return 1, value.value
    if isinstance(value, date):
        return 2, float((value - date(1899, 12, 30)).days)
    return 0, value if isinstance(value, (str, bool)) else float(value)


def _tags(page: Page, row: Any, cell: Any) -> Iterator[str]:
    """Rows of a language of tags; a merged range is one cell that spans, and `None` where it covers others."""
    spans = {(r0, c0): (r1 - r0 + 1, c1 - c0 + 1) for r0, c0, r1, c1 in page.merges}
    covered = {(r, c) for r0, c0, r1, c1 in page.merges for r in range(r0, r1 + 1) for c in range(c0, c1 + 1)}
    for r, line in enumerate(page.lines, 1):
        cells = "".join(cell(value, spans.get((r, c)), (r, c) in covered and (r, c) not in spans)
                        for c, value in enumerate(line, 1))
        yield row.format(cells)


_ods_row = "<table:table-row>{}</table:table-row>"


def _ods_cell(value: Any, span: tuple[int, int] | None, covered: bool) -> str:
    if covered:
        return "<table:covered-table-cell/>"
    more = f' table:number-rows-spanned="{span[0]}" table:number-columns-spanned="{span[1]}"' if span else ""
    match value:
        case None:
            return f"<table:table-cell{more}/>"
        case bool():
            return ods_cell("boolean", str(value).upper(), str(value).lower(), more)
        case int() | float():
            return ods_cell("float", str(value), repr(value), more)
        case Percent():
            return ods_cell("percentage", f"{value.value:.1%}", repr(value.value), more)
        case date():
            return ods_cell("date", f"{value:%m/%d}", value.isoformat(), more)
    return ods_cell("string", escape(value).replace("\n", "<text:line-break/>"), None, more)


def _html_cell(value: Any, span: tuple[int, int] | None, covered: bool) -> str:
    if covered:
        return ""
    more = f' rowspan="{span[0]}" colspan="{span[1]}"' if span else ""
    return f"<td{more}>{'' if value is None else escape(str(value)).replace(chr(10), '<br>')}</td>"
