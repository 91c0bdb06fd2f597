"""The shell suite, built from the rows of `shell_rule` that are in force (spec 3.1).

A rule fires on the rows that its expectation does not expect. Unknown and exempt are null in
`shell_indicator`, and nulls are skipped: no data is not guilt.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lake import quoted
from expectations.runner import JudgeError, Verdict, confirm
from expectations.suites import Check, Suite

INDICATORS = "shell_indicator"   # one row a cooperative in force, one numeric column an indicator


def rules_in_force(con: duckdb.DuckDBPyConnection, as_of: date) -> list[tuple[str, str, str, Decimal]]:
    """rule_id, indicator_column, comparison, threshold of each rule row in force on `as_of`, in order."""
    return con.execute(
        """
        select rule_id, indicator_column, comparison, cast(threshold as decimal(18, 6))
        from shell_rule
        where effective_from <= $as_of and (effective_to is null or effective_to >= $as_of)
        order by rule_id, indicator_column
        """, {"as_of": as_of}).fetchall()


def shell_suite(rules: list[tuple[str, str, str, Decimal]]) -> Suite:
    """One expectation a rule row: the indicator does *not* compare with the threshold as the rule says.

    Raises JudgeError for a comparison that no rule may use.
    """
    return Suite(name="shell", table=INDICATORS, key=("credit_code",),
                 checks=tuple(_check(*rule) for rule in rules))


def rule_of(verdict: Verdict) -> str:
    """The rule that a verdict of the shell suite belongs to."""
    return verdict.check.id.split(":")[0]


def _check(rule_id: str, column: str, comparison: str, threshold: Decimal) -> Check:
    forms: dict[str, dict[str, Any]] = {
        "<": {"kind": "between", "minimum": threshold},
        "<=": {"kind": "between", "minimum": threshold, "strict": True},
        ">": {"kind": "between", "maximum": threshold},
        ">=": {"kind": "between", "maximum": threshold, "strict": True},
        "=": {"kind": "not_in_set", "values": (threshold,)},
    }
    if comparison not in forms:
        raise JudgeError(f"空壳社规则 {rule_id}：比较符“{comparison}”无效，应为 < <= > >= = 之一")
    return Check(id=f"{rule_id}:{column}", columns=(column,), severity="warn", **forms[comparison])


def write_fired(con: duckdb.DuckDBPyConnection, verdicts: tuple[Verdict, ...], path: Path) -> dict[str, int]:
    """Writes every flag (credit_code, rule_id, value) to `path`; the number of flags a rule.

    Raises JudgeError when the rows differ from what was counted, or a cooperative has one flag twice.
    """
    con.execute("create or replace temp table fired "
                "(credit_code varchar, rule_id varchar, value decimal(18, 6))")
    counts: dict[str, int] = {}
    for verdict in verdicts:
        rule, column = rule_of(verdict), verdict.check.columns[0]
        stored = con.execute(
            f'insert into fired select credit_code, $rule, cast("{column}" as decimal(18, 6)) '
            f"from ({verdict.query})", {"rule": rule}).fetchall()[0][0]
        confirm(verdict, stored)
        counts[rule] = counts.get(rule, 0) + stored
    twice = con.execute("select rule_id, credit_code from fired group by all having count(*) > 1 "
                        "or credit_code is null order by all limit 1").fetchone()
    if twice:
        raise JudgeError(f"空壳社规则 {twice[0]} 对合作社 {twice[1]} 的线索不唯一或缺少统一社会信用代码")
    part = path.with_name(path.name + ".tmp")
    con.execute(f"copy (from fired order by credit_code, rule_id) to '{quoted(part)}' (format parquet)")
    part.replace(path)
    return counts
