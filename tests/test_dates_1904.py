"""Workbooks whose day numbers count from 1904: a bare number is a day of theirs, a cell shown as a date is right already."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlwt
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from receive_kit import lake
from shapes_kit import write_xlsb
from values_kit import column_of

from dagster_project.receive.contracts import Column, Type
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

NOW = datetime(2024, 8, 2, 9, 0, tzinfo=UTC)
HEADERS = ["企业名称", "统一社会信用代码", "成立日期"]
CODES = ["93150302MA0N000014", "93150303MA0N00002M", "93150304MA0N000037"]
# 2020-06-30 as a number: 44,012 days after 1899-12-30, 42,550 after 1904-01-01.
BARE = {False: 44012, True: 42550}
DAY = date(2020, 6, 30)


def write_xlsx(path: Path, flag: bool) -> None:
    book = Workbook()
    if flag:
        book.epoch = CALENDAR_MAC_1904
    book.active.append(HEADERS)
    for code, founded in zip(CODES, (BARE[flag], DAY, "2020/6/30"), strict=True):
        book.active.append([f"样例{code[-1]}", code, founded])
    book.save(path)


def write_xls(path: Path, flag: bool) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = flag
    sheet = book.add_sheet("表")
    shown = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for row, cells in enumerate([HEADERS, *([f"样例{code[-1]}", code] for code in CODES)]):
        for column, text in enumerate(cells):
            sheet.write(row, column, text)
    sheet.write(1, 2, BARE[flag])
    sheet.write(2, 2, BARE[flag], shown)
    sheet.write(3, 2, "2020/6/30")
    book.save(str(path))


def write_binary(path: Path, flag: bool) -> None:
    cells: list[tuple[int, int, int, object]] = [(0, column, 0, text) for column, text in enumerate(HEADERS)]
    for row, code in enumerate(CODES, 1):
        cells += [(row, 0, 0, f"样例{code[-1]}"), (row, 1, 0, code)]
    cells += [(1, 2, 0, float(BARE[flag])), (2, 2, 2, float(BARE[flag])), (3, 2, 0, "2020/6/30")]
    write_xlsb(path, cells, [], flag)


@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize(("kind", "write"), [("xlsx", write_xlsx), ("xls", write_xls), ("xlsb", write_binary)])
def test_a_day_is_the_same_day_however_it_is_stored(tmp_path, kind, write, flag):
    settings = Settings(home=tmp_path / "home", settle_seconds=60, threads=2)
    settings.inbox.mkdir(parents=True)
    path = settings.inbox / f"登记信息_20240725.{kind}"
    write(path, flag)
    os.utime(path, (NOW.timestamp() - 3600,) * 2)
    receive(settings, now=NOW)
    assert [cells[2] for cells, in lake(settings, "raw", "cells", "row_number")][1:] == [
        str(BARE[flag]), "2020-06-30", "2020/6/30"]
    assert lake(settings, "typed/gsxt.registration", "row_number, founded_on", "row_number") == [
        (2, DAY), (3, DAY), (4, DAY)]


@pytest.mark.parametrize(("flag", "month"), [(False, date(2020, 7, 1)), (True, date(2024, 7, 1))])
def test_months_too(flag, month):
    """44013 is 2020-07-01, or 2024-07-02 where days count from 1904."""
    column = Column(name="m", header="月份", type=Type.month)
    assert column_of(column, ["44013", "2020-06"], date_1904=flag)[0] == [month, date(2020, 6, 1)]
