"""The raw text behind a row: what the file said, header by header, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.headers import label
from dagster_project.receive.masking import masked_header, masked_text

UNIT = "（表上）"
MASK = "（个人信息，已隐去）"


@dataclass(frozen=True, slots=True)
class Source:
    """One row of one received sheet."""

    content_hash: str
    file_name: str
    sheet: str
    row_number: int

    def document(self) -> dict[str, Any]:
        """For --json: without the raw text."""
        return {"file": self.file_name, "sheet": self.sheet, "row": self.row_number, "content_hash": self.content_hash}


class Raw:
    """The lake's cells as text. One sheet's headers are read once."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lake: Path) -> None:
        self._con, self._lake = con, lake
        self._headers = lru_cache(maxsize=256)(self._read_headers)

    def _cells(self, source: Source, first: int, last: int) -> list[tuple[int, list[str | None]]]:
        path = self._lake / "raw" / f"{source.content_hash}.parquet"
        if not path.exists():
            return []
        return self._con.execute(
            "select row_number, cells from read_parquet($1) where sheet = $2 and row_number between $3 and $4 order by row_number",
            [str(path), source.sheet, first, last]).fetchall()  # fmt: skip

    def _read_headers(self, content_hash: str, sheet: str) -> tuple[list[str], frozenset[int], str]:
        """Header texts by column, the columns that hold personal data, and the unit line above (单位：万元)."""
        path = self._lake / "sheets" / f"{content_hash}.parquet"
        found = self._con.execute(
            "select table_id, header_row, coalesce(last_header_row, header_row) from read_parquet($1) where sheet = $2",
            [str(path), sheet]).fetchall() if path.exists() else []  # fmt: skip
        if not found or found[0][1] is None:
            return [], frozenset(), ""
        table_id, first, last = found[0]
        read = self._cells(Source(content_hash, "", sheet, 0), 1, last)
        rows = [cells for number, cells in read if number >= first]
        unit = " ".join(str(text).strip() for number, cells in read if number < first for text in cells if text and "单位：" in str(text))
        width = max((len(cells) for cells in rows), default=0)
        for cells in rows[:-1]:         # a group stands in the first of its merged cells only
            for at in range(1, len(cells)):
                cells[at] = cells[at] or cells[at - 1]
        joined = ["-".join(dict.fromkeys(str(cells[at]).strip() for cells in rows if at < len(cells) and cells[at])) for at in range(width)]
        contract = load_contracts().get(table_id)
        personal = {label(name).key for column in (contract.columns if contract else ())
                    if column.personal in ("name", "identity", "phone") for name in (column.header, *column.aliases)}  # fmt: skip
        hidden = frozenset(at for at, text in enumerate(joined) if {label(text).key, label(text.rpartition("-")[2]).key} & personal)
        names = [masked_header(text) for text in joined]
        return [f"{text}（第 {at + 1} 列）" if names.count(text) > 1 else text for at, text in enumerate(names)], hidden, masked_header(unit)

    def row(self, source: Source) -> dict[str, str]:
        """Header → text of the row's filled cells; columns without a header by their place (第 3 列)."""
        found = self._cells(source, source.row_number, source.row_number)
        if not found:
            return {}
        headers, hidden, unit = self._headers(source.content_hash, source.sheet)
        lead = {UNIT: unit} if unit else {}
        return lead | {
            headers[at] if at < len(headers) and headers[at] else f"第 {at + 1} 列": MASK if at in hidden else masked_text(text)
            for at, text in enumerate(found[0][1]) if text
        }  # fmt: skip
