"""Figures as they are shown: exact decimals, and never a number that hides a missed target."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

STORED_DECIMALS = 4  # of a percentage: ratios are stored with six decimals
SHOWN_DECIMALS = 1  # spec 2: percent with one decimal
MOST_DECIMALS = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """A number and the number format that shows it."""

    value: Decimal
    number_format: str


def _rounded(value: Fraction, decimals: int, mode: str) -> Decimal:
    """`value` with `decimals` decimals: cut towards zero, or half away from it; exact, whatever its size."""
    scaled = value * 10**decimals
    whole = abs(scaled.numerator) // scaled.denominator
    if mode == ROUND_HALF_UP and 2 * (abs(scaled) - whole) >= 1:
        whole += 1
    return Decimal(-whole if scaled < 0 else whole).scaleb(-decimals)


def percent_format(decimals: int) -> str:
    """Number format of a figure under a header with （%）, or of any figure with so many decimals."""
    return "0." + "0" * decimals if decimals else "0"


def percent(
    numerator: Decimal | int | None,
    denominator: Decimal | int | None,
    target: Decimal | None = None,
) -> Shown | None:
    """`numerator / denominator` in percent, for a column whose header says （%）.

    Null where either is unknown or the denominator is not positive. `target` is a fraction: a ratio
    that rounds to it without being it gets as many more decimals as tell them apart, cut down
    (59.99 or 59.9999, never 60.0). The cell holds the ratio to six decimals; where rounding it twice
    would show another digit than rounding it once, it is cut down instead.
    """
    if numerator is None or denominator is None or denominator <= 0:
        return None
    exact = Fraction(numerator) * 100 / Fraction(denominator)
    cut = Fraction(_rounded(exact, STORED_DECIMALS, ROUND_DOWN))
    if target is not None:
        goal = Fraction(target) * 100
        if exact != goal and _rounded(exact, SHOWN_DECIMALS, ROUND_HALF_UP) == goal:
            source = cut if cut != goal else exact
            for decimals in range(SHOWN_DECIMALS + 1, MOST_DECIMALS):
                shown = _rounded(source, decimals, ROUND_DOWN)
                if goal not in (_rounded(source, decimals, ROUND_HALF_UP), shown):
                    return Shown(shown, percent_format(decimals))
    stored = _rounded(exact, STORED_DECIMALS, ROUND_HALF_UP)
    if _rounded(Fraction(stored), SHOWN_DECIMALS, ROUND_HALF_UP) != _rounded(
        exact, SHOWN_DECIMALS, ROUND_HALF_UP
    ):
        stored = Decimal(cut.numerator) / Decimal(cut.denominator)
    return Shown(stored, percent_format(SHOWN_DECIMALS))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """`value` with `decimals` decimals, half up (四舍五入)."""
    return _rounded(Fraction(value), decimals, ROUND_HALF_UP)


def text(value: Decimal) -> str:
    """`value` as a spreadsheet stores it: plain digits, no exponent, no float on the way."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
