"""What tests share: one demo, run once for all of them, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import portalocker
import pytest


@dataclass(frozen=True)
class House:
    """A home that `coopledger demo` has filled, and what the command said."""

    home: Path
    code: int
    summary: dict
    progress: str

    @property
    def truth(self) -> dict:
        return json.loads((self.home / "truth.json").read_text(encoding="utf-8"))

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.home / "warehouse" / "coopledger.duckdb"), read_only=True)


def coopledger(home: Path, *args: str, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    """The console script in a process of its own."""
    return subprocess.run([sys.executable, "-m", "dagster_project.cli", *args], capture_output=True, text=True,
                          timeout=timeout, check=False, env={**os.environ, "COOPLEDGER_HOME": str(home)})


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's home; workers that run side by side share one."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    said = shared / "demo.json"
    with portalocker.Lock(shared / "demo.lock", timeout=600):
        if not said.exists():
            done = coopledger(shared / "house", "demo", "--json")
            said.write_text(json.dumps([done.returncode, done.stdout, done.stderr]), encoding="utf-8")
    code, stdout, stderr = json.loads(said.read_text(encoding="utf-8"))
    assert code == 0, stderr
    yield House(shared / "house" / "demo", code, json.loads(stdout), stderr)
