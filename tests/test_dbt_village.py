"""Villages (spec 2.8, rulings 6.2.12, 6.6.13) for July 2024; figures by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from coverage_rows import village
from dbt_lake import Lake
from oracle.compare import differences

TABLES = ("coverage", "reconciliation", "village_month", "village_banner_month")

JULY, JUNE, MAY = date(2024, 7, 1), date(2024, 6, 1), date(2024, 5, 1)
EQ, DL, WS = "150623", "150621", "150626"   # 鄂托克前旗, 达拉特旗, 乌审旗


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("village"))
    lake.month(date(2024, 7, 31), scopes=("150600",))
    full = {"enterprise": "甲公司、乙公司", "organisation": "丙合作社", "insured_due": 100, "insured": 90,
            "poor_households": 10, "poor_households_linked": 8, "trained": 30, "dividends": Decimal("1000.50")}
    lake.deliver("village.monthly", date(2024, 7, 5), [
        village(EQ, "一村", JUNE, **full), village(EQ, "四村", JUNE, **full), village(EQ, "五村", date(2023, 7, 1), **full),
        village(EQ, "六村", date(2023, 8, 1), is_poor_village=True)])
    # July's report comes in the first days of August and counts for July; a correction of 一村 comes later
    lake.deliver("village.monthly", date(2024, 8, 3), [
        village(EQ, "一村", JULY, **{**full, "insured": 60}),
        village(EQ, "二村", JULY, is_poor_village=True, enterprise="无", organisation="丙合作社", insured_due=50, insured=0,
                poor_households=5, fund_arrived=Decimal("200000.00")),
        village(EQ, "三村", JULY, is_poor_village=True, enterprise="丁公司", organisation="戊合作社",
                fund_arrived=Decimal("199999.99")),
    ])
    lake.deliver("village.monthly", date(2024, 8, 20), [village(EQ, "一村", JULY, **full)])
    lake.deliver("village.monthly", date(2024, 9, 10), [village(EQ, "一村", JULY, **{**full, "insured": 1})])  # 41 days later
    lake.deliver("village.monthly", date(2024, 8, 3), [village(DL, "河村", JULY, insured_due=0, insured=0, poor_households=0)])
    lake.deliver("village.monthly", date(2024, 7, 3), [village(WS, "沙村", JUNE, **full)])   # nothing for July
    lake.build(*TABLES)
    lake.conclude(*TABLES)
    return lake


def test_a_village_a_row_and_those_that_did_not_report(lake: Lake) -> None:
    assert lake.rows(
        "select village, poor_village, reported, last_month, enterprises, organisations, households, joined, poor, linked, "
        f"dividends, fund_due, fund_reached, insured_due, insured, trained from village_month where banner_code = '{EQ}' "
        "order by last_month desc, village"
    ) == [
        ("一村", None, True, JULY, 2, 1, 100, 50, 10, 8, Decimal("1000.50"), None, None, 100, 90, 30),
        ("三村", True, True, JULY, 1, 1, 100, 50, None, None, None, 200000, False, None, None, None),
        ("二村", True, True, JULY, 0, 1, 100, 50, 5, None, None, 200000, True, 50, 0, None),
        ("四村", None, False, JUNE, *[None] * 12),
        ("六村", True, False, date(2023, 8, 1), *[None] * 7, 200000, *[None] * 4),
    ]


def test_rates_over_the_villages_that_reported(lake: Lake) -> None:
    rows = lake.rows("select measure_id, region_code, numerator, denominator, unknown, status from coverage "
                     f"where region_code in ('{EQ}', '{DL}', '{WS}', '150600') and measure_id in ('village_model_rate', "
                     "'village_model_rate_key', 'insurance_rate', 'insurance_village_rate', 'poor_household_link_rate')")
    found = {(measure, region): tuple(rest) for measure, region, *rest in rows}
    missing = (None, None, 0, "数据缺失")
    assert {region: found["village_model_rate", region] for region in (EQ, DL, WS, "150600")} == {
        EQ: (2, 3, 0, "无目标"), DL: (0, 1, 0, "无目标"), WS: missing, "150600": (2, 4, 0, "无目标")}
    assert found["village_model_rate_key", EQ] == (1, 2, 0, "无目标")
    assert found["village_model_rate_key", DL] == (0, 0, 0, "分母为零")
    # 90 + 0 of 100 + 50 households; 三村 gave no figures
    assert found["insurance_rate", EQ] == (90, 150, 1, "未达标")
    assert found["insurance_rate", DL] == (0, 0, 0, "分母为零")
    assert found["insurance_rate", "150600"] == (90, 150, 1, "未达标")
    assert found["insurance_village_rate", "150600"] == (1, 4, 1, "未达标")
    # 8 of 10 + 5; 二村 did not say how many are linked, 三村 nothing at all
    assert found["poor_household_link_rate", EQ] == (8, 15, 2, "无目标")
    assert found["poor_household_link_rate", WS] == missing


def test_a_banner_sums_what_was_reported(lake: Lake) -> None:
    assert lake.one(
        "select villages, villages_reported, villages_missing, poor_villages, funds_reached, households, insured, dividends, "
        f"fund_arrived, fund_due, collective_income from village_banner_month where banner_code = '{EQ}'"
    ) == {"villages": 5, "villages_reported": 3, "villages_missing": 2, "poor_villages": 2, "funds_reached": 1,
          "households": 300, "insured": 90, "dividends": Decimal("1000.50"), "fund_arrived": Decimal("399999.99"),
          "fund_due": Decimal(400000), "collective_income": None}


def test_exactly_ninety_percent_reaches_the_target(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.month(date(2024, 7, 31), scopes=("150600",))
    lake.deliver("village.monthly", date(2024, 7, 31), [village(EQ, "一村", JULY, insured_due=100, insured=90)])
    lake.deliver("village.monthly", date(2024, 7, 31), [village(DL, "一村", JULY, insured_due=10000, insured=8999)])
    lake.build(*TABLES)
    lake.conclude(*TABLES)
    assert lake.rows("select region_code, value, meets_target from coverage where measure_id = 'insurance_rate' "
                     f"and region_code in ('{EQ}', '{DL}') order by region_code") == [
        (DL, Decimal("0.899900"), False), (EQ, Decimal("0.900000"), True)]


def test_the_naive_recomputation_agrees(lake: Lake) -> None:
    assert differences(lake.settings.build_file, lake.settings.lake, date(2024, 7, 31)) == []
