"""The judge: Great Expectations over the build file; its unexpected rows are the flags."""

from __future__ import annotations

from collections.abc import Iterator

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

from dagster_project.assets.transform import MANIFEST, measure
from dagster_project.publish import labels
from dagster_project.resources import Run
from expectations import Words, judged_tables, run_judge

FLAGS = AssetKey(["judged", "shell_fired"])
RESULTS = AssetKey(["judged", "expectation_result"])
_MEASURED = {key.path[-1]: key for key in measure.keys}
_CHECKED = {table: _MEASURED[table] for table in judged_tables() if table in _MEASURED}


def _check_name(table: str) -> str:
    return f"gx_{table}"


@multi_asset(
    specs=[
        AssetSpec(FLAGS, group_name="judged", kinds={"greatexpectations", "parquet"},
                  deps=[AssetKey("shell_indicator"), AssetKey("shell_rule")],
                  description="Cooperatives that a shell rule did not expect, all of them, with the value seen."),
        AssetSpec(RESULTS, group_name="judged", kinds={"greatexpectations", "parquet"},
                  deps=list(_CHECKED.values()), description="Every expectation's outcome with its counts."),
    ],
    check_specs=[AssetCheckSpec(_check_name(table), asset=RESULTS, additional_deps=[key], blocking=True)
                 for table, key in _CHECKED.items()],
    name="judge",
)
def judge(run: Run) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Runs every suite. An expectation that raised ends the run; a failed one of severity error stops what follows."""
    config = {"memory_limit": run.settings.memory_limit}
    outcome = run_judge(run.settings.build_file, run.settings.lake, config)
    run.say(outcome.summary())
    yield MaterializeResult(asset_key=FLAGS, metadata={"dagster/row_count": outcome.fired})
    words = Words(*labels(MANIFEST))
    failed = [finding.sentence(words) for finding in outcome.failed]
    yield MaterializeResult(asset_key=RESULTS, metadata={"dagster/row_count": len(outcome.results), "failed": failed})
    for table in _CHECKED:
        results = [r for r in outcome.results if r.table_name == table]
        errors = [r for r in results if not r.success and r.severity == "error"]
        yield AssetCheckResult(
            asset_key=RESULTS, check_name=_check_name(table), passed=all(r.success for r in results),
            severity=AssetCheckSeverity.ERROR if errors else AssetCheckSeverity.WARN,
            metadata={r.expectation_id: r.metadata() for r in results},
        )
    if outcome.blocking:
        raise Failure("质量检查未通过，停止后续步骤：" + "；".join(f.sentence(words) for f in outcome.blocking))
