"""A sheet of the 退回清单 that came back: whose correction it is, and which rows of the original it changes.

The original is read again from the archive with the corrected rows in their places, so that everything a row
owes to its sheet (header, units, date, title, the cell that speaks for the whole prefecture) stays as it was.
A row that says nothing new is no correction; one that cannot be traced to a faulty row is rejected.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.lake import quoted
from dagster_project.receive.archive import object_path
from dagster_project.receive.header_search import HEADER_WITHIN, head_of
from dagster_project.receive.headers import DEEPEST, label
from dagster_project.receive.listed_values import ListedValue, put_in
from dagster_project.receive.readers import Sheet, read
from dagster_project.receive.recognise import Received, Recogniser, Recognition
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.screen import Screen
from dagster_project.receive.sheet_xml import WORKBOOK
from dagster_project.receive.text import normal
from dagster_project.settings import Settings

ORIGIN_HEADER = "原行号"
DEFINED_NAME = "coopledger_origin"
TOP = HEADER_WITHIN + 2 * DEEPEST      # where the original's header block can stand, with our lines above it
_MARK = re.compile(r"([0-9a-f]{64})-(\d+)")
_AGAIN = "请打开系统生成的退回清单，只改标色的单元格后重新放入。"

Cells = list[str | None]


def mark(content_hash: str, sheet_index: int) -> str:
    """What a sheet of the 退回清单 carries to find its original again."""
    return f"{content_hash}-{sheet_index}"


@dataclass(frozen=True)
class Claim:
    """What a sheet says of itself. `header_row` is a row of the sheet, `column` the index of 原行号."""

    content_hash: str
    sheet_index: int
    header_row: int
    column: int


@dataclass(frozen=True)
class Origin:
    """The sheet that is corrected, as the register holds it."""

    content_hash: str
    file_name: str
    sheet: str
    sheet_index: int
    snapshot_date: date
    snapshot_date_assumed: bool
    received_order: int


@dataclass
class Correction:
    """The original's sheet with the corrected rows in it (`patched`), and what became of each row that came.

    Keys of `changed` are rows of the original, its values (row of the correction, cells). `faults`: rows of the
    correction that have no place in the original, with raw 原行号 and sentence. `rows_read` counts rows behind
    the correction's header; those in neither are blank or say nothing new.
    """

    claim: Claim
    origin: Origin
    found: Recognition
    patched: Sheet
    rows_read: int
    changed: dict[int, tuple[int, Cells]] = field(default_factory=dict)
    faults: list[tuple[int, str | None, str, Cells]] = field(default_factory=list)
    unchanged: int = 0
    blank: int = 0


def claim_of(sheet: Sheet, path: Path, file_name: str) -> Claim | None:
    """None: the sheet is no correction. Raises Refusal for one that has lost its column 原行号."""
    grid = head_of(sheet, TOP)
    said = next((found for line in grid for text in line if text and "原件标识" in text
                 and (found := _MARK.search(text))), None)
    at = next(((row, column) for row, line in enumerate(grid) for column, text in enumerate(line)
               if text and normal(text) == ORIGIN_HEADER), None)
    if at is None:
        if said:
            raise Refusal("MISSING_COLUMN", f"{place(file_name, sheet.name)}是退回清单的更正件，但缺少“{ORIGIN_HEADER}”"
                                            f"一列，无法对应原表的行。{_AGAIN}")
        return None
    said = said or _MARK.search(_defined_name(path, sheet.index) or "")
    if said is None:
        return None
    return Claim(said[1], int(said[2]), sheet.cells["row_number"][at[0]].as_py(), at[1])


def _defined_name(path: Path, index: int) -> str | None:
    """The sheet's own defined name, which survives when somebody deletes the line at the top."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        if WORKBOOK not in archive.namelist():
            return None
        names = (node for node in ElementTree.fromstring(archive.read(WORKBOOK)).iter()
                 if node.tag.rpartition("}")[2] == "definedName")
        return next((node.text for node in names
                     if node.get("name") == DEFINED_NAME and node.get("localSheetId") == str(index)), None)


