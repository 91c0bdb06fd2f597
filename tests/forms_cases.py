"""Rows for the form tests, typed from the policy texts and spec 2.3, and how the tests read a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import duckdb
from forms_warehouse import NINGBO, insert

from exports import render

JULY = date(2024, 7, 1)
OWN = "本表式为系统默认表式，非文件所附"


def rendered(con, out: Path, *scopes: str) -> dict[tuple[int | None, str | None], Path]:
    return {(item.form, item.scope): item.path for item in render(con, out, JULY, scopes)}


def cells(sheet) -> dict[str, object]:
    return {
        cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None
    }


def midnight(*day: int) -> datetime:
    """A date as openpyxl reads it."""
    return datetime.combine(date(*day), time())


def merges(sheet) -> set[str]:
    return {str(merged) for merged in sheet.merged_cells.ranges}


def texts(sheet) -> str:
    return "\n".join(str(value) for value in cells(sheet).values())


HASHES = {
    name: f"{number:064x}"
    for number, name in enumerate(("quota", "plan", "register", "statement", "accounts"), 1)
}

FIVE_STAR = {2023: 30, 2024: 65, 2025: 100}
QUOTA = (("150302", "海勃湾区", 3, 3), ("150304", "乌达区", 2, 2), ("150303", "海南区", 5, 5))


def add_quota(con: duckdb.DuckDBPyConnection) -> None:
    """002 附件1 as printed, and its progress without the awards."""
    for order, (code, label, coops, farms) in enumerate(QUOTA, 1):
        insert(
            con,
            "quota_task",
            [
                {
                    "year": 2024,
                    "prefecture_code": "150300",
                    "county_code": code,
                    "county_label": label,
                    "coops": coops,
                    "farms": farms,
                    "print_order": order,
                    "content_hash": HASHES["quota"],
                    "file_name": "乌海市/2024年任务分配表.xlsx",
                    "sheet": "Sheet1",
                    "row_number": 4 + order,
                    "snapshot_date": date(2024, 7, 26),
                }
            ],
        )
        insert(
            con,
            "quota_progress",
            [
                {
                    "year": 2024,
                    "prefecture_code": "150300",
                    "county_code": code,
                    "county_label": label,
                    "entity_type": kind,
                    "quota": number,
                    "print_order": order,
                    "missing_tables": "programme.award",
                }
                for kind, number in (("农民合作社", coops), ("家庭农场", farms))
            ],
        )


def add_plan(con: duckdb.DuckDBPyConnection) -> None:
    """004 附件 as printed, and its progress without the rosters."""
    missing = "supply_coop.affiliate、supply_coop.star_result"
    common = {
        "prefecture_code": "330200",
        "content_hash": HASHES["plan"],
        "file_name": "宁波市供销社/任务进度表.xlsx",
        "sheet": "附件",
        "snapshot_date": date(2023, 7, 27),
    }
    sums: dict[tuple[int, str], int] = {}
    for order, (code, label, *numbers) in enumerate(NINGBO, 1):
        cells = zip(
            [(year, kind) for year in (2023, 2024, 2025) for kind in ("star_coops", "led_coops")],
            numbers,
            strict=True,
        )
        for (year, indicator), target in cells:
            sums[year, indicator] = sums.get((year, indicator), 0) + target
            insert(
                con,
                "plan_target",
                [
                    common
                    | {
                        "region_code": code,
                        "region_level": "county",
                        "county_label": label,
                        "year": year,
                        "indicator": indicator,
                        "target": target,
                        "is_city_wide": False,
                        "print_order": order,
                        "row_number": 5 + order,
                    }
                ],
            )
            insert(
                con,
                "plan_progress",
                [
                    {
                        "region_code": code,
                        "region_level": "county",
                        "county_label": label,
                        "year": year,
                        "indicator": indicator,
                        "target": target,
                        "print_order": order,
                        "missing_tables": missing,
                    }
                ],
            )
    for year, target in FIVE_STAR.items():
        insert(
            con,
            "plan_target",
            [
                common
                | {
                    "region_code": "330200",
                    "region_level": "prefecture",
                    "year": year,
                    "indicator": "led_five_star",
                    "target": target,
                    "is_city_wide": True,
                    "print_order": 1,
                    "row_number": 6,
                }
            ],
        )
        sums[year, "led_five_star"] = target
    insert(
        con,
        "plan_progress",
        [
            {
                "region_code": "330200",
                "region_level": "prefecture",
                "county_label": "全市",
                "year": year,
                "indicator": indicator,
                "target": target,
                "print_order": 99,
                "missing_tables": missing,
            }
            for (year, indicator), target in sums.items()
        ],
    )


def cooperative(number: int, county: str = "150302", **values) -> dict:
    """A cooperative's row of surplus_return: no statement unless `values` says so."""
    return {
        "credit_code": f"93{county}MA0Q{number:05d}X",
        "name": f"甲{number}农牧民专业合作社",
        "county_code": county,
        "fiscal_year": 2023,
        "is_current_year": True,
        "in_force": True,
        "is_union": False,
        "return_status": "数据缺失",
        "statement_status": "缺失",
        "composition_status": "数据缺失",
        "missing_tables": "gsxt.annual_report",
    } | values


