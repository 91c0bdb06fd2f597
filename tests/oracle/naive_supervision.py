"""Monthly supervision (spec 2.10, rulings 6.2.13, 6.6.10) recomputed with plain Python from the award checks' outcomes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]
OPEN = "问题"


def counties(checks: list[Row], awards: list[Row], year: int, as_of: Any, delivered: set[str], in_force: set[str],
             cut_after: int, previous: dict[str, Row]) -> dict[str, Row]:
    """county → counts, rank (fewest problems per award first, ties share), notices. `checks` are rows of award_check
    (county_code, award_key, check_id, outcome, due_on), `awards` those of the ledger with stage and dates by as_of."""
    out: dict[str, Row] = {}
    for county in in_force:
        before = previous.get(county, {}).get("consecutive_notices") or 0
        if county not in delivered:
            out[county] = {"problems": None, "notified": None, "consecutive_notices": before, "suggest_cut": False, "share": None}
            continue
        own = [check for check in checks if check["county_code"] == county]
        kept = [award for award in awards if award["county_code"] == county and award["year"] == year and award["recognised"]]
        rewards = [award for award in kept if award["support"] == "奖励补助"]
        row: Row = {
            "awarded_coops": sum(award["entity_type"] == "农民合作社" for award in rewards),
            "awarded_farms": sum(award["entity_type"] == "家庭农场" for award in rewards),
            "standardised": len(kept) - len(rewards),
            "accepted": sum(award["accepted"] for award in kept),
            "paid": sum(award["paid"] for award in kept),
            "problems": sum(check["outcome"] == OPEN for check in own),
        }
        for check_id, due, done in (("updated", "due_updates", "updated"), ("flagged", "due_flags", "flagged")):
            past = [c for c in own if c["check_id"] == check_id and c["due_on"] and c["due_on"] < as_of]
            row[due], row[done] = len(past), sum(c["outcome"] == "通过" for c in past)
        row["notified"] = any(c["outcome"] == OPEN and c["check_id"] in ("updated", "flagged") for c in own)
        row["consecutive_notices"] = before + 1 if row["notified"] else 0
        row["suggest_cut"] = row["notified"] and row["consecutive_notices"] >= cut_after
        examined = len({check["award_key"] for check in own})
        row["share"] = (Decimal(row["problems"]) / examined).quantize(Decimal("0.000001"), ROUND_HALF_UP) if examined else None
        out[county] = row
    for county, row in out.items():
        rivals = [other["share"] for code, other in out.items() if code[:4] == county[:4] and other["share"] is not None]
        row["rank"] = None if row["share"] is None else 1 + sum(share < row["share"] for share in rivals)
    return out


def county_changes(rows: dict[str, Row], checks: list[Row], previous: dict[str, Row] | None) -> dict[str, Row]:
    """county → what else the month's ledger says of it; `rows` as `counties` gives them, `previous` of the month before."""
    out = {}
    for county, row in rows.items():
        own = [check for check in checks if check["county_code"] == county]
        before = (previous or {}).get(county, {})
        known = row["problems"] is not None
        out[county] = {
            "examined": len({check["award_key"] for check in own}) if known else None,
            "late": sum(check["outcome"] == "问题（逾期）" for check in own) if known else None,
            "undecided": sum(check["outcome"] in ("资料缺", "存疑") for check in own) if known else None,
            "previous_problems": before.get("problems"), "previous_rank": before.get("rank"),
            "problems_change": None if None in (row["problems"], before.get("problems")) else row["problems"] - before["problems"],
            "edition_state": "首期" if previous is None else "上月无数据" if before.get("problems") is None else "有上月"}
    return out


def award_changes(rows: dict[tuple[str, str], Row], checks: list[Row], in_ledger: set[tuple[str, str]],
                  previous: dict[tuple[str, str], Row] | None) -> dict[tuple[str, str], Row]:
    """(county, award_key) → the change since the month before; `rows` as `awards` gives them."""
    out = {}
    for key, row in rows.items():
        own = [check for check in checks if (check["county_code"], check["award_key"]) == key]
        now, before = row["open_problems"], (previous or {}).get(key, {}).get("open_problems") or None
        if previous is None:
            change = "首期"
        elif key not in in_ledger:
            change = "已不在台账"
        elif not now:
            change = "已解决"
        elif before is None:
            change = "新增"
        else:
            change = "问题增加" if now > before else "问题减少" if now < before else "持平"
        out[key] = {"change": change, "previous_problems": before,
                    "problem_checks": ",".join(sorted(c["check_id"] for c in own if c["outcome"] == OPEN)) or None,
                    "undecided": sum(c["outcome"] in ("资料缺", "存疑") for c in own) if own else None}
    return out


def awards(checks: list[Row], in_ledger: set[tuple[str, str]], month: Any, previous: list[Row]) -> dict[tuple[str, str], Row]:
    """(county, award_key) → open problems, oldest days, first seen month; those that were open the month before too."""
    out: dict[tuple[str, str], Row] = {}
    for check in checks:
        key = check["county_code"], check["award_key"]
        row = out.setdefault(key, {"open_problems": 0, "oldest_days": None, "first_seen_month": month})
        if check["outcome"] == OPEN:
            row["open_problems"] += 1
            if check["days_open"] is not None:
                row["oldest_days"] = max(row["oldest_days"] or 0, check["days_open"])
    before = {(row["county_code"], row["award_key"]): row for row in previous if row["open_problems"]}
    for key, row in before.items():
        now = out.setdefault(key, {"open_problems": 0 if key in in_ledger else None, "oldest_days": None})
        now["first_seen_month"] = row["first_seen_month"]
    return {key: row for key, row in out.items() if row["open_problems"] or key in before}
