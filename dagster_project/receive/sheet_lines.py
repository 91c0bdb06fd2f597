"""The register of sheets (lake/sheets): one line a sheet, every row of it accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import SHEETS
from dagster_project.receive.archive import Receipt
from dagster_project.receive.lake_files import LakeFile
from dagster_project.receive.refusal import place


@dataclass
class SheetLine:
    """One line of lake/sheets. Counts are sheet rows: rows_read = accepted + rejected + out_of_scope + ignored."""

    content_hash: str
    file_name: str
    sheet: str
    sheet_index: int
    received_order: int
    outcome: str
    snapshot_date: date | None = None
    snapshot_date_assumed: bool | None = None
    table_id: str | None = None
    variant: str | None = None
    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    out_of_scope: int = 0
    ignored: int = 0
    withheld: int | None = None         # values, not rows; None: the sheet was not typed
    reason_code: str | None = None
    reason: str | None = None
    header_row: int | None = None
    last_header_row: int | None = None
    title: str | None = None
    named_counties: str | None = None
    drift: str | None = None

    def check(self) -> None:
        """Raises AssertionError when a row is not accounted for exactly once (spec 1.3)."""
        parts = self.accepted + self.rejected + self.out_of_scope + self.ignored
        if self.rows_read != parts:
            raise AssertionError(f"{self.file_name} [{self.sheet}]: rows_read {self.rows_read} is not accepted "
                                 f"{self.accepted} + rejected {self.rejected} + out_of_scope {self.out_of_scope} + "
                                 f"ignored {self.ignored}")


def duplicate_line(receipt: Receipt, first: Receipt) -> SheetLine:
    """The same bytes under another path: 0 rows, nothing changes."""
    return SheetLine(receipt.content_hash, receipt.path, "", 0, receipt.order, "duplicate",
                     reason=f"{place(receipt.path)}与先前收到的“{first.path}”内容完全相同，没有重复入账。")


def write_sheets(con: duckdb.DuckDBPyConnection, path: Path, lines: list[SheetLine], version: str,
                 more: dict[str, str] | None = None) -> None:
    """Writes a sheets file in one rename, with the version of what made it, and what `more` there is, in its metadata."""
    file = LakeFile(path)
    con.execute(f"create or replace temp table sheet_line ({', '.join(f'{n} {kind}' for n, kind in SHEETS.items())})")
    if lines:
        con.executemany(f"insert into sheet_line values ({', '.join('?' * len(SHEETS))})",
                        [[getattr(line, column) for column in SHEETS] for line in lines])
    file.add(con, "select * from sheet_line", {"version": version} | (more or {}))
    file.finish(con)
