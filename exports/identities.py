"""身份证号 as the directory's files give them: the warehouse holds keyed hashes only. For restricted forms."""

from __future__ import annotations

from collections.abc import Iterable

from dagster_project.lake import quoted
from exports.findings import ReturnedSheet
from exports.reading import Reading
from exports.returns import Originals

HEADER = "身份证号"
Row = tuple[str, str, int]  # content hash, sheet, row number


def identities(reading: Reading, rows: Iterable[Row]) -> dict[Row, str]:
    """The number in each of these rows; rows whose raw cells or column are not there are left out."""
    wanted: dict[tuple[str, str], list[int]] = {}
    for content_hash, name, number in rows:
        wanted.setdefault((content_hash, name), []).append(number)
    if reading.lake is None or not wanted:
        return {}
    originals, found = Originals(reading.con, reading.lake), {}
    sheets = reading.lake / "sheets"        # a file for each received file: only those that are asked of are opened
    paths = [path for content_hash in sorted({content_hash for content_hash, _ in wanted})
             if (path := sheets / f"{content_hash}.parquet").is_file()]  # fmt: skip
    if not paths:
        return {}
    described = reading.con.execute(
        f"""select content_hash, file_name, sheet, sheet_index, table_id, variant, snapshot_date, header_row,
                   last_header_row, false
            from read_parquet([{", ".join(f"'{quoted(path)}'" for path in paths)}])
            where outcome <> 'duplicate' order by content_hash, sheet"""
    ).fetchall()
    for described_sheet in described:
        sheet = ReturnedSheet(*described_sheet)
        numbers = wanted.get((sheet.content_hash, sheet.sheet))
        if numbers is None or sheet.last_header_row is None:
            continue
        if not (reading.lake / "raw" / f"{sheet.content_hash}.parquet").is_file():
            continue
        cells = originals.cells(sheet, numbers)
        place = originals.places(sheet, cells, sheet.last_header_row).get(HEADER) if cells else None
        for number in numbers:
            line = cells.get(number, [])
            if place is not None and place < len(line) and (value := (line[place] or "").strip()):
                found[sheet.content_hash, sheet.sheet, number] = value
    return found
