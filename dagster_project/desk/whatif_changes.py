"""What a what-if asks for: shell rules and policy parameters with other values, checked against the rows that stand."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import duckdb

from dagster_project.months import WrongUse, parse_day
from expectations.suites import load_suites

WEIGHTS = {"decisive": "决定性", "signal": "信号"}
FIELDS = {"threshold": "阈值", "weight": "权重", "from": "施行日期", "until": "停止日期"}
STORED = {"from": "effective_from", "until": "effective_to"}     # the rest are columns by their own name
WHERE = ("region", "population")                                 # which rows, not what of them
MOST = Decimal("999999999999")                                   # the columns hold DECIMAL(18, 6)
PARTS = ("元", "分", "倍")                                        # units that are not counted in wholes
YES_NO = re.compile(r"是否|^0.*1")


@dataclass(frozen=True)
class Asked:
    """One change as given; `fields` by the names of FIELDS, or `value` of a parameter."""

    kind: str                    # rule / policy
    id: str
    fields: Mapping[str, str]
    region: str | None = None
    population: str | None = None


@dataclass(frozen=True)
class Altered:
    """One row that stands differently: `row` whole, as it is to stand; `replaces`: the row that it takes the place of."""

    kind: str
    row: dict[str, Any]
    replaces: dict[str, Any] | None      # None: a region's own row, beside the one that stands there now
    stood: dict[str, Any]

    @property
    def table(self) -> str:
        return {"rule": "shell_rule", "policy": "policy_value"}[self.kind]

    def document(self) -> dict[str, Any]:
        """The change for a reader: what stood, what is assumed."""
        names = {"value": "数值", "region_code": "适用区划"} | {STORED.get(name, name): label for name, label in FIELDS.items()}
        return {"kind": self.kind, "id": self.row[ID[self.kind]], "name": self.row["name"],
                "region_code": self.row["region_code"], "population": self.row.get("population"),
                "fields": [{"field": name, "label": label, "before": told(self.stood[name]), "after": told(self.row[name])}
                           for name, label in names.items() if name in self.row and self.row[name] != self.stood[name]]}


ID = {"rule": "rule_id", "policy": "id"}


def told(value: Any) -> str | None:
    """A value as it is written: numbers without idle zeros, weights in words."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return None if value is None else WEIGHTS.get(str(value), str(value))


def parse_rules(rules: Iterable[str], bare: Mapping[str, str]) -> list[Asked]:
    """`K05` with the options beside it, or `K05:threshold=3,weight=signal` as often as wanted. Raises WrongUse."""
    asked, plain = [], []
    for text in rules:
        rule, colon, rest = text.partition(":")
        fields = dict(_pair(part, text) for part in rest.split(",")) if colon else dict(bare)
        if not colon:
            plain.append(rule)
        asked.append(_asked(rule.strip().upper(), fields))
    if bare and len(plain) != 1:
        raise WrongUse(f"--{'、--'.join(bare)} 要写在恰好一个 --rule 旁；一次改几条规则请写作 --rule K05:threshold=3,weight=signal。")
    return asked


