"""SpreadsheetML 2003, the XML that older systems call `.xls`: its sheets as rows of text.

The texts follow readers.py: numbers plain with 15 digits, percent by the cell's style, dates without an empty time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.sniff import corrupt
from dagster_project.receive.table_rows import TableRows
from dagster_project.receive.workbook import MIDNIGHT, NO_DAY, percent_text, plain_number
from dagster_project.settings import Settings

SPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
TAGS = tuple(SPACE + tag for tag in ("Style", "Worksheet", "Row", "Cell"))


def read_spreadsheet_ml(path: Path, name: str, settings: Settings) -> Iterator[tuple[str, int, TableRows | Refusal]]:
    """Each sheet with its position. Raises Refusal CORRUPT; UNSAFE is sniffed before."""
    styles: dict[str, str] = {}
    title, index, sheet, row, column = "", -1, None, 0, 0
    cells: list[str | None] = []
    refused: Refusal | None = None
    try:
        for event, node in etree.iterparse(str(path), events=("start", "end"), tag=TAGS, resolve_entities=False,
                                           no_network=True, load_dtd=False, huge_tree=False):
            tag = node.tag[len(SPACE):]
            if event == "start":
                if tag == "Worksheet":
                    title, index, row, refused = node.get(SPACE + "Name") or "", index + 1, 0, None
                    sheet = TableRows((name, title), settings)
                elif tag == "Row":
                    row, column, cells = _position(node, row, name), 0, []
                continue
            if tag == "Style":
                number = node.find(f"{SPACE}NumberFormat")
                styles[node.get(SPACE + "ID") or ""] = (number.get(SPACE + "Format") or "") if number is not None else ""
            elif tag == "Cell" and sheet is not None:
                column = _position(node, column, name)
                if column > settings.max_columns:
                    refused = Refusal("TOO_LARGE", f"{place(name, title)}超过 {settings.max_columns} 列。"
                                                   "请删除表格右侧的零星单元格后再放入收件箱。")
                    continue
                cells.extend([None] * (column - 1 - len(cells)))
                cells.append(_text(node, styles))
                across, down = (int(node.get(SPACE + key) or 0) for key in ("MergeAcross", "MergeDown"))
                if across or down:
                    sheet.merges.append((row, column, row + down, column + across))
                column += across
            elif tag == "Row" and sheet is not None:
                try:
                    if row == 1 or sheet.last:
                        sheet.add(row, cells)
                    else:                   # rows that were left out above the first one
                        sheet.add(1, [])
                        sheet.add(row, cells)
                except Refusal as refusal:
                    refused = refused or refusal
                row += int(node.get(SPACE + "Span") or 0)
                node.clear(keep_tail=False)
                while node.getprevious() is not None:
                    del node.getparent()[0]
            elif tag == "Worksheet" and sheet is not None:
                yield title, index, refused or sheet
                sheet = None
                node.clear(keep_tail=False)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise corrupt(name) from error


def _position(node: etree._Element, before: int, name: str) -> int:
    """Rows and cells count on from the one before unless they say where they stand."""
    position = int(node.get(SPACE + "Index") or before + 1)
    if position <= before:
        raise corrupt(name)
    return position


def _text(node: etree._Element, styles: dict[str, str]) -> str | None:
    data = node.find(f"{SPACE}Data")
    if data is None:
        return None
    text = "".join(data.itertext())
    kind = data.get(SPACE + "Type")
    if kind == "Number":
        shown = styles.get(node.get(SPACE + "StyleID") or "", "")
        number = plain_number(text)
        return percent_text(number) if "%" in shown or shown == "Percent" else number
    if kind == "Boolean":
        return "true" if text.strip() == "1" else "false"
    if kind == "DateTime":
        return text.strip().partition(".")[0].replace("T", " ").removesuffix(MIDNIGHT).removeprefix(NO_DAY)
    return text or None
