"""Planted faults: each one a known row, column and code (rulings 6.1.9), as offices really make them.

A fault changes the cell, the fact (a destroyed value is unknown) and the outcome of its line, so the truth
stays the truth. Rejected rows are added ones, but for one farm whose last accepted version has to stay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dagster_project.simulate import ids
from dagster_project.simulate.directory import FARMS, farm_sheet
from dagster_project.simulate.exports import Plan
from dagster_project.simulate.finance import ACCOUNTS, STATEMENTS
from dagster_project.simulate.registry import REGISTRY
from dagster_project.simulate.sheets import ACCEPTED, IGNORED, REJECTED, Export, Line, Table
from dagster_project.simulate.world import World

CODE = "统一社会信用代码/注册号"


def spoil_world(world: World) -> None:
    """One cooperative founded in the months carries a wrong check character for life, as registers do."""
    for coop in world.coops:
        if coop.credit_code and world.months[0].first <= coop.founded_on <= world.months[-1].as_of:
            coop.credit_code = ids.spoil_check(coop.credit_code)
            return


def plant(world: World, plan: Plan) -> None:
    """Everything but wrong totals, which need the sums first."""
    _registry(world, plan)
    _farms(world, plan)
    _statements(world, plan)
    _accounts(world, plan)
    _files(world, plan)


def pick(table: Table, share: float, test: Callable[[Line], bool] = lambda line: True) -> Line | None:
    """The first clean line at or after a share of the table's length."""
    start = int(len(table.lines) * share)
    for line in table.lines[start:] + table.lines[:start]:
        if line.outcome == ACCEPTED and line.fact is not None and not line.faults and test(line):
            return line
    return None


def _spoil(table: Table, line: Line | None, column: str, issue: str, value: Any, **fact: Any) -> None:
    """Write `value` into the column; `fact` says what the fact becomes."""
    if line is None:
        return
    line.cells[table.at(column)] = value
    line.faults.append((column, issue, value))
    for name, new in fact.items():
        setattr(line.fact, name, new)


def reject(table: Table, share: float, column: str, code: str, **cells: Any) -> None:
    """Add a row that cannot be used: a copy of another one with `cells` changed and no amounts to sum up."""
    start = int(len(table.lines) * share)
    model = table.lines[start].cells if table.lines else [None] * len(table.columns)
    copied = [None if isinstance(cell, float) else cell for cell in model]
    line = Line(copied, None, REJECTED)
    for name, value in cells.items():
        line.cells[table.at(name)] = value
    line.faults.append((column, code, cells.get(column)))
    table.lines.insert(start, line)


def repeat(table: Table, share: float, **cells: Any) -> None:
    """Put an older version of a row above it: accepted, superseded by the last one."""
    line = pick(table, share)
    if line is None:
        return
    older = Line([None if isinstance(cell, float) else cell for cell in line.cells], None, ACCEPTED)
    for name, value in cells.items():
        older.cells[table.at(name)] = value
    older.faults.append((None, "DUPLICATE_KEY", None))
    table.lines.insert(table.lines.index(line), older)


