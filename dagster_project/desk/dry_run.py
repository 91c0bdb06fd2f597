"""Landing a file as `receive` would, with nothing written: faults stay in memory, typed rows are let go."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from dagster_project.lake import ISSUES, REJECTED
from dagster_project.receive.archive import CHUNK, Receipt
from dagster_project.receive.header_search import HEADER_WITHIN
from dagster_project.receive.headers import DEEPEST
from dagster_project.receive.known_farms import KnownFarms
from dagster_project.receive.lake_files import LakeFile
from dagster_project.receive.land_file import FileLanding
from dagster_project.receive.readers import Sheet
from dagster_project.receive.recognise import Received, Recogniser, Recognition
from dagster_project.receive.refusal import Refusal
from dagster_project.receive.sheet_lines import SheetLine
from dagster_project.receive.zip_members import Member, unpacked_members
from dagster_project.settings import Settings

HEAD = HEADER_WITHIN + 2 * DEEPEST      # rows that recognition looks at
KEPT = {"rejected": REJECTED, "issues": ISSUES}


class _Memory(LakeFile):
    """In place of a LakeFile: keeps the parts of a zone in a table of the connection, or nothing at all."""

    def __init__(self, zone: str, table: str | None) -> None:
        super().__init__(Path(zone))
        self.table = table

    def add(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        if self.table:
            con.execute(f"insert into {self.table} by name {query}")

    def finish(self, con: duckdb.DuckDBPyConnection, metadata: dict[str, str] | None = None) -> None:
        """Nothing to put in place."""

    def drop(self) -> None:
        """Nothing to take away."""


class Watcher(Recogniser):
    """A recogniser that remembers the heads of the sheets it was shown and what it made of them."""

    seen: list[tuple[Sheet, Received, Recognition | None]]

    def recognise(self, sheet: Sheet, received: Received) -> Recognition | None:
        """As Recogniser.recognise."""
        cells = sheet.cells
        if cells is not None:
            cells = cells.take(pa.array(range(min(HEAD, cells.num_rows)), pa.int64()))      # a copy, not a view
        kept = replace(sheet, cells=cells)
        self.seen.append((kept, received, None))
        found = super().recognise(sheet, received)
        self.seen[-1] = (kept, received, found)
        return found


class DryRun(FileLanding):
    """One file, received into memory. After `run`: `lines` of its sheets, tables `kept_rejected`, `kept_issues`."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings, watcher: Watcher, path: Path, name: str,
                 now: datetime) -> None:
        modified = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
        receipt = receipt_of(path, name, modified, now, _next_order(settings))
        super().__init__(con, settings, watcher, _key(settings), receipt, "", {}, KnownFarms.load(con, settings.lake))
        self.path, self.watcher = path, watcher
        watcher.seen = []
        for zone, columns in KEPT.items():
            con.execute(f"create or replace temp table kept_{zone} "
                        f"({', '.join(f'{column} {kind}' for column, kind in columns.items())})")

    def _file(self, zone: str) -> _Memory:
        return _Memory(zone, f"kept_{zone}" if zone in KEPT else None)

    def _write_raw(self, sheet: Sheet) -> None:
        """The original text is not kept."""

    def _bundle(self) -> None:
        """The members of a zip, each as a file of its own, unpacked one at a time to a place that is cleared."""
        path, receipt, received, lines, count = self.path, self.receipt, self.received, [], 0
        with TemporaryDirectory() as folder:
            scratch = Path(folder) / "member"
            try:
                for member, refusal in unpacked_members(path, receipt.path, self.settings, scratch):
                    self.lines, self.listed, count = [], [], count + 1
                    if refusal:
                        self._refuse("", 0, refusal, 0, member.path)
                    else:
                        self._stand_for(scratch, member, receipt)
                        self._sheets()
                        self._settle()
                        self.path, self.receipt, self.received = path, receipt, received
                    lines += self.lines
            except Refusal as refusal:
                self.lines = []
                self._refuse("", 0, refusal, 0)
                lines += self.lines
        self.lines, self.members = lines, count

    def _stand_for(self, scratch: Path, member: Member, bundle: Receipt) -> None:
        """Be the landing of a member, whose own time counts where it bears one."""
        now, modified = (datetime.fromisoformat(text) for text in (bundle.received_at, bundle.modified_at))
        own = min(modified, member.modified.replace(tzinfo=now.tzinfo)) if member.modified else modified
        self.path, self.receipt = scratch, receipt_of(scratch, member.path, own, now, bundle.order)
        self.received = Received(self.receipt.content_hash, member.path, bundle.order, own.date(), now.date())

    def run(self) -> str:
        """What would become of the file, in a few words. Raises AssertionError when a row is unaccounted for."""
        self._sheets()
        self._settle()
        for line in self.lines:
            line.check()
        return self._words()

    def looked_at(self, line: SheetLine) -> tuple[Sheet, Received, Recognition | None] | None:
        """The head of a line's sheet as recognition last saw it, None where reading was refused before."""
        return next((seen for seen in reversed(self.watcher.seen) if (seen[1].file_name, seen[0].name, seen[0].index)
                     == (line.file_name, line.sheet, line.sheet_index)), None)


def receipt_of(path: Path, name: str, modified: datetime, now: datetime, order: int) -> Receipt:
    """The receipt that the file would get now. Raises OSError when it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return Receipt(order, digest.hexdigest(), name, path.name, path.stat().st_size,
                   modified.isoformat(timespec="microseconds"), now.isoformat(timespec="seconds"))


def _next_order(settings: Settings) -> int:
    """The place in the register that the file would get: corrections look at what came before them."""
    register = settings.archive / "register.jsonl"
    return 1 + (register.read_bytes().count(b"\n") if register.exists() else 0)


def _key(settings: Settings) -> bytes:
    """The house's key where there is one, else a throw-away key: no hash leaves the dry run."""
    return settings.secret_key.read_bytes() if settings.secret_key.exists() else secrets.token_bytes(32)
