"""Property: a spoiled cell is found, by file, sheet, row, column and code, or changes nothing (spec 1.2, 1.3).

The other cells of its row and all other rows come back as they were drawn, and every row of the file is counted
exactly once. TEST_PROPERTY_EXAMPLES raises the number of examples a contract.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from receive_corruptions import NOTHING, Corruption, corrupt
from receive_home import Lake, profile
from receive_strategies import DrawnSheet, compared, draw_sheet, plain

from dagster_project.receive.contracts import LINEAGE, Type, load_contracts

# What a spoiled cell may do beside its own fault: two keys become one, a sum no longer holds.
ASIDE = {"DUPLICATE_KEY", "STRAY", "TOTAL_MISMATCH"}


@pytest.mark.parametrize("table", sorted(load_contracts()))
def test_a_spoiled_cell_is_found_or_harmless(table: str) -> None:
    contract = load_contracts()[table]

    @profile
    @given(st.randoms(use_true_random=False), st.integers(2, 6))
    def check(r: Random, rows: int) -> None:
        sheet = draw_sheet(r, contract, rows)
        totals = spoil_totals(r, sheet)
        spoiled = [] if totals else corrupt(r, sheet)
        with tempfile.TemporaryDirectory() as folder:
            lake = Lake(Path(folder), [sheet])
            assert_found(lake, sheet, spoiled, totals)

    check()


def spoil_totals(r: Random, sheet: DrawnSheet) -> list[int]:
    """Sometimes a wrong 合计; the rows then stay as they are."""
    if not sheet.totals or r.randrange(2):
        return []
    lines = sheet.lines()
    for number, index in sheet.totals.items():
        lines[number - 1][index] = str(int(lines[number - 1][index]) + 1)
    return list(sheet.totals)


def assert_found(lake: Lake, sheet: DrawnSheet, spoiled: list[Corruption], totals: list[int]) -> None:
    contract = sheet.contract
    assert [x["table_id"] for x in lake.rows("sheets", sheet)] == [contract.id], lake.rows("sheets", sheet)
    typed = {row["row_number"]: row for row in lake.rows(f"typed/{contract.id}", sheet)}
    rejected, issues = lake.rows("rejected", sheet), lake.rows("issues", sheet)
    for fault in (*rejected, *issues):
        assert (fault["sheet"], fault["table_id"]) == (sheet.sheet, contract.id)
        assert fault["code"] in fault["sentence"] or "请" in fault["sentence"]
    by_row = {way.row.number: way for way in spoiled}
    refused = {fault["row_number"] for fault in rejected}
    assert_conserved(lake, sheet, set(typed), refused)
    strange = [(f["row_number"], f["column_name"], f["raw_value"], f["code"]) for f in (*rejected, *issues)
               if f["row_number"] not in by_row and f["code"] not in ASIDE]
    assert strange == []
    assert sorted(f["row_number"] for f in issues if f["code"] == "TOTAL_MISMATCH") == totals or spoiled
    missed = [(way.row.number, way.column.header, way.cell, sorted(way.codes), what)
              for way in spoiled if (what := missing(way, sheet, typed, rejected, issues))]
    assert missed == []
    changed = [(row.number, name, plain(name, typed[row.number][name]), row.expected[name])
               for row in sheet.rows if row.number in typed
               for name in compared(contract) if not touched(by_row.get(row.number), name, sheet)
               and plain(name, typed[row.number][name]) != row.expected[name]]
    assert changed == []          # row, column, found, expected


def missing(way: Corruption, sheet: DrawnSheet, typed: dict[int, dict], rejected: list[dict],
            issues: list[dict]) -> str | None:
    """What is wrong with the way in which this corruption was met; None when nothing is."""
    number, header = way.row.number, way.column.column.header
    told = {f["code"] for f in (*rejected, *issues) if (f["row_number"], f["column_name"]) == (number, header)}
    if not way.codes:
        return f"harmless, but told {told}" if number not in typed or told - ASIDE else None
    if not told & way.codes:
        return f"not found, told {told}"
    name = way.column.column.name
    if number in typed and way.column.column.type is not Type.identity:
        wanted = None if way.kept is NOTHING else way.kept
        if typed[number][name] != wanted:
            return f"typed as {typed[number][name]!r}"
    return None


def touched(way: Corruption | None, name: str, sheet: DrawnSheet) -> bool:
    """Whether a found corruption may change this typed column: its own ones, and what is derived from it."""
    if way is None or not way.codes:
        return False
    own = set(way.column.column.typed())
    if way.column.column.type is Type.credit_code:
        own.add("registration_no")
    return name in own or (name in LINEAGE and name != "drift")


def assert_conserved(lake: Lake, sheet: DrawnSheet, typed: set[int], refused: set[int]) -> None:
    """Counted from the file: each row under the header is typed, refused, out of scope or ignored, and only one."""
    read = sheet.rows_read
    data = {row.number for row in sheet.rows}
    outside = {row.number for row in sheet.rows if not row.in_scope}
    assert not typed & refused
    assert typed | refused | outside == data
    line: dict[str, Any] = lake.rows("sheets", sheet)[0]
    assert {n: line[n] for n in ("rows_read", "accepted", "rejected", "out_of_scope", "ignored")} == {
        "rows_read": read, "accepted": len(typed), "rejected": len(refused), "out_of_scope": len(outside),
        "ignored": read - len(data)}
