"""Homes that receive drawn sheets, for the property tests."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from unittest.mock import patch

import duckdb
from hypothesis import HealthCheck, Phase, settings
from receive_spellings import KEY
from receive_strategies import DrawnSheet, write_book

from dagster_project.lake import prepare
from dagster_project.receive import landing
from dagster_project.settings import Settings

MORE = os.environ.get("TEST_PROPERTY_EXAMPLES")     # examples a contract; unset: few, and the same each time
# A landing is too slow to shrink by: a failing assertion shows the cell.
profile = settings(max_examples=int(MORE or 3), deadline=None, derandomize=MORE is None, database=None,
                   suppress_health_check=list(HealthCheck), print_blob=True, phases=(Phase.explicit, Phase.generate))


class Lake:
    """A home that received these sheets. Its empty lake is a copy of one that was prepared before."""

    def __init__(self, home: Path, sheets: Iterable[DrawnSheet]) -> None:
        self.settings = Settings(home=home, settle_seconds=0, threads=1)
        shutil.copytree(_empty_home(), home, dirs_exist_ok=True, copy_function=os.link)
        files: dict[str, list[DrawnSheet]] = {}
        for sheet in sheets:
            files.setdefault(sheet.path, []).append(sheet)
        for file in files.values():
            write_book(self.settings.inbox, file)
        self.said: list[str] = []
        with patch.object(landing, "prepare"):
            self.summary = landing.receive(self.settings, self.said.append)

    def rows(self, zone: str, sheet: DrawnSheet) -> list[dict]:
        return duckdb.sql(f"select * from read_parquet('{self.settings.lake}/{zone}/*.parquet', union_by_name = true) "
                          "where file_name = $name and sheet = $sheet",
                          params={"name": sheet.path, "sheet": sheet.sheet}).to_arrow_table().to_pylist()


@cache
def _empty_home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="empty-home-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    made = Settings(home=home)
    prepare(made)
    made.secret_key.parent.mkdir(parents=True, exist_ok=True)
    made.secret_key.write_bytes(KEY)
    return home
