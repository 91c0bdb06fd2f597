"""What a clerk typed into 更正值 of the 退回清单 itself: it goes into the sheet of the same workbook that it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dagster_project.receive.header_search import head_of
from dagster_project.receive.readers import Sheet
from dagster_project.receive.refusal import place
from dagster_project.receive.text import normal

LIST_HEADERS = frozenset({"问题", "应如何更正", "更正值[ ]"})
VALUE_HEADER = "更正值[ ]"
_WHERE = ("文件", "工作表", "行号", "列名")
_NONE = ("", "—")
_INTO_SHEET = "请打开后面的工作表，直接改标色的单元格后重新放入。"


@dataclass
class ListedValue:
    """One filled 更正值. `fault`: why it was not taken, None once it stands in its row."""

    sheet: str                # of the list
    row_number: int           # of the list
    file_name: str            # of the original, as are the next three
    origin_sheet: str
    row: int | None
    column: str               # the contract's first Chinese header
    value: str
    fault: str | None = f"找不到要改的地方：本工作簿里没有它所说的那张工作表，或那张表里没有这一行，填写的值没有采用。{_INTO_SHEET}"

    def of(self, file_name: str, sheet: str) -> bool:
        """Does it speak of this sheet?"""
        return normal(self.file_name) == normal(file_name) and normal(self.origin_sheet) == normal(sheet)

    def sentence(self, path: str) -> str:
        """Why it was not taken; `path`: the file that came."""
        return f"{place(path, self.sheet)}第 {self.row_number} 行的“{VALUE_HEADER}”{self.fault}"


def is_list(sheet: Sheet) -> bool:
    """Is this the list itself (form 17, second part)?"""
    return _header(sheet) is not None


def _header(sheet: Sheet) -> int | None:
    return next((row for row, line in enumerate(head_of(sheet))
                 if {normal(text) for text in line if text} >= LIST_HEADERS), None)


def listed_values(sheet: Sheet) -> list[ListedValue]:
    """The rows of a list in which 更正值 is filled."""
    top = _header(sheet)
    if top is None:
        return []
    at = {normal(sheet.cells[f"c{i}"][top].as_py() or ""): f"c{i}" for i in range(sheet.width)}
    out = []
    for line in sheet.cells.slice(top + 1).to_pylist():
        value = (line[at[VALUE_HEADER]] or "").strip()
        file_name, origin_sheet, row, column = ((line[at[name]] or "").strip() if name in at else "" for name in _WHERE)
        if value and file_name:
            out.append(ListedValue(sheet.name, line["row_number"], file_name, "" if origin_sheet in _NONE else origin_sheet,
                                   int(row) if row.isascii() and row.isdigit() else None, normal(column), value))
    return out


def put_in(listed: Iterable[ListedValue], rows: Mapping[int, list[str | None]], places: Mapping[str, int],
           known: Mapping[int, list[list[str | None]]]) -> None:
    """Writes each value into its row of `rows` (row of the original → cells), where the clerk left that cell alone.

    `places`: first Chinese header → column; `known`: what each row said before, in all its versions.
    """
    for item in listed:
        index = places.get(item.column)
        if item.row not in rows or item.row is None:
            continue
        if index is None:
            item.fault = f"的列名“{item.column}”对应不到原表的一列，填写的值没有采用。{_INTO_SHEET}"
            continue
        cells = rows[item.row]
        now = normal(cells[index] or "")
        if now != normal(item.value) and all(now != normal(old[index] or "") for old in known.get(item.row, [])):
            item.fault = f"与后面工作表中同一单元格改成的值不同，分不清以哪个为准，清单中填写的值没有采用。{_INTO_SHEET}"
            continue
        cells[index] = item.value
        item.fault = None
