"""The lake's typed rows and deliveries, and which of them count in a month: spec 1.1 with loops.

Left out on purpose, as nothing simulated needs it: 疑似不完整, office.delivery_decision, corrections, filled forms.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]
OPEN_LISTS = ("gsxt.abnormal_listing", "gsxt.serious_violation")
SNAPSHOTS = ("advisor.directory", "gsxt.registration", "farm_directory.farm", "direct_report.entity", "programme.district_task",
             "programme.award", "programme.service_contract", "programme.service_client", "supply_coop.affiliate",
             "demonstration.roster")
EVENTS = ("gsxt.annual_report", "advisor.visit", "bookkeeping.usage", "inspection.coop", "village.monthly",
          "office.entity_link", *OPEN_LISTS)
BY_FILE = ("programme.quota", "programme.scorecard", "supply_coop.target")   # no date of their own: the file's
BY_PREFECTURE = ("programme.quota", "supply_coop.target")     # what a prefecture sends for its counties is no delivery of theirs
OF_PART = {"farm_directory.farm": "township_name"}            # a file of the part dated later speaks for it (rulings 6.6.11)


def load(lake: Path) -> tuple[dict[str, list[Row]], list[Row], list[Row]]:
    """Typed rows by table, the delivered scopes, and the rows that were rejected, each with its sheet's date."""
    with duckdb.connect() as con:
        def rows(pattern: str) -> list[Row]:
            found = con.execute(f"select * from read_parquet('{lake}/{pattern}', union_by_name = true)")
            names = [column[0] for column in found.description]
            return [dict(zip(names, line, strict=True)) for line in found.fetchall()]

        dated = {(row["content_hash"], row["sheet"]): row["snapshot_date"] for row in rows("sheets/*.parquet")}
        rejected = [{**row, "snapshot_date": dated[row["content_hash"], row["sheet"]]} for row in rows("rejected/*.parquet")]
        tables = {table: rows(f"typed/{table}/*.parquet") for table in (*SNAPSHOTS, *EVENTS)}
        # a code that stands there and cannot be read is unknown, not missing
        unreadable = {(i["content_hash"], i["sheet"], i["row_number"]) for i in rows("issues/*.parquet")
                      if i["column_name"] == "一码通编码" and i["code"] in ("BAD_CODE", "BAD_VALUE")}
        for row in tables["farm_directory.farm"]:
            row["code_unknown"] = not row["farm_code"] and (
                (row["content_hash"], row["sheet"], row["row_number"]) in unreadable
                or "farm_code" in (row["absent_columns"] or "").split(","))
        return tables, rows("delivered/*.parquet"), rejected


