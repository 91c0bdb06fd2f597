"""The county of each row (spec 1.2 "County of a row"), found once for each set of names and codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from dagster_project.receive.contracts import Type
from dagster_project.receive.plan import SheetPlan
from dagster_project.receive.regions import Found, Regions, prefecture_of
from dagster_project.receive.sql import name, store, texts

SEAT = re.compile(r".*(市本级|盟本级|州本级|地区本级|市直|盟直|州直|市辖区)(属|管|单位)?|本级|直属")  # 市本级
NOWHERE = {"无法归属", "无法归类", "不详", "未知", "其他", "其它"}
_ADDRESS = ("住所", "地址")
_PARTS = ["province", "prefecture", "county", "digits"]


class Placed(NamedTuple):
    """County of a combination. `late` stands in when the address says nothing. `note`: issue code or None."""

    county: str | None = None
    note: str | None = None
    late: str | None = None


@dataclass(frozen=True)
class SheetPlace:
    """What the sheet as a whole says of its place."""

    parents: tuple[frozenset[str], ...]  # prefectures to look for a name in, strongest first
    county: str | None  # the one county that a hint names
    prefecture: str | None  # the one prefecture that all of it points to
    county_first: bool  # no county column: the hint speaks before the credit code


def place_of_sheet(plan: SheetPlan, regions: Regions, names: list[str]) -> SheetPlace:
    """Hints of the plan, strongest first; the only parent in which all `names` resolve; the scope."""
    scope = regions.prefectures_in(plan.default_scope)
    everywhere = regions.resolve_places(plan.place_hints).prefectures
    within = frozenset(everywhere[:1]) or (scope if len(scope) == 1 else frozenset())
    parents: list[frozenset[str]] = []
    county = None
    for hint in plan.place_hints:
        named = regions.resolve_place(hint, within)
        county = county or (named.counties[0] if len(named.counties) == 1 else None)
        inside = frozenset(named.prefectures) | {prefecture_of(code) for code in named.counties}
        parents.append(inside or frozenset().union(*(regions.prefectures_in(code) for code in named.provinces)))
    homes = [home for home in (regions.homes(name) for name in names) if home]
    common = frozenset.intersection(*homes) if homes else frozenset()
    if len(common) == 1:
        parents.append(common)
    parents.append(scope)
    single = next((next(iter(inside)) for inside in parents if len(inside) == 1), None)
    if county is None and plan.default_scope in regions.counties:
        county = plan.default_scope
    has_column = any(c.type is Type.region and c.region == "county" for c in plan.contract.columns)
    return SheetPlace(tuple(inside for inside in parents if inside), county, single, not has_column)


def _by_code(text: str, regions: Regions) -> Found | None:
    """A county field that holds a division code, 6 to 12 digits."""
    digits = text[:6]
    if found := regions.of_code(digits):
        return found
    own = prefecture_of(digits)
    if own in regions.prefectures and digits[4:] in ("00", "01"):
        return Found(own, False)
    return Found(digits, False) if own in regions.prefectures and digits[4:] == "99" else None


def _by_name(text: str, row: frozenset[str], sheet: SheetPlace, regions: Regions) -> Found | None:
    """A county field that holds a name, inside the row's own parent, else inside what the sheet says."""
    for inside in [row] if row else sheet.parents:
        if found := regions.pick(text, inside):
            return found
        named = regions.resolve_place(text, inside).counties
        if len(named) == 1 and prefecture_of(named[0]) in inside:
            return Found(named[0], False)
        if own := regions.lookup("prefecture", text) & inside:
            return Found(next(iter(own)), False) if len(own) == 1 else None
    if row:
        return None
    if found := regions.pick(text):
        return found if text in regions.names["county", "full"] else None
    named = regions.resolve_place(text).counties
    return Found(named[0], False) if len(named) == 1 else None


