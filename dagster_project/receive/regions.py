"""Administrative divisions: their names in every form the exports use, old codes, places in free text.

Codes are 6 digits. A county-level code may also be a prefecture's own code (市本级) or PPPP99 (无法归属).
Source: seeds admin_division and region_alias; spec 1.2 "County of a row".
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dagster_project.receive.text import normal

SEEDS = Path(__file__).resolve().parents[2] / "dbt" / "seeds" / "reference"

_NAMELESS = {
    "市辖区",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
}  # prefecture rows that are only brackets
_SHORTEN = {"province": "省市", "prefecture": "市盟州", "county": "区县市旗"}
_WORDS = {"合作市", "海城市"}  # names that ordinary words hold: 农民合作市级示范社, 沿海城市
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_TIERS = ("full", "old", "alias", "short")  # how far a name is from the official one
_COUNTY_SUFFIX = tuple("区县市旗盟州省")


class Found(NamedTuple):
    """A division that a name stands for. `old`: by a name or code that is no longer in force."""

    code: str
    old: bool


@dataclass(frozen=True)
class Named:
    """The divisions that free text names beyond doubt, in the order of the text."""

    provinces: tuple[str, ...] = ()
    prefectures: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()


class _Match(NamedTuple):
    start: int
    end: int
    text: str
    at_start: bool  # of a run of Chinese characters
    whole: bool  # the whole run


def prefecture_of(county_code: str) -> str:
    """The prefecture of a county code, of a prefecture's own code, of PPPP99."""
    return county_code[:4] + "00"


