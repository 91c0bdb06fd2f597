"""The last sheets of every workbook: 数据说明 (what the figures rest on), 溯源 (where each row came from)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exports import figures, text
from exports.form import Filled, Origin, Scope, masked, source_title
from exports.header import UNKNOWN, Header, Kind, Leaf
from exports.kit import BAND_FILL, LINE_HEIGHT, OWN_LAYOUT, Printed, Table, spanned, write_split
from exports.reading import EXAMPLES, Gap, Policy, Reading
from exports.workbook import BODY_FONT, FALLBACK_FONTS, TITLE_FONT, Book, Sheet, Style

NOTES, TRACE = "数据说明", "溯源"
GRID = (22.0,) * 6  # columns of 数据说明; blocks take several for one of theirs
PERSONAL = "未脱敏：本表含自然人信息，只存放于受限目录，限经办人使用，不得外传"
LISTED_FILES = 2_000  # files named in 数据说明; 溯源 has them all

TRACE_HEADER = Header(
    Leaf("本簿工作表", Kind.text, 16),
    Leaf("本簿行号", Kind.count, 9),
    Leaf("主体", Kind.label, 34),
    Leaf("旗县", Kind.text, 12),
    Leaf("数据来源", Kind.label, 34),
    Leaf("源文件", Kind.label, 40),
    Leaf("源工作表", Kind.text, 14),
    Leaf("源行号", Kind.text, 12),
    Leaf("数据日期", Kind.day, 12),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A small table of 数据说明. `spans`: grid columns that each of its columns takes."""

    title: str
    labels: tuple[str, ...]
    spans: tuple[int, ...]
    rows: Sequence[Sequence]
    empty: str = "无"


def write_notes(book: Book, filled: Filled, reading: Reading, scope: Scope) -> None:
    """Write the sheet 数据说明."""
    sheet = book.sheet(NOTES)
    sheet.widths(GRID)
    sheet.page(landscape=True, repeat=None)
    spanned(sheet, len(GRID), NOTES, Style(TITLE_FONT, 18, bold=True, border=False), 28)
    for block in _blocks(filled, reading, scope):
        _write_block(sheet, block)


def _blocks(filled: Filled, reading: Reading, scope: Scope) -> list[Block]:
    form = filled.form
    measures = reading.measures(form.marts)
    policy_ids = {policy_id for row in measures if row[9] for policy_id in row[9].split()}
    return [
        Block("一、基本情况", (), (1, 5), _facts(filled, reading, scope)),
        Block(
            "二、缺报、过期与月后导出",
            ("数据表", "旗县", "状态", "数据日期"),
            (3, 1, 1, 1),
            _gaps(filled, reading, scope),
            "本表所用数据表在本月均按期报送",
        ),
        Block(
            "三、指标口径与依据",
            ("指标", "口径", "取数时点、单位与取舍", "依据"),
            (1, 2, 2, 1),
            [_measure(row) for row in measures],
        ),
        Block(
            "四、现行政策参数",
            ("参数", "值", "适用区划", "依据"),
            (2, 1, 1, 2),
            [_policy(policy) for policy in reading.policies(policy_ids, scope)],
        ),
        Block(
            "五、所用数据快照",
            ("数据来源", "旗县", "文件", "数据日期", "内容哈希（SHA-256）"),
            (1, 1, 1, 1, 2),
            _snapshots(filled.origins),
            "本表未使用任何数据文件",
        ),
        Block(
            "六、未列入的行及原因",
            ("来源或主体", "位置", "行数", "原因"),
            (2, 1, 1, 2),
            [*_rejected(filled, reading, scope), *((name, "", "", why) for name, why in filled.left_out)],
        ),
        Block(
            "七、人工认定",
            ("对象", "认定", "经办人", "日期"),
            (3, 1, 1, 1),
            _decisions(filled, reading, scope),
            "本月无人工认定",
        ),
    ]


def _facts(filled: Filled, reading: Reading, scope: Scope) -> list[tuple[str, str]]:
    form, month = filled.form, reading.month
    official = form.layout != OWN_LAYOUT
    fonts = "；".join(
        f"{name}（缺字体时依次为{'、'.join(FALLBACK_FONTS[name])}）" for name in (TITLE_FONT, BODY_FONT)
    )
    facts = [
        ("表式", f"第{form.number}号 {form.name}"),
        ("版式", f"官方表式：{form.layout}" if official else form.layout),
        ("报告月份", month.printed),
        ("版次", month.books),
        ("范围", f"{scope.name}（{scope.code}）"),
        ("数据截止日期", f"{month.as_of.year}年{month.as_of.month}月{month.as_of.day}日"),
        ("未知值", f"以“{UNKNOWN}”表示，不作0计；备注空白照原样留空"),
        ("脱敏列", PERSONAL if form.personal else form.masked or "本表无自然人信息"),
        ("字体", fonts),
        ("软件版本", month.software_version),
    ]
    return facts + [("说明", remark) for remark in filled.remarks]


def _gaps(filled: Filled, reading: Reading, scope: Scope) -> list[tuple[str, str, str, str]]:
    """What did not come, or not in time; a table of which nobody has delivered anything is one line."""
    gaps = reading.gaps(filled.form.sources, scope)
    known = reading.received_tables(scope) | {gap.table_id for gap in gaps}
    never = [
        (source_title(table), scope.name, "未收到", UNKNOWN)
        for table in filled.form.sources
        if table not in known
    ]
    return never + [_gap(gap, reading, scope) for gap in gaps]


