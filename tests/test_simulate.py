"""The simulated files hold what the truth file says, where it says so, the same bytes every time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl
import pytest
from oracle import naive
from simulated import SMALL, World, bare, number

from dagster_project.receive.contracts import load_contracts
from dagster_project.simulate import simulate


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def test_the_same_seed_writes_the_same_bytes_and_times(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from dagster_project.simulate import simulate; "
        "to = Path(sys.argv[1]); simulate(to / 'inbox', to / 'truth.json', coops=40, farms=80, months=2)"
    )
    for turn in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / turn)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": turn},
        )
    first, second = (
        {
            str(path.relative_to(tmp_path / turn)): (
                path.read_bytes(),
                path.stat().st_mtime * ("inbox" in path.parts),
            )
            for path in sorted((tmp_path / turn).rglob("*"))
            if path.is_file()
        }
        for turn in ("1", "2")
    )
    assert len(first) > 20
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert (
        simulate(tmp_path / "3", tmp_path / "3.json", **SMALL, seed=7)["farms"]["rows"]
        != json.loads((tmp_path / "1" / "truth.json").read_text(encoding="utf-8"))["farms"]["rows"]
    )


def test_every_statement_line_stands_in_its_cell(world: World) -> None:
    contract = load_contracts()["coop_finance.statement"]
    headers = {column.name: column.header for column in contract.columns}
    facts = set(naive.STATEMENT_FACTS)
    checked, units = 0, set()
    for row in world.rows("statements"):
        cells = world.sheet(row["file"], row["sheet"])
        unit = 10_000 if any("单位：万元" in str(cell) for line in cells[:3] for cell in line) else 1
        units.add(unit)
        assert world.cell(row, contract.id, "统一社会信用代码") == row["credit_code"]
        heads = world.header(row["file"], row["sheet"], contract.id)[1]
        for name in row.keys() - facts:
            if name in row["absent"]:
                assert headers[name] not in heads
                continue
            lost = world.fault(row, headers[name])
            value = None if lost else number(world.cell(row, contract.id, headers[name]))
            assert (None if value is None else value * unit) == naive.money(row[name]), (row, name)
            checked += 1
    assert checked > 10_000 and units == {1, 10_000}


def test_every_member_account_stands_in_its_row(world: World) -> None:
    contract = load_contracts()["coop_finance.member_account"]
    names = {
        "contribution": "出资额",
        "trade": "交易额",
        "returned": "盈余返还",
        "reserve_share": "公积金量化份额",
        "residual_distribution": "剩余盈余分配",
    }
    by_sheet: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in world.rows("member_accounts"):
        by_sheet[row["file"], row["sheet"]].append(row)
    assert len(by_sheet) == 8
    for (path, sheet), rows in by_sheet.items():
        cells = world.sheet(path, sheet)
        unit = 10_000 if any("万元" in str(cell) for line in cells[:4] for cell in line) else 1
        at = {name: world.column(path, sheet, contract.id, header) for name, header in names.items()}
        code, no, person = (
            world.column(path, sheet, contract.id, header)
            for header in ("统一社会信用代码", "成员编号", "成员姓名")
        )
        for row in rows:
            line = cells[row["row"] - 1]
            assert line[code] == row["credit_code"]
            assert (line[no], line[person]) == (row["member_no"], row["member_name"])
            for name, column in at.items():
                if not world.fault(row, names[name]):
                    assert (number(line[column]) or Decimal(0)) * unit == naive.money(row[name])


def test_every_farm_stands_in_the_delivery_that_counts(world: World) -> None:
    table = "farm_directory.farm"
    farms = {farm["farm"]: farm for farm in world.rows("farms")}
    per_month: Counter[str] = Counter()
    for row in world.rows("farm_months"):
        per_month[row["month"]] += 1
        cells = world.sheet(row["file"], row["sheet"])[row["row"] - 1]

        def text(header: str, cells: list[Any] = cells, row: dict[str, Any] = row) -> Any:
            if world.fault(row, header):
                return None
            value = cells[world.column(row["file"], row["sheet"], table, header)]
            return int(value) if isinstance(value, float) and header == "数据年度" else value or None

        assert text("家庭农场名称") == farms[row["farm"]]["name"]
        assert text("一码通编码") == row["code"]
        assert text("数据年度") == row["data_year"]
        assert text("最近更新日期") == row["updated_on"]
    assert all(1900 < count <= 2000 for count in per_month.values()), per_month
    files = {row["file"] for row in world.rows("farm_months") if row["month"] == "2024-06-01"}
    assert len(files) == 3  # June's, one township's, and May's for a row that June rejected
    assert any("巴音陶亥镇" in path for path in files)
    assert not any("20240525" in row["file"] for row in world.rows("farm_months"))


def test_registrations_stand_in_their_rows(world: World) -> None:
    table = "gsxt.registration"
    coops = {coop["key"]: coop for coop in world.rows("cooperatives")}
    for row in world.rows("registrations"):
        assert world.cell(row, table, "统一社会信用代码/注册号") == row["key"]
        if not world.fault(row, "企业名称"):
            assert world.cell(row, table, "企业名称") == coops[row["key"]]["name"]


def test_the_public_dump(world: World) -> None:
    found = [
        one
        for one in world.truth["files"]
        if one["path"].endswith(".csv") and one["sheets"][0]["table_id"] == "gsxt.registration"
    ]
    (dump,) = found
    data = (world.inbox / dump["path"]).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    rows = world.sheet(dump["path"], "")
    assert ",".join(rows[0]) == (
        "企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址"
    )
    assert any(row[5] == "N/A" for row in rows) and all("," in row[6] for row in rows[1:])
    (sheet,) = dump["sheets"]
    assert sheet["rows_read"] == len(rows) - 1
    farm = sum("家庭农场" in row[3] for row in rows[1:])
    coops = sum(not row[1].startswith(("91", "92")) for row in rows[1:])
    assert sheet["accepted"] == coops + farm and sheet["out_of_scope"] == len(rows) - 1 - coops - farm > 50
    assert any("供销合作社" in row[0] and row[1].startswith("91") for row in rows)


def test_every_planted_fault_stands_where_the_truth_says(world: World) -> None:
    faults = world.truth["faults"]
    assert {fault["code"] for fault in faults} == {
        "BAD_CODE",
        "CHECK_DIGIT",
        "BAD_DATE",
        "DATE_FUTURE",
        "MISSING_REQUIRED",
        "BAD_NUMBER",
        "FOREIGN_CURRENCY",
        "UNIT_UNKNOWN",
        "UNKNOWN_VALUE",
        "ID_PRECISION_LOST",
        "BAD_IDENTITY",
        "DUPLICATE_KEY",
        "COUNTY_UNKNOWN",
        "TOTAL_MISMATCH",
        "STRAY",
        "CLASS_CONFLICT",
        "MISSING_VALUE",
        "PERCENT_RANGE",
        "MISSING_COLUMN",
        "CORRUPT",
    }
    keys = Counter((fault["file"], fault["sheet"], fault["row"], fault["column"]) for fault in faults)
    assert set(keys.values()) == {1}
    for fault in faults:
        if fault["column"]:
            cell = world.cell(fault, fault["table_id"], fault["column"])
            if isinstance(cell, float) and fault["code"] == "ID_PRECISION_LOST":
                assert cell == float(fault["raw"]) and int(cell) % 10**18 > 10**17  # 15 digits are left of 18
                continue
            assert str(cell) == (fault["raw"] or ""), fault
    for fault in faults:
        if fault["code"] == "DUPLICATE_KEY":
            rows = world.sheet(fault["file"], fault["sheet"])
            older, newer = rows[fault["row"] - 1 : fault["row"] + 1]
            assert older[0] == newer[0] and older != newer


def test_totals_add_up_but_for_the_planted_ones(world: World) -> None:
    wrong = {
        (fault["file"], fault["sheet"], fault["row"])
        for fault in world.truth["faults"]
        if fault["code"] == "TOTAL_MISMATCH"
    }
    found, mismatched = 0, set()
    for file in world.truth["files"]:
        for part in file["sheets"]:
            forms = ("advisor.evaluation", "programme.scorecard")  # sums of another kind, or none
            if not part["table_id"] or part["outcome"] == "rejected" or part["table_id"] in forms:
                continue
            rows = world.sheet(file["path"], part["sheet"])
            first = world.header(file["path"], part["sheet"], part["table_id"])[0]
            for at, row in enumerate(rows):
                if row[0] != "合计":
                    continue
                found += 1
                for column, total in enumerate(row):
                    if isinstance(total, float):
                        above = [number(r[column]) for r in rows[first:at] if isinstance(r[column], float)]
                        if sum(above, Decimal(0)) != number(total):
                            mismatched.add((file["path"], part["sheet"], at + 1))
    assert found == 12 and mismatched == wrong and len(wrong) == 2


def test_rows_are_counted_by_outcome(world: World) -> None:
    rejected = Counter(
        (fault["file"], fault["sheet"]) for fault in world.truth["faults"] if fault["outcome"] == "rejected"
    )
    for file in world.truth["files"]:
        for part in file["sheets"]:
            if part["table_id"] in (None, "supply_coop.target") or part["outcome"] == "rejected":
                continue
            if re.search("附件[34]|绩效评价表", file["path"]):
                continue  # forms: two header rows with a blank corner, or one record a sheet
            rows = world.sheet(file["path"], part["sheet"])
            first, heads = world.header(file["path"], part["sheet"], part["table_id"])
            body = rows[first:]
            ignored = [
                row
                for row in body
                if not any(cell != "" for cell in row)
                or str(row[0]).startswith(("合计", "填报人", "备注", "绩效评价小组"))
                or row[1:2] == ["合计"]
                or [bare(cell) for cell in row] == heads
            ]
            assert part["rows_read"] == len(body), file["path"]
            assert part["ignored"] == len(ignored)
            assert part["rejected"] == rejected[file["path"], part["sheet"]]
            assert (
                part["rows_read"]
                == part["accepted"] + part["rejected"] + part["out_of_scope"] + part["ignored"]
            )


def test_the_bad_files(world: World) -> None:
    files = {one["path"]: one for one in world.truth["files"]}
    (cut,) = [path for path, one in files.items() if one["code"] == "CORRUPT"]
    with pytest.raises(BadZipFile):
        ZipFile(world.inbox / cut)
    (copy,) = [one for one in files.values() if one["outcome"] == "duplicate"]
    assert (world.inbox / copy["path"]).read_bytes() == (world.inbox / copy["copy_of"]).read_bytes()
    assert copy["path"] > copy["copy_of"]  # received after it when the inbox is walked in order
    drifts = [part["drift"] for one in files.values() for part in one["sheets"] if part["drift"]]
    assert [drift for drift in drifts if "种植面积_2" not in drift] == [["审计意见"]]
    assert drifts.count(["种植面积", "种植面积_2"]) == 6  # three months of two kinds of entity
    covers = [part for one in files.values() for part in one["sheets"] if part["outcome"] == "ignored"]
    assert [part["sheet"] for part in covers] == ["说明"]
    written = {str(path.relative_to(world.inbox)) for path in world.inbox.rglob("*") if path.is_file()}
    assert written == files.keys()
    for path, one in files.items():
        stamp = (world.inbox / path).stat().st_mtime
        assert datetime.fromtimestamp(stamp, tz=UTC).date().isoformat() == one["dated"]
        assert one["dated_assumed"] or one["code"] or re.search(r"20\d\d", path)


def test_the_quota_table_as_printed(world: World) -> None:
    path = next(world.inbox.glob("项目/*.xlsx"))
    sheet = openpyxl.load_workbook(path).active
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert "2024年" in path.name and path.name.endswith("附件1 任务分配表.xlsx")
    assert rows == [
        ["附件1"],
        ["培育壮大农牧民合作社、家庭农牧场"],
        ["任务分配表"],
        ["区", "培育壮大农牧民合作社数量（个）", "培育壮大家庭农牧场数量（个）", "备注"],
        ["海勃湾区", 3, 3],
        ["乌达区", 2, 2],
        ["海南区", 5, 5],
    ]
    assert {row["county"]: (row["coops"], row["farms"]) for row in world.truth["quota"]} == {
        "海勃湾区": (3, 3),
        "乌达区": (2, 2),
        "海南区": (5, 5),
    }


def test_the_target_table_as_printed(world: World) -> None:
    path = next(world.inbox.glob("供销/*.xlsx"))
    sheet = openpyxl.load_workbook(path).active
    rows = list(sheet.iter_rows(values_only=True))
    assert "宁波" in path.name
    assert rows[2][9] == "(单位:家)" and rows[3][0] is None and rows[4][0] is None
    assert rows[3][1::3] == ("2023年底前", "2024年底前", "2025年底前")
    assert rows[4][1:] == ("星级合作社", "领办参办合作社", "领参办五星级合作社") * 3
    assert rows[5] == ("海曙", 60, 25, 30, 80, 35, 65, 100, 43, 100)
    assert rows[14] == ("象山", 140, 95, None, 190, 110, None, 230, 130, None)
    assert [sum(row[at] for row in rows[5:]) for at in (1, 2, 4, 5, 7, 8)] == [800, 617, 1012, 714, 1202, 803]
    assert {str(area) for area in sheet.merged_cells.ranges} == {
        "A2:J2",
        "A4:A5",
        "B4:D4",
        "E4:G4",
        "H4:J4",
        "D6:D15",
        "G6:G15",
        "J6:J15",
    }
    sums = Counter()
    for row in world.truth["targets"]:
        sums[row["year"], row["indicator"]] += row["target"]
    assert sums[2025, "star_coops"] == 1202 and sums[2025, "led_coops"] == 803
    assert [sums[year, "led_five_star"] for year in (2023, 2024, 2025)] == [30, 65, 100]
