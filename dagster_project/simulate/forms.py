"""The official forms as districts return them filled: 附件2 to 附件6 of 002 and 附件2 of 000, one year a form.

Filled forms deliver nothing: they fill blank cells of the ledger (rulings 6.6.1). 附件2 has one entity that the
ledger does not know.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from dagster_project.simulate.advisors import EVALUATION
from dagster_project.simulate.awards import AWARD, FORM_FIELDS, REWARD, SHORT_LEVELS
from dagster_project.simulate.cast import ago
from dagster_project.simulate.contracts import CONTRACT, contracts
from dagster_project.simulate.direct import COOP, FARM
from dagster_project.simulate.exports import Plan, chinese, compact, money
from dagster_project.simulate.places import Place
from dagster_project.simulate.records import Record, Spec, record_table, spec
from dagster_project.simulate.sheets import IGNORED, Line, Table, centred
from dagster_project.simulate.world import Award, World

SCORE = spec(
    "programme.scorecard",
    """year 评价年度 int
    county_name 区
    form 评价表
    item 指标序号 int
    score 得分 number
    deduction_note 扣分说明
    evidence 评价依据
    assessor 评价人""",
)
ANNEX_5 = ("区农牧部门要分别制定资金奖补和政府采购的实施方案。", "各区要建立项目实施领导机构。", "各区通过媒体向社会公开有关项目。",
           "各区建立项目评审机制，组织专家实地考察。", "各区指导奖补主体按照方案实施。", "各区定期检查，指导、督促。",
           "奖补项目实施完成后，合作社向全体成员公开。", "项目实施完成后，区农牧部门组织验收。", "各区对整体情况进行总结。",
           "奖补资金按时拨付。", "合作社将财政补助形成的资产量化到成员。", "合作社会计核算规范。",
           " 各区建立支持合作社项目库。", "各区对项目进行监管指导。", "项目完成情况。", "政府购买服务完成情况。",
           "合作社当年盈余返还符合规定。", "合作社吸纳带动小农户。", "辅导员队伍建设。", "及时总结典型经验。",
           "经各级监察、审计查出问题的。")
POINTS_5 = (7, 5, 7, 6, 3, 6, 4, 4, 6, 8, 3, 8, 4, 4, 5, 5, 5, 2, 6, 2, -20)
POINTS_6 = (5, 5, 5, 5, 5, 10, 5, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 5)
ANNEX_6 = tuple(f"项目实施区完成第{number}项评价内容。" for number in range(1, 19))


def filled_forms(world: World, plan: Plan) -> None:
    counties = world.prefecture.counties
    dated, year = ago(world, 0, 26), world.end.year
    _annex_2(world, plan, counties[0], dated, year)
    _annex_3(world, plan, counties[min(1, len(counties) - 1)], dated, year)
    _annex_4(world, plan, counties[0], dated)
    scorecards(world, plan)
    _evaluation_forms(world, plan)


def _table(
    records: list[Record], of: Spec, head: list[list[Any]], rows: list[list[Any]], columns: list[str], sheet: str,
    merges: list[str], tail: list[Line],
) -> Table:
    lines = [Line(row, record) for row, record in zip(rows, records, strict=True)]
    return Table(of.table_id, sheet, columns, head, lines, (of.table_id, "form", sheet), merges, tail)


def _mine(world: World, county: Place, year: int, kind: str) -> list[Award]:
    return [
        one for one in world.awards
        if one.county is county and one.year == year and one.support == REWARD and (one.coop is not None) == (kind == COOP)
    ]


def _form_values(one: Award, year: int, kind: str) -> dict[str, Any]:
    """What the form says and, for the other fields, what stands in the form's name and title."""
    led: dict[str, int | None] = dict(zip(FORM_FIELDS[:4], one.led, strict=True))
    led["residents_led" if kind == COOP else "households_led"] = None
    return {
        "support": REWARD,
        "year": year,
        "county_name": one.county.name,
        "township_name": one.county.children[0].name,
        "entity_type": kind,
        "name": one.coop.name if one.coop else one.farm.name if one.farm else None,
        "registered_on": one.coop.founded_on if one.coop else one.farm.entered_on if one.farm else None,
        "members": one.due if one.coop else None,
        "main_industry": "葡萄",
        "annual_income": one.income,
        "works": "建设冷库",
        "demonstration_level": one.level,
        "case": one.case,
        **led,
    }


