"""Every measure of spec 2.2 for July 2024 from typed rows; numerators, denominators and unknowns counted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from coverage_rows import (
    affiliate,
    award,
    client,
    code,
    contract,
    direct,
    inspection,
    listing,
    report,
    roster,
    task,
    usage,
    visit,
)
from dbt_lake import Lake, account, coop, farm
from oracle.compare import differences

TABLES = ("coverage", "measure", "reconciliation", "village_month", "village_banner_month")

JULY, JUNE = date(2024, 7, 25), date(2024, 6, 25)
HBW, HN, WD = "150302", "150303", "150304"
HS, JB, DS = "330203", "330205", "150602"
C1, C2, C3, C4, C5, C6, C7, C8, C9 = (code(HBW, n) for n in range(1, 10))
E1 = code(WD, 1)
F1, F2, F3, F4 = (f"15030200000000000{n}" for n in range(1, 5))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("coverage"))
    lake.month(day("2024-07-31"), scopes=("150300", "330200"))
    registers(lake)
    lists(lake)
    farms(lake)
    programme(lake)
    federation(lake)
    nobody(lake)
    lake.build(*TABLES)
    lake.fired((code(HS, 2), "K02", 4))
    lake.conclude(*TABLES)
    return lake


def registers(lake: Lake) -> None:
    lake.deliver("gsxt.registration", JULY, [
        coop(C1, HBW, name="甲农民专业合作社"),
        coop(C2, HBW, name="乙农牧民专业合作社"),
        coop(C3, HBW, name="丙农民专业合作社", founded_on=day("2023-12-31")),   # obliged for 2023, by a day
        coop(C4, HBW, name="丁农民专业合作社", founded_on=day("2024-01-01")),   # not obliged, by a day
        coop(C5, HBW, name="戊农民专业合作社", status="deregistered", ended_on=day("2024-03-05")),
        coop(C6, HBW, name="同名农民专业合作社", founded_on=None),
        coop(C7, HBW, name="同名农民专业合作社", status="suspended"),
    ])
    lake.deliver("gsxt.registration", JULY, [coop(code(HN, n), HN) for n in (1, 2)])
    lake.deliver("gsxt.registration", JULY, [coop(E1, WD)])
    lake.deliver("gsxt.annual_report", day("2024-07-01"), [
        report(C1, HBW, 2023, day("2024-06-30")), report(C2, HBW, 2022, day("2023-06-30")),
        report(C3, HBW, 2023, None), report(C4, HBW, 2023, day("2024-06-30")), report(C5, HBW, 2023, day("2024-02-01"))])
    # 海南区's file is of the day before the window closed, 乌达's of its last day
    lake.deliver("gsxt.annual_report", day("2024-06-29"), [report(code(HN, 1), HN, 2023, day("2024-06-01"))])
    lake.deliver("gsxt.annual_report", day("2024-06-30"), [report(E1, WD, 2023, day("2024-06-30"))])


def lists(lake: Lake) -> None:
    lake.deliver("gsxt.abnormal_listing", JUNE, [listing(C1, HBW, day("2023-05-01")), listing(C3, HBW, day("2023-01-01"))])
    lake.deliver("gsxt.abnormal_listing", JULY, [
        listing(C1, HBW, day("2023-05-01")),
        listing(C2, HBW, day("2024-02-01"), day("2024-07-31"), "补报未报年份的年度报告"),
        listing(C5, HBW, day("2023-09-09"), day("2024-03-05"), "注销"),
        listing(C7, HBW, day("2024-01-01"), day("2024-08-01"), "补报"),          # removed after as_of: still listed
        listing(C8, HBW, day("2022-01-01"), day("2023-12-31"), "补报"),          # gone before the year
        listing(C9, HBW, day("2022-01-01"), day("2024-01-01"), "重新取得联系"),   # removed on the first day
        listing("91150302MA0C0MPANY", HBW, day("2024-02-01")),
    ])
    lake.deliver("advisor.visit", JULY, [
        visit(HBW, day("2024-01-01"), "甲社", C1),
        visit(HBW, day("2024-07-20"), "乌海市海勃湾区 乙（农民专业合作社）"),
        visit(HBW, day("2024-07-20"), "丙社", C3, mode="电话"),
        visit(HBW, day("2023-12-31"), "丁社", C4),
        visit(HBW, day("2024-02-01"), "戊社", C5),                               # deregistered since
        visit(HBW, day("2024-02-01"), "同名合作社"),                              # of two, nobody knows which
        visit(HBW, day("2024-03-01"), "一号农场", farm=F1),
        visit(HBW, day("2024-03-01"), "二号农场", kind="家庭农场"),
    ])
    lake.deliver("advisor.visit", day("2023-12-30"), [visit(HN, day("2023-12-01"), "某社", code(HN, 1))])
    lake.deliver("advisor.visit", day("2024-03-01"), [visit(WD, day("2024-02-01"), "别家社", code(WD, 9))])
    lake.deliver("demonstration.roster", JULY, [
        roster(HBW, "甲农民专业合作社", "国家级", day("2024-01-01"), C1),
        roster(HBW, "乙农牧民专业合作社", "国家级", day("2023-12-31"), C2),
        roster(HBW, "一号农场", "旗县（区）级", day("2024-07-31"), farm=F1),
        roster(HBW, "二号农场", "旗县（区）级", day("2024-08-01"), farm=F2),
        roster(HBW, "丙农民专业合作社", "旗县（区）级", day("2024-02-01"), C3, title="规范社"),
        roster(HBW, "丁农民专业合作社", "旗县（区）级", day("2024-02-01"), C4, withdrawn_on=day("2024-07-31")),
        roster(HBW, "丙农民专业合作社", "盟市（市）级", day("2024-03-01"), C3),
        roster(HBW, "三号农场", "盟市（市）级", day("2024-03-01")),
        roster(HBW, "丙农民专业合作社", "供销总社", day("2023-12-31"), C3),
        roster(HBW, "甲农民专业合作社", "供销总社", day("2024-06-30"), C1),
    ])


def farms(lake: Lake) -> None:
    lake.deliver("farm_directory.farm", JULY, [
        farm(F1, "一号农场", HBW, updated_on=day("2024-05-01"), subsidy_flag=True, subsidy_year=2024),
        farm(F2, "二号农场", HBW, updated_on=day("2024-05-01")),
        farm(None, "三号农场", HBW, updated_on=day("2024-05-01")),
        farm(F4, "四号农场", HBW, updated_on=day("2024-05-01")),
    ])
    lake.deliver("farm_directory.farm", JULY, [], scopes=[WD])
    months = [day(f"2023-{m:02d}-01") for m in range(8, 13)] + [day("2024-07-01")]
    lake.deliver("bookkeeping.usage", JULY, [
        *(usage(HBW, F1, month) for month in months),                              # 6, the first and last of the window
        *(usage(HBW, F2, month) for month in [day("2023-07-01"), *months[:5]]),    # 5 inside it
        usage(HBW, F2, day("2024-07-01"), 0),
        *(usage(HBW, F4, month) for month in months[:5]), usage(HBW, F4, months[5], None),
    ])
    lake.deliver("direct_report.entity", JULY, [
        direct(HBW, "一号农场", day("2023-07-31"), farm=F1, certification_state="已认证"),
        direct(HBW, "二号农场", day("2023-07-30"), farm=F2, certification_state="已认证"),
        direct(HBW, "三号农场", day("2024-07-01"), kind="家庭农场", certification_state="未认证"),
        direct(HBW, "四号农场", day("2024-07-01"), farm=F4, certification_state=None),
    ])


def programme(lake: Lake) -> None:
    lake.deliver("direct_report.entity", JULY, [
        direct(HBW, "甲农民专业合作社", day("2024-06-10"), C1, subsidy_flag=True),
        direct(HBW, "乙农牧民专业合作社", day("2024-06-09"), C2, subsidy_flag=True, subsidy_year=2023),
        direct(HBW, "丙农民专业合作社", day("2024-07-01"), C3),
        direct(HBW, "无码农民专业合作社", day("2024-07-01")),
    ])
    lake.deliver("direct_report.entity", JULY, [direct(WD, "乌达社", day("2024-07-01"), E1, subsidy_flag=True, subsidy_year=2024)])
    lake.deliver("programme.award", JULY, [
        award(HBW, "甲农民专业合作社", day("2024-06-10"), C1),
        award(HBW, "甲农民专业合作社", day("2024-06-10"), C1, support="规范化建设支出补助"),
        award(HBW, "乙农牧民专业合作社", day("2024-06-10"), C2, state="拨付"),
        award(HBW, "丙农民专业合作社", None, C3, state="验收"),
        award(HBW, "丁农民专业合作社", day("2024-06-10"), C4, state="取消"),
        award(HBW, "同名农民专业合作社", None, C7, state="推荐"),
        award(HBW, "不在直报农民专业合作社", day("2024-06-01")),
        award(HBW, "一号农场", day("2024-05-01"), farm=F1),
        award(HBW, "二号农场", day("2024-05-02"), kind="家庭农场"),
    ])
    lake.deliver("programme.award", JULY, [award(HBW, "同名农民专业合作社", day("2023-06-01"), C6, year=2023)])
    lake.deliver("programme.award", JULY, [award(HN, "海南社", day("2024-06-01"), code(HN, 1))])
    lake.deliver("programme.award", JULY, [award(WD, "乌达社", day("2024-07-01"), E1)])
    lake.deliver("programme.service_contract", JULY, [
        contract(HBW, "HT1", day("2023-08-01"), day("2024-07-31")), contract(HBW, "HT2", day("2021-08-01"), day("2024-07-30"))])
    lake.deliver("programme.service_client", JULY, [
        client(HBW, "HT1", "甲农民专业合作社", C1, sound=True, proxy=True),
        client(HBW, "HT1", "乙农牧民专业合作社", C2, sound=False),
        client(HBW, "HT1", "无码合作社"),
        client(HBW, "HT1", "一号农场", farm=F1, sound=True, proxy=True),
        client(HBW, "HT2", "丁农民专业合作社", C4, sound=True, proxy=True),
    ])
    lake.deliver("programme.district_task", JULY, [task(HBW, 2024, "100000.00", "100000.00", "33333.33")])
    lake.deliver("programme.district_task", JULY, [task(HN, 2024, "50000.00", None, "0.00")])
    lake.deliver("programme.district_task", JULY, [task(WD, 2023, "50000.00", "50000.00", "50000.00")])


def federation(lake: Lake) -> None:
    g = {n: code(HS, n) for n in range(1, 8)}
    lake.deliver("gsxt.registration", JULY, [coop(who, HS) for who in g.values()])
    lake.deliver("coop_finance.member_account", day("2024-04-01"),
                 [account(g[n], HS, 2023, m) for n, members in ((1, 5), (2, 4), (5, 6), (7, 5)) for m in range(members)])
    lake.deliver("supply_coop.affiliate", JULY, [
        affiliate(HS, g[1], member=True, joined_on=day("2024-07-31")),
        affiliate(HS, g[2], member=True),
        affiliate(HS, g[3], mode="出资入股", affiliated_on=day("2023-03-01")),
        affiliate(HS, code(HS, 40), member=True),                                # not in the register
        affiliate(HS, g[5], member=False),
        affiliate(HS, g[6], mode="服务带动", released_on=day("2024-07-31")),
        affiliate(HS, g[7], member=None),
    ])
    lake.deliver("inspection.coop", JULY, [inspection(HS, g[1], day("2024-01-01")), inspection(HS, g[5], day("2024-05-01")),
                                           # without a conclusion it leaves the flag of 31 December alone
                                           {**inspection(HS, g[2], day("2023-12-31")), "conclusion": None}])


def nobody(lake: Lake) -> None:
    """东胜区 delivers every list and record, each without a row."""
    for table in ("gsxt.registration", "gsxt.annual_report", "gsxt.abnormal_listing", "advisor.visit", "farm_directory.farm",
                  "bookkeeping.usage", "programme.service_contract", "supply_coop.affiliate", "inspection.coop"):
        lake.deliver(table, JULY, [], scopes=[DS])
    kinds = ("农民合作社", "家庭农场")
    lake.deliver("direct_report.entity", JULY, [], scopes=[f"{DS}|{kind}" for kind in kinds])
    lake.deliver("programme.award", JULY, [], scopes=[f"{DS}|2024|{kind}" for kind in kinds])
    lake.deliver("programme.service_client", JULY, [], scopes=[f"{DS}|HT9"])
    lake.deliver("programme.district_task", JULY, [], scopes=[f"{DS}|2024"])


# (numerator, denominator, unknown, status) of 海勃湾, 海南区, 乌达 and the prefecture, counted by hand above
MISSING = (None, None, 0, "数据缺失")
EXPECTED = {
    "coop_annual_report_rate": [(2, 5, 1, "无目标"), MISSING, (1, 1, 0, "无目标"), (3, 6, 1, "无目标")],
    "abnormal_listing_rate": [(2, 6, 1, "无目标"), MISSING, MISSING, (2, 6, 1, "无目标")],
    "abnormal_removal_rate": [(2, 6, 0, "无目标"), MISSING, MISSING, (2, 6, 0, "无目标")],
    "abnormal_deregistered": [(1, None, 0, "无目标"), MISSING, MISSING, (1, None, 0, "无目标")],
    "coop_advised_rate": [(2, 6, 0, "无目标"), MISSING, (0, 1, 0, "无目标"), (2, 7, 0, "无目标")],
    "farm_advised_rate": [(2, 4, 0, "无目标"), MISSING, (0, 0, 0, "分母为零"), (2, 4, 0, "无目标")],
    "direct_report_rate": [(1, 4, 1, "无目标"), MISSING, (1, 1, 0, "无目标"), (2, 5, 1, "无目标")],
    "farm_award_update_rate": [(1, 2, 0, "无目标"), MISSING, MISSING, (1, 2, 0, "无目标")],
    "farm_direct_report_rate": [(1, 4, 1, "无目标"), MISSING, (0, 0, 0, "分母为零"), (1, 4, 1, "无目标")],
    "client_direct_report_rate": [(4, 5, 0, "无目标"), MISSING, MISSING, (4, 5, 0, "无目标")],
    "subsidy_flag_rate": [(2, 6, 2, "未达标"), MISSING, (1, 1, 0, "达标"), (3, 7, 2, "未达标")],
    "bookkeeping_rate": [(1, 3, 1, "无目标"), MISSING, (0, 0, 0, "分母为零"), (1, 3, 1, "无目标")],
    "coop_accounts_sound_rate": [(1, 3, 1, "无目标"), MISSING, MISSING, (1, 3, 1, "无目标")],
    "proxy_bookkeeping_clients": [(1, None, 2, "无目标"), MISSING, MISSING, (1, None, 2, "无目标")],
    "fund_arrival_rate": [(100000, 100000, 0, "无目标"), (None, None, 1, "数据缺失"), MISSING, (100000, 100000, 1, "无目标")],
    "payment_progress": [(Decimal("33333.33"), 100000, 0, "无目标"), (0, 50000, 0, "无目标"), MISSING,
                         (Decimal("33333.33"), 150000, 0, "无目标")],
    "new_demonstration_nation": [(1, None, 0, "无目标"), MISSING, MISSING, (1, None, 0, "无目标")],
    "new_demonstration_county": [(1, None, 0, "无目标"), MISSING, MISSING, (1, None, 0, "无目标")],
    "new_demonstration_province": [MISSING] * 4,
    "new_demonstration_prefecture": [(2, None, 0, "无目标"), MISSING, MISSING, (2, None, 0, "无目标")],
    "new_demonstration_supply_coop": [(1, None, 0, "无目标"), MISSING, MISSING, (1, None, 0, "无目标")],
}


@pytest.mark.parametrize("measure", EXPECTED)
def test_measure_of_the_prefecture(lake: Lake, measure: str) -> None:
    found = lake.rows("select numerator, denominator, unknown, status from coverage "
                      f"where measure_id = '{measure}' and region_code in ('{HBW}', '{HN}', '{WD}', '150300') "
                      "and (region_level <> 'county' or region_code <> '150300') order by region_level, region_code")
    assert found == EXPECTED[measure]


def test_where_nobody_is_to_be_measured_the_denominator_is_zero_on_every_ratio(lake: Lake) -> None:
    ratios = {m for (m,) in lake.rows("select measure_id from measure where table_name = 'coverage' and denominator is not null")}
    monthly = {"village_model_rate", "village_model_rate_key", "insurance_rate", "insurance_village_rate", "poor_household_link_rate"}
    rows = {m: figures for m, *figures in lake.rows(
        f"select measure_id, numerator, denominator, value, meets_target, status from coverage where region_code = '{DS}'")}
    for measure in ratios - monthly:        # a month without a village's report says nothing
        assert rows[measure] == [0, 0, None, None, "分母为零"], measure
    assert {rows[measure][-1] for measure in monthly} == {"数据缺失"}


def test_sweep_and_membership_ask_the_cooperatives_in_force(lake: Lake) -> None:
    rows = dict(lake.rows("select measure_id, (numerator, denominator, unknown, status) from coverage "
                          f"where region_code = '{HS}' and measure_id in ('visit_sweep_rate', 'federation_membership_rate')"))
    # due: 1, 2 (members), 3 (led); 6 was released, 5 and 7 are neither; inspected in the year: 1 (and 5, who is not due)
    assert rows["visit_sweep_rate"] == (1, 3, 0, "无目标")
    # 正常: 1, 5, 7; 2 is 关注, the others cannot be judged
    assert rows["federation_membership_rate"] == (1, 3, 1, "无目标")


def test_ratios_round_half_up_and_targets_are_compared_exactly(lake: Lake) -> None:
    rows = dict(lake.rows("select measure_id, (value, target, meets_target) from coverage where region_code = '150300' "
                          "and region_level = 'prefecture'"))
    assert rows["payment_progress"] == (Decimal("0.222222"), None, None)
    assert rows["subsidy_flag_rate"] == (Decimal("0.428571"), Decimal(1), False)
    assert rows["new_demonstration_nation"] == (Decimal(1), None, None)


def test_records_past_their_due_day_are_stale_not_missing(lake: Lake) -> None:
    # 乌达's visits are of 1 March; 100 days later they are due again
    assert lake.rows("select region_code, stale, counties, counties_missing from coverage "
                     f"where measure_id = 'coop_advised_rate' and region_code in ('{HBW}', '{HN}', '{WD}', '150300') "
                     "and (region_level <> 'county' or region_code <> '150300') order by region_level, region_code") == [
        (HBW, False, 1, 0), (HN, False, 1, 1), (WD, True, 1, 0), ("150300", True, 3, 1)]


def test_every_measure_has_a_row_for_every_region(lake: Lake) -> None:
    counts = set(lake.rows("select measure_id, count(*) from coverage group by measure_id"))
    registered = {m for (m,) in lake.rows("select measure_id from measure where table_name = 'coverage'")}
    assert {m for m, _ in counts} == registered and len(registered) == 31
    # 乌海: 3 counties, prefecture, province; 鄂尔多斯: one; 宁波: the counties of the scope, prefecture, province; the nation
    assert len({n for _, n in counts}) == 1


def test_parents_are_the_sums_of_their_counties_on_every_measure(lake: Lake) -> None:
    rows = {(m, level, region): sums for m, level, region, *sums in lake.rows(
        "select measure_id, region_level, region_code, numerator, denominator, unknown from coverage")}
    parents = 0
    for (measure, level, region), sums in rows.items():
        prefix = {"prefecture": region[:4], "province": region[:2], "nation": ""}.get(level)
        if prefix is None:
            continue
        parents += 1
        parts = [found for (m, lv, r), found in rows.items() if m == measure and lv == "county" and r.startswith(prefix)]
        for place in range(3):
            known = [part[place] for part in parts if part[place] is not None]
            assert sums[place] == (sum(known) if known else None), (measure, region, place)
    assert parents == 31 * 6     # 乌海, 鄂尔多斯, 宁波, two provinces, the nation


def test_the_naive_recomputation_agrees(lake: Lake) -> None:
    assert differences(lake.settings.build_file, lake.settings.lake, date(2024, 7, 31)) == []