def place(
    province: str | None,
    prefecture: str | None,
    county: str | None,
    digits: str | None,
    sheet: SheetPlace,
    regions: Regions,
) -> Placed:
    """County of one combination of a row's texts and its credit code's characters 3-8 (`digits`)."""
    row = regions.parents(province, prefecture)
    by_code = regions.of_code(digits)
    if by_code and row and prefecture_of(by_code.code) not in row:
        by_code = None
    home = prefecture_of(digits) if digits and prefecture_of(digits) in regions.prefectures else None
    if home and row and home not in row:
        home = None
    only = next(iter(row)) if len(row) == 1 else home or (None if row else sheet.prefecture)
    if county:
        if re.fullmatch(r"[0-9]{6}([0-9]{3}|[0-9]{6})?", county):
            found = _by_code(county, regions)
        elif SEAT.fullmatch(county) or county in NOWHERE:
            seat = bool(SEAT.fullmatch(county))
            known = next(iter(row)) if len(row) == 1 else _named_seat(county, regions)
            if not known:
                known = next((p for p in (sheet.prefecture, home) if p and (not row or p in row)), None)
            found = Found(known if seat else known[:4] + "99", False) if known else None
        else:
            found = _by_name(county, row, sheet, regions)
        if found:
            return Placed(found.code, "REGION_OLD" if found.old else None)
    note = "UNKNOWN_VALUE" if county else None
    hinted = sheet.county if sheet.county and (not row or prefecture_of(sheet.county) in row) else None
    if not county and sheet.county_first and hinted:
        return Placed(hinted)
    if by_code:
        return Placed(by_code.code, note or ("REGION_OLD" if by_code.old else None))
    if county:
        return Placed(None, note)
    if home and digits and digits[4:] in ("00", "01"):
        return Placed(home)
    if hinted:
        return Placed(late=hinted)
    if only:
        inside = regions.counties_of(only)
        return Placed(late=inside[0] if len(inside) == 1 else only[:4] + "99")
    return Placed()


def _named_seat(text: str, regions: Regions) -> str | None:
    """The prefecture in `乌海市本级`."""
    named = regions.resolve_place(re.sub("本级|直属|直", "", text)).prefectures
    return named[0] if len(named) == 1 else None


def _address(text: str, row: frozenset[str], digits: str | None, sheet: SheetPlace, regions: Regions) -> str | None:
    """The county that an address names, inside the row's own parent, the code's, or the sheet's."""
    home = regions.prefectures_in(digits[:4] + "00") if digits else frozenset()
    for inside in [row] if row else [home, *sheet.parents, frozenset()]:
        counties = [c for c in regions.resolve_place(text, inside).counties if not inside or prefecture_of(c) in inside]
        if counties:
            return counties[0]
    return None


@dataclass(frozen=True)
class Placing:
    """SQL over `_read` r: the joins, the county code (null = unknown) and its note."""

    joins: str
    county_code: str
    note: str = "p.note"


def place_rows(con: duckdb.DuckDBPyConnection, plan: SheetPlan, regions: Regions, digits: str | None) -> Placing:
    """Make `_placed` and, where needed, `_addressed` for the rows of `_read` r in scope.

    `digits`: SQL of the registering authority's division code in the row's own code, None when it has none.
    """
    columns = {str(b.column.region): name(b.column.name) for b in plan.columns if b.column.type is Type.region}
    parts = {level: f"r.{columns[level]}" if level in columns else "null::varchar" for level in _PARTS[:3]}
    parts["digits"] = digits or "null::varchar"
    listed = ", ".join(f"{sql} {part}" for part, sql in parts.items())
    combos = con.sql(f"select distinct {listed} from _read r where in_scope").fetchall()
    names = sorted({c for p, f, c, _ in combos if c and not regions.parents(p, f)})
    names = [n for n in names if not n.isdigit() and not SEAT.fullmatch(n) and n not in NOWHERE]
    sheet = place_of_sheet(plan, regions, names)
    # 填报单位：乌海市农牧局 around the table names no county: that is silence, not a wrong name.
    around = any(b.column.region == "county" and b.index is None for b in plan.columns)
    placed = []
    for p, f, c, d in combos:
        found = place(p, f, c, d, sheet, regions)
        if around and c and found.note == "UNKNOWN_VALUE":
            found = place(p, f, None, d, sheet, regions)
        placed.append((p, f, c, d, *found))
    store(con, "_placed", texts([*_PARTS, "county_code", "note", "late"], placed))
    match = " and ".join(f"{sql} is not distinct from p.{part}" for part, sql in parts.items())
    joins = f"left join _placed p on {match}"
    address = next(
        (b.column.name for b in plan.columns if any(w in h for h in b.column.headers for w in _ADDRESS)), None
    )
    if address is None or all(row[len(_PARTS)] for row in placed):
        return Placing(joins, "coalesce(p.county_code, p.late)")
    column = f"r.{name(address)}"
    unplaced = con.sql(
        f"select distinct {listed}, {column} address from _read r join _placed p on {match} "
        f"where in_scope and p.county_code is null and {column} is not null"
    ).fetchall()
    addressed = [(*row, _address(row[4], regions.parents(row[0], row[1]), row[3], sheet, regions)) for row in unplaced]
    store(con, "_addressed", texts([*_PARTS, "address", "county_code"], addressed))
    again = " and ".join(f"{sql} is not distinct from a.{part}" for part, sql in parts.items())
    joins += f" left join _addressed a on {again} and a.address = {column}"
    return Placing(joins, "coalesce(p.county_code, a.county_code, p.late)")
