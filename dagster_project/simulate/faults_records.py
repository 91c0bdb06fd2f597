"""Planted faults of the tables of plain records (see faults.py): values, rows, and one sheet without its 结论."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dagster_project.simulate import ids
from dagster_project.simulate.exports import Plan, compact
from dagster_project.simulate.faults import pick, reject, repeat
from dagster_project.simulate.inspections import INSPECTION
from dagster_project.simulate.records import Record, record_table
from dagster_project.simulate.sheets import REJECTED, Line, Table
from dagster_project.simulate.world import World

CODE = "统一社会信用代码"


def plant_records(world: World, plan: Plan) -> None:
    _check_digits(plan)
    _registry_lists(world, plan)
    _values(world, plan)
    _rows(world, plan)
    _no_conclusion(world, plan)


def _spoil(table: Table | None, share: float, column: str, code: str, value: Any, **fact: Any) -> None:
    """Write `value` into the column of a clean row; `fact` says what the record becomes."""
    line = pick(table, share, lambda line: isinstance(line.fact, Record) and not line.fact.partial) if table else None
    if table is None or line is None:
        return
    line.cells[table.at(column)] = value
    line.faults.append((column, code, value))
    line.fact = Record(line.fact.spec, {**line.fact.values, **fact}, line.fact.county)


def _check_digits(plan: Plan) -> None:
    """The code with a wrong check character is wrong wherever another system repeats it."""
    for table in plan.tables():
        for line in table.lines:
            if not isinstance(line.fact, Record):
                continue
            code = line.fact.values.get("credit_code")
            if code and CODE in table.columns and ids.uscc.calc_check_digit(code[:-1]) != code[-1]:
                line.faults.append((CODE, "CHECK_DIGIT", code))


def _registry_lists(world: World, plan: Plan) -> None:
    first, county = world.months[0], world.prefecture.counties[0]
    reports = plan.find("gsxt.annual_report", first.first)
    _spoil(reports, 0.2, "纳税总额（万元）", "FOREIGN_CURRENCY", "3万美元", taxes=None)
    _spoil(reports, 0.4, "公示日期", "DATE_FUTURE", f"{first.first.year + 1}-03-05", published_on=None)
    _spoil(reports, 0.6, "从业人数", "BAD_NUMBER", "十来人", employees=None)
    lists = plan.find("gsxt.abnormal_listing", world.months[-1].first, county.code)
    if lists and lists.lines:
        reject(lists, 0.5, CODE, "BAD_CODE", **{CODE: ids.credit_code(county.code, 700_010)[:-1]})


def _values(world: World, plan: Plan) -> None:
    first, last, county = world.months[0].first, world.months[-1].first, world.prefecture.counties[0]
    direct = plan.find("direct_report.entity", first, "农民合作社")
    _spoil(direct, 0.5, "返还比例", "PERCENT_RANGE", "250", return_ratio=None)
    book = plan.find("advisor.directory", first)
    if book:
        line = pick(book, 0.1, lambda line: ids.is_lost(line.fact.values["identity"] or ""))
        if line:
            number = int(line.fact.values["identity"][:15]) * 1000
            line.cells[book.at("身份证号")] = number
            line.faults.append(("身份证号", "ID_PRECISION_LOST", number))
            line.fact = Record(line.fact.spec, {**line.fact.values, "identity": None}, line.fact.county)
    _spoil(plan.find("bookkeeping.usage", first), 0.3, "收入金额（元）", "BAD_NUMBER", "约三百", income=None)
    _spoil(plan.find("village.monthly", last, county.code), 0.3, "已参保户数", "BAD_NUMBER", "全部", insured=None)
    stars = plan.find("supply_coop.star_result", world.end.year, county.code)
    _spoil(stars, 0.5, "星级", "UNKNOWN_VALUE", "六星", stars="其他")
    ledger = plan.find("programme.award", last, county.code)
    _spoil(ledger, 0.6, "奖补金额（万元）", "FOREIGN_CURRENCY", "3万欧元", amount=None)


def _rows(world: World, plan: Plan) -> None:
    first, last, county = world.months[0].first, world.months[-1].first, world.prefecture.counties[0]
    visits = plan.find("advisor.visit", last)
    if visits and visits.lines:
        reject(visits, 0.5, "服务日期", "BAD_DATE", 服务日期=f"{last.year}-02-30")
    usage = plan.find("bookkeeping.usage", first)
    if usage and usage.lines:
        reject(usage, 0.7, "一码通编码", "BAD_CODE", 一码通编码="N15030212345")
    seen = plan.find(INSPECTION.table_id, first)
    if seen and seen.lines:
        reject(seen, 0.4, "检查日期", "MISSING_REQUIRED", 检查日期=None)
    ledger = plan.find("programme.award", first, county.code)
    if ledger and ledger.lines:
        reject(ledger, 0.3, "主体名称", "MISSING_REQUIRED", 主体名称=None, 统一社会信用代码=None, 一码通编码=None)
    roster = plan.find("supply_coop.affiliate", last, county.code)
    if roster and roster.lines:
        repeat(roster, 0.6, 成员户数=9)


def _no_conclusion(world: World, plan: Plan) -> None:
    """A county's own list of inspections without the required 结论: the whole sheet is refused."""
    source = plan.find(INSPECTION.table_id, world.months[0].first)
    records = [line.fact for line in source.lines if isinstance(line.fact, Record)][:6] if source else []
    if not records:
        return
    dated = world.months[-1].first + timedelta(days=13)
    table = record_table(records, INSPECTION, "Sheet1", omit=("conclusion",))
    table.lines[:] = [Line(line.cells, None, REJECTED) for line in table.lines]
    table.refused = "MISSING_COLUMN"
    name = f"摸底排查/{world.prefecture.counties[0].name}走访检查记录_自制表_{compact(dated)}.xlsx"
    plan.send(name, [table], dated)
