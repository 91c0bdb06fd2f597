"""Other enterprises of a registry dump are told apart before anything else is done with their rows.

A dump holds every kind of enterprise and hardly a cooperative (spec 1.3). A row is put outside here only where
typing would certainly do so (scope.py): its code is well-formed as it stands and of another class than 93, or is
a 15-digit 注册号 beside a kind, its kind, cleaned, names neither a cooperative nor a family farm, and the farm directory
does not know it. Every other row takes the long way. Rows outside are counted; they stay in the archived original alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.receive.plan import SheetPlan
from dagster_project.receive.scope import kind_is_ours
from dagster_project.receive.text import normal

# Smaller tables are read whole: nothing is gained there.
LEAST_ROWS = 20_000
# The rows in which a header may stand stay together.
HEAD_ROWS = 60
OTHER_CODE = "^(?:[0-8A-HJ-NPQRTUWXY][0-9A-HJ-NPQRTUWXY]|9[0-24-9A-HJ-NPQRTUWXY])[0-9A-HJ-NPQRTUWXY]{16}$"
OLD_NUMBER = "^[0-9]{15}$"
# A first cell like these may begin a 合计 row or a footer: for rows.py to judge.
DOUBTFUL = r"[:：]|^[\s\x{a0}\x{3000}]*[合小总共][\s\x{a0}\x{3000}]*计"


@dataclass
class Screen:
    """Splits the tables of one sheet. `outside` rows were taken out so far, the last of them `last`."""

    code: int
    kind: int | None
    below: int                        # the last row of the header block
    farms: pa.Array                   # codes that the farm directory knows
    outside: int = 0
    last: int = 0
    _kinds: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: SheetPlan, last_header_row: int, farms: pa.Array) -> Screen | None:
        """None where the contract takes every row, or the sheet has no code column."""
        code, kind = plan.bound("credit_code"), plan.bound("kind")
        if plan.contract.in_scope is None or code is None or code.index is None:
            return None
        return cls(code.index, kind.index if kind else None, max(last_header_row, HEAD_ROWS), farms)

    def keep(self, cells: pa.Table) -> pa.Table:
        """The rows that may be ours, and those of the head."""
        code, first = cells[f"c{self.code}"], cells["c0"]
        other = pc.match_substring_regex(code, OTHER_CODE)
        if self.kind is not None:
            kind = cells[f"c{self.kind}"]
            known = pc.is_valid(kind)
            old = pc.and_(pc.match_substring_regex(code, OLD_NUMBER), known)
            other = pc.and_(pc.or_(other, old), pc.invert(self._ours(kind)))
        other = pc.and_(other, pc.invert(pc.is_in(code, value_set=self.farms)))
        outside = pc.and_(pc.fill_null(other, False), pc.greater(cells["row_number"], self.below))
        outside = pc.and_(outside, pc.invert(pc.fill_null(pc.match_substring_regex(first, DOUBTFUL), True)))
        count = pc.sum(outside).as_py() or 0
        if not count:
            return cells
        self.outside += count
        self.last = pc.max(pc.filter(cells["row_number"], outside)).as_py()
        return cells.filter(pc.invert(outside))

    def _ours(self, kind: pa.ChunkedArray) -> pa.Array:
        """Whether the kind, cleaned, names ours; each distinct text is looked at once."""
        coded = kind.combine_chunks().dictionary_encode()
        texts = coded.dictionary.to_pylist()
        for text in texts:
            if text not in self._kinds:
                self._kinds[text] = kind_is_ours(normal(text))
        ours = np.array([self._kinds[text] for text in texts] or [False])
        indices = pc.fill_null(coded.indices, 0).to_numpy(zero_copy_only=False)
        return pc.and_(pa.array(ours[indices]), pc.is_valid(kind.combine_chunks()))


ScreenOf = Callable[[pa.Table, list[tuple[int, int, int, int]]], Screen | None]
"""Makes the screen of a sheet, from its first rows and its merges."""
