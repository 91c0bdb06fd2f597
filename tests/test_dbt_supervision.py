"""Monthly supervision (spec 2.10, rulings 6.2.13, 6.6.10) with and without the month before; expectations by hand."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import programme_oracle as lookup
import pytest
from dbt_lake import Lake
from oracle import naive_supervision as naive
from programme_rows import AWARD, DIRECT, FAMILY_FARM, QUOTA, TASK, award, direct, quota, task

from dagster_project.lake import PREVIOUS, write_rows
from dagster_project.months import month_end
from dagster_project.previous_edition import MANIFEST, lay_previous, previous_edition

TABLES = ("supervision_county", "supervision_award", "award_in_view", "award_check")

SENT = date(2024, 11, 28)
CODES = {name: f"9315030{n}MA0SUPER{n}{n}" for n, name in enumerate("甲乙丙丁戊")}


def filled(home: Path, previous: date | None) -> Lake:
    """海勃湾区: 甲 fine, 乙 not marked, 丙 neither marked nor updated; 乌达区: 丁 fine; 海南区 sent nothing."""
    lake = Lake(home)
    lake.month(date(2024, 11, 30), previous=previous)
    lake.deliver(AWARD, SENT, [award(name, code=CODES[name]) for name in "甲乙丙"])
    lake.deliver(AWARD, SENT, [award("规社", code=CODES["戊"], support="规范化建设支出补助", year=2024, entity_type=FAMILY_FARM,
                                     recognised_on=date(2024, 11, 20), accepted_on=None, paid_on=None, payment_mode=None, state="建设",
                                     scope="150302|2024|家庭农场")])
    lake.deliver(AWARD, SENT, [award("丁", "150304", code=CODES["丁"])])
    lake.deliver(DIRECT, SENT, [
        direct(CODES["甲"], "甲"),
        direct(CODES["乙"], "乙", subsidy_flag=False),
        direct(CODES["丙"], "丙", subsidy_flag=False, updated_on=date(2024, 1, 1)),
    ])
    lake.deliver(DIRECT, SENT, [direct(CODES["丁"], "丁", "150304")])
    lake.deliver(QUOTA, date(2024, 8, 1), [quota("150302", 3, 1), quota("150304", 2, 2)], scopes=["150300|2024"])
    lake.deliver(TASK, SENT, [task("150302", funds_arrived=Decimal("100000.00"), funds_paid=Decimal("50000.00"))])
    return lake


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = filled(tmp_path_factory.mktemp("first"), None)
    lake.build(*TABLES)
    return lake


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = filled(tmp_path_factory.mktemp("second"), date(2024, 10, 1))
    earlier = {
        "supervision_county": [("150302", 5, 2, True, 1), ("150304", 0, 1, True, 3)],
        "supervision_award": [
            (2024, "150302", "农民合作社", "甲", "奖励补助", f"2024|150302|农民合作社|{CODES['甲']}|奖励补助", 1, date(2024, 9, 1)),
            (2024, "150302", "农民合作社", "丙", "奖励补助", f"2024|150302|农民合作社|{CODES['丙']}|奖励补助", 2, date(2024, 9, 1)),
            (2024, "150302", "农民合作社", "去社", "奖励补助", "2024|150302|农民合作社|去社|奖励补助", 3, date(2024, 8, 1)),
        ],
    }
    for table, rows in earlier.items():
        write_rows(lake.settings.lake / "previous" / table / "part.parquet", PREVIOUS[table], rows)
    lake.build(*TABLES)
    return lake


COUNTY = ("quota_coops, quota_farms, awarded_coops, awarded_farms, standardised, accepted, paid, due_updates, updated, due_flags, "
          "flagged, problems, rank, notified, consecutive_notices, suggest_cut, edition_state")


def test_counties_of_the_first_edition(first: Lake) -> None:
    # exclusion is 资料缺 (no lists); 甲, 乙, 丙 were due on 2024-10-20, the 规范化 farm on 2024-12-20
    assert first.rows(f"select county_code, {COUNTY} from supervision_county order by 1") == [
        ("150302", 3, 1, 3, 0, 1, 3, 3, 3, 2, 3, 1, 3, 2, True, 1, False, "首期"),
        ("150303", None, None, None, None, None, None, None, None, None, None, None, None, None, None, 0, False, "首期"),
        ("150304", 2, 2, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, False, 0, False, "首期"),
    ]
    assert first.rows(
        "select fund_arrival_rate, payment_progress, problems_per_award, examined from supervision_county where county_code = '150302'"
    ) == [(Decimal("0.666667"), Decimal("0.333333"), Decimal("0.750000"), 4)]
    assert first.rows(
        "select standardised_coops, standardised_farms, funds_allotted, funds_arrived, funds_paid from supervision_county "
        "where county_code <> '150304' order by county_code"
    ) == [(0, 1, Decimal(150_000), Decimal(100_000), Decimal(50_000)), (None,) * 5]


def test_awards_of_the_first_edition(first: Lake) -> None:
    # 2024-09-20 + 30 = 10-20; 41 days to 2024-11-30
    assert first.rows(
        "select entity_name, open_problems, oldest_days, problem_checks, first_seen_month, change from supervision_award order by 1"
    ) == [
        ("丙", 2, 41, "flagged,updated", date(2024, 11, 1), "首期"),
        ("乙", 1, 41, "flagged", date(2024, 11, 1), "首期"),
    ]


def test_notices_in_a_row_lead_to_a_suggested_cut(second: Lake) -> None:
    assert second.rows(
        "select county_code, notified, consecutive_notices, suggest_cut, previous_problems, problems_change, edition_state "
        "from supervision_county order by 1"
    ) == [
        ("150302", True, 2, True, 5, -2, "有上月"),
        ("150303", None, 0, False, None, None, "上月无数据"),
        ("150304", False, 0, False, 0, 0, "有上月"),
    ]


def test_awards_against_the_month_before(second: Lake) -> None:
    assert second.rows(
        "select entity_name, open_problems, previous_problems, first_seen_month, change from supervision_award order by 1"
    ) == [
        ("丙", 2, 2, date(2024, 9, 1), "持平"),
        ("乙", 1, None, date(2024, 11, 1), "新增"),
        ("去社", None, 3, date(2024, 8, 1), "已不在台账"),
        ("甲", 0, 1, date(2024, 9, 1), "已解决"),
    ]


def close(lake: Lake, month: date) -> None:
    """The month's books as closing leaves them, of the tables that the next month reads."""
    edition = lake.settings.ledger / f"{month:%Y-%m}" / "1"
    (edition / "marts").mkdir(parents=True)
    with closing(duckdb.connect(str(lake.settings.build_file), read_only=True)) as con:
        for table in ("supervision_county", "supervision_award"):
            con.execute(f"copy {table} to '{edition / 'marts' / table}.parquet' (format parquet)")
    (edition / MANIFEST).write_text("{}")


