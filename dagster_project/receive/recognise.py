"""Which contract a sheet is, and where each of its columns stands (spec 1.1).

Recognition is by headers within the first 20 rows, one to three rows deep, never by name. What cannot be
recognised beyond doubt is refused with a sentence that names file, sheet, header row and columns.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dagster_project.receive.columns import choice_in, long_columns, unit_of, unknown_columns
from dagster_project.receive.context import (
    Surroundings,
    folders,
    snapshot_date,
    stands_around,
    stem,
    surroundings,
    year_in,
)
from dagster_project.receive.contracts import Column, Contract, Type
from dagster_project.receive.filled_form import FilledForm, find_form
from dagster_project.receive.headers import (
    DEEPEST,
    PERCENT_UNITS,
    Grid,
    Header,
    header_block,
)
from dagster_project.receive.plan import BoundColumn, SheetPlan
from dagster_project.receive.readers import Sheet
from dagster_project.receive.refusal import Refusal, place
from dagster_project.receive.regions import Regions
from dagster_project.receive.text import normal
from dagster_project.receive.vocabulary import LINE_NUMBER, Binding, Layout, Vocabulary, bind

HEADER_WITHIN = 20
SHOWN_HEADERS = 20
WHERE = {"title": "标题", "title_year": "标题", "year_line": "表头上方", "region_line": "表头上方", "sheet_name": "工作表名", "file_name": "文件名", "folder": "文件夹"}


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
    wide: Mapping[int, tuple[str, str]]                   # of a wide layout: index → (year, indicator id)
    corner: int | None                                    # of a wide layout: index of the place column
    snapshot_assumed: bool
    modified_in_future: bool
    named_counties: tuple[str, ...]                       # by sheet, folder, file or 填报单位
    title_counties: tuple[str, ...]                       # by the title
    also: frozenset[int] = frozenset()                    # columns of the layout that become none: no drift
    record: tuple[int, tuple[str | None, ...]] | None = None   # of a form: the row it stands for, and c0…cN


@dataclass(frozen=True)
class Look:
    """A header block and what one layout makes of it, whether or not the sheet was taken. Rows are 1-based."""

    header_row: int
    last_header_row: int
    headers: tuple[Header, ...]
    binding: Binding | None                               # None: no layout of the table in question


@dataclass
class _Block:
    row: int
    depth: int
    headers: list[Header]
    bindings: list[Binding]
    grouped: int = 0            # merged cells above others: rows that belong together

    @property
    def score(self) -> int:
        return max((binding.matched for binding in self.bindings), default=0)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Most headers; then a block with all its groups, else the one with fewest rows."""
        return self.score, self.grouped, -self.depth


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
        grid = head_of(sheet)
        forced = self._forced(received.file_name)
        form = find_form(sheet, [lay for lay in self.vocabulary.layouts if forced in (None, lay.contract)])
        if form:
            return self._record(form, grid, sheet, received)
        block = self._find_block(grid, sheet, forced)
        if block is None:
            if forced:
                raise self._missing(received, sheet, None, forced, [c for c in forced.columns if c.required])
            return None
        around = surroundings(grid, block.row)
        binding = self._choose(block, around, sheet, received, forced)
        return self._plan(block, binding, around, grid, sheet, received)

    def look(self, sheet: Sheet, received: Received, table_id: str | None, variant: str | None = None) -> Look | None:
        """The header block that `recognise` looks at, read as the table's layout that knows most of it.

        `variant`: that layout and no other. None: there is not one known header.
        """
        block = self._find_block(head_of(sheet), sheet, self._forced(received.file_name))
        if block is None:
            return None
        bindings = [b for b in block.bindings if b.layout.contract.id == table_id
                    and (variant is None or (b.layout.variant and b.layout.variant.id == variant))]
        best = max(bindings, key=lambda b: (b.matched, b.share, b.layout.variant is None), default=None)
        above = sheet.first_row - 1
        return Look(above + block.row, above + block.row + block.depth - 1, tuple(block.headers), best)

    def _forced(self, file_name: str) -> Contract | None:
        """The contract that a folder's name forces."""
        return next((self.contracts[f] for f in folders(file_name) if f in self.contracts), None)

    def _find_block(self, grid: Grid, sheet: Sheet, forced: Contract | None) -> _Block | None:
        layouts = [layout for layout in self.vocabulary.layouts if forced in (None, layout.contract)]
        around, merges = [stands_around(line) for line in grid], sheet.head_merges
        best: _Block | None = None
        for row in range(1, min(HEADER_WITHIN, len(grid)) + 1):
            for depth in range(1, DEEPEST + 1):
                if any(around[row - 1:row - 1 + depth]):
                    break
                headers = header_block(grid, merges, row, depth)
                if headers is None or not any(map(self.vocabulary.knows, headers)):
                    continue
                block = _Block(row, depth, headers, [bind(layout, headers) for layout in layouts])
                block.grouped = sum(row <= r0 < row + depth - 1 and c1 > c0 for r0, c0, _, c1 in merges)
                if block.score and (best is None or block.rank > best.rank):
                    best = block
        return best

    def _choose(self, block: _Block, around: Surroundings, sheet: Sheet, received: Received,
                forced: Contract | None) -> Binding:
        named = normal(" ".join((received.file_name, sheet.name, around.title or "")))
        said = normal(" ".join((named, *(header.printed for header in block.headers))))
        # What the names say goes before what the headers suggest: 严重违法失信名单 with a column 移出原因.
        told = {b.layout.contract.id for b in block.bindings
                if any(word in named for word in b.layout.contract.evidence)}
        whole: list[Binding] = []
        lacking: list[tuple[Binding, list[Column]]] = []
        unproven: list[Binding] = []
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
                unproven.append(binding)
            else:
                whole.append(binding)

        def rank(binding: Binding) -> tuple[int, float, bool]:
            return binding.matched, binding.share, any(normal(word) in said for word in binding.layout.words())

        best = max(whole, key=rank, default=None)
        floor = best.matched if best else 0
        if unproven and max(map(rank, unproven))[0] > floor:
            first = max(unproven, key=rank).layout.contract
            words = "、".join(dict.fromkeys(word for b in unproven for word in b.layout.contract.evidence))
            raise Refusal("AMBIGUOUS", f"{place(received.file_name, sheet.name)}像是"
                          f"“{'”或“'.join(dict.fromkeys(b.layout.contract.title for b in unproven))}”，但文件名、表名、"
                          f"标题和表头里{'几种字样都有' if told else '都没有能区分的字样'}（{words}）。请在文件名中只写明一种后重新放入。",
                          first.id)
        nearest, missing = max(lacking, key=lambda item: rank(item[0]), default=(None, []))
        if nearest and nearest.matched > floor:
            if best or forced or _is_near(nearest, block, missing):
                raise self._missing(received, sheet, block, nearest.layout.contract, missing)
            raise self.no_contract(received.file_name, sheet.name)
        if best is None:
            raise self.no_contract(received.file_name, sheet.name)
        rivals = {b.layout.contract.id: b.layout.contract.title for b in whole if rank(b) == rank(best)}
        if len(rivals) > 1:
            raise Refusal("AMBIGUOUS", f"{place(received.file_name, sheet.name)}的表头同样符合“{'”和“'.join(rivals.values())}”，"
                          f"无法确定是哪一张。请放入以表号命名的文件夹（如 {best.layout.contract.id}）后重新接收。",
                          best.layout.contract.id)
        return best

    def _missing_columns(self, binding: Binding, around: Surroundings, sheet: Sheet,
                         received: Received) -> list[Column]:
        layout = binding.layout
        present = {column.name for column in binding.columns.values()} | set(binding.parts)
        present |= set(layout.variant.lacks) if layout.variant else set()
        if binding.cells and layout.variant and (wide := layout.variant.wide):
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
        texts = {"title": [around.title], "title_year": [around.title], "year_line": [around.year_line],
                 "region_line": [around.region_line], "sheet_name": [sheet.name], "file_name": [stem(received.file_name)], "folder": folders(received.file_name)}
        for source in layout.sources(column):
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

    def _plan(self, block: _Block, binding: Binding, around: Surroundings, grid: Grid, sheet: Sheet,
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
        if binding.cells:
            corner, columns = long_columns(layout, binding, block.headers, around)
            numeric = frozenset()
        bound = {b.column.name for b in columns}
        for column in layout.contract.columns:
            if column.name not in bound and (found := self._context(layout, column, around, sheet, received)):
                columns.append(BoundColumn(column, None, found[1], None, found[0], False))
        return self._recognition(
            layout, columns, around, sheet, received, unknown=unknown_columns(block.headers, binding, sheet, block.row + block.depth - 1),
            numeric=numeric,
            rows=(block.row, block.row + block.depth - 1), wide=binding.cells, corner=corner,
            also=frozenset(binding.also),
            header_lines=tuple({i: text for i, text in enumerate(grid[row - 1]) if text}
                               for row in range(block.row, block.row + block.depth)))

    def _record(self, form: FilledForm, grid: Grid, sheet: Sheet, received: Received) -> Recognition:
        """A form is one record: its values stand in c0…cN of one row."""
        around = surroundings(grid, form.first_row)
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
            raise self._missing(received, sheet, None, form.layout.contract, missing)
        return self._recognition(
            form.layout, columns, around, sheet, received, unknown=(), numeric=frozenset(),
            rows=(form.first_row - 1, form.first_row - 1), wide={}, corner=None, also=frozenset(), header_lines=(),
            record=(sheet.first_row - 1 + form.first_row, tuple(value for _, _, value in form.fields)))

    def _recognition(self, layout: Layout, columns: list[BoundColumn], around: Surroundings, sheet: Sheet,
                     received: Received, *, unknown: tuple[tuple[int, str], ...], numeric: frozenset[int],
                     rows: tuple[int, int], **rest: Any) -> Recognition:
        date_, assumed, future = snapshot_date(received.file_name, around.time_line, received.modified,
                                               received.received)
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
            numeric=numeric,
        )
        above = sheet.first_row - 1
        return Recognition(
            plan=plan, title=around.title, header_row=above + rows[0], last_header_row=above + rows[1],
            snapshot_assumed=assumed, modified_in_future=future,
            named_counties=self.regions.resolve_places(named, within=titled.prefectures).counties,
            title_counties=titled.counties, **rest,
        )

    def _missing(self, received: Received, sheet: Sheet, block: _Block | None, contract: Contract,
                 missing: list[Column]) -> Refusal:
        headers = [h.printed for h in block.headers if h.parts] if block else []
        parts = []
        for column in missing:
            near = difflib.get_close_matches(column.header, headers, n=2, cutoff=0.4)
            parts.append(f"“{column.header}”" + (f"（最接近的列：{'、'.join(near)}）" if near else ""))
        found = f"第 {sheet.first_row - 1 + block.row} 行的表头是：{_shown(headers)}。" if block else "前 20 行没有找到表头。"
        return Refusal("MISSING_COLUMN", f"{place(received.file_name, sheet.name)}应为“{contract.title}”，"
                       f"但缺少必需的列{'、'.join(parts)}。{found}请补上缺少的列，或改正列名后重新放入。", contract.id)

    def no_contract(self, file_name: str, sheet: str) -> Refusal:
        return Refusal("NO_CONTRACT", f"{place(file_name, sheet)}的前 {HEADER_WITHIN} 行里没有找到任何已知表格的表头，"
                                      "无法确定是哪一张表。请确认是从系统直接导出的表格；如需手工填写，请使用空白模板。")


def head_of(sheet: Sheet, rows: int = HEADER_WITHIN + DEEPEST) -> Grid:
    """The rows in which a header block can stand, blank cells as None."""
    columns = [sheet.cells[f"c{i}"].slice(0, rows).to_pylist() for i in range(sheet.width)]
    return [[text.strip() or None if text else None for text in row] for row in zip(*columns, strict=True)]


def _is_near(binding: Binding, block: _Block, missing: list[Column]) -> bool:
    """Is this the contract that the sheet was meant to be? Half of its headers, or of the required ones, are there."""
    headers = sum(1 for header in block.headers if header.parts and header.path != LINE_NUMBER)
    required = sum(1 for column in binding.layout.contract.columns if column.required)
    return binding.matched > 1 and (2 * binding.matched >= headers or 2 * len(missing) <= required)


def _shown(headers: list[str]) -> str:
    clean = [re.sub(r"\s+", " ", header) for header in headers]
    return "、".join(clean[:SHOWN_HEADERS]) + ("……" if len(clean) > SHOWN_HEADERS else "")
