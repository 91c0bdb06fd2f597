"""Dates, months and years (spec 1.2): every way the exports write them, with bounds."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from dagster_project.receive.contracts import Column, Type
from dagster_project.receive.reading import Parsed, Reading

EPOCH, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)  # of Excel serials, by the workbook's flag
REPUBLIC = date(1949, 10, 1)
OLDEST_BIRTH = date(1900, 1, 1)
CHINA = timezone(timedelta(hours=8))

_DAY = re.compile(r"(\d{4})([-/.]|年)(\d{1,2})([-/.]|月)(\d{1,2})[日号]?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_MONTH = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})月?(?:份)?")
_COMPACT_MONTH = re.compile(r"(\d{4})(\d{2})")
_TIME = re.compile(r"[ T]?\d{1,2}(?::\d{1,2}){1,2}(?:\.\d+)?|(?<=\d{8})\d{6}")
_ZONED = re.compile(r".+T.+(?:Z|[+-]\d{2}:?\d{2})")
_YEAR = re.compile(r"(\d{4}) ?年?(?:度|份)?")
_SAME = {"-": "-", "/": "/", ".": ".", "年": "月"}


def _made(year: str, month: str, day: str = "1") -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def parse_day(text: str, epoch: date = EPOCH) -> date | None:
    """A day, or None. A month alone, a year alone and two-digit years are no days; serials count from `epoch`."""
    if _ZONED.fullmatch(text):
        try:
            return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(CHINA).date()
        except ValueError:
            return None
    if found := _DAY.match(text) or _COMPACT.match(text):
        rest = text[found.end() :]
        if len(found.groups()) == 5:
            year, first, month, second, day = found.groups()
            if _SAME[first] != second:
                return None
        else:
            year, month, day = found.groups()
        time = _TIME.fullmatch(text, found.end()) if rest else True
        return _made(year, month, day) if time else None
    if found := _SERIAL.fullmatch(text):
        return epoch + timedelta(days=int(found[1]))
    return None


def parse_month(text: str, epoch: date = EPOCH) -> date | None:
    """The first day of the month that a month or a day lies in, or None."""
    if found := _MONTH.fullmatch(text) or _COMPACT_MONTH.fullmatch(text):
        return _made(found[1], found[2])
    day = parse_day(text, epoch)
    return day and day.replace(day=1)


def _latest(snapshot: date, future: bool) -> date:
    """The last day that a value may bear: the snapshot, or ten years on (spec 1.2)."""
    if not future:
        return snapshot
    try:
        return snapshot.replace(year=snapshot.year + 10)
    except ValueError:  # 29 February
        return snapshot.replace(year=snapshot.year + 10, day=28)


def date_reading(column: Column, snapshot: date, numeric: bool, date_1904: bool) -> Reading:
    """Days and months. `numeric`: the column holds number cells, where 2024.1 may be January or October.

    `date_1904`: bare serials count from 1904; cells shown as dates came as dates.
    """
    month = column.type is Type.month
    lower = OLDEST_BIRTH if "出生" in column.header else REPUBLIC
    upper = _latest(snapshot, column.future)
    epoch = EPOCH_1904 if date_1904 else EPOCH

    def parse(text: str) -> Parsed:
        if month and numeric and re.fullmatch(r"\d{4}\.1", text):
            return Parsed(None, "MONTH_AMBIGUOUS")
        value = parse_month(text, epoch) if month else parse_day(text, epoch)
        if value is None or value < (lower.replace(day=1) if month else lower):
            return Parsed(None, "BAD_DATE")
        return Parsed(None, "DATE_FUTURE") if value > upper else Parsed(value.isoformat())

    if month:
        return Reading(parse)
    plain = (
        "regexp_full_match({x}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}( 00:00:00)?') and "
        f"try_cast(left({{x}}, 10) as date) between date '{lower}' and date '{upper}'"
    )
    return Reading(parse, plain, value="left({x}, 10)")


def year_reading() -> Reading:
    """Years from 1949 to 2099, also `2024年度`, and the year of a full date."""

    def parse(text: str) -> Parsed:
        found = _YEAR.fullmatch(text)
        if found:
            year = int(found[1])
        else:
            day = None if _SERIAL.fullmatch(text) else parse_day(text)
            year = day.year if day else 0
        return Parsed(str(year)) if REPUBLIC.year <= year <= 2099 else Parsed(None, "BAD_VALUE")

    return Reading(parse, plain="regexp_full_match({x}, '19[5-9][0-9]|20[0-9]{{2}}')")
