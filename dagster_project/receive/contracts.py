"""The contract of each source table, read from dbt's own `models/sources/*.yml` (`config.meta`).

dbt checks nothing inside `meta`; these models do, when loaded. Everything that knows a source
table (recognition, typing, rejects, templates, dictionary) starts here.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

SOURCES = Path(__file__).resolve().parents[2] / "dbt" / "models" / "sources"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)   # libyaml, eight times as fast, where the wheel brings it


# `snapshot_year`: the year of a date that the file itself bears, taken last and always reported.
Source = Literal["title", "title_year", "year_line", "region_line", "sheet_name", "file_name", "folder", "snapshot_year"]


class Type(StrEnum):
    """What a cell means; decides how its text is typed and the warehouse type it becomes."""

    text = "text"
    person = "person"            # a natural person's name
    phone = "phone"
    identity = "identity"        # → <name>_hash, <name>_state; the clear value stays in lake/raw
    credit_code = "credit_code"  # 18 characters of GB 32100; 15 → registration_no where the table has one
    farm_code = "farm_code"      # 一码通
    region = "region"            # a division's name or code; see Column.region
    date = "date"
    month = "month"              # first day of the month
    year = "year"
    money = "money"              # 元, whatever the export prints
    area = "area"                # 亩
    number = "number"
    integer = "integer"
    ratio = "ratio"              # fraction
    boolean = "boolean"
    enum = "enum"


SQL_TYPE: dict[Type, str] = {
    Type.text: "VARCHAR", Type.person: "VARCHAR", Type.phone: "VARCHAR", Type.identity: "VARCHAR",
    Type.credit_code: "VARCHAR", Type.farm_code: "VARCHAR", Type.region: "VARCHAR", Type.enum: "VARCHAR",
    Type.date: "DATE", Type.month: "DATE", Type.year: "INTEGER", Type.integer: "BIGINT",
    Type.money: "DECIMAL(18,2)", Type.area: "DECIMAL(18,2)", Type.number: "DECIMAL(18,4)",
    Type.ratio: "DECIMAL(18,6)", Type.boolean: "BOOLEAN",
}

# Every typed row carries these, so that a number can be traced to the row of the file it came from.
LINEAGE: dict[str, str] = {
    "content_hash": "VARCHAR",     # sha256 of the file, hex
    "file_name": "VARCHAR",        # path below inbox/
    "sheet": "VARCHAR",            # '' for CSV and HTML
    "row_number": "BIGINT",        # 1-based, as Excel shows it
    "snapshot_date": "DATE",
    "received_order": "BIGINT",    # order of receipt in the register
    "county_code": "VARCHAR",      # the row's county; a prefecture's own code = 市本级
    "scope": "VARCHAR",            # what a newer delivery of this row's scope replaces: county|sub-scope…
    "entity_key": "VARCHAR",       # the business key as one text
    "event_date": "DATE",          # events tables: the row's own date
    "is_stray": "BOOLEAN",         # of a county that this sheet does not deliver
    "is_superseded": "BOOLEAN",    # the same key stands further down the same sheet
    "is_filled_form": "BOOLEAN",   # from a partial variant: fills blanks, delivers nothing
    "drift": "VARCHAR",            # JSON of columns nobody knows, null when none
}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """One column of a source table."""

    name: str
    description: str = ""
    header: str                                   # the contract's first Chinese header
    aliases: tuple[str, ...] = ()
    type: Type = Type.text
    required: bool = False                        # its header (or context) must be there
    not_blank: bool = False                       # a blank field rejects the row (keys do so anyway)
    expected: bool = False                        # a blank field is a MISSING_VALUE issue, as it is for `required`
    unit: str | None = None                       # what the export prints when nothing says otherwise
    bare_minimum: int | None = None               # a number without any unit counts as 元 only above this
    region: Literal["province", "prefecture", "county", "township", "village"] | None = None
    values: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # canonical → spellings seen
    match: Literal["exact", "prefix", "contains"] = "exact"           # how spellings are compared
    otherwise: str = "其他"                        # canonical value of an unknown spelling
    multi: bool = False                           # several values in a cell, joined with 、
    keep_raw: bool = False                        # → <name>_raw beside it
    withheld: bool = False                        # can say 不公示 → <name>_is_public
    future: bool = False                          # may lie after the snapshot date
    null_words: tuple[str, ...] = ()              # words that mean nothing here, such as 无
    false_words: tuple[str, ...] = ()
    personal: Literal["name", "identity", "phone", "public_representative"] | None = None
    from_context: tuple[Source, ...] = ()
    constant: str | None = None                   # stands for every row of a sheet without this column
    default: str | None = None                    # stands for a blank field, too
    default_by: dict[str, dict[str, str]] = Field(default_factory=dict)   # … by the value of another column

    @property
    def headers(self) -> tuple[str, ...]:
        return (self.header, *self.aliases)

    def typed(self) -> dict[str, str]:
        """The warehouse columns that this column becomes: name → SQL type."""
        if self.type is Type.identity:
            return {f"{self.name}_hash": "VARCHAR", f"{self.name}_state": "VARCHAR"}
        out = {self.name: SQL_TYPE[self.type]}
        if self.keep_raw:
            out[f"{self.name}_raw"] = "VARCHAR"
        if self.withheld:
            out[f"{self.name}_is_public"] = "BOOLEAN"
        return out


class Derived(Strict):
    """Where a column's text stands when it is only a part of a cell, or not printed at all."""

    header: str                          # the header of the cell that it is taken from
    pattern: str | None = None           # regex (RE2) of the part; no match: the whole cell
    group: int = 1
    count: bool = False                  # the number of this filled cell, counted from the top


