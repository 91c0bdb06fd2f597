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
# Corrections of what June already knew, so late that August alone may know them (40 days): where, what is said now.
LATE = date(2024, 9, 20)
CORRECTED = {
    "advisor.visit": ("county_code = '150302' and mode = '上门' and served_on between '2024-04-01' and '2024-05-31'", "'电话' as mode"),
    "inspection.coop": ("books_complete is not null", "not books_complete as books_complete"),
    "gsxt.annual_report": ("report_year = 2023 and county_code = '150302' and revenue > 0",
                           "revenue * 2 as revenue, date '2024-07-15' as published_on"),
    "advisor.evaluation": ("year = 2023 and certificate_no like '%1'", "'不称职' as grade"),
    "advisor.training": ("true", "case when kind = '任前' then date '2024-08-20' when certificate_no like '%1' "
                                 "then cast(trained_on - 365 as date) else trained_on end as trained_on"),
    "bookkeeping.usage": ("month >= '2024-03-01'", "0 as income_records, 0 as expense_records, 0 as stock_records"),
}
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
    _correct(copy.settings.lake)
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


def _correct(lake: Path) -> None:
    """A newer version of the newest row of each key, in a file of its own."""
    with duckdb.connect() as con:
        for table, (which, said) in CORRECTED.items():
            folder = lake / "typed" / table
            con.execute(f"""copy (
                select * replace ({said}, date '{LATE}' as snapshot_date, 1000000 as received_order, 'late' as content_hash,
                                  'late.xlsx' as file_name)
                from read_parquet('{folder}/*.parquet', union_by_name = true) where {which}
                qualify row_number() over (partition by entity_key order by snapshot_date desc, received_order desc, row_number desc) = 1
            ) to '{folder}/late.parquet' (format parquet)""")
