"""Texts to values, one type at a time (spec 1.2). Expectations are written by hand."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pyarrow as pa
import pytest
from values_kit import column_of, probe, type_rows

from dagster_project.receive.contracts import Column
from dagster_project.receive.text import FULL_WIDTH, normal, normal_array

D = Decimal


def money(**options) -> Column:
    return Column(name="m", header="出资额", type="money", **{"unit": "元"} | options)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("  某 某　社 ", "某 某 社"),
        ("ＡＢＣ１２３", "ABC123"),
        ("乌海市（海勃湾区）", "乌海市(海勃湾区)"),
        ("某\u00a0某\u200b社\ufeff", "某 某社"),
        ("某\n\t某", "某 某"),
        ("㎡", "m2"),
        ("", None),
        ("   ", None),
        ("N/A", None),
        ("n/a", None),
        ("NA", None),
        ("null", None),
        ("NULL", None),
        ("-", None),
        ("—", None),
        ("/", None),
        ("未填", None),
        ("未认证农户", None),
        ("Ｎ／Ａ", None),
        ("－", None),
        ("无", "无"),
        ("0", "0"),
        ("不公示", None),
        ("选择不公示", None),
        ("NAN", "NAN"),
        (None, None),
    ],
)
def test_text(given: str | None, meant: str | None) -> None:
    assert column_of(Column(name="t", header="说明"), [given]) == ([meant], [])


def test_null_words_are_the_columns_own() -> None:
    assert column_of(Column(name="t", header="备注", null_words=("无",)), ["无", "無", "无异议"])[0] == [
        None,
        "無",
        "无异议",
    ]


def test_fast_paths_clean_as_unicode_says() -> None:
    for wide, narrow in FULL_WIDTH.items():
        assert unicodedata.normalize("NFKC", wide) == narrow
    stable = [chr(i) for i in [*range(0x21, 0x7F), *range(0x4E00, 0xA000)]] + list("、。《》")
    assert all(unicodedata.normalize("NFKC", c) == c for c in stable)
    known = [chr(i) for i in range(1, 0x30000) if unicodedata.category(chr(i)) not in ("Cn", "Cs")]
    texts = [f"a{c}b" for c in known]
    assert normal_array(pa.array(texts)).to_pylist() == [normal(t) for t in texts]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("12.5", D("12.50")),
        ("-3", D("-3.00")),
        ("1,000", D("1000.00")),
        ("1,234,567.89", D("1234567.89")),
        ("１２３", D("123.00")),
        ("¥12.5", D("12.50")),
        ("￥1,000.00", D("1000.00")),
        ("(1,234.50)", D("-1234.50")),
        ("1,000(万人民币元)", D("10000000.00")),
        ("50(万)", D("500000.00")),
        ("9万元人民币", D("90000.00")),
        ("9（万元）", D("90000.00")),
        ("9(万元人民币)", D("90000.00")),
        ("9万", D("90000.00")),
        ("9万人民币", D("90000.00")),
        ("人民币9万元", D("90000.00")),
        ("500元", D("500.00")),
        ("1.5亿元", D("150000000.00")),
        ("3千元", D("3000.00")),
        ("2百万元", D("2000000.00")),
        ("5000元整", D("5000.00")),
        ("+5", D("5.00")),
        (".5", D("0.50")),
        ("5.", D("5.00")),
        ("0.005", D("0.01")),
        ("-0.005", D("-0.01")),
        ("0.004999999999999999999999999", D("0.00")),
        ("1e-2", D("0.01")),
        ("9999999999999999.99", D("9999999999999999.99")),
        ("0", D("0.00")),
        ("－3", D("-3.00")),
        ("−3", D("-3.00")),
        # A float would say 0.29 * 100 = 28.999999999999996 and lose the last digits of these.
        ("123456789012345.67", D("123456789012345.67")),
        ("0.0029万元", D("29.00")),
        ("1.00005万", D("10000.50")),
    ],
)
def test_money(text: str, yuan: Decimal) -> None:
    assert column_of(money(), [text]) == ([yuan], [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9999999999999999.995", "BAD_NUMBER"),
        ("10000000000000000", "BAD_NUMBER"),
        ("12,34", "BAD_NUMBER"),
        ("9,9(万元人民币)", "BAD_NUMBER"),
        ("约5万", "BAD_NUMBER"),
        ("5000余元", "BAD_NUMBER"),
        ("1.2E+08", "BAD_NUMBER"),
        ("五万", "BAD_NUMBER"),
        ("1-2万", "BAD_NUMBER"),
        ("1.2.3", "BAD_NUMBER"),
        ("#REF!", "BAD_NUMBER"),
        ("100(万美元)", "FOREIGN_CURRENCY"),
        ("100万美元", "FOREIGN_CURRENCY"),
        ("$100", "FOREIGN_CURRENCY"),
        ("50万港元", "FOREIGN_CURRENCY"),
        ("30(万欧元)", "FOREIGN_CURRENCY"),
        ("1,000万日元", "FOREIGN_CURRENCY"),
        ("USD 20", "FOREIGN_CURRENCY"),
        ("9" * 200, "BAD_NUMBER"),
    ],
)
def test_money_that_is_none(text: str, code: str) -> None:
    assert column_of(money(), [text]) == ([None], [code])


def test_the_nearest_unit_wins() -> None:
    column = money(unit="元")
    assert column_of(column, ["12.34", "12.34元", "1,234.5"], units={"m": "万元"})[0] == [
        D("123400.00"),
        D("12.34"),
        D("12345000.00"),
    ]
    assert column_of(money(unit="万元"), ["0.00005", "0.000049"])[0] == [D("0.50"), D("0.49")]
    # one rounding only: 0.0000004999 万元 = 0.004999 元
    assert column_of(money(unit="万元"), ["0.0000004999", "0.0000005"])[0] == [D("0.00"), D("0.01")]
    assert column_of(money(unit="万元"), ["9999999999999.99"]) == ([None], ["BAD_NUMBER"])
    assert column_of(money(unit=None), ["5", "5元"]) == ([None, D("5.00")], ["UNIT_UNKNOWN"])


def test_bare_capital_of_100000_or_less_has_no_unit() -> None:
    column = money(unit=None, bare_minimum=100000)
    values, codes = column_of(column, ["100000", "100000.01", "500000", "50", "50万", "0"])
    assert values == [None, D("100000.01"), D("500000.00"), None, D("500000.00"), None]
    assert codes == ["UNIT_UNKNOWN"] * 3
    assert column_of(column, ["50"], units={"m": "万元"}) == ([D("500000.00")], [])


@pytest.mark.parametrize(
    ("text", "mu"),
    [
        ("12.345", D("12.35")),
        ("1,000亩", D("1000.00")),
        ("2公顷", D("30.00")),
        ("1000平方米", D("1.50")),
        ("1000㎡", D("1.50")),
        ("0.2万亩", D("2000.00")),
        ("3(亩)", D("3.00")),
    ],
)
def test_area(text: str, mu: Decimal) -> None:
    assert column_of(Column(name="a", header="面积", type="area", unit="亩"), [text]) == ([mu], [])


def test_area_in_an_unknown_unit() -> None:
    assert column_of(Column(name="a", header="面积", type="area", unit="亩"), ["3垧", "很多"]) == (
        [None, None],
        ["UNIT_UNKNOWN", "BAD_NUMBER"],
    )


def test_counts() -> None:
    column = Column(name="n", header="人数", type="integer", unit="人")
    values, codes = column_of(
        column,
        ["12", "1,234", "12.0", "5人", "3户", "1.2万", "-1", "9999999999", "12.5", "若干", "99999999999999999999",
         "13800000001", "150302199001011234"],
    )
    assert values == [12, 1234, 12, 5, 3, 12000, -1, 9999999999, *[None] * 5]
    assert codes == ["BAD_NUMBER"] * 5


def test_numbers() -> None:
    column = Column(name="n", header="得分", type="number")
    assert column_of(column, ["95", "95.123456", "95分", "8学时", "九十"]) == (
        [D("95.0000"), D("95.1235"), D("95.0000"), D("8.0000"), None],
        ["BAD_NUMBER"],
    )


def test_ratios() -> None:
    column = Column(name="r", header="返还比例", type="ratio")
    values, codes = column_of(
        column, ["0.6", "1", "1.5", "60", "100", "100.1", "60%", "60％", "0.5%", "120%", "1/3", "六成"]
    )
    assert values == [
        D("0.6"),
        D("1"),
        D("0.015"),
        D("0.6"),
        D("1"),
        None,
        D("0.6"),
        D("0.6"),
        D("0.005"),
        D("1.2"),
        None,
        None,
    ]
    assert codes == ["PERCENT_RANGE", "BAD_NUMBER", "BAD_NUMBER"]
    assert column_of(column, ["0.6", "60", "60%", "150"], percent=("r",)) == (
        [D("0.006"), D("0.6"), D("0.6"), D("1.5")],
        [],
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-07-01", date(2024, 7, 1)),
        ("2024/7/1", date(2024, 7, 1)),
        ("2024.7.1", date(2024, 7, 1)),
        ("20240701", date(2024, 7, 1)),
        ("2024年7月1日", date(2024, 7, 1)),
        ("2024-07-01 00:00:00", date(2024, 7, 1)),
        ("2024-07-01 13:45:10", date(2024, 7, 1)),
        ("2016-05-20 00:00:00.0", date(2016, 5, 20)),
        ("2024-07-01T08:00:00", date(2024, 7, 1)),
        ("2024/7/1 8:30", date(2024, 7, 1)),
        ("45474", date(2024, 7, 1)),
        ("45474.75", date(2024, 7, 1)),
        ("２０２４年７月１日", date(2024, 7, 1)),
        ("2024年7月1号", date(2024, 7, 1)),
        ("2024-06-30T16:00:00Z", date(2024, 7, 1)),
        ("1949-10-01", date(1949, 10, 1)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-07-31", date(2024, 7, 31)),
        ("20240701083000", date(2024, 7, 1)),
    ],
)
def test_dates(text: str, day: date) -> None:
    assert column_of(Column(name="d", header="日期", type="date"), [text]) == ([day], [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2024-08-01", "DATE_FUTURE"),
        ("45505", "DATE_FUTURE"),
        ("1949-09-30", "BAD_DATE"),
        ("2024-13-01", "BAD_DATE"),
        ("2023-02-29", "BAD_DATE"),
        ("2024-07", "BAD_DATE"),
        ("2024", "BAD_DATE"),
        ("24-7-1", "BAD_DATE"),
        ("7/1/2024", "BAD_DATE"),
        ("2024-7/1", "BAD_DATE"),
        ("去年七月", "BAD_DATE"),
        ("202407011", "BAD_DATE"),
        ("2024-07-011", "BAD_DATE"),
        ("99999", "DATE_FUTURE"),
        ("00001", "BAD_DATE"),
    ],
)
def test_dates_that_are_none(text: str, code: str) -> None:
    assert column_of(Column(name="d", header="日期", type="date"), [text]) == ([None], [code])


def test_bounds_of_terms_and_births() -> None:
    term = Column(name="d", header="歇业截止日期", type="date", future=True)
    assert column_of(term, ["2034-07-31", "2034-08-01"]) == ([date(2034, 7, 31), None], ["DATE_FUTURE"])
    leap = column_of(term, ["2034-02-28", "2034-03-01"], snapshot=date(2024, 2, 29))
    assert leap == ([date(2034, 2, 28), None], ["DATE_FUTURE"])
    birth = Column(name="b", header="出生年月", type="month")
    assert column_of(birth, ["1900-01", "1899-12", "1948年5月"]) == (
        [date(1900, 1, 1), None, date(1948, 5, 1)],
        ["BAD_DATE"],
    )


def test_months() -> None:
    column = Column(name="m", header="月份", type="month")
    values, codes = column_of(
        column,
        [
            "2024年7月",
            "2024-07",
            "2024.07",
            "2024/7",
            "202407",
            "2024-07-15",
            "2024.1",
            "2024.10",
            "45474",
            "2024年13月",
            "2024",
            "2024-08",
        ],
        snapshot=date(2024, 12, 31),
    )
    july = date(2024, 7, 1)
    assert values == [july] * 6 + [date(2024, 1, 1), date(2024, 10, 1), july, None, None, date(2024, 8, 1)]
    assert codes == ["BAD_DATE", "BAD_DATE"]


def test_a_number_cell_2024_1_is_january_or_october() -> None:
    column = Column(name="m", header="月份", type="month")
    assert column_of(column, ["2024.1", "2024.07"], numeric=("m",)) == (
        [None, date(2024, 7, 1)],
        ["MONTH_AMBIGUOUS"],
    )


def test_years() -> None:
    column = Column(name="y", header="年度", type="year")
    values, codes = column_of(
        column, ["2024", "2024年", "2024年度", "1949", "2024-12-31", "1948", "24", "45474", "明年", "2100"]
    )
    assert values == [2024, 2024, 2024, 1949, 2024, None, None, None, None, None]
    assert codes == ["BAD_VALUE"] * 5


def test_booleans() -> None:
    column = Column(name="b", header="是否注册登记", type="boolean", false_words=("空白账",))
    yes = ["true", "TRUE", "是", "有", "√", "1", "Y", "yes", "已建立", "已"]
    no = ["false", "否", "无", "×", "0", "N", "未建立", "没有", "空白账"]
    assert column_of(column, yes) == ([True] * len(yes), [])
    assert column_of(column, no) == ([False] * len(no), [])
    assert column_of(column, ["大概", "2", "/", "未填"]) == ([None] * 4, ["BAD_VALUE", "BAD_VALUE"])


def test_enumerations() -> None:
    level = Column(
        name="e",
        header="级别",
        type="enum",
        null_words=("无",),
        values={"自治区（省）级": ("自治区（省）级", "自治区级", "省级"), "国家级": ("国家级",)},
    )
    assert column_of(level, ["自治区(省)级", "自治区（省）级", "省级", "国家级", "无", "世界级", "其他"]) == (
        ["自治区（省）级"] * 3 + ["国家级", None, "其他", "其他"],
        ["UNKNOWN_VALUE"],
    )
    many = Column(name="e", header="措施", type="enum", multi=True, values={"限期整改": (), "专项帮扶": ("帮扶",)})
    assert column_of(many, ["限期整改、帮扶", "帮扶,限期整改；帮扶", "罚款;帮扶", "限期整改"]) == (
        ["限期整改、专项帮扶", "专项帮扶、限期整改", "其他、专项帮扶", "限期整改"],
        ["UNKNOWN_VALUE"],
    )
    inside = Column(name="e", header="原因", type="enum", match="contains", values={"弄虚作假": ("虚假", "弄虚作假")})
    assert column_of(inside, ["公示信息虚假的", "住所"]) == (["弄虚作假", "其他"], ["UNKNOWN_VALUE"])


def test_status_keeps_the_registers_words() -> None:
    said = {
        "存续（在营、开业、在册）": "active",
        "在业": "active",
        "吊销，未注销": "revoked",
        "已吊销": "revoked",
        "注销": "deregistered",
        "企业直接申请注销": "deregistered",
        "拟注销": "winding_up",
        "清算": "winding_up",
        "歇业": "suspended",
        "停业": "ceased",
        "迁移异地": "moved_out",
        "非正常户": "unknown",
        "其他": "unknown",
    }
    rows = [(f"93150302MA000000{i:02d}"[:18], "某社", "2020-01-01", status) for i, status in enumerate(said)]
    result = type_rows("gsxt.registration", ["credit_code", "name", "founded_on", "status"], rows)
    assert [r["status"] for r in result.typed] == list(said.values())
    assert [r["status_raw"] for r in result.typed][:3] == ["存续(在营、开业、在册)", "在业", "吊销,未注销"]
    assert result.codes("登记状态") == ["UNKNOWN_VALUE", "UNKNOWN_VALUE"]


def test_withheld_is_neither_zero_nor_blank() -> None:
    column = money(withheld=True)
    result = type_rows(
        probe(column),
        ["id", "m"],
        [("a", "不公示"), ("b", "选择不公示"), ("c", "0"), ("d", ""), ("e", "不 知")],
    )
    assert [(r["m"], r["m_is_public"]) for r in result.typed] == [
        (None, False),
        (None, False),
        (D("0.00"), True),
        (None, None),
        (None, True),
    ]
    assert result.codes() == ["BAD_NUMBER"]


def test_plain_and_odd_numbers_agree_with_decimal_arithmetic() -> None:
    """SQL casts plain texts, Python the others; a naive reading of every one of them says the same."""
    rng = random.Random(20240731)
    texts, exact = [], []
    for _ in range(4_000):
        whole, tail = (
            rng.randrange(10 ** rng.randrange(1, 16)),
            rng.choice(["", ".5", ".005", ".00005", ".12345678905"]),
        )
        sign = rng.choice(["", "-"])
        grouped = rng.random() < 0.3
        texts.append(f"{sign}{whole:,}{tail}" if grouped else f"{sign}{whole}{tail}")
        exact.append(D(f"{sign}{whole}{tail}"))
    factors = {"元": 1, "千元": 1000, "万元": 10**4, "亿元": 10**8}
    for unit, factor in factors.items():
        values, codes = column_of(money(), texts, units={"m": unit})
        with localcontext() as context:
            context.prec = 80
            meant = [(v * factor).quantize(D("0.01"), rounding=ROUND_HALF_UP) for v in exact]
        assert values == [v if abs(v) < 10**16 else None for v in meant]
        assert codes == ["BAD_NUMBER"] * values.count(None)
    ratios, codes = column_of(Column(name="r", header="比例", type="ratio"), texts)
    assert ratios == [
        None if abs(v) > 100 else (v / (100 if abs(v) > 1 else 1)).quantize(D("0.000001"), rounding=ROUND_HALF_UP)
        for v in exact
    ]
    assert codes == ["PERCENT_RANGE"] * ratios.count(None)


def test_every_way_of_writing_a_day_is_the_same_day() -> None:
    rng = random.Random(5)
    days = [date(1949, 10, 1) + timedelta(days=rng.randrange(27_000)) for _ in range(500)]
    days = [d for d in days if d <= date(2024, 7, 31)]
    ways = [
        "{0:%Y-%m-%d}",
        "{0.year}/{0.month}/{0.day}",
        "{0.year}年{0.month}月{0.day}日",
        "{0:%Y%m%d}",
        "{0:%Y.%m.%d}",
        "{1}",
    ]
    column = Column(name="d", header="日期", type="date")
    for way in ways:
        texts = [way.format(d, (d - date(1899, 12, 30)).days) for d in days]
        assert column_of(column, texts) == (days, [])
