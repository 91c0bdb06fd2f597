"""`coopledger query`: exact answers, one width for Chinese and Latin, and no way to anything but the published file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.months import WrongUse

ROWS = [("乌海市甲合作社", "0.600000", None, ""), ("B", "12.345678", True, "=1+1"), ('引"号,逗', None, False, "两\n行")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "warehouse").mkdir()
    with duckdb.connect(str(home / "warehouse" / "coopledger.duckdb")) as con:
        con.execute("create table t (name varchar, ratio decimal(18,6), flag boolean, note varchar)")
        con.executemany("insert into t values (?, ?, ?, ?)", ROWS)
    return home


@pytest.fixture
def asked(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COOPLEDGER_HOME", str(home))
    return lambda *args: CliRunner().invoke(app, ["query", *args])


def test_columns_stand_under_one_another_whatever_the_script(asked) -> None:
    lines = asked("select name, ratio from t where ratio is not null order by ratio").stdout.splitlines()
    assert lines[-1] == "共 2 行。"
    assert {cell_len(line.rstrip()) for line in lines if "." in line} == {cell_len("乌海市甲合作社") + 3 + len("12.345678")}


def test_csv_is_exact_and_opens_in_excel(asked) -> None:
    done = asked("select * from t", "--csv")
    assert done.stdout_bytes.startswith(b"\xef\xbb\xbf") and b'"' + "引".encode() + b'""' in done.stdout_bytes
    assert done.stdout_bytes.decode("utf-8-sig").splitlines()[1] == '乌海市甲合作社,0.600000,,""'      # null, empty text
    read = list(csv.reader(io.StringIO(done.stdout_bytes.decode("utf-8-sig"), newline="")))
    assert read == [["name", "ratio", "flag", "note"], ["乌海市甲合作社", "0.600000", "", ""],
                    ["B", "12.345678", "true", "=1+1"], ['引"号,逗', "", "false", "两\n行"]]
    assert "1 个文本" in done.stderr
    guarded = asked("select note from t where name = 'B'", "--csv", "--guard")
    assert guarded.stdout_bytes.decode("utf-8-sig") == "note\r\n'=1+1\r\n" and guarded.stderr == ""


def test_a_query_may_stand_in_a_file(asked, tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("-- 多少行\nselect count(*) as n from t;\n", encoding="utf-8")
    assert "3" in asked("--file", str(tmp_path / "q.sql")).stdout


@pytest.mark.parametrize(("sql", "said"), [
    ("selec 1", "写法有误"),
    ("select * from nix", "没有这张表"),
    ("select nix from t", "列名"),
    ("select 1; select 2", "2 条"),
    ("", "二者选一"),
    ("create table x (a int)", "只能查询"),
    ("create temp table x (a int)", "只能查询"),
    ("delete from t", "只能查询"),
    ("copy t to 'out.csv'", "只能查询"),
    ("attach 'other.duckdb'", "只能查询"),
    ("set enable_external_access = true", "只能查询"),
    ("install httpfs", "只能查询"),
    ("pragma enable_profiling", "只能查询"),
    ("select * from read_text('/etc/hostname')", "不能读写别的文件"),
    ("select * from glob('/*')", "不能读写别的文件"),
    ("select * from read_csv('http://localhost/a.csv')", "不能读写别的文件"),
])
def test_what_cannot_be_asked_is_told_in_chinese_with_2(asked, home: Path, sql: str, said: str) -> None:
    before = (home / "warehouse" / "coopledger.duckdb").read_bytes()
    done = asked(sql)
    assert isinstance(done.exception, WrongUse) and said in str(done.exception), done.output
    assert (home / "warehouse" / "coopledger.duckdb").read_bytes() == before
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["coopledger.duckdb"]


def test_without_a_warehouse_it_says_what_to_do(asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COOPLEDGER_HOME", str(tmp_path / "none"))
    assert "coopledger run" in str(asked("select 1").exception)
    assert not (tmp_path / "none").exists()


def test_a_run_may_put_a_new_file_in_place_while_a_reader_reads(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dagster_project.desk.query import ask
    from dagster_project.settings import Settings

    own = tmp_path / "warehouse" / "coopledger.duckdb"
    own.parent.mkdir()
    own.write_bytes((home / "warehouse" / "coopledger.duckdb").read_bytes())
    with ask(Settings(home=tmp_path), "select count(*) from t") as answer:
        fresh = own.with_name("fresh")
        with duckdb.connect(str(fresh)) as con:
            con.execute("create table t as select 1 as a")
        fresh.replace(own)
        assert list(answer.rows) == [(3,)]
    with ask(Settings(home=tmp_path), "select count(*) from t") as answer:
        assert list(answer.rows) == [(1,)]
