"""The exports of the credit registry: lists by county, the prefecture's own, and the public dump.

Each county's habits differ on purpose: dates as date cells, texts or serial numbers, headers under other
names, counties in a column or only in the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dagster_project.simulate import ids
from dagster_project.simulate.exports import Delivery, Plan, compact, dated_text
from dagster_project.simulate.places import Place
from dagster_project.simulate.sheets import OUT_OF_SCOPE, Export, Line, Table
from dagster_project.simulate.world import ENDED, IN_FORCE, Coop, Month, World

REGISTRY = "gsxt.registration"
REGISTRY_COLUMNS = [
    "统一社会信用代码/注册号",
    "企业名称",
    "类型",
    "法定代表人",
    "成员出资总额",
    "成立日期",
    "登记机关",
    "核准日期",
    "登记状态",
    "住所",
    "业务范围",
    "注销或吊销日期",
    "歇业起始日期",
    "歇业截止日期",
    "所属区县",
]
# The same list as some counties' systems head it.
REGISTRY_OTHER = [
    "社会信用代码",
    "合作社名称",
    "企业类型",
    "法人代表",
    "注册资本",
    "登记日期",
    "登记机关",
    "核准日期",
    "经营状态",
    "经营场所",
    "经营范围",
    "注销日期",
    "歇业起始日期",
    "歇业截止日期",
    "区县",
]
DUMP_HEADERS = [
    "企业名称",
    "统一社会信用代码",
    "注册日期",
    "企业类型",
    "法人代表",
    "注册资金",
    "经营范围",
    "所在省份",
    "地区",
    "注册地址",
]
DUMP_COLUMNS = [
    "企业名称",
    "统一社会信用代码/注册号",
    "成立日期",
    "类型",
    "法定代表人",
    "成员出资总额",
    "业务范围",
    "所在省份",
    "地区",
    "住所",
]


@dataclass
class RegistrationFact:
    """What a registry row says, as a correct receiver reads it. `status` None = the layout has none."""

    coop: Coop
    status: str | None
    ended_on: date | None
    suspended_from: date | None
    suspended_until: date | None
    capital: int | None
    approved_on: date | None


def registry(world: World, plan: Plan) -> None:
    """One list a county and month, one of the prefecture's own office, and once the public dump."""
    counties = [*world.prefecture.counties]
    seat = world.prefecture.seat
    for month in world.months:
        for index, county in enumerate([*counties, seat]):
            if month == world.dump_month and county is world.dumped:
                continue
            dated = world.registry_date(county, month)
            table = _registry_list(world, month, county, index, dated, seat=county is seat)
            if not table.lines:
                continue
            stamp = dated.isoformat() if county is seat else compact(dated)
            name = f"市场监管/{county.name}农民专业合作社登记信息_{stamp}.xlsx"
            plan.exports.append(Export(name, [table], dated))
            plan.deliveries.append(Delivery(month, county, table, dated))
    _dump(world, plan)


def _registry_list(
    world: World, month: Month, county: Place, index: int, dated: date, *, seat: bool
) -> Table:
    columns = list(REGISTRY_COLUMNS)
    headers = list(REGISTRY_OTHER if index % 3 == 1 else REGISTRY_COLUMNS)
    style = 1 if seat else (0, 2, 5)[index % 3]
    lines = []
    for coop in world.coops:
        if coop.county.name != county.name or coop.founded_on > dated:
            continue
        now = coop.standing(dated)
        cells: list[Any] = [
            coop.key,
            coop.name,
            coop.kind,
            coop.representative,
            coop.capital_text,
            dated_text(coop.founded_on, style),
            f"{county.name.removesuffix('本级')}市场监督管理局",
            dated_text(coop.approved_on, 1),
            now.words,
            coop.domicile,
            coop.business_scope,
            dated_text(now.ended_on, 1),
            dated_text(now.suspended_from, 1),
            dated_text(now.suspended_until, 1),
            "市本级" if seat else county.name,
        ]
        lines.append(
            Line(
                cells,
                RegistrationFact(
                    coop,
                    now.status,
                    now.ended_on,
                    now.suspended_from,
                    now.suspended_until,
                    coop.capital,
                    coop.approved_on,
                ),
            )
        )
    if index % 3 == 2 and not seat:  # this county's system prints no county: the code says it
        columns.pop(), headers.pop()
        for line in lines:
            line.cells.pop()
    return Table(REGISTRY, "查询结果", columns, [headers], lines, (REGISTRY, month.first, county.code))


