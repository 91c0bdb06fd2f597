"""Checks of awards and districts (spec 2.6, rulings 6.2.9, 6.6.10) from typed rows; expectations by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import programme_oracle as lookup
import pytest
from dbt_lake import Lake, coop, farm
from oracle.naive_programme import Programme
from programme_rows import (
    ABNORMAL,
    AWARD,
    CLIENT,
    CONTRACT,
    COOP,
    DIRECT,
    FAMILY_FARM,
    FARM,
    INSPECTION,
    QUOTA,
    REGISTER,
    SCORECARD,
    SERIOUS,
    TASK,
    award,
    client,
    contract,
    direct,
    inspection,
    listing,
    quota,
    score,
    task,
)

from dagster_project.lake import PREVIOUS, write_rows

TABLES = ("award_check", "district_check", "scorecard", "contract_evaluation", "scorecard_total", "quota_progress")

DECEMBER, SENT = date(2024, 12, 31), date(2024, 12, 25)


def code(number: int) -> str:
    return f"93150302MA0AWARD{number:02d}"


def plain(number: int) -> str:
    return f"第{number}农民专业合作社"


AWARDS = {
    # 1 passes everything; signatures 4 of 6 are exactly two thirds
    1: {},
    # one cent over the cap
    2: {"amount": Decimal("30000.01")},
    # 2024-09-24 .. 10-08: 24, 25, 26, 27, 29 (make-up Sunday), 30 and 10-08 = 7 with the first day, 6 without
    3: {"notice_from": date(2024, 9, 24), "notice_until": date(2024, 10, 8), "recognised_on": date(2024, 10, 9)},
    # one day earlier it is 8 and 7
    4: {"notice_from": date(2024, 9, 23), "notice_until": date(2024, 10, 8), "recognised_on": date(2024, 10, 9)},
    # to 10-07 (all holidays): 6 and 5
    5: {"notice_from": date(2024, 9, 24), "notice_until": date(2024, 10, 7), "recognised_on": date(2024, 10, 9)},
    # beyond the calendar
    6: {"notice_from": date(2026, 12, 28), "notice_until": date(2027, 1, 8)},
    # 10-08 .. 10-16 over the make-up Saturday 10-12: 8, 9, 10, 11, 12, 14, 15, 16 = 8 and 7, but it ends after 认定
    7: {"notice_from": date(2024, 10, 8), "notice_until": date(2024, 10, 16), "recognised_on": date(2024, 10, 15)},
    # nothing filled in but the recognition
    8: {"state": "认定", "amount": None, "notice_from": None, "notice_until": None, "objection": None,
        "accepted_on": None, "acceptance_conclusion": None, "paid_on": None, "signatures": None, "quantified": None},
    # accepted on the last day, paid 30 days later to the day
    9: {"accepted_on": date(2024, 11, 29), "paid_on": date(2024, 12, 29)},
    # accepted a day late, paid a day late
    10: {"accepted_on": date(2024, 11, 30), "paid_on": date(2024, 12, 31)},
    # paid before acceptance, 3 of 6 signed, objection, not quantified, refused
    11: {"paid_on": date(2024, 10, 31), "signatures": 3, "objection": True, "quantified": False,
         "acceptance_conclusion": "不合格"},
    # accepted on 12-31: signatures due that very day, the rest 30 days later
    12: {"accepted_on": date(2024, 12, 31), "paid_on": None, "signatures": 3, "quantified": None},
    13: {"state": "推荐", "recognised_on": None, "accepted_on": None, "paid_on": None, "amount": Decimal("40000.00")},
    14: {"state": "取消"},
    15: {"support": "规范化建设支出补助", "amount": Decimal("90000.00"), "notice_from": None, "notice_until": None,
         "objection": None, "signatures": None, "signatures_due": None},
    # no one had to sign
    16: {"signatures_due": 0, "signatures": 0},
    # recognised, but the day is blank
    17: {"recognised_on": None},
}

# September's closed edition counts for awards recognised in September; December's suspicion for none of them
CLOSED = {(date(2024, 9, 1), code(15)): "疑似空壳", (date(2024, 9, 1), code(16)): "确认", (date(2024, 12, 1), code(1)): "确认"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("programme"))
    lake.month(DECEMBER, scopes=("150300", "150623"))
    coops = [award(plain(n), code=code(n), **values) for n, values in AWARDS.items()]
    # a year before: one still open, one settled
    coops.append(award("旧未结", code=code(30), year=2023, amount=Decimal("31000.00")))
    coops.append(award("旧已结", code=code(31), year=2023))
    lake.deliver(AWARD, SENT, coops, file_name="奖补/合作社.xlsx")
    farms = [
        award("甲农场", kind=FAMILY_FARM, code="A" * 18),
        award("乙农场", kind=FAMILY_FARM, code=None, payment_mode="转账"),
        award("丙农场", kind=FAMILY_FARM, code="C" * 18, paid_on=None, payment_mode=None),
    ]
    lake.deliver(AWARD, SENT, farms, file_name="奖补/农场.xlsx")
    # 乌达区's ledger is from before the deadline: what is missing in it proves nothing
    lake.deliver(AWARD, date(2024, 11, 20), [award("早报社", "150304", code="93150304MA0EARLY01", accepted_on=None, paid_on=None,
                                                   acceptance_conclusion=None, state="建设")])
    # 1, and everyone who is not named below, is updated and marked
    reported = [direct(code(n), plain(n)) for n in AWARDS if n not in (2, 3, 4, 5)]
    reported += [
        direct(code(2), plain(2), updated_on=date(2024, 9, 19)),  # the day before 认定
        direct(code(3), plain(3), updated_on=date(2024, 10, 9), subsidy_year=2023),  # the day of 认定; another year's mark
        direct(None, "乌海市海勃湾区第4农牧民专业合作社", subsidy_flag=None),  # found by its name
    ]
    lake.deliver(DIRECT, SENT, reported, file_name="直报.xlsx")
    lake.deliver(FARM, SENT, [
        farm("A" * 18, "甲农场", "150302", subsidy_flag=True, subsidy_year=None, updated_on=date(2024, 9, 20), coded_on=date(2024, 9, 20)),
        farm(None, "乙农场", "150302", updated_on=date(2024, 9, 1)),
        farm("C" * 18, "丙农场", "150302", subsidy_flag=True, updated_on=date(2024, 12, 1), coded_on=date(2024, 9, 21)),
    ], file_name="名录.xlsx")
    lake.deliver(REGISTER, SENT, [coop(code(n), "150302", name=plain(n)) for n in AWARDS])
    lake.deliver(ABNORMAL, SENT, [
        listing(code(2), date(2024, 9, 20), reason="未按期年报"),  # the day of 认定
        listing(code(3), date(2024, 10, 10), reason="未按期年报"),  # the day after
        listing(code(4), date(2024, 1, 1), removed_on=date(2024, 10, 9), reason="未按期年报"),  # removed on the day
    ], scopes=["150302"])
    lake.deliver(SERIOUS, SENT, [listing(code(5), date(2024, 1, 1))], scopes=["150302"])
    lake.deliver(INSPECTION, SENT, [
        *(inspection(code(n), date(2024, 6, 1)) for n in AWARDS if n not in (6, 7, 9)),
        inspection(code(7), date(2022, 10, 14)),  # a day too old: 24 months before 2024-10-15
        inspection(code(9), date(2024, 6, 1), conclusion="空壳社"),
        inspection(code(9), date(2024, 9, 21)),  # the clean one came after 认定
        inspection(code(10), date(2024, 9, 1), illegal_finance=True),
    ])
    lake.deliver(QUOTA, date(2024, 8, 1), [quota("150302", 15, 0), quota("150303", 5, 5), quota("150304", 1, 2)],
                 scopes=["150300|2024"])
    lake.deliver(TASK, SENT, [task("150302"), task("150304", reward_plan_filed_on=date(2024, 8, 6), midterm_on=None,
                                                 funds_arrived=Decimal("149999.99"), funds_paid=None)])
    lake.deliver(CONTRACT, SENT, [
        contract("W1", "150304", satisfaction=Decimal("90")),
        contract("W2", "150304", amount=Decimal("50000.01"), ends_on=date(2027, 7, 30)),
    ])
    lake.deliver(CONTRACT, SENT, [contract("H1", "150302")])
    lake.deliver(REGISTER, SENT, [coop(f"93150304MA0UDA000{n}", "150304", name=f"乌达{n}社") for n in range(4)])
    lake.deliver(CLIENT, SENT, [
        client("W1", "乌达0社", "150304", code="93150304MA0UDA0000", accounts_sound=True, proxy_bookkeeping=True),
        client("W1", "乌达1社", "150304", accounts_sound=None),
        client("W1", "已注销社", "150304", code="93150304MA0G0NE001", accounts_sound=False, proxy_bookkeeping=True),
    ])
    lake.deliver(SCORECARD, SENT, [score("150302", "附件5", 15, "5.0"), score("150302", "附件5", 13, "4.0"),
                                   score("150302", "附件5", 1, "6.5"), score("150302", "附件5", 21, "2")])
    write_rows(lake.settings.lake / "previous" / "closed_shell_status" / "part.parquet", PREVIOUS["closed_shell_status"],
               [(month, number, status, "150302") for (month, number), status in CLOSED.items()])
    lake.build(*TABLES)
    return lake


def outcomes(lake: Lake, check: str, kind: str = COOP) -> dict:
    return dict(lake.rows(
        f"select entity_name, outcome from award_check where check_id = '{check}' and entity_type = '{kind}' "
        "and county_code = '150302' and year = 2024"
    ))


def of(lake: Lake, check: str, *numbers: int) -> list:
    found = outcomes(lake, check)
    return [found.get(plain(n)) for n in numbers]


def test_the_model_award_passes_every_check(lake: Lake) -> None:
    assert dict(lake.rows(f"select check_id, outcome from award_check where entity_name = '{plain(1)}'")) == dict.fromkeys(
        ("amount_cap", "public_notice", "objection", "exclusion", "accepted", "paid", "signatures", "quantified",
         "flagged", "updated"), "通过")


def test_the_cap_holds_to_the_cent_and_for_candidates(lake: Lake) -> None:
    assert of(lake, "amount_cap", 1, 2, 8, 13, 14, 15) == ["通过", "问题", "问题", "问题", None, None]
    row = lake.one(f"select * from award_check where entity_name = '{plain(2)}' and check_id = 'amount_cap'")
    # from 2024-09-20 to 2024-12-31: 10 + 31 + 30 + 31
    assert row["days_open"] == 102
    assert row["detail"] == "奖补金额30000.01元，限额30000.00元；期限为2024-09-20，截至2024-12-31已超过102天。"
    assert (row["file_name"], row["row_number"]) == ("奖补/合作社.xlsx", 3)


def test_working_days_are_counted_both_ways_over_national_day(lake: Lake) -> None:
    assert of(lake, "public_notice", 3, 4, 5, 6, 7, 8) == ["存疑", "通过", "问题", "资料缺", "问题（逾期）", "问题"]
    assert lake.rows(
        "select notice_days_with_first, notice_days_without_first, days_open from award_check "
        "where check_id = 'public_notice' and entity_name in ('第3农民专业合作社', '第4农民专业合作社', '第5农民专业合作社', "
        "'第6农民专业合作社', '第7农民专业合作社') order by entity_name"
    ) == [(7, 6, None), (8, 7, None), (6, 5, 83), (None, None, None), (8, 7, 1)]


def test_signatures_two_thirds_and_their_due_day(lake: Lake) -> None:
    # 4 of 6 passes, 3 of 6 does not; on the day of acceptance itself nothing is late; nobody to sign cannot be told
    assert of(lake, "signatures", 1, 11, 12, 16, 8, 15) == ["通过", "问题", "未到期", "资料缺", "未到期", None]


def test_acceptance_and_payment_at_their_last_days(lake: Lake) -> None:
    assert of(lake, "accepted", 9, 10, 11, 8) == ["通过", "问题（逾期）", "问题", "问题"]
    # 2024-11-29 + 30 = 12-29; 11-30 + 30 = 12-30, paid on 12-31; paid before acceptance; not accepted yet; due 2025-01-30
    assert of(lake, "paid", 9, 10, 11, 8, 12) == ["通过", "问题（逾期）", "问题", "未到期", "未到期"]
    assert lake.rows(
        "select check_id, days_open, detail from award_check where entity_name = '第10农民专业合作社' "
        "and outcome = '问题（逾期）' order by check_id"
    ) == [
        ("accepted", 1, "验收日期2024-11-30，验收结论合格；期限为2024-11-29，逾期1天。"),
        ("paid", 1, "验收日期2024-11-30，拨付日期2024-12-31；期限为2024-12-30，逾期1天。"),
    ]


def test_a_ledger_older_than_the_deadline_proves_no_absence(lake: Lake) -> None:
    assert lake.rows(
        "select outcome, detail from award_check where entity_name = '早报社' and check_id in ('accepted', 'flagged') order by 1, 2"
    ) == [
        ("资料缺", "未收到新农直报数据。"),
        ("资料缺", "未验收；数据日期2024-11-20早于期限2024-11-29，不能据以认定未完成。"),
    ]


def test_exclusion_is_judged_by_what_was_known_at_recognition(lake: Lake) -> None:
    # 2 listed on the day; 3 the day after; 4 removed on the day; 5 serious; 6 never inspected; 7 too long ago; 9, 10 inspected
    assert of(lake, "exclusion", 2, 3, 4, 5, 6, 7, 9, 10) == [
        "问题", "通过", "通过", "问题", "资料缺", "资料缺", "问题", "问题"]
    assert of(lake, "exclusion", 1, 15, 16) == ["通过", "存疑", "问题"]
    assert outcomes(lake, "exclusion", FAMILY_FARM) == {"甲农场": "通过", "乙农场": "问题", "丙农场": "问题"}


def test_marks_and_updates_rest_on_the_right_system(lake: Lake) -> None:
    # 5 is not in 新农直报 at all; 4 is found by its name, its mark is blank
    assert of(lake, "updated", 1, 2, 3, 4, 5, 17) == ["通过", "问题", "通过", "问题", "问题", "资料缺"]
    assert of(lake, "flagged", 1, 2, 3, 4, 5, 15) == ["通过", "通过", "问题", "问题", "问题", "通过"]
    assert outcomes(lake, "flagged", FAMILY_FARM) == {"甲农场": "通过", "乙农场": "问题", "丙农场": "通过"}
    assert outcomes(lake, "updated", FAMILY_FARM) == {"甲农场": "通过", "乙农场": "问题", "丙农场": "通过"}
    # 丙: due 2024-12-01, not paid and no mode
    assert outcomes(lake, "card_payment", FAMILY_FARM) == {"甲农场": "通过", "乙农场": "问题", "丙农场": "问题"}


def test_candidates_and_support_kinds_have_their_own_checks(lake: Lake) -> None:
    def made(number: int) -> set:
        return {c for (c,) in lake.rows(f"select check_id from award_check where entity_name = '{plain(number)}'")}

    assert made(13) == {"amount_cap", "exclusion"}
    assert made(14) == set()
    assert made(15) == {"exclusion", "accepted", "paid", "quantified", "flagged", "updated"}


def test_earlier_years_are_examined_while_open(lake: Lake) -> None:
    # 2023 has no deadline of acceptance of its own; 旧已结 was never marked, which is open too
    found = lake.rows("select distinct entity_name from award_check where year = 2023 order by 1")
    assert found == [("旧已结",), ("旧未结",)]
    assert lake.rows("select count(*) from award_check where year = 2023 and check_id = 'accepted'") == [(0,)]


def test_progress_against_the_quota(lake: Lake) -> None:
    # 15 awards of 2024 but 取消, 推荐 and 规范化: 17 - 3 = 14; recommended with 推荐 15; 10 x 15 < 12 x 15
    assert lake.rows(
        "select county_code, entity_type, quota, recommended, recommendation_enough, awarded, accepted, standardised, completion, "
        "missing_tables from quota_progress where county_code <> '150303' order by 1, 2"
    ) == [
        ("150302", "农民合作社", 15, 15, False, 14, 12, 1, Decimal("0.800000"), None),
        ("150302", "家庭农场", 0, 3, True, 3, 3, 0, None, None),
        ("150304", "农民合作社", 1, 1, False, 1, 0, 0, Decimal("0.000000"), None),
        ("150304", "家庭农场", 2, None, None, None, None, None, None, "programme.award"),
    ]


def test_district_checks(lake: Lake) -> None:
    assert set(lake.rows("select outcome from district_check where county_code = '150302'")) == {("通过",)}
    assert dict(lake.rows("select check_id, outcome from district_check where county_code = '150304'")) == {
        "reward_plan_filed": "问题（逾期）", "centre_plan_filed": "通过", "platform_uploaded": "通过", "midterm": "问题",
        "accepted": "通过", "self_evaluation": "通过", "summary": "通过", "funds_arrived": "问题", "funds_paid": "问题",
    }
    # 海南区 sent no ledger; 鄂托克前旗 has only its own deadline, and sent none either
    assert set(lake.rows("select outcome from district_check where county_code = '150303'")) == {("资料缺",)}
    assert lake.rows("select check_id, outcome, due_on from district_check where county_code = '150623'") == [
        ("service_centre", "资料缺", date(2025, 12, 31))]


def test_contracts_by_pilot_cap_and_term(lake: Lake) -> None:
    assert lake.rows(
        "select contract_no, amount_outcome, pilot_outcome, term_outcome, findings from contract_evaluation order by 1"
    ) == [
        ("H1", "不适用", "问题", "通过", "所在区不是综合服务中心建设试点区"),
        ("W1", "通过", "通过", "通过", None),
        ("W2", "问题", "通过", "问题", "合同金额50000.01元，超过限额50000.00元；服务期限2024-08-01至2027-07-30，不足36个月"),
    ]


def test_the_trial_score_is_renormalised_over_what_is_known(lake: Lake) -> None:
    row = lake.one("select * from contract_evaluation where contract_no = 'W1'")
    # 3 clients, 2 of them in force of 4; 1 of 3 sound; 2 with proxy; no directory, no lists, no visits of 乌达区
    assert (row["coops_served"], row["coops_share"], row["farms_served"], row["farms_share"]) == (3, Decimal("0.500000"), 0, None)
    assert (row["proxy_clients"], row["accounts_sound_rate"], row["accounts_sound_unknown"]) == (2, Decimal("0.333333"), 1)
    assert (row["composite_weight"], row["missing_components"]) == (50, "列异移除、赋码、覆盖")
    # (30 x 0.9 + 20 x 0.333333) / 50 = 33.66666 / 50 = 67.333320 of 100
    assert row["composite"] == Decimal("67.333320")


def test_scorecards_show_both_scores(lake: Lake) -> None:
    # 14 + 规范化 1 = 15 supported, of them 3 (第5) and none else missing in 新农直报, and the clients of no contract here
    row = lake.one("select * from scorecard where county_code = '150302' and form = '附件5' and item = 13")
    assert (row["numerator"], row["denominator"], row["computed"], row["given"], row["status"]) == (
        14, 15, Decimal("3.7"), Decimal("4.0"), "有差异")  # 4 x 14/15 = 3.733
    row = lake.one("select * from scorecard where county_code = '150302' and form = '附件5' and item = 15")
    assert (row["numerator"], row["denominator"], row["computed"], row["status"]) == (12, 15, Decimal("4.0"), "有差异")
    assert lake.rows("select item, computed, given, score, status from scorecard where county_code = '150302' "
                     "and form = '附件5' and item in (1, 2, 21) order by 1") == [
        (1, None, Decimal("6.5"), Decimal("6.5"), "仅评分"),
        (2, None, None, None, "待评"),
        (21, None, Decimal("-2.0"), Decimal("-2.0"), "仅评分"),
    ]
    assert lake.rows("select points, status from scorecard_total where county_code = '150302' and form = '附件5'") == [
        (Decimal("100.00"), "未完")]


def test_the_naive_recomputation_agrees_on_every_check(lake: Lake) -> None:
    build = lake.settings.build_file
    naive = Programme(lookup.typed(build), lookup.delivered(build), lookup.policy(build), DECEMBER,
                      lookup.calendar(build).get, CLOSED, lookup.fronts(build))
    found = {row[:3]: row[3] for row in lake.rows("select county_code, award_key, check_id, outcome from award_check")}
    assert len(found) > 150
    assert found == naive.award_checks()
    districts = {row[:3]: row[3] for row in lake.rows("select year, county_code, check_id, outcome from district_check")}
    assert districts == naive.district_checks(["150302", "150303", "150304", "150623"])
