"""退回清单 (form 17, second part): per county what was rejected or doubtful, unmasked, ready to be corrected.

Restricted. Each original sheet has its own sheet: its header block and its faulty rows as text, the faulty cells
marked and commented. Dropped into the inbox again, such a sheet is a correction (receive/corrections.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

import duckdb
from openpyxl.workbook.defined_name import DefinedName

from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.corrections import DEFINED_NAME, ORIGIN_HEADER, mark
from dagster_project.receive.headers import header_block
from dagster_project.receive.vocabulary import Vocabulary, bind
from exports import text
from exports.files import put
from exports.findings import Finding, ReturnedSheet, cells_of, open_findings
from exports.header import Header, Kind, Leaf
from exports.kit import MARK_FILL, OWN_LAYOUT, Table, write_split
from exports.reading import NATION, Reading
from exports.workbook import Book, Sheet, Style, Value

NAME = "退回清单"
NOWHERE = "无法归属旗县"
_REMEDY = re.compile(r"[，。；](?=请)")
_LEAVES = (
    Leaf("序号", Kind.count, 6), Leaf("文件", Kind.label, 28), Leaf("工作表", Kind.text, 12), Leaf("行号", Kind.count, 7),
    Leaf("列名", Kind.text, 16), Leaf("原值(脱敏)", Kind.text, 20), Leaf("问题", Kind.label, 38),
    Leaf("应如何更正", Kind.label, 38), Leaf("更正值[ ]", Kind.remark, 16), Leaf("更正人[ ]", Kind.remark, 10),
)
_NOTES = (
    "注1：更正请在本工作簿后面的各工作表中进行：只改标色的单元格（批注写明问题），改好后把整个工作簿另存，放入收件箱即可；"
    f"不要改动各表第一行和“{ORIGIN_HEADER}”一列。没有改动的行不会重复入账。",
    "注2：行号为“—”的是整个文件或工作表退回，请按说明改正后重新报送整张表。",
    "注3：后面的各工作表含未脱敏的个人信息，只限经办人更正使用，不得外传。",
)
_REJECTED_FILL, _ISSUE_FILL = "F8CBAD", "FFEB9C"
_ABOVE = 2     # lines above the original's first row


@dataclass(frozen=True, slots=True)
class Returned:
    """The workbook of one county. `changed`: its bytes differ from what stood there; only then was it written."""

    path: Path
    county: str
    findings: int
    sheets: int
    changed: bool


def render_returns(con: duckdb.DuckDBPyConnection, lake: Path, out: Path, month: date) -> list[Returned]:
    """Writes `out/<YYYY-MM>/<county>/17_退回清单_….xlsx` for every county with open findings; a county without any
    has no file afterwards. `con`: the run's build file, read only; `month`: first day of the report month."""
    reading, folder, written = Reading(con, month), out / f"{month:%Y-%m}", []
    sheets = open_findings(con, lake)
    bound = Originals(con, lake)
    for county in sorted({code for sheet in sheets for code in sheet.findings}):
        name, where = _named(reading, county)
        mine = [sheet for sheet in sheets if county in sheet.findings]
        content, correctable = _workbook(bound, county, name, mine, reading)
        path = folder / text.file_name(where) / (text.file_name(f"17_{NAME}_{name}_{month:%Y-%m}") + ".xlsx")
        findings = sum(len(sheet.findings[county]) for sheet in mine)
        written.append(Returned(path, county, findings, correctable, put(path, content, private=True)))
    kept = {item.path for item in written}
    for path in folder.glob(f"*/17_{NAME}_*.xlsx"):
        if path not in kept:
            path.unlink()
    return written


def _named(reading: Reading, county: str) -> tuple[str, str]:
    if county == NATION:
        return NOWHERE, NOWHERE
    scope = reading.scope(county)
    return scope.name, scope.folder


def _workbook(bound: Originals, county: str, name: str, sheets: Sequence[ReturnedSheet],
              reading: Reading) -> tuple[bytes, int]:
    book = Book(f"{NAME}（{name}，{reading.month.printed}）", reading.month.as_of)
    table = Table((NAME,), Header(*_LEAVES), tuple(_lines(county, sheets)), attachment=OWN_LAYOUT,
                  line=(f"旗县：{name}", "", f"{reading.month.printed}"), notes=_NOTES, landscape=True)
    write_split(book, NAME, table)
    number = 0
    for sheet in sheets:
        if rows := sheet.rows(county):
            number += 1
            _write_sheet(book, number, sheet, rows, sheet.findings[county], bound)
    return book.save(), number


def _lines(county: str, sheets: Sequence[ReturnedSheet]) -> Iterable[tuple]:
    number = 0
    for sheet in sheets:
        for finding in sheet.findings[county]:
            number += 1
            problem, remedy = _halves(finding.sentence)
            yield (number, sheet.file_name, sheet.sheet or None, finding.row, finding.column, finding.masked, problem,
                   remedy, "", "")


