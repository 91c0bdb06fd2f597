"""The advisors: who they are, whom they visited, their training and yearly evaluation.

Each advisor of a county has a part (`PARTS`): enough entities and visits, too few of either, newly appointed,
transferred, term ended, twice 不称职. Those of the federations have no certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from dagster_project.simulate import ids
from dagster_project.simulate.cast import ago
from dagster_project.simulate.direct import COOP, FARM
from dagster_project.simulate.exports import Plan, Sent, compact
from dagster_project.simulate.gsxt import reporting
from dagster_project.simulate.places import Place
from dagster_project.simulate.records import Record, record_table, spec, titled
from dagster_project.simulate.world import World

DIRECTORY = spec(
    "advisor.directory",
    """certificate_no 证书编号
    advisor_name 姓名
    gender 性别
    born_on 出生年月 month
    identity 身份证号
    phone 联系电话
    employer 工作单位
    job_title 职称
    origin 人员来源
    advice_kinds 辅导业务分类
    expertise 业务专长
    industry 产业领域
    work_mode 工作模式
    appointing_body 聘任部门
    appointing_level 聘任层级
    county_name 县（旗、区）
    township_name 乡镇（苏木）
    appointed_on 聘任日期 date
    term_ends_on 聘期截止日期 date
    directory_state 在库状态
    moved_out_on 调出日期 date""",
    "part",
)
VISIT = spec(
    "advisor.visit",
    """certificate_no 证书编号
    advisor_name 辅导员姓名
    served_on 服务日期 date
    mode 服务方式
    entity_type 服务对象类型
    entity_name 服务对象名称
    credit_code 统一社会信用代码
    farm_code 一码通编码
    county_name 县（旗、区）
    topic 辅导内容分类
    content 辅导内容
    effect 辅导成效
    signed 服务对象签字确认 bool""",
)
TRAINING = spec(
    "advisor.training",
    """certificate_no 证书编号
    trained_on 培训日期 date
    kind 培训类别
    hours 学时 int
    organiser 主办单位""",
)
EVALUATION = spec(
    "advisor.evaluation",
    """year 评价年度 int
    certificate_no 证书编号
    advisor_name 姓名
    entities_contacted 联系服务主体数量
    contact_frequency 联系沟通频次
    management_and_rules 规范管理制度建设
    production_innovation 生产技术创新
    quality_improvement 质量提升
    entity_opinion 主体评价
    department_cooperation 部门配合
    policy_publicity 政策宣传信息报送
    entities_contacted_score 联系服务主体数量得分 int
    quality_improvement_score 质量提升得分 int
    entity_opinion_score 主体评价得分 int
    grade 综合评价结果
    assessor 考核单位
    evaluated_on 评价日期 date
    work_summary 工作小结
    remark 备注""",
)
# part: (entities, door visits a quarter, months since appointment, months of term)
PARTS: dict[str, tuple[int, int, int, int]] = {
    "diligent": (14, 5, 30, 36 + 24),
    "exactly": (10, 3, 26, 60),
    "few_entities": (9, 4, 28, 60),
    "few_visits": (12, 2, 28, 60),
    "by_telephone": (12, 0, 27, 60),
    "appointed_in_quarter": (4, 2, 2, 36),
    "transferred": (6, 3, 40, 60),
    "term_ended": (5, 3, 38, 36),
    "twice_unfit": (3, 1, 32, 60),
    "untrained": (11, 4, 12, 36),
    "of_the_federation": (10, 3, 20, 36),
}
KINDS = ("财务会计", "市场营销", "质量标准", "绿色发展", "信贷保险", "融资信贷", "组织建设", "规范运营", "技术支持")
ORIGINS = ("农牧部门人员", "带头人及经营管理人员", "乡土专家及农技员", "专家学者", "社团工作人员及志愿者")


@dataclass
class Advisor:
    county: Place
    number: int
    part: str
    certificate: str | None
    name: str
    body: str
    appointed_on: date
    term_ends_on: date
    moved_out_on: date | None
    trained_on: date | None
    rng: Random
    visits: list[dict[str, Any]] = field(default_factory=list)


def advisors(world: World, plan: Plan) -> None:
    people = []
    for index, county in enumerate(world.prefecture.counties):
        for at, part in enumerate(PARTS):
            if index % 3 and at % 3 == index % 3 and part != "of_the_federation":
                continue  # smaller counties have fewer
            people.append(_advisor(world, county, index * 20 + at + 1, part))
    for one in people:
        one.visits = _visits(world, one)
    _directories(world, plan, people)
    _visit_files(world, plan, people)
    _trainings(world, plan, people)
    _evaluations(world, plan, people)


def _advisor(world: World, county: Place, number: int, part: str) -> Advisor:
    rng = Random(f"advisor {world.seed} {county.code} {number}")
    _, _, since, term = PARTS[part]
    appointed = ago(world, since, 10)
    federation = part == "of_the_federation"
    ends = ago(world, since - term, 9)
    trained = None if part == "untrained" else appointed - timedelta(days=20)
    return Advisor(
        county,
        number,
        part,
        None if federation else f"FDY{county.code}{number:04d}",
        f"测试辅导员{number:04d}",
        f"{county.name}供销合作社" if federation else f"{county.name}农牧水务局",
        appointed,
        ends,
        ago(world, 1, 15) if part == "transferred" else None,
        trained,
        rng,
    )


def _visits(world: World, one: Advisor) -> list[dict[str, Any]]:
    """Of this year and the last quarter of the one before, by entity in turn."""
    entities, door, _, _ = PARTS[one.part]
    coops = [coop for coop in reporting(world, world.months[0].first) if coop.county is one.county]
    farms = [farm for farm in world.farms if farm.county is one.county and farm.entered_on < world.months[0].first]
    start = one.number % 20 * 7
    served: list[Any] = [*coops[start : start + entities // 2 + 1], *farms[start : start + entities]][:entities]
    stop = min(day for day in (world.end, one.term_ends_on, one.moved_out_on) if day)
    out: list[dict[str, Any]] = []
    turn = 0
    quarter = date(world.end.year - 1, 10, 1)
    while quarter <= stop and served:
        calls = 0 if one.part == "of_the_federation" else 1 + one.number % 2
        modes = ["上门"] * door + ["电话"] * calls + (["电话"] * 4 if not door else [])
        rest = ("线上", "来访", "集中培训")[turn % 3 :][:1]
        wide = max(len(modes) + 1, (entities + 1) // 2)
        for at, mode in enumerate([*modes, *rest] + ["电话"] * (wide - len(modes) - 1)):
            day = quarter + timedelta(days=4 + at * 80 // wide)
            if one.appointed_on <= day <= stop:
                out.append(_visit(one, served[turn % len(served)], day, mode, turn))
            turn += 1
        quarter = date(quarter.year + quarter.month // 10, (quarter.month + 2) % 12 + 1, 1)
    return out


def _visit(one: Advisor, entity: Any, day: date, mode: str, turn: int) -> dict[str, Any]:
    farm = hasattr(entity, "operator")
    coded = farm and entity.coded_on is not None and entity.coded_on <= day
    return {
        "certificate_no": one.certificate,
        "advisor_name": one.name,
        "served_on": day,
        "mode": mode,
        "entity_type": FARM if farm else COOP,
        "entity_name": entity.name,
        "credit_code": None if farm else entity.credit_code,
        "farm_code": entity.code if coded else None,
        "county_name": one.county.name,
        "topic": KINDS[turn % len(KINDS)],
        "content": "核对账目，讲解盈余返还",
        "effect": "已整改" if turn % 4 == 0 else None,
        "signed": mode == "上门" and turn % 9 != 4,
    }


def _directories(world: World, plan: Plan, people: list[Advisor]) -> None:
    for number, month in enumerate(world.months):
        dated = month.as_of + timedelta(days=2 if month == world.months[-1] else -4)
        mine = [one for one in people if one.appointed_on <= dated]
        table = record_table(
            [Record(DIRECTORY, _entry(world, one, dated), one.county.code) for one in mine], DIRECTORY, "名录库",
            head=titled(f"{world.prefecture.name}新型农业经营主体辅导员名录库"), style=(1, 2, 0)[number % 3],
            rename={"聘任日期": "入选时间"} if number % 2 else None, label=(DIRECTORY.table_id, month.first),
        )
        plan.sent += [
            Sent(scope, dated, table) for scope in sorted({f"{one.county.code}|{one.body}" for one in mine})
        ]
        plan.send(f"辅导员/{world.prefecture.name}辅导员名录库{compact(dated)}.xlsx", [table], dated)


def _entry(world: World, one: Advisor, dated: date) -> dict[str, Any]:
    moved = one.moved_out_on if one.moved_out_on and one.moved_out_on <= dated else None
    turn = one.number
    return {
        "certificate_no": one.certificate,
        "advisor_name": one.name,
        "gender": "女" if turn % 3 else "男",
        "born_on": date(1968 + turn % 25, turn % 12 + 1, 1),
        "identity": ids.identity(one.county.code, 7_000_000 + turn) if one.certificate else None,
        "phone": ids.mobile(80_000_000 + turn) if turn % 2 else ids.masked(ids.mobile(80_000_000 + turn), 3, 4),
        "employer": f"{one.county.name}农牧技术推广中心",
        "job_title": (None, "农艺师", "高级农艺师", "会计师")[turn % 4],
        "origin": ORIGINS[turn % len(ORIGINS)] if one.certificate else "供销专干",
        "advice_kinds": "、".join((KINDS[turn % 9], KINDS[(turn + 4) % 9])) if turn % 2 else KINDS[turn % 9],
        "expertise": "财务规范",
        "industry": ("种植业", "畜牧业", "葡萄")[turn % 3],
        "work_mode": "兼职" if turn % 4 else "专职",
        "appointing_body": one.body,
        "appointing_level": "旗县级",
        "county_name": one.county.name,
        "township_name": one.county.children[turn % len(one.county.children)].name,
        "appointed_on": one.appointed_on,
        "term_ends_on": one.term_ends_on,
        "directory_state": "调出" if moved else "在库",
        "moved_out_on": moved,
        "part": one.part,
    }


def _visit_files(world: World, plan: Plan, people: list[Advisor]) -> None:
    before = date(2000, 1, 1)
    for number, month in enumerate(world.months):
        dated = month.as_of + timedelta(days=4)
        records = [
            Record(VISIT, visit, one.county.code)
            for one in people for visit in one.visits if before < visit["served_on"] <= month.as_of
        ]
        before = month.as_of
        if not records:
            continue
        table = record_table(
            records, VISIT, "" if number else "服务记录", texts=bool(number), style=(1, 4, 2)[number % 3],
            label=(VISIT.table_id, month.first),
        )
        suffix = "xls" if number else "xlsx"
        plan.send(f"辅导员/{world.prefecture.name}辅导服务工作记录{compact(dated)}.{suffix}", [table], dated)


def _trainings(world: World, plan: Plan, people: list[Advisor]) -> None:
    records = []
    for one in people:
        if one.certificate is None:
            continue
        held = [(one.trained_on, "任前", 24)] if one.trained_on else []
        held += [(ago(world, 4, 18), "在任", 16)] if one.number % 3 and one.appointed_on < ago(world, 5) else []
        for day, kind, hours in held:
            values = {"certificate_no": one.certificate, "trained_on": day, "kind": kind, "hours": hours,
                      "organiser": f"{world.prefecture.name}农牧局"}
            records.append(Record(TRAINING, values))
    dated = ago(world, len(world.months) - 1, 8)
    table = record_table(records, TRAINING, "", texts=True, label=(TRAINING.table_id,))
    plan.send(f"辅导员/{world.prefecture.name}岗位培训记录_{dated.isoformat()}.csv", [table], dated, encoding="gb18030")


def _evaluations(world: World, plan: Plan, people: list[Advisor]) -> None:
    """Lists with scores of the last two years; the newest year of the first county comes as forms (forms.py)."""
    newest = world.end.year - 1
    for year in (newest - 1, newest):
        records = []
        for one in people:
            if one.certificate is None or one.appointed_on > date(year, 10, 1):
                continue
            unfit = one.part == "twice_unfit"
            grade = "不合格" if unfit else ("优秀", "良好", "合格")[one.number % 3]
            values = {
                "year": year,
                "certificate_no": one.certificate,
                "advisor_name": one.name,
                "entities_contacted": "较少" if unfit else "较多",
                "contact_frequency": "偶有联系" if unfit else "联系频繁",
                "management_and_rules": "较好",
                "entity_opinion": "不满意" if unfit else "满意",
                "entities_contacted_score": 40 if unfit else 85 + one.number % 10,
                "entity_opinion_score": 50 if unfit else 88 + one.number % 8,
                "grade": grade,
                "assessor": one.body,
                "evaluated_on": date(year + 1, 1, 15),
                "remark": None,
            }
            records.append(Record(EVALUATION, values))
        table = record_table(
            records, EVALUATION, "年度绩效评价", head=titled(f"{world.prefecture.name}辅导员{year}年度绩效评价结果"),
            label=(EVALUATION.table_id, year),
        )
        for line in table.lines:
            line.fact.values["grade"] = line.fact.values["grade"].replace("不合格", "不称职")
        sent = date(year + 1, 1, 31)
        plan.send(f"辅导员/{world.prefecture.name}辅导员{year}年度绩效评价_{compact(sent)}.xlsx", [table], sent)
