"""What the verdicts amount to: counts by table and by county, keys as samples, written for every reader."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from dagster_project.lake import EXPECTATION_COUNTY, EXPECTATION_RESULT, quoted, write_rows
from expectations.runner import SAMPLE, Judged, failures_of
from expectations.suites import Check, Suite
from expectations.wording import Words


@dataclass(frozen=True)
class CountyFinding:
    """One expectation in one county; `county_code` is null where rows name none or the table has no counties."""

    county_code: str | None
    evaluated: int
    failed: int
    sample: tuple[str, ...] = ()
    blocked: bool = False    # its delivery is held back for the failures


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
    blocking: bool      # its failure stops the run; of an expectation by county only what no county answers for
    sample: tuple[str, ...]
    check: Check
    seconds: float      # of the table's whole suite: its expectations share their scans
    counties: tuple[CountyFinding, ...] = ()

    @property
    def expectation_id(self) -> str:
        """Unique within a table."""
        return self.expectation

    @property
    def blocked(self) -> tuple[str, ...]:
        """Counties held back for it."""
        return tuple(one.county_code for one in self.counties if one.blocked and one.failed and one.county_code)

    def sentence(self, words: Words) -> str:
        """For the summary and the log; the id stands at the end for whoever looks the rule up."""
        held = f"，{'、'.join(self.blocked)} 暂用上一批数据" if self.blocked and self.severity == "error" else ""
        return (f"{words.table(self.table_name)}：{words.expected(self.table_name, self.check)}，"
                f"不合格 {self.failed:,} / {self.evaluated:,}{held}（{self.table_name}.{self.expectation_id}）")

    def metadata(self) -> dict[str, object]:
        """What an asset check shows."""
        failed = {one.county_code: one.failed for one in self.counties if one.failed and one.county_code}
        return {"severity": self.severity, "evaluated": self.evaluated, "failed": self.failed,
                "success": self.success, "sample": list(self.sample), "failed_by_county": failed,
                "held_back": list(self.blocked)}


def findings_of(build_file: Path, judged: Iterable[Judged], config: Mapping[str, str] | None = None) -> list[Finding]:
    """The findings of suites. Raises JudgeError where an index query does not confirm a count."""
    with closing(duckdb.connect(str(build_file), read_only=True, config=dict(config or {}))) as con:
        return [finding for one in judged for finding in _of_suite(con, one)]


def _of_suite(con: duckdb.DuckDBPyConnection, judged: Judged) -> list[Finding]:
    evaluated = _evaluated(con, judged.suite, [verdict.check for verdict in judged.verdicts])
    return [finding(verdict.suite, verdict.check, judged.seconds,
                    _by_county(evaluated[verdict.check.name], failures_of(con, verdict)))
            for verdict in judged.verdicts]


def finding(suite: Suite, check: Check, seconds: float, counties: Iterable[CountyFinding]) -> Finding:
    """The finding that counties add up to."""
    counties = tuple(sorted(counties, key=lambda one: one.county_code or ""))
    failed = sum(one.failed for one in counties)
    nobody = any(one.failed and not one.blocked for one in counties) and check.severity == "error"
    return Finding(
        suite=suite.name, table_name=suite.table, expectation=check.name, column_name=",".join(check.columns),
        severity=check.severity, evaluated=sum(one.evaluated for one in counties), failed=failed, success=failed == 0,
        blocking=check.blocking or (nobody and suite.holds_back), check=check, seconds=seconds, counties=counties,
        sample=tuple(sorted(key for one in counties for key in one.sample)[:SAMPLE]),
    )


def _evaluated(con: duckdb.DuckDBPyConnection, suite: Suite, checks: list[Check]) -> dict[str, dict[str | None, int]]:
    """Rows that each check looked at, by county: one scan of the table."""
    counted = [_counted(check) for check in checks]
    county = f'"{suite.county}"' if suite.county else "cast(null as varchar)"
    rows = con.execute(f'select {county}, {", ".join(counted or ["count(*)"])} from "{suite.table}" group by 1').fetchall()
    return {check.name: {row[0]: row[place] for row in rows} for place, check in enumerate(checks, 1)}


def _counted(check: Check) -> str:
    """Rows with a value; of whole rows, and where null is the question, all."""
    if check.kind in ("rows", "not_null") or (check.kind == "unique" and len(check.columns) > 1):
        return "count(*)"
    known = " and ".join(f'"{name}" is not null' for name in check.columns)
    return f"count(*) filter (where {known})"


def _by_county(evaluated: Mapping[str | None, int],
               failures: Mapping[str | None, tuple[int, tuple[str, ...]]]) -> Iterable[CountyFinding]:
    for county in evaluated.keys() | failures.keys():
        failed, sample = failures.get(county, (0, ()))
        yield CountyFinding(county, evaluated.get(county, 0), failed, sample)


def write_results(path: Path, findings: Iterable[Finding]) -> None:
    """One row an expectation, in the columns that every reader of `expectation_result` knows."""
    write_rows(path, EXPECTATION_RESULT, (
        (f.suite, f.table_name, f.expectation, f.column_name, f.severity, f.evaluated, f.failed, f.success,
         f.blocking, json.dumps(f.sample, ensure_ascii=False)) for f in findings))


def write_counties(path: Path, findings: Iterable[Finding], words: Words) -> None:
    """One row an expectation and county, with what is expected in words."""
    _write_many(path, EXPECTATION_COUNTY, [
        (f.suite, f.table_name, words.table(f.table_name), f.expectation, words.expected(f.table_name, f.check),
         f.severity, one.county_code, one.evaluated, one.failed, one.blocked and one.failed > 0,
         json.dumps(one.sample, ensure_ascii=False)) for f in findings for one in f.counties])


def _write_many(path: Path, columns: dict[str, str], rows: list[tuple]) -> None:
    """`write_rows` for a nation's counties times its expectations: by columns, not row by row."""
    if not rows:
        write_rows(path, columns)
        return
    found = pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True)))
    listed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    part = path.with_name(path.name + ".tmp")
    with duckdb.connect() as con:
        con.register("found", found)
        con.execute(f"copy (select {listed} from found) to '{quoted(part)}' (format parquet)")
    part.replace(path)

