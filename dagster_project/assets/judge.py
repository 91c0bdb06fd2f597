"""Screening, judge and audit: Great Expectations over the build file, and its findings as asset checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    multi_asset,
)

from dagster_project.assets.transform import MANIFEST, as_of, conclude, measure
from dagster_project.months import current_month
from dagster_project.publish import labels
from dagster_project.resources import Run
from dagster_project.stamps import stamped
from dagster_project.warehouse_build import rebuild
from expectations import Finding, Site, Stage, Words, judged_tables, run_audit, run_judge, run_screen

FLAGS = AssetKey(["judged", "shell_fired"])
RESULTS = AssetKey(["judged", "expectation_result"])
COUNTIES = AssetKey(["judged", "expectation_county"])
SCREENED, AUDITED = AssetKey(["judged", "screened"]), AssetKey(["judged", "audited"])
_TABLES = {key.path[-1]: key for assets in (as_of, measure, conclude) for key in assets.keys}
_BEFORE = {key.path[-1]: key for assets in (as_of, measure) for key in assets.keys}


def _checks(stage: Stage, result: AssetKey) -> list[AssetCheckSpec]:
    """One a table of the stage; what the table's errors stop waits for it."""
    return [AssetCheckSpec(_name(table), asset=result, additional_deps=[_TABLES[table]], blocking=True)
            for table in judged_tables(stage) if table in _TABLES]


def _name(table: str) -> str:
    return f"gx_{table}"


def _outcomes(stage: Stage, result: AssetKey, found: Iterable[Finding]) -> Iterator[AssetCheckResult]:
    """A table passes, is reported (a warning, a county held back), or stops what depends on it."""
    by_table: dict[str, list[Finding]] = {}
    for finding in found:
        by_table.setdefault(finding.table_name, []).append(finding)
    for table in judged_tables(stage):
        if table in _TABLES:
            mine = by_table.get(table, [])
            stops = any(finding.blocking and not finding.success for finding in mine)
            yield AssetCheckResult(
                asset_key=result, check_name=_name(table), passed=all(finding.success for finding in mine),
                severity=AssetCheckSeverity.ERROR if stops else AssetCheckSeverity.WARN,
                metadata={finding.expectation_id: finding.metadata() for finding in mine},
            )


def _stop(found: Iterable[Finding], words: Words) -> None:
    blocking = [finding.sentence(words) for finding in found if finding.blocking and not finding.success]
    if blocking:
        raise Failure("质量检查未通过，停止后续步骤：" + "；".join(blocking))


def _site(run: Run, words: Words) -> Site | None:
    """Where Great Expectations' own pages go, for those who want them (setting data_docs)."""
    if not run.settings.data_docs:
        return None
    return Site(run.settings.restricted_exports / f"{current_month(run.settings):%Y-%m}" / "quality_docs", words)


def _config(run: Run) -> dict[str, str]:
    return {"memory_limit": run.settings.memory_limit}


@multi_asset(
    specs=[AssetSpec(SCREENED, group_name="judged", kinds={"greatexpectations", "parquet"}, deps=list(as_of.keys),
                     description="Every expectation of the source rows; deliveries that broke one are held back.")],
    check_specs=_checks("screen", SCREENED),
    name="screen",
)
@stamped()
def screen(run: Run) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Runs the suites of the source tables. A county whose rows break an error keeps its older rows; others go on."""
    words = Words(*labels(MANIFEST))
    site = _site(run, words)
    if site:
        site.start()
    outcome = run_screen(run.settings.build_file, run.settings.lake, lambda: rebuild(run.settings), _config(run), words,
                         site=site)
    run.say(outcome.summary())
    yield MaterializeResult(asset_key=SCREENED, metadata={
        "dagster/row_count": len(outcome.results), "held_back": len(outcome.blocked), "rounds": outcome.rounds,
        "seconds": round(outcome.seconds, 3), "failed": [finding.sentence(words) for finding in outcome.failed]})
    yield from _outcomes("screen", SCREENED, outcome.results)
    _stop(outcome.results, words)


@multi_asset(
    specs=[
        AssetSpec(FLAGS, group_name="judged", kinds={"greatexpectations", "parquet"},
                  deps=[AssetKey("shell_indicator"), AssetKey("shell_rule")],
                  description="Cooperatives that a shell rule did not expect, all of them, with the value seen."),
        AssetSpec(COUNTIES, group_name="judged", kinds={"greatexpectations", "parquet"}, deps=[SCREENED],
                  description="The same outcomes county by county."),
        AssetSpec(RESULTS, group_name="judged", kinds={"greatexpectations", "parquet"},
                  deps=[SCREENED, *(_BEFORE[table] for table in judged_tables("judge") if table in _BEFORE)],
                  description="Every expectation's outcome with its counts."),
    ],
    check_specs=_checks("judge", RESULTS),
    name="judge",
)
@stamped()
def judge(run: Run) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Runs every suite. An expectation that raised ends the run; a failed one of severity error stops what follows."""
    words = Words(*labels(MANIFEST))
    outcome = run_judge(run.settings.build_file, run.settings.lake, _config(run), words=words,
                        site=_site(run, words))
    run.say(outcome.summary())
    yield MaterializeResult(asset_key=FLAGS, metadata={"dagster/row_count": outcome.fired})
    failed = [finding.sentence(words) for finding in outcome.failed]
    yield MaterializeResult(asset_key=COUNTIES, metadata={
        "dagster/row_count": sum(len(finding.counties) for finding in outcome.results)})
    yield MaterializeResult(asset_key=RESULTS, metadata={"dagster/row_count": len(outcome.results), "failed": failed})
    yield from _outcomes("judge", RESULTS, outcome.results)
    _stop(outcome.results, words)


@multi_asset(
    specs=[AssetSpec(AUDITED, group_name="judged", kinds={"greatexpectations"}, deps=list(conclude.keys),
                     description="Every expectation of the tables that follow from the flags.")],
    check_specs=_checks("audit", AUDITED),
    name="audit",
)
@stamped()
def audit(run: Run) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Runs the suites of what was concluded, before anything is rendered or published."""
    words = Words(*labels(MANIFEST))
    found = run_audit(run.settings.build_file, _config(run), _site(run, words))
    failed = [finding.sentence(words) for finding in found if not finding.success]
    run.say(f"定论质量规则 {len(found)} 条，未通过 {len(failed)} 条")
    yield MaterializeResult(asset_key=AUDITED, metadata={"dagster/row_count": len(found), "failed": failed})
    yield from _outcomes("audit", AUDITED, found)
    _stop(found, words)
