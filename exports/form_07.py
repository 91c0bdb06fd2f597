"""Form 7 · 000 附件2 新型农牧业经营主体辅导员绩效评价表: one sheet an advisor; restricted.

辅导效果 is the advisor's to write: what the system knows is pre-filled there, marked （系统取数）. 评价情况 and the tick
are the evaluation's; without one they are blank, to be filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from exports import figures
from exports.form import Filled, Form, Origin, Scope, never_came
from exports.grid import Box, Grid, Line, shown
from exports.header import UNKNOWN
from exports.reading import Reading
from exports.workbook import Style

FORM = Form(
    7,
    "新型农牧业经营主体辅导员绩效评价表",
    "鄂前农牧发〔2023〕68号 附件2",
    ("advisor.directory", "advisor.visit", "advisor.evaluation"),
    ("advisor_form", "advisor_year", "advisor_quarter", "advisor_effect"),
    personal=True,
)
ISSUED_FOR = "150623"  # the banner whose text printed the form (000)
WIDTHS = (11.0, 17.0, 14.0, 17.0, 15.0, 19.0)
GRADES = ("优秀", "良好", "合格", "不称职")
BY_SYSTEM = "（系统取数）"
NOTE = "填写说明：每年度由辅导员填写个人情况及服务情况，评价情况由考核单位填写。"
GROUPS = (
    ("数量\n指标", (
        ("联系服务的新型农牧业经营主体数量", "entities_contacted"),
        ("联系沟通频次", "contact_frequency"))),
    ("质量\n指标", (
        ("规范管理、制度建设方面", "management_and_rules"),
        ("生产技术创新方面", "production_innovation"),
        ("质量提升方面(发展壮大、带动增收、空壳社清理情况等)", "quality_improvement"))),
    ("满意度\n指标", (
        ("新型农牧业经营主体对辅导员工作的评价", "entity_opinion"),
        ("辅导员与农牧部门的配合程度", "department_cooperation"),
        ("辅导员政策宣传和信息报送情况", "policy_publicity"))),
)  # fmt: skip
PERSON_LINE, VISIT_LINE, RESULT_LINE = 0, 6, 13  # lines of the sheet that 溯源 names

_LEFT = Style(horizontal="left")
_MONTH = Style(number_format='yyyy"年"m"月"')
_DAY = Style(number_format='yyyy"年"m"月"d"日"')
_TOP, _MIDDLE = Style(open_sides=("bottom",)), Style(horizontal="right", open_sides=("top", "bottom"))
_BOTTOM = Style(horizontal="right", open_sides=("top",))

_ADVISORS = """
    select * from advisor_form where county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], county_code), certificate_no nulls last, advisor_key
"""
_QUARTERS = """
    select advisor_key, quarter, door_visits, signed_visits, visits_minimum, status from advisor_quarter
    where county_code in (select unnest(?::varchar[])) order by advisor_key, quarter
"""
_SERVICES = """
    select service.advisor_key, service.content_hash, service.file_name, service.sheet, visit.snapshot_date,
           array_to_string(list(service.row_number order by service.row_number), '、')
    from advisor_service as service
    join asof_advisor__visit as visit using (content_hash, sheet, row_number)
    where service.county_code in (select unnest(?::varchar[])) and year(service.served_on) = ?
      and service.advisor_key is not null
    group by all order by all
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The advisors of a county or prefecture in the month's year; null for wider scopes, or where there is none."""
    if scope.level not in ("county", "prefecture"):
        return None
    found = reading.con.execute(_ADVISORS, [list(scope.counties)])
    names = [column[0] for column in found.description or ()]
    advisors = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not advisors:
        return _blank(reading, scope) if ISSUED_FOR in scope.enclosing else None
    quarters: dict[str, list[tuple]] = {}
    for key, *quarter in reading.con.execute(_QUARTERS, [list(scope.counties)]).fetchall():
        quarters.setdefault(key, []).append(tuple(quarter))
    services: dict[str, list[tuple]] = {}
    year = reading.month.first.year
    for key, *source in reading.con.execute(_SERVICES, [list(scope.counties), year]).fetchall():
        services.setdefault(key, []).append(tuple(source))
    tables: list[tuple[str, Grid]] = []
    origins: list[Origin] = []
    for place, advisor in enumerate(advisors):
        key = advisor["advisor_key"]
        tables.append((advisor["advisor_name"], _grid(year, advisor, quarters.get(key, ()))))
        origins += _origins(place, advisor, services.get(key, ()), scope.counties[advisor["county_code"]])
    return Filled(FORM, tables, origins, _remarks(year))


