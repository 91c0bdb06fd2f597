"""The whole graph on one page: inbox → typed lake → measures → flags → conclusions → workbooks and warehouse."""

from __future__ import annotations

from dagster import Definitions, in_process_executor, map_asset_specs

from dagster_project.assets.ingest import previous_months, receive_inbox, run_context
from dagster_project.assets.judge import audit, judge, screen
from dagster_project.assets.publish import publish_warehouse
from dagster_project.assets.render import render_forms, render_personal_forms, render_returned_rows
from dagster_project.assets.transform import as_of, conclude, measure
from dagster_project.automation import inbox, monthly_draft, nightly, run_job
from dagster_project.failures import tell_failure
from dagster_project.resources import Run

OWNERS = ["team:supervision"]

defs = Definitions(
    assets=map_asset_specs(lambda spec: spec.replace_attributes(owners=OWNERS), [
            receive_inbox, run_context, previous_months, as_of, screen, measure, judge, conclude, audit, render_forms,
            render_returned_rows, render_personal_forms, publish_warehouse]),
    jobs=[run_job],
    schedules=[nightly, monthly_draft],
    sensors=[inbox, tell_failure],
    resources={"run": Run()},
    executor=in_process_executor,  # DuckDB has one writer
)
