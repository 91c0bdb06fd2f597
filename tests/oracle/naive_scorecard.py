"""Scorecards of 附件5 and 附件6 (spec 2.6, rulings 6.2.11) with plain Python: what data score beside what was given."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from oracle.naive import months_before
from oracle.naive_sides import COOP, FARM

Row = dict[str, Any]
POINTS = {"附件5": (7, 5, 7, 6, 3, 6, 4, 4, 6, 8, 3, 8, 4, 4, 5, 5, 5, 2, 6, 2, -20),
          "附件6": (5, 5, 5, 5, 5, 10, 5, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 5)}


def all_of(*answers: bool | None) -> bool | None:
    return False if False in answers else None if None in answers else True


class Facts:
    """`outcomes`: (county, entity_key, check) → outcome; `returns`: credit code → the line of the fiscal year; `delivered`:
    (table, county, part) → (date, complete); `quota`: naive quota_progress; `coverage`: naive coverage;
    `aims`: naive advisor targets."""

    def __init__(self, rows: dict[str, list[Row]], stage: Any, outcomes: dict, returns: dict[str, Row], delivered: dict,
                 quota: dict, coverage: dict, as_of: date, record: Any, aims: dict) -> None:
        self.record = record        # award → the entity's row in 新农直报
        self.aims = aims
        self.rows, self.outcomes, self.returns, self.delivered = rows, outcomes, returns, delivered
        self.quota, self.coverage, self.as_of, self.year = quota, coverage, as_of, as_of.year
        self.entities: dict[tuple, list[Row]] = defaultdict(list)
        for award in rows["programme.award"]:
            if stage(award) == "recognised" and award["year"] <= self.year:
                who = award["credit_code"] or award["farm_code"] or award["name"]
                self.entities[award["year"], award["county_code"], award["entity_type"], who].append(award)

    def shares(self, year: int, county: str) -> dict[tuple[str, int], tuple[int, int]]:
        """(form, item) → numerator, denominator. Rates of all farms and clients are known of the report year alone."""
        out: dict[tuple[str, int], tuple[int, int]] = {}
        supported = {kind: [(who, awards) for (y, c, k, who), awards in self.entities.items() if (y, c, k) == (year, county, kind)]
                     for kind in (COOP, FARM)}
        coops, farms = supported[COOP], supported[FARM]
        task = next((t for t in self.rows["programme.district_task"] if (t["year"], t["county_code"]) == (year, county)), None)
        if task:
            there = None not in (task["funds_arrived"], task["funds_allotted"]) and task["funds_arrived"] >= task["funds_allotted"]
            out["附件5", 10] = sum(there and self.paid_in_order(awards) for _, awards in coops), len(coops)
        out["附件5", 12] = sum(self.books(who) is True for who, _ in coops), len(coops)
        if ("direct_report.entity", county, "") in self.delivered:
            both = self.coverage.get((county, "county", "client_direct_report_rate"), {})
            out["附件5", 13] = (both.get("numerator") or 0, both.get("denominator") or 0) if year == self.year else (
                sum(any(self.record(a) for a in awards) for _, awards in coops), len(coops))
        if ("gsxt.abnormal_listing", county, "") in self.delivered:
            out["附件5", 17] = sum(self.lawful(who) for who, _ in coops), len(coops)
        for kind, place in ((COOP, ("附件5", 15)), (FARM, ("附件6", 14))):
            done = self.quota.get((year, county, kind))
            if done and done["accepted"] is not None:
                out[place] = min(done["accepted"], done["quota"]), done["quota"]
        if ("advisor.directory", county, "") in self.delivered and year == self.year:
            around = {county, county[:4] + "00", county[:2] + "0000", "000000"}
            said = [aim["status"] for (region, *_), aim in self.aims.items() if region in around]
            out["附件5", 19] = said.count("达标"), said.count("达标") + said.count("未达标")
        for measure, item in (("farm_update_rate", 6), ("farm_direct_report_rate", 7)) if year == self.year else ():
            row = self.coverage.get((county, "county", measure), {})
            out["附件6", item] = row.get("numerator") or 0, row.get("denominator") or 0
        codes = self.coverage.get((county, "county", "farm_code_rate"), {})
        if codes.get("denominator") and year == self.year:
            out["附件6", 8] = int(10 * codes["numerator"] >= 8 * codes["denominator"]), 1
        out["附件6", 15] = sum(any(a["previous_income"] and a["previous_income"] > 0 and a["annual_income"] is not None
                                   and 10 * a["annual_income"] >= 12 * a["previous_income"] for a in awards)
                               for _, awards in farms), len(farms)
        if ("bookkeeping.usage", county, "") in self.delivered:
            out["附件6", 16] = sum(self.booked(who) >= 6 for who, _ in farms), len(farms)
        return out

    def paid_in_order(self, awards: list[Row]) -> bool:
        return all(self.outcomes.get((a["county_code"], a["entity_key"], check), "通过") == "通过"
                   for a in awards for check in ("paid", "amount_cap"))

    def books(self, who: str) -> bool | None:
        seen = [i for i in self.rows["inspection.coop"] if i["credit_code"] == who]
        newest = max(seen, key=lambda i: i["inspected_on"], default=None)
        complete = newest["books_complete"] if newest and newest["inspected_on"] >= months_before(self.as_of, 24) else None
        due = self.year - 1 if self.as_of.month >= 7 else self.year - 2
        report = next((r for r in self.rows["gsxt.annual_report"] if (r["credit_code"], r["report_year"]) == (who, due)), None)
        on_time = None if report is None or report["published_on"] is None else report["published_on"] <= date(due + 1, 6, 30)
        checks = {"通过": True, "有勾稽问题": False}.get(self.returns.get(who, {}).get("statement_status", ""))
        return all_of(complete, checks, on_time)

    def lawful(self, who: str) -> bool:
        listed = any(e["credit_code"] == who and e["listing_state"] == "在列" for e in self.rows["gsxt.abnormal_listing"])
        return not listed and self.returns.get(who, {}).get("return_status") in ("达标", "无可分配盈余", "不适用-联合社")

    def booked(self, who: str) -> int:
        first = self.as_of.replace(day=1)
        return len({u["month"] for u in self.rows["bookkeeping.usage"] if u["farm_code"] == who
                    and months_before(first, 12) < u["month"] <= first
                    and sum(u[c] or 0 for c in ("income_records", "expense_records", "stock_records")) > 0})


def scorecard(facts: Facts, counties: list[str]) -> dict[tuple[int, str, str, int], Row]:
    """(year, county, form, item) → numerator, denominator, computed, given, score, status; none before the text was issued."""
    given = {(g["year"], g["county_code"], g["form"], g["item"]): g["score"] for g in facts.rows["programme.scorecard"]}
    out: dict[tuple[int, str, str, int], Row] = {}
    if facts.as_of < date(2024, 7, 26):
        return out
    for year, county in {(facts.year, c) for c in counties} | {key[:2] for key in given if key[0] <= facts.year}:
        shares = facts.shares(year, county)
        for form, points in POINTS.items():
            for item, full in enumerate(points, 1):
                top, whole = shares.get((form, item), (0, 0))
                ours = (Decimal(full) * top / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None
                theirs = given.get((year, county, form, item))
                theirs = -abs(theirs) if full < 0 and theirs is not None else theirs
                status = ("待评" if ours is None else "仅数据") if theirs is None else \
                    "仅评分" if ours is None else "一致" if ours == theirs else "有差异"
                out[year, county, form, item] = {
                    "numerator": top if whole else None, "denominator": whole or None, "computed": ours, "given": theirs,
                    "score": ours if theirs is None else theirs, "status": status}
    return out


def totals(items: dict[tuple[int, str, str, int], Row]) -> dict[tuple[int, str, str], Row]:
    """(year, county, form) → 合计; 未完 while an item has no score."""
    out: dict[tuple[int, str, str], Row] = {}
    for key in {key[:3] for key in items}:
        mine = [row for k, row in items.items() if k[:3] == key]

        def total(column: str, mine: list[Row] = mine) -> Decimal | None:
            known = [row[column] for row in mine if row[column] is not None]
            return sum(known, Decimal(0)) if known else None

        pending = sum(row["status"] == "待评" for row in mine)
        out[key] = {"computed": total("computed"), "given": total("given"), "score": total("score"), "items": len(mine),
                    "items_pending": pending, "status": "未完" if pending else "完成"}
    return out