def read_correction(con: duckdb.DuckDBPyConnection, settings: Settings, recogniser: Recogniser, sheet: Sheet,
                    claim: Claim, received: Received,
                    screen_of: Callable[[pa.Table, list[tuple[int, int, int, int]], Received], Screen | None],
                    listed: Sequence[ListedValue] = ()) -> Correction:
    """Puts the rows of a correction into their original, with what the workbook's list says of them. Raises Refusal when that cannot be done beyond doubt."""
    where = place(received.file_name, sheet.name)
    origin = _origin(con, settings, claim, where)
    then = Received(origin.content_hash, origin.file_name, origin.received_order, origin.snapshot_date,
                    origin.snapshot_date)
    sheets = read(object_path(settings.archive, origin.content_hash), settings, origin.file_name,
                  lambda cells, merges: screen_of(cells, merges, then))
    original = next((s for s in sheets if s.index == origin.sheet_index), None)
    found = recogniser.recognise(original, then) if original is not None and original.refusal is None else None
    if original is None or found is None or found.record:
        raise Refusal("NO_CONTRACT", f"{where}所更正的{place(origin.file_name, origin.sheet)}当时没有入账，"
                                     "不能逐行更正。请按退回清单的说明改正后重新报送整张表。")
    _check_headers(sheet, claim, original, found, where)
    correction = Correction(claim, origin, _dated(found, origin, sheet, claim, received), original, 0)
    versions = _versions(con, settings, origin, received.received_order)
    mine = [item for item in listed if item.of(origin.file_name, origin.sheet)]
    _sort_rows(correction, sheet, original, versions, _faulty(con, settings, origin), mine, where)
    correction.patched = replace(original, cells=_with_rows(original.cells, _newest(versions, correction)),
                                 numeric=correction.found.plan.numeric)
    return correction


def _origin(con: duckdb.DuckDBPyConnection, settings: Settings, claim: Claim, where: str) -> Origin:
    register = settings.lake / "sheets" / f"{claim.content_hash}.parquet"
    rows = []
    if register.exists():
        rows = con.execute(
            "select content_hash, file_name, sheet, sheet_index, snapshot_date, snapshot_date_assumed, received_order "
            f"from read_parquet('{quoted(register)}') where sheet_index = ? and outcome <> 'duplicate'",
            [claim.sheet_index]).fetchall()
    if len(rows) != 1:
        raise Refusal("NO_CONTRACT", f"{where}是更正件，但没有收到过它所更正的原件。请确认是本系统生成的退回清单，"
                                     "或重新报送整张表。")
    return Origin(*rows[0])


def _columns(sheet: Sheet, claim: Claim) -> list[int]:
    """Indexes of the sheet's columns in the original's order."""
    return [index for index in range(sheet.width) if index != claim.column]


def _check_headers(sheet: Sheet, claim: Claim, original: Sheet, found: Recognition, where: str) -> None:
    """The header block must be the original's: a column moved or taken away would put values in the wrong place."""
    grid, columns = head_of(sheet, TOP), _columns(sheet, claim)
    last = sheet.cells["row_number"].to_pylist().index(claim.header_row)
    printed, bottom = head_of(original), found.last_header_row - original.first_row
    depth = found.last_header_row - found.header_row
    odd: list[str] = []
    for back in range(depth + 1):
        mine = [grid[last - back][index] for index in columns] if last >= back else []
        theirs = printed[bottom - back]
        for index in range(max(len(mine), len(theirs))):
            one, other = (line[index] if index < len(line) else None for line in (mine, theirs))
            if label(one or "").key != label(other or "").key:
                odd.append(other or one or "")
    if odd:
        raise Refusal("MISSING_COLUMN", f"{where}是更正件，但表头与原表不同（{'、'.join(dict.fromkeys(odd))}），"
                                        f"列可能被删除或移动。{_AGAIN}")


def _dated(found: Recognition, origin: Origin, sheet: Sheet, claim: Claim, received: Received) -> Recognition:
    """The original's plan, with the original's date and this receipt's order."""
    numbers = {place_: index for index, place_ in enumerate(_columns(sheet, claim))}
    numeric = found.plan.numeric | {numbers[index] for index in sheet.numeric if index in numbers}
    plan = replace(found.plan, snapshot_date=origin.snapshot_date, received_order=received.received_order,
                   numeric=frozenset(numeric))
    return replace(found, plan=plan, snapshot_assumed=origin.snapshot_date_assumed, modified_in_future=False)


def _versions(con: duckdb.DuckDBPyConnection, settings: Settings, origin: Origin,
              before: int) -> dict[int, list[tuple[bool, Cells]]]:
    """What earlier corrections said of each row of the original, oldest first: (settled, cells)."""
    out: dict[int, list[tuple[bool, Cells]]] = {}
    for row, settled, cells in con.execute(
            "select row_number, settled, cells from read_parquet(?) where content_hash = ? and sheet = ? "
            "and received_order < ? and cells is not null order by received_order, corrected_row",
            [str(settings.lake / "corrected" / "*.parquet"), origin.content_hash, origin.sheet, before]).fetchall():
        out.setdefault(row, []).append((settled, cells))
    return out


