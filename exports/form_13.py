"""Form 13 · 合作社星级评定结果表 (ours; 004 第二部分（三）9): official stars first, else the trial, and the points one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from exports import figures
from exports.form import Filled, Form, Scope, never_came
from exports.header import UNKNOWN, Group, Header, Kind, Leaf
from exports.kit import OWN_LAYOUT, SIGNATURE, Cell, Table
from exports.listing import Listing, Record, records
from exports.reading import Reading

FORM = Form(
    13,
    "合作社星级评定结果表",
    OWN_LAYOUT,
    ("gsxt.registration", "supply_coop.star_result", "inspection.coop", "coop_finance.statement",
     "coop_finance.member_account", "gsxt.annual_report", "gsxt.abnormal_listing", "demonstration.roster"),
    ("star_rating", "star_rating_item", "star_next_step"),
)  # fmt: skip
SHEET, ITEMS = "星级评定结果表", "逐社得分"
STATUSES = ("下发", "试算", "待补证据", "资料不足", "不予评定")
STARS = ("未达星级", "一星", "二星", "三星", "四星", "五星")
DIMENSIONS = ("经营规模", "财务管理", "制度", "生产服务", "联农带农", "社会声誉")
NOT_APPLICABLE = "/"
ENOUGH = "star_coverage_minimum"  # policy row

HEADER = Header(
    Leaf("序号", Kind.count, 4.8),
    Leaf("区（县、市）", Kind.text, 9.5),
    Leaf("合作社名称", Kind.label, 20),
    Leaf("统一社会信用代码", Kind.code, 12),
    Leaf("评定来源", Kind.text, 6),
    Leaf("得分", Kind.money, 7.5),
    Leaf("得分区间（低–高）", Kind.text, 12.5),
    Leaf("证据覆盖率（%）", Kind.percent, 8),
    Leaf("星级", Kind.text, 10),
    Group("分项", tuple(Leaf(name, Kind.score, 7) for name in DIMENSIONS)),
    Leaf("不予评定事由", Kind.prose, 14),
    Leaf("较上次", Kind.text, 9),
    Leaf("差距与建议", Kind.prose, 56),
)
ITEM_HEADER = Header(
    Leaf("序号", Kind.count, 5),
    Leaf("合作社名称", Kind.label, 24),
    Leaf("统一社会信用代码", Kind.code, 12),
    Leaf("分项", Kind.text, 9.5),
    Leaf("指标", Kind.label, 24),
    Leaf("分值", Kind.score, 6),
    Leaf("得分", Kind.score, 7),
    Leaf("状态", Kind.text, 8),
    Leaf("证据", Kind.prose, 60),
    Leaf("依据", Kind.prose, 36),
)
_RATINGS = """
    select
        r.credit_code, r.name, r.county_code, r.score_low, r.score_high, r.evidence_coverage, r.stars, r.rating_status,
        r.rating_source, r.veto, r.stars_low, r.stars_high, r.applicable_weight, r.missing_weight, r.official_word,
        r.rubric_issuer, r.rubric_is_default, r.change, r.previous_stars, r.previous_status,
        r.content_hash, r.file_name, r.sheet, r.row_number, r.official_on as snapshot_date,
        c.content_hash as register_content_hash, c.file_name as register_file_name, c.sheet as register_sheet,
        c.row_number as register_row_number, c.delivered_on as register_snapshot_date
    from star_rating r left join cooperative c on c.key = r.credit_code
    where r.county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], r.county_code), r.credit_code
"""
_ITEMS = """
    select credit_code, indicator_id, indicator_name, dimension, weight, points, state, evidence, basis
    from star_rating_item where county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], county_code), credit_code, indicator_id
"""
_SOURCES = """
    select distinct i.credit_code, s.table_id, i.content_hash, i.file_name, i.sheet, i.row_number, s.snapshot_date
    from star_rating_item i
    join received_sheet s on s.content_hash = i.content_hash and s.sheet = i.sheet and s.outcome <> 'duplicate'
    where i.county_code in (select unnest($1::varchar[])) and i.row_number is not null
    order by i.credit_code, s.table_id, i.file_name, i.row_number
