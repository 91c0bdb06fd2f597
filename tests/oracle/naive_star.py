"""Star rating by the default rubric (spec 2.4, rulings 6.2.2, 6.2.3, 6.6.9) with plain Python, from rows that count in the month.

`rows`: table id → rows (dicts with the contract's column names, dates and Decimals typed). `returns`: credit code → the
line of the fiscal year (return_status, statement_status, accounts, members; the statement's own recomputation is another
module). `delivered`: table id → county → date of the full delivery that counts. Nothing of the code under test is imported.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from oracle.naive_matching import normal_name

Row = dict[str, Any]
IN_FORCE = {"active", "suspended", "ceased", "unknown"}
ENDED = {"revoked", "deregistered", "winding_up"}
STARS = {"五星": 5, "四星": 4, "三星": 3, "二星": 2, "一星": 1, "未达": 0}
BANDS = ((90, 5), (80, 4), (70, 3), (60, 2), (50, 1))
UNKNOWN, EXEMPT = "缺证据", "不适用"
PLACES = {"150300": "乌海市", "150302": "海勃湾区", "150303": "海南区", "150304": "乌达区"}
WEIGHTS = {"A1": 5, "A2": 5, "B1": 5, "B2": 8, "B3": 7, "B4": 5, "C1": 4, "C2": 5, "C3": 4, "C4": 3, "C5": 4, "D1": 4,
           "D2": 4, "D3": 4, "D4": 3, "E1": 5, "E2": 8, "E3": 3, "E4": 4, "F1": 5, "F2": 2, "F3": 3}
LEVELS = {"国家级": Fraction(3), "供销总社": Fraction(3), "自治区（省）级": Fraction(5, 2), "盟市（市）级": Fraction(2),
          "旗县（区）级": Fraction(3, 2)}


def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def newest(rows: list[Row], column: str) -> dict[str, Row]:
    out: dict[str, Row] = {}
    for row in rows:
        code = row["credit_code"]
        if code is not None and (code not in out or row[column] > out[code][column]):
            out[code] = row
    return out


def all_of(*answers: bool | None) -> bool | None:
    return False if False in answers else None if None in answers else True


def any_of(*answers: bool | None) -> bool | None:
    return True if True in answers else None if None in answers else False


def denied(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def positive(number: int | None) -> bool | None:
    return None if number is None else number > 0


def score(points: Fraction, weight: Fraction) -> Decimal | None:
    if not weight:
        return None
    hundredths = points * 10000 / weight
    whole, rest = divmod(hundredths.numerator, hundredths.denominator)
    return Decimal(whole + (2 * rest >= hundredths.denominator)) / 100


def band(value: Decimal | None) -> int | None:
    if value is None:
        return None
    return next((stars for low, stars in BANDS if value >= low), 0)


class Month:
    def __init__(self, rows: dict[str, list[Row]], returns: dict[str, Row], delivered: dict[str, dict[str, date]],
                 as_of: date, places: dict[str, str]) -> None:
        self.places = places
        self.rows, self.returns, self.delivered, self.as_of = defaultdict(list, rows), returns, delivered, as_of
        # 2024-07 → 2023: the newest year that ended at least 3 months before
        self.fiscal_year = as_of.year - 1 if as_of.month >= 3 else as_of.year - 2
        self.due_year = as_of.year - 1 if as_of.month >= 7 else as_of.year - 2
        self.coops = [row for row in self.rows["gsxt.registration"] if row["status"] in IN_FORCE | ENDED]
        limit = years_before(as_of, 2)
        self.inspections = newest([r for r in self.rows["inspection.coop"] if r["inspected_on"] >= limit], "inspected_on")
        self.clients = newest([r for r in self.rows["programme.service_client"] if r["proxy_bookkeeping"] is not None],
                              "snapshot_date")
        self.reports = {(r["credit_code"], r["report_year"]): r for r in self.rows["gsxt.annual_report"]}
        self.incomes = {coop["credit_code"]: self.income(coop["credit_code"]) for coop in self.coops}
        self.known: dict[str, list[Decimal]] = defaultdict(list)
        self.sizes: dict[str, list[int]] = defaultdict(list)
        for coop in self.coops:
            if coop["status"] in IN_FORCE and not self.is_union(coop):
                income = self.incomes[coop["credit_code"]]
                if income is not None and income > 0:
                    self.known[coop["county_code"]].append(income)
                members = returns.get(coop["credit_code"], {}).get("members")
                if members is not None:
                    self.sizes[coop["county_code"]].append(members)
        names: dict[tuple[str, str], list[str]] = defaultdict(list)
        for coop in self.coops:
            if coop["status"] in IN_FORCE:
                names[coop["county_code"], self.plain(coop)].append(coop["credit_code"])
        self.titles: dict[str, set[str]] = defaultdict(set)
        for row in self.rows["demonstration.roster"]:
            out = row.get("withdrawn_on")
            if row["entity_type"] != "农民合作社" or (out and out <= as_of) or row["recognised_on"] > as_of:
                continue
            same = [row["credit_code"]] if row["credit_code"] else names[row["county_code"], self.plain(row)]
            if len(same) == 1:
                self.titles[same[0]].add(row["level"])

    def plain(self, row: Row) -> str:
        county = row["county_code"]
        return normal_name(row["name"], self.places.get(county), self.places.get(county[:4] + "00"))

    @staticmethod
    def is_union(coop: Row) -> bool:
        return "联合社" in (f"{coop.get('kind') or ''} {coop['name']}").replace("联合社区", "")

    def came(self, table: str, county: str) -> date | None:
        return self.delivered.get(table, {}).get(county)

    def income(self, code: str) -> Decimal | None:
        for row in self.rows["coop_finance.statement"]:
            if (row["credit_code"], row["fiscal_year"]) == (code, self.fiscal_year) and row["operating_income"] is not None:
                return row["operating_income"]
        report = self.reports.get((code, self.fiscal_year))
        if report and report["revenue"] is not None:
            return report["revenue"]
        for row in self.rows["direct_report.entity"]:
            if row["credit_code"] == code and row["entity_type"] == "农民合作社" and row["annual_income"] is not None:
                return row["annual_income"]
        return None

    def listing(self, table: str, code: str, county: str, whole_year: bool) -> bool | None:
        mine = [row for row in self.rows[table] if row["credit_code"] == code]
        start = date(self.as_of.year, 1, 1)
        if any(r["listing_state"] == "在列" or (whole_year and r["removed_on"] and r["removed_on"] >= start) for r in mine):
            return True
        if any(row["listing_state"] == "未见于最新名录" for row in mine):
            return None
        came = self.came(table, county)
        return False if came and came >= start else None

    def items(self, coop: Row) -> dict[str, Fraction | str]:
        code, county = coop["credit_code"], coop["county_code"]
        seen, money = self.inspections.get(code, {}), self.returns.get(code, {})
        union = self.is_union(coop)
        checks = {"通过": True, "有勾稽问题": False}.get(money.get("statement_status", ""))
        accountant = seen.get("has_accountant")
        if accountant is None and code in self.clients:
            accountant = self.clients[code]["proxy_bookkeeping"]
        roster = self.reports.get((code, self.fiscal_year), {}).get("members")
        accounts, members, sizes = money.get("accounts"), money.get("members"), self.sizes[county]
        same = None if accounts is None or roster is None else accounts == roster
        above = None if members is None or not sizes else members * len(sizes) > sum(sizes)
        answers: dict[str, bool | None] = {
            "A2": seen.get("land_contract_sound"), "B1": accountant, "B2": all_of(seen.get("books_complete"), checks),
            "B4": denied(self.listing("gsxt.abnormal_listing", code, county, whole_year=True)),
            "C1": seen.get("has_charter"), "C2": positive(seen.get("assemblies")), "C3": seen.get("boards_work"),
            "C4": seen.get("one_member_one_vote"),
            "C5": all_of(seen.get("financial_rules"), seen.get("affairs_disclosed")),
            "D1": seen.get("standardised_production"), "D2": seen.get("quality_rules"), "D3": seen.get("traceable"),
            "D4": seen.get("conformity_certificate"), "E1": same,
            "E2": {"达标": True, "未达标": False, "勾稽不符": False}.get(money.get("return_status", "")), "E3": above,
            "E4": any_of(positive(seen.get("small_households_led")), positive(seen.get("lifted_households_led"))),
            "F1": all_of(denied(seen.get("accident")), denied(seen.get("penalised"))),
            "F2": any_of(seen.get("trademark"), seen.get("green_certified")),
        }
        out: dict[str, Fraction | str] = {
            name: UNKNOWN if answer is None else Fraction(WEIGHTS[name] if answer else 0) for name, answer in answers.items()}
        out["A1"], out["B3"] = self.size(code, county), self.reporting(coop)
        if union:
            out["E1"] = EXEMPT
        if union or money.get("return_status") in ("不适用-联合社", "无可分配盈余"):
            out["E2"] = EXEMPT
        levels = [LEVELS[level] for level in self.titles[code] if level in LEVELS]
        out["F3"] = max(levels) if levels else Fraction(0) if self.came("demonstration.roster", county) else UNKNOWN
        return out

    def size(self, code: str, county: str) -> Fraction | str:
        known = sorted(self.known[county])
        if len(known) < 3:
            return EXEMPT
        median = (Fraction(known[(len(known) - 1) // 2]) + Fraction(known[len(known) // 2])) / 2
        income = self.incomes[code]
        return UNKNOWN if income is None else max(Fraction(0), min(Fraction(5), 5 * Fraction(income) / median))

    def reporting(self, coop: Row) -> Fraction | str:
        if coop["founded_on"] and coop["founded_on"].year > self.due_year:
            return EXEMPT
        deadline = date(self.due_year + 1, 6, 30)
        report = self.reports.get((coop["credit_code"], self.due_year))
        if report:
            published = report["published_on"]
            return UNKNOWN if published is None else Fraction(7) if published <= deadline else Fraction(7, 2)
        came = self.came("gsxt.annual_report", coop["county_code"])
        return Fraction(0) if came and came > deadline else UNKNOWN

    def vetoes(self, coop: Row, shell_status: str | None) -> dict[str, bool | None]:
        """Veto → it holds, it does not, or nobody can tell."""
        code, county = coop["credit_code"], coop["county_code"]
        seen = self.inspections.get(code, {})
        confirmed = shell_status == "确认" or (seen.get("conclusion") in ("空壳社", "休眠社")
                                             and shell_status not in ("排除", "整改中"))
        nothing_known = shell_status is None and seen.get("conclusion") is None
        return {"V1": None if nothing_known else confirmed, "V5": None if coop["status"] == "unknown" else coop["status"] in ENDED, "V3": seen.get("illegal_finance"),
                "V2": self.listing("gsxt.serious_violation", code, county, whole_year=False),
                "V4": self.listing("gsxt.abnormal_listing", code, county, whole_year=False)}

    def is_vetoed(self, coop: Row, shell_status: str | None) -> bool:
        return True in self.vetoes(coop, shell_status).values()

    def official(self, code: str) -> str | None:
        limit = years_before(self.as_of, 2)
        mine = [(r["rated_on"] or r["snapshot_date"], r["year"], r["stars"]) for r in self.rows["supply_coop.star_result"]
                if r["credit_code"] == code and r["stars"] != "其他"]
        return max(((day, year, stars) for day, year, stars in mine if limit <= day <= self.as_of),
                   default=(None, None, None))[2]


def star_rating(rows: dict[str, list[Row]], returns: dict[str, Row], delivered: dict[str, dict[str, date]], as_of: date,
                shell_status: dict[str, str] | None = None, places: dict[str, str] | None = None) -> tuple[dict[str, Row], dict[tuple[str, str], tuple]]:
    """credit_code → the rating, and (credit_code, indicator) → (state, points or None). `places`: division code → name."""
    month = Month(rows, returns, delivered, as_of, places or PLACES)
    ratings, items = {}, {}
    for coop in month.coops:
        code, found = coop["credit_code"], month.items(coop)
        applicable = Fraction(sum(WEIGHTS[name] for name, value in found.items() if value != EXEMPT))
        missing = Fraction(sum(WEIGHTS[name] for name, value in found.items() if value == UNKNOWN))
        earned = sum((value for value in found.values() if isinstance(value, Fraction)), Fraction(0))
        low, high = score(earned, applicable), score(earned + missing, applicable)
        word = month.official(code)
        if word and word != "不予评定":
            status, stars = "下发", STARS[word]
        elif word or month.is_vetoed(coop, (shell_status or {}).get(code)):
            status, stars = "不予评定", None
        elif not applicable or (applicable - missing) * 100 < 60 * applicable:
            status, stars = "资料不足", None
        elif band(low) != band(high):
            status, stars = "待补证据", None
        else:
            status, stars = "试算", band(low)
        coverage = None if not applicable else (Decimal((applicable - missing).numerator) / Decimal(applicable.numerator)
                                                ).quantize(Decimal("0.000001"), ROUND_HALF_UP)
        ratings[code] = {"score_low": low, "score_high": high, "evidence_coverage": coverage, "stars": stars,
                         "rating_status": status, "rating_source": "下发" if word else "试算",
                         "county_code": coop["county_code"]}
        for name, value in found.items():
            state = value if isinstance(value, str) else "已得" if value > 0 else "未得"
            items[code, name] = (state, None if isinstance(value, str) else value)
    return ratings, items


def next_steps(items: dict[tuple[str, str], tuple]) -> dict[tuple[str, str], Row]:
    """(credit_code, indicator) → its step: what has most left comes first, as many as reach the next band's lowest score."""
    mine: dict[str, dict[str, tuple]] = defaultdict(dict)
    for (code, name), said in items.items():
        if said[0] != EXEMPT:
            mine[code][name] = said
    out: dict[tuple[str, str], Row] = {}
    for code, said in mine.items():
        applicable = Fraction(sum(WEIGHTS[name] for name in said))
        earned = sum((points for _, points in said.values() if points is not None), Fraction(0))
        low = score(earned, applicable)
        above = [(floor, stars) for floor, stars in BANDS if floor > low]
        if not above:
            continue
        floor, stars = min(above)
        needed, together = Fraction(floor) * applicable / 100 - earned, Fraction(0)
        left = sorted((-(WEIGHTS[name] - (points or 0)), name) for name, (_, points) in said.items())
        for step, (minus, name) in enumerate((each for each in left if each[0] < 0), 1):
            enough, together = together >= needed, together - minus
            out[code, name] = {"step": step, "state": said[name][0], "is_in_shortest": not enough, "next_stars": stars,
                               "stars_low": band(low), "score_low": low, "next_score": Decimal(floor),
                               "points_gained": round(-minus, 12), "points_together": round(together, 12),
                               "points_needed": round(needed, 12)}
    return out


def veto_hits(month: Month, shell_status: dict[str, str]) -> dict[tuple[str, str], Row]:
    """(credit_code, veto) → 否决 or 无法判断; a veto that does not hold has no row."""
    return {(coop["credit_code"], veto): {"outcome": "无法判断" if holds is None else "否决"}
            for coop in month.coops
            for veto, holds in month.vetoes(coop, shell_status.get(coop["credit_code"])).items() if holds is not False}
