"""An expectation that raised ends the run at each of the three places where suites are run; it is never a pass."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

import expectations
from dagster_project.assets import judge as assets
from dagster_project.lake import prepare, write_run_context
from dagster_project.settings import Settings
from expectations import JudgeError, screen
from expectations.suites import Check, Suite
from tests.judge_bench import Bench

SOUND = Check(kind="not_null", columns=("id",))
RAISING = {
    "no such column": Check(kind="not_null", id="raises", columns=("gone",)),
    "a value that cannot be converted": Check(kind="rows", id="raises", columns=("id",), unexpected="cast(id as integer) > 1"),
    "no SQL": Check(kind="rows", id="raises", columns=("id",), unexpected="id >", severity="warn"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with one table of two sound rows."""
    settings = Settings(home=tmp_path_factory.mktemp("raise"), _env_file=None)
    prepare(settings)
    bench = Bench(settings.home / "bench")
    bench.sql("create table t as from (values ('a'), ('b')) v(id)")
    bench.build.rename(settings.build_file)
    write_run_context(settings, date(2024, 7, 1), date(2024, 7, 31), "0", None, ["150300"])
    return settings


@pytest.mark.parametrize("check", RAISING.values(), ids=RAISING)
@pytest.mark.parametrize("step", ["screen", "judge", "audit"])
def test_an_expectation_that_raised_ends_the_run(
    house: Settings, step: str, check: Check, monkeypatch: pytest.MonkeyPatch,
) -> None:
    suite = Suite(name="t", table="t", key=("id",), checks=(SOUND, check))
    for module in (expectations, screen):
        monkeypatch.setattr(module, "suites_of", lambda stage: (suite,))
    monkeypatch.setattr(assets, "rebuild", lambda settings: pytest.fail("nothing was found, and all was made anew"))
    judged = house.lake / "judged"
    before = {path: path.read_bytes() for path in judged.rglob("*.parquet")}
    said: list[str] = []
    told: list = []
    with pytest.raises(JudgeError, match=r"t\.raises") as raised:
        for event in getattr(assets, step).op.compute_fn.decorated_fn(SimpleNamespace(settings=house, say=said.append)):
            told.append(event)
    assert "1 条质量规则未能执行（不等于未发现问题）" in str(raised.value)
    assert (said, told) == ([], [])           # no step event, no check that passed
    assert {path: path.read_bytes() for path in judged.rglob("*.parquet")} == before