"""
_STEPS = """
    select credit_code, indicator_name, points_gained, points_needed, next_stars, state
    from star_next_step
    where is_in_shortest and county_code in (select unnest($1::varchar[]))
    order by credit_code, step
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The list of a county, or of a prefecture county by county; null for wider scopes."""
    if scope.level not in ("county", "prefecture"):
        return None
    counties = [list(scope.counties)]
    ratings = records(reading, _RATINGS, counties)
    items, steps, sources = (_by_code(records(reading, query, counties)) for query in (_ITEMS, _STEPS, _SOURCES))
    listing, enough = Listing(scope), reading.policy_number(ENOUGH, scope)
    for rating in ratings:
        code, county = rating["credit_code"], rating["county_code"]
        key = f"{rating['name'] or ''}（{code}）"
        place = listing.add(county, _cells(rating, scope, items.get(code, ()), steps.get(code, ()), enough),
                            marked=rating["rating_status"] == "不予评定")  # fmt: skip
        listing.came_from(place, key, "gsxt.registration", county, rating, "register_")
        listing.came_from(place, key, "supply_coop.star_result", county, rating)
        for source in sources.get(code, ()):
            listing.came_from(place, key, source["table_id"], county, source)
    missing = None if ratings else never_came(FORM.sources[:1])
    line = (f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", "单位：分")
    table = Table(
        (FORM.name,), HEADER, listing.rows, line=line, missing=missing, notes=_notes(ratings), signature=SIGNATURE,
        landscape=True, marked=frozenset(listing.marked),
    )  # fmt: skip
    lines = [(number, rating, item) for number, rating in enumerate(ratings, 1)
             for item in items.get(rating["credit_code"], ())]  # fmt: skip
    points = Table(
        (f"{FORM.name}·{ITEMS}",), ITEM_HEADER, [_item(*each) for each in lines], line=line, missing=missing,
        notes=(f"注：序号与“{SHEET}”相同。“{UNKNOWN}”为缺证据，“{NOT_APPLICABLE}”为不适用（分值不计入）。", OWN_LAYOUT),
        landscape=True, split_labels=[f"{ITEMS}_{scope.counties[rating['county_code']]}" for _, rating, _ in lines],
    )  # fmt: skip
    return Filled(FORM, [(SHEET, table), (ITEMS, points)], listing.origins, _remarks(ratings))


def _by_code(rows: Sequence[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(row["credit_code"], []).append(row)
    return found


def _cells(
    rating: Record, scope: Scope, items: Sequence[Record], steps: Sequence[Record], enough: Decimal | None
) -> tuple[Cell, ...]:
    low, high = rating["score_low"], rating["score_high"]
    applicable, missing = rating["applicable_weight"], rating["missing_weight"]
    return (
        scope.counties[rating["county_code"]],
        rating["name"],
        rating["credit_code"],
        rating["rating_source"],
        low if low == high or rating["rating_status"] == "试算" else None,
        None if low is None else f"{low:.2f}–{high:.2f}",
        None if applicable is None or missing is None else figures.percent(applicable - missing, applicable, enough),
        _stars(rating),
        *(_dimension([item for item in items if item["dimension"] == name]) for name in DIMENSIONS),
        _veto(rating),
        _change(rating),
        _advice(rating, steps),
    )


def _stars(rating: Record) -> str:
    status = rating["rating_status"]
    if rating["stars"] is not None:
        return STARS[rating["stars"]]
    if status == "待补证据":
        return f"{STARS[rating['stars_low']]}–{STARS[rating['stars_high']]}（{status}）"
    return status


def _dimension(items: Sequence[Record]) -> Cell:
    """Points earned in a dimension; unknown without evidence of any indicator, `/` where none applies."""
    if items and all(item["state"] == "不适用" for item in items):
        return NOT_APPLICABLE
    known = [item["points"] for item in items if item["points"] is not None]
    return figures.rounded(sum(known, Decimal(0)), 2) if known else None


def _veto(rating: Record) -> str | None:
    """What vetoes; the words of the issuer where they do, and where official stars stand against a veto."""
    if rating["official_word"] == "不予评定":
        return "、".join(filter(None, ("评定机关不予评定", rating["veto"])))
    if rating["veto"] and rating["rating_status"] == "下发":
        return f"{rating['veto']}（以下发结果为准，请核实）"
    return rating["veto"]


def _change(rating: Record) -> str:
    before, change = rating["previous_stars"], rating["change"]
    if before is None or change not in ("升星", "降星", "状态变化"):
        return change
    return f"{change}（上次{STARS[before]}）"


def _advice(rating: Record, steps: Sequence[Record]) -> str | None:
    if rating["rating_status"] == "不予评定":
        return "不予评定事由消除后再行评定。"
    if not steps:
        return "已达最高星级。" if rating["stars_low"] == len(STARS) - 1 else None
    needed = figures.text(figures.rounded(steps[0]["points_needed"], 2))
    parts = "、".join(
        f"{step['indicator_name']}（{step['state']}，{figures.text(figures.rounded(step['points_gained'], 2))}分）" for step in steps
    )
    return f"按试算距{STARS[steps[0]['next_stars']]}差{needed}分：{parts}。"


def _item(number: int, rating: Record, item: Record) -> tuple[Cell, ...]:
    points = NOT_APPLICABLE if item["state"] == "不适用" else item["points"]
    return (
        number, rating["name"], rating["credit_code"], item["dimension"], f"{item['indicator_id']} {item['indicator_name']}",
        item["weight"], figures.rounded(points, 2) if isinstance(points, Decimal) else points, item["state"],
        item["evidence"], item["basis"],
    )  # fmt: skip


def _notes(ratings: Sequence[Record]) -> tuple[str, ...]:
    if not ratings:
        return (OWN_LAYOUT,)
    counts = Counter(rating["rating_status"] for rating in ratings)
    states = "、".join(f"{status} {counts[status]}" for status in STATUSES if counts[status])
    default = "；评分标准为系统默认，非文件下发" if any(rating["rubric_is_default"] for rating in ratings) else ""
    return (
        f"注：1.共 {len(ratings)} 社：{states}。底色加深的行不予评定。2.评定来源“下发”为评定机关的结果，“试算”为系统按评分标准"
        f"推算，仅供参考{default}。3.得分、分项均为试算，缺证据的按0分计低值、按满分计高值；证据不足以确定得分的，"
        f"“得分”以“{UNKNOWN}”表示，不作0计；“{NOT_APPLICABLE}”表示不适用。",
        OWN_LAYOUT,
    )


def _remarks(ratings: Sequence[Record]) -> tuple[str, ...]:
    issuers = sorted({rating["rubric_issuer"] for rating in ratings if rating["rubric_issuer"]})
    remarks = [
        "列入本表的是存续的合作社，以及已吊销、注销或在清算（不予评定）的合作社。证据覆盖率＝有证据的适用分值÷适用分值。",
        "差距与建议按试算的低分推算升到上一星级所需的最少指标；逐项得分、证据及来源行见“逐社得分”。",
    ]
    if issuers:
        remarks.append(f"评分标准发布单位：{'、'.join(issuers)}。")
    return tuple(remarks)
