"""What every form asks of the build file: month, regions, policy, measures, deliveries, rejected rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import duckdb

from exports.form import Month, Scope

LEVELS = ("nation", "province", "prefecture", "county")
NATION = "000000"
EXAMPLES = 10  # row numbers named of a fault that many rows have


class UnknownScope(ValueError):
    """A scope that is no region code of the region table."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy row in force."""

    id: str
    name: str
    region_code: str
    value: Decimal
    unit: str | None
    basis: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What a county did not deliver, or not in time: one line a table, county and state."""

    table_id: str
    county_code: str
    state: str
    deliveries: int
    oldest: date | None
    newest: date | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rejected rows of one sheet with the same fault. `examples`: the first row numbers."""

    table_id: str
    file_name: str
    sheet: str
    column_name: str
    code: str
    rows: int
    examples: str
    sentence: str  # of the first of them


class Reading:
    """The build file of a run, read only. Small tables are read once, the rest by scope."""

    def __init__(self, con: duckdb.DuckDBPyConnection, first_day: date, lake: Path | None = None) -> None:
        """`lake`: the raw cells beside the build file, for restricted forms only."""
        self.con, self.lake = con, lake
        self._first_day = first_day
        self._children: dict[str, list[tuple[str, str, bool]]] = {}
        self._regions: dict[tuple[str, str], tuple[str, str | None]] = {}
        self._remainders: set[str] = set()
        rows = con.execute(
            "select region_code, region_level, region_name, parent_code, is_remainder from region "
            "order by is_remainder, region_code"
        ).fetchall()
        for code, level, name, parent, remainder in rows:
            self._regions[code, level] = name, parent
            if remainder:
                self._remainders.add(code)
            if level == "county":
                self._children.setdefault(parent, []).append((code, name, remainder))

    @cached_property
    def month(self) -> Month:
        """The report month and the state of its books."""
        (row,) = self.con.execute(
            "select as_of, software_version, status, edition, previous_edition from report_month"
        ).fetchall()
        return Month(self._first_day, *row)

    def scope(self, code: str) -> Scope:
        """A configured scope; a code that stands at two levels means the wider one. Raises UnknownScope."""
        level = next((level for level in LEVELS if (code, level) in self._regions), None)
        if level is None:
            raise UnknownScope(
                f"范围“{code}”不是行政区划代码表中的县、盟市、省或全国代码，请改正后重新运行。"
            )
        name, _ = self._regions[code, level]
        namesakes = {
            other for (other, _), (name_of_other, _) in self._regions.items() if name_of_other == name
        }
        return Scope(
            code,
            name,
            level,
            self._counties(code, level),
            self._enclosing(code, level),
            name if namesakes == {code} else f"{name}（{code}）",
        )

    def _counties(self, code: str, level: str) -> dict[str, str]:
        if level == "county":
            return {code: self._regions[code, level][0]}
        inside = {code}
        for narrower in LEVELS[LEVELS.index(level) + 1 : -1]:
            inside |= {
                child
                for (child, at), (_, parent) in self._regions.items()
                if at == narrower and parent in inside
            }
        found = [row for parent in inside for row in self._children.get(parent, ())]
        found.sort(key=lambda row: (row[2], row[0]))
        return {county: name for county, name, _ in found}

    def _enclosing(self, code: str, level: str) -> tuple[str, ...]:
        chain, place = [code], LEVELS.index(level)
        while place > 0:
            _, parent = self._regions.get((chain[-1], LEVELS[place]), (None, None))
            if parent is None:
                break
            place -= 1
            if parent != chain[-1]:
                chain.append(parent)
        return (*chain, NATION) if chain[-1] != NATION else tuple(chain)

    def sheets_of(self, scope: Scope, issued_for: str, having: Iterable[str]) -> list[str]:
        """Counties of a county or prefecture scope that get a sheet of a county's form, in order: those `having`
        rows, and every real one where the form is issued for its prefecture. None for wider scopes.
        """
        if scope.level not in ("county", "prefecture"):
            return []
        issued, known = issued_for in scope.enclosing, set(having)
        return [
            code
            for code in scope.counties
            if code in known or (issued and (code not in self._remainders or scope.level == "county"))
        ]

    @cached_property
    def _policies(self) -> dict[tuple[str, str], Policy]:
        rows = self.con.execute(
            "select id, name, region_code, value, unit, basis from policy_in_force"
        ).fetchall()
        return {(row[0], row[2]): Policy(*row) for row in rows}

    def policy(self, policy_id: str, scope: Scope) -> Policy | None:
        """The row of the nearest enclosing region; null when none is in force."""
        return next(
            (
                self._policies[policy_id, code]
                for code in scope.enclosing
                if (policy_id, code) in self._policies
            ),
            None,
        )

    def policy_number(self, policy_id: str, scope: Scope) -> Decimal | None:
        """Its value as an exact decimal."""
        policy = self.policy(policy_id, scope)
        return policy.value if policy else None

    def policies(self, policy_ids: Iterable[str], scope: Scope) -> list[Policy]:
        """The rows in force for the scope, and those of its counties that have their own."""
        wanted, here = set(policy_ids), {*scope.counties}
        near = [found for policy_id in sorted(wanted) if (found := self.policy(policy_id, scope))]
        own = [
            policy
            for (policy_id, region), policy in sorted(self._policies.items())
            if policy_id in wanted and region in here and policy not in near
        ]
        return near + own

    def measures(self, marts: Sequence[str]) -> list[tuple]:
        """(id, name, numerator, denominator, exclusions, as_of_rule, unit, rounding, basis, policy_ids)."""
        return self.con.execute(
            """select measure_id, name, numerator, denominator, exclusions, as_of_rule, unit, rounding, basis,
                      policy_ids
               from measure where table_name in (select unnest(?::varchar[])) order by measure_id""",
            [list(marts)],
        ).fetchall()

    def received_tables(self, scope: Scope) -> set[str]:
        """Source tables of which anything counts in the scope this month."""
        codes = [*scope.counties, scope.code]
        return {
            row[0]
            for row in self.con.execute(
                """select distinct table_id from delivery
               where state <> '未收到' and county_code in (select unnest(?::varchar[]))""",
                [codes],
            ).fetchall()
        }

    @cached_property
    def _prefecture_tables(self) -> set[str]:
        return {
            row[0]
            for row in self.con.execute(
                "select table_id from source_table where expected_level = 'prefecture'"
            ).fetchall()
        }

    def deliverer(self, table_id: str, code: str, scopes: Iterable[Scope]) -> str:
        """Who delivers: a prefecture's code means itself for tables it sends, else 市本级."""
        names: dict[str, str] = {}
        for scope in scopes:
            names |= scope.counties
        if table_id in self._prefecture_tables or code not in names:
            names |= {scope.code: scope.name for scope in scopes}
        return names[code]

    def gaps(self, tables: Sequence[str], scope: Scope) -> list[Gap]:
        """Deliveries that are missing, stale, held back or exported after the month's end."""
        return [
            Gap(*row)
            for row in self.con.execute(
                """select table_id, county_code, state, count(*), min(delivered_on), max(delivered_on)
               from delivery
               where state not in ('当期', '月内') and table_id in (select unnest(?::varchar[]))
                 and county_code in (select unnest(?::varchar[]))
               group by table_id, county_code, state order by table_id, county_code, state""",
                [list(tables), [*scope.counties, scope.code]],
            ).fetchall()
        ]

    def rejected(self, tables: Sequence[str], scope: Scope) -> list[Rejected]:
        """Rejected rows of these tables in the scope, and those whose county could not be found."""
        return [
            Rejected(*row)
            for row in self.con.execute(
                f"""select table_id, file_name, sheet, column_name, code, count(distinct row_number),
                           array_to_string(
                               list_sort(list_distinct(list(row_number)))[:{EXAMPLES}], '、'),
                           min_by(sentence, row_number)
                    from rejected_row
                    where table_id in (select unnest(?::varchar[]))
                      and (scope is null or split_part(scope, '|', 1) in (select unnest(?::varchar[])))
                    group by table_id, file_name, sheet, column_name, code
                    order by table_id, file_name, sheet, column_name, code""",
                [list(tables), [*scope.counties, scope.code]],
            ).fetchall()
        ]

    def file_decisions(self, tables: Sequence[str], scope: Scope) -> list[tuple[str, str, str | None, date | None]]:
        """(file, decision, by whom, day) of what the office decided about deliveries of these tables that the scope has."""
        return self.con.execute(
            """select '数据批次 ' || s.file_name, case when d.is_accepted then '采用' else '不采用' end,
                      min(o.decided_by), max(d.decided_on)
               from file_decision d
               join received_sheet s on s.content_hash = d.content_hash and s.sheet = d.sheet and s.outcome <> 'duplicate'
               left join asof_office__delivery_decision o
                   on o.decided_on is not distinct from d.decided_on
                   and (o.file in (s.content_hash, s.file_name) or s.file_name like '%/' || o.file)
               where s.table_id in (select unnest($1::varchar[])) and exists (
                   select 1 from delivery_batch b
                   where b.table_id = s.table_id and b.snapshot_date = s.snapshot_date
                     and b.county_code in (select unnest($2::varchar[])))
               group by s.file_name, d.is_accepted order by 1, 2""",
            [list(tables), [*scope.counties, scope.code]],
        ).fetchall()