def _annex_2(world: World, plan: Plan, county: Place, dated: date, year: int) -> None:
    columns = ["序号", "镇", "主体名称", "登记日期", "实有成员总数", "主要产业", "年经营收入（万元）", "带动非成员农户数",
               "带动脱贫人口", "带动监测户", "项目建设主要内容", "示范级别"]
    headers = ["合作社名称" if name == "主体名称" else name.removesuffix("（万元）") for name in columns]
    found = [_form_values(one, year, COOP) for one in _mine(world, county, year, COOP)]
    if not found:
        return
    stranger = {**found[0], "name": f"{world.prefecture.name}模拟台账未列农民专业合作社", "case": "no_match"}
    records = [Record(AWARD, values, county.code, True) for values in [*found, stranger]]
    rows = [
        [at, one["township_name"], one["name"], chinese(one["registered_on"]), one["members"], one["main_industry"],
         money(one["annual_income"], "万元"), one["households_led"], one["lifted_led"], one["monitored_led"], one["works"],
         SHORT_LEVELS.get(one["demonstration_level"] or "")]
        for at, one in enumerate((record.values for record in records), 1)
    ]
    head: list[list[Any]] = [
        ["附件2"], [centred(f"{year}年度培育壮大农牧民合作社奖励补助基本情况表")],
        [f"区：{county.name}", None, None, f"填报时间：{chinese(dated)}", *[None] * 4, "单位：人、户、万元"], list(headers),
    ]
    note = f"备注：实有成员数、带动非成员农牧户、年经营收入均为{year - 1}年底数"
    tail = [_sums(rows, (4, 6, 7, 8, 9)), Line([note], None, IGNORED)]
    table = _table(records, AWARD, head, rows, columns, "附件2", ["A2:L2"], tail)
    plan.send(f"奖补项目/{county.name}附件2_{year}年合作社奖励补助基本情况表_{compact(dated)}.xlsx", [table], dated)


def _sums(rows: list[list[Any]], at: tuple[int, ...]) -> Line:
    cells: list[Any] = [None, "合计", *[None] * (len(rows[0]) - 2)]
    for column in at:
        cells[column] = round(sum(round((row[column] or 0) * 10_000) for row in rows)) / 10_000
    return Line(cells, None, IGNORED)


def _annex_3(world: World, plan: Plan, county: Place, dated: date, year: int) -> None:
    columns = ["序号", "镇", "主体名称", "登记日期", "主要产业", "年经营收入（万元）", "项目建设主要内容", "带动农区居民总人数",
               "带动脱贫人口", "带动监测户", "一码通编码", "示范级别"]
    found = _mine(world, county, year, FARM)
    if not found:
        return
    records, rows = [], []
    for at, one in enumerate(found, 1):
        values = _form_values(one, year, FARM)
        values["farm_code"] = one.farm.code if one.farm and at % 2 else None
        records.append(Record(AWARD, values, county.code, True))
        rows.append(
            [at, values["township_name"], values["name"], chinese(values["registered_on"]), values["main_industry"],
             money(values["annual_income"], "万元"), values["works"], values["residents_led"], values["lifted_led"],
             values["monitored_led"], values["farm_code"] or "已赋码", SHORT_LEVELS.get(values["demonstration_level"] or "")]
        )
    top: list[Any] = ["序号", "镇", "家庭农牧场名称", "登记日期", "主要产业", "年经营收入", "项目建设主要内容",
                      centred("带动农区居民数"), None, None, "赋码情况", "示范级别"]
    head: list[list[Any]] = [
        ["附件3"], [centred(f"{year}年度培育壮大家庭农牧场奖励补助基本情况表")],
        [f"区：{county.name}", None, None, f"填报时间：{chinese(dated)}", *[None] * 4, "单位：人、户、万元"], top,
        [*[None] * 7, "总人数", "其中：脱贫人数", "监测户", None, None],
    ]
    merges = ["A2:L2", "H4:J4", "K4:K5", "L4:L5", *(f"{letter}4:{letter}5" for letter in "ABCDEFG")]
    tail = [_sums(rows, (5, 7, 8, 9)),
            Line(["填报人：测试填报人04", *[None] * 3, "审核：", *[None] * 3, "分管领导："], None, IGNORED)]
    table = _table(records, AWARD, head, rows, columns, "附件3", merges, tail)
    plan.send(f"奖补项目/{county.name}附件3_{year}年家庭农牧场奖励补助基本情况表_{compact(dated)}.xlsx", [table], dated)


