"""Region roll-ups add up: what counties hold is what prefecture, province and nation hold, of every measure."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb

COLUMNS = ("numerator", "denominator", "unknown")


def roll_up_differences(build: Path) -> list[str]:
    """Each region's coverage row against the sum of its counties' rows; a county without a figure is in no sum."""
    with closing(duckdb.connect(str(build), read_only=True)) as con:
        rows = con.execute(f"select measure_id, region_code, region_level, status, {', '.join(COLUMNS)} from coverage").fetchall()
    above: dict[tuple[str, str, str], list[list[Decimal]]] = defaultdict(lambda: [[] for _ in COLUMNS])
    whole: dict[tuple[str, str, str], tuple] = {}
    for measure, region, level, _, *figures in rows:
        if level != "county":
            whole[measure, region, level] = tuple(figures)
            continue
        for parent in ((region[:4] + "00", "prefecture"), (region[:2] + "0000", "province"), ("000000", "nation")):
            for kept, figure in zip(above[measure, *parent], figures, strict=True):
                if figure is not None:
                    kept.append(Decimal(figure))
    out = [f"no row: {key}" for key in above.keys() - whole.keys()] + [f"no county: {key}" for key in whole.keys() - above.keys()]
    for key in above.keys() & whole.keys():
        for name, parts, figure in zip(COLUMNS, above[key], whole[key], strict=True):
            expected = sum(parts, Decimal(0)) if parts else None
            if (figure is None) != (expected is None) or (figure is not None and Decimal(figure) != expected):
                out.append(f"{key} {name}: counties {expected}, found {figure}")
    return sorted(out)


# what the counties say, and what the regions above them say: both (indicator, region, [level], figure...)
BESIDE = {
    "advisor_target": ("select target_id, region_code, actual from advisor_target where region_level = 'county' and target_id = 'advisors'",
                       "select target_id, region_code, region_level, actual from advisor_target "
                       "where region_level in ('prefecture', 'province', 'nation') and target_id = 'advisors'"),
    "plan_progress": ("select indicator, county_code, case when is_known then numerator end, case when is_known then denominator end "
                      "from plan_actual",
                      "select distinct indicator, region_code, region_level, numerator, denominator from plan_progress "
                      "where region_level = 'prefecture'"),
}


def sums_beside(build: Path, table: str) -> list[str]:
    """As `roll_up_differences`, of a published table whose counties stand in another."""
    with closing(duckdb.connect(str(build), read_only=True)) as con:
        parts, wholes = (con.execute(query).fetchall() for query in BESIDE[table])
    out = [f"{table} has no region"] if not wholes else []
    ends = {"prefecture": 4, "province": 2, "nation": 0}
    for indicator, region, level, *figures in wholes:
        mine = [line[2:] for line in parts if line[0] == indicator and line[1][:ends[level]] == region[:ends[level]]]
        for at, figure in enumerate(figures):
            known = [line[at] for line in mine if line[at] is not None]
            if figure != (sum(known) if known else None):
                out.append(f"{table} {indicator} {region}: counties {known}, found {figure}")
    return out
