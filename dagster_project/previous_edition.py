"""What a month may say of the months before it (spec 5.3): the closed editions of the ledger, laid where dbt reads them.

An open month is no edition: it is replaced whenever it is run again (rulings 6.2.14), so nothing is counted on from it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import PREVIOUS, quoted, write_earlier_quality
from dagster_project.months import previous_month
from dagster_project.settings import Settings

MANIFEST = "manifest.json"      # the last file that closing writes: a folder without it is no edition
EVERY_EDITION = {"closed_shell_status": "shell_status", "closed_coverage": "coverage"}    # read of every closed month, not of the last one alone
PUBLISHED = "data_quality"      # read of every month published, closed or not: a trend, nothing is counted on from it


@dataclass(frozen=True)
class Edition:
    """One numbered edition of a closed month: `ledger/2024-06/2/`."""

    month: date
    number: int
    folder: Path

    def mart(self, table: str) -> Path:
        """The Parquet of a published table as it was issued; an older edition may not have it."""
        return self.folder / "marts" / f"{table}.parquet"


def all_editions(settings: Settings) -> list[Edition]:
    """Every edition ever issued, by month and number."""
    found = [Edition(date.fromisoformat(f"{manifest.parents[1].name}-01"), int(manifest.parent.name), manifest.parent)
             for manifest in settings.ledger.glob(f"????-??/*/{MANIFEST}") if manifest.parent.name.isdecimal()]
    return sorted(found, key=lambda edition: (edition.month, edition.number))


def editions(settings: Settings, before: date | None = None) -> dict[date, Edition]:
    """The newest edition of every closed month, or of those before this one (a month's first day)."""
    return {edition.month: edition for edition in all_editions(settings) if before is None or edition.month < before}


def previous_edition(settings: Settings, month: date) -> Edition | None:
    """The newest edition of the month just before; None: 首期."""
    return editions(settings, month).get(previous_month(month))


def lay_previous(settings: Settings, month: date) -> dict[str, int]:
    """Writes `lake/previous/<table>/` anew for this month: rows by table, none at 首期."""
    closed = editions(settings, month)
    last = closed.get(previous_month(month))
    rows = {PUBLISHED: write_earlier_quality(settings, month)}
    with duckdb.connect() as con:
        for table, columns in PREVIOUS.items():
            if table == PUBLISHED:
                continue
            read = closed.values() if table in EVERY_EDITION else [last] if last else []
            con.execute(f"create or replace table laid ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
            for edition in read:
                _add(con, edition, EVERY_EDITION.get(table, table), list(columns))
            rows[table] = con.execute("select count(*) from laid").fetchall()[0][0]
            _replace(con, settings.lake / "previous" / table)
    return rows


def _add(con: duckdb.DuckDBPyConnection, edition: Edition, table: str, columns: list[str]) -> None:
    """Adds an edition's rows; a column that it does not have yet stays null."""
    path = edition.mart(table)
    if not path.exists():
        return
    con.execute(f"create or replace view issued as select * from read_parquet('{quoted(path)}')")
    issued = {row[0] for row in con.execute("describe issued").fetchall()}
    month = f"date '{edition.month.isoformat()}'"
    values = [month if name == "report_month" else name if name in issued else "null" for name in columns]
    con.execute(f"insert into laid select {', '.join(values)} from issued")


def _replace(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The folder's only file beside `_empty.parquet`: what an earlier run laid there was another month's."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name != "_empty.parquet":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    part = folder / "part.parquet.tmp"
    con.execute(f"copy (select * from laid order by all) to '{quoted(part)}' (format parquet)")
    part.replace(folder / "part.parquet")
