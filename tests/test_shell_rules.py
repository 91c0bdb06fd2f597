"""The thirteen shell rules over the simulated prefecture: the planted cast, and a naive recomputation, rule by rule."""

from __future__ import annotations

import csv
import re
from collections import Counter
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import House
from oracle.naive_shell import FAMILY, KIND, Judge

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2024, 7, 31)
DECISIVE_KINDS = {"K01", "K05", "K09", "K13"}
Table = list[dict[str, Any]]


def table(house: House, query: str) -> Table:
    with closing(duckdb.connect(str(house.home / "warehouse" / "build.duckdb"), read_only=True)) as con:
        found = con.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, line, strict=True)) for line in found.fetchall()]


@pytest.fixture(scope="module")
def flags(demo: House) -> Table:
    return table(demo, "select * from shell_flag")


@pytest.fixture(scope="module")
def statuses(demo: House) -> dict[str, dict]:
    return {row["credit_code"]: row for row in table(demo, "select * from shell_status")}


def test_every_planted_shell_is_found_and_no_look_alike_is_suspected(
    demo: House, flags: Table, statuses: dict[str, dict], capsys: pytest.CaptureFixture[str],
) -> None:
    part = demo.truth["planted"]
    cast = [dict(zip(part["columns"], row, strict=True)) for row in part["rows"]]
    fired = {one["credit_code"]: {f["rule_id"] for f in flags if f["credit_code"] == one["credit_code"]
                                  and f["outcome"] == "fired"} for one in cast}
    confusion = Counter(("空壳社" if one["is_shell"] else "相似而非", statuses[one["credit_code"]]["status"]) for one in cast)
    words = sorted({status for _, status in confusion})
    with capsys.disabled():
        print("\n" + "\t".join(["", *words]))
        for kind in ("空壳社", "相似而非"):
            print("\t".join([kind, *(str(confusion[kind, word]) for word in words)]))
    assert {kind for one in cast if one["is_shell"] for kind in one["kinds"]} == {1, 2, 3, 4, 5, 6}
    assert sum(not one["is_shell"] for one in cast) >= 10
    for one in cast:
        assert fired[one["credit_code"]] == set(one["rules"]), one["slug"]
        assert statuses[one["credit_code"]]["status"] in one["expected"], one["slug"]
    assert confusion["相似而非", "疑似空壳"] == confusion["相似而非", "确认"] == 0
    decisive = [one for one in cast if one["is_shell"] and DECISIVE_KINDS & set(one["rules"])]
    assert len(decisive) >= 8
    assert all(statuses[one["credit_code"]]["status"] in ("疑似空壳", "确认") for one in decisive)


@pytest.fixture(scope="module")
def recomputed(demo: House) -> tuple[dict[str, dict], dict[str, str]]:
    coops = table(demo, "select * from cooperative where in_force")
    judge = Judge(demo.home / "lake", coops, AS_OF)
    found = {coop["key"]: judge.rules(coop) for coop in coops}
    return found, {coop["key"]: judge.status(coop, found[coop["key"]]) for coop in coops}


@pytest.mark.parametrize("rule", sorted(KIND))
def test_the_flags_equal_an_independent_recomputation(rule: str, flags: Table, recomputed: tuple) -> None:
    expected = {code: (told[rule][0], told[rule][1] if told[rule][0] == "fired" else None,
                       told[rule][2] if told[rule][0] == "fired" else None)
                for code, told in recomputed[0].items() if told[rule][0] != "clear"}
    found = {f["credit_code"]: (f["outcome"], f["value"], f["evidence_date"] if f["outcome"] == "fired" else None)
             for f in flags if f["rule_id"] == rule}
    assert any(outcome == "fired" for outcome, _, _ in expected.values())
    assert found == expected


# Spec 3.1 and rulings 6.3.2: whom each rule spares. The demo holds one of each, so that a rule which forgets one is seen.
SPARED = {
    "K01": {"联合社"}, "K03": {"联合社"}, "K04": {"联合社"}, "K05": {"成立未满", "登记歇业"}, "K06": {"成立未满", "登记歇业"},
    "K07": {"成立未满", "未见于最新名录"}, "K08": {"未见于最新名录"}, "K09": {"登记歇业"},
}


