"""The only place that reads the clock: what day it is for the caller. No rule, measure or form asks it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"


def today() -> date:
    """The caller's own date, in the office's zone."""
    return datetime.now(ZoneInfo(ZONE)).date()


def timestamp() -> str:
    """When something was received; kept in the register, printed nowhere."""
    return datetime.now(ZoneInfo(ZONE)).isoformat(timespec="seconds")
