"""Every published table of the measures (spec 5.5) beside its naive recomputation, row by row and column by column.

`TABLES` names the key and the recomputation of each; what a recomputation leaves out are texts for reading, lineage and
figures that other columns repeat. Rows that count are chosen naively from lake/typed where `typed_rows` knows the table;
`differences` also holds the as-of layer, which the other recomputations read, against them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import programme_oracle as lookup

from oracle import (
    naive,
    naive_advisor,
    naive_advisor_work,
    naive_contract,
    naive_coverage,
    naive_entities,
    naive_plan,
    naive_programme,
    naive_reconciliation,
    naive_scorecard,
    naive_sides,
    naive_star,
    naive_supervision,
    naive_village,
)
from oracle.naive_programme import Programme
from oracle.naive_sides import Sides
from oracle.typed_rows import EVENTS, SNAPSHOTS, Month, load

Row = dict[str, Any]
ADVISED = naive_advisor.JUDGED | {"150302"}      # `simulated_months` gives 海勃湾区 the rows of 000 as well
CODES = {"advisor.directory": ("certificate_no",), "gsxt.registration": ("credit_code",),
         "farm_directory.farm": ("farm_code",), "supply_coop.affiliate": ("credit_code",),
         "direct_report.entity": ("credit_code", "farm_code")}
READ = (*SNAPSHOTS, *EVENTS, "advisor.directory_left", "advisor.evaluation", "coop_finance.statement",
        "programme.quota", "programme.scorecard", "supply_coop.star_result", "supply_coop.target", "advisor.training",
        "office.shell_case")


class Edition:
    """One month's build, and what the recomputations read. `truth`: the simulator's; `before`: the month before, or None."""

    def __init__(self, build: Path, lake: Path, truth: Row, as_of: date, before: Edition | None) -> None:
        self.build, self.lake, self.truth, self.as_of, self.before = build, lake, truth, as_of, before
        self.month = Month(*load(lake), as_of)
        self.names = dict(self.query("select region_code, region_name from region where not is_remainder "
                                     "and region_level in ('county', 'prefecture')"))
        self.shell = dict(self.query("select credit_code, status from shell_status"))
        self.rows = {table: lookup.dicts(build, f"select * from asof_{table.replace('.', '__')}") for table in READ}
        self.delivered = lookup.delivered(build)
        self.counties = [c for (c,) in self.query("select county_code from county_in_view where is_configured order by 1")]

    def query(self, sql: str) -> list[tuple]:
        with closing(duckdb.connect(str(self.build), read_only=True)) as con:
            return con.execute(sql).fetchall()

    @property
    def label(self) -> str:
        return f"{self.as_of:%Y-%m}"

    @cached_property
    def sides(self) -> Sides:
        return Sides(self.month, self.names)

    @cached_property
    def coverage(self) -> dict:
        return naive_coverage.coverage(self.sides, self.shell)

    @cached_property
    def newest(self) -> dict[str, dict[str, date]]:
        """table → county → date of its newest full delivery."""
        out: dict[str, dict[str, date]] = {}
        for table, county, day in self.query("select table_id, county_code, max(delivered_on) from delivery "
                                             "where state not in ('未收到', '疑似不完整') group by all"):
            out.setdefault(table, {})[county] = day
        return out

    @cached_property
    def returns(self) -> tuple[dict, dict]:
        told = any(self.label in m["month"] for m in self.truth["world"]["months"])
        in_force = {c["credit_code"] or c["registration_no"] for c in self.sides.coops if c["status"] in naive_star.IN_FORCE}
        return naive.surplus_return(self.truth, self.label, None if told else in_force)

    @cached_property
    def returns_of_year(self) -> dict[str, Row]:
        year = self.as_of.year - 1 if self.as_of.month >= 3 else self.as_of.year - 2
        words = {(code, fy): word for code, fy, word in self.query(
            "select credit_code, fiscal_year, statement_status from surplus_return")}
        return {code: {**row, "statement_status": words[code, fy]} for (code, fy), row in self.returns[0].items() if fy == year}

    @cached_property
    def stars(self) -> tuple[dict, dict]:
        return naive_star.star_rating(self.star_rows, self.returns_of_year, self.newest, self.as_of, self.shell, self.names)

    @cached_property
    def star_rows(self) -> dict[str, list[Row]]:
        kept = naive_entities.cooperatives(self.sides)
        register = [{**c, "credit_code": c["entity_key"]} for c in self.sides.coops if c["entity_key"] in kept]
        return {**self.rows, "gsxt.registration": register}

    @cached_property
    def star_month(self) -> naive_star.Month:
        return naive_star.Month(self.star_rows, self.returns_of_year, self.newest, self.as_of, self.names)

    @cached_property
    def programme(self) -> Programme:
        return Programme(self.rows, self.delivered, lookup.policy(self.build), self.as_of, lookup.calendar(self.build).get,
                         {}, lookup.fronts(self.build))

    @cached_property
    def checks(self) -> dict:
        return self.programme.award_checks()

    @cached_property
    def aims(self) -> dict:
        return naive_advisor.targets(self.rows, self.rows["advisor.directory_left"], self.newest, self.as_of, self.counties, ADVISED)

    @cached_property
    def quota(self) -> dict:
        return naive_contract.quota_progress(self.rows, self.programme.stage, self.delivered, self.as_of)

    @cached_property
    def scorecard(self) -> dict:
        facts = naive_scorecard.Facts(self.rows, self.programme.stage, self.checks, self.returns_of_year, self.delivered,
                                      self.quota, self.coverage, self.as_of, self.programme.record, self.aims)
        return naive_scorecard.scorecard(facts, [c for c in self.counties if c.startswith("1503")])

    @cached_property
    def people(self) -> dict[tuple, str]:
        """person, as the naive implementation names one → published key."""
        rows = self.query("select advisor_key, certificate_no, county_code, advisor_name, appointing_body from advisor")
        return {((number,) if number else tuple(rest)): key for key, number, *rest in rows}

    @cached_property
    def in_force(self) -> dict[str, str]:
        return {c["credit_code"]: c["county_code"] for c in self.sides.coops
                if c["credit_code"] and c["status"] in naive_star.IN_FORCE}

    @cached_property
    def supervised(self) -> tuple[dict, dict]:
        """What the month's checks say of counties and awards, and what changed since the month before."""
        if not self.checks:
            return {}, {}
        checks = [{"county_code": c, "award_key": a, "check_id": k, "outcome": said, "due_on": said.due,
                   "days_open": said.days} for (c, a, k), said in self.checks.items()]
        refused = {a["entity_key"] for a in self.rows["programme.award"] if set("不未") & set(a["acceptance_conclusion"] or "")}
        ledger = [{**a, "award_key": a["entity_key"], "recognised": self.programme.stage(a) == "recognised",
                   "accepted": self.programme.seen(a["accepted_on"]) is not None and a["entity_key"] not in refused,
                   "paid": self.programme.seen(a["paid_on"]) is not None} for a in self.rows["programme.award"]]
        old_counties, old_awards = self.before.supervised if self.before else ({}, {})
        came = {c for t, c, _ in self.delivered if t == "programme.award"}
        counties = naive_supervision.counties(checks, ledger, self.as_of.year, self.as_of, came,
                                              {c for c in self.counties if c.startswith("1503")}, 2, old_counties)
        previous = [{"county_code": c, "award_key": a, **row} for (c, a), row in old_awards.items()]
        listed = {(a["county_code"], a["entity_key"]) for a in ledger}
        awards = naive_supervision.awards(checks, listed, self.as_of.replace(day=1), previous)
        more = naive_supervision.county_changes(counties, checks, old_counties if self.before else None)
        changes = naive_supervision.award_changes(awards, checks, listed, old_awards if self.before else None)
        funds = {t["county_code"]: t for t in self.rows["programme.district_task"] if t["year"] == self.as_of.year}
        for county, row in counties.items():
            row |= more[county] | {f"quota_{name}": self.quota.get((self.as_of.year, county, kind), {}).get("quota")
                                   for name, kind in (("coops", naive_sides.COOP), ("farms", naive_sides.FARM))}
            row["district_problems"] = sum(said == "问题" for (_, c, _), said in self.district.items() if c == county)
            for name, column in (("fund_arrival_rate", "funds_arrived"), ("payment_progress", "funds_paid")):
                task = funds.get(county, {})
                known = task.get("funds_allotted") and task[column] is not None
                row[name] = naive.ratio(task[column], task["funds_allotted"]) if known else None
        return counties, {key: row | changes[key] for key, row in awards.items()}

    @cached_property
    def district(self) -> dict:
        return self.programme.district_checks(self.counties)

    @cached_property
    def directory(self) -> naive_advisor.Directory:
        return naive_advisor.Directory(self.rows, self.rows["advisor.directory_left"], self.as_of)

    def of_advisors(self, rows: dict) -> dict:
        return {(self.people[person],): row for person, row in rows.items()}


