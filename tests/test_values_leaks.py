"""Nothing personal in logs, reasons or JSON beyond a masked form (spec 5.4, rulings 6.4).

Every contract gets a file with people in its own personal columns, in faulty cells, in every wrong column, in
unknown columns and headers, in titles and footers; then everything that is told of it is searched for them.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import duckdb
import pytest
from receive_spellings import identity_number, wide
from receive_strategies import DrawnSheet, draw_sheet
from receive_writers import ONE_NAME, Page, write
from rich.console import Console

from dagster_project import cli
from dagster_project.desk.inspect_file import inspect_files
from dagster_project.desk.inspect_screen import show as show_inspected
from dagster_project.desk.status import status
from dagster_project.desk.status_screen import show as show_status
from dagster_project.receive.contracts import Type, load_contracts
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

NAMES = ("欧阳样例", "赵样例甲", "王样例", "乌云样例")
DRIFT, TROUBLED = "联系信息", "联系人：赵样例甲 13855550001"
ROWS = 18
NOW = datetime.fromisoformat("2025-01-03T09:00:00+08:00")


class People:
    """Hands out names and numbers, and remembers them."""

    def __init__(self, r: Random) -> None:
        self.r = r
        self.numbers: set[str] = set()

    def identity(self) -> str:
        number = identity_number(self.r)
        self.numbers.add(number)
        return number

    def phone(self) -> str:
        number = f"1{self.r.choice('3589')}{self.r.randrange(10**9):09}"
        self.numbers.add(number)
        return number

    def broken_identity(self) -> str:
        number = self.identity()
        broken = self.r.choice((number[:10] + "13" + number[12:], number[:-1] + "XA", number[:17]))
        self.numbers.add(broken)
        return broken

    def anyone(self) -> str:
        """A person as found in a column that is not for people."""
        name, phone = self.r.choice(NAMES), self.phone()
        return self.r.choice((name, f" {name}\u00a0", phone, wide(phone), f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
                              f"{name}{phone}", f"{name} {phone}", f"86{phone}", self.identity(), wide(self.identity()),
                              self.broken_identity(), f"{phone},{self.phone()}", f"联系人：{name}"))


def crowded(r: Random, people: People, sheet: DrawnSheet) -> DrawnSheet:
    """The same sheet with people everywhere."""
    own = {"name": lambda: r.choice(NAMES), "phone": lambda: r.choice((people.phone(), f"{NAMES[0]}{people.phone()}")),
           "identity": lambda: r.choice((people.identity(), people.broken_identity(), f"{NAMES[1]}{people.identity()}")),
           "public_representative": lambda: r.choice(NAMES)}
    wrong = [i for i, c in enumerate(sheet.columns) if c.column and c.column.type not in (Type.person, Type.phone)]
    for n, row in enumerate(sheet.rows):
        for index, c in enumerate(sheet.columns):
            if c.column and c.column.personal:
                row.cells[index] = own[c.column.personal]()
        row.cells[wrong[n % len(wrong)]] = people.anyone()
    for line in sheet.lines():
        line += [None, None]
    for head in (DRIFT, TROUBLED):
        sheet.head[0][-2 if head == DRIFT else -1] = head
    for row in sheet.rows:
        row.cells[-2:] = [people.anyone(), people.phone()]
    width = len(sheet.columns) + 2
    sheet.body.append([f"填报人：{NAMES[2]} {people.phone()}", *[None] * (width - 1)])
    for line in (f"联系人：{NAMES[0]} {people.phone()}", f"情况表 {people.identity()}"):
        sheet.above.insert(0, [line, *[None] * (width - 1)])
        sheet.merges = [(a + 1, b, c + 1, d) for a, b, c, d in sheet.merges]
    return sheet


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[People, dict[str, str]]:
    """Everything said or written in the open after all these files were received, by where it stood."""
    home = tmp_path_factory.mktemp("leaks")
    settings = Settings(home=home, settle_seconds=0, threads=1)
    r = Random(20240731)
    people = People(r)
    for n, contract in enumerate(load_contracts().values()):
        sheet = crowded(r, people, draw_sheet(r, contract, ROWS))
        kind = r.choice(("xlsx", "utf-8", "ods", "xls"))
        write(settings.inbox / contract.id / f"{Path(sheet.path).parent}/表20241231.{kind[:4]}", kind, [Page(ONE_NAME, sheet.lines(), sheet.merges)])
        if n % 6:
            continue
        # without its required columns, people stand where their headers should be
        sheet.head[-1] = [people.identity() if c.column and c.column.required else text
                          for c, text in zip(sheet.columns, sheet.head[-1], strict=False)]
        write(settings.inbox / contract.id / "缺列20241231.csv", "utf-8", [Page("", sheet.lines(), [])])
        write(settings.inbox / f"无表头{contract.id}.csv", "utf-8", [Page("", [row.cells for row in sheet.rows], [])])
    said: list[str] = []
    summary = receive(settings, said.append, now=NOW)
    files = [path for path in sorted(settings.inbox.rglob("*")) if path.is_file()]
    found, stood = inspect_files(files, settings, NOW), status(settings, None, NOW.date())
    screen = Console(file=io.StringIO(), width=200)
    show_inspected(found, screen)
    show_status(stood, screen)
    out = {"progress": "\n".join(said), "summary": json.dumps(summary.metadata(), ensure_ascii=False, default=str),
           "tables": str(summary.tables), "inspect": json.dumps(found, ensure_ascii=False),
           "status": json.dumps(stood, ensure_ascii=False), "screen": screen.file.getvalue()}
    out |= {str(path): path.read_bytes().decode("utf-8", "replace")
            for path in settings.logs.rglob("*") if path.is_file()}
    return people, out | dict(_lake(settings))


def _lake(settings: Settings) -> Iterator[tuple[str, str]]:
    open_columns = {"sheets": "* exclude (file_name)", "issues": "sentence, masked_value, column_name, code",
                    "rejected": "sentence, masked_value, column_name, code"}
    for zone, columns in open_columns.items():
        rows = duckdb.sql(f"select {columns} from read_parquet('{settings.lake}/{zone}/*.parquet', union_by_name = true)")
        yield f"lake/{zone}", "\n".join(map(str, rows.fetchall()))


def test_nobody_is_found_in_what_is_told(told: tuple[People, dict[str, str]]) -> None:
    people, texts = told
    assert len(people.numbers) > 300 and {"lake/sheets", "lake/rejected", "status"} < set(texts)
    found = [(where, text[max(0, text.index(name) - 60):text.index(name) + 20])
             for where, text in texts.items() for name in NAMES if name in text]
    secrets = {*people.numbers, *(f"{n[:3]}-{n[3:7]}-{n[7:]}" for n in people.numbers if len(n) == 11)}
    lengths = {len(secret) for secret in secrets}
    for where, text in texts.items():
        for run in re.finditer("[0-9Xx０-９Ｘｘ-]{11,}", text):
            told_here = unicodedata.normalize("NFKC", run[0])
            if any(told_here[i:i + n] in secrets for n in lengths for i in range(len(told_here) - n + 1)):
                found.append((where, text[max(0, run.start() - 60):run.end() + 20]))
    assert found == []


def test_the_files_were_read_and_their_faults_told(told: tuple[People, dict[str, str]]) -> None:
    texts = told[1]
    summary = json.loads(texts["summary"])
    assert summary["rejected"] > 30
    assert {"BAD_NUMBER", "BAD_IDENTITY", "BAD_DATE", "UNKNOWN_VALUE"} <= set(summary["issues"])
    assert {item["code"] for item in json.loads(texts["status"])["refused"]} >= {"MISSING_COLUMN", "NO_CONTRACT"}
    assert "****" in texts["lake/issues"] and "**" in texts["inspect"]


def test_a_failure_is_told_and_kept_without_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    def app() -> None:
        try:
            raise duckdb.ConversionException("Could not cast value 150302199001011239 of 欧阳样例, 13855550001")
        except duckdb.Error as error:
            raise ValueError("赵样例甲的行没有写入") from error

    monkeypatch.setenv("COOPLEDGER_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "app", app)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    logged = (tmp_path / "logs" / "failure.log").read_text(encoding="utf-8")
    assert "Could not cast value 150**" in logged
    for text in (capsys.readouterr().err, logged):
        assert "ValueError" in text and "199001011239" not in text and "13855550001" not in text
        assert not [name for name in NAMES if name in text]
