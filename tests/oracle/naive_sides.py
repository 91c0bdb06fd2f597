"""The entities that each system lists in a month, in one shape, and the matched pairs (spec 2.1, 2.9)."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

from oracle.naive_matching import match, name_key, normal_name
from oracle.typed_rows import Month

Row = dict[str, Any]
COOP, FARM = "农民合作社", "家庭农场"
IN_FORCE = ("active", "suspended", "ceased", "unknown")
PAIRS = {
    "registry_direct": ("registry", "direct", COOP), "registry_roster": ("registry", "roster", COOP),
    "registry_affiliate": ("registry", "affiliate", COOP), "directory_direct": ("directory", "direct", FARM),
    "award_direct": ("award", "direct", COOP), "award_directory": ("award", "directory", FARM),
    "registry_award": ("registry", "award", COOP), "directory_roster": ("directory", "roster", FARM),
    "registry_visit": ("registry", "visit", COOP), "directory_visit": ("directory", "visit", FARM),
    "client_direct": ("client", "direct", COOP), "award_client": ("award", "client", COOP),
}
WORDS = {"登记信息": "registry", "新农直报": "direct", "名录系统": "directory", "示范名录": "roster",
         "供销名册": "affiliate", "奖补对象": "award"}


def farm_key(farm: Row) -> str:
    """The published key of a farm without a code."""
    return sha256(f"{farm['county_code']}|{farm['entity_key']}".encode()).hexdigest()


class Sides:
    """`names`: division code → name."""

    def __init__(self, month: Month, names: dict[str, str]) -> None:
        self.month, self.names = month, names
        self.coops = self._cooperatives()
        self.farms = month.snapshot("farm_directory.farm", "farm_code")
        self.direct = month.snapshot("direct_report.entity", "credit_code", "farm_code")
        self.roster = [r for r in month.snapshot("demonstration.roster")
                       if not (r["withdrawn_on"] and r["withdrawn_on"] <= month.as_of)]
        self.affiliates = month.snapshot("supply_coop.affiliate", "credit_code")
        self.awards = self._subsidised()
        self.clients = self._clients()
        self.of = {"registry": self._side([{**c, "in_force": c["status"] in IN_FORCE, "entity_type": COOP,
                                             "key": c["credit_code"] or c["registration_no"],
                                             "representative": c["legal_representative"]} for c in self.coops]),
                   "directory": self._side([{**f, "entity_type": FARM, "key": f["farm_code"] or farm_key(f),
                                              "representative": f["operator"]} for f in self.farms]),
                   "direct": self._side([{**d, "representative": d["principal"]} for d in self.direct]),
                   "roster": self._side(self.roster), "award": self._side(self.awards),
                   "affiliate": self._side([{**a, "entity_type": COOP} for a in self.affiliates]),
                   "client": self._side(self.clients), "visit": self._side(self._visits())}
        self.pairs = {pair: self._pair(pair) for pair in PAIRS}

    def _cooperatives(self) -> list[Row]:
        return [self._with_status(r) for r in self.cooperatives_among(self.month.snapshot("gsxt.registration", "credit_code"))]

    def cooperatives_among(self, rows: list[Row]) -> list[Row]:
        return [r for r in rows if ((r["credit_code"] or "")[:2] == "93"
                                    or (not r["credit_code"] and "农民专业合作" in (r["kind"] or "")))
                and "分支机构" not in (r["kind"] or "") and (r["founded_on"] is None or r["founded_on"] <= self.month.as_of)]

    def _with_status(self, row: Row) -> Row:
        """A layout without status, or a status whose own date lies ahead: the newest older one (rulings 6.1.6, 6.6.3)."""
        def ahead(version: Row) -> bool:
            own = {"deregistered": "ended_on", "revoked": "ended_on", "suspended": "suspended_from"}.get(version["status"])
            return bool(own and version[own] and version[own] > self.month.as_of)

        if row["status"] is not None and not ahead(row):
            return row
        earlier = [v for v in self.month.tables["gsxt.registration"]
                   if v["entity_key"] == row["entity_key"] and v["status"] is not None and not v["is_superseded"]
                   and v["snapshot_date"] < row["delivered_on"] and not ahead(v)]
        newest = max(earlier, key=lambda v: (v["snapshot_date"], v["received_order"], v["row_number"]), default=None)
        return {**row, "status": newest["status"] if newest else "unknown", "ended_on": newest["ended_on"] if newest else None}

    def _subsidised(self) -> list[Row]:
        out: dict[tuple, Row] = {}
        for row in self.month.snapshot("programme.award"):
            if row["year"] != self.month.year or row["state"] not in ("认定", "建设", "验收", "拨付"):
                continue
            who = (row["entity_type"], name_key(row))
            if who in out:
                days = (out[who]["recognised_on"], row["recognised_on"])
                row = {**row, "recognised_on": None if None in days else max(days)}
            out[who] = row
        return list(out.values())

    def _clients(self) -> list[Row]:
        terms = {c["contract_no"]: c["county_code"] for c in self.month.snapshot("programme.service_contract")
                 if c["starts_on"] <= self.month.as_of <= c["ends_on"]}
        out: dict[tuple, Row] = {}
        for row in self.month.snapshot("programme.service_client"):
            if row["contract_no"] not in terms:
                continue
            who, row = (row["entity_type"], name_key(row)), {**row, "county": terms[row["contract_no"]]}
            if who in out:
                said = [v for v in (out[who]["accounts_sound"], row["accounts_sound"]) if v is not None]
                kept = [v for v in (out[who]["proxy_bookkeeping"], row["proxy_bookkeeping"]) if v is not None]
                row |= {"accounts_sound": all(said) if said else None, "proxy_bookkeeping": any(kept) if kept else None}
            out[who] = row
        return list(out.values())

    def _visits(self) -> list[Row]:
        start = date(self.month.year, 1, 1)
        return [{**v, "name": v["entity_name"]} for v in self.month.events("advisor.visit")
                if v["mode"] == "上门" and start <= v["served_on"] <= self.month.as_of]

    def _side(self, rows: list[Row]) -> list[Row]:
        out: dict[tuple, Row] = {}
        for row in rows:
            county = row["county_code"]
            key = row.get("key") or name_key(row)
            out[row["entity_type"], key] = {
                **row, "key": key, "credit_code": row["credit_code"], "farm_code": row.get("farm_code"),
                "in_force": row.get("in_force", True),
                "normal": normal_name(row["name"], self.names.get(county), self.names.get(county[:4] + "00"))}
        return list(out.values())

    def side(self, system: str, kind: str) -> list[Row]:
        return [row for row in self.of[system] if row["entity_type"] == kind]

    def decisions(self, pair: str) -> dict[tuple[str, str], str]:
        """The newest decision on each two entities; a code stands for the entity in every list of ours."""
        left, right, kind = PAIRS[pair]
        out: dict[tuple[str, str], tuple] = {}
        for row in self.month.events("office.entity_link"):
            ends = [(WORDS.get(row["left_system"]), row["left_key"]), (WORDS.get(row["right_system"]), row["right_key"])]
            for (ours, ours_key), (theirs, theirs_key) in (ends, ends[::-1]):
                if theirs != right:
                    continue
                a = {s["key"] for s in self.side(left, kind) if ours_key in (s["credit_code"], s["farm_code"])
                     or (ours == left and ours_key in (s["key"], s["name"]))}
                b = {s["key"] for s in self.side(right, kind)
                     if theirs_key in (s["key"], s["credit_code"], s["farm_code"], s["name"])}
                if len(a) == 1 and len(b) == 1:
                    said = (row["decided_on"], row["received_order"], row["decision"])
                    two = (a.pop(), b.pop())
                    out[two] = max(out.get(two, said), said)
        return {two: said[2] for two, said in out.items()}

    def _pair(self, pair: str) -> dict[tuple[str, str], str]:
        left, right, kind = PAIRS[pair]
        said = self.decisions(pair)
        return match(self.side(left, kind), self.side(right, kind), {two for two, word in said.items() if word == "同一"},
                     {two for two, word in said.items() if word == "不同"})
