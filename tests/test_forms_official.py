"""Forms 1 and 9, cell by cell against the policy texts, from which the expectations are typed."""

from __future__ import annotations

import openpyxl
import pytest
from forms_cases import JULY, add_plan, add_quota, cells, merges, rendered, texts
from forms_warehouse import NINGBO, TABLES, documented, empty_warehouse

from exports import render
from exports.kit import TotalMismatch


def test_the_columns_read_here_are_the_documented_ones():
    known = documented()
    for table, columns in TABLES.items():
        assert set(columns.split()) <= known[table], table


def test_form_1_is_the_printed_table(tmp_path):
    con = empty_warehouse()
    add_quota(con)
    path = rendered(con, tmp_path, "150300")[1, "150300"]
    assert path.relative_to(tmp_path).as_posix() == (
        "2024-07/乌海市/01_培育壮大农牧民合作社、家庭农牧场任务分配表_乌海市_2024-07.xlsx"
    )
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["2024年度任务分配表", "任务进度", "数据说明", "溯源"]
    sheet = workbook.worksheets[0]
    assert cells(sheet) == {
        "A1": "附件1",
        "A2": "培育壮大农牧民合作社、家庭农牧场",
        "A3": "任务分配表",
        "A4": "区", "B4": "培育壮大农牧民合作社数量（个）", "C4": "培育壮大家庭农牧场数量（个）",
        "D4": "备注",
        "A5": "海勃湾区", "B5": 3, "C5": 3,
        "A6": "乌达区", "B6": 2, "C6": 2,
        "A7": "海南区", "B7": 5, "C7": 5,
    }  # fmt: skip
    assert merges(sheet) == {"A2:D2", "A3:D3"}
    assert {sheet[f"{letter}{row}"].number_format for letter in "BC" for row in (5, 6, 7)} == {"0"}
    assert {sheet[f"{letter}{row}"].data_type for letter in "BC" for row in (5, 6, 7)} == {"n"}
    assert sheet.page_setup.orientation == "portrait"
    assert sheet["A2"].alignment.horizontal == "center"
    assert sheet["A1"].alignment.horizontal == "left"


def test_form_1_progress_shows_what_is_unknown_and_names_the_missing_table(tmp_path):
    con = empty_warehouse()
    add_quota(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[1, "150300"])["任务进度"]
    steps = [
        "任务数（个）",
        "推荐数（个）",
        "推荐比例达1：1.2",
        "认定数（个）",
        "验收数（个）",
        "拨付数（个）",
        "完成率（%）",
    ]
    assert [cell.value for cell in sheet[3]] == [
        "区", "农牧民合作社", *[None] * 6, "家庭农牧场", *[None] * 6, "备注",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[4]] == [None, *steps, *steps, None]
    assert {"A3:A4", "B3:H3", "I3:O3", "P3:P4"} <= merges(sheet)
    unknown = ["—"] * 6
    assert [cell.value for cell in sheet[5]] == ["海勃湾区", 3, *unknown, 3, *unknown, None]
    assert [cell.value for cell in sheet[6]] == ["乌达区", 2, *unknown, 2, *unknown, None]
    assert [cell.value for cell in sheet[7]] == ["海南区", 5, *unknown, 5, *unknown, None]
    assert [cell.value for cell in sheet[8]] == ["合计", 10, *unknown, 10, *unknown, None]
    assert "未收到“奖补项目与转移支付管理平台 · 奖补对象台账”（programme.award）" in texts(sheet)
    assert "填报单位：乌海市" in texts(sheet)
    assert "填报时间：2024年7月" in texts(sheet)


def test_form_1_progress_with_awards(tmp_path):
    con = empty_warehouse()
    add_quota(con)
    con.execute(
        """update quota_progress set recommended = 6, recommendation_enough = true, awarded = 5, accepted = 4,
                  paid = 3, missing_tables = null where county_label = '海南区'"""
    )
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[1, "150300"])["任务进度"]
    assert [cell.value for cell in sheet[7]][:8] == ["海南区", 5, 6, "是", 5, 4, 3, 80]
    assert sheet["H7"].number_format == "0.0"
    assert [cell.value for cell in sheet[8]][:8] == ["合计", 10, *["—"] * 6]


def test_form_1_without_its_input_says_which_table_is_missing(tmp_path):
    workbook = openpyxl.load_workbook(rendered(empty_warehouse(), tmp_path, "150300")[1, "150300"])
    sheet = workbook.worksheets[0]
    assert [sheet[f"{letter}4"].value for letter in "ABCD"] == [
        "区", "培育壮大农牧民合作社数量（个）", "培育壮大家庭农牧场数量（个）", "备注",
    ]  # fmt: skip
    assert sheet["A5"].value == (
        "未收到2024年度“奖补项目与转移支付管理平台 · 培育壮大农牧民合作社、家庭农牧场任务分配表”"
        "（programme.quota），本表无数据；请将该表的导出文件放入收件箱后重新运行。"
    )
    assert sheet.max_row == 5