def _halves(sentence: str) -> tuple[str, str]:
    """What is wrong, and what to do."""
    found = _REMEDY.search(sentence)
    return (sentence[: found.start()] + "。", sentence[found.end():]) if found else (sentence, "")


def _write_sheet(book: Book, number: int, sheet: ReturnedSheet, rows: list[int], findings: list[Finding],
                 bound: Originals) -> None:
    last = sheet.last_header_row
    assert last is not None     # no row of a sheet without a header can be corrected in place
    page = book.sheet(f"{number:02d} {sheet.sheet or PurePosixPath(sheet.file_name).stem}")
    cells = bound.cells(sheet, rows)
    width = max(map(len, cells.values()))
    places = bound.places(sheet, cells, last)
    plain = book.style(Style(horizontal="left", wrap=False, border=False))
    marker = mark(sheet.content_hash, sheet.sheet_index)
    page.row([(f"更正件　原文件：{sheet.file_name}　工作表：{sheet.sheet or '—'}　数据日期：{sheet.snapshot_date}　"
               f"原件标识：{marker}", plain)])
    page.row([(f"只改标色的单元格（批注写明问题）；第一行和“{ORIGIN_HEADER}”一列不要改动。", plain)])
    page.worksheet.defined_names[DEFINED_NAME] = DefinedName(DEFINED_NAME, attr_text=f'"{marker}"', hidden=True)
    head = book.style(Style(bold=True, number_format="@"))
    first = sheet.header_row or 1
    for row in range(1, last + 1):
        line = cells.get(row, [])
        style = head if row >= first else plain
        label = ORIGIN_HEADER if row == last else ""
        page.row([(label, head if row >= first else plain), *((value or "", style) for value in _padded(line, width))])
    _write_rows(page, rows, findings, cells, places, width)
    page.widths([8, *[16] * width])
    page.page(True, (_ABOVE + first, _ABOVE + last), f"B{_ABOVE + last + 1}")


def _write_rows(page: Sheet, rows: list[int], findings: list[Finding], cells: dict[int, list[str | None]],
                places: dict[str, int], width: int) -> None:
    book = page.book
    told: dict[int, dict[int, list[Finding]]] = {}
    for finding in findings:
        if finding.row in cells:
            column = places.get(finding.column, -1) if finding.column is not None else -1
            told.setdefault(finding.row, {}).setdefault(column, []).append(finding)
    normal = book.style(Style(number_format="@", horizontal="left"))
    origin = book.style(Style(fill="F2F2F2"))
    fills = {kind: book.style(Style(number_format="@", horizontal="left", fill=fill))
             for kind, fill in (("rejected", _REJECTED_FILL), ("issue", _ISSUE_FILL))}
    whole = book.style(Style(fill=MARK_FILL))
    for row in rows:
        faults = told.get(row, {})
        line: list[tuple[Value, int]] = [(row, whole if -1 in faults else origin)]
        for index, value in enumerate(_padded(cells.get(row, []), width)):
            kinds = {finding.kind for finding in faults.get(index, ())}
            style = fills["rejected" if "rejected" in kinds else "issue"] if kinds else normal
            line.append((value or "", style))
        number = page.row(line)
        for index, found in sorted(faults.items()):
            sentences = dict.fromkeys(finding.sentence for finding in found)
            page.comment(number, index + 2, "\n".join(sentences))


def _padded(cells: list[str | None], width: int) -> list[str | None]:
    return cells + [None] * (width - len(cells))


class Originals:
    """The cells of returned sheets, and in which column of the sheet a contract's column stands."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lake: Path) -> None:
        self._con, self._lake = con, lake
        self._vocabulary = Vocabulary(load_contracts().values())

    def cells(self, sheet: ReturnedSheet, rows: list[int]) -> dict[int, list[str | None]]:
        return cells_of(self._con, self._lake, sheet, rows)

    def places(self, sheet: ReturnedSheet, cells: dict[int, list[str | None]], last: int) -> dict[str, int]:
        """First Chinese header → index in the original; columns that stand nowhere are left out. `last`: last header row."""
        width = max(map(len, cells.values()))
        grid = [[value.strip() or None if value else None for value in _padded(cells.get(row, []), width)]
                for row in range(1, last + 1)]
        first = sheet.header_row or 1
        headers = header_block(grid, [], first, last - first + 1)
        if headers is None:
            return {}
        layouts = [layout for layout in self._vocabulary.layouts if layout.contract.id == sheet.table_id
                   and (layout.variant.id if layout.variant else None) == sheet.variant]
        best = max((bind(layout, headers) for layout in layouts), key=lambda b: b.matched, default=None)
        if best is None:
            return {}
        parts = {best.layout.contract.column(name).header: index for name, index in best.parts.items()}
        return parts | {column.header: index for index, column in best.columns.items()}
