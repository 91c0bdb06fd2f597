"""The forms over what dbt really builds: the marts' columns, types and sums are those the forms expect."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from dbt_lake import Lake, account, coop, farm, statement
from forms_cases import FIVE_STAR, QUOTA, cells, rendered
from forms_warehouse import NINGBO
from programme_rows import award

from dagster_project.lake import prepare
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

CODE = "93150302MA0Q0000{}X"
DISTRICT, DISTRICT_NAME = "150302", "海勃湾区"
AWARDED = {"recognised_on": date(2024, 7, 20), "recommended_on": date(2024, 7, 1), "accepted_on": None, "paid_on": None,
           "state": "认定", "snapshot_date": date(2024, 7, 28)}  # fmt: skip
SCOPES = ("150300", DISTRICT, "330200")


def _statements() -> Iterator[dict]:
    """Spec 2.3's worked example: reached exactly, and missed by a cent."""
    for number, returned in ((1, "43200.00"), (2, "43199.99")):
        yield statement(
            CODE.format(number), DISTRICT, 2023, current_surplus=Decimal(100_000),
            opening_undistributed=Decimal(-20_000), reserve_appropriation=Decimal(8_000),
            returned=Decimal(returned),
        )  # fmt: skip


def _plan() -> Iterator[dict]:
    for code, label, *numbers in NINGBO:
        pairs = [(year, kind) for year in FIVE_STAR for kind in ("star_coops", "led_coops")]
        for (year, indicator), target in zip(pairs, numbers, strict=True):
            yield {"county_name": label, "county_code": code, "scope": code, "year": year,
                   "indicator": indicator, "target": target, "is_city_wide": False,
                   "entity_key": f"{code}|{year}|{indicator}"}  # fmt: skip
    for year, target in FIVE_STAR.items():
        yield {"county_name": "海曙", "county_code": "330203", "scope": "330203", "year": year,
               "indicator": "led_five_star", "target": target, "is_city_wide": True,
               "entity_key": f"330203|{year}|led_five_star"}  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int | None, str | None], Path]:
    """The workbooks of one small month, by form and scope."""
    home = tmp_path_factory.mktemp("forms")
    lake = Lake(home)
    lake.month(date(2024, 7, 31), SCOPES)
    lake.deliver("gsxt.registration", date(2024, 7, 25), [coop(CODE.format(n), DISTRICT) for n in (1, 2, 3)])
    lake.deliver("coop_finance.statement", date(2024, 4, 2), list(_statements()))
    lake.deliver("coop_finance.member_account", date(2024, 4, 3), [
        account(CODE.format(1), DISTRICT, 2023, n, trade=Decimal(100), returned=Decimal(7_200))
        for n in range(1, 7)])  # fmt: skip
    lake.deliver("programme.quota", date(2024, 7, 26), [
        {"year": 2024, "county_name": name, "county_code": code, "coops": coops, "farms": farms,
         "scope": "150300|2024", "entity_key": f"2024|{code}"}
        for code, name, coops, farms in QUOTA])  # fmt: skip
    lake.deliver("programme.award", date(2024, 7, 28), [
        award("甲社", code=CODE.format(1), members=20, annual_income=Decimal(125_000), township_name="千里山镇", **AWARDED),
        award("乙社", code=CODE.format(2), members=30, annual_income=None, **AWARDED),
        award("丙社", code=CODE.format(3), members=9, **AWARDED | {"state": "取消"}),
        award("丁社", members=9, **AWARDED | {"support": "规范化建设支出补助"}),
        award("戊社", members=9, **AWARDED | {"recognised_on": date(2024, 8, 2), "state": "认定"}),
        award("己农场", kind="家庭农场", code=None, annual_income=Decimal(50_000), residents_led=4, **AWARDED),
        award("庚农场", kind="家庭农场", code=None, annual_income=Decimal(50_000), **AWARDED)])
    lake.deliver("farm_directory.farm", date(2024, 7, 25), [
        farm("A23456789012345678", "己农场", DISTRICT), farm(None, "庚农场", DISTRICT)])
    lake.deliver("supply_coop.target", date(2023, 7, 27), list(_plan()))
    lake.build()
    lake.conclude()
    with closing(duckdb.connect(str(lake.settings.build_file), read_only=True)) as con:
        return rendered(con, lake.settings.exports, *SCOPES)


def test_every_form_of_every_scope_is_there(books):
    assert set(books) == {
        *((form, "150300") for form in (1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 15, 16, 17)),
        *((form, DISTRICT) for form in (2, 3, 5, 6, 11, 12, 13, 15, 16, 17)),
        *((form, "330200") for form in (9, 11, 12, 13, 15, 16, 17)), (18, "150300"), (18, "330200"), (None, None),
    }  # fmt: skip


