"""What advisors do and bring about (spec 2.5): training, entry into the directory, kinds, effects; with plain Python.

Arguments as in naive_advisor; nothing of the code under test is imported.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from oracle.naive import ratio
from oracle.naive_advisor import Directory
from oracle.naive_sides import COOP, FARM, Sides, farm_key

Row = dict[str, Any]
KINDS = ("财务会计", "市场营销", "质量标准", "绿色发展", "信贷保险", "融资信贷", "组织建设", "规范运营", "技术支持")
STARS = {"五星": 5, "四星": 4, "三星": 3, "二星": 2, "一星": 1, "未达": 0}


def in_office(directory: Directory) -> dict[tuple, Row]:
    return {key: person for key, person in directory.people.items() if person["until"] is None}


def training(directory: Directory, rows: dict[str, list[Row]], delivered: dict[str, dict[str, date]]) -> dict[tuple, Row]:
    """person in office → 任前 before the first service of those appointed in the year, 在任 in the year. A county has
    delivered its records when one of its advisors stands in them."""
    year, told = directory.as_of.year, rows["advisor.training"]
    numbers = {t["certificate_no"] for t in told}
    known = set(delivered.get("advisor.training", {})) | {
        p["county_code"] for p in directory.people.values() if p["certificate_no"] and p["certificate_no"] in numbers}
    out = {}
    for key, person in in_office(directory).items():
        number = person["certificate_no"]
        mine = [t for t in told if number and t["certificate_no"] == number]
        before = min((t["trained_on"] for t in mine if t["kind"] == "任前"), default=None)
        during = max((t["trained_on"] for t in mine if t["kind"] == "在任" and t["trained_on"].year == year), default=None)
        served = min((s["day"] for s in directory.services[key]), default=None)
        new = person["appointed_on"] is not None and person["appointed_on"].year == year
        is_known = bool(number) and person["county_code"] in known
        if not new:
            said = "不适用"
        elif before and (served is None or before <= served):
            said = "通过"
        elif not is_known:
            said = "资料缺"
        else:
            said = "未到期" if served is None else "问题"
        out[key] = {"newly_appointed": new, "pre_trained_on": before, "first_served_on": served, "pre_service_training": said,
                    "in_service_on": during, "in_service_trained": True if during else False if is_known else None,
                    "county_code": person["county_code"], "year": year, "appointed_on": person["appointed_on"]}
    return out


def entry(directory: Directory, versions: list[Row]) -> dict[tuple, Row]:
    """person appointed in the year or the one before → in the directory by 30 June of the next? `versions`: all rows of the
    directory that ever came. Who stood in the county's first file may have been there long before."""
    seen: dict[Any, date] = {}
    first: dict[str, date] = {}
    for row in versions:
        if row["is_superseded"] or row["is_filled_form"]:
            continue
        who, day = row["certificate_no"] or (row["county_code"], row["entity_key"]), row["snapshot_date"]
        seen[who] = min(day, seen.get(who, day))
        first[row["county_code"]] = min(day, first.get(row["county_code"], day))
    out, as_of = {}, directory.as_of
    for key, person in directory.people.items():
        day = person["appointed_on"]
        if day is None or day.year not in (as_of.year - 1, as_of.year):
            continue
        due, came = date(day.year + 1, 6, 30), seen[person["certificate_no"] or (person["county_code"], person["entity_key"])]
        said = "通过" if came <= due else "未到期" if as_of <= due else \
            "资料缺" if came == first[person["county_code"]] else "问题"
        out[key] = {"year": day.year, "first_seen_on": came, "due_on": due, "outcome": said,
                    "appointing_level": person["appointing_level"], "appointing_body": person["appointing_body"]}
    return out


def kinds(directory: Directory) -> dict[tuple[str, str, str], Row]:
    """(county, kind, industry) → advisors in office; the industries are those that the county's advisors name."""
    people = [(p["county_code"], p["industry"] or "未填", (p["advice_kinds"] or "").split("、"))
              for p in in_office(directory).values()]
    out = {}
    for county, industry in {(c, i) for c, i, _ in people}:
        for kind in KINDS:
            count = sum(kind in told for c, i, told in people if (c, i) == (county, industry))
            out[county, kind, industry] = {"advisors": count, "is_empty": count == 0}
    return out


