"""The shell suite: which rows fire, that all of them are stored, and that nothing fails in silence."""

from __future__ import annotations

import csv
import operator
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from expectations import JudgeError
from expectations.suites import Check, Suite
from tests.judge_bench import AS_OF, RULES, SINCE, Bench

SHIPPED = Path(__file__).resolve().parents[1] / "dbt" / "seeds" / "policy" / "shell_rule.csv"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_each_rule_fires_below_and_not_at_its_boundary(bench: Bench) -> None:
    bench.rules(*RULES)
    bench.indicators(
        ("A-farmer", 0, 5, None, "0.800000"),           # exactly lawful in every respect
        ("B-none", 1, 5, None, "0.000000"),             # no farmer
        ("C-four", 0, 4, None, "1.000000"),
        ("D-short", 0, 125, None, "0.799999"),          # one millionth short of 80 %
        ("E-union-two", None, None, 2, None),
        ("F-union-three", None, None, 3, None),
        ("G-zero", 0, 0, None, "0.800001"),
    )
    result = bench.judge()
    assert bench.fired() == [
        ("B-none", "K01", Decimal("1.000000")),
        ("B-none", "K03", Decimal("0.000000")),
        ("C-four", "K02", Decimal("4.000000")),
        ("D-short", "K03", Decimal("0.799999")),
        ("E-union-two", "K02", Decimal("2.000000")),
        ("G-zero", "K02", Decimal("0.000000")),
    ]
    assert result.flags == {"K01": 1, "K02": 3, "K03": 2}
    assert (result.as_of, result.fired) == (AS_OF, 6)


@pytest.mark.parametrize(("comparison", "holds"), [
    ("<", operator.lt), ("<=", operator.le), (">", operator.gt), (">=", operator.ge), ("=", operator.eq)])
@pytest.mark.parametrize(("column", "threshold", "step"), [
    ("k02_members", Decimal(7), Decimal(1)), ("k03_farmer_share", Decimal("0.3"), Decimal("0.000001"))])
def test_a_rule_fires_exactly_where_its_comparison_holds(
    bench: Bench, comparison: str, holds, column: str, threshold: Decimal, step: Decimal,
) -> None:
    bench.rules(("K99", column, comparison, str(threshold), SINCE, None))
    values = [threshold - step, threshold, threshold + step, None]
    bench.sql(f"insert into shell_indicator (credit_code, {column}) values (?, ?)",
              [(f"C{n}", value) for n, value in enumerate(values)])
    bench.judge()
    expected = [(f"C{n}", "K99", value) for n, value in enumerate(values)
                if value is not None and holds(value, threshold)]
    assert bench.fired() == expected
    assert expected


# Values at and around each shipped rule's threshold, from spec 3.1: those that must not fire, those that must.
BOUNDS = {
    "k01_no_farmer": (["0"], ["1"]),
    "k02_members": (["5", "6"], ["4", "0"]),
    "k02_union_members": (["3", "4"], ["2", "0"]),
    "k03_farmer_share": (["0.8", "0.800001", "1"], ["0.799999", "0"]),
    "k04_shared_share": (["0", "0.499999"], ["0.5", "1"]),
    "k05_idle_years": (["0", "1"], ["2", "3"]),
    "k06_missing_years": (["0", "1"], ["2", "3"]),
    "k07_listed_months": (["0", "23"], ["24", "25"]),
    "k08_unreachable": (["0"], ["1"]),
    "k09_stopped": (["0"], ["1"]),
    "k10_idle_after_award": (["0"], ["1"]),
    "k11_group_others": (["0", "1"], ["2", "3"]),
    "k12_complaint": (["0"], ["1"]),
    "k13_illegal_finance": (["0"], ["1"]),
}


def test_the_shipped_rules_fire_from_their_thresholds_on_and_not_before(bench: Bench) -> None:
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        rules = list(csv.DictReader(lines))
    assert [rule["indicator_column"] for rule in rules] == list(BOUNDS)
    bench.rules(*((rule["rule_id"], rule["indicator_column"], rule["comparison"], rule["threshold"],
                   rule["effective_from"], rule["effective_to"] or None) for rule in rules))
    bench.sql("drop table shell_indicator")
    bench.sql("create table shell_indicator (credit_code varchar, "
              + ", ".join(f"{column} decimal(18, 6)" for column in BOUNDS) + ")")
    for column, (quiet, fires) in BOUNDS.items():
        bench.sql(f"insert into shell_indicator (credit_code, {column}) values (?, ?)",
                  [(f"{column} {value}", value) for value in (*quiet, *fires)])
    bench.judge()
    assert {(code, rule) for code, rule, _ in bench.fired()} == {
        (f"{column} {value}", column[:3].upper()) for column, (_, fires) in BOUNDS.items() for value in fires}


