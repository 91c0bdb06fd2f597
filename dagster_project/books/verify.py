"""`coopledger verify`: an edition made again from the archive, compared with what was issued, difference by difference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from dagster_project.books.closing import issued
from dagster_project.books.issue import row_difference
from dagster_project.books.manifest import (
    REGISTER,
    Manifest,
    code_sha256,
    key_fingerprint,
    libraries,
    read_manifest,
    receiving_settings,
    reference,
    sha256,
)
from dagster_project.books.scratch import scratch_home
from dagster_project.keys import keys
from dagster_project.months import WrongUse
from dagster_project.previous_edition import Edition, all_editions
from dagster_project.receive.archive import object_path
from dagster_project.settings import Settings
from exports.comparison import changes

CELLS_NAMED = 50


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was issued. `kind`: 台账 (the ledger itself), 归档 (the archive), 重算 (the rebuild)."""

    kind: str
    path: str
    what: str


def verify(settings: Settings, month: date, number: int | None, say: Callable[[str], None],
           landed: bool = False) -> dict[str, Any]:
    """Rebuilds an edition (the newest, unless numbered) in a home of its own; what was compared and what differs.

    `landed`: takes this home's lake instead of landing the archive anew. Raises WrongUse when there is no edition,
    and whatever a run raises.
    """
    from dagster_project.house import run_once

    edition = issued(settings, month, number)
    manifest = read_manifest(edition)
    found = [*ledger_differences(settings, edition, manifest), *archive_differences(settings, edition, manifest)]
    say(f"重算 {manifest.month} 第 {manifest.edition} 版：收件登记 {manifest.register_lines} 行")
    landed = landed and key_fingerprint(settings) == manifest.key_fingerprint      # another key hashed otherwise
    with scratch_home(settings, edition, manifest, landed) as scratch:
        try:
            run_once(scratch, month=manifest.month, today=manifest.closed_on.isoformat(), scopes=manifest.scopes,
                     closing=manifest.closing.model_dump_json())
            rebuilt = issued(scratch, month, manifest.edition)
            found += _differences(edition, rebuilt, manifest)
        except WrongUse as error:
            found.append(Difference("重算", "", str(error)))
    tables = [line for line in manifest.files if line.path.startswith("marts/")]
    return {
        "month": manifest.month, "edition": manifest.edition, "equal": not found,
        "tables": len(tables), "rows": sum(line.rows or 0 for line in tables),
        "workbooks": sum(line.path.endswith(".xlsx") for line in manifest.files),
        "changed_since": _changed_since(settings, manifest), "differences": [asdict(one) for one in found],
    }


def ledger_differences(settings: Settings, edition: Edition, manifest: Manifest) -> Iterator[Difference]:
    """Files of the ledger that are not what the manifests say."""
    for line in manifest.files:
        path = edition.folder / line.path
        if not path.exists():
            yield Difference("台账", line.path, "文件不在了")
        elif sha256(path) != line.sha256:
            yield Difference("台账", line.path, "内容与清单中的哈希不符，已被改动")
    known = {line.path for line in manifest.files} | {"manifest.json"}
    for path in sorted(edition.folder.rglob("*")):
        if path.is_file() and (name := path.relative_to(edition.folder).as_posix()) not in known:
            yield Difference("台账", name, "清单中没有这个文件")
    standing = {(f"{one.month:%Y-%m}", one.number): one for one in all_editions(settings)}
    for ref in [*manifest.rests_on, *([manifest.replaces] if manifest.replaces else [])]:
        one = standing.get((ref.month, ref.edition))
        if one is None or reference(one) != ref:
            yield Difference("台账", f"{ref.month}/{ref.edition}", "所依据的版不在了或已被改动")


def archive_differences(settings: Settings, edition: Edition, manifest: Manifest) -> Iterator[Difference]:
    """Receipts and originals that the edition was made from."""
    register = settings.archive / "register.jsonl"
    lines = register.read_bytes().splitlines(keepends=True)[: manifest.register_lines] if register.exists() else []
    if b"".join(lines) != (edition.folder / REGISTER).read_bytes():
        yield Difference("归档", "register.jsonl", f"前 {manifest.register_lines} 行与关账时不同")
    seen: set[str] = set()
    for line in (edition.folder / REGISTER).read_text(encoding="utf-8").splitlines():
        receipt = json.loads(line)
        path = object_path(settings.archive, receipt["content_hash"])
        if receipt["content_hash"] in seen:
            continue
        seen.add(receipt["content_hash"])
        if not path.exists():
            yield Difference("归档", receipt["path"], "原件不在了")
        elif sha256(path) != receipt["content_hash"]:
            yield Difference("归档", receipt["path"], "原件与登记的哈希不符，已被改动")
    if manifest.key_fingerprint not in keys(settings):
        yield Difference("归档", "secret/hmac.key", f"关账时的密钥（编号 {manifest.key_fingerprint}）不在 secret/ 里，散列值不会相同")


def _differences(edition: Edition, rebuilt: Edition, manifest: Manifest) -> Iterator[Difference]:
    """What the rebuild made otherwise: rows of tables, bytes of everything else, cells of workbooks."""
    made = {line.path for line in read_manifest(rebuilt).files}
    for path in sorted({line.path for line in manifest.files} | made):
        old, new = edition.folder / path, rebuilt.folder / path
        if not old.exists() or not new.exists():
            yield Difference("重算", path, "重算没有这个文件" if old.exists() else "只有重算有这个文件")
        elif path.endswith(".parquet"):
            if rows := row_difference(old, new):
                yield Difference("重算", path, f"只在原版的行 {rows[0]}，只在重算的行 {rows[1]}")
        elif old.read_bytes() != new.read_bytes():
            yield Difference("重算", path, "字节不同")
    for zone in ("exports", "restricted"):
        for number, one in enumerate(changes(edition.folder / zone, rebuilt.folder / zone)):
            if number == CELLS_NAMED:
                break
            yield Difference("重算", f"{zone}/{one.book}", f"［{one.sheet}］{one.cell} 原为“{one.before}”，重算为“{one.after}”")


def _changed_since(settings: Settings, manifest: Manifest) -> list[str]:
    """What is another one than at closing: no difference by itself, but the first place to look for the cause of one."""
    pairs = {"计算代码": (manifest.code_sha256[:12], code_sha256()[:12]),
             **{name: (was, libraries()[name]) for name, was in manifest.libraries.items()},
             **{f"设置 {name}": (was, receiving_settings(settings).get(name)) for name, was in manifest.settings.items()}}
    return [f"{name}：{was} → {now}" for name, (was, now) in pairs.items() if was != now]
