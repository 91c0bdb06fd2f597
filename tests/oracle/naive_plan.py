"""The plan's figures (spec 2.7, rulings 6.2.8, 6.6.9, 6.6.13) recomputed with plain Python from typed rows."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]
STARS = {"五星": 5, "四星": 4, "三星": 3, "二星": 2, "一星": 1, "未达": 0}


def earlier(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def ratio(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"), ROUND_HALF_UP) if whole else None


def official_stars(rows: dict[str, list[Row]], as_of: date, months: int = 24) -> dict[str, int | None]:
    """Newest official result within the months; a cooperative under a veto counts nowhere: None."""
    newest: dict[str, Row] = {}
    for row in sorted(rows["supply_coop.star_result"], key=lambda r: (r["rated_on"] or r["snapshot_date"], r["year"])):
        if earlier(as_of, months) <= (row["rated_on"] or row["snapshot_date"]) <= as_of:
            newest[row["credit_code"]] = row
    vetoed = {row["credit_code"] for table in ("gsxt.abnormal_listing", "gsxt.serious_violation") for row in rows[table]
              if row["listing_state"] == "在列"}
    last: dict[str, Row] = {}
    for row in sorted(rows["inspection.coop"], key=lambda r: r["inspected_on"]):
        if row["inspected_on"] >= earlier(as_of, months):
            last[row["credit_code"]] = row
    vetoed |= {code for code, row in last.items() if row["conclusion"] in ("空壳社", "休眠社") or row["illegal_finance"]}
    return {code: None if code in vetoed else STARS.get(row["stars"]) for code, row in newest.items()}


def figures(rows: dict[str, list[Row]], in_force: dict[str, str], as_of: date,
            trial: dict[str, int]) -> dict[tuple[str, str], int]:
    """(county, figure) → count. `in_force` gives the registered county of each cooperative in force, `trial` the stars of
    those that have a trial rating; an official result comes first, even one that gives no star."""
    stars, out, led = {**trial, **official_stars(rows, as_of)}, {}, set()

    def add(county: str, figure: str, number: int = 1) -> None:
        out[county, figure] = out.get((county, figure), 0) + number

    for row in rows["supply_coop.affiliate"]:
        if row["credit_code"] not in in_force or (row["released_on"] and row["released_on"] <= as_of):
            continue
        leads = row["mode"] not in (None, "无") and not (row["affiliated_on"] and row["affiliated_on"] > as_of)
        joined = row["is_member"] and not (row["joined_on"] and row["joined_on"] > as_of)
        rated = stars.get(row["credit_code"]) or 0
        if leads:
            led.add(row["credit_code"])
            add(row["county_code"], "led_coops")
            if rated == 5:
                add(row["county_code"], "led_five_star")
        if (leads or joined or row["is_guided"]) and rated >= 3:
            add(row["county_code"], "star_coops")
            add(row["county_code"], "member_households", row["member_households"] or 0)
    levels: dict[str, set[str]] = {}
    for row in rows["demonstration.roster"]:
        current = not (row["withdrawn_on"] and row["withdrawn_on"] <= as_of) and not (
            row["recognised_on"] and row["recognised_on"] > as_of)
        if row["entity_type"] == "农民合作社" and current and row["level"] and row["credit_code"] in in_force:
            levels.setdefault(row["credit_code"], set()).add(row["level"])
    for code, held in levels.items():
        kinds = ["led_share_county"]
        if held & {"国家级", "供销总社"}:
            kinds.append("led_share_nation")
        elif "自治区（省）级" in held:
            kinds.append("led_share_province")
        for kind in kinds:
            add(in_force[code], f"{kind}_of")
            if code in led:
                add(in_force[code], kind)
    return out


CITY = {("member_households", 2025): 30000, ("led_share_county", 2025): Decimal("0.7"), ("led_share_province", 2025): Decimal("0.8"),
        ("led_share_nation", 2025): Decimal("0.9")}
NEEDS = {"star_coops": "supply_coop.star_result", "led_five_star": "supply_coop.star_result",
         "member_households": "supply_coop.star_result", "led_share_county": "demonstration.roster",
         "led_share_province": "demonstration.roster", "led_share_nation": "demonstration.roster"}


def progress(rows: dict[str, list[Row]], in_force: dict[str, str], delivered: dict[str, dict[str, date]],
             as_of: date, trial: dict[str, int]) -> dict[tuple[str, str, int, str], Row]:
    """(region, level, year, indicator) → target, actual, completion, pace; of the prefectures that the plan names.
    `trial`: stars that fill in where there is no official result."""
    aims: dict[tuple[str, str, str], dict[int, Decimal]] = {}

    def aim(region: str, level: str, indicator: str, year: int, number: Decimal) -> None:
        kept = aims.setdefault((region, level, indicator), {})
        kept[year] = kept.get(year, Decimal(0)) + number

    for row in rows["supply_coop.target"]:
        if not row["is_city_wide"]:
            aim(row["county_code"], "county", row["indicator"], row["year"], row["target"])
        aim(row["county_code"][:4] + "00", "prefecture", row["indicator"], row["year"], row["target"])
    cities = {region for region, level, _ in aims if level == "prefecture"}
    for (indicator, year), number in CITY.items():
        for city in cities & {"330200"}:
            aim(city, "prefecture", indicator, year, Decimal(number))
    found, out = figures(rows, in_force, as_of, trial), {}
    for (region, level, indicator), by_year in aims.items():
        near = {c for t in delivered.values() for c in t} | {c for c, _ in found}
        counties = [region] if level == "county" else sorted(c for c in near if c[:4] == region[:4])
        known = [c for c in counties if all(c in delivered.get(table, {}) for table in (
            "supply_coop.affiliate", "gsxt.registration", *([NEEDS[indicator]] if indicator in NEEDS else [])))]
        top = sum(found.get((c, indicator), 0) for c in known)
        base = sum(found.get((c, f"{indicator}_of"), 0) for c in known)
        actual = None if not known else ratio(top, base) if indicator.startswith("led_share") else Decimal(top)
        before = Decimal(0)
        for year, target in sorted(by_year.items()):
            pace = target if year < as_of.year else None
            if year == as_of.year and len(by_year) > 1:
                pace = ratio(before * 12 + (target - before) * as_of.month, 12)
            out[region, level, year, indicator] = {
                "target": target, "actual": actual, "pace_target": pace,
                "completion": None if actual is None else ratio(actual, target),
                "on_pace": None if actual is None or pace is None else actual >= pace}
            before = target
    return out
