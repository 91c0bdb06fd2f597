"""随手记: which coded farms keep books in which months. One CSV a month, the first one with the year before it."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from dagster_project.simulate.exports import Plan, compact
from dagster_project.simulate.records import Record, record_table, spec
from dagster_project.simulate.world import World

USAGE = spec(
    "bookkeeping.usage",
    """farm_code 一码通编码
    name 家庭农场名称
    month 记账月份 month
    income_records 收入笔数 int
    expense_records 支出笔数 int
    stock_records 库存记录笔数 int
    income 收入金额（元） yuan
    expense 支出金额（元） yuan
    last_recorded_on 最近记账日期 date""",
)
SHARE = 0.3  # of the coded farms use it at all


def bookkeeping(world: World, plan: Plan) -> None:
    first = world.months[0].first
    rows: dict[date, list[Record]] = {}
    for farm in world.farms:
        rng = Random(f"usage {world.seed} {farm.number}")
        if farm.coded_on is None or rng.random() > SHARE:
            continue
        keenness = rng.choice((0.2, 0.45, 0.5, 0.55, 0.9))
        month = first.replace(year=first.year - 1)
        while month <= world.months[-1].first:
            if rng.random() < keenness and farm.coded_on < month and (farm.left_on is None or farm.left_on > month):
                counts = [rng.randrange(0, 9) for _ in range(3)]
                values = {
                    "farm_code": farm.code,
                    "name": farm.name,
                    "month": month,
                    "income_records": counts[0],
                    "expense_records": counts[1],
                    "stock_records": counts[2],
                    "income": counts[0] * rng.randrange(10_000, 400_000),
                    "expense": counts[1] * rng.randrange(10_000, 200_000),
                    "last_recorded_on": month + timedelta(days=rng.randrange(0, 27)) if sum(counts) else None,
                }
                rows.setdefault(max(month, first), []).append(Record(USAGE, values, farm.county.code))
            month = (month + timedelta(days=32)).replace(day=1)
    for number, one in enumerate(world.months):
        records = rows.get(one.first, [])
        if not records:
            continue
        dated = one.as_of + timedelta(days=3)
        table = record_table(
            records, USAGE, "", texts=True, style=(1, 4, 3)[number % 3], label=(USAGE.table_id, one.first)
        )
        name = f"随手记/{world.prefecture.name}随手记使用情况{compact(dated)}.csv"
        plan.send(name, [table], dated, encoding=("utf-8-sig", "gb18030", "utf-8")[number % 3])
