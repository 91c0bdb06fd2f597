"""Numbers (spec 1.2): money, areas, counts, ratios, exact from the text, in the unit that stands nearest."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import partial

from dagster_project.receive.contracts import SQL_TYPE, Type
from dagster_project.receive.plan import BoundColumn
from dagster_project.receive.reading import Parsed, Reading

MONEY: dict[str, Decimal | int] = {
    "元": 1,
    "圆": 1,
    "千元": 10**3,
    "千": 10**3,
    "万元": 10**4,
    "万圆": 10**4,
    "万": 10**4,
    "十万元": 10**5,
    "百万元": 10**6,
    "百万": 10**6,
    "千万元": 10**7,
    "千万": 10**7,
    "亿元": 10**8,
    "亿": 10**8,
}
AREA: dict[str, Decimal | int] = {
    "亩": 1,
    "市亩": 1,
    "万亩": 10**4,
    "公顷": 15,
    "ha": 15,
    "hm2": 15,
    "平方米": Decimal("0.0015"),
    "m2": Decimal("0.0015"),
    "平方公里": 1500,
    "km2": 1500,
}
# Units that say what is counted and change nothing (6.1.4), and the hours and points of the lists.
COUNTED = {
    "人",
    "户",
    "个",
    "家",
    "名",
    "人次",
    "次",
    "次数",
    "社",
    "场",
    "只",
    "头",
    "件",
    "分",
    "学时",
    "课时",
    "小时",
    "天",
    "年",
    "月",
}

_NUMBER = r"[+-]?(?:\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
_SPLIT = re.compile(rf"({_NUMBER})(?:[eE]-(\d{{1,2}}))? ?(\D*)")
_ACCOUNTING = re.compile(rf"\(({_NUMBER})\)")
_RENMINBI = re.compile(r"人民币|RMB|CNY|¥", re.IGNORECASE)
_FOREIGN = re.compile(
    r"[$€£]|(?:美|港|日|欧|澳|澳大利亚|加|加拿大|新加坡|新西兰|韩)[元圆]|美金|港币|英镑|台币|澳门币|法郎|马克|卢布|泰铢|外币"
    r"|(?:USD|HKD|JPY|EUR|AUD|CAD|SGD|NZD|KRW|GBP|TWD|MOP|CHF|DEM|RUB|THB)",
    re.IGNORECASE,
)
# No count of people or things has eleven digits; what has is a telephone, an identity number, two cells in one.
COUNT_DIGITS = 10
_EXACT = Context(prec=120)
_LONGEST = 60


def _decimal(number: str) -> Decimal:
    return _EXACT.create_decimal(re.sub(r"[, ]", "", number))


def _split(text: str) -> tuple[Decimal, str] | None:
    """Number and the text behind it; None when there is no number, or when it was cut to powers of ten."""
    text = text.replace("−", "-").replace("–", "-").strip()
    if len(text) > _LONGEST or not (found := _SPLIT.fullmatch(text)):
        return None
    number = _decimal(found[1])
    if found[2]:
        number = _EXACT.scaleb(number, -int(found[2]))
    return number, found[3]


def _rounded(value: Decimal, sql_type: str) -> Parsed:
    """The value as text of the warehouse type, half up; BAD_NUMBER when it does not fit."""
    precision, scale = map(int, re.findall(r"\d+", sql_type))
    value = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_EXACT)
    return Parsed(str(value)) if abs(value) < 10 ** (precision - scale) else Parsed(None, "BAD_NUMBER")


def parse_money(text: str, unit: str | None, bare_minimum: int | None) -> Parsed:
    """元 of `1,000(万人民币元)`, `50(万)`, `9万元人民币`, `￥12.5`; `unit` is that of a bare number."""
    if found := _ACCOUNTING.fullmatch(text):
        text = "-" + found[1].lstrip("+-")
    else:
        text = re.sub(r"\(([^()\d]*)\)", r"\1", _RENMINBI.sub("", text)).removesuffix("整")
    split = _split(text)
    if split is None or (split[1] not in MONEY and split[1]):
        return Parsed(None, "FOREIGN_CURRENCY" if _FOREIGN.search(text) and re.search(r"\d", text) else "BAD_NUMBER")
    value, own = split
    if own:
        return _rounded(_EXACT.multiply(value, Decimal(MONEY[own])), SQL_TYPE[Type.money])
    if bare_minimum is not None and unit is None:
        return _rounded(value, SQL_TYPE[Type.money]) if value > bare_minimum else Parsed(None, "UNIT_UNKNOWN")
    if unit not in MONEY:
        return Parsed(None, "UNIT_UNKNOWN")
    return _rounded(_EXACT.multiply(value, Decimal(MONEY[unit])), SQL_TYPE[Type.money])


def parse_area(text: str, unit: str | None) -> Parsed:
    """亩."""
    split = _split(re.sub(r"\(([^()\d]*)\)", r"\1", text.replace("㎡", "m2")))
    if split is None:
        found = re.fullmatch(rf"({_NUMBER}) ?(\D*2)", text)
        if not found:
            return Parsed(None, "BAD_NUMBER")
        split = _decimal(found[1]), found[2]
    value, own = split
    factor = AREA.get((own or unit or "").lower())
    if factor is None:
        return Parsed(None, "UNIT_UNKNOWN")
    return _rounded(_EXACT.multiply(value, Decimal(factor)), SQL_TYPE[Type.area])


def parse_count(text: str, unit: str | None, whole: bool) -> Parsed:
    """A number of things, or (`whole` false) any number. A count with a fraction is no count."""
    split = _split(re.sub(r"\(([^()\d]*)\)", r"\1", text))
    if split is None:
        return Parsed(None, "BAD_NUMBER")
    value, own = split
    if own.startswith("万"):
        value, own = _EXACT.multiply(value, Decimal(10**4)), own[1:]
    if own and own not in COUNTED and own != unit:
        return Parsed(None, "BAD_NUMBER")
    if not whole:
        return _rounded(value, SQL_TYPE[Type.number])
    if value != value.to_integral_value(context=_EXACT) or abs(value) >= 10**COUNT_DIGITS:
        return Parsed(None, "BAD_NUMBER")
    return Parsed(str(int(value)))


def parse_ratio(text: str, percent: bool) -> Parsed:
    """A fraction: with % (in the cell or the header) always /100; else ≤ 1 is one, ≤ 100 is a percentage."""
    split = _split(text)
    if split is None or split[1] not in ("", "%"):
        return Parsed(None, "BAD_NUMBER")
    value, own = split
    if not (own or percent) and abs(value) > 100:
        return Parsed(None, "PERCENT_RANGE")
    if own or percent or abs(value) > 1:
        value = _EXACT.scaleb(value, -2)
    return _rounded(value, SQL_TYPE[Type.ratio])


def _scaled(parse: Callable[[str], Parsed], factor: Decimal | int, kind: Type) -> Reading:
    """Plain numbers times `factor`, rounded once. They are too short to overflow: `parse` sees the others."""
    digits = 13 - len(str(int(factor))) + 1
    ungrouped = f"regexp_full_match({{x}}, '-?[0-9]{{{{1,{digits}}}}}([.][0-9]{{{{1,10}}}})?')"
    groups = max(1, digits // 3 - 1)
    grouped = f"'-?[0-9]{{{{1,3}}}}(,[0-9]{{{{3}}}}){{{{1,{groups}}}}}([.][0-9]{{{{1,10}}}})?'"
    exact = "cast(replace({x}, ',', '') as decimal(23,10))"
    if factor != 1:
        exact = f"{exact} * cast({factor} as decimal(13,4))"
    plain = f"({ungrouped} or regexp_full_match({{x}}, {grouped}))"
    return Reading(parse, plain, f"try_cast({exact} as {SQL_TYPE[kind]})")


def number_reading(bound: BoundColumn) -> Reading:
    """Money, area, number, integer or ratio of a bound column."""
    column = bound.column
    unit = bound.unit or column.unit
    match column.type:
        case Type.money:
            bare = column.bare_minimum if unit is None else None
            parse = partial(parse_money, unit=unit, bare_minimum=bare)
            return _scaled(parse, MONEY[unit], Type.money) if unit in MONEY else Reading(parse)
        case Type.area:
            parse = partial(parse_area, unit=unit)
            return _scaled(parse, AREA[unit], Type.area) if unit in AREA else Reading(parse)
        case Type.number:
            return _scaled(partial(parse_count, unit=unit, whole=False), 1, Type.number)
        case Type.integer:
            whole = f"regexp_full_match({{x}}, '-?[0-9]{{{{1,{COUNT_DIGITS}}}}}')"
            return Reading(partial(parse_count, unit=unit, whole=True), whole)
        case Type.ratio:
            return Reading(partial(parse_ratio, percent=bound.percent_in_header or unit == "%"))
    raise AssertionError(column.type)
