"""A whole sheet: what is rejected, told, out of scope; keys and lineage (spec 1.3, 1.4, 6)."""

from __future__ import annotations

import hmac
import json
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from stdnum.cn import uscc
from values_kit import KEY, type_rows

from dagster_project.receive.contracts import load_contracts

D = Decimal


def code(division: str, order: int, kind: str = "93") -> str:
    body = f"{kind}{division}MA{order:07}"
    return body + uscc.calc_check_digit(body + "0")


def keyed(text: str) -> str:
    return hmac.new(KEY, text.encode(), "sha256").hexdigest()


REGISTRY = ["credit_code", "name", "kind", "founded_on", "capital", "status", "county_name"]


def registry(*rows: tuple, **options):
    return type_rows("gsxt.registration", REGISTRY, [(*row, *[None] * (7 - len(row))) for row in rows], **options)


def test_registry_keeps_cooperatives_and_family_farms_by_class_and_kind() -> None:
    coop, company, person = code("150302", 1), code("150302", 2, "91"), code("150302", 3, "92")
    result = registry(
        (coop, "甲", "农民专业合作社"),  # in
        (code("150302", 4), "乙", None),  # in: class 93
        (company, "丙供销合作社", "集体所有制"),  # out: never by its name
        (company, "丁", None),  # out: class 91
        (person, "戊家庭农场", "个体工商户(家庭农场)"),  # in: kind
        (person, "己家庭农场", "个体工商户"),  # out: never by its name
        ("150302NA000001X", "庚", "农民专业合作社联合社"),  # in: kind, no class
        ("150302600012345", "辛", "有限责任公司"),  # out
        (None, "壬", "有限责任公司"),  # out
        ("150302600012346", "癸农民专业合作社", None),  # out
    )
    assert [r["name"] for r in result.typed] == ["甲", "乙", "戊家庭农场", "庚"]
    assert result.out_of_scope == 6
    assert not result.rejected
    assert "CLASS_CONFLICT" not in result.codes()


def test_the_code_decides_where_class_and_kind_disagree() -> None:
    result = registry(
        (code("150302", 1), "甲", "有限责任公司"),
        (code("150302", 2, "91"), "乙", "农民专业合作社"),
        (code("150302", 3), "丙", "农民专业合作经济组织"),
    )
    assert [r["name"] for r in result.typed] == ["甲", "丙"]
    assert result.out_of_scope == 1
    assert [(i["row_number"], i["column_name"], i["code"]) for i in result.issues if i["code"] == "CLASS_CONFLICT"] == [
        (2, "类型", "CLASS_CONFLICT"),
        (3, "类型", "CLASS_CONFLICT"),
    ]


def test_a_row_without_a_usable_code_is_rejected_not_lost() -> None:
    result = registry(
        (code("150302", 1)[:-1], "甲"),
        (None, "乙"),
        ("91150302", "丙", "农民专业合作社"),
        (code("150302", 2), None),
    )
    assert result.rejections == [
        (2, "统一社会信用代码/注册号", "BAD_CODE"),
        (3, "统一社会信用代码/注册号", "MISSING_REQUIRED"),
        (4, "统一社会信用代码/注册号", "BAD_CODE"),
        (5, "企业名称", "MISSING_REQUIRED"),
    ]


def test_a_row_with_many_faults_is_rejected_once_and_told_of_each() -> None:
    result = registry(("93", "", "农民专业合作社", "2024-13-01", "5万美元", "在吗", "幸福区"), hints=())
    assert result.rejections == [
        (2, "企业名称", "MISSING_REQUIRED"),
        (2, "所属区县", "COUNTY_UNKNOWN"),
        (2, "统一社会信用代码/注册号", "BAD_CODE"),
    ]
    assert sorted(result.codes()) == ["BAD_DATE", "FOREIGN_CURRENCY", "UNKNOWN_VALUE"]
    assert result.rejected[0]["raw_value"] == "" and result.rejected[2]["raw_value"] == "93"
    row = {
        "统一社会信用代码/注册号": "93",
        "企业名称": "",
        "类型": "农民专业合作社",
        "成立日期": "2024-13-01",
        "成员出资总额": "5万美元",
        "登记状态": "在吗",
        "所属区县": "幸福区",
    }
    assert [json.loads(r["cells"]) for r in result.rejected] == [row] * 3
    assert {(r["scope"], r["entity_key"]) for r in result.rejected} == {(None, None)}


