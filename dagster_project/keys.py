"""The key of the keyed hashes: how it is kept, copied for the safe and changed (spec 5.4).

`secret/hmac.key` is the key of every run. A rotation keeps the one before as `secret/hmac-<id>.key`: closed editions name
the id that they were made with, never the key, and are made again with it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from dagster_project.months import WrongUse
from dagster_project.run_lock import run_lock
from dagster_project.settings import Settings

BYTES = 32


def key_id(key: bytes) -> str:
    """Tells keys apart without telling the key."""
    return hmac.new(key, b"edition", hashlib.sha256).hexdigest()[:16]


def keys(settings: Settings) -> dict[str, Path]:
    """Every key that stands here, by its id; the one in use first."""
    found = [settings.secret_key, *sorted(settings.secret_key.parent.glob("hmac-*.key"))]
    return {key_id(path.read_bytes()): path for path in reversed(found) if path.exists()}


def write_key(path: Path, key: bytes) -> None:
    """Puts a key in place, durable and readable by its owner alone; at no instant does half of one stand there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".tmp")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def rotate(settings: Settings) -> tuple[str, str]:
    """A new key; the old one is kept beside it. The ids of both. The next run types everything anew.

    Raises WrongUse when there is no key yet, AnotherRun while a run is going on.
    """
    with run_lock(settings):
        if not settings.secret_key.exists():
            raise WrongUse("还没有密钥，第一次运行时会生成，不需要更换。")
        old, new = settings.secret_key.read_bytes(), secrets.token_bytes(BYTES)
        write_key(settings.secret_key.with_name(f"hmac-{key_id(old)}.key"), old)
        write_key(settings.secret_key, new)
    return key_id(old), key_id(new)


def back_up(settings: Settings, target: Path) -> list[str]:
    """Writes every key into one new file for the safe; their ids, the one in use first. Raises WrongUse."""
    standing = keys(settings)
    if not settings.secret_key.exists():
        raise WrongUse("还没有密钥，第一次运行时会生成，之后再备份。")
    if target.resolve().is_relative_to(settings.home.resolve()):
        raise WrongUse("密钥的备份不能放在主目录里，请写到别的盘上，与数据的备份分开存放。")
    if target.exists():
        raise WrongUse(f"文件“{target}”已经存在，没有覆盖，请换一个文件名。")
    current = key_id(settings.secret_key.read_bytes())
    ids = [current, *sorted(one for one in standing if one != current)]
    write_key(target, json.dumps({"current": current, "keys": {one: standing[one].read_bytes().hex() for one in ids}},
                                 indent=1).encode() + b"\n")
    return ids


def restore(settings: Settings, source: Path) -> list[str]:
    """Puts back from a backup the keys that are not here; their ids. Raises WrongUse: no backup, or another key is in use."""
    with run_lock(settings):
        try:
            told = json.loads(source.read_text(encoding="utf-8"))
            saved = {one: bytes.fromhex(text) for one, text in told["keys"].items()}
            current = saved[told["current"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise WrongUse(f"文件“{source}”不是密钥的备份，没有恢复。") from error
        if any(len(key) != BYTES or key_id(key) != one for one, key in saved.items()):
            raise WrongUse(f"密钥的备份“{source}”已损坏，没有恢复。")
        standing = keys(settings)
        if settings.secret_key.exists() and settings.secret_key.read_bytes() not in saved.values():
            raise WrongUse("现用的密钥不在这个备份里，没有恢复；如确要换回，请先另存 secret/hmac.key 再删除它。")
        missing = [one for one in saved if one not in standing]
        for one in missing:
            if saved[one] != current or settings.secret_key.exists():
                write_key(settings.secret_key.with_name(f"hmac-{one}.key"), saved[one])
        if not settings.secret_key.exists():
            write_key(settings.secret_key, current)
    return missing
