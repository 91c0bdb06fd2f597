"""Rows of the tables that hold plain records: how a field is printed, and what the truth says of it.

A `Record` holds the drawn values by the contract's column names (money in 分, a ratio in whole percent). The
same spec of fields prints them and writes them into the truth file, so both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter

from dagster_project.simulate.exports import dated_text, money
from dagster_project.simulate.sheets import IGNORED, Line, Table, centred


@dataclass(frozen=True)
class Field:
    """`kind`: text, int, number, date, month, yuan, wan (unit that its header prints), bool, ratio, free."""

    name: str
    header: str
    kind: str = "text"


@dataclass(frozen=True)
class Spec:
    """A table's fields in the order of the export; `extra`: truth columns that no export prints."""

    table_id: str
    fields: tuple[Field, ...]
    extra: tuple[str, ...] = ()


@dataclass
class Record:
    """One drawn row. `county`: code of the county that the row belongs to, None where the table has none."""

    spec: Spec
    values: dict[str, Any]
    county: str | None = None
    partial: bool = False  # on a filled form: it fills blanks of the ledger and delivers nothing


def spec(table_id: str, text: str, *extra: str) -> Spec:
    """Fields of `text`: one a line, name, header and kind."""
    fields = [Field(*line.split()) for line in text.strip().splitlines()]
    return Spec(table_id, tuple(fields), extra)


def printed(kind: str, value: Any, style: int) -> Any:
    """A value as its cell. `style`: of dates, as in exports.dated_text."""
    if value is None or kind in ("text", "int", "free"):
        return value
    if kind == "date":
        return dated_text(value, style)
    if kind == "month":
        return f"{value.year}年{value.month}月" if style in (4, 7) else f"{value:%Y-%m}"
    if kind == "bool":
        return "是" if value else "否"
    if kind == "ratio":
        return f"{value}%"
    if kind == "number":
        return value
    return money(value, {"yuan": "元", "wan": "万元"}[kind])


def meant(kind: str, value: Any) -> Any:
    """A value as the truth file says it: money in 元 and ratios as fractions, both as text."""
    if value is None or kind in ("text", "int", "date", "month", "bool", "free"):
        return value
    if kind == "ratio":
        return f"{value // 100}.{value % 100:02d}"
    if kind == "number":
        return str(value)
    whole, cents = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole}.{cents:02d}"


def record_table(
    records: Iterable[Record],
    of: Spec,
    sheet: str,
    *,
    head: Callable[[int], list[list[Any]]] | None = None,
    rename: dict[str, str] | None = None,
    omit: Iterable[str] = (),
    style: int = 1,
    foot: str | None = None,
    drift: dict[str, Any] | None = None,
    repeated: tuple[str, ...] = (),
    texts: bool = False,
    label: tuple[Any, ...] = (),
) -> Table:
    """One sheet of records.

    `head` gives the rows above the headers for a number of columns, `rename` header → header as this system
    prints it, `omit` names without a column, `foot` the line below. `drift`: headers that no contract knows
    with their cell; `repeated`: labels that stand a second time. `texts`: numbers as texts (HTML, CSV).
    """
    names = rename or {}
    fields = [field for field in of.fields if field.name not in set(omit)]
    strange = drift or {}
    columns = [field.header for field in fields] + list(strange)
    headers: list[Any] = [names.get(field.header, field.header) for field in fields] + list(strange)
    lines = []
    for record in records:
        cells = [printed(field.kind, record.values.get(field.name), style) for field in fields]
        cells += strange.values()
        if texts:
            cells = [None if cell is None else f"{cell:.15g}" if isinstance(cell, float) else cell for cell in cells]
        lines.append(Line(cells, record))
    above = head(len(columns)) if head else []
    merges = [f"A1:{get_column_letter(len(columns))}1"] if above else []
    twice = tuple(f"{name}_2" for name in repeated)
    columns = [name if columns.index(name) == at else f"{name}_2" for at, name in enumerate(columns)]
    table = Table(of.table_id, sheet, columns, [*above, headers], lines, label, merges if not texts else [])
    table.drift = (*(name for name in strange if name not in twice), *twice)
    if foot:
        table.tail = [Line([], None, IGNORED), Line([foot], None, IGNORED)]
    return table


def titled(title: str, left: str = "", right: str = "") -> Callable[[int], list[list[Any]]]:
    """A title row and, when something is said, a line of 填报单位 and 单位 below it."""

    def rows(wide: int) -> list[list[Any]]:
        out: list[list[Any]] = [[centred(title)]]
        if left or right:
            out.append([left or None, *[None] * (wide - 2), right or None])
        return out

    return rows

