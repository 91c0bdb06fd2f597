"""The data-quality suites: what each kind of expectation finds; contracts and YAML name real columns."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from dagster_project.lake import EXPECTATION_RESULT
from dagster_project.receive.contracts import Column, Contract, Type, load_contracts
from expectations import Finding, JudgeError, Site, Words, judged_tables, run_judge
from expectations.runner import Verdict, failures_of
from expectations.suites import Check, Suite, asof_table, load_suites, source_suite
from tests.judge_bench import RULES, Bench

MODELS = Path(__file__).resolve().parents[1] / "dbt" / "models"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def judged(bench: Bench, *checks: Check, key: tuple[str, ...] = ("id",)) -> dict[str, Finding]:
    result = bench.judge(Suite(name="t", table="t", key=key, checks=checks))
    return {finding.expectation: finding for finding in result.results}


def counts(finding: Finding) -> tuple[int, int, bool]:
    return finding.evaluated, finding.failed, finding.success


def test_what_each_kind_finds(bench: Bench) -> None:
    bench.sql("""create table t as from (values
        ('a', 'x',  1,    date '2024-01-01', date '2024-01-01', '甲'),
        ('b', 'x',  2,    date '2024-01-02', date '2024-01-01', '乙'),
        ('c', null, 3,    date '2024-01-01', null,              null),
        ('d', null, null, null,              date '2024-01-01', '丙''s'),
        ('e', 'y',  5,    null,              null,              '甲')
        ) v(id, code, n, started, ended, word)""")
    found = judged(
        bench,
        Check(kind="unique", columns=("code",)), Check(kind="not_null", columns=("code",)),
        Check(kind="between", columns=("n",), minimum=Decimal(2), maximum=Decimal(3)),
        Check(kind="between", id="strictly", columns=("n",), minimum=Decimal(2), strict=True),
        Check(kind="in_set", columns=("word",), values=("甲", "丙's")),
        Check(kind="not_in_set", columns=("n",), values=(Decimal(2), Decimal(5))),
        Check(kind="ordered", columns=("started", "ended")),
        Check(kind="rows", id="sum", columns=("n",), unexpected="n + 1 > 3", severity="warn"),
        Check(kind="unique", id="pair", columns=("code", "ended")),
    )
    assert {name: counts(finding) for name, finding in found.items()} == {
        "code_unique": (3, 2, False), "code_not_null": (5, 2, False),
        "n_between": (4, 2, False), "strictly": (4, 2, False),
        "word_in_set": (4, 1, False), "n_not_in_set": (4, 2, False),
        "started_ended_ordered": (2, 1, False), "sum": (5, 2, False),
        "pair": (5, 2, False),
    }
    assert {name: finding.sample for name, finding in found.items()} == {
        "code_unique": ("a", "b"), "code_not_null": ("c", "d"),
        "n_between": ("a", "e"), "strictly": ("a", "b"),
        "word_in_set": ("b",), "n_not_in_set": ("b", "e"),
        "started_ended_ordered": ("b",), "sum": ("c", "e"), "pair": ("a", "b"),
    }
    assert {finding.blocking for name, finding in found.items() if name != "sum"} == {True}
    assert not found["sum"].blocking


def test_a_large_failure_is_counted_whole_and_sampled_in_order(bench: Bench) -> None:
    bench.sql("create table t as select lpad(cast(i as varchar), 5, '0') as id, i as n from range(7000) t(i)")
    found = judged(bench, Check(kind="between", columns=("n",), minimum=Decimal(6500)))["n_between"]
    assert counts(found) == (7000, 6500, False)
    assert found.sample == ("00000", "00001", "00002", "00003", "00004")


def test_personal_columns_give_counts_only(bench: Bench) -> None:
    bench.sql("create table t as from (values ('张某某', null), ('李某某', 'x')) v(id, phone)")
    found = judged(bench, Check(kind="not_null", columns=("phone",), personal=True))["phone_not_null"]
    assert counts(found) == (2, 1, False)
    assert found.sample == ()
    assert "张某某".encode() not in bench.result_file.read_bytes()


def test_the_pages_open_offline_and_hold_no_value(bench: Bench, tmp_path: Path) -> None:
    bench.sql("create table t as from (values ('张某某', null, 1), ('李某某', 'x', -2)) v(id, phone, n)")
    site = Site(tmp_path / "docs", Words({"t": "样例表"}, {}))
    site.start()
    checks = (Check(kind="not_null", columns=("phone",), personal=True), Check(kind="unique", columns=("id",)),
              Check(kind="in_set", columns=("id",), values=("王某某",)),
              Check(kind="rows", id="r", columns=("id",), unexpected="n < 0"),
              Check(kind="between", columns=("n",), minimum=Decimal(0)))
    bench.rules(*RULES)
    bench.indicators(("A", 1, 3, None, "0.9"))
    run_judge(bench.build, bench.lake, suites=[Suite(name="t", table="t", key=("id",), checks=checks)], site=site)
    pages = {path.name: path.read_text(encoding="utf-8") for path in site.folder.iterdir()}
    assert "样例表" in pages["index.html"] and 'href="t.html"' in pages["index.html"]
    assert "phone" in pages["t.html"] and "50%" in pages["t.html"] and "样例表（t）" in pages["t.html"]
    assert "</td><td>5</td><td><i class=\"fa-times\"></i> 4</td>" in pages["index.html"]      # id is unique, the rest fail
    assert "待核查线索，不作为处理依据（shell）</a></td><td>4</td><td><i class=\"fa-times\"></i> 2</td>" in pages["index.html"]
    for page in pages.values():
        assert not re.search(r"""<script|<iframe|<img|<link|https?:|(?:src|href)=["'](?://|\.\.)""", page, re.I)
        assert "张某某" not in page and "李某某" not in page


