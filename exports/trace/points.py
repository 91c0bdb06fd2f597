"""Points of a star indicator, reckoned again from the rubric's rows and the cooperative's facts (spec 2.4)."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

_COMPARES = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}
WORDS = {
    "yes_no": "各项条件{combine}满足得满分，否则不得分", "ladder": "取所达到的最高一档的分",
    "ratio": "按数值÷（门槛×参照值）得分，最高为满分", "count": "达到门槛后按个数得分，最高为满分",
}  # fmt: skip
COMBINED = {"any": "任一", "all": "全部", None: "全部"}


def words(parts: Sequence[Mapping[str, Any]]) -> str:
    """The rule of an indicator for a reader."""
    return WORDS[parts[0]["rule_kind"]].format(combine=COMBINED[parts[0]["combine"]])


def points(parts: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Fraction | None:
    """`parts`: rows of the rubric in force, one indicator's; `facts`: star_fact_value of the cooperative. Null = unknown."""
    weight, kind = Fraction(parts[0]["weight"]), parts[0]["rule_kind"]
    values = [_number(facts[part["fact_id"]]) for part in parts]
    met = [None if value is None or part["comparison"] is None else _COMPARES[part["comparison"]](value, Fraction(part["threshold"]))
           for part, value in zip(parts, values, strict=True)]  # fmt: skip
    if kind == "yes_no":
        decides, otherwise = (True, weight) if parts[0]["combine"] == "any" else (False, Fraction(0))
        if decides in met:
            return otherwise
        return None if None in met else weight - otherwise
    if kind == "ladder":
        return max((Fraction(part["points"]) for part, is_met in zip(parts, met, strict=True) if is_met), default=Fraction(0))
    if values[0] is None:
        return None
    if kind == "ratio":
        reference = parts[0]["reference_fact"]
        base = Fraction(parts[0]["threshold"]) * (_number(facts[reference]) or Fraction(0) if reference else 1)
        return max(Fraction(0), min(weight, weight * values[0] / base)) if base else None
    if values[0] < Fraction(parts[0]["threshold"]):
        return Fraction(0)
    return weight if parts[0]["points"] is None else min(weight, round(values[0]) * Fraction(parts[0]["points"]))


def _number(value: object) -> Fraction | None:
    return None if value is None else Fraction(value) if isinstance(value, int | Decimal) else Fraction(str(value))
