"""Star rating from typed rows (spec 2.4, rulings 6.2.2, 6.2.3, 6.6.9); expectations by hand (tests/star_cases.py)."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from dbt_lake import Lake
from star_cases import (
    EDGE,
    FINANCE,
    FULL,
    LISTED,
    LOW,
    MID,
    OFFICIAL,
    REVOKED,
    SERIOUS,
    SHELL,
    STALE,
    UNION,
    UNSEEN,
    deliver,
)

from dagster_project.lake import PREVIOUS, write_rows

TABLES = ("path:models/asof", "surplus_return", "star_rating_item", "star_rating", "star_next_step", "star_veto_hit", "star_rubric_in_force")

DBT = Path(__file__).resolve().parents[1] / "dbt"
SEEDS = ("star_fact", "star_rubric", "star_rubric_part", "star_band", "star_veto")


def seed(name: str) -> list[dict[str, str]]:
    with (DBT / "seeds" / "policy" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("star"))
    lake.month(date(2024, 7, 31), previous=date(2024, 6, 1))
    write_rows(lake.settings.lake / "previous" / "star_rating" / "part.parquet", PREVIOUS["star_rating"], [
        (OFFICIAL, 3, "下发"), (EDGE, 2, "试算"), (FULL, 5, "试算"), (FINANCE, 4, "下发")])
    deliver(lake)
    lake.build(*TABLES)
    lake.conclude(*TABLES)
    return lake


def rating(lake: Lake, code: str) -> dict:
    return lake.one(f"select * from star_rating where credit_code = '{code}'")


def items(lake: Lake, code: str) -> dict[str, tuple]:
    return {row[0]: row[1:] for row in lake.rows(
        f"select indicator_id, state, points from star_rating_item where credit_code = '{code}'")}


def got(points: str) -> tuple:
    return ("已得", Decimal(points))


NONE, MISSING, EXEMPT = ("未得", Decimal(0)), ("缺证据", None), ("不适用", None)


def test_everything_known_and_fulfilled_is_100(lake: Lake) -> None:
    row = rating(lake, FULL)
    expected = {"score_low": Decimal("100.00"), "score_high": Decimal("100.00"), "evidence_coverage": Decimal(1),
                "stars": 5, "rating_status": "试算", "rating_source": "试算", "veto": None, "rubric_is_default": True}
    assert {name: row[name] for name in expected} == expected
    assert lake.rows(f"select count(*) from star_next_step where credit_code = '{FULL}'") == [(0,)]


def test_what_is_half_known_is_a_range(lake: Lake) -> None:
    # median of 50,000, 100,000 and 200,000 is 100,000
    assert items(lake, LOW) == {
        "A1": got("2.5"), "A2": got("5"), "B1": got("5"), "B2": got("8"), "B3": NONE, "B4": got("5"),
        "C1": got("4"), "C2": NONE, "C3": got("4"), "C4": got("3"), "C5": NONE,
        "D1": got("4"), "D2": got("4"), "D3": MISSING, "D4": got("3"),
        "E1": MISSING, "E2": NONE, "E3": MISSING, "E4": MISSING, "F1": MISSING, "F2": got("2"), "F3": got("1.5")}
    row = rating(lake, LOW)
    expected = {"score_low": Decimal("51.00"), "score_high": Decimal("72.00"), "evidence_coverage": Decimal("0.79"),
                "stars": None, "stars_low": 1, "stars_high": 3, "rating_status": "待补证据", "veto": None}
    assert {name: row[name] for name in expected} == expected


def test_what_would_earn_the_next_star(lake: Lake) -> None:
    # 60 − 51 = 9 points: E2 brings 8, B3 another 7; the rest is not needed for two stars
    steps = lake.rows(f"select step, indicator_id, state, points_gained, points_together, points_needed, is_in_shortest, "
                      f"next_stars from star_next_step where credit_code = '{LOW}' order by step")
    assert [(s[1], s[2], s[3], s[4], s[6]) for s in steps[:3]] == [
        ("E2", "未得", Decimal(8), Decimal(8), True), ("B3", "未得", Decimal(7), Decimal(15), True),
        ("C2", "未得", Decimal(5), Decimal(20), False)]
    assert [s[1] for s in steps] == ["E2", "B3", "C2", "E1", "F1", "C5", "D3", "E4", "E3", "A1", "F3"]
    assert {s[5] for s in steps} == {Decimal(9)} and {s[7] for s in steps} == {2}


def test_too_little_evidence_gives_no_stars(lake: Lake) -> None:
    # its inspection is a day too old; 会计 from the service clients; late report 3.5; removed on 1 January = listed that day
    found = items(lake, MID)
    known = {"A1": got("5"), "B1": got("5"), "B3": got("3.5"), "B4": NONE, "E1": NONE, "E3": NONE, "F3": NONE}
    assert {name: found[name] for name in known} == known
    assert {found[name] for name in found.keys() - known.keys()} == {MISSING}
    row = rating(lake, MID)
    expected = {"score_low": Decimal("13.50"), "score_high": Decimal("80.50"), "evidence_coverage": Decimal("0.33"),
                "stars": None, "rating_status": "资料不足"}
    assert {name: row[name] for name in expected} == expected


def test_union_without_anything_delivered(lake: Lake) -> None:
    # A1 too few incomes, B3 founded this year, E1 and E2 联合社: 75 applicable, nothing known, no list delivered
    found = items(lake, UNION)
    assert {name for name, value in found.items() if value == EXEMPT} == {"A1", "B3", "E1", "E2"}
    assert {value for value in found.values()} == {EXEMPT, MISSING}
    row = rating(lake, UNION)
    expected = {"score_low": Decimal(0), "score_high": Decimal(100), "evidence_coverage": Decimal(0),
                "applicable_weight": Decimal(75), "rating_status": "资料不足", "stars": None, "veto": None,
                "veto_unknown": "列入严重违法失信名单、月末在经营异常名录、涉及非法金融活动"}
    assert {name: row[name] for name in expected} == expected


def test_blank_publication_date_is_missing_evidence(lake: Lake) -> None:
    assert items(lake, SHELL)["B3"] == MISSING


def test_vetoes(lake: Lake) -> None:
    vetoed = dict(lake.rows("select credit_code, veto from star_rating where veto is not null"))
    assert vetoed == {SHELL: "经核实的空壳社或休眠社", LISTED: "月末在经营异常名录", SERIOUS: "列入严重违法失信名单",
                      OFFICIAL: "月末在经营异常名录", REVOKED: "已吊销、注销或在清算", FINANCE: "涉及非法金融活动"}
    for code in (SHELL, LISTED, SERIOUS, REVOKED):
        row = rating(lake, code)
        assert (row["rating_status"], row["stars"], row["rating_source"]) == ("不予评定", None, "试算")
        assert row["score_high"] is not None
    # the source row of a veto
    assert lake.rows(f"select file_name, sheet, row_number, evidence_date from star_veto_hit "
                     f"where credit_code = '{LISTED}' and outcome = '否决'") == [
        ("异常/202407.xlsx", "Sheet1", 4, date(2024, 7, 9))]


def test_an_entry_that_the_newest_list_shows_no_more_neither_vetoes_nor_clears(lake: Lake) -> None:
    assert items(lake, UNSEEN)["B4"] == MISSING
    row = rating(lake, UNSEEN)
    assert row["veto"] is None and "月末在经营异常名录" in row["veto_unknown"]


def test_official_results_come_first(lake: Lake) -> None:
    # the newest up to as_of counts, the one of 15 August not yet; its veto is shown and changes nothing
    row = rating(lake, OFFICIAL)
    expected = {"stars": 4, "rating_status": "下发", "rating_source": "下发", "official_year": 2023,
                "official_on": date(2023, 12, 1), "file_name": "星级/2023.xlsx", "row_number": 2}
    assert {name: row[name] for name in expected} == expected
    # exactly 24 months old counts (未达 = 0 stars), a day older does not
    assert (rating(lake, EDGE)["rating_status"], rating(lake, EDGE)["stars"]) == ("下发", 0)
    assert rating(lake, STALE)["rating_source"] == "试算"
    refused = rating(lake, FINANCE)
    assert (refused["rating_status"], refused["rating_source"], refused["stars"]) == ("不予评定", "下发", None)


def test_ratings_are_compared_with_the_last_edition(lake: Lake) -> None:
    found = {code: tuple(rating(lake, code)[name] for name in ("previous_stars", "previous_status", "change"))
             for code in (OFFICIAL, EDGE, FULL, FINANCE, STALE)}
    assert found == {OFFICIAL: (3, "下发", "升星"), EDGE: (2, "试算", "降星"), FULL: (5, "试算", "持平"),
                     FINANCE: (4, "下发", "状态变化"), STALE: (None, None, "新列")}


def test_a_listing_that_ended_before_the_year_does_not_count(lake: Lake) -> None:
    assert items(lake, EDGE)["B4"] == got("5")


def test_evidence_names_its_row(lake: Lake) -> None:
    row = lake.one(f"select * from star_rating_item where credit_code = '{FULL}' and indicator_id = 'C1'")
    assert row["evidence"] == "章程健全：是（2024-05-10，排查/2024.xlsx Sheet1 第3行）"
    assert (row["file_name"], row["sheet"], row["row_number"]) == ("排查/2024.xlsx", "Sheet1", 3)
    row = lake.one(f"select * from star_rating_item where credit_code = '{MID}' and indicator_id = 'B1'")
    assert row["evidence"] == "配备会计或代理记账：是（2024-07-25，服务/2024.xlsx Sheet1 第2行）"
    row = lake.one(f"select * from star_rating_item where credit_code = '{FULL}' and indicator_id = 'B2'")
    assert row["evidence"] == ("会计账簿齐全：是（2024-05-10，排查/2024.xlsx Sheet1 第3行）；"
                               "报表勾稽通过：是（2024-04-01，报表/2023.xlsx Sheet1 第2行）")
    assert row["row_number"] is None    # two rows are the evidence
    row = lake.one(f"select * from star_rating_item where credit_code = '{MID}' and indicator_id = 'C1'")
    assert row["evidence"] == "章程健全：缺（24个月内没有走访检查记录，或记录未填此项）"
    assert lake.rows("select count(*) from star_rating_item where evidence is null") == [(0,)]


def test_a_late_correction_of_the_inspection_counts(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> None:
    from star_cases import SOUND, inspected

    corrected = Lake(tmp_path_factory.mktemp("late"))
    corrected.month(date(2024, 7, 31))
    deliver(corrected)
    corrected.deliver("inspection.coop", date(2024, 8, 20), [inspected(FULL, date(2024, 5, 10), **{**SOUND, "has_charter": False})])
    corrected.deliver("inspection.coop", date(2024, 9, 10), [inspected(FULL, date(2024, 5, 10), **{**SOUND, "boards_work": False})])
    corrected.build(*TABLES)
    # 20 August is within 40 days of the month's end, 10 September is not
    found = items(corrected, FULL)
    assert (found["C1"], found["C3"]) == (NONE, got("4"))


def test_default_rubric_is_the_specs() -> None:
    rubric = {row["indicator_id"]: Decimal(row["weight"]) for row in seed("star_rubric")}
    weights = {"A": 10, "B": 25, "C": 20, "D": 15, "E": 20, "F": 10}
    assert {d: sum(w for name, w in rubric.items() if name[0] == d) for d in weights} == weights
    assert len(rubric) == 22
    assert [(row["stars"], row["score_from"]) for row in seed("star_band")] == [
        ("5", "90"), ("4", "80"), ("3", "70"), ("2", "60"), ("1", "50"), ("0", "0")]


def test_rubric_rows_name_facts_that_exist(lake: Lake) -> None:
    facts = {row["fact_id"] for row in seed("star_fact")}
    columns = {name for (name,) in lake.rows("select column_name from duckdb_columns() where table_name = 'star_fact_value'")}
    assert facts - {"shell_confirmed"} <= columns
    parts = seed("star_rubric_part")
    assert {row["indicator_id"] for row in parts} == {row["indicator_id"] for row in seed("star_rubric")}
    assert {row["fact_id"] for row in parts} | {row["fact_id"] for row in seed("star_veto")} <= facts
    assert {row["reference_fact"] for row in parts} - {""} <= facts
    # a name that the SQL does not dispatch would be unknown for everybody
    sql = (DBT / "macros" / "star.sql").read_text(encoding="utf-8")
    assert all(f"'{fact}'" in sql for fact in facts - {"shell_confirmed"})


OTHER = {
    "star_rubric": [
        ["某市农业农村局", "false", name, title, "综合", weight, kind, combine, "巡查", "某农发〔2024〕1号", "2024-07-01", ""]
        for name, title, weight, kind, combine in (
            ("N1", "品牌", "20", "yes_no", "any"), ("N2", "成员规模", "30", "ladder", ""),
            ("N3", "经营收入", "20", "ratio", ""), ("N4", "带动小农户", "10", "count", ""), ("N5", "示范", "20", "ladder", ""))],
    "star_rubric_part": [
        ["某市农业农村局", *part, "2024-07-01", ""] for part in (
            ("N1", "1", "trademark", ">=", "", "1", ""), ("N1", "2", "green_certified", ">=", "", "1", ""),
            ("N2", "1", "members", ">=", "", "6", "30"), ("N2", "2", "members", ">=", "", "5", "15"),
            ("N3", "1", "income", "", "", "80000", ""), ("N4", "1", "small_households_led", "", "", "10", "0.5"),
            ("N5", "1", "level_nation", ">=", "", "1", "20"), ("N5", "2", "level_county", ">=", "", "1", "5"))],
    "star_band": [["某市农业农村局", stars, name, score, "某农发〔2024〕1号", "2024-07-01", ""]
                  for stars, name, score in (("3", "甲级", "85"), ("2", "乙级", "60"), ("1", "丙级", "40"))],
    "star_veto": [["某市农业农村局", *veto, "某农发〔2024〕1号", "2024-07-01", ""]
                  for veto in (("Z1", "发生事故", "accident", ">=", "1"), ("Z2", "成员过少", "members", "<", "6"))],
}


def test_another_issuers_rubric_works_by_rows_alone(tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(DBT, project)
    for name, rows in OTHER.items():
        with (project / "seeds" / "policy" / f"{name}.csv").open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    lake = Lake(tmp_path / "house")
    lake.month(date(2024, 7, 31))
    deliver(lake)
    where = ("--project-dir", str(project), "--exclude-resource-type", "unit_test")
    lake.dbt("build", *where, "--exclude", "tag:after_judgement")
    lake.dbt("build", *where, "--select", "tag:after_judgement")
    assert items(lake, FULL) == {"N1": got("20"), "N2": got("30"), "N3": got("20"), "N4": got("6"), "N5": got("20")}
    # 50,000 of 80,000; 0 of at least 10 households
    assert items(lake, LOW) == {"N1": got("20"), "N2": MISSING, "N3": got("12.5"), "N4": NONE, "N5": got("5")}
    full, low, mid = (rating(lake, code) for code in (FULL, LOW, MID))
    assert (full["score_low"], full["stars"], full["rating_status"], full["rubric_is_default"]) == (
        Decimal("96.00"), 3, "试算", False)
    assert (low["score_low"], low["score_high"], low["stars_low"], low["stars_high"], low["rating_status"]) == (
        Decimal("37.50"), Decimal("67.50"), 0, 2, "待补证据")
    # 5 members are too few for this issuer; an accident is unknown without an inspection
    assert (mid["veto"], mid["veto_unknown"], mid["rating_status"]) == ("成员过少", "发生事故", "不予评定")
    # June still has the old rubric
    lake.month(date(2024, 6, 30))
    lake.dbt("build", *where, "--select", "run_month policy_in_force star_rubric_in_force")
    assert lake.rows("select distinct issuer from star_rubric_in_force") == [("系统默认",)]


def test_the_naive_recomputation_agrees(lake: Lake) -> None:
    from oracle import naive_star
    from star_cases import rows_that_count

    rows, delivered = rows_that_count(lake)
    returns = {row["credit_code"]: row for row in rows.pop("surplus_return") if row["is_current_year"]}
    ratings, points = naive_star.star_rating(rows, returns, delivered, date(2024, 7, 31))
    assert set(ratings) == {code for (code,) in lake.rows("select credit_code from star_rating")}
    for code, expected in ratings.items():
        found = rating(lake, code)
        assert {name: found[name] for name in expected} == expected, code
    found_points = {(code, name): (state, value) for code, name, state, value in lake.rows(
        "select credit_code, indicator_id, state, points from star_rating_item")}
    assert set(found_points) == set(points)
    for key, (state, value) in points.items():
        assert found_points[key][0] == state, key
        if value is not None:
            # points are kept to 12 places
            assert abs(found_points[key][1] * value.denominator - value.numerator) * 10**12 <= value.denominator, key


def test_a_rubric_row_that_names_no_fact_stops_the_run(tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(DBT, project)
    with (project / "seeds" / "policy" / "star_rubric_part.csv").open("a", encoding="utf-8") as file:
        file.write("系统默认,A2,2,unheard_of,>=,,1,,2018-07-01,\n")
    lake = Lake(tmp_path / "house")
    lake.month(date(2024, 7, 31))
    with pytest.raises(AssertionError, match="star_rubric_is_whole"):
        lake.dbt("build", "--project-dir", str(project), "--select", *SEEDS, "star_rubric_is_whole")
