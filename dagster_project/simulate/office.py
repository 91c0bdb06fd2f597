"""What the office itself decided: links of entities, a delivery, steps against shells, farms taken off the list."""

from __future__ import annotations

from datetime import timedelta

from dagster_project.simulate.cast import ago
from dagster_project.simulate.directory import FARMS
from dagster_project.simulate.exports import Plan, compact
from dagster_project.simulate.gsxt import reporting
from dagster_project.simulate.records import Record, record_table, spec
from dagster_project.simulate.world import World

LINK = spec(
    "office.entity_link",
    """left_system 我方系统
    left_key 我方标识
    right_system 对方系统
    right_key 对方标识
    decision 结论
    decided_by 经办人
    decided_on 日期 date""",
)
DECISION = spec(
    "office.delivery_decision",
    """file 文件
    decision 采用/不采用
    decided_by 经办人
    decided_on 日期 date""",
)
CASE = spec(
    "office.shell_case",
    """credit_code 统一社会信用代码
    step 环节
    done_on 日期 date
    note 说明
    decided_by 经办人""",
)
REMOVED = spec(
    "office.removed_farm",
    """farm_code 一码通编码
    name 家庭农场名称
    county_name 县（旗、区）
    removed_on 移出日期 date
    reason 移出原因
    decided_by 经办人""",
)
BY = "测试经办人01"


def office(world: World, plan: Plan) -> None:
    dated = world.end + timedelta(days=2)
    found = [
        (LINK, _links(world), "主体认定"),
        (DECISION, _decisions(plan, world), "数据批次确认"),
        (CASE, _cases(world), "空壳社核查办理"),
        (REMOVED, _removed(world), "清理移出登记"),
    ]
    tables = [record_table(records, of, title, label=(of.table_id,)) for of, records, title in found if records]
    plan.send(f"本单位决定/{world.prefecture.name}农牧局决定登记_{compact(dated)}.xlsx", tables, dated)


def _links(world: World) -> list[Record]:
    """Of the entries of 新农直报 that the registry has under almost the same name, one a county: same, other."""
    out = []
    for index, county in enumerate(world.prefecture.counties[:2]):
        like = next((one for one in reporting(world, world.end) if one.county is county and one.number % 9 == 4), None)
        if like:
            values = {
                "left_system": "国家企业信用信息公示系统",
                "left_key": like.credit_code,
                "right_system": "新农直报",
                "right_key": like.name.replace("农民专业", "园农民专业"),
                "decision": "不同" if index else "同一",
                "decided_by": BY,
                "decided_on": ago(world, 0, 22),
            }
            out.append(Record(LINK, values))
    return out


def _decisions(plan: Plan, world: World) -> list[Record]:
    path = next(export.path for export in plan.exports for table in export.tables if table.table_id == FARMS)
    values = {"file": path, "decision": "采用", "decided_by": BY, "decided_on": ago(world, 0, 23)}
    return [Record(DECISION, values)]


def _cases(world: World) -> list[Record]:
    out = []
    for one in world.planted:
        for step, age in one.behaviour.steps:
            values = {
                "credit_code": one.coop.credit_code,
                "step": step,
                "done_on": ago(world, age, 20),
                "note": f"{step}：{one.behaviour.what}",
                "decided_by": BY,
            }
            out.append(Record(CASE, values, one.coop.county.code))
    return out


def _removed(world: World) -> list[Record]:
    out = []
    gone = [farm for farm in world.farms if farm.left_on and farm.left_on <= world.end][:3]
    for farm in gone or world.farms[:1]:  # in a small world: one that its county still lists
        coded = farm.coded_on is not None and farm.coded_on <= world.end
        values = {
            "farm_code": farm.code if coded else None,
            "name": farm.name,
            "county_name": farm.county.name,
            "removed_on": farm.left_on or ago(world, 0, 10),
            "reason": "连续两年未更新信息",
            "decided_by": BY,
        }
        out.append(Record(REMOVED, values, farm.county.code))
    return out
