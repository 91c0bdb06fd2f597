"""Archives of files and registry dumps, from the inbox to the lake."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from receive_kit import lake, workbook
from stdnum.cn import uscc

from dagster_project.clock import ZONE
from dagster_project.receive import delimited
from dagster_project.receive import workbook as workbook_reader
from dagster_project.receive.archive import object_path
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

NOW = datetime(2024, 8, 2, 9, 0, tzinfo=ZoneInfo(ZONE))
HEADERS = ["企业名称", "统一社会信用代码", "注册日期", "企业类型", "法人代表", "注册资金", "经营范围", "所在省份", "地区", "注册地址"]


def code(number: int, group: str = "93", county: str = "150302") -> str:
    first = f"{group}{county}MA{number:07d}"
    return first + uscc.calc_check_digit(first)


def line(number: int, group: str = "93", kind: str = "农民专业合作社", name: str = "") -> list[str]:
    return [name or f"乌海市样例{number}号", code(number, group), "2015-01-01", kind, f"样例{number}", "50万元", "种植,销售",
            "内蒙古自治区", "乌海市", "内蒙古自治区乌海市海勃湾区样例街1号"]


def csv_text(lines: list[list[str]]) -> str:
    return "".join(",".join(f'"{text}"' if "," in text else text for text in row) + "\r\n" for row in lines)


@pytest.fixture
def settings(tmp_path) -> Settings:
    (tmp_path / "inbox").mkdir()
    return Settings(home=tmp_path)


def registered(settings: Settings) -> list[dict]:
    return [json.loads(text) for text in (settings.archive / "register.jsonl").read_text(encoding="utf-8").splitlines()]


class TestZips:
    def test_members_are_received_like_files_and_bad_ones_stop_nobody(self, settings, tmp_path):
        path = settings.inbox / "七月" / "报送.zip"
        path.parent.mkdir()
        good = workbook(tmp_path / "x.xlsx", [HEADERS, line(1), line(2)]).read_bytes()
        inner = tmp_path / "inner.zip"
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("a.csv", csv_text([HEADERS, line(3)]))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("旗县/登记20240725.xlsx", good)
            archive.writestr("坏.xlsx", good[:300])
            archive.writestr("../上一级.csv", csv_text([HEADERS, line(4)]))
            archive.writestr("又一层.zip", inner.read_bytes())
            archive.writestr("炸弹.csv", "0" * 30_000_000)
            link = zipfile.ZipInfo("链接.csv")
            link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/passwd")
            archive.writestr("__MACOSX/._登记.csv", b"x")
            archive.writestr("~$登记.xlsx", b"x")
            archive.writestr("后.csv", csv_text([HEADERS, line(5)]))
        summary = receive(settings, now=NOW)
        name = "七月/报送.zip"
        assert lake(settings, "sheets", "file_name, outcome, reason_code, accepted", "file_name") == [
            (f"{name}!../上一级.csv", "rejected", "UNSAFE", 0), (f"{name}!又一层.zip", "rejected", "UNSUPPORTED", 0),
            (f"{name}!后.csv", "accepted", None, 1), (f"{name}!坏.xlsx", "rejected", "CORRUPT", 0),
            (f"{name}!旗县/登记20240725.xlsx", "accepted", None, 2), (f"{name}!炸弹.csv", "rejected", "UNSAFE", 0),
            (f"{name}!链接.csv", "rejected", "UNSAFE", 0)]
        assert summary.rows["accepted"] == 3
        lines = registered(settings)
        assert [line["path"] for line in lines] == [f"{name}!旗县/登记20240725.xlsx", f"{name}!坏.xlsx", f"{name}!后.csv", name]
        assert [line["order"] for line in lines] == [1, 2, 3, 4]
        assert object_path(settings.archive, lines[0]["content_hash"]).read_bytes() == good
        again = receive(settings, now=NOW)
        assert (again.new_files, again.landed, again.unchanged) == (0, 0, 1)

    def test_names_in_gbk_and_the_members_own_dates(self, settings):
        path = settings.inbox / "old.zip"
        with zipfile.ZipFile(path, "w") as archive:
            info = zipfile.ZipInfo("AAAAAAAA.csv", (2024, 7, 20, 8, 0, 0))
            archive.writestr(info, csv_text([HEADERS, line(1)]))
        content = path.read_bytes().replace(b"AAAAAAAA.csv", "登记信息".encode("gbk") + b".csv")
        path.write_bytes(content)
        receive(settings, now=datetime.now(ZoneInfo(ZONE)) + timedelta(days=1))
        assert lake(settings, "sheets", "file_name, snapshot_date::varchar, snapshot_date_assumed") == [
            ("old.zip!登记信息.csv", "2024-07-20", True)]

    def test_a_member_with_a_password(self, settings):
        path = settings.inbox / "p.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", csv_text([HEADERS, line(1)]))
            archive.writestr("b.csv", csv_text([HEADERS, line(2)]))
        content = bytearray(path.read_bytes())
        first = content.find(b"PK\x01\x02")
        content[first + 8] |= 1             # the first entry of the directory: encrypted
        content[6] |= 1
        path.write_bytes(content)
        receive(settings, now=datetime.now(ZoneInfo(ZONE)))
        assert lake(settings, "sheets", "file_name, reason_code", "file_name") == [
            ("p.zip!a.csv", "ENCRYPTED"), ("p.zip!b.csv", None)]

    def test_the_same_bytes_inside_and_outside_count_once(self, settings):
        text = csv_text([HEADERS, line(1)])
        (settings.inbox / "a.csv").write_bytes(text.encode())
        with zipfile.ZipFile(settings.inbox / "b.zip", "w") as archive:
            archive.writestr("a.csv", text.encode())
            archive.writestr("c.csv", text.encode())
        summary = receive(settings, now=NOW)
        assert summary.rows["accepted"] == 1
        assert lake(settings, "sheets", "file_name, outcome", "file_name") == [
            ("a.csv", "accepted"), ("b.zip!a.csv", "duplicate"), ("b.zip!c.csv", "duplicate")]

    def test_an_empty_zip_is_reported(self, settings):
        with zipfile.ZipFile(settings.inbox / "e.zip", "w") as archive:
            archive.writestr("folder/", "")
        receive(settings, now=NOW)
        assert lake(settings, "sheets", "file_name, reason_code") == [("e.zip", "EMPTY")]


class TestHalfCopied:
    def test_a_workbook_that_ends_too_early_waits_while_it_is_young(self, settings, tmp_path):
        whole = workbook(tmp_path / "w.xlsx", [HEADERS, line(1)]).read_bytes()
        path = settings.inbox / "登记20240725.xlsx"
        path.write_bytes(whole[:-200])
        moment = (NOW - timedelta(seconds=10)).timestamp()
        os.utime(path, (moment, moment))
        summary = receive(settings, now=NOW)
        assert (summary.new_files, summary.waiting) == (0, 1)
        assert path.name in summary.notes[0]
        assert receive(settings, now=NOW + timedelta(minutes=2)).faults == {"CORRUPT": 1}
        path.write_bytes(whole)
        assert receive(settings, now=NOW + timedelta(minutes=3)).rows["accepted"] == 1


KINDS = ["有限责任公司", "个体工商户(家庭农场)", "个人独资企业", "", "N/A", "农民专业合作社", "农民专业\u200b合作社"]


def dump() -> list[list[str]]:
    """Rows of every kind that the screen has to tell apart, each with what spec 1.3 makes of it in mind."""
    lines = [HEADERS]
    for number in range(1, 400):
        lines.append(line(number, ("91", "92", "93", "N2", "9A")[number % 5], KINDS[number % 7]))
    lines.append(line(500, "91", "有限责任公司", name="备注：样例"))
    lines.append(["合计", "", "", "", "", "", "", "", "", ""])
    odd = line(501, "91", "有限责任公司")
    lines.append([*odd[:1], "150302000012345", *odd[2:]])                       # 注册号 of a company
    lines.append([*odd[:1], "150302000012346", odd[2], "农民专业合作社", *odd[4:]])
    lines.append([*odd[:1], code(502, "91").lower(), *odd[2:]])
    lines.append([*odd[:1], " " + code(503, "91"), *odd[2:]])
    lines.append([*odd[:1], "91坏", *odd[2:]])
    lines.append([*odd[:1], "", *odd[2:]])
    lines.append([*odd[:1], code(504, "93")[:-1], *odd[2:]])
    lines.append([])
    lines.append(line(505, "91", "有限责任公司"))
    return lines


class TestDumps:
    @pytest.mark.parametrize("shape", ["csv", "xls", "xlsx"])
    def test_the_screen_changes_nothing_but_what_is_kept(self, settings, tmp_path, monkeypatch, shape):
        import xlwt

        def put(home: Settings) -> None:
            home.inbox.mkdir(exist_ok=True)
            if shape == "csv":
                (home.inbox / "登记20240725.csv").write_bytes(csv_text(dump()).encode())
                return
            if shape == "xlsx":
                workbook(home.inbox / "登记20240725.xlsx", [[text or None for text in cells] for cells in dump()])
                return
            book = xlwt.Workbook()
            sheet = book.add_sheet("Sheet1")
            for row, cells in enumerate(dump()):
                for column, text in enumerate(cells):
                    if text:
                        sheet.write(row, column, text)
            book.save(str(home.inbox / "登记20240725.xls"))

        long_way = Settings(home=tmp_path / "long")
        long_way.inbox.mkdir(parents=True)
        put(long_way)
        put(settings)
        expected = receive(long_way, now=NOW)
        for module in (delimited, workbook_reader):
            monkeypatch.setattr(module, "LEAST_ROWS", 10)
        found = receive(settings, now=NOW)
        assert found.rows == expected.rows
        assert found.rows["out_of_scope"] > 200
        assert (found.faults, found.issues) == (expected.faults, expected.issues)
        columns = "row_number, name, credit_code, registration_no, county_code"
        assert lake(settings, "typed/gsxt.registration", columns) == lake(long_way, "typed/gsxt.registration", columns)
        columns = "row_number, code, column_name, sentence"
        assert lake(settings, "rejected", columns) == lake(long_way, "rejected", columns)
        raw, whole = (lake(home, "raw", "count(*)")[0][0] for home in (settings, long_way))
        assert whole == len(dump())
        # Below the head: codes of another class than 93 whose kind is neither a cooperative nor a family farm, the
        # 注册号 of a company, and the row behind the blank one.
        outside = sum(number % 5 != 2 and number % 7 in (0, 2, 3, 4) for number in range(60, 400)) + 2
        assert raw == whole - outside

    def test_a_csv_dump_may_be_longer_than_any_workbook(self, settings, monkeypatch):
        """What is held counts, not what streams past: of 5,000 rows of ten columns 65 are kept, and a block is no longer than 200."""
        lines = [HEADERS, *(line(n, "93" if n % 1000 == 500 else "91", "农民专业合作社" if n % 1000 == 500 else "有限责任公司")
                            for n in range(5000))]
        (settings.inbox / "登记20240725.csv").write_bytes(csv_text(lines).encode())
        monkeypatch.setattr(delimited, "LEAST_ROWS", 100)
        monkeypatch.setattr(delimited, "BLOCK", 1 << 15)
        monkeypatch.setattr(delimited, "MOST_CELLS", 5_000)
        small = Settings(home=settings.home, max_rows=1000)
        found = receive(small, now=NOW)
        assert (found.rows["rows_read"], found.rows["accepted"], found.rows["out_of_scope"]) == (5000, 5, 4995)
        assert found.faults == {}
        assert lake(small, "raw", "count(*)") == [(60 + 5,)]        # the head, and the cooperatives behind it
