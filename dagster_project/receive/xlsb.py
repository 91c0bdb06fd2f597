"""What fastexcel does not tell of an .xlsb sheet, read from its binary records: merged ranges, cells shown as percent,
numbers by their stored value, errors ([MS-XLSB]).
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from dagster_project.receive.biff import ERRORS, EXACT, QUOTED, rk
from dagster_project.receive.sheet_xml import PERCENT_BUILTIN, RELATIONS, SheetXml

ROW, BLANK, RK, ERROR, REAL, FORMULA_NUMBER, FORMULA_ERROR = 0, 1, 2, 3, 5, 9, 11
LAST_CELL = 11
ROW_HIDDEN = 0x10           # in the second byte of a row's options
FORMAT, XF, CELL_XFS, CELL_XFS_END, BOOK, SHEET, MERGED = 44, 47, 617, 618, 153, 156, 176


class Xlsb:
    """A workbook's package. Raises KeyError, zipfile.BadZipFile, IndexError or struct.error for a broken one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            targets = {node.get("Id"): node.get("Target", "") for node in
                       ElementTree.fromstring(archive.read("xl/_rels/workbook.bin.rels")).iter(RELATIONS)}
            self.members: dict[str, str] = {}
            self.date_1904 = False
            self.hidden: set[str] = set()       # names of the sheets that nobody sees
            for kind, body in records(archive.read("xl/workbook.bin")):
                if kind == BOOK:
                    self.date_1904 = bool(body[0] & 1)
                elif kind == SHEET:
                    relation, at = _text(body, 8)
                    target = targets[relation]
                    title = _text(body, at)[0]
                    self.members[title] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                    if struct.unpack_from("<I", body)[0]:
                        self.hidden.add(title)
            formats, styles, inside = set(PERCENT_BUILTIN), [], False
            for kind, body in records(archive.read("xl/styles.bin")) if "xl/styles.bin" in archive.namelist() else ():
                inside = kind == CELL_XFS or (inside and kind != CELL_XFS_END)
                if kind == FORMAT and "%" in QUOTED.sub("", _text(body, 2)[0]):
                    formats.add(struct.unpack_from("<H", body)[0])
                elif kind == XF and inside:
                    styles.append(struct.unpack_from("<H", body, 2)[0])
            self.percent = frozenset(i for i, number in enumerate(styles) if number in formats)

    def sheet(self, title: str) -> SheetXml:
        """One pass over the sheet's records."""
        found = SheetXml(understood=True)
        with zipfile.ZipFile(self.path) as archive:
            data = archive.read(self.members[title])
        row = 0
        for kind, body in records(data):
            if kind == ROW:
                row = struct.unpack_from("<I", body)[0]
                if body[11] & ROW_HIDDEN:
                    found.hidden_rows.append(row + 1)
            elif kind == MERGED:
                r0, r1, c0, c1 = struct.unpack_from("<4I", body)
                found.merges.append((r0 + 1, c0 + 1, r1 + 1, c1 + 1))
            elif BLANK < kind <= LAST_CELL:
                column, style = struct.unpack_from("<II", body)
                found.from_first = found.from_first or column == 0
                if kind in (ERROR, FORMULA_ERROR):
                    found.errors[column].append((row + 1, ERRORS.get(body[8], "#ERR")))
                elif kind in (RK, REAL, FORMULA_NUMBER):
                    value = rk(body, 8) if kind == RK else struct.unpack_from("<d", body, 8)[0]
                    if style & 0xFFFFFF in self.percent:
                        found.percent[column].append(row + 1)
                    if value != int(value) or abs(value) >= EXACT:
                        found.notable[column].append((row + 1, repr(value)))
        return found


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, body) of each record; types take one or two bytes, sizes one to four of seven bits."""
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while True:
            size |= (data[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not data[at - 1] & 0x80:
                break
        yield kind, data[at:at + size]
        at += size


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A counted text at `at`, and where it ends."""
    length = struct.unpack_from("<I", body, at)[0]
    length = 0 if length == 0xFFFFFFFF else length
    return body[at + 4:at + 4 + 2 * length].decode("utf-16-le"), at + 4 + 2 * length
