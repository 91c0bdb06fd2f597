"""One run at a time (spec 5.2): a lock file that dies with its process, and what a second run is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import portalocker

from dagster_project.settings import Settings


class AnotherRun(RuntimeError):
    """Another process is running in this home; nothing was touched."""


@contextmanager
def run_lock(settings: Settings, wait_seconds: float = 0) -> Iterator[None]:
    """Holds the home's lock. Waits up to `wait_seconds`, then raises AnotherRun with the holder's pid."""
    settings.home.mkdir(parents=True, exist_ok=True)
    path = settings.home / "run.lock"
    lock = portalocker.Lock(path, mode="a+", timeout=wait_seconds, check_interval=0.5,
                            fail_when_locked=wait_seconds == 0,
                            flags=portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
    try:
        handle = lock.acquire()
    except portalocker.exceptions.LockException as error:
        holder = path.read_text(encoding="utf-8").strip() or "{}"
        pid = json.loads(holder).get("pid", "未知")
        raise AnotherRun(f"另一次运行正在进行（进程号 {pid}），本次未做任何改动。请等它结束后再试。") from error
    try:
        handle.seek(0)
        handle.truncate()
        handle.write(json.dumps({"pid": os.getpid()}))
        handle.flush()
        yield
    finally:
        lock.release()


def is_running(settings: Settings) -> bool:
    """Whether a run holds the home's lock; nothing is written to find out."""
    path = settings.home / "run.lock"
    if not path.exists():
        return False
    try:
        with portalocker.Lock(path, mode="r", timeout=0, fail_when_locked=True,
                              flags=portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING):
            return False
    except portalocker.exceptions.LockException:
        return True