def test_three_months_in_a_row(tmp_path: Path) -> None:
    """乙 is marked in December only; 丙 is neither marked nor updated, updated in November, marked in December."""
    lake, told = Lake(tmp_path), {}
    marked = {10: (False, False), 11: (False, False), 12: (True, True)}
    for number, (second, third) in marked.items():
        sent, month = date(2024, number, 28), date(2024, number, 1)
        lake.deliver(AWARD, sent, [award(name, code=CODES[name]) for name in "甲乙丙"])
        lake.deliver(DIRECT, sent, [
            direct(CODES["甲"], "甲"), direct(CODES["乙"], "乙", subsidy_flag=second),
            direct(CODES["丙"], "丙", subsidy_flag=third, updated_on=date(2024, 1, 1) if number == 10 else date(2024, 11, 5))])
        before = previous_edition(lake.settings, month)
        lake.month(month_end(month), previous=before.month if before else None)
        lay_previous(lake.settings, month)
        seeds = ["--exclude", "resource_type:seed"] if number > 10 else []
        lake.dbt("run" if seeds else "build", "--select", "+supervision_county", "+supervision_award", *seeds,
                 *([] if seeds else ["--exclude-resource-type", "unit_test", "test"]))
        told[number] = (
            lake.rows("select consecutive_notices, suggest_cut, problems, problems_change, edition_state "
                      "from supervision_county where county_code = '150302'"),
            lake.rows("select entity_name, open_problems, first_seen_month, change from supervision_award order by 1"))
        close(lake, month)
    october = date(2024, 10, 1)
    assert told == {
        10: ([(1, False, 3, None, "首期")], [("丙", 2, october, "首期"), ("乙", 1, october, "首期")]),
        11: ([(2, True, 2, -1, "有上月")], [("丙", 1, october, "问题减少"), ("乙", 1, october, "持平")]),
        12: ([(0, False, 0, -2, "有上月")], [("丙", 0, october, "已解决"), ("乙", 0, october, "已解决")]),
    }


def test_a_late_correction_changes_the_month(tmp_path: Path) -> None:
    """A corrected export of the same day, received later, wins: 乙 was marked after all."""
    lake = filled(tmp_path, None)
    lake.deliver(DIRECT, SENT, [direct(CODES["乙"], "乙")], scopes=["150302|农民合作社"])
    lake.build(*TABLES)
    assert lake.rows("select entity_name from supervision_award") == [("丙",)]


def test_the_naive_recomputation_agrees(first: Lake, second: Lake) -> None:
    for lake in (first, second):
        build, month_end = lake.settings.build_file, date(2024, 11, 30)
        checks = lookup.dicts(build, "select * from award_check")
        ledger = [{**row, "recognised": row["is_recognised"], "accepted": row["is_accepted"], "paid": row["is_paid"]}
                  for row in lookup.dicts(build, "select * from award_in_view")]
        before = [] if lake is first else [
            {"county_code": "150302", "award_key": f"2024|150302|农民合作社|{key}|奖励补助", "open_problems": 1, "first_seen_month": month}
            for key, month in ((CODES["甲"], date(2024, 9, 1)), (CODES["丙"], date(2024, 9, 1)), ("去社", date(2024, 8, 1)))]
        expected = naive.awards(checks, {(row["county_code"], row["award_key"]) for row in ledger}, date(2024, 11, 1), before)
        found = {(row["county_code"], row["award_key"]): row for row in lookup.dicts(build, "select * from supervision_award")}
        assert found.keys() == expected.keys()
        for key, row in expected.items():
            assert {name: found[key][name] for name in row} == row, key
        notices = {} if lake is first else {"150302": {"consecutive_notices": 1}, "150304": {"consecutive_notices": 3}}
        counties = naive.counties(checks, ledger, 2024, month_end, {"150302", "150304"}, {"150302", "150303", "150304"}, 2, notices)
        published = {row["county_code"]: row for row in lookup.dicts(build, "select * from supervision_county")}
        assert published.keys() == counties.keys()
        for county, row in counties.items():
            row["problems_per_award"] = row.pop("share")
            assert {name: published[county][name] for name in row} == row, county
