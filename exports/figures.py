"""Figures as they are shown: exact decimals, and never a number that hides a missed target."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

STORED_DECIMALS = 4  # of a percentage: ratios are stored with six decimals
SHOWN_DECIMALS = 1  # spec 2: percent with one decimal
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    """A number and the number format that shows it."""

    value: Decimal
    number_format: str


def _scaled(above: int, below: int, decimals: int, cut: bool) -> int:
    """`above / below` times 10**decimals as a whole number: cut towards zero, or half away from it."""
    whole, rest = divmod(abs(above) * 10**decimals, below)
    if not cut and 2 * rest >= below:
        whole += 1
    return -whole if above < 0 else whole


def percent(
    numerator: Decimal | int | None, denominator: Decimal | int | None, target: Decimal | None = None
) -> Shown | None:
    """`numerator / denominator` in percent, for a column whose header says （%）.

    Null where either is unknown or the denominator is not positive. `target` is the fraction to be
    reached: a ratio that rounds to it but misses it gets as many more decimals as tell them apart,
    cut down (59.99 or 59.9999, never 60.0). The cell holds the ratio to six decimals; where rounding it twice
    would show another digit than rounding it once, it is cut down instead.
    """
    if numerator is None or denominator is None or denominator <= 0:
        return None
    top, top_below = numerator.as_integer_ratio()
    bottom, bottom_below = denominator.as_integer_ratio()
    above, below = 100 * top * bottom_below, top_below * bottom
    if target is not None:
        told_apart = _told_apart(above, below, target)
        if told_apart:
            return told_apart
    stored, scale = _scaled(above, below, STORED_DECIMALS, cut=False), 10**STORED_DECIMALS
    shown = _scaled(above, below, SHOWN_DECIMALS, cut=False)
    if _scaled(stored, scale, SHOWN_DECIMALS, cut=False) != shown:
        stored = _scaled(above, below, STORED_DECIMALS, cut=True)
    return Shown(Decimal(stored).scaleb(-STORED_DECIMALS), percent_format(SHOWN_DECIMALS))


def _told_apart(above: int, below: int, target: Decimal) -> Shown | None:
    """The figure with the decimals that keep it from looking like its target; null where one is enough."""
    goal_above, goal_below = (100 * target).as_integer_ratio()
    if above * goal_below >= goal_above * below:
        return None
    if _scaled(above, below, SHOWN_DECIMALS, False) != _scaled(goal_above, goal_below, SHOWN_DECIMALS, False):
        return None
    stored = _scaled(above, below, STORED_DECIMALS, cut=True)
    if stored * goal_below < goal_above * 10**STORED_DECIMALS:
        above, below = stored, 10**STORED_DECIMALS
    decimals = SHOWN_DECIMALS + 1
    while _scaled(above, below, decimals, cut=False) == _scaled(goal_above, goal_below, decimals, cut=False):
        decimals += 1
    return Shown(
        Decimal(_scaled(above, below, decimals, cut=True)).scaleb(-decimals), percent_format(decimals)
    )


def percent_format(decimals: int) -> str:
    """Number format with so many decimals, for a figure under a header with （%）."""
    return f"0.{'0' * decimals}"


def rounded(value: Decimal, decimals: int) -> Decimal:
    """`value` with `decimals` decimals, half up (四舍五入)."""
    return Decimal(_scaled(*value.as_integer_ratio(), decimals, cut=False)).scaleb(-decimals)


def decimals(value: object) -> int:
    """Decimals that a value needs; 0 for what is no decimal."""
    return len(text(value).partition(".")[2]) if isinstance(value, Decimal) else 0


def with_decimals(value: T, count: int) -> T | Shown:
    """Money shown with `count` decimals: a sum must be the sum of what is shown. Anything else stays."""
    return Shown(value, f"#,##0.{'0' * count}") if isinstance(value, Decimal) else value


def text(value: Decimal) -> str:
    """`value` as a spreadsheet stores it: plain digits, no exponent, no float on the way."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
