"""The archive: original bytes by content hash, and the append-only register of receipts (spec 1.1, 5.4).

A file is archived before it is read. Files in the inbox are never moved or changed. The members of a zip are
archived like files, as `a.zip!b.xlsx`, right before the zip itself: a crash in between is made good by the next run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster_project.clock import ZONE
from dagster_project.receive.refusal import Refusal
from dagster_project.receive.sniff import is_bundle, looks_cut
from dagster_project.receive.zip_members import unpacked_members
from dagster_project.settings import Settings

SKIPPED_SUFFIXES = (".part", ".tmp", ".crdownload")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Receipt:
    """One register line. Times are ISO 8601 in the office's zone."""

    order: int
    content_hash: str      # sha256, hex
    path: str              # below inbox/, with /
    name: str
    size: int
    modified_at: str
    received_at: str


@dataclass
class Register:
    """All receipts in order; `append` is durable when it returns."""

    file: Path
    receipts: list[Receipt] = field(default_factory=list)
    newest: dict[str, Receipt] = field(default_factory=dict)    # path → its last receipt
    first: dict[str, Receipt] = field(default_factory=dict)     # hash → its first receipt

    @classmethod
    def load(cls, archive: Path) -> Register:
        """Reads the register; a last line cut short by a crash was never acknowledged and is taken away."""
        register = cls(archive / "register.jsonl")
        if register.file.exists():
            content = register.file.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):
                with register.file.open("r+b") as file:
                    file.truncate(len(whole))
            for line in whole.splitlines():
                register._keep(Receipt(**json.loads(line)))
        return register

    def _keep(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        self.newest[receipt.path] = receipt
        self.first.setdefault(receipt.content_hash, receipt)

    def append(self, receipt: Receipt) -> None:
        with self.file.open("ab") as file:
            file.write(json.dumps(asdict(receipt), ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._keep(receipt)

    def duplicates(self) -> Iterator[Receipt]:
        """Receipts of bytes that had come under another path before, the first of each path."""
        seen: set[tuple[str, str]] = set()
        for receipt in self.receipts:
            key = receipt.content_hash, receipt.path
            if key not in seen and self.first[receipt.content_hash].path != receipt.path:
                yield receipt
            seen.add(key)


@dataclass
class Arrivals:
    """What a walk of the inbox did. `notes` are sentences about files that were left alone."""

    register: Register
    received: list[Receipt] = field(default_factory=list)
    unchanged: int = 0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)


def object_path(archive: Path, content_hash: str) -> Path:
    return archive / "objects" / content_hash[:2] / content_hash


def take_in(settings: Settings, now: datetime) -> Arrivals:
    """Archives and registers every file of the inbox that is new or has changed."""
    arrivals = Arrivals(Register.load(settings.archive))
    for path in list(_files(settings.inbox, arrivals)):
        try:
            _take(path, settings, arrivals, now)
        except FileNotFoundError:
            continue                                    # taken away while we looked
        except OSError as error:
            name = path.relative_to(settings.inbox).as_posix()
            arrivals.notes.append(f"文件“{name}”无法读取（{error.strerror}），请检查权限后重新运行。")
    return arrivals


def _files(folder: Path, arrivals: Arrivals, below: str = "") -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda item: item.name):
        name = f"{below}{entry.name}"
        if entry.name.startswith((".", "~$")) or entry.name.lower().endswith(SKIPPED_SUFFIXES):
            continue
        if entry.is_symlink():
            arrivals.notes.append(f"“{name}”是链接，没有跟随。请放入文件本身。")
        elif entry.is_dir():
            yield from _files(Path(entry.path), arrivals, f"{name}/")
        elif entry.is_file():
            yield Path(entry.path)
        else:
            arrivals.notes.append(f"“{name}”不是普通文件，没有读取。")


def _take(path: Path, settings: Settings, arrivals: Arrivals, now: datetime) -> None:
    name = path.relative_to(settings.inbox).as_posix()
    before = path.stat()
    modified = datetime.fromtimestamp(before.st_mtime, UTC)
    stamp = modified.astimezone(ZoneInfo(ZONE)).isoformat(timespec="microseconds")
    last = arrivals.register.newest.get(name)
    if last and (last.size, last.modified_at) == (before.st_size, stamp):
        arrivals.unchanged += 1
        return
    if before.st_size == 0 and 0 <= (now - modified).total_seconds() < settings.settle_seconds:
        arrivals.waiting += 1
        arrivals.notes.append(f"文件“{name}”还是空的，等它写完（{settings.settle_seconds} 秒）后再读。")
        return
    young = 0 <= (now - modified).total_seconds() < settings.settle_seconds
    if young and looks_cut(path):
        arrivals.waiting += 1
        arrivals.notes.append(f"文件“{name}”还没有传输完整，等它写完（{settings.settle_seconds} 秒）后再读。")
        return
    part = settings.archive / "objects" / f"{os.getpid()}.tmp"
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        content_hash = _copy(path, part)
        after = path.stat()
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            arrivals.waiting += 1
            arrivals.notes.append(f"文件“{name}”还在变化，等它写完后再读。")
            return
        _keep_object(part, settings.archive, content_hash)
    finally:
        part.unlink(missing_ok=True)
    if is_bundle(target := object_path(settings.archive, content_hash)):
        _take_members(target, name, modified, settings, arrivals, now)
    _register(arrivals, content_hash, name, before.st_size, stamp, now)


def _take_members(bundle: Path, name: str, modified: datetime, settings: Settings, arrivals: Arrivals,
                  now: datetime) -> None:
    """Archives and registers what can be unpacked; what cannot is told of when the zip is landed."""
    scratch = settings.archive / "objects" / f"{os.getpid()}.member.tmp"
    part = settings.archive / "objects" / f"{os.getpid()}.tmp"
    try:
        for member, refusal in unpacked_members(bundle, name, settings, scratch):
            if refusal:
                continue
            content_hash = _copy(scratch, part)
            _keep_object(part, settings.archive, content_hash)
            known = arrivals.register.newest.get(member.path)
            if known is None or known.content_hash != content_hash:
                own = member.modified.replace(tzinfo=ZoneInfo(ZONE)) if member.modified else modified
                stamp = min(own, modified).astimezone(ZoneInfo(ZONE)).isoformat(timespec="microseconds")
                _register(arrivals, content_hash, member.path, member.info.file_size, stamp, now)
    except Refusal:
        return
    finally:
        part.unlink(missing_ok=True)


def _keep_object(part: Path, archive: Path, content_hash: str) -> None:
    target = object_path(archive, content_hash)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
        _sync_folder(target.parent)


def _register(arrivals: Arrivals, content_hash: str, path: str, size: int, modified_at: str, now: datetime) -> None:
    receipt = Receipt(len(arrivals.register.receipts) + 1, content_hash, path, path.rpartition("/")[2].rpartition("!")[2],
                      size, modified_at, now.isoformat(timespec="seconds"))
    arrivals.register.append(receipt)
    arrivals.received.append(receipt)


def _copy(source: Path, target: Path) -> str:
    """Copies the bytes, makes them durable, and returns their sha256."""
    digest = hashlib.sha256()
    with source.open("rb") as reader, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                                                "wb") as writer:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
