"""Which number of which form is which column of which mart (spec 4.2 against 5.5). A form's sheets are told by their names."""

from __future__ import annotations

from collections.abc import Sequence

from exports import form_04, form_10, form_13, form_14, form_15
from exports.award_list import COUNTED
from exports.form_02 import LAYOUT as COOPERATIVES
from exports.form_03 import LAYOUT as FARMS
from exports.trace.figure import Counted, Figure, Lines, Reckoned, Scored, Share, Taken, Told

SERIAL = Told("序号，按表内顺序编排")
POINTS = Told("分值，表式或评分标准所定")
BY_ROW = "content_hash = $content_hash and sheet = $sheet and row_number = $row_number"
IN_SCOPE = "county_code in (select unnest($counties::varchar[]))"
_STEPS = ("quota", "recommended", "recommendation_enough", "awarded", "accepted", "paid")


def _tasks() -> list[Lines]:
    of = "prefecture_code = $scope and year = $year"
    return [Lines("quota_task", f"{of} and county_label = $c0", {1: Taken("coops"), 2: Taken("farms")})]


def _progress() -> list[Lines]:
    found = []
    for kind, first in (("农民合作社", 1), ("家庭农场", 8)):
        of = f"prefecture_code = $scope and year = $year and entity_type = '{kind}'"
        columns: dict[int, Figure] = {first + at: Counted(name) for at, name in enumerate(_STEPS) if name != "recommendation_enough"}
        found.append(Lines("quota_progress", f"{of} and county_label = $c0", columns | {first + 6: Share("accepted", "quota")}, of))
    return found


def _awards(columns: dict[int, str], entity_type: str) -> list[Lines]:
    figures: dict[int, Figure] = {at: Taken(name, 4 if name == "annual_income" else 0) for at, name in columns.items() if name in COUNTED}
    return [Lines("award_form", BY_ROW, {0: SERIAL} | figures,
                  f"county_code = $county and year = $year and entity_type = '{entity_type}' and left_out is null")]


_CONTRACT: dict[int, Figure] = {
    0: SERIAL, 4: Taken("amount", 4), 5: Counted("coops_served"), 6: Share("coops_numerator", "coops_denominator"),
    7: Counted("farms_served"), 8: Share("farms_numerator", "farms_denominator"), 9: Taken("trainings"), 10: Taken("door_visits"),
    11: Counted("proxy_clients"), 12: Share("accounts_sound_numerator", "accounts_sound_denominator"),
    13: Share("removal_numerator", "removal_denominator"), 14: Share("code_numerator", "code_denominator"),
    15: Taken("satisfaction"), 16: Taken("evaluated_score"),
}  # fmt: skip
WEIGHT = Told("权重，政策参数 contract_weight_…")
_DRAFT: dict[int, Figure] = {
    0: SERIAL, 4: Taken("satisfaction"), 5: WEIGHT, 6: Share("accounts_sound_numerator", "accounts_sound_denominator"), 7: WEIGHT,
    8: Share("removal_numerator", "removal_denominator"), 9: WEIGHT, 10: Share("code_numerator", "code_denominator"), 11: WEIGHT,
    12: Reckoned("coverage", "50 * (coops_share + farms_share)", "两项占区域内比例的平均值", ("coops_share", "farms_share")), 13: WEIGHT,
    15: Told("试算得分＝各已知分项（完成程度×权重）之和÷已知分项权重之和×100", "composite"), 16: Taken("evaluated_score"),
    17: Reckoned("difference", "evaluated_score - round(composite, 2)", "评价得分－试算得分", ("evaluated_score", "composite")),
}  # fmt: skip


def _scorecard(form: str, draft: bool) -> list[Lines]:
    of = f"county_code = $county and year = $year and form = '{form}'"
    item = f"{of} and item = $place"
    if not draft:
        return [Lines("scorecard", item, {2: POINTS, 4: Taken("given")}, of, known_only=True)]
    return [Lines("scorecard", item, {
        0: SERIAL, 2: POINTS, 4: Reckoned("computed", "round(points * numerator / denominator, 1)", "分值×满足数÷应满足数，保留一位小数",
                                          ("points", "numerator", "denominator")),
        5: Taken("given"), 6: Reckoned("difference", "given - computed", "评价得分－试算得分", ("given", "computed")),
    }, of, known_only=True)]  # fmt: skip


