"""The job, when it runs by itself, and what wakes it."""

from __future__ import annotations

import hashlib

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunConfig,
    RunRequest,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    schedule,
    sensor,
)

from dagster_project.clock import ZONE, today
from dagster_project.desk.due import draft_day
from dagster_project.months import previous_month
from dagster_project.previous_edition import editions
from dagster_project.resources import Run
from dagster_project.settings import Settings

run_job = define_asset_job(
    "run", selection=AssetSelection.all(), executor_def=in_process_executor,
    description="Receive, measure, judge, render, publish: the main job.",
)


def run_config(month: str, today: str, scopes: list[str], wait_seconds: float = 0, closing: str = "") -> RunConfig:
    """The configuration of one run; the same from the command line, the schedule and the UI."""
    return RunConfig(resources={"run": Run(month=month, today=today, scopes=scopes, wait_seconds=wait_seconds,
                                           closing=closing)})


@schedule(job=run_job, cron_schedule="30 2 * * *", execution_timezone=ZONE, default_status=DefaultScheduleStatus.RUNNING)
def nightly(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    """02:30 each night, for the current month."""
    day = context.scheduled_execution_time.date()
    if day.replace(day=1) in editions(Settings()):
        return SkipReason(f"{day:%Y-%m} 已关账，不再运行；更正请用 coopledger restate。")
    return RunRequest(run_key=day.isoformat(),
                      run_config=run_config(f"{day:%Y-%m}", day.isoformat(), Settings().scopes, wait_seconds=3600))


@schedule(job=run_job, cron_schedule="30 5 * * *", execution_timezone=ZONE, default_status=DefaultScheduleStatus.RUNNING)
def monthly_draft(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    """05:30 on the due day (policy row): the month before, which a person then looks at and closes (spec 5.2)."""
    day, settings = context.scheduled_execution_time.date(), Settings()
    due, month = draft_day(day.replace(day=1)), previous_month(day.replace(day=1))
    if day != due:
        return SkipReason(f"本月的初稿日是 {due}。")
    if month in editions(settings):
        return SkipReason(f"{month:%Y-%m} 已关账，不再出初稿。")
    return RunRequest(run_key=f"draft-{month:%Y-%m}",
                      run_config=run_config(f"{month:%Y-%m}", day.isoformat(), settings.scopes, wait_seconds=3600))


def inbox_state(settings: Settings) -> str:
    """A digest of the paths, sizes and modification times of the inbox; empty when nothing is there."""
    digest, files = hashlib.sha256(), 0
    for path in sorted(settings.inbox.rglob("*")) if settings.inbox.exists() else ():
        if path.is_file() and not path.is_symlink():
            seen = path.stat()
            digest.update(f"{path}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
            files += 1
    return digest.hexdigest() if files else ""


def inbox_contents(settings: Settings) -> str:
    """A digest of the paths and the bytes of the inbox; what cannot be read at this moment counts by its path."""
    digest = hashlib.sha256()
    for path in sorted(settings.inbox.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest.update(f"{path.relative_to(settings.inbox).as_posix()}\0".encode())
            try:
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            except OSError:
                continue
    return digest.hexdigest()


@sensor(job=run_job, minimum_interval_seconds=60, default_status=DefaultSensorStatus.RUNNING)
def inbox(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """Wakes a run when the inbox holds bytes that were not there at the last look. The cursor is `stats:contents`: the
    bytes are read only when a path, size or time is another one."""
    settings = Settings()
    state = inbox_state(settings)
    seen, _, held = (context.cursor or "").partition(":")
    if not state or state == seen:
        return SkipReason("收件箱没有变化。")
    contents = inbox_contents(settings)
    context.update_cursor(f"{state}:{contents}")
    if contents == held:
        return SkipReason("收件箱的文件时间变了，内容没有变化。")
    return RunRequest(run_key=contents, run_config=run_config("", today().isoformat(), settings.scopes, wait_seconds=3600))
