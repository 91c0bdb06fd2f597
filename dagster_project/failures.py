"""Runs that went wrong: what is worth another try, and where the reason of the last failure is kept for `status`."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from typing import TypeVar

from dagster import (
    AssetExecutionContext,
    DefaultSensorStatus,
    RetryRequested,
    RunFailureSensorContext,
    run_failure_sensor,
)
from dagster._utils.error import SerializableErrorInfo

from dagster_project.receive.masking import masked_text
from dagster_project.settings import Settings

T = TypeVar("T")
LOG = "failure.log"
# What passes by itself: a share that is away for a moment, a file that another program holds. A full disk does not.
PASSING = frozenset((errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENETDOWN,
                     errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH))
RETRIES = 3
FIRST_WAIT_SECONDS = 5      # doubled each time


def retried(context: AssetExecutionContext, step: Callable[[], T]) -> T:
    """What the step returns. Asks Dagster for another try, later each time, when what stopped it may pass by itself;
    raises what the step raised otherwise, and after the last try."""
    try:
        return step()
    except OSError as error:
        if error.errno not in PASSING or context.retry_number >= RETRIES:
            raise
        raise RetryRequested(max_retries=RETRIES,
                             seconds_to_wait=FIRST_WAIT_SECONDS * 2 ** context.retry_number) from error


def repeated(step: Callable[[], T]) -> T:
    """What the step returns, tried again within the Dagster step: for what is safe to repeat where the whole step is not.
    The same errors, tries and waits as `retried`."""
    for turn in range(RETRIES):
        try:
            return step()
        except OSError as error:
            if error.errno not in PASSING:
                raise
            time.sleep(FIRST_WAIT_SECONDS * 2 ** turn)
    return step()


@run_failure_sensor(default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=30)
def tell_failure(context: RunFailureSensorContext) -> None:
    """Writes the reason of a failed run, from whichever door it came, where `coopledger status` shows it."""
    errors = [event.step_failure_data.error for event in context.get_step_failure_events()]
    if not errors and (failed := context.failure_event.job_failure_data):
        errors = [failed.first_step_failure_event.step_failure_data.error if failed.first_step_failure_event else failed.error]
    reason = next((root_message(error) for error in errors if error), context.failure_event.message or "")
    keep_failure(Settings(), reason, context.instance.get_run_stats(context.dagster_run.run_id).end_time)


def root_message(error: SerializableErrorInfo) -> str:
    """What was raised first, on one line."""
    while error.cause:
        error = error.cause
    return " ".join(error.message.split())


def keep_failure(settings: Settings, reason: str, at: float | None) -> None:
    """Keeps the reason, masked, under the time of the failure, unless a later failure is kept already."""
    path = settings.logs / LOG
    if at is not None and path.exists() and path.stat().st_mtime >= at - 1:
        return
    settings.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(masked_text(reason) + "\n", encoding="utf-8")
    if at is not None:
        os.utime(path, (at, at))