def _plan() -> list[Lines]:
    of, found = "region_level = 'county' and county_label = $c0 and prefecture_code = $scope", []
    for at, year in enumerate((2023, 2024, 2025)):
        for place, indicator in enumerate(("star_coops", "led_coops"), 1 + 3 * at):
            found.append(Lines("plan_target", f"{of} and year = {year} and indicator = '{indicator}'", {place: Taken("target")}))
        found.append(Lines("plan_target", f"region_level = 'prefecture' and region_code = $scope and year = {year} "
                           "and indicator = 'led_five_star'", {3 + 3 * at: Taken("target")}))  # fmt: skip
    return found


def _plan_progress() -> list[Lines]:
    county = "region_level = 'county' and county_label = $c0 and region_code in (select unnest($counties::varchar[]))"
    city, found = "region_level = 'prefecture' and region_code = $scope", []
    for at, year in enumerate((2023, 2024, 2025)):
        for block, indicator in enumerate(("star_coops", "led_coops")):
            first, of = 1 + 8 * at + 4 * block, f"year = {year} and indicator = '{indicator}'"
            columns: dict[int, Figure] = {first: Counted("target"), first + 1: Counted("actual"), first + 2: Share("actual", "target")}
            trial: dict[int, Figure] = {first + 3: Counted("trial")} if block == 0 else {}
            found.append(Lines("plan_progress", f"{county} and {of}", columns | trial, f"{city} and {of}"))
        first, of = 25 + 3 * at, f"{city} and year = {year} and indicator = 'led_five_star'"
        found.append(Lines("plan_progress", of, {first: Counted("target"), first + 1: Counted("actual"), first + 2: Share("actual", "target")}, of))
    return found


_RETURN: dict[int, Figure] = {
    0: SERIAL, 3: Told("会计年度，按报告月份确定"), 5: Taken("current_surplus"),
    6: Reckoned("covered_loss", "least(greatest(0, -(coalesce(opening_undistributed, 0) + coalesce(other_transfers_in, 0))), "
                "greatest(0, current_surplus))", "年初未分配盈余与其他转入之和为负的部分，不超过当年盈余",
                ("opening_undistributed", "other_transfers_in", "current_surplus")),
    7: Taken("reserve_appropriation"),
    8: Reckoned("statutory_base", "greatest(0, current_surplus - covered_loss - coalesce(reserve_appropriation, 0))",
                "当年盈余－弥补亏损－提取盈余公积", ("current_surplus", "covered_loss", "reserve_appropriation")),
    9: Reckoned("minimum_return", "statutory_base * (select value from region_policy where id = 'return_floor' "
                "and region_level = 'county' and region_code = m.county_code)", "可分配盈余×法定返还比例", ("statutory_base",)),
    10: Taken("returned"), 11: Share("returned", "statutory_base"),
    12: Reckoned("book_base", "current_surplus + coalesce(opening_undistributed, 0) + coalesce(other_transfers_in, 0) "
                 "- coalesce(reserve_appropriation, 0)", "当年盈余＋年初未分配盈余＋其他转入－提取盈余公积",
                 ("current_surplus", "opening_undistributed", "other_transfers_in", "reserve_appropriation")),
    13: Share("returned", "book_base"), 15: Counted("failed_checks"), 17: Counted("accounts"), 18: Counted("roster_members"),
    19: Counted("returned_in_accounts"),
    20: Reckoned("returned_difference", "returned_in_accounts - returned", "返还合计－实际盈余返还", ("returned_in_accounts", "returned")),
    22: Counted("members"), 23: Counted("farmer_members"), 24: Share("farmer_members", "members"), 25: Counted("unit_members"),
}  # fmt: skip
_STAR: dict[int, Figure] = {
    0: SERIAL, 5: Share("earned_points", "applicable_weight", 2), 7: Share("known_weight", "applicable_weight"),
    **{9 + at: Counted(f"points_{at}", decimals=2) for at in range(len(form_13.DIMENSIONS))},
}  # fmt: skip
_ITEM: dict[int, Figure] = {0: SERIAL, 5: POINTS, 6: Scored()}
_SUPERVISION: dict[int, Figure] = {
    **{at: Counted(name, 4 if at in (9, 10) else 0) for at, name in form_10._SUMMED.items()},
    11: Share("funds_paid", "funds_allotted"), 14: Share("updated", "due_updates"), 17: Share("flagged", "due_flags"),
    24: Reckoned("problems_change", "problems - previous_problems", "本月问题数－上月问题数", ("problems", "previous_problems")),
}  # fmt: skip
_VILLAGE: dict[int, Figure] = {
    0: SERIAL, **{at: Taken(name, 4 if at in form_14.TEN_THOUSANDS else 0) for at, name in form_14._SUMMED.items()},
    8: Share("joined", "households"), 11: Share("linked", "poor"), 18: Share("insured", "insured_due"),
    14: Told("专项资金标准，政策参数 poor_village_fund", "fund_due"), 4: Counted("enterprises"), 5: Counted("organisations"),
}  # fmt: skip
_ADVISOR: dict[int, Figure] = {
    1: Told("目标，政策参数", "target"), **{at: Counted(name) for at, name in form_15._SUMMED.items()},
    6: Reckoned("entities_each", "round(cast(coops_served + farms_served as decimal(18, 6)) / advisors, 1)", "服务主体÷实有",
                ("coops_served", "farms_served", "advisors")),
    11: Share("coops_advised", "coops"), 12: Share("farms_advised", "farms"),
}  # fmt: skip


