"""What the README tells analysts: the twelve questions answer, the views are documented, `query` reads and does no more."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from conftest import House

from dagster_project.published_views import published_views

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"-- (\d+)\. ([^\n]+)\n(.*?);\n", re.search(r"```sql\n(.*?)```", README, re.DOTALL).group(1), re.DOTALL)
EMPTY_IN_THE_DEMO = {"10"}      # no county of the demo has a minimum of visits in force


def ask(demo: House, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "dagster_project.cli", "query", *arguments], capture_output=True, check=False,
                          env=os.environ | {"COOPLEDGER_HOME": str(demo.home)})


@pytest.fixture(scope="module")
def warehouse(demo: House):
    with closing(duckdb.connect(str(demo.home / "warehouse" / "coopledger.duckdb"), read_only=True)) as con:
        yield con


def test_there_are_twelve_questions() -> None:
    assert [number for number, _, _ in QUERIES] == [str(n) for n in range(1, 13)]


@pytest.mark.parametrize(("number", "sql"), [(number, sql) for number, _, sql in QUERIES])
def test_a_worked_question_answers(warehouse: duckdb.DuckDBPyConnection, number: str, sql: str) -> None:
    rows = warehouse.execute(sql).fetchall()
    assert bool(rows) == (number not in EMPTY_IN_THE_DEMO)


def test_answers_are_those_of_the_tables(warehouse: duckdb.DuckDBPyConnection) -> None:
    sql = {number: text for number, _, text in QUERIES}
    missed = {(row[0], row[1]) for row in warehouse.execute(sql["1"]).fetchall()}
    assert ("乌海市", "家庭农牧场赋码率") in missed and ("海勃湾区", "家庭农牧场赋码率") not in missed
    short = warehouse.execute(sql["5"]).fetchall()
    assert all(returned < base * 6 / 10 and gap > 0 for _, base, returned, gap in short)
    assert len(short) == warehouse.execute("select count(*) from surplus_return where is_current_year and return_status = '未达标'").fetchone()[0]
    cards = warehouse.execute("select count(*), count(distinct credit_code) from cooperative_card").fetchone()
    assert cards[0] == cards[1] == warehouse.execute("select count(*) from cooperative").fetchone()[0]
    assert warehouse.execute("select sum(cooperatives) from shell_by_month").fetchone() == warehouse.execute(
        "select count(*) from shell_status").fetchone()


def test_every_table_view_and_column_has_a_chinese_comment(warehouse: duckdb.DuckDBPyConnection) -> None:
    silent = warehouse.execute("""
        select table_name, column_name from duckdb_columns() where not internal and not regexp_matches(coalesce(comment, ''), '[一-龥]')
        union all select table_name, null from duckdb_tables() where not regexp_matches(coalesce(comment, ''), '[一-龥]')
        union all select view_name, null from duckdb_views() where not internal and not regexp_matches(coalesce(comment, ''), '[一-龥]')
    """).fetchall()
    assert silent == []


def test_the_views_are_those_that_are_documented(warehouse: duckdb.DuckDBPyConnection) -> None:
    found: dict[str, list[str]] = {}
    for view, column in warehouse.execute("select table_name, column_name from duckdb_columns() where table_name in "
                                          "(select view_name from duckdb_views() where not internal) order by column_index").fetchall():
        found.setdefault(view, []).append(column)
    views = published_views(ROOT / "dbt")
    assert found == {view.name: list(view.columns) for view in views} and all(view.name in README for view in views)


def test_query_prints_a_table_and_writes_csv_for_excel(demo: House, tmp_path: Path) -> None:
    sql = "select name, shell_status, stars from cooperative_card order by credit_code limit 3"
    run = ask(demo, sql)
    assert run.returncode == 0 and "共 3 行" in run.stdout.decode() and "shell_status" in run.stdout.decode()
    (tmp_path / "q.sql").write_text(sql, encoding="utf-8")
    run = ask(demo, "--file", str(tmp_path / "q.sql"), "--csv")
    assert run.stdout.startswith(b"\xef\xbb\xbf") and b"\r\n" in run.stdout
    rows = list(csv.reader(io.StringIO(run.stdout.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["name", "shell_status", "stars"] and len(rows) == 4


@pytest.mark.parametrize(("sql", "word"), [
    ("selec 1", "这条查询不能执行"), ("drop table coverage", "这条查询不能执行"), ("select * from read_csv('/etc/passwd')", "这条查询不能执行"),
    ("copy coverage to 'x.csv'", "这条查询不能执行"), ("set enable_external_access = true", "这条查询不能执行"), ("", "请写一条查询"),
])
def test_query_reads_and_does_no_more(demo: House, sql: str, word: str) -> None:
    run = ask(demo, sql)
    assert run.returncode == 2 and word in run.stderr.decode() and not Path("x.csv").exists()


def test_without_a_published_month_there_is_nothing_to_ask(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-m", "dagster_project.cli", "query", "select 1"], capture_output=True, check=False,
                         env=os.environ | {"COOPLEDGER_HOME": str(tmp_path)})
    assert run.returncode == 2 and "请先运行 coopledger run" in run.stderr.decode()
