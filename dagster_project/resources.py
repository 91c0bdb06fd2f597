"""What a run is given: its home, its month, its scopes; and the lock that keeps it alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field, PrivateAttr

from dagster_project.books.closing import Closing, refuse_closed
from dagster_project.lake import prepare
from dagster_project.months import WrongUse, parse_day, parse_month
from dagster_project.publish import finish_publishing, start_staging
from dagster_project.run_lock import run_lock
from dagster_project.settings import Settings


class Run(ConfigurableResource):
    """One run. `month` empty: the newest month with a dated delivery not after `today`."""

    month: str = ""
    today: str = ""
    scopes: list[str] = Field(default=[], description="region codes to render; none: every prefecture delivered")
    wait_seconds: float = 0
    closing: str = Field(default="", description="books.Closing as JSON: the run issues an edition of the month")

    _settings: Settings = PrivateAttr(default_factory=Settings)
    _started: float = PrivateAttr(default_factory=time.monotonic)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Run]:
        with run_lock(self._settings, self.wait_seconds):
            prepare(self._settings)
            finish_publishing(self._settings)
            asked = self.asked_month()
            if asked and not self.closing:
                refuse_closed(self._settings, asked)
            start_staging(self._settings)
            yield self

    @property
    def settings(self) -> Settings:
        return self._settings

    def asked_month(self) -> date | None:
        return parse_month(self.month) if self.month else None

    def issues(self) -> Closing | None:
        """The edition that this run issues; None: the month stays open."""
        return Closing.model_validate_json(self.closing) if self.closing else None

    def forms_folder(self, zone: Path) -> Path:
        """Where a run puts restricted forms: an edition's are staged, so that they are issued together."""
        return self._settings.staged / zone.name if self.closing else zone

    def caller_date(self) -> date:
        if not self.today:
            raise WrongUse("未给出月份，也未给出运行当日的日期（today）；请指定 month。")
        return parse_day(self.today)

    def say(self, line: str) -> None:
        """Progress for a person; standard error, so that --json keeps standard output to itself."""
        sys.stderr.write(f"[{time.monotonic() - self._started:6.1f} 秒] {line}\n")
        sys.stderr.flush()
