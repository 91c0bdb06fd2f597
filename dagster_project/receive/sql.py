"""The little that every piece of generated SQL needs: quoted names and literals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa


def name(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str | None) -> str:
    """A quoted text, or null."""
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def store(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Makes a temp table of Arrow columns."""
    con.register("_arrow", rows)
    con.execute(f"create or replace temp table {table} as select * from _arrow")
    con.unregister("_arrow")


def texts(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> pa.Table:
    """Arrow text columns of rows."""
    turned = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table({c: pa.array(values, pa.string()) for c, values in zip(columns, turned, strict=True)})
