"""Which rows of a dump are ours: the registry holds every kind of enterprise (spec 1.3, rulings 6.1.6)."""

from __future__ import annotations

from dagster_project.receive.known_farms import TABLE as KNOWN_FARM
from dagster_project.receive.plan import SheetPlan
from dagster_project.receive.sql import name

_COOPERATIVE = "农民专业合作社|农民专业合作经济组织"
_COLUMNS = ("kind", "credit_code")


def kind_is_ours(kind: str) -> bool:
    """Whether a cleaned 类型 names a cooperative or a family farm."""
    return "家庭农场" in kind or any(word in kind for word in _COOPERATIVE.split("|"))


def scope_texts(plan: SheetPlan) -> list[str]:
    """SQL of the texts that `in_scope` reads, over `_text` t."""
    if plan.contract.in_scope is None:
        return []
    return [f"t.{name(n)} {name(n + ' text')}" for n in _COLUMNS if plan.bound(n)]


def in_scope(plan: SheetPlan) -> str:
    """SQL over the values v of `in_scope` and, in the registry, of `kind conflict`.

    Cooperatives are class 93 or 农民专业合作社 by kind, family farms are so by kind or because the farm directory
    knows their code (the table `known_farm`); a name decides nothing, and where class and kind disagree the code decides. A row whose code cannot be used and that names no kind
    is in scope: it is then rejected for its code, not lost. Raises ValueError for a rule that nobody wrote.
    """
    contract = plan.contract
    if contract.in_scope is None:
        return "true in_scope"
    if contract.in_scope != "registry":
        raise ValueError(f"{contract.id}: unknown in_scope rule {contract.in_scope}")
    kind = 'v."kind text"' if plan.bound("kind") else "null::varchar"
    text = 'upper(v."credit_code text")' if plan.bound("credit_code") else "null::varchar"
    cooperative = f"regexp_matches({kind}, '{_COOPERATIVE}')"
    broken = f"regexp_full_match({text}, '9[123].{{14,18}}') and v.registration_no is null"
    group = f"(case when v.credit_code is not null then left(v.credit_code, 2) when {broken} then left({text}, 2) end)"
    by_kind = f"case when {kind} is not null then {cooperative} else v.registration_no is null end"
    known = f"v.credit_code in (select credit_code from {KNOWN_FARM})"
    ours = f"{group} = '93' or contains({kind}, '家庭农场') or coalesce({known}, false) or {group} is null and {by_kind}"
    conflict = (
        f"{group} = '93' and not regexp_full_match({kind}, '.*合作.*|[0-9]+') or {group} <> '93' and {cooperative}"
    )
    return f'coalesce({ours}, false) in_scope, coalesce({conflict}, false) "kind conflict"'
