"""The registry's other lists: annual reports, 经营异常名录 and 严重违法失信名单.

Reports come as one file a month with what was published since; the last county never sends any. Lists come
a county and month as HTML named .xls; one county's system shows only what is in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from dagster_project.simulate.cast import ago
from dagster_project.simulate.exports import Plan, compact
from dagster_project.simulate.places import Place
from dagster_project.simulate.planted import AWAY, LATE
from dagster_project.simulate.records import Record, record_table, spec, titled
from dagster_project.simulate.world import Account, Coop, Month, Statement, World

REPORT = spec(
    "gsxt.annual_report",
    """credit_code 统一社会信用代码
    name 企业名称
    report_year 报告年度 int
    published_on 公示日期 date
    members 成员人数 int
    farmer_members 其中农民人数 int
    members_joined 本年度新增成员人数 int
    members_left 本年度退出成员人数 int
    employees 从业人数 int
    revenue 销售额或营业收入（万元） wan
    total_surplus 盈余总额（万元） wan
    taxes 纳税总额（万元） wan
    subsidies 获得政府扶持资金、补助（万元） wan
    loans 金融贷款（万元） wan""",
    "revenue_is_public",
    "total_surplus_is_public",
)
LISTING = spec(
    "gsxt.abnormal_listing",
    """credit_code 统一社会信用代码
    name 企业名称
    reason 列入原因
    listed_on 列入日期 date
    listed_by 列入机关
    removal_reason 移出原因
    removed_on 移出日期 date
    removed_by 移出机关""",
)
SERIOUS = spec(
    "gsxt.serious_violation",
    """credit_code 统一社会信用代码
    name 企业名称
    reason 列入原因
    listed_on 列入日期 date
    listed_by 列入机关
    removed_on 移出日期 date""",
)
WITHHELD = "不公示"
# As the register words them; the truth has the short reason.
WORDS = {
    LATE: "未按照《农民专业合作社年度报告公示暂行办法》规定的期限报送年度报告并公示（未按期年报）",
    AWAY: "通过登记的住所（经营场所）无法联系的",
    "弄虚作假": "公示信息隐瞒真实情况、弄虚作假的",
}


def silent_county(world: World) -> Place | None:
    """The county whose annual reports never come."""
    return world.prefecture.counties[-1] if len(world.prefecture.counties) > 2 else None


def reporting(world: World, day: date) -> list[Coop]:
    """Registered cooperatives with a credit code that are not over, in the registry's order."""
    return [
        coop
        for coop in world.coops
        if coop.credit_code
        and not coop.is_branch
        and coop.founded_on <= day
        and coop.standing(day).status in ("active", "suspended", "ceased")
    ]


def annual_reports(world: World, plan: Plan) -> None:
    rng = Random(f"reports {world.seed}")
    newest = max((one.year for one in world.statements), default=world.end.year - 1)
    papers = {(one.coop.number, one.year): one for one in world.statements if not one.superseded}
    accounts: dict[tuple[int, int], list[Account]] = {}
    for account in world.accounts:
        accounts.setdefault((account.coop.number, account.year), []).append(account)
    behaviours = {one.coop.number: one.behaviour for one in world.planted}
    out: list[Record] = []
    for coop in reporting(world, world.end):
        planted = behaviours.get(coop.number)
        for at, year in enumerate((newest - 1, newest)):
            draw = rng.random()
            how = "on_time" if draw < 0.88 else "late" if draw < 0.94 else "none"
            how = planted.reports[at] if planted else how
            if how == "none" or coop.founded_on >= date(year + 1, 1, 1) or coop.county is silent_county(world):
                continue
            day = date(year + 1, 1, 8) + timedelta(days=rng.randrange(0, 165))
            if how == "late":
                day = date(year + 1, 7, 3) + timedelta(days=rng.randrange(0, 24 if year == newest else 180))
            key = (coop.number, year)
            out.append(_report(coop, year, day, how, papers.get(key), accounts.get(key, []), rng))
    _report_files(world, plan, out)


def _report(
    coop: Coop, year: int, day: date, how: str, paper: Statement | None, accounts: list[Account], rng: Random
) -> Record:
    end = date(year, 12, 31)
    people = [
        one for one in accounts
        if (one.joined_on is None or one.joined_on <= end) and (one.left_on is None or one.left_on > end)
    ]
    members = len(people) or rng.randrange(6, 40)
    farmers = sum(one.kind == "农民" for one in people) or members * 9 // 10
    if people and rng.random() < 0.06:
        members += rng.randrange(1, 4)  # the register and the accounts do not agree
    income = paper.lines["operating_income"] if paper else None
    revenue = income if income is not None else rng.randrange(10, 9000) * 10_000
    if income and rng.random() < 0.05:
        revenue = income * 11 // 10
    revenue = revenue // 10_000 * 10_000  # four decimals of 万元, here whole 百元
    withheld = how == "withheld" or (rng.random() < 0.08 and (paper is None or bool(revenue)))
    surplus = paper.lines["current_surplus"] if paper else revenue // 10
    values = {
        "credit_code": coop.credit_code,
        "name": coop.name,
        "report_year": year,
        "published_on": day,
        "members": members,
        "farmer_members": min(farmers, members) if people and farmers else (0 if people else farmers),
        "members_joined": rng.randrange(0, 4),
        "members_left": rng.randrange(0, 3),
        "employees": rng.randrange(0, 20),
        "revenue": None if withheld else revenue,
        "total_surplus": None if withheld else (surplus or 0) // 100 * 100,
        "taxes": revenue // 200 // 100 * 100,
        "subsidies": 0,
        "loans": rng.choice((0, 0, 20_000_000)),
        "revenue_is_public": not withheld,
        "total_surplus_is_public": not withheld,
    }
    return Record(REPORT, values, coop.county.code)


