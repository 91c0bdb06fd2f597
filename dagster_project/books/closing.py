"""What a run is told when it closes a month or restates one (spec 5.3): the number of the edition, who, when, why."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from dagster_project.months import WrongUse, month_end
from dagster_project.previous_edition import Edition, editions
from dagster_project.settings import Settings
from dagster_project.version import VERSION


class Status(StrEnum):
    """The state of a month's books."""

    open = "open"
    closed = "closed"
    restated = "restated"


class Closing(BaseModel):
    """An edition about to be issued. `closed_on` is the caller's own date; no rule asks the clock. `software_version`:
    the one to print, so that a rebuild by a later one is the same where nothing but the number changed."""

    model_config = ConfigDict(frozen=True)

    edition: int
    closed_by: str
    closed_on: date
    reason: str = ""
    software_version: str = VERSION

    @property
    def status(self) -> Status:
        return Status.closed if self.edition == 1 else Status.restated

    @property
    def row(self) -> tuple[str, int, str, date]:
        """Its columns in run_context: status, edition, closed_by, closed_on."""
        return self.status.value, self.edition, self.closed_by, self.closed_on


def refuse_closed(settings: Settings, month: date, received: str = "") -> None:
    """Raises WrongUse for a month that has an edition: it is never silently rewritten. `received`: what was done
    nevertheless, a sentence."""
    edition = editions(settings).get(month)
    if edition:
        raise WrongUse(f"{month:%Y-%m} 已关账（第 {edition.number} 版），不能再次运行；已发布的内容没有改动。{received}"
                       f"有迟到或更正的数据时，请用 coopledger restate {month:%Y-%m} --by 姓名 --reason 原因 出更正版。")


def first_closing(settings: Settings, month: date, by: str, day: date) -> Closing:
    """The first edition of a month. Raises WrongUse: no name, month not over, closed already, never run."""
    _check(by, day)
    if month_end(month) >= day:
        raise WrongUse(f"{month:%Y-%m} 还没有过完（今天是 {day}），请到次月再关账。")
    edition = editions(settings).get(month)
    if edition:
        raise WrongUse(f"{month:%Y-%m} 已经关账（第 {edition.number} 版），不能重复关账；更正请用 coopledger restate。")
    if not draft_exists(settings, month):
        raise WrongUse(f"{month:%Y-%m} 还没有运行过，没有可以关账的内容；请先运行 coopledger run --month {month:%Y-%m}。")
    return Closing(edition=1, closed_by=by.strip(), closed_on=day)


def restatement(settings: Settings, month: date, by: str, reason: str, day: date) -> Closing:
    """The next edition of a closed month. Raises WrongUse: no name, no reason, month never closed."""
    _check(by, day)
    if not reason.strip():
        raise WrongUse("请用 --reason 写明更正的原因。")
    return Closing(edition=issued(settings, month).number + 1, closed_by=by.strip(), closed_on=day, reason=reason.strip())


def issued(settings: Settings, month: date, number: int | None = None) -> Edition:
    """An edition of a month, the newest unless a number is given. Raises WrongUse when there is none."""
    edition = editions(settings).get(month)
    if edition is None:
        raise WrongUse(f"{month:%Y-%m} 没有关过账；请先用 coopledger close {month:%Y-%m} --by 姓名 关账。")
    if number is None or number == edition.number:
        return edition
    if not 1 <= number < edition.number:
        raise WrongUse(f"{month:%Y-%m} 只有第 1 至 {edition.number} 版，没有第 {number} 版。")
    return Edition(month, number, edition.folder.with_name(str(number)))


def draft_exists(settings: Settings, month: date) -> bool:
    """Whether a run of the month was published."""
    return published_books(settings, month).exists()


def published_books(settings: Settings, month: date):
    """The published one-row table of the month's books."""
    return settings.lake / "marts" / "report_month" / f"report_month={month.isoformat()}" / "part.parquet"


def _check(by: str, day: date) -> None:
    if not by.strip():
        raise WrongUse("请用 --by 写明关账人姓名。")
