"""Where each column of a recognised layout stands in its sheet: units, wide layouts, columns nobody knows."""

from __future__ import annotations

from dagster_project.receive.context import Surroundings
from dagster_project.receive.contracts import Column, Contract, Type, Wide
from dagster_project.receive.headers import MONEY_UNITS, Header
from dagster_project.receive.plan import BoundColumn
from dagster_project.receive.readers import Sheet
from dagster_project.receive.text import normal
from dagster_project.receive.vocabulary import LINE_NUMBER, Binding


def choice_in(column: Column, text: str) -> str | None:
    """The one choice of an enumeration that a title or a name speaks of."""
    said = normal(text)
    found = {canonical for canonical, spellings in column.values.items()
             if any(normal(word) in said for word in (canonical, *spellings))}
    return found.pop() if len(found) == 1 else None


def unit_of(column: Column, said: str | None, around: Surroundings) -> str | None:
    if column.type is not Type.money:
        return said
    if said in MONEY_UNITS:
        return said
    line = [unit for unit in around.units if unit in MONEY_UNITS]
    return line[0] if len(line) == 1 else None


def long_columns(contract: Contract, wide: Wide, binding: Binding, headers: list[Header],
                 around: Surroundings) -> tuple[int, list[BoundColumn]]:
    """The columns of the long rows that a wide layout becomes: place c0, year c1, indicator c2, value c3."""
    place_index = next(i for i, column in binding.columns.items() if column.region == "county")
    first = headers[next(iter(binding.cells))]
    value = contract.column(wide.value_column)
    group = first.parts[0].text
    return place_index, [
        BoundColumn(binding.columns[place_index], 0, headers[place_index].printed, None, None, False),
        BoundColumn(contract.column(wide.year_column), 1, group, None, None, False),
        BoundColumn(contract.column(wide.name_column), 2, first.parts[-1].text, None, None, False),
        BoundColumn(value, 3, first.printed, unit_of(value, first.unit, around), None, False),
    ]


def unknown_columns(headers: list[Header], binding: Binding, sheet: Sheet, last_header_row: int) -> tuple[tuple[int, str], ...]:
    """Columns nobody knows that hold anything; a header that stands twice becomes `…_2`, `…_3`."""
    if binding.cells:
        return ()
    out: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for header in headers:
        seen[header.printed] = seen.get(header.printed, 0) + 1
        if header.index in binding.columns or header.index in binding.parts.values() or header.path == LINE_NUMBER:
            continue
        data = sheet.cells[f"c{header.index}"].slice(last_header_row)
        if not header.parts and data.null_count == len(data):
            continue
        name = header.printed or f"第{header.index + 1}列"
        out.append((header.index, f"{name}_{seen[header.printed]}" if header.parts and seen[header.printed] > 1 else name))
    return tuple(out)
