"""Codes of entities and people: check characters, states, keyed hashes, masks (spec 1.2, rulings 6.4)."""

from __future__ import annotations

import hmac
import random
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from stdnum.cn import ric, uscc
from values_kit import KEY, probe, type_rows

from dagster_project.receive.codes import credit_check_failed, identity_reading, make_pads
from dagster_project.receive.contracts import Column
from dagster_project.receive.masking import masked

NARROW = str.maketrans("０１２３４５６７８９", "0123456789")
GB_32100 = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(body: str) -> str:
    """A credit code whose check character python-stdnum computed."""
    return body + uscc.calc_check_digit(body + "0")


def identity(region: str, born: str, order: str) -> str:
    """An identity number that belongs to nobody known, with the right check character."""
    body = region + born + order
    return body + ric.calc_check_digit(body + "0")


def test_credit_check_equals_stdnum() -> None:
    rng = random.Random(20240701)
    codes = []
    for _ in range(100_000):
        body = "".join(rng.choices(GB_32100, k=17))
        codes += [code(body), body + rng.choice(GB_32100)]
    con = duckdb.connect()
    con.register("given", pa.table({"c": codes}))
    failed = con.sql(f"select {credit_check_failed('c')} from given").fetchall()
    assert [f for (f,) in failed] == [uscc.calc_check_digit(c) != c[-1] for c in codes]
    assert 0.4 < sum(f for (f,) in failed) / len(codes) < 0.5  # corrupted codes fail, 1 in 31 of them by chance not


def test_credit_codes() -> None:
    good = code("93150302MA0000001")
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    rows = [
        (good, "甲"),
        (good.lower(), "乙"),
        (f" {good[:8]} {good[8:]} ", "丙"),
        (wrong, "丁"),
        (good[:-1], "戊"),
        (good.replace("M", "O"), "己"),
        ("150302NA000001X", "庚"),
        ("", "辛"),
        ("150302600012345", "壬"),
    ]
    result = type_rows("gsxt.registration", ["credit_code", "name", "kind"], [(*r, "农民专业合作社") for r in rows])
    assert [(r["name"], r["credit_code"], r["registration_no"]) for r in result.typed] == [
        ("甲", good, None),
        ("乙", good, None),
        ("丙", good, None),
        ("丁", wrong, None),
        ("庚", None, "150302NA000001X"),
        ("壬", None, "150302600012345"),
    ]
    assert result.codes() == ["CHECK_DIGIT"]
    assert result.rejections == [
        (6, "统一社会信用代码/注册号", "BAD_CODE"),
        (7, "统一社会信用代码/注册号", "BAD_CODE"),
        (9, "统一社会信用代码/注册号", "MISSING_REQUIRED"),
    ]
    assert [r["entity_key"] for r in result.typed][-1] == "150302600012345"


def test_a_code_that_a_number_cell_has_cut_is_no_code() -> None:
    rows = [("931503020000001000", "甲")]
    assert uscc.calc_check_digit(rows[0][0]) != "0"
    columns = ["credit_code", "name"]
    assert type_rows("gsxt.registration", columns, rows).codes() == ["CHECK_DIGIT"]
    cut = type_rows("gsxt.registration", columns, rows, numeric=("credit_code",))
    assert cut.rejections == [(2, "统一社会信用代码/注册号", "BAD_CODE")]


def test_an_optional_code_that_is_bad_is_an_issue() -> None:
    column = Column(name="f", header="一码通编码", type="farm_code")
    result = type_rows(
        probe(column),
        ["id", "f"],
        [("a", "A1B2C3D4E5F6G7H8I9"), ("b", "a1b2c3d4e5f6g7h8i9"), ("c", "123"), ("d", "")],
    )
    assert [r["f"] for r in result.typed] == ["A1B2C3D4E5F6G7H8I9", "A1B2C3D4E5F6G7H8I9", None, None]
    assert result.codes() == ["BAD_CODE"]
    legacy = Column(name="c", header="信用代码", type="credit_code")
    assert type_rows(probe(legacy), ["id", "c"], [("a", "150302NA000001X")]).codes() == ["BAD_CODE"]


PERSON = Column(name="who", header="身份证号", type="identity", personal="identity")


