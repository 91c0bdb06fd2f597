"""The books as cooperatives and counties send them: statements of two layouts, and member accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from openpyxl.utils import get_column_letter

from dagster_project.simulate.books import fen
from dagster_project.simulate.cases import LINES, PLANTED_COLUMNS
from dagster_project.simulate.exports import Plan, dated_text, money
from dagster_project.simulate.places import Place
from dagster_project.simulate.sheets import IGNORED, Export, Line, Table, centred
from dagster_project.simulate.world import Account, Statement, World

STATEMENTS = "coop_finance.statement"
ACCOUNTS = "coop_finance.member_account"

ACCOUNT_GROUPS = (
    (
        "成员基本情况",
        ("成员编号", "成员姓名", "身份证号", "成员类型", "脱贫人口", "监测户", "入社日期", "退社日期"),
    ),
    ("成员账户", ("出资额", "公积金量化份额", "财政补助量化份额", "捐赠量化份额")),
    ("交易与盈余分配", ("交易额", "盈余返还", "剩余盈余分配")),
)
ACCOUNT_LEAVES = [leaf for _, leaves in ACCOUNT_GROUPS for leaf in leaves]
ACCOUNT_MONEY = [leaf for _, leaves in ACCOUNT_GROUPS[1:] for leaf in leaves]


def _places(world: World) -> list[Place]:
    return [*world.prefecture.counties, world.prefecture.seat]


def finance(world: World, plan: Plan) -> None:
    """Files per county and year; their dates stand in the name, a 填报时间 line or only in the file."""
    for year in sorted({statement.year for statement in world.statements}):
        for index, county in enumerate(_places(world)):
            seat = index == len(world.prefecture.counties)
            mine = [
                one for one in world.statements if one.year == year and one.coop.county.name == county.name
            ]
            if mine:
                _statement_files(world, plan, county, year, index, seat, mine)
    for year in sorted({account.year for account in world.accounts}):
        for index, county in enumerate(_places(world)):
            seat = index == len(world.prefecture.counties)
            rows = [one for one in world.accounts if one.year == year and one.coop.county.name == county.name]
            if rows:
                _account_file(world, plan, county, year, index, seat, rows)


def _statement_files(
    world: World, plan: Plan, county: Place, year: int, index: int, seat: bool, mine: list[Statement]
) -> None:
    where = county.name
    stem = f"合作社财务/{where}{year}年度"
    sent = date(year + 1, 4, 20)
    new = [one for one in mine if one.layout == "2021" and one.case not in PLANTED_COLUMNS]
    old = [one for one in mine if one.layout == "2007"]
    as_csv = seat or (index == 2 and year < max(one.year for one in world.statements))
    if new and as_csv:
        table = _statement_table(new, "", heads_have_unit=True)
        table.label = (STATEMENTS, year, county.code)
        plan.exports.append(
            Export(
                f"{stem}盈余及盈余分配表_{sent.isoformat()}.csv",
                [table],
                sent,
                encoding="utf-8-sig" if seat else "utf-8",
            )
        )
    elif new:
        # the second county prints 万元 and no 会计年度 column: the title says the year
        odd = index % 3 == 1
        table = _statement_table(
            new,
            "盈余及盈余分配表",
            unit="万元" if odd else "元",
            year_column=not odd,
            title=f"{where}农民专业合作社{year}年度盈余及盈余分配表",
            sent=sent,
            sums=index == 0,
        )
        table.label = (STATEMENTS, year, county.code)
        plan.exports.append(Export(f"{stem}盈余及盈余分配表.xlsx", [table], sent))
    if old:
        table = _statement_table(
            old,
            "旧表式",
            unit="万元" if index % 2 else "元",
            title=f"{where}农民专业合作社{year}年度盈余及盈余分配表",
            sent=None,
        )
        table.label = (STATEMENTS, year, f"{county.code} old")
        plan.exports.append(Export(f"{stem}财务报表（旧表式）.xlsx", [table], sent, assumed=True))
    for case in PLANTED_COLUMNS:
        found = [one for one in mine if one.case == case]
        if found:
            table = _statement_table(found, "", heads_have_unit=False)
            plan.exports.append(
                Export(
                    f"{stem}{('补报', '续报')[list(PLANTED_COLUMNS).index(case)]}_{sent:%Y%m%d}.csv",
                    [table],
                    sent,
                )
            )
    corrected = [one for one in mine if one.case == "corrected"]
    if corrected:
        resent = date(year + 1, 5, 20)
        table = _statement_table(
            corrected, "更正", title=f"{where}{year}年度盈余及盈余分配表（更正）", sent=resent
        )
        plan.exports.append(Export(f"{stem}盈余及盈余分配表更正_{resent:%Y%m%d}.xlsx", [table], resent))
        _spoil_first_version(plan, corrected)


def _spoil_first_version(plan: Plan, corrected: list[Statement]) -> None:
    """What was sent first said another return (and followed it in the closing balance)."""
    numbers = {one.coop.number for one in corrected}
    year = corrected[0].year
    table = plan.exports[-1].tables[0]
    for first in plan.tables():
        if first is table or first.table_id != STATEMENTS:
            continue
        for line in first.lines:
            fact = line.fact
            if fact and fact.year == year and fact.coop.number in numbers and fact.case == "corrected":
                wrong = fen("21000")
                lines = dict(fact.lines)
                lines["closing_undistributed"] = (
                    (lines["closing_undistributed"] or 0) + (lines["returned"] or 0) - wrong
                )
                lines["returned"] = wrong
                line.fact = replace(fact, lines=lines, superseded=True)
                for name in ("returned", "closing_undistributed"):
                    line.cells[first.at(LINES[name])] = money(lines[name], first.unit)


def _statement_table(
    statements: list[Statement],
    sheet: str,
    *,
    unit: str = "元",
    year_column: bool = True,
    title: str | None = None,
    sent: date | None = None,
    sums: bool = False,
    heads_have_unit: bool = False,
) -> Table:
    names = [name for name in LINES if name not in statements[0].absent]
    columns = [
        "统一社会信用代码",
        "合作社名称",
        *(["会计年度"] if year_column else []),
        *(LINES[name] for name in names),
    ]
    headers: list[Any] = list(columns)
    if heads_have_unit:
        headers = [f"{head}（{unit}）" if head in LINES.values() else head for head in headers]
    lines = []
    for one in statements:
        cells: list[Any] = [one.coop.credit_code, one.coop.name, *([one.year] if year_column else [])]
        lines.append(Line(cells + [money(one.lines[name], unit) for name in names], one))
    head: list[list[Any]] = [headers]
    merges = []
    if title:
        note: list[Any] = [f"填报时间：{sent.year}年{sent.month}月{sent.day}日"] if sent else [None]
        head = [[centred(title)], [*note, *[None] * (len(headers) - 2), f"单位：{unit}"], headers]
        merges = [f"A1:{get_column_letter(len(headers))}1"]
    table = Table(STATEMENTS, sheet, columns, head, lines, merges=merges, unit=unit)
    if sums:
        table.tail = [Line(["合计"], "sum", IGNORED), Line(["填报人：测试填报人02"], None, IGNORED)]
    return table


def _account_file(
    world: World, plan: Plan, county: Place, year: int, index: int, seat: bool, rows: list[Account]
) -> None:
    """Two header rows with merged groups; the third county prints one row in 万元, the prefecture a CSV."""
    where = county.name
    sent = date(year + 1, 4, 25)
    flat = seat or index % 3 == 2
    unit = "万元" if index % 3 == 2 and not seat else "元"
    keys = ["统一社会信用代码", "会计年度"]
    columns = [*keys, *ACCOUNT_LEAVES]
    lines = [_account_line(one, unit, index) for one in rows]
    label = (ACCOUNTS, year, county.code)
    if flat:
        headers = [f"{name}（{unit}）" if name in ACCOUNT_MONEY else name for name in columns]
        table = Table(ACCOUNTS, "" if seat else "成员账户", columns, [headers], lines, label, unit=unit)
        suffix = "csv" if seat else "xlsx"
        name = f"合作社财务/{where}成员账户{year}年度_{sent:%Y%m%d}.{suffix}"
        plan.exports.append(Export(name, [table], sent))
        return
    top: list[Any] = [*map(centred, keys)]
    low: list[Any] = [None] * len(keys)
    merges = [f"A1:{get_column_letter(len(columns))}1", *(f"{letter}3:{letter}4" for letter in "AB")]
    at = len(keys) + 1
    for group, leaves in ACCOUNT_GROUPS:
        top += [centred(group), *[None] * (len(leaves) - 1)]
        low += ["交易量（额）" if leaf == "交易额" and index % 2 else leaf for leaf in leaves]
        merges.append(f"{get_column_letter(at)}3:{get_column_letter(at + len(leaves) - 1)}3")
        at += len(leaves)
    head: list[list[Any]] = [
        [centred(f"{where}农民专业合作社成员账户（{year}年度）")],
        [f"填报单位：{where}农牧水务局", *[None] * (len(columns) - 2), f"单位：{unit}"],
        top,
        low,
    ]
    table = Table(ACCOUNTS, "成员账户", columns, head, lines, label, merges, unit=unit)
    table.tail = [Line([], None, IGNORED), Line(["备注：本表由各合作社填报。"], None, IGNORED)]
    plan.exports.append(
        Export(f"合作社财务/{where}成员账户{year}年度_{sent.isoformat()}.xlsx", [table], sent)
    )


def _account_line(one: Account, unit: str, index: int) -> Line:
    style = (1, 2, 3)[index % 3]
    return Line(
        [
            one.coop.credit_code,
            one.year,
            one.member_no,
            one.name,
            one.identity,
            one.kind,
            "是" if one.lifted else "否",
            "是" if one.monitored else "否",
            dated_text(one.joined_on, style),
            dated_text(one.left_on, style),
            money(one.contribution, unit),
            money(one.reserve_share, unit),
            money(one.subsidy_share, unit),
            money(one.donation_share, unit),
            money(one.trade, unit),
            money(one.returned, unit),
            money(one.residual_distribution, unit),
        ],
        one,
    )
