"""Coverage (spec 2.2, rulings 6.2.5, 6.6.5) from typed rows with loops, for the counties that delivered anything."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from oracle import naive_village
from oracle.naive import months_before, ratio
from oracle.naive_matching import name_key
from oracle.naive_sides import COOP, FARM, IN_FORCE, Sides

Row = dict[str, Any]
LEVELS = {"nation": "国家级", "province": "自治区（省）级", "prefecture": "盟市（市）级", "county": "旗县（区）级",
          "supply_coop": "供销总社"}
COUNTS = {"abnormal_deregistered", "proxy_bookkeeping_clients", *(f"new_demonstration_{level}" for level in LEVELS)}
# measure → (target, front of the region codes, in force from)
TARGETS = {"farm_code_rate": (Decimal("0.8"), "1503", date(2024, 7, 26)),
           "subsidy_flag_rate": (Decimal(1), "1503", date(2024, 7, 26)),
           "insurance_rate": (Decimal("0.9"), "1506", date(2018, 2, 27)),
           "insurance_village_rate": (Decimal("0.9"), "1506", date(2018, 2, 27))}
# days after which records are due again (the policy rows due_days_…); lists are stale once older than the month
DUE = {"gsxt.annual_report": 400, "advisor.visit": 100, "bookkeeping.usage": 40, "inspection.coop": 400,
       "village.monthly": 40}


def answers(sides: Sides, shell: dict[str, str]) -> list[tuple[str, str, str, bool, bool, bool]]:
    """(measure, part, county, in denominator, fulfilled, unknown) of every entity asked."""
    m, out = sides.month, []
    year_start = date(m.year, 1, 1)

    def ask(measure: str, county: str, yes: bool, unknown: bool = False, part: str = "all") -> None:
        out.append((measure, part, county, True, bool(yes), bool(unknown) and not yes))

    def right_of(pair: str) -> dict[str, list[str]]:
        found = defaultdict(list)
        for left, right in sides.pairs[pair]:
            found[left].append(right)
        return found

    direct = {(d["entity_type"], d["key"]): d for d in sides.of["direct"]}
    reported_in, visited = right_of("directory_direct"), {left for left, _ in sides.pairs["directory_visit"]}
    books: dict[str, dict[date, int | None]] = defaultdict(dict)
    for row in m.events("bookkeeping.usage"):
        if months_before(m.first, 12) < row["month"] <= m.first:
            counts = [row[c] for c in ("income_records", "expense_records", "stock_records") if row[c] is not None]
            books[row["farm_code"]][row["month"]] = sum(counts) if counts else None
    for farm in sides.of["directory"]:
        county, year, updated = farm["county_code"], farm["data_year"], farm["updated_on"]
        ask("farm_code_rate", county, farm["farm_code"], farm["code_unknown"])
        silent = year is None and updated is None
        recent = updated is not None and updated >= months_before(m.as_of, 12)
        ask("farm_update_rate", county, year >= m.year - 1 if year is not None else recent, silent)
        fresh = (year is not None and year >= m.year - 2) or (updated and updated >= months_before(m.as_of, 24))
        ask("farm_stale_2y", county, not silent and not fresh, silent)
        ask("farm_advised_rate", county, farm["key"] in visited)
        entries = [direct[FARM, key] for key in reported_in[farm["key"]]]
        states = [e["certification_state"] for e in entries]
        certified = any(s and "未" not in s and ("已认证" in s or "通过" in s) for s in states)
        dates = [e["updated_on"] for e in entries if e["updated_on"]]
        current = bool(dates) and max(dates) >= months_before(m.as_of, 12)
        no = bool(entries) and ((None not in states and not certified) or (bool(dates) and not current))
        ask("farm_direct_report_rate", county, certified and current, entries and not no)
        if farm["farm_code"]:
            kept = sum(n is not None and n > 0 for n in books[farm["farm_code"]].values())
            open_months = sum(n is None for n in books[farm["farm_code"]].values())
            ask("bookkeeping_rate", county, kept >= 6, kept + open_months >= 6)

    due_year = m.year - 1 if m.as_of > date(m.year, 6, 30) else m.year - 2
    reports = {r["credit_code"] for r in m.events("gsxt.annual_report") if r["report_year"] == due_year}
    states: dict[str, set[str]] = defaultdict(set)
    for row in m.listings():
        states[row["credit_code"]].add(row["state"])
    visited = {left for left, _ in sides.pairs["registry_visit"]}
    inspected = {i["credit_code"] for i in m.events("inspection.coop") if year_start <= i["inspected_on"] <= m.as_of}
    affiliates = {a["credit_code"]: a for a in sides.affiliates}
    affiliated = {left: [affiliates[right] for right in rights] for left, rights in right_of("registry_affiliate").items()}
    home = {c["credit_code"]: c["county_code"] for c in sides.coops if c["credit_code"]}
    for coop in sides.of["registry"]:
        if coop["status"] not in IN_FORCE:
            continue
        county, who = coop["county_code"], coop["credit_code"]
        if coop["founded_on"] is None or coop["founded_on"] <= date(due_year, 12, 31):
            ask("coop_annual_report_rate", county, who in reports, coop["founded_on"] is None)
        ask("abnormal_listing_rate", county, "在列" in states[who], "未见于最新名录" in states[who])
        ask("coop_advised_rate", county, coop["key"] in visited)
        entries = affiliated.get(coop["key"], [])
        led = any(a["mode"] not in (None, "无") and (a["affiliated_on"] or m.as_of) <= m.as_of
                  and not (a["released_on"] and a["released_on"] <= m.as_of) for a in entries)
        member = any(a["is_member"] and (a["joined_on"] or m.as_of) <= m.as_of for a in entries)
        if led or member:
            ask("visit_sweep_rate", county, who in inspected)
        if shell.get(coop["key"]) in ("正常", "排除"):
            ask("federation_membership_rate", county, member, any(a["is_member"] is None and (a["joined_on"] or m.as_of) <= m.as_of for a in entries))

    once: dict[str, list[Row]] = defaultdict(list)
    for row in m.listings():
        if row["credit_code"][:2] == "93" and not (row["state"] == "已移出" and row["removed_on"] < year_start):
            once[row["credit_code"]].append(row)
    for who, rows in once.items():
        county = home.get(who) or max(rows, key=lambda r: r["listed_on"])["county_code"]
        gone = [r for r in rows if r["state"] == "已移出"]
        ask("abnormal_removal_rate", county, any("注销" not in (r["removal_reason"] or "") for r in gone))
        ask("abnormal_deregistered", county, any("注销" in (r["removal_reason"] or "") for r in gone))

    farms = {f["key"]: f for f in sides.of["directory"]}
    for kind, part, pair, other, measure in ((COOP, "coop", "award_direct", direct, "direct_report_rate"),
                                             (FARM, "farm", "award_directory", farms, "farm_award_update_rate")):
        found = right_of(pair)
        for row in sides.side("award", kind):
            entries = [other[(COOP, key) if kind == COOP else key] for key in found[row["key"]]]
            day = row["recognised_on"]
            ask(measure, row["county_code"], any(day and e["updated_on"] and e["updated_on"] >= day for e in entries),
                entries and (day is None or any(e["updated_on"] is None for e in entries)))
            ask("subsidy_flag_rate", row["county_code"],
                any(e["subsidy_flag"] and e["subsidy_year"] in (None, m.year) for e in entries),
                any(e["subsidy_flag"] is None for e in entries), part)

    same = {client: award for award, client in sides.pairs["award_client"]}
    present = {left for left, _ in sides.pairs["award_direct"]} | {left for left, _ in sides.pairs["client_direct"]}
    supported: dict[tuple[str, str], bool] = defaultdict(bool)
    for row in sides.side("award", COOP):
        supported[row["key"], row["county_code"]] |= row["key"] in present
    for row in sides.side("client", COOP):
        supported[same.get(row["key"], row["key"]), row["county"]] |= row["key"] in present
        ask("coop_accounts_sound_rate", row["county"], row["accounts_sound"], row["accounts_sound"] is None)
        ask("proxy_bookkeeping_clients", row["county"], row["proxy_bookkeeping"], row["proxy_bookkeeping"] is None)
    for (_, county), yes in supported.items():
        ask("client_direct_report_rate", county, yes)

    new = {(r["county_code"], r["level"], r["entity_type"], name_key(r)) for r in sides.roster
           if year_start <= r["recognised_on"] <= m.as_of and r["title"] != "规范社"}
    for county, level, kind, _ in new:
        ask(f"new_demonstration_{next(k for k, v in LEVELS.items() if v == level)}", county, True,
            part="coop" if kind == COOP else "farm")
    return out


def sources(year: int, first: date, due_year: int) -> dict[tuple[str, str], list[tuple[str, str | None, bool, date | None]]]:
    """(measure, part) → (table, scope, whether it says who is measured, not before)."""
    start, window = date(year, 1, 1), months_before(first, 11)
    registry, farms = ("gsxt.registration", None, True, None), ("farm_directory.farm", None, True, None)
    awarded = {COOP: ("programme.award", f"{year}|{COOP}", True, None), FARM: ("programme.award", f"{year}|{FARM}", True, None)}
    direct = {COOP: ("direct_report.entity", COOP, False, None), FARM: ("direct_report.entity", FARM, False, None)}
    clients = [("programme.service_client", "*", True, None), ("programme.service_contract", None, True, None)]
    visits, tasks = ("advisor.visit", None, False, start), [("programme.district_task", str(year), True, None)]
    out = {(measure, "all"): tables for measure, tables in {
        "farm_code_rate": [farms], "farm_update_rate": [farms], "farm_stale_2y": [farms],
        "coop_annual_report_rate": [registry, ("gsxt.annual_report", None, False, date(due_year + 1, 6, 30))],
        "abnormal_listing_rate": [registry, ("gsxt.abnormal_listing", None, False, None)],
        "abnormal_removal_rate": [("gsxt.abnormal_listing", None, True, None)],
        "abnormal_deregistered": [("gsxt.abnormal_listing", None, True, None)],
        "coop_advised_rate": [registry, visits], "farm_advised_rate": [farms, visits],
        "direct_report_rate": [awarded[COOP], direct[COOP]],
        "farm_award_update_rate": [awarded[FARM], ("farm_directory.farm", None, False, None)],
        "farm_direct_report_rate": [farms, direct[FARM]],
        "client_direct_report_rate": [awarded[COOP], *clients, direct[COOP]],
        "bookkeeping_rate": [farms, ("bookkeeping.usage", None, False, window)],
        "coop_accounts_sound_rate": clients, "proxy_bookkeeping_clients": clients,
        "fund_arrival_rate": tasks, "payment_progress": tasks,
        "visit_sweep_rate": [registry, ("supply_coop.affiliate", None, True, None), ("inspection.coop", None, False, start)],
        "federation_membership_rate": [registry, ("supply_coop.affiliate", None, False, None)],
        **{measure: [("village.monthly", None, True, first)] for measure in (
            "village_model_rate", "village_model_rate_key", "insurance_rate", "insurance_village_rate",
            "poor_household_link_rate")},
    }.items()}
    out["subsidy_flag_rate", "coop"] = [awarded[COOP], direct[COOP]]
    out["subsidy_flag_rate", "farm"] = [awarded[FARM], ("farm_directory.farm", None, False, None)]
    for level, name in LEVELS.items():
        for part, kind in (("coop", COOP), ("farm", FARM)):
            out[f"new_demonstration_{level}", part] = [("demonstration.roster", f"{kind}|{name}", True, None)]
    return out


def coverage(sides: Sides, shell: dict[str, str]) -> dict[tuple[str, str, str], Row]:
    """(region_code, region_level, measure_id) → numerator, denominator, unknown, value, target, status, stale."""
    m = sides.month
    asked: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for measure, part, county, *said in answers(sides, shell):
        old = asked[measure, part, county]
        asked[measure, part, county] = [old[0] + said[1], old[1] + said[0], old[2] + said[2], old[3] + 1]
    for row in m.snapshot("programme.district_task"):
        for measure, column in (("fund_arrival_rate", "funds_arrived"), ("payment_progress", "funds_paid")):
            whole, paid = row["funds_allotted"], row[column]
            if row["year"] == m.year:
                asked[measure, "all", row["county_code"]] = [
                    (paid or Decimal(0)) if whole is not None else Decimal(0), whole or Decimal(0),
                    Decimal(whole is None or paid is None), Decimal(1)]
    villages = naive_village.rates(m)
    for (county, measure), figures in villages.items():
        asked[measure, "all", county] = [Decimal(n) for n in figures]

    due_year = m.year - 1 if m.as_of > date(m.year, 6, 30) else m.year - 2
    counties: dict[tuple[str, str], Row] = {}
    needed = sources(m.year, m.first, due_year)
    for county in m.counties:
        for measure in {measure for measure, _ in needed}:
            total, parts, complete, stale = [Decimal(0)] * 4, 0, True, False
            for (name, part), tables in needed.items():
                if name != measure:
                    continue
                sent = {(t, s): m.sent(t, county, s) for t, s, _, _ in tables}
                there = {(t, s): d is not None and (after is None or d >= after)
                         for (t, s, _, after), d in zip(tables, sent.values(), strict=True)}
                stale |= any(there[t, s] and (sent[t, s] + timedelta(days=DUE[t]) < m.as_of if t in DUE
                                              else sent[t, s] < m.first) for t, s, _, _ in tables)
                if not all(there[t, s] for t, s, who, _ in tables if who):
                    continue
                parts += 1
                figures = asked[measure, part, county]
                complete &= all(there.values()) or figures[3] == 0
                total = [a + b for a, b in zip(total, figures, strict=True)]
            if needed.get((measure, "all"), [("",)])[0][0] == "village.monthly":
                complete &= (county, measure) in villages      # a month without a report says nothing
            has_data = parts > 0 and complete and (total[3] == 0 or total[2] < total[3])
            if parts or not (county.endswith("00") or county.endswith("99")):
                counties[county, measure] = {"sums": total[:2] if has_data else None, "unknown": int(total[2]),
                                             "stale": stale and has_data}
    return _regions(counties, m.as_of)


def _regions(counties: dict[tuple[str, str], Row], as_of: date) -> dict[tuple[str, str, str], Row]:
    grouped: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for (county, measure), row in counties.items():
        for region in ((county, "county"), (county[:4] + "00", "prefecture"), (county[:2] + "0000", "province"),
                       ("000000", "nation")):
            grouped[(*region, measure)].append(row)
    out = {}
    for (region, level, measure), rows in grouped.items():
        known = [row["sums"] for row in rows if row["sums"]]
        numerator = sum(s[0] for s in known) if known else None
        denominator = sum(s[1] for s in known) if known and measure not in COUNTS else None
        value = None if numerator is None else ratio(numerator, 1) if measure in COUNTS else (
            ratio(numerator, denominator) if denominator else None)
        aim, front, since = TARGETS.get(measure, (None, "", as_of))
        target = aim if aim is not None and region.startswith(front) and as_of >= since else None
        reached = None if target is None or value is None else numerator >= target * denominator
        out[region, level, measure] = {
            "numerator": numerator, "denominator": denominator, "value": value, "target": target,
            "unknown": sum(row["unknown"] for row in rows), "meets_target": reached,
            "status": "数据缺失" if numerator is None else "分母为零" if denominator == 0 and measure not in COUNTS
            else "无目标" if target is None else "达标" if reached else "未达标",
            "stale": any(row["stale"] for row in rows)}
    return out
