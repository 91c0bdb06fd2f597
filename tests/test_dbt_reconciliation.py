"""Reconciliation (spec 2.9, rulings 6.2.12) for July 2024: who is who, what differs, whose absence may be said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from coverage_rows import affiliate, award, code, direct, link, report, roster
from dbt_lake import Lake, coop, farm
from oracle.compare import differences

TABLES = ("reconciliation", "coverage", "village_month", "shell_status")

JULY, JUNE = date(2024, 7, 25), date(2024, 6, 25)
HBW, HN = "150302", "150303"
C = {n: code(HBW, n) for n in range(1, 13)}
F1 = "150302000000000001"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("reconciliation"))
    lake.month(date(2024, 7, 31))
    lake.deliver("gsxt.registration", JULY, [
        coop(C[1], HBW, name="甲农民专业合作社", legal_representative="张甲"),
        coop(C[2], HBW, name="海勃湾区乙农牧民专业合作社", legal_representative="张乙"),
        coop(C[3], HBW, name="丙农民专业合作社"),
        coop(C[4], HBW, name="丁农民专业合作社", status="deregistered", ended_on=date(2024, 3, 1)),
        coop(C[5], HBW, name="戊农民专业合作社"),
        coop(C[6], HBW, name="己己己己己己己己农民专业合作社"),
        coop(C[7], HBW, name="同名农民专业合作社"), coop(C[8], HBW, name="同名专业合作社"),
        coop(C[9], HBW, name="庚农民专业合作社"),
        coop(C[10], HBW, name="辛农民专业合作社"),
    ])
    lake.deliver("gsxt.registration", JULY, [coop(code(HN, 1), HN, name="海南社农民专业合作社")])
    lake.deliver("gsxt.annual_report", JULY, [
        {**report(C[1], HBW, 2023, date(2024, 5, 1)), "members": 10, "revenue": Decimal("100000.00")},
        {**report(C[2], HBW, 2023, date(2024, 5, 1)), "members": 10, "revenue": Decimal("100000.00")}])
    lake.deliver("direct_report.entity", JULY, [
        # one per cent off the larger figure, and no more
        direct(HBW, "甲专业合作社", JULY, C[1], principal="张甲", members=10, annual_income=Decimal("99000.00")),
        direct(HBW, "乙合作社", JULY, C[2], principal="张丙", members=11, annual_income=Decimal("98999.99")),
        direct(HBW, "乌海市 丙（合作社）", JULY),                    # by name
        direct(HBW, "丁农民专业合作社", JULY, C[4]),                 # deregistered, still there
        direct(HBW, "己己己己己己己戈农民专业合作社", JULY),           # one character off: 10 of 11 are equal
        direct(HBW, "同名合作社", JULY),                             # of two
        direct(HBW, "庚合作社", JULY),                               # decided: not the same
        direct(HBW, "改名以后的合作社", JULY),                        # decided: the same as 辛
        direct(HBW, "一号农场", JULY, farm=F1, principal="李某"),
    ])
    # 海南区's list is of June: its absences are not said
    lake.deliver("direct_report.entity", JUNE, [direct(HN, "别家合作社", JUNE)])
    lake.deliver("farm_directory.farm", JULY, [farm(F1, "壹号农场", HBW, operator="王某")])
    lake.deliver("demonstration.roster", JULY, [roster(HBW, "戊农民专业合作社", "国家级", date(2020, 1, 1), C[5]),
                                                roster(HBW, "没有登记的合作社", "国家级", date(2020, 1, 1))])
    lake.deliver("supply_coop.affiliate", JULY, [affiliate(HBW, C[12]), {**affiliate(HBW, C[1]), "name": "甲合作社"}])
    lake.deliver("programme.award", JULY, [award(HBW, "甲农民专业合作社", date(2024, 6, 1), C[1]),
                                           award(HBW, "庚农民专业合作社", date(2024, 6, 1), C[9])])
    lake.deliver("programme.award", JULY, [award(HN, "海南社农民专业合作社", date(2024, 6, 1), code(HN, 1))])
    lake.deliver("office.entity_link", JULY, [
        link("登记信息", C[9], "新农直报", "庚合作社", "不同", date(2024, 7, 1)),
        link("新农直报", "改名以后的合作社", "登记信息", C[10], "不同", date(2024, 6, 1)),
        link("登记信息", C[10], "新农直报", "改名以后的合作社", "同一", date(2024, 7, 1)),
        link("登记信息", C[5], "新农直报", "没有这一家", "同一", date(2024, 7, 1)),
    ], scopes=[])
    lake.build(*TABLES)
    lake.conclude(*TABLES)
    return lake


def lines(lake: Lake, pair: str, outcome: str) -> list[tuple]:
    return lake.rows("select county_code, left_key, right_key, field, left_value, right_value, matched_by from reconciliation "
                     f"where pair = '{pair}' and outcome = '{outcome}' order by all")


def test_agreeing_entities_are_one_row_without_a_field(lake: Lake) -> None:
    assert lines(lake, "registry_direct", "两边一致") == [
        (HBW, C[1], C[1], None, None, None, "编码"),
        (HBW, C[3], f"{HBW}|乌海市 丙（合作社）", None, None, None, "名称"),
    ]


def test_each_difference_is_a_row_and_persons_are_masked(lake: Lake) -> None:
    assert lines(lake, "registry_direct", "有差异") == [
        (HBW, C[2], C[2], "annual_income", "100000.00", "98999.99", "编码"),
        (HBW, C[2], C[2], "members", "10", "11", "编码"),
        (HBW, C[2], C[2], "representative", "张**", "张**", "编码"),
        (HBW, C[4], C[4], "in_force", "非存续", "存续", "编码"),
        (HBW, C[10], f"{HBW}|改名以后的合作社", "name", "辛农民专业合作社", "改名以后的合作社", "人工认定"),
    ]
    assert lines(lake, "directory_direct", "有差异") == [
        (HBW, F1, F1, "name", "壹号农场", "一号农场", "编码"), (HBW, F1, F1, "representative", "王**", "李**", "编码")]


def test_absence_is_said_where_membership_is_due_and_the_list_came(lake: Lake) -> None:
    # 戊 is on the demonstration list, 庚 was awarded; 海南社 too, but its county's list is of June
    assert [row[1] for row in lines(lake, "registry_direct", "我方有对方无")] == [C[5], C[9]]
    assert [row[1] for row in lines(lake, "award_direct", "我方有对方无")] == [C[9]]
    assert lines(lake, "registry_affiliate", "我方有对方无") == []


def test_what_only_the_other_side_has(lake: Lake) -> None:
    assert [row[2] for row in lines(lake, "registry_direct", "对方有我方无")] == [
        f"{HBW}|同名合作社", f"{HBW}|己己己己己己己戈农民专业合作社", f"{HBW}|庚合作社", f"{HN}|别家合作社"]
    assert [row[2] for row in lines(lake, "registry_roster", "对方有我方无")] == [f"{HBW}|没有登记的合作社"]
    assert [row[2] for row in lines(lake, "registry_affiliate", "对方有我方无")] == [C[12]]
    assert lines(lake, "award_direct", "对方有我方无") == []


def test_a_likely_pair_is_suggested_and_not_applied(lake: Lake) -> None:
    likely = [(row[1], row[2]) for row in lines(lake, "registry_direct", "疑似同一")]
    same = f"{HBW}|同名合作社"
    assert likely == [(C[6], f"{HBW}|己己己己己己己戈农民专业合作社"), (C[7], same), (C[8], same)]


def test_no_name_of_a_person_is_published(lake: Lake) -> None:
    text = "".join(str(row) for row in lake.rows("select * from reconciliation"))
    assert not [name for name in ("张甲", "张乙", "张丙", "王某", "李某", "样例某") if name in text]


def test_the_naive_recomputation_agrees(lake: Lake) -> None:
    assert differences(lake.settings.build_file, lake.settings.lake, date(2024, 7, 31)) == []


def test_awards_carry_the_row_of_their_file(lake: Lake) -> None:
    # 甲 and 庚 stand in one file, in rows 2 and 3
    assert lake.rows("select distinct left_key, left_file_name like 'programme.award-%', left_sheet, left_row_number "
                     f"from reconciliation where pair = 'award_direct' and left_key in ('{C[1]}', '{C[9]}') order by 4") == [
        (C[1], True, "Sheet1", 2), (C[9], True, "Sheet1", 3)]
