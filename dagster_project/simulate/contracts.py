"""Contracts with service providers, their clients, and the districts' own tasks of the programme year."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from dagster_project.simulate.cast import ago
from dagster_project.simulate.direct import COOP, FARM
from dagster_project.simulate.exports import Plan, Sent, compact
from dagster_project.simulate.gsxt import reporting
from dagster_project.simulate.places import Place
from dagster_project.simulate.records import Record, record_table, spec, titled
from dagster_project.simulate.world import World

CONTRACT = spec(
    "programme.service_contract",
    """contract_no 合同编号
    county_name 区
    provider 服务机构名称
    service_area 辅导服务区域
    starts_on 服务期限起 date
    ends_on 服务期限止 date
    amount 招标采购合同金额（万元） wan
    trainings 集中培训（人次） int
    door_visits 入户辅导（次数） int
    satisfaction 满意度调查综合评分 number
    evaluated_score 综合得分 number""",
)
CLIENT = spec(
    "programme.service_client",
    """contract_no 合同编号
    entity_type 主体类型
    name 主体名称
    credit_code 统一社会信用代码
    farm_code 一码通编码
    proxy_bookkeeping 是否代理记账 bool
    accounts_sound 账目是否规范 bool
    satisfaction 满意度评分 number""",
)
TASK = spec(
    "programme.district_task",
    """year 年度 int
    county_name 区
    reward_plan_filed_on 奖补方案备案日期 date
    centre_plan_filed_on 服务中心方案备案日期 date
    platform_uploaded_on 转移支付平台上传日期 date
    midterm_on 中期检查日期 date
    accepted_on 整体验收日期 date
    self_evaluation_on 绩效自评报告报送日期 date
    summary_on 总结报告报送日期 date
    funds_allotted 下达资金（万元） wan
    funds_arrived 到位资金（万元） wan
    funds_paid 拨付资金（万元） wan
    service_centre_on 综合服务中心建成日期 date""",
)


def contracts(world: World) -> list[dict[str, Any]]:
    """One a county: the first sound, the second too short, the third above the cap of the pilot district."""
    out = []
    for index, county in enumerate(world.prefecture.counties):
        kind = index % 3
        starts = ago(world, 8 + kind, 1)
        years = 2 if kind == 1 else 3
        out.append(
            {
                "contract_no": f"FW{starts.year}-{county.code}-{index + 1:02d}",
                "county_name": county.name,
                "provider": f"模拟{'甲乙丙'[kind]}辅导服务有限公司",
                "service_area": f"{county.name}全域" if kind else county.name,
                "starts_on": starts,
                "ends_on": starts.replace(year=starts.year + years) - timedelta(days=1),
                "amount": 5_500_000 if kind == 2 else 4_800_000,
                "trainings": 120 + 10 * kind,
                "door_visits": 60 - 20 * kind,
                "satisfaction": (92.5, 78, None)[kind],
                "evaluated_score": (88.5, None, None)[kind],
                "county": county,
            }
        )
    return out


def service_contracts(world: World, plan: Plan) -> None:
    found = contracts(world)
    for month in {world.months[0].first: world.months[0], world.months[-1].first: world.months[-1]}.values():
        dated = month.as_of + timedelta(days=1 if month == world.months[-1] else -2)
        records = []
        for one in found:
            values = dict(one)
            if one["county"] is world.prefecture.counties[0]:
                values["evaluated_score"] = None  # the filled 附件4 tells it
            records.append(Record(CONTRACT, values, one["county"].code))
        table = record_table(
            records, CONTRACT, "合同台账", style=1, head=titled(f"{world.prefecture.name}政府购买服务合同台账"),
            label=(CONTRACT.table_id, month.first),
        )
        plan.sent += [Sent(record.county or "", dated, table) for record in records]
        plan.send(f"购买服务/{world.prefecture.name}政府购买服务合同台账_{compact(dated)}.xlsx", [table], dated)
    _clients(world, plan, found)


def _clients(world: World, plan: Plan, found: list[dict[str, Any]]) -> None:
    dated = world.months[0].as_of - timedelta(days=1)
    records = []
    for one in found:
        county: Place = one["county"]
        rng = Random(f"clients {world.seed} {county.code}")
        coops = [coop for coop in reporting(world, dated) if coop.county is county and coop.number % 3 == 1][:9]
        farms = [
            farm for farm in world.farms
            if farm.county is county and farm.number % 11 == 1 and farm.entered_on < dated and not farm.left_on
        ]
        served: list[Any] = [*coops, *farms[:12]]
        for entity in served:
            farm = hasattr(entity, "operator")
            coded = farm and entity.coded_on is not None and entity.coded_on <= dated
            values = {
                "contract_no": one["contract_no"],
                "entity_type": FARM if farm else COOP,
                "name": entity.name,
                "credit_code": None if farm else entity.credit_code,
                "farm_code": entity.code if coded else None,
                "proxy_bookkeeping": rng.random() < 0.6,
                "accounts_sound": None if rng.random() < 0.08 else rng.random() < 0.8,
                "satisfaction": rng.choice((None, 75, 88, 92.5, 96)),
            }
            records.append(Record(CLIENT, values, county.code))
    table = record_table(records, CLIENT, "服务对象", label=(CLIENT.table_id,))
    scopes = sorted({f"{one.county}|{one.values['contract_no']}" for one in records})
    plan.sent += [Sent(scope, dated, table) for scope in scopes]
    plan.send(f"购买服务/{world.prefecture.name}服务对象清单{compact(dated)}.xlsx", [table], dated)


def district_tasks(world: World, plan: Plan) -> None:
    """This year's as far as it got by each month, and the last year as it ended."""
    for month in world.months:
        dated = month.as_of + timedelta(days=1 if month == world.months[-1] else -1)
        year = month.first.year
        records = [_task(county, year, index, dated) for index, county in enumerate(world.prefecture.counties)]
        table = record_table(
            records, TASK, "任务台账", omit=("year",), head=titled(f"{year}年度区级项目任务台账", right="单位：万元"),
            label=(TASK.table_id, month.first),
        )
        plan.sent += [Sent(f"{one.county}|{year}", dated, table) for one in records]
        plan.send(f"奖补项目/{world.prefecture.name}{year}年区级项目任务台账_{compact(dated)}.xlsx", [table], dated)
    year, dated = world.months[0].first.year - 1, ago(world, len(world.months) - 1, 9)
    records = [_task(county, year, index, dated) for index, county in enumerate(world.prefecture.counties)]
    table = record_table(records, TASK, "", texts=True, label=(TASK.table_id, year))
    plan.sent += [Sent(f"{one.county}|{year}", dated, table) for one in records]
    plan.send(f"奖补项目/{world.prefecture.name}区级项目任务台账_上年_{compact(dated)}.csv", [table], dated)


