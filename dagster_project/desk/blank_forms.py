"""The forms of 002 that districts fill by hand (附件2–6), blank, as `coopledger template` hands them out beside the tables.

Each is printed from the header of our own form, and is received as a variant of its source table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from exports import award_list, form_02, form_03, form_04, form_05, form_06, scorecards, text
from exports.kit import Table, write_table
from exports.workbook import Book

BLANK_ROWS = 20
YEAR = "    "        # in the title, to be written in


def blank_forms(table_id: str, stamp: date) -> Iterator[tuple[str, bytes]]:
    """(file name, workbook) of each form that is read as this table."""
    for attachment, name, table in _FORMS.get(table_id, lambda: iter(()))():
        book = Book(f"{name}（空白表）", stamp)
        write_table(book, name, table)
        yield text.file_name(f"{table_id}_{attachment}_{name}_空白表.xlsx"), book.save()


def _awards() -> Iterator[tuple[str, str, Table]]:
    layout: award_list.Layout
    for layout in (form_02.LAYOUT, form_03.LAYOUT):
        yield layout.attachment, layout.title, Table(
            (f"{YEAR}年度{layout.title}",), layout.header, _blank(len(layout.header.leaves)), attachment=layout.attachment,
            line=("区：", "填报时间：", "单位：人、户、万元"),
            notes=(layout.note.format(year=f"{YEAR}上"),) if layout.note else (), signature=layout.signature,
            landscape=True, row_height=24)


def _contracts() -> Iterator[tuple[str, str, Table]]:
    name = form_04.FORM.name
    yield "附件4", name, Table((name,), form_04.HEADER, _blank(len(form_04.HEADER.leaves)), attachment="附件4",
                             line=("填报单位：", "", "填报时间："), landscape=True, row_height=30)


def _scores() -> Iterator[tuple[str, str, Table]]:
    for layout in (form_05.LAYOUT, form_06.LAYOUT):
        yield layout.mark, layout.form.name, scorecards.blank(layout, YEAR)


def _blank(columns: int) -> list[tuple[str, ...]]:
    return [("",) * columns] * BLANK_ROWS


_FORMS: dict[str, Callable[[], Iterator[tuple[str, str, Table]]]] = {
    "programme.award": _awards, "programme.service_contract": _contracts, "programme.scorecard": _scores}
