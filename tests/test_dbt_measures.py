"""Coverage, surplus return and shells from typed rows to published tables; expectations by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from dbt_lake import Lake, account, coop, farm, statement

TABLES = ("surplus_return", "shell_flag", "value_issue", "statement_check", "shell_status", "report_month", "received_sheet", "policy_in_force", "coverage")

JULY = date(2024, 7, 25)
FARM, REGISTER = "farm_directory.farm", "gsxt.registration"
STATEMENT, ACCOUNT = "coop_finance.statement", "coop_finance.member_account"
WORKED, UNION, NO_FARMER, SMALL, SILENT, LEGACY = (
    "93150302MA0W0RKED1",
    "93150302MA0UN10N02",
    "93150302MA0N0FARM3",
    "93150304MA0SMALL04",
    "93150304MA0S1LENT5",
    "150302600000001",
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("measures"))
    lake.month(date(2024, 7, 31), previous=date(2024, 6, 1))
    registered = [
        coop(WORKED, "150302", name="甲农民专业合作社"),
        coop(UNION, "150302", name="乙农民专业合作社联合社"),
        coop(NO_FARMER, "150302", name="丙农民专业合作社"),
        coop(LEGACY, "150302", credit_code=None, registration_no=LEGACY, name="丁农民专业合作社"),
    ]
    lake.deliver(REGISTER, JULY, registered, file_name="登记/海勃湾20240725.xlsx")
    lake.deliver(REGISTER, JULY, [coop(SMALL, "150304"), coop(SILENT, "150304", founded_on=date(2024, 2, 1))])
    coded = [farm(f"C{n:017d}", f"有码{n}", "150302") for n in range(8)]
    uncoded = [farm(None, f"无码{n}", "150302") for n in range(2)]
    lake.deliver(
        FARM,
        JULY,
        coded + uncoded,
        issues=[
            {
                "row_number": 10,
                "column_name": "一码通编码",
                "masked_value": "12",
                "code": "BAD_CODE",
                "sentence": "编码应为18位。",
            }
        ],
    )
    # 海南区's file has no 一码通编码 column at all: unknown, not 0 %
    lake.deliver(
        FARM, JULY, [farm(None, f"农场{n}", "150303", absent_columns="farm_code,phone") for n in range(3)]
    )

    lake.deliver(
        STATEMENT,
        date(2024, 4, 1),
        [
            statement(
                WORKED,
                "150302",
                2023,
                current_surplus=Decimal("100000.00"),
                opening_undistributed=Decimal("-20000.00"),
                reserve_appropriation=Decimal("8000.00"),
                returned=Decimal("43200.00"),
            )
        ],
        file_name="报表/2023.xlsx",
    )
    lake.deliver(
        STATEMENT,
        date(2023, 4, 1),
        [
            statement(
                WORKED,
                "150302",
                2022,
                current_surplus=Decimal("10.00"),
                opening_undistributed=Decimal("-20504.00"),
                returned=Decimal("6.00"),
                closing_undistributed=Decimal("-20500.00"),
            )
        ],
    )
    shares = {0: ("30000", "100000"), 1: ("13200", "44000"), 2: ("0", "0"), 3: ("0", "0"), 4: ("0", "0")}
    lake.deliver(
        ACCOUNT,
        date(2024, 4, 1),
        [
            *(
                account(WORKED, "150302", 2023, n, returned=Decimal(r), trade=Decimal(t))
                for n, (r, t) in shares.items()
            ),
            *(account(UNION, "150302", 2023, n, "合作社") for n in range(2)),
            *(account(NO_FARMER, "150302", 2023, n, "其他居民") for n in range(6)),
            *(account(SMALL, "150304", 2023, n) for n in range(4)),
        ],
        file_name="账户/2023.xlsx",
    )
    lake.build(*TABLES)
    # the judge on these: no farmer fires K01 and K03, 2 member cooperatives and 4 members fire K02
    lake.fired((NO_FARMER, "K01", 1), (NO_FARMER, "K03", 0), (UNION, "K02", 2), (SMALL, "K02", 4))
    lake.previous_shell_status(
        (NO_FARMER, "疑似空壳", date(2024, 5, 1), 2), (WORKED, "关注", date(2024, 6, 1), 1)
    )
    lake.conclude(*TABLES)
    return lake


def test_the_worked_example_of_the_spec(lake: Lake) -> None:
    row = lake.one(f"select * from surplus_return where credit_code = '{WORKED}' and fiscal_year = 2023")
    expected = {
        "name": "甲农民专业合作社",
        "county_code": "150302",
        "is_current_year": True,
        "in_force": True,
        "is_union": False,
        "covered_loss": Decimal("20000.00"),
        "statutory_base": Decimal("72000.00"),
        "book_base": Decimal("72000.00"),
        "minimum_return": Decimal("43200.000000"),
        "returned": Decimal("43200.00"),
        "return_ratio_statutory": Decimal("0.600000"),
        "return_ratio_book": Decimal("0.600000"),
        "members": 5,
        "farmer_members": 5,
        "farmer_share": Decimal("1.000000"),
        "unit_members": 0,
        "composition_status": "符合",
        "accounts": 5,
        "returned_in_accounts": Decimal("43200.00"),
        "returned_difference": Decimal("0.00"),
        "accounts_match": True,
        "trade_status": "正常",
        "proportional": True,
        # 甲 5 and 丙 6 members: mean 5.5; the 联合社 is left out
        "county_mean_members": Decimal("5.500000"),
        "above_county_mean": False,
        "roster_match": None,
        "missing_tables": "gsxt.annual_report",
        "file_name": "报表/2023.xlsx",
        "sheet": "Sheet1",
        "row_number": 2,
        "accounts_file_name": "账户/2023.xlsx",
        "accounts_first_row": 2,
        "accounts_last_row": 6,
    }
    assert {name: row[name] for name in expected} == expected


def test_an_opening_that_is_not_last_years_closing_is_a_failed_check(lake: Lake) -> None:
    # −20,000 against −20,500: S6, and so the return is 勾稽不符 though 60 % were returned
    assert lake.rows(
        "select credit_code, fiscal_year, check_id, expected, found, difference, row_number "
        "from statement_check"
    ) == [(WORKED, 2023, "S6", Decimal("-20500.00"), Decimal("-20000.00"), Decimal("500.00"), 2)]
    assert lake.rows(
        f"select fiscal_year, return_status, statement_status, failed_check_ids from surplus_return "
        f"where credit_code = '{WORKED}' order by fiscal_year"
    ) == [(2022, "无可分配盈余", "通过", None), (2023, "勾稽不符", "有勾稽问题", "S6")]


def test_every_cooperative_in_force_has_a_row_unless_founded_later(lake: Lake) -> None:
    assert lake.rows(
        "select credit_code, return_status, statement_status, missing_tables from surplus_return "
        "where fiscal_year = 2023 order by credit_code"
    ) == [
        (
            LEGACY,
            "数据缺失",
            "缺失",
            "coop_finance.statement、coop_finance.member_account、gsxt.annual_report",
        ),
        (NO_FARMER, "数据缺失", "缺失", "coop_finance.statement、gsxt.annual_report"),
        (UNION, "不适用-联合社", "缺失", "coop_finance.statement、gsxt.annual_report"),
        (WORKED, "勾稽不符", "有勾稽问题", "gsxt.annual_report"),
        (SMALL, "数据缺失", "缺失", "coop_finance.statement、gsxt.annual_report"),
    ]


def test_code_rate_counts_unusable_codes_as_unknown_and_a_missing_column_as_no_data(lake: Lake) -> None:
    assert lake.rows(
        "select region_code, region_level, numerator, denominator, value, unknown, meets_target, status, "
        "counties, counties_missing from coverage where measure_id = 'farm_code_rate' order by 1, 2"
    ) == [
        ("000000", "nation", 8, 10, Decimal("0.800000"), 4, None, "无目标", 3, 2),
        ("150000", "province", 8, 10, Decimal("0.800000"), 4, None, "无目标", 3, 2),
        ("150300", "prefecture", 8, 10, Decimal("0.800000"), 4, True, "达标", 3, 2),
        ("150302", "county", 8, 10, Decimal("0.800000"), 1, True, "达标", 1, 0),
        ("150303", "county", None, None, None, 3, None, "数据缺失", 1, 1),
        ("150304", "county", None, None, None, 0, None, "数据缺失", 1, 1),
    ]


def test_shell_status_from_the_judges_flags(lake: Lake) -> None:
    assert lake.rows(
        "select credit_code, status, kinds, first_month, months_listed, change, rules_evaluated, "
        "rules_unknown, "
        "rules_exempt, rules_fired, disposal from shell_status order by credit_code"
    ) == [
        (LEGACY, "无法判断", None, None, 0, "—", 0, 13, 0, 0, "无"),
        (NO_FARMER, "疑似空壳", "1", date(2024, 5, 1), 3, "续列", 3, 10, 0, 2, "无"),
        (UNION, "关注", "1", date(2024, 7, 1), 1, "新列", 1, 9, 3, 1, "无"),
        (WORKED, "正常", None, None, 0, "移出", 4, 9, 0, 0, "无"),  # its accounts show trade: K05
        (SILENT, "无法判断", None, None, 0, "—", 0, 10, 3, 0, "无"),  # founded in February: K05 to K07
        (SMALL, "关注", "1", date(2024, 7, 1), 1, "新列", 3, 10, 0, 1, "无"),
    ]


def test_a_flag_carries_what_was_seen_and_where_it_stands(lake: Lake) -> None:
    flag = lake.one(f"select * from shell_flag where credit_code = '{UNION}' and rule_id = 'K02'")
    expected = {
        "outcome": "fired",
        "value": Decimal("2.000000"),
        "threshold": Decimal("3.000000"),
        "comparison": "<",
        "kind": 1,
        "family": "成员",
        "weight": "signal",
        "evidence_date": date(2023, 12, 31),
        "reason": None,
        "sentence": "{fiscal_year}年度成员账户共有成员社{member_coops}个，少于法定的3个。",
        "parameters": '{"fiscal_year":2023,"members":2,"farmer_members":0,"member_coops":2,'
        '"kind_unknown_members":0}',
        "basis": "《农民专业合作社法》第五十六条",
        "file_name": "账户/2023.xlsx",
        "first_row": 7,
        "last_row": 8,
    }
    assert {name: flag[name] for name in expected} == expected


def test_unknown_and_exempt_outcomes_say_why(lake: Lake) -> None:
    assert lake.rows(
        f"select rule_id, outcome, value, threshold, reason, sentence, evidence_date from shell_flag "
        f"where credit_code in ('{UNION}', '{SILENT}') and outcome <> 'fired' and rule_id < 'K04' "
        "order by credit_code, rule_id"
    ) == [
        ("K01", "exempt", None, 0, "联合社不适用", None, date(2023, 12, 31)),
        ("K03", "exempt", None, Decimal("0.800000"), "联合社不适用", None, date(2023, 12, 31)),
        ("K01", "unknown", None, 0, "未收到该社成员账户", None, None),
        ("K02", "unknown", None, 5, "未收到该社成员账户", None, None),
        ("K03", "unknown", None, Decimal("0.800000"), "未收到该社成员账户", None, None),
    ]


def test_the_books_say_what_the_month_rests_on(lake: Lake) -> None:
    assert lake.rows("select status, edition, previous_edition, closed_by, as_of from report_month") == [
        ("open", None, "2024-06", None, date(2024, 7, 31))
    ]
    assert lake.rows("select raw_value, code from value_issue") == [("12", "BAD_CODE")]
    # 6 registered, 13 farms, 2 statements, 17 accounts
    assert lake.rows("select sum(accepted), sum(rows_read) from received_sheet") == [(38, 38)]
    assert lake.rows("select value, basis <> '' from policy_in_force where id = 'farm_code_rate_target'") == [
        (Decimal("0.800000"), True)
    ]
