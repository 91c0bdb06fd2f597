"""The villages' monthly reports: a workbook a month, a sheet a banner, sent in the first days of the next month.

In the last month one village and one whole township sent nothing.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from dagster_project.simulate.exports import Plan, compact
from dagster_project.simulate.gsxt import reporting
from dagster_project.simulate.records import Record, record_table, spec, titled
from dagster_project.simulate.world import World

VILLAGE = spec(
    "village.monthly",
    """month 月份 month
    county_name 旗区
    township_name 苏木乡镇
    village_name 嘎查村
    is_poor_village 扶贫重点嘎查村 bool
    enterprise 联结企业名称
    party_secretary 党支部书记
    organisation 合作组织名称
    organisation_code 合作组织统一社会信用代码
    households 农牧户总数 int
    households_joined 参与农牧户数 int
    poor_households 建档立卡贫困户数 int
    poor_households_linked 建立利益联结贫困户数 int
    dividends 入股分红（元） yuan
    collective_income 村集体经济收入（万元） wan
    fund_arrived 专项资金到位（万元） wan
    risk_fund 风险基金（万元） wan
    insured_due 应参保户数 int
    insured 已参保户数 int
    trained 技能培训人次 int""",
)
VILLAGES = 3  # a township


def villages(world: World, plan: Plan) -> None:
    for number, month in enumerate(world.months):
        last = month == world.months[-1]
        dated = month.as_of + timedelta(days=4)
        tables = []
        for index, county in enumerate(world.prefecture.counties):
            coops = [coop for coop in reporting(world, month.as_of) if coop.county is county and not coop.is_union]
            records = []
            for at, township in enumerate(county.children[:6]):
                if last and index == 0 and at == 1:
                    continue
                for village in range(VILLAGES):
                    if last and index == 1 and at == 0 and village == 2:
                        continue
                    rng = Random(f"village {world.seed} {township.code} {village}")
                    values = _report(rng, at * VILLAGES + village, number, coops)
                    values |= {
                        "month": month.first,
                        "county_name": county.name,
                        "township_name": township.name,
                        "village_name": f"模拟{'一二三四五六'[village]}村",
                    }
                    records.append(Record(VILLAGE, values, county.code))
            tables.append(
                record_table(
                    records, VILLAGE, county.name, style=(1, 4, 1)[number % 3],
                    head=titled(f"{county.name}“企业+党支部+合作组织+农牧户”产业发展月报", f"填报单位：{county.name}农牧水务局"),
                    foot="填报人：测试填报人03", label=(VILLAGE.table_id, month.first, county.code),
                )
            )
        plan.send(f"嘎查村月报/{world.prefecture.name}产业发展月报_{compact(dated)}.xlsx", tables, dated)


def _report(rng: Random, turn: int, number: int, coops: list[Any]) -> dict[str, Any]:
    households = rng.randrange(60, 400)
    poor = rng.randrange(0, 30)
    due = rng.randrange(40, households)
    model = rng.random() < 0.8
    coop = coops[turn * 3 % len(coops)] if coops and rng.random() < 0.8 else None
    return {
        "is_poor_village": turn % 4 == 1,
        "enterprise": f"模拟龙头企业{turn:02d}有限公司" if model else None,
        "party_secretary": f"测试书记{turn:03d}",
        "organisation": coop.name if coop else None,
        "organisation_code": coop.credit_code if coop and turn % 5 else None,
        "households": households,
        "households_joined": min(households, households * 2 // 5 + number * 3),
        "poor_households": poor,
        "poor_households_linked": poor if turn % 3 else poor * 2 // 3,
        "dividends": number * 150_000 + rng.randrange(0, 900_000),
        "collective_income": rng.randrange(0, 5_000) * 10_000,
        "fund_arrived": (20_000_000 if turn % 8 == 1 else 12_000_000) if turn % 4 == 1 else None,
        "risk_fund": rng.choice((None, 500_000)),
        "insured_due": due,
        "insured": due * (95 if turn % 3 else 80) // 100,
        "trained": rng.randrange(0, 60),
    }
