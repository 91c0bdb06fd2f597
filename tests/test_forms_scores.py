"""Forms 4, 5 and 6 (002 附件4–6) with their 评分底稿, cell by cell; expectations are typed from the policy text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import openpyxl
import pytest
from forms_cases import cells, merges, rendered, texts
from forms_warehouse import empty_warehouse, insert

from dagster_project.lake import prepare
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

# 分值 and the first words of each item, as printed.
ANNEX_5 = [
    ("项目准备\n（25分）", "项目实施方案、申报资料、相关文件等", [
        (7, "1.区农牧部门要分别制定资金奖补和政府采购的具体实施方案。方案要结合实际, 内容完整，"),
        (5, "2.各区要建立项目实施领导机构。"), (7, "3.各区通过媒体向社会公开有关项目，组织"),
        (6, "4.各区建立项目评审机制，组织专家实地考")]),
    ("项目实施\n（50分）", "现场查看有关文件、财务管理制度、会计账簿等资料", [
        (3, "5.各区指导奖补主体按照资金奖补和政府采"), (6, "6.各区定期检查，指导、督促奖补、政府采"),
        (4, "7.奖补项目实施完成后，合作社向全体成员"), (4, "8.奖补和政府采购项目实施完成后，区农牧"),
        (6, "9.各区对奖补和政府采购目实施整体情况"), (8, "10.奖补、政府采购、规范化建设支出补助"),
        (3, "11.合作社将财政补助形成的资产按照合作"), (8, "12.获得奖补和规范化建设补助的合作社会"),
        (4, "13. 各区建立支持合作社项目库。获得奖"), (4, "14.各区对项目进行监管指导，开展中期检")]),
    ("项目绩效\n（25分）", "查看项目任务完成情况、资金拨付情况、合作社成员账户、项目绩效评价情况", [
        (5, "15.项目完成情况：按照市级《培育壮大农"), (5, "16.实施政府购买新型经营主体辅导服务的"),
        (5, "17.合作社当年盈余返还、按股分红符合法"), (2, "18.合作社吸纳带动项目区域内中小农户和"),
        (6, "19.辅导员队伍建设达到“千员带万社”目标"), (2, "20.及时总结典型经验，在区级、市级、自")]),
    ("扣分项", None, [(-20, "21.经各级监察、审计、财政监督机构等查实在资金使用方面存在违规违纪行为。")]),
]  # fmt: skip
ANNEX_6 = [
    ("项目准备 （40分）", "查看项目实施方案、系统、申报材料、相关文件等材料。", [
        (5, "项目实施区制定《家庭农牧场奖励补助"), (5, "项目实施区成立项目推进机构，监督指"),
        (5, "项目实施区通过公共媒体向社会公开有"), (5, "申报项目的家庭农牧场提交完备的申报"),
        (5, "项目实施区建立项目评审机制，组织专"), (10, "项目实施区及时更新全国家庭农场名录"),
        (5, "项目实施区及时更新“新农直报”系统信息。（按照认证数量百分比得分）。")]),
    ("项目实施（30分）", "现场查看有关文件、台账、统计报表、记账凭证等资料", [
        (6, "项目实施区的家庭农牧场“一码通”赋码率达到80%以上。"), (6, "项目实施区定期检查、指导，督促项目实施。"),
        (6, "项目实施区对获得资金补助的家庭农牧"), (6, "项目实施区按要求及时提交上报工作总结。"),
        (6, "项目验收合格后，通过 “一卡通”拨付相应资金，资金拨付程序完整。")]),
    ("项目绩效（30分）", "实地查看项目实施情况，入户调查，查阅记账凭证，总结报告等材料。", [
        (5, "项目实施区开展家庭农牧场精准管理服"), (5, "项目实施区完成支持家庭农牧场项目任务量。"),
        (5, "获得补助的家庭农牧场增收20%以上。"), (5, "获得补助的家庭农牧场规范使用“随手"),
        (5, "项目实施区的公开招标采购新型经营主"), (5, "及时总结典型经验，在区级、市级、自")]),
]  # fmt: skip
_SCORE = {"year": 2024, "county_code": "150302", "basis": "附件5", "content_hash": "c" * 64, "file_name": "评分.xlsx",
          "sheet": "打分", "snapshot_date": date(2024, 12, 10)}  # fmt: skip


def points(annex: list) -> list[int]:
    return [value for _, _, items in annex for value, _ in items]


def add_scores(con: duckdb.DuckDBPyConnection) -> None:
    """附件5 all scored: full points but half a point less for item 1, and 2 deducted. 附件6: item 2 alone is scored."""
    for number, full in enumerate(points(ANNEX_5), 1):
        given = Decimal("6.5") if number == 1 else Decimal(-2) if full < 0 else Decimal(full)
        told = {10: (4, 3, 1, Decimal("6.0")), 13: (2, 2, 0, Decimal("4.0"))}.get(number)
        insert(con, "scorecard", [_SCORE | {
            "form": "附件5", "item": number, "points": full, "given": given, "row_number": number + 4,
            "is_by_data": number in (10, 13, 19),
            **(dict(zip(("denominator", "numerator", "unknown", "computed"), told, strict=True)) if told else {}),
            **({"deduction_note": "审计查实"} if full < 0 else {})}])  # fmt: skip
    for number, full in enumerate(points(ANNEX_6), 1):
        insert(con, "scorecard", [_SCORE | {
            "form": "附件6", "item": number, "points": full, "given": Decimal(4) if number == 2 else None,
            "row_number": number + 4, "is_by_data": number in (6, 8), "computed": Decimal("8.2") if number == 6 else None,
            **({"numerator": 649, "denominator": 796, "unknown": 9} if number == 6 else {})}])  # fmt: skip
    insert(con, "scorecard_total", [
        {"year": 2024, "county_code": "150302", "form": "附件5", "points": 100, "computed": Decimal(10), "given": Decimal("97.5")},
        {"year": 2024, "county_code": "150302", "form": "附件6", "points": 100, "computed": Decimal("8.2"), "given": 4},
    ])  # fmt: skip


def add_contracts(con: duckdb.DuckDBPyConnection) -> None:
    line = {"county_code": "150304", "service_area": "乌达区", "content_hash": "d" * 64, "file_name": "合同.xlsx",
            "sheet": "台账", "snapshot_date": date(2024, 8, 1)}  # fmt: skip
    insert(con, "contract_evaluation", [
        line | {
            "contract_no": "FW-1", "provider": "样例服务公司", "starts_on": date(2024, 8, 1), "ends_on": date(2027, 7, 31),
            "amount": Decimal(50_000), "coops_served": 12, "coops_numerator": 10, "coops_denominator": 30,
            "coops_share": Decimal("0.333333"), "farms_served": 30, "farms_numerator": 30, "farms_denominator": 120,
            "farms_share": Decimal("0.25"), "trainings": 100, "door_visits": 60, "recorded_door_visits": 58,
            "proxy_clients": 8, "accounts_sound_numerator": 9, "accounts_sound_denominator": 12, "accounts_sound_unknown": 1,
            "removal_numerator": 1, "removal_denominator": 2, "code_numerator": 7996, "code_denominator": 10_000,
            "satisfaction": Decimal("92"), "evaluated_score": Decimal("88.5"), "composite": Decimal("77.125"), "row_number": 3},
        line | {"contract_no": "FW-2", "provider": "+样例咨询", "starts_on": date(2024, 9, 1), "ends_on": date(2026, 8, 31),
                "amount": Decimal(60_000), "missing_components": "满意度、账目规范、列异移除、赋码、覆盖",
                "findings": "合同金额60000.00元，超过限额50000.00元", "row_number": 4},
    ])  # fmt: skip
    insert(con, "policy_in_force", [
        {"id": "contract_code_rate_full", "name": "满分线", "region_code": "150300", "value": Decimal("0.8"), "basis": "系统默认"},
        {"id": "contract_weight_satisfaction", "name": "权重", "region_code": "150300", "value": Decimal(30),
         "basis": "系统默认（附件4未列权重）"}])  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    con = empty_warehouse()
    add_scores(con)
    add_contracts(con)
    return rendered(con, tmp_path_factory.mktemp("scores"), "150302", "150300", "150303")


HEAD_4 = ("序号", "服务机构名称", "辅导服务区域", "服务期限", "招标采购合同金额（万元）", "服务主体数量", None, None, None,
          "辅导服务开展方式", None, "服务效果", None, None, None, "服务主体满意度调查综合评分（百分制）", "综合得分（百分制）")  # fmt: skip
LEAVES_4 = (*[None] * 5, "服务合作社数量（个）", "占区域内比例（%）", "服务家庭农牧场数量（个）", "占区域内比例（%）", "集中培训（人次）",
            "入户辅导（次数）", "完成代理记账的主体数量（个）", "合作社账目规范率（%）", "列异社移除率（%）", "家庭农牧场赋码率（%）",
            None, None)  # fmt: skip


def test_form_4_is_the_printed_table(books):
    workbook = openpyxl.load_workbook(books[4, "150300"])
    assert workbook.sheetnames == ["政府购买服务绩效评价汇总表", "评分底稿", "数据说明", "溯源"]
    sheet = workbook.worksheets[0]
    rows = {
        4: HEAD_4, 5: LEAVES_4,
        6: (1, "样例服务公司", "乌达区", "2024年8月1日—2027年7月31日", 5, 12, 33.3333, 30, 25, 100, 60, 8, 75, 50, 79.96, 92, 88.5),
        7: (2, "+样例咨询", "乌达区", "2024年9月1日—2026年8月31日", 6, *["—"] * 12),
    }  # fmt: skip
    expected = {f"{letter}{row}": value for row, values in rows.items()
                for letter, value in zip("ABCDEFGHIJKLMNOPQ", values, strict=True) if value is not None}  # fmt: skip
    assert cells(sheet) == expected | {
        "A1": "附件4", "A2": "政府购买服务绩效评价汇总表", "A3": "填报单位：乌海市", "L3": "填报时间：2024年7月"}  # fmt: skip
    assert merges(sheet) == {"A2:Q2", "A3:K3", "L3:Q3", "F4:I4", "J4:K4", "L4:O4",
                             *(f"{letter}4:{letter}5" for letter in "ABCDEPQ")}  # fmt: skip
    formats = [sheet[f"{letter}6"].number_format for letter in "EFGOPQ"]
    assert formats == ["#,##0.00", "0", "0.0", "0.00", "0.0##", "0.0##"]  # 79.96: a near miss of 80 shows itself
    assert {cell.fill.fill_type for row in sheet["A6:Q7"] for cell in row} == {None}
    assert sheet.max_row == 7


def test_form_4_keeps_computed_scores_on_the_companion(books):
    sheet = openpyxl.load_workbook(books[4, "150300"])["评分底稿"]
    assert [cell.value for cell in sheet[5]] == [
        1, "FW-1", "乌达区", "样例服务公司", 92, 30, 75, "—", 50, "—", 79.96, "—", 29.1667, "—", "默认", 77.13, 88.5, 11.37,
        None, None]  # fmt: skip
    assert [cell.value for cell in sheet[6]][14:] == [
        "默认", "—", "—", "—", "满意度、账目规范、列异移除、赋码、覆盖", "合同金额60000.00元，超过限额50000.00元"]  # fmt: skip
    assert {cell.fill.fgColor.rgb for cell in sheet[6]} == {"FFFCE4D6"}
    assert {cell.fill.fill_type for cell in sheet[5]} == {None}


@pytest.mark.parametrize(("form", "annex", "first"), [(5, ANNEX_5, "考核指标"), (6, ANNEX_6, "考评指标")])
def test_the_scorecards_are_the_printed_tables(books, form, annex, first):
    sheet = openpyxl.load_workbook(books[form, "150302"]).worksheets[0]
    assert sheet.title == "2024年度绩效评价表"
    assert [cell.value for cell in sheet[4]] == [first, "评价标准", "分值", "评价依据", "得分"]
    row, merged = 5, set()
    for label, basis, items in annex:
        if len(items) > 1:
            merged |= {f"{letter}{row}:{letter}{row + len(items) - 1}" for letter in "AD"}
        assert (sheet[f"A{row}"].value, sheet[f"D{row}"].value) == (label, basis)
        for full, begins in items:
            assert (sheet[f"C{row}"].value, sheet[f"C{row}"].number_format) == (full, "0")
            assert sheet[f"B{row}"].value.startswith(begins), row
            assert sheet[f"E{row}"].number_format == "0.0"
            row += 1
    assert merged <= merges(sheet)
    assert {place for place in merges(sheet) if place[0] in "AD" and 5 <= int(place.split(":")[0][1:]) < row} == merged
    assert sheet["A1"].value == f"附件{form}"
    assert sheet["A3"].value == "区：海勃湾区"
    foot = {place: value for place, value in cells(sheet).items() if int(place[1:]) >= row}
    if form == 5:
        assert sheet["A2"].value == "支持农牧民合作社发展项目资金绩效评价表"
        assert foot == {
            "A26": "合计", "B26": "分数", "C26": 100, "E26": 97.5,
            "A27": "备注：考核分值保留1位小数。对评价标准要求的内容未全部完成，评价标准未明确扣分规则的，考核人员根据实际酌情给扣分。",
            "A28": "绩效评价小组人员签字："}  # fmt: skip
        assert [sheet[f"E{place}"].value for place in (5, 6, 25)] == [6.5, 5, -2]
    else:
        assert sheet["A2"].value == "支持家庭农牧场发展补助资金绩效评价表"
        assert "评价年度：2024" in [cell.value for cell in sheet[3]]
        assert foot == {"A23": "合计", "A24": "绩效评价小组人员签字："}
        assert [sheet[f"E{place}"].value for place in range(5, 23)] == [None, 4, *[None] * 16]


def test_the_companion_of_form_5_sets_data_against_the_assessors(books):
    sheet = openpyxl.load_workbook(books[5, "150302"])["评分底稿"]
    line = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=3)}
    assert line[10][2:] == [8, "满足 3 / 应满足 4（75.0%），其中未知 1 个按未满足计", 6, 8, 2, "有差异", "附件5；评分：评分.xlsx［打分］第14行"]
    assert line[13][3:8] == ["满足 2 / 应满足 2（100.0%）", 4, 4, 0, "已评"]
    assert line[19][3:8] == ["未收到所需数据", "—", 6, "—", "已评"]
    assert line[21][3:8] == ["非数据评分项", "—", -2, "—", "已评"]
    assert line[21][8].endswith("扣分说明：审计查实")
    total = next(row for row in sheet.iter_rows(min_row=3, values_only=True) if row[1] == "合计")
    assert total[2:6] == (100, None, 10, 97.5)
    marked = {row[0].value for row in sheet.iter_rows(min_row=3, max_row=23) if row[0].fill.fill_type}
    assert marked == {10}


def test_the_companion_of_form_6_says_what_is_open(books):
    sheet = openpyxl.load_workbook(books[6, "150302"])["评分底稿"]
    states = {row[0]: row[7] for row in sheet.iter_rows(min_row=3, values_only=True) if isinstance(row[0], int)}
    assert states == {number: {2: "已评", 8: "无数据来源"}.get(number, "待评") for number in range(1, 19)}


def test_a_district_without_scores_gets_the_empty_form(books):
    workbook = openpyxl.load_workbook(books[5, "150303"])
    assert {workbook.worksheets[0][f"E{row}"].value for row in range(5, 27)} == {None}
    assert "未收到“奖补项目与转移支付管理平台 · 绩效评价打分”（programme.scorecard）" in texts(workbook["评分底稿"])


def test_filled_copies_can_be_read_back(books, tmp_path):
    settings = Settings(home=tmp_path, _env_file=None)
    prepare(settings)
    fills = {(4, "150300"): {"A3": "填报单位：乌海市乌达区农牧水务局", "Q7": 81}, (5, "150302"): {}, (6, "150302"): {"E5": 3.5}}
    for (form, scope), typed in fills.items():
        workbook = openpyxl.load_workbook(books[form, scope])
        for place, value in typed.items():
            workbook.worksheets[0][place] = value
        workbook.save(settings.inbox / books[form, scope].name)
    receive(settings, lambda _: None)
    with duckdb.connect() as lake:
        scores = lake.execute(
            f"""select form, count(*), count(score), sum(score), min(year), max(county_code), bool_and(is_filled_form),
                       max(score) filter (where item = 1)
                from read_parquet('{settings.lake}/typed/programme.scorecard/*.parquet') group by form order by form"""
        ).fetchall()
        contracts = lake.execute(
            f"""select provider, county_code, starts_on, ends_on, amount, trainings, door_visits, satisfaction,
                       evaluated_score
                from read_parquet('{settings.lake}/typed/programme.service_contract/*.parquet') order by row_number"""
        ).fetchall()
    assert scores == [("附件5", 21, 21, Decimal("97.5"), 2024, "150302", True, Decimal("6.5")),
                      ("附件6", 18, 2, Decimal("7.5"), 2024, "150302", True, Decimal("3.5"))]  # fmt: skip
    assert contracts == [
        ("样例服务公司", "150304", date(2024, 8, 1), date(2027, 7, 31), Decimal(50_000), 100, 60, Decimal(92), Decimal("88.5")),
        ("+样例咨询", "150304", date(2024, 9, 1), date(2026, 8, 31), Decimal(60_000), None, None, None, Decimal(81))]  # fmt: skip
