"""`coopledger inspect`: what the house would make of a file, header by header and row by row; nothing is written."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from openpyxl.utils import get_column_letter

from dagster_project.desk.contract_lines import alias_edit, column_edit
from dagster_project.desk.dry_run import DryRun, Watcher
from dagster_project.months import WrongUse
from dagster_project.receive.context import Surroundings, date_in, folders, stem, surroundings
from dagster_project.receive.contracts import Column, Contract, load_contracts
from dagster_project.receive.header_search import head_of
from dagster_project.receive.headers import Header, label
from dagster_project.receive.landing import connection
from dagster_project.receive.masking import masked_text
from dagster_project.receive.readers import Sheet
from dagster_project.receive.recognise import Look, Recognition
from dagster_project.receive.regions import Regions, load_regions
from dagster_project.receive.sheet_lines import SheetLine
from dagster_project.receive.sql import literal
from dagster_project.receive.vocabulary import LINE_NUMBER, Binding, Layout
from dagster_project.settings import Settings

FAULTS_SHOWN = 10
NEAR = 0.5          # difflib ratio from which a header is called near another


def inspect_files(paths: Sequence[Path], settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """One JSON-able document a file. Personal values are masked. Raises WrongUse for a path that is no file."""
    for path in paths:
        if not path.is_file():
            raise WrongUse(f"“{path}”不是文件，请写出要检查的文件。")
    watcher = Watcher(load_contracts(), load_regions(), settings.default_scope)
    out = []
    for path in paths:
        with connection(settings) as con:
            run = DryRun(con, settings, watcher, path, _name(path, settings), now)
            run.run()
            out.append({
                "file": str(path), "known_as": run.receipt.path, "size": run.receipt.size,
                "content_hash": run.receipt.content_hash,
                "sheets": [_sheet(con, run, line) for line in run.lines],
            })
    return out


def _name(path: Path, settings: Settings) -> str:
    """The path below the inbox; a file that lies elsewhere has its name only."""
    whole, inbox = path.resolve(), settings.inbox.resolve()
    return whole.relative_to(inbox).as_posix() if whole.is_relative_to(inbox) else path.name


def _sheet(con: duckdb.DuckDBPyConnection, run: DryRun, line: SheetLine) -> dict[str, Any]:
    contract = load_contracts().get(line.table_id or "")
    out: dict[str, Any] = {
        "file_name": line.file_name, "sheet": line.sheet, "outcome": line.outcome, "reason_code": line.reason_code,
        "reason": line.reason,
        "contract": contract and {"id": contract.id, "title": contract.title, "system": contract.system_title},
        "variant": line.variant,
        "rows": {name: getattr(line, name) for name in ("rows_read", "accepted", "rejected", "out_of_scope", "ignored")},
        **_faults(con, line),
    }
    seen = run.looked_at(line)
    if seen is None:
        return out
    sheet, received, found = seen
    if found and found.record:
        return out | _record(run, line, sheet, found)
    look = run.watcher.look(sheet, received, line.table_id, line.variant)
    if look is None:
        return out
    around = surroundings(head_of(sheet), look.header_row - sheet.first_row + 1)
    out["header_rows"] = [look.header_row, look.last_header_row]
    out["snapshot"] = _snapshot(line, around)
    out["counties"] = _counties(run.recogniser.regions, found, around)
    if look.binding is None or contract is None:
        out["headers_known_elsewhere"] = [_known_elsewhere(header, run.watcher.vocabulary.layouts) for header in look.headers if header.parts and header.path != LINE_NUMBER]
        return out
    return out | _headers(look, look.binding, contract, found)


def _record(run: DryRun, line: SheetLine, sheet: Sheet, found: Recognition) -> dict[str, Any]:
    """A form that is one record: the labels beside which its values stand."""
    around = surroundings(head_of(sheet), found.header_row - sheet.first_row + 2)
    bound = {b.column.name for b in found.plan.columns}
    headers = [{"letter": None, "header": b.header, "column": b.column.name, "known_as": b.column.header, "via": "表单栏目",
                "spelling": None, "unit": b.unit or b.column.unit, "unit_from": "契约" if b.column.unit else None,
                "type": b.column.type.value, "required": b.column.required}
               for b in found.plan.columns if b.index is not None]
    return {"snapshot": _snapshot(line, around), "counties": _counties(run.recogniser.regions, found, around),
            "headers": headers, "context": _context(found), "unknown": [],
            "missing": [{"column": c.name, "known_as": c.header, "required": c.required, "nearest": None}
                        for c in found.plan.contract.columns if c.name not in bound]}


def _context(found: Recognition | None) -> list[dict[str, Any]]:
    """The values that stand around the table, personal ones masked."""
    return [{"column": b.column.name, "known_as": b.column.header, "from": b.header,
             "value": "**" if b.column.personal else b.context_value}
            for b in (found.plan.columns if found else ()) if b.index is None]


def _faults(con: duckdb.DuckDBPyConnection, line: SheetLine) -> dict[str, Any]:
    """The first faults in the order of the rows, those that reject first within a row; and how many there are."""
    mine = f"file_name = {literal(line.file_name)} and sheet = {literal(line.sheet)} and row_number is not null"
    both = " union all ".join(
        f"select {rejects} as rejects, row_number, column_name, masked_value, code, sentence from kept_{zone} where {mine}"
        for rejects, zone in (("true", "rejected"), ("false", "issues")))
    names = ("rejects", "row", "column", "value", "code", "sentence")
    rows = con.execute(f"select * from ({both}) order by row_number, rejects desc, column_name, code "
                       f"limit {FAULTS_SHOWN}").fetchall()
    counts = con.execute(f"select rejects, code, count(*) from ({both}) group by all order by all").fetchall()
    return {
        "faults": [dict(zip(names, row, strict=True)) for row in rows],
        "rejects_by_code": {code: n for rejects, code, n in counts if rejects},
        "issues_by_code": {code: n for rejects, code, n in counts if not rejects},
    }


def _snapshot(line: SheetLine, around: Surroundings) -> dict[str, Any]:
    """The date that the rows would bear, and where it stands (the order of context.snapshot_date)."""
    if date_in(stem(line.file_name)):
        source = "文件名"
    elif date_in(around.time_line):
        source = "填报时间行"
    elif any(map(date_in, folders(line.file_name))):
        source = "文件夹名"
    else:
        source = "文件修改时间（推定）"
    day = line.snapshot_date
    return {"date": day and day.isoformat(), "assumed": line.snapshot_date_assumed, "source": source}


def _counties(regions: Regions, found: Recognition | None, around: Surroundings) -> dict[str, Any]:
    def named(codes: Sequence[str]) -> list[dict[str, str]]:
        return [{"code": code, "name": regions.counties.get(code, "")} for code in codes]

    return {"region_line": around.region_line and masked_text(around.region_line), "named": named(found.named_counties if found else ()),
            "title": named(found.title_counties if found else ())}


def _known_elsewhere(header: Header, layouts: list[Layout]) -> dict[str, Any]:
    """A header of a sheet that is no known table: the tables that know it."""
    tables = dict.fromkeys(layout.contract.id for layout in layouts
                           if header.path in layout.keys or header.leaf in layout.keys)
    return {"letter": get_column_letter(header.index + 1), "header": header.printed, "known_in": list(tables)}


def _headers(look: Look, binding: Binding, contract: Contract, found: Recognition | None) -> dict[str, Any]:
    """Known, unknown and missing columns, with the lines that would teach the contract."""
    units = {b.index: b.unit for b in found.plan.columns} if found and not found.wide else {}
    context = _context(found)
    bound = {column.name for column in binding.columns.values()} | {b["column"] for b in context} | set(binding.parts)
    parts: dict[int, list[Column]] = {}
    for name, source in binding.parts.items():
        parts.setdefault(source, []).append(contract.column(name))
    wide = binding.layout.variant.wide if binding.cells and binding.layout.variant else None
    if wide:
        bound |= {wide.year_column, wide.name_column, wide.value_column}
    absent = [column for column in contract.columns if column.name not in bound]
    known, unknown = [], []
    drifted = dict(found.plan.unknown) if found else {}
    for header in (h for h in look.headers if h.index in binding.columns or (h.parts and h.path != LINE_NUMBER)):
        letter = get_column_letter(header.index + 1)
        if header.index in binding.columns:
            column = binding.columns[header.index]
            known.append({"letter": letter, "header": header.printed, "column": column.name,
                          "known_as": column.header, **_spelling(binding, column, header),
                          "unit": units.get(header.index) or header.unit or column.unit,
                          "unit_from": _unit_from(header, units.get(header.index), column),
                          "type": column.type.value, "required": column.required})
        elif header.index in parts:
            columns = parts[header.index]
            known.append({"letter": letter, "header": header.printed, "column": "、".join(c.name for c in columns),
                          "known_as": "、".join(c.header for c in columns), "via": "一列拆成几列", "spelling": None,
                          "unit": None, "unit_from": None, "type": columns[0].type.value,
                          "required": any(c.required for c in columns)})
        elif header.index in binding.also:
            known.append({"letter": letter, "header": header.printed, "column": None, "known_as": "表式所有，不入库",
                          "via": "表式", "spelling": None, "unit": None, "unit_from": None, "type": None, "required": False})
        elif header.index in binding.cells:
            year, name = binding.cells[header.index]
            known.append({"letter": letter, "header": header.printed, "column": wide and wide.value_column,
                          "known_as": f"{year} {name}", "via": "宽表", "spelling": None,
                          "unit": header.unit, "unit_from": None, "type": "integer", "required": True})
        else:
            unknown.append(_unknown(contract, letter, drifted.get(header.index, header.printed), header, absent))
    printed = [header["header"] for header in unknown]
    return {
        "headers": known,
        "context": context,
        "unknown": unknown,
        "missing": [{"column": column.name, "known_as": column.header, "required": column.required,
                     "nearest": _near(column.header, {text: text for text in printed})} for column in absent],
    }


def _spelling(binding: Binding, column: Column, header: Header) -> dict[str, Any]:
    """By which of the contract's spellings a header was known (they differ at most in width, brackets, unit, marks)."""
    variant = binding.layout.variant
    own = variant.aliases.get(column.name, ()) if variant else ()
    ways = [(text, "表式别名") for text in own] + [(column.header, "本名")] + [(text, "别名") for text in column.aliases]
    for key, suffix in ((header.path, ""), (header.leaf, "（末级）")):
        for text, via in ways:
            if "-".join(label(part).key for part in text.split("-") if part) == key:
                return {"via": via + suffix, "spelling": text}
    return {"via": "空白表头", "spelling": None}


def _unit_from(header: Header, read: str | None, column: Column) -> str | None:
    if header.unit:
        return "表头"
    return "单位行" if read else "契约" if column.unit else None


def _unknown(contract: Contract, letter: str, name: str, header: Header, absent: list[Column]) -> dict[str, Any]:
    """A column nobody knows: the nearest column that the sheet lacks (else any), and the lines to add."""
    text = header.printed
    spellings = {spelling: column.name for column in absent for spelling in column.headers}
    nearest = _near(text, spellings)
    if nearest:
        edit = alias_edit(contract.id, spellings[nearest], text)
    else:
        edit = column_edit(contract.id, text, header.index + 1)
    known = nearest or _near(text, {s: c.name for c in contract.columns for s in c.headers})
    column = next((c for c in contract.columns if known in c.headers), None)
    return {"letter": letter, "header": name, "nearest": known, "column": column and column.name,
            "free": bool(nearest), "yaml": asdict(edit)}


def _near(text: str, spellings: dict[str, str]) -> str | None:
    """The spelling nearest to a header, both as they are compared."""
    keys = {label(spelling).key: spelling for spelling in spellings}
    found = difflib.get_close_matches(label(text).key, keys, n=1, cutoff=NEAR)
    return keys[found[0]] if found else None
