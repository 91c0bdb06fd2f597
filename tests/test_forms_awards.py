"""Forms 2 and 3 (002 附件2, 附件3), cell by cell; expectations are typed from the policy text."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal

import duckdb
import openpyxl
import pytest
from forms_cases import JULY, cells, merges, midnight, rendered, texts
from forms_warehouse import empty_warehouse, insert

from dagster_project.lake import prepare
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings
from exports import render
from exports.kit import TotalMismatch

LONG = "长" * 40_000
COOP, FARM = "农民合作社", "家庭农场"
_LINE = {"year": 2024, "county_code": "150302", "content_hash": "a" * 64, "file_name": "项目/奖补台账.xlsx",
         "sheet": "台账", "snapshot_date": date(2024, 7, 26)}  # fmt: skip
COOPS = [
    {"entity_name": "甲农民专业合作社", "township_name": "千里山镇", "registered_on": date(2015, 5, 1), "members": 20,
     "main_industry": "葡萄", "annual_income": Decimal("125000"), "households_led": 30, "lifted_led": 2,
     "monitored_led": 1, "works": "冷库", "demonstration_level": "旗县（区）级", "row_number": 3},
    {"entity_name": "=乙合作社", "members": 31, "annual_income": Decimal("72500"), "households_led": 40,
     "monitored_led": 0, "row_number": 5, "form_file_name": "回收/附件2.xlsx", "form_sheet": "附件2",
     "form_row_number": 6, "form_content_hash": "b" * 64},
]  # fmt: skip
FARMS = [
    {"entity_name": "丙家庭农牧场", "township_name": "千里山镇", "registered_on": date(2020, 3, 1), "main_industry": "养羊",
     "annual_income": Decimal("30001"), "works": "棚圈", "residents_led": 12, "lifted_led": 4, "monitored_led": 1,
     "code_state": "A23456789012345678", "demonstration_level": "盟市（市）级", "row_number": 9},
    {"entity_name": "@丁👨‍👩‍👧ᠮᠣᠩᠭᠣᠯ\x07家庭农牧场", "annual_income": Decimal("40000"), "residents_led": 8,
     "lifted_led": 0, "monitored_led": 0, "code_state": "未赋码", "works": LONG, "row_number": 10},
]  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    made = empty_warehouse()
    for kind, lines in ((COOP, COOPS), (FARM, FARMS)):
        insert(made, "award_form", [
            _LINE | {"entity_type": kind, "award_key": f"{kind}{n}", "print_order": n} | line
            for n, line in enumerate(lines, 1)])  # fmt: skip
    insert(made, "award_form", [_LINE | {"entity_type": COOP, "award_key": "x", "entity_name": "戊合作社", "print_order": 3,
                                         "row_number": 7, "left_out": "尚未认定"}])  # fmt: skip
    # the same place in the order of another county, inserted before and after
    insert(made, "award_form", [
        _LINE | {"county_code": county, "entity_type": COOP, "award_key": "y", "entity_name": f"己{county}合作社",
                 "print_order": 3, "row_number": 8, "left_out": "已取消"} for county in ("150304", "150303")])  # fmt: skip
    insert(made, "award_form_total", [
        {"year": 2024, "county_code": "150302", "entity_type": COOP, "awards": 2, "members": 51, "members_unknown": 0,
         "annual_income": Decimal("197500"), "annual_income_unknown": 0, "households_led": 70,
         "households_led_unknown": 0, "lifted_led": None, "lifted_led_unknown": 1, "monitored_led": 1,
         "monitored_led_unknown": 0},
        {"year": 2024, "county_code": "150302", "entity_type": FARM, "awards": 2, "annual_income": Decimal("70001"),
         "annual_income_unknown": 0, "residents_led": 20, "residents_led_unknown": 0, "lifted_led": 4,
         "lifted_led_unknown": 0, "monitored_led": 1, "monitored_led_unknown": 0},
        {"year": 2024, "county_code": "150303", "entity_type": COOP, "awards": 0, "members": 0, "members_unknown": 0,
         "annual_income": Decimal(0), "annual_income_unknown": 0, "households_led": 0, "households_led_unknown": 0,
         "lifted_led": 0, "lifted_led_unknown": 0, "monitored_led": 0, "monitored_led_unknown": 0}])  # fmt: skip
    return made


@pytest.fixture(scope="module")
def books(con, tmp_path_factory):
    return rendered(con, tmp_path_factory.mktemp("awards"), "150302", "150300")


def test_form_2_is_the_printed_table(books):
    workbook = openpyxl.load_workbook(books[2, "150302"])
    assert workbook.sheetnames == ["2024年度奖补基本情况表", "数据说明", "溯源"]
    sheet = workbook.worksheets[0]
    labels = ("序号", "镇", "合作社名称", "登记日期", "实有成员总数", "主要产业", "年经营收入", "带动非成员农户数", "带动脱贫人口",
              "带动监测户", "项目建设主要内容", "示范级别")  # fmt: skip
    dash = "—"
    rows = {
        4: labels,
        5: (1, "千里山镇", "甲农民专业合作社", midnight(2015, 5, 1), 20, "葡萄", 12.5, 30, 2, 1, "冷库", "旗县（区）级"),
        6: (2, dash, "=乙合作社", dash, 31, dash, 7.25, 40, dash, 0, dash, dash),
        7: (None, "合计", None, None, 51, None, 19.75, 70, dash, 1, None, None),
    }
    expected = {f"{letter}{row}": value for row, values in rows.items()
                for letter, value in zip("ABCDEFGHIJKL", values, strict=True) if value is not None}  # fmt: skip
    assert cells(sheet) == expected | {
        "A1": "附件2", "A2": "2024年度培育壮大农牧民合作社奖励补助基本情况表", "A3": "区：海勃湾区", "E3": "填报时间：2024年7月",
        "I3": "单位：人、户、万元", "A8": "备注：实有成员数、带动非成员农牧户、年经营收入均为2023年底数",
    }  # fmt: skip
    assert merges(sheet) == {"A2:L2", "A3:D3", "E3:H3", "I3:L3", "A8:L8"}
    formats = {letter: sheet[f"{letter}5"].number_format for letter in "ADEGHIJ"}
    assert formats == {"A": "0", "D": "yyyy-mm-dd", "E": "0", "G": "#,##0.00", "H": "0", "I": "0", "J": "0"}
    assert sheet["G7"].number_format == "#,##0.00"
    assert (sheet["C6"].data_type, sheet["C6"].quotePrefix) == ("s", True)
    assert {cell.fill.fill_type for row in sheet["A5:L7"] for cell in row} == {None}
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$4:$4")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


def test_form_3_is_the_printed_table(books):
    sheet = openpyxl.load_workbook(books[3, "150302"]).worksheets[0]
    dash = "—"
    rows = {
        4: ("序号", "镇", "家庭农牧场名称", "登记日期", "主要产业", "年经营收入", "项目建设主要内容", "带动农区居民数", None, None,
            "赋码情况", "示范级别"),
        5: (*[None] * 7, "总人数", "其中：脱贫人数", "监测户", None, None),
        6: (1, "千里山镇", "丙家庭农牧场", midnight(2020, 3, 1), "养羊", 3.0001, "棚圈", 12, 4, 1, "A23456789012345678",
            "盟市（市）级"),
        7: (2, dash, "@丁👨‍👩‍👧ᠮᠣᠩᠭᠣᠯ家庭农牧场", dash, dash, 4, "长" * 32_766 + "…", 8, 0, 0, "未赋码", dash),
        8: (None, "合计", None, None, None, 7.0001, None, 20, 4, 1, None, None),
    }  # fmt: skip
    expected = {f"{letter}{row}": value for row, values in rows.items()
                for letter, value in zip("ABCDEFGHIJKL", values, strict=True) if value is not None}  # fmt: skip
    assert cells(sheet) == expected | {
        "A1": "附件3", "A2": "2024年度培育壮大家庭农牧场奖励补助基本情况表", "A3": "区：海勃湾区", "E3": "填报时间：2024年7月",
        "I3": "单位：人、户、万元", "A9": "填报人：", "E9": "审核：", "I9": "分管领导：",
    }  # fmt: skip
    assert merges(sheet) == {
        "A2:L2", "A3:D3", "E3:H3", "I3:L3", "H4:J4", *(f"{letter}4:{letter}5" for letter in "ABCDEFGKL"),
        "A9:D9", "E9:H9", "I9:L9",
    }  # fmt: skip
    # 30001 yuan are 3.0001 万元: the column shows as many decimals as make its sum come true.
    assert [sheet[f"F{row}"].number_format for row in (6, 7, 8)] == ["#,##0.0000"] * 3


def test_a_prefecture_gets_a_sheet_a_county_and_says_what_never_came(books):
    workbook = openpyxl.load_workbook(books[2, "150300"])
    assert workbook.sheetnames[:3] == ["2024年度海勃湾区", "2024年度海南区", "2024年度乌达区"]
    none, never = workbook.worksheets[1:3]
    assert [none[f"{letter}5"].value for letter in "BEGHIJ"] == ["合计", 0, 0, 0, 0, 0]
    assert never["A5"].value == (
        "未收到2024年度“奖补项目与转移支付管理平台 · 奖补对象台账”（programme.award），本表无数据；"
        "请将该表的导出文件放入收件箱后重新运行。"
    )
    assert never["A6"].value.startswith("备注：")


def test_what_is_unknown_or_left_out_stands_in_the_notes(books):
    workbook = openpyxl.load_workbook(books[2, "150302"])
    notes = texts(workbook["数据说明"])
    assert "海勃湾区未填的对象数：带动脱贫人口 1 个；所在单元格及其合计以“—”表示，不作0计。" in notes
    assert "海勃湾区 戊合作社" in notes
    assert "尚未认定，未列入" in notes
    whole = texts(openpyxl.load_workbook(books[2, "150300"])["数据说明"])
    assert whole.index("戊合作社") < whole.index("己150303合作社") < whole.index("己150304合作社")
    trace = [[*(cell.value for cell in row[:2]), row[5].value, row[7].value] for row in workbook["溯源"].iter_rows(min_row=3)]
    assert trace[:3] == [["2024年度奖补基本情况表", 5, "项目/奖补台账.xlsx", "3"],
                         ["2024年度奖补基本情况表", 6, "项目/奖补台账.xlsx", "5"],
                         ["2024年度奖补基本情况表", 6, "回收/附件2.xlsx", "6"]]  # fmt: skip


def test_a_total_that_is_not_the_sum_is_refused(con, tmp_path):
    con.execute("update award_form_total set members = 52 where county_code = '150302' and entity_type = '农民合作社'")
    with pytest.raises(TotalMismatch, match=r"实有成员总数.*52.*51"):
        render(con, tmp_path, JULY, ["150302"])
    con.execute("update award_form_total set members = 51 where county_code = '150302' and entity_type = '农民合作社'")


def test_the_forms_can_be_read_back(books, tmp_path):
    settings = Settings(home=tmp_path, _env_file=None)
    prepare(settings)
    for form in (2, 3):
        shutil.copy(books[form, "150302"], settings.inbox)
    receive(settings, lambda _: None)
    with duckdb.connect() as lake:
        found = lake.execute(
            f"""select entity_type, year, county_code, name, township_name, members, annual_income, households_led,
                       residents_led, lifted_led, monitored_led, farm_code, demonstration_level, is_filled_form
                from read_parquet('{settings.lake}/typed/programme.award/*.parquet') order by entity_type, row_number"""
        ).fetchall()
    # reading drops joiners, which some exports put into plain names
    assert found == [
        (COOP, 2024, "150302", "甲农民专业合作社", "千里山镇", 20, Decimal("125000.00"), 30, None, 2, 1, None, "旗县（区）级", True),
        (COOP, 2024, "150302", "=乙合作社", None, 31, Decimal("72500.00"), 40, None, None, 0, None, None, True),
        (FARM, 2024, "150302", "丙家庭农牧场", "千里山镇", None, Decimal("30001.00"), None, 12, 4, 1, "A23456789012345678",
         "盟市（市）级", True),
        (FARM, 2024, "150302", "@丁👨👩👧ᠮᠣᠩᠭᠣᠯ家庭农牧场", None, None, Decimal("40000.00"), None, 8, 0, 0, None, None, True),
    ]  # fmt: skip
