"""What fastexcel does not tell of a legacy .xls sheet, read from its BIFF8 records: merged ranges, cells shown as
percent, numbers by their stored value, errors ([MS-XLS], [MS-CFB]).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dagster_project.receive.sheet_xml import PERCENT_BUILTIN, SheetXml

FREE = 0xFFFFFFFA           # sector numbers from here on are marks
MINI = 64
BOF, EOF, BOUNDSHEET, FORMAT, XF, MERGED, DATEMODE = 0x809, 0x0A, 0x85, 0x41E, 0xE0, 0xE5, 0x22
FORMULA, NUMBER, RK, MULRK, BOOLERR, LABEL, RICH = 0x06, 0x203, 0x27E, 0xBD, 0x205, 0x204, 0xD6
TELLING = frozenset({FORMULA, NUMBER, RK, MULRK, BOOLERR, LABEL, RICH, MERGED, EOF})
TEXT, ROW = 0xFD, 0x208
ROW_HIDDEN = 0x20           # in the low byte of a row's options, 12 bytes into it
SKIPPED = frozenset({TEXT, 0x201, ROW})         # texts, blanks, rows that are seen: records of one size each
SKIPPED_RUN = re.compile(rb"(?:\xfd\x00\x0a\x00(..).{8}|\x01\x02\x06\x00.{6}|\x08\x02\x10\x00.{12}[\x00-\x1f\x40-\x5f\x80-\x9f\xc0-\xdf].{3}){1,4096}+", re.DOTALL)
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
EXACT = 1e15                # whole numbers below it have the same text either way
QUOTED = re.compile(r'"[^"]*"|\\.')
_head, _cell = struct.Struct("<HH"), struct.Struct("<HHH")
_double, _long, _short = struct.Struct("<d"), struct.Struct("<i"), struct.Struct("<H")


class Biff:
    """A workbook's records. Raises ValueError or struct.error for bytes that are no BIFF8 workbook."""

    def __init__(self, path: Path) -> None:
        self.data = workbook_stream(memoryview(path.read_bytes()))
        self.starts: dict[str, int] = {}        # sheet name → where its records begin
        self.date_1904 = False
        self.hidden: set[str] = set()           # names of the sheets that nobody sees
        formats = set(PERCENT_BUILTIN)
        styles: list[int] = []
        at = 0
        while True:
            kind, size = _head.unpack_from(self.data, at)
            body = self.data[at + 4:at + 4 + size]
            at += 4 + size
            if kind == BOUNDSHEET and body[5] == 0:         # worksheets, not charts or modules
                title = str(body[8:], "utf-16-le" if body[7] & 1 else "latin-1")
                self.starts[title] = _long.unpack_from(body)[0]
                if body[4] & 3:
                    self.hidden.add(title)
            elif kind == FORMAT:
                number, length, wide = struct.unpack_from("<HHB", body)
                code = str(body[5:5 + length * (2 if wide & 1 else 1)], "utf-16-le" if wide & 1 else "latin-1")
                if "%" in QUOTED.sub("", code):
                    formats.add(number)
            elif kind == XF:
                styles.append(struct.unpack_from("<H", body, 2)[0])
            elif kind == DATEMODE:
                self.date_1904 = body[:2] == b"\1\0"
            elif kind == EOF:
                break
        self.percent = frozenset(i for i, number in enumerate(styles) if number in formats)

    def sheet(self, title: str) -> SheetXml:
        """One pass over the sheet's records."""
        found = SheetXml(understood=True)
        data, at, head = self.data, self.starts[title], _head.unpack_from
        kind, size = head(data, at)
        if kind != BOF:
            raise ValueError("no BIFF8 sheet")
        depth = last = 0                                    # charts stand inside a sheet as substreams
        while True:
            kind, size = head(data, at)
            body, at = at + 4, at + 4 + size
            if kind == BOF:
                depth += 1
            elif kind in SKIPPED:                           # most of most tables: past them at once
                run = SKIPPED_RUN.match(data, body - 4)
                at = run.end() if run else at
                text = run[1] if run else data[body:body + 2] if kind == TEXT else None
                last = max(last, _short.unpack(text)[0] + 1) if text else last
                if kind == ROW and data[body + 12] & ROW_HIDDEN:
                    found.hidden_rows.append(_short.unpack_from(data, body)[0] + 1)
            elif kind not in TELLING:
                continue
            elif kind == EOF:
                depth -= 1
                if not depth:
                    found.rows = last
                    return found
            elif depth > 1:
                continue
            elif kind == MERGED:
                ranges = struct.iter_unpack("<4H", data[body + 2:body + 2 + 8 * struct.unpack_from("<H", data, body)[0]])
                found.merges += [(r0 + 1, c0 + 1, r1 + 1, c1 + 1) for r0, r1, c0, c1 in ranges]
            elif kind == MULRK:
                row, column = head(data, body)
                last = max(last, row + 1)
                for piece in range(body + 4, body + size - 2, 6):
                    style = struct.unpack_from("<H", data, piece)[0]
                    self._number(found, row, column, style, rk(data, piece + 2))
                    column += 1
            else:
                row, column, style = _cell.unpack_from(data, body)
                last = max(last, row + 1)
                if kind in (LABEL, RICH):
                    continue
                if kind == NUMBER:
                    self._number(found, row, column, style, _double.unpack_from(data, body + 6)[0])
                elif kind == RK:
                    self._number(found, row, column, style, rk(data, body + 6))
                elif kind == BOOLERR:
                    if data[body + 7]:
                        found.errors[column].append((row + 1, ERRORS.get(data[body + 6], "#ERR")))
                elif data[body + 12:body + 14] != b"\xff\xff":
                    self._number(found, row, column, style, _double.unpack_from(data, body + 6)[0])
                elif data[body + 6] == 2:
                    found.errors[column].append((row + 1, ERRORS.get(data[body + 8], "#ERR")))

    def _number(self, found: SheetXml, row: int, column: int, style: int, value: float) -> None:
        if style in self.percent:
            found.percent[column].append(row + 1)
        if value != int(value) or abs(value) >= EXACT:
            found.notable[column].append((row + 1, repr(value)))


