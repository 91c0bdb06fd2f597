"""2.2 million cooperatives x 13 rules: the judge against one hand-written SQL statement that yields the same flags.

Run by hand: python tests/benchmarks/bench_judge.py [cooperatives]; ends with 1 above 3 times.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from dagster_project.lake import OPEN_BOOKS, RUN_CONTEXT, write_rows  # noqa: E402
from expectations import run_judge  # noqa: E402

LIMIT = 3
ROUNDS = 5
SEED = Path(__file__).resolve().parents[2] / "dbt" / "seeds" / "policy" / "shell_rule.csv"


def make(home: Path, cooperatives: int) -> list[dict[str, str]]:
    """A build file with the shipped rules and indicators of which each rule flags about one in fifty."""
    with SEED.open(encoding="utf-8") as file:
        rules = list(csv.DictReader(file))
    write_rows(home / "lake" / "run_context" / "run_context.parquet", RUN_CONTEXT,
               [(date(2024, 7, 1), date(2024, 7, 31), "0", None, "000000", *OPEN_BOOKS, 0)])
    for name in ("shell_fired", "expectation_result"):
        (home / "lake" / "judged" / name).mkdir(parents=True)
    columns = []
    for number, rule in enumerate(rules):
        far = {"<": f"{rule['threshold']} + 1", ">": rule["threshold"], ">=": f"{rule['threshold']} - 0.5"}[rule["comparison"]]
        near = {"<": f"{rule['threshold']} - 0.5"}.get(rule["comparison"], f"{rule['threshold']} + 1")
        union = f"i % 40 <> 0 and '{rule['population']}' = '联合社' or i % 40 = 0 and '{rule['population']}' = '合作社'"
        columns.append(f"cast(case when {union} or hash(i, {number}) % 5 = 0 then null when hash(i, {number}) % 50 = 1 "
                       f"then {near} else {far} end as decimal(18, 6)) as {rule['indicator_column']}")
    with closing(duckdb.connect(str(home / "build.duckdb"))) as con:
        con.execute(f"create table shell_rule as from read_csv('{SEED}', header = true, types = {{'region_code': 'varchar', "
                    "'effective_from': 'date', 'effective_to': 'date'})")
        con.execute(f"create table shell_indicator as select '93' || lpad(i::varchar, 16, '0') as credit_code, "
                    f"'150302' as county_code, {', '.join(columns)} from range({cooperatives}) t(i)")
    return rules


def by_hand(home: Path, rules: list[dict[str, str]]) -> None:
    """The one statement."""
    parts = " union all ".join(
        f"select credit_code, '{r['rule_id']}' as rule_id, {r['indicator_column']} as value from shell_indicator "
        f"where {r['indicator_column']} {r['comparison']} {r['threshold']}" for r in rules)
    with closing(duckdb.connect(str(home / "build.duckdb"), read_only=True)) as con:
        con.execute(f"copy ({parts} order by credit_code, rule_id) to '{home}/plain.parquet' (format parquet)")


def timed(task: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of processor."""
    clock, processor = time.perf_counter(), time.process_time()
    task()
    return time.perf_counter() - clock, time.process_time() - processor


def main(cooperatives: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rules = make(home, cooperatives)
        import great_expectations  # noqa: F401  - its import is paid once a process, not once a cooperative

        judged, plain = [], []
        for _ in range(ROUNDS):     # in turn: both meet the same load
            plain.append(timed(lambda: by_hand(home, rules)))
            judged.append(timed(lambda: run_judge(home / "build.duckdb", home / "lake", suites=())))
        fired = home / "lake" / "judged" / "shell_fired" / "fired.parquet"
        with duckdb.connect() as con:
            differ = con.execute(f"select count(*) from (from '{fired}' except from '{home}/plain.parquet' "
                                 f"union all (from '{home}/plain.parquet' except from '{fired}'))").fetchall()[0][0]
            flags = con.execute(f"select count(*) from '{fired}'").fetchall()[0][0]
    print(f"{cooperatives} x {len(rules)} rule rows, {flags} flags, {differ} differ")
    ratios = []
    for place, what in enumerate(("clock", "processor")):
        judge, statement = (min(times[place] for times in measured) for measured in (judged, plain))
        ratios.append(judge / statement)
        print(f"{what}: judge {judge:.2f} s, one statement {statement:.2f} s, {judge / statement:.2f} times")
    return int(max(ratios) > LIMIT or differ > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_200_000))
