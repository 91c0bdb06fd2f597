"""The truth file: what was written and what it means, as documented in world.py."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.simulate import printed, truth_records
from dagster_project.simulate.cases import LINES
from dagster_project.simulate.directory import FARMS, FarmFact
from dagster_project.simulate.exports import Delivery, Plan
from dagster_project.simulate.finance import ACCOUNTS, STATEMENTS
from dagster_project.simulate.registry import REGISTRY, RegistrationFact, in_force
from dagster_project.simulate.sheets import ACCEPTED, REJECTED, Export, Line, Table
from dagster_project.simulate.world import ENDED, Account, Statement, World

ACCOUNT_MONEY = [
    "contribution",
    "reserve_share",
    "subsidy_share",
    "donation_share",
    "trade",
    "returned",
    "residual_distribution",
]
COOPERATIVES = (
    "key credit_code registration_no name kind county_code is_union is_branch legal_representative founded_on"
)
REGISTRATIONS = (
    "month key county_code status ended_on suspended_from suspended_until capital approved_on in_force "
    "file sheet row carried"
)
FARM_FACTS = "farm name operator identity phone county_code township credit_code entered_on"
FARM_MONTHS = (
    "month county_code farm code data_year updated_on annual_income subsidy_flag subsidy_year delivered_on "
    "file sheet row carried"
)
STATEMENT_ROWS = (
    f"credit_code county_code fiscal_year layout case absent {' '.join(LINES)} broken superseded "
    "file sheet row"
)
ACCOUNT_ROWS = (
    "credit_code county_code fiscal_year member_no member_name identity member_kind is_lifted_from_poverty "
    f"is_monitored_household joined_on left_on {' '.join(ACCOUNT_MONEY)} case superseded file sheet row"
)


def yuan(amount: int | None) -> str | None:
    """分 → 元 as text with two decimals."""
    if amount is None:
        return None
    whole, cents = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}.{cents:02d}"


def _table(columns: str, rows: Iterable[list[Any]]) -> dict[str, Any]:
    return {"columns": columns.split(), "rows": list(rows)}


def build(world: World, plan: Plan, arguments: dict[str, Any]) -> dict[str, Any]:
    """The truth as one document. To be called after the files were written: it names their rows."""
    return {
        "world": {
            **arguments,
            "prefecture_name": world.prefecture.name,
            "counties": [{"code": county.code, "name": county.name} for county in world.prefecture.counties],
            "months": [{"month": month.first, "as_of": month.as_of} for month in world.months],
        },
        "cooperatives": _cooperatives(world),
        "registrations": _registrations(world, plan),
        "registered_farms": _registered_farms(plan),
        "farms": _farms(world),
        "farm_months": _farm_months(world, plan),
        "statements": _statements(plan),
        "member_accounts": _accounts(plan),
        "quota": [
            {"year": printed.QUOTA_YEAR, "county_code": code, "county": name, "coops": coops, "farms": farms}
            for code, name, coops, farms in printed.QUOTA
        ],
        "targets": _targets(),
        **truth_records.record_tables(plan),
        "planted": truth_records.planted(world),
        "deliveries": [_delivery(world, delivery) for delivery in plan.deliveries]
        + truth_records.chosen(world, plan),
        "files": [_file(export) for export in plan.exports],
        "faults": [fault for export in plan.exports for fault in _faults(export)],
    }


def save(truth: dict[str, Any], path: Path) -> None:
    """One top-level entry a line, dates as ISO text."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def text(value: Any) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    parts = [
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False, default=text)}"
        for name, value in truth.items()
    ]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _cooperatives(world: World) -> dict[str, Any]:
    return _table(
        COOPERATIVES,
        (
            [
                coop.key,
                coop.credit_code,
                coop.registration_no,
                coop.name,
                coop.kind,
                coop.county.code,
                coop.is_union,
                coop.is_branch,
                coop.representative,
                coop.founded_on,
            ]
            for coop in world.coops
        ),
    )


def _registrations(world: World, plan: Plan) -> dict[str, Any]:
    rows: list[list[Any]] = []
    known: dict[str, RegistrationFact] = {}
    chosen = [one for one in plan.deliveries if one.table.table_id == REGISTRY]
    for month in world.months:
        for delivery in (one for one in chosen if one.month == month):
            for line in delivery.table.lines:
                fact = line.fact
                if not isinstance(fact, RegistrationFact) or fact.coop.county.name != delivery.county.name:
                    continue
                coop, before, carried = fact.coop, known.get(fact.coop.key), False
                if fact.status is None:
                    fact, carried = replace(fact, status=before.status if before else None), True
                elif fact.status in ENDED and fact.ended_on and fact.ended_on > month.as_of and before:
                    fact, carried = before, True
                known[coop.key] = fact
                rows.append(
                    [
                        month.first,
                        coop.key,
                        coop.county.code,
                        fact.status,
                        fact.ended_on,
                        fact.suspended_from,
                        fact.suspended_until,
                        yuan(fact.capital),
                        fact.approved_on,
                        in_force(fact, month.as_of),
                        delivery.table.path,
                        delivery.table.sheet,
                        line.row,
                        carried,
                    ]
                )
    return _table(REGISTRATIONS, rows)


def _registered_farms(plan: Plan) -> dict[str, Any]:
    rows = [
        [*line.fact[1:], table.path, line.row]
        for table in plan.tables()
        if table.table_id == REGISTRY
        for line in table.lines
        if isinstance(line.fact, tuple)
    ]
    return _table("credit_code name county_code file row", rows)


