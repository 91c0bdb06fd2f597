"""A simulated prefecture: exports in the systems' real formats, with a truth file (see world.py)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from dagster_project.simulate import faults as planted
from dagster_project.simulate import printed
from dagster_project.simulate import truth as truths
from dagster_project.simulate.advisors import advisors
from dagster_project.simulate.awards import award_ledgers, make_awards
from dagster_project.simulate.books import make_books
from dagster_project.simulate.cases import LINES
from dagster_project.simulate.cast import make_cast
from dagster_project.simulate.contracts import district_tasks, service_contracts
from dagster_project.simulate.coops import make_coops
from dagster_project.simulate.direct import direct_report
from dagster_project.simulate.directory import FARM_SUMS, FARMS, farm_directory
from dagster_project.simulate.exports import Plan, add_sums
from dagster_project.simulate.farms import make_farms
from dagster_project.simulate.faults_records import plant_records
from dagster_project.simulate.finance import STATEMENTS, finance
from dagster_project.simulate.forms import filled_forms
from dagster_project.simulate.gsxt import abnormal_lists, annual_reports, serious_lists
from dagster_project.simulate.inspections import inspections
from dagster_project.simulate.office import office
from dagster_project.simulate.places import DIVISIONS, load_prefecture
from dagster_project.simulate.registry import registry
from dagster_project.simulate.sheets import write
from dagster_project.simulate.supply import affiliates, rosters, star_results
from dagster_project.simulate.usage import bookkeeping
from dagster_project.simulate.villages import villages
from dagster_project.simulate.world import Month, World

SYSTEMS = (
    annual_reports,
    abnormal_lists,
    serious_lists,
    direct_report,
    advisors,
    bookkeeping,
    award_ledgers,
    service_contracts,
    district_tasks,
    affiliates,
    star_results,
    inspections,
    rosters,
    villages,
    filled_forms,
    office,
)


def simulate(
    inbox: Path,
    truth: Path,
    *,
    prefecture: str = "150300",
    coops: int = 300,
    farms: int = 2000,
    months: int = 3,
    last_month: date = date(2024, 7, 1),
    seed: int = 20240731,
    faults: bool = True,
    divisions: Path = DIVISIONS,
) -> dict[str, Any]:
    """Write the exports below `inbox` and the truth to `truth`; returns the truth.

    The same arguments give the same bytes and modification times. Raises ValueError for an unknown
    prefecture or fewer than one cooperative, farm or month, OSError when a file cannot be written.
    """
    if min(coops, farms, months) < 1 or last_month.day != 1:
        raise ValueError("合作社数、家庭农场数、月数都应不小于 1，最后月份应写成当月 1 日，例如 2024-07-01。")
    world = World(load_prefecture(prefecture, divisions), _months(last_month, months), seed)
    world.coops = make_coops(world, coops, Random(f"coops {seed}"))
    world.farms = make_farms(world, farms, faults, Random(f"farms {seed}"))
    year = _fiscal_year(last_month)
    world.statements, world.accounts = make_books(world.coops, year, Random(f"books {seed}"))
    make_cast(world, year)
    make_awards(world)
    if faults:
        planted.spoil_world(world)
    plan = Plan()
    registry(world, plan)
    farm_directory(world, plan)
    finance(world, plan)
    plan.exports += [printed.quota(), printed.target()]
    for system in SYSTEMS:
        system(world, plan)
    if faults:
        planted.plant(world, plan)
        plant_records(world, plan)
    for table in plan.tables():
        names = {FARMS: FARM_SUMS, STATEMENTS: tuple(LINES.values())}.get(table.table_id or "", ())
        add_sums(table, names)
    if faults:
        planted.plant_totals(world, plan)
    for export in plan.exports:
        write(export, inbox)
    arguments = {"prefecture": prefecture, "coops": coops, "farms": farms, "last_month": last_month}
    arguments |= {"seed": seed, "faults": faults}
    out = truths.build(world, plan, arguments)
    truths.save(out, truth)
    return out


def _months(last: date, count: int) -> list[Month]:
    firsts = [last]
    while len(firsts) < count:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return [Month(first) for first in reversed(firsts)]


def _fiscal_year(month: date) -> int:
    """The newest year that ended three months before the month's end."""
    return month.year - 1 if month.month >= 3 else month.year - 2