def test_each_rule_spares_whom_it_must_and_weighs_what_it_should(flags: Table) -> None:
    spared = {(flag["rule_id"], flag["reason"]) for flag in flags if flag["outcome"] == "exempt"}
    assert {rule: {word for word in set().union(*SPARED.values()) for own, reason in spared if own == rule and word in reason}
            for rule, _ in spared} == SPARED
    assert len(spared) == sum(len(words) for words in SPARED.values())
    fired = {flag["rule_id"]: (flag["weight"], flag["family"], flag["kind"]) for flag in flags if flag["outcome"] == "fired"}
    assert fired == {rule: ("decisive" if rule in DECISIVE_KINDS else "signal", FAMILY[rule], KIND[rule]) for rule in KIND}


def test_the_registry_names_every_parameter_that_the_rules_read() -> None:
    models = ROOT / "dbt" / "models"
    texts = [path.read_text(encoding="utf-8") for path in (
        *(models / "marts" / "shell").glob("*.sql"), models / "core" / "annual_report_year.sql", models / "core" / "run_month.sql")]
    read = {name for text in texts for call in re.findall(r"(?:county_policies|national_policy)\(([^)]*)\)", text)
            for name in re.findall(r"'(\w+)'", call)}
    with (ROOT / "dbt" / "seeds" / "policy" / "measure_registry.csv").open(encoding="utf-8", newline="") as lines:
        (row,) = (row for row in csv.DictReader(lines) if row["measure_id"] == "shell_status")
    assert len(read) >= 9
    assert set(row["policy_ids"].split()) == read


def test_the_statuses_equal_an_independent_recomputation(statuses: dict[str, dict], recomputed: tuple) -> None:
    found, status = recomputed
    expected = {}
    for code, told in found.items():
        outcomes = Counter(outcome for outcome, _, _ in told.values())
        kinds = ",".join(str(k) for k in sorted({KIND[rule] for rule, one in told.items() if one[0] == "fired"}))
        expected[code] = (status[code], kinds or None, outcomes["fired"] + outcomes["clear"], outcomes["unknown"],
                          outcomes["exempt"], outcomes["fired"])
    names = ("status", "kinds", "rules_evaluated", "rules_unknown", "rules_exempt", "rules_fired")
    assert {code: tuple(row[name] for name in names) for code, row in statuses.items()} == expected
    assert {"疑似空壳", "关注", "正常", "确认", "排除", "整改中"} <= set(status.values())


def test_every_fired_flag_has_a_sentence_its_values_and_its_rows(demo: House, flags: Table) -> None:
    import json

    evidence = Counter((row["credit_code"], row["rule_id"]) for row in table(demo, "select * from shell_evidence"))
    fired = [flag for flag in flags if flag["outcome"] == "fired"]
    for flag in fired:
        values = json.loads(flag["parameters"])
        text = flag["sentence"].format(**values)
        assert "{" not in text and len(text) > 10 and flag["reason"] is None
        assert flag["file_name"] and flag["first_row"] and flag["basis"] and isinstance(flag["value"], Decimal)
        assert flag["evidence_date"] <= AS_OF
    assert evidence.keys() == {(flag["credit_code"], flag["rule_id"]) for flag in fired}
    for flag in flags:
        assert flag["outcome"] == "fired" or (flag["reason"] and flag["value"] is None and flag["parameters"] is None)


def test_no_published_edition_shows_what_ties_a_group(demo: House) -> None:
    with demo.warehouse() as con:
        tables = {name for (name,) in con.execute("select distinct table_name from duckdb_columns()").fetchall()}
    assert {"shell_flag", "shell_status", "shell_evidence"} <= tables
    assert not tables & {"shell_tie", "shell_subject", "shell_indicator", "shell_tie_shown"}
