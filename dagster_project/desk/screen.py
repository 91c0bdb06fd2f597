"""Chinese tables on a terminal: one look for every command of the desk."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 160      # where the output is no terminal and has no width of its own


def console() -> Console:
    """A console on standard output."""
    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False, markup=False)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str | None = None,
          right: Collection[int] = ()) -> Table:
    """Rows under Chinese headers; null is shown as —, long texts are folded, never cut. `right`: columns of numbers."""
    out = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for at, column in enumerate(columns):
        out.add_column(column, overflow="fold", justify="right" if at in right else "left")
    for row in rows:
        out.add_row(*(Text("—" if value is None else str(value)) for value in row))
    return out
