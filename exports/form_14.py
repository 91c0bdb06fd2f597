"""Form 14 · “企业+党支部+合作组织+农牧户”产业发展月报表 (ours; 003 第十九条): the villages of a banner and their 合计."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exports import figures
from exports.award_list import ten_thousands
from exports.form import Filled, Form, Origin, Scope, never_came
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Cell, Table, total_of
from exports.listing import Listing, Record, evened, records
from exports.reading import Reading

FORM = Form(
    14,
    "“企业+党支部+合作组织+农牧户”产业发展月报表",
    OWN_LAYOUT,
    ("village.monthly",),
    ("village_month", "village_banner_month"),
)
ISSUED_FOR = "150600"  # the prefecture whose text asks for the report (003)
INSURANCE_TARGET = "insurance_rate_target"  # policy row
NOT_APPLICABLE = "/"
TOTAL_AT = 2  # 合计 stands in the column 嘎查村
TEN_THOUSANDS = (13, 14, 15)

HEADER = Header(
    Leaf("序号", Kind.count, 4.8),
    Leaf("苏木乡镇", Kind.text, 11),
    Leaf("嘎查村", Kind.label, 13),
    Leaf("扶贫重点", Kind.text, 5.5),
    Leaf("企业", Kind.count, 5.5),
    Leaf("合作组织", Kind.count, 5.5),
    Group("农牧户（户）", (Leaf("总数", Kind.count, 7), Leaf("参与", Kind.count, 7), Leaf("参与率（%）", Kind.percent, 9))),
    Group("建档立卡贫困户（户）",
          (Leaf("总数", Kind.count, 7), Leaf("已联结", Kind.count, 7), Leaf("联结率（%）", Kind.percent, 9))),
    Leaf("入股分红（元）", Kind.money, 11),
    Leaf("村集体经济收入（万元）", Kind.money, 10),
    Group("专项资金（万元）", (Leaf("标准", Kind.money, 8), Leaf("到位", Kind.money, 8))),
    Group("保险（户）",
          (Leaf("应参保", Kind.count, 7), Leaf("已参保", Kind.count, 7), Leaf("参保率（%）", Kind.percent, 9))),
    Leaf("技能培训（人次）", Kind.count, 8),
    Leaf("报送情况", Kind.text, 12),
)  # fmt: skip
# Column → of the marts; summed in 合计.
_SUMMED = {
    4: "enterprises", 5: "organisations", 6: "households", 7: "joined", 9: "poor", 10: "linked", 12: "dividends",
    13: "collective_income", 14: "fund_due", 15: "fund_arrived", 16: "insured_due", 17: "insured", 19: "trained",
}  # fmt: skip
_VILLAGES = f"""
    select v.banner_code, v.township, v.village, v.poor_village, v.reported, v.last_month, v.fund_reached,
        {", ".join(f"v.{name}" for name in _SUMMED.values())},
        v.content_hash, v.file_name, v.sheet, v.row_number, s.snapshot_date
    from village_month v
    left join received_sheet s on s.content_hash = v.content_hash and s.sheet = v.sheet and s.outcome <> 'duplicate'
    where v.banner_code in (select unnest($1::varchar[])) order by v.banner_code, v.township, v.village
"""
_BANNERS = f"""
    select banner_code, villages, villages_reported, villages_missing, {", ".join(_SUMMED.values())}
    from village_banner_month where banner_code in (select unnest(?::varchar[]))
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """A sheet a banner; null for scopes that the report is not asked of and that sent none."""
    codes = list(scope.counties)
    villages = records(reading, _VILLAGES, [codes])
    banners = {banner["banner_code"]: banner for banner in records(reading, _BANNERS, [codes])}
    counties = reading.sheets_of(scope, ISSUED_FOR, banners)
    if not counties:
        return None
    target = reading.policy_number(INSURANCE_TARGET, scope)
    tables: list[tuple[str, Table]] = []
    origins: list[Origin] = []
    for code in counties:
        name = scope.counties[code]
        mine = [village for village in villages if village["banner_code"] == code]
        listing = Listing(scope, table=len(tables))
        for place, village in enumerate(mine):
            listing.came_from(place, f"{village['township']}{village['village']}", FORM.sources[0], code, village)
        origins += listing.origins
        tables.append((name, _table(reading, name, mine, banners.get(code), target)))
    return Filled(FORM, tables, origins, (
        "企业、合作组织为月报中列名的个数。列入本表的是本月报送的嘎查村，以及近12个月内报送过而本月未报送的嘎查村（各数未知）。",
        "专项资金标准只适用于扶贫重点嘎查村，到位不足标准的在报送情况中注明。",
    ))  # fmt: skip


def _table(reading: Reading, name: str, villages: Sequence[Record], banner: Record | None, target: Decimal | None) -> Table:
    rows: list[Sequence[Cell]] = [_cells(number, village, target) for number, village in enumerate(villages, 1)]
    total: Sequence[Cell] | None = None
    notes: tuple[str, ...] = ()
    if banner is not None:
        total = total_of(_figures(banner, target), len(HEADER.leaves), TOTAL_AT)
        rows, total = evened(rows, total, TEN_THOUSANDS)
        notes = (
            f"注：1.共 {banner['villages']} 个嘎查村，本月已报送 {banner['villages_reported']} 个、未报送 {banner['villages_missing']} 个"
            f"（底色加深）。2.合计为已报送数之和；“{UNKNOWN}”表示未报送或未填，不作0计，“{NOT_APPLICABLE}”表示不适用（非扶贫重点嘎查村）。",
        )
    return Table(
        (FORM.name,), HEADER, rows,
        line=(f"填报单位：{name}", f"填报时间：{reading.month.printed}", "单位：户、元、万元、人次"),
        total=total, summed=tuple(_SUMMED), missing=None if villages else never_came(FORM.sources),
        notes=(*notes, OWN_LAYOUT), signature=SIGNATURE, landscape=True,
        marked=frozenset(place for place, village in enumerate(villages) if not village["reported"]),
        split_labels=[f"{name}_{village['township'] or '乡镇不明'}" for village in villages],
    )  # fmt: skip


def _figures(values: Record, target: Decimal | None) -> dict[int, Cell]:
    """The numbers of a row by column, a village's or the banner's."""
    shown: dict[int, Cell] = {
        column: ten_thousands(values[name]) if column in TEN_THOUSANDS else values[name] for column, name in _SUMMED.items()
    }
    shown[8] = figures.percent(values["joined"], values["households"])
    shown[11] = figures.percent(values["linked"], values["poor"])
    shown[18] = figures.percent(values["insured"], values["insured_due"], target)
    return shown


def _cells(number: int, village: Record, target: Decimal | None) -> tuple[Cell, ...]:
    poor, reported = village["poor_village"], village["reported"]
    shown = _figures(village, target) | {
        0: number, 1: village["township"] or None, 2: village["village"], 3: None if poor is None else "是" if poor else "否",
    }  # fmt: skip
    if poor is False:
        shown[14] = NOT_APPLICABLE
    elif not reported:
        shown[14] = None
    state = "已报送" if reported else f"未报送（最近为{village['last_month']:%Y-%m}）"
    shown[20] = f"{state}，专项资金未足额到位" if village["fund_reached"] is False else state
    return tuple(shown.get(column) for column in range(len(HEADER.leaves)))
