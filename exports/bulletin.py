"""Form 18 · 监管月报 (ours; spec 4.2): the month of a prefecture on one page that opens offline, charts beside their tables.

Every figure stands in a table of the page as `<td data-figure="table|key|column">`, and is read from the mart that the
form of that number prints; the charts show the same figures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from exports import bulletin_charts, figures
from exports.form import Form, Scope
from exports.header import UNKNOWN
from exports.kit import OWN_LAYOUT
from exports.listing import LEAD, Record, records
from exports.reading import Reading

FORM = Form(
    18,
    "监管月报",
    OWN_LAYOUT,
    ("gsxt.registration", "farm_directory.farm", "coop_finance.statement", "programme.award", "advisor.visit"),
    ("coverage", "shell_status", "shell_trend", "surplus_return", "quota_progress", "plan_progress", "advisor_progress",
     "supervision_county", "star_rating"),
)  # fmt: skip
SHELL = ("疑似空壳", "关注", "确认", "整改中", "排除", "正常", "无法判断")
RETURN = ("达标", "未达标", "勾稽不符", "无可分配盈余", "不适用-联合社", "数据缺失")
STARS = ("五星", "四星", "三星", "二星", "一星", "未达星级")
UNRATED = ("待补证据", "资料不足", "不予评定")
CHARTED = ("farm_code_rate", "farm_update_rate", "coop_annual_report_rate", "abnormal_listing_rate", "abnormal_removal_rate",
           "coop_advised_rate", "farm_advised_rate", "direct_report_rate", "subsidy_flag_rate")
PLAN_SHOWN = ("star_coops", "led_coops", "led_five_star")

_ENVIRONMENT = Environment(
    loader=PackageLoader("exports", "."), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as printed, and where it stands: mart, key and column."""

    shown: str
    source: str
    missed: bool = False


