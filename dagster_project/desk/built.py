"""Which month the build file holds: what whatif and trace read is what the last run computed."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import duckdb

from dagster_project.months import WrongUse
from dagster_project.settings import Settings

LAST_BUILT = ("shell_status", "star_rating", "coverage")     # a build file without them is of a run that did not end


def built_month(settings: Settings, month: date | None, purpose: str) -> tuple[date, date]:
    """Month and last day of what the last run computed; `purpose` (试算, 追溯) stands in the sentences. Raises WrongUse."""
    if not settings.build_file.exists():
        raise WrongUse(f"还没有运行过，没有可以{purpose}的数据，请先运行 coopledger run。")
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        tables = {row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()}
        if not tables.issuperset(LAST_BUILT):
            raise WrongUse(f"最近一次运行没有完成，没有可以{purpose}的数据，请先运行 coopledger run。")
        built, as_of = con.execute("select report_month, as_of from run_month").fetchall()[0]
    if month not in (None, built):
        raise WrongUse(f"现有的计算结果是 {built:%Y-%m} 的，要{purpose} {month:%Y-%m} 请先运行 coopledger run --month {month:%Y-%m}。")
    return built, as_of
