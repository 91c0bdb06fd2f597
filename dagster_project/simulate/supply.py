"""The federation's roster and official stars, and the demonstration rosters of every level."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from dagster_project.simulate.cast import ago
from dagster_project.simulate.direct import COOP, FARM, spelled
from dagster_project.simulate.exports import Plan, Sent, compact
from dagster_project.simulate.gsxt import reporting
from dagster_project.simulate.places import Place
from dagster_project.simulate.records import Record, record_table, spec, titled
from dagster_project.simulate.world import World

AFFILIATE = spec(
    "supply_coop.affiliate",
    """credit_code 统一社会信用代码
    name 合作社名称
    county_name 区（县、市）
    mode 领办参办方式
    affiliated_on 领办参办日期 date
    released_on 解除日期 date
    is_member 农合联会员 bool
    joined_on 入会日期 date
    member_households 成员户数 int
    is_guided 紧密联系指导 bool""",
)
STAR = spec(
    "supply_coop.star_result",
    """year 年度 int
    credit_code 统一社会信用代码
    name 合作社名称
    stars 星级
    rated_by 评定机关
    rated_on 评定日期 date""",
)
ROSTER = spec(
    "demonstration.roster",
    """title 称号
    entity_type 主体类型
    name 名称
    credit_code 统一社会信用代码
    farm_code 一码通编码
    county_name 县（旗、区）
    level 示范级别
    recognised_on 认定日期 date
    document_no 文号
    monitoring 监测结果
    withdrawn_on 取消日期 date""",
)
MODES = ("出资入股", "服务带动", "引导创办", "资源对接", "服务配给", "无")
STARS = ("五星", "四星", "四星", "三星", "三星", "三星", "二星", "一星", "未达", "不予评定")
LEVELS = ("国家级", "自治区（省）级", "盟市（市）级", "旗县（区）级", "供销总社")


def affiliates(world: World, plan: Plan) -> None:
    for number, month in enumerate(world.months):
        dated = month.as_of + timedelta(days=3 if month == world.months[-1] else -3)
        tables = []
        for county in world.prefecture.counties:
            records = []
            for coop in reporting(world, world.months[0].first):
                rng = Random(f"affiliate {world.seed} {coop.number}")
                if coop.county is not county or rng.random() > 0.45:
                    continue
                mode = rng.choice(MODES)
                since = coop.founded_on + timedelta(days=rng.randrange(20, 500))
                joined = rng.random() < 0.7
                released = ago(world, 1, 12) if rng.random() < 0.04 else None
                values = {
                    "credit_code": coop.credit_code,
                    "name": spelled(coop.name, rng.choice((0, 0, 0, 1, 3))),
                    "county_name": county.name,
                    "mode": mode,
                    "affiliated_on": since if mode != "无" and since <= dated else None,
                    "released_on": released if released and released <= dated and mode != "无" else None,
                    "is_member": joined,
                    "joined_on": since if joined and since <= dated else None,
                    "member_households": rng.choice((None, 12, 40, 85, 160)),
                    "is_guided": rng.random() < 0.3,
                }
                records.append(Record(AFFILIATE, values, county.code))
            tables.append(
                record_table(
                    records, AFFILIATE, county.name, head=titled(f"{county.name}供销社领办参办及农合联会员名册"),
                    style=(1, 2, 4)[number % 3], label=(AFFILIATE.table_id, month.first, county.code),
                )
            )
            plan.sent.append(Sent(county.code, dated, tables[-1]))
        plan.send(f"供销社名册/{world.prefecture.name}领办参办及会员名册{compact(dated)}.xlsx", tables, dated)


def star_results(world: World, plan: Plan) -> None:
    """Official stars of the first two counties, of last year and of this one; the third county rates nobody."""
    for year in (world.end.year - 1, world.end.year):
        rated = date(year, 5, 28) if year < world.end.year else ago(world, 1, 24)
        tables = []
        for county in world.prefecture.counties[:2]:
            records = []
            for coop in reporting(world, date(year, 1, 1)):
                rng = Random(f"star {world.seed} {year} {coop.number}")
                if coop.county is not county or rng.random() > 0.3 or coop.number % 10 == 0:
                    continue
                values = {
                    "year": year,
                    "credit_code": coop.credit_code,
                    "name": coop.name,
                    "stars": rng.choice(STARS),
                    "rated_by": f"{world.prefecture.name}供销合作社联合社",
                    "rated_on": rated,
                }
                records.append(Record(STAR, values, county.code))
            if not records:
                continue
            tables.append(
                record_table(
                    records, STAR, county.name, head=titled(f"{county.name}{year}年度合作社星级评定结果"),
                    style=4, label=(STAR.table_id, year, county.code),
                )
            )
            for line in tables[-1].lines:
                if year == world.end.year and line.cells[3] not in ("未达", "不予评定"):
                    line.cells[3] += "级"
        if not tables:
            continue
        dated = rated + timedelta(days=4)
        plan.send(f"供销社名册/{world.prefecture.name}{year}年合作社星级评定结果_{compact(dated)}.xlsx", tables, dated)


def rosters(world: World, plan: Plan) -> None:
    """Cooperatives and farms of every level: one file before the months, and the new ones of the last month."""
    for fresh in (False, True):
        dated = ago(world, 0, 27) if fresh else ago(world, len(world.months) - 1, 11)
        tables = []
        for kind in (COOP, FARM):
            records = _titles(world, kind, dated, fresh=fresh)
            if not records:
                continue
            table = record_table(
                records, ROSTER, "合作社" if kind == COOP else FARM, head=titled(f"{world.prefecture.name}示范名录"),
                label=(ROSTER.table_id, fresh, kind), rename={"名称": "合作社名称"} if kind == COOP else None,
            )
            tables.append(table)
            for scope in sorted({f"{one.county}|{kind}|{one.values['level']}" for one in records}):
                plan.sent.append(Sent(scope, dated, table))
        if tables:
            plan.send(f"示范名录/{world.prefecture.name}示范社示范场名录_{dated.isoformat()}.xlsx", tables, dated)


def _titles(world: World, kind: str, dated: date, *, fresh: bool) -> list[Record]:
    out = []
    entities: list[tuple[Place, int, str, str | None, str | None]]
    if kind == COOP:
        entities = [(one.county, one.number, one.name, one.credit_code, None)
                    for one in reporting(world, world.months[0].first)]
    else:
        entities = [(one.county, one.number, one.name, None, one.code if one.coded_on and one.coded_on < dated else None)
                    for one in world.farms if one.entered_on < world.months[0].first and one.number % 12 == 7]
    codes = {county.code for county in world.prefecture.counties}
    for county, number, name, code, farm_code in entities:
        rng = Random(f"roster {world.seed} {kind} {number}")
        if county.code not in codes or rng.random() > 0.3:
            continue
        levels = {LEVELS[rng.randrange(1, 4)]} | ({rng.choice(LEVELS)} if rng.random() < 0.25 else set())
        new = rng.random() < 0.1
        for level in sorted(levels, key=LEVELS.index):
            if new and not fresh:
                continue
            recognised = ago(world, 0, 15) if new else date(2015 + number % 9, 9, 10)
            values = {
                "title": "示范场" if kind == FARM else rng.choice(("示范社", "示范社", "规范社")),
                "entity_type": kind,
                "name": spelled(name, rng.choice((0, 0, 1))) if kind == COOP else name,
                "credit_code": code,
                "farm_code": farm_code,
                "county_name": county.name,
                "level": level,
                "recognised_on": recognised,
                "document_no": f"模拟农发〔{recognised.year}〕{number % 90 + 1}号",
                "monitoring": rng.choice(("合格", "合格", None)),
                "withdrawn_on": date(dated.year, 2, 20) if rng.random() < 0.04 and not new else None,
            }
            out.append(Record(ROSTER, values, county.code))
    return out
