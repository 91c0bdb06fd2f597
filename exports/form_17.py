"""Form 17 · 数据质量报告 (ours, spec 3.2): what was found amiss by source, county and expectation, and its trend.

Its other part, 退回清单, is restricted (returns.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

from dagster_project.receive.contracts import load_contracts
from exports import figures
from exports.form import Filled, Form, Scope, source_title
from exports.header import Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Band, Cell, Table
from exports.reading import NATION, Reading

FORM = Form(17, "数据质量报告", OWN_LAYOUT, tuple(load_contracts()), ("data_quality", "data_quality_trend", "delivery_freshness"))
SHEET, SUMMARY, TREND = "数据质量报告", "汇总", "趋势"
COMPUTED, EVERYWHERE = "计算结果", "不分旗县"
SEVERITY = {"error": "错误", "warn": "提醒"}
HELD_BACK = "暂用上一批数据"
TREND_MONTHS = 12     # months printed side by side, the newest last
EXAMPLES = 3          # rows named of what a rule found

HEADER = Header(
    Leaf("序号", Kind.count, 5), Leaf("旗县", Kind.text, 11), Leaf("质量规则", Kind.label, 40), Leaf("级别", Kind.text, 6),
    Leaf("检查行数", Kind.count, 9), Leaf("不合格行数", Kind.count, 9), Leaf("不合格率（%）", Kind.percent, 9),
    Leaf("处理", Kind.remark, 14), Leaf("示例", Kind.prose, 52),
)
SUMMARY_HEADER = Header(
    Leaf("数据表", Kind.label, 40), Leaf("旗县", Kind.text, 12),
    Group("质量规则（条）", (Leaf("已检查", Kind.count, 9), Leaf("不合格", Kind.count, 9))),
    Group("检查次数", (Leaf("合计", Kind.count, 11), Leaf("不合格", Kind.count, 9), Leaf("不合格率（%）", Kind.percent, 10))),
    Leaf("最新数据日期", Kind.day, 12), Leaf("应于此日前报送", Kind.day, 13), Leaf("报送", Kind.text, 10),
)
_FOUND = """
    select table_id, title, county_code, says, severity, evaluated, failed, blocked, sample
    from data_quality
    where failed > 0 and list_contains($1::varchar[], county_code)
    order by table_id nulls last, title, list_position($1::varchar[], county_code), severity, failed desc, expectation
"""
_SUMMED = """
    with summed as (
        select table_id, any_value(title) as title, county_code, count(*) filter (where evaluated > 0) as made,
               count(*) filter (where failed > 0) as missed, sum(evaluated)::bigint as evaluated,
               sum(failed)::bigint as failed
        from data_quality
        where table_id is not null and list_contains($1::varchar[], county_code)
        group by table_id, county_code
    )
    select coalesce(summed.table_id, fresh.table_id), coalesce(summed.county_code, fresh.region_code), summed.made,
           summed.missed, summed.evaluated, summed.failed, fresh.newest_on, fresh.due_on, fresh.is_overdue
    from summed
    full join (from delivery_freshness where list_contains($1::varchar[], region_code)) as fresh
        on summed.table_id = fresh.table_id and summed.county_code = fresh.region_code
    order by 1, list_position($1::varchar[], coalesce(summed.county_code, fresh.region_code))
"""
_MONTHS = """
    select report_month, table_name, sum(evaluated)::bigint, sum(failed)::bigint
    from data_quality_trend where list_contains($1::varchar[], county_code)
    group by report_month, table_name
"""
_TITLES = "select distinct table_name, title, table_id from data_quality order by table_id nulls last, title, table_name"


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The report of a county or a prefecture; null for wider scopes."""
    if scope.level not in ("county", "prefecture"):
        return None
    places = list(scope.counties) if scope.level == "county" else [*scope.counties, scope.code, NATION]
    places = list(dict.fromkeys(places))
    found = reading.con.execute(_FOUND, [places]).fetchall()
    return Filled(FORM, [
        (SHEET, _report(reading, scope, found)),
        (SUMMARY, _summary(reading, scope, places)),
        (TREND, _trend(reading, scope, places)),
    ], remarks=_remarks(found))


