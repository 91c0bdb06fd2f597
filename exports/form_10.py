"""Form 10 · 月度督察台账 (ours; 002 第五部分（四）): 汇总, 明细, the draft 通报 and what changed since last month."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exports import figures
from exports.award_list import ten_thousands
from exports.form import Filled, Form, Scope, never_came, tables_in, unknown_note
from exports.form_10_notice import NOTICE, notice
from exports.grid import Grid
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Cell, Table, total_of
from exports.listing import Listing, Record, evened, records
from exports.reading import Reading

FORM = Form(
    10,
    "月度督察台账",
    OWN_LAYOUT,
    ("programme.quota", "programme.award", "programme.district_task", "direct_report.entity", "farm_directory.farm"),
    ("supervision_county", "supervision_award", "award_check", "district_check"),
)
ISSUED_FOR = "150300"  # the prefecture whose text asks for the ledger (002)
SUMMARY, DETAIL, CHANGES = "汇总", "明细", "较上月"
FLAG_TARGET, CUT = "subsidy_flag_rate_target", "supervision_cut_notices"  # policy rows
CHANGE_FORMAT = "+0;-0;0"
# Label under 未完成程序 → its district checks.
PROCEDURES = {
    "方案备案": ("reward_plan_filed", "centre_plan_filed"),
    "平台上传": ("platform_uploaded",),
    "中期检查": ("midterm",),
    "验收": ("accepted",),
    "总结报送": ("self_evaluation", "summary"),
}
WORST_FIRST = ("问题", "资料缺", "存疑", "未到期", "问题（逾期）", "通过")

_KINDS = (Leaf("合作社", Kind.count, 7), Leaf("家庭农牧场", Kind.count, 7))
HEADER = Header(
    Leaf("区", Kind.text, 10),
    Group("任务数（个）", _KINDS),
    Group("认定数（个）", _KINDS),
    Group("规范化建设支出补助（个）", _KINDS),
    Leaf("验收数", Kind.count, 6),
    Leaf("拨付数", Kind.count, 6),
    Group("资金（万元）", (Leaf("下达", Kind.money, 8.5), Leaf("拨付", Kind.money, 8.5), Leaf("支付进度（%）", Kind.percent, 9))),
    Group("信息更新", (Leaf("应更新", Kind.count, 6.5), Leaf("已更新", Kind.count, 6.5), Leaf("更新率（%）", Kind.percent, 9))),
    Group("财政补助标记", (Leaf("应标记", Kind.count, 6.5), Leaf("已标记", Kind.count, 6.5), Leaf("标记率（%）", Kind.percent, 9))),
    Group("未完成程序", tuple(Leaf(label, Kind.text, 8) for label in PROCEDURES)),
    Leaf("问题数", Kind.count, 6),
    Leaf("较上月", Kind.text, 7.5),
    Leaf("建议", Kind.text, 8.5),
)
# Column of HEADER → of supervision_county.
_SUMMED = {
    1: "quota_coops", 2: "quota_farms", 3: "awarded_coops", 4: "awarded_farms", 5: "standardised_coops",
    6: "standardised_farms", 7: "accepted", 8: "paid", 9: "funds_allotted", 10: "funds_paid", 12: "due_updates", 13: "updated",
    15: "due_flags", 16: "flagged", 23: "problems",
}  # fmt: skip
_MONEY = (9, 10)
DETAIL_HEADER = Header(
    Leaf("序号", Kind.count, 5),
    Leaf("区", Kind.text, 10),
    Leaf("主体类型", Kind.text, 9),
    Leaf("主体名称", Kind.label, 24),
    Leaf("支持方式", Kind.text, 11),
    Leaf("问题", Kind.prose, 38),
    Leaf("依据", Kind.prose, 34),
    Leaf("首次发现月份", Kind.month, 9),
    Leaf("持续天数", Kind.count, 6),
    Leaf("整改期限", Kind.day, 11),
    Leaf("数据来源", Kind.label, 30),
)
CHANGES_HEADER = Header(
    Leaf("序号", Kind.count, 5),
    Leaf("区", Kind.text, 12),
    Leaf("主体类型", Kind.text, 11),
    Leaf("主体名称", Kind.label, 36),
    Leaf("支持方式", Kind.text, 16),
    Group("问题数", (Leaf("上月", Kind.count, 8), Leaf("本月", Kind.count, 8))),
    Leaf("变化", Kind.text, 12),
    Leaf("首次发现月份", Kind.month, 12),
)
_COUNTIES = f"""
    select county_code, {", ".join(_SUMMED.values())}, examined, late, undecided, problems_per_award, rank, notified,
        consecutive_notices, suggest_cut, problems_change, edition_state, missing_tables
    from supervision_county where county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], county_code)
"""
_TOTAL = f"""
    select {", ".join(f"case when count({name}) = count(*) then sum({name}) end" for name in _SUMMED.values())}
    from supervision_county where county_code in (select unnest(?::varchar[]))
