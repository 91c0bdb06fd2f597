"""Every published table of the measures over three months of the simulated prefecture, against the naive recomputation."""

from __future__ import annotations

from datetime import date

import programme_oracle as lookup
import pytest
from conftest import House
from oracle.lineage import lineage_differences
from oracle.published import TABLES, Edition, as_of_differences, differences, published
from oracle.roll_ups import BESIDE, roll_up_differences, sums_beside
from simulated_months import CORRECTED, MONTHS, build_months

JUNE, JULY, AUGUST = MONTHS
# 002 was issued on 26 July 2024: before it no region has its rows (rulings 6.6.6)
SINCE_JULY = ("district_check", "award_check", "scorecard", "scorecard_total", "supervision_county", "supervision_award",
              "quota_progress")


@pytest.fixture(scope="module")
def editions(demo: House, tmp_path_factory: pytest.TempPathFactory) -> dict[date, Edition]:
    out: dict[date, Edition] = {}
    home, truth = tmp_path_factory.mktemp("months"), demo.truth
    for month_end, build in build_months(demo.home, home).items():
        out[month_end] = Edition(build, home / "lake", truth, month_end, list(out.values())[-1] if out else None)
    return out


@pytest.mark.parametrize("table", TABLES)
def test_a_published_table_equals_its_naive_recomputation(editions: dict[date, Edition], table: str) -> None:
    for month_end, edition in editions.items():
        if month_end != JUNE or table not in SINCE_JULY:
            assert published(edition, table), f"{table} is empty in {edition.label}"
        assert differences(edition, table) == []


def test_before_the_text_is_issued_its_checks_have_no_rows(editions: dict[date, Edition]) -> None:
    assert {table for table in TABLES if not published(editions[JUNE], table)} == set(SINCE_JULY)


def test_the_rows_that_count_are_those_that_the_spec_lets_count(editions: dict[date, Edition]) -> None:
    for edition in editions.values():
        assert as_of_differences(edition) == []


def test_the_months_hold_the_planted_cases(editions: dict[date, Edition]) -> None:
    """What makes the comparison worth something: every outcome that the tables can show stands in them."""
    def words(table: str, column: str) -> set:
        return {row[column] for edition in editions.values() for row in published(edition, table).values()}

    assert words("coverage", "status") >= {"达标", "未达标", "无目标", "数据缺失"}
    assert words("coverage", "stale") == {True, False}
    assert words("surplus_return", "return_status") == {"不适用-联合社", "数据缺失", "勾稽不符", "无可分配盈余", "达标", "未达标"}
    assert words("statement_check", "check_id") == {f"S{n}" for n in range(1, 8)}
    assert words("star_rating", "rating_status") == {"不予评定", "资料不足", "待补证据", "试算", "下发"}
    assert words("star_rating_item", "state") == {"已得", "未得", "缺证据", "不适用"}
    assert words("award_check", "outcome") >= {"通过", "问题", "未到期", "资料缺", "存疑"}
    assert words("reconciliation", "outcome") == {"两边一致", "有差异", "我方有对方无", "对方有我方无", "疑似同一"}
    assert words("delivery", "state") >= {"当期", "月后导出", "月内", "过期"}
    assert words("cooperative", "status") >= {"active", "suspended", "ceased", "unknown", "revoked", "deregistered"}
    assert words("family_farm", "kept_from_older") == {True, False}
    assert words("advisor_quarter", "status") >= {"达标", "未达标", "进行中", "不考核", "无标准"}
    assert words("advisor_year", "recommendation") >= {"续聘", "建议调出名录库", "—"}
    assert words("supervision_award", "change") >= {"新增", "持平"}


def test_a_late_correction_counts_where_it_was_known_in_time(editions: dict[date, Edition]) -> None:
    """Forty days after the month's end: the corrections speak in August, and June and July are left alone."""
    for table in CORRECTED:
        late = {edition.label: sum(row["file_name"] == "late.xlsx" for row in edition.rows[table]) for edition in editions.values()}
        assert (late["2024-06"], late["2024-07"]) == (0, 0) and late["2024-08"] > 0, table

    def moved(table: str, column: str) -> bool:
        before, after = (published(editions[month], table) for month in (JULY, AUGUST))
        return any(before[key][column] != after[key][column] for key in before.keys() & after.keys())

    for table, column in (("advisor_quarter", "status"), ("advisor_year", "recommendation"), ("star_rating_item", "state"),
                          ("coverage", "numerator"), ("advisor_effect", "income"),
                          ("advisor_training", "pre_service_training"), ("advisor_training", "in_service_trained")):
        assert moved(table, column), table


def test_every_row_leads_to_the_row_of_its_file(editions: dict[date, Edition]) -> None:
    for month_end, edition in editions.items():
        empty = (*SINCE_JULY, "quota_task") if month_end == JUNE else ()
        assert list(lineage_differences(edition.build, edition.lake, empty)) == []


def test_a_table_computed_again_on_the_same_inputs_is_equal(demo: House, editions: dict[date, Edition]) -> None:
    """July's were computed by the demo, and once more here after the month before was laid beside them."""
    ours, theirs = editions[JULY].build, demo.home / "warehouse" / "build.duckdb"
    for table in ("coverage", "star_rating", "star_rating_item", "star_next_step", "plan_progress", "advisor_effect"):
        # what is said of the month before differs: the demo had none
        kept = "* exclude (previous_stars, previous_status, change)" if table == "star_rating" else "*"
        said = [lookup.dicts(build, f"select {kept} from {table} order by all") for build in (ours, theirs)]
        assert said[0] and said[0] == said[1], table
    changes = [lookup.dicts(build, "select distinct change from star_rating") for build in (ours, theirs)]
    assert changes[0] != changes[1]


def test_county_sums_are_those_of_prefecture_province_and_nation(editions: dict[date, Edition]) -> None:
    for edition in editions.values():
        assert roll_up_differences(edition.build) == []
        for table in BESIDE:
            assert sums_beside(edition.build, table) == []


def test_every_measure_of_the_registry_is_published(editions: dict[date, Edition]) -> None:
    july = editions[JULY]
    registered = {m for (m,) in july.query("select measure_id from measure where table_name = 'coverage'")}
    assert registered
    assert {key[2] for key in published(july, "coverage")} == registered