def _blank(reading: Reading, scope: Scope) -> Filled:
    received = FORM.sources[0] in reading.received_tables(scope)
    missing = "本年度名录库中没有辅导员。" if received else never_came(FORM.sources[:1])
    return Filled(FORM, [("绩效评价表", _grid(reading.month.first.year, None, (), missing))])


def blank(year: str) -> Grid:
    """The sheet of one advisor with nothing filled in; `year`: what stands in the brackets of the title."""
    return _grid(year, None, ())


def _remarks(year: int) -> tuple[str, ...]:
    return (
        f"年度为报告月份所在年度；“{BY_SYSTEM}”是截止日期前本年度的系统数据，供辅导员填写时参考，可以修改。",
        f"评价情况与综合评价结果取自{year}年度绩效评价；尚未评价的留空，由考核单位填写。",
        "规范管理类服务指辅导内容为组织建设、规范运营、财务会计的，生产技术类指技术支持、质量标准、绿色发展的。",
    )


def _grid(year: int | str, advisor: dict[str, Any] | None, quarters: Sequence[tuple], missing: str | None = None) -> Grid:
    told = advisor or {}

    def box(name: str, columns: int = 1, style: Style | None = None) -> Box:
        return Box(shown(told[name]) if advisor else "", columns, style=style or Style())

    effects = _effects(told, quarters) if advisor else {}
    lines = [
        Line((Box("姓名"), box("advisor_name"), Box("性别"), box("gender"), Box("出生年月"),
              box("born_on", style=_MONTH)), 26),
        Line((Box("职称"), box("job_title"), Box("辅导业务分类"), box("advice_kinds"), Box("证书编号"),
              box("certificate_no", style=Style(number_format="@"))), 26),
        Line((Box("工作单位"), box("employer", 2), Box("入选时间"), box("appointed_on", 2, _DAY)), 26),
        Line((Box("工作小结"), Box(told.get("work_summary") or "", 5, style=_LEFT)), 110),
        Line((Box("指标"), Box("评价内容", 2), Box("辅导效果", 2), Box("评价情况")), 22),
    ]  # fmt: skip
    for label, items in GROUPS:
        for place, (item, name) in enumerate(items):
            lead = (Box(label, rows=len(items)),) if place == 0 else ()
            lines.append(Line((*lead, Box(item, 2, style=_LEFT), Box(effects.get(name, ""), 2, style=_LEFT),
                               Box(_evaluated(told, name))), 38))  # fmt: skip
    ticks = "　".join(f"{'☑' if told.get('grade') == grade else '☐'}{grade}" for grade in GRADES)
    lines += [
        Line((Box("综合评价结果", rows=3), Box(ticks, 5, style=_TOP)), 30),
        Line((Box("考核单位盖章", 5, style=_MIDDLE),), 24),
        Line((Box(_long(told.get("evaluated_on")), 5, style=_BOTTOM),), 24),
        Line((Box("备注"), Box(told.get("remark") or "", 5, style=_LEFT)), 30),
    ]
    return Grid(f"{FORM.name}({year})年度", WIDTHS, lines, "附件2", missing, NOTE)


