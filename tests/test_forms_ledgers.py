"""Forms 10 and 11, cell by cell, from 002 五(四), spec 2.10 and spec 3.1."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from forms_cases import OWN, add_quota, cells, merges, midnight, rendered, texts
from forms_warehouse import empty_warehouse, insert

LEAD = "待核查线索，不作为处理依据"
MARK = "FFFCE4D6"
AWARDS = {"content_hash": "a" * 64, "file_name": "奖补/台账.xlsx", "sheet": "台账", "snapshot_date": date(2024, 7, 28)}
HOSTILE = ("=1+1", "@x", "-2", "控\x07制", "😀ᠮᠣᠩᠭᠣᠯ", "长" * 40_000)


def fills(sheet, row: int) -> set:
    return {cell.fill.fgColor.rgb if cell.fill.fill_type else None for cell in sheet[row]}


def county(code: str, **values) -> dict:
    return {"county_code": code, "quota_coops": 3, "quota_farms": 3, "late": 0, "undecided": 0, "consecutive_notices": 0,
            "suggest_cut": False, "edition_state": "有上月", "notified": False} | values  # fmt: skip


def add_supervision(con) -> None:
    """海勃湾区 two notices in a row, 乌达区 clean, 海南区 never sent its awards."""
    insert(con, "policy_in_force", [
        {"id": "subsidy_flag_rate_target", "name": "财政补助标记率", "region_code": "150300", "value": Decimal(1)},
        {"id": "supervision_cut_notices", "name": "连续通报次数", "region_code": "150300", "value": Decimal(2)}])
    insert(con, "supervision_county", [
        county("150302", awarded_coops=3, awarded_farms=2, standardised_coops=1, standardised_farms=0, accepted=5, paid=4,
               funds_allotted=Decimal(400_000), funds_paid=Decimal("123456.78"), due_updates=3, updated=2, due_flags=2001,
               flagged=2000, examined=7, problems=2, problems_per_award=Decimal("0.285714"), rank=2, notified=True,
               consecutive_notices=2, suggest_cut=True, problems_change=1),
        county("150304", quota_coops=2, quota_farms=2, awarded_coops=2, awarded_farms=2, standardised_coops=0,
               standardised_farms=1, accepted=0, paid=0, funds_allotted=Decimal(100_000), funds_paid=Decimal(0), due_updates=0,
               updated=0, due_flags=4, flagged=4, examined=5, problems=0, problems_per_award=Decimal(0), rank=1,
               problems_change=-3),
        county("150303", quota_coops=5, quota_farms=5, notified=None, suggest_cut=False, edition_state="上月无数据",
               missing_tables="programme.award")])
    insert(con, "district_check", [
        {"year": year, "county_code": code, "check_id": check, "check_name": name, "outcome": outcome, "days_open": days,
         "print_order": place}
        for place, (year, code, check, name, outcome, days) in enumerate((
            (2024, "150302", "reward_plan_filed", "奖补方案备案", "通过", None),
            (2024, "150302", "centre_plan_filed", "服务中心方案备案", "问题", 12),
            (2024, "150302", "platform_uploaded", "转移支付平台上传", "问题（逾期）", 5),
            (2024, "150302", "midterm", "中期检查", "未到期", None),
            (2023, "150302", "summary", "项目总结报告报送", "问题", 244),
            (2024, "150304", "accepted", "整体验收", "通过", None)))])
    common = AWARDS | {"county_code": "150302", "support": "奖励补助", "outcome": "问题", "due_on": date(2024, 6, 24),
                       "days_open": 37, "basis": "乌农字〔2024〕48号五（四）"}  # fmt: skip
    insert(con, "award_check", [
        common | {"entity_type": "农民合作社", "entity_name": "甲社", "award_key": "k1", "check_id": "updated",
                  "check_name": "认定后信息更新", "detail": "未更新。", "print_order": 9, "row_number": 4},
        common | {"entity_type": "家庭农场", "entity_name": "=乙农场", "award_key": "k2", "check_id": "flagged",
                  "check_name": "财政补助标记", "detail": "未标记。", "print_order": 8, "row_number": 5},
        common | {"entity_type": "家庭农场", "entity_name": "丙农场", "award_key": "k3", "check_id": "paid", "outcome": "通过",
                  "check_name": "验收后拨付", "detail": "已拨付。", "print_order": 6, "row_number": 6}])
    insert(con, "supervision_award", [
        {"county_code": "150302", "entity_type": kind, "entity_name": name, "support": "奖励补助", "award_key": key,
         "previous_problems": before, "open_problems": now, "change": change, "first_seen_month": date(2024, 5, 1)}
        for key, kind, name, before, now, change in (
            ("k1", "农民合作社", "甲社", 1, 1, "持平"), ("k2", "家庭农场", "=乙农场", None, 1, "新增"),
            ("k4", "家庭农场", "丁农场", 2, None, "已不在台账"))])
    con.execute("update report_month set previous_edition = '2024-06'")
    add_quota(con)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    con = empty_warehouse()
    add_supervision(con)
    return openpyxl.load_workbook(rendered(con, tmp_path_factory.mktemp("ledger"), "150300")[10, "150300"])


def test_form_10_header_is_the_default_one(ledger):
    assert ledger.sheetnames == ["汇总", "明细", "通报", "较上月", "数据说明", "溯源"]
    sheet = ledger["汇总"]
    assert sheet["A1"].value == "月度督察台账"
    assert [cell.value for cell in sheet[2] if cell.value] == ["填报单位：乌海市", "填报时间：2024年7月", "单位：个、万元"]
    assert [cell.value for cell in sheet[3]] == [
        "区", "任务数（个）", None, "认定数（个）", None, "规范化建设支出补助（个）", None, "验收数", "拨付数", "资金（万元）", None,
        None, "信息更新", None, None, "财政补助标记", None, None, "未完成程序", None, None, None, None, "问题数", "较上月", "建议"]
    assert [cell.value for cell in sheet[4]][1:23] == [
        *("合作社", "家庭农牧场") * 3, None, None, "下达", "拨付", "支付进度（%）", "应更新", "已更新", "更新率（%）", "应标记",
        "已标记", "标记率（%）", "方案备案", "平台上传", "中期检查", "验收", "总结报送"]
    assert {"A3:A4", "B3:C3", "F3:G3", "J3:L3", "M3:O3", "P3:R3", "S3:W3", "X3:X4", "Z3:Z4"} <= merges(sheet)
    assert (sheet.print_title_rows, sheet.page_setup.fitToWidth) == ("$3:$4", 1)


def test_form_10_rows_and_their_sum(ledger):
    sheet, dash = ledger["汇总"], "—"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=8)]
    assert rows[0] == ["海勃湾区", 3, 3, 3, 2, 1, 0, 5, 4, 40, 12.345678, 30.8642, 3, 2, 66.6667, 2001, 2000, 99.95,
                       "未完成（12天）", "逾期完成（5天）", "未到期", dash, dash, 2, 1, "建议核减"]  # fmt: skip
    assert rows[1] == ["海南区", 5, 5, *[dash] * 21, "上月无数据", dash]
    assert rows[2] == ["乌达区", 2, 2, 2, 2, 0, 1, 0, 0, 10, 0, 0, 0, 0, dash, 4, 4, 100, dash, dash, dash, "已完成", dash, 0,
                       -3, dash]  # fmt: skip
    # awards of 海南区 are unknown, so that their sums are
    assert rows[3] == ["合计", 10, 10, *[dash] * 15, *[None] * 5, dash, None, None]
    assert [sheet[f"{letter}5"].number_format for letter in "BJKLRY"] == [
        "0", "#,##0.00", "#,##0.000000", "0.0", "0.00", "+0;-0;0"]
    assert [fills(sheet, row) for row in (5, 6, 7, 8)] == [{MARK}, {None}, {None}, {None}]
    foot = [sheet[f"A{row}"].value for row in range(9, 13)]
    assert "宽限期和次数文件未作规定，为系统默认" in foot[0]
    assert foot[1].startswith("注：未收到“")
    assert foot[1].endswith("（programme.award），相应各栏未知，以“—”表示，不作0计。")
    assert foot[2:] == [OWN, "填报人："]


def test_form_10_lists_every_open_problem(ledger):
    sheet = ledger["明细"]
    assert [cell.value for cell in sheet[3]] == [
        "序号", "区", "主体类型", "主体名称", "支持方式", "问题", "依据", "首次发现月份", "持续天数", "整改期限", "数据来源"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=5)]
    assert rows == [
        [1, "海勃湾区", "家庭农场", "=乙农场", "奖励补助", "财政补助标记：未标记。", "乌农字〔2024〕48号五（四）",
         midnight(2024, 5, 1), 37, midnight(2024, 6, 24), "奖补/台账.xlsx［台账］第5行"],
        [2, "海勃湾区", "农民合作社", "甲社", "奖励补助", "认定后信息更新：未更新。", "乌农字〔2024〕48号五（四）",
         midnight(2024, 5, 1), 37, midnight(2024, 6, 24), "奖补/台账.xlsx［台账］第4行"]]
    assert (sheet["D4"].data_type, sheet["H4"].number_format, sheet["J4"].number_format) == ("s", "yyyy-mm", "yyyy-mm-dd")
    assert "各区行数之和等于汇总的问题数" in sheet["A6"].value
    traced = [[cell.value for cell in row][:4] for row in ledger["溯源"].iter_rows(min_row=3) if isinstance(row[1].value, int)]
    assert ["明细", 4, "=乙农场：财政补助标记", "海勃湾区"] in traced
    assert ["汇总", 5, "海勃湾区", "海勃湾区"] in traced


def test_form_10_drafts_the_notice(ledger):
    lines = [row[0].value for row in ledger["通报"].iter_rows() if row[0].value]
    assert lines[0] == "关于2024年7月奖补项目月度督察情况的通报"
    assert ("截至2024年7月31日，认定奖励补助农牧民合作社5个、家庭农牧场4个，规范化建设支出补助2个；检查12个对象，"
            "发现尚未解决的问题2项。海南区未报送奖补对象台账，不在上述数内。") in lines[2]  # fmt: skip
    assert lines[4] == ("　　（1）海勃湾区：应更新3个，已更新2个，更新率66.7%；应标记2001个，已标记2000个，标记率99.95%。"
                        "未及时更新信息的有1个（甲社）；未作财政补助标记的有1个（=乙农场）。连续通报2次。")  # fmt: skip
    assert lines[6] == "　　海勃湾区（连续通报2次）。连续通报2次的建议核减；次数为系统默认，文件未作规定。"
    assert lines[-2:] == ["（代拟稿：由系统按本月台账生成，须经审核签发后方为有效）", OWN]


def test_form_10_says_what_changed(ledger):
    sheet = ledger["较上月"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=6)]
    assert rows == [
        [1, "海勃湾区", "家庭农场", "丁农场", "奖励补助", 2, "—", "已不在台账", midnight(2024, 5, 1)],
        [2, "海勃湾区", "家庭农场", "=乙农场", "奖励补助", 0, 1, "新增", midnight(2024, 5, 1)]]
    notes = texts(ledger["数据说明"])
    assert "第1名 乌达区（0项÷5个＝0.00）；第2名 海勃湾区（2项÷7个＝0.29）" in notes
    assert "海勃湾区：2023年度“项目总结报告报送”未完成（244天）。" in notes


def test_form_10_of_a_first_month_and_without_its_input(tmp_path):
    book = openpyxl.load_workbook(rendered(empty_warehouse(), tmp_path, "150300")[10, "150300"])
    for name in ("汇总", "明细", "较上月"):
        assert "（programme.quota）" in texts(book[name])
    con = empty_warehouse()
    add_supervision(con)
    con.execute("update report_month set previous_edition = null")
    con.execute("update supervision_award set change = '首期'")
    con.execute("update supervision_county set edition_state = '首期', problems_change = null")
    book = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[10, "150300"])
    assert "首期，没有上月的台账可比。" in texts(book["较上月"])
    assert [book["汇总"][f"Y{row}"].value for row in (5, 6, 7)] == ["首期"] * 3


def shell(code: str, **values) -> dict:
    return {"credit_code": code, "county_code": "150302", "name": f"{code}社", "founded_on": date(2013, 12, 26), "status": "正常",
            "months_listed": 0, "change": "—", "disposal": "无", "simplified_closed": False} | values  # fmt: skip


def add_shells(con) -> None:
    insert(con, "shell_status", [
        shell("C1", status="疑似空壳", kinds="1,2", months_listed=3, first_month=date(2024, 5, 1), change="续列"),
        shell("C2", status="确认", kinds="2", months_listed=1, first_month=date(2024, 7, 1), change="新列", name="=1+1",
              decided_on=date(2024, 4, 20), decision_word="维持", pleaded_on=date(2024, 3, 20), disposal="引导注销",
              disposal_due_on=date(2024, 9, 30), legal_next_step="补报年报", simplified_closed=True),
        shell("C3", legal_next_step="移出经营异常名录", simplified_closed=True),
        shell("C4", change="移出", status="排除"),
        shell("C5"),
        shell("C6", county_code="150304", status="整改中", months_listed=2, first_month=date(2024, 6, 1), change="续列",
              deadline=date(2024, 8, 31), disposal="限期整改")])
    insert(con, "cooperative", [
        {"key": f"C{place}", "credit_code": f"C{place}", "in_force": True, "delivered_on": date(2024, 7, 25), "county_code": "150302",
         "content_hash": "b" * 64, "file_name": "登记.csv", "sheet": "", "row_number": place + 1} for place in range(1, 7)])
    insert(con, "shell_flag", [
        {"credit_code": "C1", "county_code": "150302", "rule_id": rule, "outcome": outcome, "evidence_date": day,
         "sentence": sentence, "parameters": json.dumps(values)}
        for rule, outcome, day, sentence, values in (
            ("K05", "fired", date(2023, 12, 31), "{first}至{last}年度连续{years}年既无经营收入也无成员交易。",
             {"first": 2022, "last": 2023, "years": 2}),
            ("K02", "fired", date(2022, 12, 31), "成员{members}名，少于法定的5名。", {"members": 4}),
            ("K12", "unknown", None, None, None))])
    insert(con, "shell_evidence", [
        {"credit_code": "C1", "rule_id": "K05", "place": 1, "table_id": "coop_finance.statement", "fact_on": date(2023, 12, 31),
         "content_hash": "c" * 64, "file_name": "财务.xlsx", "sheet": "表", "first_row": 88, "last_row": 90}])
    insert(con, "asof_gsxt__abnormal_listing", [
        {"credit_code": code, "county_code": "150302", "reason": reason, "listed_on": day, "listing_state": state,
         "content_hash": "d" * 64, "file_name": "名录.xls", "sheet": "", "row_number": 7, "snapshot_date": date(2024, 7, 30)}
        for code, reason, day, state in (
            ("C2", "未按期年报", date(2023, 11, 19), "在列"), ("C3", "通过登记的住所无法联系", date(2024, 2, 1), "未见于最新名录"),
            ("C5", "未按期年报", date(2022, 7, 9), "已移出"), ("C9", "未按期年报", date(2022, 7, 9), "在列"))])
    insert(con, "asof_office__shell_case", [
        {"credit_code": "C2", "step": "申辩中", "done_on": date(2024, 3, 20), "note": "仍在经营", "decided_by": "王经办", "content_hash": "e" * 64,
         "file_name": "决定.xlsx", "sheet": "办理", "row_number": 3, "snapshot_date": date(2024, 7, 30)}])


def add_file_decisions(con) -> None:
    """One delivery of the county refused; one of another county is of no concern to it."""
    for number, county_code in (("1", "150302"), ("2", "150304")):
        name = "市场监管/登记.csv" if number == "1" else "别处.csv"
        day = date(2024, 6, 20 + int(number))
        insert(con, "received_sheet", [
            {"content_hash": number * 64, "file_name": name, "sheet": "", "table_id": "gsxt.registration", "outcome": "accepted",
             "snapshot_date": day, "sheet_index": 0, "rows_read": 1, "accepted": 1, "received_order": 9}])
        insert(con, "delivery_batch", [{"table_id": "gsxt.registration", "county_code": county_code, "snapshot_date": day}])
        insert(con, "file_decision", [
            {"content_hash": number * 64, "sheet": "", "is_accepted": False, "decided_on": date(2024, 7, 23)}])
        insert(con, "asof_office__delivery_decision", [
            {"file": name.split("/")[-1], "decided_by": "赵经办", "decided_on": date(2024, 7, 23)}])


@pytest.fixture(scope="module")
def shells(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int | None, str | None], Path]:
    con = empty_warehouse()
    add_shells(con)
    add_file_decisions(con)
    return rendered(con, tmp_path_factory.mktemp("shells"), "150300", "150302")


def test_form_11_header_and_rows(shells):
    sheet = openpyxl.load_workbook(shells[11, "150302"]).worksheets[0]
    assert [sheet["A1"].value, *(cell.value for cell in sheet[2] if cell.value)] == [
        "空壳社、列异社清理台账", "填报单位：海勃湾区", LEAD, "填报时间：2024年7月"]
    assert [cell.value for cell in sheet[3]] == [
        "序号", "旗县", "合作社名称", "统一社会信用代码", "登记日期", "线索", None, None, "核查", None, None, "列异", None, "状态",
        "处置", None, None, "法定下一步", "首次列账月份", "在账月数", "较上月"]
    assert [cell.value for cell in sheet[4]][5:17] == [
        "类型", "说明", "证据日期", "日期", "结论", "申辩意见", "原因", "列入日期", None, "措施", "期限", "完成日期"]
    assert {"A3:A4", "F3:H3", "I3:K3", "L3:M3", "N3:N4", "O3:Q3", "U3:U4"} <= merges(sheet)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=8)]
    founded = midnight(2013, 12, 26)
    assert rows == [
        [1, "海勃湾区", "C1社", "C1", founded, "无农民成员实际参与、无实质性生产经营活动",
         "K02 成员4名，少于法定的5名。K05 2022至2023年度连续2年既无经营收入也无成员交易。", "2023-12-31", None, None, None, None,
         None, f"疑似空壳（{LEAD}）", None, None, None, None, "2024-05", 3, "续列"],
        [2, "海勃湾区", "=1+1", "C2", founded, "无实质性生产经营活动", None, None, "2024-04-20", "维持", "2024-03-20 仍在经营",
         "未按期年报", "2023-11-19", "确认", "引导注销", "2024-09-30", None, "补报年报（不适用简易注销）", "2024-07", 1, "新列"],
        [3, "海勃湾区", "C3社", "C3", founded, *[None] * 6, "通过登记的住所无法联系（未见于最新名录）", "2024-02-01", "正常", None,
         None, None, "移出经营异常名录（不适用简易注销）", None, 0, "—"],
        [4, "海勃湾区", "C4社", "C4", founded, *[None] * 8, "排除", *[None] * 5, 0, "移出"]]
    assert [sheet[f"{letter}5"].number_format for letter in "AEDT"] == ["0", "yyyy-mm-dd", "@", "0"]
    assert [fills(sheet, row) for row in (5, 6, 7, 8)] == [{MARK}, {MARK}, {None}, {None}]
    assert (sheet["C6"].data_type, sheet["C6"].quotePrefix) == ("s", True)
    assert sheet["A9"].value.startswith("注：1.共 4 社：疑似空壳 1、确认 1、排除 1、正常 1；在经营异常名录上的 2 社。")
    assert f"“疑似空壳”为{LEAD}" in sheet["A9"].value
    assert sheet["A10"].value == OWN


def test_form_11_of_a_prefecture_and_what_it_leaves_out(shells):
    book = openpyxl.load_workbook(shells[11, "150300"])
    sheet = book.worksheets[0]
    assert [sheet[f"A{row}"].value for row in range(5, 12)] == ["海勃湾区", 1, 2, 3, 4, "乌达区", 5]
    assert [sheet[f"{letter}11"].value for letter in "NOP"] == ["整改中", "限期整改", "2024-08-31"]
    assert "C9（C9）" not in texts(sheet)
    traced = [[cell.value for cell in row][1:8] for row in book["溯源"].iter_rows(min_row=3) if isinstance(row[1].value, int)]
    assert [6, "C1社（C1） K05", "海勃湾区", "合作社财务 · 盈余及盈余分配表", "财务.xlsx", "表", "88–90"] in traced
    assert any(line[1] == "=1+1（C2）" and line[4:] == ["决定.xlsx", "办理", "3"] for line in traced)


def test_notes_list_what_the_office_decided(shells):
    rows = [[cell.value for cell in row if cell.value is not None]
            for row in openpyxl.load_workbook(shells[11, "150302"])["数据说明"].iter_rows()]  # fmt: skip
    at = rows.index(["七、人工认定"])
    assert rows[at + 1 :] == [
        ["对象", "认定", "经办人", "日期"], ["=1+1（C2）", "申辩中", "王**", "2024-03-20"],
        ["数据批次 市场监管/登记.csv", "不采用", "赵**", "2024-07-23"]]
    others = [[cell.value for cell in row if cell.value is not None]
              for row in openpyxl.load_workbook(shells[17, "150302"])["数据说明"].iter_rows()]  # fmt: skip
    assert ["数据批次 市场监管/登记.csv", "不采用", "赵**", "2024-07-23"] in others
    assert ["七、人工认定"] in others


def test_form_11_names_what_is_listed_but_not_in_force(shells):
    notes = texts(openpyxl.load_workbook(shells[11, "150302"])["数据说明"])
    assert "C9（C9）" in notes
    assert "在经营异常名录上，但在截止日期不属于存续的合作社，未列入" in notes


def test_form_11_without_its_input(tmp_path):
    sheet = openpyxl.load_workbook(rendered(empty_warehouse(), tmp_path, "150302")[11, "150302"]).worksheets[0]
    assert "（gsxt.registration）" in sheet["A5"].value
    assert [sheet["B2"].value, sheet["A6"].value] == [None, OWN]


def test_hostile_texts_come_through_as_text(tmp_path):
    con = empty_warehouse()
    insert(con, "shell_status", [
        shell(f"H{place}", name=value, status="关注", months_listed=1) for place, value in enumerate(HOSTILE)])
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150302")[11, "150302"]).worksheets[0]
    found = [sheet[f"C{row}"] for row in range(5, 11)]
    assert {cell.data_type for cell in found} == {"s"}
    assert [cell.value for cell in found[:5]] == ["=1+1", "@x", "-2", "控制", "😀ᠮᠣᠩᠭᠣᠯ"]
    assert found[5].value == "长" * 32_766 + "…"
    assert cells(sheet)["A1"] == "空壳社、列异社清理台账"
