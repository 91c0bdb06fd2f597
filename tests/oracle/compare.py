"""Published tables of a build against the naive recomputation from the same typed rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from oracle import naive_coverage, naive_reconciliation, naive_village
from oracle.naive_sides import Sides
from oracle.typed_rows import Month, load

COVERAGE = ("numerator", "denominator", "value", "target", "unknown", "meets_target", "status", "stale")
VILLAGE = ("poor_village", "reported", "enterprises", "organisations", "households", "joined", "poor", "linked", "dividends",
           "collective_income", "fund_arrived", "fund_due", "fund_reached", "insured_due", "insured", "trained")


def differences(build: Path, lake: Path, as_of: date) -> list[str]:
    """What differs in coverage, village_month and reconciliation; empty when all agree."""
    with duckdb.connect(str(build), read_only=True) as con:
        names = dict(con.execute("select region_code, region_name from region where not is_remainder "
                                 "and region_level in ('county', 'prefecture')").fetchall())
        shell = dict(con.execute("select credit_code, status from shell_status").fetchall())
        published = {tuple(row[:3]): dict(zip(COVERAGE, row[3:], strict=True)) for row in con.execute(
            f"select region_code, region_level, measure_id, {', '.join(COVERAGE)} from coverage").fetchall()}
        villages = {tuple(row[:3]): dict(zip(VILLAGE, row[3:], strict=True)) for row in con.execute(
            f"select banner_code, township, village, {', '.join(VILLAGE)} from village_month").fetchall()}
        lines = set(con.execute("select pair, county_code, left_key, right_key, outcome, field, left_value, right_value "
                                "from reconciliation").fetchall())
    month = Month(*load(lake), as_of)
    sides = Sides(month, names)
    return [*_differ("coverage", naive_coverage.coverage(sides, shell), published),
            *_differ("village_month", naive_village.village_month(month), villages),
            *(f"reconciliation missing: {line}" for line in sorted(naive_reconciliation.reconciliation(sides) - lines, key=str)),
            *(f"reconciliation not expected: {line}"
              for line in sorted(lines - naive_reconciliation.reconciliation(sides), key=str))]


def _differ(table: str, expected: dict, found: dict) -> list[str]:
    out = [f"{table} missing: {key}" for key in sorted(expected.keys() - found.keys())]
    out += [f"{table} not expected: {key}" for key in sorted(found.keys() - expected.keys())]
    for key in sorted(expected.keys() & found.keys()):
        out += [f"{table} {key} {name}: expected {value!r}, found {found[key][name]!r}"
                for name, value in expected[key].items() if value != found[key][name]]
    return out
