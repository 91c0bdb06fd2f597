"""One sheet typed in memory, for the tests of receive/values.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from dagster_project.receive.contracts import Column, Contract, load_contracts
from dagster_project.receive.plan import BoundColumn, SheetPlan
from dagster_project.receive.regions import load_regions
from dagster_project.receive.values import type_sheet

KEY = b"a key for tests only, 32 bytes.."


@dataclass(frozen=True)
class Result:
    """What typing made of a sheet, each table as a list of dicts."""

    typed: list[dict]
    rejected: list[dict]
    issues: list[dict]
    out_of_scope: int

    def codes(self, column: str | None = None) -> list[str]:
        """Issue codes in row order, of one column (Chinese header) or of all."""
        return [i["code"] for i in self.issues if column in (None, i["column_name"])]

    @property
    def rejections(self) -> list[tuple[int, str, str]]:
        return [(r["row_number"], r["column_name"], r["code"]) for r in self.rejected]


def probe(*columns: Column, **contract) -> Contract:
    """A contract of the columns under test beside a key of plain text."""
    base = {
        "system": "probe",
        "table": "probe",
        "system_title": "测试",
        "title": "测试",
        "description": "测试",
        "delivery": "snapshot",
        "key": [["id"]],
    }
    return Contract(**base | contract, columns=(Column(name="id", header="编号"), *columns))


def type_rows(
    contract: Contract | str,
    columns: list[str],
    rows: list[tuple],
    *,
    hints: tuple[str, ...] = ("海勃湾区",),
    context: dict[str, str] | None = None,
    units: dict[str, str] | None = None,
    percent: tuple[str, ...] = (),
    numeric: tuple[str, ...] = (),
    snapshot: date = date(2024, 7, 31),
    scope: str | None = None,
    variant: str | None = None,
    unknown: tuple[tuple[int, str], ...] = (),
    extra: dict[str, list] | None = None,
    date_1904: bool = False,
) -> Result:
    """Type `rows`, whose texts stand in the order of `columns` (names of the contract), as one sheet."""
    contract = load_contracts()[contract] if isinstance(contract, str) else contract
    bound = [
        BoundColumn(contract.column(n), i, contract.column(n).header, (units or {}).get(n), None, n in percent)
        for i, n in enumerate(columns)
        if n
    ] + [BoundColumn(contract.column(n), None, "标题", None, text, False) for n, text in (context or {}).items()]
    plan = SheetPlan(
        contract=contract,
        variant=next((v for v in contract.variants if v.id == variant), None),
        columns=tuple(bound),
        unknown=unknown,
        content_hash="ab" * 32,
        file_name="乌海/表.xlsx",
        sheet="Sheet1",
        snapshot_date=snapshot,
        received_order=7,
        place_hints=hints,
        default_scope=scope,
        numeric=frozenset(columns.index(n) for n in numeric),
        date_1904=date_1904,
    )
    width = max((len(row) for row in rows), default=len(columns))
    table = {f"c{i}": pa.array([row[i] for row in rows], pa.string()) for i in range(width)}
    con = duckdb.connect()
    con.register(
        "arrow",
        pa.table({"row_number": pa.array(range(2, 2 + len(rows)), pa.int64()), **table, **(extra or {})}),
    )
    con.execute("create table cells as select * from arrow")
    type_sheet(con, "cells", plan, load_regions(), KEY)
    described = con.sql("describe typed").fetchall()
    assert [(row[0], row[1]) for row in described] == list(contract.typed().items())
    assert not con.sql(
        "select 1 from duckdb_tables() where table_name = '_pads'"
    ).fetchall()  # nothing of the key stays
    found = {
        table: con.sql(f"select * from {table}").to_arrow_table().to_pylist()
        for table in ("typed", "rejected", "issues")
    }
    out = con.sql("select n from out_of_scope_count").fetchall()[0][0]
    reached = {r["row_number"] for r in found["typed"]}, {r["row_number"] for r in found["rejected"]}
    assert not reached[0] & reached[1]
    assert len(found["typed"]) + len(reached[1]) + out == len(rows)  # nothing received may vanish
    return Result(**found, out_of_scope=out)


def column_of(column: Column, texts: list[str | None], **options) -> tuple[list, list[str]]:
    """The typed values of one column, and its issue codes."""
    if column.name in options.pop("numeric", ()):
        options["numeric"] = (column.name,)
    result = type_rows(probe(column), ["id", column.name], [(f"n{i}", t) for i, t in enumerate(texts)], **options)
    return [row[column.name] for row in result.typed], result.codes(column.header)
