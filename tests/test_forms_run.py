"""What every workbook ends with, what a run writes and leaves alone, and the front page."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, unquote

import openpyxl
import pytest
from forms_cases import FIVE_STAR, HASHES, JULY, OWN, add_plan, add_quota, rendered, texts, worked_example
from forms_warehouse import NINGBO, empty_warehouse, insert

from exports import render
from exports.reading import UnknownScope


def test_notes_say_what_the_figures_rest_on(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    late = {"table_id": "coop_finance.statement", "file_count": 1, "rows": 1, "state": "过期",
            "delivered_on": date(2023, 3, 31)}  # fmt: skip
    insert(con, "delivery", [
        {"table_id": "gsxt.registration", "scope": "150303", "county_code": "150303", "file_count": 0,
         "rows": 0, "state": "未收到"},
        late | {"scope": "150304", "county_code": "150304"},
        late | {"scope": "150300", "county_code": "150300"},
    ])  # fmt: skip
    insert(con, "rejected_row", [
        {"content_hash": HASHES["register"], "file_name": "市场监管/登记信息_20240725.csv", "sheet": "",
         "row_number": row, "table_id": "gsxt.registration", "column_name": "成立日期", "code": "BAD_DATE",
         "sentence": f"第{row}行的成立日期不是日期。", "scope": "150302"} for row in (31, 9)])  # fmt: skip
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[12, "150300"])["数据说明"]
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    for expected in (
        ["表式", "第12号 盈余返还核查表"],
        ["版式", OWN],
        ["报告月份", "2024年7月"],
        ["版次", "未关账；首期（无上期）"],
        ["范围", "乌海市（150300）"],
        ["数据截止日期", "2024年7月31日"],
        ["软件版本", "0.1.0"],
        ["国家企业信用信息公示系统 · 年度报告", "乌海市", "未收到", "—"],
        ["国家企业信用信息公示系统 · 登记信息", "海南区", "未收到", "—"],
        ["合作社财务 · 盈余及盈余分配表", "乌达区", "过期", "2023-03-31"],
        ["合作社财务 · 盈余及盈余分配表", "乌海市本级", "过期", "2023-03-31"],
        ["盈余返还最低比例（return_floor）", "0.6 比例", "全国", "《农民专业合作社法》第四十四条"],
        ["合作社财务 · 盈余及盈余分配表", "海勃湾区、乌达区", "财务/盈余分配表_2023.xlsx", "2024-04-02",
         HASHES["statement"]],
        ["国家企业信用信息公示系统 · 登记信息：市场监管/登记信息_20240725.csv", "第 9、31 行", "2",
         "退回（BAD_DATE）：第9行的成立日期不是日期。"],
        ["本月无人工认定"],
    ):  # fmt: skip
        assert expected in rows, expected
    assert any(row[0] == "盈余返还比例（法定口径）（return_ratio_statutory）" for row in rows if row)


def test_notes_name_the_official_layout_and_the_closed_edition(tmp_path):
    con = empty_warehouse()
    add_quota(con)
    con.execute("update report_month set status = 'closed', edition = 2, previous_edition = '2024-06'")
    notes = texts(openpyxl.load_workbook(rendered(con, tmp_path, "150300")[1, "150300"])["数据说明"])
    assert "官方表式：乌农字〔2024〕48号 附件1" in notes
    assert "已关账，第2版；上期为 2024-06" in notes


def test_the_front_page_says_how_the_books_stand(tmp_path):
    con = empty_warehouse()
    rendered(con, tmp_path / "open", "150300")
    page = (tmp_path / "open" / "2024-07" / "index.html").read_text(encoding="utf-8")
    assert "未关账；首期（无上期）" in page and "更正对照表" not in page and "历次版本" not in page
    con.execute("update report_month set status = 'restated', edition = 2, previous_edition = '2024-06', closed_by = '<张三>'")
    rendered(con, tmp_path / "restated", "150300")
    page = (tmp_path / "restated" / "2024-07" / "index.html").read_text(encoding="utf-8")
    assert "已更正，第2版；上期为 2024-06；关账人：&lt;张三&gt;" in page
    assert f'href="{quote("更正对照表_2024-07_第2版.xlsx")}"' in page and "第1版：ledger/2024-07/1/" in page


def test_trace_leads_from_each_printed_row_to_its_source_rows(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    workbook = openpyxl.load_workbook(rendered(con, tmp_path, "150300")[12, "150300"])
    sheet, printed = workbook["溯源"], workbook.worksheets[0]
    lines = [
        [cell.value for cell in row] for row in sheet.iter_rows(min_row=3) if isinstance(row[1].value, int)
    ]
    # Seven cooperatives: each its register row, five statements, one accounts file.
    assert len(lines) == 7 + 5 + 1
    assert [line[:2] for line in lines[:3]] == [["盈余返还核查表", 6]] * 3
    for line in lines:
        code = printed.cell(line[1], 3).value
        assert f"（{code}）" in line[2]
    assert lines[0][3:8] == [
        "海勃湾区", "国家企业信用信息公示系统 · 登记信息", "市场监管/登记信息_20240725.csv", "（无工作表）",
        "2",
    ]  # fmt: skip
    assert lines[1][5:8] == ["财务/盈余分配表_2023.xlsx", "Sheet1", "2"]
    assert lines[2][5:8] == ["财务/成员账户_2023.xlsx", "账户", "2–13"]
    assert lines[2][8].date() == date(2024, 4, 3)


def test_trace_of_the_plan_names_the_city_wide_cells(tmp_path):
    con = empty_warehouse()
    add_plan(con)
    sheet = openpyxl.load_workbook(rendered(con, tmp_path, "330200")[9, "330200"])["溯源"]
    keys = [row[2].value for row in sheet.iter_rows(min_row=3) if isinstance(row[1].value, int)]
    assert keys == ["海曙", *(f"宁波市 领参办五星级合作社（{year}年底前）" for year in FIVE_STAR),
                    *(label for _, label, *_ in NINGBO[1:])]  # fmt: skip


def test_a_file_is_written_only_when_its_bytes_change(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    add_quota(con)
    first = render(con, tmp_path, JULY, ["150300", "150302"])
    before = {item.path: (item.path.read_bytes(), item.path.stat().st_mtime_ns) for item in first}
    assert [(item.form, item.scope, item.changed) for item in first] == [
        *((form, "150300", True) for form in (1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 15, 16, 17)),
        *((form, "150302", True) for form in (2, 3, 5, 6, 11, 12, 13, 15, 16, 17)), (18, "150300", True), (None, None, True),
    ]  # fmt: skip
    second = render(con, tmp_path, JULY, ["150300", "150302"])
    assert not any(item.changed for item in second)
    assert {item.path: (item.path.read_bytes(), item.path.stat().st_mtime_ns) for item in second} == before
    con.execute("update surplus_return set returned = 43200.02 where credit_code = '93150302MA0Q00001X'")
    third = render(con, tmp_path, JULY, ["150300", "150302"])
    assert {(item.form, item.scope) for item in third if item.changed and item.form} == {
        (12, "150300"), (12, "150302")}  # fmt: skip
    assert not list(tmp_path.rglob("*.part"))


def test_forms_are_issued_only_where_their_text_reaches(tmp_path):
    con = empty_warehouse()
    add_quota(con)
    found = rendered(con, tmp_path, "150300", "150302", "150600", "330200", "150000", "000000")
    assert set(found) == {
        *((form, "150300") for form in (1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 15, 16, 17)),
        *((form, "150302") for form in (2, 3, 5, 6, 11, 12, 13, 15, 16, 17)),
        *((form, "150600") for form in (11, 12, 13, 14, 15, 16, 17)),
        *((form, "330200") for form in (9, 11, 12, 13, 15, 16, 17)),
        *((18, prefecture) for prefecture in ("150300", "150600", "330200")),
        (None, None),
    }


def test_namesakes_get_folders_of_their_own(tmp_path):
    con = empty_warehouse()
    con.execute("update region set region_name = '江北区' where region_code = '330205'")
    found = rendered(con, tmp_path, "330205", "500105")
    assert found[12, "330205"].parent.name == "江北区（330205）"
    assert found[12, "500105"].parent.name == "江北区（500105）"


def test_an_unknown_scope_is_refused_in_words(tmp_path):
    with pytest.raises(UnknownScope, match="范围“999999”"):
        render(empty_warehouse(), tmp_path, JULY, ["999999"])


def test_the_front_page_leads_to_everything_and_asks_nobody(tmp_path):
    con = empty_warehouse()
    worked_example(con)
    add_quota(con)
    insert(con, "received_sheet", [
        {"file_name": "市场监管/登记信息_20240725.csv", "content_hash": HASHES["register"], "sheet": "",
         "sheet_index": 0, "table_id": "gsxt.registration", "snapshot_date": date(2024, 7, 25),
         "snapshot_date_assumed": False, "outcome": "partly", "rows_read": 70, "accepted": 65, "rejected": 2,
         "out_of_scope": 2, "ignored": 1, "received_order": 1},
        {"file_name": "<script>alert(1)</script>.xlsx", "content_hash": "f" * 64, "sheet": "S",
        "sheet_index": 0,
         "snapshot_date_assumed": False, "outcome": "rejected", "rows_read": 0, "accepted": 0, "rejected": 0,
         "out_of_scope": 0, "ignored": 0, "reason_code": "NO_CONTRACT",
         "reason": "表头不属于任何已知数据表。",
         "received_order": 2},
    ])  # fmt: skip
    insert(con, "rejected_row", [{
        "content_hash": HASHES["register"], "file_name": "市场监管/登记信息_20240725.csv", "sheet": "",
        "row_number": 9, "table_id": "gsxt.registration", "column_name": "成立日期", "code": "BAD_DATE",
        "sentence": "成立日期不是日期。", "scope": "150302"}])  # fmt: skip
    insert(con, "shell_status", [
        {"credit_code": str(n), "county_code": "150302", "name": "x", "status": status}
        for n, status in enumerate(("疑似空壳", "疑似空壳", "正常"))])  # fmt: skip
    insert(con, "coverage", [{
        "region_code": "150300", "region_level": "prefecture", "measure_id": "farm_code_rate",
        "numerator": 7996,
        "denominator": 10000, "target": Decimal("0.8"), "status": "未达标", "stale": False}])  # fmt: skip
    paths = rendered(con, tmp_path, "150300", "150302")
    page = paths[None, None].read_text(encoding="utf-8")
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", page) == []
    assert "<script" not in page
    assert "url(" not in page
    assert "@import" not in page
    links = [Path(paths[None, None].parent, *_unquoted(link)) for link in re.findall(r'href="([^"]+)"', page)]
    assert sorted(links) == sorted(path for (form, _), path in paths.items() if form)
    assert all(link.is_file() for link in links)
    for expected in (
        "读入 70 行 ＝ 接收 65 ＋ 退回 2 ＋ 范围外 2 ＋ 略过 1", "NO_CONTRACT", "成立日期不是日期。",
        "&lt;script&gt;alert(1)&lt;/script&gt;.xlsx", "79.96%", "80.0%", "待核查线索，不作为处理依据",
        "<b>2</b><span>疑似空壳（社）</span>", "<b>1</b><span>返还未达标（社）</span>", "报告月份：2024年7月",
    ):  # fmt: skip
        assert expected in page, expected


def _unquoted(link: str) -> list[str]:
    return unquote(link).split("/")
