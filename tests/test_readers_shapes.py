"""The shapes that systems really export: old and open workbooks, web pages called .xls, archives of files."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlwt
from openpyxl import Workbook
from receive_kit import read_one, texts
from shapes_kit import ods_cell, spreadsheet_ml, write_ods, write_xlsb
from xlwt.Cell import StrCell

from dagster_project.receive.readers import read
from dagster_project.receive.refusal import Refusal
from dagster_project.settings import Settings

LONG = "长" * 5000
# What every format makes of the same hard cells.
HARD = ["1234567890123.45", "150302199001011234", "120%", "0.1%", "12.5%", "2024-07-01", "45474", "2024-07-01 09:30:00",
        "09:30:00", "true", LONG, "0.3", "-12345678.123"]


def refusal(path: Path) -> Refusal:
    with pytest.raises(Refusal) as caught:
        list(read(path, Settings()))
    assert path.name in caught.value.sentence
    return caught.value


def page(path: Path, body: str, encoding: str = "utf-8", head: str = "") -> Path:
    path.write_bytes(f"<html><head>{head}</head><body>{body}</body></html>".encode(encoding))
    return path


class TestHardCells:
    @pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), ("\t", "utf-16"), (",", "gb18030")])
    def test_delimited_text_stays_as_it_stands(self, tmp_path, delimiter, encoding):
        cells = [*HARD, "007", "1.50", "1.23E+12", "0.30000000000000004", "123456789012345678901234567890.10", "#N/A"]
        (tmp_path / "hard.csv").write_bytes((delimiter.join(cells) + "\n").encode(encoding))
        assert texts(read_one(tmp_path / "hard.csv")) == {1: cells}

    def test_xlsx(self, tmp_path):
        book = Workbook()
        sheet = book.active
        cells = [(1234567890123.45, None), ("150302199001011234", None), (1.2, "0%"), (0.001, "0.0%"), (0.125, "0.0%"),
                 (date(2024, 7, 1), None), (45474, None), (datetime.fromisoformat("2024-07-01 09:30"), None), (time(9, 30), "hh:mm:ss"),
                 (True, None), (LONG, None), (0.1 + 0.2, None), (-12345678.123, None), ("#N/A", None)]
        for column, (value, shape) in enumerate(cells, 1):
            cell = sheet.cell(1, column, value)
            if shape:
                cell.number_format = shape
        assert sheet.cell(1, 14).data_type == "e"
        book.save(tmp_path / "hard.xlsx")
        assert texts(read_one(tmp_path / "hard.xlsx"))[1] == [*HARD, "#N/A"]

    @pytest.mark.parametrize("date_1904", [False, True])
    def test_xls(self, tmp_path, date_1904):
        book = xlwt.Workbook()
        book.dates_1904 = date_1904
        sheet = book.add_sheet("旧表")
        whole, tenth, day, moment, clock = (xlwt.easyxf(num_format_str=code) for code in (
            "0%", "0.0%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss"))
        shift = 1462 if date_1904 else 0
        cells = [(1234567890123.45,), ("150302199001011234",), (1.2, whole), (0.001, tenth), (0.125, tenth),
                 (45474 - shift, day), (45474,), (45474 - shift + 0.3958333333333333, moment), (0.3958333333333333, clock),
                 (True,), (LONG,), (0.1 + 0.2,), (-12345678.123,)]
        for column, cell in enumerate(cells):
            sheet.write(0, column, *cell)
        sheet.row(0).set_cell_error(13, 0x2A)
        book.save(str(tmp_path / "hard.xls"))
        found = texts(read_one(tmp_path / "hard.xls"))[1]
        if date_1904:       # a bare time has no day of its own
            found[8] = found[8].rpartition(" ")[2]
        assert found == [*HARD, "#N/A"]

    @pytest.mark.parametrize("first", [0, 3])
    @pytest.mark.parametrize("corner", ["empty text", "blank", None])
    def test_xls_rows_keep_their_numbers_wherever_the_sheet_begins(self, tmp_path, first, corner):
        """Without being told where to begin, the decoder begins with the first cell that it takes for one."""
        book = xlwt.Workbook()
        sheet = book.add_sheet("S")
        if corner == "empty text":
            row = sheet.row(first)
            row.insert_cell(0, StrCell(first, 0, row._Row__parent_wb.add_style(xlwt.Style.default_style), book.add_str("")))
        elif corner == "blank":
            sheet.write(first, 0, "")
        for number in range(40):        # two blocks of rows
            sheet.write(first + 1 + number, 1, f"行{number}")
            sheet.write(first + 1 + number, 2, number)
        book.save(str(tmp_path / "rows.xls"))
        cells = read_one(tmp_path / "rows.xls").cells
        written = {row: (text, count) for row, text, count in zip(*cells.select(["row_number", "c1", "c2"]).to_pydict().values(), strict=True)
                   if text or count}
        assert written == {first + 2 + number: (f"行{number}", str(number)) for number in range(40)}

    @pytest.mark.parametrize("date_1904", [False, True])
    def test_xlsb(self, tmp_path, date_1904):
        shift = 1462 if date_1904 else 0
        cells = [(0, 0, 0, 1234567890123.45), (0, 1, 0, "150302199001011234"), (0, 2, 1, 1.2), (0, 3, 1, 0.001),
                 (0, 4, 2, 45474.0 - shift), (0, 5, 0, 45474.0), (0, 6, 0, True), (0, 7, 0, 0.1 + 0.2),
                 (0, 8, 0, b"\x2a"), (0, 9, 1, 0.125), (0, 10, 2, 45474 - shift + 0.3958333333333333), (0, 11, 0, LONG),
                 (0, 12, 0, -12345678.123), (2, 0, 0, "尾")]
        found = read_one(write_xlsb(tmp_path / "hard.xlsb", cells, [(2, 2, 0, 3)], date_1904))
        assert texts(found) == {1: ["1234567890123.45", "150302199001011234", "120%", "0.1%", "2024-07-01", "45474", "true",
                                    "0.3", "#N/A", "12.5%", "2024-07-01 09:30:00", LONG, "-12345678.123"],
                                2: [None] * 13, 3: ["尾", *[None] * 12]}
        assert (found.name, found.merges) == ("表", [(3, 1, 3, 4)])

    def test_ods(self, tmp_path):
        row = "".join((
            ods_cell("float", "1.23E+12", "1234567890123.45"), ods_cell("string", "150302199001011234"),
            ods_cell("percentage", "120%", "1.2"), ods_cell("percentage", "0%", "0.001"),
            ods_cell("percentage", "12.5%", "0.125"), ods_cell("date", "7月1日", "2024-07-01"),
            ods_cell("float", "45,474", "45474"), ods_cell("date", "x", "2024-07-01T09:30:00"),
            ods_cell("time", "9:30", "PT09H30M00S"), ods_cell("boolean", "TRUE", "true"), ods_cell("string", LONG),
            ods_cell("float", "0.3", "0.30000000000000004"), ods_cell("currency", "-¥12,345,678", "-12345678.123"),
            ods_cell("string", "#N/A")))
        path = write_ods(tmp_path / "hard.ods", f"<table:table-row>{row}</table:table-row>")
        assert texts(read_one(path))[1] == [*HARD, "#N/A"]

    def test_spreadsheet_ml(self, tmp_path):
        def cell(kind: str, text: str, style: str = "") -> str:
            return f'<Cell{f" ss:StyleID={chr(34)}{style}{chr(34)}" if style else ""}><Data ss:Type="{kind}">{text}</Data></Cell>'
        row = "".join((
            cell("Number", "1234567890123.45"), cell("String", "150302199001011234"), cell("Number", "1.2", "p"),
            cell("Number", "1E-3", "q"), cell("Number", "0.125", "q"), cell("DateTime", "2024-07-01T00:00:00.000"),
            cell("Number", "45474"), cell("DateTime", "2024-07-01T09:30:00.000"), cell("DateTime", "1899-12-31T09:30:00.000"),
            cell("Boolean", "1"), cell("String", LONG), cell("Number", "0.30000000000000004"),
            cell("Number", "-12345678.123"), cell("Error", "#N/A")))
        styles = ('<Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style>'
                  '<Style ss:ID="q"><NumberFormat ss:Format="0.0%"/></Style>')
        (tmp_path / "hard.xls").write_text(spreadsheet_ml(
            f'<Worksheet ss:Name="表"><Table><Row>{row}</Row></Table></Worksheet>', styles), encoding="utf-8")
        assert texts(read_one(tmp_path / "hard.xls"))[1] == [*HARD, "#N/A"]


class TestOpenDocument:
    def test_repeats_merges_blank_rows_and_further_sheets(self, tmp_path):
        rows = ('<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="9"/>'
                "</table:table-row><table:table-row>"
                + ods_cell("string", "标题", more=' table:number-columns-spanned="2" table:number-rows-spanned="1"')
                + "<table:covered-table-cell/></table:table-row><table:table-row>"
                + '<table:table-cell table:number-columns-repeated="2"/>'
                + ods_cell("float", "7", "7", ' table:number-columns-repeated="2"') + "</table:table-row>"
                '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>')
        more = ('<table:table table:name="二"><table:table-row>' + ods_cell("string", "乙<text:s text:c='2'/>丙")
                + "</table:table-row></table:table>")
        first, second = read(write_ods(tmp_path / "o.ods", rows, more), Settings())
        assert texts(first) == {1: [None] * 4, 2: [None] * 4, 3: ["标题", None, None, None], 4: [None, None, "7", "7"]}
        assert first.merges == [(3, 1, 3, 2)]
        assert (second.name, second.index, texts(second)) == ("二", 1, {1: ["乙  丙"]})


class TestWebPages:
    def test_spans_are_merges_and_rows_are_numbered_by_tr(self, tmp_path):
        body = ("<table><tr><td colspan=3>2024年度<br>台账</td></tr><tr><th rowspan='2'>区</th><th colspan='2'>数量（个）</th></tr>"
                "<tr><th>合作社<th>家庭农场</tr><tr><td> 海勃湾\n 区 </td><td>3</td><td>&nbsp;</td></tr></table>")
        sheet = read_one(page(tmp_path / "p.xls", body))
        assert texts(sheet) == {1: ["2024年度\n台账", None, None], 2: ["区", "数量（个）", None], 3: [None, "合作社", "家庭农场"],
                                4: ["海勃湾 区", "3", None]}
        assert (sheet.name, sheet.merges) == ("", [(1, 1, 1, 3), (2, 1, 3, 1), (2, 2, 2, 3)])

    @pytest.mark.parametrize(("encoding", "head"), [
        ("utf-8", ""), ("utf-8-sig", ""), ("utf-8", "<meta charset=gb2312>"), ("gb18030", ""), ("utf-16", ""),
        ("gb18030", "<meta http-equiv=Content-Type content='text/html; charset=gb2312'>"), ("gbk", "<meta charset=utf-8>"),
        ("big5", "<meta charset='big5'>")])
    def test_encodings(self, tmp_path, encoding, head):
        body = "<table><tr><td>合作社名稱</td><td>乌" if encoding != "big5" else "<table><tr><td>合作社名稱</td><td>海"
        sheet = read_one(page(tmp_path / "e.xls", body + "</td></tr></table>", encoding, head))
        assert texts(sheet)[1] == ["合作社名稱", "海" if encoding == "big5" else "乌"]

    def test_invalid_bytes_are_refused(self, tmp_path):
        (tmp_path / "b.xls").write_bytes("<html><table><tr><td>甲".encode("gb18030") + b"\xff\xff</td></tr></table>")
        found = refusal(tmp_path / "b.xls")
        assert (found.code, "第 23 字节" in found.sentence) == ("ENCODING", True)

    def test_stored_numbers_stand_behind_shortened_ones(self, tmp_path):
        cells = ["x:num='1234567890123'>1.23E+12", "x:num='0.35'>35%", "x:num='45474'>2024-07-01", "x:num>7", "x:str>007"]
        body = f"<table><tr>{''.join(f'<td {cell}</td>' for cell in cells)}</tr></table>"
        assert texts(read_one(page(tmp_path / "n.xls", body)))[1] == ["1234567890123", "35%", "2024-07-01", "7", "007"]

    def test_several_tables_are_sheets_and_rows_keep_their_number_in_the_file(self, tmp_path):
        body = "".join(f"<table><tr><th>甲{i}</th><th>乙</th></tr><tr><td>{i}</td><td>x</td></tr></table>" for i in (1, 2))
        first, second = read(page(tmp_path / "s.xls", body), Settings())
        assert (first.index, texts(first)) == (0, {1: ["甲1", "乙"], 2: ["1", "x"]})
        assert (second.index, second.name, texts(second)) == (1, "", {3: ["甲2", "乙"], 4: ["2", "x"]})

    def test_titles_and_next_pages_belong_to_their_table(self, tmp_path):
        row = "<tr><th>甲</th><th>乙</th></tr><tr><td>{}</td><td>x</td></tr>"
        body = ("<table><tr><td>标题</td></tr><tr><td>单位：万元</td></tr></table>"
                f"<table>{row.format(1)}</table><table>{row.format(2)}</table>")
        assert texts(read_one(page(tmp_path / "t.xls", body))) == {
            1: ["标题", None], 2: ["单位：万元", None], 3: ["甲", "乙"], 4: ["1", "x"], 5: ["甲", "乙"], 6: ["2", "x"]}

    def test_a_table_within_a_layout_table(self, tmp_path):
        body = "<table><tr><td><table><tr><td>甲</td><td>乙</td></tr><tr><td>1</td><td>2</td></tr></table></td></tr></table>"
        assert texts(read_one(page(tmp_path / "l.xls", body))) == {2: ["甲", "乙"], 3: ["1", "2"]}

    def test_a_page_that_was_cut_is_not_read_in_part(self, tmp_path):
        (tmp_path / "c.xls").write_text("<html><table><tr><td>1</td></tr><tr><td>2", encoding="utf-8")
        assert refusal(tmp_path / "c.xls").code == "CORRUPT"

    def test_a_web_archive(self, tmp_path):
        content = ("MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"x\"\r\n\r\n--x\r\n"
                   "Content-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                   "<html><table><tr><td>=E7=94=B2</td><td x:num=3D\"3\">3</td></tr></table></html>\r\n--x--\r\n")
        (tmp_path / "a.mht").write_bytes(content.encode())
        assert texts(read_one(tmp_path / "a.mht")) == {1: ["甲", "3"]}


class TestSpreadsheetMl:
    def test_positions_merges_and_sheets(self, tmp_path):
        sheets = ('<Worksheet ss:Name="一"><Table><Row ss:Index="3"><Cell ss:Index="2" ss:MergeAcross="1" ss:MergeDown="1">'
                  '<Data ss:Type="String">题</Data></Cell><Cell><Data ss:Type="String">后</Data></Cell></Row></Table></Worksheet>'
                  '<Worksheet ss:Name="空"><Table/></Worksheet><Worksheet ss:Name="三"><Table><Row><Cell><Data ss:Type="Number">'
                  "7</Data></Cell></Row></Table></Worksheet>")
        (tmp_path / "m.xls").write_text(spreadsheet_ml(sheets), encoding="utf-8")
        first, third = read(tmp_path / "m.xls", Settings())
        assert texts(first) == {1: [None] * 4, 2: [None] * 4, 3: [None, "题", None, "后"]}
        assert first.merges == [(3, 2, 4, 3)]
        assert (third.name, third.index, texts(third)) == ("三", 2, {1: ["7"]})

    def test_a_document_type_is_unsafe(self, tmp_path):
        text = spreadsheet_ml("").replace("<Workbook", '<!DOCTYPE w [<!ENTITY a "b">]><Workbook')
        (tmp_path / "d.xls").write_text(text, encoding="utf-8")
        assert refusal(tmp_path / "d.xls").code == "UNSAFE"

    def test_broken_xml(self, tmp_path):
        (tmp_path / "d.xls").write_text(spreadsheet_ml("<Worksheet>"), encoding="utf-8")
        assert refusal(tmp_path / "d.xls").code == "CORRUPT"


def test_tabs_in_utf_16(tmp_path):
    (tmp_path / "u.txt").write_bytes("名称\t金额\r\n甲,乙\t1\r\n".encode("utf-16"))
    assert texts(read_one(tmp_path / "u.txt")) == {1: ["名称", "金额"], 2: ["甲,乙", "1"]}
