"""Forms 7 (000 附件2) and 8: cell by cell, restricted, read back; expectations are typed from the policy text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import openpyxl
import pytest
from forms_cases import JULY, OWN, cells, merges, midnight, texts
from forms_warehouse import empty_warehouse, insert
from receive_kit import workbook as written_workbook

from dagster_project.lake import prepare
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings
from exports import render_restricted

IDENTITY = "15030219900101001X"
DIRECTORY = [["辅导员名录库"], ["证书编号", "姓名", "身份证号", "聘任部门", "县（旗、区）", "聘任日期"],
             ["FDY0001", "样例甲", IDENTITY, "农牧局", "海勃湾区", "2023-06-01"]]  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """A lake with the raw cells of one directory file."""
    made = Settings(home=tmp_path_factory.mktemp("advisors"), _env_file=None)
    prepare(made)
    written_workbook(made.inbox / "名录20240725.xlsx", DIRECTORY)
    receive(made, lambda _: None)
    return made


@pytest.fixture(scope="module")
def books(settings):
    con = empty_warehouse()
    with duckdb.connect() as lake:
        [(content_hash,)] = lake.execute(f"select content_hash from read_parquet('{settings.lake}/sheets/*.parquet')").fetchall()
    row = {"county_code": "150302", "content_hash": content_hash, "file_name": "名录20240725.xlsx", "sheet": "Sheet1",
           "snapshot_date": date(2024, 7, 25)}  # fmt: skip
    insert(con, "advisor_form", [
        row | {
            "advisor_key": "FDY0001", "certificate_no": "FDY0001", "advisor_name": "样例甲", "year": 2024, "gender": "女",
            "born_on": date(1990, 1, 1), "job_title": "农艺师", "advice_kinds": "财务会计、市场营销", "employer": "样例站",
            "appointed_on": date(2023, 6, 1), "entities_served": 12, "entities_minimum": Decimal(10),
            "entities_status": "达标", "services": 20, "door_visits": 15, "signed_visits": 14, "management_services": 6,
            "innovation_services": 3, "new_demonstration": 1, "shells_cleared": 2, "stars_up": 1, "stars_down": 0,
            "income_entities": 3, "income": Decimal(1155), "income_before": Decimal(1000), "evaluation_year": 2024,
            "satisfaction": Decimal(92), "entities_contacted": "较多", "contact_frequency_score": Decimal("9.5"),
            "policy_publicity": "-及时", "grade": "良好", "evaluated_on": date(2024, 7, 20), "work_summary": "本年度上门15次。",
            "remark": "续聘", "row_number": 3, "evaluation_file_name": "评价.xlsx", "evaluation_sheet": "表",
            "evaluation_row_number": 4, "evaluation_snapshot_date": date(2024, 7, 21), "evaluation_content_hash": "e" * 64},
        row | {"advisor_key": "x", "advisor_name": "样例乙", "year": 2024, "entities_status": "数据缺失", "row_number": 4},
    ])  # fmt: skip
    insert(con, "advisor_quarter", [
        {"advisor_key": "FDY0001", "county_code": "150302", "quarter": quarter, "door_visits": visits, "signed_visits": visits,
         "visits_minimum": Decimal(3), "status": status} for quarter, visits, status in (("2024Q1", 8, "达标"), ("2024Q2", 2, "未达标"))
    ])  # fmt: skip
    change = row | {"year": 2024, "compared_with": date(2023, 12, 20), "appointed_on": date(2023, 6, 1)}
    insert(con, "advisor_change", [
        change | {"advisor_key": "FDY0001", "certificate_no": "FDY0001", "advisor_name": "样例甲", "change_kind": "变更",
                  "born_on": date(1990, 1, 1), "phone": "13800000001", "employer": "样例站", "changed_fields": "工作单位\n职称",
                  "values_before": "旧站\n（空）", "values_now": "样例站\n农艺师", "missing_fields": "性别", "row_number": 3},
        change | {"advisor_key": "x", "advisor_name": "=样例乙", "change_kind": "未变", "row_number": 4},
    ])  # fmt: skip
    written = render_restricted(con, settings.lake, settings.home / "restricted", JULY, ["150302", "150300"])
    again = render_restricted(con, settings.lake, settings.home / "restricted", JULY, ["150302", "150300"])
    assert [item.changed for item in again] == [False] * 4
    return {(item.form, item.scope): item.path for item in written}


def test_only_their_owner_reads_them(books, settings):
    assert set(books) == {(7, "150302"), (8, "150302"), (7, "150300"), (8, "150300")}
    for path in books.values():
        assert path.relative_to(settings.home).parts[:2] == ("restricted", "2024-07")
        assert path.stat().st_mode & 0o077 == 0
        notes = texts(openpyxl.load_workbook(path)["数据说明"])
        assert "未脱敏：本表含自然人信息" in notes


def test_form_7_is_the_printed_sheet(books):
    workbook = openpyxl.load_workbook(books[7, "150302"])
    assert workbook.sheetnames == ["样例甲", "样例乙", "数据说明", "溯源"]
    sheet, system = workbook["样例甲"], "（系统取数）"
    assert cells(sheet) == {
        "A1": "附件2", "A2": "新型农牧业经营主体辅导员绩效评价表(2024)年度",
        "A3": "姓名", "B3": "样例甲", "C3": "性别", "D3": "女", "E3": "出生年月", "F3": midnight(1990, 1, 1),
        "A4": "职称", "B4": "农艺师", "C4": "辅导业务分类", "D4": "财务会计、市场营销", "E4": "证书编号", "F4": "FDY0001",
        "A5": "工作单位", "B5": "样例站", "D5": "入选时间", "E5": midnight(2023, 6, 1),
        "A6": "工作小结", "B6": "本年度上门15次。",
        "A7": "指标", "B7": "评价内容", "D7": "辅导效果", "F7": "评价情况",
        "A8": "数量\n指标", "B8": "联系服务的新型农牧业经营主体数量", "D8": f"{system}本年度至今服务主体12个（要求不少于10个，达标）",
        "F8": "较多",
        "B9": "联系沟通频次", "F9": "9.5分",
        "D9": f"{system}服务20次，其中上门15次（签字14次）。一季度上门8次（签字8次，达标）；二季度上门2次（签字2次，未达标）",
        "A10": "质量\n指标", "B10": "规范管理、制度建设方面", "D10": f"{system}规范管理类服务6次",
        "B11": "生产技术创新方面", "D11": f"{system}生产技术类服务3次",
        "B12": "质量提升方面(发展壮大、带动增收、空壳社清理情况等)",
        "D12": f"{system}新增示范主体1个；清理空壳社2个；星级上升1个、下降0个；收入可比的3个合作社经营收入比上年变动15.5%",
        "A13": "满意度\n指标", "B13": "新型农牧业经营主体对辅导员工作的评价", "D13": f"{system}2024年度主体评价92分",
        "B14": "辅导员与农牧部门的配合程度", "B15": "辅导员政策宣传和信息报送情况", "F15": "-及时",
        "A16": "综合评价结果", "B16": "☐优秀　☑良好　☐合格　☐不称职", "B17": "考核单位盖章", "B18": "2024年7月20日",
        "A19": "备注", "B19": "续聘",
        "A20": "填写说明：每年度由辅导员填写个人情况及服务情况，评价情况由考核单位填写。",
    }  # fmt: skip
    assert merges(sheet) == {
        "A2:F2", "B5:C5", "E5:F5", "B6:F6", *(f"{pair[0]}{row}:{pair[1]}{row}" for row in range(7, 16) for pair in ("BC", "DE")),
        "A8:A9", "A10:A12", "A13:A15", "A16:A18", "B16:F16", "B17:F17", "B18:F18", "B19:F19", "A20:F20"}  # fmt: skip
    assert (sheet["F3"].number_format, sheet["E5"].number_format) == ('yyyy"年"m"月"', 'yyyy"年"m"月"d"日"')
    assert (sheet["B16"].alignment.horizontal, sheet["B17"].alignment.horizontal) == ("center", "right")
    assert sheet["F15"].quotePrefix
    assert sheet.page_setup.orientation == "portrait"


def test_form_7_leaves_to_people_what_the_system_does_not_know(books):
    sheet = openpyxl.load_workbook(books[7, "150302"])["样例乙"]
    assert [sheet[place].value for place in ("D3", "F3", "F4", "B16", "B18")] == [
        "—", "—", "—", "☐优秀　☐良好　☐合格　☐不称职", "年    月    日"]  # fmt: skip
    assert [sheet[f"D{row}"].value for row in range(8, 16)] == ["（系统取数）未收到辅导服务工作记录，未知"] * 2 + [None] * 6
    assert [sheet[f"F{row}"].value for row in range(8, 16)] == [None] * 8


def test_form_7_can_be_read_back(books, tmp_path):
    settings = Settings(home=tmp_path, _env_file=None)
    prepare(settings)
    workbook = openpyxl.load_workbook(books[7, "150302"])
    workbook["样例甲"]["F10"] = "较好"
    workbook["样例乙"]["F4"] = "FDY0002"
    workbook["样例乙"]["B16"] = "☑优秀　☐良好　☐合格　☐不称职"
    workbook.save(settings.inbox / "回收.xlsx")
    receive(settings, lambda _: None)
    with duckdb.connect() as lake:
        found = lake.execute(
            f"""select certificate_no, year, advisor_name, grade, entities_contacted, contact_frequency, management_and_rules,
                       policy_publicity, evaluated_on, work_summary, remark
                from read_parquet('{settings.lake}/typed/advisor.evaluation/*.parquet') order by certificate_no"""
        ).fetchall()
    assert found == [
        ("FDY0001", 2024, "样例甲", "良好", "较多", "9.5分", "较好", "-及时", date(2024, 7, 20), "本年度上门15次。", "续聘"),
        ("FDY0002", 2024, "样例乙", "优秀", *[None] * 7)]  # fmt: skip


def test_form_8_shows_the_year_and_the_identity_of_the_file(books):
    sheet = openpyxl.load_workbook(books[8, "150302"]).worksheets[0]
    head = ["序号", "变动类型", "证书编号", "姓名", "性别", "出生年月", "身份证号", "联系电话", "工作单位", "职称", "人员来源",
            "辅导业务分类", "业务专长", "产业领域", "工作模式", "聘任部门", "聘任层级", "乡镇（苏木）", "聘任日期", "聘期截止日期",
            "变更内容", None, None, "缺失字段"]  # fmt: skip
    assert [cell.value for cell in sheet[3]] == head
    assert [cell.value for cell in sheet[4]][20:23] == ["字段", "原值", "现值"]
    dash = "—"
    assert [cell.value for cell in sheet[5]] == [
        1, "变更", "FDY0001", "样例甲", dash, midnight(1990, 1, 1), IDENTITY, "13800000001", "样例站", *[dash] * 9,
        midnight(2023, 6, 1), dash, "工作单位\n职称", "旧站\n（空）", "样例站\n农艺师", "性别"]  # fmt: skip
    assert [cell.value for cell in sheet[6]][:8] == [2, "未变", dash, "=样例乙", dash, dash, dash, dash]
    assert (sheet["G5"].number_format, sheet["F5"].number_format, sheet["S5"].number_format) == ("@", "yyyy-mm", "yyyy-mm-dd")
    assert {cell.fill.fgColor.rgb for cell in sheet[5]} == {"FFFCE4D6"}
    assert {cell.fill.fill_type for cell in sheet[6]} == {None}
    assert sheet["A7"].value.startswith("注：共 2 人：变更 1、未变 1；有缺失字段的 1 人。")
    assert sheet["A8"].value == OWN
    assert [cell.value for cell in sheet[9] if cell.value] == ["填报人：", "审核：", "分管领导："]
    assert {"U3:W3", "A3:A4", "X3:X4"} <= merges(sheet)


def test_a_form_that_a_scope_no_longer_has_is_taken_away(tmp_path, settings):
    con = empty_warehouse()
    stale = tmp_path / "2024-07" / "海勃湾区" / "07_新型农牧业经营主体辅导员绩效评价表_海勃湾区_2024-07.xlsx"
    stale.parent.mkdir(parents=True)
    stale.touch()
    [written] = render_restricted(con, settings.lake, tmp_path, JULY, ["150302"])
    assert not stale.exists()
    sheet = openpyxl.load_workbook(written.path).worksheets[0]
    assert sheet["A5"].value.startswith("未收到“全国新型农业经营主体辅导员名录库 · 辅导员名录库”（advisor.directory），本表无数据；")
    assert sheet["A6"].value == OWN
