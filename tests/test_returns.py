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
from receive_kit import MEMBER_HEADERS, workbook, workbooks
from receive_kit import lake as rows_of

from dagster_project.receive.landing import receive
from exports.returns import Returned, render_returns

MODELS = ("asof_gsxt__registration", "asof_farm_directory__farm", "asof_coop_finance__member_account", "delivery",
          "received_sheet", "rejected_row", "value_issue", "report_month", "policy_in_force")
JULY = date(2024, 7, 1)
HEAD = ["统一社会信用代码", "企业名称", "类型", "成员出资总额", "成立日期", "登记状态", "所属区县"]
CODE = "统一社会信用代码/注册号"      # the contract's own header
FARM_HEAD = ["一码通编码", "家庭农场名称", "经营者姓名", "身份证号", "联系电话", "县（旗、区）", "乡镇（苏木）",
             "年经营收入（万元）", "数据年度", "最近更新日期"]
IDENTITY = "150302198001010015"
COOP = "93150303MA0N00002M"


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

    def fill_list(self, book: Path, name: str, values: dict[tuple[int, str], object], edits: dict | None = None,
                  without: tuple[int, ...] = ()) -> None:
        """Types 更正值 into the list, (行号, 列名) → value; `without`: numbers of sheets that the clerk throws away."""
        opened = load_workbook(book)
        page = opened["退回清单"]
        for (row, column), value in values.items():
            line = next(line for line in page.iter_rows() if (line[3].value, line[4].value) == (row, column))
            line[8].value = value
        for number in without:
            del opened[sheet_named(opened.sheetnames, number)]
        opened.save(book.with_name("filled.xlsx"))
        self.correct(book.with_name("filled.xlsx"), name, edits or {})

    def decide(self, name: str, decision: str, day: str) -> None:
        workbook(self.drop(f"决定{day}.xlsx"), [["文件", "采用/不采用", "经办人", "日期"], [name, decision, "样例某", day]])

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



def test_each_county_gets_its_own_and_nobody_else_sees_it(office: Office) -> None:
    """Two counties in one file, one of them with an identity that is wrong; a row of no county; a refused sheet."""
    wrong_identity = IDENTITY[:-1] + ("1" if IDENTITY[-1] != "1" else "2")
    farms = [
        farm(1, "海勃湾区", "千里山镇", identity=wrong_identity),
        *(farm(n, "海勃湾区", "卡布其街道") for n in range(2, 5)),
        farm(5, "海南区", "公乌素镇", income="很多"),
        *(farm(n, "海南区", "拉僧庙镇") for n in range(6, 9)),
        farm(9, "某某区", "不知道镇"),
    ]
    workbooks(office.drop("乌海市/家庭农场20240731.xlsx"), {"名录": [FARM_HEAD, *farms]})
    workbooks(office.drop("海南区/成员账户20240731.xlsx"), {"账户": [["统一社会信用代码", "会计年度", "成员姓名", "交易额", "盈余返还"],
                                                        [COOP, 2023, "样例成员乙", 5, 1]]})
    workbooks(office.drop("海南区/家庭农场20240531.xlsx"), {"名录": [FARM_HEAD, farm(5, "海南区", "公乌素镇", income="不详")]})
    office.receive()
    returned = {item.county: item for item in office.returns()}
    assert set(returned) == {"150302", "150303", "150300"}
    here, there = (load_workbook(returned[county].path) for county in ("150302", "150303"))
    assert listed(returned["150302"].path)[0][:2] == (2, "身份证号")
    assert [line[:2] for line in listed(returned["150303"].path)] == [
        (6, "年经营收入（万元）"), ("—", "—")]              # May's file was replaced in July: nobody corrects it
    assert returned["150303"].sheets == 1                   # the refused sheet is listed with its sentence only
    assert wrong_identity in texts_of(here) and "样例经营者1" in texts_of(here)
    assert wrong_identity not in texts_of(there) and "样例经营者1" not in texts_of(there)
    assert wrong_identity not in {cell.value for line in here["退回清单"].iter_rows() for cell in line}
    for table in ("rejected_row", "value_issue", "received_sheet"):
        assert all(wrong_identity not in str(row) for row in office.lake.rows(f"select * from {table}"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in office.settings.restricted_exports.rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in office.settings.restricted_exports.rglob("*") if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})

    office.correct(returned["150302"].path, "海勃湾.xlsx", {(1, 2, "身份证号"): IDENTITY})
    office.correct(returned["150300"].path, "市里.xlsx", {(1, 10, "县（旗、区）"): "乌达区"})
    office.receive()
    assert {item.county for item in office.returns()} == {"150303"}
    rows = office.lake.rows("select name, county_code, operator_identity_state, delivered_on from asof_farm_directory__farm "
                            "order by name")
    assert [row[0] for row in rows] == [f"样例{n}家庭农场" for n in range(1, 10)]
    assert {row[1] for row in rows} == {"150302", "150303", "150304"}
    assert {row[2] for row in rows} == {"valid"} and {row[3] for row in rows} == {date(2024, 7, 31)}