class Month:
    """What counts in one month."""

    def __init__(self, tables: dict[str, list[Row]], delivered: list[Row], rejected: list[Row], as_of: date) -> None:
        self.as_of, self.first, self.year = as_of, as_of.replace(day=1), as_of.year
        self.tables, self.delivered, self.rejected = tables, delivered, rejected
        self.counties = {line["county_code"] for line in delivered
                         if line["snapshot_date"] <= as_of + timedelta(days=10) and line["table_id"] not in BY_PREFECTURE}
        self.chosen: dict[str, dict[str, date]] = defaultdict(dict)
        for table in {line["table_id"] for line in delivered}:
            lines = [line for line in delivered if line["table_id"] == table]
            for scope in {line["scope"] for line in lines}:
                days = [line["snapshot_date"] for line in lines if self._speaks_for(line["scope"], scope)]
                choice = self._snapshot(days) if table in SNAPSHOTS or table in OPEN_LISTS else self._newest(days, 0 if table in BY_FILE else 40)
                if choice is not None:
                    self.chosen[table][scope] = choice

    @staticmethod
    def _speaks_for(sent: str, scope: str) -> bool:
        return sent == scope or ("*" in sent and fnmatchcase(scope, sent)) or scope.split("|")[0] == sent

    def _snapshot(self, days: list[date]) -> date | None:
        """Newest of the last 10 days, else the earliest of the 10 days after, else the newest before."""
        last = [d for d in days if self.as_of - timedelta(days=10) < d <= self.as_of]
        after = [d for d in days if self.as_of < d <= self.as_of + timedelta(days=10)]
        before = [d for d in days if d <= self.as_of]
        return max(last) if last else min(after) if after else max(before) if before else None

    def _newest(self, days: list[date], grace: int) -> date | None:
        known = [d for d in days if d <= self.as_of + timedelta(days=grace)]
        return max(known) if known else None

    def sent(self, table: str, county: str, scope: str | None = None) -> date | None:
        """Date of the delivery that speaks for a county (and a part of it, `*` = any); None: never received."""
        wanted = None if scope is None else f"{county}|{scope}"
        days = [d for s, d in self.chosen[table].items() if s.split("|")[0] == county and (
            wanted is None or s == county or fnmatchcase(wanted, s) or fnmatchcase(s, wanted))]
        if not days:
            return None
        return min(days) if scope is None else max(days)

    def snapshot(self, table: str, *codes: str) -> list[Row]:
        """Rows of the chosen deliveries, one an entity."""
        best: dict[Any, Row] = {}
        countable = [row for row in self.tables[table]
                     if not (row["is_superseded"] or row["is_filled_form"] or row["is_stray"])]
        listed = [row for row in countable if self._part(table, row)[1] == row["snapshot_date"]]
        for row in [*listed, *self._kept(table, countable, listed)]:
            who = next((row[c] for c in codes if row[c]), None) or (row["county_code"], row["entity_key"])
            place = (row.get("delivered_on", row["snapshot_date"]), row["received_order"], row["sheet"], row["row_number"])
            if who not in best or place > best[who]["place"]:
                best[who] = {**row, "place": place, "delivered_on": place[0]}
        return list(best.values())

    def _part(self, table: str, row: Row) -> tuple[str, date | None]:
        """The scope that speaks for a row and the delivery chosen for it: its part's, where that has files of its own."""
        chosen = self.chosen[table]
        part = f"{row['county_code']}|{row[OF_PART[table]]}" if table in OF_PART else None
        if part not in chosen:
            return row["scope"], chosen.get(row["scope"])
        # of one date the county's own file wins over its part's
        whole = any(line["table_id"] == table and line["scope"] == row["county_code"] and line["snapshot_date"] == chosen[part]
                    for line in self.delivered)
        return part, chosen[part] if (row["scope"] == row["county_code"]) == whole else None

    def _kept(self, table: str, countable: list[Row], listed: list[Row]) -> list[Row]:
        """Rows rejected in the chosen delivery and accepted before: their last accepted version (rulings 6.1.5)."""
        there = {(row["scope"], row["entity_key"]) for row in listed}
        out = []
        for fault in {(row["scope"], row["snapshot_date"], row["entity_key"]) for row in self.rejected
                      if row["table_id"] == table and row["entity_key"]}:
            scope, day, key = fault
            if self.chosen[table].get(scope) == day and (scope, key) not in there:
                earlier = [row for row in countable if (row["scope"], row["entity_key"]) == (scope, key) and row["snapshot_date"] < day]
                out += [{**max(earlier, key=lambda r: (r["snapshot_date"], r["received_order"], r["row_number"])),
                         "delivered_on": day}] if earlier else []
        return out

    def events(self, table: str) -> list[Row]:
        """The newest version of each key, with a date of its own up to as_of, known within 40 days."""
        best: dict[str, Row] = {}
        for row in self.tables[table]:
            if row["is_superseded"] or row["is_filled_form"]:
                continue
            if (row["event_date"] or row["snapshot_date"]) > self.as_of:
                continue
            if row["snapshot_date"] > self.as_of + timedelta(days=40):
                continue
            place = (row["snapshot_date"], row["received_order"], row["sheet"], row["row_number"])
            if row["entity_key"] not in best or place > best[row["entity_key"]]["place"]:
                best[row["entity_key"]] = {**row, "place": place}
        return list(best.values())

    def listings(self) -> list[Row]:
        """The abnormal list with the state of each entry."""
        out = []
        for row in self.events("gsxt.abnormal_listing"):
            newest = self.chosen["gsxt.abnormal_listing"].get(row["scope"])
            if row["removed_on"] and row["removed_on"] <= self.as_of:
                state = "已移出"
            elif newest and newest > row["snapshot_date"]:
                state = "未见于最新名录"
            else:
                state = "在列"
            out.append({**row, "state": state})
        return out
