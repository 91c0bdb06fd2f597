"""`coopledger inspect`: what it says of a file is what `receive` then does, and nothing is written."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from conftest import coopledger
from receive_kit import COOP_1, COOP_2, COOP_3, MEMBER_HEADERS, lake, ningbo_workbook, read_one, receipt, workbook

from dagster_project.desk.contract_lines import alias_edit, column_edit
from dagster_project.desk.inspect_file import inspect_files
from dagster_project.months import WrongUse
from dagster_project.receive.contracts import LOADER, SOURCES, load_contracts
from dagster_project.receive.landing import receive
from dagster_project.receive.recognise import Recogniser
from dagster_project.receive.regions import load_regions
from dagster_project.settings import Settings

NOW = datetime.fromisoformat("2024-08-02T09:00:00+08:00")
AWARD_NAME = "海勃湾区奖补2024年7月.xlsx"


def award(path: Path) -> Path:
    """An award list whose money column was renamed and whose export got two more columns; one row has no year."""
    return workbook(path / AWARD_NAME, [
        ["奖补对象台账"], ["区：海勃湾区", None, "填报时间：2024年7月30日"],
        ["支持方式", "年度", "经营主体类型", "主体名称", "社会信用代码", "奖补资金（元）", "年经营收入 (元)", "备注甲乙丙"],
        ["奖励补助", "2024", "合作社", "示例一社", COOP_1, 30000, 12000, "x"],
        ["奖励补助", None, "合作社", "示例二社", COOP_3, 30000, 12000, None],
        ["奖励补助", "2024", "合作社", "示例三社", COOP_2, 30000, "很多", None],
        ["合计", None, None, None, None, None, None, None],
    ])


def one(path: Path, home: Path) -> dict:
    found = inspect_files([path], Settings(home=home / "house"), NOW)
    assert len(found) == 1
    assert not (home / "house").exists()
    return found[0]["sheets"][0]


def test_header_by_header(tmp_path: Path) -> None:
    sheet = one(award(tmp_path), tmp_path)
    assert sheet["contract"]["id"] == "programme.award" and sheet["outcome"] == "partly"
    assert sheet["header_rows"] == [3, 3]
    assert sheet["rows"] == {"rows_read": 4, "accepted": 2, "rejected": 1, "out_of_scope": 0, "ignored": 1}
    known = {h["letter"]: (h["column"], h["via"], h["spelling"], h["unit"]) for h in sheet["headers"]}
    assert known["C"] == ("entity_type", "别名", "经营主体类型", None)
    assert known["D"] == ("name", "本名", "主体名称", None)
    assert known["G"] == ("annual_income", "本名", "年经营收入（万元）", "元")
    assert sheet["context"] == [{"column": "county_name", "known_as": "区", "from": "表头上方", "value": "海勃湾区"}]
    assert {(u["letter"], u["header"], u["column"]) for u in sheet["unknown"]} == {
        ("F", "奖补资金（元）", "amount"), ("H", "备注甲乙丙", None)}
    missing = {m["column"]: m["nearest"] for m in sheet["missing"]}
    assert missing["amount"] == "奖补资金（元）" and missing["township_name"] is None
    # the name's month beats the line above the table
    assert sheet["snapshot"] == {"date": "2024-07-31", "assumed": False, "source": "文件名"}
    assert [c["code"] for c in sheet["counties"]["named"]] == ["150302"]


def test_faults_come_with_row_column_and_sentence(tmp_path: Path) -> None:
    sheet = one(award(tmp_path), tmp_path)
    faults = [(f["row"], f["column"], f["code"], f["rejects"]) for f in sheet["faults"]]
    assert faults == [(5, "年度", "MISSING_REQUIRED", True), (6, "年经营收入（万元）", "BAD_NUMBER", False)]
    assert all(f["sentence"].endswith("。") for f in sheet["faults"])
    assert sheet["rejects_by_code"] == {"MISSING_REQUIRED": 1} and sheet["issues_by_code"] == {"BAD_NUMBER": 1}


def test_only_the_first_ten_faults_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    rows = [MEMBER_HEADERS] + [[COOP_1, "2023", f"{n}", "示例甲", "农民", "许多", 1] for n in range(25)]
    sheet = one(workbook(tmp_path / "成员账户2024-04-20.xlsx", rows), tmp_path)
    assert [f["row"] for f in sheet["faults"]] == list(range(2, 12))
    assert sheet["issues_by_code"] == {"BAD_NUMBER": 25}


def test_personal_values_are_masked_in_both_outputs(tmp_path: Path) -> None:
    path = workbook(tmp_path / "成员账户2024-04-20.xlsx", [
        [*MEMBER_HEADERS, "身份证号"], [COOP_1, "2023", "1", "欧阳示例", "农民", 1, 1, "110105194912310021"]])
    for flag in ([], ["--json"]):
        done = coopledger(tmp_path / "house", "inspect", str(path), *flag)
        assert done.returncode == 0, done.stderr
        assert "BAD_IDENTITY" in done.stdout      # the check character is wrong
        assert "110105194912310021" not in done.stdout and "欧阳示例" not in done.stdout
    assert json.loads(done.stdout)["files"][0]["sheets"][0]["faults"][0]["value"] == "110**************1"


def test_the_same_outcome_as_receiving(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "real")
    settings.inbox.mkdir(parents=True)
    award(settings.inbox)
    workbook(settings.inbox / "封面.xlsx", [["说明"], ["甲", "乙"]])
    (settings.inbox / "坏.xlsx").write_bytes(b"PK\x03\x04 cut short")
    ningbo_workbook(settings.inbox / "任务进度表2023-07-27.xlsx")
    workbook(tmp_path / "m.xlsx", [MEMBER_HEADERS, [COOP_1, "2023", "1", "示例甲", "农民", 1, 1]])
    with ZipFile(settings.inbox / "包2024-04-20.zip", "w") as archive:
        archive.write(tmp_path / "m.xlsx", "成员账户2024-04-20.xlsx")
        archive.writestr("../逃出.xlsx", b"PK")
    (settings.inbox / "登记信息2024-07-31.csv").write_text(
        "统一社会信用代码,企业名称,成立日期,类型\n"
        f"{COOP_1},示例农民专业合作社,2019-01-01,农民专业合作社\n91150302MA0N000016,示例公司,2019-01-01,有限责任公司\n",
        encoding="utf-8")
    before = sorted(settings.home.rglob("*"))
    said = {sheet["file_name"]: (sheet["outcome"], sheet["reason_code"], *sheet["rows"].values())
            for file in inspect_files(sorted(settings.inbox.iterdir()), settings, NOW) for sheet in file["sheets"]}
    assert sorted(settings.home.rglob("*")) == before
    receive(settings, now=NOW)
    done = lake(settings, "sheets", "file_name, outcome, reason_code, rows_read, accepted, rejected, out_of_scope, ignored")
    assert said == {name: tuple(rest) for name, *rest in done}
    assert len(said) == 7 and said["登记信息2024-07-31.csv"][-2] == 1
    assert said["包2024-04-20.zip!成员账户2024-04-20.xlsx"][0] == "accepted"
    assert said["包2024-04-20.zip!../逃出.xlsx"][1] == "UNSAFE"


def test_a_refused_sheet_still_shows_its_headers(tmp_path: Path) -> None:
    headers = [*MEMBER_HEADERS[:4], "成员类别", *MEMBER_HEADERS[5:]]
    sheet = one(workbook(tmp_path / "成员账户2024-04-20.xlsx", [headers, [COOP_1, "2023", "1", "示例甲", "农民", 1, 1]]), tmp_path)
    assert sheet["outcome"] == "rejected" and sheet["reason_code"] == "MISSING_COLUMN"
    assert sheet["contract"]["id"] == "coop_finance.member_account"
    lost = next(m for m in sheet["missing"] if m["column"] == "member_kind")
    assert lost["required"] and lost["nearest"] == "成员类别"
    assert len(sheet["headers"]) == 6


def test_a_sheet_of_no_table_lists_who_knows_its_headers(tmp_path: Path) -> None:
    sheet = one(workbook(tmp_path / "别的.xlsx", [["备注", "颜色", "尺寸", "重量"], ["a", "b", "c", "d"]]), tmp_path)
    assert sheet["reason_code"] == "NO_CONTRACT" and sheet["contract"] is None
    first = sheet["headers_known_elsewhere"][0]
    assert first["header"] == "备注" and "programme.quota" in first["known_in"]


def test_a_wide_layout_names_year_and_indicator(tmp_path: Path) -> None:
    sheet = one(ningbo_workbook(tmp_path / "任务进度表2023-07-27.xlsx"), tmp_path)
    assert sheet["variant"] == "printed" and sheet["header_rows"] == [4, 5]
    assert sheet["headers"][0]["column"] == "county_name"
    assert [h["known_as"] for h in sheet["headers"][1:4]] == ["2023 star_coops", "2023 led_coops", "2023 led_five_star"]


def test_the_lines_to_add_make_the_contract_know_the_header(tmp_path: Path) -> None:
    """Pasted into a copy of the contracts, each suggested line does what it says."""
    folder = tmp_path / "sources"
    shutil.copytree(SOURCES, folder)
    path = award(tmp_path)
    for unknown in sorted(one(path, tmp_path)["unknown"], key=lambda u: -u["yaml"]["line"]):
        paste(folder, unknown["yaml"])
    plan = Recogniser(load_contracts(folder), load_regions(), None).recognise(read_one(path), receipt(AWARD_NAME)).plan
    assert plan.unknown == ()
    assert plan.bound("amount").header == "奖补资金（元）"


@pytest.mark.parametrize("table", load_contracts())
def test_an_alias_line_fits_every_column_of_every_contract(table: str, tmp_path: Path) -> None:
    folder, untouched = tmp_path / "sources", tmp_path / "untouched"
    shutil.copytree(SOURCES, folder)
    shutil.copytree(folder, untouched)
    before = load_contracts(untouched)
    for column in before[table].columns:
        paste(folder, vars(alias_edit(table, column.name, f"新：{column.name}", folder)))
    paste(folder, vars(column_edit(table, "新增的列（万元）", 77, folder)))
    after = load_contracts(folder)
    for column in before[table].columns:
        now = after[table].column(column.name)
        assert now.aliases == (*column.aliases, f"新：{column.name}")
        assert now.model_copy(update={"aliases": column.aliases}) == column
    assert (after[table].columns[-1].header, after[table].columns[-1].unit) == ("新增的列（万元）", "万元")
    assert {k: v for k, v in after.items() if k != table} == {k: v for k, v in before.items() if k != table}


def paste(folder: Path, edit: dict) -> None:
    """What a maintainer does with an edit."""
    path = folder / edit["file"]
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[edit["line"] - 1 if edit["replaces"] else edit["line"]:edit["line"]] = edit["text"].splitlines()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="不是文件"):
        inspect_files([tmp_path / "没有.xlsx"], Settings(home=tmp_path), NOW)
    done = coopledger(tmp_path / "house", "inspect", str(tmp_path / "没有.xlsx"))
    assert done.returncode == 2 and "不是文件" in done.stderr
    assert not (tmp_path / "house").exists()


def test_people_read_a_chinese_table(tmp_path: Path) -> None:
    done = coopledger(tmp_path / "house", "inspect", str(award(tmp_path)))
    assert done.returncode == 0, done.stderr
    for words in ("奖补对象台账", "经营主体类型", "不认识的列", "表里没有的列", "将会", "aliases: [奖补金额, 奖补资金（元）]"):
        assert words in done.stdout


def test_a_correction_is_tried_against_its_original(tmp_path: Path) -> None:
    """The dry run looks up the archive as receiving does, and leaves it alone."""
    from test_corrections import FARM, Inbox, farm, farms

    inbox = Inbox(tmp_path / "house")
    said = farms(inbox)
    path = tmp_path / "更正.xlsx"
    workbook(path, [[f"更正件　原件标识：{said}"], ["原行号", *FARM], [3, *farm("样例二家庭农场")]])
    before = sorted((p, p.stat().st_mtime_ns) for p in inbox.settings.home.rglob("*"))
    sheet = inspect_files([path], inbox.settings, NOW)[0]["sheets"][0]
    assert (sheet["outcome"], sheet["rows"]["accepted"], sheet["rows"]["rejected"]) == ("accepted", 1, 0)
    assert "更正文件“家庭农场20240731.xlsx”" in sheet["reason"]
    assert sorted((p, p.stat().st_mtime_ns) for p in inbox.settings.home.rglob("*")) == before
    assert inbox.correction(path.name, said, [FARM], [(3, farm("样例二家庭农场"))])[:4] == ("accepted", 1, 1, 0)
