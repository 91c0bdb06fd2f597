"""Form 16 · 三系统比对差异表 (ours; 002 第五部分（四）): what differs between the systems, and what the office decided."""

from __future__ import annotations

import re
from collections.abc import Sequence

from exports.form import Filled, Form, Scope, masked, never_came
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Cell, Table
from exports.listing import LEAD, Listing, Record, records
from exports.reading import Reading

FORM = Form(
    16,
    "三系统比对差异表",
    OWN_LAYOUT,
    ("gsxt.registration", "farm_directory.farm", "direct_report.entity", "demonstration.roster", "supply_coop.affiliate",
     "programme.award"),
    ("reconciliation",),
    masked="“法定代表人或负责人”的值、人工认定的“人”只显示姓氏（如张**）",
)  # fmt: skip
SHEET = "差异表"
AGREES, DIFFERS, OURS, THEIRS, ALIKE = "两边一致", "有差异", "我方有对方无", "对方有我方无", "疑似同一"
OUTCOMES = (DIFFERS, OURS, THEIRS, ALIKE)
# System of a pair → its name and source table.
SYSTEMS = {
    "registry": ("登记信息", "gsxt.registration"),
    "directory": ("名录系统", "farm_directory.farm"),
    "direct": ("新农直报", "direct_report.entity"),
    "roster": ("示范名录", "demonstration.roster"),
    "affiliate": ("供销名册", "supply_coop.affiliate"),
    "award": ("奖补对象", "programme.award"),
}

_HASH = re.compile(r"[0-9a-f]{64}")
_SIDE = (Leaf("系统", Kind.text, 9), Leaf("标识", Kind.code, 19), Leaf("值", Kind.label, 18))
HEADER = Header(
    Leaf("序号", Kind.count, 5.5),
    Leaf("比对组", Kind.text, 11),
    Leaf("主体名称", Kind.label, 22),
    Group("我方", _SIDE),
    Group("对方", _SIDE),
    Leaf("差异字段", Kind.text, 9),
    Leaf("结论", Kind.text, 9),
    Leaf("建议处理", Kind.prose, 26),
    Group("人工认定", (Leaf("结论", Kind.remark, 6.5), Leaf("人", Kind.remark, 8), Leaf("日期", Kind.remark, 11))),
)
_LINES = """
    select
        r.pair, k.name as pair_name, k.left_system, k.right_system, r.county_code, r.left_key, r.right_key, r.outcome,
        r.field, r.field_name, r.left_value, r.right_value, r.left_name, r.right_name,
        r.left_file_name, r.left_sheet, r.left_row_number, r.right_file_name, r.right_sheet, r.right_row_number,
        d.decision, d.decided_by, d.decided_on,
        l.content_hash as left_content_hash, l.snapshot_date as left_snapshot_date,
        t.content_hash as right_content_hash, t.snapshot_date as right_snapshot_date
    from reconciliation r
    join entity_pair_kind k on k.pair = r.pair
    left join (
        select pair, coalesce(left_key, '') as left_key, coalesce(right_key, '') as right_key,
            string_agg(distinct decision, '、' order by decision) as decision,
            string_agg(distinct decided_by, '、' order by decided_by) as decided_by, max(decided_on) as decided_on
        from (
            select pair, left_key, right_key, decision, decided_by, decided_on from entity_decision
            union all select pair, left_key, null, decision, decided_by, decided_on from entity_decision
            union all select pair, null, right_key, decision, decided_by, decided_on from entity_decision
        ) group by all
    ) d on d.pair = r.pair and d.left_key = coalesce(r.left_key, '') and d.right_key = coalesce(r.right_key, '')
    left join (select file_name, sheet, min(content_hash) as content_hash, min(snapshot_date) as snapshot_date
               from received_sheet where outcome <> 'duplicate' group by all) l
        on l.file_name = r.left_file_name and l.sheet = r.left_sheet
    left join (select file_name, sheet, min(content_hash) as content_hash, min(snapshot_date) as snapshot_date
               from received_sheet where outcome <> 'duplicate' group by all) t
        on t.file_name = r.right_file_name and t.sheet = r.right_sheet
    where r.outcome <> '两边一致' and r.county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], r.county_code), r.pair, r.outcome, coalesce(r.left_key, r.right_key), r.right_key,
        r.field
"""
_COUNTS = """
    select k.name, r.outcome, count(distinct coalesce(r.left_key, '') || '|' || coalesce(r.right_key, '')), count(*)
    from reconciliation r join entity_pair_kind k on k.pair = r.pair
    where r.county_code in (select unnest(?::varchar[])) group by all order by 1, 2
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The list of a county, or of a prefecture county by county; null for wider scopes."""
    if scope.level not in ("county", "prefecture"):
        return None
    counties = [list(scope.counties)]
    lines = records(reading, _LINES, counties)
    counts = reading.con.execute(_COUNTS, counties).fetchall()
    listing = Listing(scope)
    for line in lines:
        place = listing.add(line["county_code"], _cells(line), marked=line["outcome"] == ALIKE)
        for side in ("left", "right"):
            key = f"{_name(line)}（{_identifier(line[f'{side}_key']) or UNKNOWN}）"
            source = SYSTEMS[line[f"{side}_system"]][1]
            listing.came_from(place, key, source, line["county_code"], line, f"{side}_")
    missing = None
    if not lines:
        missing = "参加比对的主体两边一致，没有差异。" if counts else never_came(FORM.sources[:3])
    table = Table(
        (FORM.name,), HEADER, listing.rows,
        line=(f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "单位：项"),
        missing=missing, notes=_notes(lines, counts), signature=SIGNATURE, landscape=True, marked=frozenset(listing.marked),
    )  # fmt: skip
    decided = dict.fromkeys(
        (f"{line['pair_name']}：{_name(line)}", line["decision"], line["decided_by"], line["decided_on"])
        for line in lines if line["decision"]
    )  # fmt: skip
    return Filled(FORM, [(SHEET, table)], listing.origins, _remarks(counts), decisions=tuple(decided))


