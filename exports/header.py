"""Header trees as data: columns, the groups over them, and where their merged cells stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

UNKNOWN = "—"


class Kind(Enum):
    """What a column holds: how it is shown, and what stands for an unknown value."""

    label = ("left", "General", UNKNOWN)
    text = ("center", "General", UNKNOWN)
    prose = ("left", "General", "")
    remark = ("center", "General", "")
    code = ("center", "@", UNKNOWN)
    count = ("center", "0", UNKNOWN)
    year = ("center", "0", UNKNOWN)
    money = ("right", "#,##0.00", UNKNOWN)
    percent = ("center", "0.0", UNKNOWN)
    score = ("center", "0.0##", UNKNOWN)
    blank_score = ("center", "0.0", "")  # to be filled in by hand where it is not known
    day = ("center", "yyyy-mm-dd", UNKNOWN)
    month = ("center", "yyyy-mm", UNKNOWN)

    def __init__(self, horizontal: str, number_format: str, unknown: str) -> None:
        self.horizontal, self.number_format, self.unknown = horizontal, number_format, unknown


@dataclass(frozen=True, slots=True)
class Leaf:
    """One column: its label to the character, and what it holds. `merged`: one cell over all rows."""

    label: str
    kind: Kind = Kind.text
    width: float = 10
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A merged header cell over several columns."""

    label: str
    children: tuple[Leaf | Group, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A header cell: row and column from 1, and how far it is merged."""

    row: int
    column: int
    rows: int
    columns: int
    label: str


class Header:
    """A header tree laid out: its leaves from left to right, its rows, its merged cells."""

    def __init__(self, *tree: Leaf | Group) -> None:
        self.leaves: tuple[Leaf, ...] = tuple(_leaves(tree))
        self.depth = max(_depth(node) for node in tree)
        self.cells = tuple(_place(tree, self.depth))


def _leaves(nodes: Iterable[Leaf | Group]) -> Iterable[Leaf]:
    for node in nodes:
        if isinstance(node, Leaf):
            yield node
        else:
            yield from _leaves(node.children)


def _depth(node: Leaf | Group) -> int:
    return 1 if isinstance(node, Leaf) else 1 + max(_depth(child) for child in node.children)


def _place(nodes: Iterable[Leaf | Group], depth: int, row: int = 1, column: int = 1) -> Iterable[Placed]:
    for node in nodes:
        if isinstance(node, Leaf):
            yield Placed(row, column, depth - row + 1, 1, node.label)
            column += 1
        else:
            width = sum(1 for _ in _leaves(node.children))
            yield Placed(row, column, 1, width, node.label)
            yield from _place(node.children, depth, row + 1, column)
            column += width
