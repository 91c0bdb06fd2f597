"""Builders of small files as offices send them, for the tests of the receiving side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook

from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.readers import Sheet, read
from dagster_project.receive.recognise import Received, Recogniser, Recognition
from dagster_project.receive.regions import load_regions
from dagster_project.settings import Settings

MEMBER_HEADERS = ["统一社会信用代码", "会计年度", "成员编号", "成员姓名", "成员类型", "交易额", "盈余返还"]
# Credit codes with a right check character: of 海勃湾区, 海南区 and 乌达区.
COOP_1, COOP_2, COOP_3 = "93150302MA0N000014", "93150303MA0N00002M", "93150304MA0N000037"

NINGBO = """\
海曙 60 25 30 80 35 65 100 43 100
江北 35 32 - 37 35 - 37 37 -
镇海 30 25 - 35 27 - 40 29 -
北仑 45 40 - 55 42 - 70 44 -
鄞州 70 65 - 80 70 - 85 75 -
奉化 90 80 - 120 85 - 140 90 -
余姚 60 45 - 85 60 - 110 75 -
慈溪 110 100 - 130 120 - 150 130 -
宁海 160 110 - 200 130 - 240 150 -
象山 140 95 - 190 110 - 230 130 -"""
NINGBO_TITLE = "全市打造“主阵地”三年行动计划(2023-2025)任务进度表"
NINGBO_LEAVES = ["星级合作社", "领办参办合作社", "领参办五星级合作社"]


def workbook(path: Path, rows: Iterable[Sequence[Any]], sheet: str = "Sheet1", merges: Iterable[str] = ()) -> Path:
    """One sheet with these rows from A1; None leaves a cell out."""
    return workbooks(path, {sheet: rows}, {sheet: merges})


def workbooks(path: Path, sheets: dict[str, Iterable[Sequence[Any]]],
              merges: dict[str, Iterable[str]] | None = None) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for merged in (merges or {}).get(title, ()):
            sheet.merge_cells(merged)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def quota_rows() -> list[list[Any]]:
    """002 附件1 as printed: attachment mark, title of two lines, no 年度 column."""
    return [
        ["附件1"], ["培育壮大农牧民合作社、家庭农牧场"], ["任务分配表"],
        ["区", "培育壮大农牧民合作社数量（个）", "培育壮大家庭农牧场数量（个）", "备注"],
        ["海勃湾区", 3, 3], ["乌达区", 2, 2], ["海南区", 5, 5],
    ]


def ningbo_workbook(path: Path) -> Path:
    """004's table as printed: blank corner, three merged year groups, the five-star cell merged over ten rows."""
    rows = [["附件"], [NINGBO_TITLE], [None] * 9 + ["(单位:家)"],
            [None, "2023年底前", None, None, "2024年底前", None, None, "2025年底前"], [None, *NINGBO_LEAVES * 3]]
    for line in NINGBO.splitlines():
        name, *cells = line.split()
        rows.append([name, *(None if cell == "-" else int(cell) for cell in cells)])
    return workbook(path, rows, merges=["A2:J2", "A4:A5", "B4:D4", "E4:G4", "H4:J4", "D6:D15", "G6:G15", "J6:J15"])


def ningbo_csv() -> str:
    lines = [NINGBO_TITLE + "," * 9, "," * 9 + "(单位:家)", ",2023年底前,,,2024年底前,,,2025年底前,,",
             "," + ",".join(NINGBO_LEAVES * 3)]
    lines += [line.replace("-", "").replace(" ", ",") for line in NINGBO.splitlines()]
    return "\r\n".join(lines) + "\r\n"


def read_one(path: Path, settings: Settings | None = None) -> Sheet:
    sheets = list(read(path, settings or Settings()))
    assert len(sheets) == 1, [sheet.name for sheet in sheets]
    return sheets[0]


def texts(sheet: Sheet) -> dict[int, list[str | None]]:
    """row_number → the row's cells."""
    return {row["row_number"]: [row[f"c{i}"] for i in range(sheet.width)] for row in sheet.cells.to_pylist()}


def receipt(file_name: str, modified: date = date(2024, 8, 1), received: date = date(2024, 8, 2)) -> Received:
    return Received("0" * 64, file_name, 1, modified, received)


def recognise(path: Path, file_name: str | None = None, default_scope: str | None = None) -> Recognition | None:
    """Recognises the one sheet of a file."""
    return recogniser(default_scope).recognise(read_one(path), receipt(file_name or path.name))


def recogniser(default_scope: str | None = None) -> Recogniser:
    return Recogniser(load_contracts(), load_regions(), default_scope)


def lake(settings: Settings, zone: str, columns: str = "*", order: str = "all") -> list[tuple]:
    """Rows of a zone of the lake, such as `typed/programme.quota`."""
    pattern = settings.lake / zone / "*.parquet"
    return duckdb.sql(f"select {columns} from read_parquet('{pattern}', union_by_name = true) order by {order}").fetchall()
