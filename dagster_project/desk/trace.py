"""`coopledger trace`: where a printed number comes from (spec 4.3), as a person reads it or as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from typing import Any

import duckdb
from rich.console import Console

from dagster_project.desk.built import built_month
from dagster_project.desk.screen import table
from dagster_project.months import WrongUse
from dagster_project.receive.masking import masked_text
from dagster_project.settings import Settings
from exports.reading import UnknownScope
from exports.trace import NotTraceable, Tracer

SHOWN = 30      # entities of one side on the screen; the rest stand in --json
RAW_SHOWN = 3   # of them with their raw text


def trace(settings: Settings, month: date | None, cell: Mapping[str, str | None], value: Mapping[str, Any]) -> dict[str, Any]:
    """The answer for a cell (form, scope, cell, sheet) or for a mart's value (table, keys, column). Raises WrongUse."""
    built, _ = built_month(settings, month, "追溯")
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as con:
        tracer = Tracer(con, settings.lake, built)
        try:
            if value:
                found = tracer.value(value["table"], value["keys"], value["column"])
            else:
                found = tracer.cell(int(cell["form"] or 0), cell["scope"] or "", cell["cell"] or "", cell["sheet"])
        except (NotTraceable, UnknownScope) as error:
            raise WrongUse(str(error)) from error
        _open(tracer, found)
    return {"month": f"{built:%Y-%m}", **found}


def _open(tracer: Tracer, found: dict[str, Any]) -> None:
    """Adds the raw text of every entity's row and its measures' words; names as they may be shown."""
    for side in ("numerator", "denominator"):
        for entity in found.get(side, {}).get("entities", ()):
            entity["name"] = masked_text(entity["name"]) if entity["name"] else entity["name"]
            entity["raw"] = tracer.open_raw(entity)
    found["measures"] = [{"id": row[0], "name": row[1], "basis": row[8], "exclusions": row[4]}
                         for row in tracer.reading.measures([found["table"]])
                         if row[0] == found.get("key", {}).get("measure_id", row[0])] if "table" in found else []


def show(found: dict[str, Any], console: Console) -> None:
    """Value, formula, both sides with their entities, the missing ones, and the rows of the files."""
    if "form" in found:
        console.print(f"第{found['form']}号 {found['title']}（{found['scope_name']}，{found['month']}）　{found['sheet']}!{found['cell']}")
        console.print(f"行：{found['row']}　栏：{found['column']}")
    else:
        console.print(f"{found['table']}.{found['column']}（{found['month']}）　" + "，".join(f"{k}＝{v}" for k, v in found["key"].items()))
    console.print(f"值：{found['value']}　来历：{found['kind']}" + (f"　算法：{found['formula']}" if found.get("formula") else ""))
    for name, text in found.get("inputs", {}).items():
        console.print(f"　{name}＝{text if text is not None else '—'}")
    for measure in found["measures"]:
        console.print(f"依据：{measure['name']}　{measure['basis'] or ''}")
    for side, title in (("numerator", "分子或本数"), ("denominator", "分母")):
        if side in found:
            _side(found[side], title, console)
    _sources(found.get("sources", []), console)
    if found.get("agrees") is not None:
        console.print("核对：各部分之和与表中数一致。" if found["agrees"] else f"核对：不一致，重新计算得 {found['recomputed']}，请把这一格报告给维护人员。")


def _side(side: Mapping[str, Any], title: str, console: Console) -> None:
    if "entities" not in side:
        console.print(f"{title}（{side['column']}）：{side['sum'] if side['sum'] is not None else '—'}")
        _sources(side.get("sources", []), console)
        return
    console.print(f"{title}（{side['column']}）：合计 {side['sum'] if side['sum'] is not None else '—'}，计入 {side['counted']} 个，共 {side['of']} 个")
    console.print(table(("计入", "标识", "名称", "文件", "工作表", "行"), [
        (entity["value"] or "未知", entity["key"], entity["name"] or "", entity["file"] or "", entity["sheet"] or "", str(entity["row"] or ""))
        for entity in side["entities"][:SHOWN]]))
    if side["of"] > SHOWN:
        console.print(f"另有 {side['of'] - SHOWN:,} 个，见 --json。")
    if side["missing"] and len(side["missing"]) < side["of"]:
        named = "、".join(str(entity["name"] or entity["key"]) for entity in side["missing"][:SHOWN])
        console.print(f"未计入的：{named}" + ("等" if len(side["missing"]) > SHOWN else ""))
    for entity in side["entities"][:RAW_SHOWN]:
        if entity["raw"]:
            console.print(f"　原文 {entity['file']}［{entity['sheet']}］第 {entity['row']} 行：" + _raw(entity["raw"]))


def _sources(sources: list[dict[str, Any]], console: Console) -> None:
    for source in sources[:SHOWN]:
        console.print(f"　来源 {source['file']}［{source['sheet']}］第 {source.get('rows', source['row'])} 行：" + _raw(source["raw"]))


def _raw(raw: Mapping[str, str]) -> str:
    return "；".join(f"{header} {text}" for header, text in raw.items()) or "（原文不在数据湖中）"
