"""`coopledger template`: what is filled in comes back, for every source table."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest
from conftest import coopledger
from openpyxl import load_workbook
from receive_kit import COOP_1, lake

from dagster_project.desk.template import EXAMPLES, HEADER_ROW, choose, template, write_templates
from dagster_project.months import WrongUse
from dagster_project.receive.contracts import Column, Type, load_contracts
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

CONTRACTS = load_contracts()
NOW = datetime.fromisoformat("2024-08-02T09:00:00+08:00")

# Type → (what a person types, the typed value that must come back), written down by hand.
FILLED = {
    Type.text: ("示例文字", "示例文字"),
    Type.person: ("示例乙", "示例乙"),
    Type.phone: ("139****0001", "139****0001"),
    Type.credit_code: (COOP_1, COOP_1),
    Type.farm_code: ("ABCDEFGHJK00000009", "ABCDEFGHJK00000009"),
    Type.date: (date(2024, 6, 30), date(2024, 6, 30)),
    Type.month: (date(2024, 6, 1), date(2024, 6, 1)),
    Type.year: (2023, 2023),
    Type.number: (7.5, Decimal("7.5000")),
    Type.integer: (17, 17),
    Type.area: (3.25, Decimal("3.25")),
    Type.ratio: (12.5, Decimal("0.125000")),
    Type.boolean: ("是", True),
}
PLACES = {"province": "内蒙古自治区", "prefecture": "乌海市", "county": "海勃湾区", "township": "千里山镇", "village": "示例村"}


def filled(column: Column, header: str) -> tuple[object, object]:
    """(cell, typed value)."""
    if column.type is Type.money:       # 3.2 of whatever unit the template prints
        return (3.2, Decimal("32000.00")) if "（万元）" in header else (3.2, Decimal("3.20"))
    if column.type is Type.region:
        return PLACES[column.region], PLACES[column.region]
    if column.type is Type.enum:        # the last one of the list that a person sees
        value, spellings = list(column.values.items())[-1]
        return (spellings[0] if value.isascii() else value), value
    if column.header == "类型":          # free text in the registry; another one would contradict the code's class 93
        return "农民专业合作社联合社", "农民专业合作社联合社"
    if column.name == "registration_no":
        return "150302000000017", "150302000000017"
    return FILLED[column.type]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A house that received the template of every table with one row filled in."""
    settings = Settings(home=tmp_path_factory.mktemp("house"))
    settings.inbox.mkdir(parents=True)
    for contract in CONTRACTS.values():
        book = load_workbook(BytesIO(template(contract)))
        sheet = book[book.sheetnames[0]]
        sheet["B2"], sheet["D2"] = "海勃湾区农牧局", date(2024, 7, 31)
        headers = [cell.value for cell in sheet[HEADER_ROW]]
        assert len(headers) == len(contract.columns)
        for index, (column, header) in enumerate(zip(contract.columns, headers, strict=True), 1):
            if column.type is not Type.identity:
                sheet.cell(HEADER_ROW + 1, index).value = filled(column, header)[0]
        book.save(settings.inbox / f"{contract.table} {contract.system}.xlsx")
    receive(settings, now=NOW)
    return settings


@pytest.mark.parametrize("table", CONTRACTS)
def test_a_filled_template_comes_back_as_typed(house: Settings, table: str) -> None:
    contract = CONTRACTS[table]
    name = f"{contract.table} {contract.system}.xlsx"
    sheets = duckdb.sql(f"""select outcome, table_id, accepted, ignored, snapshot_date, drift, reason, variant
        from read_parquet('{house.lake}/sheets/*.parquet') where file_name = '{name}' order by sheet_index""").fetchall()
    assert sheets[0] == ("accepted", table, 1, 0, date(2024, 7, 31), None, None, None)
    assert sheets[1][:4] == ("ignored", None, 0, sheets[1][3])
    issues = duckdb.sql(f"select code, column_name from read_parquet('{house.lake}/issues/*.parquet') "
                        f"where file_name = '{name}' and code <> 'MISSING_VALUE'").fetchall()
    assert issues == []
    row = duckdb.sql(f"select * from read_parquet('{house.lake}/typed/{table}/*.parquet')").fetchall()
    assert len(row) == 1
    typed = dict(zip(contract.typed(), row[0], strict=True))
    assert typed["county_code"] == "150302"
    headers = {cell.value.lstrip("*"): cell.value for cell in
               load_workbook(BytesIO(template(contract))).worksheets[0][HEADER_ROW]}
    for column, header in zip(contract.columns, headers.values(), strict=True):
        if column.type is not Type.identity:
            assert typed[column.name] == filled(column, header)[1], column.name