def _registry(world: World, plan: Plan) -> None:
    counties = world.prefecture.counties
    for table in plan.tables():
        if table.table_id == REGISTRY:
            for line in table.lines:
                fact = line.fact
                if hasattr(fact, "coop") and fact.coop.credit_code and _wrong_check(fact.coop.credit_code):
                    line.faults.append((CODE, "CHECK_DIGIT", fact.coop.credit_code))
    first = plan.find(REGISTRY, world.months[0].first, counties[0].code)
    last = plan.find(REGISTRY, world.months[-1].first, counties[0].code)
    if first:
        _spoil(first, pick(first, 0.1), "成员出资总额", "FOREIGN_CURRENCY", "100万美元", capital=None)
        _spoil(first, pick(first, 0.2), "成员出资总额", "UNIT_UNKNOWN", "500", capital=None)
        _spoil(first, pick(first, 0.3), "成员出资总额", "BAD_NUMBER", "约五十万", capital=None)
        _spoil(first, pick(first, 0.4), "核准日期", "BAD_DATE", "2019-02-30", approved_on=None)
        reject(
            first,
            0.5,
            "企业名称",
            "MISSING_REQUIRED",
            **{CODE: ids.credit_code(counties[0].code, 700_001), "企业名称": None},
        )
        stray = _of_another_county(world, plan, counties)
        if stray:
            first.lines.insert(len(first.lines) // 3, stray)
    if last:
        after = world.months[-1].as_of + timedelta(days=20)
        _spoil(last, pick(last, 0.15), "核准日期", "DATE_FUTURE", after.isoformat(), approved_on=None)
        _spoil(
            last,
            pick(last, 0.35, lambda line: line.fact.status == "active"),
            "登记状态",
            "UNKNOWN_VALUE",
            "待核查",
            status="unknown",
        )
        _spoil(
            last,
            pick(last, 0.55, lambda line: not line.fact.coop.is_union and line.fact.coop.credit_code),
            "类型",
            "CLASS_CONFLICT",
            "有限责任公司",
        )
        code = ids.credit_code(counties[0].code, 700_002)
        reject(last, 0.6, CODE, "BAD_CODE", **{CODE: code[:-1], "企业名称": "模拟缺位农民专业合作社"})
        reject(
            last,
            0.8,
            "所属区县",
            "COUNTY_UNKNOWN",
            **{
                CODE: ids.credit_code("100000", 700_003),
                "企业名称": "模拟无处农民专业合作社",
                "登记机关": "星河区市场监督管理局",
                "住所": "星河区模拟路1号",
                "所属区县": "星河区",
            },
        )
        repeat(last, 0.9, 法定代表人="测试法人9999")


def _wrong_check(code: str) -> bool:
    return ids.uscc.calc_check_digit(code[:-1]) != code[-1]


def _of_another_county(world: World, plan: Plan, counties: tuple[Any, ...]) -> Line | None:
    """A row of the second county that slipped into the first county's list; its own list has it as well."""
    if len(counties) < 2:
        return None
    table = plan.find(REGISTRY, world.months[0].first, counties[1].code)
    line = table and pick(table, 0.5, lambda line: line.fact.coop.credit_code is not None)
    if not line:
        return None
    return Line(list(line.cells), None, ACCEPTED, [(None, "STRAY", None)])


def _farms(world: World, plan: Plan) -> None:
    counties, months = world.prefecture.counties, world.months
    first = plan.find(FARMS, months[0].first, counties[0].code)
    last = plan.find(FARMS, months[-1].first, counties[0].code)
    other = plan.find(FARMS, months[-1].first, counties[-1].code)
    if first and first.lines:
        _spoil(first, pick(first, 0.1), "经营面积（亩）", "BAD_NUMBER", "三十多亩")
        _spoil(first, pick(first, 0.2), "示范级别", "UNKNOWN_VALUE", "五星级")
        reject(first, 0.3, "家庭农场名称", "MISSING_REQUIRED", 家庭农场名称=None, 一码通编码=None)
        second = plan.find(FARMS, months[0].first, counties[1].code) if len(counties) > 1 else None
        stray = second and pick(second, 0.4, lambda line: line.fact.code is not None)
        if stray:
            first.lines.insert(
                len(first.lines) // 2, Line(list(stray.cells), None, ACCEPTED, [(None, "STRAY", None)])
            )
    if world.dump_month:
        middle = plan.find(FARMS, world.dump_month.first, counties[0].code)
        if middle and middle.lines and middle is not first:
            short = pick(middle, 0.2, lambda line: line.fact.code is not None)
            _spoil(middle, short, "一码通编码", "BAD_CODE", short and short.fact.code[:-1], code=None)
            _rejected_farm(first, middle)
    if last and last.lines:
        after = world.farm_date(months[-1]) + timedelta(days=30)
        _spoil(last, pick(last, 0.15), "最近更新日期", "DATE_FUTURE", after.isoformat(), updated_on=None)
        lost = pick(last, 0.25)
        number = int(lost.fact.farm.identity[:15]) * 1000 if lost else 0
        _spoil(last, lost, "身份证号", "ID_PRECISION_LOST", number)
        if "县（旗、区）" in last.columns:
            reject(
                last,
                0.5,
                "县（旗、区）",
                "COUNTY_UNKNOWN",
                **{
                    "一码通编码": "NXHQ00000000000001",
                    "家庭农场名称": "模拟无处家庭农场",
                    "省": "模拟省",
                    "市": "星河市",
                    "县（旗、区）": "星河区",
                    "乡镇（苏木）": "星河镇",
                    "统一社会信用代码": None,
                },
            )
    if other and other.lines:
        _spoil(
            other,
            pick(other, 0.3, lambda line: line.fact.code is not None),
            "赋码日期",
            "BAD_DATE",
            "2023年13月5日",
        )
        repeat(other, 0.7, 主营类型="旧记录")


def _rejected_farm(before: Table | None, table: Table) -> None:
    """A farm accepted a month ago whose name is missing now: it does not leave, its last version stays."""
    known = (
        {line.fact.farm.number for line in before.lines if line.fact and not line.faults} if before else set()
    )
    line = pick(table, 0.6, lambda line: line.fact.code is not None and line.fact.farm.number in known)
    if line:
        line.cells = [None if isinstance(cell, float) else cell for cell in line.cells]
        _spoil(table, line, "家庭农场名称", "MISSING_REQUIRED", None)
        line.outcome = REJECTED


def _statements(world: World, plan: Plan) -> None:
    year = max((one.year for one in world.statements), default=0)
    counties = world.prefecture.counties
    table = plan.find(STATEMENTS, year, counties[min(1, len(counties) - 1)].code)
    if not table or len(table.lines) < 4:
        return

    def plain(line: Line) -> bool:
        return line.fact.case == "plain" and not line.fact.coop.is_union

    lost = pick(table, 0.1, plain)
    if lost:
        _spoil(table, lost, "盈余返还", "BAD_NUMBER", "待定")
        lost.fact.lines["returned"] = None
    foreign = pick(table, 0.3, plain)
    if foreign:
        _spoil(table, foreign, "货币资金", "FOREIGN_CURRENCY", "1,000美元")
        foreign.fact.lines["cash"] = None
    reject(
        table,
        0.5,
        "统一社会信用代码",
        "MISSING_REQUIRED",
        统一社会信用代码=None,
        合作社名称="模拟无代码农民专业合作社",
    )
    reject(
        table,
        0.6,
        "统一社会信用代码",
        "BAD_CODE",
        统一社会信用代码=f"93{counties[0].code}MAOIZ0000X",
        合作社名称="模拟错代码农民专业合作社",
    )
    repeat(table, 0.8)


def _accounts(world: World, plan: Plan) -> None:
    year = max((one.year for one in world.accounts), default=0)
    counties = world.prefecture.counties
    table = plan.find(ACCOUNTS, year, counties[0].code)
    if not table or len(table.lines) < 10:
        return

    def person(line: Line) -> bool:
        number = line.fact.identity
        return line.fact.case == "plain" and number is not None and ids.is_lost(number)

    lost = pick(table, 0.1, person)
    if lost:
        _spoil(
            table, lost, "身份证号", "ID_PRECISION_LOST", int(lost.fact.identity[:15]) * 1000, identity=None
        )
    lost = pick(table, 0.2, person)
    if lost:
        _spoil(table, lost, "身份证号", "ID_PRECISION_LOST", lost.fact.identity[:15] + "000", identity=None)
    bad = pick(table, 0.3, person)
    if bad:
        check = "X" if bad.fact.identity[-1] != "X" else "0"
        _spoil(table, bad, "身份证号", "BAD_IDENTITY", bad.fact.identity[:17] + check, identity=None)
    _spoil(
        table,
        pick(table, 0.4, lambda line: line.fact.case == "plain" and line.fact.kind == "其他居民"),
        "成员类型",
        "UNKNOWN_VALUE",
        "外聘人员",
        kind="其他",
    )
    _spoil(
        table,
        pick(table, 0.5, lambda line: line.fact.case == "plain" and line.fact.joined_on is not None),
        "入社日期",
        "DATE_FUTURE",
        f"{year + 2}-01-15",
        joined_on=None,
    )
    _spoil(table, pick(table, 0.6, person), "出资额", "BAD_NUMBER", "实物折价", contribution=None)
    reject(table, 0.7, "成员编号", "MISSING_REQUIRED", 成员编号=None, 成员姓名="测试人缺编号", 身份证号=None)
    repeat(table, 0.8, 成员姓名="测试人旧名")


def _files(world: World, plan: Plan) -> None:
    """A workbook cut off in copying, the same file under another name, an unknown column, a cover sheet."""
    county, month = world.prefecture.counties[0], world.months[-1]
    dated = month.first + timedelta(days=14)
    farms = [farm for farm in world.farms if farm.county is county and farm.listed(dated)][:60]
    broken = farm_sheet(world, county, farms, dated)
    name = f"家庭农场名录/{county.name}家庭农场名录_{dated:%Y%m%d}（传输中断）.xlsx"
    plan.exports.append(Export(name, [broken], dated, truncate=True))
    original = next(
        (export for export in plan.exports if export.tables and export.tables[0].table_id == REGISTRY), None
    )
    if original:
        path = original.path.replace(".xlsx", "（副本）.xlsx")
        plan.exports.append(Export(path, [], original.dated, copy_of=original.path))
    tables = [table for table in plan.tables() if table.table_id == STATEMENTS]
    if tables:
        drifting = next((table for table in tables if not table.sheet), tables[0])
        drifting.columns.append("审计意见")
        drifting.drift = ("审计意见",)
        drifting.head[-1].append("审计意见")
        for line in drifting.lines:
            line.cells.append("无保留意见")
    accounts = [export for export in plan.exports if export.tables and export.tables[0].table_id == ACCOUNTS]
    covered = next((export for export in accounts if len(export.tables[0].head) == 4), None)
    if covered:
        words = (
            "成员账户报送须知",
            "一、本表由各合作社财务人员填写，县级汇总后报送。",
            "二、金额按表头所注计量，保留两位小数。",
        )
        covered.tables.insert(
            0, Table(None, "说明", [], [], [Line([text], None, IGNORED) for text in words], ignored=True)
        )


def plant_totals(world: World, plan: Plan) -> None:
    """One 合计 row of the farm directory and one of the statements that does not add up."""
    wrong = plan.find(FARMS, world.months[0].first, world.prefecture.counties[0].code)
    year = max((one.year for one in world.statements), default=0)
    for table, column in (
        (wrong, "年经营收入（万元）"),
        (plan.find(STATEMENTS, year, world.prefecture.counties[0].code), "经营收入"),
    ):
        if table and table.tail and table.tail[0].fact == "sum":
            cells, at = table.tail[0].cells, table.at(column)
            cells[at] = round(cells[at] + 100, 2)
            table.tail[0].faults.append((column, "TOTAL_MISMATCH", cells[at]))