def rk(data: bytes | memoryview, at: int) -> float:
    """A number packed in four bytes: an integer or the upper half of a double, perhaps hundredths."""
    packed = _long.unpack_from(data, at)[0]
    value = float(packed >> 2) if packed & 2 else _double.unpack(b"\0\0\0\0" + struct.pack("<i", packed & ~3))[0]
    return value / 100 if packed & 1 else value


def workbook_stream(data: memoryview) -> memoryview:
    """The stream `Workbook` of a compound file; not copied where it stands in one piece, as it mostly does."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    directory, _, cutoff, mini_table, _, more, more_count = struct.unpack_from("<7I", data, 48)
    tables = list(struct.unpack_from("<109I", data, 76))
    for _ in range(more_count):
        block = struct.unpack_from(f"<{size // 4}I", data, size * (more + 1))
        tables += block[:-1]
        more = block[-1]
    chain = np.concatenate([np.frombuffer(data, "<u4", size // 4, size * (n + 1)) for n in tables if n < FREE])

    def stream(start: int, length: int | None = None) -> memoryview:
        parts = [data[size * (a + 1):size * (b + 2)] for a, b in _runs(chain, start)]
        return (parts[0] if len(parts) == 1 else memoryview(b"".join(parts)))[:length]

    entries = stream(directory)
    root = None
    for at in range(0, len(entries) - 127, 128):
        name = str(entries[at:at + max(struct.unpack_from("<H", entries, at + 64)[0] - 2, 0)], "utf-16-le", "replace")
        start, length = struct.unpack_from("<II", entries, at + 116)
        root = (start, length) if entries[at + 66] == 5 else root
        if name == "Workbook" and entries[at + 66] == 2:
            if length >= cutoff or root is None:
                return stream(start, length)
            minis, small = np.frombuffer(stream(mini_table), "<u4"), stream(*root)
            return memoryview(b"".join(small[a * MINI:(b + 1) * MINI] for a, b in _runs(minis, start)))[:length]
    raise ValueError("no stream Workbook")


def _runs(chain: np.ndarray, start: int) -> Iterator[tuple[int, int]]:
    """The sectors from `start` on, neighbours as (first, last)."""
    ends = np.flatnonzero(chain != np.arange(1, len(chain) + 1))      # sectors that another than the next one follows
    left = len(chain)
    while start < FREE:
        end = int(ends[np.searchsorted(ends, start)])
        left -= end - start + 1
        if left < 0:
            raise ValueError("a chain of sectors without end")
        yield start, end
        start = int(chain[end])
