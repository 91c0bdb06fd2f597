"""The screening of what came in: suites over the as-of rows, before anything is computed from them (spec 3.2).

A delivery whose rows break an expectation of severity error is held back for its county: the delivery before it
counts instead, and the others go on. What no county answers for stops the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import BLOCKED_DELIVERY, write_rows
from expectations.docs import Site
from expectations.findings import CountyFinding, Finding, finding, findings_of, write_counties
from expectations.runner import Judged, run_suites
from expectations.suites import Suite, suites_of
from expectations.wording import Words


@dataclass(frozen=True)
class Blocked:
    """A delivery held back: everything of `unit` (a county, or a scope of its own) with this date."""

    table_id: str
    unit: str
    snapshot_date: date
    county_code: str
    expectations: str    # names, joined by commas
    rows: int            # rows that broke them, each counted once an expectation


@dataclass(frozen=True)
class Screened:
    """What the screening found: every expectation, and the deliveries held back in order."""

    results: tuple[Finding, ...]
    blocked: tuple[Blocked, ...]
    rounds: int
    seconds: float

    @property
    def failed(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.results if not one.success)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Failures that no county answers for: they stop the run."""
        return tuple(one for one in self.failed if one.blocking)

    def summary(self) -> str:
        """One Chinese sentence for the run's log."""
        counties = len({one.county_code for one in self.blocked})
        held = f"，{counties} 个旗县的 {len(self.blocked)} 批数据暂不采用" if self.blocked else ""
        return (f"源数据质量规则 {len(self.results)} 条，未通过 {len(self.failed)} 条，"
                f"其中阻断 {len(self.blocking)} 条{held}；用时 {self.seconds:.1f} 秒")


def clear_blocked(lake: Path) -> None:
    """Nothing is held back: a run judges anew."""
    write_blocked(lake, ())


def write_blocked(lake: Path, blocked: Iterable[Blocked]) -> None:
    write_rows(lake / "judged" / "blocked_delivery" / "blocked.parquet", BLOCKED_DELIVERY, (
        (one.table_id, one.unit, one.snapshot_date, one.county_code, one.expectations, one.rows) for one in blocked))


def run_screen(build_file: Path, lake: Path, rebuild: Callable[[], None], config: Mapping[str, str] | None = None,
               words: Words | None = None, suites: Iterable[Suite] | None = None, site: Site | None = None) -> Screened:
    """Judges the as-of rows; holds back what breaks an error and has `rebuild` make them anew, until nothing does.

    Only tables with a delivery newly held back are judged again. A county held back keeps the counts of the rows
    that it was held back for. Raises JudgeError when a table is missing, an expectation raised or counts disagree.
    """
    started = time.perf_counter()
    open_suites = list(suites_of("screen") if suites is None else suites)
    found: dict[tuple[str, str], Finding] = {}
    blocked: list[Blocked] = []
    rounds = 0
    while open_suites:
        rounds += 1
        judged = run_suites(build_file, open_suites, config, site)
        held = _held_back(build_file, judged, config)
        at_fault = {(one.table_id, one.county_code) for one in held}
        for one in findings_of(build_file, judged, config):
            found[one.table_name, one.expectation] = _merged(found.get((one.table_name, one.expectation)), one, at_fault)
        blocked += held
        open_suites = [suite for suite in open_suites if suite.name in {one.table_id for one in held}]
        if held:
            write_blocked(lake, blocked)
            rebuild()
    results = tuple(found.values())
    write_counties(lake / "judged" / "screened" / "result.parquet", results, words or Words({}, {}))
    return Screened(results, tuple(blocked), rounds, time.perf_counter() - started)


def _merged(before: Finding | None, now: Finding, at_fault: set[tuple[str, str]]) -> Finding:
    """This round's finding; counties held back in it, or before it, keep what they were held back for."""
    kept = {one.county_code: one for one in before.counties if one.blocked} if before else {}
    counties: list[CountyFinding] = [*kept.values()]
    for one in now.counties:
        if one.county_code not in kept:
            counties.append(replace(one, blocked=(now.suite, one.county_code) in at_fault))
        elif one.failed and not kept[one.county_code].failed:
            counties[counties.index(kept[one.county_code])] = replace(one, blocked=True)
    suite = Suite(name=now.suite, table=now.table_name, key=("-",), stage="screen")
    return finding(suite, now.check, now.seconds, counties)


def _held_back(build_file: Path, judged: Iterable[Judged], config: Mapping[str, str] | None) -> list[Blocked]:
    """The deliveries of rows that break an error expectation by county; rows without a place name none."""
    held: dict[tuple[str, str, date, str], list[tuple[str, int]]] = {}
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        for one in judged:
            for verdict in one.verdicts:
                if verdict.failed and verdict.check.by_county and verdict.check.severity == "error":
                    for row in con.execute(_PLACES.format(query=verdict.query), [one.suite.name]).fetchall():
                        held.setdefault((one.suite.name, *row[:3]), []).append((verdict.check.name, row[3]))
    return [Blocked(table_id, unit, day, county, ",".join(name for name, _ in why), sum(rows for _, rows in why))
            for (table_id, unit, day, county), why in sorted(held.items())]


# What a newer delivery replaces: the county, or a scope that is none (a cooperative's year, a prefecture's list).
_PLACES = """
    select
        case when source_table.scope_by = 'county' then failed.county_code else failed.scope end as unit,
        failed.snapshot_date, failed.county_code, count(*)
    from ({query}) as failed
    join source_table on source_table.table_id = ?
    where failed.county_code is not null and failed.scope is not null and failed.snapshot_date is not null
    group by all
"""
