"""`coopledger trace`: five hundred printed numbers led back to the rows of the files, and added up again from there."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import closing
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import House
from openpyxl import load_workbook

from exports.trace import NotTraceable, Tracer

SAMPLE, SEED = 500, 20240731
SCOPES = ("150300", "330200")
FORMS = range(1, 18)
PRESCRIBED = {"序号", "分值", "权重"}       # numbers of the form itself, not of the data
# 推算: the label of a column → the sum that a person would do, from the inputs named in the answer
BY_HAND = {
    "弥补亏损": lambda i: min(max(Fraction(0), -(i["opening_undistributed"] + i["other_transfers_in"])), max(Fraction(0), i["current_surplus"])),
    "可分配盈余": lambda i: (max(Fraction(0), i["current_surplus"] - i["covered_loss"] - i["reserve_appropriation"]) if "covered_loss" in i else
                     i["current_surplus"] + i["opening_undistributed"] + i["other_transfers_in"] - i["reserve_appropriation"]),
    "60%应返还额": lambda i: i["statutory_base"] * 60 / 100,
    "差异": lambda i: (i["returned_in_accounts"] - i["returned"] if "returned" in i else i["given"] - i["computed"] if "given" in i
                     else i["evaluated_score"] - rounded(i["composite"], 2)),
    "试算得分": lambda i: rounded(i["points"] * i["numerator"] / i["denominator"], 1),
    "人均": lambda i: rounded((i["coops_served"] + i["farms_served"]) / i["advisors"], 1),
    "实际（%）": lambda i: 50 * (i["coops_share"] + i["farms_share"]),
}  # fmt: skip


def rounded(value: Fraction, decimals: int) -> Fraction:
    return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


@pytest.fixture(scope="module")
def tracer(demo: House) -> Any:
    with closing(duckdb.connect(str(demo.home / "warehouse" / "build.duckdb"), read_only=True)) as con:
        yield Tracer(con, demo.home / "lake", date(2024, 7, 1))


@pytest.fixture(scope="module")
def numbers(tracer: Tracer, demo: House) -> list[tuple[int, str, Any, Decimal]]:
    """(form, scope, place, the number that stands in the workbook on disk) of every cell with a number."""
    found = []
    for form in FORMS:
        for scope in SCOPES:
            paths = [path for zone in ("exports", "restricted")
                     for path in (demo.home / zone / "2024-07").glob(f"*/{form:02d}_*_{'乌海市' if scope == '150300' else '宁波市'}_*.xlsx")]
            if not paths:
                with pytest.raises(NotTraceable):
                    tracer.cells(form, scope)
                continue
            (path,) = paths
            book = load_workbook(path)
            for (sheet, address), place in tracer.cells(form, scope).items():
                value = book[sheet][address].value
                if isinstance(value, int | float) and not isinstance(value, bool) and not PRESCRIBED & set(place.labels[-1:]):
                    found.append((form, scope, place, Decimal(repr(value))))
    return found


def answer(tracer: Tracer, form: int, scope: str, place: Any) -> dict[str, Any]:
    return tracer.cell(form, scope, place.address, place.sheet)


def amount(text: str | None) -> Fraction:
    """An entity's part: 是 adds one, 否 and 未知 nothing, an amount itself."""
    return Fraction({"是": 1, "否": 0, None: 0}.get(text, text) if text in ("是", "否", None) else text)


def side(told: dict[str, Any]) -> Fraction:
    """The sum of a side from its entities, or of the raw cells of its sources."""
    if "entities" in told:
        return sum((amount(entity["value"]) for entity in told["entities"]), Fraction(0))
    return Fraction(told["sum"])


def figures_of(raw: dict[str, str]) -> set[Fraction]:
    """Every number that a raw row can mean: as written, and in 元 where its header or the line above the table says 万元."""
    out, above = set(), raw.get("（表上）", "")
    for header, text in raw.items():
        bare = re.sub(r"[,，元%个户人家次名亩分\s]", "", text).replace("万", "")
        if re.fullmatch(r"-?\d+(\.\d+)?", bare):
            out |= {Fraction(bare), *([Fraction(bare) * 10_000] if "万" in header + text + above else [])}
    return out