def test_unknown_and_exempt_never_fire(bench: Bench) -> None:
    bench.rules(*RULES, ("K97", "k02_members", ">=", "0", SINCE, None),
                ("K98", "k02_members", "=", "0", SINCE, None))
    bench.indicators(*((f"C{n}", None, None, None, None) for n in range(10)))
    result = bench.judge()
    assert bench.fired() == []
    assert result.flags == {"K01": 0, "K02": 0, "K03": 0, "K97": 0, "K98": 0}


def test_no_cooperative_at_all_gives_no_flag(bench: Bench) -> None:
    bench.rules(*RULES)
    assert bench.judge().fired == 0
    assert bench.fired() == []


def test_only_the_rules_in_force_on_the_day_are_applied(bench: Bench) -> None:
    bench.rules(
        ("OLD", "k02_members", "<", "5", SINCE, date(2024, 7, 30)),
        ("LAST-DAY", "k02_members", "<", "5", SINCE, date(2024, 7, 31)),
        ("FIRST-DAY", "k02_members", "<", "5", date(2024, 7, 31), None),
        ("LATER", "k02_members", "<", "5", date(2024, 8, 1), None),
    )
    bench.indicators(("C1", None, 4, None, None))
    result = bench.judge()
    assert [row[1] for row in bench.fired()] == ["FIRST-DAY", "LAST-DAY"]
    assert set(result.flags) == {"FIRST-DAY", "LAST-DAY"}


def test_a_region_s_own_row_stands_in_its_counties_alone(bench: Bench) -> None:
    bench.rules(("K02", "k02_members", "<", "5", SINCE, None))
    bench.sql("insert into shell_rule values ('K02', 'k02_members', '<', 3, '2019-02-01', null, '150300')")
    bench.sql("insert into shell_rule_county values ('150302', 'K02', 'k02_members', '<', 3), "
              "('150303', 'K02', 'k02_members', '<', 3), ('150602', 'K02', 'k02_members', '<', 5)")
    bench.sql("alter table shell_indicator add column county_code varchar")
    bench.sql("insert into shell_indicator (credit_code, k02_members, county_code) values ('A', 4, '150302'), "
              "('B', 2, '150303'), ('C', 4, '150602'), ('D', null, '150602')")
    result = bench.judge()
    assert bench.fired() == [("B", "K02", Decimal(2)), ("C", "K02", Decimal(4))]
    assert result.flags == {"K02": 2}


def test_all_of_5000_flags_are_stored_and_equal_plain_sql(bench: Bench) -> None:
    bench.rules(*RULES)
    # 5,000 with three members; around them every kind of neighbour
    bench.sql("insert into shell_indicator select 'F' || i, 0, 3, null, 0.9 from range(5000) t(i)")
    bench.sql("insert into shell_indicator select 'N' || i, case when i % 3 = 0 then null else i % 2 end, "
              "case when i % 5 > 0 then i % 11 end, case when i % 5 = 0 then i % 7 end, "
              "case when i % 4 > 0 then cast(i % 1001 as decimal(18, 6)) / 1000 end from range(3000) t(i)")
    result = bench.judge()
    plain = bench.sql("""
        with i as (from shell_indicator)
        select credit_code, 'K01', cast(k01_no_farmer as decimal(18, 6)) from i where k01_no_farmer > 0
        union all select credit_code, 'K02', k02_members from i where k02_members < 5
        union all select credit_code, 'K02', k02_union_members from i where k02_union_members < 3
        union all select credit_code, 'K03', k03_farmer_share from i where k03_farmer_share * 5 < 4
        order by all""")
    assert bench.fired() == plain
    assert result.fired == len(plain) > 5000
    assert sum(code.startswith("F") and rule == "K02" for code, rule, _ in plain) == 5000


