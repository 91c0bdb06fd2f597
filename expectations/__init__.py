"""The judge: Great Expectations over what dbt measured. What it does not expect are flags and faults.

`run_judge` is the whole of it; the suites are data (`suites.yml`, the contracts, the `shell_rule` rows).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import EXPECTATION_RESULT, quoted, write_rows
from expectations.runner import JudgeError, Verdict, run_suites, sample_of
from expectations.shell import rules_in_force, shell_suite, write_fired
from expectations.suites import Check, Suite, load_suites
from expectations.wording import Words

__all__ = ["Finding", "JudgeError", "JudgeResult", "Words", "judged_tables", "run_judge"]


@dataclass(frozen=True)
class Finding:
    """The outcome of one expectation. `sample` holds keys, never values, and none for personal columns."""

    suite: str
    table_name: str
    expectation: str
    column_name: str
    severity: str       # error / warn
    evaluated: int
    failed: int
    success: bool
    blocking: bool
    sample: tuple[str, ...]
    check: Check
    seconds: float      # of the table's whole suite: its expectations share their scans

    @property
    def expectation_id(self) -> str:
        """Unique within a table."""
        return self.expectation

    def sentence(self, words: Words) -> str:
        """For the summary and the log; the id stands at the end for whoever looks the rule up."""
        return (f"{words.table(self.table_name)}：{words.expected(self.table_name, self.check)}，"
                f"不合格 {self.failed:,} / {self.evaluated:,}（{self.table_name}.{self.expectation_id}）")

    def metadata(self) -> dict[str, object]:
        """What an asset check shows."""
        return {"severity": self.severity, "evaluated": self.evaluated, "failed": self.failed,
                "success": self.success, "sample": list(self.sample)}


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


def judged_tables() -> tuple[str, ...]:
    """The tables that have a suite, in order."""
    return tuple(suite.table for suite in load_suites())


def run_judge(build_file: Path, lake: Path, config: Mapping[str, str] | None = None,
              suites: Iterable[Suite] | None = None) -> JudgeResult:
    """Judges the build file after dbt's first pass and writes `lake/judged`.

    Reads the report month from `lake/run_context`. Writes all shell flags (not a sample) to
    `shell_fired/fired.parquet` and one row an expectation to `expectation_result/result.parquet`,
    neither before everything was judged. `config` is DuckDB's (memory_limit, threads); `suites` are
    those of `load_suites` unless given. The build file is free afterwards.
    Raises JudgeError when a table or column is missing, an expectation raised, or counts disagree.
    """
    started = time.perf_counter()
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        as_of = _as_of(con, lake)
        rules = rules_in_force(con, as_of)
    shell = shell_suite(rules)
    judged = run_suites(build_file, (shell, *(load_suites() if suites is None else suites)), config)
    findings: list[Finding] = []
    flagged: tuple[Verdict, ...] = ()
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        for one in judged:
            if one.suite is shell:
                flagged = one.verdicts
            else:
                findings += [_finding(con, verdict, one.seconds) for verdict in one.verdicts]
        flags = dict.fromkeys((rule.rule_id for rule in rules), 0)
        flags |= write_fired(con, flagged, lake / "judged" / "shell_fired" / "fired.parquet")
    _write_results(lake, findings)
    return JudgeResult(as_of, tuple(findings), flags, time.perf_counter() - started)


def _as_of(con: duckdb.DuckDBPyConnection, lake: Path) -> date:
    path = lake / "run_context" / "run_context.parquet"
    rows = con.execute(f"select as_of from read_parquet('{quoted(path)}')").fetchall()
    if len(rows) != 1:
        raise JudgeError(f"运行环境表应为一行，现为 {len(rows)} 行，无法确定数据截止日")
    return rows[0][0]


def _finding(con: duckdb.DuckDBPyConnection, verdict: Verdict, seconds: float) -> Finding:
    suite, check = verdict.suite, verdict.check
    evaluated = verdict.evaluated
    if evaluated is None:
        evaluated = con.execute(f'select count(*) from "{suite.table}"').fetchall()[0][0]
    return Finding(
        suite=suite.name, table_name=suite.table, expectation=check.name, column_name=",".join(check.columns),
        severity=check.severity, evaluated=evaluated, failed=verdict.failed, success=verdict.failed == 0,
        blocking=check.blocking, sample=sample_of(con, verdict), check=check, seconds=seconds,
    )


def _write_results(lake: Path, findings: list[Finding]) -> None:
    """One row an expectation, in the columns that every reader of `expectation_result` knows."""
    write_rows(lake / "judged" / "expectation_result" / "result.parquet", EXPECTATION_RESULT, (
        (f.suite, f.table_name, f.expectation, f.column_name, f.severity, f.evaluated, f.failed, f.success,
         f.blocking, json.dumps(f.sample, ensure_ascii=False)) for f in findings))
