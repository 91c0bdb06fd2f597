"""Property: random sheets of every contract come back as the typed rows they were drawn from (spec 1.1-1.3).

TEST_PROPERTY_EXAMPLES raises the number of examples a contract.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from receive_home import Lake, profile
from receive_strategies import DrawnSheet, compared, draw_sheet, draw_sheets, plain

from dagster_project.receive.contracts import load_contracts


@pytest.mark.parametrize("table", sorted(load_contracts()))
def test_what_is_drawn_comes_back(table: str) -> None:
    contract = load_contracts()[table]

    @profile
    @given(st.randoms(use_true_random=False), st.integers(1, 6))
    def check(r: Random, rows: int) -> None:
        sheet = draw_sheet(r, contract, rows)
        with tempfile.TemporaryDirectory() as folder:
            lake = Lake(Path(folder), [sheet])
            assert_received(lake, sheet)

    check()


@profile
@given(st.randoms(use_true_random=False))
def test_several_tables_in_one_workbook_come_back(r: Random) -> None:
    contracts = r.sample(sorted(load_contracts().values(), key=lambda contract: contract.id), 4)
    sheets = draw_sheets(r, contracts, 3)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder), sheets)
        for sheet in sheets:
            assert_received(lake, sheet)


def assert_received(lake: Lake, sheet: DrawnSheet) -> None:
    contract = sheet.contract
    lines = lake.rows("sheets", sheet)
    assert [(x["table_id"], x["reason"]) for x in lines] == [(contract.id, None)]
    line = lines[0]
    assert lake.rows("rejected", sheet) == []
    assert [(i["row_number"], i["column_name"], i["raw_value"], i["code"]) for i in lake.rows("issues", sheet)] == []
    assert line["snapshot_date"] == sheet.snapshot
    ours = [row for row in sheet.rows if row.in_scope]
    found = {row["row_number"]: row for row in lake.rows(f"typed/{contract.id}", sheet)}
    names = compared(contract)
    assert sorted(found) == [row.number for row in ours]
    differing = [(row.number, c, plain(c, found[row.number][c]), row.expected[c], row.cells[sheet.index(c) or 0])
                 for row in ours for c in names if plain(c, found[row.number][c]) != row.expected[c]]
    assert differing == []         # row, column, found, expected, cell
    for row in found.values():
        assert (row["is_stray"], row["is_superseded"], row["is_filled_form"]) == (False, False, False)
    read = sheet.rows_read
    assert {k: line[k] for k in ("rows_read", "accepted", "rejected", "out_of_scope", "ignored")} == {
        "rows_read": read, "accepted": len(ours), "rejected": 0, "out_of_scope": len(sheet.rows) - len(ours),
        "ignored": read - len(sheet.rows)}
