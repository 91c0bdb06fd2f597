"""What an expectation expects, in the words of the office: tables and columns by their Chinese names."""

from __future__ import annotations

from collections.abc import Mapping

from dagster_project.receive.contracts import load_contracts
from expectations.suites import Check, asof_table

LINEAGE = {"entity_key": "主体标识", "county_code": "旗县代码", "region_code": "区划代码", "region_level": "区划层级"}


class Words:
    """Chinese names of tables and columns: the contracts', then those given (dbt's labels)."""

    def __init__(self, tables: Mapping[str, str], columns: Mapping[str, Mapping[str, str]]) -> None:
        self.tables = dict(tables)
        self.columns = {table: dict(names) for table, names in columns.items()}
        for contract in load_contracts().values():
            table = asof_table(contract)
            self.tables[table] = contract.title
            self.columns[table] = {next(iter(column.typed())): column.header for column in contract.columns}

    def table(self, name: str) -> str:
        return self.tables.get(name, name)

    def expected(self, table: str, check: Check) -> str:
        """One clause: `“录入日期”不应晚于“最近更新日期”`."""
        if check.says:
            return check.says
        names = self.columns.get(table, {})
        first, *rest = (f"“{names.get(column) or LINEAGE.get(column, column)}”" for column in check.columns)
        match check.kind:
            case "unique":
                return f"{'、'.join((first, *rest))}不应重复"
            case "not_null":
                return f"{first}应填写"
            case "in_set":
                return f"{first}应在规定的选项之中"
            case "not_in_set":
                return f"{first}不应为{'、'.join(str(value) for value in check.values)}"
            case "between":
                return f"{first}应{_between(check)}"
            case "ordered":
                return f"{first}不应晚于或大于{rest[0]}"
        return check.name


def _between(check: Check) -> str:
    low, high = check.minimum, check.maximum
    if high is None:
        return f"不小于 {low}" if not check.strict else f"大于 {low}"
    if low is None:
        return f"不大于 {high}" if not check.strict else f"小于 {high}"
    return f"在 {low} 与 {high} 之间"
