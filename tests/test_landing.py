"""Inbox to lake: every row accounted for, nothing read twice, nothing lost, a broken file stops nobody."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from receive_kit import (
    COOP_1,
    COOP_2,
    COOP_3,
    MEMBER_HEADERS,
    NINGBO,
    lake,
    ningbo_csv,
    ningbo_workbook,
    quota_rows,
    workbook,
    workbooks,
)

from dagster_project.lake import DELIVERED, ISSUES, REJECTED, SHEETS
from dagster_project.receive import archive, land_file, landing
from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

NOW = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)
MODIFIED = datetime(2024, 8, 1, 12, 0, tzinfo=UTC).timestamp()
OUTCOME = "file_name, sheet, table_id, outcome, rows_read, accepted, rejected, out_of_scope, ignored, reason_code"
FARM = ["家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "经营面积（亩）", "年经营收入（万元）", "最近更新日期"]


@pytest.fixture
def settings(tmp_path) -> Settings:
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    return Settings(home=tmp_path / "home", settle_seconds=60, threads=2)


def put(settings: Settings, name: str, rows, **how) -> Path:
    path = settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(rows, bytes):
        path.write_bytes(rows)
    elif isinstance(rows, dict):
        workbooks(path, rows, **how)
    else:
        workbook(path, rows, **how)
    os.utime(path, (MODIFIED, MODIFIED))
    return path


def members(*lines: tuple, head: list | None = None) -> list[list]:
    return [head or MEMBER_HEADERS, *([*line] for line in lines)]


def member(code: str, number: int | str, trade: object = 100, returned: object = 10) -> tuple:
    return code, 2023, number, "样例某", "农民", trade, returned


def farm(name: str, county: str = "海勃湾区", town: str = "千里山镇") -> list:
    return [name, "样例某", county, town, 100, 5, date(2024, 7, 1)]


class TestPrintedForms:
    def test_quota_table(self, settings):
        put(settings, "乌海/2024年任务分配表.xlsx", quota_rows(), merges=["A2:D2", "A3:D3"])
        receive(settings, now=NOW)
        assert lake(settings, "typed/programme.quota", "year, county_code, county_name, coops, farms, remark, row_number, scope",
                    "row_number") == [
            (2024, "150302", "海勃湾区", 3, 3, None, 5, "150300|2024"),
            (2024, "150304", "乌达区", 2, 2, None, 6, "150300|2024"),
            (2024, "150303", "海南区", 5, 5, None, 7, "150300|2024")]
        assert lake(settings, "delivered", "table_id, county_code, scope, rows") == [
            ("programme.quota", "150300", "150300|2024", 3)]
        assert lake(settings, "sheets", OUTCOME) == [
            ("乌海/2024年任务分配表.xlsx", "Sheet1", "programme.quota", "accepted", 3, 3, 0, 0, 0, None)]

    @pytest.mark.parametrize("kind", ["xlsx", "csv"])
    def test_ningbo_table(self, settings, kind):
        name = f"宁波市任务进度表.{kind}"
        if kind == "xlsx":
            ningbo_workbook(settings.inbox / name)
        else:
            put(settings, name, ningbo_csv().encode("gb18030"))
        receive(settings, now=NOW)
        codes = {"海曙": "330203", "江北": "330205", "镇海": "330211", "北仑": "330206", "鄞州": "330212",
                 "奉化": "330213", "余姚": "330281", "慈溪": "330282", "宁海": "330226", "象山": "330225"}
        first = 6 if kind == "xlsx" else 5
        expected = set()
        for row, line in enumerate(NINGBO.splitlines(), first):
            county, *cells = line.split()
            for cell, (year, indicator) in zip(cells, [
                (2023, "star_coops"), (2023, "led_coops"), (2023, "led_five_star"),
                (2024, "star_coops"), (2024, "led_coops"), (2024, "led_five_star"),
                (2025, "star_coops"), (2025, "led_coops"), (2025, "led_five_star")], strict=True):
                if cell != "-":
                    city = indicator == "led_five_star"
                    expected.add(("330200" if city else codes[county], year, indicator, int(cell), city, row))
        assert len(expected) == 63
        assert set(lake(settings, "typed/supply_coop.target",
                        "county_code, year, indicator, target, is_city_wide, row_number")) == expected
        assert lake(settings, "typed/supply_coop.target", "sum(target) filter (where indicator = 'star_coops'), "
                    "sum(target) filter (where indicator = 'led_coops')",
                    "1") == [(800 + 1012 + 1202, 617 + 714 + 803)]
        assert lake(settings, "sheets", "variant, outcome, rows_read, accepted, ignored") == [("printed", "accepted", 10, 10, 0)]
        assert lake(settings, "issues") == []


class TestRows:
    def test_withheld_values_are_counted_and_not_listed(self, settings):
        """2 in row 2, 1 in row 3 in a column that may not say so, 1 in the rejected row 4, none in the blank and total rows."""
        put(settings, "年度报告_20240725.xlsx", {"年报": [
            ["统一社会信用代码", "企业名称", "报告年度", "公示日期", "成员人数", "销售额或营业收入（万元）", "盈余总额（万元）"],
            [COOP_1, "样例一社", 2023, "2024-06-01", 6, "不公示", "选择不公示"],
            [COOP_2, "样例二社", 2023, "2024-06-02", "不公示", 12, 0],
            [None, "样例三社", 2023, "2024-06-03", 8, " 不 公示", "不公示 "],
            [None] * 7,
            [COOP_3, "样例四社", 2023, "2024-06-04", 9, 1, None],
        ], "说明": [["本表由系统导出"], ["不公示"]]})
        receive(settings, now=NOW)
        assert lake(settings, "sheets", "sheet, outcome, accepted, rejected, ignored, withheld", "sheet_index") == [
            ("年报", "partly", 3, 1, 1, 4), ("说明", "ignored", 0, 0, 2, None)]
        assert "不公示" not in str(lake(settings, "issues", "code, sentence"))
        assert lake(settings, "typed/gsxt.annual_report", "row_number, revenue, revenue_is_public, total_surplus_is_public",
                    "row_number") == [(2, None, False, False), (3, 120000, True, True), (6, 10000, True, None)]

    def test_every_row_has_one_outcome(self, settings):
        rows = [
            ["成员账户"], ["单位：元"], MEMBER_HEADERS,
            member(COOP_1, 1), member(COOP_1, 2, "不详"), (), member("", 3), member(COOP_2, 1, 40, 4),
            MEMBER_HEADERS, member(COOP_3, 1, 60, 6), ["小计", None, None, None, None, 300, 30],
            ["合 计", None, None, None, None, 300, 29], ["填报人：某某", None, "审核：某某"], ["备注：以上为2023年数"],
        ]
        put(settings, "账户20240725.xlsx", rows)
        summary = receive(settings, now=NOW)
        assert lake(settings, "sheets", "rows_read, accepted, rejected, out_of_scope, ignored, outcome, header_row") == [
            (11, 4, 1, 0, 6, "partly", 3)]
        assert lake(settings, "typed/coop_finance.member_account", "row_number, credit_code, trade, returned") == [
            (4, COOP_1, 100, 10), (5, COOP_1, None, 10), (8, COOP_2, 40, 4), (10, COOP_3, 60, 6)]
        assert (7, "统一社会信用代码", "MISSING_REQUIRED") in lake(settings, "rejected", "row_number, column_name, code")
        assert lake(settings, "rejected", "distinct row_number") == [(7,)]
        assert (5, "交易额", "BAD_NUMBER") in lake(settings, "issues", "row_number, column_name, code")
        assert summary.rows == {"rows_read": 11, "accepted": 4, "rejected": 1, "out_of_scope": 0, "ignored": 6}
        assert len(lake(settings, "raw")) == 14
        assert lake(settings, "raw", "cells[1]", "row_number")[1] == ("单位：元",)

    def test_totals_are_compared_with_the_rows_above(self, settings):
        rows = [*members(member(COOP_1, 1, "1,000.50", 10), member(COOP_1, 2, 2, 20)),
                ["小计", None, None, None, None, 1002.5, 30], list(member(COOP_2, 1, 7, 1)),
                ["小计", None, None, None, None, 8, 1], ["合计", None, None, None, None, "1,009.5", 32]]
        put(settings, "账户20240725.xlsx", rows)
        receive(settings, now=NOW)
        found = lake(settings, "issues", "row_number, column_name, raw_value, sentence", "row_number, column_name")
        found = [row for row in found if "不符" in row[3]]
        assert [row[:3] for row in found] == [(6, "交易额", "8"), (7, "盈余返还", "32")]
        assert "之和 7 不符" in found[0][3] and "之和 31 不符" in found[1][3]

    def test_a_total_over_a_cell_that_is_no_number_is_not_compared(self, settings):
        rows = [*members(member(COOP_1, 1, "不公示"), member(COOP_1, 2, 2)), ["合计", None, None, None, None, 99, 20]]
        put(settings, "账户20240725.xlsx", rows)
        receive(settings, now=NOW)
        assert lake(settings, "issues", "count(*) filter (where code = 'TOTAL_MISMATCH')") == [(0,)]

    def test_leading_blank_rows_do_not_shift_row_numbers(self, settings):
        put(settings, "账户20240725.xlsx", [[], [], [], *members(member(COOP_1, 1))])
        receive(settings, now=NOW)
        assert lake(settings, "typed/coop_finance.member_account", "row_number") == [(5,)]
        assert lake(settings, "sheets", "header_row") == [(4,)]

    def test_a_page_break_repeats_title_and_header(self, settings):
        rows = [["成员账户"], MEMBER_HEADERS, member(COOP_1, 1), ["成员账户"], MEMBER_HEADERS, member(COOP_1, 2)]
        put(settings, "账户20240725.xlsx", rows)
        receive(settings, now=NOW)
        assert lake(settings, "sheets", "rows_read, accepted, rejected, ignored") == [(4, 2, 0, 2)]

    def test_the_same_key_twice_the_last_row_wins(self, settings):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1, 5), member(COOP_1, 2), member(COOP_1, 1, 6), member(COOP_1, 1, 7)))
        receive(settings, now=NOW)
        assert lake(settings, "typed/coop_finance.member_account", "row_number, trade, is_superseded") == [
            (2, 5, True), (3, 100, False), (4, 6, True), (5, 7, False)]
        assert lake(settings, "issues", "row_number, code") == [(2, "DUPLICATE_KEY"), (4, "DUPLICATE_KEY")]
        assert lake(settings, "delivered", "scope, rows") == [(f"150302|{COOP_1}|2023", 2)]

    def test_unknown_columns_are_kept_beside_the_row(self, settings):
        rows = members((*member(COOP_1, 1), "甲", None), (*member(COOP_1, 2), None, None), head=[*MEMBER_HEADERS, "银行卡", "备用"])
        put(settings, "账户20240725.xlsx", rows)
        receive(settings, now=NOW)
        assert lake(settings, "typed/coop_finance.member_account", "drift", "row_number") == [
            ('{"银行卡":"甲","备用":null}',), (None,)]
        assert lake(settings, "sheets", "drift") == [('["银行卡", "备用"]',)]

    def test_typed_columns_are_exactly_the_contract(self, settings):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        put(settings, "2024年任务.xlsx", quota_rows())
        receive(settings, now=NOW)
        for contract in load_contracts().values():
            for file in (settings.lake / "typed" / contract.id).glob("*.parquet"):
                found = duckdb.sql(f"describe select * from read_parquet('{file}')").fetchall()
                assert {row[0]: row[1] for row in found} == contract.typed(), file
                assert file.name == "_empty.parquet" or duckdb.sql(f"select count(*) from read_parquet('{file}')").fetchall()
        for zone, columns in (("sheets", SHEETS), ("rejected", REJECTED), ("issues", ISSUES), ("delivered", DELIVERED)):
            for file in (settings.lake / zone).glob("*.parquet"):
                found = duckdb.sql(f"describe select * from read_parquet('{file}')").fetchall()
                assert {row[0]: row[1] for row in found} == columns, file

    def test_a_lost_row_is_noticed(self, settings, monkeypatch):
        def forgetful(con, *args):
            con.execute("create or replace temp table out_of_scope_count as select 0::bigint n")
            real(con, *args)
            con.execute("delete from typed where row_number = 3")
        real = land_file.type_sheet
        monkeypatch.setattr(land_file, "type_sheet", forgetful)
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1), member(COOP_1, 2)))
        with pytest.raises(AssertionError, match="rows_read 2"):
            receive(settings, now=NOW)
        assert lake(settings, "sheets") == []


class TestDelivered:
    def test_counties_with_few_rows_are_stray_unless_named(self, settings):
        rows = [FARM, *(farm(f"农场{i}", town=f"镇{i % 2}") for i in range(40)), farm("外地农场", "乌达区", "梁家沟街道")]
        put(settings, "乌海市/名录20240725.xlsx", rows)
        put(settings, "乌海市/乌达区/名录20240725.xlsx", [[*FARM, "备用"], *rows[1:]])
        receive(settings, now=NOW)
        assert lake(settings, "delivered", "file_name, scope, rows", "file_name, scope") == [
            ("乌海市/乌达区/名录20240725.xlsx", "150302", 40), ("乌海市/乌达区/名录20240725.xlsx", "150304", 1),
            ("乌海市/名录20240725.xlsx", "150302", 40)]
        assert lake(settings, "issues", "file_name, row_number, code") == [("乌海市/名录20240725.xlsx", 42, "STRAY")]
        kept = lake(settings, "typed/farm_directory.farm", "file_name, name, is_stray")
        assert [row for row in kept if row[1] == "外地农场"] == [
            ("乌海市/乌达区/名录20240725.xlsx", "外地农场", False), ("乌海市/名录20240725.xlsx", "外地农场", True)]
        assert sum(stray for *_, stray in kept) == 1

    def test_twenty_rows_or_five_percent_deliver(self, settings):
        rows = [FARM, *(farm(f"甲{i}", town=f"镇{i % 2}") for i in range(600)), *(farm(f"乙{i}", "乌达区") for i in range(20)),
                *(farm(f"丙{i}", "海南区") for i in range(19))]
        put(settings, "乌海市名录20240725.xlsx", rows)
        receive(settings, now=NOW)
        assert lake(settings, "delivered", "scope, rows") == [("150302", 600), ("150304", 20)]

    def test_an_empty_sheet_of_a_named_county_delivers_nothing_left(self, settings):
        put(settings, "乌海市乌达区名录20240725.xlsx", [["乌达区家庭农场名录"], FARM])
        receive(settings, now=NOW)
        assert lake(settings, "delivered", "scope, rows, snapshot_date") == [("150304", 0, date(2024, 7, 25))]
        assert lake(settings, "sheets", "outcome, rows_read, named_counties") == [("accepted", 0, "150304")]

    def test_one_township_speaks_for_itself_only(self, settings):
        put(settings, "a20240725.xlsx", [FARM, farm("甲"), farm("乙")])
        put(settings, "b20240725.xlsx", [["海勃湾区家庭农场名录"], FARM, farm("甲"), farm("乙")])
        put(settings, "c20240725.xlsx", [["海勃湾区千里山镇家庭农场名录"], FARM, farm("甲"), farm("乙")])
        put(settings, "d20240725.xlsx", [FARM, farm("甲"), farm("乙", town="新华街道")])
        receive(settings, now=NOW)
        assert lake(settings, "delivered", "file_name, scope") == [
            ("a20240725.xlsx", "150302|千里山镇"), ("b20240725.xlsx", "150302"),
            ("c20240725.xlsx", "150302|千里山镇"), ("d20240725.xlsx", "150302")]
        assert lake(settings, "typed/farm_directory.farm", "distinct file_name, scope") == [
            ("a20240725.xlsx", "150302|千里山镇"), ("b20240725.xlsx", "150302"),
            ("c20240725.xlsx", "150302|千里山镇"), ("d20240725.xlsx", "150302")]


class TestFiles:
    def test_a_broken_file_never_stops_the_others(self, settings):
        good = put(settings, "好.xlsx", members(member(COOP_1, 1)))
        put(settings, "截断.xlsx", good.read_bytes()[:3000])
        put(settings, "空.xlsx", b"")
        put(settings, "乱码.csv", b"\xd2\xbb,\xff\xff\n")
        put(settings, "农机.xlsx", [["名称", "型号", "单价"], ["拖拉机", "X", 2]])
        put(settings, "缺列.xlsx", [[h for h in MEMBER_HEADERS if h != "成员编号"], ["x"] * 6])
        put(settings, "两张.xlsx", {"说明": [["请如实填写"]], "账户": members(member(COOP_2, 1)), "空": []})
        summary = receive(settings, now=NOW)
        assert lake(settings, "sheets", OUTCOME, "file_name, sheet") == sorted([
            ("好.xlsx", "Sheet1", "coop_finance.member_account", "accepted", 1, 1, 0, 0, 0, None),
            ("截断.xlsx", "", None, "rejected", 0, 0, 0, 0, 0, "CORRUPT"),
            ("空.xlsx", "", None, "rejected", 0, 0, 0, 0, 0, "EMPTY"),
            ("乱码.csv", "", None, "rejected", 0, 0, 0, 0, 0, "ENCODING"),
            ("农机.xlsx", "Sheet1", None, "rejected", 2, 0, 2, 0, 0, "NO_CONTRACT"),
            ("缺列.xlsx", "Sheet1", "coop_finance.member_account", "rejected", 1, 0, 1, 0, 0, "MISSING_COLUMN"),
            ("两张.xlsx", "说明", None, "ignored", 1, 0, 0, 0, 1, None),
            ("两张.xlsx", "账户", "coop_finance.member_account", "accepted", 1, 1, 0, 0, 0, None)])
        listed = lake(settings, "rejected", "file_name, row_number, code, sentence")
        assert [row[2] for row in listed] and all(row[0] in row[3] and row[3].endswith("。") for row in listed)
        assert summary.faults == {"CORRUPT": 1, "EMPTY": 1, "ENCODING": 1, "MISSING_COLUMN": 1, "NO_CONTRACT": 1}
        assert summary.new_files == 7

    def test_several_sheets_of_one_table_share_a_file(self, settings):
        put(settings, "名录20240725.xlsx", {"海勃湾区": [FARM, farm("甲")], "乌达区": [FARM, farm("乙", "乌达区")],
                                        "账户": members(member(COOP_1, 1))})
        receive(settings, now=NOW)
        assert lake(settings, "typed/farm_directory.farm", "sheet, name, county_code") == [
            ("乌达区", "乙", "150304"), ("海勃湾区", "甲", "150302")]
        assert len(list((settings.lake / "typed/farm_directory.farm").glob("*.parquet"))) == 2    # with _empty
        assert lake(settings, "raw", "distinct sheet") == [("乌达区",), ("海勃湾区",), ("账户",)]

    def test_unchanged_files_are_not_read_again(self, settings, monkeypatch):
        put(settings, "a/账户20240725.xlsx", members(member(COOP_1, 1)))
        receive(settings, now=NOW)
        before = {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*.parquet")}
        monkeypatch.setattr(archive, "_copy", lambda *_: pytest.fail("was read again"))
        summary = receive(settings, now=NOW)
        assert (summary.new_files, summary.unchanged, summary.landed) == (0, 1, 0)
        assert {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*.parquet")} == before

    def test_the_same_bytes_elsewhere_are_registered_and_change_nothing(self, settings):
        path = put(settings, "a/账户20240725.xlsx", members(member(COOP_1, 1)))
        receive(settings, now=NOW)
        (settings.inbox / "b").mkdir()
        shutil.copy2(path, settings.inbox / "b" / "账户20250101.xlsx")
        summary = receive(settings, now=NOW)
        assert (summary.new_files, summary.landed) == (1, 0)
        assert lake(settings, "sheets", "file_name, outcome, rows_read, snapshot_date", "file_name") == [
            ("a/账户20240725.xlsx", "accepted", 1, date(2024, 7, 25)), ("b/账户20250101.xlsx", "duplicate", 0, None)]
        lines = [json.loads(line) for line in (settings.archive / "register.jsonl").read_text().splitlines()]
        assert [(line["order"], line["path"], line["name"]) for line in lines] == [
            (1, "a/账户20240725.xlsx", "账户20240725.xlsx"), (2, "b/账户20250101.xlsx", "账户20250101.xlsx")]
        assert lines[0]["content_hash"] == lines[1]["content_hash"]
        assert set(lines[0]) == {"order", "content_hash", "path", "name", "size", "modified_at", "received_at"}
        original = settings.archive / "objects" / lines[0]["content_hash"][:2] / lines[0]["content_hash"]
        assert original.read_bytes() == path.read_bytes()

    def test_a_corrected_file_is_a_new_receipt(self, settings):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        receive(settings, now=NOW)
        path = put(settings, "账户20240725.xlsx", members(member(COOP_1, 1), member(COOP_1, 2)))
        os.utime(path, (MODIFIED + 60, MODIFIED + 60))
        receive(settings, now=NOW)
        assert lake(settings, "typed/coop_finance.member_account", "received_order, member_no") == [(1, "1"), (2, "1"), (2, "2")]

    def test_what_is_skipped_waits_or_is_not_followed(self, settings, tmp_path):
        for name in ("~$账户.xlsx", "账户.xlsx.part", "a.tmp", "b.crdownload", ".hidden.csv"):
            put(settings, name, b"x")
        outside = tmp_path / "outside.csv"
        outside.write_text("x")
        (settings.inbox / "link.csv").symlink_to(outside)
        fresh = settings.inbox / "正在写.csv"
        fresh.touch()
        os.utime(fresh, (NOW.timestamp() - 10, NOW.timestamp() - 10))
        summary = receive(settings, now=NOW)
        assert (summary.new_files, summary.waiting) == (0, 1)
        assert len(summary.notes) == 2 and any("链接" in note for note in summary.notes)
        assert not (settings.archive / "register.jsonl").exists()
        later = datetime.fromtimestamp(NOW.timestamp() + 60, UTC)
        assert receive(settings, now=later).faults == {"EMPTY": 1}

    def test_a_file_that_grows_while_it_is_copied_waits(self, settings, monkeypatch):
        path = put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        real = archive._copy

        def grow(source: Path, target: Path) -> str:
            found = real(source, target)
            with source.open("ab") as file:
                file.write(b"more")
            return found
        monkeypatch.setattr(archive, "_copy", grow)
        summary = receive(settings, now=NOW)
        assert (summary.new_files, summary.waiting) == (0, 1)
        assert path.name in summary.notes[0]
        assert list((settings.archive / "objects").rglob("*.tmp")) == []

    def test_a_register_line_cut_by_a_crash_is_taken_away(self, settings):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        receive(settings, now=NOW)
        register = settings.archive / "register.jsonl"
        whole = register.read_bytes()
        register.write_bytes(whole + b'{"order": 2, "content')
        receive(settings, now=NOW)
        assert register.read_bytes() == whole

    def test_the_lake_is_rebuilt_from_the_archive(self, settings):
        path = put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        receive(settings, now=NOW)
        rows = lake(settings, "typed/coop_finance.member_account")
        path.unlink()
        shutil.rmtree(settings.lake)
        assert receive(settings, now=NOW).landed == 1
        assert lake(settings, "typed/coop_finance.member_account") == rows
        shutil.rmtree(settings.lake / "typed")
        receive(settings, now=NOW)
        assert lake(settings, "typed/coop_finance.member_account") == rows

    def test_another_version_lands_everything_again(self, settings, monkeypatch):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        assert receive(settings, now=NOW).landed == 1
        monkeypatch.setattr(landing, "fingerprint", lambda *_: "another")
        assert receive(settings, now=NOW).landed == 1
        assert receive(settings, now=NOW).landed == 0
        assert len(lake(settings, "typed/coop_finance.member_account")) == 1

    def test_a_table_that_a_file_no_longer_holds_leaves_nothing_behind(self, settings, monkeypatch):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        receive(settings, now=NOW)
        monkeypatch.setattr(landing, "fingerprint", lambda *_: "another")
        contracts = {k: v for k, v in load_contracts().items() if k != "coop_finance.member_account"}
        monkeypatch.setattr(landing, "load_contracts", lambda: contracts)
        receive(settings, now=NOW)
        assert lake(settings, "typed/coop_finance.member_account") == []

    def test_a_kill_before_the_last_file_leaves_work_for_the_next_run(self, settings, monkeypatch):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))

        def killed(*_):
            raise KeyboardInterrupt
        with monkeypatch.context() as patch:
            patch.setattr(land_file, "write_sheets", killed)
            with pytest.raises(KeyboardInterrupt):
                receive(settings, now=NOW)
        assert lake(settings, "sheets") == []
        assert receive(settings, now=NOW).landed == 1
        assert len(lake(settings, "typed/coop_finance.member_account")) == 1

    @pytest.mark.parametrize("step", ["type_sheet", "make_cells"])
    def test_a_file_over_which_the_engine_stumbles_stops_nobody(self, settings, monkeypatch, step):
        put(settings, "a账户20240725.xlsx", members(member(COOP_1, 1)))
        put(settings, "b账户20240725.xlsx", members(member(COOP_2, 1)))
        put(settings, "c账户20240725.xlsx", members(member(COOP_3, 1)))
        real, broken = getattr(land_file, step), []

        def stumble(con, *args):
            file = next(a for a in args if hasattr(a, "plan") or hasattr(a, "file_name"))
            if getattr(file, "plan", file).file_name.startswith("b"):
                broken.append(con)
                raise duckdb.ConversionException("Could not convert string '测试甲某 150302199001011239' to INT32")
            assert con not in broken, "an engine that failed is used again"
            return real(con, *args)
        said: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(land_file, step, stumble)
            summary = receive(settings, said.append, now=NOW)
        assert broken
        assert (summary.rows["accepted"], summary.faults, summary.sheets) == (2, {"UNSUPPORTED": 1}, {"accepted": 2, "rejected": 1})
        told = [text for text in said if "b账户" in text]
        assert len(told) == 1 and "本次没有收入任何一行" in told[0] and "测试" not in told[0]
        assert [note in told[0] for note in summary.notes] == [True]
        log = settings.logs / "landing.log"
        assert log.stat().st_mode & 0o077 == 0
        logged = log.read_text(encoding="utf-8")
        assert "Could not convert string '测**" in logged and "land_file" in logged
        assert "甲某" not in logged and "19900101" not in logged
        assert not list(settings.lake.rglob("*.tmp"))
        again = receive(settings, now=NOW)                 # the next run tries it again, and it alone
        assert (again.landed, again.rows["accepted"], again.faults) == (1, 3, {})
        assert receive(settings, now=NOW).landed == 0

    @pytest.mark.parametrize("error", [duckdb.IOException("No space left on device"), duckdb.OutOfMemoryException("x"),
                                       OSError(28, "No space left on device")])
    def test_a_full_disk_stops_the_run(self, settings, monkeypatch, error):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))

        def full(*_):
            raise error
        with monkeypatch.context() as patch:
            patch.setattr(land_file.LakeFile, "add", full)
            with pytest.raises(type(error)):
                receive(settings, now=NOW)
        assert lake(settings, "sheets") == []
        assert receive(settings, now=NOW).rows["accepted"] == 1

    def test_a_modification_date_in_the_future_is_reported(self, settings):
        path = put(settings, "账户.xlsx", members(member(COOP_1, 1)))
        os.utime(path, (MODIFIED + 10**8, MODIFIED + 10**8))
        receive(settings, now=NOW)
        found = lake(settings, "sheets", "snapshot_date, snapshot_date_assumed, reason")
        assert found[0][:2] == (date(2024, 8, 2), True) and "修改时间晚于" in found[0][2]

    def test_sentences_logs_and_summaries_hold_no_personal_value(self, settings):
        said: list[str] = []
        head = [*MEMBER_HEADERS, "身份证号"]
        rows = [head, [COOP_1, 2023, None, "测试甲某", "农民", 1, 1, "150302199001011239"],
                [COOP_1, 2023, 1, "测试乙某", "农民", "x", 1, "150302199001011239"],
                [COOP_1, 2023, 1, "测试乙某", "农民", 1, 1, 150302199001011234]]
        put(settings, "账户20240725.xlsx", rows)
        summary = receive(settings, said.append, now=NOW)
        told = [*said, json.dumps(summary.metadata(), ensure_ascii=False)]
        told += [" ".join(map(str, row)) for zone in ("rejected", "issues")
                 for row in lake(settings, zone, "sentence, masked_value, code")]
        assert len(told) > 4
        for text in told:
            assert "测试" not in text and "1503021990" not in text

    def test_private_modes(self, settings):
        put(settings, "账户20240725.xlsx", members(member(COOP_1, 1)))
        receive(settings, now=NOW)
        private = [settings.secret_key, settings.archive / "register.jsonl", *(settings.archive / "objects").rglob("*"),
                   *(settings.lake / "typed").rglob("*"), *(settings.lake / "raw").rglob("*")]
        assert len(private) > 6
        assert [path for path in private if path.stat().st_mode & 0o077] == []