def add_cooperatives(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping]) -> None:
    """Rows of surplus_return with the register's row and the delivery of their county beside them."""
    insert(con, "surplus_return", rows)
    insert(
        con,
        "cooperative",
        [
            {
                "key": row["credit_code"],
                "credit_code": row["credit_code"],
                "name": row["name"],
                "county_code": row["county_code"],
                "in_force": row["in_force"],
                "delivered_on": date(2024, 7, 25),
                "content_hash": HASHES["register"],
                "file_name": "市场监管/登记信息_20240725.csv",
                "sheet": "",
                "row_number": place,
            }
            for place, row in enumerate(rows, 2)
            if row["in_force"]
        ],
    )
    insert(
        con,
        "delivery",
        [
            {
                "table_id": table,
                "scope": county,
                "county_code": county,
                "delivered_on": date(2024, 7, 25),
                "file_count": 1,
                "rows": 1,
                "state": "当期",
            }
            for county in sorted({row["county_code"] for row in rows})
            for table in ("gsxt.registration", "coop_finance.statement", "coop_finance.member_account")
        ],
    )


STATEMENT = {
    "layout": "2021", "statement_status": "通过", "failed_checks": 0, "content_hash": HASHES["statement"],
    "file_name": "财务/盈余分配表_2023.xlsx", "sheet": "Sheet1", "row_number": 2,
    "snapshot_date": date(2024, 4, 2),
}  # fmt: skip
ACCOUNTS = {
    "accounts": 12, "members": 12, "farmer_members": 11, "unit_members": 1, "composition_status": "符合",
    "accounts_content_hash": HASHES["accounts"], "accounts_file_name": "财务/成员账户_2023.xlsx",
    "accounts_sheet": "账户", "accounts_first_row": 2, "accounts_last_row": 13,
    "accounts_snapshot_date": date(2024, 4, 3),
}  # fmt: skip
# Spec 2.3's worked example: 本年盈余 100,000, 年初未分配 −20,000, 提取 8,000.
BASE = {
    "current_surplus": Decimal(100_000), "covered_loss": Decimal(20_000),
    "reserve_appropriation": Decimal(8_000),
    "statutory_base": Decimal(72_000), "minimum_return": Decimal(43_200), "book_base": Decimal(72_000),
}  # fmt: skip


def worked_example(con) -> None:
    add_cooperatives(con, [
        cooperative(1, **STATEMENT, **ACCOUNTS, **BASE, returned=Decimal(43_200), return_status="达标",
                    bases_agree=True, returned_in_accounts=Decimal("43200.50"),
                    returned_difference=Decimal("0.50"),
                    trade_status="正常", proportional=True),
        cooperative(2, **STATEMENT, **BASE, returned=Decimal("43199.99"), return_status="未达标",
        bases_agree=True,
                    trade_status="无交易额返还", proportional=False),
        cooperative(3, **STATEMENT | {"statement_status": "有勾稽问题", "failed_checks": 1, "layout": "2007"},
                    **BASE | {"covered_loss": Decimal(0), "statutory_base": Decimal(92_000),
                              "minimum_return": Decimal(55_200), "book_base": Decimal(142_000)},
                    returned=Decimal(60_000), return_status="达标", bases_agree=False),
        cooperative(4),
        cooperative(5, return_status="不适用-联合社", is_union=True, name="=甲联合社"),
        cooperative(6, **STATEMENT, **BASE | {"statutory_base": Decimal(0), "minimum_return": Decimal(0),
                                              "book_base": Decimal(-5)},
                    returned=Decimal(0), return_status="无可分配盈余", trade_status="无返还"),
        cooperative(7, county="150304", **STATEMENT, return_status="勾稽不符", returned=Decimal(1)),
        cooperative(8, in_force=False, **STATEMENT, return_status="达标"),
        cooperative(9, **STATEMENT, is_current_year=False, fiscal_year=2022, return_status="达标"),
    ])  # fmt: skip
    insert(con, "statement_check", [{
        "credit_code": "93150302MA0Q00003X", "fiscal_year": 2023, "check_id": "S7", "county_code": "150302",
        "check_name": "资产总计＝负债合计＋所有者权益合计", "expected": Decimal(100), "found": Decimal(88),
        "difference": Decimal(-12)}])  # fmt: skip
