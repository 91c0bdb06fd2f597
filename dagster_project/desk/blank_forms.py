"""The forms that counties fill by hand (002 附件1–6, 000 附件2, the table of 004), blank, as `coopledger template` hands them out beside the tables.

Each is printed from the header of our own form, and is received as a variant of its source table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from exports import award_list, form_01, form_02, form_03, form_04, form_05, form_06, form_07, form_09, scorecards, text
from exports.grid import Grid, write_grid
from exports.kit import Table, write_table
from exports.workbook import Book

BLANK_ROWS = 20
YEAR = "    "        # in the title, to be written in


def blank_forms(table_id: str, stamp: date) -> Iterator[tuple[str, bytes]]:
    """(file name, workbook) of each form that is read as this table."""
    for attachment, name, table in _FORMS.get(table_id, lambda: iter(()))():
        book = Book(f"{name}（空白表）", stamp)
        if isinstance(table, Grid):
            write_grid(book, name, table)
        else:
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


def _tasks() -> Iterator[tuple[str, str, Table]]:
    title = ("培育壮大农牧民合作社、家庭农牧场", "任务分配表")
    yield "附件1", "".join(title), Table((f"{YEAR}年度{title[0]}", title[1]), form_01.HEADER, _blank(len(form_01.HEADER.leaves)),
                                       attachment="附件1", row_height=26)


def _advisors() -> Iterator[tuple[str, str, Grid]]:
    yield "附件2", form_07.FORM.name, form_07.blank(YEAR)


def _plan() -> Iterator[tuple[str, str, Table]]:
    yield "附件", form_09.FORM.name, Table((form_09.FORM.name,), form_09.HEADER, _blank(len(form_09.HEADER.leaves)),
                                         attachment="附件", line=("", "", "(单位:家)"), landscape=True, row_height=24)


def _scores() -> Iterator[tuple[str, str, Table]]:
    for layout in (form_05.LAYOUT, form_06.LAYOUT):
        yield layout.mark, layout.form.name, scorecards.blank(layout, YEAR)


def _blank(columns: int) -> list[tuple[str, ...]]:
    return [("",) * columns] * BLANK_ROWS


_FORMS: dict[str, Callable[[], Iterator[tuple[str, str, Table | Grid]]]] = {
    "programme.quota": _tasks, "programme.award": _awards, "programme.service_contract": _contracts,
    "programme.scorecard": _scores, "advisor.evaluation": _advisors, "supply_coop.target": _plan}
