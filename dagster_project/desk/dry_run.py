"""Landing a file as `receive` would, with nothing written: faults stay in memory, typed rows are let go."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.lake import ISSUES, REJECTED
from dagster_project.receive.archive import CHUNK, Receipt
from dagster_project.receive.land_file import FileLanding, SheetLine
from dagster_project.receive.readers import Sheet
from dagster_project.receive.recognise import Received, Recogniser, Recognition
from dagster_project.settings import Settings

KEPT = {"rejected": REJECTED, "issues": ISSUES}


class _Memory:
    """In place of a LakeFile: keeps the parts of a zone in a table of the connection, or nothing at all."""

    def __init__(self, table: str | None) -> None:
        self.table = table

    def add(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        if self.table:
            con.execute(f"insert into {self.table} by name {query}")

    def finish(self, con: duckdb.DuckDBPyConnection, metadata: dict[str, str] | None = None) -> None:
        """Nothing to put in place."""

    def drop(self) -> None:
        """Nothing to take away."""


class Watcher(Recogniser):
    """A recogniser that remembers the sheets it was shown and what it made of them."""

    seen: list[tuple[Sheet, Received, Recognition | None]]

    def recognise(self, sheet: Sheet, received: Received) -> Recognition | None:
        """As Recogniser.recognise."""
        self.seen.append((sheet, received, None))
        found = super().recognise(sheet, received)
        self.seen[-1] = (sheet, received, found)
        return found


class DryRun(FileLanding):
    """One file, received into memory. After `run`: `lines` of its sheets, tables `kept_rejected`, `kept_issues`."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings, watcher: Watcher, path: Path, name: str,
                 now: datetime) -> None:
        super().__init__(con, settings, watcher, secrets.token_bytes(32), receipt_of(path, name, now), "", {})
        self.path, self.watcher = path, watcher
        watcher.seen = []
        for zone, columns in KEPT.items():
            con.execute(f"create or replace temp table kept_{zone} "
                        f"({', '.join(f'{column} {kind}' for column, kind in columns.items())})")

    def _file(self, zone: str) -> _Memory:
        return _Memory(f"kept_{zone}" if zone in KEPT else None)

    def _write_raw(self, sheet: Sheet) -> None:
        """The original text is not kept."""

    def run(self) -> str:
        """What would become of the file, in a few words. Raises AssertionError when a row is unaccounted for."""
        self._sheets()
        self._settle_unrecognised()
        for line in self.lines:
            line.check()
        return self._words()

    def looked_at(self, line: SheetLine) -> tuple[Sheet, Received, Recognition | None] | None:
        """The sheet of a line, None where reading was refused before any of it was seen."""
        return next((seen for seen in self.watcher.seen if (seen[1].file_name, seen[0].name, seen[0].index)
                     == (line.file_name, line.sheet, line.sheet_index)), None)


def receipt_of(path: Path, name: str, now: datetime) -> Receipt:
    """The receipt that the file would get now. Raises OSError when it cannot be read."""
    state = path.stat()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    modified = datetime.fromtimestamp(state.st_mtime, now.tzinfo).isoformat(timespec="microseconds")
    return Receipt(1, digest.hexdigest(), name, path.name, state.st_size, modified, now.isoformat(timespec="seconds"))
