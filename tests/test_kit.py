"""The kit: what stands in a cell is exactly what was given, looks as the office prints it, and never runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from exports import figures, text
from exports.header import Group, Header, Kind, Leaf
from exports.kit import Band, Table, TotalMismatch, total_of, write_split, write_table
from exports.workbook import Book

STAMP = date(2024, 7, 31)
TWO_ROWS = Header(Leaf("区", Kind.text, 10), Group("数量", (Leaf("甲", Kind.count), Leaf("乙", Kind.money))))


def written(table: Table) -> bytes:
    book = Book("试", STAMP)
    write_table(book, "表", table)
    return book.save()


def opened(content: bytes):
    return openpyxl.load_workbook(BytesIO(content)).worksheets[0]


@pytest.mark.parametrize(
    ("numerator", "denominator", "target", "value", "number_format"),
    [
        # Spec 2.3, worked example.
        ("43200", "72000", "0.6", "60.0000", "0.0"),
        ("43199.99", "72000", "0.6", "59.9999", "0.0000"),
        ("60000", "92000", "0.6", "65.2174", "0.0"),
        ("60000", "142000", "0.6", "42.2535", "0.0"),
        # Spec 2, common rules: 59.99, not 60.0.
        ("5999", "10000", "0.6", "59.99", "0.00"),
        ("5996", "10000", "0.6", "59.96", "0.00"),
        ("5994", "10000", "0.6", "59.9400", "0.0"),
        # Misses by less than six decimals can hold: still never 60.
        ("599999999", "1000000000", "0.6", "59.9999", "0.0000"),
        # Reached, if only just: no more decimals than elsewhere.
        ("60004", "100000", "0.6", "60.0040", "0.0"),
        ("43200.01", "72000.01", "0.6", "60.0000", "0.0"),
        # 65.24999996 rounds to 65.2; stored with four decimals it would be 65.2500 and show 65.3.
        ("652499999600", "1000000000000", None, "65.2499", "0.0"),
        ("1", "3", None, "33.3333", "0.0"),
        ("0", "5", "0.8", "0.0000", "0.0"),
    ],
)
def test_a_ratio_never_looks_like_a_target_it_misses(numerator, denominator, target, value, number_format):
    shown = figures.percent(Decimal(numerator), Decimal(denominator), Decimal(target) if target else None)
    assert (shown.value, shown.number_format) == (Decimal(value), number_format)


def test_a_ratio_without_a_positive_denominator_is_unknown():
    assert figures.percent(5, 0) is None
    assert figures.percent(Decimal(5), Decimal("-0.01")) is None
    assert figures.percent(None, 5) is None
    assert figures.percent(5, None) is None


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [("2.5", 0, "3"), ("0.25", 1, "0.3"), ("0.35", 1, "0.4"), ("-0.25", 1, "-0.3")],
)
def test_rounding_is_half_up(value, decimals, expected):
    assert figures.rounded(Decimal(value), decimals) == Decimal(expected)


def test_numbers_reach_the_file_digit_by_digit():
    header = Header(Leaf("数", Kind.money, 10))
    values = [
        Decimal("0.56"),
        Decimal("43199.99"),
        Decimal("9999999999999.99"),
        Decimal("-0.10"),
        Decimal("1E+3"),
    ]
    content = written(Table(("题",), header, [(value,) for value in values]))
    xml = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    for digits in ("0.56", "43199.99", "9999999999999.99", "-0.1", "1000"):
        assert f"<v>{digits}</v>" in xml


def test_floats_and_booleans_are_refused():
    book = Book("试", STAMP)
    sheet = book.sheet("表")
    for value in (0.5, True):
        with pytest.raises(TypeError):
            sheet.row([(value, 0)])


HOSTILE = [
    "=1+1", "=cmd|' /C calc'!A0", "+86 13800000000", "-1", "@SUM(A1)", "\t=1", "\r=1", "#N/A", "#DIV/0!",
    "TRUE",
    "1e5", "00123", "<b>&amp;</b>", "]]>", "a\nb", "  前后空格  ", "👨‍👩‍👧 合作社", "ᠮᠣᠩᠭᠣᠯ ᠬᠣᠷᠰᠢᠶᠠ",
    "𠮷田", "_x0041_",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_text_stays_text_to_the_character(value):
    sheet = opened(written(Table(("题",), Header(Leaf("名称", Kind.label, 20)), [(value,)])))
    cell = sheet["A3"]
    assert (cell.value, cell.data_type) == (value, "s")
    assert cell.quotePrefix is value.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_no_formula_ever_reaches_the_file():
    content = written(Table(("=题",), Header(Leaf("=名称", Kind.label)), [(value,) for value in HOSTILE]))
    xml = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml
    assert b"<f " not in xml


def test_control_characters_are_dropped_and_long_text_is_cut():
    assert text.clean("甲\x00乙\x0b丙\x7f\x85丁\ud800戊\ufffe己\tx\ny") == "甲乙丙丁戊己\tx\ny"
    assert text.clean("字" * 32_767) == "字" * 32_767
    assert text.clean("字" * 32_768) == "字" * 32_766 + "…"
    emoji = text.clean("😀" * 20_000)
    assert emoji == "😀" * 16_383 + "…"
    assert len(emoji.encode("utf-16-le")) // 2 <= 32_767


def test_sheet_and_file_names_are_clean():
    taken: set[str] = set()
    assert text.sheet_name("a/b[c]:d*e?f\\g", taken) == "abcdefg"
    assert text.sheet_name("'x'", taken) == "x"
    assert text.sheet_name("", taken) == "表"
    assert len(text.sheet_name("很" * 40, taken)) == 31
    assert text.sheet_name("ABC", {"abc", "ABC（2）"}) == "ABC（3）"
    assert text.file_name("../../etc/passwd") == "etcpasswd"
    assert text.file_name('a:b*c?d"e<f>g|h\x00') == "abcdefgh"
    assert text.file_name("CON") == "_CON"
    assert text.file_name(" . ") == "_"
    assert len(text.file_name("社" * 300).encode()) <= 200


def test_header_tree_is_laid_out_with_its_merges():
    tree = Header(Leaf("A"), Group("G", (Leaf("B"), Group("H", (Leaf("C"), Leaf("D"))))), Leaf("E"))
    assert [leaf.label for leaf in tree.leaves] == ["A", "B", "C", "D", "E"]
    assert tree.depth == 3
    assert [(c.label, c.row, c.column, c.rows, c.columns) for c in tree.cells] == [
        ("A", 1, 1, 3, 1), ("G", 1, 2, 1, 3), ("B", 2, 2, 2, 1), ("H", 2, 3, 1, 2), ("C", 3, 3, 1, 1),
        ("D", 3, 4, 1, 1), ("E", 1, 5, 3, 1),
    ]  # fmt: skip


def test_the_page_is_set_up_as_the_office_prints_it():
    table = Table(
        ("题一", "题二"), TWO_ROWS, [("x", 1, Decimal("2.50"))], attachment="附件9",
        line=("填报单位：甲", "填报时间：2024年7月", "单位：元"), signature=("填报人：", "审核：",
        "分管领导："),
        landscape=True,
    )  # fmt: skip
    sheet = opened(written(table))
    assert [sheet[f"A{row}"].value for row in range(1, 5)] == ["附件9", "题一", "题二", "填报单位：甲"]
    assert (sheet["B4"].value, sheet["C4"].value) == ("填报时间：2024年7月", "单位：元")
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$5:$6"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert (sheet["A2"].font.name, sheet["A2"].font.size, sheet["A2"].font.bold) == (
        "方正小标宋简体",
        18,
        True,
    )
    assert (sheet["A7"].font.name, sheet["A7"].font.size) == ("仿宋", 10.5)
    assert sheet["A7"].alignment.wrap_text
    for address in ("B6", "C6", "A7", "C7"):
        border = sheet[address].border
        assert {border.left.style, border.right.style, border.top.style, border.bottom.style} == {"thin"}
    assert [sheet[f"{letter}8"].value for letter in "ABC"] == ["填报人：", "审核：", "分管领导："]


def test_unknown_is_a_dash_and_a_blank_remark_is_blank():
    header = Header(Leaf("数", Kind.count), Leaf("钱", Kind.money), Leaf("备注", Kind.remark))
    sheet = opened(written(Table(("题",), header, [(None, None, None), (0, Decimal(0), "有")])))
    assert [sheet[f"{letter}3"].value for letter in "ABC"] == ["—", "—", None]
    assert [sheet[f"{letter}4"].value for letter in "ABC"] == [0, 0, "有"]


def test_a_total_that_is_not_the_sum_is_refused():
    rows = [("x", 1, Decimal("0.10")), ("y", 2, Decimal("0.20"))]
    right = Table(("题",), TWO_ROWS, rows, total=total_of({1: 3, 2: Decimal("0.30")}, 3), summed=(1, 2))
    assert opened(written(right))["A6"].value == "合计"
    for values in ({1: 4, 2: Decimal("0.30")}, {1: 3, 2: Decimal("0.31")}, {1: None, 2: Decimal("0.30")}):
        wrong = Table(("题",), TWO_ROWS, rows, total=total_of(values, 3), summed=(1, 2))
        with pytest.raises(TotalMismatch, match="合计"):
            written(wrong)
    unknown = Table(
        ("题",), TWO_ROWS, [("x", 1, None), ("y", 2, Decimal("0.20"))],
        total=total_of({1: 3, 2: None}, 3), summed=(1, 2),
    )  # fmt: skip
    assert opened(written(unknown))["C6"].value == "—"


def test_numbers_wider_than_their_column_widen_it():
    header = Header(Leaf("钱", Kind.money, 8), Leaf("比", Kind.percent, 4))
    rows = [(Decimal("-123456789012.34"), figures.Shown(Decimal("59.9999"), "0.0000"))]
    sheet = opened(written(Table(("题",), header, rows)))
    assert sheet.column_dimensions["A"].width > len("-123,456,789,012.34")
    assert sheet.column_dimensions["B"].width > len("59.9999")
    assert (sheet["B3"].value, sheet["B3"].number_format) == (59.9999, "0.0000")


def test_long_lists_are_split_by_band_and_by_size_and_keep_every_row():
    header = Header(Leaf("名称", Kind.label))
    rows = [Band("甲区"), *((f"甲{n}",) for n in range(5)), Band("乙区"), *((f"乙{n}",) for n in range(2))]
    book = Book("试", STAMP)
    parts = write_split(book, "表", Table(("题",), header, rows, marked=frozenset({7})), limit=4)
    workbook = openpyxl.load_workbook(BytesIO(book.save()))
    assert workbook.sheetnames == ["甲区", "甲区（2）", "乙区"]
    printed = [
        part.sheet.worksheet.title + "!" + str(workbook[part.sheet.worksheet.title].cell(number, 1).value)
        for part in parts
        for number in part.row_numbers
    ]
    assert printed == [
        "甲区!甲区", "甲区!甲0", "甲区!甲1", "甲区!甲2", "甲区（2）!甲3", "甲区（2）!甲4", "乙区!乙区",
        "乙区!乙0", "乙区!乙1",
    ]  # fmt: skip
    assert all(sheet["A2"].value == "名称" for sheet in workbook.worksheets)
    assert workbook["乙区"]["A4"].fill.fgColor.rgb == "FFFCE4D6"
    assert workbook["乙区"]["A5"].fill.fill_type is None


SCRIPT = """
import hashlib
from datetime import date
from decimal import Decimal
from exports.header import Group, Header, Kind, Leaf
from exports.kit import Table, write_table
from exports.workbook import Book
book = Book("试", date(2024, 7, 31))
group = Group("g", (Leaf("b", Kind.money), Leaf("c", Kind.count, merged=True)))
header = Header(Leaf("a", Kind.label), group)
rows = [("=x", Decimal("1.50"), 3), ("y", None, "")]
write_table(book, "表", Table(("题",), header, rows, line=("甲", "", "乙"), notes=("注",),
marked=frozenset({1})))
print(hashlib.sha256(book.save()).hexdigest())
"""


def test_bytes_depend_on_the_content_alone():
    def run(seed: str, zone: str) -> str:
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=env
        )
        return done.stdout.strip()

    first, second = run("1", "Asia/Shanghai"), run("2", "America/New_York")
    assert first == second
    assert len(first) == hashlib.sha256().digest_size * 2


def test_the_zip_and_the_properties_hold_no_clock():
    content = written(Table(("题",), TWO_ROWS, []))
    archive = zipfile.ZipFile(BytesIO(content))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = openpyxl.load_workbook(BytesIO(content)).properties
    assert f"{properties.created:%Y-%m-%d %H:%M:%S}" == "2024-07-31 00:00:00"
    assert properties.modified == properties.created


def test_a_list_too_long_is_split_by_its_labels_and_ends_with_its_total():
    book = Book("试", STAMP)
    header = Header(Leaf("镇", Kind.text, 10), Leaf("数", Kind.count))
    labels = ["甲镇"] * 2_300 + ["乙镇"] * 2_200
    rows = [(label, number) for number, label in enumerate(labels)]
    total = sum(range(4_500))
    table = Table(("题",), header, rows, total=("合计", total), summed=(1,), split_labels=labels)
    assert [len(part.row_numbers) for part in write_split(book, "表", table, limit=2_250)] == [2_250, 50, 2_200]
    with pytest.raises(TotalMismatch):
        write_split(Book("试", STAMP), "表", Table(("题",), header, rows, total=("合计", 1), summed=(1,)), limit=2_250)
    sheets = openpyxl.load_workbook(BytesIO(book.save())).worksheets
    assert [sheet.title for sheet in sheets] == ["甲镇", "甲镇（2）", "乙镇"]
    printed = [row[1] for sheet in sheets for row in sheet.iter_rows(min_row=3, values_only=True) if row[0] != "合计"]
    assert printed == list(range(4_500))
    assert [[cell.value for cell in sheet[sheet.max_row]] for sheet in sheets][1:] == [["甲镇", 2_299], ["合计", total]]