def _items(edition: Edition) -> dict:
    return {key: {"state": state, "points": None if points is None else round(points, 12)}
            for key, (state, points) in edition.stars[1].items()}


def _returns(edition: Edition) -> dict:
    return edition.returns[0]


def _named(columns: Iterable[str], rows: dict) -> dict:
    return {key: dict(zip(columns, values, strict=True)) for key, values in rows.items()}


def _advisors(rows: dict, edition: Edition) -> dict:
    return {(edition.people[person], when): row for (person, when), row in rows.items()}


def _outcomes(rows: dict) -> dict:
    return {key: {"outcome": said, "due_on": said.due, "days_open": said.days} for key, said in rows.items()}


def _banners(edition: Edition) -> dict:
    """Sums over the villages that reported; what no village said is unknown."""
    villages, out = naive_village.village_month(edition.month), {}
    for banner in {key[0] for key in villages}:
        mine = [row for key, row in villages.items() if key[0] == banner]
        told = [row for row in mine if row["reported"]]
        out[banner,] = {"villages": len(mine), "villages_reported": len(told), "villages_missing": len(mine) - len(told),
                        "poor_villages": sum(bool(row["poor_village"]) for row in told),
                        "funds_reached": sum(bool(row["fund_reached"]) for row in told)}
        for name in BANNER_SUMS:
            known = [row[name] for row in told if row[name] is not None]
            out[banner,][name] = sum(known) if known else None
    return out


