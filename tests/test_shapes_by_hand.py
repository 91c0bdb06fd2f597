"""What people add to an export by hand: column numbers, signatures and notes below, a year left out, two tables on a page."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from receive_kit import COOP_1, COOP_2, lake, quota_rows, workbook, workbooks
from test_recognise_forms import ANNEX_2, ANNEX_5, ANNEX_6

from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

NOW = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)
MODIFIED = datetime(2024, 8, 1, 9, 0, tzinfo=UTC).timestamp()
COUNTS = "outcome, rows_read, accepted, rejected, out_of_scope, ignored"
HEAD = ["统一社会信用代码", "企业名称", "成立日期", "类型", "成员出资总额（万元）", "登记状态"]
FARM = ["家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇", "经营面积（亩）", "最近更新日期"]

UNDATED_ANNEX_2 = [["附件2"], ["培育壮大农牧民合作社奖励补助基本情况表"], *ANNEX_2[2:]]


def coop(code: str, name: str) -> list:
    return [code, name, "2015-05-01", "农民专业合作社", 50, "存续"]


@pytest.fixture
def settings(tmp_path) -> Settings:
    (tmp_path / "inbox").mkdir()
    return Settings(home=tmp_path)


def landed(settings: Settings, columns: str) -> list[tuple]:
    for path in settings.inbox.rglob("*.*"):
        os.utime(path, (MODIFIED, MODIFIED))
    receive(settings, now=NOW)
    return lake(settings, "sheets", columns, "file_name, sheet_index")


class TestColumnNumbers:
    @pytest.mark.parametrize("numbers", [[1, 2, 3, 4, 5, 6], ["甲", "乙", 1, 2, 3, 4], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
                                         ["栏次", 1, 2, 3, 4, 5], [None, 1, 2, 3, 4, 5]])
    def test_a_row_that_counts_the_columns_is_ignored_wherever_it_is_printed(self, settings, numbers):
        """The total says so too: it would be off by the number in its column."""
        rows = [["登记信息"], HEAD, numbers, coop(COOP_1, "甲社"), HEAD, numbers, coop(COOP_2, "乙社"), ["合计", *[None] * 3, 100]]
        workbook(settings.inbox / "登记20240725.xlsx", rows)
        assert landed(settings, COUNTS) == [("accepted", 6, 2, 0, 0, 4)]
        assert lake(settings, "issues", "code") == []

    def test_a_row_of_small_figures_is_data(self, settings):
        rows = [["2024年度任务分配表"], quota_rows()[3], ["海勃湾区", 1, 2], ["乌达区", 2, 3], ["海南区", 3, 4]]
        workbook(settings.inbox / "任务.xlsx", rows)
        assert landed(settings, COUNTS) == [("accepted", 3, 3, 0, 0, 0)]

    def test_three_header_rows_with_letters_below(self, settings):
        rows = [["附表1"], ["家庭农牧场情况统计表"], ["序号", "家庭农场名称", "基本情况", None, None, "县（旗、区）"],
                [None, None, "经营者姓名", "经营面积", None, None], [None, None, None, "耕地（亩）", "林地（亩）", None],
                ["甲", "乙", 1, 2, 3, 4], [1, "样例农场", "样例某", 12, 3, "海勃湾区"]]
        workbook(settings.inbox / "名录20240725.xlsx", rows,
                 merges=["C3:E3", "D4:E4", "A3:A5", "B3:B5", "F3:F5", "C4:C5"])
        assert landed(settings, f"header_row, last_header_row, {COUNTS}") == [(3, 5, "accepted", 2, 1, 0, 0, 1)]
        assert lake(settings, "typed/farm_directory.farm", "name, cropland_area, forest_area, county_code, row_number") == [
            ("样例农场", Decimal("12.00"), Decimal("3.00"), "150302", 7)]


class TestBelowTheTable:
    @pytest.mark.parametrize("foot", [
        [["填报人：样例某", None, "填报时间：2024年7月25日"]],
        [["填报单位（盖章）：", "海勃湾区农牧局", None, "填报时间：", "2024-07-25"]],
        [["审核人（签字）：样例", None, None, "日期：2024年7月25日"]],
        [["备注：1.出资额按章程填写。"], ["2.数据截至7月底。"], [None, None, None, None, "制表日期：2024.7.25"]]])
    def test_the_date_signed_below_is_the_date_of_the_sheet(self, settings, foot):
        workbook(settings.inbox / "登记.xlsx", [["登记信息"], HEAD, coop(COOP_1, "甲社"), *foot])
        assert landed(settings, f"snapshot_date, snapshot_date_assumed, {COUNTS}") == [
            (date(2024, 7, 25), False, "accepted", 1 + len(foot), 1, 0, 0, len(foot))]

    def test_the_file_name_and_the_line_above_come_first(self, settings):
        table = [HEAD, coop(COOP_1, "甲社"), ["填报时间：2024年7月25日"]]
        workbook(settings.inbox / "登记20240722.xlsx", table)
        workbook(settings.inbox / "登记上.xlsx", [["填报时间：2024年7月23日"], *table])
        assert landed(settings, "snapshot_date") == [(date(2024, 7, 22),), (date(2024, 7, 23),)]

    def test_the_body_signed_below_names_the_county(self, settings):
        headers = [h for h in FARM if not h.startswith("县")]
        rows = [headers, ["样例农场", "样例某", "样例镇", 3, "2024-07-01"], ["填报单位：乌海市乌达区农牧局"]]
        workbook(settings.inbox / "名录20240725.xlsx", rows)
        assert landed(settings, f"named_counties, {COUNTS}") == [("150304", "accepted", 2, 1, 0, 0, 1)]

    def test_a_short_row_among_the_data_is_no_note(self, settings):
        """A page's footer, then more data: the lone cell between is a faulty row and not lost."""
        rows = [HEAD, coop(COOP_1, "甲社"), ["制表人：样例"], [None, "丙社"], coop(COOP_2, "乙社")]
        workbook(settings.inbox / "登记20240725.xlsx", rows)
        assert landed(settings, COUNTS) == [("partly", 4, 2, 1, 0, 1)]


