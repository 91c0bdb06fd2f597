"""The report month: which one a run is for, and where it ends."""

from __future__ import annotations

import calendar
import re
from datetime import date

import duckdb

from dagster_project.lake import quoted
from dagster_project.settings import Settings

FIRST_YEAR = 1950   # no date of the records is older (spec 1.2)


class WrongUse(ValueError):
    """The caller asked for something that cannot be; exit code 2."""


def parse_month(text: str) -> date:
    """`2024-07` → 2024-07-01; nothing before FIRST_YEAR. Raises WrongUse."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})", text.strip(), re.ASCII)
    if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < FIRST_YEAR:
        raise WrongUse(f"月份“{text}”无法识别，应写作 2024-07 的样子。")
    return date(int(found[1]), int(found[2]), 1)


def parse_day(text: str) -> date:
    """`2024-08-02`. Raises WrongUse."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongUse(f"日期“{text}”无法识别，应写作 2024-08-02 的样子。") from error


def month_end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def previous_month(month: date) -> date:
    return month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)


def newest_month(settings: Settings, today: date) -> date:
    """The newest month with a dated delivery not after the caller's own date (spec 5.1).

    Modification dates do not count, and a file dated in the future does not: one misnamed or copied
    file must not move the house. Raises WrongUse when nothing dated was ever received.
    """
    pattern = quoted(settings.lake / "sheets" / "*.parquet")
    with duckdb.connect() as con:
        found = con.execute(
            f"""select max(snapshot_date) from read_parquet('{pattern}', union_by_name = true)
                where outcome in ('accepted', 'partly') and not snapshot_date_assumed and snapshot_date <= ?""",
            [today]).fetchone()
    newest: date | None = found[0] if found else None
    if newest is None:
        raise WrongUse("收件箱里还没有带日期的数据文件，无法推定月份；请用 --month 2024-07 指定。")
    return newest.replace(day=1)


def current_month(settings: Settings) -> date:
    """The month that the run in progress has settled on."""
    pattern = quoted(settings.lake / "run_context" / "run_context.parquet")
    with duckdb.connect() as con:
        return con.execute(f"select report_month from read_parquet('{pattern}')").fetchall()[0][0]


def current_scopes(settings: Settings) -> list[str]:
    """The scopes that the run in progress renders."""
    pattern = quoted(settings.lake / "run_context" / "run_context.parquet")
    with duckdb.connect() as con:
        scopes = con.execute(f"select scopes from read_parquet('{pattern}')").fetchall()[0][0]
    return [code for code in scopes.split(",") if code]


def delivered_prefectures(settings: Settings) -> list[str]:
    """Prefectures with a delivery of any table: the scopes of a run that names none."""
    pattern = quoted(settings.lake / "delivered" / "*.parquet")
    with duckdb.connect() as con:
        return [row[0] for row in con.execute(
            f"""select distinct county_code[:4] || '00' from read_parquet('{pattern}', union_by_name = true)
                where county_code is not null order by 1""").fetchall()]