BANNER_SUMS = ("enterprises", "organisations", "households", "joined", "poor", "linked", "insured_due", "insured", "trained",
               "dividends", "collective_income", "fund_arrived", "fund_due")
# table → its key, and the recomputation: key → columns
TABLES: dict[str, tuple[tuple[str, ...], Callable[[Edition], dict]]] = {
    "coverage": (("region_code", "region_level", "measure_id"), lambda e: e.coverage),
    "surplus_return": (("credit_code", "fiscal_year"), _returns),
    "statement_check": (("credit_code", "fiscal_year", "check_id"),
                        lambda e: _named(("expected", "found", "difference"), e.returns[1])),
    "star_rating": (("credit_code",), lambda e: {(code,): row for code, row in e.stars[0].items()}),
    "star_rating_item": (("credit_code", "indicator_id"), _items),
    "star_next_step": (("credit_code", "indicator_id"), lambda e: naive_star.next_steps(e.stars[1])),
    "star_veto_hit": (("credit_code", "veto_id"), lambda e: naive_star.veto_hits(e.star_month, e.shell)),
    "advisor_quarter": (("advisor_key", "quarter"), lambda e: _advisors(naive_advisor.advisor_quarter(
        e.rows, e.rows["advisor.directory_left"], e.newest, e.as_of, judged=ADVISED), e)),
    "advisor_year": (("advisor_key", "year"), lambda e: _advisors(naive_advisor.advisor_year(
        e.rows, e.rows["advisor.directory_left"], e.newest, e.as_of, ADVISED), e)),
    "advisor_target": (("region_code", "region_level", "target_id"), lambda e: e.aims),
    "advisor_training": (("advisor_key",), lambda e: e.of_advisors(naive_advisor_work.training(e.directory, e.rows, e.newest))),
    "advisor_entry": (("advisor_key",), lambda e: e.of_advisors(naive_advisor_work.entry(
        e.directory, e.month.tables["advisor.directory"]))),
    "advisor_kind_coverage": (("county_code", "kind", "industry"), lambda e: naive_advisor_work.kinds(e.directory)),
    "advisor_effect": (("advisor_key",), lambda e: e.of_advisors(naive_advisor_work.Effects(
        e.directory, e.rows, e.sides, e.shell).all())),
    "district_check": (("year", "county_code", "check_id"), lambda e: _outcomes(e.district)),
    "award_check": (("county_code", "award_key", "check_id"), lambda e: _outcomes(e.checks)),
    "award_form": (("county_code", "award_key"), lambda e: naive_programme.award_form(e.programme)),
    "award_form_total": (("county_code", "entity_type"), lambda e: naive_programme.award_form_total(e.programme)),
    "quota_progress": (("year", "county_code", "entity_type"), lambda e: e.quota),
    "contract_evaluation": (("contract_no",), lambda e: {(number,): row for number, row in naive_contract.contract_evaluation(
        e.sides, e.rows, e.delivered, e.coverage).items()}),
    "scorecard": (("year", "county_code", "form", "item"), lambda e: e.scorecard),
    "scorecard_total": (("year", "county_code", "form"), lambda e: naive_scorecard.totals(e.scorecard)),
    "delivery": (("table_id", "scope"), lambda e: naive_entities.delivery(e.month)),
    "plan_progress": (("region_code", "region_level", "year", "indicator"), lambda e: naive_plan.progress(
        e.rows, e.in_force, e.newest, e.as_of,
        {code: row["stars"] for code, row in e.stars[0].items() if row["rating_status"] == "试算"})),
    "village_month": (("banner_code", "township", "village"), lambda e: naive_village.village_month(e.month)),
    "village_banner_month": (("banner_code",), _banners),
    "reconciliation": (("pair", "county_code", "left_key", "right_key", "outcome", "field", "left_value", "right_value"),
                       lambda e: {line: {} for line in naive_reconciliation.reconciliation(e.sides)}),
    "supervision_county": (("county_code",), lambda e: {(code,): {**{k: v for k, v in row.items() if k != "share"},
                                                                 "problems_per_award": row["share"]}
                                                        for code, row in e.supervised[0].items()}),
    "supervision_award": (("county_code", "award_key"), lambda e: e.supervised[1]),
    "cooperative": (("key",), lambda e: {(key,): row for key, row in naive_entities.cooperatives(e.sides).items()}),
    "family_farm": (("key",), lambda e: {(key,): row for key, row in naive_entities.farms(e.sides).items()}),
}
# rows of a published table that its recomputation does not speak of
ASIDE = {"delivery": "state <> '未收到'"}


