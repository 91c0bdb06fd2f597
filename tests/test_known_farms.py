"""A family farm that only the farm directory knows: its registry row is ours, whichever file came first (6.1.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receive_kit import lake, workbook, workbooks
from stdnum.cn import uscc

from dagster_project.desk.inspect_file import inspect_files
from dagster_project.receive import delimited
from dagster_project.receive.corrections import mark
from dagster_project.receive.landing import receive
from dagster_project.receive.summary import ReceiveSummary
from dagster_project.settings import Settings

NOW = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)
REGISTRY = ["企业名称", "统一社会信用代码", "注册日期", "企业类型", "法人代表", "注册资金", "经营范围", "所在省份", "地区", "注册地址"]
DIRECTORY = ["家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "统一社会信用代码", "最近更新日期"]
ROWS = "rows_read, accepted, rejected, out_of_scope, ignored"


def code(number: int, group: str) -> str:
    first = f"{group}150302MA{number:07d}"
    return first + uscc.calc_check_digit(first)


TRADER, COMPANY, SHOP, COOP = code(1, "92"), code(2, "91"), code(3, "92"), code(4, "93")


class Home:
    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder, threads=2, _env_file=None)
        self.settings.inbox.mkdir(parents=True)
        self.now = NOW

    def receive(self) -> ReceiveSummary:
        self.now += timedelta(hours=1)
        return receive(self.settings, now=self.now)

    def directory(self, name: str = "20240725名录.xlsx", *codes: str) -> None:
        workbook(self.settings.inbox / name, [DIRECTORY, *(
            [f"样例{n}家庭农场", "样例某", "海勃湾区", "千里山镇", known, "2024-07-01"] for n, known in enumerate(codes, 1))])

    def registry(self, name: str = "登记20240725.csv") -> None:
        """A sole trader, a company, another trader, a cooperative; nothing says farm."""
        rows = [REGISTRY, *(
            [f"乌海市样例{n}号", number, "2015-01-01", kind, "样例甲", "50万元", "种植", "内蒙古自治区", "乌海市", "乌海市海勃湾区样例街1号"]
            for n, (number, kind) in enumerate([(TRADER, "个体工商户"), (COMPANY, "有限责任公司"), (SHOP, "个体工商户"),
                                                (COOP, "农民专业合作社")], 1))]
        (self.settings.inbox / name).write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")

    def ours(self) -> list[str]:
        return [number for (number,) in lake(self.settings, "typed/gsxt.registration", "credit_code", "row_number")]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def registry_lines(home: Home) -> list[tuple]:
    """ROWS of the registry's sheets; every line conserves its rows."""
    for read, *parts in lake(home.settings, "sheets", ROWS):
        assert read == sum(parts)
    return [line[1:] for line in lake(home.settings, "sheets", f"table_id, {ROWS}") if line[0] == "gsxt.registration"]


def test_without_the_directory_a_trader_is_none_of_ours(home: Home) -> None:
    home.registry()
    home.receive()
    assert home.ours() == [COOP] and registry_lines(home) == [(4, 1, 0, 3, 0)]


@pytest.mark.parametrize("order", ["directory first", "same run, directory first", "same run, directory last",
                                   "directory in a later run"])
