"""Form 15 · 辅导员队伍建设及服务进展表 (ours; 000 第二部分, 001 第一部分): a county's advisors by township."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exports import figures
from exports.form import Filled, Form, Origin, Scope, never_came, unknown_note
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Cell, Table, total_of
from exports.listing import Listing, Record, records
from exports.reading import Reading

FORM = Form(
    15,
    "辅导员队伍建设及服务进展表",
    OWN_LAYOUT,
    ("advisor.directory", "advisor.visit", "advisor.training", "gsxt.registration", "farm_directory.farm"),
    ("advisor_progress", "advisor_target", "advisor_year", "advisor_quarter"),
)
SHEET = "进展表"
MINIMUM = "advisor_entities_minimum"  # policy row
UNPLACED = "镇不明"

# Column → of advisor_progress; summed in 合计.
_SUMMED = {
    2: "advisors", 4: "coops_served", 5: "farms_served", 7: "below_minimum", 8: "door_visits", 9: "reached",
    10: "in_progress", 13: "pre_trained", 14: "in_service",
}  # fmt: skip
_PROGRESS = f"""
    select county_code, township_name, is_total, quarter, target, status, above_upper_limit, pre_missed, training_unknown, coops,
        coops_advised, farms, farms_advised, {", ".join(_SUMMED.values())}
    from advisor_progress where county_code in (select unnest(?::varchar[]))
    order by county_code, is_total, township_name = '', township_name
"""
_ADVISORS = """
    select a.county_code, coalesce(a.township_name, '') as township_name, a.certificate_no, a.content_hash, a.file_name, a.sheet, a.row_number,
        s.snapshot_date
    from advisor a
    left join received_sheet s on s.content_hash = a.content_hash and s.sheet = a.sheet and s.outcome <> 'duplicate'
    where a.in_office and a.county_code in (select unnest(?::varchar[]))
    order by a.county_code, a.township_name, a.certificate_no nulls last, a.advisor_key
