"""Several editions made again at once, each in a process and a home of its own."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from typing import Any

from dagster_project.books.scratch import FOLDER
from dagster_project.books.verify import verify
from dagster_project.settings import Settings

UNITS = {"k": 1, "m": 2, "g": 3, "t": 4}


def verify_side_by_side(settings: Settings, months: list[date], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The newest editions of `months` verified with this home's lake, in the order of the months.

    As many at once as there are cores and memory for. Raises what `verify` raises.
    """
    cores = settings.threads or os.cpu_count() or 1
    workers = max(1, min(cores, _runs_in_memory(settings.memory_limit), len(months)))
    if workers == 1:
        return [verify(settings, month, None, say, landed=True) for month in months]
    one_each = Settings(**{**settings.model_dump(), "threads": max(1, cores // workers)})
    standing = settings.home / FOLDER / "standing"      # the folder stays while any of them needs it
    standing.mkdir(parents=True)
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            proven = []
            for one in pool.map(_verified, [one_each] * len(months), months):
                say(f"重算 {one['month']} 第 {one['edition']} 版：{'一致' if one['equal'] else '有差异'}")
                proven.append(one)
    finally:
        standing.rmdir()
        standing.parent.rmdir()
    return proven


def _verified(settings: Settings, month: date) -> dict[str, Any]:
    return verify(settings, month, None, lambda line: None, landed=True)


def _runs_in_memory(limit: str) -> int:
    """How many times DuckDB may take its limit (setting `memory_limit`) of this machine's memory."""
    number, unit = re.match(r"([\d.]+)\s*(.)", limit).groups()      # type: ignore[union-attr]
    if unit == "%":
        return int(100 / float(number))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(memory / (float(number) * 1024 ** UNITS[unit.lower()]))