def test_a_rejected_row_keeps_the_scope_and_key_it_had() -> None:
    good = code("150302", 1)
    result = registry((good, None, None, None, None, None, "海勃湾区"))
    assert [(r["scope"], r["entity_key"]) for r in result.rejected] == [("150302", good)]


def test_required_columns_left_blank_are_told_but_not_rejected() -> None:
    result = registry((code("150302", 1), "甲", None, "", None, None, "海勃湾区"))
    assert [(i["column_name"], i["code"], i["raw_value"]) for i in result.issues] == [("成立日期", "MISSING_VALUE", "")]
    assert result.typed[0]["founded_on"] is None


def test_sentences_name_the_column_and_the_remedy() -> None:
    result = registry((code("150302", 1), "甲", None, "2024-13-01", "50", None, "海勃湾区"))
    told = {i["code"]: i["sentence"] for i in result.issues}
    assert told["BAD_DATE"] == "“成立日期”的“2024-13-01”不是可用的日期，按未知处理，请写成2024-07-01这样的完整日期。"
    assert told["UNIT_UNKNOWN"].startswith("“成员出资总额”的“50”没有写明计量单位") and "请" in told["UNIT_UNKNOWN"]


def test_every_code_has_a_sentence() -> None:
    from dagster_project.receive.faults import sentence

    column = load_contracts()["gsxt.registration"].column("name")
    con = duckdb.connect()
    for cause in (
        "MISSING_REQUIRED",
        "COUNTY_UNKNOWN",
        "CHECK_DIGIT",
        "ID_PRECISION_LOST",
        "BAD_IDENTITY",
        "DATE_FUTURE",
        "BAD_DATE",
        "BAD_NUMBER",
        "FOREIGN_CURRENCY",
        "UNIT_UNKNOWN",
        "PERCENT_RANGE",
        "MONTH_AMBIGUOUS",
        "UNKNOWN_VALUE",
        "REGION_OLD",
        "CLASS_CONFLICT",
        "MISSING_VALUE",
        "BAD_VALUE",
    ):
        for shown in ("'值'", "null", None):
            (text,) = con.sql(f"select {sentence(column, cause, False, '2024-07-31', shown)}").fetchall()[0]
            assert text.count("企业名称") == 1 and text.endswith("。") and "{" not in text


FARM = [
    "farm_code",
    "name",
    "operator",
    "operator_identity",
    "phone",
    "county_name",
    "township_name",
    "annual_income",
    "updated_on",
]


def farms(*rows: tuple, **options):
    return type_rows("farm_directory.farm", FARM, list(rows), **options)


def test_farms_are_known_by_code_else_by_name_operator_and_township() -> None:
    result = farms(
        ("A1B2C3D4E5F6G7H8I9", "甲农场", "张测试", None, None, "海勃湾区", "某镇", "10", "2024-07-01"),
        (None, "乙农场", "李测试", None, None, "海勃湾区", "某镇", "10", "2024-07-01"),
        ("123", "丙农场", "王测试", None, None, "海勃湾区", "某镇", "10", "2024-07-01"),
        (None, "丁农场", None, None, None, "海勃湾区", "某镇", "10", None),
        (None, "戊农场", None, None, None, "海勃湾区", None, "10", "2024-07-01"),
        (None, None, "赵测试", None, None, "海勃湾区", "某镇", "10", "2024-07-01"),
    )
    assert [r["entity_key"] for r in result.typed] == [
        "A1B2C3D4E5F6G7H8I9",
        f"乙农场|{keyed('李测试')}|某镇",
        f"丙农场|{keyed('王测试')}|某镇",
        "丁农场|某镇",
        "戊农场",
    ]
    assert result.rejections == [(7, "家庭农场名称", "MISSING_REQUIRED")]
    assert [(i["row_number"], i["column_name"], i["code"]) for i in result.issues] == [
        (4, "一码通编码", "BAD_CODE"),
        (5, "最近更新日期", "MISSING_VALUE"),
        (5, "经营者姓名", "MISSING_VALUE"),
        (6, "乡镇（苏木）", "MISSING_VALUE"),
        (6, "经营者姓名", "MISSING_VALUE"),
    ]


