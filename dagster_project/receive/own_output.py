"""What the system itself printed and somebody dropped into the inbox: no data (its official first sheets are read)."""

from __future__ import annotations

import re
import zipfile
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.receive.readers import Sheet

OWN_LAYOUT = "本表式为系统默认表式，非文件所附"
NO_DATA = "本表无数据；请将该表的导出文件放入收件箱"     # of a form whose input never came
CREATOR = "CoopLedger"
COMPANIONS = re.compile(r"(任务进度|进度|评分底稿|数据说明|溯源)([\s_\-（(].*|\d+)?")
FOOT_ROWS = 40
_CREATOR = re.compile(rb"<(?:dc:)?creator[^>]*>([^<]*)<")


def own_page(sheet: Sheet, path: Path) -> str | None:
    """Why this sheet of the file at `path` is no data: the Chinese sentence, or None when it may be data."""
    if sheet.cells is None:
        return None
    if _foot_says(sheet, OWN_LAYOUT):
        return f"本表带有“{OWN_LAYOUT}”字样，是本系统打印的表，不是上报数据，没有入账。"
    if _foot_says(sheet, NO_DATA):
        return "本系统打印这张表时还没有收到数据，是空表，没有入账。"
    if COMPANIONS.fullmatch(sheet.name.strip()) and creator(path) == CREATOR:
        return f"“{sheet.name}”是本系统所打印表格的附页，不是上报数据，没有入账。"
    return None


def _foot_says(sheet: Sheet, words: str) -> bool:
    rows = sheet.cells.num_rows
    foot = sheet.cells.slice(max(rows - FOOT_ROWS, 0))
    return any(pc.any(pc.match_substring(foot[f"c{i}"].cast(pa.string()), words)).as_py()
               for i in range(sheet.width))


@lru_cache(maxsize=8)
def creator(path: Path) -> str | None:
    """Who a workbook says made it; None for anything but .xlsx."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = _CREATOR.search(archive.read("docProps/core.xml"))
    except (zipfile.BadZipFile, KeyError, OSError):
        return None
    return found[1].decode("utf-8", "replace") if found else None
