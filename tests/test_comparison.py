"""更正对照表: every changed cell once, under its row and column, with the file that changed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from exports.comparison import EMPTY, NO_BOOK, NO_ROW, changes, write_comparison
from exports.header import Group, Header, Kind, Leaf
from exports.kit import Table, write_table
from exports.notes import NOTES, TRACE, TRACE_HEADER
from exports.workbook import Book

STAMP = date(2024, 6, 30)
HEADER = Header(Leaf("序号", Kind.count), Leaf("合作社", Kind.label), Group("返还", (Leaf("金额", Kind.money), Leaf("状态"))))
NAME = "乌海市/12_盈余返还核查表_乌海市_2024-06.xlsx"
FIRST = 4       # of the body: title, two header rows


def issue(folder: Path, rows: Sequence[tuple], files: dict[str, str], name: str = NAME, note: str = "") -> None:
    """A workbook of entities as the kit makes it, with its 溯源 and a changing 数据说明."""
    book = Book("试", STAMP)
    printed = write_table(book, "名单", Table(("核查表",), HEADER, rows))
    write_table(book, NOTES, Table((note,), Header(Leaf("说明"))))
    write_table(book, TRACE, Table((TRACE,), TRACE_HEADER, [
        ("名单", number, f"C{row[1]} {row[1]}", "乌达区", "财务", files[row[1]], "Sheet1", "2", STAMP)
        for number, row in zip(printed.row_numbers, rows, strict=True)]))
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(book.save())


class Told:
    """Causes that repeat what they were asked."""

    def of(self, form: int | None, files: Sequence[str]) -> str:
        return f"{form}:{'+'.join(files)}"

    def summary(self) -> list[str]:
        return ["新收文件：新.xlsx"]


@pytest.fixture
def issued(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "1", tmp_path / "2"
    old = [(1, "甲社", Decimal("43200.1"), "达标"), (2, "乙社", None, "数据缺失"), (3, "丁社", Decimal(5), "达标")]
    new = [(1, "丙社", Decimal(7), "达标"), (2, "甲社", Decimal("43200.2"), "达标"), (3, "乙社", Decimal(0), "数据缺失")]
    issue(before, old, {"甲社": "旧.xlsx", "乙社": "旧.xlsx", "丁社": "旧.xlsx"}, note="第1版")
    issue(after, new, {"甲社": "新.xlsx", "乙社": "旧.xlsx", "丙社": "新.xlsx"}, note="第2版")
    return before, after


def test_rows_are_known_by_their_entity_wherever_they_stand(issued: tuple[Path, Path]) -> None:
    found = [(one.cell, one.row, one.column, one.before, one.after) for one in changes(*issued)]
    assert found == [
        ("A4", "C丙社 丙社", "序号", NO_ROW, "1"), ("B4", "C丙社 丙社", "合作社", NO_ROW, "丙社"),
        ("C4", "C丙社 丙社", "金额", NO_ROW, "7"), ("D4", "C丙社 丙社", "状态", NO_ROW, "达标"),
        ("A5", "C甲社 甲社", "序号", "1", "2"), ("C5", "C甲社 甲社", "金额", "43200.1", "43200.2"),
        ("A6", "C乙社 乙社", "序号", "2", "3"), ("C6", "C乙社 乙社", "金额", "—", "0"),      # unknown is not zero
        ("A6", "C丁社 丁社", "序号", "3", NO_ROW), ("B6", "C丁社 丁社", "合作社", "丁社", NO_ROW),
        ("C6", "C丁社 丁社", "金额", "5", NO_ROW), ("D6", "C丁社 丁社", "状态", "达标", NO_ROW),
    ]


def test_the_workbook_names_the_files_of_each_changed_row(issued: tuple[Path, Path]) -> None:
    content, cells = write_comparison(*issued, "对照", STAMP, Told(), [("盈余返还", "surplus_return", 2, 3)])
    assert content is not None and cells == 12
    book = openpyxl.load_workbook(BytesIO(content))
    rows = [row for row in book["更正对照表"].iter_rows(values_only=True) if isinstance(row[0], int)]
    assert [row[0] for row in rows] == list(range(1, 13))
    assert rows[5] == (6, NAME, "名单", "C5", "C甲社 甲社", "金额", "43200.1", "43200.2", "12:新.xlsx+旧.xlsx")
    assert any(row[0] == "盈余返还" and row[2:] == (2, 3) for row in book["数据表变化"].iter_rows(values_only=True))
    assert write_comparison(*issued, "对照", STAMP, Told(), [("盈余返还", "surplus_return", 2, 3)])[0] == content


def test_the_words_of_the_edition_are_no_change(tmp_path: Path) -> None:
    rows = [(1, "甲社", Decimal(1), "达标")]
    for folder, note in (("1", "第1版"), ("2", "第2版")):
        issue(tmp_path / folder, rows, {"甲社": "旧.xlsx"}, note=note)
    assert write_comparison(tmp_path / "1", tmp_path / "2", "对照", STAMP, Told()) == (None, 0)


def test_rows_without_an_origin_are_known_by_their_name(tmp_path: Path) -> None:
    """Counties: one comes in between, one figure changes, a blank cell is filled."""
    def table(folder: str, *rows: tuple) -> None:
        book = Book("试", STAMP)
        write_table(book, "任务", Table(("任务表",), Header(Leaf("旗县"), Leaf("数量", Kind.count), Leaf("备注", Kind.remark)), rows))
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "01_任务.xlsx").write_bytes(book.save())

    table("1", ("海勃湾区", 3, ""), ("海南区", 5, ""))
    table("2", ("海勃湾区", 3, ""), ("乌达区", 2, ""), ("海南区", 6, "补"))
    assert [(one.cell, one.row, one.before, one.after) for one in changes(tmp_path / "1", tmp_path / "2")] == [
        ("A4", "乌达区", NO_ROW, "乌达区"), ("B4", "乌达区", NO_ROW, "2"),
        ("B5", "海南区 补", "5", "6"), ("C5", "海南区 补", EMPTY, "补")]


def test_a_workbook_that_one_edition_has_alone(tmp_path: Path) -> None:
    for folder in ("1", "2"):
        (tmp_path / folder).mkdir()
    issue(tmp_path / "2", [(1, "甲社", Decimal(1), "达标")], {"甲社": "新.xlsx"})
    assert [(one.book, one.before, one.after) for one in changes(tmp_path / "1", tmp_path / "2")] == [(NAME, NO_BOOK, "有")]
    assert [(one.before, one.after) for one in changes(tmp_path / "2", tmp_path / "1")] == [("有", NO_BOOK)]