def registration(office: Office, codes: list[str]) -> Path:
    """Row 2 rejected, row 3 with an amount of unknown unit, row 4 good; the workbook of its faults."""
    workbook(office.drop("登记信息20240731.xlsx"), [
        HEAD, coop("9315030", "样例一农民专业合作社"), coop(codes[1], "样例二农民专业合作社", capital="50"),
        coop(codes[2], "样例三农民专业合作社")], sheet="登记")
    office.receive()
    return office.returns()[0].path


def capitals(office: Office) -> list[tuple]:
    return [(code, capital) for code, _, capital, _ in office.registered()]


def test_values_typed_into_the_list_are_corrections_too(office: Office, codes: list[str]) -> None:
    book = registration(office, codes)
    office.fill_list(book, "清单.xlsx", {(2, CODE): codes[0], (3, "成员出资总额"): "50万元"})
    office.receive()
    assert office.returns() == []
    assert capitals(office) == sorted([(codes[0], 100000), (codes[1], 500000), (codes[2], 100000)])
    assert rows_of(office.settings, "sheets", "sheet, outcome, accepted, rejected", "received_order, sheet_index")[1:] == [
        ("退回清单", "ignored", 0, 0), ("01 登记", "accepted", 2, 0)]


def test_two_sheets_of_one_workbook_are_corrected_in_one_go(office: Office, codes: list[str]) -> None:
    account = [codes[1], 2023, 1, "样例某", "农民", "很多", 10]
    workbooks(office.drop("导出20240731.xlsx"), {
        "登记": [HEAD, coop("9315030", "样例一农民专业合作社"), coop(codes[1], "样例二农民专业合作社")],
        "账户": [MEMBER_HEADERS, account]})
    office.receive()
    (returned,) = office.returns()
    assert [line[0] for line in listed(returned.path)] == [2, 2] and returned.sheets == 2
    office.correct(returned.path, "更正.xlsx", {(1, 2, "统一社会信用代码"): codes[0], (2, 2, "交易额"): 50})
    office.receive()
    assert office.returns() == []
    assert [code for code, *_ in office.registered()] == sorted(codes[:2])
    assert rows_of(office.settings, "typed/coop_finance.member_account", "trade::int, file_name", "received_order") == [
        (None, "导出20240731.xlsx"), (50, "更正.xlsx")]
    assert office.lake.rows("select * from rejected_row union all by name select * from value_issue") == []


def test_a_value_of_the_list_that_finds_no_cell_is_not_lost(office: Office, codes: list[str]) -> None:
    book = registration(office, codes)
    office.fill_list(book, "两处.xlsx", {(3, "成员出资总额"): "50万元"}, edits={(1, 3, "成员出资总额"): "60万元"})
    office.fill_list(book, "只有清单.xlsx", {(2, CODE): codes[0]}, without=(1,))
    office.receive()
    told = rows_of(office.settings, "rejected", "file_name, column_name, code, sentence", "file_name")
    told = [line for line in told if line[1] == "更正值[ ]"]
    assert [(line[0], line[2]) for line in told] == [("两处.xlsx", "BAD_VALUE"), ("只有清单.xlsx", "BAD_VALUE")]
    assert "值不同" in told[0][3] and "没有它所说的那张工作表" in told[1][3]
    for row in rows_of(office.settings, "sheets", "rows_read, accepted + rejected + out_of_scope + ignored"):
        assert row[0] == row[1]
    office.returns()
    assert (codes[1], 600000) in capitals(office) and codes[0] not in dict(capitals(office))


def test_a_decision_about_a_file_goes_for_its_corrections(office: Office, codes: list[str]) -> None:
    book = registration(office, codes)
    office.correct(book, "更正.xlsx", {(1, 2, "统一社会信用代码"): codes[0], (1, 3, "成员出资总额"): "50万元"})
    office.decide("登记信息20240731.xlsx", "不采用", "2024-08-01")
    office.receive()
    office.returns()
    assert office.registered() == []
    assert office.lake.rows("select table_id from delivery where table_id = 'gsxt.registration' and rows > 0") == []


def test_a_correction_that_is_not_used_leaves_the_rows_as_they_were(office: Office, codes: list[str]) -> None:
    book = registration(office, codes)
    office.correct(book, "更正.xlsx", {(1, 2, "统一社会信用代码"): codes[0], (1, 3, "成员出资总额"): "50万元"})
    office.decide("更正.xlsx", "不采用", "2024-08-01")
    office.receive()
    assert [line[0] for line in listed(office.returns()[0].path)] == [2, 3]        # the findings are open again
    assert capitals(office) == sorted([(codes[1], None), (codes[2], 100000)])
    assert office.lake.one("select rows from delivery where table_id = 'gsxt.registration' and rows > 0") == {"rows": 2}


def farm(number: int, county: str, town: str, identity: str = "", income: str = "5") -> list:
    return [None, f"样例{number}家庭农场", f"样例经营者{number}", identity or IDENTITY, "13900000000", county, town, income,
            "2023", "2024-07-01"]


def texts_of(book: object) -> set[str]:
    return {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None}