def published(edition: Edition, table: str) -> dict[tuple, Row]:
    key = TABLES[table][0]
    rows = lookup.dicts(edition.build, f"select * from {table} where {ASIDE.get(table, 'true')}")
    out = {tuple(row[name] for name in key): row for row in rows}
    assert len(out) == len(rows), f"{table}: its key stands twice"
    return out


def differences(edition: Edition, table: str) -> list[str]:
    """What differs in one table; empty when all agrees."""
    expected, found = TABLES[table][1](edition), published(edition, table)
    out = [f"{table} missing: {key}" for key in sorted(expected.keys() - found.keys(), key=str)]
    out += [f"{table} not expected: {key}" for key in sorted(found.keys() - expected.keys(), key=str)]
    for key in sorted(expected.keys() & found.keys(), key=str):
        out += [f"{table} {key} {name}: expected {value!r}, found {found[key][name]!r}"
                for name, value in expected[key].items() if not _same(value, found[key][name])]
    return out


def _same(expected: Any, found: Any) -> bool:
    return expected == found and (expected is None) == (found is None)


def as_of_differences(edition: Edition) -> list[str]:
    """The as-of layer against the rows that spec 1.1 lets count."""
    out = []
    for table in (*SNAPSHOTS, *EVENTS):
        month = edition.month
        mine = month.snapshot(table, *CODES.get(table, ())) if table in SNAPSHOTS else month.events(table)
        ours = {(r["file_name"], r["sheet"], r["row_number"]) for r in mine}
        theirs = {(r["file_name"], r["sheet"], r["row_number"]) for r in edition.rows[table]}
        out += [f"{table} missing: {line}" for line in sorted(ours - theirs)]
        out += [f"{table} not expected: {line}" for line in sorted(theirs - ours)]
    return out
