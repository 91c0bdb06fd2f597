"""Form 12 · 盈余返还核查表 (ours; law Art 44, 002 第二部分(5)).

One row a cooperative in force, for the fiscal year of the month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from exports import figures
from exports.form import Filled, Form, Origin, Scope, named, never_came, tables_in, unknown_note
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Band, Cell, Table
from exports.reading import Reading

FORM = Form(
    12,
    "盈余返还核查表",
    OWN_LAYOUT,
    ("gsxt.registration", "coop_finance.statement", "coop_finance.member_account", "gsxt.annual_report"),
    ("surplus_return", "statement_check", "cooperative"),
)
SHEET = "盈余返还核查表"
RETURN_FLOOR, FARMER_FLOOR = "return_floor", "farmer_share_minimum"  # policy rows
MISSED = "未达标"
STATUSES = ("达标", MISSED, "勾稽不符", "无可分配盈余", "不适用-联合社", "数据缺失")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of surplus_return with the register's row beside it; field names are the mart's columns."""

    credit_code: str
    name: str | None
    county_code: str
    fiscal_year: int
    layout: str | None
    current_surplus: Decimal | None
    covered_loss: Decimal | None
    reserve_appropriation: Decimal | None
    statutory_base: Decimal | None
    minimum_return: Decimal | None
    returned: Decimal | None
    book_base: Decimal | None
    return_status: str
    bases_agree: bool | None
    statement_status: str
    failed_checks: int | None
    accounts: int | None
    roster_members: int | None
    returned_in_accounts: Decimal | None
    returned_difference: Decimal | None
    trade_status: str | None
    proportional: bool | None
    members: int | None
    farmer_members: int | None
    unit_members: int | None
    composition_status: str | None
    missing_tables: str | None
    content_hash: str | None
    file_name: str | None
    sheet: str | None
    row_number: int | None
    snapshot_date: date | None
    accounts_content_hash: str | None
    accounts_file_name: str | None
    accounts_sheet: str | None
    accounts_first_row: int | None
    accounts_last_row: int | None
    accounts_snapshot_date: date | None


_COLUMNS = ", ".join(f"s.{field.name}" for field in fields(Line))
_LINES = f"""
    select {_COLUMNS}, c.content_hash, c.file_name, c.sheet, c.row_number, c.delivered_on
    from surplus_return s left join cooperative c on c.key = s.credit_code
    where s.is_current_year and s.in_force and s.county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], s.county_code), s.credit_code
"""
_CHECKS = """
    select credit_code, check_id, check_name, difference from statement_check
    where county_code in (select unnest(?::varchar[])) and fiscal_year = ? order by credit_code, check_id
"""
_OTHERS = """
    select coalesce(name, credit_code), credit_code, fiscal_year from surplus_return
    where is_current_year and not in_force and county_code in (select unnest(?::varchar[]))
    order by credit_code
"""


