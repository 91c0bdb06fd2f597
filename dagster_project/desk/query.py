"""`coopledger query`: the analyst's own question to the published warehouse, read only, whole months, nothing outside of it."""

from __future__ import annotations

import csv
import sys
from contextlib import closing
from typing import IO, Any

import duckdb
from rich.console import Console

from dagster_project.desk.screen import table
from dagster_project.months import WrongUse
from dagster_project.settings import Settings

SHOWN = 200     # rows of the table on the screen; --csv writes all
BOM = "\ufeff"  # so that Excel opens the file as UTF-8


def ask(settings: Settings, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one statement. Raises WrongUse with what DuckDB says of a wrong one.

    The file that is open stays as it was when a run publishes another; nothing can be written, attached or read beside it.
    """
    if not settings.warehouse_file.exists():
        raise WrongUse("还没有发布过任何月份，没有可以查询的数据，请先运行 coopledger run。")
    with closing(duckdb.connect(str(settings.warehouse_file), read_only=True)) as con:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        try:
            found = con.execute(sql)
            return [column[0] for column in found.description or ()], found.fetchall()
        except duckdb.Error as error:
            raise WrongUse(f"这条查询不能执行：{error}") from error


def show(names: list[str], rows: list[tuple[Any, ...]], console: Console) -> None:
    """The rows as a table; unknown values as —."""
    console.print(table(names, rows[:SHOWN]))
    more = f"，只显示前 {SHOWN} 行，全部请用 --csv" if len(rows) > SHOWN else ""
    console.print(f"共 {len(rows):,} 行{more}")


def write_csv(names: list[str], rows: list[tuple[Any, ...]], out: IO[str]) -> None:
    """RFC 4180 with a BOM; values as they are, unknown ones blank."""
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(rows)


def standard_output() -> IO[str]:
    """Standard output that writes UTF-8 and leaves line ends to the writer."""
    return open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False)