def test_form_1_does_not_take_another_years_tasks(tmp_path):
    con = empty_warehouse()
    add_quota(con)
    con.execute("update quota_task set year = 2023")
    con.execute("update quota_progress set year = 2023")
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[1, "150300"]).worksheets[0]
    assert "未收到2024年度" in sheet["A5"].value


# ---- Form 9 · 004 附件


def test_form_9_is_the_printed_table(tmp_path):
    con = empty_warehouse()
    add_plan(con)
    path = rendered(con, tmp_path, "330200")[9, "330200"]
    assert path.name == "09_全市打造“主阵地”三年行动计划(2023-2025)任务进度表_宁波市_2024-07.xlsx"
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["任务进度表", "进度", "数据说明", "溯源"]
    sheet = workbook.worksheets[0]
    leaves = ("星级合作社", "领办参办合作社", "领参办五星级合作社")
    expected = {
        "A1": "附件",
        "A2": "全市打造“主阵地”三年行动计划(2023-2025)任务进度表",
        "A3": "(单位:家)",
        "B4": "2023年底前", "E4": "2024年底前", "H4": "2025年底前",
        **dict(zip(("B5", "C5", "D5", "E5", "F5", "G5", "H5", "I5", "J5"), leaves * 3, strict=True)),
        "D6": 30, "G6": 65, "J6": 100,
    }  # fmt: skip
    for row, (_, label, *numbers) in enumerate(NINGBO, 6):
        expected |= dict(zip((f"{letter}{row}" for letter in "ABCEFHI"), (label, *numbers), strict=True))
    assert cells(sheet) == expected
    assert merges(sheet) == {
        "A2:J2", "A3:J3", "A4:A5", "B4:D4", "E4:G4", "H4:J4", "D6:D15", "G6:G15", "J6:J15",
    }  # fmt: skip
    assert sheet["A3"].alignment.horizontal == "right"
    numbers = [cell for row in sheet["B6:J15"] for cell in row if cell.value is not None]
    assert len(numbers) == 63
    assert {(cell.number_format, cell.data_type) for cell in numbers} == {("0", "n")}
    assert sheet.max_row == 15


def test_form_9_progress_adds_up_to_the_citys_targets(tmp_path):
    con = empty_warehouse()
    add_plan(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "330200")[9, "330200"])["进度"]
    pair = ["星级合作社", *[None] * 3, "领办参办合作社", *[None] * 3]
    four = ["目标", "实际", "完成率（%）", "其中试算"]
    assert [cell.value for cell in sheet[3]] == [
        "区（县、市）", "2023年底前", *[None] * 7, "2024年底前", *[None] * 7, "2025年底前", *[None] * 7,
        "领参办五星级合作社", *[None] * 8,
    ]  # fmt: skip
    assert [cell.value for cell in sheet[4]] == [
        None, *pair * 3, "2023年底前", None, None, "2024年底前", None, None, "2025年底前", None, None,
    ]  # fmt: skip
    assert [cell.value for cell in sheet[5]] == [None, *four * 6, *four[:3] * 3]
    assert {"A3:A5", "B3:I3", "B4:E4", "F4:I4", "Z3:AH3", "Z4:AB4"} <= merges(sheet)
    assert [cell.value for cell in sheet[6]] == [
        "海曙", 60, "—", "—", "—", 25, "—", "—", "/", 80, "—", "—", "—", 35, "—", "—", "/",
        100, "—", "—", "—", 43, "—", "—", "/", *["/"] * 9,
    ]  # fmt: skip
    assert [cell.value for cell in sheet[16]] == [
        "合计", 800, "—", "—", "—", 617, "—", "—", "/", 1012, "—", "—", "—", 714, "—", "—", "/",
        1202, "—", "—", "—", 803, "—", "—", "/", 30, "—", "—", 65, "—", "—", 100, "—", "—",
    ]  # fmt: skip
    assert "（supply_coop.affiliate）" in texts(sheet)
    assert "（supply_coop.star_result）" in texts(sheet)


def test_form_9_refuses_a_total_that_is_not_the_sum(tmp_path):
    con = empty_warehouse()
    add_plan(con)
    con.execute(
        """update plan_progress set target = 1203
           where region_level = 'prefecture' and year = 2025 and indicator = 'star_coops'"""
    )
    with pytest.raises(TotalMismatch, match=r"1203.*1202"):
        render(con, tmp_path, JULY, ["330200"])


def test_form_9_without_its_input(tmp_path):
    sheet = openpyxl.load_workbook(rendered(empty_warehouse(), tmp_path, "330200")[9, "330200"]).worksheets[0]
    assert sheet["A6"].value.startswith(
        "未收到“供销合作社 · 全市打造“主阵地”三年行动计划(2023-2025)任务进度表”"
    )
    assert merges(sheet) == {"A2:J2", "A3:J3", "A4:A5", "B4:D4", "E4:G4", "H4:J4", "A6:J6"}
