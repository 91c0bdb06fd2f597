"""The official tables of a month as workbooks, and the page that leads to them: `render`."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

import duckdb

from exports import (
    bulletin,
    form_01,
    form_02,
    form_03,
    form_04,
    form_05,
    form_06,
    form_07,
    form_08,
    form_09,
    form_10,
    form_11,
    form_12,
    form_13,
    form_14,
    form_15,
    form_16,
    form_17,
    index_page,
    notes,
    text,
)
from exports.files import put
from exports.form import Filled, Form, Month, Scope
from exports.grid import Grid, write_grid
from exports.kit import write_split
from exports.reading import Reading
from exports.workbook import Book

FORMS = (form_01, form_02, form_03, form_04, form_05, form_06, form_09, form_10, form_11, form_12, form_13, form_14, form_15, form_16, form_17)
RESTRICTED_FORMS = (form_07, form_08)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the month. `changed`: its bytes differ from what stood there; only then was it written."""

    path: Path
    title: str
    form: int | None  # null for the index page
    scope: str | None
    changed: bool
    size: int  # bytes
    milliseconds: float  # reading, filling and packing it


def render(
    con: duckdb.DuckDBPyConnection,
    out: Path,
    month: date,
    scopes: Sequence[str],
    standing: Path | None = None,
) -> list[Written]:
    """Write every form of every scope below `out/<YYYY-MM>/`, the bulletins, then index.html; returns them in that order.

    `con`: the run's build file, read only. `month`: first day of the report month. A file is written only
    when its bytes differ from what stands below `standing` (default: `out` itself). Raises
    reading.UnknownScope for a scope that is no region, and kit.TotalMismatch where a 合计 row is not the sum
    of the rows above it.
    """
    reading, folder = Reading(con, month), out / f"{month:%Y-%m}"
    stands = (standing or out) / folder.name
    found = [reading.scope(code) for code in dict.fromkeys(scopes)]
    written = list(_written(reading, FORMS, found, folder, stands))
    written += _bulletins(reading, found, folder, stands)
    started = time.perf_counter()
    links = [
        (
            scope,
            [
                (item.form, item.title, item.path.relative_to(folder), item.size)
                for item in written
                if item.scope == scope.code
            ],
        )
        for scope in found
    ]
    page = index_page.page(reading, links).encode()
    path = folder / "index.html"
    written.append(
        Written(
            path,
            "本月表册",
            None,
            None,
            put(path, page, standing=stands / path.name),
            len(page),
            (time.perf_counter() - started) * 1000,
        )
    )
    return written


def _bulletins(reading: Reading, scopes: Sequence[Scope], folder: Path, stands: Path) -> Iterator[Written]:
    """Form 18 of every prefecture among the scopes."""
    for scope in scopes:
        started = time.perf_counter()
        page = bulletin.page(reading, scope)
        if page is None:
            continue
        name = _file_name(bulletin.FORM, scope, reading.month).removesuffix(".xlsx") + ".html"
        path, content = folder / text.file_name(scope.folder) / name, page.encode()
        changed = put(path, content, standing=stands / path.relative_to(folder))
        yield Written(path, bulletin.FORM.name, bulletin.FORM.number, scope.code, changed, len(content),
                      (time.perf_counter() - started) * 1000)  # fmt: skip


def render_restricted(
    con: duckdb.DuckDBPyConnection, lake: Path, out: Path, month: date, scopes: Sequence[str]
) -> list[Written]:
    """Write the forms that hold personal data below `out/<YYYY-MM>/`, readable by their owner only.

    `lake`: where the raw cells are. A form that a scope no longer has is taken away. Raises as `render` does.
    """
    reading, folder = Reading(con, month, lake), out / f"{month:%Y-%m}"
    found = [reading.scope(code) for code in dict.fromkeys(scopes)]
    written = list(_written(reading, RESTRICTED_FORMS, found, folder, folder))
    kept = {item.path for item in written}
    for module in RESTRICTED_FORMS:
        for path in folder.glob(f"*/{module.FORM.number:02d}_{text.file_name(module.FORM.name)}_*.xlsx"):
            if path not in kept:
                path.unlink()
    return written


def _written(
    reading: Reading, modules: Sequence[ModuleType], scopes: Sequence[Scope], folder: Path, stands: Path
) -> Iterator[Written]:
    """The workbooks of every scope, put below `folder` where they differ from those below `stands`."""
    for scope in scopes:
        for module in modules:
            started = time.perf_counter()
            with _collector_at_rest():
                filled = module.fill(reading, scope)
                if filled is None:
                    continue
                content = workbook(filled, reading, scope)
            form = filled.form
            path = folder / text.file_name(scope.folder) / _file_name(form, scope, reading.month)
            changed = put(path, content, private=form.personal, standing=stands / path.relative_to(folder))
            taken = (time.perf_counter() - started) * 1000
            yield Written(path, form.name, form.number, scope.code, changed, len(content), taken)


def workbook(filled: Filled, reading: Reading, scope: Scope) -> bytes:
    """The workbook of a filled form: its sheets, then 数据说明 and 溯源."""
    book = Book(f"{filled.form.name}（{scope.name}，{reading.month.printed}）", reading.month.as_of)
    printed = [
        [write_grid(book, name, table)] if isinstance(table, Grid) else write_split(book, name, table)
        for name, table in filled.tables
    ]
    notes.write_notes(book, filled, reading, scope)
    notes.write_trace(book, filled, printed)
    return book.save()


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No garbage collection while a workbook is made: walking its many small objects doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _file_name(form: Form, scope: Scope, month: Month) -> str:
    return text.file_name(f"{form.number:02d}_{form.name}_{scope.name}_{month.first:%Y-%m}") + ".xlsx"
