"""The suites as data: what is expected of each table, derived from the contracts or read from YAML.

Source tables need no suite of their own: keys, required columns, enumerations, ranges, entities and
lineage come from the contract. What a contract cannot say (order of dates) stands in
`suites_sources.yml`; what the tables before the judgement promise in `suites.yml`, the shell indicators
among them in `suites_shell.yml`, those after it in `suites_concluded.yml`.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dagster_project.receive.contracts import LOADER, Column, Contract, Type, load_contracts

SUITES = Path(__file__).parent
Stage = Literal["screen", "judge", "audit"]   # as-of rows before all else, what was measured, what was concluded

# Without these a row cannot be placed or traced back to its file (spec 1.3).
TRACE = ("county_code", "scope", "content_hash", "file_name", "sheet", "row_number", "snapshot_date",
         "received_order")
PLACED_BY = ("county_code", "scope")    # not said by tables whose rows need not name a county
ROW = ("entity_key", "file_name", "sheet", "row_number")   # how a source row is pointed at
PERSONAL = ("name", "identity", "phone")   # public_representative is public record (rulings 6.4)
NEVER_NEGATIVE = (Type.integer, Type.area)
PLACE = ("scope", "snapshot_date")   # with the county: the delivery that a row came with
LEFT_THE_REGISTER = ("office.removed_farm",)   # its codes are those that the register lost
REGISTERS = {   # the register that keeps a kind of code, in a column of the kind's name; which codes it keeps
    Type.credit_code: ("asof_gsxt__registration", "like '93%'", "合作社的统一社会信用代码应在登记信息中"),
    Type.farm_code: ("asof_farm_directory__farm", "is not null", "一码通编码应在家庭农场名录中"),
}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Check(Strict):
    """One expectation. Nulls are skipped, except by `not_null` and by `rows`, whose condition decides."""

    kind: Literal["unique", "not_null", "in_set", "not_in_set", "between", "ordered", "rows"]
    columns: tuple[str, ...] = Field(min_length=1)   # ordered: the first must not lie after the second
    id: str = ""                                     # what it is called; default: columns and kind
    values: tuple[str | Decimal, ...] = ()           # in_set, not_in_set
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    strict: bool = False                             # between: the bounds themselves are not expected
    unexpected: str = ""                             # rows: SQL condition, the row's alias is `checked`
    says: str = ""                                   # what is expected, in Chinese; default: from kind and columns
    severity: Literal["error", "warn"] = "error"
    personal: bool = False                           # counts only: no keys in the result (spec 3.2)
    by_county: bool = False                          # an error holds its county back, not the run (spec 3.2)

    @property
    def name(self) -> str:
        return self.id or f"{'_'.join(self.columns)}_{self.kind}"

    @property
    def blocking(self) -> bool:
        """An error stops what depends on the table, unless only its county is held back."""
        return self.severity == "error" and not self.by_county

    @model_validator(mode="after")
    def _complete(self) -> Check:
        needs = {"in_set": self.values, "not_in_set": self.values, "rows": self.unexpected and self.id,
                 "between": self.minimum is not None or self.maximum is not None,
                 "ordered": len(self.columns) == 2, "unique": True, "not_null": True}
        if not needs[self.kind] or (self.kind in ("not_null", "in_set", "not_in_set", "between")
                                    and len(self.columns) != 1):
            raise ValueError(f"incomplete expectation: {self!r}")
        return self


class Suite(Strict):
    """The expectations of one table; `key` names the columns by which a row is pointed at."""

    name: str
    table: str
    key: tuple[str, ...] = Field(min_length=1)
    county: str | None = None                        # the column by which failures are told apart by county
    place: tuple[str, ...] = ()                      # columns that the failing rows are found by, beside the key
    stage: Stage = "judge"
    title: str = ""                                  # on its page; default: the table's
    checks: tuple[Check, ...] = ()

    @property
    def holds_back(self) -> bool:
        """Errors by county hold the county's delivery back; elsewhere that has happened, and is told."""
        return self.stage == "screen"

    @property
    def found_by(self) -> tuple[str, ...]:
        """Every column of a failing row: its key, its county, its place."""
        return tuple(dict.fromkeys((*self.key, *((self.county,) if self.county else ()), *self.place)))

    @model_validator(mode="after")
    def _named_once(self) -> Suite:
        names = [check.name for check in self.checks]
        if len(names) != len(set(names)):
            raise ValueError(f"suite {self.name}: two expectations share a name: {sorted(names)}")
        return self


def asof_table(contract: Contract) -> str:
    """The model with the rows of a source table that count in the report month."""
    return f"asof_{contract.system}__{contract.table}"