"""


def header(minimum: Decimal | None) -> Header:
    """The default header; the number of 不足…个的辅导员 is the policy row in force."""
    short = f"不足{figures.text(minimum)}个的辅导员" if minimum is not None else "不足规定数的辅导员"
    return Header(
        Leaf("镇", Kind.text, 14),
        Group("辅导员（名）", (Leaf("目标", Kind.count, 6.5), Leaf("实有", Kind.count, 6.5), Leaf("达标", Kind.text, 9))),
        Group("服务主体（个）", (Leaf("合作社", Kind.count, 8), Leaf("家庭农牧场", Kind.count, 8), Leaf("人均", Kind.percent, 7),
                                 Leaf(short, Kind.count, 10))),
        Group("上门指导（次）", (Leaf("本季度", Kind.count, 8), Leaf("达标人数", Kind.count, 8), Leaf("进行中", Kind.count, 8))),
        Group("覆盖率（%）", (Leaf("合作社", Kind.percent, 8), Leaf("家庭农牧场", Kind.percent, 8))),
        Group("培训（人次）", (Leaf("任前", Kind.count, 7), Leaf("在任", Kind.count, 7))),
        Leaf("备注", Kind.remark, 24),
    )  # fmt: skip


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """A sheet a county with advisors, else one that says what is missing; null for wider scopes."""
    if scope.level not in ("county", "prefecture"):
        return None
    codes = list(scope.counties)
    found = records(reading, _PROGRESS, [codes])
    advisors = records(reading, _ADVISORS, [codes])
    line_of = {code: (f"填报单位：{name}", f"填报时间：{reading.month.printed}", "单位：名、个、次、人次")
               for code, name in {**scope.counties, scope.code: scope.name}.items()}  # fmt: skip
    tables: list[tuple[str, Table]] = []
    origins: list[Origin] = []
    for code in dict.fromkeys(row["county_code"] for row in found):
        mine = [row for row in found if row["county_code"] == code and not row["is_total"]]
        (total,) = (row for row in found if row["county_code"] == code and row["is_total"])
        name = SHEET if scope.level == "county" else scope.counties[code]
        origins += _origins(scope, len(tables), code, mine, advisors)
        tables.append((name, _table(reading, scope, line_of[code], mine, total)))
    if not tables:
        tables.append((SHEET, Table(
            (FORM.name,), header(reading.policy_number(MINIMUM, scope)), line=line_of[scope.code],
            missing=never_came(FORM.sources[:1]), notes=(OWN_LAYOUT,), signature=SIGNATURE, landscape=True)))  # fmt: skip
    return Filled(FORM, tables, origins, (
        "实有为截止日期在聘的辅导员。服务主体为本年度至今服务过的主体，由几名辅导员服务的只计一次，列于最近一次服务的辅导员所在镇；"
        "人均＝服务主体÷实有。",
        "覆盖率为本年度至今有上门指导的主体÷存续的合作社或名录内家庭农牧场，按主体所在镇计；登记信息不载镇的合作社列于“镇不明”。",
        "目标为政策参数，各镇目标与旗县目标分别下达，不相加。",
    ))  # fmt: skip


def _table(
    reading: Reading, scope: Scope, line: tuple[str, str, str], rows: Sequence[Record], total: Record
) -> Table:
    head = header(reading.policy_number(MINIMUM, scope))
    notes = [f"注：1.上门指导为{_quarter(total['quarter'])}，季度未结束时尚未达到次数的为“进行中”。"
             f"2.“{UNKNOWN}”表示未知、没有目标或没有标准，不作0计。"]  # fmt: skip
    # training records name no county: whether they came shows in what is known
    absent = [table for table, name in zip(FORM.sources[1:3], ("door_visits", "in_service"), strict=True) if total[name] is None]
    if absent:
        notes.append(unknown_note("依其计算的各栏", absent))
    summed = _figures(total) | {1: _whole(total["target"]), 3: _reached(total["status"]), 15: _remark(total)}
    return Table(
        (FORM.name,), head, [_cells(row) for row in rows], line=line,
        total=total_of(summed, len(head.leaves)), summed=tuple(_SUMMED), notes=(*notes, OWN_LAYOUT), signature=SIGNATURE,
        landscape=True, row_height=22,
        marked=frozenset(place for place, row in enumerate(rows) if row["status"] == "未达标"),
    )  # fmt: skip


def _quarter(quarter: str | None) -> str:
    return f"{quarter[:4]}年第{quarter[-1]}季度" if quarter else "本季度"


def _figures(row: Record) -> dict[int, Cell]:
    """The numbers of a row by column, a township's or the county's."""
    shown: dict[int, Cell] = {column: row[name] for column, name in _SUMMED.items()}
    if row["advisors"] and row["coops_served"] is not None:
        served = Decimal(row["coops_served"] + row["farms_served"])
        shown[6] = figures.rounded(served / row["advisors"], 1)
    shown[11] = figures.percent(row["coops_advised"], row["coops"])
    shown[12] = figures.percent(row["farms_advised"], row["farms"])
    return shown


def _cells(row: Record) -> tuple[Cell, ...]:
    shown = _figures(row) | {
        0: row["township_name"] or UNPLACED, 1: _whole(row["target"]), 3: _reached(row["status"]), 15: _remark(row),
    }  # fmt: skip
    return tuple(shown.get(column) for column in range(16))


def _reached(status: str | None) -> str | None:
    return None if status in (None, "无目标") else status


def _remark(row: Record) -> str | None:
    parts = ["超过人数上限"] if row["above_upper_limit"] else []
    if row["pre_missed"]:
        parts.append(f"新聘未经任前培训即服务 {row['pre_missed']} 名")
    if row["training_unknown"]:
        parts.append(f"培训情况不明 {row['training_unknown']} 名")
    if not row["advisors"] and row["township_name"]:
        parts.append("没有辅导员")
    return "；".join(parts) or None


def _origins(scope: Scope, table: int, code: str, rows: Sequence[Record], advisors: Sequence[Record]) -> list[Origin]:
    """The directory's rows of each township's advisors; certificate numbers, no names."""
    listing = Listing(scope, table=table)
    places = {row["township_name"]: place for place, row in enumerate(rows)}
    for advisor in advisors:
        if advisor["county_code"] == code and advisor["township_name"] in places:
            key = f"{advisor['township_name'] or UNPLACED} 辅导员（{advisor['certificate_no'] or '无证书'}）"
            listing.came_from(places[advisor["township_name"]], key, FORM.sources[0], code, advisor)
    return listing.origins


def _whole(value: Decimal | int | None) -> int | None:
    return None if value is None else int(value)
