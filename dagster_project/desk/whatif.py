"""`coopledger whatif`: the last run's month over again with other rules or parameters, in a place that is cleared.

The build file is copied and its seeds changed there; dbt makes anew what stands on them, the judge judges anew. Nothing
is written into the home.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.desk.built import built_month
from dagster_project.desk.whatif_changes import Altered, Asked, apply, resolve
from dagster_project.desk.whatif_compare import compare
from dagster_project.house import quiet_libraries
from dagster_project.publish import labels, published_tables
from dagster_project.run_lock import AnotherRun, is_running
from dagster_project.settings import Settings
from dagster_project.warehouse_build import AFTER_JUDGEMENT, AS_OF, load_manifest, run_models

NOTICE = "待核查线索，不作为处理依据"


def whatif(settings: Settings, asked: Iterable[Asked], month: date | None, say: Callable[[str], None]) -> dict[str, Any]:
    """One JSON-able document: the changes assumed, and whose status or compliance would be another, before and after.

    Raises WrongUse (nothing was computed yet, another month, no such rule), AnotherRun (a run is changing the home),
    and JudgeError, dagster.Failure or OSError where it cannot be computed. The home is the same whatever happens.
    """
    quiet_libraries()
    stamp = _stamp(settings)
    built, as_of = built_month(settings, month, "试算")
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        altered = resolve(con, asked, as_of)
    with tempfile.TemporaryDirectory(prefix="coopledger-whatif-") as folder:
        scratch = Settings(**(settings.model_dump() | {"home": Path(folder).resolve()}))
        say("复制现有计算结果")
        _lay(settings, scratch)
        with closing(duckdb.connect(str(scratch.build_file))) as con:
            apply(con, altered)
        say("读取计算规则")
        manifest = load_manifest(scratch)
        _compute(scratch, altered, say)
        if _stamp(settings) != stamp:
            raise AnotherRun("试算期间另一次运行改动了数据，试算结果作废，本次未做任何改动。请等它结束后再试。")
        say("比较")
        reworded = {one.row["rule_id"] for one in altered if one.kind == "rule" and one.row["threshold"] != one.stood["threshold"]}
        found = compare(settings.build_file, scratch.build_file, published_tables(manifest), labels(manifest), reworded)
    return {"month": f"{built:%Y-%m}", "notice": NOTICE, "assumed": [one.document() for one in altered], **found}


def _stamp(settings: Settings) -> tuple:
    """What a run changes first. Raises AnotherRun while one is going on."""
    if is_running(settings):
        raise AnotherRun("另一次运行正在进行，本次未做任何改动。请等它结束后再试。")
    register = settings.archive / "register.jsonl"
    return tuple((status.st_mtime_ns, status.st_size, status.st_ino) for path in (settings.build_file, register)
                 if path.exists() and (status := path.stat()))


def _lay(settings: Settings, scratch: Settings) -> None:
    """A home of its own: the build file and the judge's folder copied, the rest of the lake by reference."""
    scratch.build_file.parent.mkdir()
    shutil.copy(settings.build_file, scratch.build_file)
    scratch.lake.mkdir()
    for path in settings.lake.iterdir():
        if path.name == "judged":
            shutil.copytree(path, scratch.lake / path.name)
        else:
            (scratch.lake / path.name).symlink_to(path)


def _compute(scratch: Settings, altered: list[Altered], say: Callable[[str], None]) -> None:
    """What stands on the changed seeds: for parameters from the rows that count on, for rules from the indicators on."""
    from expectations import flag_shells, run_screen

    config = {"memory_limit": scratch.memory_limit}
    seeds = " ".join(f"{table}+" for table in sorted({one.table for one in altered}))
    if any(one.kind == "policy" for one in altered):
        say("按假设取数")
        before = _rows_that_count(scratch)
        run_models(scratch, select=f"policy_value+,{AS_OF}")
        if _rows_that_count(scratch) != before:
            say("按假设检查源数据")
            run_screen(scratch.build_file, scratch.lake, lambda: run_models(scratch, select=f"blocked_delivery+,{AS_OF}"), config)
    say("按假设计算")
    run_models(scratch, select=seeds, exclude=f"{AS_OF} {AFTER_JUDGEMENT}+")
    say("按假设评判")
    flag_shells(scratch.build_file, scratch.lake, config)
    run_models(scratch, select=AFTER_JUDGEMENT)


def _rows_that_count(scratch: Settings) -> dict[str, tuple]:
    """A fingerprint of every as-of table: where none changes, the screening would find what it found."""
    with closing(duckdb.connect(str(scratch.build_file), read_only=True)) as con:
        names = [row[0] for row in con.execute("select table_name from duckdb_tables() where table_name like 'asof\\_%' "
                                               "escape '\\' order by 1").fetchall()]
        return {name: con.execute(f'select count(*), bit_xor(hash(row_of)) from "{name}" row_of').fetchall()[0]
                for name in names}
