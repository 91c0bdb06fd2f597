"""The demo built for three months, one after the other: each month sees the one before, as published.

Its own month is not computed a second time: only what reads the month before, and the policy added, is.
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
# The demo has no region whose policy says what an advisor has to do: 海勃湾区 is given 鄂托克前旗's rows.
ADVISED = """insert into policy_value select * replace ('150302' as region_code) from policy_value
             where region_code = '150623' and id like 'advisor%' and id not like 'advisor_township%'"""
CHANGED = ("run_month", "policy_in_force", "region_policy", "advisor_quarter+", "advisor_year+", "advisor_target+")


def build_months(demo: Path, home: Path, months: Iterable[date] = MONTHS) -> dict[date, Path]:
    """Builds each month over a copy of what the demo received; the build files. The first month has none before it."""
    copy = Lake(home)
    for zone in ("typed", "delivered", "rejected", "issues", "sheets", "corrected"):
        shutil.copytree(demo / "lake" / zone, copy.settings.lake / zone, dirs_exist_ok=True)
    out: dict[date, Path] = {}
    build, before = copy.settings.build_file, None
    start = home / "start.duckdb"           # the policy of all months stands in it
    shutil.copy(demo / "warehouse" / "build.duckdb", start)
    with closing(duckdb.connect(str(start))) as con:
        con.execute(ADVISED)
    shutil.copy(start, build)
    for month_end in months:
        copy.month(month_end, ("150300", "330200"), before)
        if month_end == DEMO:
            shutil.copy(start, build)
            copy.dbt("run", "--no-write-json", "--select", *CHANGED, *(f"source:previous.{name}+" for name in HANDED_ON))
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