def test_nothing_personal_is_told() -> None:
    result = farms(
        (
            None,
            "甲农场",
            "张测试",
            "15030219800229001A",
            "13800000001",
            "海勃湾区",
            "某镇",
            "13800000002",
            "2024-07-01",
        ),
        (None, "", "李测试", "1.5E+17", "13800000003", "海勃湾区", "某镇", "1", "2024-07-01"),
    )
    told = {i["code"]: i for i in result.issues}
    assert told["BAD_IDENTITY"]["raw_value"] == "15030219800229001A"  # restricted
    assert told["BAD_IDENTITY"]["masked_value"] == "150**************A"
    assert "ID_PRECISION_LOST" in told
    for line in result.issues + result.rejected:
        shown = line["sentence"] + str(line["masked_value"])
        assert not any(
            secret in shown for secret in ("15030219800229001A", "张测试", "李测试", "13800000001", "13800000003")
        )
    assert result.typed[0]["annual_income"] == D("138000000020000.00")


def test_masked_phones_and_identities_are_kept_as_they_are() -> None:
    result = farms((None, "甲农场", "张**", "1503**********001X", "182****9078", "海勃湾区", "某镇", "1", "2024-07-01"))
    row = result.typed[0]
    assert (row["phone"], row["operator_identity_state"], row["operator_identity_hash"]) == (
        "182****9078",
        "masked",
        None,
    )
    assert not result.issues


def test_lineage_and_context() -> None:
    result = type_rows(
        "farm_directory.farm",
        ["name", "operator", "township_name"],
        [("甲农场", "张测试", "某镇")],
        context={"county_name": "海勃湾区"},
        hints=("乌海市",),
        extra={"drift": ['{"土地": "好"}']},
    )
    row = result.typed[0]
    assert {
        k: row[k]
        for k in (
            "content_hash",
            "file_name",
            "sheet",
            "row_number",
            "snapshot_date",
            "received_order",
            "county_code",
            "scope",
            "event_date",
            "is_stray",
            "is_superseded",
            "is_filled_form",
            "drift",
            "county_name",
        )
    } == {
        "content_hash": "ab" * 32,
        "file_name": "乌海/表.xlsx",
        "sheet": "Sheet1",
        "row_number": 2,
        "snapshot_date": date(2024, 7, 31),
        "received_order": 7,
        "county_code": "150302",
        "scope": "150302",
        "event_date": None,
        "is_stray": False,
        "is_superseded": False,
        "is_filled_form": False,
        "drift": '{"土地": "好"}',
        "county_name": "海勃湾区",
    }


def test_statements() -> None:
    coop = code("150304", 9)
    columns = ["credit_code", "fiscal_year", "operating_income", "returned", "income_tax"]
    rows = [
        (coop, "2023", "1,000.005", "", "0"),
        (coop, "", "1", "1", "1"),
        (coop, "23", "1", "1", "1"),
        (None, "2023", "1", "1", "1"),
    ]
    result = type_rows("coop_finance.statement", columns, rows, hints=("乌海市",))
    row = result.typed[0]
    assert (row["operating_income"], row["returned"], row["income_tax"]) == (D("1000.01"), None, D("0.00"))
    assert (row["scope"], row["entity_key"], row["event_date"], row["layout"]) == (
        f"150304|{coop}|2023",
        f"{coop}|2023",
        date(2023, 12, 31),
        "2021",
    )
    absent = row["absent_columns"].split(",")
    assert "current_surplus" in absent and "returned" not in absent and len(absent) == 32 - 5
    # without its code the row says nothing of its place either: both are told
    assert result.rejections == [
        (3, "会计年度", "MISSING_REQUIRED"),
        (4, "会计年度", "BAD_VALUE"),
        (5, "统一社会信用代码", "MISSING_REQUIRED"),
    ]
    assert type_rows("coop_finance.statement", columns[:4], [(coop, "2023", "1", "1")]).typed[0]["layout"] == "2007"
    from_title = type_rows("coop_finance.statement", ["credit_code"], [(coop,)], context={"fiscal_year": "2023年度"})
    assert from_title.typed[0]["fiscal_year"] == 2023


