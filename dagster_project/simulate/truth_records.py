"""What the truth file says of the tables of plain records, the planted cooperatives and the chosen deliveries."""

from __future__ import annotations

from typing import Any

from dagster_project.simulate.exports import Plan, choose
from dagster_project.simulate.records import Record, Spec, meant
from dagster_project.simulate.sheets import ACCEPTED, Export
from dagster_project.simulate.world import World

PLANTED = ["credit_code", "name", "county_code", "slug", "what", "is_shell", "kinds", "rules", "expected"]


def record_tables(plan: Plan) -> dict[str, Any]:
    """table_id → table: the fields as drawn, then county_code, dated, partial, file, sheet, row."""
    specs: dict[str, Spec] = {}
    rows: dict[str, list[list[Any]]] = {}
    for export in plan.exports:
        for table in export.tables:
            for line in table.lines:
                fact = line.fact
                if not isinstance(fact, Record) or line.outcome != ACCEPTED:
                    continue
                of = specs.setdefault(fact.spec.table_id, fact.spec)
                rows.setdefault(of.table_id, []).append(_row(export, table.sheet, line.row, fact))
    out = {}
    for table_id, of in specs.items():
        names = [field.name for field in of.fields] + list(of.extra)
        names = ["decided_file" if name == "file" else name for name in names]  # `file` is where the row stands
        columns = [*names, "county_code", "dated", "partial", "file", "sheet", "row"]
        out[table_id] = {"columns": columns, "rows": rows[table_id]}
    return out


def _row(export: Export, sheet: str, row: int, fact: Record) -> list[Any]:
    of, values = fact.spec, fact.values
    cells = [meant(field.kind, values.get(field.name)) for field in of.fields]
    cells += [values.get(name) for name in of.extra]
    return [*cells, fact.county, export.dated, fact.partial, export.path, sheet, row]


def planted(world: World) -> dict[str, Any]:
    rows = [
        [
            one.coop.credit_code, one.coop.name, one.coop.county.code, one.behaviour.slug, one.behaviour.what,
            one.behaviour.shell, list(one.behaviour.kinds), list(one.behaviour.rules), list(one.behaviour.expected),
        ]
        for one in world.planted
    ]
    return {"columns": PLANTED, "rows": rows}


def chosen(world: World, plan: Plan) -> list[dict[str, Any]]:
    """The delivery of each scope that counts in each month."""
    scopes: dict[tuple[str, str], list[Any]] = {}
    for sent in plan.sent:
        if sent.table.table_id:
            scopes.setdefault((sent.table.table_id, sent.scope), []).append(sent)
    out = []
    for (table_id, scope), sheets in scopes.items():
        for month in world.months:
            found = choose([sent.dated for sent in sheets], month)
            if found is None:
                continue
            table = next(sent.table for sent in sheets if sent.dated == found[0])
            out.append(
                {
                    "table_id": table_id,
                    "month": month.first,
                    "scope": scope,
                    "delivered_on": found[0],
                    "state": found[1],
                    "file": table.path,
                    "sheet": table.sheet,
                }
            )
    return out
