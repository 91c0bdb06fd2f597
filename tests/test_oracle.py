"""Every published figure of coverage and surplus return, cell by cell, against the naive recomputation."""

from __future__ import annotations

from conftest import House
from oracle import naive

MONTH = "2024-07"
COVERAGE = ("numerator", "denominator", "value", "unknown", "target", "meets_target", "status")
RETURN = ("layout", "statutory_base", "book_base", "returned", "return_ratio_statutory", "return_ratio_book",
          "return_status", "bases_agree", "members", "farmer_members", "unit_members", "above_county_mean",
          "accounts", "returned_in_accounts", "accounts_match", "proportional", "failed_checks", "county_code")


def published(house: House, table: str, key: tuple[str, ...], columns: tuple[str, ...], where: str = "true") -> dict:
    with house.warehouse() as con:
        rows = con.execute(f"select {', '.join(key + columns)} from {table} "
                           f"where report_month = '{MONTH}-01' and {where}").fetchall()
    out = {row[:len(key)]: dict(zip(columns, row[len(key):], strict=True)) for row in rows}
    assert len(out) == len(rows), f"{table}: its key stands twice"
    return out


def differences(expected: dict, found: dict, columns: tuple[str, ...]) -> list[str]:
    lines = [f"missing: {key}" for key in expected.keys() - found.keys()]
    lines += [f"not expected: {key}" for key in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        for column in columns:
            if expected[key][column] != found[key][column]:
                lines.append(f"{key} {column}: expected {expected[key][column]!r}, found {found[key][column]!r}")
    return sorted(lines)


def test_coverage_equals_the_naive_recomputation(demo: House) -> None:
    expected = naive.coverage(demo.truth, MONTH)
    found = published(demo, "coverage", ("region_code", "region_level", "measure_id"), COVERAGE,
                      "measure_id in ('farm_code_rate', 'farm_update_rate', 'farm_stale_2y') and denominator is not null")
    assert len(expected) >= 3 * (3 + 3)
    assert differences(expected, found, COVERAGE) == []


def test_surplus_return_equals_the_naive_recomputation(demo: House) -> None:
    expected, _ = naive.surplus_return(demo.truth, MONTH)
    found = published(demo, "surplus_return", ("credit_code", "fiscal_year"), RETURN)
    assert {row["return_status"] for row in expected.values()} >= {
        "不适用-联合社", "数据缺失", "勾稽不符", "无可分配盈余", "达标", "未达标"}
    assert differences(expected, found, RETURN) == []


def test_failed_statement_checks_equal_the_naive_recomputation(demo: House) -> None:
    _, failed = naive.surplus_return(demo.truth, MONTH)
    expected = {key: dict(zip(("expected", "found", "difference"), values, strict=True)) for key, values in failed.items()}
    columns = ("expected", "found", "difference")
    found = published(demo, "statement_check", ("credit_code", "fiscal_year", "check_id"), columns)
    assert {key[2] for key in expected} == {"S1", "S2", "S3", "S4", "S5", "S6", "S7"}
    assert differences(expected, found, columns) == []
