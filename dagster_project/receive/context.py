"""What stands around a table: title, unit line, 区：/填报单位： and 填报时间 lines; dates and years in names.

Snapshot dates follow spec 1.1 and rulings 6.1.7: a date in the file's name, else a 填报时间 line, else a date
in the folders' names, else the modification date (assumed).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import PurePosixPath

from dagster_project.receive.headers import UNITS, Grid
from dagster_project.receive.masking import masked_text
from dagster_project.receive.text import normal

_REGION_LABEL = (r"(?:区|旗县|旗区|县|区县|区\(县、市\)|县\(旗、区\)|所属区县"
                 r"|填报单位|填报地区|报送单位|单位名称|制表单位|编制单位|单位)")
_REGION = re.compile(rf"^\(?{_REGION_LABEL}(?:\(盖章\)|\(公章\))?:\s*(.*?)\)?$")
_TIME = re.compile(r"^\(?(?:填报|报送|制表|填表|导出|统计|截止|上报)(?:时间|日期):?\s*(.*?)\)?$")
_FOOT_TIME = re.compile(r"^\(?(?:填报|报送|制表|填表|导出|统计|截止|上报)?(?:时间|日期):\s*(.*?)\)?$")
_FOOT_REGION = re.compile(r"^\(?(?:填报|填表|报送|制表|编制)单位(?:\(盖章\)|\(公章\))?:\s*(.*?)\)?$")
_YEAR_LINE = re.compile(r"^\(?(?:评价|考核|填报|会计)?年度:\s*(.*?)\)?$")
_UNIT = re.compile(r"单位\s*:\s*([^\s:()]+)")
_ATTACHMENT = re.compile(r"^附件\s*\d*[::]?$|^附表\s*\d*[::]?$")
# Where one statement ends and the next begins within a cell.
_NEXT = re.compile(rf"(?<=\s)(?=\(?{_REGION_LABEL}:)|(?<=[^(\s])(?=\(?(?:(?:填报|报送|制表|编制|导出)(?:时间|日期|单位)|评价年度):)")
_WIDE_SPACE = re.compile(r"[ \t\u3000\u00a0]{2,}(?=[^\s:：]{1,12}[:：])|[\r\n]+")

TITLE_CELLS = 3
_FULL_DATES = (
    re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)((?:19|20)\d\d)[-._/](\d{1,2})[-._/](\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})(?!\d)"),
)
_MONTHS = (
    re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(?!\d)"),
    re.compile(r"(?<!\d)((?:19|20)\d\d)[-._/](\d{1,2})(?![\d])"),
    re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月"),
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年(?!\s*\d{1,2}\s*月)|[(]\s*(20\d\d)\s*[)]\s*年度")
_LOOSE_YEAR = re.compile(r"(?<![\d.])(20\d\d)(?!\d|[-._/]\d|\s*年)")


@dataclass(frozen=True)
class Surroundings:
    """The lines above a header block. Texts as printed, None when absent."""

    title: str | None                # numbers of people masked
    units: tuple[str, ...]           # of the line 单位：人、户、万元
    region_line: str | None          # what follows 区： or 填报单位：
    time_line: str | None            # what follows 填报时间：
    year_line: str | None = None     # what follows 评价年度：


def surroundings(grid: Grid, header_row: int, foot: Grid | None = None) -> Surroundings:
    """Reads the rows above `header_row` (1-based); `foot`: rows below, where 填报时间 and 填报单位 may be signed."""
    titles: list[str] = []
    units: tuple[str, ...] = ()
    region = time = year = None
    for line in grid[: header_row - 1]:
        pieces, heading = _pieces(line), []
        for position, piece in enumerate(pieces):
            after = pieces[position + 1] if position + 1 < len(pieces) else ""
            unit = _UNIT.search(piece)
            if unit and set(tokens := tuple(filter(None, re.split("[、,，/;]", unit[1])))) <= UNITS:
                units = units or tokens
            elif found := _TIME.match(piece):
                time = time or found[1] or (after if _dates(after) else None)
            elif found := _YEAR_LINE.match(piece):
                year = year or found[1] or (after if re.match(r"20\d\d", after) else None)
            elif found := _REGION.match(piece):
                region = region or found[1].strip() or (after if after and ":" not in after else None)
            elif not _ATTACHMENT.match(piece) and not (position and pieces[position - 1].endswith(":")):
                heading.append(masked_text(piece))
        if len(heading) <= TITLE_CELLS:       # more is a row of data
            titles += heading
    if time is None or region is None:
        below_time, below_region = _signed(foot or [])
        time, region = time or below_time, region or below_region
    return Surroundings("".join(titles) or None, units, region, time, year)


def _signed(foot: Grid) -> tuple[str | None, str | None]:
    """(填报时间, 填报单位) of the rows below a table, the last of each; a cell of data has no such label."""
    time = region = None
    for line in foot:
        pieces = _pieces(line)
        for piece, after in zip_longest(pieces, pieces[1:], fillvalue=""):
            if found := _FOOT_TIME.match(piece):
                said = found[1] if _dates(found[1]) else after
                time = said if _dates(said) else time
            elif found := _FOOT_REGION.match(piece):
                region = found[1].strip() or (after if after and ":" not in after else None) or region
    return time, region


def stands_around(line: list[str | None]) -> bool:
    """Is this row a line about the table (单位：…, 区：…, 填报时间：…) and so no row of its header?"""
    return any(":" in piece and (_REGION.match(piece) or _TIME.match(piece) or _YEAR_LINE.match(piece) or re.match(r"\(?单位\s*:", piece))
               for piece in _pieces(line))


def _pieces(line: list[str | None]) -> list[str]:
    """The statements of one row, one a cell or several in one cell (区：海勃湾区　　填报时间：2024年7月)."""
    out: list[str] = []
    for cell in line:
        for part in _WIDE_SPACE.split((cell or "").strip()):
            clean = normal(part)
            out += [piece.strip() for piece in _NEXT.split(clean)] if clean else []
    return [piece for piece in out if piece]


def _dates(text: str) -> list[tuple[int, bool, date]]:
    """(position, complete, date) of every date in a text; a month stands for its last day."""
    found: list[tuple[int, bool, date]] = []
    taken: list[tuple[int, int]] = []
    for patterns, complete in ((_FULL_DATES, True), (_MONTHS, False)):
        for pattern in patterns:
            for match in pattern.finditer(text):
                if any(start < match.end() and match.start() < end for start, end in taken):
                    continue
                year, month = int(match[1]), int(match[2])
                if not 1 <= month <= 12:
                    continue
                last = calendar.monthrange(year, month)[1]
                day = int(match[3]) if complete else last
                if 1 <= day <= last:
                    found.append((match.start(), complete, date(year, month, day)))
                    taken.append(match.span())
    return found


def date_in(text: str | None) -> date | None:
    """The last complete date of a text, else its last month's last day; a bare year is no date."""
    found = _dates(normal(text)) if text else []
    complete = [item for item in found if item[1]] or found
    return max(complete)[2] if complete else None


def year_in(text: str | None, loose: bool = False) -> str | None:
    """The year of `2024年度…`, `2024年…`; `loose` also takes a bare 2024 (file, sheet and folder names)."""
    if not text:
        return None
    clean = normal(text)
    found = _YEAR.search(clean) or (_LOOSE_YEAR.search(clean) if loose else None)
    return next(group for group in found.groups() if group) if found else None


def folders(file_name: str) -> list[str]:
    """The folders of a path below the inbox, nearest first."""
    return list(reversed(PurePosixPath(file_name).parts[:-1]))


def stem(file_name: str) -> str:
    return PurePosixPath(file_name).stem


def snapshot_date(file_name: str, time_line: str | None, modified: date,
                  received: date) -> tuple[date, bool, bool]:
    """(date, assumed, modification date lies in the future and was not used)."""
    candidates: Iterable[str | None] = (stem(file_name), time_line, *folders(file_name))
    for text in candidates:
        if found := date_in(text):
            return found, False, False
    return (received, True, True) if modified > received else (modified, True, False)
