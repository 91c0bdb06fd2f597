"""Publishing (spec 5.4): the month's Parquet, then a new warehouse file put in place by one rename.

The published file is never a copy of the build file: a copied file keeps the bytes of dropped rows.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import open_to_readers, quoted
from dagster_project.settings import Settings

# These three describe what was received, whatever the month (spec 5.5).
WITHOUT_MONTH = ("received_sheet", "rejected_row", "value_issue")


@dataclass(frozen=True)
class PublishedTable:
    """A documented table: Chinese comments on the table and each column, in the published order."""

    name: str
    comment: str
    columns: dict[str, str]


def published_tables(manifest: dict) -> list[PublishedTable]:
    """The models marked `config.meta.published`, from dbt's manifest."""
    tables = []
    for node in manifest["nodes"].values():
        meta = node["config"].get("meta") or {}
        if node["resource_type"] == "model" and meta.get("published"):
            columns = {}
            for name, column in node["columns"].items():
                column_meta = (column.get("config") or {}).get("meta") or column.get("meta") or {}
                columns[name] = column_meta.get("label", "")
            tables.append(PublishedTable(node["name"], meta.get("label", node["description"]), columns))
    return sorted(tables, key=lambda table: table.name)


def write_month(settings: Settings, tables: list[PublishedTable], month: date) -> dict[str, int]:
    """Writes `lake/marts/<table>/report_month=…/part.parquet` from the build file; rows by table.

    Only documented columns leave the build file. An open month is replaced when it is run again.
    """
    rows: dict[str, int] = {}
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        for table in tables:
            columns = [name for name in table.columns if name != "report_month"]
            folder = settings.lake / "marts" / table.name / f"report_month={month.isoformat()}"
            if table.name in WITHOUT_MONTH:
                folder = settings.lake / "marts" / table.name
            folder.mkdir(parents=True, exist_ok=True)
            part, final = folder / "part.parquet.tmp", folder / "part.parquet"
            listed = ", ".join(f'"{name}"' for name in columns)
            con.execute(f"""copy (select {listed} from "{table.name}" order by all)
                            to '{quoted(part)}' (format parquet, compression zstd)""")
            part.replace(final)
            for path in (final, folder, settings.lake / "marts" / table.name):
                open_to_readers(path)
            rows[table.name] = con.execute(f"select count(*) from read_parquet('{quoted(final)}')").fetchone()[0]
    return rows


def write_warehouse(settings: Settings, tables: list[PublishedTable]) -> Path:
    """Fills a new DuckDB file from the months' Parquet, comments it, and renames it over the old one.

    Readers that hold the old file keep a consistent view of it.
    """
    final = settings.warehouse_file
    fresh = final.with_name(f".{final.name}.new")
    for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with closing(duckdb.connect(str(fresh))) as con:
        for table in tables:
            _fill(con, settings.lake / "marts" / table.name, table)
        con.execute("checkpoint")
    with fresh.open("rb") as handle:
        os.fsync(handle.fileno())
    open_to_readers(fresh)
    fresh.replace(final)
    return final


def _fill(con: duckdb.DuckDBPyConnection, folder: Path, table: PublishedTable) -> None:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    if table.name in WITHOUT_MONTH:
        source = f"read_parquet('{quoted(folder)}/part.parquet')"
    else:
        source = (f"read_parquet('{quoted(folder)}/*/part.parquet', union_by_name = true, "
                  "hive_partitioning = true, hive_types = {'report_month': date})")
        columns = ", ".join(["report_month", *(f'"{name}"' for name in table.columns if name != "report_month")])
    con.execute(f'create table "{table.name}" as select {columns} from {source}')
    con.execute(f"""comment on table "{table.name}" is '{table.comment.replace("'", "''")}'""")
    for name, comment in table.columns.items():
        con.execute(f"""comment on column "{table.name}"."{name}" is '{comment.replace("'", "''")}'""")


def drop_build(settings: Settings) -> None:
    """Removes the run's own file: it holds one month and is made anew each time, readable by its owner alone."""
    for name in (settings.build_file, settings.build_file.with_name(settings.build_file.name + ".wal")):
        name.unlink(missing_ok=True)
    shutil.rmtree(settings.build_file.with_name(settings.build_file.name + ".tmp"), ignore_errors=True)