def _report(reading: Reading, scope: Scope, found: Sequence[tuple]) -> Table:
    rows: list[Sequence[Cell] | Band] = []
    marked, source = set(), None
    for number, line in enumerate(found, 1):
        table_id, title, county, says, severity, evaluated, failed, blocked, sample = line
        heading = source_title(table_id) if table_id else f"{COMPUTED} · {title}"
        if heading != source:
            source = heading
            rows.append(Band(heading))
        if severity == "error":
            marked.add(len(rows))
        rows.append((number, _place(scope, county), says, SEVERITY[severity], evaluated, failed,
                     figures.percent(Decimal(failed), Decimal(evaluated)),
                     HELD_BACK if blocked else None, _examples(sample, bool(table_id))))
    return Table(
        (FORM.name,), HEADER, rows, landscape=True, line=_line(reading, scope), marked=frozenset(marked),
        missing=None if found else "本月各项质量规则均合格。",
        notes=("注：只列不合格的规则，其余均合格，检查数见“汇总”。级别为“错误”的，该旗县暂用上一批数据，底色加深；"
               "“提醒”的照常计算，请核实后更正。涉及个人信息的规则只列行数。", OWN_LAYOUT),
        signature=SIGNATURE,
    )


def _summary(reading: Reading, scope: Scope, places: list[str]) -> Table:
    rows: list[Sequence[Cell] | Band] = []
    for table_id, county, made, missed, evaluated, failed, newest, due, overdue in reading.con.execute(
            _SUMMED, [places]).fetchall():
        share = figures.percent(Decimal(failed), Decimal(evaluated)) if evaluated else None
        state = {None: None, False: "按期", True: "过期" if newest else "未收到"}[overdue]
        rows.append((source_title(table_id), _place(scope, county), made, missed, evaluated, failed, share, newest, due, state))
    return Table((f"{FORM.name}·{SUMMARY}",), SUMMARY_HEADER, rows, landscape=True, line=_line(reading, scope),
                 missing=None if rows else "本月没有收到任何数据表。", notes=(OWN_LAYOUT,))


def _trend(reading: Reading, scope: Scope, places: list[str]) -> Table:
    """Tables by month: failures over everything looked at. A month that is not published is blank."""
    known = {(row[1], row[0]): row[2:] for row in reading.con.execute(_MONTHS, [places]).fetchall()}
    months = sorted({month for _, month in known})[-TREND_MONTHS:]
    header = Header(
        Leaf("表", Kind.label, 44),
        *(Group(f"{month:%Y-%m}", (Leaf("不合格", Kind.count, 8), Leaf("不合格率（%）", Kind.percent, 8))) for month in months))
    rows: list[Sequence[Cell] | Band] = []
    for table, title, table_id in reading.con.execute(_TITLES).fetchall():
        cells: list[Cell] = []
        for month in months:
            evaluated, failed = known.get((table, month), (None, None))
            cells += [failed, figures.percent(Decimal(failed), Decimal(evaluated)) if evaluated else None]
        if any(cell is not None for cell in cells):
            rows.append((source_title(table_id) if table_id else f"{COMPUTED} · {title}", *cells))
    return Table((f"{FORM.name}·{TREND}",), header, rows, landscape=True, line=_line(reading, scope),
                 missing=None if rows else "还没有任何月份的检查结果。",
                 notes=("注：不合格率＝不合格次数÷检查次数，一行数据由几条规则检查即计几次；“—”表示该月没有检查。", OWN_LAYOUT))


def _line(reading: Reading, scope: Scope) -> tuple[str, str, str]:
    return (f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "")


def _place(scope: Scope, code: str) -> str:
    return scope.counties.get(code) or (scope.name if code == scope.code else EVERYWHERE)


def _examples(sample: str, of_source: bool) -> str:
    """Rows by file, sheet and number; keys of computed rows. Neither holds a personal value."""
    keys = json.loads(sample)[:EXAMPLES]
    return "；".join(_row(key) if of_source else key for key in keys)


def _row(key: str) -> str:
    """A source row as its key points at it: entity, file, sheet, row number."""
    *_, file_name, sheet, number = key.split("|")
    place = f"［{sheet}］" if sheet else ""
    return f"{file_name}{place}第 {number} 行"


def _remarks(found: Sequence[tuple]) -> tuple[str, ...]:
    held = sum(1 for line in found if line[7] and line[4] == "error")
    remarks = ["质量规则由各数据表的格式约定、阈值参数及各表之间的勾稽关系生成，逐行检查，按旗县汇总。"]
    if held:
        remarks.append(f"有 {held} 项错误，相应旗县的该批数据暂不采用，沿用上一批并标为“过期”，更正后重新放入收件箱即可。")
    return tuple(remarks)
