"""The simulated facts: every case that a measure can turn on is there, and is what its name says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from oracle import naive
from simulated import SMALL, World
from stdnum.cn import uscc

from dagster_project.simulate import simulate


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def test_the_size_asked_for(world: World) -> None:
    coops = world.rows("cooperatives")
    cast = {one["credit_code"] for one in world.rows("planted")}
    assert sum(not coop["is_branch"] and coop["credit_code"] not in cast for coop in coops) == 300
    assert len(world.rows("farms")) == 2000
    assert 14_000 < len(world.rows("member_accounts")) < 16_000
    assert {coop["county_code"] for coop in coops} == {"150300", "150302", "150303", "150304"}
    as_of = [month["as_of"] for month in world.truth["world"]["months"]]
    assert as_of == ["2024-05-31", "2024-06-30", "2024-07-31"]
    assert Counter(one["fiscal_year"] for one in world.rows("statements")).keys() == {2022, 2023}


def test_updates_stay_clear_of_the_limits(world: World) -> None:
    """Twelve and twenty-four months are told apart without arguing about the last day."""
    for month in world.truth["world"]["months"]:
        as_of = date.fromisoformat(month["as_of"])
        rows = [row for row in world.rows("farm_months") if row["month"] == month["month"]]
        dates = [naive.day(row["updated_on"]) for row in rows]
        for back in (12, 24):
            limit = naive.months_before(as_of, back)
            assert min(abs((day - limit).days) for day in dates if day) >= 2


def test_a_township_stands_once_a_month(world: World) -> None:
    seen = Counter((row["month"], row["farm"]) for row in world.rows("farm_months"))
    assert set(seen.values()) == {1}


def test_who_is_in_force(world: World) -> None:
    """Spec 2.1, naively; and every word of the register occurs."""
    coops = {coop["key"]: coop for coop in world.rows("cooperatives")}
    as_of = {month["month"]: month["as_of"] for month in world.truth["world"]["months"]}
    for row in world.rows("registrations"):
        coop = coops[row["key"]]
        expected = (
            row["status"] in ("active", "suspended", "ceased", "unknown")
            and not coop["is_branch"]
            and coop["founded_on"] <= as_of[row["month"]]
        )
        assert row["in_force"] == expected, row
    july = [row for row in world.rows("registrations") if row["month"] == "2024-07-01"]
    assert {row["status"] for row in july} == {
        "active",
        "suspended",
        "ceased",
        "moved_out",
        "revoked",
        "deregistered",
        "winding_up",
        "unknown",
    }
    not_yet = [row for row in july if coops[row["key"]]["founded_on"] == "2024-08-01"]
    assert [row["in_force"] for row in not_yet] == [False]
    carried = [row for row in july if row["carried"]]
    assert [(row["status"], row["in_force"]) for row in carried] == [("active", True)]
    june = [row for row in world.rows("registrations") if row["month"] == "2024-06-01"]
    dumped = [row for row in june if row["county_code"] == "150304"]
    assert all(row["carried"] and row["status"] for row in dumped) and len(dumped) > 70
    kinds = Counter(
        (coop["is_union"], coop["registration_no"] is not None, coop["county_code"] == "150300")
        for coop in coops.values()
        if not coop["is_branch"]
    )
    assert (
        kinds[True, False, False] >= 10 and kinds[False, True, False] >= 8 and kinds[False, False, True] >= 5
    )
    assert any("联合社区" in coop["name"] and not coop["is_union"] for coop in coops.values())


def test_codes_have_valid_check_characters(world: World) -> None:
    wrong = {fault["raw"] for fault in world.truth["faults"] if fault["code"] == "CHECK_DIGIT"}
    codes = [coop["credit_code"] for coop in world.rows("cooperatives") if coop["credit_code"]]
    codes += [farm["credit_code"] for farm in world.rows("farms") if farm["credit_code"]]
    codes += [farm["credit_code"] for farm in world.rows("registered_farms")]
    assert len(set(codes)) == len(codes)
    assert {code for code in codes if not uscc.is_valid(code)} == wrong and len(wrong) == 1
    assert all(
        re.fullmatch(r"\d{6}NA\d{6}X", coop["registration_no"])
        for coop in world.rows("cooperatives")
        if coop["registration_no"]
    )
    people = {farm["identity"] for farm in world.rows("farms")}
    assert len(people) == 2000
    people |= {row["identity"] for row in world.rows("member_accounts") if row["identity"]}
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
    for person in people:
        total = sum(int(digit) * weight for digit, weight in zip(person, weights, strict=False))
        assert "10X98765432"[total % 11] == person[17]
    assert all("19491001" < person[6:14] < "20060101" for person in people)
    farm_codes = {row["code"]: row["farm"] for row in world.rows("farm_months") if row["code"]}
    assert all(re.fullmatch(r"[A-Z0-9]{18}", code) for code in farm_codes)
    assert len(set(farm_codes.values())) == len(farm_codes)
    named = {row["member_name"] for row in world.rows("member_accounts")}
    named |= {farm["operator"] for farm in world.rows("farms")}
    assert all(name.startswith(("测试", "模拟")) for name in named)


# case: (statutory base, returned, status) worked out by hand from the lines that the case fixes
STATUSES = {
    "worked_example": ("72000.00", "43200.00", "达标"),
    "one_cent_below": ("72000.00", "43199.99", "未达标"),
    "bases_disagree": ("92000.00", "60000.00", "达标"),
    "exact_60": ("45000.00", "27000.00", "达标"),
    "fraction_below": ("72000.01", "43200.00", "未达标"),
    "fraction_above": ("72000.01", "43200.01", "达标"),
    "loss": ("0.00", "0.00", "无可分配盈余"),
    "loss_swallows": ("0.00", "10000.00", "无可分配盈余"),
    "transfer_covers": ("80000.00", "48000.00", "达标"),
    "zero_return": ("59400.00", "0.00", "未达标"),
    "return_blank": ("81000.00", None, "数据缺失"),
    "surplus_blank": (None, "50000.00", "数据缺失"),
    "opening_blank": ("54000.00", "40000.00", "达标"),
    "no_opening_column": (None, "40000.00", "数据缺失"),
    "no_reserve_column": (None, "40000.00", "数据缺失"),
    "old_layout_reserve": ("72000.00", "43200.00", "达标"),
    "corrected": ("80000.00", "50000.00", "达标"),
}


def test_each_case_of_the_surplus_return(world: World) -> None:
    papers = naive.statements(world.truth)
    seen = set()
    for paper in papers.values():
        if paper["case"] in STATUSES:
            got = naive.bases(paper, False, [])
            base, returned, status = STATUSES[paper["case"]]
            assert got["return_status"] == status, paper
            assert (got["statutory_base"], got["returned"]) == (naive.money(base), naive.money(returned)), (
                paper
            )
            seen.add(paper["case"])
    assert seen == STATUSES.keys()


def test_statements_break_the_checks_they_say_and_no_other(world: World) -> None:
    papers = naive.statements(world.truth)
    broken: Counter[str] = Counter()
    for (code, year), paper in papers.items():
        failed = [check for check, _, _ in naive.statement_checks(paper, papers.get((code, year - 1)))]
        assert failed == paper["broken"], paper
        broken.update(failed)
    assert broken.keys() == {"S1", "S2", "S3", "S4", "S5", "S6", "S7"}
    corrected = [row for row in world.rows("statements") if row["superseded"]]
    assert corrected and all(row["returned"] == "21000.00" for row in corrected)


# case: (members, farmers, units) in the newest year, by hand
COMPOSITIONS = {
    "five_members": (5, 5, 0),
    "four_members": (4, 4, 0),
    "twenty_one_unit_of_20": (20, 19, 1),
    "two_units_of_20": (20, 18, 2),
    "one_unit_of_21": (21, 20, 1),
    "two_units_of_21": (21, 19, 2),
    "two_units_of_40": (40, 38, 2),
    "two_units_of_39": (39, 37, 2),
    "farmers_80": (10, 8, 0),
    "farmers_below_80": (10, 7, 0),
    "no_farmer": (6, 0, 0),
    "cooperative_as_unit": (14, 12, 2),
}


def test_each_case_of_membership(world: World) -> None:
    years: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in world.rows("member_accounts"):
        years[row["credit_code"], row["fiscal_year"]].append(row)
    seen, sharing = set(), defaultdict(list)
    papers = naive.statements(world.truth)
    for (code, year), rows in years.items():
        case = rows[0]["case"]
        if case in COMPOSITIONS:
            got = naive.composition(naive.members_of(rows, year), False, [])
            assert (got["members"], got["farmer_members"], got["unit_members"]) == COMPOSITIONS[case]
            seen.add(case)
        returned = [Fraction(row["returned"]) for row in rows]
        trades = [Fraction(row["trade"]) for row in rows]
        total, traded = sum(returned), sum(trades)
        if case in ("at_one_percent", "over_one_percent", "equal_shares"):
            pairs = zip(returned, trades, strict=True)
            sharing[case].append(sum(abs(share - total * trade / traded) for share, trade in pairs) / total)
        elif case == "no_trade":
            assert traded == 0 < total
        elif case.startswith("sum_off"):
            paper = papers[code, year]["returned"]
            assert total - Fraction(paper) == Fraction("1.00" if case == "sum_off_1_yuan" else "1.01")
    assert seen == COMPOSITIONS.keys()
    assert all(Fraction(99, 10_000) < share <= Fraction(1, 100) for share in sharing["at_one_percent"])
    assert any(share == Fraction(1, 100) for share in sharing["at_one_percent"])
    assert all(Fraction(1, 100) < share < Fraction(101, 10_000) for share in sharing["over_one_percent"])
    assert all(share > Fraction(1, 100) for share in sharing["equal_shares"])
    assert {row["case"] for rows in years.values() for row in rows} >= {
        *sharing,
        "no_trade",
        "union",
        "plain",
    }
    leavers = [row for row in world.rows("member_accounts") if row["left_on"] and row["fiscal_year"] == 2023]
    assert {"2023-12-31", "2024-01-01"} <= {row["left_on"] for row in leavers}


def test_without_faults_nothing_is_wrong(tmp_path: Path) -> None:
    clean = World(tmp_path, **SMALL, faults=False)
    assert clean.truth["faults"] == []
    assert all(one["outcome"] is None and not one["copy_of"] for one in clean.truth["files"])
    assert {part["outcome"] for one in clean.truth["files"] for part in one["sheets"]} == {"accepted"}
    assert all(row["updated_on"] for row in clean.rows("farm_months"))
    assert all(
        uscc.is_valid(coop["credit_code"]) for coop in clean.rows("cooperatives") if coop["credit_code"]
    )


@pytest.mark.parametrize(("code", "counties"), [("330200", 10), ("441900", 1)])
def test_any_prefecture(tmp_path: Path, code: str, counties: int) -> None:
    other = World(tmp_path, prefecture=code, coops=60, farms=100, months=1)
    assert len(other.truth["world"]["counties"]) == counties
    assert {row["county_code"][:4] for row in other.rows("farm_months")} == {code[:4]}
    assert {row["month"] for row in other.rows("registrations")} == {"2024-07-01"}


def test_wrong_arguments_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="999900"):
        simulate(tmp_path / "a", tmp_path / "a.json", prefecture="999900")
    with pytest.raises(ValueError, match="不小于 1"):
        simulate(tmp_path / "a", tmp_path / "a.json", coops=0)
    assert not (tmp_path / "a").exists()
