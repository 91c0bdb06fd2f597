"""What nobody sees on the screen is received and told of: hidden sheets and rows, formulas without their result."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlwt
from openpyxl import Workbook
from receive_kit import COOP_1, MEMBER_HEADERS, lake
from shapes_kit import ods_cell, write_ods, write_xlsb

from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

NOW = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "inbox").mkdir()
    return Settings(home=tmp_path, settle_seconds=60, threads=2, _env_file=None)


def members(numbers: range) -> list[list]:
    return [MEMBER_HEADERS, *([COOP_1, 2023, n, "样例某", "农民", 100 * n, n] for n in numbers)]


def drop(settings: Settings, name: str, book: Workbook) -> None:
    book.save(settings.inbox / name)
    os.utime(settings.inbox / name, (NOW.timestamp() - 86400,) * 2)
    receive(settings, now=NOW)


def test_hidden_sheets_and_rows_are_received_and_told(settings: Settings) -> None:
    book = Workbook()
    for title, state, numbers in (("看得见", "visible", range(1, 4)), ("隐藏", "hidden", range(4, 6)), ("深藏", "veryHidden", range(6, 7)),
                                  ("筛选", "visible", range(11, 21))):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        for row in members(numbers):
            sheet.append(row)
    for row in (3, 5, 6, 7, 8, 9, 10, 30):            # the last one is blank
        book["筛选"].row_dimensions[row].hidden = True
    book["看得见"].column_dimensions["D"].hidden = True
    book.remove(book.worksheets[0])
    drop(settings, "账户20240725.xlsx", book)
    told = dict(lake(settings, "sheets", "sheet, reason"))
    assert lake(settings, "sheets", "sheet, accepted, rows_read", "sheet_index") == [
        ("看得见", 3, 3), ("隐藏", 2, 2), ("深藏", 1, 1), ("筛选", 10, 10)]
    assert told["看得见"] is None
    assert told["隐藏"] == told["深藏"] and "工作表是隐藏的，已照常接收" in told["隐藏"]
    assert told["筛选"].startswith("有 7 行是隐藏行（第 3、5、6、7、8等 行），已照常接收")


@pytest.mark.parametrize("suffix", ["xls", "xlsb"])
def test_hidden_sheets_and_rows_of_binary_workbooks(settings: Settings, suffix: str) -> None:
    """Rows 3 and 5 to 7 (as a person counts) are hidden; the second sheet of the .xls as a whole."""
    path, rows, hidden = settings.inbox / f"账户20240725.{suffix}", members(range(1, 9)), (2, 4, 5, 6)
    if suffix == "xls":
        book = xlwt.Workbook()
        for title, state in (("筛选", 0), ("隐藏", 1), ("深藏", 2)):
            sheet = book.add_sheet(title)
            sheet.visibility = state
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(at, column, value)
                sheet.row(at).hidden = not state and at in hidden
        book.save(str(path))
    else:
        write_xlsb(path, [(at, column, 0, float(value) if isinstance(value, int) else value)
                          for at, row in enumerate(rows) for column, value in enumerate(row)], [], False, True, hidden)
    os.utime(path, (NOW.timestamp() - 86400,) * 2)
    receive(settings, now=NOW)
    told = lake(settings, "sheets", "reason", "sheet_index")
    sheet = "这张工作表是隐藏的，已照常接收；如果不是要报送的数据，请删除后重新报送。"
    filtered = "有 4 行是隐藏行（第 3、5、6、7 行），已照常接收；如果不是要报送的数据，请删除后重新报送。"
    assert [reason for (reason,) in told] == ([filtered, sheet, sheet] if suffix == "xls" else [sheet + filtered])
    assert lake(settings, "sheets", "accepted", "sheet_index")[0] == (8,)


def test_a_formula_without_its_result_is_never_a_blank(settings: Settings) -> None:
    """openpyxl writes formulas and no results. Rows 2 a number, 3 the key, 4 a column nobody knows, 5 none, 6 a total."""
    book = Workbook()
    sheet = book.active
    for row in members(range(1, 5)):
        sheet.append(row)
    sheet["F2"], sheet["C3"], sheet["H1"], sheet["H4"] = "=SUM(G2:G3)", "=1+1", "备用", "=F4*2"
    sheet.append(["合计", None, None, None, None, "=SUM(F2:F5)", None])
    drop(settings, "账户20240725.xlsx", book)
    assert lake(settings, "sheets", "rows_read, accepted, rejected, ignored") == [(5, 3, 1, 1)]
    issues = lake(settings, "issues", "row_number, column_name, code, sentence")
    assert [row[:3] for row in issues if "公式" in row[3]] == [(2, "交易额", "BAD_VALUE")]
    assert not [row for row in issues if row[:2] == (2, "交易额") and row[2] != "BAD_VALUE"]
    assert issues[0][3] == ("文件“账户20240725.xlsx”的工作表“Sheet”第 2 行的“交易额”是没有计算结果的公式，读不到它的值。"
                            "请用 Excel 或 WPS 打开该文件，保存一次后重新放入收件箱。")
    ((row, column, code, sentence),) = lake(settings, "rejected", "row_number, column_name, code, sentence")
    assert (row, column, code) == (3, "成员编号", "MISSING_REQUIRED") and "第 3 行" in sentence and "没有计算结果的公式" in sentence
    assert lake(settings, "typed/coop_finance.member_account", "row_number, trade", "row_number") == [(2, None), (4, 300), (5, 400)]


def test_a_result_that_is_an_empty_text_is_a_result(settings: Settings) -> None:
    book = Workbook()
    for row in members(range(1, 3)):
        book.active.append(row)
    book.active["F2"] = '=IF(G2>5,G2,"")'
    made = settings.home / "made.xlsx"
    book.save(made)
    target = settings.inbox / "账户20240725.xlsx"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                before, text = text, text.replace(b'<c r="F2"><f>', b'<c r="F2" t="str"><f>')
                assert text != before
            new.writestr(name, text)
    receive(settings, now=NOW)
    assert [row for row in lake(settings, "issues", "row_number, sentence") if "公式" in row[1]] == []
    assert lake(settings, "sheets", "accepted") == [(2,)]


def test_a_half_copied_file_waits_until_it_is_whole(settings: Settings) -> None:
    book = Workbook()
    for row in members(range(1, 3)):
        book.active.append(row)
    path = settings.inbox / "账户20240725.xlsx"
    book.save(path)
    whole = path.read_bytes()
    young = (NOW.timestamp() - 5,) * 2
    for size in (0, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:size])
        os.utime(path, young)
        summary = receive(settings, now=NOW)
        assert (summary.new_files, summary.waiting) == (0, 1) and path.name in summary.notes[0] and "写完" in summary.notes[0]
    path.rename(path.with_suffix(".xlsx.part"))
    assert (receive(settings, now=NOW).new_files, receive(settings, now=NOW).waiting) == (0, 0)
    path.write_bytes(whole)
    os.utime(path, young)
    assert receive(settings, now=NOW).rows["accepted"] == 2
    assert lake(settings, "sheets", "file_name, outcome") == [(path.name, "accepted")]


def test_a_workbook_of_blank_sheets_is_told_as_empty(settings: Settings) -> None:
    book = Workbook()
    book.create_sheet("也是空的")
    drop(settings, "账户20240725.xlsx", book)
    ((code, reason),) = lake(settings, "sheets", "reason_code, reason")
    assert code == "EMPTY" and "账户20240725.xlsx" in reason and "没有任何内容" in reason


def test_opendocument_tells_the_same(settings: Settings) -> None:
    def line(cells: list, more: str = "") -> str:
        kinds = ((ods_cell("float", str(c), repr(c)) if isinstance(c, int) else ods_cell("string", c)) if c != FORMULA else
                 '<table:table-cell table:formula="of:=SUM([.G2])"/>' for c in cells)
        return f"<table:table-row{more}>{''.join(kinds)}</table:table-row>"

    FORMULA = "="
    head, *rows = members(range(1, 4))
    rows[0][5] = FORMULA
    style = ('<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><style:style style:name="ta2" '
             'style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles>')
    hidden = f'<table:table table:name="藏" table:style-name="ta2">{line(head)}{line(rows[2])}</table:table>'
    path = write_ods(settings.inbox / "账户20240725.ods", line(head) + line(rows[0]) + line(rows[1], ' table:visibility="filter"'), hidden)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["content.xml"] = parts["content.xml"].replace(b"<office:body>", style.encode() + b"<office:body>")
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    receive(settings, now=NOW)
    told = lake(settings, "sheets", "sheet, accepted, reason", "sheet_index")
    assert [row[:2] for row in told] == [("表", 2), ("藏", 1)]
    assert "有 1 行是隐藏行（第 3 行）" in told[0][2] and "工作表是隐藏的" in told[1][2]
    issues = lake(settings, "issues", "row_number, column_name, code, sentence")
    assert [row[:3] for row in issues if "公式" in row[3]] == [(2, "交易额", "BAD_VALUE")]