"""
_PROCEDURES = """
    select year, county_code, check_id, check_name, outcome, days_open from district_check
    where county_code in (select unnest(?::varchar[])) order by county_code, year, print_order
"""
_PROBLEMS = """
    select c.county_code, c.entity_type, c.entity_name, c.support, c.check_id, c.check_name, c.detail, c.basis,
        a.first_seen_month, c.days_open, c.due_on, c.content_hash, c.file_name, c.sheet, c.row_number, c.snapshot_date
    from award_check c
    left join supervision_award a on a.county_code = c.county_code and a.award_key = c.award_key
    where c.outcome = '问题' and c.county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], c.county_code), c.entity_type desc, c.entity_name, c.award_key, c.print_order
"""
_CHANGES = """
    select county_code, entity_type, entity_name, support, previous_problems, open_problems, change, first_seen_month
    from supervision_award
    where change not in ('首期', '持平') and county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], county_code), change, entity_type desc, entity_name, award_key
"""
_SOURCES = """
    select 'programme.quota' as source, county_code, file_name, sheet, row_number, snapshot_date, content_hash
    from quota_task where year = $2 and county_code in (select unnest($1::varchar[]))
    union all
    select 'programme.district_task', county_code, file_name, sheet, row_number, snapshot_date, content_hash
    from asof_programme__district_task where year = $2 and county_code in (select unnest($1::varchar[]))
    order by source, county_code, row_number
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The ledger of a prefecture; null for other scopes, and where no text asks for it."""
    codes, year = list(scope.counties), reading.month.first.year
    counties = records(reading, _COUNTIES, [codes]) if scope.level == "prefecture" else []
    if scope.level != "prefecture" or not (counties or scope.code == ISSUED_FOR):
        return None
    missing = None if counties else never_came(FORM.sources[:2])
    problems, procedures = records(reading, _PROBLEMS, [codes]), records(reading, _PROCEDURES, [codes])
    detail = Listing(scope, table=1)
    for problem in problems:
        _problem(detail, problem)
    summary = Listing(scope)
    for place, county in enumerate(counties):
        for source in records(reading, _SOURCES, [[county["county_code"]], year]):
            name = scope.counties[county["county_code"]]
            summary.came_from(place, name, source["source"], county["county_code"], source)
    cut = reading.policy(CUT, scope)
    line = (f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "单位：个、万元")
    tables: list[tuple[str, Table | Grid]] = [
        (SUMMARY, _summary(reading, scope, counties, procedures, line, missing)),
        (DETAIL, Table(
            (f"{FORM.name}·{DETAIL}",), DETAIL_HEADER, detail.rows, line=(*line[:2], ""),
            missing=missing or (None if problems else "本月没有未解决的问题。"),
            notes=("注：一行为一项未解决的问题，各区行数之和等于汇总的问题数。整改期限为该项应完成之日，均已超过，持续天数自其次日起算。",
                   OWN_LAYOUT),
            signature=SIGNATURE, landscape=True)),
        (NOTICE, notice(reading, scope, counties, problems, cut)),
        (CHANGES, _changes(reading, scope, line, missing)),
    ]  # fmt: skip
    return Filled(FORM, tables, summary.origins + detail.origins, tuple(_remarks(scope, counties, procedures, year)))


def _summary(
    reading: Reading, scope: Scope, counties: Sequence[Record], procedures: Sequence[Record], line: tuple[str, str, str],
    missing: str | None,
) -> Table:  # fmt: skip
    year = reading.month.first.year
    target = reading.policy_number(FLAG_TARGET, scope)
    rows: list[Sequence[Cell]] = [
        _cells(scope, county, target, [check for check in procedures if check["county_code"] == county["county_code"]
                                       and check["year"] == year])
        for county in counties
    ]  # fmt: skip
    total: Sequence[Cell] | None = None
    if counties:
        found = dict(zip(_SUMMED.values(), reading.con.execute(_TOTAL, [list(scope.counties)]).fetchall()[0], strict=True))
        total = total_of(_figures(found, target), len(HEADER.leaves))
        rows, total = evened(rows, total, _MONEY)
    absent = tables_in(*(county["missing_tables"] for county in counties))
    notes = [
        "注：1.信息更新、财政补助标记只计已过宽限期的奖补对象。2.建议栏：有对象超过宽限期未更新或未标记的为“通报”，连续通报达到规定"
        "次数的为“建议核减”；宽限期和次数文件未作规定，为系统默认。3.底色加深的行予以通报。"
        f"“{UNKNOWN}”表示未知，不作0计；有旗县未知的，其合计亦未知。"
    ] if counties else []  # fmt: skip
    if absent:
        notes.append(unknown_note("相应各栏", absent))
    return Table(
        (FORM.name,), HEADER, rows, line=line, total=total, summed=tuple(_SUMMED), missing=missing,
        notes=(*notes, OWN_LAYOUT), signature=SIGNATURE, landscape=True, row_height=30,
        marked=frozenset(place for place, county in enumerate(counties) if county["notified"]),
    )  # fmt: skip


def _figures(values: Record, target: Decimal | None) -> dict[int, Cell]:
    """The numbers of a row by column, a county's or the sums."""
    shown: dict[int, Cell] = {
        column: ten_thousands(values[name]) if column in _MONEY else _whole(values[name]) for column, name in _SUMMED.items()
    }
    shown[11] = figures.percent(values["funds_paid"], values["funds_allotted"])
    shown[14] = figures.percent(values["updated"], values["due_updates"])
    shown[17] = figures.percent(values["flagged"], values["due_flags"], target)
    return shown