def _annex_4(world: World, plan: Plan, county: Place, dated: date) -> None:
    one = next(one for one in contracts(world) if one["county"] is county)
    values = {**one, "contract_no": None}
    columns = ["序号", "服务机构名称", "辅导服务区域", "服务期限", "招标采购合同金额（万元）", "服务合作社数量（个）", "占区域内比例（%）",
               "服务家庭农牧场数量（个）", "占区域内比例（%）_2", "集中培训（人次）", "入户辅导（次数）", "完成代理记账的主体数量（个）",
               "合作社账目规范率（%）", "列异社移除率（%）", "家庭农牧场赋码率（%）", "满意度调查综合评分", "综合得分"]
    top: list[Any] = [*columns[:5], centred("服务主体数量"), None, None, None, centred("辅导服务开展方式"), None,
                      centred("服务效果"), None, None, None, "服务主体满意度调查综合评分（百分制）", "综合得分（百分制）"]
    low: list[Any] = [*[None] * 5, *columns[5:8], "占区域内比例（%）", *columns[9:15], None, None]
    term = f"{chinese(one['starts_on'])}—{chinese(one['ends_on'])}"
    row = [1, one["provider"], one["service_area"], term, money(one["amount"], "万元"), 9, 10.5, 12, 1.5, one["trainings"],
           one["door_visits"], 11, 81.8, 42.9, 78.5, one["satisfaction"], one["evaluated_score"]]
    head: list[list[Any]] = [
        ["附件4"], [centred("政府购买服务绩效评价汇总表")],
        [f"填报单位：{county.name}农牧水务局", *[None] * 11, f"填报时间：{chinese(dated)}"], top, low,
    ]
    merges = ["A2:Q2", "F4:I4", "J4:K4", "L4:O4", *(f"{letter}4:{letter}5" for letter in "ABCDEPQ")]
    record = Record(CONTRACT, values, county.code, True)
    table = _table([record], CONTRACT, head, [row], columns, "附件4", merges, [])
    plan.send(f"购买服务/{county.name}附件4_政府购买服务绩效评价汇总表_{compact(dated)}.xlsx", [table], dated)


def scorecards(world: World, plan: Plan) -> None:
    """Last year's as a list of all counties, this year's 附件5 and 附件6 filled by the first and second county."""
    counties, year = world.prefecture.counties, world.end.year
    dated = ago(world, len(world.months) - 1, 14)
    records = []
    for index, county in enumerate(counties):
        for form, points in (("附件5", POINTS_5), ("附件6", POINTS_6)):
            for item, most in enumerate(points, 1):
                score = 0 if most < 0 else max(0, most - (item + index) % 3 * 0.5)
                values = {
                    "year": year - 1,
                    "county_name": county.name,
                    "form": form,
                    "item": item,
                    "score": None if (item + index) % 13 == 0 else score,
                    "deduction_note": "资料不全" if 0 < score < most else None,
                    "assessor": f"测试评价人{index + 1:02d}",
                }
                records.append(Record(SCORE, values, county.code))
    table = record_table(records, SCORE, "", texts=True, label=(SCORE.table_id, year - 1), omit=("evidence",))
    plan.send(f"奖补项目/{world.prefecture.name}绩效评价打分_{compact(dated)}.csv", [table], dated, encoding="utf-8-sig")
    dated = ago(world, 0, 27)
    for form, county, items, points in (
        ("附件5", counties[0], ANNEX_5, POINTS_5), ("附件6", counties[min(1, len(counties) - 1)], ANNEX_6, POINTS_6)
    ):
        _scorecard_form(plan, form, county, items, points, year, dated)


