"""Form 18: one page that asks nobody, whose figures are those of the tables."""

from __future__ import annotations

import json
import re
from contextlib import closing

import duckdb
import pytest
from conftest import House
from lxml import html
from openpyxl import load_workbook

MONTH = "2024-07"


@pytest.fixture(scope="module")
def page(demo: House) -> html.HtmlElement:
    (path,) = (demo.home / "exports" / MONTH / "乌海市").glob("18_监管月报_*.html")
    return html.fromstring(path.read_text(encoding="utf-8"))


def figures(page: html.HtmlElement, table: str) -> dict[tuple[str, ...], str]:
    """(key…, column) → text as shown."""
    cells = page.xpath(f"//td[starts-with(@data-figure, '{table}|')]")
    return {tuple(cell.get("data-figure").split("|")[1:]): cell.text_content() for cell in cells}


def rows(demo: House, sql: str) -> list[tuple]:
    with closing(duckdb.connect(str(demo.home / "warehouse" / "coopledger.duckdb"), read_only=True)) as con:
        return con.execute(sql).fetchall()


def test_the_page_asks_nobody(page: html.HtmlElement) -> None:
    assert page.xpath("//link | //img | //iframe | //script[@src] | //*[@href] | //*[@srcset]") == []
    style = "".join(page.xpath("//style/text()"))
    assert "url(" not in style and "@import" not in style and "@media print" in style
    assert page.xpath("//meta[@name='viewport']")
    library = max(page.xpath("//script/text()"), key=len)
    assert "plotly.js" in library[:400]


def test_coverage_is_that_of_the_mart(demo: House, page: html.HtmlElement) -> None:
    shown = figures(page, "coverage")
    found = rows(demo, "select region_level, region_code, measure_id, numerator, denominator, status from coverage "
                       "where (region_level = 'county' and region_code like '1503%') or (region_level, region_code) = ('prefecture', '150300')")
    assert {key[2] for key in shown} == {row[2] for row in found}
    compared = 0
    for level, region, measure, above, below, status in found:
        if (level, region, measure, "value") in shown and status != "未达标":
            text = "—" if above is None or not below else f"{int((above * 2000 / below + 1) // 2) / 10:.1f}%"   # half up
            assert shown[level, region, measure, "value"] == text, (region, measure)
            compared += 1
        elif (level, region, measure, "numerator") in shown:
            assert shown[level, region, measure, "numerator"] == ("—" if above is None else str(int(above)))
            compared += 1
    assert compared > 100
    assert shown["prefecture", "150300", "farm_code_rate", "target"] == "80.0%"


def test_states_and_their_sums_are_counted(demo: House, page: html.HtmlElement) -> None:
    for table, column, condition in (("shell_status", "status", "true"), ("surplus_return", "return_status", "is_current_year and in_force")):
        shown = figures(page, table)
        counted = {(county, state): number for county, state, number in rows(
            demo, f"select county_code, {column}, count(*) from {table} where county_code like '1503%' and {condition} group by all")}
        assert counted and all(shown[key] == str(number) for key, number in counted.items())
        assert shown["*", "合计"] == str(sum(counted.values()))
        assert sum(int(text) for (county, state), text in shown.items() if county not in ("*",) and state != "合计") == sum(counted.values())
    assert sum(int(text) for (county, state), text in figures(page, "star_rating").items() if (county, state) == ("*", "合计")) == \
        rows(demo, "select count(*) from star_rating where county_code like '1503%'")[0][0]


def test_progress_and_problems_are_the_printed_ones(demo: House, page: html.HtmlElement) -> None:
    folder = demo.home / "exports" / MONTH / "乌海市"
    (path,) = folder.glob("01_*.xlsx")
    printed = {row[0].value: [cell.value for cell in row[1:]] for row in load_workbook(path)["任务进度"].iter_rows()}
    shown = figures(page, "quota_progress")
    for county, code in (("海勃湾区", "150302"), ("海南区", "150303"), ("乌达区", "150304")):
        for kind, place in (("农民合作社", 0), ("家庭农场", 7)):
            steps = [shown[code, kind, step] for step in ("quota", "recommended", "awarded", "accepted", "paid")]
            assert steps == [str(printed[county][place + at]) for at in (0, 1, 3, 4, 5)]
    (path,) = folder.glob("10_*.xlsx")
    printed = {row[0].value: row[23].value for row in load_workbook(path)["汇总"].iter_rows() if row[0].value}
    shown = figures(page, "supervision_county")
    assert [shown[code, "problems"] for code in ("150302", "150303", "150304")] == [
        str(printed[county]) for county in ("海勃湾区", "海南区", "乌达区")]
    (path,) = folder.glob("15_*.xlsx")
    book, shown = load_workbook(path), figures(page, "advisor_progress")
    for county, code in (("海勃湾区", "150302"), ("海南区", "150303"), ("乌达区", "150304")):
        (total,) = (row for row in book[county].iter_rows(values_only=True) if row[0] == "合计")
        assert [shown[code, name] for name in ("advisors", "coops_served", "farms_served", "door_visits")] == [
            str(total[at]) for at in (2, 4, 5, 8)]


def test_charts_show_what_the_tables_show(page: html.HtmlElement) -> None:
    charts = json.loads(page.get_element_by_id("charts").text)
    assert len(charts) == len(page.find_class("chart")) >= 4
    (coverage,) = (chart for chart in charts if any(trace.get("name") == "目标" for trace in chart["data"]))
    names = {row[0].text_content(): [cell.text_content() for cell in row[1:]] for row in page.xpath("//tr[td]")}
    for at, trace in enumerate(trace for trace in coverage["data"] if trace["type"] == "bar"):
        for label, value in zip(trace["y"], trace["x"], strict=True):
            text = names[label][at]
            assert (value is None) == (text == "—") and (value is None or abs(float(value) - float(text[:-1])) <= 0.05), label
    (tasks,) = (chart for chart in charts if chart["data"][0]["name"] == "任务数")
    shown = figures(page, "quota_progress")
    assert [str(number) for number in tasks["data"][1]["x"]] == [
        text for (_, _, column), text in shown.items() if column == "accepted"]


def test_a_suspicion_is_no_verdict_and_nobody_is_named(demo: House, page: html.HtmlElement) -> None:
    text = "".join(page.xpath("//main//text()"))
    assert "疑似空壳" in text and "待核查线索，不作为处理依据" in text
    assert "本表式为系统默认表式，非文件所附" in text and re.search(r"软件版本 \d", text)
    people = {name for (name,) in rows(demo, "select distinct key from cooperative where county_code like '1503%'")}
    assert not [name for name in people if name in text]


def test_the_month_s_page_leads_to_it(demo: House) -> None:
    index = html.fromstring((demo.home / "exports" / MONTH / "index.html").read_text(encoding="utf-8"))
    links = [link.text_content() for link in index.xpath("//a")]
    assert links.count("18 监管月报") == 2      # 乌海市, 宁波市

