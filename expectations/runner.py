"""Runs suites with Great Expectations inside DuckDB, and checks its verdicts against its own index queries.

An expectation that raised is not one that found nothing: it ends the run (`JudgeError`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from expectations.docs import Site
from expectations.suites import Check, Suite

if TYPE_CHECKING:
    from great_expectations.datasource.fluent import SQLDatasource
    from great_expectations.expectations.expectation import Expectation

COUNTY = ("county_code", "banner_code")
SAMPLE = 5   # keys shown for a failed expectation; the rows themselves are found by its query


class JudgeError(RuntimeError):
    """The judge could not judge; the message names every expectation that did not run, and why."""


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations found for one check; `query` selects all rows that it did not expect."""

    suite: Suite
    check: Check
    evaluated: int | None   # rows with a value; None: every row of the table was looked at
    failed: int
    query: str          # key columns first, then the checked ones


@dataclass(frozen=True)
class Judged:
    """The verdicts of one suite."""

    suite: Suite
    verdicts: tuple[Verdict, ...]
    seconds: float


def run_suites(build_file: Path, suites: Iterable[Suite],
               config: Mapping[str, str] | None = None, site: Site | None = None) -> list[Judged]:
    """Evaluates every suite over the build file. Both engines are disposed when it returns or raises.

    `site`: takes a page of each suite.

    Raises JudgeError when a table is missing or an expectation could not be evaluated.
    """
    tables = _columns(build_file)
    suites = [_located(suite, tables.get(suite.table, ())) for suite in suites if suite.checks]
    absent = sorted({suite.table for suite in suites} - tables.keys())
    if absent:
        raise JudgeError("质量规则无法执行，建库文件中缺少表：" + "、".join(absent))
    datasource = _datasource(build_file, config or {})
    try:
        judged: list[Judged] = []
        broken: list[str] = []
        for suite in suites:
            started = time.perf_counter()
            verdicts = _evaluate(datasource, suite, broken, site)
            judged.append(Judged(suite, verdicts, time.perf_counter() - started))
    finally:
        # Two engines hold the file; the next duckdb.connect fails while either lives.
        datasource.get_engine().dispose()
        datasource.get_execution_engine().engine.dispose()
    if site:
        site.finish()
    if broken:
        raise JudgeError(f"{len(broken)} 条质量规则未能执行（不等于未发现问题）：\n" + "\n".join(broken))
    return judged


def confirm(what: str, counted: int, found: int) -> None:
    """Raises JudgeError unless the index query found as many rows as were counted."""
    if found != counted:
        raise JudgeError(f"{what} 前后不一致：统计为 {counted} 行，逐行查询为 {found} 行")


def failures_of(con: duckdb.DuckDBPyConnection, verdict: Verdict) -> dict[str | None, tuple[int, tuple[str, ...]]]:
    """Runs the verdict's index query and confirms its row count; by county the number of rows and some keys, in order.

    A check on a personal column gives no keys.
    """
    parts = ", ".join(f"cast(row_of.{_quote(name)} as varchar)" for name in verdict.suite.key)
    sample = "null" if verdict.check.personal else f"min(concat_ws('|', {parts}), {SAMPLE})"
    county = f"row_of.{_quote(verdict.suite.county)}" if verdict.suite.county else "cast(null as varchar)"
    rows = con.execute(f"select {county}, count(*), {sample} from ({verdict.query}) as row_of group by 1").fetchall()
    confirm(f"质量规则 {verdict.suite.table}.{verdict.check.name}", verdict.failed, sum(row[1] for row in rows))
    return {county: (found, tuple(keys or ())) for county, found, keys in rows}


def _columns(build_file: Path) -> dict[str, list[str]]:
    with closing(duckdb.connect(str(build_file), read_only=True)) as con:
        return dict(con.execute("select table_name, list(column_name) from information_schema.columns "
                                "where table_schema = 'main' group by table_name").fetchall())


def _located(suite: Suite, columns: Iterable[str]) -> Suite:
    """The suite with the column that tells its table's counties apart, where it has one."""
    county = suite.county or next((name for name in COUNTY if name in columns), None)
    return suite if county == suite.county else suite.model_copy(update={"county": county})


def _datasource(build_file: Path, config: Mapping[str, str]) -> SQLDatasource:
    """A context that keeps nothing, reports nothing and shows no progress bars, on the build file."""
    import great_expectations as gx  # 2–6 s
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    from expectations import dialect

    dialect.register()
    context = gx.get_context(mode="ephemeral", project_config=DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    ))
    return context.data_sources.add_sql(
        name="build",
        connection_string=f"{dialect.NAME}:///build",
        create_temp_table=False,
        # the path as it is: in a connection string $, ? and # would mean something
        kwargs={"connect_args": {"database": str(build_file), "config": dict(config)}},  # type: ignore[call-arg]
    )


