"""Small writers of the formats that no Python library writes, by their specifications and not by our readers."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_ods(path: Path, rows: str, more: str = "") -> Path:
    """`rows`: the table:table-row elements of the sheet 表; `more`: further table:table elements."""
    spaces = "".join(f' xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"' for p in ("office", "table", "text"))
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body><office:spreadsheet>'
               f'<table:table table:name="表">{rows}</table:table>{more}</office:spreadsheet></office:body>'
               '</office:document-content>')
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def ods_cell(kind: str, text: str, value: str | None = None, more: str = "") -> str:
    names = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}
    stored = f' office:{names.get(kind, "value")}="{value}"' if value is not None else ""
    return f'<table:table-cell office:value-type="{kind}"{stored}{more}><text:p>{text}</text:p></table:table-cell>'


def spreadsheet_ml(sheets: str, styles: str = "") -> str:
    return ('<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
            '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
            f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>{styles}</Styles>{sheets}</Workbook>')


def _record(kind: int, body: bytes = b"") -> bytes:
    """MS-XLSB 2.1.4: a type of one or two bytes, a size of seven-bit groups, the body."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, out = len(body), b""
    while True:
        out += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + out + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_xlsb(path: Path, cells: list[tuple[int, int, int, object]], merges: list[tuple[int, int, int, int]],
               date_1904: bool = False, hidden: bool = False, hidden_rows: tuple[int, ...] = ()) -> Path:
    """One sheet 表, `hidden` or not. Cells are (row, column, style, value), 0-based; styles: 0 general, 1 `0.0%`, 2 date.

    Values: text, float, bool, or bytes for the code of an error. Merges are (r0, r1, c0, c1), 0-based.
    """
    rows: dict[int, list[tuple[int, int, object]]] = {}
    for row, column, style, value in cells:
        rows.setdefault(row, []).append((column, style, value))
    last = max(rows), max(column for _, column, *_ in cells)
    sheet = _record(129) + _record(148, struct.pack("<4I", 0, last[0], 0, last[1])) + _record(145)
    for row, line in sorted(rows.items()):
        sheet += _record(0, struct.pack("<IIHHBI", row, 0, 300, 0x1000 if row in hidden_rows else 0, 0, 0))
        for column, style, value in line:
            head = struct.pack("<II", column, style)
            if isinstance(value, bool):
                sheet += _record(4, head + bytes([value]))
            elif isinstance(value, str):
                sheet += _record(6, head + _wide(value))
            elif isinstance(value, bytes):
                sheet += _record(3, head + value)
            else:
                sheet += _record(5, head + struct.pack("<d", value))
    sheet += _record(146)
    if merges:
        sheet += _record(177, struct.pack("<I", len(merges)))
        sheet += b"".join(_record(176, struct.pack("<4I", *merge)) for merge in merges) + _record(178)
    sheet += _record(130)
    book = (_record(131) + _record(153, struct.pack("<III", int(date_1904), 0, 0)) + _record(143)
            + _record(156, struct.pack("<II", int(hidden), 1) + _wide("rId1") + _wide("表")) + _record(144) + _record(132))
    xf = struct.pack("<HHHHHBBHBB", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    styles = (_record(278) + _record(615, struct.pack("<I", 2)) + _record(44, struct.pack("<H", 170) + _wide("0.0%"))
              + _record(44, struct.pack("<H", 171) + _wide("yyyy-mm-dd")) + _record(616)
              + _record(617, struct.pack("<I", 3))
              + b"".join(_record(47, xf[:2] + struct.pack("<H", number) + xf[4:]) for number in (0, 170, 171))
              + _record(618) + _record(279))
    relations = (f'<?xml version="1.0"?><Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
                 f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>')
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", relations)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr("xl/styles.bin", styles)
    return path