@pytest.mark.parametrize("table", CONTRACTS)
def test_the_examples_shown_are_received_without_a_fault(table: str, tmp_path: Path) -> None:
    contract = CONTRACTS[table]
    book = load_workbook(BytesIO(template(contract)))
    sheet, shown = book.worksheets[0], book[EXAMPLES]
    sheet["B2"] = "海勃湾区农牧局"
    rows = [row for row in shown.iter_rows(values_only=True) if row[0] and "列　" in str(row[0])]
    assert len(rows) == len(contract.columns)
    days = [row[2] for row, column in zip(rows, contract.columns, strict=True) if column.type in (Type.date, Type.month)]
    assert all(isinstance(day, str) and day.startswith("20") and "-" in day for day in days)      # and no serial numbers
    for index, row in enumerate(rows, 1):
        sheet.cell(HEADER_ROW + 1, index).value = row[2]
    settings = Settings(home=tmp_path)
    settings.inbox.mkdir(parents=True)
    book.save(settings.inbox / "填好2024-07-31.xlsx")
    receive(settings, now=NOW)
    assert lake(settings, "sheets", "outcome, table_id, accepted", "sheet_index")[0] == ("accepted", table, 1)
    assert lake(settings, "issues", "code, column_name, sentence") == []


@pytest.mark.parametrize("table", ["programme.award", "gsxt.registration", "supply_coop.target"])
def test_lists_comments_and_required_marks(table: str) -> None:
    contract = CONTRACTS[table]
    sheet = load_workbook(BytesIO(template(contract))).worksheets[0]
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation
             if rule.type == "list"}
    for index, column in enumerate(contract.columns):
        head = sheet.cell(HEADER_ROW, index + 1)
        assert head.comment and column.header in head.comment.text
        assert head.value.startswith("*") or not column.required
        below = sheet.cell(HEADER_ROW + 1, index + 1).coordinate
        assert (below in lists) == (column.type in (Type.boolean, Type.enum))
    assert all(len(formula) <= 257 for formula in lists.values())     # Excel's limit, quotes apart
    if table == "programme.award":
        assert lists["E4"] == '"农民合作社,家庭农场"'
        assert sheet["A3"].value == "*支持方式"
        assert sheet.column_dimensions["G"].number_format == "@"       # Excel would cut a code to 15 digits
    if table == "supply_coop.target":
        assert '"星级合作社,' in lists["C4"]                            # never the id of the warehouse


def test_bytes_depend_on_the_contract_alone() -> None:
    contract = CONTRACTS["programme.award"]
    first = template(contract)
    assert first == template(contract)
    with ZipFile(BytesIO(first)) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert b"2024-01-01" in archive.read("docProps/core.xml")


def test_a_blank_template_in_the_inbox_changes_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    write_templates(choose("奖补对象台账"), settings.inbox)
    receive(settings, now=NOW)
    sheets = lake(settings, "sheets", "file_name, outcome, table_id, rows_read, accepted", "file_name, sheet_index")
    assert next(sheet[1:] for sheet in sheets if "空白模板" in sheet[0]) == ("accepted", "programme.award", 0, 0)
    # A blank form names neither year nor county: it is sent back with its sentence.
    assert [sheet[1:3] for sheet in sheets if "空白表" in sheet[0]] == [("rejected", "programme.award")] * 2
    assert sum(sheet[4] for sheet in sheets) == 0
    assert lake(settings, "delivered") == []


