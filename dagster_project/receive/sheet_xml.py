"""What fastexcel does not tell of an .xlsx sheet, read from the sheet's XML in one streaming pass.

fastexcel gives the text of every cell, but no merged ranges and no number formats, and it writes numbers
with nine decimals whatever their size. This pass finds the merged ranges, the cells shown as percent, and
the few numbers whose text would come out wrong; it also sees the sheet's true size before anything is
allocated for it.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree

CHUNK = 1 << 22
WORKBOOK = "xl/workbook.xml"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
PERCENT_BUILTIN = {9, 10}
TEXT_TYPES = re.compile(rb'\bt="(?:s|str|inlineStr|b|e|d)"')
# Numbers whose nine-decimal text is wrong (16 digits and more, exponents, ten decimals, decimals behind more than 8,000,000,
# where a double is coarser than that), and those that may be a month that lost its zero (2024.1 for 2024.10).
# The look ahead lets the many short ones pass quickly.
NOTABLE = (rb">(?=[^<]{8}|[^<]{0,6}[eE]|[12][09][0-9]{2}\.1<)(-?(?:[0-9]{16,}(?:\.[0-9]+)?|(?:[89][0-9]{6}|[0-9]{8,})\.[0-9]+|[0-9]+\.[0-9]{10,}|[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+"
           rb"|(?:19|20)[0-9]{2}\.1))</")
REFERENCE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
WIDE_CELL = re.compile(rb'c r="([A-Z]{2,3})[0-9]+"(?:[^>]*[^/])?>')       # filled, behind column Z
ROW = re.compile(rb'row r="([0-9]+)"')
MONTH_SHAPE = re.compile(r"(?:19|20)\d\d\.1")


@dataclass
class SheetXml:
    """Positions are 1-based rows and 0-based columns."""

    understood: bool = False                        # cells carry references, so positions are known
    from_first: bool = False                        # the first column holds something
    rows: int = 0                                   # when measured, and of .xls: last row
    columns: int = 26                               # when measured: at most so many columns
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)   # r0, c0, r1, c1, all 1-based
    percent: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    notable: dict[int, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))

    errors: dict[int, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))  # #N/A and the like

    hidden_rows: list[int] = field(default_factory=list)
    uncomputed: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))    # formulas without a result

    @property
    def months(self) -> frozenset[int]:
        """Columns with a number that may be a month that lost its zero."""
        return frozenset(c for c, cells in self.notable.items() if any(MONTH_SHAPE.fullmatch(t) for _, t in cells))


def column_number(letters: bytes | str) -> int:
    """0-based: A → 0, AA → 26."""
    number = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode():
        number = number * 26 + letter - 64
    return number - 1


def sheet_members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → member of the package. Empty when the workbook part stands elsewhere."""
    if WORKBOOK not in archive.namelist():
        return {}
    targets = {
        node.get("Id"): node.get("Target", "")
        for node in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")).iter(RELATIONS)
    }
    members = {}
    for node in ElementTree.fromstring(archive.read(WORKBOOK)).iter():
        if node.tag.rpartition("}")[2] == "sheet":
            relation = next((v for k, v in node.attrib.items() if k.endswith("}id")), None)
            target = targets.get(relation, "")
            members[node.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return members


def hidden_sheets(archive: zipfile.ZipFile) -> set[str]:
    """Names of the sheets that nobody sees who opens the workbook."""
    if WORKBOOK not in archive.namelist():
        return set()
    return {node.get("name", "") for node in ElementTree.fromstring(archive.read(WORKBOOK)).iter()
            if node.tag.rpartition("}")[2] == "sheet" and node.get("state") in ("hidden", "veryHidden")}


def counts_from_1904(archive: zipfile.ZipFile) -> bool:
    """Whether the workbook's day numbers count from 1904."""
    return WORKBOOK in archive.namelist() and any(
        node.tag.rpartition("}")[2] == "workbookPr" and node.get("date1904") in ("1", "true")
        for node in ElementTree.fromstring(archive.read(WORKBOOK)).iter())


def percent_styles(archive: zipfile.ZipFile) -> list[int]:
    """Indexes of the cell styles whose number format shows a percent sign."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    space = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    formats = set(PERCENT_BUILTIN)
    for node in root.iter(f"{space}numFmt"):
        code = re.sub(r'"[^"]*"|\\.', "", node.get("formatCode", ""))
        if "%" in code:
            formats.add(int(node.get("numFmtId", "0")))
    cells = root.find(f"{space}cellXfs")
    if cells is None:
        return []
    return [i for i, xf in enumerate(cells) if int(xf.get("numFmtId", "0")) in formats]


def declared_extent(archive: zipfile.ZipFile, member: str) -> tuple[int, int] | None:
    """(rows, columns) that a sheet says it spans; None when it does not (streaming writers leave `A1`)."""
    with archive.open(member) as file:
        head = file.read(4096)
    found = re.search(rb'<(?:\w+:)?dimension [^>]*ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"', head)
    return (int(found[2]), column_number(found[1]) + 1) if found else None


def read_sheet_xml(archive: zipfile.ZipFile, member: str, percent: list[int], measure: bool) -> SheetXml:
    """One pass over a sheet's XML; `measure`: also see how far its filled cells reach. Raises zipfile.BadZipFile when the member is shorter or longer than it says."""
    found = SheetXml()
    with archive.open(member) as file:
        tail = file.read(CHUNK)
        root = re.search(rb"<(\w+:)?worksheet\b", tail)
        if root is None:
            return found
        prefix = root[1] or b""
        cell_open = b"<" + prefix + b"c "
        first = re.compile(rb'<%sc r="A[0-9]+"[^>]*>\s*<%s(?:v|is)>' % (prefix, prefix))
        notable = re.compile(rb"<%sv" % prefix + NOTABLE)
        shown_percent = re.compile(rb'<%sc (?=[^>]*\bs="(?:%s)")[^>]*[^/]>' % (
            prefix, b"|".join(str(i).encode() for i in percent))) if percent else None
        merged = re.compile(rb'<%smergeCell [^>]*ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"' % prefix)
        failed = re.compile(rb'(<%sc [^>]*\bt="e"[^>]*>)(?:<%sf\b[^>]*>(?:[^<]*</%sf>)?)?<%sv>(#[^<]{1,20})</' % (
            prefix, prefix, prefix, prefix))
        hidden = re.compile(rb'<%srow (?=[^>]*\bhidden="(?:1|true)")[^>]*\br="([0-9]+)"' % prefix)
        bare = re.compile(rb"(<%sc [^>]*>)\s*<%sf\b[^>]*(?:/>|>[^<]*</%sf>)\s*(?:<%sv\s*/>|<%sv></%sv>)?\s*</%sc>" % (
            (prefix,) * 7))
        for chunk in _ahead(file):
            buffer = tail + chunk if chunk else tail
            cut = buffer.rfind(cell_open) if chunk else len(buffer)   # what follows the last cell stays for the end
            if cut <= 0:
                tail = buffer
                continue
            tail = buffer[cut:]
            if not found.understood:
                found.understood = REFERENCE.search(buffer, max(buffer.find(cell_open), 0), cut) is not None
            found.from_first = found.from_first or first.search(buffer, 0, cut) is not None
            if measure:
                letters = set(WIDE_CELL.findall(buffer, 0, cut))
                found.columns = max(found.columns, *(column_number(name) + 1 for name in letters), 0)
                if row := ROW.match(buffer, max(buffer.rfind(b"row r=", 0, cut), 0)):
                    found.rows = max(found.rows, int(row[1]))
            for match in notable.finditer(buffer, 0, cut):
                start = buffer.rfind(cell_open, 0, match.start())
                at = _number_at(buffer[start:buffer.find(b">", start)]) if start >= 0 else None
                if at:
                    found.notable[at[0]].append((at[1], match[1].decode()))
            if shown_percent:
                for tag in shown_percent.findall(buffer, 0, cut):
                    if not TEXT_TYPES.search(tag) and (at := _number_at(tag)):
                        found.percent[at[0]].append(at[1])
            for tag, text in failed.findall(buffer, 0, cut) if b' t="e"' in buffer else ():
                if cell := REFERENCE.search(tag):
                    found.errors[column_number(cell[1])].append((int(cell[2]), text.decode()))
            if b' hidden="' in buffer:
                found.hidden_rows += [int(row) for row in hidden.findall(buffer, 0, cut)]
            for tag in bare.findall(buffer, 0, cut) if b"<%sf" % prefix in buffer else ():
                if b' t="str"' not in tag and (cell := REFERENCE.search(tag)):      # a result may be an empty text
                    found.uncomputed[column_number(cell[1])].append(int(cell[2]))
            if not chunk:
                found.merges = [(int(r0), column_number(c0) + 1, int(r1), column_number(c1) + 1)
                                for c0, r0, c1, r1 in merged.findall(buffer)]
    return found


def _number_at(tag: bytes) -> tuple[int, int] | None:
    """(column, row) of a cell's opening tag when the cell holds a number."""
    at = None if TEXT_TYPES.search(tag) else REFERENCE.search(tag)
    return (column_number(at[1]), int(at[2])) if at else None


def _ahead(file: IO[bytes]) -> Iterator[bytes]:
    """Chunks, the next one unpacked while one is looked at; at last an empty one."""
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(file.read, CHUNK)
        while chunk := coming.result():
            coming = beside.submit(file.read, CHUNK)
            yield chunk
    yield b""
