"""Every form that we print and that has an input counterpart can be read back (spec 1.1, Variants).

Form 1 is programme.quota's printed table, form 9 supply_coop.target's; form 12 has no input counterpart.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from forms_cases import add_plan, add_quota, rendered, worked_example
from forms_warehouse import empty_warehouse
from receive_kit import NINGBO, lake

from dagster_project.clock import ZONE
from dagster_project.receive.landing import receive
from dagster_project.settings import Settings

NOW = datetime(2024, 8, 2, 9, 0, tzinfo=ZoneInfo(ZONE))
COLUMNS = "sheet, table_id, outcome, accepted, rejected, issues"
COUNTIES = {"海曙": "330203", "江北": "330205", "镇海": "330211", "北仑": "330206", "鄞州": "330212", "奉化": "330213",
            "余姚": "330281", "慈溪": "330282", "宁海": "330226", "象山": "330225"}


@pytest.fixture
def settings(tmp_path) -> Settings:
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    return Settings(home=tmp_path / "home", settle_seconds=0)


def printed(tmp_path: Path, fill, *key: object) -> bytes:
    con = empty_warehouse()
    fill(con)
    return rendered(con, tmp_path / "exports", str(key[1]))[key].read_bytes()


def taken(settings: Settings, name: str, content: bytes) -> list[tuple]:
    (settings.inbox / name).write_bytes(content)
    receive(settings, now=NOW)
    return lake(settings, "sheets", "sheet, table_id, outcome, accepted, rejected", "sheet_index")


@pytest.mark.parametrize("name", ["01_任务分配表_乌海市_2024-07.xlsx", "交市里的表.xlsx"])
def test_form_1_comes_back_as_quotas(settings, tmp_path, name):
    assert taken(settings, name, printed(tmp_path, add_quota, 1, "150300")) == [
        ("2024年度任务分配表", "programme.quota", "accepted", 3, 0), ("任务进度", None, "ignored", 0, 0),
        ("数据说明", None, "ignored", 0, 0), ("溯源", None, "ignored", 0, 0)]
    assert lake(settings, "typed/programme.quota", "year, county_code, coops, farms", "row_number") == [
        (2024, "150302", 3, 3), (2024, "150304", 2, 2), (2024, "150303", 5, 5)]
    assert lake(settings, "rejected") == lake(settings, "issues") == []


def test_form_9_comes_back_as_targets(settings, tmp_path):
    content = printed(tmp_path, add_plan, 9, "330200")
    assert [line[1:3] for line in taken(settings, "09_任务进度表_宁波市_2024-07.xlsx", content)] == [
        ("supply_coop.target", "accepted"), (None, "ignored"), (None, "ignored"), (None, "ignored")]
    expected = []
    for line in NINGBO.splitlines():
        name, *figures = line.split()
        for place, figure in enumerate(figures):
            if figure != "-":
                code = "330200" if place % 3 == 2 else COUNTIES[name]
                expected.append((code, 2023 + place // 3, ("star_coops", "led_coops", "led_five_star")[place % 3], int(figure)))
    assert lake(settings, "typed/supply_coop.target", "county_code, year, indicator, target") == sorted(expected)
    assert lake(settings, "rejected") == lake(settings, "issues") == []


def test_form_12_is_no_data(settings, tmp_path):
    lines = taken(settings, "12_盈余返还核查表_2024-07.xlsx", printed(tmp_path, worked_example, 12, "150302"))
    assert {line[1:] for line in lines} == {(None, "ignored", 0, 0)}
    assert lake(settings, "rejected") == lake(settings, "issues") == []


@pytest.mark.parametrize("key", [(1, "150300"), (9, "330200")])
def test_a_form_that_was_printed_without_its_input_brings_nothing(settings, tmp_path, key):
    """Its one line says which table never came; that is no row of anybody."""
    lines = taken(settings, "空表.xlsx", printed(tmp_path, lambda con: None, *key))
    assert {line[2:] for line in lines} == {("ignored", 0, 0)}
    assert lake(settings, "rejected") == []