def _scorecard_form(
    plan: Plan, form: str, county: Place, items: tuple[str, ...], points: tuple[int, ...], year: int, dated: date
) -> None:
    coops = form == "附件5"
    title = "支持农牧民合作社发展项目资金绩效评价表" if coops else "支持家庭农牧场发展补助资金绩效评价表"
    records, rows = [], []
    for item, (words, most) in enumerate(zip(items, points, strict=True), 1):
        score = None if item % 6 == 0 else -1 if most < 0 else most - item % 2 * 0.5
        evidence = "项目实施方案、申报资料" if item == 1 else None
        values = {"year": year, "county_name": county.name, "form": form, "item": item, "score": score,
                  "evidence": evidence}
        records.append(Record(SCORE, values, county.code, True))
        group = "项目准备" if item == 1 else None
        rows.append([group, f"{item}.{words}" if coops else words, most, evidence, score])
    columns = ["考核指标" if coops else "考评指标", "评价标准", "分值", "评价依据", "得分"]
    line: list[Any] = [f"区：{county.name}"] if coops else [f"区：{county.name}", None, None, f"评价年度：{year}"]
    head: list[list[Any]] = [[form], [centred(title)], line, list(columns)]
    tail = [Line(["合计", "分数" if coops else None, 100 if coops else None, None, None], None, IGNORED),
            Line(["绩效评价小组人员签字："], None, IGNORED)]
    table = _table(records, SCORE, head, rows, columns, form, ["A2:E2"], tail)
    plan.send(f"奖补项目/{county.name}{year}年{form}绩效评价表_{compact(dated)}.xlsx", [table], dated)


def _evaluation_forms(world: World, plan: Plan) -> None:
    """000 附件2, one sheet a person: two advisors whose evaluation of last year was corrected on paper."""
    year, county = world.end.year - 1, world.prefecture.counties[0]
    dated = ago(world, len(world.months) - 1, 16)
    done = [
        line.fact.values
        for table in plan.tables() if table.table_id == EVALUATION.table_id and table.label[-1] == year
        for line in table.lines if line.fact.county is None
    ]
    tables = []
    for at, known in enumerate(done[:2]):
        grade = ("良好", "合格")[at]
        values = {
            "year": year,
            "certificate_no": known["certificate_no"],
            "advisor_name": known["advisor_name"],
            "entities_contacted": "较多",
            "contact_frequency": "频繁",
            "management_and_rules": "较好",
            "quality_improvement": "一般",
            "entity_opinion": "满意",
            "department_cooperation": "好",
            "policy_publicity": "及时",
            "grade": grade,
            "assessor": f"{county.name}农牧水务局",
            "evaluated_on": date(year + 1, 2, 20),
            "work_summary": "本年度上门六十次。",
        }
        tables.append(_person(values, grade, year))
    if tables:
        plan.send(f"辅导员/{county.name}辅导员绩效评价表_{compact(dated)}.xlsx", tables, dated)


def _person(values: dict[str, Any], grade: str, year: int) -> Table:
    choices = "　".join(("☑" if word == grade else "☐") + word for word in ("优秀", "良好", "合格", "不称职"))
    head: list[list[Any]] = [["附件2"], [centred(f"新型农牧业经营主体辅导员绩效评价表({year})年度")]]
    rows: list[list[Any]] = [
        ["姓名", values["advisor_name"], "性别", None, "出生年月", "1980-01"],
        ["职称", "无", "辅导业务分类", "财务会计", "证书编号", values["certificate_no"]],
        ["工作单位", "模拟推广站", None, "入选时间", "2021-06-01", None],
        ["工作小结", values["work_summary"]],
        ["指标", "评价内容", None, "辅导效果", None, "评价情况"],
        ["数量\n指标", "联系服务的新型农牧业经营主体数量", None, None, None, values["entities_contacted"]],
        [None, "联系沟通频次", None, None, None, values["contact_frequency"]],
        ["质量指标", "规范管理、制度建设方面", None, None, None, values["management_and_rules"]],
        [None, "生产技术创新方面", None, None, None, None],
        [None, "质量提升方面(发展壮大、带动增收、空壳社清理情况等)", None, None, None, values["quality_improvement"]],
        ["满意度指标", "新型农牧业经营主体对辅导员工作的评价", None, None, None, values["entity_opinion"]],
        [None, "辅导员与农牧部门的配合程度", None, None, None, values["department_cooperation"]],
        [None, "辅导员政策宣传和信息报送情况", None, None, None, values["policy_publicity"]],
        ["综合评价结果", choices],
        [None, f"考核单位盖章：{values['assessor']}"],
        [None, chinese(values["evaluated_on"])],
        ["备注", "无"],
        ["填写说明：每年度由辅导员填写个人情况及服务情况，评价情况由考核单位填写。"],
    ]
    lines = [Line(row, None, IGNORED) for row in rows]
    lines[0] = Line(rows[0], Record(EVALUATION, values, None, True))
    name = values["advisor_name"]
    return Table(EVALUATION.table_id, name, [], head, lines, (EVALUATION.table_id, "form", name), ["A2:F2"])