class Effects:
    """`shell`: credit code → status of the month."""

    def __init__(self, directory: Directory, rows: dict[str, list[Row]], sides: Sides, shell: dict[str, str]) -> None:
        self.directory, self.rows, self.sides, self.shell = directory, rows, sides, shell
        self.as_of, self.year = directory.as_of, directory.as_of.year
        self.fiscal = self.year - 1 if self.as_of.month >= 3 else self.year - 2
        self.titled, self.cleared = self._titled(), self._cleared()
        self.stars, self.income = self._stars(), {}

    def _titled(self) -> set[str]:
        coded = {f["farm_code"] or farm_key(f): f["farm_code"] or f["entity_key"] for f in self.sides.farms}
        out = set()
        for kind, pair in ((COOP, "registry_roster"), (FARM, "directory_roster")):
            matched = {right: left for left, right in self.sides.pairs[pair]}
            for row in self.sides.side("roster", kind):
                day = row["recognised_on"]
                if day and day.year == self.year and day <= self.as_of:
                    who = matched.get(row["key"]) or row["credit_code"] if kind == COOP else \
                        row["farm_code"] or coded.get(matched.get(row["key"]))
                    out.add(who)
        return out - {None}

    def _cleared(self) -> set[str]:
        out = {s["credit_code"] for s in self.rows["office.shell_case"]
               if s["step"] in ("撤销", "已处置") and s["done_on"].year == self.year}
        newest: dict[str, date] = {}
        for row in self.rows["inspection.coop"]:
            newest[row["credit_code"]] = max(row["inspected_on"], newest.get(row["credit_code"], row["inspected_on"]))
        return out | {code for code, day in newest.items() if day.year == self.year and self.shell.get(code) == "排除"}

    def _stars(self) -> dict[str, tuple[int | None, int | None]]:
        """code → stars of the newest result of the year, and of the newest before."""
        out: dict[str, list] = {}
        dated = [r for r in self.rows["supply_coop.star_result"] if r["rated_on"] and r["rated_on"] <= self.as_of]
        for row in sorted(dated, key=lambda r: (r["rated_on"], r["year"])):
            out.setdefault(row["credit_code"], [None, None])[row["rated_on"].year != self.year] = STARS.get(row["stars"])
        return {code: (now, before) for code, (now, before) in out.items()}

    def earned(self, code: str, year: int) -> Decimal | None:
        """年经营收入 (rulings 6.2.2): statement, else public report, else 新农直报, which speaks of the newest year."""
        for table, column, amount in (("coop_finance.statement", "fiscal_year", "operating_income"),
                                      ("gsxt.annual_report", "report_year", "revenue")):
            for row in self.rows[table]:
                if (row["credit_code"], row[column]) == (code, year) and row[amount] is not None:
                    return row[amount]
        told = [r for r in self.rows["direct_report.entity"] if r["credit_code"] == code and r["entity_type"] == COOP
                and r["annual_income"] is not None]
        return told[0]["annual_income"] if told and year == self.fiscal else None

    def all(self) -> dict[tuple, Row]:
        """person with a service in the year → what became of the entities served."""
        grades = {(g["certificate_no"], g["year"]): g for g in self.rows["advisor.evaluation"]}
        known = {c["credit_code"] for c in self.sides.coops}
        out = {}
        for key, person in self.directory.people.items():
            served = {s["entity"] for s in self.directory.services[key] if s["day"].year == self.year}
            if not served:
                continue
            moves = [self.stars[who] for who in served if who in self.stars and None not in self.stars[who]]
            money = [(self.earned(who, self.fiscal), self.earned(who, self.fiscal - 1)) for who in served & known]
            both = [pair for pair in money if None not in pair]
            now, before = (sum((pair[n] for pair in both), Decimal(0)) for n in (0, 1))
            year = max((y for n, y in grades if person["certificate_no"] and n == person["certificate_no"]), default=None)
            out[key] = {
                "entities_served": len(served), "new_demonstration": len(served & self.titled),
                "shells_cleared": len(served & self.cleared), "stars_up": sum(a > b for a, b in moves),
                "stars_down": sum(a < b for a, b in moves), "income_entities": len(both),
                "income": now if both else None, "income_before": before if both else None,
                "income_growth": ratio(now - before, before) if both and before > 0 else None,
                "evaluation_year": year, "county_code": person["county_code"],
                "satisfaction": None if year is None else grades[person["certificate_no"], year]["entity_opinion_score"]}
        return out
