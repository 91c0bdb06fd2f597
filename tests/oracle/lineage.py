"""Every figure leads to the row of the file: the rows that published tables name exist, and speak of the same entity."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]
PLACE = ("file_name", "sheet", "row_number")
# published table, the columns that name the row, source table, published column → column of the row that must be equal
NAMED: tuple[tuple[str, tuple[str, str, str], str, dict[str, str]], ...] = (
    ("cooperative", PLACE, "gsxt.registration", {"key": "entity_key", "name": "name", "county_code": "county_code"}),
    ("family_farm", PLACE, "farm_directory.farm", {"farm_code": "farm_code", "name": "name", "county_code": "county_code"}),
    ("surplus_return", PLACE, "coop_finance.statement", {"credit_code": "credit_code", "fiscal_year": "fiscal_year",
                                                         "returned": "returned", "current_surplus": "current_surplus"}),
    ("surplus_return", ("accounts_file_name", "accounts_sheet", "accounts_first_row"), "coop_finance.member_account",
     {"credit_code": "credit_code", "fiscal_year": "fiscal_year"}),
    ("surplus_return", ("accounts_file_name", "accounts_sheet", "accounts_last_row"), "coop_finance.member_account",
     {"credit_code": "credit_code", "fiscal_year": "fiscal_year"}),
    ("statement_check", PLACE, "coop_finance.statement", {"credit_code": "credit_code", "fiscal_year": "fiscal_year"}),
    ("star_rating", PLACE, "supply_coop.star_result", {"credit_code": "credit_code", "official_word": "stars"}),
    ("advisor_year", PLACE, "advisor.evaluation", {"certificate_no": "certificate_no", "year": "year", "grade": "grade"}),
    ("award_check", PLACE, "programme.award", {"award_key": "entity_key", "entity_name": "name", "year": "year"}),
    ("district_check", PLACE, "programme.district_task", {"year": "year", "county_code": "county_code"}),
    ("contract_evaluation", PLACE, "programme.service_contract", {"contract_no": "contract_no", "provider": "provider"}),
    ("scorecard", PLACE, "programme.scorecard", {"year": "year", "county_code": "county_code", "form": "form", "item": "item"}),
    ("plan_target", PLACE, "supply_coop.target", {"year": "year", "indicator": "indicator", "target": "target"}),
    ("quota_task", PLACE, "programme.quota", {"year": "year", "county_code": "county_code", "coops": "coops"}),
    ("village_month", PLACE, "village.monthly", {"banner_code": "county_code", "village": "village_name"}),
    ("supervision_award", PLACE, "programme.award", {"award_key": "entity_key", "entity_name": "name"}),
)


def lineage_differences(build: Path, lake: Path, empty: Collection[str] = ()) -> Iterator[str]:
    """Names of rows that no file holds, and rows that speak of something else. `empty`: tables without rows this month."""
    with duckdb.connect(str(build), read_only=True) as con:
        for table, place, source, equal in NAMED:
            given = con.execute(f"select {', '.join((*place, *equal))} from {table} where {place[2]} is not null").fetchall()
            rows = con.execute(f"select {', '.join((*PLACE, *equal.values()))} from "
                               f"read_parquet('{lake}/typed/{source}/*.parquet', union_by_name = true)").fetchall()
            told: dict[tuple, set[tuple]] = {}
            for row in rows:
                told.setdefault(row[:3], set()).add(row[3:])
            if not given and table not in empty:
                yield f"{table} names no row of {source}"
            for row in given:
                if row[3:] not in told.get(row[:3], set()):
                    yield f"{table} {row[3:]}: {row[:3]} of {source} says {told.get(row[:3])}"
