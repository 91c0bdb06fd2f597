"""`Tracer`: the whole answer for one printed cell or one mart value, and whether its parts give it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.receive.masking import masked_text
from exports import FORMS, RESTRICTED_FORMS, figures
from exports.form import Filled, Scope
from exports.listing import Record
from exports.reading import Reading
from exports.trace.figure import Counted, Figure, Lines, Reckoned, Scored, Share, Taken, Told
from exports.trace.lines import lines_of
from exports.trace.parts import PARTS, measure_parts
from exports.trace.places import Place, places
from exports.trace.points import points, words
from exports.trace.sources import MASK, Raw, Source

_NAMED = re.compile(r"\$([a-z_0-9]+)")
PERSONS = ("姓名", "身份证号", "联系电话")  # columns of forms 7 and 8
# Marts whose rows may hold values of a filled form → the rows that name it.
FILLED = {"contract_evaluation": "asof_programme__service_contract"}
_MODULES = {module.FORM.number: module for module in (*FORMS, *RESTRICTED_FORMS)}


class NotTraceable(ValueError):
    """No such form, scope, cell or row; the sentence says what there is."""


class Tracer:
    """Reads the build file of the run that printed the month, and the lake beside it. Forms are filled once."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lake: Path, month: date) -> None:
        self.con, self.reading, self.raw = con, Reading(con, month, lake), Raw(con, lake)
        self._filled: dict[tuple[int, str], tuple[Filled, Scope, dict[tuple[str, str], Place]]] = {}

    def cells(self, form: int, scope: str) -> dict[tuple[str, str], Place]:
        """Every cell of a form. Raises NotTraceable."""
        return self._form(form, scope)[2]

    def _form(self, form: int, code: str) -> tuple[Filled, Scope, dict[tuple[str, str], Place]]:
        if (form, code) not in self._filled:
            if form not in _MODULES:
                raise NotTraceable(f"没有第 {form} 号表；可追溯的有：{'、'.join(map(str, sorted(_MODULES)))}。")
            scope = self.reading.scope(code)
            filled = _MODULES[form].fill(self.reading, scope)
            if filled is None:
                raise NotTraceable(f"{scope.name}没有第 {form} 号表。")
            self._filled[form, code] = filled, scope, places(filled, self.reading, scope)
        return self._filled[form, code]

    def cell(self, form: int, scope: str, address: str, sheet: str | None = None) -> dict[str, Any]:
        """The answer for a cell, such as B7; `sheet`: the first one. Raises NotTraceable."""
        filled, where, cells = self._form(form, scope)
        names = list(dict.fromkeys(name for name, _ in cells))
        title = sheet or (names[0] if names else "")
        place = cells.get((title, address.upper().replace("$", "")))
        if place is None:
            raise NotTraceable(f"工作表“{title}”的 {address} 不是本表的数据单元格；工作表有：{'、'.join(names)}。")
        return self.place(form, filled, where, place)

    def place(self, form: int, filled: Filled, scope: Scope, place: Place) -> dict[str, Any]:
        """The answer for a place of a filled form."""
        lines, figure = self._figure(form, filled, place)
        told = {
            "form": form, "title": filled.form.name, "scope": scope.code, "scope_name": scope.name, "sheet": place.sheet,
            "cell": place.address, "row": "合计" if place.row is None else place.row_label, "column": "-".join(dict.fromkeys(place.labels)),
            "value": _text(place.printed),
        }  # fmt: skip
        if filled.form.personal and not isinstance(place.printed, int | Decimal | date):
            told |= {"value": MASK if place.labels[-1] in PERSONS else masked_text(_text(place.printed) or "")}
        if lines is None or figure is None or not isinstance(place.printed, int | Decimal):
            return told | self._by_row(place, filled.form.personal)
        if isinstance(figure, Told):
            return told | self._by_row(place) | {"kind": "规定值", "formula": figure.words}
        rows = self._rows(lines, place, scope, filled)
        if not rows or (place.row is not None and len(rows) > 1 and not lines.summed):
            return told | self._by_row(place)
        return told | self._answer(lines.table, rows, figure, Fraction(place.printed), lines.known_only and place.row is None)

    def value(self, table: str, keys: Mapping[str, str], column: str) -> dict[str, Any]:
        """The answer for a column of one row of a mart. Raises NotTraceable."""
        known = {row[0] for row in self.con.execute("select column_name from information_schema.columns where table_name = $1", [table]).fetchall()}
        if not known or not {*keys, column} <= known:
            raise NotTraceable(f"没有表 {table}，或它没有这些列：{'、'.join(sorted({*keys, column} - known))}。")
        where = " and ".join(f"cast({name} as varchar) = ${name}" for name in keys) or "true"
        rows = self._query(f"select * from {table} as m where {where}", keys)
        if len(rows) != 1:
            raise NotTraceable(f"{table} 中符合条件的有 {len(rows)} 行，请给出能定到一行的键。")
        ratio = table == "coverage" and column == "value" and rows[0]["denominator"] is not None
        figure: Figure = Share("numerator", "denominator") if ratio else (
            Counted(column) if self._parts_of(table, column, rows[0]) else Taken(column))
        value = rows[0][column]
        told = {"table": table, "key": dict(keys), "column": column, "value": _text(value)}
        if not isinstance(value, int | Decimal):
            return told | {"kind": "来源行", "sources": self._of_row(rows[0])}
        return told | self._answer(table, rows, figure, Fraction(value) * (100 if ratio else 1), False)

    def _figure(self, form: int, filled: Filled, place: Place) -> tuple[Lines | None, Figure | None]:
        names = [name for name, _ in filled.tables]
        for lines in lines_of(form, names[place.table], names):
            if place.column in lines.columns:
                return lines, lines.columns[place.column]
        return None, None

    def _rows(self, lines: Lines, place: Place, scope: Scope, filled: Filled) -> list[Record]:
        name = filled.tables[place.table][0]
        county = next((code for code, label in scope.counties.items() if label and label in name), None)
        counties = list(scope.counties)
        if county is None and scope.level == "county":
            county = scope.code
        values: dict[str, Any] = {"scope": scope.code, "counties": counties, "county": county, "year": self.reading.month.first.year,
                                  "place": None if place.row is None else place.row + 1}  # fmt: skip
        values |= {f"c{at}": cell if isinstance(cell, str) else None for at, cell in enumerate(place.cells)}
        if place.origins:
            first = place.origins[0]
            values |= {"content_hash": first.content_hash, "sheet": first.sheet,
                       "row_number": int(first.rows) if first.rows.isdecimal() else None}  # fmt: skip
        where = lines.where if place.row is not None else lines.total
        if where is None or not {*_NAMED.findall(where)} <= set(values):
            return []
        return self._query(f"select * from {lines.table} as m where {where}", values)

    def _query(self, sql: str, values: Mapping[str, Any]) -> list[Record]:
        found = self.con.execute(sql, {name: values[name] for name in set(_NAMED.findall(sql))})
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _answer(self, table: str, rows: Sequence[Record], figure: Figure, printed: Fraction, known_only: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"table": table, "rows": len(rows)}
        if isinstance(figure, Share):
            above, below = (self._side(table, rows, column, known_only) for column in (figure.above, figure.below))
            told |= {"kind": "比率", "formula": f"{figure.above} ÷ {figure.below} × 100%", "numerator": above, "denominator": below}
            given = None
            if above["sum"] is not None and below["sum"]:
                given = 100 * Fraction(above["sum"]) / Fraction(below["sum"])
            return told | _agreed(printed, given, Fraction(1, 10**figure.decimals) if figure.decimals == 4 else Fraction(1, 2 * 10**figure.decimals))
        if isinstance(figure, Counted | Taken):
            side = self._side(table, rows, figure.column, known_only)
            counted = "entities" in side
            scaled = None if side["sum"] is None else Fraction(side["sum"]) / 10**figure.scale
            formula = f"{figure.column}" + (f" ÷ {10**figure.scale:,}" if figure.scale else "")
            return told | {"kind": "计数" if counted else "原值" if len(rows) == 1 else "合计", "formula": formula, "numerator": side} | \
                _agreed(printed, scaled, _last_digit(figure))
        if isinstance(figure, Reckoned):
            given = self._reckoned(table, rows, figure)
            told |= {"kind": "推算", "formula": figure.words,
                     "inputs": {name: _text(rows[0][name]) for name in figure.inputs} if len(rows) == 1 else {},
                     "sources": [source for row in rows for source in self._of_row(row, table)]}  # fmt: skip
            return told | _agreed(printed, given, Fraction(1, 200))
        if isinstance(figure, Scored):
            return told | self._scored(rows[0], printed)
        raise TypeError(figure)

    def _scored(self, row: Record, printed: Fraction) -> dict[str, Any]:
        """An indicator's points from the rubric in force and the facts, each with the row that it was seen in."""
        parts = self._query("select * from star_rubric_in_force where indicator_id = $indicator_id", row)
        (facts,) = self._query("select * from star_fact_value where credit_code = $credit_code", row)
        seen = {source["source_id"]: source for source in self._query("select * from star_evidence where credit_code = $credit_code", row)}
        sources = {part["source_id"]: seen[part["source_id"]] for part in parts if part["source_id"] in seen}
        return {
            "kind": "取分", "formula": words(parts), "inputs": {part["fact_name"]: _text(facts[part["fact_id"]]) for part in parts},
            "sources": [source for evidence in sources.values() for source in self._of_row(evidence)],
        } | _agreed(printed, points(parts, facts), Fraction(1, 200))  # fmt: skip

    def _reckoned(self, table: str, rows: Sequence[Record], figure: Reckoned) -> Fraction | None:
        """The expression over the mart's rows, summed up; keys tell the rows apart by all that they hold."""
        total = Fraction(0)
        for row in rows:
            known = {name: value for name, value in row.items() if isinstance(value, str | int | Decimal | date) or value is None}
            columns = ", ".join(f"${name} as {name}" for name in known)
            typed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in self._types(table).items() if name in known)
            sql = f"select {figure.expression} from (select {typed} from (select {columns})) as m"
            ((value,),) = self.con.execute(sql, known).fetchall()
            if value is None:
                if len(rows) == 1:
                    return None
                continue        # a sum of what is known
            total += Fraction(value if isinstance(value, int | Decimal) else Decimal(str(value)))
        return total / 10**figure.scale

    def _types(self, table: str) -> dict[str, str]:
        return dict(self.con.execute("select column_name, data_type from information_schema.columns where table_name = $1", [table]).fetchall())

    def _parts_of(self, table: str, column: str, row: Record) -> str | None:
        if table == "coverage" and column in ("numerator", "denominator"):
            return measure_parts(row["measure_id"], column)
        return PARTS.get((table, column))

    def _side(self, table: str, rows: Sequence[Record], column: str, known_only: bool) -> dict[str, Any]:
        """A count or an amount with its parts: entities where it counts them, else the mart's rows."""
        total: Decimal | None = Decimal(0)
        entities: list[dict[str, Any]] = []
        sources: list[dict[str, Any]] = []
        counted = False
        for row in rows:
            sql = self._parts_of(table, column, row)
            if sql is None:
                value = row.get(column)
                if value is not None or not known_only:
                    total = None if value is None or total is None else total + Decimal(value)
                sources += self._of_row(row, table)
                continue
            counted = True
            for part in self._query(sql, row):
                value = part["value"]
                if value is not None and total is not None:
                    total += Decimal(int(value)) if isinstance(value, bool) else Decimal(value)
                entities.append({"key": part["key"], "name": part["name"], "value": _text(value), **_source(part)})
        side: dict[str, Any] = {"column": column, "sum": _text(total)}
        if counted:
            inside = [entity for entity in entities if entity["value"] not in (None, "0", "否")]
            side |= {"counted": len(inside), "of": len(entities), "entities": entities,
                     "missing": [entity for entity in entities if entity["value"] in (None, "0", "否")]}  # fmt: skip
        return side | ({"sources": sources} if sources else {})

    def _of_row(self, row: Record, table: str = "") -> list[dict[str, Any]]:
        """The source of a mart's row with its raw text; none where the mart has no lineage of its own."""
        if row.get("content_hash") is None or row.get("row_number") is None:
            return []
        sources = [Source(row["content_hash"], row.get("file_name") or "", row.get("sheet") or "", row["row_number"])]
        if table in FILLED:
            (row,) = self._query("select form_content_hash, form_file_name, form_sheet, form_row_number "
                                 f"from {FILLED[table]} where content_hash = $content_hash and sheet = $sheet and row_number = $row_number", row)
        if row.get("form_row_number") is not None:      # cells that the ledger left blank were taken from a filled form
            sources.append(Source(row["form_content_hash"], row["form_file_name"], row["form_sheet"] or "", row["form_row_number"]))
        return [source.document() | {"raw": self.raw.row(source)} for source in sources]

    def _by_row(self, place: Place, personal: bool = False) -> dict[str, Any]:
        """Where a cell is no reckoned number: the sources that 溯源 names for its row."""
        found = []
        for origin in place.origins:
            numbers = [int(number) for number in re.findall(r"\d+", origin.rows)][:1]
            for number in numbers:
                source = Source(origin.content_hash, origin.file_name, origin.sheet, number)
                found.append(source.document() | {"rows": origin.rows, "table": origin.source, "key": "" if personal else origin.key, "raw": self.raw.row(source)})
        return {"kind": "来源行", "agrees": None, "sources": found}

    def open_raw(self, entity: Mapping[str, Any]) -> dict[str, str]:
        """The raw text of an entity's source row."""
        if not entity.get("content_hash"):
            return {}
        return self.raw.row(Source(entity["content_hash"], entity["file"], entity["sheet"], entity["row"]))


def _last_digit(figure: Counted | Taken) -> Fraction:
    decimals = figure.decimals if isinstance(figure, Counted) else None
    return Fraction(0) if decimals is None else Fraction(1, 2 * 10**decimals)


def _source(part: Record) -> dict[str, Any]:
    return {"file": part["file_name"], "sheet": part["sheet"], "row": part["row_number"], "content_hash": part["content_hash"]}


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    return figures.text(value) if isinstance(value, Decimal) else str(value)


def _agreed(printed: Fraction, given: Fraction | None, within: Fraction) -> dict[str, Any]:
    """Whether the parts give what is printed. `within`: the last digit that is printed."""
    agrees = given is not None and abs(printed - given) <= within
    return {"agrees": agrees, "recomputed": None if given is None else str(figures.text(Decimal(given.numerator) / Decimal(given.denominator)))}
