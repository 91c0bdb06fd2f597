"""Members and their accounts of two years; the return shared out among them to the 分."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from dagster_project.simulate import ids
from dagster_project.simulate.world import Account, Coop


@dataclass(slots=True)
class Roster:
    case: str
    members: list[Account] = field(default_factory=list)


def make_roster(
    coop: Coop, kinds: dict[str, int], year: int, case: str, position: int, rng: Random
) -> Roster:
    """Members of two years: plain ones with leavers and late joiners, also on the last day of the year."""
    roster = Roster(case)
    people = [kind for kind, count in kinds.items() for _ in range(count)]
    extra = ["农民"] * rng.randrange(0, 4) if case == "plain" else []
    for index, kind in enumerate(people + extra, 1):
        person = kind in ("农民", "其他居民")
        number = coop.number * 100 + index
        joined: date | None = coop.founded_on + timedelta(days=rng.randrange(0, 200))
        left = None
        if index > len(people):
            draw = rng.randrange(5)
            if draw == 0:
                left = date(year, 12, 31)  # no member of the year
            elif draw == 1:
                left = date(year + 1, 1, 1)  # still a member of the year
            elif draw == 2:
                left = date(year, rng.randrange(1, 12), 15)
            elif draw == 3:
                joined = date(year + 1, 1, 10)  # not yet a member
            else:
                joined = date(year, 12, 31)
        elif rng.random() < 0.01:
            joined = None
        roster.members.append(
            Account(
                coop,
                year,
                f"{index:03d}",
                f"测试人{number:06d}" if person else f"模拟{kind}{number:06d}",
                ids.identity(coop.county.code, number) if person else None,
                kind,
                person and rng.random() < 0.05,
                person and rng.random() < 0.02,
                joined,
                left,
                case,
            )
        )
    return roster


def make_accounts(
    roster: Roster, coop: Coop, year: int, returned: int, sharing: str, rng: Random
) -> list[Account]:
    """The roster's accounts of one year; the return follows trade unless `sharing` says otherwise."""
    members = [
        member
        for member in roster.members
        if (member.joined_on is None or member.joined_on <= date(year + 1, 1, 31))
        and (member.left_on is None or member.left_on.year >= year)
    ]
    count = len(members)
    trades = [rng.randrange(0, 4_000_000) for _ in members]
    shares = largest_remainder(returned, trades)
    case = roster.case
    if returned and count > 1 and sharing != "proportional":
        case = sharing
        if sharing in ("at_one_percent", "over_one_percent"):
            # trade is ten times a fair share, so shares are exact; half a percent moves to another member
            fair = largest_remainder(returned, [1] * count)
            trades = [amount * 10 for amount in fair]
            moved = returned // 200 + (1 if sharing == "over_one_percent" else 0)
            shares = [fair[0] + moved, fair[1] - moved, *fair[2:]]
        elif sharing == "equal_shares":
            shares = largest_remainder(returned, [1] * count)
        elif sharing == "no_trade":
            trades = [0] * count
        else:
            shares = [shares[0] + (100 if sharing == "sum_off_1_yuan" else 101), *shares[1:]]
    out = []
    for member, trade, share in zip(members, trades, shares, strict=True):
        left = member.left_on if member.left_on and member.left_on <= date(year + 1, 3, 31) else None
        out.append(
            Account(
                coop,
                year,
                member.member_no,
                member.name,
                member.identity,
                member.kind,
                member.lifted,
                member.monitored,
                member.joined_on,
                left,
                case,
                rng.randrange(1, 60) * 100_000,
                share // 10,
                rng.choice((0, 50_000)),
                0,
                trade,
                share,
                share // 4,
            )
        )
    return out


def largest_remainder(total: int, weights: list[int]) -> list[int]:
    """`total` shared out by `weights` in whole 分; the parts add up to it."""
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    rest = total - sum(parts)
    order = sorted(range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index))
    for index in order[:rest]:
        parts[index] += 1
    return parts


def share_members(accounts: list[Account]) -> None:
    """Three plain cooperatives with the same people, as cooperatives founded on paper have."""
    rosters: dict[tuple[int, int], list[Account]] = {}
    for account in accounts:
        if account.case == "plain":
            rosters.setdefault((account.coop.number, account.year), []).append(account)
    newest = max((year for _, year in rosters), default=0)
    group = [members for (_, year), members in rosters.items() if year == newest and len(members) >= 12][
        10:13
    ]
    for members in group[1:]:
        for own, other in zip(members, group[0], strict=False):
            own.name, own.identity = other.name, other.identity
