"""Which header belongs to which column of which contract: the contracts turned round, once a process."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from dagster_project.receive.contracts import Column, Contract, Variant, Wide
from dagster_project.receive.headers import Header, label
from dagster_project.receive.text import normal

LINE_NUMBER = label("序号").key      # every table may have one; it says nothing


@dataclass(frozen=True)
class Layout:
    """A contract in one of its layouts: header keys, and the columns that may come from around the table."""

    contract: Contract
    variant: Variant | None
    keys: dict[str, tuple[Column, int]]      # key → column, and the rank of this spelling among the column's

    @property
    def wide(self) -> Wide | None:
        return self.variant.wide if self.variant else None

    @cached_property
    def leaves(self) -> dict[str, str]:
        """Of a wide layout: leaf key → indicator id."""
        return {label(text).key: name for text, name in self.wide.leaves.items()} if self.wide else {}

    @cached_property
    def derived(self) -> dict[str, list[str]]:
        """Key of a header that columns are taken from → those columns."""
        out: dict[str, list[str]] = {}
        for name, part in (self.variant.derived if self.variant else {}).items():
            out.setdefault(label(part.header).key, []).append(name)
        return out

    @cached_property
    def also(self) -> frozenset[str]:
        """Keys of headers that belong to the layout and become no column."""
        return frozenset(label(text).key for text in (self.variant.also if self.variant else ()))

    @cached_property
    def wanted(self) -> frozenset[str]:
        """Keys of the headers without which a sheet is not of this layout."""
        return frozenset(label(text).key for text in (self.variant.headers if self.variant else ()))

    @cached_property
    def group(self) -> re.Pattern[str] | None:
        return re.compile(self.wide.group_pattern) if self.wide else None

    def sources(self, column: Column) -> tuple[str, ...]:
        """Where a column's text may come from when the sheet has no such header."""
        return (self.variant.from_context.get(column.name, ()) if self.variant else ()) or column.from_context

    def constant(self, column: Column) -> str | None:
        return (self.variant.constants.get(column.name) if self.variant else None) or column.constant

    def words(self) -> tuple[str, ...]:
        """Words of a title that speak for this layout."""
        return (self.variant.title if self.variant else ()) + (self.contract.title,)


@dataclass
class Binding:
    """What one layout makes of a header block."""

    layout: Layout
    columns: dict[int, Column] = field(default_factory=dict)              # index → column
    cells: dict[int, tuple[str, str]] = field(default_factory=dict)       # index → (year, indicator id), wide only
    parts: dict[str, int] = field(default_factory=dict)                   # derived column → index it is taken from
    also: set[int] = field(default_factory=set)                           # headers of the layout that become no column
    fits: bool = True       # the layout's own headers are there, and no column says what the layout would

    @property
    def matched(self) -> int:
        return len({*self.columns, *self.parts.values(), *self.also}) + len(self.cells)

    @property
    def share(self) -> float:
        """Share of the layout's own columns that is present; a wide layout's three columns count as one each."""
        present = len(self.columns) + len(self.parts) + (3 if self.cells else 0)
        return present / len(self.layout.contract.columns)


class Vocabulary:
    """All layouts of all contracts. A layout of a variant also knows the contract's own headers."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self.layouts = [layout for contract in contracts for layout in _layouts(contract)]
        self.known = frozenset(key for layout in self.layouts
                               for key in (*layout.keys, *layout.leaves, *layout.derived, *layout.also))

    def knows(self, header: Header) -> bool:
        return bool(header.parts) and (header.path in self.known or header.leaf in self.known)


def _layouts(contract: Contract) -> list[Layout]:
    return [Layout(contract, variant, _keys(contract, variant)) for variant in (None, *contract.variants)]


def _keys(contract: Contract, variant: Variant | None) -> dict[str, tuple[Column, int]]:
    keys: dict[str, tuple[Column, int]] = {}
    for column in contract.columns:
        own = variant.aliases.get(column.name, ()) if variant else ()
        for rank, text in enumerate((*own, *column.headers)):
            keys.setdefault("-".join(label(part).key for part in text.split("-") if part), (column, rank))
    return keys


def bind(layout: Layout, headers: list[Header]) -> Binding:
    """Gives each column of the layout at most one header: its foremost spelling, of equal ones the first."""
    binding = Binding(layout)
    leaves = [header.leaf for header in headers]
    places: dict[str, tuple[int, int]] = {}      # column name → (rank, index)
    for header in headers:
        if not header.parts or header.path == LINE_NUMBER:
            continue
        if layout.group and len(header.parts) > 1 and header.leaf in layout.leaves:
            year = layout.group.search(normal(header.parts[0].text))
            if year:
                binding.cells[header.index] = (year[1], layout.leaves[header.leaf])
                continue
        for key in dict.fromkeys((header.path, header.leaf)):
            for name in layout.derived.get(key, ()):
                binding.parts.setdefault(name, header.index)
            if key in layout.also:
                binding.also.add(header.index)
        if header.index in binding.parts.values():
            continue
        found = layout.keys.get(header.path)
        if found is None and len(header.parts) > 1 and leaves.count(header.leaf) == 1:
            found = layout.keys.get(header.leaf)
        if found is None:
            continue
        column, rank = found
        held = places.get(column.name)
        if held is None or rank < held[0]:
            places[column.name] = (rank, header.index)
    binding.columns = {index: layout.contract.column(name) for name, (_, index) in places.items()
                       if name not in binding.parts}
    if layout.variant:
        there = {key for header in headers for key in (header.path, header.leaf)}
        binding.fits = layout.wanted <= there and not set(layout.variant.constants) & set(places)
    corner = layout.variant.blank_corner if layout.variant else None
    if corner and corner not in places and (binding.columns or binding.cells):
        first = next(header.index for header in headers if header.parts)
        blank = [header.index for header in headers[:first]]
        if blank:
            binding.columns[blank[-1]] = layout.contract.column(corner)
    return binding
