"""Form 4 · 002 附件4 政府购买服务绩效评价汇总表, with the companion sheet 评分底稿."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from exports import figures
from exports.award_list import ten_thousands
from exports.form import Filled, Form, Origin, Scope, never_came
from exports.header import Group, Header, Kind, Leaf
from exports.kit import Cell, Table
from exports.reading import Policy, Reading

FORM = Form(
    4,
    "政府购买服务绩效评价汇总表",
    "乌农字〔2024〕48号 附件4",
    ("programme.service_contract", "programme.service_client"),
    ("contract_evaluation",),
)
ISSUED_FOR = "150300"  # the prefecture whose text printed the form (002)
DRAFT = "评分底稿"
CODE_FULL = "contract_code_rate_full"  # policy row
# Component → its name, the policy row of its weight.
COMPONENTS = {
    "satisfaction": ("满意度", "contract_weight_satisfaction"),
    "accounts_sound": ("账目规范", "contract_weight_accounts_sound"),
    "removal": ("列异移除", "contract_weight_removal"),
    "code": ("赋码", "contract_weight_code"),
    "coverage": ("覆盖", "contract_weight_coverage"),
}
BY_DEFAULT = "系统默认"  # begins the basis of a policy row that no text names

HEADER = Header(
    Leaf("序号", Kind.count, 4.5),
    Leaf("服务机构名称", Kind.label, 18),
    Leaf("辅导服务区域", Kind.text, 11),
    Leaf("服务期限", Kind.text, 16),
    Leaf("招标采购合同金额（万元）", Kind.money, 10),
    Group(
        "服务主体数量",
        (
            Leaf("服务合作社数量（个）", Kind.count, 8),
            Leaf("占区域内比例（%）", Kind.percent, 8),
            Leaf("服务家庭农牧场数量（个）", Kind.count, 8.5),
            Leaf("占区域内比例（%）", Kind.percent, 8),
        ),
    ),
    Group("辅导服务开展方式", (Leaf("集中培训（人次）", Kind.count, 8.5), Leaf("入户辅导（次数）", Kind.count, 8.5))),
    Group(
        "服务效果",
        (
            Leaf("完成代理记账的主体数量（个）", Kind.count, 9.5),
            Leaf("合作社账目规范率（%）", Kind.percent, 8.5),
            Leaf("列异社移除率（%）", Kind.percent, 8.5),
            Leaf("家庭农牧场赋码率（%）", Kind.percent, 8.5),
        ),
    ),
    Leaf("服务主体满意度调查综合评分（百分制）", Kind.score, 10),
    Leaf("综合得分（百分制）", Kind.score, 8.5),
)
_VALUE = {"satisfaction": Leaf("评分", Kind.score, 7)}
DRAFT_HEADER = Header(
    Leaf("序号", Kind.count, 4.5),
    Leaf("合同编号", Kind.code, 13),
    Leaf("区", Kind.text, 10),
    Leaf("服务机构名称", Kind.label, 18),
    *(
        Group(name, (_VALUE.get(part, Leaf("实际（%）", Kind.percent, 7)), Leaf("权重", Kind.score, 5.5)))
        for part, (name, _) in COMPONENTS.items()
    ),
    Leaf("口径", Kind.text, 6),
    Leaf("试算得分", Kind.score, 7.5),
    Leaf("评价得分", Kind.score, 7.5),
    Leaf("差异", Kind.score, 7.5),
    Leaf("缺项", Kind.remark, 12),
    Leaf("检查发现", Kind.prose, 24),
)
_CONTRACTS = """
    select * from contract_evaluation where county_code in (select unnest($1::varchar[]))
    order by list_position($1::varchar[], county_code), starts_on, contract_no
