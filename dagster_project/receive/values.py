"""Typing: from a sheet's cells as text to typed rows, rejected rows, value issues (spec 1.2, 1.3, 6).

Plain texts are cast in SQL, column by column; only the distinct other ones pass through Python and are joined
back. Every input row ends in exactly one of `typed`, `rejected` (a line a fault) and `out_of_scope_count`.
"""

from __future__ import annotations

import dataclasses

import duckdb
import pyarrow as pa

from dagster_project.receive import keys
from dagster_project.receive.amounts import number_reading
from dagster_project.receive.codes import credit_code_reading, farm_code_reading, identity_reading, make_pads
from dagster_project.receive.contracts import SQL_TYPE, Contract, Type
from dagster_project.receive.dates import date_reading, year_reading
from dagster_project.receive.faults import checks_of, write_faults
from dagster_project.receive.known_farms import without_farms
from dagster_project.receive.placing import place_rows
from dagster_project.receive.plan import BoundColumn, SheetPlan
from dagster_project.receive.reading import AS_IS, Reading
from dagster_project.receive.regions import Regions
from dagster_project.receive.scope import in_scope, scope_texts
from dagster_project.receive.sql import literal, name, store, texts
from dagster_project.receive.text import WITHHELD, clean_columns, normal, null_if_token
from dagster_project.receive.words import boolean_reading, enum_reading


def type_sheet(con: duckdb.DuckDBPyConnection, cells: str, plan: SheetPlan, regions: Regions, key: bytes) -> None:
    """Make the temp tables `typed`, `rejected`, `issues`, `out_of_scope_count` (n) of one sheet,
    and `withheld` (row_number, n): how many values of a row are 不公示 (rulings 6.6.12).

    `cells`: a table or view with row_number, c0…cN VARCHAR and, where there is drift, `drift` VARCHAR.
    `typed` has exactly the columns of `plan.contract.typed()`; is_stray and is_superseded are for landing.
    `key`: secret of the keyed hashes. Raises duckdb.Error when `cells` lacks a bound column.
    """
    contract = plan.contract
    cells, has = _base_table(con, cells)
    plan = dataclasses.replace(plan, columns=_with_constants(plan))
    readings = {b.column.name: _reading(b, plan, key) for b in plan.columns}
    make_pads(con, key)
    without_farms(con)
    try:
        _clean_texts(con, cells, plan, has)
        _read_values(con, plan, readings)
        con.execute("drop table _text")  # as large as the sheet
        placing = place_rows(con, plan, regions, _division(plan))
        joins, hashes = keys.hash_people(con, contract)
        checks = checks_of(plan, {n for n, reading in readings.items() if reading.can_fail})
        rejects = " or ".join(f"({check.condition})" for check in checks if check.rejects)
        con.execute(
            f"create or replace temp view _full as select *, not ({rejects}) keep, "
            f"{keys.scope(contract)} scope, {keys.entity_key(contract)} entity_key "
            f'from (select r.*, case when r."city wide" then '
            f"left({placing.county_code}, 4) || '00' else {placing.county_code} end county_code, "
            f"{placing.note} county_note{hashes} from _read r {placing.joins}{joins} where r.in_scope)"
        )
        write_faults(con, cells, plan, checks)
        _typed(con, plan)
        con.execute(
            "create or replace temp table out_of_scope_count as select count(*) n from _read where not in_scope"
        )
        con.execute(
            'create or replace temp table withheld as select row_number, "values withheld" n from _full '
            'where "values withheld" > 0'
        )
    finally:
        con.execute("drop view if exists _full")
        for table in ("_pads", "_text", "_parsed", "_read", "_found", "_fault", "_told", "_cells"):
            con.execute(f"drop table if exists {table}")


def _division(plan: SheetPlan) -> str | None:
    """SQL over `_read` r of the division code in a credit code (characters 3-8) or 注册号 (the first 6)."""
    parts = [f"substr(r.{name(b.column.name)}, 3, 6)" for b in plan.columns if b.column.type is Type.credit_code]
    if parts and _takes_registration_no(plan.contract):
        parts.append("left(r.registration_no, 6)")
    return f"coalesce({', '.join(parts)})" if parts else None


def _base_table(con: duckdb.DuckDBPyConnection, cells: str) -> tuple[str, set[str]]:
    """A table that has row ids, and its columns."""
    if not con.execute("select 1 from duckdb_tables() where table_name = ?", [cells]).fetchall():
        con.execute(f"create or replace temp table _cells as select * from {cells}")
        cells = "_cells"
    return cells, {row[0] for row in con.sql(f"describe {cells}").fetchall()}


def _with_constants(plan: SheetPlan) -> tuple[BoundColumn, ...]:
    """The bound columns, and those that the contract or the variant fills with one value."""
    missing = []
    for column in plan.contract.columns:
        value = plan.variant.constants.get(column.name) if plan.variant else None
        value = value or column.constant
        if value is not None and plan.bound(column.name) is None:
            missing.append(BoundColumn(column, None, column.header, None, value, False))
    return (*plan.columns, *missing)


