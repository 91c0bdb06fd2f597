"""更正对照表: every cell of a restated month's workbooks that is not what the edition before had, and why.

Both editions are read back from their files. Rows of entities are found by 溯源, others by what stands in them, so
that a row put in between is one new row and not a change of all below it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Protocol

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from exports.header import Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, Table, write_split
from exports.notes import NOTES, TRACE
from exports.workbook import Book

NAME = "更正对照表"
NO_ROW, NO_BOOK, EMPTY = "（无此行）", "（无此工作簿）", "（空白）"
_LEAVES = (
    Leaf("序号", Kind.count, 6), Leaf("工作簿", Kind.label, 34), Leaf("工作表", Kind.text, 16), Leaf("单元格", Kind.code, 8),
    Leaf("行", Kind.label, 30), Leaf("列", Kind.label, 18), Leaf("更正前", Kind.label, 20), Leaf("更正后", Kind.label, 20),
    Leaf("原因（引起变化的文件）", Kind.label, 46),
)
_FIGURES = (Leaf("数据表", Kind.label, 30), Leaf("表名", Kind.label, 26), Leaf("只在上一版的行", Kind.count, 14),
            Leaf("只在本版的行", Kind.count, 14))
_NOTES = (
    "注1：“单元格”为本版工作簿中的位置；本版已没有的行，为上一版中的位置。",
    f"注2：{NOTES}、{TRACE}两张表说明数据来历，随文件变化，不逐格对照。",
)
_ORIGINALS = re.compile(r"\d\d ")     # sheets of 退回清单 that hold rows as received

Cell = str | int | Decimal | date | None


class Why(Protocol):
    """Says what changed a cell: `form` by its number, `files` the sources of the cell's row."""

    def of(self, form: int | None, files: Sequence[str]) -> str: ...

    def summary(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Change:
    """One changed cell, its position in the new workbook or, of a row that is gone, in the old one."""

    book: str
    sheet: str
    cell: str
    row: str
    column: str
    before: str
    after: str
    files: tuple[str, ...] = ()


@dataclass
class Page:
    """A sheet read back: its rows by number, the entity and the files of each row that 溯源 knows."""

    rows: dict[int, tuple[Cell, ...]]
    labels: list[str]
    keys: dict[int, str] = field(default_factory=dict)
    files: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def tokens(self) -> dict[int, tuple]:
        """What makes a row the same row: its entity, else its cells."""
        seen: Counter[str] = Counter()
        out: dict[int, tuple] = {}
        for number, cells in self.rows.items():
            if number in self.keys:
                seen[self.keys[number]] += 1
                out[number] = "entity", self.keys[number], seen[self.keys[number]]
            else:
                out[number] = "cells", *cells
        return out

    def label(self, number: int) -> str:
        """The first text of the row: what it is about."""
        return next((cell for cell in self.rows[number] if isinstance(cell, str)), "")

    def name(self, number: int) -> str:
        """What a person calls the row."""
        texts = [str(cell) for cell in self.rows[number] if isinstance(cell, str) and cell.strip()]
        return self.keys.get(number) or " ".join(texts[:2])


def write_comparison(before: Path, after: Path, title: str, stamp: date, why: Why,
                     figures: Sequence[tuple[str, str, int, int]] = ()) -> tuple[bytes | None, int]:
    """The workbook and the number of changed cells; no workbook where nothing changed.

    `before`, `after`: folders of workbooks. `figures`: (table, its name, rows only before, rows only after).
    """
    lines = [(number, change.book, change.sheet, change.cell, change.row, change.column, change.before, change.after,
              why.of(_form(change.book), change.files)) for number, change in enumerate(changes(before, after), 1)]
    if not lines and not figures:
        return None, 0
    book = Book(title, stamp)
    write_split(book, NAME, Table((title,), Header(*_LEAVES), lines, attachment=OWN_LAYOUT, landscape=True,
                                  notes=(*_NOTES, *why.summary()), missing=None if lines else "各工作簿的单元格没有变化。"))
    if figures:
        write_split(book, "数据表变化", Table(("数据表变化",), Header(*_FIGURES), list(figures), attachment=OWN_LAYOUT))
    return book.save(), len(lines)


def changes(before: Path, after: Path) -> Iterator[Change]:
    """Every changed cell, workbook by workbook."""
    names = {path.relative_to(folder).as_posix() for folder in (before, after) for path in folder.rglob("*.xlsx")
             if NAME not in path.name}
    for name in sorted(names):
        old, new = before / name, after / name
        if not (old.exists() and new.exists()):
            yield Change(name, "", "", "", "", *((NO_BOOK, "有") if new.exists() else ("有", NO_BOOK)))
        elif old.read_bytes() != new.read_bytes():
            yield from _changed(name, read(old), read(new))


def _changed(name: str, old: dict[str, Page], new: dict[str, Page]) -> Iterator[Change]:
    for sheet in [*new, *(sheet for sheet in old if sheet not in new)]:
        left, right = old.get(sheet, Page({}, [])), new.get(sheet, Page({}, []))
        for one, other in _pairs(left, right):
            yield from _cells(name, sheet, left, right, one, other)


def _cells(name: str, sheet: str, left: Page, right: Page, one: int | None, other: int | None) -> Iterator[Change]:
    """`one`, `other`: numbers of the row in the old and the new sheet."""
    was = left.rows[one] if one is not None else ()
    now = right.rows[other] if other is not None else ()
    page, number = (right, other) if other is not None else (left, one)
    assert number is not None
    files = (*(right.files.get(other, ()) if other is not None else ()), *(left.files.get(one, ()) if one is not None else ()))
    for column in range(max(len(was), len(now))):
        first, second = (cells[column] if column < len(cells) else None for cells in (was, now))
        if first != second:
            yield Change(name, sheet, f"{get_column_letter(column + 1)}{number}", page.name(number),
                         page.labels[column] if column < len(page.labels) else "",
                         _shown(first) if one is not None else NO_ROW, _shown(second) if other is not None else NO_ROW,
                         files)


def _pairs(left: Page, right: Page) -> Iterator[tuple[int | None, int | None]]:
    """Rows of the old sheet with those of the new one, in the new one's order; None: there is none."""
    entities = {token: number for number, token in left.tokens.items() if token[0] == "entity"}
    pairs: list[tuple[int | None, int | None]] = []
    for number, token in right.tokens.items():
        if token[0] == "entity":
            pairs.append((entities.pop(token, None), number))
    pairs += [(number, None) for number in entities.values()]
    rest = [[number for number, token in page.tokens.items() if token[0] == "cells"] for page in (left, right)]
    matcher = SequenceMatcher(None, [left.tokens[n] for n in rest[0]], [right.tokens[n] for n in rest[1]], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            pairs += _matched(left, right, rest[0][a:b], rest[1][c:d])
    yield from sorted(pairs, key=lambda pair: (pair[1] or pair[0] or 0, pair[1] is None))


def _matched(left: Page, right: Page, old: list[int], new: list[int]) -> Iterable[tuple[int | None, int | None]]:
    """Rows of two blocks that differ: by their name, else in order where the blocks are of one length."""
    if len(old) == len(new):
        return list(zip(old, new, strict=True))
    by_name: dict[str, list[int]] = {}
    for number in old:
        by_name.setdefault(left.label(number), []).append(number)
    pairs: list[tuple[int | None, int | None]] = []
    for number in new:
        same = by_name.get(right.label(number))
        pairs.append((same.pop(0) if same else None, number))
    return pairs + [(number, None) for numbers in by_name.values() for number in numbers]


def read(path: Path) -> dict[str, Page]:
    """The sheets of a workbook that hold figures."""
    book = load_workbook(path)
    keys: dict[tuple[str, int], str] = {}
    files: dict[tuple[str, int], list[str]] = {}
    if TRACE in book.sheetnames:
        for sheet, number, key, _, _, file, *_ in book[TRACE].iter_rows(values_only=True):
            if isinstance(number, int):
                keys[str(sheet), number] = str(key)
                files.setdefault((str(sheet), number), []).append(str(file))
    pages = {}
    for sheet in book.worksheets:
        if sheet.title in (NOTES, TRACE) or _ORIGINALS.match(sheet.title):
            continue
        rows = {number: cells for number, cells in enumerate(
            (tuple(map(_value, row)) for row in sheet.iter_rows(values_only=True)), 1) if any(cell is not None for cell in cells)}
        pages[sheet.title] = Page(rows, _labels(sheet), {n: key for (name, n), key in keys.items() if name == sheet.title},
                                  {n: tuple(found) for (name, n), found in files.items() if name == sheet.title})
    return pages


def _labels(sheet: Worksheet) -> list[str]:
    """The lowest header cell over each column, from the rows that are printed on every page."""
    if not sheet.print_title_rows:
        return []
    rows = _title_rows(sheet)
    return [next((str(sheet.cell(row, column).value) for row in reversed(rows) if sheet.cell(row, column).value), "")
            for column in range(1, sheet.max_column + 1)]


def _title_rows(sheet: Worksheet) -> list[int]:
    first, _, last = str(sheet.print_title_rows).replace("$", "").partition(":")
    return list(range(int(first), int(last or first) + 1))


def _value(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float):
        return Decimal(repr(value))
    if value is None or value == "":
        return None
    return value if isinstance(value, str | int | Decimal | date) else str(value)


def _shown(value: Cell) -> str:
    return EMPTY if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


def _form(book: str) -> int | None:
    found = re.match(r"(\d\d)_", book.rpartition("/")[2])
    return int(found[1]) if found else None