@pytest.mark.parametrize(
    ("text", "state", "issue"),
    [
        (identity("150302", "19800229", "001"), "valid", None),
        (identity("999999", "19751231", "123"), "valid", None),  # the place code is never judged
        (identity("150302", "19000101", "001"), "valid", None),
        (identity("150302", "20240731", "001"), "valid", None),
        (identity("150302", "20240801", "001"), "invalid", "BAD_IDENTITY"),  # born after the file was made
        (identity("150302", "19810229", "001"), "invalid", "BAD_IDENTITY"),  # no such day
        (identity("150302", "18991231", "001"), "invalid", "BAD_IDENTITY"),
        ("15030219800229001", "invalid", "BAD_IDENTITY"),
        ("15030219800229001A", "invalid", "BAD_IDENTITY"),
        ("无证", "invalid", "BAD_IDENTITY"),
        ("1503**********0012", "masked", None),
        ("1.50302E+17", "lost", "ID_PRECISION_LOST"),
        ("1.50302198002290E+17", "lost", "ID_PRECISION_LOST"),
        ("150302198002290000", "lost", "ID_PRECISION_LOST"),
        ("", "blank", None),
        (None, "blank", None),
        ("未填", "blank", None),
    ],
)
def test_identity_states(text: str | None, state: str, issue: str | None) -> None:
    if text and text.endswith("0000"):
        assert ric.calc_check_digit(text) != text[-1]
    result = type_rows(probe(PERSON), ["id", "who"], [("a", text)])
    row = result.typed[0]
    assert (row["who_state"], result.codes()) == (state, [issue] if issue else [])
    assert (row["who_hash"] is not None) == (state == "valid")


def test_identity_hash_is_hmac_of_the_normalised_number() -> None:
    number = next(n for i in range(100, 200) if (n := identity("150302", "19800229", str(i))).endswith("X"))
    old = number[:6] + number[8:17]  # the 15 digits of the first generation
    texts = [number, number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}", old]
    result = type_rows(probe(PERSON), ["id", "who"], [(str(i), t) for i, t in enumerate(texts)])
    expected = hmac.new(KEY, number.encode(), "sha256").hexdigest()
    assert [r["who_hash"] for r in result.typed] == [expected] * 4
    assert all(number not in str(r) for r in result.typed)


@pytest.mark.parametrize("key", [b"short", b"k" * 32, b"k" * 64, b"longer than a block" * 8])
def test_sql_and_python_agree_on_identities(key: bytes) -> None:
    rng = random.Random(7)
    numbers = []
    for _ in range(5_000):
        born = f"{rng.randrange(1890, 2030)}{rng.randrange(14):02}{rng.randrange(33):02}"
        body = f"{rng.randrange(100000, 999999)}{born}{rng.randrange(1000):03}"
        numbers.append(
            body + rng.choice(["0", "5", "X", ric.calc_check_digit(body + "0"), ric.calc_check_digit(body + "0")])
        )
    latest = date(2024, 7, 31)
    reading = identity_reading(key, latest)
    con = duckdb.connect()
    make_pads(con, key)
    con.register("given", pa.table({"x": numbers}))
    plain = con.sql(f"select {reading.plain.format(x='x')}, {reading.value.format(x='x')} from given").fetchall()
    for number, (is_plain, value) in zip(numbers, plain, strict=True):
        parsed = reading.parse(number)
        assert (parsed.extra == "valid") == bool(is_plain)
        assert parsed.value in (None, value)
        assert value == hmac.new(key, number.encode(), "sha256").hexdigest()
    assert 1000 < sum(bool(p) for p, _ in plain) < 4000


@pytest.mark.parametrize(
    ("text", "personal", "shown"),
    [
        ("张某某", "name", "张**"),
        ("13800000001", "phone", "138****0001"),
        ("1380", "phone", "****"),
        (
            identity("150302", "19800229", "001"),
            "identity",
            "150**************" + identity("150302", "19800229", "001")[-1],
        ),
        ("联系人13800000001。", None, "联系人138****0001。"),
        ("93150302MA0000001X", None, "93150302MA0000001X"),
        (
            "见" + identity("150302", "19800229", "001"),
            None,
            "见150**************" + identity("150302", "19800229", "001")[-1],
        ),
        ("1380000000123", None, "1380000000123"),
        ("１３８００００００１", None, "１３８００００００１".translate(NARROW)),
        ("１３８０００００００１", None, "138****0001"),
        ("138-0000-0001", None, "138****0001"),
        ("138 0000 0001,13900000002、13700000003", None, "138****0001,139****0002、137****0003"),
        ("138\u200b00000001", None, "138****0001"),
        ("+8613800000001", None, "+86138****0001"),
        ("0473-2058123", None, "0473-*****23"),
        ("150302900101123", None, "150***********3"),
        ("150302199013401234", None, "150**************4"),
        ("150302600012345", None, "150302600012345"),
        ("911503020000000001", None, "911503020000000001"),
        ("欧阳样例", None, "欧**"),
        (" 王测试 ", None, "王**"),
        ("额尔敦·样例", None, "额**"),
        ("王测试13800000001", None, "王**138****0001"),
        ("填报人：赵样例 李样例", None, "填报人：赵** 李样例"),
        ("若干", None, "若干"),
        ("江北区", None, "江北区"),
        ("高级社", None, "高级社"),
        ("王测试 13800000001", "phone", "****"),
        ("王测试150302198002290010", "identity", "****"),
        ("王测试", "identity", "****"),
        ("　王测试", "name", "王**"),
        ("2024-13-01", None, "2024-13-01"),
    ],
)
def test_masks(text: str, personal: str | None, shown: str) -> None:
    con = duckdb.connect()
    assert con.execute(f"select {masked('x', personal)} from (select ? x)", [text]).fetchall() == [(shown,)]
