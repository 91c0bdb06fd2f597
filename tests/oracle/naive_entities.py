"""The entities of a month, those that left included, and the deliveries that count (spec 1.1, 2.1, rulings 6.2.4, 6.2.6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from oracle.naive import months_before
from oracle.naive_sides import IN_FORCE, Sides, farm_key
from oracle.typed_rows import OPEN_LISTS, SNAPSHOTS, Month

Row = dict[str, Any]


def left(month: Month, table: str, listed: list[Row], *codes: str) -> list[Row]:
    """Last versions of what the county's delivery lists no more, with the first delivery without them, for 24 months."""
    def who(row: Row) -> Any:
        return next((row[c] for c in codes if row[c]), None) or (row["county_code"], row["entity_key"])

    there = {who(row) for row in listed}
    newest: dict[str, date] = {}
    for scope, day in month.chosen[table].items():
        county = scope.split("|")[0]
        newest[county] = max(day, newest.get(county, day))
    last: dict[Any, Row] = {}
    for row in month.tables[table]:
        if row["is_superseded"] or row["is_filled_form"] or row["is_stray"] or who(row) in there:
            continue
        if row["snapshot_date"] >= newest.get(row["county_code"], date.min):
            continue
        place = (row["snapshot_date"], row["received_order"], row["sheet"], row["row_number"])
        if who(row) not in last or place > last[who(row)]["place"]:
            last[who(row)] = {**row, "place": place}
    out = []
    for row in last.values():
        days = {line["snapshot_date"] for line in month.delivered if line["table_id"] == table
                and line["county_code"] == row["county_code"] and row["snapshot_date"] < line["snapshot_date"]}
        day = min(days)
        if day >= months_before(month.as_of, 24):
            out.append({**row, "left_on": day})
    return out


def cooperatives(sides: Sides) -> dict[str, Row]:
    """key → who, where and how, of the entities listed and those that left."""
    month, out = sides.month, {}
    listed = month.snapshot("gsxt.registration", "credit_code")
    again = {(r["county_code"], r["name"]) for r in listed if r["credit_code"]}
    gone = [r for r in sides.cooperatives_among(left(month, "gsxt.registration", listed, "credit_code"))
            if r["credit_code"] or (r["county_code"], r["name"]) not in again]
    for row in [*sides.coops, *({**r, "status": "left"} for r in gone)]:
        ended = row["ended_on"]
        if row["status"] not in (*IN_FORCE, "left") and ended and ended < months_before(month.as_of, 24):
            continue
        out[row["entity_key"]] = {
            "credit_code": row["credit_code"], "name": row["name"], "county_code": row["county_code"], "status": row["status"],
            "in_force": row["status"] in IN_FORCE, "founded_on": row["founded_on"], "left_on": row.get("left_on"),
            "is_union": "联合社" in f"{row['kind'] or ''} {row['name']}".replace("联合社区", "")}
    return out


def farms(sides: Sides) -> dict[str, Row]:
    """key → the published facts of a farm, of those listed and those that left."""
    month = sides.month
    coded = {(f["county_code"], f["name"], f["township_name"] or "") for f in sides.farms if f["farm_code"]}
    gone = [f for f in left(month, "farm_directory.farm", sides.farms, "farm_code")
            if f["farm_code"] or (f["county_code"], f["name"], f["township_name"] or "") not in coded]
    columns = ("farm_code", "name", "county_code", "township_name", "data_year", "updated_on", "annual_income", "subsidy_flag",
               "coded_on", "entered_on")
    return {row["farm_code"] or farm_key(row): {
        **{name: row[name] for name in columns}, "status": "left" if row.get("left_on") else "listed",
        "left_on": row.get("left_on"), "code_unknown": not row.get("left_on") and row["code_unknown"]}
        for row in [*sides.farms, *gone]}


def delivery(month: Month) -> dict[tuple[str, str], Row]:
    """(table, scope) → the date that counts and its state; only scopes with a file of their own as new as the county's."""
    out = {}
    for table, chosen in month.chosen.items():
        for scope, day in chosen.items():
            own = any(line["table_id"] == table and line["scope"] == scope and line["snapshot_date"] == day
                      for line in month.delivered)
            whole = scope != scope.split("|")[0] and any(
                line["table_id"] == table and line["scope"] == scope.split("|")[0] and line["snapshot_date"] == day
                for line in month.delivered)
            if not own or whole or "*" in scope:
                continue
            snapshot = table in SNAPSHOTS or table in OPEN_LISTS
            state = "月后导出" if day > month.as_of else "当期" if not snapshot or (month.as_of - day).days < 10 else \
                "月内" if day >= month.first else "过期"
            out[table, scope] = {"snapshot_date": day, "state": state}
    return out
