"""Drawn rows of two prefectures: published coverage, villages and reconciliation equal the naive recomputation."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from coverage_rows import (
    affiliate,
    award,
    client,
    code,
    contract,
    direct,
    inspection,
    link,
    listing,
    report,
    roster,
    task,
    usage,
    village,
    visit,
)
from dbt_lake import Lake, account, coop, farm
from oracle.compare import differences
from oracle.roll_ups import roll_up_differences

TABLES = ("coverage", "reconciliation", "village_month", "village_banner_month", "scorecard_fact")

COUNTIES = ("150302", "150303", "150304", "150621", "150623")
LEVELS = ("国家级", "自治区（省）级", "盟市（市）级", "旗县（区）级", "供销总社")


@pytest.mark.parametrize(("seed", "as_of"), [(1, date(2024, 7, 31)), (2, date(2024, 6, 30)), (3, date(2024, 2, 29))])
def test_drawn_rows_agree_with_the_naive_recomputation(tmp_path: Path, seed: int, as_of: date) -> None:
    lake, draw = Lake(tmp_path), Random(seed)
    lake.month(as_of, scopes=("150300", "150600"))
    for county in COUNTIES:
        deliver(lake, draw, county, as_of)
    lake.build(*TABLES)
    lake.conclude(*TABLES)
    assert lake.rows("select count(distinct outcome) from reconciliation") == [(5,)]
    assert lake.rows("select count(*) from coverage where unknown > 0 and numerator > 0")[0][0] > 10
    assert differences(lake.settings.build_file, lake.settings.lake, as_of) == []
    assert roll_up_differences(lake.settings.build_file) == []
    # 附件5 item 13 asks what client_direct_report_rate asks: clients without a code are found by their names
    items = lake.rows("select card.numerator, card.denominator, rate.numerator, rate.denominator from scorecard_fact as card "
                      "join coverage as rate on card.county_code = rate.region_code and rate.region_level = 'county' "
                      "where card.fact = 'in_direct_report' and rate.measure_id = 'client_direct_report_rate' "
                      "and rate.numerator is not null")
    assert items
    assert [item for item in items if item[:2] != item[2:]] == []


def deliver(lake: Lake, draw: Random, county: str, as_of: date) -> None:
    """One county's tables; each is dated within the month or long before it, or left out."""
    def some_day(back: int = 500, ahead: int = 0) -> date:
        return as_of - timedelta(days=draw.randrange(-ahead, back))

    def maybe(value: object, share: float = 0.8) -> object:
        return value if draw.random() < share else None

    def send(table: str, rows: list[dict]) -> None:
        if draw.random() < 0.85 and rows:
            lake.deliver(table, as_of - timedelta(days=draw.choice((-5, 0, 3, 20, 60, 250))), rows)

    who, farms = [code(county, n) for n in range(24)], [f"{county}{n:012d}" for n in range(20)]

    def name(n: int) -> str:
        return draw.choice(("", "", "乌海市")) + f"第{n // 2 if n < 4 else n}样例第一第二" + draw.choice(
            ("农民专业合作社", "合作社", "专业合作社 ", "（农牧民专业合作社）"))

    def coded(n: int) -> str | None:
        return maybe(who[n], 0.6)

    picked = draw.sample(range(24), 18)
    send("gsxt.registration", [coop(who[n], county, name=name(n), founded_on=maybe(some_day(900), 0.95),
                                    legal_representative=draw.choice(("甲一", "乙二", None)),
                                    status=draw.choice(("active", "active", "active", "suspended", "deregistered", "moved_out")))
                               for n in picked])
    send("gsxt.annual_report", [{**report(who[n], county, year, maybe(some_day(200))), "members": maybe(draw.randrange(5, 9)),
                                 "revenue": maybe(Decimal(draw.randrange(95, 105) * 1000))}
                                for n in picked for year in (2022, 2023) if draw.random() < 0.7])
    older = [listing(who[n], county, some_day(700), maybe(some_day(300, 40), 0.5), draw.choice(("补报", "注销", None)))
             for n in draw.sample(range(24), 10)]
    lake.deliver("gsxt.abnormal_listing", as_of - timedelta(days=90), older)
    send("gsxt.abnormal_listing", draw.sample(older, 9))
    send("advisor.visit", [visit(county, some_day(250), name(n), coded(n), mode=draw.choice(("上门", "电话"))) for n in picked]
         + [visit(county, some_day(250), f"{n}号农场", farm=maybe(farms[n], 0.5), kind="家庭农场") for n in range(9)])
    send("farm_directory.farm", [farm(maybe(farms[n]), f"{n}号农场", county, data_year=maybe(draw.randrange(2020, 2025)),
                                      updated_on=maybe(some_day(900)), subsidy_flag=maybe(draw.random() < 0.5),
                                      subsidy_year=maybe(2024, 0.4), operator=draw.choice(("甲一", "乙二")),
                                      annual_income=maybe(Decimal(100)))
                                 for n in range(16)])
    send("bookkeeping.usage", [usage(county, farms[n], date(2024 - (m > as_of.month), m, 1), draw.choice((0, 1, 1, 1, None)))
                               for n in range(16) for m in draw.sample(range(1, 13), 9)])
    send("direct_report.entity", [
        *(direct(county, name(n), maybe(some_day(300)), coded(n), subsidy_flag=maybe(draw.random() < 0.6),
                 subsidy_year=draw.choice((None, 2023, 2024)), members=maybe(draw.randrange(5, 9)),
                 annual_income=maybe(Decimal(draw.randrange(95, 105) * 1000)), principal=draw.choice(("甲一", "丙三", "甲*")))
          for n in draw.sample(range(24), 14)),
        *(direct(county, f"{n}号农场", some_day(500), farm=maybe(farms[n], 0.7), kind="家庭农场",
                 certification_state=draw.choice(("已认证", "未认证", None))) for n in range(3, 20))])
    send("programme.award", [
        *(award(county, name(n), maybe(some_day(200)), coded(n), state=draw.choice(("认定", "拨付", "推荐", "取消")),
                demonstration_level=maybe("国家级", 0.3), members=maybe(6)) for n in draw.sample(range(24), 8)),
        *(award(county, f"{n}号农场", maybe(some_day(200)), farm=maybe(farms[n], 0.6), kind="家庭农场") for n in range(6))])
    send("programme.service_contract", [contract(county, f"{county}A", some_day(500), as_of + timedelta(days=draw.choice((-1, 0)))),
                                        contract(county, f"{county}B", some_day(500), as_of)])
    send("programme.service_client", [client(county, county + draw.choice("AB"), name(n), coded(n),
                                             sound=maybe(draw.random() < 0.5), proxy=maybe(draw.random() < 0.5))
                                      for n in draw.sample(range(24), 9)])
    send("programme.district_task", [task(county, 2024, maybe("300.10"), maybe("200.05"), maybe("100.03"))])
    send("demonstration.roster", [roster(county, name(n), draw.choice(LEVELS), some_day(300), coded(n),
                                         title=draw.choice(("示范社", "规范社")), withdrawn_on=maybe(some_day(), 0.1))
                                  for n in draw.sample(range(24), 8)]
         + [roster(county, f"{n}号农场", "旗县（区）级", some_day(300), farm=farms[n]) for n in range(4)])
    send("supply_coop.affiliate", [affiliate(county, who[n], mode=draw.choice(("无", "出资入股", None)), member=maybe(draw.random() < 0.6),
                                             joined_on=maybe(some_day(200, 30)), affiliated_on=maybe(some_day(200, 30)),
                                             released_on=maybe(some_day(200, 30), 0.2)) for n in draw.sample(range(24), 12)])
    send("inspection.coop", [inspection(county, who[n], some_day(300)) for n in picked])
    send("coop_finance.member_account", [account(who[n], county, 2023, m) for n in picked for m in range(draw.choice((4, 5, 6)))])
    send("village.monthly", [village(county, f"{n}村", date(2024, m, 1), is_poor_village=draw.choice((True, False, None)),
                                     enterprise=draw.choice((None, "无", "甲公司", "甲、乙")), organisation=maybe("丙社"),
                                     insured_due=maybe(50), insured=maybe(draw.randrange(51)), poor_households=maybe(9),
                                     poor_households_linked=maybe(8), fund_arrived=maybe(Decimal(draw.choice((200000, 199999)))))
                             for n in range(6) for m in (as_of.month, as_of.month - 1) if draw.random() < 0.8])
    lake.deliver("office.entity_link", as_of, [
        link("登记信息", who[n], "新农直报", draw.choice((who[m], f"第{m}样例第一第二合作社")), draw.choice(("同一", "不同")), as_of)
        for n, m in ((1, 1), (2, 5), (8, 9), (11, 11))], scopes=[])