@pytest.mark.parametrize("screened", [False, True])
def test_the_order_in_which_they_come_does_not_matter(home: Home, monkeypatch: pytest.MonkeyPatch, order: str, screened: bool) -> None:
    if screened:          # as in a large dump: what is not ours is taken out before typing
        monkeypatch.setattr(delimited, "LEAST_ROWS", 1)
        monkeypatch.setattr("dagster_project.receive.screen.HEAD_ROWS", 1)
    name = "名录20240725.xlsx" if order == "same run, directory last" else "a名录20240725.xlsx"
    registry = "登记20240725.csv" if order != "same run, directory last" else "a登记20240725.csv"
    if order == "directory in a later run":
        home.registry(registry)
        home.receive()
        assert home.ours() == [COOP]
        home.directory(name, TRADER, COMPANY)
    elif order == "directory first":
        home.directory(name, TRADER, COMPANY)
        home.receive()
        home.registry(registry)
    else:
        home.directory(name, TRADER, COMPANY)
        home.registry(registry)
    home.receive()
    assert home.ours() == [TRADER, COMPANY, COOP]
    assert registry_lines(home) == [(4, 3, 0, 1, 0)]
    assert lake(home.settings, "delivered", "scope, rows") == [("150302", 3), ("150302|千里山镇", 2)]
    again = home.receive()
    assert again.landed == 0
    raw = lake(home.settings, "raw", "count(*) filter (where cells[2] is not null)")[0][0]
    assert raw == 3 + 3 + 1 + (0 if screened else 1)          # the directory and what of the dump is kept


def test_only_files_that_depend_on_the_set_are_typed_anew(home: Home) -> None:
    home.registry()
    workbook(home.settings.inbox / "全是合作社20240725.xlsx", [REGISTRY, [
        "乌海市样例社", COOP, "2015-01-01", "农民专业合作社", "样例甲", "50万元", "种植", "内蒙古自治区", "乌海市", "乌海市海勃湾区样例街1号"]])
    home.receive()
    home.directory("名录20240725.xlsx", TRADER)
    assert home.receive().landed == 2                   # the directory, and the dump anew
    home.directory("名录20240825.xlsx", TRADER, TRADER)
    assert home.receive().landed == 1                   # names no other code
    home.directory("名录20240925.xlsx", SHOP)
    assert home.receive().landed == 2
    assert [number for number in home.ours() if number[:2] == "92"] == [TRADER, SHOP]


def test_both_in_one_workbook(home: Home) -> None:
    workbooks(home.settings.inbox / "导出20240725.xlsx", {
        "登记": [REGISTRY, ["乌海市样例1号", TRADER, "2015-01-01", "个体工商户", "样例甲", "50万元", "种植", "内蒙古自治区", "乌海市", "乌海市海勃湾区样例街1号"]],
        "名录": [DIRECTORY, ["样例1家庭农场", "样例某", "海勃湾区", "千里山镇", TRADER, "2024-07-01"]]})
    summary = home.receive()
    assert home.ours() == [TRADER] and summary.rows["accepted"] == 2 and summary.landed == 1
    assert home.receive().landed == 0


def test_a_corrected_code_is_known_and_the_archive_alone_says_the_same(home: Home) -> None:
    home.registry()
    home.directory("名录20240725.xlsx", "92坏的代码")
    home.receive()
    assert home.ours() == [COOP]
    original = lake(home.settings, "sheets", "content_hash, table_id", "table_id")[0][0]
    workbook(home.settings.inbox / "更正.xlsx", [
        [f"原件标识：{mark(original, 0)}"], ["原行号", *DIRECTORY],
        [2, "样例1家庭农场", "样例某", "海勃湾区", "千里山镇", TRADER, "2024-07-01"]])
    home.receive()
    assert home.ours() == [TRADER, COOP]
    zones = ("typed/gsxt.registration", "typed/farm_directory.farm", "sheets", "delivered", "rejected", "issues")
    before = {zone: lake(home.settings, zone) for zone in zones}
    for path in home.settings.lake.rglob("*.parquet"):
        path.unlink()
    home.receive()
    assert {zone: lake(home.settings, zone) for zone in zones} == before


def test_inspect_says_what_a_run_would_do(home: Home) -> None:
    home.registry()
    path = home.settings.inbox / "登记20240725.csv"
    assert inspect_files([path], home.settings, NOW)[0]["sheets"][0]["rows"]["out_of_scope"] == 3
    home.directory("名录20240725.xlsx", TRADER)
    home.receive()
    (sheet,) = inspect_files([path], home.settings, NOW)[0]["sheets"]
    assert (sheet["rows"]["accepted"], sheet["rows"]["out_of_scope"]) == (2, 2)
