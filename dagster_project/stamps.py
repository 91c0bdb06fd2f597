"""What every asset carries beside its own metadata (spec 5.2): the day that its figures are of, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from dagster import MaterializeResult

from dagster_project.months import current_month, month_end
from dagster_project.settings import Settings


def stamped(settled: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Iterator[Any]]]:
    """For the function of an asset: adds `snapshot_date`, and `seconds` of the step so far where the asset has none of
    its own. `settled` False: the run's month is not known yet."""
    def decorate(step: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
        @wraps(step)
        def told(*args: Any, **kwargs: Any) -> Iterator[Any]:
            started, made = time.monotonic(), step(*args, **kwargs)
            for event in [made] if isinstance(made, MaterializeResult) else made:
                yield _with_stamps(event, kwargs["run"].settings, started, settled)
        told.__annotations__.pop("return", None)    # a generator now
        return told
    return decorate


def _with_stamps(event: Any, settings: Settings, started: float, settled: bool) -> Any:
    if not isinstance(event, MaterializeResult):
        return event
    stamps: dict[str, Any] = {"seconds": round(time.monotonic() - started, 3)}
    if settled:
        stamps["snapshot_date"] = month_end(current_month(settings)).isoformat()
    return MaterializeResult(asset_key=event.asset_key, metadata={**stamps, **(event.metadata or {})},
                             check_results=event.check_results, data_version=event.data_version, tags=event.tags)
