"""Files become sheets of text: types, row numbers, merges, encodings, and refusals that say what to do."""

from __future__ import annotations

import struct
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlwt
from openpyxl import Workbook
from receive_kit import read_one, texts, workbook, workbooks

from dagster_project.receive import delimited
from dagster_project.receive.readers import read
from dagster_project.receive.refusal import Refusal
from dagster_project.receive.workbook import plain_number
from dagster_project.settings import Settings


def refused(path: Path, settings: Settings | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        list(read(path, settings or Settings()))
    assert path.name in caught.value.sentence
    return caught.value


def rewrite(path: Path, member: str, change) -> None:
    """Changes one member of a package, text to text."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[member] = change(parts[member].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


class TestCells:
    def test_each_kind_of_cell_has_its_text(self, tmp_path):
        values = ["文字", "00123", 123, 3.0, 35.5, -5, True, False, date(2024, 7, 1), datetime(2024, 7, 1, 9, 30)]  # noqa: DTZ001 - a cell has no zone
        sheet = read_one(workbook(tmp_path / "kinds.xlsx", [values]))
        assert texts(sheet)[1] == ["文字", "00123", "123", "3", "35.5", "-5", "true", "false", "2024-07-01",
                                   "2024-07-01 09:30:00"]

    def test_long_numbers_keep_fifteen_digits_and_long_texts_all(self, tmp_path):
        rows = [[1234567890123.45, 150302199001011234, "150302199001011234", 12345678.9, 0.1 + 0.2, 1e-5, 4.40981e17]]
        assert texts(read_one(workbook(tmp_path / "long.xlsx", rows)))[1] == [
            "1234567890123.45", "150302199001011000", "150302199001011234", "12345678.9", "0.3", "0.00001",
            "440981000000000000"]

    def test_a_long_number_among_texts_is_told_from_a_text_of_digits(self, tmp_path):
        rows = [["身份证号"], ["150302199001011232"], [150302199001011232], ["15030219900101123X"]]
        assert [row[0] for row in texts(read_one(workbook(tmp_path / "mixed.xlsx", rows))).values()] == [
            "身份证号", "150302199001011232", "150302199001011000", "15030219900101123X"]

    def test_percent_formats_show_percent_and_texts_stay(self, tmp_path):
        book = Workbook()
        sheet = book.active
        for row, (value, shape) in enumerate([(0.35, "0%"), (1.2, "0.00%"), ("35%", "0%"), (0.35, "0.00"), (0.125, '0.0"%"')], 1):
            sheet.cell(row, 1, value).number_format = shape
        book.save(tmp_path / "percent.xlsx")
        assert [row[0] for row in texts(read_one(tmp_path / "percent.xlsx")).values()] == [
            "35%", "120%", "35%", "0.35", "0.125"]

    def test_a_month_that_lost_its_zero_is_known_to_be_a_number(self, tmp_path):
        rows = [["月份", "文字"], [2024.1, "2024.1"], [2024.7, "x"]]
        assert read_one(workbook(tmp_path / "month.xlsx", rows)).numeric == {0}

    def test_leading_blank_rows_and_columns_keep_their_numbers(self, tmp_path):
        rows = [[], [], [None, None, "表头"], [], [None, None, 7]]
        sheet = read_one(workbook(tmp_path / "late.xlsx", rows, merges=["C3:D3"]))
        assert texts(sheet) == {1: [None] * 3, 2: [None] * 3, 3: [None, None, "表头"], 4: [None] * 3, 5: [None, None, "7"]}
        assert sheet.merges == [(3, 3, 3, 4)]

    def test_hidden_sheets_are_read_and_blank_ones_are_not_listed(self, tmp_path):
        path = workbooks(tmp_path / "sheets.xlsx", {"一": [["甲"]], "空": [], "隐藏": [["乙"]]})
        rewrite(path, "xl/workbook.xml", lambda xml: xml.replace('name="隐藏" sheetId="3" state="visible"',
                                                                 'name="隐藏" sheetId="3" state="hidden"'))
        assert [(s.name, s.index) for s in read(path, Settings())] == [("一", 0), ("隐藏", 2)]

    def test_prefixed_xml_of_other_writers_is_understood(self, tmp_path):
        path = workbook(tmp_path / "prefixed.xlsx", [[150302199001011234]], merges=["A1:B1"])

        def prefixed(xml: str) -> str:
            xml = xml.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
            return xml.replace('xmlns="', 'xmlns:x="')
        rewrite(path, "xl/worksheets/sheet1.xml", prefixed)
        sheet = read_one(path)
        assert texts(sheet)[1][0] == "150302199001011000"
        assert sheet.merges == [(1, 1, 1, 2)]

    def test_legacy_xls_tells_numbers_from_texts_and_knows_merges(self, tmp_path):
        book = xlwt.Workbook()
        sheet = book.add_sheet("旧表")
        sheet.write_merge(1, 1, 0, 1, "标题")
        sheet.write(2, 0, 150302199001011234.0)
        sheet.write(2, 1, "150302199001011232")
        sheet.write(3, 0, 2024.1)
        sheet.write(3, 1, True)
        book.save(str(tmp_path / "old.xls"))
        found = read_one(tmp_path / "old.xls")
        assert texts(found) == {1: [None, None], 2: ["标题", None], 3: ["150302199001011000", "150302199001011232"],
                                4: ["2024.1", "true"]}
        assert found.merges == [(2, 1, 2, 2)]
        assert found.numeric == {0}

    @pytest.mark.parametrize(("stored", "shown"), [
        ("0", "0"), ("-0.50", "-0.5"), ("1E+20", "100000000000000000000"), ("1.5E-7", "0.00000015"), ("100", "100"),
        ("0.30000000000000004", "0.3"), ("123456789012345678", "123456789012346000")])
    def test_plain_numbers(self, stored, shown):
        assert plain_number(stored) == shown


class TestDelimited:
    def test_records_are_numbered_with_headers_blanks_and_quoted_line_breaks(self, tmp_path):
        (tmp_path / "r.csv").write_bytes("标题\n名称,地址,金额\n甲,\"一行\n二行, 三\",\"1,000\"\n\n乙,x\n丙,x,1,多\n".encode())
        assert texts(read_one(tmp_path / "r.csv")) == {
            1: ["标题", None, None, None], 2: ["名称", "地址", "金额", None], 3: ["甲", "一行\n二行, 三", "1,000", None],
            4: [None] * 4, 5: ["乙", "x", None, None], 6: ["丙", "x", "1", "多"]}

    @pytest.mark.parametrize(("encoding", "mark"), [
        ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
    def test_encodings(self, tmp_path, encoding, mark):
        text = "企业名称,住所\r\n乌海市样例合作社,䶮街𠮷巷\r\n"
        (tmp_path / "e.csv").write_bytes(mark + text.encode(encoding))
        assert texts(read_one(tmp_path / "e.csv")) == {1: ["企业名称", "住所"], 2: ["乌海市样例合作社", "䶮街𠮷巷"]}

    def test_tabs_are_found_whatever_the_extension_says(self, tmp_path):
        (tmp_path / "t.csv").write_bytes("甲\t乙,丙\n1\t2\n".encode())
        assert texts(read_one(tmp_path / "t.csv")) == {1: ["甲", "乙,丙"], 2: ["1", "2"]}

    def test_invalid_bytes_are_refused_with_their_offset(self, tmp_path):
        (tmp_path / "bad.csv").write_bytes("甲,乙\n".encode("gb18030") + b"1,\xff\xff\n")
        found = refused(tmp_path / "bad.csv")
        assert found.code == "ENCODING"
        assert "第 8 字节" in found.sentence

    def test_a_character_cut_by_the_read_buffer_is_no_fault(self, tmp_path):
        text = "a," + ("合" * 200_000 + "\n1,") * 30      # 6 MB of two-byte characters at odd offsets
        (tmp_path / "long.csv").write_bytes(text.encode("gb18030"))
        found = texts(read_one(tmp_path / "long.csv"))
        assert [len(row[1] or "") for row in found.values()] == [200_000] * 30 + [0]


class TestRefusals:
    def test_a_workbook_cut_short(self, tmp_path):
        path = workbook(tmp_path / "cut.xlsx", [["甲", i] for i in range(2000)])
        path.write_bytes(path.read_bytes()[:-3000])
        assert refused(path).code == "CORRUPT"

    def test_a_workbook_with_broken_bytes_inside(self, tmp_path):
        path = workbook(tmp_path / "broken.xlsx", [["甲", i] for i in range(5000)])
        content = bytearray(path.read_bytes())
        content[len(content) // 2: len(content) // 2 + 50] = b"\0" * 50
        path.write_bytes(content)
        with pytest.raises(Refusal) as caught:
            for sheet in read(path, Settings()):
                raise sheet.refusal
        assert caught.value.code == "CORRUPT"

    def test_an_empty_file(self, tmp_path):
        (tmp_path / "none.xlsx").touch()
        assert refused(tmp_path / "none.xlsx").code == "EMPTY"

    def test_an_encrypted_workbook(self, tmp_path):
        content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le")
        (tmp_path / "secret.xlsx").write_bytes(content)
        assert refused(tmp_path / "secret.xlsx").code == "ENCRYPTED"

    def test_a_package_that_unpacks_a_thousandfold(self, tmp_path):
        path = workbook(tmp_path / "bomb.xlsx", [["甲"]])
        rewrite(path, "xl/styles.xml", lambda xml: xml + " " * 20_000_000)
        assert refused(path).code == "UNSAFE"

    def test_a_package_that_lies_about_its_size(self, tmp_path):
        path = workbook(tmp_path / "liar.xlsx", [["甲", i] for i in range(5000)])
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo("xl/worksheets/sheet1.xml")
        content = path.read_bytes()
        true = struct.pack("<LL", info.compress_size, info.file_size)
        assert content.count(true) >= 1
        path.write_bytes(content.replace(true, struct.pack("<LL", info.compress_size, 2000)))
        with pytest.raises(Refusal) as caught:
            for sheet in read(path, Settings()):
                raise sheet.refusal or AssertionError("was read")
        assert caught.value.code == "CORRUPT"

    def test_xml_entities(self, tmp_path):
        path = workbook(tmp_path / "entity.xlsx", [["甲"]])
        rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(
            "<worksheet", '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet', 1))
        assert refused(path).code == "UNSAFE"

    def test_a_stray_cell_in_the_last_corner_is_refused_before_memory_is_taken(self, tmp_path):
        path = workbook(tmp_path / "corner.xlsx", [["甲", "乙"]])
        rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace('<dimension ref="A1:B1"', '<dimension ref="A1"')
                .replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))
        sheet = next(iter(read(path, Settings())))
        assert sheet.refusal.code == "TOO_LARGE"

    def test_more_rows_or_columns_than_the_limits(self, tmp_path, monkeypatch):
        path = workbook(tmp_path / "tall.xlsx", [[i] for i in range(30)])
        assert next(iter(read(path, Settings(max_rows=20)))).refusal.code == "TOO_LARGE"
        path = workbook(tmp_path / "wide.xlsx", [list(range(30))])
        assert next(iter(read(path, Settings(max_columns=20)))).refusal.code == "TOO_LARGE"
        (tmp_path / "tall.csv").write_text("a,b\n" * 30)      # only workbooks end at so many rows
        assert next(iter(read(tmp_path / "tall.csv", Settings(max_rows=20)))).cells.num_rows == 30
        monkeypatch.setattr(delimited, "MOST_CELLS", 59)
        assert refused(tmp_path / "tall.csv", Settings()).code == "TOO_LARGE"
        assert refused(path, Settings(max_file_bytes=100)).code == "TOO_LARGE"

    def test_a_text_that_is_no_table_is_refused_at_once(self, tmp_path):
        """Records of 30,000 fields under a header of two: a JSON or a log among the exports took an hour before."""
        path = tmp_path / "truth.txt"
        path.write_text("甲,乙\n1,2\n" * 20 + (",".join(["x"] * 30_000) + "\n") * 40, encoding="utf-8")
        started = time.process_time()
        found = refused(path, Settings())
        assert (found.code, "有 30000 列，超过上限 512 列" in found.sentence) == ("TOO_LARGE", True)
        assert time.process_time() - started < 10

    @pytest.mark.parametrize(("name", "content"), [
        ("a.pdf", b"%PDF-1.7 x"), ("picture.xlsx", b"\x89PNG\r\n\x1a\nxxxx"), ("page.xls", b"<html><p>no table</p></html>"),
        ("other.xml", b'<?xml version="1.0"?><data><row>1</row></data>'),
        ("binary.csv", b"a,b\n\x00\x01\x02"), ("word.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)])
    def test_other_formats(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        assert refused(tmp_path / name).code == "UNSUPPORTED"
