"""All systems' exports are received as they were drawn: counts, values, planted faults; and the planted cast."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from receive_kit import lake
from simulated import World

from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

# Told in another place of the truth, in a layout of its own.
ELSEWHERE = {
    "gsxt.registration", "farm_directory.farm", "coop_finance.statement", "coop_finance.member_account",
    "programme.quota", "supply_coop.target",
}
OF_THE_ROW = ("DUPLICATE_KEY", "STRAY")  # faults of a row as a whole: the truth names no column
UNPLACED = "99"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("home"), coops=120, farms=200, months=3)


@pytest.fixture(scope="module")
def received(world: World) -> Settings:
    settings = Settings(home=world.inbox.parent, threads=2)
    receive(settings, now=datetime(2024, 8, 5, 4, tzinfo=UTC))
    return settings


def test_every_table_is_written(world: World) -> None:
    written = {part["table_id"] for file in world.truth["files"] for part in file["sheets"]} - {None}
    assert written == set(load_contracts())
    assert len(written) == 29
    assert {name for name in world.truth if "." in name} == written - ELSEWHERE


def test_every_sheet_is_received_as_meant(world: World, received: Settings) -> None:
    counts = "table_id, outcome, rows_read, accepted, rejected, out_of_scope, ignored, drift"
    found = {tuple(row[:2]): row[2:] for row in lake(received, "sheets", f"file_name, sheet, {counts}")}
    for file in world.truth["files"]:
        if file["outcome"]:
            continue
        for part in file["sheets"]:
            if part["outcome"] in ("accepted", "partly"):
                meant = [part[name.strip()] for name in counts.split(",")[:-1]]
                *got, drift = found[file["path"], part["sheet"]]
                assert got == meant, file["path"]
                assert json.loads(drift or "[]") == part["drift"], file["path"]


def test_the_faults_received_are_the_planted_ones(world: World, received: Settings) -> None:
    planted = Counter((f["file"], f["sheet"] or "", f["row"], f["column"], f["code"]) for f in world.truth["faults"])
    columns = "file_name, sheet, row_number, column_name, code"
    rows = lake(received, "rejected", columns) + lake(received, "issues", columns)
    found = Counter((*place, None if code in OF_THE_ROW else column, code) for *place, column, code in rows)
    assert sorted(map(str, planted - found)) == [] and sorted(map(str, found - planted)) == []


def shown(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return normalize("NFKC", value) if isinstance(value, str) else value


@pytest.mark.parametrize("table_id", sorted(load_contracts().keys() - ELSEWHERE))
def test_every_value_is_received_as_drawn(world: World, received: Settings, table_id: str) -> None:
    contract = load_contracts()[table_id]
    aside = {column.name for column in contract.columns if column.personal} | {"county_name", "file"}
    names = [name for name in contract.typed() if name in world.truth[table_id]["columns"] and name not in aside]
    assert len(names) >= 3
    typed = {
        tuple(row[:3]): dict(zip(names, row[3:], strict=True))
        for row in lake(received, f"typed/{table_id}", ", ".join(["file_name", "sheet", "row_number", *names]))
    }
    rows = world.rows(table_id)
    replaced = [f for f in world.truth["faults"] if f["table_id"] == table_id and f["code"] == "DUPLICATE_KEY"]
    assert len(typed) == len(rows) + len(replaced)
    for row in rows:
        got = typed[row["file"], row["sheet"], row["row"]]
        for name in names:
            value = got[name]
            if name == "county_code" and (row[name] is None or str(value).endswith(UNPLACED)):
                continue  # a farm's code says no county
            meant = Decimal(row[name]) if isinstance(value, Decimal) and row[name] is not None else row[name]
            assert shown(value) == shown(meant), (row["file"], row["row"], name)


def test_the_cast_has_all_kinds_and_all_look_alikes(world: World) -> None:
    cast = {one["slug"]: one for one in world.rows("planted")}
    assert {kind for one in cast.values() if one["is_shell"] for kind in one["kinds"]} == {1, 2, 3, 4, 5, 6}
    assert {rule for one in cast.values() for rule in one["rules"]} == {f"K{number:02d}" for number in range(1, 14)}
    assert cast.keys() >= {
        "newly_founded", "suspended", "union", "withheld", "seasonal", "late_report_only", "inspected_and_cleared",
        "off_the_newest_list", "reports_never_delivered", "two_signals_one_fact",
    }
    for one in cast.values():
        assert one["is_shell"] or "疑似空壳" not in one["expected"]
    by_code = {one["credit_code"]: one for one in cast.values()}
    assert len(by_code) == len(cast) == 33


def test_what_the_cast_does_stands_in_the_files(world: World) -> None:
    code = {one["slug"]: one["credit_code"] for one in world.rows("planted")}
    reports = {(row["credit_code"], row["report_year"]): row for row in world.rows("gsxt.annual_report")}
    listed = {
        month: {row["credit_code"] for row in world.rows("gsxt.abnormal_listing") if month in row["dated"][:7]}
        for month in ("2024-05", "2024-06", "2024-07")
    }
    assert (code["silent_and_small"], 2022) not in reports and (code["silent_and_small"], 2023) not in reports
    assert reports[code["withheld"], 2023]["revenue"] is None
    assert reports[code["withheld"], 2023]["revenue_is_public"] is False
    assert code["off_the_newest_list"] in listed["2024-05"] & listed["2024-06"] - listed["2024-07"]
    assert not {row["county_code"] for row in reports.values()} & {"150304"}  # the county that never sends any
    idle = {row["credit_code"] for row in world.rows("statements") if row["case"] == "idle" and row["fiscal_year"] == 2023}
    assert {code["idle_two_years"], code["suspended"], code["inspected_and_cleared"]} <= idle
    traded = {row["credit_code"] for row in world.rows("member_accounts") if Decimal(row["trade"]) > 0}
    assert code["idle_two_years"] not in traded and code["seasonal"] in traded
    stands = {row["credit_code"]: row["conclusion"] for row in world.rows("inspection.coop")}
    assert stands[code["closed_twice"]] == "休眠社" and stands[code["inspected_and_cleared"]] == "正常"
    phones: dict[str, set[str]] = {}
    for row in world.rows("direct_report.entity"):
        phones.setdefault(row["phone"], set()).add(row["credit_code"])
    assert {code["award_taken"], code["paper_sister_1"], code["paper_sister_2"]} in phones.values()


def test_the_programme_and_its_people_have_every_case(world: World) -> None:
    awards = world.rows("programme.award")
    assert {row["case"] for row in awards} >= {
        "good", "over_cap", "short_notice", "unpaid", "unflagged", "not_updated", "by_transfer", "norms", "cancelled",
        "national_day_short", "national_day_edge", "national_day_enough", "excluded", "no_match",
    }
    assert {row["part"] for row in world.rows("advisor.directory")} >= {"diligent", "few_entities", "few_visits"}
    quarter = Counter(
        row["advisor_name"] for row in world.rows("advisor.visit")
        if row["mode"] == "上门" and "2024-04-01" <= row["served_on"] <= "2024-06-30"
    )
    parts = {row["advisor_name"]: row["part"] for row in world.rows("advisor.directory")}
    for name, part in parts.items():
        if part in ("exactly", "few_visits", "by_telephone"):
            assert quarter[name] == {"exactly": 3, "few_visits": 2, "by_telephone": 0}[part]
    served: dict[str, set[str]] = {}
    for row in world.rows("advisor.visit"):
        if row["served_on"] >= "2024-01-01":
            served.setdefault(row["advisor_name"], set()).add(row["entity_name"])
    for name, part in parts.items():
        if part in ("exactly", "few_entities"):
            assert len(served[name]) == {"exactly": 10, "few_entities": 9}[part]
    villages = Counter((row["county_code"], row["month"]) for row in world.rows("village.monthly"))
    assert villages["150302", "2024-07-01"] < villages["150302", "2024-06-01"]


def test_a_county_that_sent_nothing_keeps_its_last_delivery(world: World) -> None:
    states = {
        (one["scope"], one["month"]): one["state"]
        for one in world.truth["deliveries"] if one["table_id"] == "direct_report.entity"
    }
    assert states["150304|农民合作社", "2024-07-01"] == "过期"
    assert states["150302|农民合作社", "2024-07-01"] == "月后导出"
    assert states["150302|农民合作社", "2024-06-01"] == "当期"


def test_another_prefecture_and_one_month(tmp_path: Path) -> None:
    other = World(tmp_path, prefecture="150600", coops=30, farms=40, months=1)
    assert {row["county_code"][:4] for row in other.rows("advisor.directory")} == {"1506"}
    assert len({row["slug"] for row in other.rows("planted")}) == 33
