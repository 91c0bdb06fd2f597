"""The two real tables as printed: 附件1 of 乌农字〔2024〕48号, the plan of 宁波市供销社 (2023-07-27)."""

from __future__ import annotations

from datetime import date
from typing import Any

from dagster_project.simulate.sheets import Export, Line, Table, centred

QUOTA_YEAR = 2024
QUOTA = (("150302", "海勃湾区", 3, 3), ("150304", "乌达区", 2, 2), ("150303", "海南区", 5, 5))

TARGET_YEARS = (2023, 2024, 2025)
FIVE_STAR = (30, 65, 100)  # one city-wide cell a year
# short name: (星级合作社, 领办参办合作社) at the end of 2023, 2024, 2025
TARGETS: dict[str, tuple[tuple[int, int], ...]] = {
    "海曙": ((60, 25), (80, 35), (100, 43)),
    "江北": ((35, 32), (37, 35), (37, 37)),
    "镇海": ((30, 25), (35, 27), (40, 29)),
    "北仑": ((45, 40), (55, 42), (70, 44)),
    "鄞州": ((70, 65), (80, 70), (85, 75)),
    "奉化": ((90, 80), (120, 85), (140, 90)),
    "余姚": ((60, 45), (85, 60), (110, 75)),
    "慈溪": ((110, 100), (130, 120), (150, 130)),
    "宁海": ((160, 110), (200, 130), (240, 150)),
    "象山": ((140, 95), (190, 110), (230, 130)),
}


def quota() -> Export:
    """附件1: four leaves, no 年度 column (the year stands in the file's name), no 合计, no unit line."""
    columns = ["区", "培育壮大农牧民合作社数量（个）", "培育壮大家庭农牧场数量（个）", "备注"]
    lines = [
        Line([name, coops, farms, None], ("quota", code, coops, farms)) for code, name, coops, farms in QUOTA
    ]
    head: list[list[Any]] = [
        ["附件1"],
        [centred("培育壮大农牧民合作社、家庭农牧场")],
        [centred("任务分配表")],
        list(columns),
    ]
    table = Table(
        "programme.quota", "任务分配表", columns, head, lines, ("programme.quota",), ["A2:D2", "A3:D3"]
    )
    name = "项目/乌海市2024年培育壮大农牧民合作社和家庭农牧场项目实施方案附件1 任务分配表.xlsx"
    return Export(name, [table], date(2024, 7, 26), assumed=True)


def target() -> Export:
    """Three groups of years of three leaves, a blank corner, the five-star cell merged over the ten rows."""
    leaves = ["星级合作社", "领办参办合作社", "领参办五星级合作社"]
    lines = []
    for index, (name, years) in enumerate(TARGETS.items()):
        cells: list[Any] = [name]
        for (stars, led), five in zip(years, FIVE_STAR, strict=True):
            cells += [stars, led, five if index == 0 else None]
        lines.append(Line(cells, ("target", name)))
    groups: list[Any] = [None]
    for year in TARGET_YEARS:
        groups += [centred(f"{year}年底前"), None, None]
    head: list[list[Any]] = [
        ["附件"],
        [centred("全市打造“主阵地”三年行动计划(2023-2025)任务进度表")],
        [*[None] * 9, "(单位:家)"],
        groups,
        [None, *leaves * 3],
    ]
    merges = ["A2:J2", "A4:A5", "B4:D4", "E4:G4", "H4:J4", "D6:D15", "G6:G15", "J6:J15"]
    table = Table(
        "supply_coop.target",
        "任务进度表",
        ["区县", *leaves * 3],
        head,
        lines,
        ("supply_coop.target",),
        merges,
    )
    return Export(
        "供销/宁波市供销合作社三年行动计划任务进度表.xlsx", [table], date(2023, 7, 27), assumed=True
    )
