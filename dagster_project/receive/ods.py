"""OpenDocument sheets (.ods) as rows of text, one streaming pass over content.xml.

The file says of every value what it is; the workbook decoder drops that (percent, times, errors, booleans).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.sniff import corrupt
from dagster_project.receive.table_rows import TableRows
from dagster_project.receive.workbook import MIDNIGHT, percent_text, plain_number
from dagster_project.settings import Settings

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE, PROPERTIES = (f"{{urn:oasis:names:tc:opendocument:xmlns:style:1.0}}{name}" for name in ("style", "table-properties"))
SHEET, ROW, CELLS = TABLE + "table", TABLE + "table-row", (TABLE + "table-cell", TABLE + "covered-table-cell")
TIME = re.compile(r"P(?:(\d+)D)?T(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


def read_ods(path: Path, name: str, settings: Settings) -> Iterator[tuple[str, int, TableRows | Refusal]]:
    """Each sheet, hidden ones too, with its position. Raises Refusal CORRUPT."""
    index, title, sheet, row = -1, "", None, 0
    refused: Refusal | None = None
    unseen: set[str] = set()        # styles of hidden sheets
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
            for event, node in etree.iterparse(file, events=("start", "end"), tag=(SHEET, ROW, STYLE), resolve_entities=False,
                                               no_network=True, load_dtd=False, huge_tree=True):
                if node.tag == STYLE:
                    if any(child.get(TABLE + "display") == "false" for child in node.iter(PROPERTIES)):
                        unseen.add(node.get(STYLE.removesuffix("style") + "name"))
                elif node.tag == SHEET:
                    if event == "start":
                        index, title, row, refused = index + 1, node.get(TABLE + "name") or "", 0, None
                        sheet = TableRows((name, title), settings, hidden=node.get(TABLE + "style-name") in unseen)
                    elif sheet is not None:
                        yield title, index, refused or sheet
                        sheet = None
                        node.clear(keep_tail=False)
                elif event == "end" and sheet is not None:
                    times = int(node.get(TABLE + "number-rows-repeated") or 1)
                    try:
                        cells = _row(node, row + 1, sheet)
                        if any(cells) and node.get(TABLE + "visibility") in ("collapse", "filter"):
                            sheet.hidden_rows += range(row + 1, row + 1 + min(times, settings.max_rows + 1))
                        if any(cells):
                            if not sheet.last and row:
                                sheet.add(1, [])
                            for number in range(row + 1, row + 1 + min(times, settings.max_rows + 1)):
                                sheet.add(number, cells)
                    except Refusal as refusal:
                        refused = refused or refusal
                    row += times
                    node.clear(keep_tail=False)
                    while node.getprevious() is not None:
                        del node.getparent()[0]
    except (etree.XMLSyntaxError, zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        raise corrupt(name) from error


def _row(node: etree._Element, row: int, sheet: TableRows) -> list[str | None]:
    """The row's texts up to its last filled cell; merged ranges go to `sheet`."""
    cells: list[str | None] = []
    blank = 0                       # cells that nothing has followed yet
    for cell in node:
        if cell.tag not in CELLS:
            continue
        times = int(cell.get(TABLE + "number-columns-repeated") or 1)
        text = _text(cell)
        column = len(cells) + blank + 1
        if times == 1:
            down, across = (int(cell.get(f"{TABLE}number-{way}-spanned") or 1) for way in ("rows", "columns"))
            if max(down, across) > 1:
                sheet.merges.append((row, column, row + down - 1, column + across - 1))
        if not text:
            if cell.get(TABLE + "formula") and cell.get(OFFICE + "value-type") is None:
                sheet.uncomputed.setdefault(column - 1, []).append(row)
            blank += times
        elif column + times > sheet.settings.max_columns + 1:
            raise Refusal("TOO_LARGE", f"{place(*sheet.names)}超过 {sheet.settings.max_columns} 列。"
                                       "请删除表格右侧的零星单元格后再放入收件箱。")
        else:
            cells += [None] * blank + [text] * times
            blank = 0
    return cells


def _text(cell: etree._Element) -> str | None:
    kind = cell.get(OFFICE + "value-type")
    value = cell.get(OFFICE + "value")
    if kind in ("float", "currency", "percentage") and value is not None:
        number = plain_number(value)
        return percent_text(number) if kind == "percentage" else number
    if kind == "boolean":
        return cell.get(OFFICE + "boolean-value")
    if kind == "date":
        return (cell.get(OFFICE + "date-value") or "").partition(".")[0].replace("T", " ").removesuffix(MIDNIGHT)
    if kind == "time" and (found := TIME.fullmatch(cell.get(OFFICE + "time-value") or "")):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return f"{days * 24 + hours:02}:{minutes:02}:{seconds:02}"
    lines = ["".join(_pieces(paragraph)) for paragraph in cell.findall(TEXT + "p")]
    return "\n".join(lines) or cell.get(OFFICE + "string-value") or None


def _pieces(node: etree._Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag == TEXT + "s":
            yield " " * int(child.get(TEXT + "c") or 1)
        elif child.tag in (TEXT + "tab", TEXT + "line-break"):
            yield "\t" if child.tag == TEXT + "tab" else "\n"
        elif not isinstance(child.tag, str):
            continue
        else:
            yield from _pieces(child)
        yield child.tail or ""
