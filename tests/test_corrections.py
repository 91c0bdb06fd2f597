"""A correction as the receiving side sees it: what it may change, what it must not, and that nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from receive_kit import MEMBER_HEADERS, lake, ningbo_workbook, workbook

from dagster_project.receive.corrections import mark
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

FARM = ["家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "经营面积（亩）", "最近更新日期"]
COUNTS = "outcome, rows_read, accepted, rejected, out_of_scope, ignored"
START = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)
MODIFIED = START.timestamp() - 86400


class Inbox:
    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, threads=2, _env_file=None)
        self.settings.inbox.mkdir(parents=True)
        self.now = START

    def receive(self) -> None:
        self.now += timedelta(hours=1)
        for path in self.settings.inbox.rglob("*.*"):
            os.utime(path, (MODIFIED, MODIFIED))
        receive(self.settings, now=self.now)

    def original(self, name: str, rows: Iterable[Sequence]) -> str:
        """Receives a file; its content hash."""
        workbook(self.settings.inbox / name, rows)
        self.receive()
        return self.rows("sheets", "max_by(content_hash, received_order)")[0][0]

    def correction(self, name: str, said: str | None, header: Sequence[Sequence], rows: Iterable[tuple],
                   defined: str | None = None) -> tuple:
        """Receives a returned sheet made by hand: (original row, cells) each; its COUNTS."""
        book = Workbook()
        sheet = book.active
        sheet.append([f"更正件　原件标识：{said}" if said else None])
        for line in header[:-1]:
            sheet.append([None, *line])
        sheet.append(["原行号", *header[-1]])
        for row, cells in rows:
            sheet.append([row, *cells])
        if defined:
            sheet.defined_names["coopledger_origin"] = DefinedName("coopledger_origin", attr_text=f'"{defined}"')
        book.save(self.settings.inbox / name)
        self.receive()
        return self.rows("sheets", COUNTS, name)[0]

    def rows(self, zone: str, columns: str, file_name: str | None = None) -> list[tuple]:
        found = lake(self.settings, zone, f"{columns}" if file_name is None else f"{columns}, file_name")
        return found if file_name is None else [row[:-1] for row in found if row[-1] == file_name]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "home")


def farm(name: str | None, county: str = "海勃湾区", town: str = "千里山镇", area: object = "100",
         updated: object = "2024-07-01") -> list:
    return [name, "样例某", county, town, area, updated]


def farms(inbox: Inbox) -> str:
    """Row 3 has no name (rejected), row 4 a bad area (issue), rows 2 and 5 nothing."""
    return mark(inbox.original("家庭农场20240731.xlsx", [
        FARM, farm("样例一家庭农场"), farm(None), farm("样例三家庭农场", area="很多"), farm("样例四家庭农场")]), 0)


def test_every_row_of_a_correction_is_accounted_for(inbox: Inbox) -> None:
    said = farms(inbox)
    counts = inbox.correction("更正.xlsx", said, [FARM], [
        (3, farm("样例二家庭农场")),                        # now right
        (4, farm("样例三家庭农场", area="很多")),            # untouched
        (5, farm("样例四家庭农场改名")),                     # has no fault: not ours to change
        (None, farm("样例五家庭农场")),                      # no row of the original
        (None, [None] * 6),                                  # blank
        ("3a", farm("样例六家庭农场"))])
    assert counts == ("partly", 6, 1, 3, 0, 2)
    assert sorted(inbox.rows("typed/farm_directory.farm", "name, row_number, snapshot_date::varchar", "更正.xlsx")) == [
        ("样例二家庭农场", 3, "2024-07-31")]
    faults = {row: (column, sentence) for row, column, sentence in
              inbox.rows("rejected", "row_number, column_name, sentence", "更正.xlsx")}
    assert set(faults) == {5, 6, 8} and {column for column, _ in faults.values()} == {"原行号"}
    assert "没有退回或问题" in faults[5][1] and "不是行号" in faults[6][1]
    assert inbox.rows("corrected", "row_number, corrected_row, settled") == [(3, 3, True)]
    assert inbox.rows("delivered", "scope, snapshot_date::varchar, rows", "更正.xlsx") == [("150302|千里山镇", "2024-07-31", 1)]


def test_withheld_values_are_counted_where_they_are_said(inbox: Inbox) -> None:
    head = ["统一社会信用代码", "企业名称", "报告年度", "公示日期", "销售额或营业收入（万元）", "盈余总额（万元）"]
    code, other = "93150302MA0N000014", "93150303MA0N00002M"
    said = mark(inbox.original("年度报告20240731.xlsx", [
        head, [code, "样例一社", 2023, "2024-06-01", "不公示", "不公示"],
        [None, "样例二社", 2023, "2024-06-02", "不公示", 3]]), 0)
    inbox.correction("更正.xlsx", said, [head], [(3, [other, "样例二社", 2023, "2024-06-02", "不公示", 3])])
    assert inbox.rows("sheets", "file_name, accepted, rejected, withheld") == [
        ("年度报告20240731.xlsx", 1, 1, 3), ("更正.xlsx", 1, 0, 1)]


def test_the_same_row_twice_is_taken_from_neither(inbox: Inbox) -> None:
    counts = inbox.correction("更正.xlsx", farms(inbox), [FARM], [(3, farm("甲家庭农场")), (3, farm("乙家庭农场"))])
    assert counts == ("rejected", 2, 0, 2, 0, 0)
    assert inbox.rows("corrected", "row_number") == []


def test_two_clerks_with_a_copy_each(inbox: Inbox) -> None:
    said = farms(inbox)
    inbox.correction("甲.xlsx", said, [FARM], [(3, farm("样例二家庭农场")), (4, farm("样例三家庭农场", area="很多"))])
    counts = inbox.correction("乙.xlsx", said, [FARM], [(3, farm(None)), (4, farm("样例三家庭农场", area="50"))])
    assert counts == ("accepted", 2, 1, 0, 0, 1)           # row 3 as it first came says nothing new
    assert sorted(inbox.rows("corrected", "row_number, settled")) == [(3, True), (4, True)]
    assert inbox.rows("delivered", "rows", "乙.xlsx") == [(0,)]    # row 4 counted already


def test_a_key_that_changes_moves_its_row(inbox: Inbox) -> None:
    code, wrong = "93150302MA0N000014", "93150302MA0N000015"
    row = [2023, 1, "样例某", "农民", 100, 10]
    original = inbox.original("成员账户20240731.xlsx", [MEMBER_HEADERS, [wrong, *row], [wrong, *row[:1], 2, *row[2:]]])
    inbox.correction("更正.xlsx", mark(original, 0), [MEMBER_HEADERS], [(2, [code, *row])])
    assert sorted(inbox.rows("delivered", "scope, rows", "更正.xlsx")) == [
        (f"150302|{code}|2023", 1), (f"150302|{wrong}|2023", -1)]


def test_the_defined_name_is_enough(inbox: Inbox) -> None:
    said = farms(inbox)
    assert inbox.correction("更正.xlsx", None, [FARM], [(3, farm("样例二家庭农场"))], defined=said) == (
        "accepted", 1, 1, 0, 0, 0)


def test_a_text_file_can_be_a_correction(inbox: Inbox) -> None:
    said = farms(inbox)
    lines = [f"原件标识：{said}", ",".join(["原行号", *FARM]), ",".join(["3", *farm("样例二家庭农场")])]
    (inbox.settings.inbox / "更正.csv").write_bytes("\r\n".join(lines).encode("gb18030"))
    inbox.receive()
    assert inbox.rows("sheets", COUNTS, "更正.csv") == [("accepted", 1, 1, 0, 0, 0)]


@pytest.mark.parametrize(("said", "header", "code", "words"), [
    (mark("0" * 64, 0), [FARM], "NO_CONTRACT", "没有收到过它所更正的原件"),
    (None, [[FARM[1], FARM[0], *FARM[2:]]], "MISSING_COLUMN", "表头与原表不同"),
    (None, [FARM[:-1]], "MISSING_COLUMN", "最近更新日期"),
])
def test_what_cannot_be_placed_is_refused_whole(inbox: Inbox, said: str | None, header: list, code: str, words: str) -> None:
    said = said or farms(inbox)
    inbox.correction("更正.xlsx", said, header, [(3, farm("样例二家庭农场"))])
    ((outcome, found, reason),) = inbox.rows("sheets", "outcome, reason_code, reason", "更正.xlsx")
    assert (outcome, found) == ("rejected", code) and words in reason


def test_the_original_says_the_date_and_not_the_name_of_the_correction(inbox: Inbox) -> None:
    inbox.correction("更正20240831.xlsx", farms(inbox), [FARM], [(3, farm("样例二家庭农场"))])
    ((when, reason),) = inbox.rows("sheets", "snapshot_date::varchar, reason", "更正20240831.xlsx")
    assert when == "2024-07-31"
    assert reason.endswith("文件名中的日期 2024-08-31 没有采用，更正的行按原件的数据日期 2024-07-31 入账。")


def test_without_the_row_numbers_it_is_refused(inbox: Inbox) -> None:
    said = farms(inbox)
    workbook(inbox.settings.inbox / "更正.xlsx", [[f"原件标识：{said}"], FARM, farm("样例二家庭农场")])
    inbox.receive()
    ((code, reason),) = inbox.rows("sheets", "reason_code, reason", "更正.xlsx")
    assert code == "MISSING_COLUMN" and "原行号" in reason


def test_a_correction_delivers_no_county_that_its_original_did_not(inbox: Inbox) -> None:
    original = inbox.original("家庭农场20240731.xlsx", [
        FARM, *(farm(f"样例{n}家庭农场", town="千里山镇" if n % 2 else "卡布其街道") for n in range(60)),
        farm("外区甲家庭农场", county="海南区", town="公乌素镇"), farm(None, county="海南区", town="公乌素镇")])
    assert inbox.rows("delivered", "scope") == [("150302",)]
    inbox.correction("更正.xlsx", mark(original, 0), [FARM], [(63, farm("外区乙家庭农场", county="海南区", town="公乌素镇"))])
    assert inbox.rows("typed/farm_directory.farm", "county_code, is_stray", "更正.xlsx") == [("150303", True)]
    assert inbox.rows("delivered", "scope", "更正.xlsx") == []


def test_a_row_of_a_countys_file_is_no_townships_delivery(inbox: Inbox) -> None:
    original = inbox.original("家庭农场20240731.xlsx", [
        FARM, farm("样例一家庭农场"), farm("样例二家庭农场", town="卡布其街道"), farm(None)])
    inbox.correction("更正.xlsx", mark(original, 0), [FARM], [(4, farm("样例三家庭农场"))])
    assert inbox.rows("delivered", "scope, rows", "更正.xlsx") == [("150302", 1)]


def test_a_total_that_agrees_since_is_settled(inbox: Inbox) -> None:
    original = inbox.original("家庭农场20240731.xlsx", [
        FARM, farm("样例一家庭农场", area="100"), farm(None, area="50"), farm("样例三家庭农场", area="30"),
        ["合计", None, None, None, "140"]])
    assert (5, "TOTAL_MISMATCH") in inbox.rows("issues", "row_number, code")
    inbox.correction("更正.xlsx", mark(original, 0), [FARM], [(3, farm("样例二家庭农场", area="10"))])
    assert sorted(inbox.rows("corrected", "row_number, corrected_row, settled"), key=str) == [(3, 3, True), (5, None, True)]


def test_the_cell_that_speaks_for_the_whole_city_still_does(inbox: Inbox) -> None:
    path = ningbo_workbook(inbox.settings.inbox / "宁波20231231.xlsx")
    from openpyxl import load_workbook
    book = load_workbook(path)
    book.active["B6"] = "六十"                             # 海曙, 2023 星级合作社
    book.save(path)
    inbox.receive()
    ((original, last),) = inbox.rows("sheets", "content_hash, last_header_row")
    city = "county_code, year, indicator, target::int, is_city_wide"
    before = {row for row in inbox.rows("typed/supply_coop.target", city) if row[-1]}
    assert len(before) == 3
    header = [[cell.value for cell in line] for line in book.active.iter_rows(max_row=last)]
    row = [cell.value for cell in book.active[6]]
    inbox.correction("更正.xlsx", mark(original, 0), header, [(6, [row[0], 60, *row[2:]])])
    after = inbox.rows("typed/supply_coop.target", city, "更正.xlsx")
    assert {line for line in after if line[-1]} == before
    assert [line[3] for line in after if line[1:3] == (2023, "star_coops")] == [60]


def test_received_again_from_the_archive_it_is_the_same(inbox: Inbox) -> None:
    said = farms(inbox)
    inbox.correction("一.xlsx", said, [FARM], [(3, farm("样例二家庭农场")), (4, farm("样例三家庭农场", area="还是很多"))])
    inbox.correction("二.xlsx", said, [FARM], [(4, farm("样例三家庭农场", area="70"))])
    zones = ("corrected", "delivered", "typed/farm_directory.farm", "sheets", "rejected", "issues")
    before = {zone: lake(inbox.settings, zone) for zone in zones}
    for path in (inbox.settings.lake / "sheets").glob("*.parquet"):
        path.unlink()
    inbox.receive()
    assert {zone: lake(inbox.settings, zone) for zone in zones} == before
    assert sorted(inbox.rows("corrected", "row_number, settled, received_order")) == [(3, True, 2), (4, True, 2), (4, True, 3)]
