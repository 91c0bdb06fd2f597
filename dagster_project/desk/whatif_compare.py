"""Two build files of one month side by side: whose status or compliance differs, and why."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.desk.whatif_changes import WEIGHTS, told
from dagster_project.lake import quoted
from dagster_project.publish import PublishedTable

OUTCOMES = {"fired": "触发", "unknown": "缺资料", "exempt": "豁免", None: "未触发"}
FIRED = OUTCOMES["fired"]
SEEDS = ("policy_in_force", "measure")       # what was changed itself
Labels = tuple[dict[str, str], dict[str, dict[str, str]]]


@dataclass(frozen=True)
class Verdict:
    """A published table that says of somebody how they stand."""

    table: str
    key: tuple[str, ...]
    name: str | None            # column with the name of whom it speaks
    place: str                  # column with their county or region
    verdict: dict[str, tuple[str, ...]]     # columns with what they are told, and for each what it rests on

    @property
    def shown(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self.verdict.values() for name in names))


VERDICTS = (
    Verdict("shell_status", ("credit_code",), "name", "county_code", {"status": ("kinds", "decided_on", "decision_word")}),
    Verdict("surplus_return", ("credit_code", "fiscal_year"), "name", "county_code", {
        "return_status": ("return_ratio_statutory", "returned", "minimum_return"), "statement_status": ("failed_check_ids",),
        "composition_status": ("members", "farmer_members", "unit_members"), "accounts_match": ("returned_difference",),
        "proportional": ("trade_status",)}),
    Verdict("star_rating", ("credit_code",), "name", "county_code", {
        "rating_status": ("evidence_coverage", "veto"), "stars": ("score_low", "score_high")}),
    Verdict("award_check", ("county_code", "award_key", "check_id"), "entity_name", "county_code",
            {"outcome": ("check_name", "due_on", "detail")}),
    Verdict("district_check", ("year", "county_code", "check_id"), "check_name", "county_code", {"outcome": ("due_on", "detail")}),
    Verdict("coverage", ("region_level", "region_code", "measure_id"), "region_name", "region_code",
            {"status": ("numerator", "denominator", "value", "target")}),
    Verdict("plan_progress", ("region_level", "region_code", "year", "indicator"), "county_label", "region_code",
            {"on_pace": ("indicator_name", "actual", "pace_target", "target")}),
)


def compare(before: Path, after: Path, tables: Sequence[PublishedTable], labels: Labels,
            reworded: Collection[str] = ()) -> dict[str, Any]:
    """`statuses` (shell status: cooperatives before, after), `changes` (a line each whose verdict differs), `tables`
    (every published table with rows that differ). `reworded`: rules whose sentence names a threshold that is no more."""
    with closing(duckdb.connect(str(after), read_only=True)) as con:
        con.execute(f"attach '{quoted(before)}' as before (read_only)")
        return {
            "statuses": [{"status": status, "before": old, "after": new} for status, old, new in con.execute(
                """
                select status, count(*) filter (where edition = 0), count(*) filter (where edition = 1)
                from (select status, 0 as edition from before.shell_status union all select status, 1 from shell_status)
                group by status order by status
                """).fetchall()],
            "changes": [line for verdict in VERDICTS for line in _changes(con, verdict, labels, reworded)],
            "tables": [line for table in tables if table.name not in SEEDS and (line := _differing(con, table))],
        }


def _changes(con: duckdb.DuckDBPyConnection, verdict: Verdict, labels: Labels,
             reworded: Collection[str]) -> list[dict[str, Any]]:
    words = labels[1].get(verdict.table, {})
    columns = dict.fromkeys((*verdict.key, *((verdict.name,) if verdict.name else ()), verdict.place, *verdict.verdict,
                             *verdict.shown))
    pairs = ", ".join(f'old."{name}", new."{name}"' for name in columns)
    rows = con.execute(
        f"""select {pairs} from before.{verdict.table} as old full join {verdict.table} as new
            using ({', '.join(verdict.key)})
            where {' or '.join(f'old.{name} is distinct from new.{name}' for name in verdict.verdict)}
            order by {', '.join(f'coalesce(new.{name}, old.{name})' for name in (verdict.place, *verdict.key))}""").fetchall()
    flags = _flags(con, reworded) if verdict.table == "shell_status" and rows else {}
    out = []
    for row in rows:
        old = dict(zip(columns, row[::2], strict=True))
        new = dict(zip(columns, row[1::2], strict=True))
        who = {name: old[name] if new[name] is None else new[name] for name in columns}
        changed = [name for name in verdict.verdict if old[name] != new[name]]
        here, there = (side[verdict.key[0]] is not None for side in (old, new))
        rests_on = dict.fromkeys(name for column in changed for name in verdict.verdict[column])
        why: list[str | None] = [f"{'现行' if there else '假设下'}不在此表之列"] if here != there else []
        why += [_flagged(*flag, here, there) for flag in flags.get(str(who[verdict.key[0]]), ())]
        why += [_shown(words.get(name, name), old[name] if here else new[name], new[name] if there else old[name])
                for name in rests_on if (old[name], new[name]) != (None, None)]
        out.append({
            "table": verdict.table, "title": labels[0].get(verdict.table, verdict.table),
            "key": {name: str(who[name]) for name in verdict.key}, "name": verdict.name and who[verdict.name],
            "place": who[verdict.place],
            "verdicts": [{"column": name, "label": words.get(name, name), "before": _word(old[name]), "after": _word(new[name])}
                         for name in changed],
            "why": [reason for reason in why if reason],
        })
    return out


def _word(value: Any) -> str | None:
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else told(value)


def _shown(label: str, old: Any, new: Any) -> str:
    if old == new:
        return f"{label} {_word(new)}"
    return f"{label} {_word(old) or '—'} → {_word(new) or '—'}"


def _flags(con: duckdb.DuckDBPyConnection, reworded: Collection[str]) -> dict[str, list[tuple[str, str, str]]]:
    """By cooperative (rule, outcome before, after): those whose outcome or weight differs, then those that fire in both."""
    columns = ("outcome", "value", "comparison", "threshold", "weight", "reason", "sentence", "parameters")
    pairs = ", ".join(f"old.{name}, new.{name}" for name in columns)
    rows = con.execute(
        f"""select credit_code, rule_id, {pairs} from before.shell_flag as old full join shell_flag as new
            using (credit_code, rule_id)
            where old.outcome = 'fired' or new.outcome = 'fired' or old.outcome is distinct from new.outcome
            order by (old.outcome, old.value, old.weight) is not distinct from (new.outcome, new.value, new.weight),
                rule_id""").fetchall()
    out: dict[str, list[tuple[str, str, str]]] = {}
    for code, rule, *values in rows:
        old = dict(zip(columns, values[::2], strict=True))
        new = dict(zip(columns, values[1::2], strict=True))
        out.setdefault(code, []).append((rule, _outcome(old), _outcome(new, rule in reworded)))
    return out


def _flagged(rule: str, before: str, after: str, here: bool, there: bool) -> str | None:
    """One rule in words; of a cooperative that stands on one side alone what fires there."""
    if here != there:
        seen = before if here else after
        return f"{rule} {seen}" if seen.startswith(FIRED) else None
    return f"{rule} 仍{after}" if before == after else f"{rule} {before} → {after}"


def _outcome(flag: dict[str, Any], reworded: bool = False) -> str:
    word = OUTCOMES[flag["outcome"]]
    if flag["outcome"] != "fired":
        return f"{word}，{flag['reason']}" if flag["reason"] else word
    seen = f"{word}（{WEIGHTS[flag['weight']]}，指标值 {told(flag['value'])} {flag['comparison']} {told(flag['threshold'])}"
    if reworded:
        return f"{seen}）"
    return f"{seen}：{flag['sentence'].format(**json.loads(flag['parameters'])).rstrip('。')}）"


def _differing(con: duckdb.DuckDBPyConnection, table: PublishedTable) -> dict[str, Any] | None:
    """Rows that the table has now and would have, and how many of those would be others."""
    columns = ", ".join(f'"{name}"' for name in table.columns if name != "report_month")
    old, new, gone, come = con.execute(
        f"""select (select count(*) from before.{table.name}), (select count(*) from {table.name}),
            (select count(*) from (select {columns} from before.{table.name} except all select {columns} from {table.name})),
            (select count(*) from (select {columns} from {table.name} except all select {columns} from before.{table.name}))
        """).fetchall()[0]
    if not gone and not come:
        return None
    return {"table": table.name, "title": table.comment, "before": old, "after": new, "differing": max(gone, come)}
