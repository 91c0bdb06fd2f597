"""`coopledger needs`: which source tables each form still waits for, by scope, from the month's list of deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb
from rich.console import Console

from dagster_project.desk.due import expected_levels
from dagster_project.desk.places import counties_in, in_order, name_of
from dagster_project.desk.screen import table
from dagster_project.months import WrongUse
from dagster_project.receive.regions import Regions, load_regions, prefecture_of
from dagster_project.settings import Settings
from exports import FORMS, RESTRICTED_FORMS
from exports.form import source_title

HERE, STALE, MISSING = "有", "过期", "缺"
# States of `delivery` (rulings 6.2.4) that give a county what the month needs; of several scopes the best counts.
IN_TIME = ("当期", "月后导出", "月内")
LATE = ("过期", "疑似不完整")
_RANK = {HERE: 0, STALE: 1, MISSING: 2}


def needs(settings: Settings, month: date | None) -> dict[str, Any]:
    """One JSON-able document: month, and a line a form, source table and scope.

    Reads the published warehouse, else the last run's build file. Without any run everything is 缺. Raises
    WrongUse for a month that no run has computed.
    """
    regions = load_regions()
    found, deliveries = _deliveries(settings, month)
    scopes = in_order(settings.scopes) or sorted({prefecture_of(county) for _, county in deliveries})
    lines = []
    for form in (module.FORM for module in (*FORMS, *RESTRICTED_FORMS)):
        for source in form.sources:
            for scope in scopes:
                by_state: dict[str, list[str]] = {HERE: [], STALE: [], MISSING: []}
                for county in counties_in(scope, regions):
                    by_state[_state(deliveries, source, county)].append(county)
                lines.append({
                    "form": form.number, "form_name": form.name, "table_id": source, "table": source_title(source),
                    "scope": scope, "scope_name": name_of(scope, regions), "state": _whole(by_state),
                    "counties": len(counties_in(scope, regions)),
                    "missing": _named(by_state[MISSING], regions), "stale": _named(by_state[STALE], regions)})
    return {"month": found and f"{found:%Y-%m}", "scopes": scopes, "needs": lines}


def _deliveries(settings: Settings, month: date | None) -> tuple[date | None, dict[tuple[str, str], str]]:
    """(month, (table, county or prefecture) → 有/过期/缺). Raises WrongUse."""
    if settings.warehouse_file.exists():
        with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
            months = [row[0] for row in con.execute("select distinct report_month from delivery order by 1").fetchall()]
            chosen = month or (months[-1] if months else None)
            if chosen in months:
                rows = con.execute("select table_id, scope, state from delivery where report_month = ?", [chosen])
                return chosen, _best(rows.fetchall())
    if settings.build_file.exists():
        with duckdb.connect(str(settings.build_file), read_only=True) as con:
            built = con.execute("select report_month from run_month").fetchall()[0][0]
            if month in (None, built):
                return built, _best(con.execute("select table_id, scope, state from delivery").fetchall())
    if month and (settings.warehouse_file.exists() or settings.build_file.exists()):
        raise WrongUse(f"{month:%Y-%m} 还没有运行过，请先运行 coopledger run --month {month:%Y-%m}。")
    return month, {}


def _best(rows: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    out: dict[tuple[str, str], str] = {}
    for table_id, scope, state in rows:
        key = table_id, scope.split("|")[0]
        word = HERE if state in IN_TIME else STALE if state in LATE else MISSING
        out[key] = min(out.get(key, MISSING), word, key=_RANK.__getitem__)
    return out


def _state(deliveries: dict[tuple[str, str], str], source: str, county: str) -> str:
    """A county's own delivery; of a table that prefectures deliver, any in its prefecture."""
    if expected_levels().get(source) != "prefecture":
        return deliveries.get((source, county), MISSING)
    own = prefecture_of(county)
    return min((state for (table_id, code), state in deliveries.items()
                if table_id == source and prefecture_of(code) == own), key=_RANK.__getitem__, default=MISSING)


def _whole(by_state: dict[str, list[str]]) -> str:
    """The state of a scope: the worst of its counties'."""
    return MISSING if by_state[MISSING] else STALE if by_state[STALE] else HERE


def _named(counties: list[str], regions: Regions) -> list[dict[str, str]]:
    return [{"code": code, "name": name_of(code, regions)} for code in counties]


def show(found: dict[str, Any], console: Console) -> None:
    """Form × source table, a column a scope."""
    if not found["scopes"]:
        console.print("没有配置出表范围，也没有收到过数据。请用 COOPLEDGER_SCOPES 写明范围，如 [\"150300\"]。")
        return
    console.print(f"报告月份  {found['month'] or '还没有运行过'}")
    names = {line["scope"]: line["scope_name"] for line in found["needs"]}
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for line in found["needs"]:
        key = f"{line['form']} {line['form_name']}", f"{line['table']}（{line['table_id']}）"
        rows.setdefault(key, {})[line["scope"]] = _cell(line)
    console.print(table(("表", "需要的来源表", *names.values()),
                        [(*key, *(cells[scope] for scope in names)) for key, cells in rows.items()]))


def _cell(line: dict[str, Any]) -> str:
    """有, or what is missing or stale and whose; only the number where it is every county."""
    parts = []
    for word, counties in ((MISSING, line["missing"]), (STALE, line["stale"])):
        if len(counties) == line["counties"]:
            return word
        if counties:
            shown = "、".join(county["name"] for county in counties[:3])
            parts.append(f"{word}：{shown}" + (f"等 {len(counties)} 个" if len(counties) > 3 else ""))
    return "；".join(parts) or HERE