def _task(county: Place, year: int, index: int, dated: date) -> Record:
    """The first county is in time, the second late and not paid, the third has half of its papers missing."""
    kind = index % 3

    def by(*days: date | None) -> date | None:
        day = days[kind]
        return day if day and day <= dated else None

    allotted = 40_000_000 + index * 5_000_000
    arrived = by(date(year, 6, 10), date(year, 7, 20), date(year, 6, 25)) is not None
    paid = by(date(year, 7, 5), None, date(year, 7, 30)) is not None
    values = {
        "year": year,
        "county_name": county.name,
        "reward_plan_filed_on": by(date(year, 5, 20), date(year, 8, 20), date(year, 7, 1)),
        "centre_plan_filed_on": by(date(year, 5, 22), date(year, 8, 1), None),
        "platform_uploaded_on": by(date(year, 7, 20), date(year, 9, 15), None),
        "midterm_on": by(date(year, 7, 28), None, date(year, 10, 12)),
        "accepted_on": by(date(year, 11, 15), date(year, 12, 5), None),
        "self_evaluation_on": by(date(year, 11, 25), date(year, 12, 10), None),
        "summary_on": by(date(year, 11, 28), date(year, 12, 10), date(year, 11, 20)),
        "funds_allotted": allotted,
        "funds_arrived": allotted if arrived and kind != 2 else allotted // 2 if arrived else 0,
        "funds_paid": allotted * (10 - kind * 3) // 10 if paid else 0,
        "service_centre_on": by(date(year, 7, 15), None, None),
    }
    return Record(TASK, values, county.code)
