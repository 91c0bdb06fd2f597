"""The document of `coopledger whatif` as a person reads it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from rich.console import Console

from dagster_project.desk.places import name_of
from dagster_project.desk.screen import table
from dagster_project.receive.regions import load_regions

SHOWN = 200     # lines of one table; the rest stand in --json


def show(found: dict[str, Any], console: Console) -> None:
    """What was assumed, whose status or compliance would change and why, which tables would differ."""
    regions = load_regions()
    console.print(f"报告月份  {found['month']}（只是试算：没有写入任何内容，台账和上报表仍按现行规定）")
    for one in found["assumed"]:
        kind = {"rule": "规则", "policy": "参数"}[one["kind"]]
        fields = "，".join(f"{field['label']} {field['before'] or '无'} → {field['after'] or '无'}" for field in one["fields"])
        only = f"（{one['population']}）" if one["population"] not in (None, "全部") else ""
        console.print(f"假设  {kind} {one['id']} {one['name']}{only}，{name_of(one['region_code'], regions)}：{fields or '与现行相同'}")
    console.print(table(("空壳社状态", "现行（个）", "假设（个）"),
                        [(line["status"], f"{line['before']:,}", f"{line['after']:,}") for line in found["statuses"]]))
    console.print(found["notice"])
    for title, group in groupby(found["changes"], key=lambda line: line["title"]):
        lines = list(group)
        console.print(f"\n{title}  {len(lines):,} 项会改变" + (f"（{found['notice']}）" if lines[0]["table"] == "shell_status" else ""))
        console.print(table(("名称", "标识", "旗县或区划", "现行", "假设", "原因"),
                            [_row(line, regions) for line in lines[:SHOWN]]))
        if len(lines) > SHOWN:
            console.print(f"另有 {len(lines) - SHOWN:,} 项，见 --json。")
    if not found["changes"]:
        console.print("\n没有合作社或地区的状态、达标结论会改变。")
    if found["tables"]:
        console.print("\n有变化的表  " + "、".join(f"{line['title']} {line['differing']:,} 行" for line in found["tables"]))


def _row(line: dict[str, Any], regions: Any) -> tuple:
    key = " ".join(value for name, value in line["key"].items() if value != line["place"])
    one = len(line["verdicts"]) == 1
    before, after = ("；".join(f"{'' if one else verdict['label'] + ' '}{verdict[side] or '—'}" for verdict in line["verdicts"])
                     for side in ("before", "after"))
    return line["name"], key, name_of(line["place"], regions), before, after, "；".join(line["why"])
