"""Award and district checks (spec 2.6, rulings 6.2.9, 6.6.10) recomputed with plain Python, from the spec and not the SQL.

Works on typed rows that count in the month (lists of dicts by table id) and on what was delivered:
`delivered[table_id, county, part]` = (date, complete), part as in the scope behind the county, '' for the whole county.
Policy is `policy[id, county]` = Decimal of the nearest region's row in force. Nothing of the code under test is imported.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
COOP = "农民合作社"
LATER = ("认定", "建设", "验收", "拨付")


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Outcome(str):
    """What a check says, with the day it was due and the days open, or by which it was late."""

    due: date | None = None
    days: int | None = None


def outcome(finding: str, as_of: date, due: date | None, done: date | None = None, rests_on: date | None = None,
            complete: bool = True) -> Outcome:
    """finding: good, bad, doubt, missing, no_source."""
    said = Outcome(_word(finding, as_of, due, done, rests_on, complete))
    said.due = due
    if due and (said == "问题（逾期）" or (said == "问题" and due <= as_of)):
        said.days = ((done if said != "问题" else as_of) - due).days
    return said


def _word(finding: str, as_of: date, due: date | None, done: date | None, rests_on: date | None, complete: bool) -> str:
    if finding in ("no_source", "doubt", "bad"):
        return {"no_source": "资料缺", "doubt": "存疑", "bad": "问题"}[finding]
    if finding == "good":
        return "问题（逾期）" if done and due and done > due else "通过"
    if due is None or as_of <= due:
        return "未到期"
    return "问题" if complete and rests_on is not None and rests_on >= due else "资料缺"


def deadline(number: Decimal) -> date:
    text = str(int(number))
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


class Programme:
    """One month's checks. `workday(day)` gives True, False, or None outside the calendar's years."""

    def __init__(self, rows: dict[str, list[Row]], delivered: dict, policy: dict, as_of: date,
                 workday: Callable[[date], bool | None], closed_shell: dict | None = None,
                 fronts: dict[str, tuple[str, str]] | None = None) -> None:
        self.rows, self.delivered, self.policy, self.as_of = rows, delivered, policy, as_of
        self.workday, self.closed_shell, self.fronts = workday, closed_shell or {}, fronts or {}

    def source(self, table: str, county: str, parts: tuple[str, ...] = ("",)) -> tuple[date | None, bool]:
        found = [self.delivered[table, county, part] for part in parts if (table, county, part) in self.delivered]
        return (max(day for day, _ in found), all(full for _, full in found)) if found else (None, True)

    def seen(self, day: date | None) -> date | None:
        return day if day is not None and day <= self.as_of else None

    def stage(self, award: Row) -> str:
        if award["state"] == "取消":
            return "cancelled"
        if award["recognised_on"] and award["recognised_on"] > self.as_of:
            return "candidate"
        if award["state"] in LATER:
            return "recognised"
        return "candidate" if award["state"] in ("申报", "推荐") or not award["recognised_on"] else "recognised"

    def award_checks(self) -> dict[tuple[str, str, str], str]:
        """(county, entity_key, check) → outcome, of the report year and of earlier years while one is open."""
        out = {}
        for award in self.rows["programme.award"]:
            if award["year"] > self.as_of.year:
                continue
            found = self.of_award(award)
            if award["year"] == self.as_of.year or {"问题", "未到期"} & set(found.values()):
                out |= {(award["county_code"], award["entity_key"], check): value for check, value in found.items()}
        return out

    def of_award(self, a: Row) -> dict[str, str]:
        stage, county, coop = self.stage(a), a["county_code"], a["entity_type"] == COOP
        if stage == "cancelled":
            return {}

        def rule(name: str) -> Decimal | None:
            return self.policy.get((name, county))

        recognised, accepted, paid = (self.seen(a[name]) for name in ("recognised_on", "accepted_on", "paid_on"))
        undated = stage == "recognised" and recognised is None
        absent = "no_source" if undated else "missing"
        rests = {"rests_on": a["delivered_on"], "complete": a["delivery_state"] != "疑似不完整"}
        out: dict[str, str] = {}
        reward = a["support"] == "奖励补助"
        cap = rule("award_cap_coop" if coop else "award_cap_farm")
        if reward and cap is not None:
            finding = absent if a["amount"] is None else "bad" if a["amount"] > cap else "good"
            out["amount_cap"] = outcome(finding, self.as_of, recognised, None, **rests)
        if rule("award_exclusions_allowed") is not None:
            out["exclusion"] = outcome(self.exclusion(a, recognised), self.as_of, recognised or self.as_of)
        if stage == "candidate":
            return out
        if reward and rule("award_notice_days") is not None:
            out["public_notice"] = self.notice(a, int(rule("award_notice_days")), recognised, absent, rests)
        if reward and rule("award_objections_allowed") is not None:
            finding = absent if a["objection"] is None else "bad" if a["objection"] else "good"
            out["objection"] = outcome(finding, self.as_of, recognised, None, **rests)
        last = rule(f"award_accepted_due_{a['year']}")
        if last is not None:
            refused = any(word in (a["acceptance_conclusion"] or "") for word in "不未")
            finding = "missing" if accepted is None else "bad" if refused else "good"
            out["accepted"] = outcome(finding, self.as_of, deadline(last), accepted, **rests)
        days = rule("award_payment_days")
        if days is not None:
            due = accepted + timedelta(int(days)) if accepted else None
            finding = "missing" if paid is None else "good" if accepted and paid >= accepted else "bad"
            out["paid"] = outcome(finding, self.as_of, due, paid, **rests)
            if not coop:
                mode = a["payment_mode"]
                finding = "missing" if mode is None else "good" if mode == "一卡通" else "bad"
                out["card_payment"] = outcome(finding, self.as_of, due, None, **rests)
        top, bottom = rule("award_signature_numerator"), rule("award_signature_denominator")
        if reward and coop and top is not None:
            signed, needed = a["signatures"], a["signatures_due"]
            if needed is not None and needed <= 0:
                finding = "no_source"
            else:
                enough = signed is not None and needed is not None and signed * bottom >= needed * top
                finding = "good" if enough else "missing"
            out["signatures"] = outcome(finding, self.as_of, accepted, None, **rests)
        days = rule("award_quantified_days")
        if coop and days is not None:
            due = accepted + timedelta(int(days)) if accepted else None
            out["quantified"] = outcome("good" if a["quantified"] else "missing", self.as_of, due, None, **rests)
        return out | self.reported(a, recognised, coop, rule)

    def notice(self, a: Row, minimum: int, recognised: date | None, absent: str, rests: Row) -> str:
        first, last = a["notice_from"], a["notice_until"]
        if first is None or last is None:
            return outcome(absent, self.as_of, recognised, None, **rests)
        if self.workday(first) is None or self.workday(last) is None:
            return outcome("no_source", self.as_of, recognised)
        days = [first + timedelta(n) for n in range((last - first).days + 1)]
        with_first = sum(bool(self.workday(day)) for day in days)
        without = sum(bool(self.workday(day)) for day in days[1:])
        passing = (with_first >= minimum) + (without >= minimum)
        return outcome(("bad", "doubt", "good")[passing], self.as_of, recognised, last, **rests)

    def record(self, a: Row) -> Row | None:
        """The entity's row in the system in which it must be marked, by code, else by a name that is one on both sides."""
        coop = a["entity_type"] == COOP
        column = "credit_code" if coop else "farm_code"
        table = [r for r in self.rows["direct_report.entity"] if r["entity_type"] == COOP] if coop else \
            self.rows["farm_directory.farm"]
        if a[column]:
            coded = [r for r in table if r[column] == a[column]]
            if coded:
                return coded[0]
        fronts = self.fronts.get(a["county_code"], ())
        like = [r for r in table if r["county_code"] == a["county_code"] and bare(r["name"], fronts) == bare(a["name"], fronts)]
        if len(like) == 1 and not (like[0][column] and a[column]):
            return like[0]
        return None

    def system(self, a: Row) -> tuple[date | None, bool]:
        if a["entity_type"] == COOP:
            return self.source("direct_report.entity", a["county_code"], (COOP, "*"))
        return self.source("farm_directory.farm", a["county_code"])

    def reported(self, a: Row, recognised: date | None, coop: bool, rule: Callable) -> dict[str, str]:
        record, (sent, complete) = self.record(a), self.system(a)
        if record:
            sent = record["delivered_on"]
        gone = ((record or {}).get("absent_columns") or "").split(",")
        out = {}
        if rule("award_flag_days") is not None:
            due = recognised + timedelta(int(rule("award_flag_days"))) if recognised else None
            marked = bool(record and record["subsidy_flag"] and record["subsidy_year"] in (None, a["year"]))
            finding = "no_source" if sent is None or "subsidy_flag" in gone else "good" if marked else \
                "no_source" if recognised is None else "missing"
            out["flagged"] = outcome(finding, self.as_of, due, None, sent, complete)
        if rule("award_update_days") is not None:
            due = recognised + timedelta(int(rule("award_update_days"))) if recognised else None
            fresh = bool(record and record["updated_on"] and recognised and record["updated_on"] >= recognised)
            finding = "no_source" if sent is None or "updated_on" in gone or recognised is None else \
                "good" if fresh else "missing"
            out["updated"] = outcome(finding, self.as_of, due, None, sent, complete)
        return out

    def exclusion(self, a: Row, recognised: date | None) -> str:
        judged, county, code = recognised or self.as_of, a["county_code"], a["credit_code"]
        since = recognised or self.as_of.replace(day=1)
        coop, facts, doubts, unknown = a["entity_type"] == COOP, 0, 0, 0
        for table in ("gsxt.abnormal_listing", "gsxt.serious_violation"):
            for entry in self.rows[table]:
                if code and entry["credit_code"] == code and entry["listed_on"] <= judged and not (
                        entry["removed_on"] and entry["removed_on"] <= judged):
                    gone = entry["listing_state"] == "未见于最新名录"
                    facts, doubts = facts + (not gone), doubts + gone
            sent, complete = self.source(table, county)
            unknown += bool(code) and not (sent and complete and sent >= since)
        record = self.record(a)
        if coop:
            limit = months_before(judged, int(self.policy["award_inspection_months", county]))
            seen = sorted((r for r in self.rows["inspection.coop"] if code and r["credit_code"] == code
                           and limit <= r["inspected_on"] <= judged), key=lambda r: r["inspected_on"])
            facts += bool(seen) and seen[-1]["conclusion"] in ("空壳社", "休眠社")
            facts += any(r["illegal_finance"] for r in seen)
            unknown += not code or not any(r["illegal_finance"] is not None for r in seen)
        else:
            coded_late = bool(record and record["coded_on"] and record["coded_on"] > judged)
            uncoded = not a["farm_code"] and not (record and record["farm_code"])
            sent, complete = self.system(a)
            sent = record["delivered_on"] if record else sent
            told = bool(sent and complete and sent >= since)
            facts += coded_late or (uncoded and told)
            unknown += uncoded and not told
        status = self.closed_shell.get((judged.replace(day=1), code))
        facts, doubts = facts + (status == "确认"), doubts + (status == "疑似空壳")
        return "bad" if facts else "doubt" if doubts else "no_source" if unknown else "good"

    def district_checks(self, counties: list[str]) -> dict[tuple[int, str, str], str]:
        """(year, county, check) → outcome."""
        tasks = {(t["year"], t["county_code"]): t for t in self.rows["programme.district_task"]}
        years = {(self.as_of.year, county) for county in counties} | {key for key in tasks if key[0] <= self.as_of.year}
        out = {}
        for year, county in years:
            task = tasks.get((year, county))
            sent, complete = self.source("programme.district_task", county, (str(year),))
            if task:
                sent, complete = task["delivered_on"], task["delivery_state"] != "疑似不完整"
            found = {}
            for check in ("reward_plan_filed", "centre_plan_filed", "platform_uploaded", "midterm", "accepted",
                          "self_evaluation", "summary", "service_centre", "funds_arrived", "funds_paid"):
                last = self.policy.get((f"district_{check}_due_{year}", county), self.policy.get((f"district_{check}_due", county)))
                if last is None:
                    continue
                if check.startswith("funds"):
                    given, done = (task or {}).get("funds_allotted"), None
                    enough = given is not None and (task[check] is not None and task[check] >= given)
                    finding = "no_source" if sent is None or (given is not None and given <= 0) else \
                        "good" if enough else "missing"
                else:
                    done = self.seen((task or {}).get(f"{check}_on"))
                    finding = "good" if done else "no_source" if sent is None else "missing"
                found[year, county, check] = outcome(finding, self.as_of, deadline(last), done, sent, complete)
            if year == self.as_of.year or {"问题", "未到期"} & set(found.values()):
                out |= found
        return out


