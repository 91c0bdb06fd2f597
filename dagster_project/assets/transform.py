"""dbt's two passes as assets: everything up to the indicators, then what reads the judge's flags."""

import json
from collections.abc import Iterator

from dagster import AssetExecutionContext
from dagster_dbt import dbt_assets

from dagster_project.publish import drop_build
from dagster_project.resources import Run
from dagster_project.settings import Settings
from dagster_project.warehouse_build import AFTER_JUDGEMENT, build, manifest_path

MANIFEST = json.loads(manifest_path(Settings()).read_text(encoding="utf-8"))


@dbt_assets(manifest=MANIFEST, exclude=AFTER_JUDGEMENT, name="measure")
def measure(context: AssetExecutionContext, run: Run) -> Iterator:
    """Seeds, as-of rows, entities, measures, shell indicators; into a fresh build file."""
    drop_build(run.settings)
    yield from build(context, run.settings, MANIFEST, exclude=AFTER_JUDGEMENT)


@dbt_assets(manifest=MANIFEST, select=AFTER_JUDGEMENT, name="conclude")
def conclude(context: AssetExecutionContext, run: Run) -> Iterator:
    """What reads the flags: shell status and everything that follows from it."""
    yield from build(context, run.settings, MANIFEST, select=AFTER_JUDGEMENT)
