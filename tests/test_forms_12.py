"""Form 12 on the worked example of spec 2.3, cell by cell."""

from __future__ import annotations

from decimal import Decimal

import openpyxl
from forms_cases import (
    BASE,
    OWN,
    STATEMENT,
    add_cooperatives,
    cooperative,
    merges,
    rendered,
    texts,
    worked_example,
)
from forms_warehouse import empty_warehouse


def test_form_12_header_is_the_default_one(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[12, "150302"]).worksheets[0]
    assert [sheet["A1"].value, sheet["A2"].value] == ["盈余返还核查表", "填报单位：海勃湾区"]
    assert {"填报时间：2024年7月", "单位：元"} <= {cell.value for cell in sheet[2]}
    assert [cell.value for cell in sheet[3]] == [
        "序号", "合作社名称", "统一社会信用代码", "会计年度", "报表版式", "法定口径（元）", None, None,
        None, None,
        "实际盈余返还", "返还比例（%）", "账面口径", None, "结论", "勾稽", None, "成员账户", None, None,
        None, None,
        "成员构成", None, None, None, None,
    ]  # fmt: skip
    assert [cell.value for cell in sheet[4]] == [
        None, None, None, None, None, "当年盈余", "弥补亏损", "提取盈余公积", "可分配盈余", "60%应返还额",
        None, None,
        "可分配盈余", "返还比例（%）", None, "未通过项数", "说明", "账户数", "名册数", "返还合计", "差异",
        "按交易量返还",
        "成员总数", "农民", "占比（%）", "单位成员", "结论",
    ]  # fmt: skip
    assert {"A3:A4", "F3:J3", "K3:K4", "L3:L4", "M3:N3", "O3:O4", "P3:Q3", "R3:V3", "W3:AA3"} <= merges(sheet)


def test_form_12_rows_of_the_worked_example(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[12, "150302"]).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=10)]
    name, code = "甲{}农牧民专业合作社", "93150302MA0Q0000{}X"
    dash = "—"
    assert rows[0] == [
        1, name.format(1), code.format(1), 2023, "2021版", 100000, 20000, 8000, 72000, 43200, 43200, 60,
        72000, 60,
        "达标", 0, None, 12, dash, 43200.5, 0.5, "是", 12, 11, 91.6667, 1, "符合",
    ]  # fmt: skip
    assert rows[1] == [
        2, name.format(2), code.format(2), 2023, "2021版", 100000, 20000, 8000, 72000, 43200, 43199.99,
        59.9999,
        72000, 59.9999, "未达标", 0, None, dash, dash, dash, dash, "无交易额返还", dash, dash, dash, dash,
        "数据缺失",
    ]  # fmt: skip
    assert rows[2][4:17] == [
        "2007版", 100000, 0, 8000, 92000, 55200, 60000, 65.2174, 142000, 42.2535, "达标（两口径结论不同）", 1,
        "S7 资产总计差 -12.00 元",
    ]  # fmt: skip
    assert rows[3][3:17] == [2023, *[dash] * 10, "数据缺失", dash, "未收到报表"]
    assert rows[4][1] == "=甲联合社"
    assert rows[4][14] == "不适用-联合社"
    assert rows[5][8:15] == [0, 0, 0, dash, -5, dash, "无可分配盈余"]
    assert rows[5][21] == "无返还"
    assert sheet["B9"].data_type == "s"
    assert [sheet[f"{letter}6"].number_format for letter in "CFKLN"] == [
        "@", "#,##0.00", "#,##0.00", "0.0000", "0.0000",
    ]  # fmt: skip
    assert sheet["L5"].number_format == "0.0"
    assert {cell.fill.fgColor.rgb for cell in sheet[6]} == {"FFFCE4D6"}
    assert {cell.fill.fill_type for row in (5, 7, 8) for cell in sheet[row]} == {None}


