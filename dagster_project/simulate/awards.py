"""The awards of three years and their ledger: a workbook a month for the current year, one file for the others.

Each award goes through its steps on fixed days before the last month's end; `case` says what goes wrong. Last
year's public notices run into the National Day week, where calendar days and working days part.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from dagster_project.simulate import printed
from dagster_project.simulate.cast import ago
from dagster_project.simulate.direct import COOP, FARM, spelled
from dagster_project.simulate.exports import Plan, Sent, compact
from dagster_project.simulate.places import Place
from dagster_project.simulate.records import Record, record_table, spec, titled
from dagster_project.simulate.world import Award, Coop, Farm, World

AWARD = spec(
    "programme.award",
    """support 支持方式
    year 年度 int
    county_name 区
    township_name 镇
    entity_type 主体类型
    name 主体名称
    credit_code 统一社会信用代码
    farm_code 一码通编码
    registered_on 登记日期 date
    main_industry 主要产业
    members 实有成员总数 int
    annual_income 年经营收入（万元） wan
    households_led 带动非成员农户数 int
    residents_led 带动农区居民总人数 int
    lifted_led 带动脱贫人口 int
    monitored_led 带动监测户 int
    works 项目建设主要内容
    demonstration_level 示范级别
    applied_on 申报日期 date
    recommended_on 推荐上报日期 date
    reviewed_on 评审日期 date
    notice_from 公示开始日期 date
    notice_until 公示结束日期 date
    objection 公示有无异议 bool
    recognised_on 认定日期 date
    accepted_on 验收日期 date
    acceptance_conclusion 验收结论
    amount 奖补金额（万元） wan
    paid_on 拨付日期 date
    payment_mode 拨付方式
    result_notice_on 结果公示日期 date
    signatures_due 应签字成员数 int
    signatures 签字成员数 int
    previous_income 上年经营收入（万元） wan
    quantified 资产量化到成员 bool
    progress 项目进度（%） ratio
    progress_updated_on 进度更新日期 date
    state 状态""",
    "case",
)
REWARD, NORMS = "奖励补助", "规范化建设支出补助"
COOP_CASES = ("good", "over_cap", "short_notice", "unpaid", "unflagged", "not_updated", "good", "objection",
              "few_signatures", "not_quantified", "good", "not_accepted")
FARM_CASES = ("good", "by_transfer", "unpaid", "unflagged", "over_cap", "low_growth", "good", "not_accepted")
# Last year's notices: until which day of October. With 30 September and the make-up days around the holiday,
# ten calendar days hold fewer than seven working ones, and one more day makes it turn on the first day.
HOLIDAY = {"national_day_short": 10, "national_day_edge": 11, "national_day_enough": 16}
CAP = 3_000_000  # 3 万元, in 分
SHORT_LEVELS = {"旗县（区）级": "旗县级", "盟市（市）级": "市级", "自治区（省）级": "自治区级"}
FORM_FIELDS = ("households_led", "residents_led", "lifted_led", "monitored_led", "works")


def make_awards(world: World) -> None:
    """Awards of this year, last year and the year before."""
    taken: set[int] = {one.coop.number for one in world.planted}
    year = world.end.year
    quota = {code: (coops, farms) for code, _, coops, farms in printed.QUOTA}
    coop_at = farm_at = 0
    for index, county in enumerate(world.prefecture.counties):
        coops, farms = _candidates(world, county, taken)
        coop_quota, farm_quota = quota.get(county.code, (3, 3))
        more = 0 if index == 2 else 1  # the third county recommends no more than its quota
        for number in range(min(coop_quota * 6 // 5 + more, len(coops))):
            case = COOP_CASES[coop_at % len(COOP_CASES)] if number < coop_quota else "recommended"
            coop_at += number < coop_quota
            world.awards.append(_award(world, county, year, coops.pop(0), None, case))
        if coops:
            world.awards.append(_award(world, county, year, coops.pop(0), None, "norms"))
        if coops:
            world.awards.append(_award(world, county, year, coops.pop(0), None, "cancelled"))
        for number in range(min(farm_quota * 6 // 5 + more, len(farms))):
            case = FARM_CASES[farm_at % len(FARM_CASES)] if number < farm_quota else "recommended"
            farm_at += number < farm_quota
            world.awards.append(_award(world, county, year, None, farms.pop(0), case))
        for case in (*HOLIDAY, "unpaid"):
            if coops:
                world.awards.append(_award(world, county, year - 1, coops.pop(0), None, case))
        if farms:
            world.awards.append(_award(world, county, year - 1, None, farms.pop(0), "good"))
    for one in world.planted:
        if one.behaviour.slug == "late_report_only":  # on the abnormal list when it was recognised
            world.awards.append(_award(world, one.coop.county, year, one.coop, None, "excluded"))
        if one.behaviour.awarded:
            world.awards.append(_award(world, one.coop.county, year - one.behaviour.awarded, one.coop, None, "good"))


def _candidates(world: World, county: Place, taken: set[int]) -> tuple[list[Coop], list[Farm]]:
    begin = world.months[0].first
    coops = [
        coop for coop in world.coops
        if coop.county is county and coop.credit_code and coop.number not in taken and len(coop.history) == 1
        and not (coop.is_union or coop.is_branch) and coop.history[0].status == "active"
        and coop.founded_on < date(begin.year - 3, 1, 1)
    ]
    coded = [
        farm for farm in world.farms
        if farm.county is county and farm.coded_on and farm.coded_on < begin and not farm.left_on
        and farm.entered_on < begin - timedelta(days=100)
    ]
    year = world.end.year
    flagged = [farm for farm in coded if farm.subsidy and farm.subsidy[1] == year]
    plain = [farm for farm in coded if farm.subsidy is None]
    mixed = [farm for pair in zip(flagged, plain, strict=False) for farm in pair]
    return coops, [*mixed, *plain[len(flagged):]]


def _award(
    world: World, county: Place, year: int, coop: Coop | None, farm: Farm | None, case: str
) -> Award:
    number = coop.number if coop else farm.number if farm else 0
    rng = Random(f"award {world.seed} {year} {number} {coop is None}")
    base = ago(world, 2, 1) if year == world.end.year else date(year, 9, 1)
    notice = base + timedelta(days=6), base + timedelta(days=19)
    if case == "short_notice":
        notice = notice[0], base + timedelta(days=12)
    if case in HOLIDAY:
        notice = date(year, 9, 27), date(year, 10, HOLIDAY[case])
    recognised = None if case == "recommended" else notice[1] + timedelta(days=5)
    accepted = None if case in ("not_accepted", "cancelled") or not recognised else recognised + timedelta(days=26)
    paid = None if case in ("unpaid", "not_accepted") or not accepted else accepted + timedelta(days=12)
    due = rng.randrange(9, 40)
    level = rng.choice((None, None, *SHORT_LEVELS))
    income = rng.randrange(200, 9000) * 10_000
    return Award(
        county, year, coop, farm, NORMS if case == "norms" else REWARD, case,
        applied_on=base - timedelta(days=45),
        recommended_on=base - timedelta(days=25),
        reviewed_on=base - timedelta(days=12),
        notice_from=notice[0],
        notice_until=notice[1],
        recognised_on=recognised,
        accepted_on=accepted,
        paid_on=paid,
        cancelled_on=recognised if case == "cancelled" else None,
        flagged_on=recognised + timedelta(days=15) if recognised and case not in ("unflagged", "cancelled") else None,
        updated_on=recognised + timedelta(days=18) if recognised and case not in ("not_updated", "unflagged") else None,
        amount=CAP + 500_000 if case == "over_cap" else 1_000_000 if case == "norms" else CAP,
        mode="转账" if coop or case == "by_transfer" else "一卡通",
        due=due,
        signed=due * 3 // 5 if case == "few_signatures" else due * 4 // 5 + 1,
        level=level,
        income=income,
        before=income * 10 // (11 if case == "low_growth" else 13) // 100 * 100,
        led=tuple(rng.randrange(0, 40) for _ in range(4)),
        style=rng.choice((0, 0, 0, 1, 2)),
    )


def award_values(one: Award, dated: date, *, bare: bool) -> dict[str, Any]:
    """What the ledger of a day says; `bare`: the cells that this county leaves to the filled form."""

    def by(day: date | None) -> date | None:
        return day if day and day <= dated else None

    coop, farm = one.coop, one.farm
    recognised, accepted, paid = by(one.recognised_on), by(one.accepted_on), by(one.paid_on)
    state = ("拨付" if paid else "验收" if accepted else "建设" if recognised and one.case == "unflagged" else
             "认定" if recognised else "推荐" if by(one.recommended_on) else "申报")
    cancelled = by(one.cancelled_on)
    progress = 100 if accepted else 40 if recognised else 0
    values: dict[str, Any] = {
        "support": one.support,
        "year": one.year,
        "county_name": one.county.name,
        "township_name": farm.township.name if farm else None,
        "entity_type": COOP if coop else FARM,
        "name": spelled(coop.name, one.style) if coop else farm.name if farm else None,
        "credit_code": coop.credit_code if coop else None,
        "farm_code": farm.code if farm else None,
        "registered_on": coop.founded_on if coop else None,
        "main_industry": farm.main if farm else "种植业",
        "members": one.due if coop else None,
        "annual_income": one.income,
        "demonstration_level": one.level,
        "applied_on": one.applied_on,
        "recommended_on": by(one.recommended_on),
        "reviewed_on": by(one.reviewed_on),
        "notice_from": by(one.notice_from),
        "notice_until": one.notice_until if by(one.notice_from) else None,
        "objection": one.case == "objection" if by(one.notice_from) else None,
        "recognised_on": recognised,
        "accepted_on": accepted,
        "acceptance_conclusion": "合格" if accepted else None,
        "amount": one.amount if recognised else None,
        "paid_on": paid,
        "payment_mode": one.mode if paid else None,
        "result_notice_on": by(paid + timedelta(days=5)) if paid else None,
        "signatures_due": one.due if accepted and coop else None,
        "signatures": one.signed if accepted and coop else None,
        "previous_income": one.before,
        "quantified": one.case != "not_quantified" if accepted and coop else None,
        "progress": progress if recognised else None,
        "progress_updated_on": accepted or recognised,
        "state": "取消" if cancelled else state,
        "case": one.case,
    }
    led = dict(zip(FORM_FIELDS[:4], one.led, strict=True))
    values |= dict.fromkeys(FORM_FIELDS) if bare else {**led, "works": "购置农机具"}
    if coop:
        values["residents_led"] = None
    else:
        values["households_led"] = None
    return values


def award_ledgers(world: World, plan: Plan) -> None:
    for number, month in enumerate(world.months):
        dated = month.as_of + timedelta(days=1 if month == world.months[-1] else -3)
        tables = [
            _ledger(world, plan, [one for one in world.awards if one.county is county and one.year == month.first.year],
                    dated, county, (AWARD.table_id, month.first, county.code), number)
            for county in world.prefecture.counties
        ]
        plan.send(f"奖补项目/{world.prefecture.name}奖补对象台账{compact(dated)}.xlsx", tables, dated)
    dated = ago(world, len(world.months) - 1, 10)
    for year in sorted({one.year for one in world.awards} - {month.first.year for month in world.months}):
        mine = [one for one in world.awards if one.year == year]
        table = _ledger(world, plan, mine, dated, None, (AWARD.table_id, year), 0)
        plan.send(f"奖补项目/{world.prefecture.name}{year}年度奖补对象台账_{dated.isoformat()}.xlsx", [table], dated)


def _ledger(
    world: World, plan: Plan, awards: list[Award], dated: date, county: Place | None, label: tuple[Any, ...], number: int
) -> Any:
    shown = [one for one in awards if one.applied_on <= dated]
    counties = world.prefecture.counties
    records = [
        Record(AWARD, award_values(one, dated, bare=one.county in counties[:2] and county is not None), one.county.code)
        for one in shown
    ]
    title = f"{county.name if county else world.prefecture.name}奖补对象台账"
    table = record_table(
        records, AWARD, county.name if county else "台账", head=titled(title, right="单位：人、户、万元"),
        style=(1, 2, 0)[number % 3], label=label, foot="填报人：测试填报人02",
    )
    objection, level = table.at("公示有无异议"), table.at("示范级别")
    for line in table.lines:  # one column says 有 or 无, the other the levels in short
        line.cells[objection] = {"是": "有", "否": "无"}.get(line.cells[objection])
        line.cells[level] = SHORT_LEVELS.get(line.cells[level])
    for code in sorted({one.county.code for one in shown}):
        for year in sorted({one.year for one in shown}):
            for kind in (COOP, FARM):
                plan.sent.append(Sent(f"{code}|{year}|{kind}", dated, table))
    return table