def test_a_missing_indicator_ends_the_run_and_leaves_the_flags_alone(bench: Bench) -> None:
    bench.rules(*RULES)
    bench.indicators(("C1", 1, 3, None, "0.5"))
    bench.judge()
    before = bench.fired_file.read_bytes()
    bench.rules(("K04", "k04_shared_members", ">=", "0.5", SINCE, None))
    with pytest.raises(JudgeError, match="K04:k04_shared_members") as raised:
        bench.judge()
    assert "未能执行" in str(raised.value)
    assert bench.fired_file.read_bytes() == before


def test_an_indicator_that_cannot_be_compared_ends_the_run(bench: Bench) -> None:
    bench.sql("alter table shell_indicator add column k05_text varchar")
    bench.sql("insert into shell_indicator (credit_code, k05_text) values ('C1', '无')")
    bench.rules(("K05", "k05_text", "<", "1", SINCE, None))
    with pytest.raises(JudgeError, match="K05:k05_text"):
        bench.judge()


def test_an_unknown_comparison_is_refused(bench: Bench) -> None:
    bench.rules(("K01", "k01_no_farmer", "<>", "0", SINCE, None))
    with pytest.raises(JudgeError, match="比较符“<>”无效"):
        bench.judge()


def test_a_threshold_beyond_the_engine_s_precision_is_refused(bench: Bench) -> None:
    bench.rules(("K01", "k02_members", "<", "123456789012.345678", SINCE, None))
    with pytest.raises(JudgeError, match="位数"):
        bench.judge()


def test_one_cooperative_cannot_have_a_flag_twice(bench: Bench) -> None:
    bench.rules(*RULES)
    bench.indicators(("C1", 0, 4, 2, "0.9"))   # ordinary and 联合社 at once
    with pytest.raises(JudgeError, match="K02 对合作社 C1"):
        bench.judge()


def test_a_missing_table_is_named(bench: Bench) -> None:
    check = Check(kind="not_null", columns=("id",))
    suite = Suite(name="x", table="asof_nowhere", key=("id",), checks=(check,))
    with pytest.raises(JudgeError, match="asof_nowhere"):
        bench.judge(suite)


def test_the_same_rows_give_the_same_bytes(bench: Bench) -> None:
    bench.rules(*RULES)
    bench.sql("insert into shell_indicator select 'C' || i, i % 2, i % 9, null, 0.5 from range(4000) t(i)")
    suite = Suite(name="shell_indicator", table="shell_indicator", key=("credit_code",),
                  checks=(Check(kind="between", columns=("k02_members",), minimum=Decimal(5)),))
    bench.judge(suite)
    first = (bench.fired_file.read_bytes(), bench.result_file.read_bytes())
    bench.judge(suite)
    assert (bench.fired_file.read_bytes(), bench.result_file.read_bytes()) == first


def test_the_file_is_free_afterwards_even_when_the_judge_failed(bench: Bench) -> None:
    bench.rules(*RULES)
    bench.judge()
    bench.sql("create table written_after_a_run (x integer)")       # opens for writing
    bench.rules(("K04", "nowhere", "<", "1", SINCE, None))
    with pytest.raises(JudgeError):
        bench.judge()
    bench.sql("create table written_after_a_failure (x integer)")


def test_the_judge_opens_no_connection_and_says_nothing(bench: Bench) -> None:
    """In a process of its own, so that the import of the library counts too."""
    bench.rules(*RULES)
    bench.indicators(("C1", 1, 3, None, "0.5"))
    program = (
        "import socket, sys\n"
        "from pathlib import Path\n"
        "def refuse(*a, **k):\n"
        "    print('CONNECTION', a, file=sys.stderr)\n"
        "    raise AssertionError('no network')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.create_connection = refuse\n"
        "socket.getaddrinfo = socket.gethostbyname = socket.socket.sendto = refuse\n"
        "from expectations import run_judge\n"
        "print(run_judge(Path(sys.argv[1]), Path(sys.argv[2]), suites=()).fired)\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GX_")}
    done = subprocess.run([sys.executable, "-c", program, str(bench.build), str(bench.lake)],
                          capture_output=True, text=True, timeout=120, check=False, env=clean)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "3\n"
    assert "CONNECTION" not in done.stderr
    assert "Calculating Metrics" not in done.stderr   # the progress bar
