"""Reconciliation (spec 2.9, rulings 6.2.12) from typed rows with loops."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from oracle.naive_matching import similarity
from oracle.naive_sides import COOP, FARM, PAIRS, Sides

Row = dict[str, Any]
FIELDS = {
    "registry_direct": ("name", "representative", "county_code", "in_force", "annual_income", "members"),
    "registry_roster": ("name", "county_code", "in_force"),
    "registry_affiliate": ("name", "county_code", "in_force"),
    "directory_direct": ("name", "representative", "county_code", "annual_income"),
    "award_direct": ("name", "county_code", "annual_income", "members"),
    "award_directory": ("name", "county_code", "annual_income"),
}
# table and scope on whose delivery of the month the other side's absence rests
RESTS_ON = {
    "registry": ("gsxt.registration", None), "directory": ("farm_directory.farm", None), "affiliate": ("supply_coop.affiliate", None),
}


def reconciliation(sides: Sides) -> set[tuple]:
    """(pair, county, left key, right key, outcome, field, left value, right value)."""
    out: set[tuple] = set()
    public = _public_figures(sides)
    for pair, fields in FIELDS.items():
        left_system, right_system, kind = PAIRS[pair]
        left = {row["key"]: {**row, **(public.get(row["credit_code"], {}) if left_system == "registry" else {})}
                for row in sides.side(left_system, kind)}
        right = {row["key"]: row for row in sides.side(right_system, kind)}
        for a, b in sides.pairs[pair]:
            ours, theirs = left[a], right[b]
            differing = [f for f in fields if _differs(f, ours, theirs)]
            for field in differing or [None]:
                out.add((pair, ours["county_code"], a, b, "有差异" if field else "两边一致", field,
                         _shown(field, ours), _shown(field, theirs)))
        open_left = [row for key, row in left.items() if key not in {a for a, _ in sides.pairs[pair]} and row["in_force"]]
        open_right = [row for key, row in right.items() if key not in {b for _, b in sides.pairs[pair]}]
        due = _due(sides, pair)
        for row in open_left:
            if row["key"] in due and _sent_this_month(sides, right_system, kind, row["county_code"]):
                out.add((pair, row["county_code"], row["key"], None, "我方有对方无", None, None, None))
        for row in open_right:
            if left_system != "award" and _sent_this_month(sides, left_system, kind, row["county_code"]):
                out.add((pair, row["county_code"], None, row["key"], "对方有我方无", None, None, None))
        said = sides.decisions(pair)
        for ours in open_left:
            for theirs in open_right:
                if ours["county_code"] != theirs["county_code"] or (ours["key"], theirs["key"]) in said:
                    continue
                edits, longer = similarity(ours["normal"], theirs["normal"])
                if 10 * edits <= longer:
                    out.add((pair, ours["county_code"], ours["key"], theirs["key"], "疑似同一", "name",
                             ours["name"], theirs["name"]))
    return out


def _public_figures(sides: Sides) -> dict[str, Row]:
    """The newest known figures of the public annual reports."""
    out: dict[str, Row] = {}
    for row in sorted(sides.month.events("gsxt.annual_report"), key=lambda r: r["report_year"]):
        kept = out.setdefault(row["credit_code"], {"annual_income": None, "members": None})
        for name, value in (("annual_income", row["revenue"]), ("members", row["members"])):
            kept[name] = value if value is not None else kept[name]
    return out


def _differs(field: str, ours: Row, theirs: Row) -> bool:
    a, b = ours.get(field), theirs.get(field)
    if field == "name":
        return ours["normal"] != theirs["normal"]
    if a is None or b is None:
        return False
    if field == "annual_income":
        return abs(a - b) > Decimal("0.01") * max(abs(a), abs(b))
    if field == "representative" and ("*" in a or "*" in b):
        return False
    return a != b


def _shown(field: str | None, row: Row) -> str | None:
    if field is None:
        return None
    value = row.get(field)
    if field == "representative":
        return f"{value[0]}**"
    if field == "in_force":
        return "存续" if value else "非存续"
    return str(value)


def _due(sides: Sides, pair: str) -> set[str]:
    """Subsidised, demonstration and affiliated entities must be on the other side."""
    if pair.startswith("award"):
        return {row["key"] for row in sides.side("award", PAIRS[pair][2])}
    if pair == "registry_direct":
        return {left for other in ("registry_award", "registry_roster", "registry_affiliate") for left, _ in sides.pairs[other]}
    if pair == "directory_direct":
        return ({right for _, right in sides.pairs["award_directory"]} | {left for left, _ in sides.pairs["directory_roster"]})
    if pair == "registry_roster":
        level = {row["key"]: row["demonstration_level"] for row in sides.side("award", COOP)}
        return {left for left, right in sides.pairs["registry_award"] if level[right]}
    return set()


def _sent_this_month(sides: Sides, system: str, kind: str, county: str) -> bool:
    month = sides.month
    table, scope = RESTS_ON.get(system, (None, None))
    if system == "direct":
        table, scope = "direct_report.entity", kind
    elif system == "roster":
        table, scope = "demonstration.roster", f"{COOP if kind != FARM else FARM}|*"
    elif system == "award":
        table, scope = "programme.award", f"{month.year}|{kind}"
    sent = month.sent(table, county, scope)
    return sent is not None and sent >= month.first
