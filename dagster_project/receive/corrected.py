"""A typed correction: of the whole patched sheet only the rows that came are this file's; the rest is the original's.

Works on the DuckDB tables `typed`, `rejected`, `issues` and `ignored` of the patched sheet, whose row numbers and
names are the original's, and leaves in them the correction's rows under its own name. Makes `delivered` and
`corrected`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lake import CORRECTED, DELIVERED, REJECTED, quoted
from dagster_project.receive.contracts import Contract
from dagster_project.receive.corrections import ORIGIN_HEADER, Correction
from dagster_project.receive.delivered import is_form
from dagster_project.receive.sql import literal


@dataclass(frozen=True)
class Delivered:
    """What the original and its earlier corrections deliver: scopes, their counties, counties held as stray."""

    scopes: frozenset[str]
    counties: frozenset[str]
    stray: frozenset[str]


def earlier(con: duckdb.DuckDBPyConnection, lake: Path, correction: Correction) -> Delivered:
    """Makes `_version` (row_number of the original → where its row in force stands) and `_before`, the typed rows of
    the original and its earlier corrections (scope, county_code, is_stray, counts, row_number, is_current)."""
    origin, plan = correction.origin, correction.found.plan
    con.execute(
        "create or replace temp table _line as select * from read_parquet(?) where content_hash = ? and sheet = ? "
        "and received_order < ? and corrected_row is not null",
        [str(lake / "corrected" / "*.parquet"), origin.content_hash, origin.sheet, plan.received_order])
    con.execute("""create or replace temp table _version as
        select row_number, max_by(corrected_by, received_order) as content_hash,
               max_by(corrected_sheet, received_order) as sheet, max_by(corrected_row, received_order) as own_row
        from _line where settled group by row_number""")
    family = [(origin.content_hash, origin.sheet),
              *con.execute("select distinct corrected_by, corrected_sheet from _line order by all").fetchall()]
    con.execute("create or replace temp table _before (content_hash varchar, sheet varchar, own_row bigint, "
                "scope varchar, county_code varchar, is_stray boolean, is_superseded boolean)")
    scopes: set[tuple[str, str]] = set()
    for content_hash, sheet in family:
        typed = lake / "typed" / plan.contract.id / f"{content_hash}.parquet"
        if typed.exists():
            con.execute("insert into _before select content_hash, sheet, row_number, scope, county_code, is_stray, "
                        f"is_superseded from read_parquet('{quoted(typed)}') where sheet = ?", [sheet])
        delivered = lake / "delivered" / f"{content_hash}.parquet"
        if delivered.exists():
            scopes |= set(con.execute(f"select distinct scope, county_code from read_parquet('{quoted(delivered)}') "
                                      "where sheet = ? and table_id = ?", [sheet, plan.contract.id]).fetchall())
    stray = con.execute("select distinct county_code from _before where is_stray").fetchall()
    return Delivered(frozenset(scope for scope, _ in scopes), frozenset(county for _, county in scopes),
                     frozenset(county for (county,) in stray))


def keep_own_rows(con: duckdb.DuckDBPyConnection, correction: Correction, content_hash: str, file_name: str,
                  sheet: str) -> None:
    """Leaves in `typed`, `rejected`, `issues` the corrected rows only, under the correction's name and row numbers;
    of `withheld` what they say."""
    con.execute("create or replace temp table _mine (row_number bigint, own_row bigint, cells varchar[])")
    if correction.changed:
        con.executemany("insert into _mine values (?, ?, ?)",
                        [(row, number, cells) for row, (number, cells) in sorted(correction.changed.items())])
    con.execute("create or replace temp table _mismatch as select row_number from issues where code = 'TOTAL_MISMATCH'")
    own = f"{literal(content_hash)} as content_hash, {literal(file_name)} as file_name, {literal(sheet)} as sheet"
    for table in ("typed", "rejected", "issues"):
        con.execute(f"create or replace temp table {table} as select t.* replace ({own}, m.own_row as row_number) "
                    f"from {table} t join _mine m using (row_number) order by t.row_number")
    con.execute("delete from withheld where row_number not in (select row_number from _mine)")
    headers = [text for _, text in sorted(correction.found.header_lines[-1].items())]
    places = sorted(correction.found.header_lines[-1])
    for number, raw, sentence, cells in correction.faults:
        line = {"content_hash": content_hash, "file_name": file_name, "sheet": sheet, "row_number": number,
                "table_id": correction.found.plan.contract.id, "column_name": ORIGIN_HEADER, "raw_value": raw,
                "masked_value": raw, "code": "BAD_VALUE", "sentence": sentence, "scope": None, "entity_key": None,
                "cells": json.dumps({h: cells[i] for h, i in zip(headers, places, strict=True)}, ensure_ascii=False)}
        con.execute(f"insert into rejected by name select {', '.join(f'? as {c}' for c in REJECTED)}",
                    [line[c] for c in REJECTED])


def settle_scopes(con: duckdb.DuckDBPyConnection, contract: Contract, before: Delivered) -> None:
    """Rows of a sheet that speaks for a part of the county stay with that part; others replace nothing (6.6.11)."""
    column = contract.narrows_to
    if column is None or not before.scopes:
        return
    scopes, counties = (", ".join(map(literal, sorted(some))) for some in (before.scopes, before.counties))
    con.execute(f"update typed set scope = county_code || '|' || \"{column}\" where county_code not in ({scopes}) "
                f"and county_code || '|' || \"{column}\" in ({scopes})")
    con.execute(f"update typed set is_stray = true where county_code in ({counties}) and scope not in ({scopes})")


def make_corrected(con: duckdb.DuckDBPyConnection, correction: Correction, content_hash: str, sheet: str) -> None:
    """Makes `corrected`: a line a row of the original that this file speaks of (lake/corrected).

    A total that now agrees is settled too, without a row of its own.
    """
    origin, order = correction.origin, correction.found.plan.received_order
    fixed = f"{literal(origin.content_hash)} as content_hash, {literal(origin.sheet)} as sheet"
    by = f"{literal(content_hash)} as corrected_by, {literal(sheet)} as corrected_sheet"
    con.execute(f"""create or replace temp table corrected as select {', '.join(CORRECTED)} from (
        select {fixed}, row_number, {by}, own_row as corrected_row, {order}::bigint as received_order,
               own_row not in (select row_number from rejected) as settled, cells
        from _mine
        union all
        select {fixed}, row_number, {by}, null, {order}::bigint, true, null
        from ignored
        where kind = 'total' and row_number not in (select row_number from _mine)
          and row_number not in (select row_number from _mismatch) and exists (from _mine)
        ) order by row_number""")


def make_net_delivered(con: duckdb.DuckDBPyConnection, correction: Correction, content_hash: str, file_name: str,
                       sheet: str) -> None:
    """Makes `delivered`: what the correction adds to each scope of its original, so that the sum over the files of a
    delivery counts every row once. A row that moves to another scope is taken from the one and added to the other."""
    plan = correction.found.plan
    nothing = " where false" if is_form(correction.found) else ""
    con.execute(f"""create or replace temp table delivered as
        with replaced as (
            select coalesce(v.content_hash, {literal(correction.origin.content_hash)}) as content_hash,
                   coalesce(v.sheet, {literal(correction.origin.sheet)}) as sheet,
                   coalesce(v.own_row, m.row_number) as own_row
            from _mine m left join _version v using (row_number)
            where m.own_row not in (select row_number from rejected)),
        net as (
            select scope, count(*) filter (where not is_superseded) as rows
            from typed where not is_stray and scope is not null and row_number not in (select row_number from rejected)
            group by scope
            union all
            select scope, -count(*) filter (where not is_superseded)
            from _before semi join replaced using (content_hash, sheet, own_row)
            where not is_stray and scope is not null group by scope),
        line as (
            select {literal(plan.contract.id)} as table_id, {literal(content_hash)} as content_hash,
                   {literal(file_name)} as file_name, {literal(sheet)} as sheet,
                   split_part(scope, '|', 1) as county_code, scope, date '{plan.snapshot_date}' as snapshot_date,
                   {plan.received_order}::bigint as received_order, sum(rows)::bigint as rows
            from net group by scope)
        select {', '.join(DELIVERED)} from line{nothing} order by scope""")