Line = tuple[str | Figure, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A chart over its table. `forms`: the forms whose figures these are. `rows`: label first."""

    title: str
    forms: str
    head: tuple[str, ...]
    rows: Sequence[Line]
    charts: Sequence[tuple[str, dict]] = ()  # caption, plotly figure
    note: str = ""


def page(reading: Reading, scope: Scope) -> str | None:
    """The page of a prefecture; null for other scopes."""
    if scope.level != "prefecture":
        return None
    sections = [make(reading, scope) for make in (_coverage, _shells, _tasks, _plan, _returns, _stars, _advisors, _supervision)]
    found = [section for section in sections if section]
    return _ENVIRONMENT.get_template("bulletin.html.j2").render(
        form=FORM, scope=scope, month=reading.month, sections=found, lead=LEAD, unknown=UNKNOWN, own=OWN_LAYOUT,
        missing=_missing(reading, scope), library=Markup(_library()),
        charts=Markup(json.dumps([chart for section in found for _, chart in section.charts], ensure_ascii=False,
                                 sort_keys=True).replace("</", "<\\/")),
    )  # fmt: skip


@cache
def _library() -> str:
    """plotly.js as the Python package ships it (MIT licence), to be inlined."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_text(encoding="utf-8").replace("</script", "<\\/script")


def _count(value: object, table: str, key: str, column: str) -> Figure:
    shown = UNKNOWN if value is None else f"{int(value):,}" if isinstance(value, int | Decimal) else str(value)
    return Figure(shown, f"{table}|{key}|{column}")


def _percent(above: object, below: object, target: Decimal | None, table: str, key: str, column: str, missed: bool = False) -> Figure:
    shown = figures.percent(above, below, target)  # type: ignore[arg-type]
    if shown is None:
        return Figure(UNKNOWN, f"{table}|{key}|{column}")
    decimals = len(shown.number_format.partition(".")[2])
    return Figure(f"{figures.rounded(shown.value, decimals)}%", f"{table}|{key}|{column}", missed)


def _coverage(reading: Reading, scope: Scope) -> Section | None:
    rows = records(reading, """
        select c.region_level, c.region_code, c.measure_id, coalesce(m.name, c.measure_id) as name, c.numerator, c.denominator,
               c.target, c.status, m.denominator is null as is_count
        from coverage c left join measure m on m.measure_id = c.measure_id
        where (c.region_level = 'county' and c.region_code in (select unnest($1::varchar[])))
           or (c.region_level = 'prefecture' and c.region_code = $2)
        order by c.measure_id
    """, [list(scope.counties), scope.code])  # fmt: skip
    if not rows:
        return None
    by = {(row["measure_id"], row["region_level"], row["region_code"]): row for row in rows}
    told = {row["region_code"] for row in rows if row["region_level"] == "county" and row["numerator"] is not None}
    places = [("prefecture", scope.code, scope.name),
              *(("county", code, name) for code, name in scope.counties.items() if code in told)]  # fmt: skip
    measures = dict.fromkeys((row["measure_id"], row["name"]) for row in rows)
    lines: list[Line] = []
    for measure, name in measures:
        whole = by.get((measure, *places[0][:2]))
        lines.append((name, *(_covered(by.get((measure, level, code))) for level, code, _ in places),
                      _percent(whole and whole["target"], 1, None, "coverage", f"prefecture|{scope.code}|{measure}", "target")))
    charted = [(measure, name) for measure, name in measures if measure in CHARTED]
    chart = bulletin_charts.by_county(
        [name for _, name in charted],
        {place: [_ratio(by.get((measure, level, code))) for measure, _ in charted] for level, code, place in places},
        [_plain(by[measure, *places[0][:2]]["target"]) if (measure, *places[0][:2]) in by else None for measure, _ in charted])
    return Section("覆盖情况", "第1、5、6、10、14、15号表", ("指标", *(name for _, _, name in places), "目标"), lines,
                   [("各旗县主要指标（%），菱形为目标", chart)],
                   f"“{UNKNOWN}”表示未知或没有目标，不作0计；未达目标的加重显示。")  # fmt: skip


def _covered(row: Record | None) -> Figure:
    if row is None:
        return Figure(UNKNOWN, "")
    key = f"{row['region_level']}|{row['region_code']}|{row['measure_id']}"
    if row["is_count"]:
        return _count(row["numerator"], "coverage", key, "numerator")
    return _percent(row["numerator"], row["denominator"], row["target"], "coverage", key, "value", row["status"] == "未达标")


def _ratio(row: Record | None) -> str | None:
    shown = figures.percent(row["numerator"], row["denominator"]) if row else None
    return None if shown is None else figures.text(shown.value)


def _plain(target: Decimal | None) -> str | None:
    return None if target is None else figures.text(100 * target)


def _by_state(reading: Reading, scope: Scope, query: str, table: str, states: Sequence[str]) -> list[Line]:
    """Counties x states with the prefecture's sum first; `query` gives county_code, state, number."""
    counts: dict[str, dict[str, int]] = {}
    for county, state, number in reading.con.execute(query, [list(scope.counties)]).fetchall():
        counts.setdefault(county, {})[state] = number
    if not counts:
        return []
    counts = {code: counts[code] for code in scope.counties if code in counts}
    sums = {state: sum(each.get(state, 0) for each in counts.values()) for state in states}
    lines = [(scope.name, sums), *((scope.counties[code], each) for code, each in counts.items())]
    codes = ["*", *counts]
    return [(name, *(_count(each.get(state, 0), table, code, state) for state in states),
             _count(sum(each.values()), table, code, "合计")) for code, (name, each) in zip(codes, lines, strict=True)]  # fmt: skip


def _shells(reading: Reading, scope: Scope) -> Section | None:
    rows = _by_state(reading, scope, """
        select county_code, status, count(*) from shell_status
        where county_code in (select unnest(?::varchar[])) group by all
    """, "shell_status", SHELL)
    if not rows:
        return None
    trend = records(reading, """
        select report_month, sum(suspected)::bigint as suspected, sum(confirmed)::bigint as confirmed,
               case when count(removed) > 0 then sum(removed)::bigint end as removed
        from shell_trend where county_code in (select unnest(?::varchar[])) group by report_month order by report_month
    """, [list(scope.counties)])  # fmt: skip
    chart = bulletin_charts.by_month([f"{row['report_month']:%Y-%m}" for row in trend], {
        "疑似空壳": [row["suspected"] for row in trend], "确认": [row["confirmed"] for row in trend],
        "本年移出经营异常名录": [row["removed"] for row in trend]})  # fmt: skip
    first = "；本月为首期，只有一个月" if len(trend) == 1 else ""
    return Section("空壳社与列异社清理", "第11号表", ("旗县", *SHELL, "合计"), rows, [(f"各月数（已关账的月份及本月{first}）", chart)],
                   f"“疑似空壳”为{LEAD}。")  # fmt: skip


def _tasks(reading: Reading, scope: Scope) -> Section | None:
    found = records(reading, """
        select county_code, county_label, entity_type, quota, recommended, awarded, accepted, paid from quota_progress
        where prefecture_code = ? and year = ? order by print_order, entity_type
    """, [scope.code, reading.month.first.year])  # fmt: skip
    if not found:
        return None
    steps = {"quota": "任务数", "recommended": "推荐数", "awarded": "认定数", "accepted": "验收数", "paid": "拨付数"}
    lines: list[Line] = [(f"{row['county_label']} {row['entity_type']}",
              *(_count(row[step], "quota_progress", f"{row['county_code']}|{row['entity_type']}", step) for step in steps),
              _percent(row["accepted"], row["quota"], Decimal(1), "quota_progress", f"{row['county_code']}|{row['entity_type']}", "completion",
                       row["accepted"] is not None and row["accepted"] < row["quota"])) for row in found]  # fmt: skip
    chart = bulletin_charts.progress([str(line[0]) for line in lines], {
        "任务数": [row["quota"] for row in found], "验收数": [row["accepted"] for row in found]})  # fmt: skip
    return Section("培育壮大任务进度", "第1号表", ("旗县、主体", *steps.values(), "完成率"), lines, [("任务数与验收数（个）", chart)])


def _plan(reading: Reading, scope: Scope) -> Section | None:
    found = records(reading, """
        select region_code, region_level, county_label, indicator, indicator_name, target, actual, trial from plan_progress
        where year = $3 and list_contains($4::varchar[], indicator)
          and ((region_level = 'prefecture' and region_code = $1)
               or (region_level = 'county' and region_code in (select unnest($2::varchar[]))))
        order by region_level desc, print_order, indicator
    """, [scope.code, list(scope.counties), reading.month.first.year, list(PLAN_SHOWN)])  # fmt: skip
    if not found:
        return None
    lines: list[Line] = []
    for row in found:
        key, label = f"{row['region_code']}|{row['indicator']}", row["county_label"] or scope.name
        lines.append((f"{label} {row['indicator_name']}",
                      *(_count(row[name], "plan_progress", key, name) for name in ("target", "actual", "trial")),
                      _percent(row["actual"], row["target"], Decimal(1), "plan_progress", key, "completion",
                               row["actual"] is not None and row["actual"] < row["target"])))  # fmt: skip
    chart = bulletin_charts.progress([str(line[0]) for line in lines], {
        "目标": [_int(row["target"]) for row in found], "实际": [_int(row["actual"]) for row in found]})  # fmt: skip
    return Section("“主阵地”行动计划进度", "第9号表", ("区（县、市）、指标", "年底目标", "实际", "其中试算", "完成率"), lines,
                   [("年底目标与实际（家）", chart)])  # fmt: skip


def _int(value: Decimal | int | None) -> int | None:
    return None if value is None else int(value)


def _returns(reading: Reading, scope: Scope) -> Section | None:
    rows = _by_state(reading, scope, """
        select county_code, return_status, count(*) from surplus_return
        where is_current_year and in_force and county_code in (select unnest(?::varchar[])) group by all
    """, "surplus_return", RETURN)
    return Section("盈余返还", "第12号表", ("旗县", *RETURN, "合计"), rows) if rows else None


def _stars(reading: Reading, scope: Scope) -> Section | None:
    rows = _by_state(reading, scope, f"""
        select county_code, case when stars is null then rating_status
            else list_extract({list(reversed(STARS))!r}, stars + 1) end, count(*)
        from star_rating where county_code in (select unnest(?::varchar[])) group by all
    """, "star_rating", (*STARS, *UNRATED))
    if not rows:
        return None
    return Section("星级评定", "第13号表", ("旗县", *STARS, *UNRATED, "合计"), rows, note="含下发的结果和系统试算，试算仅供参考。")


def _advisors(reading: Reading, scope: Scope) -> Section | None:
    shown = {"advisors": "在聘辅导员", "coops_served": "服务合作社", "farms_served": "服务家庭农牧场", "door_visits": "本季度上门（次）"}
    found = records(reading, f"""
        select county_code, {", ".join(shown)} from advisor_progress
        where is_total and county_code in (select unnest($1::varchar[])) order by list_position($1::varchar[], county_code)
    """, [list(scope.counties)])  # fmt: skip
    if not found:
        return None
    lines: list[Line] = [(scope.counties[row["county_code"]], *(_count(row[name], "advisor_progress", row["county_code"], name) for name in shown))
             for row in found]  # fmt: skip
    chart = bulletin_charts.progress([scope.counties[row["county_code"]] for row in found], {
        "在聘辅导员（名）": [row["advisors"] for row in found], "本季度上门（次）": [row["door_visits"] for row in found]})  # fmt: skip
    return Section("辅导员服务", "第15号表", ("旗县", *shown.values()), lines, [("在聘辅导员与本季度上门指导", chart)])


def _supervision(reading: Reading, scope: Scope) -> Section | None:
    shown = {"examined": "受检查对象", "problems": "问题（项）", "late": "逾期完成（项）", "undecided": "资料缺或存疑（项）",
             "consecutive_notices": "连续通报（次）"}  # fmt: skip
    found = records(reading, f"""
        select county_code, {", ".join(shown)}, problems_change, edition_state from supervision_county
        where county_code in (select unnest($1::varchar[])) order by list_position($1::varchar[], county_code)
    """, [list(scope.counties)])  # fmt: skip
    if not found:
        return None
    lines: list[Line] = []
    for row in found:
        change = row["edition_state"] if row["problems_change"] is None else f"{row['problems_change']:+d}"
        lines.append((scope.counties[row["county_code"]],
                      *(_count(row[name], "supervision_county", row["county_code"], name) for name in shown),
                      Figure(change, f"supervision_county|{row['county_code']}|problems_change")))  # fmt: skip
    return Section("月度督察", "第10号表", ("区", *shown.values(), "较上月"), lines)


def _missing(reading: Reading, scope: Scope) -> list[str]:
    """What the page cannot show because the table never came."""
    received = reading.received_tables(scope)
    return [table for table in FORM.sources if table not in received]
