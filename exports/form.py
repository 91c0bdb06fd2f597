"""What a form module hands to the renderer: its tables, the origin of each row, and what must be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dagster_project.receive.contracts import load_contracts
from exports.grid import Grid
from exports.kit import Table


@dataclass(frozen=True, slots=True)
class Scope:
    """A region that forms are rendered for. `counties`: code → name, remainders last; a county has itself."""

    code: str
    name: str
    level: str  # county, prefecture, province or nation
    counties: dict[str, str]
    enclosing: tuple[str, ...]  # its own code, then outwards to 000000
    folder: str  # name of its folder under exports/<month>/


@dataclass(frozen=True, slots=True)
class Month:
    """The report month of a run and the state of its books (table report_month)."""

    first: date
    as_of: date
    software_version: str
    status: str = "open"
    edition: int | None = None
    previous_edition: str | None = None

    @property
    def printed(self) -> str:
        """The month as a form prints it under 填报时间."""
        return f"{self.first.year}年{self.first.month}月"

    @property
    def books(self) -> str:
        """Edition and its predecessor in words."""
        state = {"open": "未关账", "closed": "已关账", "restated": "已更正"}.get(self.status, self.status)
        edition = f"{state}，第{self.edition}版" if self.edition is not None else state
        before = f"上期为 {self.previous_edition}" if self.previous_edition else "首期（无上期）"
        return f"{edition}；{before}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a printed row came from. `table`, `row`: places in `Filled.tables` and in that table's rows."""

    table: int
    row: int
    key: str
    source: str  # table id, such as programme.quota
    county: str
    file_name: str
    sheet: str
    rows: str  # row number of the file, or several as 2–37
    snapshot_date: date | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form of spec 4.2: its layout, the source tables its rows rest on, the marts it prints."""

    number: int
    name: str  # also in the file name
    layout: str  # the text that issued it, or the mark of the default layout
    sources: tuple[str, ...]
    marts: tuple[str, ...]  # their measures and policy rows stand in 数据说明
    personal: bool = False  # holds personal data: rendered below restricted/ only
    masked: str | None = None  # columns with natural persons by their family name only


@dataclass(frozen=True)
class Filled:
    """A form for one scope and month: sheets in order, the origins of rows, and what 数据说明 adds."""

    form: Form
    tables: Sequence[tuple[str, Table | Grid]]
    origins: Sequence[Origin] = ()
    remarks: tuple[str, ...] = ()
    left_out: Sequence[tuple[str, str]] = ()  # (entity or rows, why they are not printed)
    decisions: Sequence[tuple[str, str, str | None, date | None]] = ()  # (about what, decision, by whom, day)


def source_title(table_id: str) -> str:
    """The Chinese name of a source table: system · table."""
    contract = load_contracts().get(table_id)
    return f"{contract.system_title} · {contract.title}" if contract else table_id


def named(table_ids: Sequence[str]) -> str:
    """Source tables named for a sentence: Chinese name and id."""
    return "、".join(f"“{source_title(table_id)}”（{table_id}）" for table_id in table_ids)


def never_came(table_ids: Sequence[str], of: str = "") -> str:
    """The sentence in place of the rows of a form whose input never came; `of`: of what year."""
    return f"未收到{of}{named(table_ids)}，本表无数据；请将该表的导出文件放入收件箱后重新运行。"


def unknown_note(what: str, missing: Sequence[str]) -> str:
    """The note that explains `—`: `what` is unknown because the tables `missing` were not received."""
    return f"注：未收到{named(missing)}，{what}未知，以“—”表示，不作0计。"


def masked(names: str | None) -> str | None:
    """Names of natural persons, joined by 、, by their family names (rulings 6.4)."""
    return "、".join(f"{name[:1]}**" for name in names.split("、")) if names else None


def tables_in(*lists: str | None) -> tuple[str, ...]:
    """Table ids of the marts' `missing_tables` columns (joined by 、), each once, in order."""
    return tuple(dict.fromkeys(name for text in lists if text for name in text.split("、")))