def source_suite(contract: Contract, extra: tuple[Check, ...] = ()) -> Suite:
    """What a contract promises of its as-of rows. Its errors hold a county back, not the run."""
    trace = TRACE if contract.placed else tuple(name for name in TRACE if name not in PLACED_BY)
    checks = [
        Check(kind="rows", id="traceable", columns=trace,
              says=f"每一行都应有{'旗县、' if contract.placed else ''}文件、工作表、行号和数据日期",
              unexpected=" or ".join(f"{name} is null" for name in trace)),
        Check(kind="rows", id="county_code_known", columns=("county_code",), says="旗县代码应在行政区划中",
              unexpected="county_code not in (select region_code from region where region_level = 'county')"),
    ]
    checks += _key_checks(contract)
    for column in contract.columns:
        checks += _column_checks(contract, column)
    checks += _entity_checks(contract)
    if contract.event_date.column and not _column(contract, contract.event_date.column).future:
        checks.append(Check(kind="ordered", columns=("event_date", "snapshot_date"), severity="warn",
                            says="业务发生日期不应晚于数据日期"))
    placed = (check.model_copy(update={"by_county": True}) if check.severity == "error" else check
              for check in (*checks, *extra))
    return Suite(name=contract.id, table=asof_table(contract), key=ROW, county="county_code", place=PLACE,
                 stage="screen", checks=tuple(placed))


def _column(contract: Contract, name: str) -> Column:
    return next(column for column in contract.columns if column.name == name)


def _entity_checks(contract: Contract) -> list[Check]:
    """Codes stand in the register that keeps them, where the county's register was delivered."""
    return [
        Check(kind="rows", id=f"{column.name}_registered", columns=(column.name,), severity="warn", says=says,
              unexpected=f"checked.{column.name} {which} and checked.{column.name} not in "
                         f"(select code.{kind.value} from {register} code where code.{kind.value} is not null) "
                         f"and checked.county_code in (select code.county_code from {register} code)")
        for kind, (register, which, says) in REGISTERS.items()
        if register != asof_table(contract) and contract.id not in LEFT_THE_REGISTER
        for column in contract.columns if column.type is kind
    ]


def _key_checks(contract: Contract) -> list[Check]:
    """One alternative: every row has it, once in the nation. Several: the first is the nation's, the rest a
    county's, and a row may have none of them whole."""
    single = len(contract.key) == 1
    present = Check(kind="not_null", columns=("entity_key",), severity="error" if single else "warn")
    if single:
        return [present, Check(kind="unique", columns=("entity_key",))]
    return [present, Check(kind="unique", columns=_typed(contract, contract.key[0])),
            Check(kind="unique", columns=("county_code", "entity_key"))]


def _column_checks(contract: Contract, column: Column) -> list[Check]:
    name = next(iter(column.typed()))
    personal = column.personal in PERSONAL
    checks = []
    if column.not_blank or (len(contract.key) == 1 and column.name in contract.key[0]):
        checks.append(Check(kind="not_null", columns=(name,), personal=personal))
    elif column.required and not any(column.name in alternative for alternative in contract.key):
        checks.append(Check(kind="not_null", columns=(name,), severity="warn", personal=personal))
    if column.values:
        known = tuple(column.values)
        checks.append(_in_set(name, (*known, column.otherwise), column.multi, personal=personal))
        if column.otherwise not in known:
            checks.append(_in_set(name, known, column.multi, personal=personal,
                                  id=f"{name}_known", severity="warn"))
    if column.type in NEVER_NEGATIVE:
        checks.append(Check(kind="between", columns=(name,), minimum=Decimal(0), severity="warn",
                            personal=personal))
    if column.type is Type.ratio:
        checks.append(Check(kind="between", columns=(name,), minimum=Decimal(0), maximum=Decimal(1), severity="warn",
                            personal=personal))
    return checks


def _in_set(name: str, values: tuple[str, ...], multi: bool, **more: Any) -> Check:
    if not multi:
        return Check(kind="in_set", columns=(name,), values=values, **more)
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return Check(kind="rows", columns=(name,), **({"id": f"{name}_in_set", "says": "取值应在规定的选项之中"} | more),
                 unexpected=f"not list_has_all([{listed}], string_split({name}, '、'))")


def _typed(contract: Contract, names: tuple[str, ...]) -> tuple[str, ...]:
    """The warehouse columns of contract columns; county_code and the like are theirs already."""
    typed = {column.name: next(iter(column.typed())) for column in contract.columns}
    return tuple(typed.get(name, name) for name in names)


@cache
def load_suites(folder: Path = SUITES) -> tuple[Suite, ...]:
    """Every suite: one a source table, then the tables of the suite files. Raises ValueError."""
    extra: dict[str, list[dict]] = {}
    tables: dict[str, dict] = {}
    for path in sorted(folder.glob("suites*.yml")):
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
        for table, suite in document.get("tables", {}).items():
            if table in tables:
                raise ValueError(f"{path.name}: {table} has a suite already")
            tables[table] = {"stage": document.get("stage", "judge")} | suite
        extra |= document.get("sources", {})
    contracts = load_contracts()
    unknown = set(extra) - set(contracts)
    if unknown:
        raise ValueError(f"no contract named {sorted(unknown)}")
    sources = (source_suite(contract, tuple(Check(**check) for check in extra.get(contract.id, ())))
               for contract in contracts.values())
    return (*sources, *(Suite(name=table, table=table, **suite) for table, suite in tables.items()))


def suites_of(stage: Stage) -> tuple[Suite, ...]:
    """The suites of one stage."""
    return tuple(suite for suite in load_suites() if suite.stage == stage)
