"""The exports of 新农直报: a workbook a month, a sheet a kind of entity, without units and with labels twice.

Entries disagree with the registry as real ones do: other spellings of names, other counts, other persons,
entities that the registry has not, and one county that sent nothing for the last month.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from dagster_project.simulate import ids
from dagster_project.simulate.exports import Plan, Sent, chinese, compact
from dagster_project.simulate.gsxt import reporting
from dagster_project.simulate.records import Record, record_table, spec
from dagster_project.simulate.world import Coop, Farm, World

DIRECT = spec(
    "direct_report.entity",
    """entity_type 主体类型
    name 主体名称
    credit_code 统一社会信用代码
    farm_code 一码通编码
    principal 负责人
    phone 联系电话
    county_name 县（旗、区）
    certification_state 认证状态
    registered_on 登记时间 date
    members 实有成员总数 int
    farmer_members 农民成员数 int
    contribution 出资额（万元） wan
    returned 返还金额（万元） wan
    return_ratio 返还比例 ratio
    fixed_assets_net 固定资产净值（万元） wan
    annual_income 年经营收入（万元） wan
    fiscal_support 财政扶持资金（万元） wan
    has_member_accounts 是否建立成员账户 bool
    updated_on 最近更新日期 date
    subsidy_flag 财政补助标记 bool
    subsidy_year 补助年度 int""",
)
HEADERS = {
    "出资额（万元）": "出资额",
    "返还金额（万元）": "返还金额",
    "农民成员数": "--其中农民成员数",
    "固定资产净值（万元）": "固定资产净值",
    "年经营收入（万元）": "年经营收入",
    "财政扶持资金（万元）": "财政扶持资金",
}
COOP, FARM = "农民合作社", "家庭农场"


def spelled(name: str, style: int) -> str:
    """The name as another system has it: the same entity, another spelling."""
    if style == 1:
        return name.replace("农民专业合作社", "农牧民专业合作社")
    if style == 2:
        return name.replace("模拟", "（模拟）")
    if style == 3:
        return name.replace("农民专业合作社", "专业合作社")
    return name


def direct_report(world: World, plan: Plan) -> None:
    subsidised = {one.coop.number: one for one in world.awards if one.coop}
    farms = {one.farm.number: one for one in world.awards if one.farm}
    for number, month in enumerate(world.months):
        dated = month.as_of + timedelta(days=3 if month == world.months[-1] else -2)
        silent = world.dumped if month == world.months[-1] and number else None
        tables = []
        for kind in (COOP, FARM):
            records = (
                _coops(world, dated, subsidised) if kind == COOP else _farms(world, dated, farms)
            )
            records = [one for one in records if silent is None or one.county != silent.code]
            table = record_table(
                records, DIRECT, "合作社" if kind == COOP else FARM, rename=HEADERS, style=(1, 0, 2)[number % 3],
                omit=("entity_type",), drift={"种植面积": 12, "种植面积_2": 3},
                label=(DIRECT.table_id, month.first, kind),
            )
            table.head[-1][-1] = "种植面积"  # the label stands twice
            tables.append(table)
            for county in world.prefecture.counties:
                if any(one.county == county.code for one in records):
                    plan.sent.append(Sent(f"{county.code}|{kind}", dated, table))
        stamp = (compact(dated), chinese(dated))[number % 2]
        plan.send(f"新农直报/{world.prefecture.name}新农直报主体信息{stamp}.xlsx", tables, dated)


def _coops(world: World, dated: date, awards: dict[int, Any]) -> list[Record]:
    groups = {one.coop.number: one.behaviour.group for one in world.planted}
    papers = {one.coop.number: one for one in world.statements if not one.superseded}
    out = []
    for coop in reporting(world, dated):
        rng = Random(f"direct {world.seed} {coop.number}")
        award = awards.get(coop.number)
        if coop.county.code == world.prefecture.code or (rng.random() > 0.85 and not award and coop.number not in groups):
            continue
        paper = papers.get(coop.number)
        out.append(_coop(world, coop, dated, award, paper, groups.get(coop.number), rng))
    for index, county in enumerate(world.prefecture.counties):
        for extra in range(2):  # the registry does not have these; one is spelled almost like one of its own
            like = next((one for one in reporting(world, dated) if one.county is county and one.number % 9 == 4), None)
            name = f"{world.prefecture.name}模拟未登记{index}{extra}种植农民专业合作社"
            if extra and like:
                name = like.name.replace("农民专业", "园农民专业")
            values = {"entity_type": COOP, "name": name, "county_name": county.name, "certification_state": "未认证",
                      "members": 12, "farmer_members": 11, "updated_on": date(dated.year - 1, 11, 20), "subsidy_flag": False}
            out.append(Record(DIRECT, values, county.code))
    return out


def _coop(world: World, coop: Coop, dated: date, award: Any, paper: Any, group: str | None, rng: Random) -> Record:
    members = rng.randrange(6, 40)
    income = (paper.lines["operating_income"] if paper else None) or 0
    income = income if rng.random() < 0.8 else income * 6 // 5
    updated = world.months[0].first - timedelta(days=rng.randrange(10, 500))
    for month in world.months:
        if rng.random() < 0.12:
            updated = month.first + timedelta(days=rng.randrange(3, 20))
    if award and award.updated_on and award.updated_on <= dated:
        updated = award.updated_on
    flagged = bool(award and award.flagged_on and award.flagged_on <= dated)
    values = {
        "entity_type": COOP,
        "name": spelled(coop.name, rng.choice((0, 0, 0, 1, 2, 3))),
        "credit_code": coop.credit_code if rng.random() < 0.93 or award or group else None,
        "principal": coop.representative if rng.random() < 0.93 or group else f"测试法人{coop.number + 700_000}",
        "phone": ids.mobile(90_000_000 + ord(group) if group else 10_000_000 + coop.number),
        "county_name": coop.county.name,
        "certification_state": rng.choice(("已认证", "已认证", "未认证")),
        "registered_on": coop.founded_on,
        "members": members,
        "farmer_members": members - rng.randrange(0, 3),
        "contribution": coop.capital,
        "returned": paper.lines["returned"] if paper else None,
        "return_ratio": rng.choice((None, 60, 65, 72)),
        "fixed_assets_net": rng.randrange(0, 900) * 10_000,
        "annual_income": income or None,
        "fiscal_support": award.amount if flagged else None,
        "has_member_accounts": rng.random() < 0.9,
        "updated_on": min(updated, dated),
        "subsidy_flag": flagged,
        "subsidy_year": award.year if flagged and rng.random() < 0.8 else None,
    }
    return Record(DIRECT, values, coop.county.code)


def _farms(world: World, dated: date, awards: dict[int, Any]) -> list[Record]:
    out = []
    for farm in world.farms:
        rng = Random(f"direct farm {world.seed} {farm.number}")
        award = awards.get(farm.number)
        if not farm.listed(dated) or (rng.random() > 0.25 and not award):
            continue
        out.append(_farm(farm, dated, award, rng))
    return out


def _farm(farm: Farm, dated: date, award: Any, rng: Random) -> Record:
    coded = farm.coded_on is not None and farm.coded_on <= dated
    _, _, income = farm.state(dated)
    values = {
        "entity_type": FARM,
        "name": farm.name if rng.random() < 0.9 else farm.name.replace("农牧场", "农场"),
        "farm_code": farm.code if coded and rng.random() < 0.9 else None,
        "principal": farm.operator,
        "phone": farm.phone if rng.random() < 0.5 else ids.masked(farm.phone, 3, 4),
        "county_name": farm.county.name,
        "certification_state": rng.choice(("已认证", "已认证", "未认证")),
        "registered_on": farm.entered_on,
        "annual_income": income if rng.random() < 0.85 else income * 5 // 4,
        "updated_on": min(dated, farm.entered_on + timedelta(days=rng.randrange(0, 1200))),
        "subsidy_flag": bool(award and award.flagged_on and award.flagged_on <= dated),
    }
    return Record(DIRECT, values, farm.county.code)