def test_member_accounts() -> None:
    coop = code("150304", 9)
    columns = [
        "credit_code",
        "fiscal_year",
        "member_no",
        "member_name",
        "member_kind",
        "trade",
        "is_monitored_household",
    ]
    rows = [
        (coop, "2023", "001", "张测试", "农牧民", "12.5万元", "否"),
        (coop, "2023", "", "李测试", "神仙", "1", "是"),
        (coop, "2023", "003", "王测试", "神仙", "1", ""),
    ]
    result = type_rows("coop_finance.member_account", columns, rows, hints=())
    assert [(r["entity_key"], r["member_kind"], r["trade"], r["is_monitored_household"]) for r in result.typed] == [
        (f"{coop}|2023|001", "农民", D("125000.00"), False),
        (f"{coop}|2023|003", "其他", D("1.00"), None),
    ]
    assert result.rejections == [(3, "成员编号", "MISSING_REQUIRED")]


def test_quota() -> None:
    columns = ["county_name", "coops", "farms", "remark"]
    rows = [
        ("海勃湾区", "3", "10", "无"),
        ("海南区", "4", "10.5", ""),
        ("乌达", "", "8", "备"),
        ("", "1", "1", ""),
        ("市本级", "1", "1", ""),
    ]
    result = type_rows("programme.quota", columns, rows, context={"year": "2024年"}, hints=("乌海市农牧局",))
    assert [
        (
            r["year"],
            r["county_code"],
            r["coops"],
            r["farms"],
            r["remark"],
            r["scope"],
            r["entity_key"],
            r["event_date"],
        )
        for r in result.typed
    ] == [
        (2024, "150302", 3, 10, None, "150300|2024", "2024|150302", date(2024, 7, 31)),
        (2024, "150303", 4, None, None, "150300|2024", "2024|150303", date(2024, 7, 31)),
        (2024, "150304", None, 8, "备", "150300|2024", "2024|150304", date(2024, 7, 31)),
        (2024, "150300", 1, 1, None, "150300|2024", "2024|150300", date(2024, 7, 31)),
    ]
    assert result.rejections == [(5, "区", "MISSING_REQUIRED")]
    assert [(i["row_number"], i["code"]) for i in result.issues] == [(3, "BAD_NUMBER"), (4, "MISSING_VALUE")]


def test_the_long_rows_of_a_wide_table() -> None:
    rows = [
        ("海曙", "2023", "star_coops", "60"),
        ("海曙", "2023", "led_five_star", "30"),
        ("江北", "2023", "领办参办合作社", "32"),
    ]
    result = type_rows(
        "supply_coop.target",
        ["county_name", "year", "indicator", "target"],
        rows,
        variant="printed",
        hints=("宁波市",),
        extra={"is_city_wide": [False, True, False]},
    )
    assert [
        (
            r["county_code"],
            r["county_name"],
            r["indicator"],
            r["target"],
            r["is_city_wide"],
            r["entity_key"],
            r["scope"],
        )
        for r in result.typed
    ] == [
        ("330203", "海曙", "star_coops", 60, False, "330203|2023|star_coops", "330203"),
        ("330200", "海曙", "led_five_star", 30, True, "330200|2023|led_five_star", "330200"),
        ("330205", "江北", "led_coops", 32, False, "330205|2023|led_coops", "330205"),
    ]


@pytest.mark.parametrize("table", list(load_contracts()))
def test_every_contract_types_an_empty_sheet_and_a_blank_row(table: str) -> None:
    contract = load_contracts()[table]
    columns = [c.name for c in contract.columns]
    assert type_rows(table, columns, []).typed == []
    blank = type_rows(table, columns, [tuple(None for _ in columns)])
    assert blank.rejected and not blank.typed
    mentioned = {r["column_name"] for r in blank.rejected}
    assert mentioned <= {c.header for c in contract.columns}
    junk = type_rows(table, columns, [tuple("某'\"\\%;--{x}" for _ in columns)])
    assert len(junk.typed) + len({r["row_number"] for r in junk.rejected}) + junk.out_of_scope == 1
