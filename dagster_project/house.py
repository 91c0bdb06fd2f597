"""Starting the main job from a command: the same Dagster run as the schedule's and the UI's."""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path

from dagster_project.books.closing import refuse_closed
from dagster_project.months import parse_month
from dagster_project.run_lock import run_lock
from dagster_project.settings import Settings

# Objects made between two walks of the collector: Python's 700 cost a tenth of a run, most of it while importing.
COLLECT_EVERY = (100_000, 50, 100)

DAGSTER_YAML = """\
telemetry:
  enabled: false
nux:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: dagster_project.event_log
  class: KeptEventLog
  config:
    base_dir: {history}
"""


def quiet_libraries() -> None:
    """Telemetry of every library off before any of them is imported; nothing of a run opens a connection.

    What the libraries write from here on is private to its owner (spec 5.4).
    """
    os.umask(0o077)
    os.environ.update({
        "DAGSTER_DISABLE_TELEMETRY": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    })


def dagster_home(settings: Settings) -> Path:
    """Makes Dagster's persistent home and points the process at it."""
    home = (settings.home / "dagster").resolve()
    history = home / "history" / "runs"
    history.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    wanted, path = DAGSTER_YAML.format(history=json.dumps(str(history), ensure_ascii=False)), home / "dagster.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") != wanted:
        part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        part.write_text(wanted, encoding="utf-8")
        part.replace(path)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def run_once(settings: Settings, *, month: str, today: str, scopes: list[str], closing: str = "") -> dict[str, dict]:
    """Runs the main job to its end; the metadata of each asset by name. `closing`: books.Closing as JSON.

    Raises what the step raised: WrongUse, AnotherRun, dagster.Failure, or the library's own error.
    """
    with run_lock(settings):        # said at once, before the libraries are loaded; the run takes it again
        if month and not closing:
            refuse_closed(settings, parse_month(month))
    gc.set_threshold(*COLLECT_EVERY)
    quiet_libraries()
    os.environ["COOPLEDGER_HOME"] = str(settings.home.resolve())
    dagster_home(settings)
    from dagster import DagsterInstance, DagsterUserCodeExecutionError

    from dagster_project.automation import run_config
    from dagster_project.definitions import defs

    job = defs.resolve_job_def("run")
    config = run_config(month, today, scopes, closing=closing).to_config_dict()
    config["loggers"] = {"console": {"config": {"log_level": "CRITICAL"}}}
    with DagsterInstance.get() as instance:
        try:
            result = job.execute_in_process(run_config=config, instance=instance, raise_on_error=True)
        except DagsterUserCodeExecutionError as error:      # the run's resource could not be made: the lock, the month
            raise error.user_exception from error
    metadata: dict[str, dict] = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        metadata["/".join(materialization.asset_key.path)] = {
            name: value.value for name, value in materialization.metadata.items()
        }
    return metadata