def bare(name: str, fronts: tuple[str, ...]) -> str:
    """A name without brackets, blanks and the places at its front, and with one word for the kind."""
    kept = "".join(letter for letter in name if letter not in " ()[]〔〕【】")
    for word in ("农牧民专业合作社", "农民专业合作社", "专业合作社"):
        kept = kept.replace(word, "合作社")
    for front in fronts:
        kept = kept.removeprefix(front)
    return kept


SUMMED = ("members", "annual_income", "households_led", "residents_led", "lifted_led", "monitored_led")


def award_form(programme: Programme) -> dict[tuple[str, str], Row]:
    """(county, award) → its line of 附件2 or 附件3: what the ledger says, why it is not printed, its place among its county's."""
    out, year = {}, programme.as_of.year
    awards = [a for a in programme.rows["programme.award"] if a["year"] == year]
    for a in awards:
        stage, code_state = programme.stage(a), a["farm_code"]
        if a["entity_type"] != COOP and not code_state:
            record = programme.record(a)
            code_state = (record["farm_code"] or "未赋码") if record else None
        left_out = (f"{a['support']}对象，不属于奖励补助" if a["support"] != "奖励补助"
                    else {"cancelled": "已取消", "candidate": "尚未认定"}.get(stage))
        before = [b for b in awards if (b["county_code"], b["entity_type"]) == (a["county_code"], a["entity_type"]) and _place(b) < _place(a)]
        out[a["county_code"], a["entity_key"]] = {
            **{name: a[name] for name in SUMMED}, "entity_type": a["entity_type"], "entity_name": a["name"],
            "township_name": a["township_name"], "demonstration_level": a["demonstration_level"], "works": a["works"],
            "code_state": code_state, "left_out": left_out, "print_order": len(before) + 1}
    return out


def _place(a: Row) -> tuple:
    return a["township_name"] is None, a["township_name"] or "", a["file_name"], a["sheet"], a["row_number"]


def award_form_total(programme: Programme) -> dict[tuple[str, str], Row]:
    """(county, entity type) → its 合计, of those who delivered the year's ledger of that type; one unknown figure makes the sum unknown."""
    out, year = {}, programme.as_of.year
    lines = award_form(programme)
    for table, county, part in programme.delivered:
        if table != "programme.award":
            continue
        for kind in (COOP, "家庭农场"):
            if part not in (f"{year}|{kind}", f"{year}|*"):
                continue
            mine = [row for (code, _), row in lines.items()
                    if code == county and row["entity_type"] == kind and row["left_out"] is None]
            out[county, kind] = {"awards": len(mine)}
            for name in SUMMED:
                known = [row[name] for row in mine if row[name] is not None]
                out[county, kind] |= {name: sum(known) if len(known) == len(mine) else None, f"{name}_unknown": len(mine) - len(known)}
    return out