def test_an_empty_table_passes_with_nothing_evaluated(bench: Bench) -> None:
    bench.sql("create table t (id varchar, n integer, w varchar)")
    found = judged(
        bench, Check(kind="unique", columns=("id",)), Check(kind="not_null", columns=("n",)),
        Check(kind="in_set", columns=("w",), values=("a",)), Check(kind="ordered", columns=("n", "n")),
        Check(kind="rows", id="r", columns=("n",), unexpected="n > 0"),
        Check(kind="unique", columns=("id", "n")))
    assert {counts(finding) for finding in found.values()} == {(0, 0, True)}
    assert len(found) == 6


def test_results_are_written_as_every_reader_expects(bench: Bench) -> None:
    bench.sql("create table t as from (values ('a', 1), ('b', null)) v(id, n)")
    judged(bench, Check(kind="not_null", columns=("n",), severity="warn"),
           Check(kind="unique", columns=("id",)))
    described = bench.sql(f"describe from '{bench.result_file}'")
    assert [(row[0], row[1]) for row in described] == list(EXPECTATION_RESULT.items())
    rows = bench.sql(f"from '{bench.result_file}' order by expectation")
    assert [(*row[:-1], json.loads(row[-1])) for row in rows] == [
        ("t", "t", "id_unique", "id", "error", 2, 0, True, True, []),
        ("t", "t", "n_not_null", "n", "warn", 2, 1, False, False, ["b"]),
    ]


@pytest.mark.parametrize("check", [
    Check(kind="not_null", columns=("gone",)), Check(kind="unique", columns=("gone",)),
    Check(kind="unique", columns=("id", "gone")), Check(kind="in_set", columns=("gone",), values=("a",)),
    Check(kind="between", columns=("gone",), minimum=Decimal(0)),
    Check(kind="ordered", columns=("id", "gone")),
    Check(kind="rows", id="gone_rows", columns=("id",), unexpected="gone > 1"),
    Check(kind="rows", id="broken_rows", columns=("id",), unexpected="cast(id as integer) > 1"),
], ids=lambda check: check.name)
def test_an_expectation_that_cannot_run_ends_the_run(bench: Bench, check: Check) -> None:
    bench.sql("create table t as from (values ('a', 1)) v(id, n)")
    with pytest.raises(JudgeError, match=f"t.{check.name}"):
        judged(bench, Check(kind="not_null", columns=("n",)), check)
    assert not bench.result_file.exists()