def _dump(world: World, plan: Plan) -> None:
    """The public ten-column dump: GB18030, N/A for nulls, every kind of enterprise, no status."""
    month = world.dump_month or world.months[-1]
    dated = month.as_of - timedelta(days=2) if world.dump_month else month.first + timedelta(days=14)
    prefecture, lines = world.prefecture, []
    for coop in world.coops:
        if coop.county.name == prefecture.seat.name or coop.founded_on > dated:
            continue
        scope = coop.business_scope + ("。\n依法须经批准的项目除外" if coop.number % 97 == 1 else "")
        cells: list[Any] = [
            coop.name,
            coop.key,
            coop.founded_on.isoformat(),
            coop.kind,
            coop.representative,
            coop.capital_text or "N/A",
            scope,
            prefecture.province,
            prefecture.name,
            coop.domicile,
        ]
        lines.append(Line(cells, RegistrationFact(coop, None, None, None, None, coop.capital, None)))
    lines += _other_enterprises(world, dated)
    lines.sort(key=lambda line: (str(line.cells[1])[-5:], str(line.cells[1])))
    table = Table(
        REGISTRY, "", list(DUMP_COLUMNS), [list(DUMP_HEADERS)], lines, (REGISTRY, month.first, "dump")
    )
    name = f"市场监管/{prefecture.province}{prefecture.name}企业公开登记信息{dated.isoformat()}.csv"
    plan.exports.append(Export(name, [table], dated, encoding="gb18030"))
    if world.dump_month:
        plan.deliveries.append(Delivery(month, world.dumped, table, dated))


def _other_enterprises(world: World, dated: date) -> list[Line]:
    """Companies and businesses (out of scope, whatever their names say), and registered family farms."""
    prefecture, out = world.prefecture, []
    count = max(8, len(world.coops) * 2 // 3)
    for number in range(count):
        county = prefecture.counties[number % len(prefecture.counties)]
        sort = 5 if number % 30 == 3 else number % 5
        kind, prefix, name = (
            ("有限责任公司(自然人独资)", "91", "商贸有限公司"),
            ("个体工商户", "92", "小吃店"),
            ("有限责任公司", "91", "供销合作社有限责任公司"),
            ("股份有限公司", "91", "农业股份有限公司"),
            ("有限责任公司(自然人投资或控股)", "91", "家庭农场有限公司"),
            ("个体工商户（家庭农场）", "92", "家庭农场"),
        )[sort]
        founded = date(2012, 1, 1) + timedelta(days=number * 37 % 4000)
        title = f"{prefecture.name}模拟企业{number:04d}{name}"
        cells: list[Any] = [
            title,
            ids.credit_code(county.code, 500_000 + number, prefix),
            founded.isoformat(),
            kind,
            f"测试法人{5000 + number}",
            f"{number % 50 + 1}万元",
            "一般项目：食品销售,日用百货销售",
            prefecture.province,
            prefecture.name,
            f"{prefecture.province}{prefecture.name}{county.name}模拟路{number}号",
        ]
        if founded <= dated:
            farm = sort == 5
            out.append(
                Line(
                    cells,
                    ("farm", cells[1], title, county.code) if farm else None,
                    "accepted" if farm else OUT_OF_SCOPE,
                )
            )
    return out


def in_force(fact: RegistrationFact, as_of: date) -> bool:
    """Spec 2.1, from the facts alone."""
    ended = fact.ended_on is not None and fact.ended_on <= as_of
    gone = fact.status in ENDED and (fact.ended_on is None or ended)
    known = fact.status in IN_FORCE or (fact.status in ENDED and not gone)
    return known and not ended and not fact.coop.is_branch and fact.coop.founded_on <= as_of