class Form(Strict):
    """A layout without a header row: one sheet a record, each value beside its label."""

    right_of: dict[str, str]             # typed column → label; its value is the next filled cell to the right
    under: str                           # label of the column whose cell on a labelled row is the value of …
    rows: dict[str, str]                 # … typed column → label of that row
    ticked: dict[str, str]               # typed column → label; of the choices to the right the one that is ticked
    near: dict[str, tuple[str, str]] = Field(default_factory=dict)   # typed column → (label, regex of what follows it)


class Wide(Strict):
    """A layout with one group of columns a year: each cell becomes a row (year, indicator, value)."""

    year_column: str
    name_column: str                     # typed column that takes the leaf's id
    value_column: str
    group_pattern: str                   # regex on the group header, group 1 = the year
    leaves: dict[str, str]               # leaf header → id
    city_wide: tuple[str, ...] = ()      # ids whose one (merged) cell speaks for the prefecture
    city_wide_column: str | None = None  # boolean typed column that says so


class Variant(Strict):
    """Another layout of the same table: headers that differ, values that stand around the table."""

    id: str
    description: str = ""
    title: tuple[str, ...] = ()                       # words of the title that suggest it
    headers: tuple[str, ...] = ()                     # headers that must be there for it to be this layout
    also: tuple[str, ...] = ()                        # headers of this layout that the table does not keep
    lacks: tuple[str, ...] = ()                       # required columns that this layout does without
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)   # column → headers here
    derived: dict[str, Derived] = Field(default_factory=dict)           # column → part of a cell
    form: Form | None = None
    from_context: dict[str, tuple[Source, ...]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    blank_corner: str | None = None                   # column whose header is lost in print
    wide: Wide | None = None
    partial: bool = False                             # a filled form: replaces nothing (rulings 6.6.1)


class EventDate(Strict):
    """Where an event's own date stands: a column, or 31 December of a year column. Neither: the file's date."""

    column: str | None = None
    year_end: str | None = None


class Contract(Strict):
    """One source table."""

    system: str
    table: str
    system_title: str
    title: str
    description: str
    delivery: Literal["snapshot", "events"]
    replaces: tuple[str, ...] = ()       # typed columns after the county that make the scope; see `scoped`
    spans: tuple[str, ...] = ()          # of `replaces`: a sheet with two values of it speaks for all in its county
    scoped: bool = True                  # False: replaces nothing, each key keeps its versions
    narrows_to: str | None = None        # a sheet with one value of this column delivers that sub-scope only
    key: tuple[tuple[str, ...], ...]     # alternatives, first one fully present wins
    event_date: EventDate = EventDate()
    open_list: bool = False
    placed: bool = True                  # False: a row need not say its county
    in_scope: str | None = None          # a named rule of values.py for out_of_scope rows
    carry_over: tuple[str, ...] = ()     # columns taken from the last delivery that had them (6.2.6.1)
    evidence: tuple[str, ...] = ()       # words that file, sheet or title must hold
    optional_layout: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # layout → headers that prove it
    layout_column: str | None = None
    absent_columns: bool = False         # typed rows list the columns that the sheet lacked: names joined by ','
    columns: tuple[Column, ...]
    variants: tuple[Variant, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.system}.{self.table}"

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.id} has no column {name}")

    def typed(self) -> dict[str, str]:
        """Columns of the typed Parquet, in order: contract columns, derived ones, then lineage."""
        out: dict[str, str] = {}
        for column in self.columns:
            out |= column.typed()
        for variant in self.variants:
            if variant.wide and variant.wide.city_wide_column:
                out[variant.wide.city_wide_column] = "BOOLEAN"
        if self.layout_column:
            out[self.layout_column] = "VARCHAR"
        if self.absent_columns:
            out["absent_columns"] = "VARCHAR"
        return out | LINEAGE

    @model_validator(mode="after")
    def _names_resolve(self) -> Contract:
        names = {column.name for column in self.columns}
        if len(names) != len(self.columns):
            raise ValueError(f"{self.id}: a column name stands twice")
        used = {name for alternative in self.key for name in alternative} | set(self.replaces)
        used |= {name for name in (self.event_date.column, self.event_date.year_end, self.narrows_to) if name}
        if not set(self.spans) <= set(self.replaces):
            raise ValueError(f"{self.id}: spans {self.spans} are no part of replaces")
        used |= set(self.carry_over) | {other for column in self.columns for other in column.default_by}
        for variant in self.variants:
            used |= set(variant.aliases) | set(variant.from_context) | set(variant.constants)
            used |= set(variant.derived) | set(variant.lacks)
            if variant.form:
                used |= {*variant.form.right_of, *variant.form.rows, *variant.form.ticked, *variant.form.near}
            if variant.blank_corner:
                used.add(variant.blank_corner)
        unknown = used - names - {"county_code", "prefecture_code"}
        if unknown:
            raise ValueError(f"{self.id}: unknown columns {sorted(unknown)}")
        return self


@cache
def load_contracts(folder: Path = SOURCES) -> dict[str, Contract]:
    """All contracts by table id, in file order. Raises ValueError naming the file that is wrong."""
    contracts: dict[str, Contract] = {}
    for path in sorted(folder.glob("*.yml")):
        for source in yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER).get("sources", []):
            system_meta = source.get("config", {}).get("meta", {})
            if "system_title" not in system_meta:
                continue  # not a received system (run context, previous edition, judged flags)
            for table in source["tables"]:
                columns = tuple(
                    Column(name=c["name"], description=c.get("description", ""), **c["config"]["meta"])
                    for c in table["columns"] if "header" in c.get("config", {}).get("meta", {})
                )
                try:
                    contract = Contract(
                        system=source["name"], table=table["name"], description=table["description"],
                        system_title=system_meta["system_title"], columns=columns, **table["config"]["meta"],
                    )
                except ValueError as error:
                    raise ValueError(f"{path.name}: {source['name']}.{table['name']}: {error}") from error
                contracts[contract.id] = contract
    return contracts
