"""Starting the main job from a command: the same Dagster run as the schedule's and the UI's."""

from __future__ import annotations

import os
from pathlib import Path

from dagster_project.settings import Settings

DAGSTER_YAML = """\
telemetry:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
concurrency:
  runs:
    max_concurrent_runs: 1
"""


def quiet_libraries() -> None:
    """Telemetry of every library off before any of them is imported; nothing of a run opens a connection."""
    os.environ.update({
        "DAGSTER_DISABLE_TELEMETRY": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    })


def dagster_home(settings: Settings) -> Path:
    """Makes Dagster's persistent home and points the process at it."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home.resolve())
    return home


def run_once(settings: Settings, *, month: str, today: str, scopes: list[str]) -> dict[str, dict]:
    """Runs the main job to its end; the metadata of each asset by name.

    Raises what the step raised: WrongUse, AnotherRun, dagster.Failure, or the library's own error.
    """
    quiet_libraries()
    os.environ["COOPLEDGER_HOME"] = str(settings.home.resolve())
    dagster_home(settings)
    from dagster import DagsterInstance

    from dagster_project.automation import run_config
    from dagster_project.definitions import defs

    job = defs.resolve_job_def("run")
    config = run_config(month, today, scopes).to_config_dict()
    config["loggers"] = {"console": {"config": {"log_level": "CRITICAL"}}}
    with DagsterInstance.get() as instance:
        result = job.execute_in_process(run_config=config, instance=instance, raise_on_error=True)
    metadata: dict[str, dict] = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        metadata["/".join(materialization.asset_key.path)] = {
            name: value.value for name, value in materialization.metadata.items()
        }
    return metadata