class TestYearLeftOut:
    """附件2–6 come without 年度: names around the table say it, else the date that the file itself bears, reported."""

    def test_the_year_of_the_filing_date_is_taken_and_reported(self, settings):
        workbook(settings.inbox / "a.xlsx", UNDATED_ANNEX_2)
        assert landed(settings, "outcome, accepted") == [("accepted", 2)]
        assert lake(settings, "typed/programme.award", "distinct year") == [(2024,)]
        [(row, column, code, sentence)] = lake(settings, "issues", "row_number, column_name, code, sentence")
        assert (row, column, code) == (4, "年度", "MISSING_VALUE")
        assert "推定为 2024 年" in sentence and "2024-07-31" in sentence

    @pytest.mark.parametrize(("name", "year"), [("2023年度/a.xlsx", 2023), ("2023年附件2.xlsx", 2023), ("附件2（2023）.xlsx", 2023)])
    def test_what_the_names_say_goes_first_and_is_no_finding(self, settings, name, year):
        workbook(settings.inbox / name, UNDATED_ANNEX_2)
        assert landed(settings, "outcome") == [("accepted",)]
        assert lake(settings, "typed/programme.award", "distinct year") == [(year,)]
        assert lake(settings, "issues", "code") == []

    def test_a_scorecard_dated_by_its_name(self, settings):
        workbook(settings.inbox / "海南区附件5_20241210.xlsx", ANNEX_5)
        workbook(settings.inbox / "海南区附件6_20241210.xlsx", [*ANNEX_6[:2], ["区：海南区"], *ANNEX_6[3:]])
        landed(settings, "outcome")
        assert lake(settings, "typed/programme.scorecard", "year, county_code, form, count(*) over (partition by form)") == [
            *[(2024, "150303", "附件5", 4)] * 4, *[(2024, "150303", "附件6", 3)] * 3]
        assert lake(settings, "issues", "column_name, code") == [("评价年度", "MISSING_VALUE")] * 2

    def test_a_date_that_is_assumed_itself_says_no_year(self, settings):
        workbook(settings.inbox / "海南区附件5.xlsx", ANNEX_5)
        [(outcome, code, sentence)] = landed(settings, "outcome, reason_code, reason")
        assert (outcome, code) == ("rejected", "MISSING_COLUMN")
        assert "“评价年度”（也可以写在标题、文件名或文件夹名中，如“2024年度”）" in sentence

    def test_a_quota_is_no_filled_form_and_needs_its_year_in_print(self, settings):
        workbook(settings.inbox / "任务分配表20240725.xlsx", quota_rows())
        assert landed(settings, "outcome, reason_code") == [("rejected", "MISSING_COLUMN")]


class TestSeveralTables:
    def test_one_district_a_sheet(self, settings):
        headers = [h for h in FARM if not h.startswith("县")]
        sheets = {name: [headers, [f"{name}农场", "样例某", "样例镇", 3, "2024-07-01"]] for name in ("海勃湾区", "海南区", "乌达区")}
        workbooks(settings.inbox / "名录2024年7月.xlsx", sheets | {"说明": [["请各区填报"]]})
        assert landed(settings, "sheet, outcome, named_counties, snapshot_date") == [
            *[(name, "accepted", code, date(2024, 7, 31)) for name, code in
              (("海勃湾区", "150302"), ("海南区", "150303"), ("乌达区", "150304"))],
            ("说明", "ignored", None, date(2024, 7, 31))]
        assert lake(settings, "typed/farm_directory.farm", "name, county_code, scope") == [
            ("乌达区农场", "150304", "150304|样例镇"), ("海勃湾区农场", "150302", "150302|样例镇"),
            ("海南区农场", "150303", "150303|样例镇")]

    @pytest.mark.parametrize("between", [[[]], [["家庭农场名录"]], [[], ["家庭农场名录"]]])
    def test_another_table_below_the_first_refuses_the_sheet(self, settings, between):
        """Read as one table its rows would be counted as other enterprises."""
        rows = [["登记信息"], HEAD, coop(COOP_1, "甲社"), *between, FARM, ["样例农场", "样例某", "海勃湾区", "样例镇", 3, "2024-07-01"]]
        workbook(settings.inbox / "两张表20240725.xlsx", rows)
        [(code, read, rejected, reason)] = landed(settings, "reason_code, rows_read, rejected, reason")
        assert (code, read, rejected) == ("AMBIGUOUS", len(rows) - 2, len(rows) - 2)
        assert f"第 {4 + len(between)} 行" in reason and "家庭农场名录" in reason
        assert lake(settings, "typed/gsxt.registration") == []

    def test_the_same_header_again_is_the_same_table(self, settings):
        rows = [HEAD, coop(COOP_1, "甲社"), [], HEAD, coop(COOP_2, "乙社")]
        workbook(settings.inbox / "登记20240725.xlsx", rows)
        assert landed(settings, COUNTS) == [("accepted", 4, 2, 0, 0, 2)]
