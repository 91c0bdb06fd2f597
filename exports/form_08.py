"""Form 8 · 辅导员名录库年度入库与更新表 (ours; 001, 000 三（四）): the directory's advisors and what changed; restricted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from exports.form import Filled, Form, Origin, Scope, never_came
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.identities import identities
from exports.kit import OWN_LAYOUT, SIGNATURE, Band, Cell, Table
from exports.reading import Reading

FORM = Form(
    8,
    "辅导员名录库年度入库与更新表",
    OWN_LAYOUT,
    ("advisor.directory",),
    ("advisor_change",),
    personal=True,
)
SHEET = "入库与更新表"
KINDS = ("新增", "变更", "调出", "除名", "未变")
CHANGED = frozenset(("新增", "变更", "调出", "除名"))

HEADER = Header(
    Leaf("序号", Kind.count, 4.5),
    Leaf("变动类型", Kind.text, 5.5),
    Leaf("证书编号", Kind.code, 9),
    Leaf("姓名", Kind.text, 8),
    Leaf("性别", Kind.text, 4.5),
    Leaf("出生年月", Kind.month, 8.5),
    Leaf("身份证号", Kind.code, 11),
    Leaf("联系电话", Kind.code, 8),
    Leaf("工作单位", Kind.label, 14),
    Leaf("职称", Kind.text, 8),
    Leaf("人员来源", Kind.text, 10),
    Leaf("辅导业务分类", Kind.text, 10),
    Leaf("业务专长", Kind.text, 8),
    Leaf("产业领域", Kind.text, 8),
    Leaf("工作模式", Kind.text, 5.5),
    Leaf("聘任部门", Kind.label, 13),
    Leaf("聘任层级", Kind.text, 7),
    Leaf("乡镇（苏木）", Kind.text, 9),
    Leaf("聘任日期", Kind.day, 10.5),
    Leaf("聘期截止日期", Kind.day, 10.5),
    Group("变更内容", (Leaf("字段", Kind.prose, 9), Leaf("原值", Kind.prose, 11), Leaf("现值", Kind.prose, 11))),
    Leaf("缺失字段", Kind.prose, 10),
)
_ADVISORS = """
    select * from advisor_change where county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], county_code), certificate_no nulls last, advisor_key
"""
_PRINTED = (
    "phone", "employer", "job_title", "origin", "advice_kinds", "expertise", "industry", "work_mode", "appointing_body",
    "appointing_level", "township_name", "appointed_on", "term_ends_on", "changed_fields", "values_before", "values_now",
    "missing_fields",
)  # fmt: skip


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The directory of a county, or of a prefecture county by county; null for wider scopes."""
    if scope.level not in ("county", "prefecture"):
        return None
    found = reading.con.execute(_ADVISORS, [list(scope.counties)])
    names = [column[0] for column in found.description or ()]
    advisors = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    numbers = identities(reading, [_place(advisor) for advisor in advisors])
    rows: list[Sequence[Cell] | Band] = []
    origins: list[Origin] = []
    marked, county = set(), None
    for number, advisor in enumerate(advisors, 1):
        here = scope.counties[advisor["county_code"]]
        if scope.level != "county" and here != county:
            county = here
            rows.append(Band(here))
        if advisor["change_kind"] in CHANGED:
            marked.add(len(rows))
        origins.append(Origin(0, len(rows), f"{advisor['advisor_name']}（{advisor['certificate_no'] or '无证书'}）",
                              FORM.sources[0], here, advisor["file_name"], advisor["sheet"],
                              f"{advisor['row_number']}", advisor["snapshot_date"], advisor["content_hash"]))  # fmt: skip
        rows.append((number, advisor["change_kind"], advisor["certificate_no"], advisor["advisor_name"],
                     advisor["gender"], advisor["born_on"], numbers.get(_place(advisor)),
                     *(advisor[name] for name in _PRINTED)))  # fmt: skip
    never = FORM.sources[0] not in reading.received_tables(scope)
    table = Table(
        (FORM.name,),
        HEADER,
        rows,
        landscape=True,
        line=(f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "单位：人"),
        missing=never_came(FORM.sources) if never and not advisors else None,
        notes=_notes(advisors),
        signature=SIGNATURE,
        row_height=30,
        marked=frozenset(marked),
    )
    return Filled(FORM, [(SHEET, table)], origins, tuple(_remarks(advisors, reading.month.first.year)))


def _place(advisor: dict[str, Any]) -> tuple[str, str, int]:
    return advisor["content_hash"], advisor["sheet"], advisor["row_number"]


def _notes(advisors: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    if not advisors:
        return (OWN_LAYOUT,)
    counts = Counter(advisor["change_kind"] for advisor in advisors)
    kinds = "、".join(f"{kind} {counts[kind]}" for kind in KINDS if counts[kind])
    lacking = sum(1 for advisor in advisors if advisor["missing_fields"])
    return (
        f"注：共 {len(advisors)} 人：{kinds}；有缺失字段的 {lacking} 人。底色加深的行本年度有变动。“{UNKNOWN}”表示未填或未知。",
        OWN_LAYOUT,
    )


def _remarks(advisors: Sequence[dict[str, Any]], year: int) -> list[str]:
    dates = sorted({advisor["compared_with"] for advisor in advisors})
    remarks = [
        f"变动以{year - 1}年12月31日以前最近一批名录库为准对比；没有该批次的，与{year}年首次列有该人的批次对比，"
        "聘任日期在本年度的为新增。本年度以前已调出、除名的不列。",
        "身份证号取自原始文件的单元格；联系电话在源文件中已脱敏的照原样列出，不作变更比较。职称“无”按空白列出，不计缺失。",
    ]
    if dates:
        remarks.append(f"对比批次日期：{'、'.join(f'{day}' for day in dates)}。")
    return remarks
