"""摸底排查: walks to the cooperatives over the last years, the planted ones' answers among them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from dagster_project.simulate.cast import ago
from dagster_project.simulate.exports import Plan, chinese, compact
from dagster_project.simulate.gsxt import reporting
from dagster_project.simulate.records import Record, record_table, spec, titled
from dagster_project.simulate.world import Coop, World

INSPECTION = spec(
    "inspection.coop",
    """credit_code 统一社会信用代码
    name 合作社名称
    inspected_on 检查日期 date
    inspector 检查人
    land_contract_sound 土地合同规范 bool
    has_accountant 配备会计或代理记账 bool
    books_complete 会计账簿齐全 bool
    has_charter 章程健全 bool
    assemblies 年度成员大会次数 int
    boards_work 理事会监事会运行 bool
    one_member_one_vote 一人一票 bool
    financial_rules 财务管理制度 bool
    affairs_disclosed 社务公开 bool
    standardised_production 标准化生产 bool
    quality_rules 质量安全制度 bool
    traceable 生产记录可追溯 bool
    conformity_certificate 承诺达标合格证 bool
    small_households_led 带动小农户数 int
    lifted_households_led 带动脱贫户数 int
    trademark 注册商标 bool
    green_certified 绿色有机地理标志认证 bool
    accident 发生安全环保事故 bool
    penalised 受到处罚通报 bool
    illegal_finance 涉及非法金融活动 bool
    complaint_verified 群众举报查实 bool
    operates_on_site 实地有生产经营 bool
    stopped_on 停止运行起始日期 date
    domicile_reachable 住所可联系 bool
    farmers_take_part 农民成员实际参与 bool
    manager_willing 管理者有提升意愿 bool
    conclusion 结论
    measures 处置措施
    rectify_by 整改期限 date
    rectified_on 整改完成日期 date""",
)
GOOD = [field.name for field in INSPECTION.fields if field.kind == "bool"]
BAD = ("accident", "penalised", "illegal_finance", "complaint_verified")


def inspections(world: World, plan: Plan) -> None:
    records: list[Record] = []
    planted = {one.coop.number: one.behaviour for one in world.planted}
    for coop in reporting(world, world.months[0].first):
        rng = Random(f"inspection {world.seed} {coop.number}")
        if coop.number in planted:
            for answers in planted[coop.number].inspections:
                records.append(Record(INSPECTION, _planted(world, coop, dict(answers)), coop.county.code))
        elif rng.random() < 0.35:
            for age in sorted(rng.sample(range(0, 30), 2 if rng.random() < 0.2 else 1), reverse=True):
                records.append(Record(INSPECTION, _usual(world, coop, age, rng), coop.county.code))
    records.sort(key=lambda one: one.values["inspected_on"])
    before = date(2000, 1, 1)
    for number, month in enumerate(world.months):
        mine = [one for one in records if before < one.values["inspected_on"] <= month.as_of]
        before = month.as_of
        if not mine:
            continue
        dated = month.as_of + timedelta(days=1)
        table = record_table(
            mine, INSPECTION, "检查记录", style=(1, 2, 0)[number % 3],
            head=titled(f"{world.prefecture.name}合作社走访检查记录", f"填报时间：{chinese(dated)}"),
            label=(INSPECTION.table_id, month.first),
        )
        plan.send(f"摸底排查/{world.prefecture.name}合作社走访检查记录_{compact(dated)}.xlsx", [table], dated)


def _answers(coop: Coop, day: date, inspector: int) -> dict[str, Any]:
    """Those of a sound cooperative."""
    values: dict[str, Any] = {name: name not in BAD for name in GOOD}
    return values | {
        "credit_code": coop.credit_code,
        "name": coop.name,
        "inspected_on": day,
        "inspector": f"测试检查人{inspector:02d}",
        "assemblies": 2,
        "small_households_led": 12,
        "lifted_households_led": 1,
        "conclusion": "正常",
    }


def _planted(world: World, coop: Coop, answers: dict[str, Any]) -> dict[str, Any]:
    values = _answers(coop, ago(world, answers.pop("age"), 16), 1)
    stopped, deadline = answers.pop("stopped", None), answers.pop("rectify_age", None)
    values["stopped_on"] = None if stopped is None else ago(world, stopped, 5)
    values["rectify_by"] = None if deadline is None else ago(world, deadline, 16)
    return values | answers


def _usual(world: World, coop: Coop, age: int, rng: Random) -> dict[str, Any]:
    day = ago(world, age, rng.randrange(2, 27))
    values = _answers(coop, day, coop.number % 9 + 1)
    for name in GOOD:
        draw = rng.random()
        if draw < 0.06:
            values[name] = None  # not asked
        elif draw < 0.18 and name not in (*BAD, "operates_on_site", "domicile_reachable", "farmers_take_part"):
            values[name] = not values[name]
    values["assemblies"] = rng.choice((0, 1, 2, 2, 3))
    values["small_households_led"] = rng.choice((None, 0, 5, 20, 60))
    values["lifted_households_led"] = rng.choice((None, 0, 0, 3))
    if rng.random() < 0.2:
        values |= {"conclusion": "需整改", "measures": rng.choice(("限期整改", "限期整改、专项帮扶"))}
        values["rectify_by"] = day + timedelta(days=60)
        done = day + timedelta(days=rng.randrange(20, 59))
        known = max(world.months[0].as_of, day.replace(day=28))  # before the file that tells of it
        values["rectified_on"] = done if rng.random() < 0.6 and done <= known else None
    return values