@dataclass
class Regions:
    """All divisions down to the county. Built once, by `load_regions`."""

    counties: dict[str, str] = field(default_factory=dict)
    prefectures: dict[str, str] = field(default_factory=dict)
    provinces: dict[str, str] = field(default_factory=dict)
    successors: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # (level, tier) → name → codes
    names: dict[tuple[str, str], dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    known: set[str] = field(default_factory=set)  # every name
    longest: int = 0  # of them

    prefecture_of = staticmethod(prefecture_of)

    def add_name(self, level: str, tier: str, text: str, code: str) -> None:
        """Learn a name of a division."""
        self.names[level, tier][text].add(code)
        self.known.add(text)
        self.longest = max(self.longest, len(text))

    def of_code(self, digits: str | None) -> Found | None:
        """The county of a 6-digit division code, through its only successor when the code is old."""
        if digits in self.counties:
            return Found(digits, False)
        after = self.successors.get(digits or "", set())
        return Found(next(iter(after)), True) if len(after) == 1 else None

    def prefectures_in(self, code: str | None) -> frozenset[str]:
        """The prefectures that a province, prefecture or county code lies in or stands for."""
        if not code:
            return frozenset()
        if code in self.provinces:
            return frozenset(p for p in self.prefectures if p[:2] == code[:2])
        own = prefecture_of(code)
        return frozenset({own}) if own in self.prefectures else frozenset()

    def counties_of(self, prefecture: str) -> list[str]:
        """County codes of a prefecture."""
        return [code for code in self.counties if prefecture_of(code) == prefecture]

    def lookup(self, level: str, text: str) -> set[str]:
        """Codes of every division of a level that bears this name in any form."""
        return set().union(*(self.names[level, tier].get(text, ()) for tier in _TIERS))

    def parents(self, province: str | None, prefecture: str | None) -> frozenset[str]:
        """The prefectures that a row's own 省 and 市 fields leave; empty when they say nothing known."""
        inside: frozenset[str] = frozenset()
        if province:
            named = self.resolve_place(province)
            codes = self.lookup("province", province) or set(named.provinces)
            inside = frozenset().union(*(self.prefectures_in(code) for code in codes))
        if prefecture:
            codes = self.lookup("prefecture", prefecture)
            if prefecture.isdigit() and len(prefecture) == 6:
                codes = set(self.prefectures_in(prefecture))
            if not codes:
                named = self.resolve_place(prefecture)
                codes = set(named.prefectures) or {prefecture_of(code) for code in named.counties}
                if not codes:
                    municipal = self.lookup("province", prefecture) or set(named.provinces)
                    codes = set().union(*(self.prefectures_in(code) for code in municipal))
            if codes:
                return frozenset(codes & inside) or frozenset(codes)
        return inside

    def pick(self, text: str, within: Iterable[str] | None = None) -> Found | None:
        """The one county of this name, full name before short, inside `within` (prefectures) if given."""
        allowed = None if within is None else frozenset(within)
        for tier in _TIERS:
            codes = self.names["county", tier].get(text, set())
            if allowed is not None:
                codes = {code for code in codes if prefecture_of(code) in allowed}
            if codes:
                return Found(next(iter(codes)), tier == "old") if len(codes) == 1 else None
        return None

    def homes(self, text: str) -> frozenset[str]:
        """The prefectures in which `pick` finds this name."""
        candidates = {prefecture_of(code) for code in self.lookup("county", text)}
        return frozenset(prefecture for prefecture in candidates if self.pick(text, {prefecture}))

    def _matches(self, text: str) -> list[_Match]:
        """Every longest name in the text, left to right, none overlapping."""
        known = self.known
        out = []
        for run in _CHINESE.finditer(text):
            word, i = run[0], 0
            while i < len(word) - 1:
                for length in range(min(self.longest, len(word) - i), 1, -1):
                    if word[i : i + length] in known and word[i + length : i + length + 1] != "社":
                        start = run.start() + i
                        out.append(_Match(start, start + length, word[i : i + length], i == 0, length == len(word)))
                        i += length
                        break
                else:
                    i += 1
        return out

    def resolve_place(self, text: str, within: Iterable[str] = ()) -> Named:
        """What one free text names; see `resolve_places`."""
        return self.resolve_places((text,), within)

    def resolve_places(self, texts: Iterable[str], within: Iterable[str] = ()) -> Named:
        """The divisions that texts (a title, a file name, folders) name beyond doubt.

        Full names count anywhere, abbreviations only where a name is expected: as a whole run of Chinese, at
        its start, or right behind another division. A name that several counties bear counts only inside a
        prefecture that the same texts, or `within` (prefecture codes), name.
        """
        matches = [(m, behind) for text in texts for m, behind in _with_neighbour(self._matches(normal(text)))]
        provinces: dict[str, None] = {}
        prefectures: dict[str, None] = {}
        for m, _ in matches:
            provinces |= dict.fromkeys(self.names["province", "full"].get(m.text, ()))
            for tier in ("full", "old"):
                prefectures |= dict.fromkeys(self.names["prefecture", tier].get(m.text, ()))
        firm = frozenset(prefectures) | frozenset(within)
        for m, behind in matches:
            if not (m.whole or m.at_start or behind or len(m.text) > 2):
                continue
            if firm and self.pick(m.text, firm):
                continue  # 海南 in a text about 乌海 is its district, not the province
            province = self.lookup("province", m.text)
            prefecture = set() if province else self.lookup("prefecture", m.text)
            provinces |= dict.fromkeys(province)
            prefectures |= dict.fromkeys(prefecture)
        inside = frozenset(prefectures) | frozenset(within)
        if not inside:
            inside = frozenset().union(*(self.prefectures_in(code) for code in provinces))
        counties: dict[str, None] = {}
        for m, behind in matches:
            expected = m.whole or behind or (m.at_start and (bool(inside) or len(m.text) > 2))
            official = len(m.text) > 2 and m.text.endswith(_COUNTY_SUFFIX) and m.text not in _WORDS
            if not (expected or official) or (not inside and len(m.text) == 2 and not m.whole):
                continue
            found = self.pick(m.text, inside or None)
            if found is None and official and not prefectures:
                found = self.pick(m.text)
            taken = set() if inside else self.lookup("province", m.text) | self.lookup("prefecture", m.text)
            if found and not taken:
                counties[found.code] = None
        return Named(tuple(provinces), tuple(prefectures), tuple(counties))


def _with_neighbour(matches: list[_Match]) -> list[tuple[_Match, bool]]:
    """Each match, and whether it stands right behind another one."""
    ends = {m.end for m in matches}
    return [(m, m.start in ends) for m in matches]


@cache
def load_regions(folder: Path = SEEDS) -> Regions:
    """The divisions of the seeds. Raises FileNotFoundError when a seed is missing."""
    regions = Regions()
    tables = {"county": regions.counties, "prefecture": regions.prefectures, "province": regions.provinces}
    with (folder / "admin_division.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            level, code, name = row["level"], row["code"], row["name"]
            if level not in tables:
                continue
            tables[level][code] = name
            for old in filter(None, row["predecessor"].split(";")):
                if level == "county":
                    regions.successors[old].add(code)
            if name in _NAMELESS:
                continue
            regions.add_name(level, "full", name, code)
            if len(name) > 2 and name[-1] in _SHORTEN[level] and "自治" not in name:
                regions.add_name(level, "short", name[:-1], code)
    with (folder / "region_alias.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            regions.add_name(row["level"], "old" if row["kind"] == "old" else "alias", row["alias"], row["code"])
    return regions
