"""Publishing (spec 5.4): forms, the month's Parquet and a new warehouse file are staged, then renamed into place.

The published file is never a copy of the build file: a copied file keeps the bytes of dropped rows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import open_to_readers, quoted
from dagster_project.previous_edition import MANIFEST
from dagster_project.published_views import View, make_views
from dagster_project.settings import Settings

# These three describe what was received, whatever the month (spec 5.5).
WITHOUT_MONTH = ("received_sheet", "rejected_row", "value_issue")
REPORT_MONTH = "报告月份（当月第一天）"
EDITION = "版次（未关账为空）"
OWNERS_ALONE = ("ledger", "restricted")
COMPLETE = "complete"   # the staging folder's mark: everything is there and durable


@dataclass(frozen=True)
class PublishedTable:
    """A documented table: Chinese comments on the table and each column, in the published order."""

    name: str
    comment: str
    columns: dict[str, str]


def published_tables(manifest: dict) -> list[PublishedTable]:
    """The models marked `config.meta.published`, from dbt's manifest."""
    tables, columns = labels(manifest)
    marked = [node for node in _models(manifest) if (node["config"].get("meta") or {}).get("published")]
    return sorted((PublishedTable(node["name"], tables[node["name"]], columns[node["name"]]) for node in marked),
                  key=lambda table: table.name)


def labels(manifest: dict) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Chinese names of the models, and of each one's columns in their order."""
    tables, columns = {}, {}
    for node in _models(manifest):
        tables[node["name"]] = (node["config"].get("meta") or {}).get("label", node["description"])
        columns[node["name"]] = {name: ((column.get("config") or {}).get("meta") or {}).get("label", "")
                                 for name, column in node["columns"].items()}
    return tables, columns


def _models(manifest: dict) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def write_month(settings: Settings, tables: list[PublishedTable], month: date, edition: int | None = None) -> dict[str, int]:
    """Stages `marts/<table>/report_month=…/part.parquet` from the build file; rows by table.

    Only documented columns leave the build file; the rows of a month carry its edition (null while open). An open
    month is replaced when it is run again.
    """
    rows: dict[str, int] = {}
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        for table in tables:
            folder = settings.staged / "lake" / "marts" / table.name
            if table.name not in WITHOUT_MONTH:
                folder = folder / f"report_month={month.isoformat()}"
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / "part.parquet"
            listed = ", ".join(f'"{name}"' for name in table.columns if name != "report_month")
            if _carries_edition(table):
                listed += f", cast({edition or 'null'} as integer) as edition"
            rows[table.name] = con.execute(
                f"""copy (select {listed} from "{table.name}" order by all)
                    to '{quoted(part)}' (format parquet, compression zstd)""").fetchall()[0][0]
    return rows


def write_warehouse(settings: Settings, tables: list[PublishedTable], views: Sequence[View] = ()) -> None:
    """Stages a new DuckDB file: every table filled from its months' Parquet, staged or published, the views over them,
    all commented.
    """
    fresh = settings.staged / settings.warehouse_file.relative_to(settings.home)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(fresh))) as con:
        for table in tables:
            con.begin()     # one commit a table, not one a comment
            _fill(con, settings, table)
            con.commit()
        make_views(con, views)
        con.execute("checkpoint")


def _fill(con: duckdb.DuckDBPyConnection, settings: Settings, table: PublishedTable) -> None:
    name = f'"{table.name}"'
    columns = ", ".join(f'"{column}"' for column in table.columns if column != "report_month")
    files = ", ".join(f"'{quoted(part)}'" for part in _parts(settings, table.name))
    if table.name in WITHOUT_MONTH:
        source = f"read_parquet([{files}])"
    else:
        columns = f"report_month, {columns}{', edition' if _carries_edition(table) else ''}"
        source = (f"read_parquet([{files}], union_by_name = true, hive_partitioning = true, "
                  "hive_types = {'report_month': date})")
    con.execute(f"create table {name} as select {columns} from {source}")
    con.execute(f"comment on table {name} is '{_literal(table.comment)}'")
    for column, comment in table.columns.items():
        con.execute(f"""comment on column {name}."{column}" is '{_literal(comment)}'""")
    if table.name not in WITHOUT_MONTH:
        con.execute(f"comment on column {name}.report_month is '{REPORT_MONTH}'")
    if _carries_edition(table):
        con.execute(f"comment on column {name}.edition is '{EDITION}'")


def _carries_edition(table: PublishedTable) -> bool:
    """Every table of the month but the one that has it as a column of its own."""
    return table.name not in WITHOUT_MONTH and "edition" not in table.columns


def _parts(settings: Settings, table: str) -> list[Path]:
    """The Parquet files of a table, oldest month first; a staged month stands in for the published one."""
    found = {}
    for root in (settings.home, settings.staged):
        marts = root / "lake" / "marts" / table
        for part in marts.glob("part.parquet" if table in WITHOUT_MONTH else "report_month=*/part.parquet"):
            found[part.relative_to(marts)] = part
    return [found[key] for key in sorted(found)]


def _literal(text: str) -> str:
    return text.replace("'", "''")


def start_staging(settings: Settings) -> None:
    """An empty staging folder, whatever an earlier run left in it."""
    if settings.staged.exists():
        shutil.rmtree(settings.staged)
    settings.staged.mkdir(mode=0o700)


def publish(settings: Settings) -> None:
    """Makes everything staged durable, then puts it in place. Until the mark stands, nothing published has changed;
    from then on a run that is cut short is finished by the next one."""
    for path in settings.staged.rglob("*"):
        _set_mode(path, path.relative_to(settings.staged))
        _sync(path)
    mark = settings.staged / COMPLETE
    mark.touch()
    _sync(mark)
    _sync(settings.staged)
    finish_publishing(settings)


def finish_publishing(settings: Settings) -> None:
    """Puts staged files in place by renames, the warehouse last, so that what it tells of stands already. Before it
    comes the manifest of an edition: the month is closed when all of its files stand.

    Readers that hold an old file keep a consistent view of it.
    """
    mark = settings.staged / COMPLETE
    if not mark.exists():
        return
    warehouse = settings.staged / settings.warehouse_file.relative_to(settings.home)
    files = sorted((path for path in settings.staged.rglob("*") if path.is_file() and path not in (mark, warehouse)),
                   key=lambda path: (path.name == MANIFEST, path))
    for path in [*files, *([warehouse] if warehouse.exists() else [])]:
        final = settings.home / path.relative_to(settings.staged)
        for folder in reversed(final.relative_to(settings.home).parents[:-1]):
            folder = settings.home / folder
            if not folder.exists():
                folder.mkdir()
                _set_mode(folder, folder.relative_to(settings.home))
        path.replace(final)
        _sync(final.parent)
    shutil.rmtree(settings.staged)


def _set_mode(path: Path, below_home: Path) -> None:
    """Published files are for readers, restricted ones for their owner, and an edition is written once."""
    zone = below_home.parts[0]
    if zone in OWNERS_ALONE:
        path.chmod(0o700 if path.is_dir() else 0o400 if zone == "ledger" else 0o600)
    else:
        open_to_readers(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop_build(settings: Settings) -> None:
    """Removes the run's own file: it holds one month and is made anew each time, readable by its owner alone."""
    for name in (settings.build_file, settings.build_file.with_name(settings.build_file.name + ".wal")):
        name.unlink(missing_ok=True)
    shutil.rmtree(settings.build_file.with_name(settings.build_file.name + ".tmp"), ignore_errors=True)
