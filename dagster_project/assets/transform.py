"""dbt's three passes as assets: the rows that count, what is measured of them, what follows from the judge's flags."""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import AssetCheckResult, AssetExecutionContext, MaterializeResult
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from dagster_project.publish import drop_build
from dagster_project.resources import Run
from dagster_project.settings import Settings
from dagster_project.stamps import stamped
from dagster_project.warehouse_build import AFTER_JUDGEMENT, AS_OF, build, load_manifest
from expectations import clear_blocked

Event = MaterializeResult | AssetCheckResult
MANIFEST = load_manifest(Settings())


class Groups(DagsterDbtTranslator):
    """A model's group is the folder that it lies in, a seed's is policy."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        folders = dbt_resource_props["fqn"][1:-1]
        return folders[-1] if folders and dbt_resource_props["resource_type"] == "model" else "policy"


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Groups(), select=AS_OF, name="as_of")
@stamped()
def as_of(context: AssetExecutionContext, run: Run) -> Iterator[Event]:
    """Divisions, policies, deliveries and the rows that count; into a fresh build file, with nothing held back yet."""
    drop_build(run.settings)
    clear_blocked(run.settings.lake)
    yield from _told(run, "取数", build(context, run.settings, MANIFEST, select=AS_OF, whole=True))


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Groups(), exclude=f"{AS_OF} {AFTER_JUDGEMENT}", name="measure")
@stamped()
def measure(context: AssetExecutionContext, run: Run) -> Iterator[Event]:
    """Entities, measures, shell indicators, from the rows that the screening let pass."""
    yield from _told(run, "计算", build(context, run.settings, MANIFEST, exclude=f"{AS_OF} {AFTER_JUDGEMENT}+", whole=True))


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Groups(), select=AFTER_JUDGEMENT, name="conclude")
@stamped()
def conclude(context: AssetExecutionContext, run: Run) -> Iterator[Event]:
    """What reads the flags: shell status and everything that follows from it."""
    yield from _told(run, "定论", build(context, run.settings, MANIFEST, select=AFTER_JUDGEMENT))


def _told(run: Run, step: str, events: Iterator[Event]) -> Iterator[Event]:
    """The events, and a line of progress with their counts."""
    tables, checks, failed = 0, 0, 0
    for event in events:
        if isinstance(event, AssetCheckResult):
            checks, failed = checks + 1, failed + (not event.passed)
        else:
            tables += 1
        yield event
    run.say(f"{step}：{tables} 张表，检验 {checks} 项，未通过 {failed} 项")