def test_five_hundred_numbers_are_the_sum_of_their_rows(tracer: Tracer, numbers: list, capsys: pytest.CaptureFixture[str]) -> None:
    by_form: dict[int, list] = defaultdict(list)
    for each in numbers:
        by_form[each[0]].append(each)
    rng, sample = random.Random(SEED), []
    while len(sample) < SAMPLE:             # as many of each form as it has, the large ones fill up
        form = rng.choice(sorted(by_form))
        if by_form[form]:
            sample.append(by_form[form].pop(rng.randrange(len(by_form[form]))))
    kinds: Counter[tuple[int, str]] = Counter()
    for form, scope, place, printed in sample:
        told = answer(tracer, form, scope, place)
        kinds[form, told["kind"]] += 1
        where, shown = (form, place.sheet, place.address, place.labels), Fraction(printed)
        assert Fraction(told["value"]) == shown, where
        if told["kind"] == "比率":
            share = 100 * side(told["numerator"]) / side(told["denominator"])
            digits = Fraction(1, 200) if "得分" in place.labels else Fraction(1, 10_000)
            assert abs(share - shown) <= digits and told["agrees"], where
        elif told["kind"] in ("计数", "原值", "合计"):
            scale = 10_000 if "÷ 10,000" in told["formula"] else 1
            digits = Fraction(1, 200) if form == 13 else 0
            assert abs(side(told["numerator"]) / scale - shown) <= digits and told["agrees"], where
            sources = told["numerator"].get("sources", ()) if told["kind"] == "原值" else ()
            assert not sources or any(shown * scale in figures_of(source["raw"]) for source in sources), where
        elif told["kind"] == "推算":
            inputs = {name: Fraction(text or 0) for name, text in told["inputs"].items() if re.fullmatch(r"-?[\d.]+", text or "0")}
            by_hand = BY_HAND.get(place.labels[-1])
            assert told["agrees"], where
            if by_hand and told["rows"] == 1:
                assert abs(by_hand(inputs) - shown) <= Fraction(1, 200), where
        elif told["kind"] == "取分":
            answers = list(told["inputs"].values())
            assert told["agrees"] and answers, where
            if told["formula"].startswith("各项条件全部") and None not in answers:      # yes and no alone: all or nothing
                assert shown == 0 or shown == Fraction(str(place.cells[5])), where
        else:
            assert told["kind"] in ("规定值", "来源行"), where
    with capsys.disabled():
        for form in sorted(by_form):
            print(f"\n第{form}号表 " + "、".join(f"{kind} {count}" for (f, kind), count in sorted(kinds.items()) if f == form), end="")
    assert {form for form, _ in kinds} >= {1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 17}
    assert sum(count for (_, kind), count in kinds.items() if kind not in ("规定值", "来源行")) >= SAMPLE * 8 // 10


def test_entities_are_found_in_the_rows_that_are_named(tracer: Tracer, demo: House) -> None:
    """海勃湾区's coded farms: every one stands in the raw row that the answer names, with its code where it counts."""
    told = tracer.value("coverage", {"measure_id": "farm_code_rate", "region_code": "150302", "region_level": "county"}, "value")
    above, below = told["numerator"], told["denominator"]
    assert told["agrees"] and above["of"] == below["of"] == len(below["entities"]) > 500
    assert [entity["key"] for entity in above["missing"]] == [entity["key"] for entity in above["entities"] if entity["value"] != "是"]
    for entity in above["entities"][:40] + above["missing"][:20]:
        raw = tracer.open_raw(entity)
        assert entity["name"] in raw["家庭农场名称"] or raw["家庭农场名称"] in entity["name"]
        code = next((text for header, text in raw.items() if "编码" in header or "数字码" in header), "")
        assert (entity["value"] == "是") == bool(re.fullmatch(r"[A-Z0-9]{18}", code)), entity


def test_a_wrong_figure_is_found_out(demo: House, tmp_path: Path) -> None:
    """Break on purpose: one cooperative's answer is turned over, and the printed number is no longer the sum of its parts."""
    copy = tmp_path / "build.duckdb"
    copy.write_bytes((demo.home / "warehouse" / "build.duckdb").read_bytes())
    keys = {"measure_id": "coop_advised_rate", "region_code": "150302", "region_level": "county"}
    with closing(duckdb.connect(str(copy))) as con:
        assert Tracer(con, demo.home / "lake", date(2024, 7, 1)).value("coverage", keys, "value")["agrees"] is True
        con.execute("update coverage_coop set is_advised = not is_advised where key = "
                    "(select min(key) from coverage_coop where county_code = '150302')")
        assert Tracer(con, demo.home / "lake", date(2024, 7, 1)).value("coverage", keys, "value")["agrees"] is False


def test_nobody_is_named(tracer: Tracer, numbers: list, demo: House) -> None:
    people = set(demo.truth["people"]["names"]) if "people" in demo.truth else set()
    for form in (7, 8, 12):
        for scope in SCOPES[:1]:
            cells = list(tracer.cells(form, scope).values())
            text = json.dumps([tracer.cell(form, scope, place.address, place.sheet) for place in cells[:: max(1, len(cells) // 12)]], ensure_ascii=False)
            assert not re.search(r"(?<![0-9A-Z])\d{17}[\dXx](?![0-9A-Z])", text.replace("content_hash", "")), form
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), form
            assert not [name for name in people if name in text], form


def coopledger(demo: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "dagster_project.cli", "trace", *arguments], capture_output=True, text=True, check=False,
                          env=os.environ | {"COOPLEDGER_HOME": str(demo.home)})


def test_the_command_answers_people_and_programs(demo: House) -> None:
    run = coopledger(demo, "--form", "1", "--scope", "150300", "--cell", "任务进度!F5", "--json")
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert (told["month"], told["column"], told["agrees"]) == ("2024-07", "农牧民合作社-验收数（个）", True)
    assert told["numerator"]["counted"] == int(told["value"]) and all("raw" in entity for entity in told["numerator"]["entities"])
    run = coopledger(demo, "--table", "surplus_return", "--key", "credit_code=nobody", "--column", "returned")
    assert run.returncode == 2 and "0 行" in run.stderr
    run = coopledger(demo, "--form", "1", "--scope", "150300", "--cell", "A1")
    assert run.returncode == 2 and "不是本表的数据单元格" in run.stderr
    run = coopledger(demo, "--measure", "farm_code_rate", "--region", "150302", "--month", "2023-01")
    assert run.returncode == 2 and "coopledger run --month 2023-01" in run.stderr
    run = coopledger(demo)
    assert run.returncode == 2 and "请写明要追溯的数" in run.stderr
    run = coopledger(demo, "--measure", "farm_code_rate", "--region", "150302")
    assert run.returncode == 0 and "核对：各部分之和与表中数一致。" in run.stdout and "未计入的：" in run.stdout
