"""Form 11 · 空壳社、列异社清理台账 (ours; 002 第三部分（二）, 004 第二部分（一）): leads, decisions, listings, disposal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from exports.form import Filled, Form, Scope, never_came
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Cell, Table
from exports.listing import LEAD, Listing, Record, records
from exports.reading import Reading

FORM = Form(
    11,
    "空壳社、列异社清理台账",
    OWN_LAYOUT,
    ("gsxt.registration", "gsxt.abnormal_listing", "inspection.coop", "coop_finance.member_account",
     "coop_finance.statement", "gsxt.annual_report"),
    ("shell_status", "shell_flag", "shell_evidence"),
)  # fmt: skip
SHEET = "清理台账"
SUSPECT = "疑似空壳"
STATUSES = (SUSPECT, "关注", "确认", "整改中", "排除", "正常", "无法判断")
# The six kinds of 中农发〔2019〕3号, in its words (spec 3.1).
KINDS = ("无农民成员实际参与", "无实质性生产经营活动", "因经营不善停止运行", "涉嫌套取资金", "群众举报", "从事非法金融活动")
UNSEEN = "未见于最新名录"

HEADER = Header(
    Leaf("序号", Kind.count, 4.8),
    Leaf("旗县", Kind.text, 8),
    Leaf("合作社名称", Kind.label, 18),
    Leaf("统一社会信用代码", Kind.code, 12),
    Leaf("登记日期", Kind.day, 11),
    Group("线索", (Leaf("类型", Kind.remark, 10), Leaf("说明", Kind.prose, 36), Leaf("证据日期", Kind.remark, 11))),
    Group("核查", (Leaf("日期", Kind.remark, 11), Leaf("结论", Kind.remark, 8), Leaf("申辩意见", Kind.prose, 14))),
    Group("列异", (Leaf("原因", Kind.prose, 14), Leaf("列入日期", Kind.remark, 11))),
    Leaf("状态", Kind.text, 13),
    Group("处置", (Leaf("措施", Kind.remark, 9), Leaf("期限", Kind.remark, 11), Leaf("完成日期", Kind.remark, 11))),
    Leaf("法定下一步", Kind.remark, 13),
    Leaf("首次列账月份", Kind.remark, 8.5),
    Leaf("在账月数", Kind.count, 5.5),
    Leaf("较上月", Kind.text, 6),
)
_LISTED = """
    select
        s.credit_code, s.name, s.county_code, s.founded_on, s.status, s.kinds, s.first_month, s.months_listed, s.change,
        s.conflict_rules, s.decided_on, s.decision_word, s.deadline, s.pleaded_on, s.disposal, s.disposal_due_on,
        s.disposal_done_on, s.legal_next_step, s.simplified_closed,
        c.content_hash, c.file_name, c.sheet, c.row_number, c.delivered_on as snapshot_date
    from shell_status s left join cooperative c on c.key = s.credit_code
    where s.county_code in (select unnest($1::varchar[]))
      and (s.months_listed > 0 or s.change = '移出' or s.credit_code in (
          select credit_code from asof_gsxt__abnormal_listing where listing_state in ('在列', '未见于最新名录')))
    order by list_position($1::varchar[], s.county_code), s.credit_code
"""
_FLAGS = """
    select f.credit_code, f.rule_id, f.kind, f.evidence_date, f.sentence, f.parameters
    from shell_flag f
    where f.outcome = 'fired' and f.county_code in (select unnest($1::varchar[]))
    order by f.credit_code, f.rule_id
"""
_EVIDENCE = """
    select e.credit_code, e.rule_id, e.table_id, e.content_hash, e.file_name, e.sheet, e.first_row as row_number, e.last_row,
        e.fact_on as snapshot_date
    from shell_evidence e
    where e.credit_code in (select credit_code from shell_status where county_code in (select unnest($1::varchar[])))
    order by e.credit_code, e.rule_id, e.place
"""
_LISTINGS = """
    select credit_code, reason, listed_on, listing_state, content_hash, file_name, sheet, row_number, snapshot_date
    from asof_gsxt__abnormal_listing
    where listing_state in ('在列', '未见于最新名录') order by credit_code, listed_on, reason
"""
_STEPS = """
    select credit_code, step, done_on, note, decided_by, content_hash, file_name, sheet, row_number, snapshot_date
    from asof_office__shell_case order by credit_code, done_on, step
