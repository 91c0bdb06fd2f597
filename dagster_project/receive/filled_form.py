"""Forms without a header row: one sheet a record, each value beside its label (000 附件2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_project.receive.contracts import Column, Form
from dagster_project.receive.headers import Grid, label
from dagster_project.receive.readers import Sheet
from dagster_project.receive.text import normal
from dagster_project.receive.vocabulary import Layout

LONGEST = 60            # rows; a form fills one page
MOST_LABELS = (3, 4)    # of a form's labels this share must be there
TICKED, BOX = "☑☒✓✔√■●🗹", "☐□○"
Cell = tuple[int, int]


@dataclass(frozen=True)
class FilledForm:
    """A sheet that is one record: `fields` are column, label as printed, value. Rows are 1-based in the sheet."""

    layout: Layout
    first_row: int
    fields: tuple[tuple[Column, str, str | None], ...]


def find_form(sheet: Sheet, layouts: Iterable[Layout]) -> FilledForm | None:
    """The sheet read as the first of these layouts whose labels it has; None when it is no such form."""
    forms = [(layout, layout.variant.form) for layout in layouts if layout.variant and layout.variant.form]
    if not forms or sheet.cells.num_rows > LONGEST:
        return None
    columns = [sheet.cells[f"c{i}"].to_pylist() for i in range(sheet.width)]
    grid = [[text.strip() or None if text else None for text in row] for row in zip(*columns, strict=True)]
    at: dict[str, Cell] = {}
    for r, row in enumerate(grid):
        for c, text in enumerate(row):
            if text:
                at.setdefault(label(text).key, (r, c))
    for layout, form in forms:
        labels = _labels(form)
        found = labels & set(at)
        if len(found) * MOST_LABELS[1] >= len(labels) * MOST_LABELS[0]:
            known = labels | layout.also
            return FilledForm(layout, min(at[key][0] for key in found) + 1,
                              tuple(_fields(layout, form, grid, at, known)))
    return None


def _labels(form: Form) -> set[str]:
    texts = (*form.right_of.values(), *form.rows.values(), *form.ticked.values(), form.under)
    return {label(text).key for text in texts}


def _fields(layout: Layout, form: Form, grid: Grid, at: dict[str, Cell],
            known: set[str]) -> Iterable[tuple[Column, str, str | None]]:
    contract = layout.contract
    for name, text in form.right_of.items():
        yield contract.column(name), text, _right(grid, at.get(label(text).key), known)
    under = at.get(label(form.under).key)
    for name, text in form.rows.items():
        cell = at.get(label(text).key)
        values = grid[cell[0]][under[1]:] if cell and under else []
        yield contract.column(name), text, next((value for value in values if value), None)
    for name, text in form.ticked.items():
        column = contract.column(name)
        yield column, text, _ticked(column, " ".join(_block(grid, at.get(label(text).key), known)))
    for name, (text, pattern) in form.near.items():
        found = re.search(pattern, normal(" ".join(_block(grid, at.get(label(text).key), known))))
        yield contract.column(name), text, re.sub(r"\s", "", found[1]) if found else None


def _right(grid: Grid, cell: Cell | None, known: set[str]) -> str | None:
    """The next filled cell to the right, unless it is the next label."""
    if cell is None:
        return None
    found = next((text for text in grid[cell[0]][cell[1] + 1:] if text), None)
    return None if found is None or label(found).key in known else found


def _block(grid: Grid, cell: Cell | None, known: set[str]) -> list[str]:
    """The texts right of a label and in the rows below it, down to the next label in its column."""
    out: list[str] = []
    if cell is None:
        return out
    for r in range(cell[0], len(grid)):
        head = next((text for text in grid[r][:cell[1] + 1] if text), None)
        if r > cell[0] and head and label(head).key in known:
            break
        out += [text for text in grid[r][cell[1] + 1:] if text]
    return out


def _ticked(column: Column, text: str) -> str | None:
    """The choices with a tick before them (or behind, where the boxes stand so); without any box the text itself."""
    words = [word for canonical, spellings in column.values.items() for word in dict.fromkeys((canonical, *spellings))]
    choice = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    if not re.search(f"[{TICKED}{BOX}]", text):
        found = re.search(choice, text)
        return found[0] if found else None
    before = re.match(rf"\s*[{TICKED}{BOX}]", text)
    pattern = rf"[{TICKED}]\s*({choice})" if before else rf"({choice})\s*[{TICKED}]"
    return "、".join(re.findall(pattern, text)) or None
