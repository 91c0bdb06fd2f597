"""Form 1 · 002 附件1 任务分配表, with the companion sheet 任务进度."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exports import figures
from exports.form import Filled, Form, Origin, Scope, never_came, tables_in, unknown_note
from exports.header import Group, Header, Kind, Leaf
from exports.kit import Cell, Table, total_of
from exports.reading import Reading

FORM = Form(
    1,
    "培育壮大农牧民合作社、家庭农牧场任务分配表",
    "乌农字〔2024〕48号 附件1",
    ("programme.quota", "programme.award"),
    ("quota_task", "quota_progress"),
)
ISSUED_FOR = "150300"  # the prefecture whose text printed the form (002)
PROGRESS = "任务进度"
COOPERATIVE, FARM = "农民合作社", "家庭农场"

HEADER = Header(
    Leaf("区", Kind.text, 20),
    Leaf("培育壮大农牧民合作社数量（个）", Kind.count, 26),
    Leaf("培育壮大家庭农牧场数量（个）", Kind.count, 26),
    Leaf("备注", Kind.remark, 18),
)
_STEPS = (
    Leaf("任务数（个）", Kind.count, 6.4),
    Leaf("推荐数（个）", Kind.count, 6.4),
    Leaf("推荐比例达1：1.2", Kind.text, 10),
    Leaf("认定数（个）", Kind.count, 6.4),
    Leaf("验收数（个）", Kind.count, 6.4),
    Leaf("拨付数（个）", Kind.count, 6.4),
    Leaf("完成率（%）", Kind.percent, 6.4),
)
PROGRESS_HEADER = Header(
    Leaf("区", Kind.text, 12),
    Group("农牧民合作社", _STEPS),
    Group("家庭农牧场", _STEPS),
    Leaf("备注", Kind.remark, 12),
)
_SUMMED = (1, 2, 4, 5, 6, 8, 9, 11, 12, 13)

_TASKS = """
    select county_label, coops, farms, remark, county_code, file_name, sheet, row_number, snapshot_date,
           content_hash
    from quota_task where prefecture_code = ? and year = ? order by print_order
"""
# The last row is the 合计: a sum is known only where every county's figure is.
_PROGRESS = """
    select grouping(county_code) = 1 as is_total, any_value(county_label), entity_type,
           case when count(quota) = count(*) then sum(quota) end,
           case when count(recommended) = count(*) then sum(recommended) end,
           case when count(recommendation_enough) = count(*) then bool_and(recommendation_enough) end,
           case when count(awarded) = count(*) then sum(awarded) end,
           case when count(accepted) = count(*) then sum(accepted) end,
           case when count(paid) = count(*) then sum(paid) end,
           any_value(missing_tables), min(print_order)
    from quota_progress where prefecture_code = ? and year = ?
    group by grouping sets ((county_code, entity_type), (entity_type))
    order by is_total, min(print_order), entity_type
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The form of a prefecture for the month's year; null for scopes that it is not issued for."""
    if scope.level != "prefecture":
        return None
    year = reading.month.first.year
    rows = reading.con.execute(_TASKS, [scope.code, year]).fetchall()
    if not rows and scope.code != ISSUED_FOR:
        return None
    missing = None if rows else never_came(("programme.quota",), f"{year}年度")
    sheet = Table(
        ("培育壮大农牧民合作社、家庭农牧场", "任务分配表"),
        HEADER,
        [row[:4] for row in rows],
        attachment="附件1",
        missing=missing,
        row_height=26,
    )
    origins = [
        Origin(
            table,
            index,
            label,
            "programme.quota",
            scope.counties.get(code, label),
            file_name,
            sheet_name,
            f"{row_number}",
            day,
            content_hash,
        )
        for table in (0, 1)
        for index, (label, _, _, _, code, file_name, sheet_name, row_number, day, content_hash) in enumerate(
            rows
        )
    ]
    # The printed table has no 年度: the sheet's name carries it, so that the form can be read back.
    return Filled(
        FORM,
        [(f"{year}年度任务分配表", sheet), (PROGRESS, _progress(reading, scope, year, missing))],
        origins,
    )


def _progress(reading: Reading, scope: Scope, year: int, missing: str | None) -> Table:
    lines: dict[str, dict[str, Sequence]] = {}
    totals: dict[str, Sequence] = {}
    absent: list[str] = []
    for is_total, label, entity_type, *steps, without, _ in reading.con.execute(
        _PROGRESS, [scope.code, year]
    ).fetchall():
        (totals if is_total else lines.setdefault(label, {}))[entity_type] = steps
        absent += tables_in(without)
    rows = [
        (label, *_steps(kinds.get(COOPERATIVE)), *_steps(kinds.get(FARM)), None)
        for label, kinds in lines.items()
    ]
    total = None
    if rows:
        figures_of = dict(enumerate((*_steps(totals.get(COOPERATIVE)), *_steps(totals.get(FARM))), 1))
        total = total_of(figures_of, len(PROGRESS_HEADER.leaves))
    notes: tuple[str, ...] = ("注：完成率＝验收数÷任务数；合计行的“推荐比例达1：1.2”指各区均达到。",)
    if absent:
        notes += (unknown_note("推荐数、认定数、验收数、拨付数及完成率", tables_in(*absent)),)
    return Table(
        (f"{year}年度培育壮大农牧民合作社、家庭农牧场任务进度",),
        PROGRESS_HEADER,
        rows,
        line=(f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "单位：个"),
        total=total,
        summed=_SUMMED,
        missing=missing,
        notes=notes if rows else (),
        landscape=True,
        row_height=26,
    )


def _steps(steps: Sequence | None) -> tuple[Cell, ...]:
    """The seven figures of one kind of entity; all unknown where its rows are."""
    if steps is None:
        return (None,) * len(_STEPS)
    quota, recommended, enough, awarded, accepted, paid = steps
    return (
        _whole(quota),
        _whole(recommended),
        None if enough is None else ("是" if enough else "否"),
        _whole(awarded),
        _whole(accepted),
        _whole(paid),
        figures.percent(accepted, quota, Decimal(1)),
    )


def _whole(value: Decimal | int | None) -> int | None:
    return None if value is None else int(value)
