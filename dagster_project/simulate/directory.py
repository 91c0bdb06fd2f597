"""The exports of the farm directory: a workbook a month, one county sent twice, one township apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from openpyxl.utils import get_column_letter

from dagster_project.simulate import ids
from dagster_project.simulate.exports import Delivery, Plan, chinese, compact, dated_text, money
from dagster_project.simulate.places import Place
from dagster_project.simulate.sheets import IGNORED, Export, Line, Table, centred
from dagster_project.simulate.world import Farm, World

FARMS = "farm_directory.farm"
FARM_COLUMNS = [
    "一码通编码",
    "家庭农场名称",
    "经营者姓名",
    "身份证号",
    "联系电话",
    "省",
    "市",
    "县（旗、区）",
    "乡镇（苏木）",
    "村（嘎查）",
    "主营类型",
    "经营面积（亩）",
    "耕地",
    "林地",
    "草地",
    "水面",
    "年经营收入（万元）",
    "数据年度",
    "是否注册登记",
    "统一社会信用代码",
    "示范级别",
    "赋码状态",
    "赋码日期",
    "录入日期",
    "最近更新日期",
    "财政补助标记",
    "补助年度",
    "补助金额（万元）",
    "注册商标",
    "质量安全认证",
]
FARM_OTHER = {
    "一码通编码": "数字码",
    "经营者姓名": "农场主",
    "县（旗、区）": "旗县",
    "乡镇（苏木）": "苏木乡镇",
    "年经营收入（万元）": "年经营收入(元)",
}
FARM_SUMS = ("经营面积（亩）", "耕地", "林地", "草地", "水面", "年经营收入（万元）")


@dataclass
class FarmFact:
    farm: Farm
    code: str | None
    data_year: int | None
    updated_on: date | None
    income: int
    subsidy_flag: bool
    subsidy_year: int | None


def farm_directory(world: World, plan: Plan) -> None:
    """One workbook a month with a sheet a county; one county sent twice in the first month; a township."""
    counties = world.prefecture.counties
    for number, month in enumerate(world.months):
        dated = world.farm_date(month)
        tables = []
        for index, county in enumerate(counties):
            farms = [farm for farm in world.farms if farm.county is county and farm.listed(dated)]
            last = number == len(world.months) - 1
            table = farm_sheet(
                world, county, farms, dated, county_column=not (last and index == len(counties) - 1)
            )
            table.label = (FARMS, month.first, county.code)
            if last and index == 0 and len(table.lines) > 200:
                table.lines.insert(200, Line(list(table.head[-1]), None, IGNORED))  # a page break
            tables.append(table)
            plan.deliveries.append(Delivery(month, county, table, dated))
        stamp = (chinese(dated), dated.isoformat(), compact(dated))[number % 3]
        plan.exports.append(
            Export(
                f"家庭农场名录/{world.prefecture.name}家庭农场名录{stamp}.xlsx",
                tables,
                dated,
                empty_sheets=("Sheet4",) if number == 0 else (),
            )
        )
    if world.late:
        _sent_twice(world, plan, world.late)
        _township(world, plan, world.late)


def _sent_twice(world: World, plan: Plan, county: Place) -> None:
    month = world.months[0]
    dated = month.as_of - timedelta(days=6)
    if len(world.months) == 1:
        dated = month.first + timedelta(days=18)
    farms = [farm for farm in world.farms if farm.county is county and farm.listed(dated)]
    table = farm_sheet(world, county, farms, dated, other=True)
    table.label = (FARMS, month.first, f"{county.code} again")
    plan.exports.append(
        Export(f"家庭农场名录/{county.name}家庭农场名录{compact(dated)}.xlsx", [table], dated)
    )


def _township(world: World, plan: Plan, county: Place) -> None:
    """In the month before the last, one township sends its own list two days after the county's."""
    if not world.dump_month or len(county.children) < 2:
        return
    month, township = world.dump_month, county.children[-1]
    dated = month.as_of
    farms = [
        farm
        for farm in world.farms
        if farm.county is county and farm.township is township and farm.listed(dated)
    ]
    if not farms:
        return
    table = farm_sheet(world, county, farms, dated, title=f"{township.name}家庭农场名录", sheet="Sheet1")
    table.label = (FARMS, month.first, "township")
    plan.exports.append(
        Export(f"家庭农场名录/{township.name}家庭农场名录_{compact(dated)}.xlsx", [table], dated)
    )
    plan.deliveries.append(Delivery(month, county, table, dated, township.name))


def farm_sheet(
    world: World,
    county: Place,
    farms: list[Farm],
    dated: date,
    *,
    title: str | None = None,
    sheet: str | None = None,
    other: bool = False,
    county_column: bool = True,
) -> Table:
    """A county's or township's list. `other`: headers of another system version, income in 元, no 合计."""
    place = world.prefecture
    lines = [_farm_line(world, farm, dated, other) for farm in farms]
    headers = [FARM_OTHER.get(name, name) if other else name for name in FARM_COLUMNS]
    columns = list(FARM_COLUMNS)
    where: list[Any] = [
        f"填报单位：{title.partition('家庭')[0]}人民政府" if title else f"填报单位：{county.name}农牧水务局"
    ]
    if not county_column:
        at = columns.index("县（旗、区）")
        del columns[at], headers[at]
        for line in lines:
            del line.cells[at]
        where = [f"区：{county.name}"]
    wide = len(headers)
    unit = [*where, *[None] * (wide - 2), "单位：亩、元" if other else "单位：亩、万元"]
    head: list[list[Any]] = [[centred(title or f"{place.name}{county.name}家庭农场名录")], unit, headers]
    table = Table(
        FARMS, sheet or county.name, columns, head, lines, merges=[f"A1:{get_column_letter(wide)}1"]
    )
    if not other:
        table.tail = [
            Line(["合计"], "sum", IGNORED),
            Line([], None, IGNORED),
            Line(["填报人：测试填报人01", None, None, "审核：测试审核人01"], None, IGNORED),
        ]
    return table


def _farm_line(world: World, farm: Farm, dated: date, other: bool) -> Line:
    updated, year, income = farm.state(dated)
    coded = farm.coded_on is not None and farm.coded_on <= dated
    flagged = farm.subsidy is not None and farm.subsidy[0] <= dated
    subsidy = farm.subsidy if flagged else None
    cells: list[Any] = [
        farm.code if coded else None,
        farm.name,
        farm.operator,
        farm.identity,
        ids.masked(farm.phone, 3, 4) if farm.phone_masked else farm.phone,
        world.prefecture.province,
        world.prefecture.name,
        farm.county.name,
        farm.township.name,
        farm.village,
        farm.main,
        sum(farm.areas) / 100,
        *[area / 100 if area else None for area in farm.areas],
        money(income, "元" if other else "万元"),
        year,
        "是" if farm.credit_code else "否",
        farm.credit_code,
        farm.level,
        "已赋码" if coded else "未赋码",
        dated_text(farm.coded_on if coded else None, 1),
        farm.entered_on.isoformat(),
        dated_text(updated, 1),
        "是" if subsidy else "否",
        subsidy and subsidy[1],
        money(subsidy[2], "万元") if subsidy else None,
        farm.trademark,
        farm.certification,
    ]
    line = Line(
        cells,
        FarmFact(
            farm,
            farm.code if coded else None,
            year,
            updated,
            income,
            flagged,
            subsidy[1] if subsidy else None,
        ),
    )
    if updated is None:
        line.faults.append(("最近更新日期", "MISSING_VALUE", None))
    return line
