"""History: months side by side, each from what it can know. One county's farms, visits and awards over three months."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from coverage_rows import award, code, direct, listing, report, visit
from dbt_lake import Lake, coop, farm

from dagster_project.lake import write_run_context

TABLES = ("coverage", "village_month", "reconciliation", "cooperative", "family_farm", "delivery")

HBW, HN = "150302", "150303"
C1, C2 = code(HBW, 1), code(HBW, 2)
MONTHS = {"06": date(2024, 6, 30), "07": date(2024, 7, 31), "08": date(2024, 8, 31)}
PUBLISHED = ("coverage", "village_month", "reconciliation", "cooperative", "family_farm", "delivery")


def day(text: str) -> date:
    return date.fromisoformat(f"2024-{text}")


def month(lake: Lake, number: str) -> dict[str, list[tuple]]:
    """All rows of the month, computed afresh."""
    lake.month(MONTHS[number])
    lake.build(*TABLES)
    lake.conclude(*TABLES)
    built = [name for (name,) in lake.rows("select table_name from duckdb_tables()")]
    return {table: lake.rows(f'select * from "{table}" order by all') for table in built}


def published(books: dict[str, list[tuple]]) -> dict[str, list[tuple]]:
    return {table: books[table] for table in PUBLISHED}


def of(rows: list[tuple], measure: str, region: str = HBW) -> tuple:
    """(numerator, denominator, status, counties_missing, stale) of one coverage row."""
    found = [row for row in rows if row[0] == region and row[1] == "county" and row[3] == measure]
    assert len(found) == 1
    row = found[0]
    return row[4], row[5], row[10], row[12], row[13]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("history"))
    coded, bare = farm("150302000000000001", "一号农场", HBW), farm(None, "二号农场", HBW)
    for dated in ("06-25", "07-25"):
        lake.deliver("gsxt.registration", day(dated), [coop(C1, HBW), coop(C2, HBW)])
        lake.deliver("gsxt.abnormal_listing", day(dated), [listing(C1, HBW, date(2023, 1, 5))])
    lake.deliver("farm_directory.farm", day("06-28"), [coded, bare])
    # July's directory and visits are exported in the first days of August
    lake.deliver("farm_directory.farm", day("08-03"), [coded, farm("150302000000000002", "二号农场", HBW)])
    lake.deliver("advisor.visit", day("06-30"), [visit(HBW, day("06-30"), "甲社", C1)])
    lake.deliver("advisor.visit", day("08-03"), [visit(HBW, day("07-31"), "乙社", C2), visit(HBW, day("08-01"), "丙社", C2)])
    lake.deliver("gsxt.annual_report", day("06-30"), [report(C1, HBW, 2022, day("03-01")), report(C1, HBW, 2023, day("06-30"))])
    lake.deliver("direct_report.entity", day("07-25"), [direct(HBW, "甲社", day("07-01"), C1, subsidy_flag=True)])
    lake.deliver("programme.award", day("07-25"), [award(HBW, "甲社", day("07-01"), C1)])
    # 海南区 sent its directory once and nothing since
    lake.deliver("farm_directory.farm", day("06-25"), [farm(None, "海南农场", HN)])
    return lake


@pytest.fixture(scope="module")
def books(home: Lake) -> dict[str, dict[str, list[tuple]]]:
    return {number: month(home, number) for number in MONTHS}


def test_a_file_of_the_first_days_counts_for_the_month_it_describes(books: dict) -> None:
    assert of(books["06"]["coverage"], "farm_code_rate")[:2] == (1, 2)
    assert of(books["07"]["coverage"], "farm_code_rate") == (2, 2, "达标", 0, False)
    # visits count by their own date, whatever the file's
    assert [of(books[n]["coverage"], "coop_advised_rate")[:2] for n in MONTHS] == [(1, 2), (2, 2), (2, 2)]


def test_the_year_due_turns_on_the_first_of_july(books: dict) -> None:
    # 30 June asks for 2022, 1 July for 2023; both are there
    assert of(books["06"]["coverage"], "coop_annual_report_rate")[:2] == (1, 2)
    assert of(books["07"]["coverage"], "coop_annual_report_rate")[:2] == (1, 2)


def test_a_county_that_sent_nothing_keeps_its_last_delivery_marked(books: dict) -> None:
    assert [of(books[n]["coverage"], "farm_code_rate", HN) for n in MONTHS] == [
        (0, 1, "无目标", 0, False), (0, 1, "未达标", 0, True), (0, 1, "未达标", 0, True)]
    states = {n: {(row[0], row[1]): row[7] for row in books[n]["delivery"]} for n in MONTHS}
    assert [states[n]["farm_directory.farm", HN] for n in MONTHS] == ["当期", "过期", "过期"]
    assert of(books["08"]["coverage"], "abnormal_listing_rate") == (1, 2, "无目标", 0, True)


def test_a_target_holds_from_its_day(books: dict) -> None:
    # 002 is of 26 July 2024: June has no target
    assert [of(books[n]["coverage"], "farm_code_rate")[2] for n in MONTHS] == ["无目标", "达标", "达标"]


def test_a_month_recomputed_is_equal(home: Lake, books: dict) -> None:
    assert month(home, "07") == books["07"]


def test_a_record_known_beyond_forty_days_leaves_the_month_alone(home: Lake, books: dict) -> None:
    home.deliver("advisor.visit", day("09-11"), [visit(HBW, day("05-01"), "丁社", code(HBW, 9))])   # 42 days after July
    assert published(month(home, "07")) == published(books["07"])


def test_a_restatement_knows_what_came_after_the_forty_days(home: Lake, books: dict) -> None:
    """The file of 11 September stands in the lake since the test before (rulings 6.6.3)."""
    known = {}
    for status in ("closed", "restated"):
        write_run_context(home.settings, day("07-01"), day("07-31"), "0.1.0", None, ["150300"], (status, 1, "测试人甲", day("09-12")))
        home.build("asof_advisor__visit")
        known[status] = {name for (name,) in home.rows("select distinct entity_name from asof_advisor__visit")}
    assert known == {"closed": {"甲社", "乙社"}, "restated": {"甲社", "乙社", "丁社"}}


def test_a_policy_row_that_changes_mid_year_leaves_earlier_months_alone(
    home: Lake, books: dict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import dbt_lake

    from dagster_project import warehouse_build

    copy = copied_project(tmp_path)
    rows = copy / "seeds" / "policy" / "policy_value.csv"
    rows.write_text(rows.read_text(encoding="utf-8").rstrip("\n") + "\n"
                    "abnormal_listing_rate_target,列异率目标,0.9,比例,150302,2024-08-15,,样例文件：八月十五日起\n"
                    "farm_code_rate_target,家庭农牧场赋码率目标,1.5,比例,150302,2024-08-15,,样例文件：八月十五日起\n",
                    encoding="utf-8")
    monkeypatch.setattr(warehouse_build, "PROJECT", copy)
    assert dbt_lake.environment is warehouse_build.environment
    assert published(month(home, "07")) == published(books["07"])
    august = month(home, "08")["coverage"]
    assert of(august, "farm_code_rate") == (2, 2, "未达标", 0, False)
    assert of(august, "abnormal_listing_rate")[2] == "未达标"
    assert of(august, "farm_code_rate", HN) == of(books["08"]["coverage"], "farm_code_rate", HN)


def copied_project(folder: Path) -> Path:
    import shutil

    from dagster_project.warehouse_build import PROJECT

    return Path(shutil.copytree(PROJECT, folder / "dbt"))
