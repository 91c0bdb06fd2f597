"""What forms 5 and 6 share: 附件5 and 附件6 as printed with the assessors' points, and the companion 评分底稿."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from exports import figures
from exports.form import Filled, Form, Origin, Scope, unknown_note
from exports.header import UNKNOWN, Header, Kind, Leaf
from exports.kit import Cell, Table, total_of
from exports.reading import Reading
from exports.scorecard_text import Section

ISSUED_FOR = "150300"  # the prefecture whose text printed the forms (002)
SCORES = "programme.scorecard"
DRAFT = "评分底稿"
SIGNED = ("绩效评价小组人员签字：",)
SHORT = 28  # characters of a criterion on the companion sheet
_NUMBER = re.compile(r"\d+\.\s*")

DRAFT_HEADER = Header(
    Leaf("序号", Kind.count, 5),
    Leaf("评价标准(简)", Kind.label, 32),
    Leaf("分值", Kind.count, 6),
    Leaf("系统取数", Kind.prose, 26),
    Leaf("试算得分", Kind.score, 8),
    Leaf("评价得分", Kind.score, 8),
    Leaf("差异", Kind.score, 8),
    Leaf("状态", Kind.text, 11),
    Leaf("依据", Kind.prose, 44),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What tells the two forms apart. `total`: the 合计 row but for 得分; `line`: behind 区：, with {year}."""

    form: Form
    mark: str  # 附件5, 附件6: also the mart's column `form`
    header: Header
    sections: tuple[Section, ...]
    total: tuple[Cell, ...]
    line: str = ""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A row of scorecard; field names are the mart's columns."""

    county_code: str
    item: int
    points: Decimal
    is_by_data: bool
    numerator: int | None
    denominator: int | None
    unknown: int | None
    computed: Decimal | None
    given: Decimal | None
    deduction_note: str | None
    basis: str | None
    file_name: str | None
    sheet: str | None
    row_number: int | None
    snapshot_date: date | None
    content_hash: str | None

    @property
    def difference(self) -> Decimal | None:
        """The assessors' points less ours."""
        return None if self.computed is None or self.given is None else self.given - self.computed

    @property
    def state(self) -> str:
        """已评, 有差异, 待评, or 无数据来源 for an item that data could score if its tables had come."""
        if self.given is not None:
            return "有差异" if self.difference else "已评"
        return "无数据来源" if self.is_by_data and self.computed is None else "待评"


def header(first: str) -> Header:
    """The issued header; its first label is 考核指标 in 附件5, 考评指标 in 附件6."""
    return Header(
        Leaf(first, Kind.text, 17),
        Leaf("评价标准", Kind.label, 52),
        Leaf("分值", Kind.count, 6),
        Leaf("评价依据", Kind.label, 21),
        Leaf("得分", Kind.blank_score, 8),
    )


_SCORES = f"""
    select {", ".join(field.name for field in fields(Score))} from scorecard
    where county_code in (select unnest(?::varchar[])) and year = ? and form = ? order by county_code, item
"""
_TOTALS = """
    select county_code, computed, given, points from scorecard_total
    where county_code in (select unnest(?::varchar[])) and year = ? and form = ?
"""


def fill(layout: Layout, reading: Reading, scope: Scope) -> Filled | None:
    """A sheet a county, then its 评分底稿; null for scopes that the form is not issued for and that have no score."""
    year, codes = reading.month.first.year, list(scope.counties)
    found = [Score(*row) for row in reading.con.execute(_SCORES, [codes, year, layout.mark]).fetchall()]
    totals = {row[0]: row[1:] for row in reading.con.execute(_TOTALS, [codes, year, layout.mark]).fetchall()}
    counties = reading.sheets_of(scope, ISSUED_FOR, {score.county_code for score in found})
    if not counties:
        return None
    alone = scope.level == "county"
    sheets: list[tuple[str, Table]] = []
    drafts: list[tuple[str, Table]] = []
    origins: list[Origin] = []
    for place, code in enumerate(counties):
        name, mine = scope.counties[code], {score.item: score for score in found if score.county_code == code}
        sheets.append((f"{year}年度绩效评价表" if alone else f"{year}年度{name}",
                       _form(layout, year, name, mine, totals.get(code))))  # fmt: skip
        drafts.append((DRAFT if alone else f"{DRAFT}（{name}）",
                       _draft(layout, reading, scope, year, name, mine, totals.get(code))))  # fmt: skip
        for table in (place, len(counties) + place):
            origins += _origins(mine.values(), table, name)
    return Filled(layout.form, [*sheets, *drafts], origins, _REMARKS)