"""


def fill(reading: Reading, scope: Scope) -> Filled | None:
    """The contracts of a prefecture; null for other scopes, and where the form is not issued and there is none."""
    if scope.level != "prefecture":
        return None
    found = reading.con.execute(_CONTRACTS, [list(scope.counties)])
    names = [column[0] for column in found.description or ()]
    contracts = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not contracts and scope.code != ISSUED_FOR:
        return None
    code_full = reading.policy_number(CODE_FULL, scope)
    never = FORM.sources[0] not in reading.received_tables(scope)
    missing = never_came(FORM.sources[:1]) if never and not contracts else None
    form = Table(
        (FORM.name,),
        HEADER,
        [_cells(number, contract, code_full) for number, contract in enumerate(contracts, 1)],
        attachment="附件4",
        line=(f"填报单位：{scope.name}", "", f"填报时间：{reading.month.printed}"),
        missing=missing,
        landscape=True,
        row_height=30,
    )
    weights = {part: reading.policy(policy_id, scope) for part, (_, policy_id) in COMPONENTS.items()}
    draft = _draft(reading, scope, contracts, weights, missing)
    origins = [origin for place, contract in enumerate(contracts) for origin in _origins(place, contract, scope)]
    return Filled(FORM, [(FORM.name, form), (DRAFT, draft)], origins, tuple(_remarks(contracts, scope)))


def _share(contract: dict[str, Any], part: str, target: Decimal | None = None) -> figures.Shown | None:
    return figures.percent(contract[f"{part}_numerator"], contract[f"{part}_denominator"], target)


def _cells(number: int, contract: dict[str, Any], code_full: Decimal | None) -> tuple[Cell, ...]:
    return (
        number,
        contract["provider"],
        contract["service_area"],
        _term(contract["starts_on"], contract["ends_on"]),
        ten_thousands(contract["amount"]),
        contract["coops_served"],
        _share(contract, "coops"),
        contract["farms_served"],
        _share(contract, "farms"),
        contract["trainings"],
        contract["door_visits"],
        contract["proxy_clients"],
        _share(contract, "accounts_sound"),
        _share(contract, "removal"),
        _share(contract, "code", code_full),
        contract["satisfaction"],
        contract["evaluated_score"],
    )


def _term(starts_on: date | None, ends_on: date | None) -> str | None:
    """The term in one cell, as the text prints it."""
    if starts_on is None or ends_on is None:
        return None
    return "—".join(f"{day.year}年{day.month}月{day.day}日" for day in (starts_on, ends_on))


def _draft(
    reading: Reading,
    scope: Scope,
    contracts: Sequence[dict[str, Any]],
    weights: dict[str, Policy | None],
    missing: str | None,
) -> Table:
    known = [policy for policy in weights.values() if policy]
    default = any(policy.basis.startswith(BY_DEFAULT) for policy in known)
    rows: list[tuple[Cell, ...]] = []
    for number, contract in enumerate(contracts, 1):
        composite = contract["composite"]
        given = contract["evaluated_score"]
        trial = None if composite is None else figures.rounded(composite, 2)
        values: list[Cell] = []
        for part, policy in weights.items():
            values += [_component(contract, part), policy.value if policy else None]
        rows.append((
            number, contract["contract_no"], scope.counties.get(contract["county_code"]), contract["provider"],
            *values, "默认" if default else "下发", trial, given,
            None if trial is None or given is None else given - trial,
            contract["missing_components"], contract["findings"],
        ))  # fmt: skip
    return Table(
        (f"{FORM.name}{DRAFT}",),
        DRAFT_HEADER,
        rows,
        line=(f"填报单位：{scope.name}", f"填报时间：{reading.month.printed}", ""),
        missing=missing,
        notes=(
            "注：1.试算得分＝各已知分项（完成程度×权重）之和÷已知分项权重之和×100，缺项按其余分项折算。2.满意度按百分制，"
            "赋码率达到满分线即为满分，覆盖为两项占区域内比例的平均值。3.口径“默认”指权重为系统默认，非文件下发。"
            "4.差异＝评价得分－试算得分。",
        ),
        landscape=True,
        row_height=30,
        marked=frozenset(place for place, contract in enumerate(contracts) if contract["findings"]),
    )


def _component(contract: dict[str, Any], part: str) -> Cell:
    if part == "satisfaction":
        return contract["satisfaction"]
    if part == "coverage":
        shares = (contract["coops_share"], contract["farms_share"])
        return None if None in shares else figures.percent(sum(shares), 2)
    return _share(contract, part)


def _remarks(contracts: Sequence[dict[str, Any]], scope: Scope) -> Iterable[str]:
    yield "综合得分为评价人员的评分；系统试算得分只列于评分底稿。占区域内比例、列异社移除率、赋码率以服务区域所在旗县为准。"
    for contract in contracts:
        recorded, given = contract["recorded_door_visits"], contract["door_visits"]
        if recorded is not None and given is not None and recorded != given:
            yield f"{contract['provider']}：合同台账入户辅导 {given} 次，辅导员服务记录中对其服务对象的上门 {recorded} 次。"
        if contract["accounts_sound_unknown"]:
            county = scope.counties.get(contract["county_code"], "")
            yield f"{contract['provider']}（{county}）：账目情况不明的合作社 {contract['accounts_sound_unknown']} 个，计入分母。"


def _origins(place: int, contract: dict[str, Any], scope: Scope) -> Iterable[Origin]:
    county = scope.counties.get(contract["county_code"], "")
    for table in (0, 1):
        yield Origin(table, place, f"{contract['provider']}（{contract['contract_no']}）", FORM.sources[0], county,
                     contract["file_name"], contract["sheet"], f"{contract['row_number']}",
                     contract["snapshot_date"], contract["content_hash"])  # fmt: skip
