"""The shell rules K01 to K13 and the status of a cooperative, one cooperative at a time, from typed rows (spec 3.1, 6.3).

`cooperatives` are rows of the register that count in the month (published `cooperative`, tested on its own).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import duckdb

from oracle.typed_rows import Month, Row, load

DECISIVE = {"K01", "K05", "K09", "K13"}
FAMILY = {"K01": "成员", "K02": "成员", "K03": "成员", "K04": "成员", "K05": "经营", "K06": "报送", "K07": "报送",
          "K08": "住所", "K09": "经营", "K10": "经营", "K11": "住所", "K12": "举报与金融", "K13": "举报与金融"}
KIND = {"K01": 1, "K02": 1, "K03": 1, "K04": 1, "K05": 2, "K06": 2, "K07": 2, "K08": 2, "K09": 3, "K10": 4, "K11": 4,
        "K12": 5, "K13": 6}
AWAY = "通过登记的住所无法联系"
Answer = tuple[str, Decimal | None, date | None]   # fired / clear / unknown / exempt, value, evidence date
UNKNOWN: Answer = ("unknown", None, None)
EXEMPT: Answer = ("exempt", None, None)


def months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def share(part: int, whole: int) -> Decimal:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"), ROUND_DOWN)


def judged(value: int | Decimal, fires: bool, day: date | None) -> Answer:
    return ("fired" if fires else "clear", Decimal(value), day)


class Judge:
    def __init__(self, lake: Path, cooperatives: list[Row], as_of: date) -> None:
        tables, delivered, rejected = load(lake)
        self.as_of, self.month, self.coops = as_of, Month(tables, delivered, rejected, as_of), cooperatives
        self.year_due = as_of.year - (1 if as_of.month > 6 else 2)
        self.fiscal = as_of.year - (1 if as_of.month >= 3 else 2)
        self.recent, self.codes = months_before(as_of, 24), {c["key"] for c in cooperatives}
        with duckdb.connect() as con:
            def rows(table: str) -> list[Row]:
                found = con.execute(f"select * from read_parquet('{lake}/typed/{table}/*.parquet', union_by_name = true)")
                names = [column[0] for column in found.description]
                return [dict(zip(names, line, strict=True)) for line in found.fetchall()]

            self.statements = self.newest_files(rows("coop_finance.statement"))
            self.accounts = self.newest_files(rows("coop_finance.member_account"))
            self.register = rows("gsxt.registration")
            self.steps = by_code(r for r in rows("office.shell_case") if r["done_on"] <= as_of)
        reports = [r for r in self.month.events("gsxt.annual_report")]
        self.reports = by_code(reports)
        self.county_years = defaultdict(set)
        for row in reports:
            self.county_years[row["county_code"]].add(row["report_year"])
        self.listings = by_code(self.month.listings())
        self.visits = by_code(self.month.events("inspection.coop"))
        self.awards = by_code(r for r in self.month.snapshot("programme.award")
                              if r["entity_type"] == "农民合作社" and r["state"] in ("认定", "建设", "验收", "拨付"))
        self.phones = {r["credit_code"]: r["phone"] for r in self.month.snapshot("direct_report.entity", "credit_code")
                       if r["entity_type"] == "农民合作社" and r["phone"]}
        self.seats: dict[str, set[str]] = defaultdict(set)
        for coop in self.coops:
            for row in self.members(coop["key"])[1]:
                if row["member_identity_state"] == "valid":
                    self.seats[row["member_identity_hash"]].add(coop["key"])

    def newest_files(self, rows: list[Row]) -> dict[str, dict[int, list[Row]]]:
        """Rows by code and year, of the newest file of each coop-year that the month can know."""
        known = [r for r in rows if r["snapshot_date"] <= self.as_of + timedelta(days=40) and not r["is_superseded"]
                 and date(r["fiscal_year"], 12, 31) <= self.as_of]
        newest: dict[tuple[str, int], tuple] = {}
        for r in known:
            place, key = (r["snapshot_date"], r["received_order"]), (r["credit_code"], r["fiscal_year"])
            newest[key] = max(newest.get(key, place), place)
        out: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for r in known:
            if newest[r["credit_code"], r["fiscal_year"]] == (r["snapshot_date"], r["received_order"]):
                out[r["credit_code"]][r["fiscal_year"]].append(r)
        return out

    def members(self, code: str) -> tuple[int | None, list[Row]]:
        """Year and members of the newest accounts of at most 24 months."""
        year = max(self.accounts.get(code, {}), default=None)
        if year is None or date(year, 12, 31) < self.recent:
            return None, []
        end = date(year, 12, 31)
        return year, [r for r in self.accounts[code][year] if (r["joined_on"] is None or r["joined_on"] <= end)
                      and not (r["left_on"] and r["left_on"] <= end)]

    def answer(self, code: str, name: str) -> tuple[Any, date | None]:
        """The newest given answer of inspections of the last 24 months, and its day."""
        told = [(r["inspected_on"], r[name]) for r in self.visits[code]
                if r["inspected_on"] >= self.recent and r[name] is not None]
        day, value = max(told, default=(None, None))
        return value, day

    def idle(self, code: str, year: int) -> bool | None:
        """True: neither income nor trade, both known; False: some of either; None: not known."""
        income = [r["operating_income"] for r in self.statements.get(code, {}).get(year, [])]
        income += [r["revenue"] for r in self.reports[code] if r["report_year"] == year]
        trade = [r["trade"] for r in self.accounts.get(code, {}).get(year, [])]
        if any(v is not None and v > 0 for v in income + trade):
            return False
        return True if any(v is not None for v in income) and trade and None not in trade else None

    def rules(self, coop: Row) -> dict[str, Answer]:
        code, union = coop["key"], coop["is_union"]
        found: dict[str, Answer] = {"K01": EXEMPT, "K03": EXEMPT, "K04": EXEMPT} if union else {}
        if not union:
            found |= {"K01": self.k01(code), "K03": self.k03(code), "K04": self.k04(code)}
        found |= {"K02": self.k02(code, union), "K07": self.k07(coop), "K08": self.k08(coop), "K10": self.k10(coop),
                  "K11": self.k11(coop)}
        new = bool(coop["founded_on"] and coop["founded_on"] > months_before(self.as_of, 12))
        paused = coop["status"] == "suspended" and coop["suspended_until"] >= self.as_of and (
            months_before(self.as_of, 36) <= coop["suspended_from"])
        found["K05"] = EXEMPT if new or paused else self.k05(code)
        found["K06"] = EXEMPT if new or paused else self.k06(coop)
        found["K09"] = EXEMPT if paused else self.k09(code)
        if new:
            found["K07"] = EXEMPT
        for rule, name in (("K12", "complaint_verified"), ("K13", "illegal_finance")):
            value, day = self.answer(code, name)
            found[rule] = UNKNOWN if value is None else judged(int(value), value, day)
        return found

    def k01(self, code: str) -> Answer:
        year, members = self.members(code)
        takes_part, day = self.answer(code, "farmers_take_part")
        kinds = [r["member_kind"] for r in members]
        absent = None
        if year is not None:
            absent = False if "农民" in kinds else None if {None, "其他"} & set(kinds) else True
        days = ([date(year, 12, 31)] if absent and year else []) + ([day] if takes_part is False and day else [])
        if days:
            return judged(1, True, max(days))
        return judged(0, False, None) if absent is False or takes_part else UNKNOWN

    def report(self, code: str) -> Row | None:
        told = [r for r in self.reports[code] if r["members"] is not None and date(r["report_year"], 12, 31) >= self.recent]
        return max(told, key=lambda r: r["report_year"], default=None)

    def k02(self, code: str, union: bool) -> Answer:
        year, members = self.members(code)
        least, report = 3 if union else 5, self.report(code)
        if year is None:
            return judged(report["members"], report["members"] < least, date(report["report_year"], 12, 31)) if report else UNKNOWN
        if not union:
            return judged(len(members), len(members) < least, date(year, 12, 31))
        sure = sum(r["member_kind"] == "合作社" for r in members)
        maybe = sum(r["member_kind"] in (None, "其他") for r in members)
        if sure >= least or not maybe:
            return judged(sure, sure < least, date(year, 12, 31))
        return judged(sure + maybe, True, date(year, 12, 31)) if sure + maybe < least else UNKNOWN

    def k03(self, code: str) -> Answer:
        year, members = self.members(code)
        if year is None:
            report = self.report(code)
            if not report or not report["members"] or report["farmer_members"] is None:
                return UNKNOWN
            year, total, farmers, maybe = report["report_year"], report["members"], report["farmer_members"], 0
        else:
            total, farmers = len(members), sum(r["member_kind"] == "农民" for r in members)
            maybe = sum(r["member_kind"] in (None, "其他") for r in members)
        if not total or (maybe and 5 * farmers < 4 * total <= 5 * (farmers + maybe)):
            return UNKNOWN
        told = farmers if 5 * farmers >= 4 * total else farmers + maybe
        return judged(share(told, total), 5 * told < 4 * total, date(year, 12, 31))

    def k04(self, code: str) -> Answer:
        year, members = self.members(code)
        valid = [r for r in members if r["member_identity_state"] == "valid"]
        if year is None or not valid or 2 * len(valid) < len(members):
            return UNKNOWN
        elsewhere = sum(len(self.seats[r["member_identity_hash"]] - {code}) >= 2 for r in valid)
        return judged(share(elsewhere, len(valid)), 2 * elsewhere >= len(valid), date(year, 12, 31))

    def k05(self, code: str) -> Answer:
        years = [self.idle(code, self.fiscal), self.idle(code, self.fiscal - 1)]
        count = 0
        while self.idle(code, self.fiscal - count):
            count += 1
        if years == [True, True]:
            return judged(count, True, date(self.fiscal, 12, 31))
        return judged(count, False, None) if False in years else UNKNOWN

    def k06(self, coop: Row) -> Answer:
        code, county, due = coop["credit_code"], coop["county_code"], (self.year_due, self.year_due - 1)
        filed = {r["report_year"] for r in self.reports[code]} if code else set()
        if code and filed & set(due):
            return judged(0, False, None)
        sent = self.month.sent("gsxt.annual_report", county)
        if not code or not sent or sent < date(self.year_due + 1, 6, 30) or self.year_due not in self.county_years[county]:
            return UNKNOWN
        if coop["founded_on"] and coop["founded_on"].year > self.year_due - 1:
            return judged(0, False, None)
        if self.year_due - 1 not in self.county_years[county]:
            return UNKNOWN
        return judged(2, True, date(self.year_due + 1, 7, 1))

    def k07(self, coop: Row) -> Answer:
        mine = [r for r in self.listings[coop["key"]] if r["reason"] != AWAY]
        days = [r["listed_on"] for r in mine if r["state"] == "在列"]
        if days:
            day = min(days)
            months = (self.as_of.year - day.year) * 12 + self.as_of.month - day.month
            return judged(months, day <= months_before(self.as_of, 24), day)
        if any(r["state"] == "未见于最新名录" for r in mine):
            return EXEMPT
        return judged(0, False, None) if coop["credit_code"] and self.has_list(coop) else UNKNOWN

    def has_list(self, coop: Row) -> bool:
        return self.month.sent("gsxt.abnormal_listing", coop["county_code"]) is not None

    def k08(self, coop: Row) -> Answer:
        mine = [r for r in self.listings[coop["key"]] if r["reason"] == AWAY]
        reachable, day = self.answer(coop["key"], "domicile_reachable")
        days = [r["listed_on"] for r in mine if r["state"] == "在列"] + ([day] if reachable is False and day else [])
        if days:
            return judged(1, True, max(days))
        if reachable is None and any(r["state"] == "未见于最新名录" for r in mine):
            return EXEMPT
        return judged(0, False, None) if reachable or (coop["credit_code"] and self.has_list(coop)) else UNKNOWN

    def k09(self, code: str) -> Answer:
        rows = sorted((r for r in self.visits[code] if r["inspected_on"] >= self.recent), key=lambda r: r["inspected_on"])
        seen_open = [at for at, r in enumerate(rows) if r["operates_on_site"]]
        rest = rows[seen_open[-1] + 1:] if seen_open else rows
        closed = [r["inspected_on"] for r in rest if r["operates_on_site"] is False]
        stops = [(r["inspected_on"], r["stopped_on"]) for r in rest if r["stopped_on"]]
        days = []
        if stops and stops[-1][1] <= months_before(self.as_of, 24):
            days.append(stops[-1][0])
        if closed and months_before(closed[-1], 6) >= closed[0]:
            days.append(closed[-1])
        if days:
            return judged(1, True, max(days))
        return judged(0, False, None) if stops or (seen_open and not closed) else UNKNOWN

    def ledger(self, coop: Row) -> bool:
        return self.month.sent("programme.award", coop["county_code"], "*|农民合作社") is not None

    def k10(self, coop: Row) -> Answer:
        years = {(r["recognised_on"].year if r["recognised_on"] else r["year"]) + 1 for r in self.awards[coop["key"]]}
        told = {year: self.idle(coop["key"], year) for year in years if date(year, 12, 31) <= self.as_of}
        if True in told.values():
            return judged(1, True, date(max(y for y, idle in told.items() if idle), 12, 31))
        return UNKNOWN if None in told.values() or not self.ledger(coop) else judged(0, False, None)

    def k11(self, coop: Row) -> Answer:
        ties = [self.tie(coop, kind) for kind in ("person", "house")]
        groups = [[c for c in self.coops if self.tie(c, kind) == tie]
                  for kind, tie in zip(("person", "house"), ties, strict=True) if tie]
        paid = [group for group in groups if any(self.awards[c["key"]] for c in group)]
        largest = max(paid, key=len, default=[])
        if len(largest) >= 3:
            days = []
            for one in largest:
                days.append(min(r["snapshot_date"] for r in self.register if r["credit_code"] == one["key"]))
            return judged(len(largest) - 1, True, max(days))
        return judged(max((len(g) - 1 for g in paid), default=0), False, None) if groups and self.ledger(coop) else UNKNOWN

    def tie(self, coop: Row, kind: str) -> tuple | None:
        if kind == "person":
            phone = self.phones.get(coop["credit_code"])
            return (coop["legal_representative"], phone) if phone and coop["legal_representative"] else None
        house = re.match(r".*?[0-9一二三四五六七八九十百零〇]+(-[0-9]+)?号", (coop["domicile"] or "").replace(" ", ""))
        return (coop["county_code"], house[0]) if house else None

    def status(self, coop: Row, found: dict[str, Answer]) -> str:
        fired = {rule: day for rule, (outcome, _, day) in found.items() if outcome == "fired"}
        decided = [(r["inspected_on"], 0, r["conclusion"], r) for r in self.visits[coop["key"]]]
        decided += [(r["done_on"], ("维持", "撤销", "已处置").index(r["step"]) + 1, r["step"], r)
                    for r in self.steps[coop["key"]] if r["step"] in ("维持", "撤销", "已处置")]
        speaking = set(fired)
        if decided:
            day, stage, word, row = max(decided, key=lambda d: d[:2])
            if word in ("空壳社", "休眠社", "维持", "已处置"):
                return "确认"
            fresh = stage > 0 or day >= self.recent
            done = word == "需整改" and row["rectified_on"] and row["rectified_on"] <= self.as_of
            if fresh and word == "需整改" and not done and (row["rectify_by"] is None or row["rectify_by"] >= self.as_of):
                if not any(rule in DECISIVE and fired[rule] > day for rule in fired):
                    return "整改中"
            elif fresh and (word in ("正常", "撤销") or done):
                own = {"K12": "complaint_verified", "K13": "illegal_finance"}
                speaking = {rule for rule in fired if fired[rule] > day or (word == "正常" and fired[rule] == day and (
                    (rule in own and row[own[rule]]) or (rule == "K08" and row["domicile_reachable"] is False)))}
                if fired and not speaking:
                    return "排除"
        if speaking & DECISIVE or len({FAMILY[rule] for rule in speaking}) > 1:
            return "疑似空壳"
        if speaking:
            return "关注"
        return "正常" if any(outcome in ("fired", "clear") for outcome, _, _ in found.values()) else "无法判断"


def by_code(rows: Any) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        out[row["credit_code"]].append(row)
    return out