def test_a_count_that_its_own_query_does_not_confirm_ends_the_run(bench: Bench) -> None:
    check = Check(kind="not_null", columns=("n",))
    verdict = Verdict(Suite(name="t", table="t", key=("id",), checks=(check,)), check, evaluated=9, failed=3,
                      query="select id, n from (values ('a', 1), ('b', 2)) v(id, n)")
    with duckdb.connect() as con, pytest.raises(JudgeError, match="统计为 3 行，逐行查询为 2 行"):
        failures_of(con, verdict)


def test_conservation_finds_the_sheet_that_lost_a_row(bench: Bench) -> None:
    bench.sql("""create table received_sheet as from (values
        ('h1', 'a.xlsx', 'S', 'partly', 100, 90, 4, 0, 5, 1, null),
        ('h2', 'b.xlsx', 'S', 'partly', 100, 90, 4, 0, 5, 0, null),
        ('h3', 'c.xlsx', 'S', 'accepted', 100, 100, null, 0, 0, 0, null),
        ('h5', 'e.xlsx', 'S', 'partly', 10, 8, 2, 0, 0, 0, null),
        ('h6', 'f.xlsx', 'S', 'partly', 10, 8, 2, 0, 0, 0, null),
        ('h7', 'g.xlsx', 'S', 'partly', 10, 8, 2, 1, 0, 0, null),
        ('h8', 'h.xlsx', 'S', 'partly', 10, 8, 2, 1, 0, 0, null),
        ('h4', 'd.xlsx', 'S', 'rejected', 0, 0, 0, 0, 0, 0, cast(null as varchar))
        ) v(content_hash, file_name, sheet, outcome, rows_read, accepted, rejected, corrected, out_of_scope,
            ignored, reason)""")
    # e.xlsx: two rejected rows, one with two faults; f.xlsx: one of its two rejected rows is listed nowhere
    # g.xlsx: one of two was corrected; h.xlsx: the corrected one is still listed
    bench.sql("""create table rejected_row as from (values ('h7', 'S', 3), ('h8', 'S', 3), ('h8', 'S', 4),
        ('h5', 'S', 3), ('h5', 'S', 3), ('h5', 'S', 4),
        ('h6', 'S', 3), ('h1', 'S', 3), ('h1', 'S', 4), ('h1', 'S', 5), ('h1', 'S', 6),
        ('h2', 'S', 3), ('h2', 'S', 4), ('h2', 'S', 5), ('h2', 'S', 6)) v(content_hash, sheet, row_number)""")
    suite = next(suite for suite in load_suites() if suite.table == "received_sheet")
    found = {f.expectation: f for f in bench.judge(suite).results}
    assert found["conservation"].sample == ("b.xlsx|S", "c.xlsx|S")   # one row lost; one count unknown
    assert found["conservation"].failed == 2
    assert found["conservation"].blocking
    assert found["refusal_explained"].sample == ("d.xlsx|S",)
    assert found["rejected_rows_listed"].sample == ("c.xlsx|S", "f.xlsx|S", "h.xlsx|S")
    assert {f.expectation for f in found.values() if not f.success} == {
        "conservation", "refusal_explained", "rejected_rows_listed"}