def _farms(world: World) -> dict[str, Any]:
    return _table(
        FARM_FACTS,
        (
            [
                farm.number,
                farm.name,
                farm.operator,
                farm.identity,
                farm.phone,
                farm.county.code,
                farm.township.name,
                farm.credit_code,
                farm.entered_on,
            ]
            for farm in world.farms
        ),
    )


def _farm_months(world: World, plan: Plan) -> dict[str, Any]:
    rows: list[list[Any]] = []
    before: dict[int, list[Any]] = {}
    chosen = [one for one in plan.deliveries if one.table.table_id == FARMS]
    for month in world.months:
        current = [one for one in chosen if one.month == month]
        apart = {(one.county.code, one.township) for one in current if one.township}
        for delivery in current:
            for line in delivery.table.lines:
                fact = line.fact
                if not isinstance(fact, FarmFact):
                    continue
                farm = fact.farm
                if not delivery.township and (farm.county.code, farm.township.name) in apart:
                    continue
                row = _farm_row(delivery, line, fact)
                if line.outcome == REJECTED:
                    row = [month.first, *before[farm.number][1:-1], True]
                before[farm.number] = row
                rows.append(row)
    return _table(FARM_MONTHS, rows)


def _farm_row(delivery: Delivery, line: Line, fact: FarmFact) -> list[Any]:
    return [
        delivery.month.first,
        fact.farm.county.code,
        fact.farm.number,
        fact.code,
        fact.data_year,
        fact.updated_on,
        yuan(fact.income),
        fact.subsidy_flag,
        fact.subsidy_year,
        delivery.dated,
        delivery.table.path,
        delivery.table.sheet,
        line.row,
        False,
    ]


def _facts(plan: Plan, table_id: str, kind: type) -> Iterable[tuple[Table, Line, Any]]:
    for table in plan.tables():
        if table.table_id == table_id:
            for line in table.lines:
                if isinstance(line.fact, kind) and line.outcome == ACCEPTED:
                    yield table, line, line.fact


def _statements(plan: Plan) -> dict[str, Any]:
    rows = []
    for table, line, one in _facts(plan, STATEMENTS, Statement):
        rows.append(
            [
                one.coop.credit_code,
                one.coop.county.code,
                one.year,
                one.layout,
                one.case,
                list(one.absent),
                *(yuan(one.lines[name]) for name in LINES),
                list(one.broken),
                one.superseded,
                table.path,
                table.sheet,
                line.row,
            ]
        )
    return _table(STATEMENT_ROWS, rows)


def _accounts(plan: Plan) -> dict[str, Any]:
    rows = []
    for table, line, one in _facts(plan, ACCOUNTS, Account):
        rows.append(
            [
                one.coop.credit_code,
                one.coop.county.code,
                one.year,
                one.member_no,
                one.name,
                one.identity,
                one.kind,
                one.lifted,
                one.monitored,
                one.joined_on,
                one.left_on,
                *(yuan(getattr(one, name)) for name in ACCOUNT_MONEY),
                one.case,
                False,
                table.path,
                table.sheet,
                line.row,
            ]
        )
    return _table(ACCOUNT_ROWS, rows)


def _targets() -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for index, year in enumerate(printed.TARGET_YEARS):
        for name, years in printed.TARGETS.items():
            stars, led = years[index]
            out.append({"county": name, "year": year, "indicator": "star_coops", "target": stars})
            out.append({"county": name, "year": year, "indicator": "led_coops", "target": led})
        out.append(
            {"county": None, "year": year, "indicator": "led_five_star", "target": printed.FIVE_STAR[index]}
        )
    return out


def _delivery(world: World, one: Delivery) -> dict[str, Any]:
    scope = one.county.code + (f"|{one.township}" if one.township else "")
    state = "月后导出" if one.dated > one.month.as_of else "当期"
    return {
        "table_id": one.table.table_id,
        "month": one.month.first,
        "scope": scope,
        "delivered_on": one.dated,
        "state": state,
        "file": one.table.path,
        "sheet": one.table.sheet,
    }


def _file(export: Export) -> dict[str, Any]:
    sheets = []
    for table in export.tables if not export.truncate else ():
        counts: dict[str, Any] = table.counts()
        outcome = "ignored" if table.ignored else "partly" if counts[REJECTED] else "accepted"
        if table.refused:
            outcome = "rejected"
        if table.ignored or table.refused:
            counts = dict.fromkeys(counts)
        sheets.append(
            {
                "sheet": table.sheet,
                "table_id": table.table_id,
                "outcome": outcome,
                **counts,
                "drift": list(table.drift),
            }
        )
    whole = "rejected" if export.truncate else "duplicate" if export.copy_of else None
    return {
        "path": export.path,
        "format": export.format,
        "dated": export.dated,
        "dated_assumed": export.assumed,
        "copy_of": export.copy_of,
        "outcome": whole,
        "code": "CORRUPT" if export.truncate else None,
        "sheets": sheets,
    }


def _faults(export: Export) -> Iterable[dict[str, Any]]:
    if export.truncate:
        yield {
            "file": export.path,
            "sheet": None,
            "row": None,
            "column": None,
            "code": "CORRUPT",
            "raw": None,
            "table_id": None,
            "outcome": "file",
        }
        return
    for table in export.tables:
        if table.refused:
            yield {
                "file": export.path,
                "sheet": table.sheet,
                "row": None,
                "column": None,
                "code": table.refused,
                "raw": None,
                "table_id": table.table_id,
                "outcome": "sheet",
            }
        for line in table.rows():
            for column, code, raw in line.faults:
                yield {
                    "file": export.path,
                    "sheet": table.sheet,
                    "row": line.row,
                    "column": column,
                    "code": code,
                    "raw": None if raw is None else str(raw),
                    "table_id": table.table_id,
                    "outcome": "rejected" if line.outcome == REJECTED else "issue",
                }
