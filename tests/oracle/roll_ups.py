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
