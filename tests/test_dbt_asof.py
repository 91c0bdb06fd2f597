"""Which rows count in a month (spec 1.1, rulings 6.1.5, 6.6.3, 6.6.11): July 2024, window 10 days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from dbt_lake import Lake, account, coop, farm, statement

TABLES = ("cooperative", "delivery", "family_farm", "quota_task", "quota_progress", "plan_target", "asof_coop_finance__statement", "asof_coop_finance__member_account")

REGISTER, DIRECTORY = "gsxt.registration", "farm_directory.farm"
STATEMENT, ACCOUNT = "coop_finance.statement", "coop_finance.member_account"


def code(county: str, number: int) -> str:
    return f"93{county}{number:010d}"


def coops(county: str, *numbers: int, **values: object) -> list[dict]:
    return [coop(code(county, number), county, **values) for number in numbers]


def day(text: str) -> date:
    return date.fromisoformat(f"2024-{text}")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("asof"))
    lake.month(day("07-31"), scopes=("150300", "330200"))
    registrations(lake)
    farms(lake)
    finance(lake)
    plans(lake)
    lake.build(*TABLES)
    return lake


def registrations(lake: Lake) -> None:
    # 150302: two deliveries in the last ten days (22 July is the first of them), the newer counts
    lake.deliver(REGISTER, day("07-22"), coops("150302", 1, 2))
    lake.deliver(REGISTER, day("07-29"), coops("150302", 1))
    # 150303: none in the last ten days; the earliest of August counts
    for dated in ("07-21", "08-10", "08-02"):
        lake.deliver(REGISTER, day(dated), coops("150303", 1))
    # 150304: 21 July is before the window, 11 August after it
    for dated in ("07-05", "07-21", "08-11"):
        lake.deliver(REGISTER, day(dated), coops("150304", 1))
    # 150102: nothing this month
    for dated in ("05-31", "06-30"):
        lake.deliver(REGISTER, day(dated), coops("150102", 1))
    # 150103: 5 of 20 gone, 25 %
    lake.deliver(REGISTER, day("06-25"), coops("150103", *range(20)))
    lake.deliver(REGISTER, day("07-25"), coops("150103", *range(15)))
    # 150104: 6 of 40 gone, exactly 15 %; 150105: 4 of 7 gone, fewer than 5
    lake.deliver(REGISTER, day("06-25"), coops("150104", *range(40)))
    lake.deliver(REGISTER, day("07-25"), coops("150104", *range(34)))
    lake.deliver(REGISTER, day("06-25"), coops("150105", *range(7)))
    lake.deliver(REGISTER, day("07-25"), coops("150105", *range(3)))
    # 150121: all 3 gone
    lake.deliver(REGISTER, day("06-25"), coops("150121", *range(3)))
    lake.deliver(REGISTER, day("07-25"), [], scopes=["150121"])
    # 150122: cut in half twice, which does not make it complete; 150123: whole again afterwards
    for county in ("150122", "150123"):
        lake.deliver(REGISTER, day("05-25"), coops(county, *range(20)))
        lake.deliver(REGISTER, day("06-25"), coops(county, *range(10)))
        lake.deliver(REGISTER, day("07-23"), coops(county, *range(10)))
    lake.deliver(REGISTER, day("07-25"), coops("150123", *range(1, 22)))
    # 150124: number 2 was rejected in July; 3 left; 4 was rejected in June as well
    lake.deliver(REGISTER, day("05-25"), coops("150124", 1, 2, 3, 4, name="五月"))
    lake.deliver(
        REGISTER, day("06-25"), coops("150124", 1, 2, 3, name="六月"), rejected=[rejection("150124", 4)]
    )
    lake.deliver(
        REGISTER,
        day("07-25"),
        coops("150124", 1, name="七月"),
        rejected=[rejection("150124", 2), rejection("150124", 2), rejection("150124", 4)],
    )
    # 150125: statuses
    lake.deliver(
        REGISTER,
        day("04-25"),
        coops("150125", 1, 2, status="suspended", status_raw="歇业") + coops("150125", 3, 4),
    )
    lake.deliver(REGISTER, day("06-25"), coops("150125", 1, 2, 3, 4, status=None, status_raw=None))
    lake.deliver(
        REGISTER,
        day("08-02"),
        [
            *coops("150125", 1, status=None, status_raw=None),
            *coops("150125", 2, status="suspended", status_raw="歇业", suspended_from=day("03-01")),
            *coops("150125", 3, status="deregistered", status_raw="注销", ended_on=day("08-01")),
            *coops("150125", 4, status="deregistered", status_raw="注销", ended_on=day("07-31")),
            *coops("150125", 5, status=None, status_raw=None),
            *coops("150125", 6, status="revoked", status_raw="吊销", ended_on=date(2022, 7, 30)),
            *coops("150125", 7, status="revoked", status_raw="吊销", ended_on=date(2022, 7, 31)),
            *coops("150125", 8, founded_on=day("08-01")),
            *coops("150125", 9, kind="农民专业合作社分支机构"),
            coop("91150125MA0000001A", "150125", name="某某供销合作社有限公司", kind="有限责任公司"),
            coop("93150125MA0000002B", "150125", name="某某联合社", kind=None),
            coop("93150125MA0000003C", "150125", name="某某联合社区农民专业合作社", kind=None),
            *coops("150125", 10, is_stray=True, scope="150207"),
        ],
        scopes=["150125"],
    )
    # 150202: two files of one date are one delivery; the same cooperative twice: the later received wins
    lake.deliver(REGISTER, day("07-25"), coops("150202", 1, 2, name="先到"))
    lake.deliver(REGISTER, day("07-25"), coops("150202", 2, 3, name="后到"))
    # 150203 and 150204 both list one cooperative
    lake.deliver(REGISTER, day("07-26"), coops("150203", 1))
    lake.deliver(REGISTER, day("07-24"), [coop(code("150203", 1), "150204")])
    # 150205: a row further up its sheet is overwritten by the same key further down
    lake.deliver(
        REGISTER,
        day("07-25"),
        coops("150205", 1, name="前", is_superseded=True) + coops("150205", 1, name="后"),
    )


def rejection(county: str, number: int) -> dict:
    return {
        "row_number": 90 + number,
        "column_name": "成立日期",
        "raw_value": "?",
        "masked_value": "?",
        "code": "BAD_DATE",
        "sentence": "成立日期无法识别，请改为 2024-07-01 的样子。",
        "scope": county,
        "entity_key": code(county, number),
        "cells": "{}",
    }


def farms(lake: Lake) -> None:
    def of(county: str, township: str, *numbers: int, narrow: bool = False, **values: object) -> list[dict]:
        scope = f"{county}|{township}" if narrow else county
        return [
            farm(
                f"F{county}{number:011d}",
                f"农场{number}",
                county,
                township_name=township,
                **{"scope": scope, **values},
            )
            for number in numbers
        ]

    # 150302: a later township file replaces its township alone
    lake.deliver(DIRECTORY, day("07-25"), of("150302", "甲镇", 1, 2, 3) + of("150302", "乙镇", 11, 12))
    lake.deliver(DIRECTORY, day("07-28"), of("150302", "甲镇", 2, 3, 4, 5, narrow=True))
    # 150303: an earlier township file, and one of the same date, change nothing
    lake.deliver(DIRECTORY, day("07-23"), of("150303", "甲镇", 1, narrow=True))
    lake.deliver(DIRECTORY, day("07-25"), of("150303", "甲镇", 2, 3) + of("150303", "乙镇", 11))
    lake.deliver(DIRECTORY, day("07-25"), of("150303", "乙镇", 12, narrow=True))
    # 150304: a township file that would remove 6 of the county's 8 farms there
    lake.deliver(DIRECTORY, day("07-22"), of("150304", "甲镇", *range(8)) + of("150304", "乙镇", 11))
    lake.deliver(DIRECTORY, day("07-30"), of("150304", "甲镇", 0, 1, narrow=True))
    # 150102: farms without a code; one was given its code since, one left; one key stands in two counties
    plain = [farm(None, f"无码{number}", "150102", township_name="甲镇") for number in (1, 2, 3)]
    lake.deliver(DIRECTORY, day("06-25"), plain)
    lake.deliver(
        DIRECTORY,
        day("07-25"),
        [plain[0], farm("A23456789012345678", "无码2", "150102", township_name="甲镇")],
    )
    lake.deliver(DIRECTORY, day("07-25"), [farm(None, "无码1", "150103", township_name="甲镇")])


def finance(lake: Lake) -> None:
    first, second, third, fourth = (code("150302", number) for number in (1, 2, 3, 4))
    lake.deliver(STATEMENT, day("04-10"), [statement(first, "150302", 2023, returned=Decimal(1))])
    lake.deliver(
        STATEMENT,
        day("06-01"),
        [
            statement(
                first, "150303", 2023, returned=Decimal(2)
            ),  # the file places it elsewhere: still replaced
            statement(first, "150303", 2022, returned=Decimal(20)),
            statement(second, "150302", 2024, returned=Decimal(3)),  # a year that has not ended
        ],
    )
    lake.deliver(
        STATEMENT, day("09-09"), [statement(second, "150302", 2023, returned=Decimal(4))]
    )  # as_of + 40 days
    lake.deliver(
        STATEMENT, day("09-10"), [statement(second, "150302", 2023, returned=Decimal(5))]
    )  # too late
    stray = {"returned": Decimal(6), "is_stray": True}
    lake.deliver(STATEMENT, day("06-02"), [statement(third, "150302", 2023, **stray)], scopes=[])
    lake.deliver(STATEMENT, day("06-03"), [statement(first, "150302", 2023, **stray)], scopes=[])

    def members(who: str, *numbers: int) -> list[dict]:
        return [account(who, "150302", 2023, number) for number in numbers]

    # sent again with fewer members: 2 of 12 drop out; 10 of 40 are too many
    lake.deliver(ACCOUNT, day("04-10"), members(first, *range(12)) + members(fourth, *range(40)))
    lake.deliver(ACCOUNT, day("05-10"), members(first, *range(10)) + members(fourth, *range(30)))


def plans(lake: Lake) -> None:
    def quota(county: str, name: str, coops: int, **values: object) -> dict:
        return {
            "year": 2024,
            "county_name": name,
            "county_code": county,
            "coops": coops,
            "farms": coops,
            "scope": "150300|2024",
            "entity_key": f"2024|{county}",
            **values,
        }

    lake.deliver(
        "programme.quota", day("07-26"), [quota("150302", "海勃湾区", 9), quota("150304", "乌达区", 9)]
    )
    lake.deliver(
        "programme.quota",
        day("07-28"),
        [
            quota("150302", "海勃湾区", 3, remark="试点"),
            quota("150304", "乌达区", 2),
            quota("150303", "海南区", 5),
        ],
    )
    lake.deliver("programme.quota", day("08-01"), [quota("150302", "海勃湾区", 7)])

    def target(county: str, name: str, indicator: str, number: int, **values: object) -> dict:
        return {
            "county_name": name,
            "county_code": county,
            "year": 2024,
            "indicator": indicator,
            "target": number,
            "is_city_wide": False,
            "scope": county,
            "entity_key": f"{county}|2024|{indicator}",
            **values,
        }

    lake.deliver(
        "supply_coop.target",
        date(2023, 7, 27),
        [
            target("330203", "海曙", "star_coops", 70),
            target("330205", "江北", "star_coops", 37),
            target("330203", "海曙", "led_five_star", 65, is_city_wide=True),
        ],
    )
    lake.deliver("supply_coop.target", date(2023, 9, 1), [target("330203", "海曙", "star_coops", 80)])
    lake.deliver("supply_coop.target", day("08-01"), [target("330203", "海曙", "star_coops", 99)])


def listed(lake: Lake, county: str) -> set[int]:
    return {
        int(key[8:])
        for (key,) in lake.rows(
            f"select key from cooperative where county_code = '{county}' and in_force and left_on is null"
        )
    }


def chosen(lake: Lake, table: str, scope: str) -> tuple:
    return lake.rows(
        f"select state, delivered_on, suspect_on, removed from delivery "
        f"where table_id = '{table}' and scope = '{scope}'"
    )[0]


@pytest.mark.parametrize(
    ("county", "state", "delivered_on"),
    [
        ("150302", "当期", "07-29"),
        ("150303", "月后导出", "08-02"),
        ("150304", "月内", "07-21"),
        ("150102", "过期", "06-30"),
    ],
)
def test_the_window_decides_which_delivery_counts(
    lake: Lake, county: str, state: str, delivered_on: str
) -> None:
    assert chosen(lake, REGISTER, county)[:2] == (state, day(delivered_on))


@pytest.mark.parametrize(
    ("county", "delivered_on", "suspect_on", "removed", "in_force"),
    [
        ("150103", "06-25", "07-25", 5, set(range(20))),
        ("150121", "06-25", "07-25", 3, {0, 1, 2}),
        ("150122", "05-25", "07-23", 10, set(range(20))),
    ],
)
def test_an_incomplete_delivery_leaves_the_older_rows(
    lake: Lake, county: str, delivered_on: str, suspect_on: str, removed: int, in_force: set[int]
) -> None:
    assert chosen(lake, REGISTER, county) == ("疑似不完整", day(delivered_on), day(suspect_on), removed)
    assert listed(lake, county) == in_force


@pytest.mark.parametrize(
    ("county", "in_force"),
    [
        ("150104", set(range(34))),
        ("150105", {0, 1, 2}),
        ("150123", set(range(1, 22))),
    ],
)
def test_a_delivery_within_the_limits_counts(lake: Lake, county: str, in_force: set[int]) -> None:
    assert chosen(lake, REGISTER, county) == ("当期", day("07-25"), None, None)
    assert listed(lake, county) == in_force


def test_who_is_no_longer_listed_has_left_since_the_first_delivery_without_them(lake: Lake) -> None:
    assert lake.rows(
        "select key, status, in_force, left_on from cooperative where county_code = '150302' order by key"
    ) == [(code("150302", 1), "active", True, None), (code("150302", 2), "left", False, day("07-29"))]


def test_a_rejected_row_keeps_its_last_accepted_version(lake: Lake) -> None:
    assert lake.rows(
        "select key, name, kept_from_older, status from cooperative where county_code = '150124' order by key"
    ) == [
        (code("150124", 1), "七月", False, "active"),
        (code("150124", 2), "六月", True, "active"),
        (code("150124", 3), "六月", False, "left"),
        (code("150124", 4), "五月", True, "active"),
    ]


def test_statuses_are_carried_over_and_never_read_ahead(lake: Lake) -> None:
    found = {
        int(key[8:]): rest
        for key, *rest in lake.rows(
            "select key, status, status_carried, in_force, suspended_from, suspended_until, "
            "suspension_presumed "
            "from cooperative where county_code = '150125' and key like '931501250%'"
        )
    }
    assert found == {
        # no status in the layout since April: carried over; 歇业 without dates: from first seen, for 3 years
        1: ["suspended", True, True, day("04-25"), date(2027, 4, 25), True],
        2: ["suspended", False, True, day("03-01"), date(2027, 3, 1), True],
        # deregistered on 1 August: not yet at the cut-off
        3: ["active", True, True, None, None, False],
        4: ["deregistered", False, False, None, None, False],
        5: ["unknown", True, True, None, None, False],
        # revoked: kept for 24 months; 6 is one day older
        7: ["revoked", False, False, None, None, False],
    }


def test_class_not_name_makes_a_cooperative(lake: Lake) -> None:
    assert lake.rows(
        "select key, is_union from cooperative where county_code = '150125' and key like '%MA%' order by key"
    ) == [("93150125MA0000002B", True), ("93150125MA0000003C", False)]


def test_files_of_one_date_are_united_and_the_later_received_wins(lake: Lake) -> None:
    assert lake.rows("select key, name from cooperative where county_code = '150202' order by key") == [
        (code("150202", 1), "先到"),
        (code("150202", 2), "后到"),
        (code("150202", 3), "后到"),
    ]
    assert lake.rows(
        "select file_count, rows from delivery where scope = '150202' and table_id = 'gsxt.registration'"
    ) == [(2, 4)]


def test_a_cooperative_listed_by_two_counties_counts_once_where_listed_later(lake: Lake) -> None:
    assert lake.rows(f"select county_code from cooperative where key = '{code('150203', 1)}'") == [
        ("150203",)
    ]


def test_the_last_row_of_a_key_in_a_sheet_counts(lake: Lake) -> None:
    assert lake.rows("select name from cooperative where county_code = '150205'") == [("后",)]


@pytest.mark.parametrize(
    ("county", "expected"),
    [
        ("150302", {2, 3, 4, 5, 11, 12}),
        ("150303", {2, 3, 11}),
        ("150304", {*range(8), 11}),
    ],
)
def test_a_township_file_overrides_its_township_only_when_later_and_complete(
    lake: Lake, county: str, expected: set[int]
) -> None:
    assert {
        int(key[7:])
        for (key,) in lake.rows(
            f"select key from family_farm where county_code = '{county}' and status = 'listed'"
        )
    } == expected


def test_township_scopes_are_told_apart_in_the_list_of_deliveries(lake: Lake) -> None:
    assert chosen(lake, DIRECTORY, "150302|甲镇")[:2] == ("当期", day("07-28"))
    assert chosen(lake, DIRECTORY, "150304|甲镇") == ("疑似不完整", day("07-22"), day("07-30"), 6)


def test_farms_without_a_code_have_a_hashed_key_of_their_county(lake: Lake) -> None:
    rows = lake.rows(
        "select name, county_code, status, farm_code, length(key), key from family_farm "
        "where name like '无码%' order by county_code, name"
    )
    assert [row[:5] for row in rows] == [
        ("无码1", "150102", "listed", None, 64),
        ("无码2", "150102", "listed", "A23456789012345678", 18),
        ("无码3", "150102", "left", None, 64),
        ("无码1", "150103", "listed", None, 64),
    ]
    assert len({row[5] for row in rows}) == 4


def test_the_newest_statement_known_in_time_counts(lake: Lake) -> None:
    assert lake.rows(
        "select credit_code, fiscal_year, returned from asof_coop_finance__statement order by all"
    ) == [
        (code("150302", 1), 2022, Decimal("20.00")),
        (code("150302", 1), 2023, Decimal("2.00")),
        (code("150302", 2), 2023, Decimal("4.00")),
        (code("150302", 3), 2023, Decimal("6.00")),
    ]


def test_a_coop_year_is_listed_with_the_county_of_the_delivery_that_counts(lake: Lake) -> None:
    first = code("150302", 1)
    assert lake.rows(
        f"select scope, state, delivered_on from delivery where table_id = '{STATEMENT}' "
        f"and scope like '%{first}|2023'"
    ) == [(f"150303|{first}|2023", "当期", day("06-01"))]
    assert lake.rows(
        f"select state, delivered_on from delivery where table_id = '{STATEMENT}' "
        f"and scope = '150302|{code('150302', 2)}|2023'"
    ) == [("月后导出", day("09-09"))]


def test_fewer_members_drop_the_others_unless_too_many_are_missing(lake: Lake) -> None:
    assert lake.rows(
        "select credit_code, count(*), max(delivered_on) from asof_coop_finance__member_account "
        "group by all order by all"
    ) == [(code("150302", 1), 10, day("05-10")), (code("150302", 4), 40, day("04-10"))]


def test_the_quota_of_a_year_and_prefecture_is_replaced_as_a_whole(lake: Lake) -> None:
    assert lake.rows(
        "select county_code, county_label, coops, farms, remark, print_order from quota_task "
        "order by print_order"
    ) == [
        ("150302", "海勃湾区", 3, 3, "试点", 1),
        ("150304", "乌达区", 2, 2, None, 2),
        ("150303", "海南区", 5, 5, None, 3),
    ]
    assert lake.rows(
        "select entity_type, sum(quota), count(awarded) from quota_progress group by all order by all"
    ) == [("农民合作社", 10, 0), ("家庭农场", 10, 0)]


def test_targets_keep_versions_and_the_five_star_cell_is_the_citys(lake: Lake) -> None:
    assert lake.rows(
        "select region_code, region_level, indicator, target, print_order from plan_target order by all"
    ) == [
        ("330200", "prefecture", "led_five_star", 65, 1),
        ("330203", "county", "star_coops", 80, 1),
        ("330205", "county", "star_coops", 37, 2),
    ]


def test_what_never_came_is_listed_for_the_configured_counties(lake: Lake) -> None:
    never = set(lake.rows("select table_id, scope from delivery where state = '未收到'"))
    assert ("supply_coop.target", "330200") not in never
    assert ("supply_coop.target", "150300") in never
    assert (REGISTER, "330203") in never
    assert (REGISTER, "150302") not in never
    assert (STATEMENT, "150302") not in never
    assert (STATEMENT, "150304") in never
    assert not {scope for _, scope in never if scope.startswith("1501")}
    assert lake.rows(
        "select count(*) from delivery where state = '未收到' and (delivered_on is not null or rows <> 0)"
    ) == [(0,)]