def _reading(bound: BoundColumn, plan: SheetPlan, key: bytes) -> Reading:
    column = bound.column
    numeric = bound.index in plan.numeric
    match column.type:
        case Type.money | Type.area | Type.number | Type.integer | Type.ratio:
            return number_reading(bound)
        case Type.date | Type.month:
            return date_reading(column, plan.snapshot_date, numeric, plan.date_1904)
        case Type.year:
            return year_reading()
        case Type.boolean:
            return boolean_reading(column)
        case Type.enum:
            return enum_reading(column)
        case Type.credit_code:
            return credit_code_reading(numeric, _takes_registration_no(plan.contract))
        case Type.farm_code:
            return farm_code_reading()
        case Type.identity:
            return identity_reading(key, plan.snapshot_date)
        case Type.phone:
            return dataclasses.replace(AS_IS, value="replace({x}, ' ', '')")
    return AS_IS


def _takes_registration_no(contract: Contract) -> bool:
    return any(column.name == "registration_no" for column in contract.columns)


def _clean_texts(con: duckdb.DuckDBPyConnection, cells: str, plan: SheetPlan, has: set[str]) -> None:
    """Make `_text`: rid, each bound column's cleaned text, null if it says nothing, and `<name> public`."""
    cleaned, joins = clean_columns(con, cells, sorted({b.index for b in plan.columns if b.index is not None}))
    wide = plan.variant.wide if plan.variant else None
    city_wide = wide.city_wide_column if wide and wide.city_wide_column in has else None
    inner = [
        "c.rowid rid",
        "c.row_number",
        f"{'c.drift' if 'drift' in has else 'null::varchar'} drift",
        f'{f"coalesce(c.{name(city_wide)}, false)" if city_wide else "false"} "city wide"',
    ]
    outer = ["rid", "row_number", "drift", '"city wide"']
    words, withheld = ", ".join(map(literal, WITHHELD)), ["0"]
    for b in plan.columns:
        x = name(b.column.name)
        inner.append(f"{literal(normal(b.context_value or '')) if b.index is None else cleaned[b.index]} {x}")
        kept = null_if_token(x, b.column.null_words)
        outer.append(f"{kept} {x}")
        if b.index is not None:
            withheld.append(f"coalesce({x} in ({words}), false)::int")
        if b.column.withheld:
            outer.append(
                f"case when {x} in ({words}) then false when {kept} is not null then true end "
                f"{name(b.column.name + ' public')}"
            )
    outer.append(f'{" + ".join(withheld)} "values withheld"')
    con.execute(
        f"create or replace temp table _text as select {', '.join(outer)} from "
        f"(select {', '.join(inner)} from {cells} c {' '.join(joins)})"
    )


def _parse_odd(con: duckdb.DuckDBPyConnection, readings: dict[str, Reading]) -> dict[str, int]:
    """Make `_parsed` (k, raw, value, fault, extra) of the distinct texts that are not plain.

    Returns column → k of the columns that have some.
    """
    numbers = {n: k for k, n in enumerate(readings) if readings[n].plain != "true"}
    selects = ["select 0 k, '' raw where false"]
    for n, k in numbers.items():
        plain = readings[n].plain
        odd = f" and coalesce(not ({plain.format(x=name(n))}), true)" if plain else ""
        selects.append(f"select {k} k, {name(n)} raw from _text where {name(n)} is not null{odd}")
    distinct = con.sql(f"select distinct k, raw from ({' union all '.join(selects)})").fetchall()
    parsers = {k: readings[n].parse for n, k in numbers.items()}
    parsed = texts(("raw", "value", "fault", "extra"), ((raw, *parsers[k](raw)) for k, raw in distinct))
    store(con, "_parsed", parsed.append_column("k", pa.array([k for k, _ in distinct], pa.int32())))
    met = {k for k, _ in distinct}
    return {n: k for n, k in numbers.items() if k in met}