def _faulty(con: duckdb.DuckDBPyConnection, settings: Settings, origin: Origin) -> set[int]:
    """Rows of the original with any finding; only these can be corrected."""
    rows: set[int] = set()
    for zone in ("rejected", "issues"):
        path = settings.lake / zone / f"{origin.content_hash}.parquet"
        if path.exists():
            rows |= {row for (row,) in con.execute(
                f"select distinct row_number from read_parquet('{quoted(path)}') where sheet = ? "
                "and row_number is not null", [origin.sheet]).fetchall()}
    return rows


def _sort_rows(correction: Correction, sheet: Sheet, original: Sheet, versions: dict[int, list[tuple[bool, Cells]]],
               faulty: set[int], listed: Sequence[ListedValue], where: str) -> None:
    columns = _columns(sheet, correction.claim)[: original.width]
    behind = pc.greater(sheet.cells["row_number"], correction.claim.header_row)
    rows = sheet.cells.filter(behind).to_pylist()
    given = [(row["row_number"], row[f"c{correction.claim.column}"], [row[f"c{index}"] for index in columns])
             for row in rows]
    given = [(number, origin, cells + [None] * (original.width - len(cells))) for number, origin, cells in given]
    filled = [line for line in given if any(text and text.strip() for text in line[2])]
    correction.rows_read = max((line[0] for line in filled), default=correction.claim.header_row) - correction.claim.header_row
    correction.blank = correction.rows_read - len(filled)
    printed = _rows_of(original, faulty)
    seen: dict[int, int] = {}
    for _, origin, _ in filled:
        if (row := _number(origin)) is not None:
            seen[row] = seen.get(row, 0) + 1
    known = {row: [cells, *(old for _, old in versions.get(row, []))] for row, cells in printed.items()}
    put_in(listed, {row: cells for _, origin, cells in filled if (row := _number(origin)) in known and seen[row] == 1},
           _places(correction.found), known)
    for number, origin, cells in filled:
        row = _number(origin)
        fault = ""
        if row is None:
            fault = f"第 {number} 行的“{ORIGIN_HEADER}”不是行号，无法对应原表的行，这一行没有入账。{_AGAIN}"
        elif seen[row] > 1:
            fault = f"“{ORIGIN_HEADER}”{row} 出现了 {seen[row]} 次，分不清以哪一行为准，都没有入账，请只保留一行。"
        elif row not in faulty:
            fault = f"原表第 {row} 行没有退回或问题，不能用更正件改动，这一行没有入账。请核对“{ORIGIN_HEADER}”。"
        if row is None or fault:
            correction.faults.append((number, origin, where + fault, cells))
        elif any(_same(cells, old) for old in known.get(row, [])):
            correction.unchanged += 1
        else:
            correction.changed[row] = (number, cells)


def _places(found: Recognition) -> dict[str, int]:
    """First Chinese header → column of the original; a wide layout's figures have no header of their own."""
    if found.wide:
        return {}
    return {bound.column.header: index for bound in found.plan.columns
            if (index := bound.index if bound.source is None else bound.source) is not None}


def _number(text: str | None) -> int | None:
    clean = normal(text or "")
    return int(clean) if clean.isascii() and clean.isdigit() else None


def _same(one: Cells, other: Cells) -> bool:
    return len(one) == len(other) and all(normal(a or "") == normal(b or "") for a, b in zip(one, other, strict=True))


def _rows_of(sheet: Sheet, wanted: set[int]) -> dict[int, Cells]:
    chosen = sheet.cells.filter(pc.is_in(sheet.cells["row_number"], pa.array(sorted(wanted), pa.int64())))
    return {row["row_number"]: [row[f"c{i}"] for i in range(sheet.width)] for row in chosen.to_pylist()}


def _newest(versions: dict[int, list[tuple[bool, Cells]]], correction: Correction) -> dict[int, Cells]:
    """The cells of each corrected row as they now stand: earlier corrections that were taken, then this one."""
    rows = {row: taken[-1] for row, lines in versions.items() if (taken := [c for settled, c in lines if settled])}
    return rows | {row: cells for row, (_, cells) in correction.changed.items()}


def _with_rows(cells: pa.Table, rows: dict[int, Cells]) -> pa.Table:
    """The table with these rows in the place of its own."""
    if not rows:
        return cells
    numbers = cells["row_number"].combine_chunks() if isinstance(cells["row_number"], pa.ChunkedArray) else cells["row_number"]
    order = pc.index_in(numbers, value_set=pa.array(list(rows), pa.int64()))
    mask = pc.is_valid(order)
    places = np.asarray(order.drop_null())
    lines = list(rows.values())
    for index in range(cells.num_columns - 1):
        column = cells[f"c{index}"]
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        new = pa.array([lines[at][index] for at in places], pa.string())
        cells = cells.set_column(index + 1, f"c{index}", pc.replace_with_mask(column.cast(pa.string()), mask, new))
    return cells