def test_form_1_prints_the_tasks_in_the_files_order(books):
    workbook = openpyxl.load_workbook(books[1, "150300"])
    sheet = workbook.worksheets[0]
    printed = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=7)]
    assert printed == [[label, coops, farms, None] for _, label, coops, farms in QUOTA]
    assert [cell.value for cell in workbook["任务进度"][8]][:2] == ["合计", 10]
    assert "（programme.award）" in "".join(str(value) for value in cells(workbook["任务进度"]).values())


def test_form_2_prints_what_was_recognised_by_the_months_end(books):
    workbook = openpyxl.load_workbook(books[2, DISTRICT])
    sheet, dash = workbook.worksheets[0], "—"
    assert [[cell.value for cell in row][1:7] for row in sheet.iter_rows(min_row=5, max_row=7)] == [
        ["千里山镇", "甲社", dash, 20, dash, 12.5], [dash, "乙社", dash, 30, dash, dash], ["合计", None, None, 50, None, dash]]
    notes = "".join(str(value) for value in cells(workbook["数据说明"]).values())
    for name, why in (("丙社", "已取消"), ("丁社", "规范化建设支出补助对象，不属于奖励补助"), ("戊社", "尚未认定")):
        assert f"{DISTRICT_NAME} {name}{why}，未列入" in notes


def test_form_3_tells_farms_without_a_code(books):
    sheet = openpyxl.load_workbook(books[3, DISTRICT]).worksheets[0]
    rows = {sheet[f"C{row}"].value: (sheet[f"F{row}"].value, sheet[f"H{row}"].value, sheet[f"K{row}"].value) for row in (6, 7)}
    assert rows == {"己农场": (5, 4, "A23456789012345678"), "庚农场": (5, "—", "未赋码")}
    assert [sheet[f"{letter}8"].value for letter in "BFH"] == ["合计", 10, "—"]


def test_form_9_prints_the_plan_and_its_sums(books):
    workbook = openpyxl.load_workbook(books[9, "330200"])
    sheet = workbook.worksheets[0]
    assert [sheet[f"A{row}"].value for row in range(6, 16)] == [label for _, label, *_ in NINGBO]
    assert [sheet[f"{letter}6"].value for letter in "DGJ"] == [30, 65, 100]
    total = [cell.value for cell in workbook["进度"][16]]
    assert [total[column] for column in (1, 5, 9, 13, 17, 21, 25, 28, 31)] == [
        800, 617, 1012, 714, 1202, 803, 30, 65, 100,
    ]  # fmt: skip


def test_form_12_tells_a_missed_cent_from_the_target(books):
    sheet = openpyxl.load_workbook(books[12, DISTRICT]).worksheets[0]
    shown = [(sheet[f"I{row}"].value, sheet[f"K{row}"].value, sheet[f"L{row}"].value, sheet[f"O{row}"].value)
             for row in (5, 6, 7)]  # fmt: skip
    assert shown == [
        (72000, 43200, 60, "达标"), (72000, 43199.99, 59.9999, "未达标"), ("—", "—", "—", "数据缺失"),
    ]  # fmt: skip
    assert [sheet[f"{letter}5"].value for letter in "RTUV"] == [6, 43200, 0, "是"]


def test_the_official_sheets_can_be_read_back(books, tmp_path):
    settings = Settings(home=tmp_path, _env_file=None)
    prepare(settings)
    for form, scope in ((1, "150300"), (9, "330200")):
        shutil.copy(books[form, scope], settings.inbox)
    receive(settings, lambda _: None)
    with duckdb.connect() as con:
        quota = con.execute(
            f"""select year, county_code, county_name, coops, farms, remark
                from read_parquet('{settings.lake}/typed/programme.quota/*.parquet') order by row_number"""
        ).fetchall()
        plan = con.execute(
            f"""select year, indicator, is_city_wide, sum(target), count(*)
                from read_parquet('{settings.lake}/typed/supply_coop.target/*.parquet')
                where sheet = '任务进度表' group by all order by year, indicator"""
        ).fetchall()
    assert quota == [(2024, code, label, coops, farms, None) for code, label, coops, farms in QUOTA]
    assert plan == [
        (2023, "led_coops", False, 617, 10), (2023, "led_five_star", True, 30, 1),
        (2023, "star_coops", False, 800, 10), (2024, "led_coops", False, 714, 10),
        (2024, "led_five_star", True, 65, 1), (2024, "star_coops", False, 1012, 10),
        (2025, "led_coops", False, 803, 10), (2025, "led_five_star", True, 100, 1),
        (2025, "star_coops", False, 1202, 10),
    ]  # fmt: skip


def test_notes_bring_the_measures_and_policy_rows_of_the_form(books):
    notes = cells(openpyxl.load_workbook(books[12, DISTRICT])["数据说明"]).values()
    assert "盈余返还最低比例（return_floor）" in notes
    assert "0.6 比例" in notes
    assert "盈余返还比例（法定口径）（return_ratio_statutory）" in notes
