"""A simulated world for tests: its truth, and the cells of its files as a naive reader sees them."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from dagster_project.receive.contracts import load_contracts
from dagster_project.simulate import simulate

SMALL = {"coops": 40, "farms": 80, "months": 2}


class World:
    """A written inbox with its truth, and the cells of its files as a naive reader sees them."""

    def __init__(self, folder: Path, **arguments: Any) -> None:
        self.inbox = folder / "inbox"
        simulate(self.inbox, folder / "truth.json", **arguments)
        self.truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        self._sheets: dict[tuple[str, str], list[list[Any]]] = {}
        self._headers: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self._columns: dict[tuple[str, str, str], int] = {}
        self.faults = {
            (f["file"], f["sheet"], f["row"], f["column"]): f["code"] for f in self.truth["faults"]
        }

    def rows(self, name: str) -> list[dict[str, Any]]:
        part = self.truth[name]
        return [dict(zip(part["columns"], values, strict=True)) for values in part["rows"]]

    def sheet(self, path: str, sheet: str) -> list[list[Any]]:
        """Rows from the very first one."""
        if (path, sheet) not in self._sheets:
            data = (self.inbox / path).read_bytes()
            if path.endswith(".csv"):
                try:
                    text = data.decode("utf-8-sig")
                except UnicodeDecodeError:
                    text = data.decode("gb18030")
                rows = [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
            elif path.endswith(".xls"):
                rows = [
                    [html.unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", line, re.DOTALL)]
                    for line in re.findall(r"<tr>(.*?)</tr>", data.decode("utf-8"), re.DOTALL)
                ]
            else:
                book = CalamineWorkbook.from_filelike(io.BytesIO(data))
                rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            self._sheets[path, sheet] = rows
        return self._sheets[path, sheet]

    def header(self, path: str, sheet: str, table_id: str) -> tuple[int, list[str]]:
        """(rows down to the end of the header block, leaf headers without units)."""
        if (path, sheet) not in self._headers:
            self._headers[path, sheet] = self._find_header(path, sheet, table_id)
        return self._headers[path, sheet]

    def _find_header(self, path: str, sheet: str, table_id: str) -> tuple[int, list[str]]:
        known = {bare(head) for column in load_contracts()[table_id].columns for head in column.headers}
        rows = self.sheet(path, sheet)
        best = max(range(min(20, len(rows))), key=lambda at: sum(bare(cell) in known for cell in rows[at]))
        heads = [bare(cell) for cell in rows[best]]
        if best and not heads[0]:  # two header rows: the first columns' labels stand above
            heads = [head or bare(above) for head, above in zip(heads, rows[best - 1], strict=True)]
        return best + 1, heads

    def column(self, path: str, sheet: str, table_id: str, header: str) -> int:
        if (path, sheet, header) not in self._columns:
            column = next(c for c in load_contracts()[table_id].columns if c.header == header)
            names = [bare(head) for head in column.headers]
            heads = self.header(path, sheet, table_id)[1]
            self._columns[path, sheet, header] = next(at for at, head in enumerate(heads) if head in names)
        return self._columns[path, sheet, header]

    def fault(self, where: dict[str, Any], column: str) -> str | None:
        return self.faults.get((where["file"], where["sheet"], where["row"], column))

    def cell(self, where: dict[str, Any], table_id: str, header: str) -> Any:
        at = self.column(where["file"], where["sheet"], table_id, header)
        return self.sheet(where["file"], where["sheet"])[where["row"] - 1][at]


def bare(cell: Any) -> str:
    return re.sub(r"[（(](元|万元|亩|个)[)）]$", "", str(cell).strip())


def number(cell: Any) -> Decimal | None:
    return None if cell in ("", None) else Decimal(repr(cell) if isinstance(cell, float) else str(cell))