def test_form_12_foot_counts_the_states_and_names_the_layout(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[12, "150302"]).worksheets[0]
    foot = [sheet[f"A{row}"].value for row in range(11, sheet.max_row + 1)]
    assert foot[0].startswith(
        "注：1.共 6 社：达标 2、未达标 1、无可分配盈余 1、不适用-联合社 1、数据缺失 1。"
    )
    assert "未收到“国家企业信用信息公示系统 · 年度报告”（gsxt.annual_report）" in foot[1]
    assert foot[2] == OWN
    assert [cell.value for cell in sheet[14] if cell.value] == ["填报人：", "审核：", "分管领导："]


def test_form_12_tells_tables_nobody_sent_from_those_some_did_not(tmp_path):
    con = empty_warehouse()
    missing = "gsxt.annual_report、coop_finance.member_account"
    add_cooperatives(con, [cooperative(1, missing_tables=missing), cooperative(2), cooperative(3)])
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[12, "150302"]).worksheets[0]
    assert [sheet[f"A{row}"].value for row in (9, 10)] == [
        "注：未收到“国家企业信用信息公示系统 · 年度报告”（gsxt.annual_report），依其填列或计算的各栏未知，"
        "以“—”表示，不作0计。",
        "注：部分合作社未报送“合作社财务 · 成员账户”（coop_finance.member_account） 1 社，"
        "相应各栏以“—”表示，不作0计。",
    ]


def test_form_12_leaves_no_row_out_silently(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    notes = texts(openpyxl.load_workbook(rendered(con, tmp_path, "150302")[12, "150302"])["数据说明"])
    assert "甲8农牧民专业合作社（93150302MA0Q00008X）" in notes
    assert "有2023年度报表，但在截止日期不属于存续的合作社，未列入" in notes


def test_form_12_of_a_prefecture_goes_county_by_county(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[12, "150300"]).worksheets[0]
    assert [sheet[f"A{row}"].value for row in range(5, 14)] == ["海勃湾区", 1, 2, 3, 4, 5, 6, "乌达区", 7]
    assert {"A5:AA5", "A12:AA12"} <= merges(sheet)
    assert sheet["O13"].value == "勾稽不符"
    assert {cell.fill.fgColor.rgb for cell in sheet[7]} == {"FFFCE4D6"}


def test_form_12_lists_the_prefectures_own_cooperatives_last(tmp_path):
    con = empty_warehouse()
    add_cooperatives(con, [cooperative(1, county="150300"), cooperative(2), cooperative(3, county="150304")])
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[12, "150300"]).worksheets[0]
    assert [sheet[f"A{row}"].value for row in range(5, 11)] == ["海勃湾区", 1, "乌达区", 2, "乌海市本级", 3]


def test_form_12_shows_the_least_amount_with_the_decimals_that_decide(tmp_path):
    con = empty_warehouse()
    add_cooperatives(con, [
        cooperative(1, **STATEMENT, **BASE | {"statutory_base": Decimal("72000.02"),
                                              "minimum_return": Decimal("43200.012")},
                    returned=Decimal("43200.01"), return_status="未达标", bases_agree=True)])  # fmt: skip
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[12, "150302"]).worksheets[0]
    assert (sheet["J5"].value, sheet["J5"].number_format) == (43200.012, "#,##0.000")
    assert (sheet["L5"].value, sheet["L5"].number_format) == (59.9999, "0.0000")


def test_form_12_header_follows_the_policy_row(tmp_path):
    con = empty_warehouse()
    con.execute("update policy_in_force set value = 0.655 where id = 'return_floor'")
    worked_example(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[12, "150302"]).worksheets[0]
    assert sheet["J4"].value == "65.5%应返还额"


def test_form_12_without_its_input(tmp_path):
    sheet = openpyxl.load_workbook(rendered(empty_warehouse(), tmp_path, "150302")[12, "150302"]).worksheets[
        0
    ]
    assert "（gsxt.registration）" in sheet["A5"].value
    assert "（coop_finance.statement）" in sheet["A5"].value
    assert [sheet[f"A{row}"].value for row in (6, 7)] == [OWN, "填报人："]
