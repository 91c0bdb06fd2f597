"""Which contract a sheet is, and where each of its columns stands (spec 1.1).

Recognition is by headers within the first 20 rows, one to three rows deep, never by name. What cannot be
recognised beyond doubt is refused with a sentence that names file, sheet, header row and columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dagster_project.receive.columns import choice_in, long_columns, unit_of, unknown_columns
from dagster_project.receive.context import (
    Surroundings,
    folders,
    snapshot_date,
    stem,
    surroundings,
    year_in,
)
from dagster_project.receive.contracts import Column, Contract, Type, Wide
from dagster_project.receive.filled_form import FilledForm, find_form
from dagster_project.receive.header_search import Block, find_block, foot_of, head_of, other_table
from dagster_project.receive.headers import (
    PERCENT_UNITS,
    Grid,
    Header,
    column_numbers,
)
from dagster_project.receive.plan import BoundColumn, SheetPlan
from dagster_project.receive.readers import Sheet
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.refusals import is_near, missing_columns, no_contract, rivals, two_tables, unproven
from dagster_project.receive.regions import Regions
from dagster_project.receive.text import normal
from dagster_project.receive.vocabulary import Binding, Layout, Vocabulary

WHERE = {"title": "标题", "title_year": "标题", "year_line": "表头上方", "region_line": "表头上方", "sheet_name": "工作表名",
         "file_name": "文件名", "folder": "文件夹"}
ASSUMED_YEAR = "数据日期的年份（推定）"


@dataclass(frozen=True)
class Received:
    """The receipt of a file, as far as recognition needs it."""

    content_hash: str
    file_name: str          # path below inbox/
    received_order: int
    modified: date
    received: date


@dataclass(frozen=True)
class Recognition:
    """A recognised sheet. Rows are 1-based; data begins behind `last_header_row`."""

    plan: SheetPlan
    title: str | None
    header_row: int
    last_header_row: int
    header_lines: tuple[dict[int, str], ...]              # the block as printed, a line a row: index → text
    lines_above: tuple[str, ...]                          # first cells of the rows above: title, 单位 line
    wide: Wide | None                                     # the layout, when each figure becomes a row
    figures: Mapping[int, tuple[str, str]]                # of a wide layout: index → (year, indicator id)
    corner: int | None                                    # of a wide layout: index of the place column
    snapshot_assumed: bool
    modified_in_future: bool
    named_counties: tuple[str, ...]                       # by sheet, folder, file or 填报单位
    title_counties: tuple[str, ...]                       # by the title
    also: frozenset[int] = frozenset()                    # columns of the layout that become none: no drift
    numbers: Mapping[int, str] = field(default_factory=dict)   # a row of column numbers under the header: index → text
    record: tuple[int, tuple[str | None, ...]] | None = None   # of a form: the row it stands for, and c0…cN


@dataclass(frozen=True)
class Look:
    """A header block and what one layout makes of it, whether or not the sheet was taken. Rows are 1-based."""

    header_row: int
    last_header_row: int
    headers: tuple[Header, ...]
    binding: Binding | None                               # None: no layout of the table in question


class Recogniser:
    """Recognises sheets against a set of contracts."""

    def __init__(self, contracts: Mapping[str, Contract], regions: Regions, default_scope: str | None) -> None:
        self.contracts = contracts
        self.vocabulary = Vocabulary(contracts.values())
        self.regions = regions
        self.default_scope = default_scope

    def recognise(self, sheet: Sheet, received: Received) -> Recognition | None:
        """None: the sheet has not one known header (cover page, 说明).

        Raises Refusal: NO_CONTRACT, MISSING_COLUMN or AMBIGUOUS.
        """
        grid, where = head_of(sheet), place(received.file_name, sheet.name)
        forced = self._forced(received.file_name)
        layouts = self._layouts(forced)
        form = find_form(sheet, layouts)
        if form:
            return self._record(form, grid, sheet, received)
        block = find_block(grid, sheet, self.vocabulary, layouts)
        if block is None:
            if forced:
                raise missing_columns(where, None, forced, [c for c in forced.columns if c.required])
            return None
        around = surroundings(grid, block.row, foot_of(sheet, block.last_row))
        try:
            binding = self._choose(block, around, sheet, received, forced, where)
            if second := other_table(sheet, block, self.vocabulary.layouts, binding.layout.contract):
                raise two_tables(where, binding.layout.contract, *second)
        except Refusal as refusal:
            if refusal.table_id:
                refusal.header_row, refusal.last_header_row = block.row, block.last_row
            raise
        return self._plan(block, binding, around, grid, sheet, received)

    def look(self, sheet: Sheet, received: Received, table_id: str | None, variant: str | None = None) -> Look | None:
        """The header block that `recognise` looks at, read as the table's layout that knows most of it.

        `variant`: that layout and no other. None: there is not one known header.
        """
        block = find_block(head_of(sheet), sheet, self.vocabulary, self._layouts(self._forced(received.file_name)))
        if block is None:
            return None
        bindings = [b for b in block.bindings if b.layout.contract.id == table_id
                    and (variant is None or (b.layout.variant and b.layout.variant.id == variant))]
        best = max(bindings, key=lambda b: (b.matched, b.share, b.layout.variant is None), default=None)
        above = sheet.first_row - 1
        return Look(above + block.row, above + block.last_row, tuple(block.headers), best)

    def _forced(self, file_name: str) -> Contract | None:
        """The contract that a folder's name forces."""
        return next((self.contracts[f] for f in folders(file_name) if f in self.contracts), None)

    def _layouts(self, forced: Contract | None) -> list[Layout]:
        return [layout for layout in self.vocabulary.layouts if forced in (None, layout.contract)]

    def _choose(self, block: Block, around: Surroundings, sheet: Sheet, received: Received,
                forced: Contract | None, where: str) -> Binding:
        named = normal(" ".join((received.file_name, sheet.name, around.title or "")))
        said = normal(" ".join((named, *(header.printed for header in block.headers))))
        # What the names say goes before what the headers suggest: 严重违法失信名单 with a column 移出原因.
        told = {b.layout.contract.id for b in block.bindings
                if any(word in named for word in b.layout.contract.evidence)}
        whole: list[Binding] = []
        lacking: list[tuple[Binding, list[Column]]] = []
        silent: list[Binding] = []          # nothing said which of the lists it is
        for binding in block.bindings:
            layout = binding.layout
            if not binding.matched or not binding.fits or (layout.leaves and not binding.cells):
                continue
            missing = self._missing_columns(binding, around, sheet, received)
            evidence = layout.contract.evidence
            if missing:
                lacking.append((binding, missing))
            elif evidence and forced is None and told and layout.contract.id not in told:
                continue
            elif evidence and forced is None and (len(told) > 1 or not any(word in said for word in evidence)):
                silent.append(binding)
            else:
                whole.append(binding)

        def rank(binding: Binding) -> tuple[int, float, bool]:
            return binding.matched, binding.share, any(normal(word) in said for word in binding.layout.words())

        best = max(whole, key=rank, default=None)
        floor = best.matched if best else 0
        if silent and max(binding.matched for binding in silent) > floor:
            raise unproven(where, silent, max(silent, key=rank).layout.contract, bool(told))
        nearest, missing = max(lacking, key=lambda item: rank(item[0]), default=(None, []))
        if nearest and nearest.matched > floor and (best or forced or is_near(nearest, block, missing)):
            raise missing_columns(where, block, nearest.layout.contract, missing)
        if best is None:
            raise no_contract(where)
        equal = {b.layout.contract.id: b.layout.contract.title for b in whole if rank(b) == rank(best)}
        if len(equal) > 1:
            raise rivals(where, equal.values(), best.layout.contract)
        return best

    def _missing_columns(self, binding: Binding, around: Surroundings, sheet: Sheet,
                         received: Received) -> list[Column]:
        layout = binding.layout
        present = {column.name for column in binding.columns.values()} | set(binding.parts)
        present |= set(layout.variant.lacks) if layout.variant else set()
        if binding.cells and (wide := layout.wide):
            present |= {wide.year_column, wide.name_column, wide.value_column}
        return [column for column in layout.contract.columns
                if column.required and column.name not in present
                and self._context(layout, column, around, sheet, received) is None
                and not (column.region == "county" and self.default_scope)]

    def _context(self, layout: Layout, column: Column, around: Surroundings, sheet: Sheet,
                 received: Received) -> tuple[str, str] | None:
        """(text, where it stands) for a column that the sheet has no header for."""
        constant = layout.constant(column)
        if constant is not None:
            return constant, "表式"
        texts: dict[str, Sequence[str | None]] = {
            "title": [around.title], "title_year": [around.title], "year_line": [around.year_line],
            "region_line": [around.region_line], "sheet_name": [sheet.name],
            "file_name": [stem(received.file_name)], "folder": folders(received.file_name),
        }
        for source in layout.sources(column):
            if source == "snapshot_year":
                day, assumed, _ = _dated(around, received)
                if not assumed:     # an assumed date must not carry an assumed year
                    return str(day.year), ASSUMED_YEAR
                continue
            for text in filter(None, texts[source]):
                if column.type is Type.year:
                    value = year_in(text, loose=source not in ("title", "title_year"))
                elif source == "region_line":
                    value = text
                elif column.type is Type.enum:
                    value = choice_in(column, text)
                elif column.type is Type.region:
                    counties = self.regions.resolve_place(text).counties
                    value = self.regions.counties[counties[0]] if len(counties) == 1 else None
                else:
                    value = text
                if value:
                    return value, WHERE[source]
        return None

    def _plan(self, block: Block, binding: Binding, around: Surroundings, grid: Grid, sheet: Sheet,
              received: Received) -> Recognition:
        layout = binding.layout
        columns: list[BoundColumn] = []
        for index, column in binding.columns.items():
            header = block.headers[index]
            unit = unit_of(column, header.unit, around)
            columns.append(BoundColumn(column, index, header.printed, unit, None,
                                       header.unit in PERCENT_UNITS or normal(header.printed).endswith("%")))
        corner = None
        numeric = sheet.numeric
        for place_, (name, source) in enumerate(binding.parts.items()):
            columns.append(BoundColumn(layout.contract.column(name), sheet.width + place_,
                                       block.headers[source].printed, None, None, False, source))
        if layout.wide and binding.cells:
            corner, columns = long_columns(layout.contract, layout.wide, binding, block.headers, around)
            numeric = frozenset()
        bound = {b.column.name for b in columns}
        for column in layout.contract.columns:
            if column.name not in bound and (found := self._context(layout, column, around, sheet, received)):
                columns.append(BoundColumn(column, None, found[1], None, found[0], False))
        return self._recognition(
            layout, columns, around, sheet, received, numeric=numeric,
            unknown=unknown_columns(block.headers, binding, sheet, block.last_row), rows=(block.row, block.last_row),
            wide=layout.wide if binding.cells else None, figures=binding.cells, corner=corner,
            also=frozenset(binding.also), numbers=column_numbers(grid, block.headers, block.last_row + 1),
            header_lines=tuple({i: text for i, text in enumerate(grid[row - 1]) if text}
                               for row in range(block.row, block.row + block.depth)),
            lines_above=tuple(text for line in grid[: block.row - 1] for text in line[:1] if text))

    def _record(self, form: FilledForm, grid: Grid, sheet: Sheet, received: Received) -> Recognition:
        """A form is one record: its values stand in c0…cN of one row."""
        around = surroundings(grid, form.first_row, foot_of(sheet, form.first_row))
        columns = [BoundColumn(column, i, text, None, None, False) for i, (column, text, _) in enumerate(form.fields)]
        bound = {b.column.name for b in columns}
        missing = []
        for column in form.layout.contract.columns:
            if column.name not in bound:
                if found := self._context(form.layout, column, around, sheet, received):
                    columns.append(BoundColumn(column, None, found[1], None, found[0], False))
                elif column.required:
                    missing.append(column)
        if missing:
            raise missing_columns(place(received.file_name, sheet.name), None, form.layout.contract, missing)
        return self._recognition(
            form.layout, columns, around, sheet, received, unknown=(), numeric=frozenset(),
            rows=(form.first_row - 1, form.first_row - 1), wide=None, figures={}, corner=None, also=frozenset(),
            header_lines=(), lines_above=(),
            record=(sheet.first_row - 1 + form.first_row, tuple(value for _, _, value in form.fields)))

    def _recognition(self, layout: Layout, columns: list[BoundColumn], around: Surroundings, sheet: Sheet,
                     received: Received, *, unknown: tuple[tuple[int, str], ...], numeric: frozenset[int],
                     rows: tuple[int, int], **rest: Any) -> Recognition:
        date_, assumed, future = _dated(around, received)
        hints = tuple(filter(None, (around.region_line, around.title, sheet.name, stem(received.file_name),
                                    *folders(received.file_name))))
        named = [text for text in (around.region_line, sheet.name, stem(received.file_name),
                                   *folders(received.file_name)) if text]
        titled = self.regions.resolve_places([around.title] if around.title else [])
        plan = SheetPlan(
            contract=layout.contract, variant=layout.variant, columns=tuple(columns),
            unknown=unknown, content_hash=received.content_hash,
            file_name=received.file_name, sheet=sheet.name, snapshot_date=date_,
            received_order=received.received_order, place_hints=hints, default_scope=self.default_scope,
            numeric=numeric, date_1904=sheet.date_1904,
        )
        above = sheet.first_row - 1
        return Recognition(
            plan=plan, title=around.title, header_row=above + rows[0], last_header_row=above + rows[1],
            snapshot_assumed=assumed, modified_in_future=future,
            named_counties=self.regions.resolve_places(named, within=titled.prefectures).counties,
            title_counties=titled.counties, **rest,
        )


def _dated(around: Surroundings, received: Received) -> tuple[date, bool, bool]:
    return snapshot_date(received.file_name, around.time_line, received.modified, received.received)
