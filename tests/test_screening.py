"""The screening: a bad delivery holds its own county back, others go on; what no county answers for stops the run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from dbt_lake import Lake, coop
from receive_kit import COOP_1, MEMBER_HEADERS, workbook
from typer.testing import CliRunner

from dagster_project import cli
from dagster_project.lake import prepare, write_earlier_quality, write_rows
from dagster_project.settings import Settings
from dagster_project.summary import as_text
from expectations import JudgeError, Screened, run_screen
from expectations.suites import Check, Suite
from exports import form_17
from exports.reading import Reading
from tests.conftest import coopledger
from tests.forms_warehouse import empty_warehouse, insert
from tests.judge_bench import Bench

REGISTER = "gsxt.registration"
JUNE, JULY = date(2024, 6, 25), date(2024, 7, 25)
BAD, GOOD, ALONE = "150303", "150302", "150304"


def code(county: str, number: int) -> str:
    return f"93{county}{number:010d}"


def coops(county: str, dated: date, numbers: range = range(1, 9), **values: object) -> list[dict]:
    return [coop(code(county, number), county, name=f"{dated.month}月{number}号农民专业合作社", **values) for number in numbers]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("screening"))
    for county in (GOOD, BAD):
        lake.deliver(REGISTER, JUNE, coops(county, JUNE))
    lake.deliver(REGISTER, JULY, coops(GOOD, JULY))
    # one row of eight holds a status that no spelling leads to; the county's ninth cooperative is new
    lake.deliver(REGISTER, JULY, [*coops(BAD, JULY), coop(code(BAD, 9), BAD, status="存续")])
    # the first delivery of a county, bad: nothing to fall back on
    lake.deliver(REGISTER, JULY, coops(ALONE, JULY, range(1, 3), status="存续"))
    people_in_odd_places(lake.settings.inbox)
    return lake


PEOPLE = ("欧阳样例", "赵样例甲", "王样例乙", "乌云样例丙")
NUMBERS = ("150302199001011239", "150302199013011239", "13855550001", "13855550002", "15030219900101123X")


def people_in_odd_places(inbox: Path) -> None:
    """Names and numbers where no column is for them; and a decision that names no county."""
    a, b, c, d = PEOPLE
    identity, broken, phone, other, wrong = NUMBERS
    lines = [[f"成员账户　联系人：{a} {phone}"], [*MEMBER_HEADERS, "身份证号", f"备注（{b}{other}）", "联系信息"],
             [COOP_1, 2023, 1, a, phone, b, 10, broken, f"{c}{phone}", identity],
             [COOP_1, identity, 2, b, "农民", f"{a}{other}", identity, wrong, c, f"{phone},{other}"],
             [f"{c}{phone}", 2023, 3, c, c, 100, 10, identity, d, d],
             [None, 2023, identity, d, "农民", phone, a, f"{a}{identity}", a, b], [f"填报人：{d} {phone}"]]
    workbook(inbox / "账户20240725.xlsx", lines)
    (inbox / "无表头20240725.csv").write_text("\n".join(",".join(map(str, line[3:])) for line in lines[2:6]), encoding="gb18030")
    head = [identity if header == "成员编号" else header for header in MEMBER_HEADERS]
    workbook(inbox / "缺列20240725.xlsx", [[f"情况表 {identity}"], head, *(line[:7] for line in lines[2:6])])
    workbook(inbox / "决定20240726.xlsx", [["文件", "采用/不采用", "经办人", "日期"],
                                         ["没有这份文件.xlsx", "采用", a, "2024-07-26"], [f"{b}{phone}", c, d, identity]])


@pytest.fixture(scope="module")
def run(lake: Lake) -> subprocess.CompletedProcess[str]:
    return coopledger(lake.settings.home, "run", "--month", "2024-07", "--scope", "150300", "--json")


def test_nobody_is_found_in_what_the_commands_say(lake: Lake, run: subprocess.CompletedProcess[str],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    assert run.returncode == 0, run.stderr
    monkeypatch.setenv("COOPLEDGER_HOME", str(lake.settings.home))
    said = {"run": run.stdout, "run stderr": run.stderr, "run as text": as_text(json.loads(run.stdout))}
    files = sorted(str(path) for path in lake.settings.inbox.iterdir())
    for command in (["inspect", *files], ["inspect", "--json", *files], ["status"], ["status", "--json"], ["needs", "--json"]):
        done = CliRunner().invoke(cli.app, command)
        assert done.exit_code == 0, done.output
        said[" ".join(command[:2])] = done.output
    said |= {str(path): path.read_text(encoding="utf-8") for folder in (lake.settings.logs, lake.settings.exports)
             for path in folder.rglob("*") if path.suffix in (".log", ".html", ".json")}
    with duckdb.connect() as con:
        for zone in ("rejected", "issues"):
            told = con.execute(f"select sentence, masked_value from read_parquet('{lake.settings.lake}/{zone}/*.parquet', "
                               "union_by_name = true) where file_name not like 'gsxt%'").fetchall()
            assert len(told) > 3
            said[zone] = str(told)
    assert {item["code"] for item in json.loads(run.stdout)["refused"]} >= {"NO_CONTRACT", "MISSING_COLUMN"}
    assert "账户20240725.xlsx" in said["inspect --json"] and "**" in said["inspect --json"] and len(said) > 9
    assert [(where, one, text[max(0, text.index(one) - 60):text.index(one) + 30])
            for where, text in said.items() for one in (*PEOPLE, *NUMBERS) if one in text] == []


@pytest.fixture(scope="module")
def published(lake: Lake, run: subprocess.CompletedProcess[str]) -> Callable[[str], list[tuple]]:
    assert run.returncode == 0, run.stderr

    def rows(query: str) -> list[tuple]:
        with closing(duckdb.connect(str(lake.settings.warehouse_file), read_only=True)) as con:
            return con.execute(query).fetchall()
    return rows


def test_a_bad_county_keeps_its_older_rows_and_the_others_go_on(published: Callable[[str], list[tuple]]) -> None:
    assert published("select county_code, count(*), min(left(name, 2)), max(left(name, 2)) from cooperative "
                     "where in_force group by county_code order by 1") == [
        (GOOD, 8, "7月", "7月"), (BAD, 8, "6月", "6月")]
    assert published(f"select county_code, delivered_on, state, blocked_on from delivery where table_id = '{REGISTER}' "
                     "order by 1") == [
        (GOOD, JULY, "当期", None), (BAD, JUNE, "过期", JULY), (ALONE, None, "未收到", JULY)]
    stale = published("select region_code, stale from coverage where region_level = 'county' and numerator is not null "
                      "group by all order by 1")
    assert (GOOD, False) in stale and (BAD, True) in stale


def test_the_report_tells_what_held_the_county_back(published: Callable[[str], list[tuple]]) -> None:
    found = published("select county_code, severity, evaluated, failed, blocked, failed_share, sample from data_quality "
                      "where table_name = 'asof_gsxt__registration' and expectation = 'status_in_set' order by 1")
    assert [(*row[:5], row[5], len(json.loads(row[6]))) for row in found] == [
        (GOOD, "error", 8, 0, False, Decimal(0), 0),
        (BAD, "error", 9, 1, True, Decimal("0.111111"), 1),
        (ALONE, "error", 2, 2, True, Decimal(1), 2)]
    assert json.loads(found[1][6])[0].startswith(f"{code(BAD, 9)}|")
    assert published("select expectation, county_code from data_quality where failed > 0 and severity = 'error' "
                     "order by all") == [
        ("screened", BAD), ("screened", ALONE), ("status_in_set", BAD), ("status_in_set", ALONE)]


def test_the_run_and_form_17_say_so(lake: Lake, run: subprocess.CompletedProcess[str]) -> None:
    said = [line for line in json.loads(run.stdout)["failed_checks"] if "status_in_set" in line]
    assert said and "不合格 3 / 19，150303、150304 暂用上一批数据" in said[0]
    (path,) = lake.settings.exports.glob("2024-07/*/17_*.xlsx")
    rows = [[cell for cell in row if cell is not None]
            for row in openpyxl.load_workbook(path)["数据质量报告"].iter_rows(values_only=True)]
    told = [row for row in rows if "海南区" in row and "错误" in row and "“登记状态”应在规定的选项之中" in row]
    assert [row[4:6] + row[7:8] for row in told] == [[9, 1, "暂用上一批数据"]]
    assert f"第 {10} 行" in told[0][-1]


# --- the screening alone, over a table written by hand

PLACED = {"county": "county_code", "place": ("scope", "snapshot_date"), "stage": "screen"}
FILLED = Check(kind="not_null", columns=("n",), by_county=True)
POSITIVE = Check(kind="between", columns=("n",), minimum=Decimal(0), by_county=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.sql("create table source_table as from (values ('t', 'county'), ('u', 'entity')) v(table_id, scope_by)")
    return bench


def screened(bench: Bench, *batches: str, checks: tuple[Check, ...] = (FILLED,), name: str = "t") -> Screened:
    """`batches`: the rows that count before each round."""
    waiting = list(batches)

    def rebuild() -> None:
        bench.sql(f"create or replace table t as from (values {waiting.pop(0)}) "
                  "v(id, n, county_code, scope, snapshot_date)")
    rebuild()
    outcome = run_screen(bench.build, bench.lake, rebuild,
                         suites=[Suite(name=name, table="t", key=("id",), checks=checks, **PLACED)])
    assert not waiting
    return outcome


def row(key: str, n: int | None, county: str | None, dated: str = "07-25", scope: str | None = None) -> str:
    where = f"'{county}', '{scope or county}'" if county else "null, null"
    return f"('{key}', {'null' if n is None else n}::int, {where}, date '2024-{dated}')"


def test_each_round_holds_one_more_delivery_back_until_the_rows_are_sound(bench: Bench) -> None:
    found = screened(
        bench, f"{row('a', 1, '1')}, {row('b', None, '2')}, {row('c', None, '2')}",
        f"{row('a', 1, '1')}, {row('b', -1, '2', '06-25')}", f"{row('a', 1, '1')}, {row('b', 5, '2', '05-25')}",
        checks=(FILLED, POSITIVE))
    assert [(one.unit, str(one.snapshot_date), one.expectations, one.rows) for one in found.blocked] == [
        ("2", "2024-07-25", "n_not_null", 2), ("2", "2024-06-25", "n_between", 1)]
    assert found.rounds == 3 and not found.blocking
    filled, positive = found.results
    assert [(one.county_code, one.evaluated, one.failed, one.blocked) for one in filled.counties] == [
        ("1", 1, 0, False), ("2", 2, 2, True)]
    assert [(one.county_code, one.failed, one.blocked) for one in positive.counties] == [("1", 0, False), ("2", 1, True)]
    written = bench.sql(f"select unit, snapshot_date from '{bench.lake}/judged/blocked_delivery/blocked.parquet'")
    assert len(written) == 2


def test_a_warning_and_a_sound_table_hold_nothing_back(bench: Bench) -> None:
    warned = FILLED.model_copy(update={"severity": "warn", "by_county": False})
    found = screened(bench, f"{row('a', None, '1')}", checks=(warned,))
    assert (found.rounds, found.blocked, [f.failed for f in found.results], found.blocking) == (1, (), [1], ())


def test_a_row_that_names_no_county_stops_the_run(bench: Bench) -> None:
    found = screened(bench, f"{row('a', None, None)}, {row('b', None, '2')}", f"{row('a', None, None)}")
    assert [one.unit for one in found.blocked] == ["2"]
    assert [(f.failed, f.blocking) for f in found.blocking] == [(2, True)]


def test_where_a_cooperatives_year_is_the_scope_its_county_keeps_the_other_years(bench: Bench) -> None:
    found = screened(bench, f"{row('a', None, '1', scope='1|A|2023')}, {row('b', 1, '1', scope='1|B|2023')}",
                     f"{row('b', 1, '1', scope='1|B|2023')}", name="u")
    assert [one.unit for one in found.blocked] == ["1|A|2023"]


def test_an_expectation_that_raised_is_never_a_pass(bench: Bench) -> None:
    for check in (Check(kind="not_null", columns=("gone",), by_county=True),
                  Check(kind="rows", id="broken", columns=("n",), unexpected="n >", by_county=True)):
        with pytest.raises(JudgeError, match="未能执行"):
            screened(bench, f"{row('a', 1, '1')}", checks=(check,))
    assert not list((bench.lake / "judged" / "screened").iterdir())


def test_the_trend_reads_the_months_published_before_and_no_later_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, _env_file=None)
    prepare(settings)
    write_earlier_quality(settings, date(2024, 7, 1))
    columns = {"table_name": "VARCHAR", "expectation": "VARCHAR", "county_code": "VARCHAR", "evaluated": "BIGINT", "failed": "BIGINT"}
    for month, failed in (("2024-05", 3), ("2024-06", 1), ("2024-07", 8), ("2024-08", 9)):
        write_rows(settings.lake / "marts" / "data_quality" / f"report_month={month}-01" / "part.parquet", columns,
                   [("t", "a", GOOD, 10, failed), ("t", "b", GOOD, 10, 0), ("t", "a", BAD, 5, 0)])
    write_earlier_quality(settings, date(2024, 7, 1))
    with duckdb.connect() as con:
        found = con.execute(f"from read_parquet('{settings.lake}/previous/data_quality/*.parquet', union_by_name = true) "
                            "order by all").fetchall()
    assert found == [(date(2024, 5, 1), "t", GOOD, 20, 3), (date(2024, 5, 1), "t", BAD, 5, 0),
                     (date(2024, 6, 1), "t", GOOD, 20, 1), (date(2024, 6, 1), "t", BAD, 5, 0)]


def test_form_17_prints_the_trend_month_by_month() -> None:
    with closing(empty_warehouse()) as con:
        insert(con, "data_quality", [{"table_name": "asof", "title": "登记信息", "table_id": REGISTER, "county_code": GOOD,
                                      "evaluated": 10, "failed": 0}])
        insert(con, "data_quality_trend", [
            {"report_month": date(2024, month, 1), "table_name": "asof", "county_code": county, "evaluated": 10, "failed": failed}
            for month, county, failed in ((7, GOOD, 0), (5, GOOD, 3), (5, BAD, 9))])
        reading = Reading(con, date(2024, 7, 1))
        filled = form_17.fill(reading, reading.scope(GOOD))
    assert filled is not None
    report, _, trend = (table for _, table in filled.tables)
    assert report.missing == "本月各项质量规则均合格。"
    assert [leaf.label for leaf in trend.header.leaves] == ["表", "不合格", "不合格率（%）", "不合格", "不合格率（%）"]
    (line,) = trend.rows
    assert [getattr(cell, "value", cell) for cell in line[1:]] == [3, 30, 0, 0]