"""
_OTHERS = """
    select distinct coalesce(c.name, l.name, l.credit_code), l.credit_code
    from asof_gsxt__abnormal_listing l
    left join cooperative c on c.key = l.credit_code
    where l.listing_state in ('在列', '未见于最新名录') and l.county_code in (select unnest($1::varchar[]))
      and l.credit_code not in (select credit_code from shell_status)
    order by 2
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The ledger of a county, or of a prefecture county by county; null for wider scopes."""
    if scope.level not in ("county", "prefecture"):
        return None
    counties = [list(scope.counties)]
    listed = records(reading, _LISTED, counties)
    flags, evidence = (_by_code(records(reading, query, counties)) for query in (_FLAGS, _EVIDENCE))
    entries, steps = (_by_code(records(reading, query, ())) for query in (_LISTINGS, _STEPS))
    listing = Listing(scope)
    for coop in listed:
        code = coop["credit_code"]
        mine, handled = entries.get(code, []), steps.get(code, [])
        place = listing.add(coop["county_code"], _cells(scope, coop, flags.get(code, []), mine, handled),
                            marked=coop["status"] in (SUSPECT, "确认"))  # fmt: skip
        _sources(listing, place, coop, evidence.get(code, []), mine, handled)
    received = reading.received_tables(scope)
    missing = None
    if not listed:
        missing = ("本月没有列账的合作社。" if FORM.sources[0] in received else never_came(FORM.sources[:1]))
    table = Table(
        (FORM.name,), HEADER, listing.rows,
        line=(f"填报单位：{scope.name}", LEAD, f"填报时间：{reading.month.printed}"),
        missing=missing, notes=_notes(listed), signature=SIGNATURE, landscape=True, marked=frozenset(listing.marked),
    )  # fmt: skip
    left_out = [(f"{name}（{code}）", "在经营异常名录上，但在截止日期不属于存续的合作社，未列入")
                for name, code in reading.con.execute(_OTHERS, counties).fetchall()]  # fmt: skip
    decisions = [(f"{coop['name']}（{coop['credit_code']}）", step["step"], step["decided_by"], step["done_on"])
                 for coop in listed for step in steps.get(coop["credit_code"], ())]  # fmt: skip
    return Filled(FORM, [(SHEET, table)], listing.origins, _remarks(listed, received), left_out, decisions)


def _by_code(rows: Sequence[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(row["credit_code"], []).append(row)
    return found


def _cells(
    scope: Scope, coop: Record, flags: Sequence[Record], entries: Sequence[Record], steps: Sequence[Record]
) -> tuple[Cell, ...]:
    return (
        scope.counties[coop["county_code"]],
        coop["name"],
        coop["credit_code"],
        coop["founded_on"],
        "、".join(KINDS[int(kind) - 1] for kind in coop["kinds"].split(",")) if coop["kinds"] else None,
        "".join(f"{flag['rule_id']} {_sentence(flag)}" for flag in flags) or None,
        max((f"{flag['evidence_date']}" for flag in flags if flag["evidence_date"]), default=None),
        _day(coop["decided_on"]),
        coop["decision_word"],
        _plea(coop, steps),
        "；".join(dict.fromkeys(_entry(entry) for entry in entries)) or None,
        "、".join(dict.fromkeys(f"{entry['listed_on']}" for entry in entries)) or None,
        f"{SUSPECT}（{LEAD}）" if coop["status"] == SUSPECT else coop["status"],
        None if coop["disposal"] == "无" else coop["disposal"],
        _day(coop["disposal_due_on"] or coop["deadline"]),
        _day(coop["disposal_done_on"]),
        _next_step(coop),
        f"{coop['first_month']:%Y-%m}" if coop["first_month"] else None,
        coop["months_listed"],
        coop["change"],
    )


def _sentence(flag: Record) -> str:
    """The rule's sentence with the values that it saw."""
    return flag["sentence"].format(**json.loads(flag["parameters"]))


def _entry(entry: Record) -> str:
    return f"{entry['reason']}（{UNSEEN}）" if entry["listing_state"] == UNSEEN else entry["reason"]


def _day(day: object) -> str | None:
    return f"{day}" if day else None


def _plea(coop: Record, steps: Sequence[Record]) -> str | None:
    said = [f"{step['done_on']} {step['note']}" for step in steps if step["step"] == "申辩中" and step["note"]]
    return "；".join(said) or (f"{coop['pleaded_on']} 已提出申辩" if coop["pleaded_on"] else None)


def _next_step(coop: Record) -> str | None:
    step = coop["legal_next_step"]
    return f"{step}（不适用简易注销）" if step and coop["simplified_closed"] else step


def _sources(
    listing: Listing, place: int, coop: Record, evidence: Sequence[Record], entries: Sequence[Record], steps: Sequence[Record]
) -> None:
    key, county = f"{coop['name'] or ''}（{coop['credit_code']}）", coop["county_code"]
    listing.came_from(place, key, "gsxt.registration", county, coop)
    for row in evidence:
        listing.came_from(place, f"{key} {row['rule_id']}", row["table_id"], county, row)
    for entry in entries:
        listing.came_from(place, key, "gsxt.abnormal_listing", county, entry)
    for step in steps:
        listing.came_from(place, key, "office.shell_case", county, step)


def _notes(listed: Sequence[Record]) -> tuple[str, ...]:
    if not listed:
        return (OWN_LAYOUT,)
    counts = Counter(coop["status"] for coop in listed)
    states = "、".join(f"{status} {counts[status]}" for status in STATUSES if counts[status])
    return (
        f"注：1.共 {len(listed)} 社：{states}；在经营异常名录上的 {sum(1 for coop in listed if coop['simplified_closed'])} 社。"
        f"2.“{SUSPECT}”为{LEAD}，须实地核查、听取申辩后认定；底色加深的行为疑似空壳或已确认的。"
        "3.在经营异常名录上的，依次补报年报、移出经营异常名录、注销，不适用简易注销。4.空白表示没有该事项，"
        f"“{UNKNOWN}”表示未知。",
        OWN_LAYOUT,
    )


def _remarks(listed: Sequence[Record], received: set[str]) -> tuple[str, ...]:
    remarks = [
        "列账范围：状态为疑似空壳、关注、确认、整改中的合作社，本月移出台账的合作社，以及在经营异常名录上的存续合作社。",
        "线索由规则K01至K13按已报送的数据判断，缺少所需数据的规则不判断；资料来源见“溯源”，其“数据日期”为证据日期。",
        f"线索类型为中农发〔2019〕3号所列六类：{'、'.join(f'{place}.{kind}' for place, kind in enumerate(KINDS, 1))}。",
    ]
    conflicts = [f"{coop['name']}（{coop['conflict_rules']}）" for coop in listed if coop["conflict_rules"]]
    if conflicts:
        remarks.append(f"检查结论为正常但同次检查记有相反事实、需核实的：{'、'.join(conflicts)}。")
    if "gsxt.abnormal_listing" not in received:
        remarks.append("未收到经营异常名录，列异各栏未知，空白不表示未列入。")
    return tuple(remarks)
