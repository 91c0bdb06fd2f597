"""The judge: Great Expectations over what dbt measured. What it does not expect are flags and faults.

`run_screen` before anything is computed, `run_judge` over what was measured, `run_audit` over what was concluded; the
suites are data (the contracts, `suites*.yml`, the `shell_rule` rows).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import quoted
from expectations.docs import Site
from expectations.findings import CountyFinding, Finding, findings_of, write_counties, write_results
from expectations.runner import JudgeError, run_suites
from expectations.screen import Screened, clear_blocked, run_screen
from expectations.shell import rules_in_force, shell_suite, write_fired
from expectations.suites import Stage, Suite, load_suites, suites_of
from expectations.wording import Words

__all__ = ["CountyFinding", "Finding", "JudgeError", "JudgeResult", "Screened", "Site", "Stage", "Words", "clear_blocked",
           "flag_shells", "judged_tables", "run_audit", "run_judge", "run_screen"]


@dataclass(frozen=True)
class JudgeResult:
    """What a run of the judge found and wrote."""

    as_of: date
    results: tuple[Finding, ...]
    flags: dict[str, int] = field(default_factory=dict)      # rule in force → cooperatives flagged
    seconds: float = 0.0

    @property
    def fired(self) -> int:
        """Rows of `shell_fired`."""
        return sum(self.flags.values())

    @property
    def failed(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.results if not finding.success)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Failures that stop what depends on the table."""
        return tuple(finding for finding in self.failed if finding.blocking)

    def summary(self) -> str:
        """One Chinese sentence for the run's log."""
        return (f"空壳社规则 {len(self.flags)} 条，线索 {self.fired} 条；"
                f"质量规则 {len(self.results)} 条，"
                f"未通过 {len(self.failed)} 条，其中阻断 {len(self.blocking)} 条；用时 {self.seconds:.1f} 秒")


def judged_tables(stage: Stage | None = None) -> tuple[str, ...]:
    """The tables that have a suite, in order; of one stage, or all."""
    return tuple(suite.table for suite in load_suites() if stage in (None, suite.stage))


def run_judge(build_file: Path, lake: Path, config: Mapping[str, str] | None = None,
              suites: Iterable[Suite] | None = None, words: Words | None = None,
              site: Site | None = None) -> JudgeResult:
    """Judges what dbt measured and writes `lake/judged`.

    Reads the report month from `lake/run_context`. Writes all shell flags (not a sample) to `shell_fired`, and the
    findings to `expectation_result` and `expectation_county`, none before everything was judged. `config` is
    DuckDB's (memory_limit, threads); `suites` are those of the stage `judge` unless given. The build file is free
    afterwards.
    Raises JudgeError when a table or column is missing, an expectation raised, or counts disagree.
    """
    started = time.perf_counter()
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        as_of = _as_of(con, lake)
        rules = rules_in_force(con, as_of)
    shell = shell_suite(rules)
    judged = run_suites(build_file, (shell, *(suites_of("judge") if suites is None else suites)), config, site)
    flagged = tuple(verdict for one in judged if one.suite.name == shell.name for verdict in one.verdicts)
    findings = findings_of(build_file, (one for one in judged if one.suite.name != shell.name), config)
    flags = dict.fromkeys((rule.rule_id for rule in rules), 0)
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        flags |= write_fired(con, flagged, lake / "judged" / "shell_fired" / "fired.parquet")
    write_counties(lake / "judged" / "expectation_county" / "result.parquet", findings, words or Words({}, {}))
    write_results(lake / "judged" / "expectation_result" / "result.parquet", findings)
    return JudgeResult(as_of, tuple(findings), flags, time.perf_counter() - started)


def flag_shells(build_file: Path, lake: Path, config: Mapping[str, str] | None = None) -> dict[str, int]:
    """Judges the shell rules alone and writes `shell_fired`; flags by rule. Raises JudgeError as `run_judge` does."""
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        rules = rules_in_force(con, _as_of(con, lake))
    judged = run_suites(build_file, (shell_suite(rules),), config)
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        return write_fired(con, tuple(verdict for one in judged for verdict in one.verdicts),
                           lake / "judged" / "shell_fired" / "fired.parquet")


def run_audit(build_file: Path, config: Mapping[str, str] | None = None, site: Site | None = None) -> tuple[Finding, ...]:
    """Judges what was concluded from the flags, before it is published. Raises JudgeError as `run_judge` does."""
    return tuple(findings_of(build_file, run_suites(build_file, suites_of("audit"), config, site), config))


def _as_of(con: duckdb.DuckDBPyConnection, lake: Path) -> date:
    path = lake / "run_context" / "run_context.parquet"
    rows = con.execute(f"select as_of from read_parquet('{quoted(path)}')").fetchall()
    if len(rows) != 1:
        raise JudgeError(f"运行环境表应为一行，现为 {len(rows)} 行，无法确定数据截止日")
    return rows[0][0]
