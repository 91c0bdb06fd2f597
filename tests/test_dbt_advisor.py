"""Advisors from typed rows (spec 2.5, rulings 6.2.7, 6.6.6, 6.6.13); expectations by hand."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from dbt_lake import Lake, coop, farm, statement

TABLES = ("path:models/asof", "surplus_return", "advisor_year", "advisor_quarter", "advisor_target", "advisor_training", "advisor_service", "advisor_kind_coverage", "advisor_entry", "advisor_effect", "advisor_progress", "advisor", "advisor_change", "advisor_form")

DBT = Path(__file__).resolve().parents[1] / "dbt"
JULY, BANNER, OTHER = date(2024, 7, 25), "150623", "150302"
COOPS = [f"93150623MA0C00P{n:03d}" for n in range(12)]


def advisor(number: str | None, name: str, county: str = BANNER, **values: object) -> dict:
    body = values.pop("appointing_body", "旗农牧局")
    return {"certificate_no": number, "advisor_name": name, "county_code": county, "scope": f"{county}|{body}",
            "appointing_body": body, "entity_key": number or f"hash-of-{name}|{body}", "appointed_on": date(2023, 1, 10),
            "directory_state": "在库", "appointing_level": "县级", **values}


def visit(number: str | None, name: str, day: date, entity: str, mode: str = "上门", county: str = BANNER, **values: object) -> dict:
    return {"certificate_no": number, "advisor_name": name, "served_on": day, "mode": mode, "entity_type": "农民合作社",
            "entity_name": f"{entity}社", "credit_code": entity, "county_code": county, "scope": county,
            "entity_key": f"{number or name}|{day}|{entity}|{mode}", "event_date": day, "signed": True, **values}


def grade(number: str, year: int, word: str, **values: object) -> dict:
    return {"year": year, "certificate_no": number, "grade": word, "evaluated_on": date(year + 1, 1, 20),
            "entity_key": f"{year}|{number}", "event_date": date(year + 1, 1, 20), **values}


def trained(number: str, day: date, kind: str) -> dict:
    return {"certificate_no": number, "trained_on": day, "kind": kind, "entity_key": f"{number}|{day}|{kind}", "event_date": day}


def deliver(lake: Lake) -> None:
    lake.deliver("gsxt.registration", JULY, [coop(code, BANNER, name=f"{code}社") for code in COOPS])
    lake.deliver("farm_directory.farm", JULY, [farm("A" * 18, "甲农场", BANNER)])
    # the directory's first delivery, and the newest without 旧
    lake.deliver("advisor.directory", date(2024, 1, 15), [
        advisor("G1", "甲甲"), advisor("G9", "旧旧"), advisor("G2", "乙乙"), advisor("G3", "丙丙"), advisor("G6", "己己"),
        advisor("G7", "庚庚"), advisor(None, "辛辛", appointing_body="旗供销社"), advisor("G8", "壬壬", appointed_on=date(2020, 1, 1)),
    ])
    lake.deliver("advisor.directory", JULY, [
        advisor("G1", "甲甲", township_name="城川镇", advice_kinds="财务会计、市场营销", industry="肉羊"),
        advisor("G2", "乙乙", township_name="城川镇", advice_kinds="财务会计", industry="玉米"),
        advisor("G3", "丙丙", appointed_on=date(2024, 4, 1), township_name="城川镇"),
        advisor("G6", "己己", directory_state="调出", moved_out_on=date(2024, 5, 31)),
        advisor("G7", "庚庚", term_ends_on=date(2024, 6, 1)),
        advisor("G8", "壬壬", appointed_on=date(2020, 1, 1), directory_state="除名"),
        advisor(None, "辛辛", appointing_body="旗供销社"),
        advisor("G10", "癸癸", appointed_on=date(2024, 8, 1)),
    ])
    lake.deliver("advisor.directory", JULY, [advisor("H1", "别别", OTHER)])
    lake.deliver("advisor.visit", JULY, [
        # 甲: first quarter 3 visits to two entities, one unsigned; second quarter 30 June is in it, 1 July in the third
        visit("G1", "甲甲", date(2024, 1, 5), COOPS[0]), visit("G1", "甲甲", date(2024, 2, 5), COOPS[0]),
        visit("G1", "甲甲", date(2024, 3, 31), COOPS[1], signed=None), visit("G1", "甲甲", date(2024, 3, 1), COOPS[2], "电话"),
        visit("G1", "甲甲", date(2024, 6, 30), COOPS[0]), visit("G1", "甲甲", date(2024, 7, 1), COOPS[0]),
        *(visit("G1", "甲甲", date(2024, 7, 2), code) for code in COOPS[3:9]),
        # by name where the code is blank: the same entity as COOPS[0]; a farm
        visit("G1", "甲甲", date(2024, 7, 3), COOPS[0], credit_code=None, entity_name=f"{COOPS[0]}社"),
        visit("G1", "甲甲", date(2024, 7, 4), "x", credit_code=None, entity_type="家庭农场", entity_name="甲农场"),
        # 乙: three visits to one entity in the first quarter
        *(visit("G2", "乙乙", date(2024, 2, day), COOPS[0]) for day in (1, 2, 3)),
        visit("G3", "丙丙", date(2024, 5, 1), COOPS[1]),
        # without a certificate: by a name that is unique in the county
        visit(None, "辛辛", date(2024, 1, 8), COOPS[5]),
        visit("G99", "无此人", date(2024, 1, 8), COOPS[5]),
    ], file_name="走访/202407.xlsx")
    lake.deliver("advisor.evaluation", JULY, [
        grade("G1", 2022, "不称职"), grade("G1", 2023, "良好", entity_opinion_score=Decimal("9.5")),
        grade("G2", 2022, "不称职"), grade("G2", 2023, "不称职"), grade("G3", 2023, "不称职"), grade("H1", 2023, "优秀")], scopes=())
    lake.deliver("advisor.training", JULY, [trained("G3", date(2024, 5, 1), "任前"), trained("G1", date(2024, 3, 1), "在任")], scopes=())
    lake.deliver("demonstration.roster", JULY, [
        {"title": "示范社", "entity_type": "农民合作社", "name": "一", "credit_code": COOPS[0], "level": "旗县（区）级",
         "recognised_on": date(2024, 7, 1), "county_code": BANNER, "scope": f"{BANNER}|农民合作社|旗县（区）级", "entity_key": "r1"}])
    for year, income in ((2022, "100000"), (2023, "125000")):
        lake.deliver("coop_finance.statement", date(year + 1, 4, 1),
                     [statement(COOPS[0], BANNER, year, operating_income=Decimal(income))])
    lake.deliver("supply_coop.star_result", JULY, [
        {"year": year, "credit_code": COOPS[0], "stars": stars, "rated_on": day, "county_code": BANNER,
         "scope": f"{BANNER}|{year}", "entity_key": f"{year}|{COOPS[0]}", "event_date": day}
        for year, stars, day in ((2022, "二星", date(2023, 2, 1)), (2023, "三星", date(2024, 2, 1)))])
    lake.deliver("office.shell_case", JULY, [
        {"credit_code": COOPS[1], "step": "撤销", "done_on": date(2024, 3, 1), "county_code": BANNER, "scope": BANNER,
         "entity_key": "s1", "event_date": date(2024, 3, 1)}])


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("advisor"))
    lake.month(date(2024, 7, 31), ["150600"])
    deliver(lake)
    lake.build(*TABLES)
    lake.conclude(*TABLES)
    return lake


def quarters(lake: Lake, number: str) -> dict[str, tuple]:
    return {row[0]: row[1:] for row in lake.rows(
        "select quarter, entities_served, door_visits, signed_visits, entities_with_3_visits, status from advisor_quarter "
        f"where certificate_no = '{number}'")}


def test_quarters_by_advisor(lake: Lake) -> None:
    assert quarters(lake, "G1") == {"2024Q1": (3, 3, 2, 0, "达标"), "2024Q2": (1, 1, 1, 0, "未达标"),
                                    "2024Q3": (8, 9, 9, 0, "进行中")}
    assert quarters(lake, "G2")["2024Q1"] == (1, 3, 3, 1, "达标")
    # delivered, so 0 visits are known to be 0
    assert quarters(lake, "G2")["2024Q2"] == (0, 0, 0, 0, "未达标")


def test_quarters_of_appointment_and_leaving_are_not_judged(lake: Lake) -> None:
    assert {q: row[-1] for q, row in quarters(lake, "G3").items()} == {"2024Q2": "不考核", "2024Q3": "进行中"}
    assert {q: row[-1] for q, row in quarters(lake, "G6").items()} == {"2024Q1": "未达标", "2024Q2": "不考核"}
    assert {q: row[-1] for q, row in quarters(lake, "G7").items()} == {"2024Q1": "未达标", "2024Q2": "不考核"}
    # no longer listed since 25 July; appointed after as_of
    assert {q: row[-1] for q, row in quarters(lake, "G9").items()} == {
        "2024Q1": "未达标", "2024Q2": "未达标", "2024Q3": "不考核"}
    assert quarters(lake, "G10") == {}


def test_a_region_without_policy_or_visits(lake: Lake) -> None:
    assert quarters(lake, "H1") == {f"2024Q{n}": (None, None, None, None, "无标准") for n in (1, 2, 3)}


def test_without_a_certificate_by_a_unique_name(lake: Lake) -> None:
    assert lake.rows("select quarter, door_visits, status from advisor_quarter where certificate_no is null order by 1") == [
        ("2024Q1", 1, "未达标"), ("2024Q2", 0, "未达标"), ("2024Q3", 0, "进行中")]
    assert lake.rows("select count(*) from advisor_service where advisor_key is null") == [(1,)]


def test_years_grades_and_recommendations(lake: Lake) -> None:
    found = {row[0]: row[1:] for row in lake.rows(
        "select certificate_no, entities_served, entities_status, grade, recommendation from advisor_year where year = 2024")}
    # 甲: COOPS 0–8 and the farm are 10
    assert found["G1"] == (10, "达标", None, "续聘")
    assert found["G2"] == (1, "进行中", None, "建议调出名录库")    # 2022 and 2023 不称职
    assert found["G3"] == (1, "进行中", None, "—")                # once
    assert found["G6"] == (0, "进行中", None, "—")                # moved out
    assert found["G7"] == (0, "进行中", None, "建议调出名录库")    # term ended, not renewed
    assert found["G8"] == (0, "进行中", None, "除名")
    assert found["H1"] == (None, "无标准", None, "—")
    before = {row[0]: row[1:] for row in lake.rows(
        "select certificate_no, grade, recommendation, entities_status from advisor_year where year = 2023")}
    assert before["G1"] == ("良好", "续聘", "未达标") and before["G2"] == ("不称职", "建议调出名录库", "未达标")
    assert "G3" not in before


def test_targets(lake: Lake) -> None:
    found = {(row[0], row[1], row[2]): row[3:] for row in lake.rows(
        "select region_code, region_level, target_id, target, actual, status, above_upper_limit from advisor_target")}
    # in office: G1, G2, G3 and 辛; 4 are due at the end of 2024
    assert found[BANNER, "county", "advisors"] == (Decimal(4), 4, "达标", False)
    assert found["150623102", "township", "advisors"] == (Decimal(1), 3, "达标", True)
    assert found["150623103", "township", "advisors"] == (Decimal(1), 0, "进行中", False)
    assert found[OTHER, "county", "advisors"] == (None, 1, "无目标", False)
    assert found["150000", "province", "advisors"] == (Decimal(1000), 5, "进行中", False)
    assert found["000000", "nation", "advisors"] == (Decimal(30000), 5, "进行中", False)
    assert found["150000", "province", "entities_served"] == (Decimal(10000), 10, "进行中", False)
    # 鄂尔多斯's other counties delivered nothing
    assert found["150602", "county", "advisors"] == (None, None, "无目标", False)


def test_training(lake: Lake) -> None:
    found = {row[0]: row[1:] for row in lake.rows(
        "select certificate_no, pre_service_training, in_service_trained from advisor_training")}
    # the training on the day of the first visit is in time; H1's county has no training record
    assert found == {"G1": ("不适用", True), "G2": ("不适用", False), "G3": ("通过", False), None: ("不适用", None),
                     "H1": ("不适用", None)}


def test_progress_by_township(lake: Lake) -> None:
    columns = ("advisors, target, status, above_upper_limit, coops_served, farms_served, door_visits, below_minimum, reached, "
               "in_progress, pre_trained, in_service, training_unknown, coops, coops_advised, farms, farms_advised")  # fmt: skip
    found = {row[:3]: row[3:] for row in lake.rows(
        f"select county_code, township_name, is_total, {columns} from advisor_progress where advisors > 0 or is_total")}
    # G1 served nine cooperatives and the farm, G2, G3 and 辛 one each, of which G1 was there last; July's visits are G1's nine; the quarter
    # runs until September
    assert found[BANNER, "城川镇", False] == (3, 1, "达标", True, 9, 1, 9, 2, 0, 3, 1, 1, 0, 0, 0, 0, 0)
    # 辛 names no township, nor do the register and the farm; COOPS[2] was only phoned
    assert found[BANNER, "", False] == (1, None, None, False, 0, 0, 0, 1, 0, 1, None, None, 1, 12, 8, 1, 1)
    assert found[BANNER, "", True] == (4, 4, "达标", False, 9, 1, 9, 3, 0, 4, 1, 1, 1, 12, 8, 1, 1)
    assert found[OTHER, "", True] == (1, None, "无目标", False, *[None] * 8, 1, 0, None, 0, None)
    # townships with a target and nobody stand there too
    assert lake.rows(f"select count(*), sum(advisors) from advisor_progress where county_code = '{BANNER}' and target = 1 "
                     "and township_name <> '城川镇'") == [(4, 0)]


def test_entry_into_the_directory(lake: Lake) -> None:
    found = {row[0]: row[1:] for row in lake.rows("select certificate_no, first_seen_on, due_on, outcome from advisor_entry")}
    assert found["G1"] == (date(2024, 1, 15), date(2024, 6, 30), "通过")
    assert found["H1"] == (JULY, date(2024, 6, 30), "资料缺")     # its county's first directory came too late to tell
    assert found["G3"] == (date(2024, 1, 15), date(2025, 6, 30), "通过")
    assert "G8" not in found


def test_kinds(lake: Lake) -> None:
    found = {row[:2]: row[2:] for row in lake.rows(
        f"select kind, industry, advisors, is_empty from advisor_kind_coverage where county_code = '{BANNER}'")}
    assert found["财务会计", "肉羊"] == (1, False) and found["财务会计", "玉米"] == (1, False)
    assert found["市场营销", "玉米"] == (0, True) and len(found) == 9 * 3


def test_effects(lake: Lake) -> None:
    row = lake.one("select * from advisor_effect where certificate_no = 'G1'")
    expected = {"entities_served": 10, "new_demonstration": 1, "shells_cleared": 1, "stars_up": 1, "stars_down": 0,
                "income_entities": 1, "income": Decimal("125000.00"), "income_before": Decimal("100000.00"),
                "income_growth": Decimal("0.25"), "evaluation_year": 2023, "satisfaction": Decimal("9.5")}
    assert {name: row[name] for name in expected} == expected


def test_what_changed_in_the_directory(lake: Lake) -> None:
    rows = lake.rows("select coalesce(certificate_no, advisor_name), change_kind, changed_fields, values_before, values_now, "
                     "missing_fields like '%工作单位%' and missing_fields not like '%职称%' from advisor_change")
    found = {row[0]: row[1:] for row in rows}
    assert len(rows) == len(found)
    assert {name: line[0] for name, line in found.items()} == {
        "G1": "变更", "G2": "变更", "G3": "新增", "G6": "调出", "G7": "变更", "G8": "除名", "G9": "调出", "辛辛": "未变", "H1": "未变"}
    assert found["G1"][1:4] == ("辅导业务分类\n产业领域\n乡镇（苏木）", "（空）\n（空）\n（空）", "财务会计、市场营销\n肉羊\n城川镇")
    assert found["G7"][1:4] == ("聘期截止日期", "（空）", "2024-06-01")
    assert all(line[4] for line in found.values())


def test_what_form_7_prints(lake: Lake) -> None:
    row = lake.one("select * from advisor_form where certificate_no = 'G1'")
    expected = {"advisor_name": "甲甲", "year": 2024, "entities_served": 10, "services": 14, "door_visits": 13, "signed_visits": 12,
                "management_services": 0, "evaluation_year": 2023, "satisfaction": Decimal("9.5"), "grade": None}
    assert {name: row[name] for name in expected} == expected
    # another county delivered no visits: unknown, not none
    assert lake.rows("select services, door_visits from advisor_form where certificate_no = 'H1'") == [(None, None)]


def test_by_entity_and_with_old_records(tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(DBT, project)
    with (project / "seeds" / "policy" / "policy_value.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(
            ["visit_scope", "口径", "1", "0按辅导员1按主体", BANNER, "2024-01-01", "", "某发〔2024〕1号"])
    lake = Lake(tmp_path / "house")
    lake.month(date(2024, 9, 30), ["150600"])
    deliver(lake)
    lake.dbt("build", "--project-dir", str(project), "--exclude-resource-type", "unit_test",
             "--exclude-resource-type", "test", "--select", "+advisor_quarter")
    # 甲's entities had 2 and 1 door visits, 乙's one had 3; the third quarter's records end on 25 July
    assert {q: row[-1] for q, row in quarters(lake, "G1").items()} == {
        "2024Q1": "未达标", "2024Q2": "未达标", "2024Q3": "数据缺失"}
    assert quarters(lake, "G2")["2024Q1"][-1] == "达标"


def test_the_naive_recomputation_agrees(lake: Lake) -> None:
    from oracle import naive_advisor
    from star_cases import rows_that_count

    rows, delivered = rows_that_count(lake)
    left = rows["advisor.directory_left"]
    as_of = date(2024, 7, 31)
    people = {key: (number, county, name, body) for key, number, county, name, body in lake.rows(
        "select advisor_key, certificate_no, county_code, advisor_name, appointing_body from advisor")}
    person = {key: (number,) if number else rest for key, (number, *rest) in people.items()}
    expected = naive_advisor.advisor_quarter(rows, left, delivered, as_of)
    names = ("entities_served", "door_visits", "signed_visits", "entities_with_3_visits", "status", "county_code")
    found = {(tuple(person[row[0]]), row[1]): dict(zip(names, row[2:], strict=True)) for row in lake.rows(
        f"select advisor_key, quarter, {', '.join(names)} from advisor_quarter")}
    assert found == expected
    years = naive_advisor.advisor_year(rows, left, delivered, as_of)
    names = ("entities_served", "grade", "recommendation")
    assert years == {(tuple(person[row[0]]), row[1]): dict(zip(names, row[2:], strict=True)) for row in lake.rows(
        f"select advisor_key, year, {', '.join(names)} from advisor_year")}
    assert naive_advisor.head_count(rows, left, delivered, as_of) == {county: (actual, status) for county, actual, status in lake.rows(
        "select region_code, actual, status from advisor_target where region_level = 'county' and target_id = 'advisors' "
        "and actual is not null")}