def _evaluate(datasource: SQLDatasource, suite: Suite, broken: list[str],
              site: Site | None = None) -> tuple[Verdict, ...]:
    """The verdicts of one suite; a line for each expectation that raised is added to `broken`."""
    from great_expectations import ExpectationSuite

    batch = datasource.add_table_asset(suite.name, table_name=suite.table) \
        .add_batch_definition_whole_table(suite.name).get_batch()
    asked = ExpectationSuite(name=suite.name, expectations=[
        _expectation(suite, check) for check in suite.checks
    ])
    answer = batch.validate(asked, result_format={
        "result_format": "BASIC", "partial_unexpected_count": 0, "return_unexpected_index_query": True,
        "unexpected_index_column_names": list(suite.found_by),
    })
    if site:
        site.add(suite, answer)
    checks = {check.name: check for check in suite.checks}
    verdicts = []
    for result in answer.results:
        check = checks.pop(result.expectation_config.meta["check"])  # type: ignore[union-attr, index]
        fault = _exception(result.exception_info)
        if fault is None:
            verdict = _verdict(suite, check, result.result)
            if verdict:
                verdicts.append(verdict)
                continue
            fault = f"没有给出结果：{result.result}"
        broken.append(f"- {suite.table}.{check.name}：{fault}")
    broken.extend(f"- {suite.table}.{name}：没有给出结果" for name in checks)
    return tuple(verdicts)


def _exception(info: Mapping[str, Any]) -> str | None:
    """The message of an expectation that raised; GX nests one entry a metric, or none at all."""
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = {str(entry["exception_message"]) for entry in entries if entry["raised_exception"]}
    return "; ".join(sorted(messages)) or None


def _verdict(suite: Suite, check: Check, result: Mapping[str, Any]) -> Verdict | None:
    """What a result says, or None when it says too little."""
    if "observed_value" in result:   # rows: the count of its own query
        query = _rows_query(suite, check, _quote(suite.table))
        return Verdict(suite, check, None, int(result["observed_value"]), query)
    failed = result.get("unexpected_count")
    index_query = result.get("unexpected_index_query")
    evaluated = int(result["element_count"])
    if evaluated == 0:
        failed = failed or 0   # GX sums over no rows, which is null
    if failed is None or index_query is None:
        return None
    if check.kind != "not_null":
        evaluated -= int(result["missing_count"])
    return Verdict(suite, check, evaluated, int(failed), index_query.rstrip("; \n"))


def _expectation(suite: Suite, check: Check) -> Expectation:
    """The Great Expectations form of a check."""
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {"meta": {"check": check.name}}
    column: dict[str, Any] = {"column": check.columns[0]}
    match check.kind:
        case "unique" if len(check.columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique(**column, **common)
        case "not_null":
            return gxe.ExpectColumnValuesToNotBeNull(**column, **common)
        case "in_set":
            return gxe.ExpectColumnValuesToBeInSet(**column, value_set=list(check.values), **common)
        case "not_in_set":
            return gxe.ExpectColumnValuesToNotBeInSet(**column, value_set=list(check.values), **common)
        case "between":
            return gxe.ExpectColumnValuesToBeBetween(
                **column, min_value=_bound(check.minimum), max_value=_bound(check.maximum),
                strict_min=check.strict, strict_max=check.strict, **common)
        case "ordered":
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=check.columns[1], column_B=check.columns[0], or_equal=True,
                ignore_row_if="either_value_is_missing", **common)
    # rows, and uniqueness of several columns (GX's own index query for those cannot run)
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=_rows_query(suite, check, "{batch}"), **common)


def _rows_query(suite: Suite, check: Check, table: str) -> str:
    """The rows that a `rows` check, or a uniqueness of several columns, does not expect."""
    selected = ", ".join(_quote(name) for name in dict.fromkeys((*suite.found_by, *check.columns)))
    if check.kind == "unique":
        columns = ", ".join(_quote(name) for name in check.columns)
        known = " and ".join(f"{_quote(name)} is not null" for name in check.columns)
        condition = f"{known} qualify count(*) over (partition by {columns}) > 1"
    else:
        condition = check.unexpected
    return f"select {selected} from (select * from {table}) as checked where {condition}"


def _bound(value: Decimal | None) -> float | None:
    """GX holds a bound as a float and writes it with `repr`, which DuckDB reads as a decimal: refused
    where the two differ."""
    if value is None:
        return None
    if Decimal(repr(float(value))) != value:
        raise JudgeError(f"阈值 {value} 的位数超出质量规则引擎能精确表示的范围")
    return float(value)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