def _cells(scope: Scope, county: Record, target: Decimal | None, checks: Sequence[Record]) -> tuple[Cell, ...]:
    shown = _figures(county, target)
    shown[0] = scope.counties[county["county_code"]]
    for column, ids in enumerate(PROCEDURES.values(), 18):
        shown[column] = _procedure([check for check in checks if check["check_id"] in ids])
    change = county["problems_change"]
    shown[24] = county["edition_state"] if change is None else figures.Shown(Decimal(change), CHANGE_FORMAT)
    if county["notified"] is not None:
        shown[25] = "建议核减" if county["suggest_cut"] else "通报" if county["notified"] else UNKNOWN
    return tuple(shown.get(column) for column in range(len(HEADER.leaves)))


def _procedure(checks: Sequence[Record]) -> str | None:
    """The state of a procedure: that of its check that is furthest behind."""
    if not checks:
        return None
    worst = min(checks, key=lambda check: WORST_FIRST.index(check["outcome"]))
    days = f"（{worst['days_open']}天）" if worst["days_open"] is not None else ""
    words = {"问题": f"未完成{days}", "问题（逾期）": f"逾期完成{days}", "通过": "已完成"}
    return words.get(worst["outcome"], worst["outcome"])


def _problem(detail: Listing, problem: Record) -> None:
    sheet = f"［{problem['sheet']}］" if problem["sheet"] else ""
    cells = (
        detail.scope.counties[problem["county_code"]], problem["entity_type"], problem["entity_name"], problem["support"],
        f"{problem['check_name']}：{problem['detail']}", problem["basis"], problem["first_seen_month"], problem["days_open"],
        problem["due_on"], f"{problem['file_name']}{sheet}第{problem['row_number']}行",
    )  # fmt: skip
    detail.entities += 1
    detail.rows.append((detail.entities, *cells))
    key = f"{problem['entity_name']}：{problem['check_name']}"
    detail.came_from(len(detail.rows) - 1, key, "programme.award", problem["county_code"], problem)


def _changes(reading: Reading, scope: Scope, line: tuple[str, str, str], missing: str | None) -> Table:
    changed = records(reading, _CHANGES, [list(scope.counties)])
    rows = [
        (number, scope.counties[row["county_code"]], row["entity_type"], row["entity_name"], row["support"],
         row["previous_problems"] or 0, row["open_problems"], row["change"], row["first_seen_month"])
        for number, row in enumerate(changed, 1)
    ]  # fmt: skip
    first = reading.month.previous_edition is None
    none = "首期，没有上月的台账可比。" if first else "与上月相比没有变化。"
    return Table(
        (f"{FORM.name}·{CHANGES}",), CHANGES_HEADER, rows, line=(*line[:2], "单位：项"),
        missing=missing or (None if rows else none), notes=(
            "注：只列与上月相比有变化的奖补对象；问题数不变的见“明细”。“已不在台账”的对象本月不再检查，本月问题数未知。", OWN_LAYOUT,
        ), signature=SIGNATURE, landscape=True,
    )  # fmt: skip


def _remarks(scope: Scope, counties: Sequence[Record], procedures: Sequence[Record], year: int) -> list[str]:
    ranked = sorted((county for county in counties if county["rank"]), key=lambda county: county["rank"])
    remarks = []
    if ranked:
        places = "；".join(
            f"第{county['rank']}名 {scope.counties[county['county_code']]}（{county['problems']}项÷{county['examined']}个＝"
            f"{figures.rounded(county['problems_per_award'], 2)}）" for county in ranked
        )  # fmt: skip
        remarks.append(f"排名按每个受检查对象的问题数，少者在前，并列同名次：{places}。受检查对象含以前年度仍有问题或未到期的。")
    for county in counties:
        if county["undecided"] or county["late"]:
            remarks.append(f"{scope.counties[county['county_code']]}：资料缺或存疑 {county['undecided'] or 0} 项、"
                           f"逾期完成 {county['late'] or 0} 项，不计入问题数。")  # fmt: skip
    remarks += [
        f"{scope.counties[check['county_code']]}：{check['year']}年度“{check['check_name']}”{_procedure([check])}。"
        for check in procedures if check["year"] < year and check["outcome"] == "问题"
    ]  # fmt: skip
    return remarks


def _whole(value: Decimal | int | None) -> int | None:
    return None if value is None else int(value)