def _read_values(con: duckdb.DuckDBPyConnection, plan: SheetPlan, readings: dict[str, Reading]) -> None:
    """Make `_read`: lineage, every typed contract column, `<name> fault` where one can be, and in_scope."""
    contract = plan.contract
    odd = _parse_odd(con, readings)
    joins = [f"left join _parsed p{k} on p{k}.k = {k} and p{k}.raw = t.{name(n)}" for n, k in odd.items()]
    select: list[str] = []
    final = [f"v.*{_defaults(contract)}"]
    for column in contract.columns:
        sql, n = SQL_TYPE[column.type], column.name
        if n not in readings:
            if n == "registration_no":
                select.append(f"{_legacy_number(contract, odd) or 'null::varchar'} {name(n)}")
                continue
            blank = {f"{n}_state": "'blank'"} if column.type is Type.identity else {}
            select += [f"{blank.get(c, f'cast(null as {sql})')} {name(c)}" for c, sql in column.typed().items()]
            continue
        reading, x, k = readings[n], f"t.{name(n)}", odd.get(n)

        def either(plain: str, parsed: str, k: int | None = k) -> str:
            return (
                plain if k is None else f"case when p{k}.raw is null then {plain} else {parsed.format(p=f'p{k}')} end"
            )

        value = either(f"try_cast({reading.value.format(x=x)} as {sql})", f"try_cast({{p}}.value as {sql})")
        if column.type is Type.identity:
            plain = f"case when {x} is null then 'blank' else {reading.extra} end"
            select += [f"{value} {name(n + '_hash')}", f"{either(plain, '{p}.extra')} {name(n + '_state')}"]
        else:
            legacy = _legacy_number(contract, odd) if n == "registration_no" else None
            select.append(f"{f'coalesce({value}, {legacy})' if legacy else value} {name(n)}")
        if reading.can_fail:
            fault = "null::varchar" if k is None else f"p{k}.fault"  # a plain text has none
            shown = name(n + " fault")
            if reading.final_fault:
                select.append(f"{fault} {name(n + ' first fault')}")
                final.append(
                    f"coalesce(v.{name(n + ' first fault')}, {reading.final_fault.format(x=f'v.{name(n)}')}) {shown}"
                )
            else:
                select.append(f"{fault} {shown}")
        if column.keep_raw:
            select.append(f"{x} {name(n + '_raw')}")
        if column.withheld:
            select.append(f"t.{name(n + ' public')} {name(n + '_is_public')}")
    final.append(in_scope(plan))
    select += ["t.rid", "t.row_number", "t.drift", 't."city wide"', 't."values withheld"', *scope_texts(plan)]
    con.execute(
        f"create or replace temp table _read as select {', '.join(final)} from (select {', '.join(select)} "
        f"from _text t {' '.join(joins)}) v"
    )


def _defaults(contract: Contract) -> str:
    """SQL that fills blank fields with what the contract says stands for them."""
    filled = []
    for column in contract.columns:
        words = [literal(column.default)] if column.default else []
        for other, by in column.default_by.items():
            whens = " ".join(f"when {literal(value)} then {literal(word)}" for value, word in by.items())
            words.append(f"case v.{name(other)} {whens} end")
        if words:
            filled.append(f"coalesce(v.{name(column.name)}, {', '.join(words)}) as {name(column.name)}")
    return f" replace ({', '.join(filled)})" if filled else ""


def _legacy_number(contract: Contract, odd: dict[str, int]) -> str | None:
    """SQL of the 15 characters that stood in the code column."""
    for column in contract.columns:
        if column.type is Type.credit_code and column.name in odd:
            return f"p{odd[column.name]}.extra"
    return None


def _layout(plan: SheetPlan) -> str | None:
    """The first layout one of whose headers is in the sheet, else the one that needs none."""
    layouts = plan.contract.optional_layout
    printed = {header for b in plan.columns for header in b.column.headers}
    found = next((layout for layout, headers in layouts.items() if printed & set(headers)), None)
    return found or next((layout for layout, headers in layouts.items() if not headers), None)


def _typed(con: duckdb.DuckDBPyConnection, plan: SheetPlan) -> None:
    """Make `typed` of the rows that no fault rejects."""
    contract = plan.contract
    snapshot = plan.snapshot_date.isoformat()
    one = {  # for the whole sheet
        "content_hash": literal(plan.content_hash),
        "file_name": literal(plan.file_name),
        "sheet": literal(plan.sheet),
        "snapshot_date": f"date '{snapshot}'",
        "received_order": str(plan.received_order),
        "is_stray": "false",
        "is_superseded": "false",
        "is_filled_form": str(bool(plan.variant and plan.variant.partial)),
    }
    own = {"event_date": keys.event_date(contract, snapshot)}
    if contract.absent_columns:
        absent = [c.name for c in contract.columns if plan.bound(c.name) is None]
        one["absent_columns"] = literal(",".join(absent) or None)
    if contract.layout_column:
        one[contract.layout_column] = literal(_layout(plan))
    for variant in contract.variants:
        if variant.wide and variant.wide.city_wide_column:
            own[variant.wide.city_wide_column] = '"city wide"'
    typed = contract.typed()
    rows = ", ".join(f"cast({own.get(n, name(n))} as {typed[n]}) {name(n)}" for n in typed if n not in one)
    columns = ", ".join(f"cast({one[n]} as {typed[n]}) {name(n)}" if n in one else name(n) for n in typed)
    con.execute(  # what is one for the sheet is not sorted with its rows
        f"create or replace temp table typed as select {columns} from (select {rows} from _full where keep order by rid)"
    )