def _pair(part: str, text: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    known = (*FIELDS, *WHERE)
    if not equals or name.strip() not in known:
        raise WrongUse(f"“{text}”中的“{part}”无法识别，应写作 名称=值，名称为 {'、'.join(known)} 之一。")
    return name.strip(), value.strip()


def _asked(rule: str, fields: dict[str, str]) -> Asked:
    where = {name: fields.pop(name, None) for name in WHERE}
    if not fields:
        raise WrongUse(f"没有写明规则 {rule} 改什么，请加 --threshold、--weight、--from 或 --until。")
    return Asked("rule", rule, fields, **where)


def parse_policies(policies: Iterable[str]) -> list[Asked]:
    """`ID=VALUE`, or `ID@REGION=VALUE` for one region. Raises WrongUse."""
    asked = []
    for text in policies:
        left, equals, value = text.partition("=")
        policy, _, region = left.partition("@")
        if not equals or not policy.strip() or not value.strip():
            raise WrongUse(f"“{text}”应写作 参数=值，如 return_floor=0.65；只改一个地区写作 return_floor@150300=0.65。")
        asked.append(Asked("policy", policy.strip(), {"value": value.strip()}, region.strip() or None))
    return asked


def resolve(con: duckdb.DuckDBPyConnection, asked: Iterable[Asked], as_of: date) -> list[Altered]:
    """The rows as they would stand. Raises WrongUse for what does not exist or cannot be."""
    altered = [one for wish in asked for one in _resolved(con, wish, as_of)]
    seen: set[tuple] = set()
    for one in altered:
        key = (one.table, *(one.row[name] for name in (ID[one.kind], "region_code")), one.row.get("population"))
        if key in seen:
            raise WrongUse(f"{one.row[ID[one.kind]]} 的同一行写了两次，请合并成一项。")
        seen.add(key)
    return altered


def _resolved(con: duckdb.DuckDBPyConnection, asked: Asked, as_of: date) -> list[Altered]:
    rows = _rows(con, asked)
    now = [row for row in rows if row["effective_from"] <= as_of and (row["effective_to"] or as_of) >= as_of]
    if not now and asked.kind == "policy":
        raise WrongUse(f"参数 {asked.id} 在 {as_of:%Y-%m} 没有现行的行，无从试算。")
    now = _newest(now or rows)
    if asked.region:
        now = _standing(con, now, asked)
    if len({row.get("population") for row in now}) > 1 and "threshold" in asked.fields:
        kinds = "；".join(f"{row['population']} {row['comparison']} {told(row['threshold'])}" for row in now)
        raise WrongUse(f"规则 {asked.id} 分别规定（{kinds}），请写明是哪一种，如 --population {now[-1]['population']}。")
    out = []
    for row in now:
        new = dict(row) | {STORED.get(name, name): _checked(asked, name, text, row) for name, text in asked.fields.items()}
        if asked.region:
            new["region_code"] = asked.region
        if new["effective_to"] and new["effective_to"] < new["effective_from"]:
            raise WrongUse(f"{asked.id} 的停止日期 {new['effective_to']} 早于施行日期 {new['effective_from']}。")
        own = row["region_code"] == new["region_code"]
        out.append(Altered(asked.kind, new, row if own else None, row))
    return out


def _rows(con: duckdb.DuckDBPyConnection, asked: Asked) -> list[dict[str, Any]]:
    """All rows of the rule or parameter, whatever their dates."""
    table, column = {"rule": ("shell_rule", "rule_id"), "policy": ("policy_value", "id")}[asked.kind]
    found = con.execute(f"select * from {table} where {column} = ? order by region_code, effective_from", [asked.id])
    names = [item[0] for item in found.description]
    rows = [dict(zip(names, line, strict=True)) for line in found.fetchall()]
    if not rows:
        known = dict(con.execute(f"select {column}, any_value(name) from {table} group by 1 order by 1").fetchall())
        words = {**{key: key for key in known}, **{name: key for key, name in known.items()}}
        near = difflib.get_close_matches(asked.id, words, n=1, cutoff=0.4)
        kind = {"rule": "规则", "policy": "参数"}[asked.kind]
        hint = f"最接近的是 {words[near[0]]}（{known[words[near[0]]]}）。" if near else f"现有{kind}见 policy_in_force 和 shell_rule。"
        raise WrongUse(f"没有{kind}“{asked.id}”。{hint}")
    if asked.population:
        kinds = sorted({row["population"] for row in rows})
        rows = [row for row in rows if row["population"] == asked.population]
        if not rows:
            raise WrongUse(f"规则 {asked.id} 没有针对“{asked.population}”的行，应为 {'、'.join(kinds)} 之一。")
    return rows


def _newest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of rows of one region (and population) the newest."""
    found: dict[tuple, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["effective_from"]):
        found[row["region_code"], row.get("population")] = row
    return list(found.values())


def _standing(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    """The rows that stand in the region: of the nearest enclosing one, by population."""
    near = dict(con.execute("select ancestor_code, min(distance) from region_ancestor where region_code = ? group by 1",
                            [asked.region]).fetchall())
    if not near:
        raise WrongUse(f"“{asked.region}”不是行政区划代码表中的县、盟市、省代码，请写六位代码，如 150300。")
    found: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: near.get(row["region_code"], 0), reverse=True):
        if row["region_code"] in near:
            found[row.get("population")] = row
    if not found:
        raise WrongUse(f"{asked.id} 在 {asked.region} 没有现行的行，无从试算。")
    return list(found.values())


def _checked(asked: Asked, name: str, text: str, row: dict[str, Any]) -> Any:
    """The value of one field. Raises WrongUse for one that cannot be."""
    match name:
        case "weight":
            found = {**{word: word for word in WEIGHTS}, **{label: word for word, label in WEIGHTS.items()}}.get(text)
            if found is None:
                raise WrongUse(f"权重“{text}”无效，应为 decisive（决定性）或 signal（信号）。")
            return found
        case "from":
            return parse_day(text)
        case "until":
            return parse_day(text) if text else None
        case "threshold":
            return _threshold(asked, number(text), row["indicator_column"])
    return _policy_value(asked.id, number(text), row["unit"])


def number(text: str) -> Decimal:
    """`3`, `0.65`, `65%`. Raises WrongUse."""
    percent = text.endswith(("%", "％"))
    try:
        value = Decimal(text.rstrip("%％").strip().replace(",", ""))
    except InvalidOperation as error:
        raise WrongUse(f"“{text}”不是数值。") from error
    if not value.is_finite() or abs(value) > MOST:
        raise WrongUse(f"“{text}”不是可用的数值。")
    value = value / 100 if percent else value
    if value != round(value, 6):
        raise WrongUse(f"“{text}”的小数超过六位。")
    return value


def _threshold(asked: Asked, value: Decimal, column: str) -> Decimal:
    """Raises WrongUse outside of what the indicator can be, as its suite says."""
    suite = next(suite for suite in load_suites() if suite.table == "shell_indicator")
    for check in suite.checks:
        if check.kind == "between" and check.columns == (column,):
            low, high = check.minimum or Decimal(0), check.maximum
            if value < low or (high is not None and value > high):
                span = f"在 {low} 与 {high} 之间（80% 写作 0.8）" if high is not None else f"不小于 {low}"
                raise WrongUse(f"规则 {asked.id} 的阈值 {told(value)} 不可能：它的指标{span}。")
    return value


def _policy_value(policy: str, value: Decimal, unit: str) -> Decimal:
    """Raises WrongUse for a value that the unit does not allow."""
    fault = None
    if value < 0:
        fault = "不能小于 0"
    elif unit == "比例" and value > 1:
        fault = "是比例，应在 0 与 1 之间（65% 写作 0.65）"
    elif unit == "年月日":
        try:
            date.fromisoformat(str(int(value)))
        except ValueError:
            fault = "是日期，应写作 20241129 的样子"
    elif YES_NO.search(unit) and value not in (0, 1):
        fault = "只能是 0 或 1"
    elif unit not in ("比例", *PARTS) and value != int(value):
        fault = f"以{unit}计，应为整数"
    if fault:
        raise WrongUse(f"参数 {policy} 的值 {told(value)} 不可能：{fault}。")
    return value


def apply(con: duckdb.DuckDBPyConnection, altered: Iterable[Altered]) -> None:
    """Writes the rows into the seeds of a build file."""
    for one in altered:
        if one.replaces:
            keys = [name for name in (ID[one.kind], "region_code", "effective_from", "population") if name in one.replaces]
            con.execute(f"delete from {one.table} where {' and '.join(f'{name} = ?' for name in keys)}",
                        [one.replaces[name] for name in keys])
        con.execute(f"insert into {one.table} by name select {', '.join(f'? as {name}' for name in one.row)}",
                    list(one.row.values()))
