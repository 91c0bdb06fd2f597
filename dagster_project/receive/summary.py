"""What a receipt of the inbox did, as data for the command line and for Dagster's metadata."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from dagster_project.lake import quoted
from dagster_project.receive.archive import Arrivals
from dagster_project.settings import Settings

ROWS = ("rows_read", "accepted", "rejected", "out_of_scope", "ignored")


@dataclass
class ReceiveSummary:
    """Counts of this receipt (`new_files`, `landed`, `unchanged`, `waiting`) and of the lake as it now stands."""

    new_files: int = 0
    landed: int = 0                  # files of the archive that were landed, new ones and those of an older version
    unchanged: int = 0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)                   # sentences on files that were left alone
    files: int = 0
    sheets: dict[str, int] = field(default_factory=dict)             # outcome → sheets
    rows: dict[str, int] = field(default_factory=dict)               # rows_read, accepted, … → sheet rows
    faults: dict[str, int] = field(default_factory=dict)             # code → rejected rows, sheets or files
    issues: dict[str, int] = field(default_factory=dict)             # code → value issues
    tables: dict[str, dict[str, int | str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)          # step → seconds

    def metadata(self) -> dict[str, int | float | str | dict]:
        """For the register's assets."""
        return {
            "new_files": self.new_files, "landed": self.landed, "unchanged": self.unchanged, "waiting": self.waiting,
            "files": self.files, "sheets": self.sheets, **self.rows, "faults": self.faults, "issues": self.issues,
            "notes": "\n".join(self.notes), "seconds": {step: round(s, 3) for step, s in self.seconds.items()},
        }

    def table_metadata(self, table_id: str) -> dict[str, int | str]:
        """For the asset of one source table: its sheets, rows and newest snapshot."""
        return self.tables.get(table_id, {"files": 0, "sheets": 0, "newest_snapshot": "", **dict.fromkeys(ROWS, 0), "dagster/row_count": 0})


def summarise(con: duckdb.DuckDBPyConnection, settings: Settings, arrivals: Arrivals, landed: list[str],
              seconds: dict[str, float]) -> ReceiveSummary:
    """Reads the lake's own register; nothing is counted twice."""
    lake = quoted(settings.lake)
    con.execute(f"create or replace temp view all_sheets as from read_parquet('{lake}/sheets/*.parquet')")
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in ROWS)
    files, *rows = con.execute(f"select count(distinct content_hash), {sums} from all_sheets").fetchall()[0]
    tables = con.execute(
        f"select table_id, count(distinct content_hash), count(*), max(snapshot_date), {sums} from all_sheets "
        "where table_id is not null group by table_id").fetchall()
    return ReceiveSummary(
        new_files=len(arrivals.received), landed=len(landed), unchanged=arrivals.unchanged, waiting=arrivals.waiting,
        notes=arrivals.notes, files=files,
        sheets=dict(con.execute("select outcome, count(*) from all_sheets group by outcome order by outcome").fetchall()),
        rows=dict(zip(ROWS, rows, strict=True)),
        faults=_by_code(con, f"{lake}/rejected"), issues=_by_code(con, f"{lake}/issues"),
        tables={
            table: {"files": n, "sheets": sheets, "newest_snapshot": newest.isoformat() if newest else "",
                    **dict(zip(ROWS, counts, strict=True)), "dagster/row_count": counts[1]}
            for table, n, sheets, newest, *counts in tables
        },
        seconds=seconds,
    )


def _by_code(con: duckdb.DuckDBPyConnection, folder: str) -> dict[str, int]:
    return dict(con.execute(f"select code, count(*) from read_parquet('{folder}/*.parquet') group by code "
                            "order by code").fetchall())
