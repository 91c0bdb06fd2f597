"""Business key, scope and event date of a row (spec 1.4; shapes in the table's contract)."""

from __future__ import annotations

import duckdb

from dagster_project.receive.codes import sql_keyed_hash
from dagster_project.receive.contracts import Column, Contract, Type
from dagster_project.receive.plan import BoundColumn
from dagster_project.receive.sql import literal, name

PLACES = {"county_code": "county_code", "prefecture_code": "(left(county_code, 4) || '00')"}


def stored(column: Column) -> str:
    """SQL of the typed column that is null when this column says nothing usable."""
    return name(column.name + "_hash" if column.type is Type.identity else column.name)


def part(contract: Contract, key: str) -> str:
    """SQL of one part of a key or scope as text; people's names and numbers only as keyed hashes."""
    if key in PLACES:
        return PLACES[key]
    column = contract.column(key)
    if _is_secret(column):
        return name(key + " hash")
    return f"cast({stored(column)} as varchar)"


def _is_secret(column: Column) -> bool:
    return column.type in (Type.person, Type.phone) and column.personal != "public_representative"


def hash_people(con: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[str, str]:
    """SQL over `_read` r: the joins and columns `<name> hash` of people in keys. Each is hashed once.

    Makes a table `_hash_<name>` each; a row that an earlier alternative identifies needs no hash.
    """
    joins, columns = "", ""
    secret = {key for a in contract.key for key in a if key not in PLACES and _is_secret(contract.column(key))}
    for key in sorted(secret):
        table, column = name(f"_hash_{key}"), name(key)
        first = next(i for i, alternative in enumerate(contract.key) if key in alternative)
        known = [present(contract, a) for a in contract.key[:first] if not set(a) & set(PLACES)]
        con.execute(
            f"create or replace temp table {table} as select clear, {sql_keyed_hash('clear')} hash "
            f"from (select distinct {column} clear from _read where {column} is not null "
            f"and not ({' or '.join(known) or 'false'}))"
        )
        joins += f" left join {table} on {table}.clear = r.{column}"
        columns += f", {table}.hash {name(key + ' hash')}"
    return joins, columns


def present(contract: Contract, alternative: tuple[str, ...]) -> str:
    """SQL: whether every part of a key alternative is there."""
    columns = [PLACES.get(key) or stored(contract.column(key)) for key in alternative]
    return "(" + " and ".join(f"{column} is not null" for column in columns) + ")"


def entity_key(contract: Contract) -> str:
    """SQL of the first alternative wholly present, null when none is."""
    whens = " ".join(
        f"when {present(contract, alternative)} then {_joined(contract, alternative)}" for alternative in contract.key
    )
    return f"case {whens} end"


def scope(contract: Contract) -> str:
    """SQL of what a newer delivery replaces: county|values or prefecture|values; null without a place."""
    first = "prefecture_code" if "prefecture_code" in contract.replaces else "county_code"
    parts = (f" || '|' || coalesce({part(contract, key)}, '')" for key in contract.replaces if key not in PLACES)
    return PLACES[first] + "".join(parts)


def _joined(contract: Contract, parts: tuple[str, ...]) -> str:
    return " || '|' || ".join(part(contract, key) for key in parts)


def event_date(contract: Contract, snapshot: str) -> str:
    """SQL of the row's own date; null in snapshot tables, the file's date where an event bears none."""
    if contract.delivery == "snapshot":
        return "null::date"
    own = contract.event_date
    if own.year_end:
        return f"make_date({name(own.year_end)}, 12, 31)"
    given = f"date {literal(snapshot)}"
    return f"coalesce({name(own.column)}, {given})" if own.column else given


def wanted(contract: Contract, bound: dict[str, BoundColumn]) -> tuple[str, ...]:
    """The alternative whose gaps a keyless row is told of: the one with most required columns, first wins."""

    def weight(alternative: tuple[str, ...]) -> tuple[bool, int]:
        columns = [key for key in alternative if key not in PLACES]
        return all(key in bound for key in columns), sum(contract.column(key).required for key in columns)

    return max(contract.key, key=weight)