def _report_files(world: World, plan: Plan, records: list[Record]) -> None:
    before = date(2000, 1, 1)
    for number, month in enumerate(world.months):
        new = [one for one in records if before < one.values["published_on"] <= month.as_of]
        before = month.as_of
        dated = month.as_of + timedelta(days=1)
        table = record_table(
            new, REPORT, "", texts=True, style=2 if number else 1, label=(REPORT.table_id, month.first),
            rename={"报告年度": "年报年度"} if number else None,
        )
        for line in table.lines:
            for name in ("revenue", "total_surplus"):
                if not line.fact.values[f"{name}_is_public"]:
                    line.cells[[one.name for one in REPORT.fields].index(name)] = WITHHELD
        stem = f"市场监管/{world.prefecture.name}农民专业合作社年度报告公示信息_{compact(dated)}"
        if not new:
            continue
        if number:
            plan.send(f"{stem}.xls", [table], dated)
        else:
            plan.send(f"{stem}.csv", [table], dated, encoding="gb18030")


@dataclass
class Listing:
    """An entry of 经营异常名录; `shown_until`: the day from which lists no longer show it."""

    coop: Coop
    reason: str
    listed_on: date
    removed_on: date | None = None
    removal: str | None = None
    shown_until: date | None = None


def listings(world: World) -> list[Listing]:
    rng = Random(f"listings {world.seed}")
    out = []
    last_list = world.months[-1].first
    for one in world.planted:
        for reason, age, shown in one.behaviour.listed:
            out.append(Listing(one.coop, reason, ago(world, age), shown_until=None if shown else last_list))
    planted = {one.coop.number for one in world.planted}
    for coop in reporting(world, world.months[0].first - timedelta(days=500)):
        if coop.number in planted or rng.random() > 0.12 or coop.county.code == world.prefecture.code:
            continue
        reason = rng.choice((LATE, LATE, LATE, AWAY, "弄虚作假"))
        listed = ago(world, rng.randrange(1, 15), rng.randrange(3, 24))
        entry = Listing(coop, reason, listed)
        draw = rng.random()
        removed = listed + timedelta(days=rng.randrange(20, 300))
        if draw < 0.45 and removed < world.end:
            entry.removed_on = removed
            entry.removal = "补报年报并公示" if reason == LATE else "住所（经营场所）可以联系"
        elif draw < 0.52:
            entry.shown_until = last_list
        out.append(entry)
    return out


def abnormal_lists(world: World, plan: Plan) -> None:
    entries = listings(world)
    for month in world.months:
        for index, county in enumerate(world.prefecture.counties):
            mine = [one for one in entries if one.coop.county is county]
            _abnormal_list(world, plan, month, index, county, mine)


def list_date(world: World, month: Month, county: Place) -> date:
    """Lists are printed a day before the month's end, in the late county two days after the last one."""
    late = month == world.months[-1] and county is world.late
    return month.as_of + timedelta(days=2 if late else -1)


def _abnormal_list(
    world: World, plan: Plan, month: Month, index: int, county: Place, entries: list[Listing]
) -> None:
    dated = list_date(world, month, county)
    in_force_only = index % 3 == 1
    records = []
    for one in entries:
        removed = one.removed_on if one.removed_on and one.removed_on <= dated else None
        gone = one.shown_until and one.shown_until <= dated
        if one.listed_on > dated or gone or (removed and (in_force_only or removed.year < dated.year)):
            continue
        office = f"{county.name}市场监督管理局"
        values = {
            "credit_code": one.coop.credit_code,
            "name": one.coop.name,
            "reason": one.reason,
            "listed_on": one.listed_on,
            "listed_by": office,
            "removal_reason": one.removal if removed else None,
            "removed_on": removed,
            "removed_by": office if removed else None,
        }
        records.append(Record(LISTING, values, county.code))
    table = record_table(
        records, LISTING, "", texts=True, style=(1, 2, 4)[index % 3],
        omit=("removal_reason", "removed_on", "removed_by") if in_force_only else (),
        head=titled(f"{county.name}经营异常名录", f"导出时间：{dated.isoformat()}"),
        label=(LISTING.table_id, month.first, county.code),
    )
    for line in table.lines:
        line.cells[2] = WORDS[line.cells[2]]
    plan.send(f"市场监管/{county.name}经营异常名录_{compact(dated)}.xls", [table], dated)


def serious_lists(world: World, plan: Plan) -> None:
    """Two entries in the first county, one of them removed in time; the others have an empty list."""
    counties = world.prefecture.counties
    found = [coop for coop in reporting(world, world.months[0].first) if coop.county is counties[0]]
    chosen = [coop for coop in found if coop.number % 7 == 3 and not coop.is_union][:2] or found[:2]
    for month in world.months:
        dated = month.as_of - timedelta(days=1)
        tables = []
        for county in counties:
            records = []
            for at, coop in enumerate(chosen if county is counties[0] else ()):
                removed = ago(world, 1, 20) if at else None
                values = {
                    "credit_code": coop.credit_code,
                    "name": coop.name,
                    "reason": "被列入经营异常名录届满三年仍未履行相关义务",
                    "listed_on": ago(world, 9 + at),
                    "listed_by": f"{county.name}市场监督管理局",
                    "removed_on": removed if removed and removed <= dated else None,
                }
                records.append(Record(SERIOUS, values, county.code))
            tables.append(
                record_table(
                    records, SERIOUS, county.name, head=titled(f"{county.name}严重违法失信名单"),
                    label=(SERIOUS.table_id, month.first, county.code),
                )
            )
        plan.send(f"市场监管/{world.prefecture.name}严重违法失信名单{dated.isoformat()}.xlsx", tables, dated)
