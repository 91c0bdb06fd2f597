"""The demo built for three months, one after the other: each month sees the one before, as published.

Its own month is not computed a second time: only what reads the month before is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
from dbt_lake import Lake

from dagster_project.lake import PREVIOUS, write_rows
from expectations import run_judge

MONTHS = (date(2024, 6, 30), date(2024, 7, 31), date(2024, 8, 31))
DEMO = date(2024, 7, 31)
HANDED_ON = ("shell_status", "supervision_county", "supervision_award")


def build_months(demo: Path, home: Path, months: Iterable[date] = MONTHS) -> dict[date, Path]:
    """Builds each month over a copy of what the demo received; the build files. The first month has none before it."""
    copy = Lake(home)
    for zone in ("typed", "delivered", "rejected", "issues", "sheets", "corrected"):
        shutil.copytree(demo / "lake" / zone, copy.settings.lake / zone, dirs_exist_ok=True)
    out: dict[date, Path] = {}
    build, before = copy.settings.build_file, None
    shutil.copy(demo / "warehouse" / "build.duckdb", build)         # the policy of all months stands in it
    for month_end in months:
        copy.month(month_end, ("150300", "330200"), before)
        if month_end == DEMO:
            shutil.copy(demo / "warehouse" / "build.duckdb", build)
            copy.dbt("run", "--no-write-json", "--select", "run_month", *(f"source:previous.{name}+" for name in HANDED_ON))
        else:
            copy.dbt("run", "--no-write-json", "--exclude", "tag:after_judgement")
            run_judge(build, copy.settings.lake, suites=())     # the flags; what is expected of data is another test's
            copy.dbt("run", "--no-write-json", "--select", "tag:after_judgement")
        out[month_end] = shutil.copy(build, home / f"{month_end:%Y-%m}.duckdb")
        before = month_end.replace(day=1)
        for table in HANDED_ON:
            with closing(duckdb.connect(str(build), read_only=True)) as con:
                rows = con.execute(f"select {', '.join(PREVIOUS[table])} from {table}").fetchall()
            write_rows(copy.settings.lake / "previous" / table / "part.parquet", PREVIOUS[table], rows)
    return out