def header(floor: Decimal | None) -> Header:
    """The default header; the floor in 应返还额 is the policy row in force."""
    share = f"{figures.text(floor * 100)}%" if floor is not None else ""
    return Header(
        Leaf("序号", Kind.count, 4.5),
        Leaf("合作社名称", Kind.label, 17),
        Leaf("统一社会信用代码", Kind.code, 11.5),
        Leaf("会计年度", Kind.year, 5.3),
        Leaf("报表版式", Kind.text, 7),
        Group(
            "法定口径（元）",
            (
                Leaf("当年盈余", Kind.money, 9),
                Leaf("弥补亏损", Kind.money, 9),
                Leaf("提取盈余公积", Kind.money, 9),
                Leaf("可分配盈余", Kind.money, 9),
                Leaf(f"{share}应返还额", Kind.money, 9),
            ),
        ),
        Leaf("实际盈余返还", Kind.money, 9),
        Leaf("返还比例（%）", Kind.percent, 8.3),
        Group("账面口径", (Leaf("可分配盈余", Kind.money, 9), Leaf("返还比例（%）", Kind.percent, 8.3))),
        Leaf("结论", Kind.text, 11),
        Group("勾稽", (Leaf("未通过项数", Kind.count, 7), Leaf("说明", Kind.prose, 16))),
        Group(
            "成员账户",
            (
                Leaf("账户数", Kind.count, 6.8),
                Leaf("名册数", Kind.count, 6.8),
                Leaf("返还合计", Kind.money, 9),
                Leaf("差异", Kind.money, 7),
                Leaf("按交易量返还", Kind.text, 7),
            ),
        ),
        Group(
            "成员构成",
            (
                Leaf("成员总数", Kind.count, 4.8),
                Leaf("农民", Kind.count, 4.8),
                Leaf("占比（%）", Kind.percent, 9.6),
                Leaf("单位成员", Kind.count, 4.8),
                Leaf("结论", Kind.text, 7),
            ),
        ),
    )


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The list of a county, or of a prefecture county by county; null for wider scopes."""
    if scope.level not in ("county", "prefecture"):
        return None
    counties = list(scope.counties)
    found = reading.con.execute(_LINES, [counties]).fetchall()
    width = len(fields(Line))
    lines = [Line(*row[:width]) for row in found]
    floor = reading.policy_number(RETURN_FLOOR, scope)
    farmer_floor = reading.policy_number(FARMER_FLOOR, scope)
    failed = _failed(reading, counties, lines[0].fiscal_year) if lines else {}
    rows: list[Sequence[Cell] | Band] = []
    origins: list[Origin] = []
    marked, county = set(), None
    for number, (line, row) in enumerate(zip(lines, found, strict=True), 1):
        if scope.level != "county" and line.county_code != county:
            county = line.county_code
            rows.append(Band(scope.counties.get(county, county)))
        if line.return_status == MISSED:
            marked.add(len(rows))
        origins += _origins(
            line, row[width:], len(rows), scope.counties.get(line.county_code, line.county_code)
        )
        rows.append(_cells(number, line, failed.get(line.credit_code, ()), floor, farmer_floor))
    received = reading.received_tables(scope)
    never = [table for table in FORM.sources[:2] if table not in received]
    table = Table(
        (FORM.name,),
        header(floor),
        rows,
        landscape=True,
        line=(f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "单位：元"),
        missing=None if lines else never_came(never or FORM.sources[:1]),
        notes=_notes(lines, received),
        signature=SIGNATURE,
        marked=frozenset(marked),
    )
    return Filled(FORM, [(SHEET, table)], origins, _remarks(lines, floor), _left_out(reading, counties))


def _failed(reading: Reading, counties: list[str], year: int) -> dict[str, list[tuple]]:
    failed: dict[str, list[tuple]] = {}
    for code, check_id, check_name, difference in reading.con.execute(_CHECKS, [counties, year]).fetchall():
        failed.setdefault(code, []).append((check_id, check_name, difference))
    return failed


def _cells(
    number: int, line: Line, failed: Sequence[tuple], floor: Decimal | None, farmer_floor: Decimal | None
) -> tuple[Cell, ...]:
    checked = line.statement_status in ("通过", "有勾稽问题")
    return (
        number,
        line.name,
        line.credit_code,
        line.fiscal_year,
        f"{line.layout}版" if line.layout else None,
        line.current_surplus,
        line.covered_loss,
        line.reserve_appropriation,
        line.statutory_base,
        _least(line),
        line.returned,
        figures.percent(line.returned, line.statutory_base, floor),
        line.book_base,
        figures.percent(line.returned, line.book_base, floor),
        _conclusion(line),
        line.failed_checks if checked else None,
        _explained(line, failed),
        line.accounts,
        line.roster_members,
        line.returned_in_accounts,
        line.returned_difference,
        _by_trade(line),
        line.members,
        line.farmer_members,
        figures.percent(line.farmer_members, line.members, farmer_floor),
        line.unit_members,
        line.composition_status,
    )


def _least(line: Line) -> Cell:
    """The least amount; with its third decimal where two would make a missed amount look reached."""
    least, returned = line.minimum_return, line.returned
    if least is None or returned is None or not least > returned >= least.quantize(CENT, ROUND_HALF_UP):
        return least
    decimals = len(figures.text(least).partition(".")[2])
    return figures.Shown(least, f"#,##0.{'0' * decimals}")


def _conclusion(line: Line) -> str:
    return f"{line.return_status}（两口径结论不同）" if line.bases_agree is False else line.return_status


def _explained(line: Line, failed: Sequence[tuple]) -> str:
    if line.statement_status == "缺失":
        return "未收到报表"
    if line.statement_status == "未核":
        return "无可核对的项目"
    return "；".join(
        f"{check_id} {name.partition('＝')[0]}差 {difference:,.2f} 元"
        for check_id, name, difference in failed
    )


def _by_trade(line: Line) -> str | None:
    if line.trade_status in ("无交易额返还", "无返还"):
        return line.trade_status
    return None if line.proportional is None else ("是" if line.proportional else "否")


def _origins(line: Line, register: Sequence, place: int, county: str) -> Iterable[Origin]:
    key = f"{line.name or ''}（{line.credit_code}）"
    content_hash, file_name, sheet, row_number, day = register
    if file_name:
        yield Origin(
            0, place, key, "gsxt.registration", county, file_name, sheet, f"{row_number}", day, content_hash
        )
    if line.file_name:
        yield Origin(
            0,
            place,
            key,
            "coop_finance.statement",
            county,
            line.file_name,
            line.sheet or "",
            f"{line.row_number}",
            line.snapshot_date,
            line.content_hash or "",
        )
    if line.accounts_file_name:
        first, last = line.accounts_first_row, line.accounts_last_row
        yield Origin(
            0,
            place,
            key,
            "coop_finance.member_account",
            county,
            line.accounts_file_name,
            line.accounts_sheet or "",
            f"{first}" if first == last else f"{first}–{last}",
            line.accounts_snapshot_date,
            line.accounts_content_hash or "",
        )


def _notes(lines: Sequence[Line], received: set[str]) -> tuple[str, ...]:
    if not lines:
        return (OWN_LAYOUT,)
    counts = Counter(line.return_status for line in lines)
    states = "、".join(f"{status} {counts[status]}" for status in STATUSES if counts[status])
    notes = [
        f"注：1.共 {len(lines)} 社：{states}。底色加深的行为未达标。"
        f"2.“{UNKNOWN}”表示未知或不可计算（可分配盈余不为正时无返还比例），不作0计。"
    ]
    lacking = Counter(table for line in lines for table in tables_in(line.missing_tables))
    absent = [table for table in FORM.sources if lacking[table] and table not in received]
    if absent:
        notes.append(unknown_note("依其填列或计算的各栏", absent))
    partly = [
        f"{named((table,))} {lacking[table]} 社"
        for table in FORM.sources
        if lacking[table] and table in received
    ]
    if partly:
        notes.append(f"注：部分合作社未报送{'、'.join(partly)}，相应各栏以“{UNKNOWN}”表示，不作0计。")
    return (*notes, OWN_LAYOUT)


def _remarks(lines: Sequence[Line], floor: Decimal | None) -> tuple[str, ...]:
    remarks = [
        "法定口径：可分配盈余＝当年盈余－弥补亏损－提取盈余公积，不小于0（农民专业合作社法第四十四条）；"
        "账面口径：盈余及盈余分配表第16行，含年初未分配盈余与其他转入。两口径均列示，结论以法定口径为准。"
    ]
    if floor is not None:
        remarks.append(
            f"达标按金额比较：实际盈余返还不低于法定口径可分配盈余的{figures.text(floor * 100)}%；"
            "四舍五入后等于该比例而未达到的，多列小数并舍去其后，不进位。"
        )
    disagree = sum(1 for line in lines if line.bases_agree is False)
    if disagree:
        remarks.append(f"两口径结论不同 {disagree} 社，已在“结论”栏注明。")
    return tuple(remarks)


def _left_out(reading: Reading, counties: list[str]) -> list[tuple[str, str]]:
    return [
        (f"{name}（{code}）", f"有{year}年度报表，但在截止日期不属于存续的合作社，未列入")
        for name, code, year in reading.con.execute(_OTHERS, [counties]).fetchall()
    ]
