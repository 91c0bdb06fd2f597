"""The shell suite, built from the rows of `shell_rule` that are in force (spec 3.1).

A rule fires on the rows that its expectation does not expect. Unknown and exempt are null in
`shell_indicator`, and nulls are skipped: no data is not guilt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lake import quoted
from expectations.runner import JudgeError, Verdict, confirm
from expectations.suites import Check, Suite

NATION = "000000"
INDICATORS = "shell_indicator"   # one row a cooperative in force, one numeric column an indicator


@dataclass(frozen=True)
class Rule:
    """One row of `shell_rule` in force; `counties`: where it stands, None = in the whole nation."""

    rule_id: str
    column: str
    comparison: str
    threshold: Decimal
    counties: tuple[str, ...] | None = None


def rules_in_force(con: duckdb.DuckDBPyConnection, as_of: date) -> list[Rule]:
    """The rule rows in force on `as_of`, in order. Where an indicator has rows of several regions, `shell_rule_county`
    says which of them stands in which county."""
    rows = con.execute(
        """
        select rule_id, indicator_column, comparison, cast(threshold as decimal(18, 6)),
            bool_or(region_code <> $nation) over (partition by rule_id, indicator_column)
        from shell_rule
        where effective_from <= $as_of and (effective_to is null or effective_to >= $as_of)
        order by rule_id, indicator_column
        """, {"as_of": as_of, "nation": NATION}).fetchall()
    rules = [Rule(*row[:4]) for row in rows if not row[4]]
    for rule_id, column in sorted({row[:2] for row in rows if row[4]}):
        rules += [Rule(rule_id, column, comparison, threshold, tuple(counties)) for comparison, threshold, counties in con.execute(
            """
            select comparison, cast(threshold as decimal(18, 6)), list(county_code order by county_code)
            from shell_rule_county where rule_id = $rule_id and indicator_column = $column
            group by all order by all
            """, {"rule_id": rule_id, "column": column}).fetchall()]
    return sorted(rules, key=lambda rule: (rule.rule_id, rule.column))


def shell_suite(rules: list[Rule]) -> Suite:
    """One expectation a rule row: the indicator does *not* compare with the threshold as the rule says.

    Raises JudgeError for a comparison that no rule may use.
    """
    return Suite(name="shell", table=INDICATORS, key=("credit_code",), title="空壳社规则：未通过的为待核查线索，不作为处理依据",
                 checks=tuple(_check(rule) for rule in rules))


def rule_of(verdict: Verdict) -> str:
    """The rule that a verdict of the shell suite belongs to."""
    return verdict.check.id.split(":")[0]


def _check(rule: Rule) -> Check:
    threshold = rule.threshold
    forms: dict[str, dict[str, Any]] = {
        "<": {"kind": "between", "minimum": threshold},
        "<=": {"kind": "between", "minimum": threshold, "strict": True},
        ">": {"kind": "between", "maximum": threshold},
        ">=": {"kind": "between", "maximum": threshold, "strict": True},
        "=": {"kind": "not_in_set", "values": (threshold,)},
    }
    if rule.comparison not in forms:
        raise JudgeError(f"空壳社规则 {rule.rule_id}：比较符“{rule.comparison}”无效，应为 < <= > >= = 之一")
    if rule.counties is None:
        return Check(id=f"{rule.rule_id}:{rule.column}", columns=(rule.column,), severity="warn", **forms[rule.comparison])
    places = ", ".join(f"'{county}'" for county in rule.counties)
    return Check(id=f"{rule.rule_id}:{rule.column}:{rule.counties[0]}", columns=(rule.column,), severity="warn", kind="rows",
                 unexpected=f'"{rule.column}" {rule.comparison} {threshold} and county_code in ({places})')


def write_fired(con: duckdb.DuckDBPyConnection, verdicts: tuple[Verdict, ...], path: Path) -> dict[str, int]:
    """Writes every flag (credit_code, rule_id, value) to `path` in one statement; the number of flags a rule.

    Raises JudgeError when the rows differ from what was counted, or a cooperative has one flag twice; `path` keeps
    what it held then.
    """
    counted: dict[str, int] = {}
    for verdict in verdicts:
        counted[rule_of(verdict)] = counted.get(rule_of(verdict), 0) + verdict.failed
    flags = " union all ".join(
        f"select credit_code, '{_literal(rule_of(verdict))}' as rule_id, "
        f'cast("{verdict.check.columns[0]}" as decimal(18, 6)) as value from ({verdict.query})' for verdict in verdicts) or _NONE
    part = path.with_name(path.name + ".tmp")
    con.execute(f"copy ({flags} order by credit_code, rule_id) to '{quoted(part)}' (format parquet)")
    found = {rule: (flags, twice) for rule, flags, twice in con.execute(
        f"""
        select rule_id, sum(flags)::bigint, min(coalesce(credit_code, '（空）')) filter (where flags > 1 or credit_code is null)
        from (select rule_id, credit_code, count(*) as flags
              from read_parquet('{quoted(part)}') group by all)
        group by rule_id
        """).fetchall()}
    for rule, number in sorted(counted.items()):
        flagged, twice = found.get(rule, (0, None))
        confirm(f"空壳社规则 {rule}", number, flagged)
        if twice is not None:
            raise JudgeError(f"空壳社规则 {rule} 对合作社 {twice} 的线索不唯一或缺少统一社会信用代码")
    part.replace(path)
    return counted


def _literal(text: str) -> str:
    return text.replace("'", "''")


_NONE = "select null::varchar as credit_code, null::varchar as rule_id, null::decimal(18, 6) as value where false"
