"""退回清单 and its way back: planted faults, corrected as a clerk does it, dropped again, gone."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from dbt_lake import Lake
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from receive_kit import lake as rows_of
from receive_kit import workbook

from dagster_project.receive.landing import receive
from exports.returns import Returned, render_returns

MODELS = ("asof_gsxt__registration", "asof_farm_directory__farm", "asof_coop_finance__member_account", "delivery",
          "received_sheet", "rejected_row", "value_issue", "report_month", "policy_in_force")
JULY = date(2024, 7, 1)
HEAD = ["统一社会信用代码", "企业名称", "类型", "成员出资总额", "成立日期", "登记状态", "所属区县"]
CODE = "统一社会信用代码/注册号"      # the contract's own header
FARM_HEAD = ["一码通编码", "家庭农场名称", "经营者姓名", "身份证号", "联系电话", "县（旗、区）", "乡镇（苏木）",
             "年经营收入（万元）", "数据年度", "最近更新日期"]
IDENTITY = "150302198001010010"
RAW_NAME = "样例经营者甲"


def coop(code: str, name: str, capital: str = "10万元", founded: str = "2015-05-01", county: str = "海勃湾区") -> list:
    return [code, name, "农民专业合作社", capital, founded, "存续", county]


class Office:
    """A home, its month, and a clerk who opens the returned workbooks."""

    def __init__(self, home: Path) -> None:
        self.lake = Lake(home)
        self.settings = self.lake.settings
        self.lake.month(date(2024, 7, 31))
        self.now = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)

    def drop(self, name: str) -> Path:
        return self.settings.inbox / name

    def receive(self) -> None:
        self.now += timedelta(hours=1)
        for path in self.settings.inbox.rglob("*.*"):
            os.utime(path, (1722500000, 1722500000))
        receive(self.settings, now=self.now)

    def returns(self) -> list[Returned]:
        self.lake.dbt("build", "--exclude-resource-types", "unit_test", "test", "--select", *(f"+{name}" for name in MODELS))
        with closing(duckdb.connect(str(self.settings.build_file), read_only=True)) as con:
            return render_returns(con, self.settings.lake, self.settings.restricted_exports, JULY)

    def correct(self, book: Path, name: str, edits: dict[tuple[int, int, str], object]) -> None:
        """Opens, writes (sheet number, 原行号, header) → value, saves under `name` in the inbox."""
        opened = load_workbook(book)
        for (number, row, header), value in edits.items():
            sheet = opened[sheet_named(opened.sheetnames, number)]
            sheet.cell(line_of(sheet, row), column_of(sheet, header)).value = value
        self.drop(name).parent.mkdir(exist_ok=True)
        opened.save(self.drop(name))

    def registered(self) -> list[tuple]:
        return self.lake.rows("select credit_code, name, capital, founded_on from asof_gsxt__registration order by 1")


def sheet_named(names: list[str], number: int) -> str:
    return next(name for name in names if name.startswith(f"{number:02d} "))


def column_of(sheet: Worksheet, header: str) -> int:
    return next(cell.column for line in sheet.iter_rows(max_row=12) for cell in line if cell.value == header)


def line_of(sheet: Worksheet, row: int) -> int:
    return next(line[0].row for line in sheet.iter_rows(min_row=4) if line[0].value == row)


def listed(path: Path) -> list[tuple]:
    """行号, 列名, 原值 of the list."""
    sheet = load_workbook(path)["退回清单"]
    head = next(line for line in sheet.iter_rows(values_only=True) if line[0] == "序号")
    assert head == ("序号", "文件", "工作表", "行号", "列名", "原值(脱敏)", "问题", "应如何更正", "更正值[ ]", "更正人[ ]")
    return [line[3:6] for line in sheet.iter_rows(values_only=True) if isinstance(line[0], int)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "home")


@pytest.fixture
def codes() -> list[str]:
    """Codes with a right check character."""
    from stdnum.cn import uscc

    bodies = [f"93150302MA0N0000{n}" for n in "ABCDEFGH"]
    return [body + uscc.calc_check_digit(body) for body in bodies]


def test_the_whole_way_there_and_back(office: Office, codes: list[str]) -> None:
    a, b, c, d, e = codes[:5]
    wrong = b[:-1] + ("0" if b[-1] != "0" else "1")
    workbook(office.drop("登记信息20240731.xlsx"), [
        ["海勃湾区农民专业合作社登记信息"], [], HEAD,
        coop("9315030", "样例一农民专业合作社"), coop(wrong, "样例二农民专业合作社"),
        coop(c, "样例三农民专业合作社", founded="2015-13-45"), coop(d, "样例四农民专业合作社"),
        coop(e, "样例五农民专业合作社", capital="50")], sheet="登记")
    office.receive()
    (first,) = office.returns()
    assert first.county == "150302" and first.changed
    book = first.path
    assert book.parent.parent == office.settings.restricted_exports / "2024-07"
    assert stat.S_IMODE(book.stat().st_mode) == 0o600 and stat.S_IMODE(book.parent.stat().st_mode) == 0o700
    assert listed(book) == [(4, CODE, "9315030"), (5, CODE, wrong),
                            (6, "成立日期", "2015-13-45"), (8, "成员出资总额", "50")]
    opened = load_workbook(book)
    sheet = opened[sheet_named(opened.sheetnames, 1)]
    content_hash = rows_of(office.settings, "sheets", "content_hash")[0][0]
    assert content_hash in sheet["A1"].value and "登记信息20240731.xlsx" in sheet["A1"].value
    assert "2024-07-31" in sheet["A1"].value
    assert [cell.value for cell in sheet[5]] == ["原行号", *HEAD]
    assert [line[0].value for line in sheet.iter_rows(min_row=6)] == [4, 5, 6, 8]
    marked = {(line[0].value, cell.column) for line in sheet.iter_rows(min_row=6) for cell in line if cell.comment}
    assert marked == {(4, 2), (5, 2), (6, 6), (8, 5)}
    assert "校验码" in sheet.cell(line_of(sheet, 5), 2).comment.text
    assert sheet.cell(line_of(sheet, 4), 2).fill.fgColor.rgb != sheet.cell(line_of(sheet, 4), 3).fill.fgColor.rgb
    assert not office.returns()[0].changed                                     # the same bytes

    before = office.registered()
    assert [row[0] for row in before] == sorted([wrong, c, d, e])
    delivered = office.lake.one("select rows, delivered_on, state from delivery where scope = '150302' "
                                "and table_id = 'gsxt.registration'")
    office.correct(book, "更正/退回清单已改.xlsx", {
        (1, 4, "统一社会信用代码"): a, (1, 5, "统一社会信用代码"): b, (1, 6, "成立日期"): "还是错的"})
    office.receive()
    line = rows_of(office.settings, "sheets", "file_name, outcome, table_id, snapshot_date, rows_read, accepted, rejected, "
                   "out_of_scope, ignored", "received_order, sheet_index")
    assert line[0][0] == "登记信息20240731.xlsx"
    assert line[1][:2] == ("更正/退回清单已改.xlsx", "ignored")                  # the list itself
    (again,) = office.returns()
    after = office.registered()
    assert {row[0] for row in after} == {row[0] for row in before} - {wrong} | {a, b}
    assert len(after) == len({row[0] for row in after})
    now = office.lake.one("select rows, delivered_on, state, file_count from delivery where scope = '150302' "
                          "and table_id = 'gsxt.registration'")
    assert (now["delivered_on"], now["state"]) == (delivered["delivered_on"], delivered["state"])
    assert now["rows"] == len(after)
    assert listed(book) == [(6, "成立日期", "还是错的"), (8, "成员出资总额", "50")]     # once, told of the original's row
    assert again.changed
    typed = rows_of(office.settings, "typed/gsxt.registration", "credit_code, snapshot_date", "row_number, content_hash")
    assert {when for _, when in typed} == {date(2024, 7, 31)}

    office.correct(book, "更正/第二次.xlsx", {(1, 6, "成立日期"): "2015-06-01", (1, 8, "成员出资总额"): "50万元"})
    office.receive()
    assert office.returns() == []
    assert not book.exists()                                                   # nothing open, no stale list
    assert {row[0]: row[2:] for row in office.registered()}[c] == (100000, date(2015, 6, 1))
    assert {row[0]: row[2] for row in office.registered()}[e] == 500000
    assert office.lake.rows("select * from rejected_row union all by name select * from value_issue") == []
    assert rows_of(office.settings, "rejected", "count(*)")[0][0] > 0           # kept in the register's history
    for row in rows_of(office.settings, "sheets", "rows_read, accepted + rejected + out_of_scope + ignored"):
        assert row[0] == row[1]
    mismatch = office.lake.rows("""select file_name from received_sheet s where outcome in ('accepted', 'partly')
        and rejected - corrected <> (select count(distinct r.row_number) from rejected_row r
            where r.content_hash = s.content_hash and r.sheet = s.sheet)""")
    assert mismatch == []

