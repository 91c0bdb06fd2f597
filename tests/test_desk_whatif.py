"""`coopledger whatif`: what another rule or parameter would change, against a naive recomputation; the home stays as it is."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import House
from oracle import naive_shell
from oracle.naive_shell import UNKNOWN, Answer, Judge, judged
from rich.console import Console
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.desk.whatif import _stamp, whatif
from dagster_project.desk.whatif_changes import parse_policies, parse_rules, resolve
from dagster_project.desk.whatif_compare import VERDICTS, compare
from dagster_project.desk.whatif_screen import show
from dagster_project.months import WrongUse
from dagster_project.run_lock import AnotherRun, run_lock
from dagster_project.settings import Settings

AS_OF = date(2024, 7, 31)
HERE = "150302"
FLOOR = Decimal("0.75")
NOTICE = "待核查线索，不作为处理依据"


class Assumed(Judge):
    """The naive judge under the assumed rules: K05 after three years, K02 below six in one county."""

    def k05(self, code: str) -> Answer:
        years = [self.idle(code, self.fiscal - back) for back in range(3)]
        if False in years:
            return judged(0, False, None)
        return UNKNOWN if None in years else judged(3, True, date(self.fiscal, 12, 31))

    def k02(self, code: str, union: bool) -> Answer:
        outcome, value, day = super().k02(code, union)
        here = next(coop["county_code"] for coop in self.coops if coop["key"] == code) == HERE
        return judged(value, value < 6, day) if here and not union and outcome in ("clear", "fired") else (outcome, value, day)


def contents(home: Path) -> dict[str, tuple]:
    """Every file of a home: its bytes, its size and when it was written."""
    return {str(path.relative_to(home)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            if path.is_file() else () for path in home.rglob("*")}


def rows(house: House, query: str) -> list[dict]:
    with closing(duckdb.connect(str(house.home / "warehouse" / "build.duckdb"), read_only=True)) as con:
        found = con.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, line, strict=True)) for line in found.fetchall()]


@pytest.fixture(scope="module")
def assumed(demo: House) -> tuple[dict, dict, dict]:
    """What the command said of four changes at once; the home before and after."""
    before = contents(demo.home)
    done = CliRunner().invoke(app, [
        "whatif", "--rule", "K05:threshold=3", "--rule", "K07:weight=决定性",
        "--rule", f"K02:threshold=6,population=合作社,region={HERE}", "--policy", "return_floor=75%", "--month", "2024-07", "--json",
    ], env={"COOPLEDGER_HOME": str(demo.home)})
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout), before, contents(demo.home)


def test_nothing_in_the_home_changes(assumed: tuple[dict, dict, dict]) -> None:
    _, before, after = assumed
    assert len(before) > 100
    assert after == before


def test_statuses_are_those_of_a_naive_judge_under_the_assumed_rules(
    demo: House, assumed: tuple[dict, dict, dict], monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = assumed[0]
    coops = rows(demo, "select * from cooperative where in_force")
    judge = Assumed(demo.home / "lake", coops, AS_OF)
    now = {row["credit_code"]: row["status"] for row in rows(demo, "select credit_code, status from shell_status")}
    monkeypatch.setattr(naive_shell, "DECISIVE", {*naive_shell.DECISIVE, "K07"})
    then = {coop["key"]: judge.status(coop, judge.rules(coop)) for coop in coops}
    told = {line["key"]["credit_code"]: line for line in found["changes"] if line["table"] == "shell_status"}
    assert {code: (line["verdicts"][0]["before"], line["verdicts"][0]["after"]) for code, line in told.items()} == {
        code: (now[code], then[code]) for code in now if now[code] != then[code]}
    assert {line["status"]: (line["before"], line["after"]) for line in found["statuses"]} == {
        status: (list(now.values()).count(status), Counter(then.values())[status]) for status in {*now.values(), *then.values()}}
    reasons = "\n".join(text for line in told.values() for text in line["why"])
    assert "K02 未触发 → 触发（信号，指标值 5 < 6）" in reasons           # its sentence speaks of five
    assert "K05 触发（决定性，指标值 2 >= 2：2022至2023年度连续2年" in reasons and " → 缺资料，" in reasons
    assert "K07 触发（信号，指标值 30 >= 24" in reasons and "→ 触发（决定性，指标值 30 >= 24" in reasons
    assert found["notice"] == NOTICE


def test_returns_are_judged_by_the_assumed_floor(demo: House, assumed: tuple[dict, dict, dict]) -> None:
    expected = {}
    for row in rows(demo, "select credit_code, fiscal_year, return_status, returned, statutory_base from surplus_return"):
        if row["return_status"] in ("达标", "未达标"):
            then = "达标" if row["returned"] >= row["statutory_base"] * FLOOR else "未达标"
            if then != row["return_status"]:
                expected[row["credit_code"], str(row["fiscal_year"])] = (row["return_status"], then)
    told = {(line["key"]["credit_code"], line["key"]["fiscal_year"]): (verdict["before"], verdict["after"])
            for line in assumed[0]["changes"] if line["table"] == "surplus_return" for verdict in line["verdicts"]
            if verdict["column"] == "return_status"}
    assert len(expected) > 10
    assert told == expected


def test_what_does_not_depend_on_the_changes_is_the_same(assumed: tuple[dict, dict, dict]) -> None:
    changed = {line["table"] for line in assumed[0]["tables"]}
    assert {"shell_flag", "shell_status", "surplus_return"} <= changed
    assert not changed & {"received_sheet", "delivery", "cooperative", "family_farm", "statement_check", "award_check",
                          "advisor_quarter", "village_month", "reconciliation", "district_check"}
    assert [(one["id"], one["region_code"]) for one in assumed[0]["assumed"]] == [
        ("K05", "000000"), ("K07", "000000"), ("K02", HERE), ("return_floor", "000000")]


def edition(path: Path, *coops: tuple) -> Path:
    """A build file with the status and the flags of some cooperatives: code, status, conclusion, (rule, outcome)…"""
    with closing(duckdb.connect(str(path))) as con:
        for verdict in VERDICTS:
            names = dict.fromkeys((*verdict.key, *filter(None, (verdict.name,)), verdict.place, *verdict.verdict, *verdict.shown))
            con.execute(f"create table {verdict.table} ({', '.join(f'{name} varchar' for name in names)})")
        con.execute("create table shell_flag (credit_code varchar, rule_id varchar, outcome varchar, value decimal(18, 6), "
                    "comparison varchar, threshold decimal(18, 6), weight varchar, reason varchar, sentence varchar, parameters varchar)")
        for code, status, word, *flags in coops:
            con.execute("insert into shell_status (credit_code, county_code, status, decision_word) values (?, ?, ?, ?)",
                        [code, HERE, status, word])
            for rule, outcome in flags:
                fired = outcome == "fired"
                con.execute("insert into shell_flag values (?, ?, ?, ?, '>=', 2, 'signal', ?, ?, '{}')",
                            [code, rule, outcome, 2 if fired else None, None if fired else "没有记录", "两年。" if fired else None])
    return path


def test_who_comes_or_goes_is_told_apart_from_who_changes(tmp_path: Path) -> None:
    before = edition(tmp_path / "before.duckdb", ("GOES", "关注", None, ("K06", "fired"), ("K01", "unknown")),
                     ("DECIDED", "确认", "空壳社", ("K06", "fired")), ("SAME", "正常", None))
    after = edition(tmp_path / "after.duckdb", ("COMES", "关注", None, ("K06", "fired"), ("K01", "unknown")),
                    ("DECIDED", "关注", None, ("K06", "fired")), ("SAME", "正常", None, ("K12", "unknown")))
    found = compare(before, after, (), ({}, {}))
    fired = "触发（信号，指标值 2 >= 2：两年）"
    assert {line["key"]["credit_code"]: (line["verdicts"][0]["before"], line["verdicts"][0]["after"], line["why"])
            for line in found["changes"]} == {
        "COMES": (None, "关注", ["现行不在此表之列", f"K06 {fired}"]),
        "GOES": ("关注", None, ["假设下不在此表之列", f"K06 {fired}"]),
        "DECIDED": ("确认", "关注", [f"K06 仍{fired}", "decision_word 空壳社 → —"])}


def test_a_person_reads_who_would_change_and_why(assumed: tuple[dict, dict, dict]) -> None:
    page = io.StringIO()
    show(assumed[0], Console(file=page, width=400))
    text = page.getvalue()
    for part in ("假设  规则 K05 连续两年无生产经营，全国：阈值 2 → 3", "规则 K07 列入经营异常名录满两年，全国：权重 信号 → 决定性",
                 "海勃湾区：适用区划 000000 → 150302，阈值 5 → 6", "数值 0.6 → 0.75", "没有写入任何内容"):
        assert part in text
    for line in text.splitlines():
        if "空壳社状态" in line and "项会改变" in line:
            assert NOTICE in line
            break
    else:
        raise AssertionError("no heading for the statuses")


@pytest.mark.parametrize(("rules", "policies", "sentence"), [
    (["K5:threshold=3"], [], "没有规则“K5”。最接近的是 K05"),
    ([], ["return_flor=0.7"], "没有参数“return_flor”。最接近的是 return_floor（盈余返还最低比例）"),
    (["K03:threshold=80"], [], "K03 的阈值 80 不可能：它的指标在 0 与 1 之间"),
    (["K05:threshold=-1"], [], "K05 的阈值 -1 不可能：它的指标不小于 0"),
    (["K05:threshold=三"], [], "“三”不是数值"),
    (["K05:weight=heavy"], [], "权重“heavy”无效"),
    (["K05:threshhold=3"], [], "“threshhold=3”无法识别"),
    (["K02:threshold=4"], [], "合作社 < 5；联合社 < 3"),
    (["K02:threshold=4,population=公司"], [], "应为 合作社、联合社 之一"),
    (["K05:threshold=3,region=159999"], [], "“159999”不是行政区划代码"),
    (["K05:until=2018-01-01"], [], "停止日期 2018-01-01 早于施行日期 2019-02-01"),
    (["K05:from=1月"], [], "日期“1月”无法识别"),
    (["K05:region=150302"], [], "没有写明规则 K05 改什么"),
    (["K05:threshold=3", "K05:weight=signal"], [], "K05 的同一行写了两次"),
    ([], ["return_floor=1.2"], "return_floor 的值 1.2 不可能：是比例"),
    ([], ["shell_new_months=1.5"], "以月计，应为整数"),
    ([], ["district_midterm_due_2024=20241345"], "是日期，应写作 20241129 的样子"),
    ([], ["contract_pilot=2"], "只能是 0 或 1"),
    ([], ["return_floor"], "“return_floor”应写作 参数=值"),
    ([], ["advisor_county_target@150302=4"], "在 150302 没有现行的行"),
])
def test_what_cannot_be_is_told_with_its_remedy(demo: House, rules: list[str], policies: list[str], sentence: str) -> None:
    with closing(duckdb.connect(str(demo.home / "warehouse" / "build.duckdb"), read_only=True)) as con, \
            pytest.raises(WrongUse) as told:
        resolve(con, [*parse_rules(rules, {}), *parse_policies(policies)], AS_OF)
    assert sentence in str(told.value)


def test_options_beside_a_rule_belong_to_one_rule() -> None:
    (asked,) = parse_rules(["k05"], {"threshold": "3", "region": HERE})
    assert (asked.id, asked.fields, asked.region) == ("K05", {"threshold": "3"}, HERE)
    for rules in (["K05", "K06"], [], ["K05:weight=signal"]):
        with pytest.raises(WrongUse, match="恰好一个 --rule"):
            parse_rules(rules, {"threshold": "3"})


def test_a_region_s_row_stands_beside_the_nation_s(demo: House) -> None:
    with closing(duckdb.connect(str(demo.home / "warehouse" / "build.duckdb"), read_only=True)) as con:
        (rule,) = resolve(con, parse_rules(["K05:threshold=3,region=150302"], {}), AS_OF)
        pilots = resolve(con, parse_policies(["contract_pilot=1"]), AS_OF)
        (own,) = resolve(con, parse_policies(["contract_pilot@150304=0"]), AS_OF)
    assert rule.replaces is None and rule.row["region_code"] == "150302" and rule.row["threshold"] == 3
    assert {one.row["region_code"] for one in pilots} == {"150300", "150304"}      # every row in force
    assert own.replaces and own.row["region_code"] == "150304"


def test_without_a_finished_run_nothing_is_computed(demo: House, tmp_path: Path) -> None:
    asked = parse_policies(["return_floor=0.7"])
    with pytest.raises(WrongUse, match="还没有运行过"):
        whatif(Settings(home=tmp_path, _env_file=None), asked, None, print)
    with pytest.raises(WrongUse, match="现有的计算结果是 2024-07 的"):
        whatif(Settings(home=demo.home, _env_file=None), asked, date(2024, 6, 1), print)
    house = Settings(home=tmp_path, _env_file=None)
    house.build_file.parent.mkdir()
    with closing(duckdb.connect(str(house.build_file))) as con:
        con.execute("create table run_month (as_of date)")
    with pytest.raises(WrongUse, match="没有完成"):
        whatif(house, asked, None, print)
    with run_lock(house), pytest.raises(AnotherRun, match="正在进行"):
        _stamp(house)
    _stamp(house)       # and lets go of the lock
    with run_lock(house):
        pass
