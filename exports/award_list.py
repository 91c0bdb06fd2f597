"""What forms 2 and 3 share: the awards of a county's year, their 合计, and where each row came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

from exports import figures
from exports.form import Filled, Form, Origin, Scope, never_came
from exports.header import Header
from exports.kit import Cell, Table, total_of
from exports.reading import Reading

ISSUED_FOR = "150300"  # the prefecture whose text printed the forms (002)
LEDGER = "programme.award"
TOTAL_AT = 1  # 合计 stands in the column 镇
COUNTED = {
    "members": "实有成员总数",
    "annual_income": "年经营收入",
    "households_led": "带动非成员农户数",
    "residents_led": "带动农区居民总人数",
    "lifted_led": "带动脱贫人口",
    "monitored_led": "带动监测户",
}


@dataclass(frozen=True, slots=True)
class Award:
    """A row of award_form; field names are the mart's columns."""

    county_code: str
    township_name: str | None
    entity_name: str
    registered_on: date | None
    members: int | None
    main_industry: str | None
    annual_income: Decimal | None
    households_led: int | None
    residents_led: int | None
    lifted_led: int | None
    monitored_led: int | None
    works: str | None
    code_state: str | None
    demonstration_level: str | None
    left_out: str | None
    file_name: str
    sheet: str
    row_number: int
    snapshot_date: date
    content_hash: str
    form_file_name: str | None
    form_sheet: str | None
    form_row_number: int | None
    form_content_hash: str | None


@dataclass(frozen=True, slots=True)
class Layout:
    """What tells the two forms apart. `cells`: a row from 镇 on; `columns`: the mart's column of each summed one."""

    form: Form
    title: str  # behind 年度
    header: Header
    entity_type: str
    cells: Callable[[Award], tuple[Cell, ...]]
    columns: dict[int, str]  # 0-based place → column
    attachment: str
    note: str | None = None  # with {year}, the year before
    signature: tuple[str, ...] = ()


_AWARDS = f"""
    select {", ".join(field.name for field in fields(Award))} from award_form
    where county_code in (select unnest(?::varchar[])) and year = ? and entity_type = ?
    order by county_code, print_order, award_key
"""
_TOTALS = f"""
    select county_code, {", ".join(COUNTED)}, {", ".join(f"{name}_unknown" for name in COUNTED)}
    from award_form_total where county_code in (select unnest(?::varchar[])) and year = ? and entity_type = ?
"""


def fill(layout: Layout, reading: Reading, scope: Scope) -> Filled | None:
    """One sheet a county; null for scopes that the form is not issued for and that have no award."""
    year, codes = reading.month.first.year, list(scope.counties)
    found = [Award(*row) for row in reading.con.execute(_AWARDS, [codes, year, layout.entity_type]).fetchall()]
    totals = {
        row[0]: dict(zip((*COUNTED, *(f"{name}_unknown" for name in COUNTED)), row[1:], strict=True))
        for row in reading.con.execute(_TOTALS, [codes, year, layout.entity_type]).fetchall()
    }
    listed = {award.county_code for award in found}
    counties = reading.sheets_of(scope, ISSUED_FOR, listed)
    if not counties or not (listed or ISSUED_FOR in scope.enclosing):
        return None
    tables: list[tuple[str, Table]] = []
    origins: list[Origin] = []
    remarks: list[str] = []
    for code in counties:
        name = scope.counties[code]
        mine = [award for award in found if award.county_code == code and award.left_out is None]
        origins += [origin for place, award in enumerate(mine) for origin in _origins(award, len(tables), place, name)]
        label = f"{year}年度奖补基本情况表" if scope.level == "county" else f"{year}年度{name}"
        tables.append((label, _table(layout, year, reading.month.printed, name, mine, totals.get(code))))
        remarks += _unknown(layout, name, totals.get(code))
    remarks.insert(0, "列入本表的是本年度已认定（含建设、验收、拨付）的奖励补助对象；镇内按台账原有顺序排列。")
    left_out = [(f"{scope.counties[award.county_code]} {award.entity_name}", f"{award.left_out}，未列入")
                for award in found if award.left_out]  # fmt: skip
    return Filled(layout.form, tables, origins, tuple(remarks), left_out)


def _table(
    layout: Layout, year: int, month: str, county: str, awards: Sequence[Award], total: dict | None
) -> Table:
    rows: list[tuple[Cell, ...]] = [(number, *layout.cells(award)) for number, award in enumerate(awards, 1)]
    sums: dict[int, Cell] = {}
    if total is not None:
        sums = {
            place: ten_thousands(total[name]) if name == "annual_income" else total[name]
            for place, name in layout.columns.items()
        }
    income = next(place for place, name in layout.columns.items() if name == "annual_income")
    decimals = max([2, figures.decimals(sums.get(income)), *(figures.decimals(row[income]) for row in rows)])
    if decimals > 2:
        rows = [(*row[:income], figures.with_decimals(row[income], decimals), *row[income + 1 :]) for row in rows]
        sums[income] = figures.with_decimals(sums[income], decimals)
    return Table(
        (f"{year}年度{layout.title}",),
        layout.header,
        rows,
        attachment=layout.attachment,
        line=(f"区：{county}", f"填报时间：{month}", "单位：人、户、万元"),
        total=total_of(sums, len(layout.header.leaves), TOTAL_AT) if total is not None else None,
        summed=tuple(layout.columns),
        missing=None if total is not None else never_came((LEDGER,), f"{year}年度"),
        notes=(layout.note.format(year=year - 1),) if layout.note else (),
        signature=layout.signature,
        landscape=True,
        row_height=24,
        split_labels=[award.township_name or "镇不明" for award in awards],
    )


def ten_thousands(amount: Decimal | None) -> Decimal | None:
    """元 as 万元, exactly."""
    return None if amount is None else amount.scaleb(-4)


def _unknown(layout: Layout, county: str, total: dict | None) -> list[str]:
    lacking = [
        f"{COUNTED[name]} {total[f'{name}_unknown']} 个"
        for name in layout.columns.values()
        if total is not None and total[f"{name}_unknown"]
    ]
    return [f"{county}未填的对象数：{'、'.join(lacking)}；所在单元格及其合计以“—”表示，不作0计。"] if lacking else []


def _origins(award: Award, table: int, place: int, county: str) -> list[Origin]:
    ledger = Origin(
        table, place, award.entity_name, LEDGER, county, award.file_name, award.sheet, f"{award.row_number}",
        award.snapshot_date, award.content_hash,
    )  # fmt: skip
    if award.form_file_name is None:
        return [ledger]
    filled = replace(
        ledger,
        file_name=award.form_file_name,
        sheet=award.form_sheet or "",
        rows=f"{award.form_row_number}",
        snapshot_date=None,
        content_hash=award.form_content_hash or "",
    )
    return [ledger, filled]
