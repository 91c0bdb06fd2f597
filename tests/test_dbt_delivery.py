"""Deliveries of the other tables: decisions, open lists, filled forms, sub-scopes, due days. July 2024."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from dbt_lake import Lake, coop

TABLES = ("delivery", "delivery_freshness", "filled_form_unmatched", "asof_programme__service_contract", "asof_programme__scorecard", "asof_programme__award", "asof_gsxt__registration", "asof_gsxt__abnormal_listing", "asof_direct_report__entity_left", "asof_direct_report__entity", "asof_advisor__visit", "asof_advisor__directory")

REGISTER, ABNORMAL, AWARD = "gsxt.registration", "gsxt.abnormal_listing", "programme.award"
DIRECT, VISIT, DECISION = "direct_report.entity", "advisor.visit", "office.delivery_decision"
DIRECTORY = "advisor.directory"
CONTRACT, SCORECARD = "programme.service_contract", "programme.scorecard"


def day(text: str) -> date:
    return date.fromisoformat(f"2024-{text}")


def code(county: str, number: int) -> str:
    return f"93{county}{number:010d}"


def coops(county: str, numbers: range) -> list[dict]:
    return [coop(code(county, number), county) for number in numbers]


def decide(lake: Lake, file: str, decision: str, decided: date, dated: date | None = None) -> None:
    row = {"file": file, "decision": decision, "decided_by": "样例某", "decided_on": decided, "event_date": decided,
           "entity_key": file, "scope": None}
    lake.deliver(DECISION, dated or decided, [row], scopes=[])


def listing(county: str, number: int, listed: date, **values: object) -> dict:
    who = code(county, number)
    return {"credit_code": who, "reason": "未按期年报", "listed_on": listed, "event_date": listed, "county_code": county,
            "scope": county, "entity_key": f"{who}|{listed}|未按期年报", **values}


def award(county: str, name: str, **values: object) -> dict:
    row = {"support": "奖励补助", "year": 2024, "entity_type": "农民合作社", "name": name, "county_code": county, **values}
    row["scope"] = f"{county}|{row['year']}|{row['entity_type']}"
    row["entity_key"] = f"{row['year']}|{county}|{row['entity_type']}|{row.get('credit_code') or name}|{row['support']}"
    return row


def entity(county: str, kind: str, number: int, **values: object) -> dict:
    who = code(county, number)
    return {"entity_type": kind, "credit_code": who, "name": f"甲{number}", "county_code": county,
            "scope": f"{county}|{kind}", "entity_key": f"{kind}|{who}", **values}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("delivery"))
    lake.month(day("07-31"), scopes=("150300",))
    decisions(lake)
    open_lists(lake)
    forms(lake)
    # A list of cooperatives replaces none of the farms
    lake.deliver(DIRECT, day("06-25"), [entity("150302", "农民合作社", 1), entity("150302", "农民合作社", 2),
                                        entity("150302", "家庭农场", 8)])
    lake.deliver(DIRECT, day("07-25"), [entity("150302", "农民合作社", 1, members=9)])
    bodies(lake)
    # Visits count by their own date; the same visit sent again is the newest version of itself
    lake.deliver(VISIT, day("07-01"), [visit(1, day("06-03"), content="初稿"), visit(2, day("06-04"))])
    lake.deliver(VISIT, day("08-20"), [visit(1, day("06-03"), content="补正"), visit(3, day("07-31")), visit(4, day("08-01"))])
    lake.deliver(VISIT, day("09-10"), [visit(5, day("07-15"))])      # known 41 days after the month
    lake.build(*TABLES)
    return lake


def advisor(county: str, body: str, number: int) -> dict:
    who = f"FDY{county}{number}"
    return {"certificate_no": who, "appointing_body": body, "county_code": county, "scope": f"{county}|{body}", "entity_key": who}


def bodies(lake: Lake) -> None:
    def of(county: str, **bodies: range) -> list[dict]:
        return [advisor(county, body, number) for body, numbers in bodies.items() for number in numbers]

    def whole(county: str, *bodies: str) -> list[str]:
        return [f"{county}|*", *(f"{county}|{body}" for body in bodies)]

    # 150302: a file of two bodies drops the third; one of a single body touches no other
    lake.deliver(DIRECTORY, day("05-25"), of("150302", 甲局=range(20), 乙社=range(20, 40), 丙站=range(40, 43)),
                 scopes=whole("150302", "甲局", "乙社", "丙站"))
    lake.deliver(DIRECTORY, day("06-25"), of("150302", 甲局=range(20), 乙社=range(20, 39)), scopes=whole("150302", "甲局", "乙社"))
    lake.deliver(DIRECTORY, day("07-25"), of("150302", 乙社=range(20, 38)), scopes=["150302|乙社"])
    # 150303: a file of two bodies that would drop half of the county's advisors is held back for the body it leaves out
    lake.deliver(DIRECTORY, day("06-25"), of("150303", 甲局=range(10), 乙社=range(10, 20), 丙站=range(20, 40)),
                 scopes=whole("150303", "甲局", "乙社", "丙站"))
    lake.deliver(DIRECTORY, day("07-25"), of("150303", 甲局=range(10), 乙社=range(10, 20)), scopes=whole("150303", "甲局", "乙社"))


def visit(number: int, served: date, **values: object) -> dict:
    return {"certificate_no": "FDY0001", "advisor_name": "样例某", "served_on": served, "mode": "上门", "entity_name": f"甲{number}",
            "event_date": served, "county_code": "150302", "scope": "150302",
            "entity_key": f"FDY0001|{served}|甲{number}|上门", **values}


def decisions(lake: Lake) -> None:
    # 150302 loses half its rows: a person accepts the file by its name
    lake.deliver(REGISTER, day("06-25"), coops("150302", range(20)))
    lake.deliver(REGISTER, day("07-25"), coops("150302", range(10)), file_name="海勃湾/登记20240725.xlsx")
    decide(lake, "登记20240725.xlsx", "采用", day("08-05"))
    # 150303 likewise, refused by content hash: the older delivery counts and nothing is held back any more
    lake.deliver(REGISTER, day("06-25"), coops("150303", range(20)))
    refused = lake.deliver(REGISTER, day("07-25"), coops("150303", range(10)))
    decide(lake, refused, "采用", day("08-01"))
    decide(lake, refused, "不采用", day("08-02"))
    # 150304 likewise, accepted too late for this month, and a decision about a file that never came
    lake.deliver(REGISTER, day("06-25"), coops("150304", range(20)))
    late = lake.deliver(REGISTER, day("07-25"), coops("150304", range(10)))
    decide(lake, late, "采用", day("09-10"))
    decide(lake, "登记.xlsx", "不采用", day("08-01"))
    # 150102: a refused file of the same date as a good one takes nothing with it
    lake.deliver(REGISTER, day("07-25"), coops("150102", range(3)))
    bad = lake.deliver(REGISTER, day("07-25"), coops("150102", range(90, 95)))
    decide(lake, bad, "不采用", day("07-26"))


def open_lists(lake: Lake) -> None:
    first = [listing("150302", n, date(2023, 7, n)) for n in range(1, 9)]
    lake.deliver(ABNORMAL, day("06-28"), first)
    # 1 is still there, 2 with its removal, 3 with a removal after the month; 8 has gone without a word
    lake.deliver(ABNORMAL, day("07-28"), [
        first[0], listing("150302", 2, date(2023, 7, 2), removed_on=day("07-31")),
        listing("150302", 3, date(2023, 7, 3), removed_on=day("08-01")), *first[3:7],
        listing("150302", 9, day("07-20"))])
    # 150303: so few are left that the delivery is held back: nothing has vanished
    lake.deliver(ABNORMAL, day("06-28"), [listing("150303", n, date(2023, 7, 1)) for n in range(10)])
    lake.deliver(ABNORMAL, day("07-28"), [listing("150303", 0, date(2023, 7, 1))])
    # 150304: the newest delivery is of 20 August: the one that the month chooses still shows the entry
    lake.deliver(ABNORMAL, day("07-29"), [listing("150304", 1, date(2023, 7, 1)), listing("150304", 2, date(2023, 7, 1))])
    lake.deliver(ABNORMAL, day("08-20"), [listing("150304", 1, date(2023, 7, 1))])


def forms(lake: Lake) -> None:
    ledger = [award("150302", "甲社", credit_code=code("150302", 1), members=20, amount=Decimal(30000)),
              award("150302", "乙社"), award("150302", "乙社", support="规范化建设支出补助")]
    lake.deliver(AWARD, day("07-25"), ledger)
    form = {"is_filled_form": True, "households_led": 7}
    lake.deliver(AWARD, day("07-20"), [award("150302", "乙社", main_industry="旧", **form)], scopes=[])
    lake.deliver(AWARD, day("07-26"), [
        award("150302", "甲社", members=99, main_industry="葡萄", **form), award("150302", "乙社", main_industry="蔬菜", **form),
        award("150302", "丙社", **form), award("150303", "甲社", **form)], scopes=[])
    start = day("08-01")
    held = {"provider": "样例公司", "starts_on": start, "county_code": "150304", "scope": "150304", "ends_on": date(2027, 7, 31)}
    lake.deliver(CONTRACT, day("07-25"), [{**held, "contract_no": "HT1", "entity_key": "HT1"}])
    lake.deliver(CONTRACT, day("07-26"), [{**held, "trainings": 100, "entity_key": f"样例公司|{start}", "is_filled_form": True}],
                 scopes=[])
    # 附件4 of the whole prefecture: its rows stand under the prefecture's own code
    other = {**held, "provider": "样例二公司", "county_code": "150303", "scope": "150303"}
    lake.deliver(CONTRACT, day("07-25"), [{**other, "contract_no": "HT2", "entity_key": "HT2"}])
    whole = {"county_code": "150300", "scope": "150300", "trainings": 80, "is_filled_form": True}
    lake.deliver(CONTRACT, day("07-26"), [{**other, **whole, "entity_key": f"样例二公司|{start}"}], scopes=[])
    item = {"year": 2024, "form": "附件5", "county_code": "150302", "scope": "150302|2024|附件5"}
    lake.deliver(SCORECARD, day("07-25"), [{**item, "item": 1, "entity_key": "2024|150302|附件5|1"}])
    lake.deliver(SCORECARD, day("07-25"), [
        {**item, "item": n, "score": Decimal(n), "entity_key": f"2024|150302|附件5|{n}", "is_filled_form": True} for n in (1, 2)],
        scopes=[])


@pytest.mark.parametrize(("county", "state", "delivered_on", "suspect_on", "in_force"), [
    ("150302", "当期", "07-25", None, 10), ("150303", "过期", "06-25", None, 20), ("150304", "疑似不完整", "06-25", "07-25", 20),
    ("150102", "当期", "07-25", None, 3)])
def test_a_person_decides_about_a_delivery(lake: Lake, county: str, state: str, delivered_on: str, suspect_on: str | None,
                                           in_force: int) -> None:
    found = lake.rows(f"select state, delivered_on, suspect_on from delivery where table_id = '{REGISTER}' and scope = '{county}'")
    assert found == [(state, day(delivered_on), suspect_on and day(suspect_on))]
    assert lake.rows(f"select count(*) from asof_gsxt__registration where county_code = '{county}'") == [(in_force,)]


def test_open_lists_tell_what_vanished_from_what_was_removed(lake: Lake) -> None:
    found = lake.rows("select county_code, right(credit_code, 1)::int, listing_state from asof_gsxt__abnormal_listing")
    assert len(found) == 9 + 10 + 2
    states = {(county, number): state for county, number, state in found}
    assert {number: state for (county, number), state in states.items() if county == "150302"} == {
        1: "在列", 2: "已移出", 3: "在列", 4: "在列", 5: "在列", 6: "在列", 7: "在列", 8: "未见于最新名录", 9: "在列"}
    assert {state for (county, _), state in states.items() if county in ("150303", "150304")} == {"在列"}
    assert lake.rows(f"select scope, state from delivery where table_id = '{ABNORMAL}' and scope like '15030_' order by all") == [
        ("150302", "当期"), ("150303", "疑似不完整"), ("150304", "当期")]


def test_a_delivery_that_drops_more_than_half_is_told_apart(lake: Lake) -> None:
    # 9 of 10 entries; of 20 cooperatives exactly half is not more than half
    assert lake.rows("select table_id, scope, removed, drops_most from delivery "
                     f"where state = '疑似不完整' and (table_id, scope) in (('{ABNORMAL}', '150303'), ('{REGISTER}', '150304')) "
                     "order by table_id") == [(ABNORMAL, "150303", 9, True), (REGISTER, "150304", 10, False)]


def test_filled_forms_fill_blank_cells_only(lake: Lake) -> None:
    assert lake.rows("select name, support, members, main_industry, households_led, amount, is_filled_form "
                     "from asof_programme__award order by name desc, support") == [
        ("甲社", "奖励补助", 20, "葡萄", 7, Decimal(30000), False), ("乙社", "奖励补助", None, "蔬菜", 7, None, False),
        ("乙社", "规范化建设支出补助", None, None, None, None, False)]
    assert lake.rows("select contract_no, trainings from asof_programme__service_contract order by 1") == [("HT1", 100), ("HT2", 80)]
    assert lake.rows("select item, score from asof_programme__scorecard") == [(1, Decimal(1))]


def test_a_filled_cell_leads_to_the_row_of_its_form(lake: Lake) -> None:
    forms = {(table, name): (content, file_name, sheet, row) for table, name, content, file_name, sheet, row in lake.rows(f"""
        select '{AWARD}', name, content_hash, file_name, sheet, row_number
        from read_parquet('{lake.settings.lake}/typed/{AWARD}/*.parquet')
        where is_filled_form and county_code = '150302' and main_industry <> '旧'""")}
    lineage = "form_content_hash, form_file_name, form_sheet, form_row_number"
    assert lake.rows(f"select name, filled_columns, {lineage} from asof_programme__award order by name desc, support") == [
        ("甲社", "main_industry,households_led", *forms[AWARD, "甲社"]),
        ("乙社", "main_industry,households_led", *forms[AWARD, "乙社"]),
        ("乙社", None, None, None, None, None)]
    assert lake.rows("select filled_columns, form_row_number is not null from asof_programme__service_contract") == [("trainings", True)] * 2
    assert lake.rows("select filled_columns from asof_programme__scorecard") == [("score",)]


def test_form_rows_without_a_ledger_row_are_listed(lake: Lake) -> None:
    assert lake.rows("select table_id, county_code, object_name, finding from filled_form_unmatched order by all") == [
        (AWARD, "150302", "丙社", "台账无此对象"), (AWARD, "150303", "甲社", "台账无此对象"),
        (SCORECARD, "150302", "附件5 2", "台账无此对象")]


def test_filled_forms_are_no_delivery(lake: Lake) -> None:
    assert lake.rows(f"select state from delivery where table_id = '{AWARD}' and scope = '150303'") == [("未收到",)]


def test_a_list_of_one_kind_replaces_that_kind_only(lake: Lake) -> None:
    assert lake.rows("select entity_type, right(credit_code, 1), members from asof_direct_report__entity order by all") == [
        ("农民合作社", "1", 9), ("家庭农场", "8", None)]
    assert lake.rows("select right(credit_code, 1), left_on from asof_direct_report__entity_left") == [("2", day("07-25"))]


def test_a_file_of_several_bodies_speaks_for_those_it_leaves_out(lake: Lake) -> None:
    assert lake.rows("select county_code, appointing_body, count(*) from asof_advisor__directory group by all order by all") == [
        ("150302", "乙社", 18), ("150302", "甲局", 20), ("150303", "丙站", 20), ("150303", "乙社", 10), ("150303", "甲局", 10)]
    assert lake.rows(f"select scope, state, delivered_on from delivery where table_id = '{DIRECTORY}' "
                     "and scope like '%|%' order by all") == [
        ("150302|乙社", "当期", day("07-25")), ("150302|甲局", "过期", day("06-25")),
        ("150303|丙站", "疑似不完整", day("06-25")), ("150303|乙社", "当期", day("07-25")), ("150303|甲局", "当期", day("07-25"))]


def test_visits_count_by_their_own_date(lake: Lake) -> None:
    assert lake.rows("select entity_name, content from asof_advisor__visit order by all") == [
        ("甲1", "补正"), ("甲2", None), ("甲3", None)]


def test_due_days_come_from_policy_rows(lake: Lake) -> None:
    found = {row[0]: row[1:] for row in lake.rows(
        "select region_code, newest_on, age_days, due_days, due_on, is_overdue from delivery_freshness "
        f"where table_id = '{DIRECT}'")}
    assert found == {"150302": (day("07-25"), 6, 40, day("09-03"), False), "150303": (None, None, 40, None, True),
                     "150304": (None, None, 40, None, True)}
    assert lake.rows("select count(*) from delivery_freshness where due_days is null or table_id like 'office.%'") == [(0,)]
    assert lake.rows("select count(*) from delivery where table_id like 'office.%' and state = '未收到'") == [(0,)]
