"""Contracts, quota and scorecards (spec 2.6, rulings 6.2.11) with plain Python, from rows that count in the month."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from oracle.naive import months_before, ratio
from oracle.naive_matching import normal_name
from oracle.naive_sides import COOP, FARM, IN_FORCE, Sides

Row = dict[str, Any]
PREFECTURE, PILOT = "1503", "150304"      # 乌海市 and 乌达区, the only scopes of 002's numbers
ISSUED = date(2024, 7, 26)
WEIGHTS = {"满意度": 30, "账目规范": 20, "列异移除": 20, "赋码": 20, "覆盖": 10}
SIX = Decimal("0.000001")


def share(part: int, whole: int) -> Decimal | None:
    return ratio(part, whole) if whole else None


class Reach:
    """Who is served under a contract, and how many there are."""

    def __init__(self, sides: Sides, rows: dict[str, list[Row]]) -> None:
        self.sides, self.rows = sides, rows
        self.entities = [{**c, "entity_type": COOP, "code": c["credit_code"]} for c in sides.coops if c["status"] in IN_FORCE]
        self.entities += [{**f, "entity_type": FARM, "code": f["farm_code"]} for f in sides.farms]

    def plain(self, row: Row) -> str:
        county, names = row["county_code"], self.sides.names
        return normal_name(row["name"], names.get(county), names.get(county[:4] + "00"))

    def of_kind(self, kind: str, county: str) -> list[Row]:
        return [e for e in self.entities if e["entity_type"] == kind and e["county_code"] == county]

    def is_in_force(self, client: Row, clients: list[Row]) -> bool:
        code = client["credit_code"] if client["entity_type"] == COOP else client["farm_code"]
        there = self.of_kind(client["entity_type"], client["county_code"])
        if code:
            return any(e["code"] == code for e in there)
        same = [c for c in clients if c["entity_type"] == client["entity_type"] and self.plain(c) == self.plain(client)]
        return len(same) == 1 and sum(self.plain(e) == self.plain(client) for e in there) == 1


def contract_evaluation(sides: Sides, rows: dict[str, list[Row]], delivered: dict, coverage: dict) -> dict[str, Row]:
    """contract_no → outcomes, reach and the trial score. `coverage`: the county's rates by (region, level, measure)."""
    reach, out = Reach(sides, rows), {}
    for contract in rows["programme.service_contract"]:
        county, number = contract["county_code"], contract["contract_no"]
        ours = county.startswith(PREFECTURE) and sides.month.as_of >= ISSUED
        listed = ("programme.service_client", county, number) in delivered
        clients = [c for c in rows["programme.service_client"] if (c["county_code"], c["contract_no"]) == (county, number)]
        served = {kind: [c for c in clients if c["entity_type"] == kind] for kind in (COOP, FARM)}
        there = {kind: sum(reach.is_in_force(c, clients) for c in served[kind]) for kind in (COOP, FARM)}
        came = {kind: (table, county, "") in delivered for kind, table in ((COOP, "gsxt.registration"), (FARM, "farm_directory.farm"))}
        shares = {kind: share(there[kind], len(reach.of_kind(kind, county))) if listed and came[kind] else None
                  for kind in (COOP, FARM)}
        codes = {(c["entity_type"], c["credit_code"] if c["entity_type"] == COOP else c["farm_code"]) for c in clients}
        doors = {v["entity_key"] for v in rows["advisor.visit"] if v["mode"] == "上门"
                 and contract["starts_on"] <= v["served_on"] <= contract["ends_on"]
                 and any(v[column] and (kind, v[column]) in codes for kind, column in ((COOP, "credit_code"), (FARM, "farm_code")))}
        sound = share(sum(bool(c["accounts_sound"]) for c in served[COOP]), len(served[COOP]))
        removal, code = (coverage.get((county, "county", m), {}).get("value") for m in ("abnormal_removal_rate", "farm_code_rate"))
        parts = {"满意度": None if contract["satisfaction"] is None else contract["satisfaction"] / 100, "账目规范": sound,
                 "列异移除": removal, "赋码": None if code is None else min(Decimal(1), code / Decimal("0.8")),
                 "覆盖": None if None in shares.values() else sum(shares.values()) / 2}
        if not ours:        # what is full marks is a number of 002's scope
            parts |= {"满意度": None, "赋码": None}
        parts = {name: None if v is None else v.quantize(SIX, ROUND_HALF_UP) for name, v in parts.items()}
        weight = sum(WEIGHTS[name] for name, v in parts.items() if v is not None) if ours else 0
        earned = sum(WEIGHTS[name] * v for name, v in parts.items() if v is not None)
        out[number] = {
            "amount_outcome": "不适用" if not ours or county != PILOT else "资料缺" if contract["amount"] is None
            else "通过" if contract["amount"] <= 50000 else "问题",
            "pilot_outcome": "不适用" if not ours else "通过" if county == PILOT else "问题",
            "term_outcome": "不适用" if not ours else
            "通过" if contract["ends_on"] + timedelta(1) >= months_before(contract["starts_on"], -36) else "问题",
            "coops_served": len(served[COOP]) if listed else None, "farms_served": len(served[FARM]) if listed else None,
            "coops_share": shares[COOP], "farms_share": shares[FARM],
            "proxy_clients": sum(bool(c["proxy_bookkeeping"]) for c in clients) if listed else None,
            "accounts_sound_rate": sound, "removal_rate": removal, "code_rate": code,
            "accounts_sound_unknown": sum(c["accounts_sound"] is None for c in served[COOP]) if listed else None,
            "recorded_door_visits": len(doors) if listed and ("advisor.visit", county, "") in delivered else None,
            "composite": (100 * earned / weight).quantize(SIX, ROUND_HALF_UP) if weight else None, "composite_weight": weight,
            "missing_components": "、".join(name for name, v in parts.items() if v is None) or None,
            "evaluated_score": contract["evaluated_score"], "satisfaction": contract["satisfaction"]}
    return out