_REMARKS = (
    "得分为评价人员所评；尚未评分的留空，由绩效评价小组填写，全部评分后列合计。系统试算得分只列于评分底稿。",
    "状态：已评＝评价人员已评分且与数据一致或无数据可比；有差异＝评价得分与试算得分不同；"
    "待评＝评价人员尚未评分；无数据来源＝尚未评分，且可由数据评分而所需数据未收到。",
)


def blank(layout: Layout, year: str) -> Table:
    """The form without a county or a score, to be filled in by hand."""
    return _form(layout, year, "", {}, None)


def _form(layout: Layout, year: int | str, county: str, scores: dict[int, Score], total: Sequence | None) -> Table:
    rows: list[tuple[Cell, ...]] = []
    merged = []
    for section in layout.sections:
        merged += [(len(rows), column, len(section.items), 1) for column in (0, 3)]
        for place, item in enumerate(section.items):
            score = scores.get(len(rows) + 1)
            lead = (section.label, section.basis) if place == 0 else ("", "")
            rows.append((lead[0], item.text, item.points, lead[1], score.given if score else None))
    points = [item.points for section in layout.sections for item in section.items]
    judged = all(place in scores and scores[place].given is not None
                 for place, number in enumerate(points, 1) if number > 0)  # fmt: skip
    return Table(
        (layout.form.name,),
        layout.header,
        rows,
        attachment=layout.mark,
        line=(f"区：{county}", "", layout.line.format(year=year)),
        total=(*layout.total, total[1] if total and judged else ""),
        summed=(4,) if judged else (),
        notes=(layout.note,) if layout.note else (),
        signature=SIGNED,
        row_height=22,
        merged=tuple(merged),
    )


def _draft(
    layout: Layout, reading: Reading, scope: Scope, year: int, county: str, scores: dict[int, Score], total: Sequence | None
) -> Table:
    items = [item for section in layout.sections for item in section.items]
    rows: list[tuple[Cell, ...]] = []
    for number, item in enumerate(items, 1):
        score = scores.get(number)
        words = _NUMBER.sub("", item.text, count=1) if _NUMBER.match(item.text) else item.text
        short = words if len(words) <= SHORT else words[:SHORT] + "…"
        if score is None:
            rows.append((number, short, item.points, "", None, None, None, "待评", ""))
            continue
        rows.append((number, short, item.points, _by_system(score), score.computed, score.given, score.difference,
                     score.state, _evidence(score)))  # fmt: skip
    notes = ["注：合计的分值不含扣分项；试算得分合计是数据可评各项之和，不等于综合评价。"]
    if SCORES not in reading.received_tables(scope):
        notes.append(unknown_note("评价得分与差异", (SCORES,)))
    sums: dict[int, Cell] = {}
    if total:
        sums = {2: int(total[2]), 4: total[0], 5: total[1], 6: ""}
    return Table(
        (f"{year}年度{layout.mark}{DRAFT}（{county}）",),
        DRAFT_HEADER,
        rows,
        total=total_of(sums, len(DRAFT_HEADER.leaves), 1) if total else None,
        summed=(4, 5) if total else (),
        notes=tuple(notes),
        landscape=True,
        row_height=22,
        marked=frozenset(place for place, row in enumerate(rows) if row[7] == "有差异"),
    )


def _by_system(score: Score) -> str:
    if score.denominator is None:
        return "未收到所需数据" if score.is_by_data else "非数据评分项"
    share = figures.percent(score.numerator, score.denominator)
    rate = f"（{figures.rounded(share.value, figures.SHOWN_DECIMALS)}%）" if share else ""
    unknown = f"，其中未知 {score.unknown} 个按未满足计" if score.unknown else ""
    return f"满足 {score.numerator} / 应满足 {score.denominator}{rate}{unknown}"


def _evidence(score: Score) -> str:
    parts = [score.basis or ""]
    if score.file_name and score.given is not None:
        parts.append(f"评分：{score.file_name}［{score.sheet}］第{score.row_number}行")
    if score.deduction_note:
        parts.append(f"扣分说明：{score.deduction_note}")
    return "；".join(part for part in parts if part) or UNKNOWN


def _origins(scores: Iterable[Score], table: int, county: str) -> Iterable[Origin]:
    for score in scores:
        if score.file_name:
            yield Origin(table, score.item - 1, f"指标{score.item}", SCORES, county, score.file_name, score.sheet or "",
                         f"{score.row_number}", score.snapshot_date, score.content_hash or "")  # fmt: skip