def _cells(line: Record) -> tuple[Cell, ...]:
    return (
        line["pair_name"],
        _name(line),
        SYSTEMS[line["left_system"]][0],
        _identifier(line["left_key"]),
        line["left_value"] or line["left_name"],
        SYSTEMS[line["right_system"]][0],
        _identifier(line["right_key"]),
        line["right_value"] or line["right_name"],
        line["field_name"] or ("名称" if line["outcome"] == ALIKE else "/"),
        line["outcome"],
        _advice(line),
        line["decision"],
        masked(line["decided_by"]),
        f"{line['decided_on']}" if line["decided_on"] else None,
    )


def _name(line: Record) -> str:
    return line["left_name"] or line["right_name"] or UNKNOWN


def _identifier(key: str | None) -> str | None:
    """A code; what is known by county and name, or by a hash, has none."""
    return None if key is None or "|" in key or _HASH.fullmatch(key) else key


def _advice(line: Record) -> str:
    ours, theirs = SYSTEMS[line["left_system"]][0], SYSTEMS[line["right_system"]][0]
    if line["outcome"] == DIFFERS:
        return f"核实{line['field_name']}，更正{ours}或{theirs}中不符的一方。"
    if line["outcome"] == OURS:
        return f"督促在{theirs}中补录；已登记在其他名称或代码下的，作人工认定。"
    if line["outcome"] == THEIRS:
        return f"核实{theirs}中的名称和代码；确为同一主体的，作人工认定。"
    return f"{LEAD}。请核实是否同一主体，作人工认定。"


def _notes(lines: Sequence[Record], counts: Sequence[tuple]) -> tuple[str, ...]:
    if not counts:
        return (OWN_LAYOUT,)
    found = {outcome: sum(rows for _, each, _, rows in counts if each == outcome) for outcome in (AGREES, *OUTCOMES)}
    states = "、".join(f"{outcome} {found[outcome]}" for outcome in OUTCOMES if found[outcome])
    notes = [
        f"注：1.差异共 {len(lines)} 项" + (f"：{states}" if states else "") + f"；{AGREES}的 {found[AGREES]} 个主体不列。"
        f"2.一个主体有几个字段不一致的，一个字段一行。“{UNKNOWN}”表示没有或未知，“/”表示不涉及字段。"
    ]  # fmt: skip
    if found[ALIKE]:
        notes.append(f"“{ALIKE}”为{LEAD}；底色加深的行名称相近，未作人工认定前不作为同一主体。")
    return (*notes, OWN_LAYOUT)


def _remarks(counts: Sequence[tuple]) -> tuple[str, ...]:
    pairs: dict[str, list[str]] = {}
    for name, outcome, entities, _ in counts:
        pairs.setdefault(name, []).append(f"{outcome} {entities}")
    return (
        "先按统一社会信用代码或一码通编码对应，无代码的在同一旗县内按名称对应；我方有对方无只查应当列入对方的主体。自然人姓名只显示姓氏。",
        *(f"{name}（主体数）：{'、'.join(parts)}。" for name, parts in pairs.items()),
    )
