"""HTML tables that a system saved as `.xls`, and the web archives (MHTML) that Excel makes of a workbook.

A table is a sheet; rows are numbered by their `tr` in the whole file, so that a number names one row of it.
rowspan and colspan are merged cells. A table of titles or notes alone (one column, or one row) belongs to the
table that it stands beside, and a table that prints the header of the one before it again is its next page.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

from dagster_project.receive.encoding import CHUNK, encoding_of
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.sniff import corrupt
from dagster_project.receive.table_rows import TableRows
from dagster_project.settings import Settings

META_BYTES = 1 << 14
META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
SILENT = frozenset({"script", "style", "title", "head", "textarea"})
BREAKS = frozenset({"br", "p", "div", "li"})
SPACES = re.compile(r"[ \t\r\n\f]+")
PLAIN_NUMBER = re.compile(r"-?[0-9,]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|#+")


@dataclass
class _Cell:
    colspan: int = 1
    rowspan: int = 1
    number: str | None = None       # x:num, the stored number behind the text that is shown
    text: list[str] = field(default_factory=list)

    def value(self) -> str | None:
        lines = [SPACES.sub(" ", line).strip(" ") for line in "".join(self.text).split("\v")]
        shown = "\n".join(line for line in lines if line.strip("\xa0 "))
        if self.number and PLAIN_NUMBER.fullmatch(shown):
            return _plain(self.number) or shown
        return shown or None


@dataclass
class _Open:
    """A table whose end was not met yet."""

    rows: TableRows
    row: int = 0
    cells: list[_Cell] | None = None
    cell: _Cell | None = None
    spans: dict[int, int] = field(default_factory=dict)    # column → rows that a cell above still covers


class _Tables:
    """Parser target: keeps the rows of every table, nested ones apart."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name, self.settings = name, settings
        self.done: list[TableRows] = []
        self.open: list[_Open] = []
        self.rows_met = 0
        self.silent = 0
        self.refusal: Refusal | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in SILENT:
            self.silent += 1
        elif tag == "table":
            rows = TableRows((self.name, ""), self.settings)
            self.done.append(rows)
            self.open.append(_Open(rows))
        elif not self.open:
            return
        elif tag == "tr":
            self._end_row()
            self.rows_met += 1
            self.open[-1].row, self.open[-1].cells = self.rows_met, []
        elif tag in ("td", "th"):
            now = self.open[-1]
            if now.cells is None:           # a cell outside any row
                self.rows_met += 1
                now.row, now.cells = self.rows_met, []
            now.cell = _Cell(_span(attributes.get("colspan")), _span(attributes.get("rowspan")),
                             attributes.get("x:num") or None)
            now.cells.append(now.cell)
        elif tag in BREAKS and self.open[-1].cell:
            self.open[-1].cell.text.append("\v")

    def end(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(self.silent - 1, 0)
        elif not self.open:
            return
        elif tag in ("td", "th"):
            self.open[-1].cell = None
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_row()
            self.open.pop()
        elif tag in BREAKS and self.open[-1].cell:
            self.open[-1].cell.text.append("\v")

    def data(self, text: str) -> None:
        if self.open and self.open[-1].cell and not self.silent:
            self.open[-1].cell.text.append(text.replace("\v", " "))

    def comment(self, text: str) -> None:
        """Comments say nothing."""

    def close(self) -> list[TableRows]:
        while self.open:
            self.end("table")
        return self.done

    def _end_row(self) -> None:
        now = self.open[-1]
        if now.cells is None or self.refusal:
            return
        values: list[str | None] = []
        spans = {column: left - 1 for column, left in now.spans.items() if left > 1}
        for cell in now.cells:
            while now.spans.get(len(values), 0) > 0:
                values.append(None)
            start = len(values)
            values.append(cell.value())
            if start + cell.colspan > self.settings.max_columns:
                cell.colspan = 1            # a span over the whole page
            values.extend([None] * (cell.colspan - 1))
            if cell.colspan > 1 or cell.rowspan != 1:
                now.rows.merges.append((now.row, start + 1, now.row + max(cell.rowspan, 1) - 1, start + cell.colspan))
            if cell.rowspan > 1:
                spans.update(dict.fromkeys(range(start, start + cell.colspan), cell.rowspan - 1))
        now.spans, now.cells, now.cell = spans, None, None
        try:
            now.rows.add(now.row, values)
        except Refusal as refusal:
            self.refusal = refusal


def read_html(path: Path, name: str, settings: Settings) -> Iterator[TableRows]:
    """The tables of a page that hold anything. Raises Refusal: ENCODING, CORRUPT, TOO_LARGE, UNSUPPORTED."""
    with path.open("rb") as file:
        declared = META.search(file.read(META_BYTES))
    encoding = encoding_of(path, name, declared[1].decode("ascii") if declared else None)
    _refuse_cut(path, name, encoding)
    target = _Tables(name, settings)
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)
    decoded = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=decoded, newline="") as file:
        while chunk := file.read(CHUNK):
            parser.feed(chunk.encode("utf-8"))
            if target.refusal:
                raise target.refusal
    yield from _sheets(_closed(parser, name), name)