def _gap(gap: Gap, reading: Reading, scope: Scope) -> tuple[str, str, str, str]:
    if gap.oldest is None:
        dates = UNKNOWN
    else:
        dates = f"{gap.oldest}" if gap.oldest == gap.newest else f"{gap.oldest} 至 {gap.newest}"
    state = gap.state if gap.deliveries == 1 else f"{gap.state}（{gap.deliveries} 批）"
    return source_title(gap.table_id), reading.deliverer(gap.table_id, gap.county_code, [scope]), state, dates


def _measure(row: Sequence) -> tuple[str, str, str, str]:
    measure_id, name, numerator, denominator, exclusions, as_of_rule, unit, rounding, basis, _ = row
    ratio = f"{numerator} ÷ {denominator}" if denominator else numerator
    what = "；".join(part for part in (ratio, exclusions and f"不计入：{exclusions}") if part)
    rule = "；".join(part for part in (as_of_rule, unit and f"单位：{unit}", rounding) if part)
    return f"{name}（{measure_id}）", what, rule, basis or ""


def _policy(policy: Policy) -> tuple[str, str, str, str]:
    region = "全国" if policy.region_code == "000000" else policy.region_code
    return (
        f"{policy.name}（{policy.id}）",
        f"{figures.text(policy.value)} {policy.unit or ''}".strip(),
        region,
        policy.basis,
    )


def _snapshots(origins: Sequence[Origin]) -> list[tuple]:
    """One line a file and source table, with the counties whose rows it gave."""
    files: dict[tuple, dict[str, None]] = {}
    for origin in origins:
        file = (origin.source, origin.file_name, origin.snapshot_date, origin.content_hash)
        files.setdefault(file, {})[origin.county] = None
    rows = [
        (source_title(source), "、".join(counties), name, f"{day}" if day else UNKNOWN, content_hash)
        for (source, name, day, content_hash), counties in sorted(
            files.items(), key=lambda file: (file[0][0], file[0][1], file[0][3])
        )
    ]
    if len(rows) > LISTED_FILES:
        rows[LISTED_FILES:] = [(f"另有 {len(rows) - LISTED_FILES} 个文件，见“{TRACE}”", "", "", "", "")]
    return rows


def _rejected(filled: Filled, reading: Reading, scope: Scope) -> list[tuple[str, str, str, str]]:
    out = []
    for fault in reading.rejected(filled.form.sources, scope):
        place = f"{fault.file_name}［{fault.sheet}］" if fault.sheet else fault.file_name
        more = " 等" if fault.rows > EXAMPLES else ""
        out.append(
            (
                f"{source_title(fault.table_id)}：{place}",
                f"第 {fault.examples} 行{more}",
                f"{fault.rows}",
                f"退回（{fault.code}）：{fault.sentence}",
            )
        )
    return out


def _decisions(filled: Filled, reading: Reading, scope: Scope) -> list[tuple[str, str, str, str]]:
    """What the office decided: about the form's entities, then about files of its source tables."""
    return [
        (what, decision, masked(by) or UNKNOWN, f"{day}" if day else UNKNOWN)
        for what, decision, by, day in (*filled.decisions, *reading.file_decisions(filled.form.sources, scope))
    ]


def _write_block(sheet: Sheet, block: Block) -> None:
    spanned(sheet, len(GRID), block.title, Style(horizontal="left", bold=True, fill=BAND_FILL), 22)
    if not block.rows:
        spanned(sheet, len(GRID), block.empty, Style(horizontal="left"), 20)
        return
    if block.labels:
        _grid_row(sheet, block.spans, block.labels, Style(bold=True))
    for row in block.rows:
        _grid_row(sheet, block.spans, row, Style(horizontal="left"))


def _grid_row(sheet: Sheet, spans: Sequence[int], values: Sequence[str], style: Style) -> None:
    identity, cells, lines, start = sheet.book.style(style), [], 1, 0
    number = sheet.next_row
    for span, value in zip(spans, values, strict=True):
        cells += [(value, identity), *[("", identity)] * (span - 1)]
        lines = max(lines, text.lines_needed(value, sum(GRID[start : start + span])))
        sheet.merge(number, start + 1, 1, span)
        start += span
    sheet.row(cells, max(20, lines * LINE_HEIGHT + 5))


def write_trace(book: Book, filled: Filled, written: Sequence[Sequence[Printed]]) -> None:
    """Write the sheet 溯源. `written`: for each table of `filled`, the sheets it became."""
    places = [_places(parts) for parts in written]
    rows = []
    for origin in filled.origins:
        sheet_name, number = places[origin.table][origin.row]
        rows.append(
            (
                sheet_name,
                number,
                origin.key,
                origin.county,
                source_title(origin.source),
                origin.file_name,
                origin.sheet or "（无工作表）",
                origin.rows,
                origin.snapshot_date,
            )
        )
    table = Table(
        (TRACE,),
        TRACE_HEADER,
        rows,
        landscape=True,
        missing=None if rows else "本簿没有来自数据文件的行。",
        notes=("注：本簿工作表与本簿行号指本工作簿中的位置；源行号为源文件中的行号（与 Excel 所示一致）。",),
    )
    write_split(book, TRACE, table)


def _places(parts: Sequence[Printed]) -> list[tuple[str, int]]:
    """Sheet and row number of each row of a table, whatever sheets it was split into."""
    return [(part.sheet.worksheet.title, number) for part in parts for number in part.row_numbers]