def _long(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "年    月    日"


def _evaluated(told: dict[str, Any], name: str) -> str:
    """评价情况 as the assessor wrote it, else the points given."""
    score = told.get(f"{name}_score")
    return told.get(name) or (f"{figures.text(score)}分" if score is not None else "")


def _effects(told: dict[str, Any], quarters: Sequence[tuple]) -> dict[str, str]:
    """What the system knows of each line of 辅导效果; lines that it knows nothing of are left to the advisor."""
    if told["services"] is None:
        nothing = f"{BY_SYSTEM}未收到辅导服务工作记录，未知"
        return dict.fromkeys(("entities_contacted", "contact_frequency"), nothing) | _opinion(told)
    minimum, status = told["entities_minimum"], told["entities_status"]
    least = f"（要求不少于{figures.text(minimum)}个，{status}）" if minimum is not None else ""
    visits = "；".join(_quarter(*quarter) for quarter in quarters)
    effects = {
        "entities_contacted": f"本年度至今服务主体{told['entities_served']}个{least}",
        "contact_frequency": f"服务{told['services']}次，其中上门{told['door_visits']}次（签字{told['signed_visits']}次）"
        + (f"。{visits}" if visits else ""),
        "management_and_rules": f"规范管理类服务{told['management_services']}次",
        "production_innovation": f"生产技术类服务{told['innovation_services']}次",
        "quality_improvement": "；".join(_improvement(told)),
    }
    return {name: BY_SYSTEM + words for name, words in effects.items() if words} | _opinion(told)


def _quarter(quarter: str, door_visits: int | None, signed: int | None, minimum: Decimal | None, status: str) -> str:
    number = {"Q1": "一", "Q2": "二", "Q3": "三", "Q4": "四"}[quarter[-2:]]
    if door_visits is None:
        return f"{number}季度上门{UNKNOWN}"
    judged = f"，{status}" if minimum is not None else ""
    return f"{number}季度上门{door_visits}次（签字{signed}次{judged}）"


def _improvement(told: dict[str, Any]) -> Iterable[str]:
    if told["new_demonstration"] is not None:
        yield f"新增示范主体{told['new_demonstration']}个"
    if told["shells_cleared"] is not None:
        yield f"清理空壳社{told['shells_cleared']}个"
    if told["stars_up"] is not None:
        yield f"星级上升{told['stars_up']}个、下降{told['stars_down'] or 0}个"
    growth = figures.percent(_gain(told), told["income_before"])
    if growth is not None and told["income_entities"]:
        shown_growth = figures.rounded(growth.value, figures.SHOWN_DECIMALS)
        yield f"收入可比的{told['income_entities']}个合作社经营收入比上年变动{shown_growth}%"


def _gain(told: dict[str, Any]) -> Decimal | None:
    now, before = told["income"], told["income_before"]
    return None if now is None or before is None else now - before


def _opinion(told: dict[str, Any]) -> dict[str, str]:
    if told["satisfaction"] is None:
        return {}
    return {"entity_opinion": f"{BY_SYSTEM}{told['evaluation_year']}年度主体评价{figures.text(told['satisfaction'])}分"}


def _origins(place: int, told: dict[str, Any], services: Sequence[tuple], county: str) -> Iterable[Origin]:
    key = f"{told['advisor_name']}（{told['certificate_no'] or '无证书'}）"
    yield Origin(place, PERSON_LINE, key, FORM.sources[0], county, told["file_name"], told["sheet"],
                 f"{told['row_number']}", told["snapshot_date"], told["content_hash"])  # fmt: skip
    for content_hash, file_name, sheet, day, rows in services:
        yield Origin(place, VISIT_LINE, key, FORM.sources[1], county, file_name, sheet, rows, day, content_hash)
    if told["evaluation_file_name"]:
        yield Origin(place, RESULT_LINE, key, FORM.sources[2], county, told["evaluation_file_name"],
                     told["evaluation_sheet"], f"{told['evaluation_row_number']}",
                     told["evaluation_snapshot_date"], told["evaluation_content_hash"])  # fmt: skip
