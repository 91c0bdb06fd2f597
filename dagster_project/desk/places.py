"""The counties that a command of the desk speaks of, and their names."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_project.months import WrongUse
from dagster_project.receive.regions import Regions, prefecture_of

NATION = "000000"


def counties_in(scope: str, regions: Regions) -> list[str]:
    """County codes of a county, prefecture, province or the nation. Raises WrongUse for no division."""
    if scope == NATION:
        return list(regions.counties)
    if scope in regions.provinces:
        return [code for code in regions.counties if code[:2] == scope[:2]]
    if scope in regions.prefectures:
        return regions.counties_of(scope)
    if scope in regions.counties:
        return [scope]
    raise WrongUse(f"“{scope}”不是区划代码，应为六位，如 150300。")


def name_of(code: str, regions: Regions) -> str:
    """A division's name; 市本级 and 无法归属 of a prefecture by its own and by its 99 code."""
    if code == NATION:
        return "全国"
    own = prefecture_of(code)
    if code in regions.counties:
        return regions.counties[code]
    if code[4:] == "99" and own in regions.prefectures:
        return f"{regions.prefectures[own]}（无法归属）"
    return regions.prefectures.get(code) or regions.provinces.get(code) or code


def in_order(scopes: Sequence[str]) -> list[str]:
    """Scopes once each, as given."""
    return list(dict.fromkeys(scopes))