def read_mhtml(path: Path, name: str, settings: Settings) -> Iterator[TableRows]:
    """The tables of a web archive's pages. Raises Refusal like `read_html`."""
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    tables: list[TableRows] = []
    target = _Tables(name, settings)
    for part in message.walk():
        if part.get_content_type() != "text/html":
            continue
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        declared = META.search(content[:META_BYTES])
        charset = part.get_content_charset() or (declared[1].decode("ascii") if declared else None)
        page = _decoded(content, charset, name)
        target = _Tables(name, settings)
        target.rows_met = tables[-1].last if tables else 0
        parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)
        parser.feed(page.encode("utf-8"))
        if target.refusal:
            raise target.refusal
        tables += [table for table in _closed(parser, name) if table.filled]
    yield from _sheets(tables, name)


def _decoded(content: bytes, charset: str | None, name: str) -> str:
    for encoding in ("utf-8", charset, "gb18030"):
        try:
            if encoding:
                return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Refusal("ENCODING", f"{place(name)}里的网页既不是 UTF-8 也不是 GB18030 文字。请在 Excel 或 WPS 中打开，"
                              "另存为 .xlsx 后再放入收件箱。")


def _closed(parser: etree.HTMLParser, name: str) -> list[TableRows]:
    try:
        return parser.close()
    except etree.XMLSyntaxError as error:      # a page without any element
        raise corrupt(name) from error


def _sheets(tables: list[TableRows], name: str) -> Iterator[TableRows]:
    """Tables that hold something, titles joined to what they stand above, pages of one table joined."""
    if not tables:
        raise Refusal("UNSUPPORTED", f"{place(name)}是网页，但里面没有表格。请从原系统导出 .xlsx 或 .csv 后再放入收件箱。")
    pending: TableRows | None = None
    for table in tables:
        if not table.filled:
            continue
        if pending is None:
            pending = table
        elif pending.last < table.first and (pending.is_note or table.is_note or pending.repeats(table)):
            pending.join(table)
        else:
            yield pending
            pending = table
    if pending:
        yield pending


def _refuse_cut(path: Path, name: str, encoding: str) -> None:
    """A page that ends within its last table was not transferred whole."""
    wide = encoding.replace("utf-16", "utf-16-le")
    marks = "<table".encode(wide), "</table".encode(wide)
    opened = closed = -1
    with path.open("rb") as file:
        base, tail = 0, b""
        while chunk := file.read(CHUNK):
            data = (tail + chunk).lower()
            start = base - len(tail)
            opened = max(opened, start + data.rfind(marks[0])) if marks[0] in data else opened
            closed = max(closed, start + data.rfind(marks[1])) if marks[1] in data else closed
            base, tail = base + len(chunk), chunk[-32:]
    if opened > closed:
        raise corrupt(name)


def _span(text: str | None) -> int:
    digits = re.match(r"\s*(\d{1,5})", text or "")
    return max(int(digits[1]), 1) if digits else 1


def _plain(number: str) -> str | None:
    from dagster_project.receive.workbook import plain_number

    try:
        return plain_number(number) if Decimal(number).is_finite() else None
    except (InvalidOperation, ValueError):
        return None
