"""Ways in which a good cell goes bad, each with what must be said of it (spec 1.2, rulings 6.1.9)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from receive_spellings import ALPHABET, Cell, DrawnColumn, wide
from receive_strategies import DrawnRow, DrawnSheet
from receive_writers import NATIVE
from stdnum.cn import ric

from dagster_project.receive.contracts import Type

NOTHING = object()


@dataclass(frozen=True)
class Corruption:
    """One cell of one row. Without `codes` the typed row must be the same as before."""

    row: DrawnRow
    index: int
    column: DrawnColumn
    cell: Cell
    codes: frozenset[str]
    kept: Any = NOTHING          # what the typed value must be; by default null


def corrupt(r: Random, sheet: DrawnSheet) -> list[Corruption]:
    """Spoils some cells of the sheet, at most one a row."""
    out = []
    for row in sheet.rows:
        if not row.in_scope or r.randrange(4) == 0:
            continue
        indexes = [i for i, c in enumerate(sheet.columns) if c.column]
        r.shuffle(indexes)
        for index in indexes:
            c = sheet.columns[index]
            ways = [Corruption(row, index, c, *way) for way in _ways(r, sheet, row, c, row.cells[index])]
            if ways:
                out.append(r.choice(ways))
                break
    for way in out:
        way.row.cells[way.index] = way.cell
    return out


def _ways(r: Random, sheet: DrawnSheet, row: DrawnRow, c: DrawnColumn, cell: Cell) -> Iterator[tuple]:
    column = c.column
    native = sheet.kind in NATIVE
    value = row.expected.get(column.name)

    def bad(code: str, *cells: Cell) -> Iterator[tuple]:
        rejection = {"BAD_DATE": "BAD_DATE", "DATE_FUTURE": "BAD_DATE", "MONTH_AMBIGUOUS": "BAD_DATE",
                     "BAD_CODE": "BAD_CODE"}.get(code, "BAD_VALUE")
        for one in cells:
            yield one, frozenset({code, rejection})

    if column.name == "registration_no" or (value is None and column.type is not Type.identity):
        return
    if isinstance(cell, str) and cell:
        for same in (f"\u3000{cell}\u00a0", cell[:1] + "\u200b" + cell[1:], f"{cell}\t"):
            yield same, frozenset()
    keys = {n for alternative in sheet.contract.key for n in alternative}
    everywhere = all(column.name in alternative for alternative in sheet.contract.key)
    if column.default or column.default_by:
        pass      # a blank has its meaning
    elif everywhere or column.not_blank:
        if column.region != "county":
            yield r.choice((None, "N/A", "—")), frozenset({"MISSING_REQUIRED"})
    elif (column.required or column.expected) and column.name not in keys and column.region != "county":
        yield r.choice((None, "N/A", "未填")), frozenset({"MISSING_VALUE"})
    match column.type:
        case Type.credit_code if len(value) == 18:
            at = r.randrange(8, 18)
            code = value[:at] + r.choice(ALPHABET.replace(value[at], "")) + value[at + 1:]
            yield code, frozenset({"CHECK_DIGIT"}), code
            yield from bad("BAD_CODE", value[:17], value[:10] + "I" + value[11:], value + "0", "无代码")
        case Type.farm_code:
            yield from bad("BAD_CODE", value[:17], value + "A", value[:5] + "码" + value[6:])
        case Type.identity if row.expected[f"{column.name}_state"] == "valid":
            yield from _bad_identity(r, str(cell).strip())
        case Type.date:
            late = sheet.snapshot + timedelta(days=3660 if column.future else 1)
            yield from bad("DATE_FUTURE", f"{late:%Y-%m-%d}", f"{late.year}年{late.month}月{late.day}日")
            yield from bad("BAD_DATE", "2021-02-29", "2020-13-01", "20200431", "去年", "2020年", "2020-7", "1949-09-30",
                           "2020-05/06", "######")
        case Type.month:
            yield from bad("BAD_DATE", "2020年13月", "2020-00", "上月", "1899-12")
            yield from bad("DATE_FUTURE", f"{date(sheet.snapshot.year + 1, 1, 1):%Y-%m}")
            if native:
                yield from bad("MONTH_AMBIGUOUS", 2020.1)
        case Type.year:
            yield from bad("BAD_VALUE", "去年", "23", "20205", "1948", "2020-13")
        case Type.money:
            yield from bad("BAD_NUMBER", "若干", "1.2.3", "1,23,4", "5斤", "#REF!", "3O0", "10万2", "9" * 19)
            yield from bad("FOREIGN_CURRENCY", "100万美元", "50(万港元)", "HKD 300")
            if column.bare_minimum and c.unit is None:
                yield from bad("UNIT_UNKNOWN", "50", "100000", "1,000")
        case Type.area:
            yield from bad("BAD_NUMBER", "若干", "1.2.3", "约30亩", "#N/A")
            yield from bad("UNIT_UNKNOWN", "30垧")
        case Type.number:
            yield from bad("BAD_NUMBER", "若干", "1.2.3", "#DIV/0!", "优")
        case Type.integer:
            yield from bad("BAD_NUMBER", "若干", "3.5", "12斤", "1,2", "#VALUE!", "l0")
        case Type.ratio:
            yield from bad("BAD_NUMBER", "三成", "1.2.3", "5‰")
            if c.unit != "%":
                yield from bad("PERCENT_RANGE", "100.01", "2500")
        case Type.boolean:
            yield from bad("BAD_VALUE", "也许", "2", "待核实")
        case Type.enum:
            yield "样例选项", frozenset({"UNKNOWN_VALUE"}), column.otherwise
        case Type.region if column.region == "county":
            yield "样例不存在旗", frozenset({"UNKNOWN_VALUE", "COUNTY_UNKNOWN"}), "样例不存在旗"


def _bad_identity(r: Random, number: str) -> Iterator[tuple]:
    number = unicodedata.normalize("NFKC", number).upper()
    at = r.randrange(17)
    other = number[:at] + r.choice([d for d in "123456789" if d != number[at]]) + number[at + 1:]
    if not other.endswith("000"):
        yield other, frozenset({"BAD_IDENTITY"})
        yield wide(other), frozenset({"BAD_IDENTITY"})
    yield number[:17], frozenset({"BAD_IDENTITY"})
    cut = number[:15] + "000"
    if ric.calc_check_digit(cut) != "0":
        yield cut, frozenset({"ID_PRECISION_LOST"})
    yield f"{Decimal(number[:15] + '000'):.5E}", frozenset({"ID_PRECISION_LOST"})