def lines_of(form: int, sheet: str, tables: Sequence[str]) -> list[Lines]:
    """The lines of a form's sheet; none for sheets that hold no number of a mart. `tables`: its sheets in order."""
    draft = sheet.startswith("评分底稿") or sheet in ("任务进度", "进度", "逐社得分")
    county = "county_code = $county and coalesce(township_name, '') = case when $c0 = '镇不明' then '' else $c0 end and not is_total"
    found: dict[int, list[Lines]] = {
        1: _progress() if draft else _tasks(),
        2: _awards(COOPERATIVES.columns, COOPERATIVES.entity_type), 3: _awards(FARMS.columns, FARMS.entity_type),
        4: [Lines("contract_evaluation", "contract_no = $c1", _DRAFT)] if sheet == form_04.DRAFT else [Lines("contract_evaluation", BY_ROW, _CONTRACT)],
        5: _scorecard("附件5", draft), 6: _scorecard("附件6", draft),
        9: _plan_progress() if draft else _plan(),
        10: _ledger(sheet),
        11: [Lines("shell_status", "credit_code = $c3", {0: SERIAL, 19: Reckoned(
            "months_listed", "case when first_month is null then 0 else date_diff('month', first_month, "
            "(select report_month from run_month)) + 1 end", "自首次列账月份起连续列账的月数", ("first_month",))})],
        12: [Lines("surplus_return", "credit_code = $c2 and is_current_year", _RETURN)],
        13: [Lines("star_rating_item", "credit_code = $c2 and indicator_id = split_part($c4, ' ', 1)", _ITEM)] if draft else
            [Lines("star_rating", "credit_code = $c3", _STAR)],
        14: [Lines("village_month", BY_ROW, _VILLAGE, "banner_code = $county and reported", known_only=True)],
        15: [Lines("advisor_progress", county, _ADVISOR, "county_code = $county and is_total")],
        16: [Lines("reconciliation", "false", {0: SERIAL})],
        17: _quality(sheet == tables[0], sheet),
    }  # fmt: skip
    return found.get(form, [])


def _ledger(sheet: str) -> list[Lines]:
    if sheet == form_10.SUMMARY:
        return [Lines("supervision_county", "county_code = (select region_code from region where region_name = $c0 and region_level = 'county' "
                      "and region_code in (select unnest($counties::varchar[])))", _SUPERVISION, IN_SCOPE)]  # fmt: skip
    if sheet == form_10.DETAIL:
        return [Lines("award_check", f"{BY_ROW} and check_name = split_part($c5, '：', 1)", {0: SERIAL, 8: Reckoned(
            "days_open", "date_diff('day', due_on, (select as_of from run_month))", "整改期限次日起至截止日期的天数", ("due_on",))})]  # fmt: skip
    return []


# A place of form 17: a county by its name, the scope by its own, the nation.
_WHERE = """county_code = coalesce((select min(region_code) from region where region_level = 'county' and region_name = $c1
    and region_code in (select unnest($counties::varchar[]))), case when $c1 = '不分旗县' then '000000' else $scope end)"""


def _quality(first: bool, sheet: str) -> list[Lines]:
    checked: dict[int, Figure] = {4: Taken("evaluated"), 5: Taken("failed"), 6: Share("failed", "evaluated")}
    if first:
        where = f"{_WHERE} and says = $c2 and failed > 0"
        return [Lines("data_quality", where, {0: SERIAL} | checked)]
    if sheet == "汇总":
        title = "table_id is not null and title = split_part($c0, ' · ', 2)"
        return [Lines("data_quality", f"{_WHERE} and {title}", {2: Counted("made"), 3: Counted("missed")} | checked, summed=True)]
    return []
