"""Forms 13 to 16, cell by cell, from 004 二(三)9, 003 第十九条, 000 二, 002 五(四) and spec 2.4, 2.5, 2.8, 2.9."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from forms_cases import OWN, merges, rendered, texts
from forms_list_tables import ASOF_TABLES
from forms_warehouse import empty_warehouse, insert

from dagster_project.receive.contracts import load_contracts
from exports.kit import TotalMismatch

LEAD = "待核查线索，不作为处理依据"
MARK = "FFFCE4D6"
DASH = "—"
HOSTILE = ("=1+1", "@x", "-2", "控\x07制", "😀ᠮᠣᠩᠭᠣᠯ", "长" * 40_000)


def fills(sheet, row: int) -> set:
    return {cell.fill.fgColor.rgb if cell.fill.fill_type else None for cell in sheet[row]}


def values(sheet, first: int, last: int) -> list[list]:
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=first, max_row=last)]


def traced(book) -> list[list]:
    return [[cell.value for cell in row][:8] for row in book["溯源"].iter_rows(min_row=3) if isinstance(row[1].value, int)]


# --- form 13 ----------------------------------------------------------------------------------------------------------


def rating(code: str, status: str, **more) -> dict:
    return {"credit_code": code, "name": f"{code}社", "county_code": "150302", "rating_status": status, "rating_source": "试算",
            "applicable_weight": Decimal(100), "rubric_issuer": "系统默认", "rubric_is_default": True, "change": "首期"} | more  # fmt: skip


def add_ratings(con) -> None:
    insert(con, "policy_in_force", [
        {"id": "star_coverage_minimum", "name": "证据覆盖率下限", "region_code": "000000", "value": Decimal("0.6")}])
    insert(con, "star_rating", [
        rating("A1", "下发", rating_source="下发", stars=5, score_low=Decimal("60.5"), score_high=Decimal(80), stars_low=2, stars_high=4,
               missing_weight=Decimal("19.5"), official_word="五星", official_on=date(2024, 6, 24), content_hash="a" * 64,
               file_name="评定.xlsx", sheet="结果", row_number=3, veto="列入经营异常名录", change="升星", previous_stars=4),
        rating("A2", "试算", stars=4, score_low=Decimal("82.33"), score_high=Decimal("82.33"), stars_low=4, stars_high=4,
               missing_weight=Decimal(0), change="持平", previous_stars=4),
        rating("A3", "待补证据", score_low=Decimal(58), score_high=Decimal(71), stars_low=1, stars_high=3, missing_weight=Decimal(13)),
        rating("A4", "资料不足", score_low=Decimal(10), score_high=Decimal(95), stars_low=0, stars_high=5, missing_weight=Decimal("40.01"),
               name="=1+1"),
        rating("A5", "不予评定", score_low=Decimal(90), score_high=Decimal(100), stars_low=5, stars_high=5, veto="已吊销、注销或在清算",
               missing_weight=Decimal(10), county_code="150304", change="状态变化", previous_stars=0)])
    insert(con, "cooperative", [
        {"key": code, "credit_code": code, "county_code": "150302", "delivered_on": date(2024, 7, 25), "content_hash": "b" * 64,
         "file_name": "登记.csv", "sheet": "", "row_number": row} for row, code in enumerate(("A1", "A2"), 2)])
    insert(con, "received_sheet", [
        {"content_hash": "c" * 64, "file_name": "检查.xlsx", "sheet": "检查", "table_id": "inspection.coop", "outcome": "accepted",
         "snapshot_date": date(2024, 6, 1), "sheet_index": 0, "rows_read": 9, "accepted": 9, "received_order": 1}])
    item = {"credit_code": "A2", "county_code": "150302", "basis": "权重为系统默认", "evidence": "有"}
    seen = {"content_hash": "c" * 64, "file_name": "检查.xlsx", "sheet": "检查", "row_number": 8}
    insert(con, "star_rating_item", [
        item | {"indicator_id": "A1", "indicator_name": "年经营收入", "dimension": "经营规模", "weight": 5, "points": Decimal("1.6667"),
                "state": "已得"},
        item | seen | {"indicator_id": "A2", "indicator_name": "土地合同规范", "dimension": "经营规模", "weight": 5,
                       "points": Decimal(5), "state": "已得"},
        item | seen | {"indicator_id": "B1", "indicator_name": "会计", "dimension": "财务管理", "weight": 5, "points": Decimal(0),
                       "state": "未得"},
        item | {"indicator_id": "C1", "indicator_name": "章程", "dimension": "制度", "weight": 4, "state": "缺证据"},
        item | {"indicator_id": "E1", "indicator_name": "账户与名册", "dimension": "联农带农", "weight": 5, "state": "不适用"}])
    insert(con, "star_next_step", [
        {"credit_code": "A2", "county_code": "150302", "step": step, "indicator_name": name, "points_gained": gained,
         "points_needed": Decimal("7.67"), "next_stars": 5, "state": state, "is_in_shortest": shortest}
        for step, name, gained, state, shortest in (
            (1, "会计", 5, "未得", True), (2, "章程", 4, "缺证据", True), (3, "商标", 2, "未得", False))])


@pytest.fixture(scope="module")
def stars(tmp_path_factory: pytest.TempPathFactory) -> dict:
    con = empty_warehouse()
    add_ratings(con)
    found = rendered(con, tmp_path_factory.mktemp("stars"), "150300", "150302")
    return {scope: openpyxl.load_workbook(found[13, scope]) for scope in ("150300", "150302")}


def test_form_13_header_and_rows(stars):
    sheet = stars["150302"]["星级评定结果表"]
    assert sheet["A1"].value == "合作社星级评定结果表"
    assert [cell.value for cell in sheet[3]] == [
        "序号", "区（县、市）", "合作社名称", "统一社会信用代码", "评定来源", "得分", "得分区间（低–高）", "证据覆盖率（%）", "星级",
        "分项", *[None] * 5, "不予评定事由", "较上次", "差距与建议"]
    assert [cell.value for cell in sheet[4]][9:15] == ["经营规模", "财务管理", "制度", "生产服务", "联农带农", "社会声誉"]
    assert {"A3:A4", "J3:O3", "P3:P4", "R3:R4"} <= merges(sheet)
    blank = [DASH] * 6
    assert values(sheet, 5, 8) == [
        [1, "海勃湾区", "A1社", "A1", "下发", DASH, "60.50–80.00", 80.5, "五星", *blank,
         "列入经营异常名录（以下发结果为准，请核实）", "升星（上次四星）", None],
        [2, "海勃湾区", "A2社", "A2", "试算", 82.33, "82.33–82.33", 100, "四星", 6.67, 0, DASH, DASH, "/", DASH, None, "持平",
         "按试算距五星差7.67分：会计（未得，5分）、章程（缺证据，4分）。"],
        [3, "海勃湾区", "A3社", "A3", "试算", DASH, "58.00–71.00", 87, "一星–三星（待补证据）", *blank, None, "首期", None],
        [4, "海勃湾区", "=1+1", "A4", "试算", DASH, "10.00–95.00", 59.99, "资料不足", *blank, None, "首期", None]]
    assert [sheet[f"{letter}6"].number_format for letter in "AFHJ"] == ["0", "#,##0.00", "0.0", "0.0##"]
    assert sheet["H8"].number_format == "0.00"
    assert (sheet["C8"].data_type, sheet["C8"].quotePrefix) == ("s", True)
    foot = sheet["A9"].value
    assert foot.startswith("注：1.共 4 社：下发 1、试算 1、待补证据 1、资料不足 1。")
    assert "评分标准为系统默认，非文件下发" in foot
    assert sheet["A10"].value == OWN


def test_form_13_of_a_prefecture_marks_what_is_not_rated(stars):
    sheet = stars["150300"].worksheets[0]
    assert [sheet[f"A{row}"].value for row in range(5, 12)] == ["海勃湾区", 1, 2, 3, 4, "乌达区", 5]
    assert values(sheet, 11, 11)[0][8:] == [
        "不予评定", *[DASH] * 6, "已吊销、注销或在清算", "状态变化（上次未达星级）", "不予评定事由消除后再行评定。"]
    assert [fills(sheet, row) for row in (6, 11)] == [{None}, {MARK}]


def test_form_13_gives_the_points_one_by_one(stars):
    sheet = stars["150302"]["逐社得分"]
    assert [cell.value for cell in sheet[3]] == [
        "序号", "合作社名称", "统一社会信用代码", "分项", "指标", "分值", "得分", "状态", "证据", "依据"]
    assert [row[3:8] for row in values(sheet, 4, 8)] == [
        ["经营规模", "A1 年经营收入", 5, 1.67, "已得"], ["经营规模", "A2 土地合同规范", 5, 5, "已得"],
        ["财务管理", "B1 会计", 5, 0, "未得"], ["制度", "C1 章程", 4, DASH, "缺证据"], ["联农带农", "E1 账户与名册", 5, "/", "不适用"]]
    assert [line[:3] + line[4:] for line in traced(stars["150302"])] == [
        ["星级评定结果表", 5, "A1社（A1）", "国家企业信用信息公示系统 · 登记信息", "登记.csv", "（无工作表）", "2"],
        ["星级评定结果表", 5, "A1社（A1）", "供销合作社 · 星级评定结果", "评定.xlsx", "结果", "3"],
        ["星级评定结果表", 6, "A2社（A2）", "国家企业信用信息公示系统 · 登记信息", "登记.csv", "（无工作表）", "3"],
        ["星级评定结果表", 6, "A2社（A2）", traced(stars["150302"])[3][4], "检查.xlsx", "检查", "8"]]


# --- form 14 ----------------------------------------------------------------------------------------------------------

VILLAGE = {"banner_code": "150623", "content_hash": "d" * 64, "file_name": "月报.xlsx", "sheet": "旗", "last_month": date(2024, 7, 1)}
FIGURES = ("enterprises", "organisations", "households", "joined", "poor", "linked", "dividends", "collective_income", "fund_arrived",
           "insured_due", "insured", "trained")  # fmt: skip


def add_villages(con, **total) -> None:
    money = Decimal
    given = [
        ("城川镇", "一村", False, (1, 1, 200, 100, 10, 5, money("123.45"), money(250_000), None, 1000, 800, 30), None, None),
        ("城川镇", "二村", True, (1, 0, 300, 250, 0, 0, money("0.55"), money("100050.5"), money(150_000), 1000, 999, 7),
         money(200_000), False),
    ]
    insert(con, "village_month", [
        VILLAGE | {"township": town, "village": name, "poor_village": poor, "reported": True, "fund_due": due, "fund_reached": reached,
                   "row_number": place} | dict(zip(FIGURES, figures, strict=True))
        for place, (town, name, poor, figures, due, reached) in enumerate(given, 4)])
    insert(con, "village_month", [
        VILLAGE | {"township": "", "village": "三村", "poor_village": True, "reported": False, "last_month": date(2024, 5, 1),
                   "fund_due": money(200_000), "row_number": 9}])
    sums = (2, 1, 500, 350, 10, 5, money(124), money("350050.5"), money(150_000), 2000, 1799, 37)
    insert(con, "village_banner_month", [
        {"banner_code": "150623", "villages": 3, "villages_reported": 2, "villages_missing": 1, "fund_due": money(200_000)}
        | dict(zip(FIGURES, sums, strict=True)) | total])
    insert(con, "policy_in_force", [
        {"id": "insurance_rate_target", "name": "参保率", "region_code": "150600", "value": Decimal("0.9")}])


def test_form_14_rows_and_their_sum(tmp_path):
    con = empty_warehouse()
    add_villages(con)
    found = rendered(con, tmp_path, "150600", "150623")
    book = openpyxl.load_workbook(found[14, "150623"])
    sheet = book["鄂托克前旗"]
    assert [sheet["A1"].value, *(cell.value for cell in sheet[2] if cell.value)] == [
        "“企业+党支部+合作组织+农牧户”产业发展月报表", "填报单位：鄂托克前旗", "填报时间：2024年7月", "单位：户、元、万元、人次"]
    assert [cell.value for cell in sheet[3]] == [
        "序号", "苏木乡镇", "嘎查村", "扶贫重点", "企业", "合作组织", "农牧户（户）", None, None, "建档立卡贫困户（户）", None, None,
        "入股分红（元）", "村集体经济收入（万元）", "专项资金（万元）", None, "保险（户）", None, None, "技能培训（人次）", "报送情况"]
    assert [cell.value for cell in sheet[4]][6:19] == [
        "总数", "参与", "参与率（%）", "总数", "已联结", "联结率（%）", None, None, "标准", "到位", "应参保", "已参保", "参保率（%）"]
    assert {"A3:A4", "G3:I3", "J3:L3", "M3:M4", "O3:P3", "Q3:S3", "U3:U4"} <= merges(sheet)
    assert values(sheet, 5, 8) == [
        [1, DASH, "三村", "是", *[DASH] * 16, "未报送（最近为2024-05）"],
        [2, "城川镇", "一村", "否", 1, 1, 200, 100, 50, 10, 5, 50, 123.45, 25, "/", DASH, 1000, 800, 80, 30, "已报送"],
        [3, "城川镇", "二村", "是", 1, 0, 300, 250, 83.3333, 0, 0, DASH, 0.55, 10.00505, 20, 15, 1000, 999, 99.9, 7,
         "已报送，专项资金未足额到位"],
        [None, None, "合计", None, 2, 1, 500, 350, 70, 10, 5, 50, 124, 35.00505, 20, 15, 2000, 1799, 89.95, 37, None]]
    assert [sheet[f"{letter}8"].number_format for letter in "EIMNOS"] == ["0", "0.0", "#,##0.00", "#,##0.00000", "#,##0.00", "0.00"]
    assert [fills(sheet, row) for row in (5, 6, 8)] == [{MARK}, {None}, {None}]
    assert sheet["A9"].value.startswith("注：1.共 3 个嘎查村，本月已报送 2 个、未报送 1 个（底色加深）。")
    assert sheet["A10"].value == OWN
    assert [line[:2] + line[5:] for line in traced(book)] == [
        ["鄂托克前旗", 5, "月报.xlsx", "旗", "9"], ["鄂托克前旗", 6, "月报.xlsx", "旗", "4"], ["鄂托克前旗", 7, "月报.xlsx", "旗", "5"]]
    assert openpyxl.load_workbook(found[14, "150600"]).sheetnames == ["鄂托克前旗", "数据说明", "溯源"]


def test_form_14_refuses_a_sum_that_is_not_that_of_its_rows(tmp_path):
    con = empty_warehouse()
    add_villages(con, trained=38)
    with pytest.raises(TotalMismatch, match="技能培训（人次）”为 38，各行之和为 37"):
        rendered(con, tmp_path, "150623")


def test_form_14_without_its_input(tmp_path):
    found = rendered(empty_warehouse(), tmp_path, "150600", "150302")
    assert (14, "150302") not in found
    sheet = openpyxl.load_workbook(found[14, "150600"])["鄂托克前旗"]
    assert "（village.monthly）" in sheet["A5"].value
    assert [sheet["A6"].value, sheet["A7"].value] == [OWN, "填报人："]


# --- form 15 ----------------------------------------------------------------------------------------------------------


def add_advisors(con) -> None:
    insert(con, "policy_in_force", [
        {"id": "advisor_entities_minimum", "name": "服务主体数", "region_code": "150623", "value": Decimal(10)}])
    row = {"county_code": "150623", "quarter": "2024Q3", "is_total": False, "above_upper_limit": False, "pre_missed": 0}
    insert(con, "advisor_progress", [
        row | {"township_name": "", "advisors": 1, "coops_served": 0, "farms_served": 0, "door_visits": 0, "coops_advised": 2,
               "farms_advised": 0, "below_minimum": 1, "reached": 0, "in_progress": 1, "training_unknown": 1,
               "coops": 3, "farms": 0},
        row | {"township_name": "城川镇", "target": 1, "status": "达标", "above_upper_limit": True, "advisors": 3, "coops_served": 13,
               "farms_served": 7, "door_visits": 11, "coops_advised": 0, "farms_advised": 1, "below_minimum": 2, "reached": 1,
               "in_progress": 2, "pre_trained": 1, "pre_missed": 1, "in_service": 2, "coops": 0, "farms": 8},
        row | {"township_name": "昂素镇", "target": 1, "status": "未达标", "advisors": 0, "coops_served": 0, "farms_served": 0,
               "door_visits": 0, "coops_advised": 0, "farms_advised": 0, "below_minimum": 0, "reached": 0, "in_progress": 0,
               "pre_trained": 0, "in_service": 0, "coops": 0, "farms": 4},
        row | {"township_name": "", "is_total": True, "target": 4, "status": "进行中", "advisors": 4, "coops_served": 13,
               "farms_served": 7, "door_visits": 11, "coops_advised": 2, "farms_advised": 1, "below_minimum": 3, "reached": 1,
               "in_progress": 3, "pre_trained": 1, "pre_missed": 1, "in_service": 2, "training_unknown": 1, "coops": 3, "farms": 12}])
    insert(con, "advisor", [
        {"advisor_key": f"k{place}", "certificate_no": number, "county_code": "150623", "township_name": town, "in_office": office,
         "content_hash": "e" * 64, "file_name": "名录.xlsx", "sheet": "名录", "row_number": place}
        for place, (number, town, office) in enumerate((("G1", "城川镇", True), (None, None, True), ("G3", "城川镇", False)), 5)])


def test_form_15_rows_and_their_sum(tmp_path):
    con = empty_warehouse()
    add_advisors(con)
    book = openpyxl.load_workbook(rendered(con, tmp_path, "150623")[15, "150623"])
    sheet = book["进展表"]
    assert sheet["A1"].value == "辅导员队伍建设及服务进展表"
    assert [cell.value for cell in sheet[3]] == [
        "镇", "辅导员（名）", None, None, "服务主体（个）", None, None, None, "上门指导（次）", None, None, "覆盖率（%）", None,
        "培训（人次）", None, "备注"]
    assert [cell.value for cell in sheet[4]][1:15] == [
        "目标", "实有", "达标", "合作社", "家庭农牧场", "人均", "不足10个的辅导员", "本季度", "达标人数", "进行中", "合作社",
        "家庭农牧场", "任前", "在任"]
    assert {"A3:A4", "B3:D3", "E3:H3", "I3:K3", "L3:M3", "N3:O3", "P3:P4"} <= merges(sheet)
    assert values(sheet, 5, 8) == [
        ["城川镇", 1, 3, "达标", 13, 7, 6.7, 2, 11, 1, 2, DASH, 12.5, 1, 2, "超过人数上限；新聘未经任前培训即服务 1 名"],
        ["昂素镇", 1, 0, "未达标", 0, 0, DASH, 0, 0, 0, 0, DASH, 0, 0, 0, "没有辅导员"],
        ["镇不明", DASH, 1, DASH, 0, 0, 0, 1, 0, 0, 1, 66.6667, DASH, DASH, DASH, "培训情况不明 1 名"],
        ["合计", 4, 4, "进行中", 13, 7, 5, 3, 11, 1, 3, 66.6667, 8.3333, 1, 2, "新聘未经任前培训即服务 1 名；培训情况不明 1 名"]]
    assert [sheet[f"{letter}7"].number_format for letter in "CGL"] == ["0", "0.0", "0.0"]
    assert [fills(sheet, row) for row in (5, 6, 8)] == [{None}, {MARK}, {None}]
    assert "上门指导为2024年第3季度" in sheet["A9"].value
    assert sheet["A10"].value == OWN  # visits and training came
    assert [line[:3] for line in traced(book)] == [["进展表", 5, "城川镇 辅导员（G1）"], ["进展表", 7, "镇不明 辅导员（无证书）"]]


def test_form_15_without_its_input_or_standard(tmp_path):
    sheet = openpyxl.load_workbook(rendered(empty_warehouse(), tmp_path, "150302")[15, "150302"]).worksheets[0]
    assert sheet["H4"].value == "不足规定数的辅导员"
    assert "（advisor.directory）" in sheet["A5"].value


# --- form 16 ----------------------------------------------------------------------------------------------------------


def difference(outcome: str, left: str | None, right: str | None, **more) -> dict:
    return {"pair": "registry_direct", "county_code": "150302", "outcome": outcome, "left_key": left, "right_key": right,
            "left_name": left and f"{left}社", "right_name": right and f"{right}社", "left_file_name": left and "登记.csv", "left_sheet": "",
            "left_row_number": 2, "right_file_name": right and "直报.xlsx", "right_sheet": "合作社", "right_row_number": 5} | more  # fmt: skip


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    con = empty_warehouse()
    insert(con, "entity_pair_kind", [
        {"pair": "registry_direct", "name": "登记信息—新农直报", "left_system": "registry", "right_system": "direct"}])
    insert(con, "reconciliation", [
        difference("两边一致", "A0", "A0"),
        difference("有差异", "A1", "A1", field="annual_income", field_name="年经营收入", left_value="100.00", right_value="250.00"),
        difference("有差异", "A1", "A1", field="representative", field_name="法定代表人或负责人", left_value="张**", right_value="李**"),
        difference("我方有对方无", "A2", None),
        difference("对方有我方无", None, "150302|=乙社", right_name="=乙社"),
        difference("疑似同一", "f" * 64, "A4", left_name="丙社", field="name", field_name="名称", left_value="丙社", right_value="丙丙社")])
    insert(con, "entity_decision", [
        {"pair": "registry_direct", "left_key": "A1", "right_key": "A1", "decision": "同一", "decided_by": "王经办", "decided_on": date(2024, 7, 22)},
        {"pair": "registry_direct", "left_key": "A2", "right_key": "A9", "decision": "不同", "decided_by": "赵经办", "decided_on": date(2024, 7, 23)}])
    return openpyxl.load_workbook(rendered(con, tmp_path_factory.mktemp("compared"), "150302")[16, "150302"])


def test_form_16_header_and_rows(compared):
    sheet = compared["差异表"]
    assert [cell.value for cell in sheet[3]] == [
        "序号", "比对组", "主体名称", "我方", None, None, "对方", None, None, "差异字段", "结论", "建议处理", "人工认定", None, None]
    assert [cell.value for cell in sheet[4]] == [
        None, None, None, "系统", "标识", "值", "系统", "标识", "值", None, None, None, "结论", "人", "日期"]
    assert {"A3:A4", "D3:F3", "G3:I3", "J3:J4", "M3:O3"} <= merges(sheet)
    pair, ours, theirs = "登记信息—新农直报", "登记信息", "新农直报"
    assert values(sheet, 5, 9) == [
        [1, pair, "=乙社", ours, DASH, DASH, theirs, DASH, "=乙社", "/", "对方有我方无",
         "核实新农直报中的名称和代码；确为同一主体的，作人工认定。", None, None, None],
        [2, pair, "A2社", ours, "A2", "A2社", theirs, DASH, DASH, "/", "我方有对方无",
         "督促在新农直报中补录；已登记在其他名称或代码下的，作人工认定。", "不同", "赵**", "2024-07-23"],
        [3, pair, "A1社", ours, "A1", "100.00", theirs, "A1", "250.00", "年经营收入", "有差异",
         "核实年经营收入，更正登记信息或新农直报中不符的一方。", "同一", "王**", "2024-07-22"],
        [4, pair, "A1社", ours, "A1", "张**", theirs, "A1", "李**", "法定代表人或负责人", "有差异",
         "核实法定代表人或负责人，更正登记信息或新农直报中不符的一方。", "同一", "王**", "2024-07-22"],
        [5, pair, "丙社", ours, DASH, "丙社", theirs, "A4", "丙丙社", "名称", "疑似同一",
         f"{LEAD}。请核实是否同一主体，作人工认定。", None, None, None]]
    assert (sheet["C5"].data_type, sheet["C5"].quotePrefix) == ("s", True)
    assert [fills(sheet, row) for row in (5, 7, 9)] == [{None}, {None}, {MARK}]
    foot = [sheet[f"A{row}"].value for row in (10, 11, 12)]
    assert foot[0].startswith("注：1.差异共 5 项：有差异 2、我方有对方无 1、对方有我方无 1、疑似同一 1；两边一致的 1 个主体不列。")
    assert f"“疑似同一”为{LEAD}" in foot[1]
    assert foot[2] == OWN


def test_form_16_traces_both_sides_and_shows_no_person(compared):
    assert [line[1:] for line in traced(compared)][:3] == [
        [5, "=乙社（—）", "海勃湾区", "新型农业经营主体信息直报系统 · 新农直报主体", "直报.xlsx", "合作社", "5"],
        [6, "A2社（A2）", "海勃湾区", "国家企业信用信息公示系统 · 登记信息", "登记.csv", "（无工作表）", "2"],
        [7, "A1社（A1）", "海勃湾区", "国家企业信用信息公示系统 · 登记信息", "登记.csv", "（无工作表）", "2"]]
    everything = "".join(texts(sheet) for sheet in compared)
    assert "只显示姓氏（如张**）" in everything
    assert "王经办" not in everything
    assert "赵经办" not in everything
    assert "登记信息—新农直报（主体数）：两边一致 1、对方有我方无 1、我方有对方无 1、有差异 1、疑似同一 1。" in everything


def test_form_16_without_differences_and_without_input(tmp_path):
    con = empty_warehouse()
    assert "（direct_report.entity）" in openpyxl.load_workbook(rendered(con, tmp_path, "150302")[16, "150302"]).worksheets[0]["A5"].value
    insert(con, "entity_pair_kind", [{"pair": "registry_direct", "name": "登记", "left_system": "registry", "right_system": "direct"}])
    insert(con, "reconciliation", [difference("两边一致", "A0", "A0")])
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[16, "150302"]).worksheets[0]
    assert [sheet["A5"].value, sheet["A6"].value[:19]] == ["参加比对的主体两边一致，没有差异。", "注：1.差异共 0 项；两边一致的 1"]


def test_hostile_texts_come_through_as_text(tmp_path):
    con = empty_warehouse()
    insert(con, "entity_pair_kind", [{"pair": "registry_direct", "name": "登记", "left_system": "registry", "right_system": "direct"}])
    insert(con, "reconciliation", [
        difference("我方有对方无", f"A{place}", None, left_name=value) for place, value in enumerate(HOSTILE)])
    insert(con, "star_rating", [rating(f"A{place}", "资料不足", name=value) for place, value in enumerate(HOSTILE)])
    found = rendered(con, tmp_path, "150302")
    for form in (13, 16):
        sheet = openpyxl.load_workbook(found[form, "150302"]).worksheets[0]
        shown = [sheet[f"C{row}"] for row in range(5, 11)]
        assert {cell.data_type for cell in shown} == {"s"}
        assert [cell.value for cell in shown] == ["=1+1", "@x", "-2", "控制", "😀ᠮᠣᠩᠭᠣᠯ", "长" * 32_766 + "…"]


def test_the_columns_read_of_the_source_tables_are_their_contracts():
    asof = {"listing_state"}  # computed in the as-of layer
    for table, columns in ASOF_TABLES.items():
        contract = load_contracts()[table.removeprefix("asof_").replace("__", ".")]
        assert set(columns.split()) <= {*contract.typed()} | asof, table
