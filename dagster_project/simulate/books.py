"""Statements and member accounts of the cooperatives, in 分: plain ones, and each of `cases`."""

from __future__ import annotations

from datetime import date
from random import Random

from dagster_project.simulate.cases import (
    CASES,
    COMPOSITIONS,
    LINES,
    ONLY_2021,
    PLANTED_COLUMNS,
    SHARINGS,
    UNIONS,
)
from dagster_project.simulate.members import make_accounts, make_roster, share_members
from dagster_project.simulate.world import Account, Coop, Statement


def fen(text: str) -> int:
    """元 as text → 分, exactly."""
    whole, _, cents = text.lstrip("-").partition(".")
    return (int(whole) * 100 + int(cents.ljust(2, "0") or 0)) * (-1 if text.startswith("-") else 1)


def make_books(coops: list[Coop], year: int, rng: Random) -> tuple[list[Statement], list[Account]]:
    """Statements and accounts of `year` and the year before it."""
    statements: list[Statement] = []
    accounts: list[Account] = []
    eligible = [
        coop
        for coop in coops
        if coop.credit_code and not coop.is_branch and coop.founded_on < date(year - 1, 1, 1)
    ]
    names = list(CASES)
    kinds = list(COMPOSITIONS)
    special = union_number = 0
    for position, coop in enumerate(eligible):
        case = "plain"
        if not coop.is_union and position % 5 == 2:
            case, special = names[special % len(names)], special + 1
        has_now = case != "plain" or rng.random() < 0.92
        has_before = (case in ("plain", "fails_S6") and rng.random() < 0.75) or case == "fails_S6"
        layout = (
            CASES[case].get("layout", "2021") if case != "plain" else rng.choice(("2021",) * 4 + ("2007",))
        )
        before = _statement(coop, year - 1, layout, "plain", None, rng) if has_before else None
        now = _statement(coop, year, layout, case, before, rng) if has_now else None
        found = [statement for statement in (before, now) if statement]
        statements += found
        if rng.random() < 0.88 or position % 11 == 4:
            if coop.is_union:
                roster_case, kinds_here = "union", UNIONS[union_number % len(UNIONS)]
                union_number += 1
            elif position % 11 == 4:
                roster_case = kinds[position // 11 % len(kinds)]
                kinds_here = COMPOSITIONS[roster_case]
            else:
                total = rng.randrange(8, 60)
                others = rng.randrange(0, total // 8 + 1)
                roster_case, kinds_here = "plain", {"农民": total - others, "其他居民": others}
            sharing = SHARINGS[position // 13 % len(SHARINGS)] if position % 13 == 6 else "proportional"
            roster = make_roster(coop, kinds_here, year, roster_case, position, rng)
            returned = {statement.year: statement.lines["returned"] for statement in found}
            for each in (year - 1, year):
                accounts += make_accounts(roster, coop, each, returned.get(each, 0) or 0, sharing, rng)
    share_members(accounts)
    return statements, accounts


def plain_statement(coop: Coop, year: int, before: Statement | None, rng: Random) -> Statement:
    """A year like any other, in the layout of 2021, after the one `before`."""
    return _statement(coop, year, "2021", "plain", before, rng)


def _statement(
    coop: Coop, year: int, layout: str, case: str, before: Statement | None, rng: Random
) -> Statement:
    """Lines from the surplus upwards, so that a case can fix it to the 分."""
    fixed = CASES.get(case, {})
    off = {fixed["break_"]: fen(fixed["by"])} if "break_" in fixed else {}
    new = layout == "2021"
    current = fen(fixed["current"]) if "current" in fixed else rng.randrange(-2_000_000, 30_000_000)
    opening = rng.choice((0, 0, rng.randrange(-3_000_000, 5_000_000)))
    if before:
        opening = (before.lines["closing_undistributed"] or 0) + off.get("S6", 0)
    if "opening" in fixed:
        opening = fen(fixed["opening"])
    transfer = fen(fixed.get("transfer", "0"))
    reserve = fen(fixed["reserve"]) if "reserve" in fixed else max(0, current) * rng.randrange(0, 11) // 100
    covered = min(max(0, -(opening + transfer)), max(0, current))
    base = max(0, current - covered - reserve)
    returned = (
        fen(fixed["returned"] or "0") if "returned" in fixed else base * rng.randrange(35, 90) // 20_000 * 200
    )
    residual = (base - returned) * rng.randrange(0, 60) // 100 if base > returned else 0
    converted = (base - returned - residual) // 10 if new and base > returned and rng.random() < 0.2 else 0
    tax = max(0, current) * rng.choice((0, 0, 2)) // 100 if new else 0
    total = current - off.get("S3", 0) + tax
    other_in, other_out = (
        rng.choice((0, rng.randrange(0, 2_000_000))),
        rng.choice((0, rng.randrange(0, 500_000))),
    )
    operating = total - off.get("S2", 0) - other_in + other_out
    income = abs(operating) * rng.randrange(3, 8) + rng.randrange(5_000_000, 80_000_000)
    invested = rng.choice((0, 0, 0, rng.randrange(0, 3_000_000)))
    taxes, finance = (income // 200, rng.choice((0, income // 300))) if new else (0, 0)
    admin = income // rng.randrange(12, 30)
    expense = income + invested - taxes - admin - finance - (operating - off.get("S1", 0))
    after = 0 if new else reserve  # the 2007 layout subtracts the reserve after 可分配盈余
    distributable = current + opening + transfer - (reserve - after) + off.get("S4", 0)
    closing = distributable - after - returned - residual - converted + off.get("S5", 0)
    capital, fund, surplus = (
        rng.randrange(10, 300) * 1_000_000,
        rng.choice((0, 20_000_000)),
        rng.randrange(0, 20_000_000),
    )
    equity = capital + fund + surplus + closing
    debts = rng.randrange(0, 60_000_000)
    lines: dict[str, int | None] = dict(
        zip(
            LINES,
            (
                income,
                invested,
                expense,
                taxes,
                admin,
                finance,
                operating,
                other_in,
                other_out,
                total,
                tax,
                current,
                opening,
                transfer,
                reserve,
                distributable,
                returned,
                residual,
                converted,
                closing,
                rng.randrange(100_000, 30_000_000),
                rng.randrange(0, 90_000_000),
                debts + equity + off.get("S7", 0),
                debts,
                capital,
                fund,
                0,
                surplus,
                equity,
            ),
            strict=True,
        )
    )
    for name in (
        "investment_income",
        "other_transfers_in",
        "converted_to_capital",
        "capital_reserve",
        "special_fund",
    ):
        if lines[name] == 0 and rng.random() < 0.6:
            lines[name] = None
    blank = {
        "return_blank": "returned",
        "surplus_blank": "current_surplus",
        "opening_blank": "opening_undistributed",
    }
    if case in blank:
        lines[blank[case]] = None
    absent = () if new else ONLY_2021
    if case in PLANTED_COLUMNS:
        absent = (*absent, PLANTED_COLUMNS[case])
    for name in absent:
        lines[name] = None
    broken = tuple(off) if case != "rounding_within_tolerance" else ()
    return Statement(coop, year, layout, case, lines, absent, broken)
