"""The cooperatives of a world: names, codes, capital, and statuses that change with the months."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from dagster_project.simulate import ids
from dagster_project.simulate.world import ENDED, LETTERS, TRADES, WORDS, Coop, Standing, World, shared_out

# Shares of the statuses before the first month, in thousandths.
SHARES = (
    ("active", 850),
    ("suspended", 30),
    ("ceased", 20),
    ("moved_out", 10),
    ("revoked", 30),
    ("deregistered", 50),
    ("winding_up", 10),
)


def make_coops(world: World, count: int, rng: Random) -> list[Coop]:
    prefecture, months = world.prefecture, world.months
    begin, out = months[0].first, []
    places = shared_out(prefecture.counties, count)
    for number, place in enumerate(places + [places[i * 50 % count] for i in range(count // 50)], 1):
        branch, index = number > count, number
        union = not branch and index % 25 == 7
        legacy = not branch and index % 30 == 13
        seat = not branch and index % 40 == 11
        new = not branch and not (union or legacy or seat) and index % 25 == 3
        county = prefecture.seat if seat else place
        authority = prefecture.code[:4] + ("00", "01")[index // 40 % 2] if seat else county.code
        founded = date(2008, 1, 1) + timedelta(days=rng.randrange(0, (begin - date(2008, 1, 1)).days - 400))
        standing = _standing(world, rng, founded)
        if new:
            month = months[index // 25 % len(months)]
            if month == world.dump_month and place is world.dumped:
                month = months[-1]
            founded = month.first + timedelta(days=rng.randrange(2, 20))
            standing = Standing(founded, "active", "存续")
        history = [standing]
        if standing.status == "active" and not (new or branch or union or seat) and index % 35 == 5:
            month = months[index // 35 % len(months)]
            if not (month == world.dump_month and place is world.dumped):
                day = month.first + timedelta(days=rng.randrange(3, 24))
                history.append(Standing(day, "deregistered", "注销", day))
        trade = rng.choice(TRADES)
        letter = LETTERS[prefecture.counties.index(place) % len(LETTERS)]
        stem = f"{prefecture.name}模拟{letter}{number:03d}{trade}"
        name = stem + ("农民专业合作社联合社" if union else "农民专业合作社")
        kind = "农民专业合作社联合社" if union and index % 50 == 7 else "农民专业合作社"
        if branch:
            name, kind = stem + "农民专业合作社第一分社", "农民专业合作社分支机构"
        elif index % 90 == 33:  # no union: the words stand in the name of a quarter
            name = stem.replace("模拟", "模拟联合社区") + "农民专业合作社"
        capital, text = _capital(index, rng.choice((5, 10, 30, 50, 60, 100, 120, 200, 300, 500, 1000, 2000)))
        street = rng.choice(place.children)
        out.append(
            Coop(
                number,
                None if legacy else ids.credit_code(authority, number),
                ids.legacy_number(authority, number) if legacy else None,
                name,
                kind,
                county,
                union,
                branch,
                f"测试法人{number:04d}",
                capital,
                text,
                founded,
                founded if new else founded + timedelta(days=rng.randrange(0, 300)),
                f"{prefecture.province}{prefecture.name}{place.name}{street.name}模拟{number % 9 + 1}村"
                f"{number}号",
                f"{trade}生产、销售,农业生产资料的购买,农产品的加工、运输、贮藏",
                history,
            )
        )
    _after_the_month(world, out)
    return out


def _after_the_month(world: World, coops: list[Coop]) -> None:
    """In the late county two entries change on the day after the last month: not yet there for that month."""
    end = world.months[-1].as_of + timedelta(days=1)
    plain = [
        coop
        for coop in coops
        if coop.county is world.late
        and not (coop.is_branch or coop.is_union)
        and coop.credit_code
        and len(coop.history) == 1
        and coop.history[0].status == "active"
        and coop.founded_on < world.months[0].first
    ]
    for coop in plain[:1]:
        coop.history.append(Standing(end, "deregistered", "注销", end))
    fresh = [
        coop
        for coop in coops
        if coop.county is world.late and world.months[-1].first <= coop.founded_on <= world.months[-1].as_of
    ]
    for coop in fresh[:1]:
        coop.founded_on = coop.approved_on = end
        coop.history[:] = [Standing(end, "active", "存续")]


def _capital(index: int, wan: int) -> tuple[int | None, str | None]:
    """An amount in one of the spellings that registers print."""
    spellings = (
        f"{wan}万元",
        f"{wan:,}(万人民币元)",
        f"{wan}(万)",
        f"{wan}万元人民币",
        f"{wan * 10000}" if wan > 10 else f"{wan * 10000}元",
        f"{wan * 10000}元",
        f"{wan}.000000万人民币",
        "".join(chr(ord(char) + 0xFEE0) for char in str(wan)) + "万元",
        f"¥{wan * 10000:,}.00元",
        None,
    )
    text = spellings[index % len(spellings)]
    return (None, None) if text is None else (wan * 1_000_000, text)


def _standing(world: World, rng: Random, founded: date) -> Standing:
    """A status that the register had before the first month."""
    draw, status = rng.randrange(1000), "active"
    for status, share in SHARES:  # noqa: B007
        draw -= share
        if draw < 0:
            break
    begin = world.months[0].first
    words = rng.choice(WORDS[status])
    day = begin - timedelta(days=rng.randrange(30, 700))
    if day <= founded or status == "active":
        return Standing(founded, "active", rng.choice(WORDS["active"]))
    if status == "suspended" and rng.random() < 0.7:
        until = day.replace(year=day.year + 3, day=min(day.day, 28))
        return Standing(founded, status, words, None, day, until)
    return Standing(founded, status, words, day if status in ENDED else None)