def source_rows(bench: Bench, contract: Contract, rows: list[dict]) -> None:
    columns = contract.typed()
    base = {"content_hash": "h", "file_name": "a.xlsx", "sheet": "S", "snapshot_date": "2024-07-25",
            "received_order": 1, "county_code": "150302", "scope": "150302"}
    for register, code in (("asof_gsxt__registration", "credit_code"), ("asof_farm_directory__farm", "farm_code")):
        if register != asof_table(contract):
            bench.sql(f"create table {register} as from (values ('A', '150302')) v({code}, county_code)")
    bench.sql("create table region as from (values ('150302', 'county'), ('150300', 'prefecture')) "
              "v(region_code, region_level)")
    bench.sql(f"create table {asof_table(contract)} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    for number, row in enumerate(rows, start=2):
        row = base | {"row_number": number} | row
        places = ", ".join("?" * len(row))
        bench.sql(f"insert into {asof_table(contract)} ({', '.join(row)}) values ({places})",
                  [tuple(row.values())])


def suite_of(contract: Contract) -> Suite:
    return next(suite for suite in load_suites() if suite.table == asof_table(contract))


def test_contract_and_suite_file_find_faulty_registrations(bench: Bench) -> None:
    contract = load_contracts()["gsxt.registration"]
    good = {"name": "甲合作社", "founded_on": "2015-01-01", "status": "active"}
    source_rows(bench, contract, [
        good | {"credit_code": "A", "entity_key": "A"},
        good | {"credit_code": "B", "entity_key": "B", "county_code": "999999"},
        good | {"credit_code": "B", "entity_key": "B"},
        good | {"credit_code": "C", "entity_key": "C", "status": "unknown"},
        good | {"credit_code": "D", "entity_key": "D", "status": "存续"},
        good | {"registration_no": "1", "entity_key": "1", "founded_on": None},
        good | {"credit_code": "E", "entity_key": "E", "name": None, "ended_on": "2014-12-31"},
        good | {"credit_code": "F", "entity_key": "F", "received_order": None},
    ])
    failed = {f.expectation: f for f in bench.judge(suite_of(contract)).failed}
    assert {name: (f.failed, f.severity, f.sample) for name, f in failed.items()} == {
        "traceable": (1, "error", ("F|a.xlsx|S|9",)),
        "county_code_known": (1, "error", ("B|a.xlsx|S|3",)),
        "credit_code_unique": (2, "error", ("B|a.xlsx|S|3", "B|a.xlsx|S|4")),
        "status_in_set": (1, "error", ("D|a.xlsx|S|6",)),
        "status_known": (2, "warn", ("C|a.xlsx|S|5", "D|a.xlsx|S|6")),
        "founded_on_not_null": (1, "warn", ("1|a.xlsx|S|7",)),
        "name_not_null": (1, "error", ("E|a.xlsx|S|8",)),
        "founded_on_ended_on_ordered": (1, "warn", ("E|a.xlsx|S|8",)),
    }


def test_rows_that_need_no_county_are_traced_without_one(bench: Bench) -> None:
    """A decision names a file, not a county; without its file or row it cannot be traced either."""
    contract = load_contracts()["office.delivery_decision"]
    good = {"decision": "采用", "decided_by": "甲", "decided_on": "2024-07-20", "county_code": None, "scope": None}
    source_rows(bench, contract, [good | {"file": "a", "entity_key": "a"},
                                  good | {"file": "b", "entity_key": "b", "received_order": None}])
    failed = {f.expectation: f.sample for f in bench.judge(suite_of(contract)).failed if f.severity == "error"}
    assert failed == {"traceable": ("b|a.xlsx|S|3",)}


def test_a_new_contract_needs_no_new_suite(bench: Bench) -> None:
    contract = Contract(
        system="inspection", table="visit", system_title="走访", title="走访", description="d",
        delivery="events",
        key=(("credit_code", "visited_on"),),
        columns=(
            Column(name="credit_code", header="统一社会信用代码", type=Type.credit_code, required=True),
            Column(name="visited_on", header="检查日期", type=Type.date, required=True),
            Column(name="inspector", header="检查人", type=Type.person, personal="name", required=True),
            Column(name="measures", header="处置措施", type=Type.enum, multi=True,
                   values={"限期整改": ("限期整改",), "引导注销": ("引导注销",)}),
            Column(name="households", header="户数", type=Type.integer),
        ))
    row = {"credit_code": "A", "visited_on": "2024-07-01", "inspector": "甲",
           "measures": "限期整改、引导注销"}
    source_rows(bench, contract, [
        row | {"entity_key": "A|1"},
        row | {"entity_key": "A|2", "inspector": None},
        row | {"entity_key": "A|3", "measures": "限期整改、罚款"},
        row | {"entity_key": "A|4", "measures": "其他", "households": -1},
        row | {"entity_key": "A|4", "measures": None, "households": 0},
    ])
    result = bench.judge(source_suite(contract))
    failed = {f.expectation: (f.failed, f.severity, f.sample) for f in result.failed}
    assert failed == {
        "inspector_not_null": (1, "warn", ()),
        "measures_in_set": (1, "error", ("A|3|a.xlsx|S|4",)),
        "measures_known": (2, "warn", ("A|3|a.xlsx|S|4", "A|4|a.xlsx|S|5")),
        "households_between": (1, "warn", ("A|4|a.xlsx|S|5",)),
        "entity_key_unique": (2, "error", ("A|4|a.xlsx|S|5", "A|4|a.xlsx|S|6")),
    }


def test_an_indicator_stands_where_its_rule_was_evaluated_and_nowhere_else(bench: Bench) -> None:
    suite = next(suite for suite in load_suites() if suite.table == "shell_indicator")
    names = sorted({name for check in suite.checks for name in check.columns} - {"credit_code", "county_code"})
    kinds = {"_state": "varchar", "_reason": "varchar"}
    bench.sql("drop table shell_indicator")
    bench.sql("create table shell_indicator (credit_code varchar, county_code varchar, "
              + ", ".join(f"{name} {kinds.get(name[3:], 'decimal(18, 6)')}" for name in names) + ")")
    bench.sql("create table cooperative as select code as key, true as in_force from (values ('A'), ('B'), ('C'), ('D'), "
              "('E')) v(code)")

    def add(code: str, **values: object) -> None:
        row = {"credit_code": code, "county_code": "150302"} | values
        bench.sql(f"insert into shell_indicator ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                  [tuple(row.values())])
    add("A")                                                                          # no rule in force at all
    add("B", k05_state="evaluated", k05_idle_years=0, k06_state="unknown", k06_reason="未收到年度报告")
    add("C", k05_state="evaluated")                                                   # judged without a value
    add("D", k06_state="unknown", k06_missing_years=2, k06_reason="未收到年度报告")     # absence taken for guilt
    add("E", k13_state="exempt", k08_state="evaluated", k08_unreachable=2)            # no reason; neither yes nor no
    assert {finding.expectation: finding.sample for finding in bench.judge(suite).failed} == {
        "k05_null_unless_evaluated": ("C",), "k06_null_unless_evaluated": ("D",), "k13_says_why_not": ("E",),
        "k08_unreachable_between": ("E",)}


def test_incomplete_expectations_are_refused() -> None:
    for wrong in ({"kind": "in_set", "columns": ["a"]}, {"kind": "between", "columns": ["a"]},
                  {"kind": "ordered", "columns": ["a"]},
                  {"kind": "rows", "columns": ["a"], "unexpected": "a > 1"},
                  {"kind": "rows", "columns": ["a"], "id": "x"}, {"kind": "not_null", "columns": ["a", "b"]},
                  {"kind": "not_null", "columns": []}):
        with pytest.raises(ValueError, match=r"incomplete|at least 1"):
            Check(**wrong)
    twice = Check(kind="not_null", columns=("a",))
    with pytest.raises(ValueError, match="share a name"):
        Suite(name="s", table="t", key=("a",), checks=(twice, twice))


def documented() -> dict[str, dict]:
    """Every model that dbt documents, with its columns and tags."""
    models = {}
    for path in MODELS.glob("**/*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            config = model.get("config", {})
            models[model["name"]] = {"columns": {column["name"] for column in model.get("columns", ())},
                                     "after": "after_judgement" in config.get("tags", ()),
                                     "published": config.get("meta", {}).get("published", False)}
    return models


def test_every_suite_names_documented_columns() -> None:
    models, contracts = documented(), {asof_table(c): c for c in load_contracts().values()}
    for suite in load_suites():
        contract = contracts.get(suite.table)
        known = set(contract.typed()) if contract else models[suite.table]["columns"]
        named = set(suite.key).union(*(check.columns for check in suite.checks))
        assert named <= known, f"{suite.table}: {sorted(named - known)}"


def test_every_source_table_and_every_published_table_has_its_suite() -> None:
    assert set(judged_tables("screen")) == {asof_table(contract) for contract in load_contracts().values()}
    published = {name: "audit" if model["after"] else "judge" for name, model in documented().items() if model["published"]}
    stages = {suite.table: suite.stage for suite in load_suites()}
    assert {name: stages.get(name) for name in published} == published
    assert all(suite.checks for suite in load_suites())
