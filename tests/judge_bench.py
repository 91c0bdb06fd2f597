"""A build file written by hand, and the judge over it: what the tests of `expectations` stand on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.lake import OPEN_BOOKS, RUN_CONTEXT, write_rows
from expectations import JudgeResult, run_judge
from expectations.suites import Suite

AS_OF = date(2024, 7, 31)
SINCE = date(2019, 2, 1)
RULES = (   # rule_id, indicator_column, comparison, threshold, effective_from, effective_to
    ("K01", "k01_no_farmer", ">", "0", SINCE, None),
    ("K02", "k02_members", "<", "5", SINCE, None),
    ("K02", "k02_union_members", "<", "3", SINCE, None),
    ("K03", "k03_farmer_share", "<", "0.8", SINCE, None),
)


class Bench:
    """A build file and a lake for one test."""

    def __init__(self, home: Path) -> None:
        self.build = home / "build.duckdb"
        self.lake = home / "lake"
        for name in ("shell_fired", "expectation_result", "expectation_county", "screened", "blocked_delivery"):
            (self.lake / "judged" / name).mkdir(parents=True)
        write_rows(self.lake / "run_context" / "run_context.parquet", RUN_CONTEXT,
                   [(AS_OF.replace(day=1), AS_OF, "0.1.0", None, "150300", *OPEN_BOOKS, 0)])
        self.sql("create table shell_rule (rule_id varchar, indicator_column varchar, comparison varchar, "
                 "threshold decimal(18, 6), effective_from date, effective_to date, region_code varchar default '000000')")
        self.sql("create table shell_rule_county (county_code varchar, rule_id varchar, indicator_column varchar, "
                 "comparison varchar, threshold decimal(18, 6))")
        self.sql("create table shell_indicator (credit_code varchar, k01_no_farmer integer, "
                 "k02_members bigint, k02_union_members bigint, k03_farmer_share decimal(18, 6))")

    def sql(self, statement: str, rows: Iterable[tuple] | None = None) -> list[tuple]:
        """Runs one statement for writing (once a row where rows are given), and closes the file again."""
        with closing(duckdb.connect(str(self.build))) as con:
            if rows is not None:
                con.executemany(statement, list(rows))
                return []
            return con.execute(statement).fetchall()

    def rules(self, *rules: tuple) -> None:
        self.sql("insert into shell_rule (rule_id, indicator_column, comparison, threshold, effective_from, effective_to) "
                 "values (?, ?, ?, ?, ?, ?)", rules)

    def indicators(self, *rows: tuple) -> None:
        self.sql("insert into shell_indicator values (?, ?, ?, ?, ?)", rows)

    def judge(self, *suites: Suite) -> JudgeResult:
        return run_judge(self.build, self.lake, suites=suites)

    def fired(self) -> list[tuple]:
        return self.sql(f"select credit_code, rule_id, value from '{self.fired_file}' order by all")

    @property
    def fired_file(self) -> Path:
        return self.lake / "judged" / "shell_fired" / "fired.parquet"

    @property
    def result_file(self) -> Path:
        return self.lake / "judged" / "expectation_result" / "result.parquet"