def quota_progress(rows: dict[str, list[Row]], stage: Any, delivered: dict, as_of: date) -> dict[tuple, Row]:
    """(year, county, entity type) → the task and what came of it; `stage(award)` as of the month's end."""
    def by(day: date | None) -> bool:
        return day is not None and day <= as_of

    out = {}
    for quota in rows["programme.quota"]:
        for kind, tasks in ((COOP, quota["coops"]), (FARM, quota["farms"])):
            county, year = quota["county_code"], quota["year"]
            came = any(("programme.award", county, f"{year}|{part}") in delivered for part in (kind, "*"))
            mine = [a for a in rows["programme.award"] if (a["year"], a["county_code"], a["entity_type"]) == (year, county, kind)]
            rewards = [a for a in mine if a["support"] == "奖励补助"]
            done = [a for a in rewards if stage(a) == "recognised"]
            recommended = done + [a for a in rewards if stage(a) == "candidate" and (a["state"] == "推荐" or by(a["recommended_on"]))]
            row = {"recommended": len(recommended), "recommendation_enough": 10 * len(recommended) >= 12 * tasks,
                   "awarded": len(done),
                   "accepted": sum(by(a["accepted_on"]) and not set("不未") & set(a["acceptance_conclusion"] or "") for a in done),
                   "paid": sum(by(a["paid_on"]) for a in done),
                   "standardised": sum(stage(a) == "recognised" for a in mine if a not in rewards)}
            row["completion"] = share(row["accepted"], tasks)
            # the ratio of 002 holds for its prefecture, once issued
            if not (county.startswith(PREFECTURE) and as_of >= ISSUED):
                row["recommendation_enough"] = None
            out[year, county, kind] = {"quota": tasks, **(row if came else dict.fromkeys(row))}
    return out
