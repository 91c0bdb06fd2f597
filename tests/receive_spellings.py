"""Values as exports write them: one value drawn, then one of its spellings (spec 1.2).

Each function draws (typed values of the column, cell). Nothing is computed by the code under test.
`r` is a random.Random, of hypothesis or plain.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from stdnum.cn import ric, uscc

from dagster_project.receive.contracts import Column, Type

KEY = b"a key of the property tests only"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NULLS = (None, None, "", "N/A", "NA", "n/a", "null", "NULL", "-", "—", "/", "未填", "未认证农户")
MONEY = {"元": 1, "万元": 10**4}
OF_COUNTS = {"人", "户", "个", "家", "名", "人次", "次"}


@dataclass(frozen=True)
class Percent:
    """A number cell of a workbook that is shown as a percentage."""

    value: float


Cell = str | int | float | bool | date | Percent | None


@dataclass
class DrawnColumn:
    """A column of the sheet. Without `column` it is a running number (`drift` false) or one that nobody knows."""

    header: str
    column: Column | None = None
    unit: str | None = None          # of a bare number; '%' when the header says so
    drift: bool = False

Drawn = tuple[dict[str, Any], Cell]


def wide(text: str) -> str:
    """ASCII as full-width characters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def dirtied(r: Random, text: str) -> str:
    """The same text as it comes out of web pages: full width, odd spaces, invisible characters."""
    match r.randrange(8):
        case 0:
            return wide(text)
        case 1:
            return f" {text}\u00a0"
        case 2:
            return text[:1] + "\u200b" + text[1:]
        case 3:
            return text.replace(" ", "\u3000  ") + "\u3000"
    return text


def grouped(number: Decimal) -> str:
    return f"{number:,f}"


def spelled(r: Random, number: Decimal, native: bool) -> Cell:
    """A bare number. Native numbers keep at most 15 digits, as a workbook does."""
    number = number.normalize()
    plain = f"{number:f}"
    match r.randrange(6):
        case 0:
            return grouped(Decimal(plain))
        case 1:
            return wide(plain)
        case 2 if native and len(number.as_tuple().digits) <= 15:
            return int(number) if number == number.to_integral_value() and r.randrange(2) else float(number)
        case 3 if "." in plain:
            return plain + "0"
    return plain


def amount(r: Random, decimals: int) -> Decimal:
    digits = r.choice((0, 1, 3, 5, 6, 8))
    whole = r.randrange(10**digits) if digits else 0
    value = Decimal(whole * 10**decimals + (r.randrange(10**decimals) if r.randrange(3) else 0)).scaleb(-decimals)
    return -value if r.randrange(12) == 0 else value


def money(r: Random, c: DrawnColumn, native: bool) -> Drawn:
    column, value = c.column, amount(r, 2)
    own = r.randrange(4) == 0
    if column.bare_minimum and c.unit is None:
        own = own or value <= column.bare_minimum
    if own:
        short = f"{(value / 10**4).normalize():f}"
        cell = r.choice((f"{short}万元", f"{short}(万)", f"{short}万元人民币", f"{value:f}元",
                         f"{grouped(Decimal(short))}(万人民币元)", f"{short}（万元）"))
    else:
        cell = spelled(r, value / MONEY[c.unit or column.unit or "元"], native)
        if isinstance(cell, str) and value >= 0 and r.randrange(6) == 0:
            cell = r.choice("¥￥") + cell
    return {column.name: value}, cell


def area(r: Random, c: DrawnColumn, native: bool) -> Drawn:
    value = abs(amount(r, 2))
    return {c.column.name: value}, f"{value}亩" if r.randrange(5) == 0 else spelled(r, value, native)


def number(r: Random, c: DrawnColumn, native: bool) -> Drawn:
    value = abs(amount(r, r.choice((0, 1, 4))))
    return {c.column.name: value}, spelled(r, value, native)


def integer(r: Random, c: DrawnColumn, native: bool) -> Drawn:
    value = abs(int(amount(r, 0)))
    if c.column.unit in OF_COUNTS and r.randrange(6) == 0:
        return {c.column.name: value}, f"{value}{c.column.unit}"
    return {c.column.name: value}, spelled(r, Decimal(value), native)


def ratio(r: Random, c: DrawnColumn, native: bool) -> Drawn:
    percent = Decimal(r.randrange(10_001)).scaleb(-2)       # 0 … 100, two decimals
    text = f"{percent.normalize():f}"
    way = r.randrange(5)
    value = percent.scaleb(-2)
    if way == 0:
        cell: Cell = text + r.choice("%％")
    elif way == 1 and native:
        cell = Percent(float(value))
    elif c.unit == "%" or (way == 2 and percent > 1):
        cell = spelled(r, percent, native)
    else:
        cell = spelled(r, value, native)
    return {c.column.name: value}, cell


def boolean(r: Random, c: DrawnColumn, native: bool) -> Drawn:
    true, false = r.choice((("true", "false"), ("是", "否"), ("有", "无"), ("√", "×"), ("1", "0"), ("Y", "N"),
                            ("已建立", "未建立"), ("已完成", "未完成"), ("TRUE", "FALSE"), ("y", "n")))
    value = bool(r.randrange(2))
    if native and r.randrange(6) == 0:
        return {c.column.name: value}, value
    return {c.column.name: value}, true if value else false


