"""`coopledger status` and `coopledger needs`: what came, what is overdue, what never came."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import House, coopledger
from receive_kit import COOP_1, COOP_2, COOP_3, MEMBER_HEADERS, quota_rows, workbook

from dagster_project.desk.needs import needs
from dagster_project.desk.status import status
from dagster_project.months import WrongUse
from dagster_project.receive.contracts import load_contracts
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings
from exports import FORMS, RESTRICTED_FORMS

NOW = datetime.fromisoformat("2024-08-02T09:00:00+08:00")
FARM = ["家庭农场名称", "经营者姓名", "县（旗、区）", "乡镇（苏木）", "最近更新日期", "联系微信"]
DUE_FARM = 40          # days, policy row due_days_farm_directory_farm


def member(code: str, number: str, kind: str = "农民") -> list:
    return [code, "2023", number, "示例甲", kind, 1, 1]


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    """海勃湾区 sent its farms in June and July, 乌达区 in May only; nobody else; one file is broken."""
    settings = Settings(home=tmp_path / "house", scopes=["150300"])
    inbox = settings.inbox
    for name, county, rows in (("2024-06-28", "海勃湾区", 3), ("2024-07-30", "海勃湾区", 2), ("2024-05-30", "乌达区", 4)):
        workbook(inbox / f"{county}名录{name}.xlsx", [FARM] + [
            [f"示例{n}家庭农场", "示例甲", county, "千里山镇" if county == "海勃湾区" else "乌兰淖尔镇", "2024-05-01", "x"]
            for n in range(rows)])
    workbook(inbox / "成员账户2024-04-25.xlsx", [MEMBER_HEADERS, member(COOP_1, "1"), [COOP_1, None, "2", "示例甲", "农民", 1, 1],
                                             member(COOP_2, "1"), [COOP_3, None, "1", "示例甲", "农民", 1, 1]])
    workbook(inbox / "任务分配表2024-07-26.xlsx", [["2024年度任务分配表"], *quota_rows()[3:]])
    (inbox / "坏2024-07-31.xlsx").write_bytes(b"PK\x03\x04 cut short")
    receive(settings, now=NOW)
    return settings


def line(found: dict, region: str, table: str) -> dict:
    return next(item for item in found["tables"] if (item["region_code"], item["table_id"]) == (region, table))


def test_newest_age_and_due_day(house: Settings) -> None:
    found = status(house, None, date(2024, 8, 2))
    assert found["month"] == "2024-07" and found["day"] == "2024-08-02" and found["scopes"] == ["150300"]
    here = line(found, "150302", "farm_directory.farm")
    assert (here["newest_on"], here["age_days"], here["rows"], here["state"]) == ("2024-07-30", 3, 2, "正常")
    assert here["due_on"] == (date(2024, 7, 30) + timedelta(DUE_FARM)).isoformat() and here["overdue_days"] == 0
    assert here["drift"] == ["联系微信"] and here["files"] == ["海勃湾区名录2024-07-30.xlsx"]
    late = line(found, "150304", "farm_directory.farm")       # due 9 July
    assert (late["state"], late["overdue_days"], late["age_days"]) == ("过期未报", 24, 64)


def test_a_delivery_that_came_after_its_due_day_is_told(house: Settings) -> None:
    """海南区's farms of 20 May were due again on 29 June and came on 20 July; 海勃湾区's came in time."""
    for name in ("2024-05-20", "2024-07-20"):
        workbook(house.inbox / f"海南区名录{name}.xlsx", [FARM, [f"示例{name[5:7]}家庭农场", "示例甲", "海南区", "公乌素镇", "2024-05-01", "x"]])
    receive(house, now=NOW)
    found = status(house, None, date(2024, 8, 2))
    late = line(found, "150303", "farm_directory.farm")
    assert (late["state"], late["overdue_days"], late["late_days"]) == ("正常", 0, 21)
    assert [item["region_code"] for item in found["tables"] if item["late_days"]] == ["150303"]
    assert "正常（本次迟报 21 天）" in coopledger(house.home, "status", "--today", "2024-08-02").stdout.replace("\n", "")


def test_a_month_knows_only_what_it_could_know(house: Settings) -> None:
    june = status(house, date(2024, 6, 1), date(2024, 8, 2))
    assert june["month"] == "2024-06" and june["day"] == "2024-06-30"
    assert line(june, "150302", "farm_directory.farm")["newest_on"] == "2024-06-28"
    assert line(june, "150304", "farm_directory.farm")["state"] == "正常"
    assert line(june, "150300", "programme.quota")["state"] == "未收到"
    assert june["refused"] == []


def test_rejected_rows_belong_to_their_county(house: Settings) -> None:
    found = status(house, None, date(2024, 8, 2))
    assert line(found, "150302", "coop_finance.member_account")["rejected"] == 1
    assert line(found, "150303", "coop_finance.member_account")["rejected"] == 0
    wuda = line(found, "150304", "coop_finance.member_account")
    assert (wuda["rejected"], wuda["state"], wuda["newest_on"]) == (1, "未收到", None)


def test_what_never_came_and_what_was_refused(house: Settings) -> None:
    found = status(house, None, date(2024, 8, 2))
    never = {(item["region_code"], item["table_id"]) for item in found["never_came"]}
    assert ("150303", "farm_directory.farm") in never and ("150302", "farm_directory.farm") not in never
    # a prefecture hands out the quotas: one line for it, none for its counties
    assert line(found, "150300", "programme.quota")["rows"] == 3
    assert not any(table == "programme.quota" for _, table in never)
    assert ("150300", "supply_coop.target") in never and ("150302", "supply_coop.target") not in never
    # what the office itself decides is awaited from nobody
    assert not any(table.startswith("office.") for _, table in never)
    counties = {item["region_code"] for item in found["tables"]}
    assert counties == {"150300", "150302", "150303", "150304"}
    assert [(item["file_name"], item["code"]) for item in found["refused"]] == [("坏2024-07-31.xlsx", "CORRUPT")]


def test_the_last_failure_is_told_masked(house: Settings) -> None:
    house.logs.mkdir(exist_ok=True)
    log = house.logs / "failure.log"
    log.write_text("Traceback …\nOSError: no room for 13800001234\n", encoding="utf-8")
    os.utime(log, (1722560400, 1722560400))       # 2024-08-02T09:00:00+08:00
    found = status(house, None, date(2024, 8, 2))["last_failure"]
    assert found == {"at": "2024-08-02T09:00:00+08:00", "reason": "OSError: no room for 138****1234", "published_since": False}


def test_every_expected_table_has_a_due_day() -> None:
    from dagster_project.desk.due import due_days, expected_levels

    assert set(expected_levels()) == set(load_contracts())
    for table, level in expected_levels().items():
        assert (due_days(table, "150302", date(2024, 7, 31)) is None) == (level == "none"), table


def test_status_and_needs_write_nothing(house: Settings) -> None:
    def state() -> list:
        return sorted((str(p), p.stat().st_mtime_ns) for p in house.home.rglob("*"))

    before = state()
    for command in (["status"], ["status", "--json", "--month", "2024-07"], ["needs"], ["needs", "--json"]):
        done = coopledger(house.home, *command)
        assert done.returncode == 0, done.stderr
    assert state() == before
    assert not (house.home.parent / "none").exists()
    done = coopledger(house.home.parent / "none", "status", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["tables"] == []
    assert not (house.home.parent / "none").exists()
    assert coopledger(house.home, "status", "--month", "七月").returncode == 2


def test_status_for_people(house: Settings) -> None:
    done = coopledger(house.home, "status", "--today", "2024-08-02")
    for words in ("报告月份  2024-07", "家庭农场名录（farm_directory.farm）", "过期未报 24 天", "从未收到", "CORRUPT", "联系微信"):
        assert words in done.stdout


def delivered(path: Path, rows: list[tuple]) -> None:
    """A published warehouse that holds only the list of deliveries."""
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as con:
        con.execute("create table delivery (report_month date, table_id varchar, scope varchar, state varchar)")
        con.executemany("insert into delivery values ('2024-07-01', ?, ?, ?)", rows)


def test_needs_by_scope(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, scopes=["150300", "150302"])
    delivered(settings.warehouse_file, [
        ("gsxt.registration", "150302", "当期"), ("gsxt.registration", "150303", "过期"),
        ("gsxt.registration", "150304", "未收到"),
        ("gsxt.registration", "150300", "当期"),       # 市本级 speaks for no county
        ("coop_finance.statement", "150302|93150302MA0N000014|2023", "过期"),
        ("coop_finance.statement", "150302|93150302MA0N000015|2023", "月内"),
        ("coop_finance.statement", "150303|93150303MA0N00002M|2023", "疑似不完整"),
        ("coop_finance.statement", "150304|93150304MA0N000037|2023", "月后导出"),
        ("programme.quota", "150300|2024", "当期"),    # a prefecture's table is there for all its counties
    ])
    found = needs(settings, None)
    assert found["month"] == "2024-07"
    by = {(item["table_id"], item["scope"]): item for item in found["needs"]}
    whole = by["gsxt.registration", "150300"]
    assert whole["state"] == "缺" and [c["code"] for c in whole["missing"]] == ["150304"]
    assert [c["code"] for c in whole["stale"]] == ["150303"]
    assert by["gsxt.registration", "150302"]["state"] == "有"
    assert by["coop_finance.statement", "150300"]["state"] == "过期"
    assert [c["name"] for c in by["coop_finance.statement", "150300"]["stale"]] == ["海南区"]
    assert by["programme.quota", "150300"]["state"] == by["programme.quota", "150302"]["state"] == "有"
    assert by["supply_coop.target", "150300"]["state"] == "缺"
    with pytest.raises(WrongUse, match="2024-08 还没有运行过"):
        needs(settings, date(2024, 8, 1))


def test_needs_lists_every_source_of_every_form(tmp_path: Path) -> None:
    found = needs(Settings(home=tmp_path, scopes=["150300"]), None)
    assert found["month"] is None
    assert [(item["form"], item["table_id"]) for item in found["needs"]] == [
        (module.FORM.number, source) for module in (*FORMS, *RESTRICTED_FORMS) for source in module.FORM.sources]
    assert {item["state"] for item in found["needs"]} == {"缺"}


def test_needs_after_the_demo(demo: House) -> None:
    done = coopledger(demo.home, "needs", "--json")
    found = json.loads(done.stdout)
    by = {(item["table_id"], item["scope"]): item["state"] for item in found["needs"]}
    assert found["month"] == "2024-07" and by["gsxt.registration", "150300"] == "有"
    assert by["programme.quota", "150300"] == "有"
