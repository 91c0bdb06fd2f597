"""Header texts: what two headers have in common, the unit in their brackets, and the tree of a header block.

Comparison ignores full and half width, spaces, line breaks, the style of brackets and a trailing unit in
brackets (spec 1.1, rulings 6.1.4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from dagster_project.receive.masking import masked_header
from dagster_project.receive.text import normal

UNITS = frozenset(("元", "万元", "亩", "%", "人", "户", "个", "家", "名", "人次", "次", "次数", "百分制"))
MONEY_UNITS = frozenset({"元", "万元"})
PERCENT_UNITS = frozenset({"%"})
DEEPEST = 3
LEAST_NUMBERS = 3     # fewer could be data
_LETTERS = "甲乙丙丁戊己"
_BRACKETS = str.maketrans("[]{}【】〔〕〈〉「」", "()()()()()()")
_TRAILING = re.compile(r"\(([^()]*)\)$")
_SPACES = re.compile(r"\s+")
_MARKS = "*-_:"      # required marks, dashes before 其中, colons


@dataclass(frozen=True)
class Label:
    """One header cell: `key` compares, `unit` was read from its brackets, `text` is as printed."""

    text: str
    key: str
    unit: str | None


@cache
def label(text: str) -> Label:
    """Reads one header text."""
    key = _SPACES.sub("", normal(text).translate(_BRACKETS)).lower()
    unit = None
    while found := _TRAILING.search(key):
        inner = found[1].removeprefix("单位:")
        if inner not in UNITS:
            break
        unit = unit or inner
        key = key[: found.start()]
    key = key.strip(_MARKS) or key
    return Label(" ".join(text.split()), key, unit)


@dataclass(frozen=True)
class Header:
    """The header of one column of the sheet, groups first. An unlabelled column has no parts."""

    index: int
    parts: tuple[Label, ...]

    @property
    def printed(self) -> str:
        """As it may be told: where a header should be, a row of people may stand."""
        return masked_header("-".join(part.text for part in self.parts))

    @property
    def path(self) -> str:
        return "-".join(part.key for part in self.parts)

    @property
    def leaf(self) -> str:
        return self.parts[-1].key if self.parts else ""

    @property
    def unit(self) -> str | None:
        """The nearest unit: the leaf's, else that of the group above it."""
        return next((part.unit for part in reversed(self.parts) if part.unit), None)


Grid = list[list[str | None]]     # the head of a sheet: rows of texts, [0] is row 1
Merge = tuple[int, int, int, int]


def header_block(grid: Grid, merges: list[Merge], row: int, depth: int) -> list[Header] | None:
    """The headers of rows `row`…`row + depth - 1` (1-based); None when these rows cannot be a header block."""
    if row + depth - 1 > len(grid):
        return None
    lines = [list(grid[r - 1]) for r in range(row, row + depth)]
    if sum(1 for cell in lines[0] if cell) < 2 or not any(lines[-1]):
        return None
    covered = _spread(lines, merges, row)
    if depth > 1 and not covered:
        _fill_groups(lines)
    headers = []
    for index in range(len(lines[0])):
        parts: list[Label] = []
        for line in lines:
            text = line[index]
            if text and not (parts and parts[-1].text == label(text).text):
                parts.append(label(text))
        headers.append(Header(index, tuple(parts)))
    return headers


def column_numbers(grid: Grid, headers: list[Header], row: int) -> dict[int, str]:
    """The cells of `row` (1-based) when it counts the columns (1 2 3 …, 甲 乙 1 2 …); empty when it is a row of data.

    It must number every labelled column in turn; only the first may be left blank or say 栏次.
    """
    if row > len(grid):
        return {}
    cells = {index: normal(text).strip("()") for index, text in enumerate(grid[row - 1]) if text}
    labelled = [header.index for header in headers if header.parts]
    if labelled and cells.get(labelled[0], "栏次") in ("栏次", "序号", "列次", "行次"):
        labelled = labelled[1:]
    marks = [cells.get(index, "") for index in labelled]
    letters = sum(1 for mark, letter in zip(marks, _LETTERS, strict=False) if mark == letter)
    counted = [*_LETTERS[:letters], *(str(n) for n in range(1, len(marks) - letters + 1))]
    if len(marks) < LEAST_NUMBERS or marks != counted or not set(cells) <= {h.index for h in headers if h.parts}:
        return {}
    return {index: text for index, text in enumerate(grid[row - 1]) if text}


def _spread(lines: Grid, merges: list[Merge], row: int) -> bool:
    """Writes each merged cell's text into the cells it covers; False when no merge touches the block."""
    touched = False
    for r0, c0, r1, c1 in merges:
        if r1 < row or r0 >= row + len(lines) or r0 < row:
            continue
        touched = True
        text = lines[r0 - row][c0 - 1] if c0 <= len(lines[0]) else None
        for r in range(r0, min(r1, row + len(lines) - 1) + 1):
            for c in range(c0, min(c1, len(lines[0])) + 1):
                lines[r - row][c - 1] = text
    return touched


def _fill_groups(lines: Grid) -> None:
    """Without merges (CSV) a group's label stands over its first leaf only: it reaches to the next label."""
    for upper, lower in pairwise(lines):
        group = None
        for index, text in enumerate(upper):
            if text:
                group = text
            elif group and lower[index]:
                upper[index] = group
            else:
                group = None