def day(r: Random, first: date, last: date) -> date:
    return first + timedelta(days=r.randrange((last - first).days + 1))


def date_cell(r: Random, c: DrawnColumn, native: bool, snapshot: date) -> Drawn:
    last = snapshot + timedelta(days=3640) if c.column.future else snapshot
    value = r.choice((snapshot, date(1949, 10, 1), date(2024, 2, 29) if snapshot > date(2024, 2, 29) else snapshot,
                      day(r, date(1990, 1, 1), last), day(r, date(2010, 1, 1), last)))
    forms: list[Cell] = [
        f"{value:%Y-%m-%d}", f"{value.year}/{value.month}/{value.day}", f"{value.year}.{value.month}.{value.day}",
        f"{value:%Y%m%d}", f"{value.year}年{value.month}月{value.day}日", f"{value:%Y-%m-%d} 00:00:00",
        f"{value:%Y/%m/%d}", wide(f"{value:%Y-%m-%d}")]
    serial = (value - date(1899, 12, 30)).days
    if native:
        forms += [value, value, serial]
    forms.append(str(serial))
    return {c.column.name: value}, r.choice(forms)


def month_cell(r: Random, c: DrawnColumn, native: bool, snapshot: date) -> Drawn:
    first = date(1940, 1, 1) if "出生" in c.column.header else date(2000, 1, 1)
    value = day(r, first, snapshot).replace(day=1)
    forms: list[Cell] = [f"{value.year}年{value.month}月", f"{value:%Y-%m}", f"{value:%Y.%m}", f"{value:%Y-%m-%d}",
                         f"{value.year}/{value.month}", f"{value:%Y年%m月}"]
    return {c.column.name: value}, r.choice([*forms, value] if native else forms)


def year_cell(r: Random, c: DrawnColumn, native: bool, snapshot: date) -> Drawn:
    value = r.randrange(2012, snapshot.year + 1)
    forms: list[Cell] = [f"{value}", f"{value}年", f"{value}年度", wide(str(value))]
    return {c.column.name: value}, r.choice([*forms, value] if native else forms)


def choice(r: Random, c: DrawnColumn) -> Drawn:
    column = c.column
    if column.multi:
        picked = r.sample(sorted(column.values), r.randrange(1, min(4, len(column.values)) + 1))
        return {column.name: "、".join(picked)}, r.choice("、，,；;").join(picked)
    canonical = r.choice(sorted(column.values))
    text = r.choice((canonical, *column.values[canonical])) if column.match == "exact" and not _is_id(canonical) \
        else r.choice(column.values[canonical])
    if column.match != "exact" and r.randrange(3) == 0:
        text = {"prefix": text + "（样例）", "contains": f"因{text}一事"}[column.match]
    values = {column.name: canonical}
    if column.keep_raw:
        values[column.name + "_raw"] = unicodedata.normalize("NFKC", text)
    return values, text


def _is_id(canonical: str) -> bool:
    return canonical.isascii()


def text_cell(r: Random, c: DrawnColumn, serial: int) -> Drawn:
    column = c.column
    if column.type is Type.person:
        text = r.choice(("样例某", "样例甲某", "测试·样例")) + r.choice(("", "某"))
    elif column.type is Type.region:
        text = f"样例{r.choice('东西南北')}{'村' if column.region == 'village' else '镇'}{serial}"
    else:
        text = r.choice(("样例农牧业", "示例 Farm ", "测试(二)号", "样例A-", "示例、与", "5号样例")) + str(serial)
    return {column.name: unicodedata.normalize("NFKC", text)}, dirtied(r, text)


def credit_code(r: Random, division: str, group: str = "93") -> str:
    body = group + division + "MA" + "".join(r.choice(ALPHABET) for _ in range(7))
    return body + uscc.calc_check_digit(body)


def identity_number(r: Random) -> str:
    born = day(r, date(1930, 1, 1), date(2004, 12, 31))
    body = f"{r.randrange(1, 9)}{r.randrange(10**5):05}{born:%Y%m%d}{r.randrange(1000):03}"
    return body + ric.calc_check_digit(body + "0")


def keyed(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def identity_cell(r: Random, c: DrawnColumn) -> Drawn:
    n = c.column.name
    own = identity_number(r)
    if r.randrange(5) == 0:
        return {f"{n}_hash": None, f"{n}_state": "masked"}, own[:6] + "********" + own[14:]
    return {f"{n}_hash": keyed(own), f"{n}_state": "valid"}, r.choice((own, own.lower(), f" {own}", wide(own)))


def phone_cell(r: Random, c: DrawnColumn, native: bool) -> Drawn:
    own = f"1{r.choice('3589')}{r.randrange(10**9):09}"
    masked = own[:3] + "****" + own[7:]
    forms: list[tuple[str, Cell]] = [(own, own), (masked, masked), (own, f"{own[:3]} {own[3:7]} {own[7:]}")]
    if native:
        forms.append((own, int(own)))
    value, cell = r.choice(forms)
    return {c.column.name: value}, cell


def nothing(column: Column) -> dict[str, Any]:
    """The typed values of a blank field."""
    values = dict.fromkeys(column.typed())
    if column.type is Type.identity:
        values[f"{column.name}_state"] = "blank"
    return values
