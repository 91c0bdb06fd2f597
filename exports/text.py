"""Text that may stand in a workbook, a sheet name, a file name: nothing in it is executed."""

from __future__ import annotations

import re

CELL_LIMIT = 32_767  # UTF-16 units that one cell holds
SHEET_NAME_LIMIT = 31
FILE_NAME_BYTES = 200  # leaves room for the folder on file systems that stop at 255

# What XML 1.0 cannot hold, and control characters that mean nothing in a cell. Joiners, variation
# selectors and other format characters stay: emoji and Mongolian script need them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_FORMULA_LEAD = ("=", "+", "-", "@", "\t", "\r")
_SHEET_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_FILE_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_DEVICE_NAME = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")


def clean(text: str) -> str:
    """`text` without control characters, cut to what a cell holds (the cut is marked by …)."""
    text = _CONTROL.sub("", text)
    if len(text) * 2 > CELL_LIMIT:
        units = text.encode("utf-16-le")
        if len(units) > 2 * CELL_LIMIT:
            text = units[: 2 * (CELL_LIMIT - 1)].decode("utf-16-le", errors="ignore") + "…"
    return text


def could_be_formula(text: str) -> bool:
    """Whether a spreadsheet could take `text` for a formula when somebody edits or re-imports it."""
    return text.startswith(_FORMULA_LEAD)


def sheet_name(text: str, taken: set[str]) -> str:
    """A name that a sheet may carry, unique among `taken` (compared without case)."""
    base = _SHEET_FORBIDDEN.sub("", clean(text)).strip().strip("'")[:SHEET_NAME_LIMIT] or "表"
    name, number = base, 2
    lower = {other.casefold() for other in taken}
    while name.casefold() in lower:
        suffix = f"（{number}）"
        name, number = base[: SHEET_NAME_LIMIT - len(suffix)] + suffix, number + 1
    return name


def file_name(text: str) -> str:
    """A name that a file or folder may carry on Linux, Windows and macOS; never empty, never a path."""
    name = _FILE_FORBIDDEN.sub("", _CONTROL.sub("", text)).strip().rstrip(". ").lstrip(".")
    name = name.encode()[:FILE_NAME_BYTES].decode(errors="ignore").rstrip(". ")
    return f"_{name}" if not name or _DEVICE_NAME.match(name) else name


def display_width(text: str) -> int:
    """Width in half-width characters; what GBK does not know counts double, for room rather than a cut."""
    return len(text) if text.isascii() else len(text.encode("gb18030"))


def lines_needed(text: str, width: float) -> int:
    """Lines that wrapped `text` takes in a column `width` characters wide."""
    room = max(width - 0.5, 1)
    if "\n" not in text:
        return max(1, -int(-display_width(text) // room))
    return sum(max(1, -int(-display_width(line) // room)) for line in text.split("\n"))