def test_a_table_is_chosen_by_id_or_title_and_a_wrong_name_is_wrong_use(tmp_path: Path) -> None:
    assert [c.id for c in choose("奖补对象台账")] == ["programme.award"]
    assert len(choose(None)) == len(CONTRACTS)
    with pytest.raises(WrongUse, match=r"programme\.award"):
        choose("programme.awards")
    done = coopledger(tmp_path, "template", "没有这张表")
    assert done.returncode == 2 and "没有名为“没有这张表”的表" in done.stderr
    done = coopledger(tmp_path, "template", "village.monthly", "--out", str(tmp_path / "out"))
    path = Path(done.stdout.strip())
    assert done.returncode == 0 and path.parent == tmp_path / "out"
    assert load_workbook(path).sheetnames[1] == EXAMPLES


def test_a_wide_template_can_be_read_on_paper() -> None:
    """At most 350 characters across an A3 page, or 240 across A4; narrow ones stay on one A4 page."""
    across = {}
    for contract in CONTRACTS.values():
        sheet = load_workbook(BytesIO(template(contract))).worksheets[0]
        width = sum(sheet.column_dimensions[cell.column_letter].width for cell in sheet[HEADER_ROW])
        paper, pages = int(sheet.page_setup.paperSize), sheet.page_setup.fitToWidth
        assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows
        assert width / pages <= {9: 240, 8: 350}[paper], contract.id
        assert pages == 1 or width / (pages - 1) > 350
        across[contract.id] = (paper, pages)
    assert across["office.delivery_decision"] == (9, 1) and across["inspection.coop"][0] == 8


# File → the sheet's line, and values by leaf header as a person types them; then what comes back.
AWARD_ROW = {"镇": "千里山镇", "合作社名称": "示例农民专业合作社", "家庭农牧场名称": "示例家庭农场", "年经营收入": 12.5, "带动脱贫人口": 3, "其中：脱贫人数": 3}
FORMS = {
    "附件2": ("programme.award", "name, entity_type, year, township_name, annual_income::int, lifted_led::int",
            [("示例农民专业合作社", "农民合作社", 2024, "千里山镇", 125000, 3)]),
    "附件3": ("programme.award", "name, entity_type, year, township_name, annual_income::int, lifted_led::int",
            [("示例家庭农场", "家庭农场", 2024, "千里山镇", 125000, 3)]),
    "附件4": ("programme.service_contract", "provider, starts_on::varchar, ends_on::varchar, amount::int",
            [("示例服务机构", "2024-07-01", "2027-06-30", 300000)]),
    "附件5": ("programme.scorecard", "form, year, item, score::varchar", [("附件5", 2024, 1, "1.5000"), ("附件5", 2024, 21, "2.0000")]),
    "附件6": ("programme.scorecard", "form, year, item, score::varchar", [("附件6", 2024, 1, "1.5000"), ("附件6", 2024, 18, "2.0000")]),
}


