"""The family farms of a world: codes assigned and entries updated in the course of the months."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from dagster_project.simulate import ids
from dagster_project.simulate.world import LETTERS, TRADES, Farm, World, shared_out


def make_farms(world: World, count: int, blanks: bool, rng: Random) -> list[Farm]:
    prefecture, months = world.prefecture, world.months
    begin, out = months[0].first, []
    places = shared_out(prefecture.counties, count)
    last = world.farm_date(months[-1])
    for number, place in enumerate(places, 1):
        county_index = prefecture.counties.index(place)
        township = place.children[rng.randrange(len(place.children))]
        entered = date(2019, 3, 1) + timedelta(days=rng.randrange(0, (begin - date(2019, 3, 1)).days - 60))
        draw = rng.random()
        left = None
        if draw < 0.02:  # joins during the months (some on the day of the last export)
            entered = begin + timedelta(days=rng.randrange(0, (last - begin).days + 1))
        elif draw < 0.03 and len(months) > 1:
            left = months[1].first + timedelta(days=rng.randrange(0, (last - months[1].first).days))
        coded = (
            entered + timedelta(days=rng.randrange(0, 30))
            if rng.random() < 0.79 - 0.04 * (county_index % 3)
            else None
        )
        if coded is None and rng.random() < 0.2:  # coded during the months
            coded = begin + timedelta(days=rng.randrange(0, (last - begin).days))
        if coded and coded < entered:
            coded = entered
        income = rng.randrange(200, 9000) * 10_000  # 2.00 to 90.00 万元
        updates: list[tuple[date | None, int | None, int]] = [_first_update(rng, begin, entered, income)]
        day = begin + timedelta(days=rng.randrange(0, 12))
        while day <= last:
            if rng.random() < 0.07 and day > entered:
                income = income * rng.randrange(95, 130) // 1_000_000 * 10_000
                updates.append((day, day.year - (rng.random() < 0.6), max(income, 10_000)))
            day += timedelta(days=rng.randrange(20, 31))
        if blanks and number % 97 == 5 and entered < begin - timedelta(days=90):
            updates = [(None, None, updates[0][2])]
        registered = rng.random() < 0.35
        out.append(
            Farm(
                number,
                place,
                township,
                f"模拟{rng.randrange(1, 10)}村",
                f"模拟{LETTERS[county_index % len(LETTERS)]}{number:04d}家庭{rng.choice(('农场', '农牧场'))}",
                f"测试农户{number:05d}",
                ids.identity(place.code, 400_000 + number),
                ids.mobile(number),
                rng.random() < 0.7,
                ids.farm_code(place.code, number),
                coded,
                entered,
                left,
                rng.choice(TRADES),
                (
                    rng.randrange(500, 60_000),
                    rng.choice((0, 0, 5_000)),
                    rng.choice((0, 12_050)),
                    rng.choice((0, 0, 0, 1_575)),
                ),
                ids.credit_code(place.code, 900_000 + number, "92") if registered else None,
                rng.choice((None,) * 12 + ("无", "旗县（区）级", "区级", "盟市（市）级", "自治区级")),
                f"模拟牌{number:04d}" if rng.random() < 0.05 else None,
                "绿色食品" if rng.random() < 0.04 else None,
                updates,
                (max(entered, begin - timedelta(days=200)), begin.year - 1, 2_000_000)
                if rng.random() < 0.02
                else None,
            )
        )
    for place in prefecture.counties:  # awards of the year are flagged in the last month
        new = [farm for farm in out if farm.county is place and not farm.subsidy and not farm.left_on]
        first = months[-1].first
        for farm, coded_on in [(farm, farm.coded_on) for farm in new if farm.coded_on][:3]:
            farm.subsidy = (max(coded_on, first), first.year, 3_000_000)
    return out


def _first_update(rng: Random, begin: date, entered: date, income: int) -> tuple[date, int | None, int]:
    """The state before the first month, away from the ends of months (so 12 and 24 months are clear)."""
    if entered >= begin - timedelta(days=90):
        return entered, begin.year - 1, income
    draw = rng.random()
    if draw < 0.62:
        age, year = rng.randrange(20, 200), begin.year - (rng.random() < 0.7)
    elif draw < 0.74:
        age, year = rng.randrange(20, 200), None
    elif draw < 0.82:
        age, year = rng.randrange(460, 620), None
    elif draw < 0.90:
        age, year = rng.randrange(460, 620), begin.year - 2
    elif draw < 0.97:
        age, year = rng.randrange(850, 1200), begin.year - rng.choice((3, 4))
    else:
        age, year = rng.randrange(850, 1200), None
    day = max(begin - timedelta(days=age), entered)
    day = day.replace(day=min(max(day.day, 4), 26))
    return day, year and min(year, day.year), income
