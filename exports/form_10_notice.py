"""The draft 通报 of form 10: what the month's ledger says, in the words of an office letter, to be signed or thrown away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from exports import figures
from exports.form import Scope
from exports.grid import Box, Grid, Line
from exports.header import UNKNOWN
from exports.kit import OWN_LAYOUT
from exports.listing import Record
from exports.reading import Policy, Reading
from exports.workbook import Style

NOTICE = "通报"
BASIS = "乌农字〔2024〕48号第五部分（四）"
NAMED = 20  # entities named a county and kind
_BODY = Style(size=12, horizontal="left", border=False)
_HEADING = Style(size=12, bold=True, horizontal="left", border=False)
_RIGHT = Style(size=12, horizontal="right", border=False)
_WHAT = {"updated": "未及时更新信息", "flagged": "未作财政补助标记"}
INDENT = "　　"
WIDTHS = (14.0,) * 6  # one column that is too wide could not be fitted to the page


def notice(
    reading: Reading, scope: Scope, counties: Sequence[Record], problems: Sequence[Record], cut: Policy | None
) -> Grid:
    """The draft for the counties of `supervision_county`; `problems`: open checks; `cut`: notices in a row to 建议核减."""
    day = reading.month.as_of
    lines = [
        _line("各区农牧部门：", _BODY),
        _line(f"{INDENT}{_overall(reading, scope, counties)}", _BODY),
        _line(f"{INDENT}一、予以通报的区", _HEADING),
        *(_line(f"{INDENT}{text}", _BODY) for text in _notified(scope, counties, problems)),
        _line(f"{INDENT}二、建议核减项目资金安排的区", _HEADING),
        _line(f"{INDENT}{_cuts(scope, counties, cut)}", _BODY),
        _line(f"{INDENT}三、整改要求", _HEADING),
        _line(f"{INDENT}请上述区对照“明细”逐项整改，及时在家庭农牧场名录系统和新农直报平台完成信息更新和财政补助标记，并报送整改情况。", _BODY),
        _line(scope.name, _RIGHT, 40),
        _line(f"{day.year}年{day.month}月", _RIGHT),
        _line("（代拟稿：由系统按本月台账生成，须经审核签发后方为有效）", _BODY),
    ]  # fmt: skip
    return Grid(f"关于{reading.month.printed}奖补项目月度督察情况的通报", WIDTHS, lines, note=OWN_LAYOUT)


def _line(text: str, style: Style, least: float = 22) -> Line:
    return Line((Box(text, columns=len(WIDTHS), style=style),), least)


def _overall(reading: Reading, scope: Scope, counties: Sequence[Record]) -> str:
    day = reading.month.as_of
    until = f"截至{day.year}年{day.month}月{day.day}日"
    told = [county for county in counties if county["problems"] is not None]
    if not told:
        return f"按照{BASIS}要求，对{scope.name}{reading.month.printed}奖补项目进行督察。{until}，各区均未报送奖补对象台账。"
    silent = [scope.counties[county["county_code"]] for county in counties if county["problems"] is None]
    sums = {name: sum(county[name] for county in told) for name in (
        "awarded_coops", "awarded_farms", "standardised_coops", "standardised_farms", "examined", "problems")}  # fmt: skip
    return (
        f"按照{BASIS}要求，对{scope.name}{reading.month.printed}奖补项目进行督察。{until}，认定奖励补助农牧民合作社"
        f"{sums['awarded_coops']}个、家庭农牧场{sums['awarded_farms']}个，规范化建设支出补助"
        f"{sums['standardised_coops'] + sums['standardised_farms']}个；检查{sums['examined']}个对象，"
        f"发现尚未解决的问题{sums['problems']}项。" + (f"{'、'.join(silent)}未报送奖补对象台账，不在上述数内。" if silent else "")
    )


def _notified(scope: Scope, counties: Sequence[Record], problems: Sequence[Record]) -> Iterable[str]:
    found = [county for county in counties if county["notified"]]
    if not found:
        yield "本月没有予以通报的区。"
    for number, county in enumerate(found, 1):
        code = county["county_code"]
        named = [
            f"{what}的有{_named([row['entity_name'] for row in problems if (row['county_code'], row['check_id']) == (code, check)])}"
            for check, what in _WHAT.items()
            if any((row["county_code"], row["check_id"]) == (code, check) for row in problems)
        ]
        yield (
            f"（{number}）{scope.counties[code]}：应更新{county['due_updates']}个，已更新{county['updated']}个，更新率"
            f"{_rate(county['updated'], county['due_updates'])}；应标记{county['due_flags']}个，已标记{county['flagged']}个，标记率"
            f"{_rate(county['flagged'], county['due_flags'])}。{'；'.join(named)}。连续通报{county['consecutive_notices']}次。"
        )


def _rate(numerator: int, denominator: int) -> str:
    shown = figures.percent(numerator, denominator, Decimal(1))
    if shown is None:
        return UNKNOWN
    return f"{figures.rounded(shown.value, len(shown.number_format.partition('.')[2]))}%"


def _named(names: Sequence[str]) -> str:
    more = f"等{len(names)}个" if len(names) > NAMED else f"{len(names)}个"
    return f"{more}（{'、'.join(names[:NAMED])}）"


def _cuts(scope: Scope, counties: Sequence[Record], cut: Policy | None) -> str:
    found = [f"{scope.counties[county['county_code']]}（连续通报{county['consecutive_notices']}次）"
             for county in counties if county["suggest_cut"]]  # fmt: skip
    times = f"连续通报{figures.text(cut.value)}次的建议核减；次数为系统默认，文件未作规定。" if cut else ""
    return f"{'、'.join(found)}。{times}" if found else f"本月没有建议核减的区。{times}"