@pytest.mark.parametrize("attachment", FORMS)
def test_a_filled_blank_form_comes_back(tmp_path: Path, attachment: str) -> None:
    table, columns, expected = FORMS[attachment]
    settings = Settings(home=tmp_path / "home")
    settings.inbox.mkdir(parents=True)
    (path,) = (p for p in write_templates([CONTRACTS[table]], tmp_path / "out") if attachment in p.name)
    book = load_workbook(path)
    sheet = book.active
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value in ("序号", "考核指标", "考评指标"))
    for row in sheet.iter_rows(max_row=head - 1):
        for cell in row:
            if isinstance(cell.value, str):
                text = cell.value.replace("区：", "区：海勃湾区").replace("填报单位：", "填报单位：海勃湾区农牧局")
                cell.value = text.replace("填报时间：", "填报时间：2024年7月31日").replace("    年度", "2024年度")
    labels = {cell.value: cell.column for line in sheet.iter_rows(min_row=head, max_row=head + 1) for cell in line if cell.value}
    first = next(row[0].row for row in sheet.iter_rows(min_row=head + 1) if all(c.value is None for c in row)) \
        if attachment in ("附件2", "附件3", "附件4") else head + 1
    if attachment in ("附件2", "附件3"):
        for label, value in AWARD_ROW.items():
            if label in labels:
                sheet.cell(first, labels[label]).value = value
    elif attachment == "附件4":
        for label, value in {"服务机构名称": "示例服务机构", "辅导服务区域": "海勃湾区", "服务期限": "2024年7月1日至2027年6月30日",
                             "招标采购合同金额（万元）": 30}.items():
            sheet.cell(first, labels[label]).value = value
    else:
        items = [line[2].row for line in sheet.iter_rows(min_row=first) if isinstance(line[2].value, int) and line[0].value != "合计"]
        sheet.cell(items[0], labels["得分"]).value = 1.5
        sheet.cell(items[expected[-1][2] - 1], labels["得分"]).value = 2
    book.save(settings.inbox / "填好2024年度.xlsx")
    receive(settings, now=NOW)
    assert lake(settings, "sheets", "outcome, table_id, variant", "sheet_index")[0] == (
        "accepted", table, f"annex_{attachment[-1]}")
    rows = lake(settings, f"typed/{table}", columns, "row_number")
    assert [row for row in rows if row[-1] is not None] == expected


def test_the_blank_forms_of_tasks_plan_and_advisors_come_back(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.inbox.mkdir(parents=True)
    tables = ("programme.quota", "supply_coop.target", "advisor.evaluation")
    blank = {table: path for table in tables
             for path in write_templates([CONTRACTS[table]], tmp_path / "out") if "空白表" in path.name}

    def fill(table: str, cells: dict[str, object]) -> None:
        book = load_workbook(blank[table])
        for at, value in cells.items():
            book.active[at] = value
        book.save(settings.inbox / f"{table}_填好.xlsx")

    quota, plan, advisor = (load_workbook(blank[table]).active for table in tables)
    assert (quota["A2"].value, quota["A4"].value, quota["A5"].value) == ("    年度培育壮大农牧民合作社、家庭农牧场", "区", None)
    fill("programme.quota", {"A2": "2024年度培育壮大农牧民合作社、家庭农牧场", "A5": "海勃湾区", "B5": 3, "C5": 4})
    assert plan["B4"].value == "2023年底前" and plan["A6"].value is None
    fill("supply_coop.target", {"A6": "海曙", **{f"{letter}6": value for letter, value in zip("BCDEFGHIJ", range(1, 10), strict=True)}})
    assert advisor["A2"].value == "新型农牧业经营主体辅导员绩效评价表(    )年度" and advisor["A3"].value == "姓名"
    fill("advisor.evaluation", {"A2": "新型农牧业经营主体辅导员绩效评价表(2024)年度", "B3": "示例乙", "F4": "FDY0000001",
                                "B16": "☐优秀　☑良好　☐合格　☐不称职"})
    receive(settings, now=NOW)
    assert {row[0] for row in lake(settings, "sheets", "outcome", "sheet_index")} == {"accepted"}
    assert lake(settings, "typed/programme.quota", "year, coops, farms") == [(2024, 3, 4)]
    assert lake(settings, "typed/advisor.evaluation", "year, certificate_no, grade") == [(2024, "FDY0000001", "良好")]
    assert lake(settings, "typed/supply_coop.target", "year, indicator, target::int", "target") == [
        (year, indicator, 3 * at + place) for at, year in enumerate((2023, 2024, 2025))
        for place, indicator in enumerate(("star_coops", "led_coops", "led_five_star"), 1)]
