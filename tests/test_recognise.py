"""Which contract a sheet is: header blocks, units, context, variants, and refusals that name what is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from receive_kit import (
    MEMBER_HEADERS,
    ningbo_csv,
    ningbo_workbook,
    quota_rows,
    read_one,
    receipt,
    recognise,
    workbook,
)

from dagster_project.receive.context import date_in, snapshot_date, surroundings, year_in
from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.headers import label
from dagster_project.receive.recognise import Recogniser
from dagster_project.receive.refusal import Refusal
from dagster_project.receive.regions import load_regions

REGISTRY_10 = ["企业名称", "统一社会信用代码", "注册日期", "企业类型", "法人代表", "注册资金", "经营范围", "所在省份", "地区", "注册地址"]
FARM = ["一码通编码", "家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "经营面积（亩）", "年经营收入（万元）", "最近更新日期"]


def bound(found) -> dict[str, int | str | None]:
    """Contract column → column of the sheet, or the text that stands around the table."""
    return {b.column.name: b.context_value if b.index is None else b.index for b in found.plan.columns}


class TestLabels:
    @pytest.mark.parametrize(("text", "key", "unit"), [
        ("年经营收入（万元）", "年经营收入", "万元"), ("年经营收入 (元)", "年经营收入", "元"), ("年经营\n收入[单位：万元]", "年经营收入", "万元"),
        ("县（旗、区）", "县(旗、区)", None), ("交易量（额）", "交易量(额)", None), ("占比（％）", "占比", "%"),
        ("＊统一社会信用代码", "统一社会信用代码", None), ("--其中农民成员数", "其中农民成员数", None), ("入户辅导（次数）", "入户辅导", "次数"),
        ("综合得分（百分制）", "综合得分", "百分制"), ("ＩＤ　号", "id号", None)])
    def test_what_two_headers_have_in_common(self, text, key, unit):
        assert (label(text).key, label(text).unit) == (key, unit)


class TestDates:
    @pytest.mark.parametrize(("name", "day"), [
        ("登记信息20240725", date(2024, 7, 25)), ("登记信息2024-07-25", date(2024, 7, 25)), ("2024年7月25日名录", date(2024, 7, 25)),
        ("名录2024.07", date(2024, 7, 31)), ("名录2024年2月", date(2024, 2, 29)), ("20240101-20240725", date(2024, 7, 25)),
        ("2024.1.5至2024.06", date(2024, 1, 5)), ("2024年度任务", None), ("任务2024", None), ("20240231", None),
        ("编号1202407251", None), ("名录202407", date(2024, 7, 31))])
    def test_dates_in_names(self, name, day):
        assert date_in(name) == day

    def test_order_of_the_sources(self):
        known = date(2024, 8, 1), date(2024, 8, 2)
        assert snapshot_date("a/名录20240725.xlsx", "2024年7月20日", *known) == (date(2024, 7, 25), False, False)
        assert snapshot_date("a/名录.xlsx", "2024年7月", *known) == (date(2024, 7, 31), False, False)
        assert snapshot_date("2024.06/名录.xlsx", None, *known) == (date(2024, 6, 30), False, False)
        assert snapshot_date("a/名录.xlsx", "年   月", *known) == (date(2024, 8, 1), True, False)

    def test_a_modification_date_in_the_future_is_not_used(self):
        assert snapshot_date("名录.xlsx", None, date(2031, 1, 1), date(2024, 8, 2)) == (date(2024, 8, 2), True, True)

    def test_years(self):
        assert year_in("2024年度培育壮大农牧民合作社奖励补助基本情况表") == "2024"
        assert year_in("2024年任务分配表") == "2024"
        assert year_in("全市三年行动计划(2023-2025)任务进度表") is None
        assert year_in("任务分配表2024", loose=True) == "2024"
        assert year_in("任务分配表2024") is None
        assert year_in("名录20240725", loose=True) is None


class TestSurroundings:
    def test_lines_above_the_table(self):
        around = surroundings([["附件2"], ["2024年度培育壮大农牧民合作社"], ["奖励补助基本情况表"],
                               ["区：", "海勃湾区", None, "填报时间：2024年  7月", None, "单位：人、户、万元"]], 5)
        assert around.title == "2024年度培育壮大农牧民合作社奖励补助基本情况表"
        assert around.region_line == "海勃湾区"
        assert around.units == ("人", "户", "万元")
        assert date_in(around.time_line) == date(2024, 7, 31)

    def test_several_statements_in_one_cell(self):
        around = surroundings([["家庭农场名录"], ["填报单位：乌达区农牧局　　填报时间：2024年7月25日　　（单位：亩）"]], 3)
        assert (around.title, around.region_line, around.units) == ("家庭农场名录", "乌达区农牧局", ("亩",))
        assert date_in(around.time_line) == date(2024, 7, 25)


class TestPrintedForms:
    def test_quota_table_takes_its_year_from_the_file_name(self, tmp_path):
        path = workbook(tmp_path / "q.xlsx", quota_rows(), merges=["A2:D2", "A3:D3"])
        found = recognise(path, "2024年任务分配表.xlsx")
        assert found.plan.contract.id == "programme.quota"
        assert bound(found) == {"county_name": 0, "coops": 1, "farms": 2, "remark": 3, "year": "2024"}
        assert found.title == "培育壮大农牧民合作社、家庭农牧场任务分配表"
        assert (found.header_row, found.last_header_row) == (4, 4)

    def test_quota_table_without_any_year_names_the_missing_column(self, tmp_path):
        path = workbook(tmp_path / "q.xlsx", quota_rows())
        with pytest.raises(Refusal) as caught:
            recognise(path, "任务分配表.xlsx")
        assert (caught.value.code, caught.value.table_id) == ("MISSING_COLUMN", "programme.quota")
        assert "“年度”" in caught.value.sentence and "第 4 行" in caught.value.sentence

    @pytest.mark.parametrize("kind", ["xlsx", "csv"])
    def test_ningbo_table(self, tmp_path, kind):
        path = tmp_path / f"宁波市任务进度表.{kind}"
        if kind == "xlsx":
            ningbo_workbook(path)
        else:
            path.write_bytes(ningbo_csv().encode("gb18030"))
        found = recognise(path)
        assert (found.plan.contract.id, found.plan.variant.id) == ("supply_coop.target", "printed")
        assert found.corner == 0
        assert found.figures == {
            1: ("2023", "star_coops"), 2: ("2023", "led_coops"), 3: ("2023", "led_five_star"),
            4: ("2024", "star_coops"), 5: ("2024", "led_coops"), 6: ("2024", "led_five_star"),
            7: ("2025", "star_coops"), 8: ("2025", "led_coops"), 9: ("2025", "led_five_star")}
        assert "宁波市任务进度表" in found.plan.place_hints
        assert found.plan.unknown == ()


class TestHeaders:
    def test_ten_column_public_dump(self, tmp_path):
        (tmp_path / "d.csv").write_text(",".join(REGISTRY_10) + "\n" + ",".join("x" * 10) + "\n")
        found = recognise(tmp_path / "d.csv", "内蒙古20240725.csv")
        assert found.plan.contract.id == "gsxt.registration"
        assert bound(found) == {"name": 0, "credit_code": 1, "founded_on": 2, "kind": 3, "legal_representative": 4, "capital": 5,
                                "business_scope": 6, "province_name": 7, "prefecture_name": 8, "domicile": 9}
        assert found.plan.snapshot_date == date(2024, 7, 25) and not found.snapshot_assumed

    def test_two_header_rows_with_merged_groups(self, tmp_path):
        rows = [["家庭农场名录"], ["序号", "基本信息", None, None, "地址", None, "经营情况", None],
                [None, "一码通编码", "家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "经营面积（亩）", "年经营收入（元）"],
                [1, "A", "甲", "张某", "乌达区", "乌兰淖尔镇", 10, 20]]
        found = recognise(workbook(tmp_path / "f.xlsx", rows, merges=["A1:H1", "A2:A3", "B2:D2", "E2:F2", "G2:H2"]))
        assert found.plan.contract.id == "farm_directory.farm"
        assert (found.header_row, found.last_header_row) == (2, 3)
        assert bound(found) == {"farm_code": 1, "name": 2, "operator": 3, "county_name": 4, "township_name": 5,
                                "operated_area": 6, "annual_income": 7}
        income = found.plan.bound("annual_income")
        assert (income.header, income.unit) == ("经营情况-年经营收入（元）", "元")

    def test_groups_of_a_csv_reach_to_the_next_label(self, tmp_path):
        (tmp_path / "f.csv").write_text("家庭农场名称,地址,,经营情况,\n,县（旗、区）,乡镇（苏木）,经营面积（亩）,主营类型\n甲,乌达区,某镇,1,种植\n")
        found = recognise(tmp_path / "f.csv")
        assert bound(found) == {"name": 0, "county_name": 1, "township_name": 2, "operated_area": 3, "main_business": 4}
        assert found.plan.bound("township_name").header == "地址-乡镇（苏木）"

    def test_a_leaf_that_is_not_unique_is_not_taken(self, tmp_path):
        rows = [["家庭农场名称", "县（旗、区）", "自有", None, "流转", None], [None, None, "耕地", "林地", "耕地", "草地"],
                ["甲", "乌达区", 1, 2, 3, 4]]
        found = recognise(workbook(tmp_path / "f.xlsx", rows, merges=["A1:A2", "B1:B2", "C1:D1", "E1:F1"]))
        assert bound(found) == {"name": 0, "county_name": 1, "forest_area": 3, "grassland_area": 5}
        assert found.plan.unknown == ((2, "自有-耕地"), (4, "流转-耕地"))

    def test_a_repeated_header_counts_once_and_the_second_is_drift(self, tmp_path):
        rows = [[*FARM, "种植面积", "种植面积", "经营面积（亩）"], [None, "甲", "张某", "乌达区", "某镇", 1, 2, None, 3, 4, 5]]
        found = recognise(workbook(tmp_path / "f.xlsx", rows))
        assert bound(found)["operated_area"] == 5
        assert found.plan.unknown == ((8, "种植面积"), (9, "种植面积_2"), (10, "经营面积（亩）_2"))

    def test_a_line_about_the_table_is_no_row_of_its_header(self, tmp_path):
        """First and last cells filled, so that the line looks like a row of groups; its unit must count."""
        line = ["填报单位：海南区农牧水务局", None, None, "填报时间：2024年4月20日", None, None, None, "单位：万元"]
        found = recognise(workbook(tmp_path / "f.xlsx", [["成员账户"], line, [*MEMBER_HEADERS, "出资额"], ["x"] * 8]))
        assert (found.header_row, found.last_header_row) == (3, 3)
        assert found.plan.bound("contribution").unit == "万元"
        assert (found.plan.snapshot_date, found.snapshot_assumed) == (date(2024, 4, 20), False)

    def test_units_of_the_line_above_and_of_the_header(self, tmp_path):
        rows = [["单位：人、户、万元"], [*MEMBER_HEADERS, "出资额（元）"], ["x"] * 8]
        found = recognise(workbook(tmp_path / "m.xlsx", rows))
        assert found.plan.contract.id == "coop_finance.member_account"
        assert {b.column.name: b.unit for b in found.plan.columns} == {
            "credit_code": None, "fiscal_year": None, "member_no": None, "member_name": None, "member_kind": None,
            "trade": "万元", "returned": "万元", "contribution": "元"}

    def test_a_weight_is_not_a_trade_value(self, tmp_path):
        headers = [h if h != "交易额" else "交易量" for h in MEMBER_HEADERS]
        found = recognise(workbook(tmp_path / "m.xlsx", [headers, ["x"] * 7]))
        assert "trade" not in bound(found)
        assert found.plan.unknown == ((5, "交易量"),)

    def test_the_year_of_the_title_stands_for_a_missing_column(self, tmp_path):
        headers = [h for h in MEMBER_HEADERS if h != "会计年度"]
        found = recognise(workbook(tmp_path / "m.xlsx", [["2023年度成员账户"], headers, ["x"] * 6]))
        assert bound(found)["fiscal_year"] == "2023"

    @pytest.mark.parametrize(("sheet", "file_name"), [("乌达区", "名录.xlsx"), ("Sheet1", "乌海市乌达区名录.xlsx"),
                                                      ("Sheet1", "乌海市/乌达区/名录.xlsx")])
    def test_the_county_may_come_from_sheet_file_or_folder(self, tmp_path, sheet, file_name):
        headers = [h for h in FARM if not h.startswith("县")]
        found = recognise(workbook(tmp_path / "f.xlsx", [headers, ["x"] * 7], sheet=sheet), file_name)
        assert bound(found)["county_name"] == "乌达区"
        assert found.named_counties == ("150304",)

    def test_the_county_may_come_from_the_line_above(self, tmp_path):
        headers = [h for h in FARM if not h.startswith("县")]
        found = recognise(workbook(tmp_path / "f.xlsx", [["填报单位：乌海市乌达区农牧局"], headers, ["x"] * 7]))
        assert bound(found)["county_name"] == "乌海市乌达区农牧局"
        assert found.plan.place_hints[0] == "乌海市乌达区农牧局"

    def test_without_any_county_the_column_is_missing_unless_a_scope_is_set(self, tmp_path):
        path = workbook(tmp_path / "f.xlsx", [[h for h in FARM if not h.startswith("县")], ["x"] * 7])
        with pytest.raises(Refusal, match="县（旗、区）"):
            recognise(path)
        assert recognise(path, default_scope="150304").plan.default_scope == "150304"


    def test_a_line_of_two_cells_above_the_header_is_no_group(self, tmp_path):
        rows = [["2023年度成员账户", "内部资料"], ["x编号", "第1页"], MEMBER_HEADERS, ["x"] * 7]
        found = recognise(workbook(tmp_path / "m.xlsx", rows))
        assert (found.header_row, found.last_header_row) == (3, 3)
        assert found.plan.bound("credit_code").header == "统一社会信用代码"


class TestRefusals:
    def test_a_missing_required_column_is_named_with_the_nearest_header(self, tmp_path):
        headers = ["统一社会信用代码", "会计年度", "成员序号", "成员姓名", "成员类型", "交易额", "盈余返还"]
        with pytest.raises(Refusal) as caught:
            recognise(workbook(tmp_path / "成员.xlsx", [["标题"], headers, ["x"] * 7], sheet="账户"))
        assert (caught.value.code, caught.value.table_id) == ("MISSING_COLUMN", "coop_finance.member_account")
        for part in ("成员.xlsx", "账户", "第 2 行", "“成员编号”（最接近的列：成员序号"):
            assert part in caught.value.sentence

    def test_more_headers_of_a_table_that_lacks_a_required_one_are_not_taken_for_a_lesser_table(self, tmp_path):
        # All that quotas need is there, but five headers speak for the farm directory, which lacks its name.
        headers = ["年度", "区", "培育壮大农牧民合作社数量（个）", "培育壮大家庭农牧场数量（个）", "一码通编码", "经营者姓名", "乡镇（苏木）",
                   "经营面积（亩）", "主营类型"]
        with pytest.raises(Refusal) as caught:
            recognise(workbook(tmp_path / "x.xlsx", [headers, ["x"] * 9]))
        assert (caught.value.code, caught.value.table_id) == ("MISSING_COLUMN", "farm_directory.farm")
        assert "家庭农场名称" in caught.value.sentence

    def test_a_table_of_something_else(self, tmp_path):
        rows = [["序号", "名称", "型号", "单价", "数量", "备注"], [1, "拖拉机", "X", 2, 3, None]]
        with pytest.raises(Refusal) as caught:
            recognise(workbook(tmp_path / "农机.xlsx", rows))
        assert caught.value.code == "NO_CONTRACT"

    def test_a_page_without_one_known_header_is_no_table(self, tmp_path):
        assert recognise(workbook(tmp_path / "说明.xlsx", [["填表说明"], ["一、", "请如实填写"], ["二、", "联系人 某某"]])) is None

    def test_headers_below_the_twentieth_row_are_not_looked_for(self, tmp_path):
        deep = [["说明"]] * 20 + [MEMBER_HEADERS, ["x"] * 7]
        assert recognise(workbook(tmp_path / "deep.xlsx", deep)) is None
        assert recognise(workbook(tmp_path / "edge.xlsx", deep[1:])).header_row == 20

    def test_a_folder_named_after_a_table_forces_it(self, tmp_path):
        path = workbook(tmp_path / "x.xlsx", [MEMBER_HEADERS, ["x"] * 7])
        assert recognise(path, "a/x.xlsx").plan.contract.id == "coop_finance.member_account"
        assert recognise(path, "coop_finance.statement/x.xlsx").plan.contract.id == "coop_finance.statement"
        with pytest.raises(Refusal) as caught:
            recognise(path, "gsxt.registration/x.xlsx")
        assert (caught.value.code, caught.value.table_id) == ("MISSING_COLUMN", "gsxt.registration")


class TestEvidence:
    """Two lists with the same headers: what tells them apart must be said somewhere (spec 1.1)."""

    @pytest.fixture
    def lists(self, tmp_path) -> Recogniser:
        def table(name: str, evidence: list[str], more: list[tuple[str, str]]) -> dict:
            columns = [("credit_code", "统一社会信用代码"), ("listed_on", "列入日期"), ("reason", "列入原因"), *more]
            return {"name": name, "description": "x", "config": {"meta": {
                "title": name, "delivery": "events", "key": [["credit_code"]], "evidence": evidence}},
                "columns": [{"name": n, "config": {"meta": {"header": h, "required": n != "removal"}}} for n, h in columns]}
        document = {"sources": [{"name": "s", "description": "x", "config": {"meta": {"system_title": "x"}}, "tables": [
            table("abnormal", ["移出原因", "经营异常"], [("removal", "移出原因")]), table("serious", ["严重违法"], [])]}]}
        folder = tmp_path / "contracts"
        folder.mkdir()
        (folder / "s.yml").write_text(yaml.safe_dump(document, allow_unicode=True))
        return Recogniser(load_contracts(folder), load_regions(), None)

    @pytest.mark.parametrize(("file_name", "headers", "table"), [
        ("经营异常名录.xlsx", ["统一社会信用代码", "列入日期", "列入原因"], "s.abnormal"),
        ("名单.xlsx", ["统一社会信用代码", "列入日期", "列入原因", "移出原因"], "s.abnormal"),
        ("严重违法失信名单.xlsx", ["统一社会信用代码", "列入日期", "列入原因"], "s.serious"),
        ("严重违法失信名单.xlsx", ["统一社会信用代码", "列入日期", "列入原因", "移出原因"], "s.serious"),
        ("经营异常和严重违法名单.xlsx", ["统一社会信用代码", "列入日期", "列入原因"], None),
        ("严重违法/经营异常名录.xlsx", ["统一社会信用代码", "列入日期", "列入原因", "移出原因"], None),
        ("名单.xlsx", ["统一社会信用代码", "列入日期", "列入原因"], None)])
    def test_lists(self, tmp_path, lists, file_name, headers, table):
        sheet = read_one(workbook(Path(tmp_path / "x.xlsx"), [headers, ["x"] * len(headers)]))
        if table:
            assert lists.recognise(sheet, receipt(file_name)).plan.contract.id == table
        else:
            with pytest.raises(Refusal) as caught:
                lists.recognise(sheet, receipt(file_name))
            assert caught.value.code == "AMBIGUOUS"
