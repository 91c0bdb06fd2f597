"""The planted cooperatives as registered entities with their books, beside the ordinary ones."""

from __future__ import annotations

from datetime import date
from random import Random

from dagster_project.simulate import ids
from dagster_project.simulate.books import plain_statement
from dagster_project.simulate.cases import LINES
from dagster_project.simulate.members import make_accounts, make_roster
from dagster_project.simulate.planted import CAST, Behaviour
from dagster_project.simulate.world import LETTERS, Account, Coop, Planted, Standing, Statement, World

FIRST_NUMBER = 300_001  # far above the ordinary ones: codes and persons stay apart


def ago(world: World, months: int, day: int = 12) -> date:
    """A day some months before the last month (or, negative, after it), never near a month's end."""
    first = world.months[-1].first
    index = first.year * 12 + first.month - 1 - months
    return date(index // 12, index % 12 + 1, day)


def make_cast(world: World, year: int) -> None:
    """Append the planted cooperatives and their books to the world; `year` is the newest with statements."""
    grown: dict[str, list[list[Account]]] = {}
    for index, behaviour in enumerate(CAST):
        rng = Random(f"cast {world.seed} {behaviour.slug}")
        coop = _coop(world, behaviour, FIRST_NUMBER + index)
        world.coops.append(coop)
        world.planted.append(Planted(coop, behaviour))
        _books(world, coop, behaviour, year, rng, grown)


def _coop(world: World, behaviour: Behaviour, number: int) -> Coop:
    counties = world.prefecture.counties
    county = counties[min(behaviour.where, len(counties) - 1)]
    index = counties.index(county)
    founded = ago(world, behaviour.founded)
    same = behaviour.group or behaviour.market
    person = f"测试法人{behaviour.group}{number // 1000}" if behaviour.group else f"测试法人{number}"
    street = county.children[0].name
    place = f"{world.prefecture.province}{world.prefecture.name}{county.name}{street}"
    standing = Standing(founded, "active", "存续（在营、开业、在册）")
    if behaviour.suspended:
        start = ago(world, 20)
        standing = Standing(founded, "suspended", "歇业", None, start, start.replace(year=start.year + 3))
    kind = "农民专业合作社联合社" if behaviour.union else "农民专业合作社"
    trade = "种植" if number % 2 else "养殖"
    return Coop(
        number,
        ids.credit_code(county.code, number),
        None,
        f"{world.prefecture.name}模拟{LETTERS[index % len(LETTERS)]}{number}{trade}{kind}",
        kind,
        county,
        behaviour.union,
        False,
        person,
        50_000_000,
        "50万元",
        founded,
        founded,
        f"{place}模拟{same}路{number // 1000}号" if same else f"{place}模拟新村{number}号",
        f"{trade}生产、销售,农产品的加工、运输、贮藏",
        [standing],
    )


def _books(
    world: World, coop: Coop, one: Behaviour, year: int, rng: Random, grown: dict[str, list[list[Account]]]
) -> None:
    returned = {year - 1: 0, year: 0}
    paper: Statement | None = None
    for at, each in enumerate((year - 1, year)):
        if one.books:
            paper = _idle(coop, each, paper) if one.idle[at] else plain_statement(coop, each, paper, rng)
            returned[each] = paper.lines["returned"] or 0
            world.statements.append(paper)
    if not one.accounts:
        return
    roster = make_roster(coop, one.members, year, "planted", 0, rng)
    for at, each in enumerate((year - 1, year)):
        accounts = make_accounts(roster, coop, each, returned[each], "proportional", rng)
        trades = not one.idle[at] if one.trades is None else one.trades
        for account in accounts:
            if not trades:
                account.trade = 0
        if one.shared:
            for own, other in zip(accounts, grown.setdefault(f"{one.shared} {each}", [accounts])[0], strict=True):
                own.name, own.identity = other.name, other.identity
        world.accounts += accounts


def _idle(coop: Coop, year: int, before: Statement | None) -> Statement:
    """A year without any business: every line is written; what was left over is carried on, and it balances."""
    left = (before.lines["closing_undistributed"] or 0) if before else 0
    lines: dict[str, int | None] = dict.fromkeys(LINES, 0)
    lines |= dict.fromkeys(("opening_undistributed", "distributable_surplus", "closing_undistributed"), left)
    lines |= {"cash": 120_000, "share_capital": 20_000_000}
    lines |= {"total_assets": 20_000_000 + left, "total_equity": 20_000_000 + left}
    return Statement(coop, year, "2021", "idle", lines)
