"""Official forms as districts return them, and our own printed pages: from the inbox to typed rows (spec 1.1, 6.6.1)."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from receive_kit import COOP_1, lake, quota_rows, receipt, recogniser, workbook, workbooks

from dagster_project.receive.landing import receive
from dagster_project.receive.readers import read
from dagster_project.receive.refusal import Refusal
from dagster_project.settings import Settings

NOW = datetime(2024, 12, 22, 9, 0, tzinfo=UTC)
MODIFIED = datetime(2024, 12, 21, 12, 0, tzinfo=UTC).timestamp()
OUTCOME = "file_name, table_id, variant, outcome, rows_read, accepted, rejected, ignored, drift"

ANNEX_2 = [
    ["附件2"], ["2024年度培育壮大农牧民合作社奖励补助基本情况表"],
    ["区：海勃湾区", None, None, "填报时间：2024年  7月", None, None, None, None, "单位：人、户、万元"],
    ["序号", "镇", "合作社名称", "登记日期", "实有成员总数", "主要产业", "年经营收入", "带动非成员农户数", "带动脱贫人口", "带动监测户",
     "项目建设主要内容", "示范级别"],
    [1, "千里山镇", "甲农民专业合作社", "2015-05-01", 20, "葡萄", 12.5, 30, 2, 1, "冷库", "旗县级"],
    [2, "千里山镇", "乙农民专业合作社", "2016-05-01", 30, "蔬菜", 7.25, 40, None, 0, "大棚", "无"],
    [None, "合计", None, None, 50, None, 19.75, 70, 2, 1, None, None],
    ["备注：实有成员数、带动非成员农牧户、年经营收入均为2023年底数"],
]
ANNEX_3 = [
    ["附件3"], ["2024年度培育壮大家庭农牧场奖励补助基本情况表"],
    ["区：乌达区", None, None, "填报时间：2024年7月", None, None, None, None, None, "单位：人、户、万元"],
    ["序号", "镇", "家庭农牧场名称", "登记日期", "主要产业", "年经营收入", "项目建设主要内容", "带动农区居民数", None, None, "赋码情况", "示范级别"],
    [None] * 7 + ["总人数", "其中：脱贫人数", "监测户", None, None],
    [1, "乌兰淖尔镇", "丙家庭农牧场", "2020-03-01", "养羊", 3, "棚圈", 12, 4, 1, "A23456789012345678", "市级"],
    [2, "乌兰淖尔镇", "丁家庭农牧场", "2021-03-01", "种植", 4, "滴灌", 8, 0, 0, "已赋码", None],
    [None, "合计", None, None, None, 7, None, 20, 4, 1, None, None],
    ["填报人：某某", None, None, None, "审核：", None, None, None, "分管领导："],
]
ANNEX_3_MERGES = ["A2:L2", "H4:J4", "K4:K5", "L4:L5", *(f"{c}4:{c}5" for c in "ABCDEFG")]
ANNEX_4 = [
    ["附件4"], ["政府购买服务绩效评价汇总表"], ["填报单位：乌海市乌达区农牧水务局", *[None] * 11, "填报时间：2024年12月10日"],
    ["序号", "服务机构名称", "辅导服务区域", "服务期限", "招标采购合同金额（万元）", "服务主体数量", None, None, None, "辅导服务开展方式", None,
     "服务效果", None, None, None, "服务主体满意度调查综合评分（百分制）", "综合得分（百分制）"],
    [None] * 5 + ["服务合作社数量（个）", "占区域内比例（%）", "服务家庭农牧场数量（个）", "占区域内比例（%）", "集中培训（人次）", "入户辅导（次数）",
                  "完成代理记账的主体数量（个）", "合作社账目规范率（%）", "列异社移除率（%）", "家庭农牧场赋码率（%）"],
    [1, "样例服务公司", "乌达区", "2024年8月1日—2027年7月31日", 5, 12, 40, 30, 25.5, 100, 60, 8, 90, 50, 85, 92, 88.5],
    [2, "样例咨询中心", "乌达区", "2024-09-01 至 2026-08-31", 4.8, 12, 40, 30, 25.5, 100, 60, 8, 90, 50, 85, 92, None],
    [3, "样例记账公司", "乌达区", "三年", 4.8, 12, 40, 30, 25.5, 100, 60, 8, 90, 50, 85, 92, None],
]
ANNEX_4_MERGES = ["F4:I4", "J4:K4", "L4:O4", *(f"{c}4:{c}5" for c in "ABCDEPQ")]
ANNEX_5 = [
    ["附件5"], ["支持农牧民合作社发展项目资金绩效评价表"], ["区：海南区"],
    ["考核指标", "评价标准", "分值", "评价依据", "得分"],
    ["项目准备\n（25分）", "1.区农牧部门要分别制定资金奖补和政府采购的具体实施方案。", 7, "项目实施方案、申报资料、相关文件等", 6.5],
    [None, "2.各区要建立项目实施领导机构。", 5, None, 5],
    ["项目实施\n（50分）", "13. 各区建立支持合作社项目库。", 4, "现场查看", 0],
    ["扣分项", "21.经各级监察、审计、财政监督机构等查出问题。", -20, None, -2],
    ["合计", "分数", 100, None, 9.5],
    ["备注：考核分值保留1位小数。"], ["绩效评价小组人员签字："],
]
ANNEX_6 = [
    ["附件6"], ["支持家庭农牧场发展补助资金绩效评价表"], ["区：海南区", None, None, "评价年度：2024"],
    ["考评指标", "评价标准", "分值", "评价依据", "得分"],
    ["项目准备 （40分）", "项目实施区制定《家庭农牧场奖励补助方案》。", 5, "查看项目实施方案", 4],
    [None, "项目实施区成立项目推进机构。", 5, None, None],
    ["项目实施（30分）", "项目实施区的家庭农牧场“一码通”赋码率80%以上。", 6, "现场查看", 6],
    ["合计", None, None, None, 10], ["绩效评价小组人员签字："],
]


def evaluation(name: str, grade: str, certificate: str | None = "FDY0001", seal: str = "2024年12月20日") -> list[list]:
    rows = [
        ["附件2"], ["新型农牧业经营主体辅导员绩效评价表(2024)年度"],
        ["姓名", name, "性别", None, "出生年月", "1980-01"], ["职称", "无", "辅导业务分类", "财务会计", "证书编号", certificate],
        ["工作单位", "样例站", None, "入选时间", "2023-06-01", None], ["工作小结", "本年度上门60次。"],
        ["指标", "评价内容", None, "辅导效果", None, "评价情况"],
        ["数量\n指标", "联系服务的新型农牧业\n经营主体数量", None, "（系统取数）12个", None, "较多"],
        [None, "联系沟通频次", None, "（系统取数）60次", None, "频繁"],
        ["质量指标", "规范管理、制度建设方面", None, None, None, "较好"], [None, "生产技术创新方面", None, None, None, None],
        [None, "质量提升方面(发展壮大、带动增收、空壳社清理情况等)", None, None, None, "一般"],
        ["满意度指标", "新型农牧业经营主体对辅导员工作的评价", None, None, None, "满意"],
        [None, "辅导员与农牧部门的配合程度", None, None, None, "好"], [None, "辅导员政策宣传和信息报送情况", None, None, None, "及时"],
        ["综合评价结果", grade], [None, "考核单位盖章：样例旗农牧局"], [None, seal], ["备注", "无"],
        ["填写说明：每年度由辅导员填写个人情况及服务情况，评价情况由考核单位填写。"],
    ]
    return rows


@pytest.fixture
def settings(tmp_path) -> Settings:
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    return Settings(home=tmp_path / "home", settle_seconds=60, threads=2)


def landed(settings: Settings) -> list[tuple]:
    for path in settings.inbox.rglob("*.xlsx"):
        os.utime(path, (MODIFIED, MODIFIED))
    receive(settings, now=NOW)
    for counts in lake(settings, "sheets", "rows_read, accepted, rejected, out_of_scope, ignored"):
        assert counts[0] == sum(counts[1:])
    return lake(settings, "sheets", OUTCOME, "file_name, sheet_index")


def test_annex_2_fills_the_ledger_of_cooperatives(settings):
    workbook(settings.inbox / "a.xlsx", ANNEX_2, merges=["A2:L2"])
    assert landed(settings) == [("a.xlsx", "programme.award", "annex_2", "accepted", 4, 2, 0, 2, None)]
    assert lake(settings, "typed/programme.award",
                "support, year, county_code, township_name, entity_type, name, members, annual_income, households_led, "
                "lifted_led, demonstration_level, snapshot_date, is_filled_form, entity_key", "row_number") == [
        ("奖励补助", 2024, "150302", "千里山镇", "农民合作社", "甲农民专业合作社", 20, Decimal("125000.00"), 30, 2, "旗县（区）级",
         date(2024, 7, 31), True, "2024|150302|农民合作社|甲农民专业合作社|奖励补助"),
        ("奖励补助", 2024, "150302", "千里山镇", "农民合作社", "乙农民专业合作社", 30, Decimal("72500.00"), 40, None, None,
         date(2024, 7, 31), True, "2024|150302|农民合作社|乙农民专业合作社|奖励补助")]
    assert lake(settings, "delivered") == []        # no delivery of its scope


def test_annex_3_with_its_group_and_codes(settings):
    workbook(settings.inbox / "b.xlsx", ANNEX_3, merges=ANNEX_3_MERGES)
    assert landed(settings) == [("b.xlsx", "programme.award", "annex_3", "accepted", 4, 2, 0, 2, None)]
    assert lake(settings, "typed/programme.award",
                "county_code, entity_type, name, farm_code, residents_led, lifted_led, monitored_led, annual_income",
                "row_number") == [
        ("150304", "家庭农场", "丙家庭农牧场", "A23456789012345678", 12, 4, 1, Decimal("30000.00")),
        ("150304", "家庭农场", "丁家庭农牧场", None, 8, 0, 0, Decimal("40000.00"))]
    assert lake(settings, "issues") == []


def test_a_ledger_with_its_own_columns_is_no_filled_form(settings):
    """Title and name column of 附件2, but the sheet says 主体类型 itself: it delivers."""
    rows = [["2024年度合作社奖励补助基本情况表"], ["年度", "区", "主体类型", "合作社名称", "统一社会信用代码", "状态"],
            [2024, "海勃湾区", "合作社", "甲农民专业合作社", COOP_1, "认定"]]
    workbook(settings.inbox / "c20241210.xlsx", rows)
    assert [line[1:4] for line in landed(settings)] == [("programme.award", None, "accepted")]
    assert lake(settings, "typed/programme.award", "support, is_filled_form, scope") == [
        ("奖励补助", False, "150302|2024|农民合作社")]
    assert lake(settings, "delivered", "scope, rows") == [("150302|2024|农民合作社", 1)]


def test_annex_4_splits_the_term_and_has_no_number(settings):
    workbook(settings.inbox / "d.xlsx", ANNEX_4, merges=ANNEX_4_MERGES)
    assert landed(settings) == [("d.xlsx", "programme.service_contract", "annex_4", "partly", 3, 2, 1, 0, None)]
    assert lake(settings, "typed/programme.service_contract",
                "contract_no, county_code, provider, starts_on, ends_on, amount, trainings, door_visits, satisfaction, "
                "evaluated_score, is_filled_form, snapshot_date", "row_number") == [
        (None, "150304", "样例服务公司", date(2024, 8, 1), date(2027, 7, 31), Decimal("50000.00"), 100, 60, Decimal("92.0000"),
         Decimal("88.5000"), True, date(2024, 12, 10)),
        (None, "150304", "样例咨询中心", date(2024, 9, 1), date(2026, 8, 31), Decimal("48000.00"), 100, 60, Decimal("92.0000"),
         None, True, date(2024, 12, 10))]
    [(code, raw)] = lake(settings, "rejected", "code, raw_value")
    assert (code, raw) == ("BAD_DATE", "三年")


def test_a_contract_list_without_numbers_is_refused(tmp_path):
    headers = ["区", "服务机构名称", "辅导服务区域", "服务期限起", "服务期限止", "招标采购合同金额（万元）"]
    [sheet] = read(workbook(tmp_path / "x.xlsx", [headers, ["x"] * 6]), Settings())
    with pytest.raises(Refusal, match="合同编号"):
        recogniser().recognise(sheet, receipt("x.xlsx"))


def test_scorecards_5_and_6(settings):
    workbook(settings.inbox / "2024" / "e.xlsx", ANNEX_5, merges=["A5:A6", "D5:D6"])
    workbook(settings.inbox / "f.xlsx", ANNEX_6, merges=["A5:A6", "D5:D6"])
    assert landed(settings) == [
        ("2024/e.xlsx", "programme.scorecard", "annex_5", "accepted", 7, 4, 0, 3, None),
        ("f.xlsx", "programme.scorecard", "annex_6", "accepted", 5, 3, 0, 2, None)]
    assert lake(settings, "typed/programme.scorecard", "form, item, score, year, county_code, is_filled_form", "form, item") == [
        ("附件5", 1, Decimal("6.5"), 2024, "150303", True), ("附件5", 2, Decimal(5), 2024, "150303", True),
        ("附件5", 13, Decimal(0), 2024, "150303", True), ("附件5", 21, Decimal(-2), 2024, "150303", True),
        ("附件6", 1, Decimal(4), 2024, "150303", True), ("附件6", 2, None, 2024, "150303", True),
        ("附件6", 3, Decimal(6), 2024, "150303", True)]
    assert lake(settings, "issues") == []


def test_a_scorecard_without_any_year_says_so(tmp_path):
    [sheet] = read(workbook(tmp_path / "e.xlsx", ANNEX_5), Settings())
    with pytest.raises(Refusal, match="评价年度"):
        recogniser().recognise(sheet, receipt("e.xlsx"))


def test_evaluations_one_sheet_a_person(settings):
    sheets = {"甲": evaluation("样例甲", "☐优秀　☑良好　☐合格　☐不称职"),
              "乙": evaluation("样例乙", "优秀□ 良好□ 合格□ 不称职√", "FDY0002", "    年    月    日"),
              "丙": evaluation("样例丙", "☐优秀　☐良好　☐合格　☐不称职", "FDY0003"),
              "丁": evaluation("样例丁", "☑优秀　☐良好", None)}
    workbooks(settings.inbox / "辅导员.xlsx", sheets)
    assert [line[1:8] for line in landed(settings)] == [
        ("advisor.evaluation", "annex_2", "accepted", 18, 1, 0, 17)] * 3 + [
        ("advisor.evaluation", "annex_2", "rejected", 18, 0, 1, 17)]
    assert lake(settings, "typed/advisor.evaluation",
                "year, certificate_no, advisor_name, entities_contacted, production_innovation, quality_improvement, "
                "policy_publicity, grade, assessor, evaluated_on, work_summary, remark", "certificate_no") == [
        (2024, "FDY0001", "样例甲", "较多", None, "一般", "及时", "良好", "样例旗农牧局", date(2024, 12, 20), "本年度上门60次。", None),
        (2024, "FDY0002", "样例乙", "较多", None, "一般", "及时", "不称职", "样例旗农牧局", None, "本年度上门60次。", None),
        (2024, "FDY0003", "样例丙", "较多", None, "一般", "及时", None, "样例旗农牧局", date(2024, 12, 20), "本年度上门60次。", None)]
    assert lake(settings, "rejected", "column_name, code, row_number") == [("证书编号", "MISSING_REQUIRED", 3)]
    assert [row[0] for row in lake(settings, "issues", "code")] == ["MISSING_VALUE"]


def test_direct_report_as_really_exported(settings):
    headers = ["序号", "农场主", "名称", "登记时间", "实有成员总数", "--其中农民成员数", "出资额", "种植面积", "种植面积", "年经营收入", "最近更新日期"]
    row = [1, "未认证农户", "甲农民专业合作社", "2015-05-01", 20, 18, 50, 3, 4, 12.5, "2024-06-01"]
    workbook(settings.inbox / "海勃湾区" / "新农直报_合作社20240725.xlsx", [headers, row])
    assert [line[1:] for line in landed(settings)] == [
        ("direct_report.entity", None, "accepted", 1, 1, 0, 0, '["种植面积", "种植面积_2"]')]
    assert lake(settings, "typed/direct_report.entity",
                "entity_type, name, principal, farmer_members, contribution, annual_income, county_code, drift") == [
        ("农民合作社", "甲农民专业合作社", None, 18, Decimal("500000.00"), Decimal("125000.00"), "150302",
         '{"种植面积":"3","种植面积_2":"4"}')]


@pytest.mark.parametrize(("title", "bodies", "scopes"), [
    ("辅导员名录库", ["农牧局", "供销社"], ["150302|*", "150302|供销社", "150302|农牧局"]),
    ("辅导员名录库", ["农牧局", "农牧局"], ["150302|农牧局"]),
    ("海勃湾区辅导员名录库", ["农牧局", "农牧局"], ["150302|*", "150302|农牧局"]),
    ("海勃湾区农牧局辅导员名录库", ["农牧局", "农牧局"], ["150302|农牧局"])])
def test_what_a_directory_speaks_for(settings, title, bodies, scopes):
    rows = [[title], ["证书编号", "姓名", "聘任部门", "县（旗、区）", "聘任日期"],
            *([f"FDY{n}", "样例某", body, "海勃湾区", "2023-01-01"] for n, body in enumerate(bodies))]
    workbook(settings.inbox / "名录20240725.xlsx", rows)
    landed(settings)
    assert [scope for (scope,) in lake(settings, "delivered", "scope")] == scopes


def test_titles_by_kind_of_entity(settings):
    rows = [["主体类型", "名称", "县（旗、区）", "示范级别", "认定日期"], ["合作社", "甲农民专业合作社", "海勃湾区", "市级", "2020-01-01"],
            ["家庭农场", "丙家庭农场", "海勃湾区", "区级", "2020-01-01"]]
    workbook(settings.inbox / "名录20240725.xlsx", rows)
    landed(settings)
    assert lake(settings, "typed/demonstration.roster", "title, level", "row_number") == [
        ("示范社", "盟市（市）级"), ("示范场", "旗县（区）级")]


def test_decisions_need_no_county(settings):
    rows = [["文件", "采用/不采用", "经办人", "日期"], ["登记信息20240725.xlsx", "采用", "样例某", "2024-08-01"]]
    workbook(settings.inbox / "确认.xlsx", rows)
    assert [line[1:4] for line in landed(settings)] == [("office.delivery_decision", None, "accepted")]
    assert lake(settings, "typed/office.delivery_decision", "file, decision, county_code") == [
        ("登记信息20240725.xlsx", "采用", None)]


RETURNED = [["序号", "合作社名称", "统一社会信用代码", "会计年度", "盈余返还"], [1, "甲社", COOP_1, 2023, 5]]


class TestOwnOutput:
    FOOT = "本表式为系统默认表式，非文件所附"

    def book(self, path: Path, sheets: dict[str, list[list]], creator: str) -> None:
        book = Workbook()
        book.remove(book.active)
        book.properties.creator = creator
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(path)

    def test_a_form_of_ours_is_no_data(self, settings):
        self.book(settings.inbox / "盈余返还核查表.xlsx", {"核查表": [*RETURNED, [self.FOOT]]}, "CoopLedger")
        [line] = landed(settings)
        assert line[1:8] == (None, None, "ignored", 3, 0, 0, 3)
        assert self.FOOT in lake(settings, "sheets", "reason")[0][0]
        assert lake(settings, "rejected") == []

    def test_companions_of_an_official_form_are_no_data_and_its_first_sheet_is(self, settings):
        companion = [["区", "培育壮大农牧民合作社数量（个）", "培育壮大家庭农牧场数量（个）"], ["海勃湾区", 9, 9]]
        sheets = {"任务分配表": quota_rows(), "任务进度": companion, "数据说明": [["x"]], "溯源_2": companion}
        self.book(settings.inbox / "2024年任务分配表.xlsx", sheets, "CoopLedger")
        assert [line[1:4] for line in landed(settings)] == [
            ("programme.quota", None, "accepted"), *[(None, None, "ignored")] * 3]
        assert lake(settings, "typed/programme.quota", "coops", "row_number") == [(3,), (2,), (5,)]

    def test_the_same_sheet_names_of_another_make_are_data(self, settings):
        self.book(settings.inbox / "2024年任务.xlsx", {"任务进度": quota_rows()}, "某区农牧局")
        assert [line[1] for line in landed(settings)] == ["programme.quota"]
