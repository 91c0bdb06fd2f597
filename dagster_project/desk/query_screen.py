"""The answer of `query` on a terminal or as CSV."""

from __future__ import annotations

import sys
from itertools import islice
from typing import BinaryIO

from rich.cells import cell_len
from rich.text import Text

from dagster_project.desk.query import Answer, csv_line, is_formula, plain
from dagster_project.desk.screen import console, table

LISTED = 200        # rows on a terminal; --csv has all
NUMBERS = ("INTEGER", "BIGINT", "HUGEINT", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "DECIMAL", "NUMBER", "UBIGINT")
BOM = b"\xef\xbb\xbf"       # Excel takes a CSV file for UTF-8 by it alone
# What a terminal would obey instead of showing it.
SHOWN = {code: "�" for code in (*range(9), *range(11, 32), 127, *range(128, 160))}


def show(answer: Answer) -> None:
    """A table where it fits the terminal, else one block a row."""
    names = [name for name, _ in answer.columns]
    rows = [[None if value is None else plain(value).translate(SHOWN) for value in row] for row in islice(answer.rows, LISTED)]
    out = console()
    widths = [max([cell_len(name), *(max(map(cell_len, (row[at] or "—").split("\n"))) for row in rows)])
              for at, name in enumerate(names)]
    needed = sum(widths) + 3 * len(widths)
    if not out.is_terminal:
        out.width = max(out.width, needed)      # a file has no edge
    if needed <= out.width:
        numbers = {at for at, (_, kind) in enumerate(answer.columns) if kind.upper().startswith(NUMBERS)}
        out.print(table(names, rows, right=numbers))
    else:
        longest = max(map(cell_len, names), default=0)
        for number, row in enumerate(rows, start=1):
            out.print(Text(f"── {number} ──"))
            for name, value in zip(names, row, strict=True):
                out.print(Text(name + " " * (longest - cell_len(name) + 2) + ("—" if value is None else value)))
    more = next(answer.rows, None) is not None
    out.print(Text(f"列出前 {len(rows)} 行，后面还有；加 --csv 取全部。" if more else f"共 {len(rows)} 行。"))


def write_csv(answer: Answer, to: BinaryIO, guard: bool = False) -> None:
    """UTF-8 with its mark, RFC 4180. Says on standard error how many texts a spreadsheet would take for formulas."""
    formulas = 0
    to.write(BOM + csv_line(tuple(name for name, _ in answer.columns)).encode())
    for row in answer.rows:
        formulas += sum(map(is_formula, row))
        to.write(csv_line(row, guard).encode())
    to.flush()
    if formulas and not guard:
        sys.stderr.write(f"注意：有 {formulas} 个文本以 = + - @ 开头，原样写出；Excel 打开时会当作公式。"
                         "给 Excel 用时请加 --guard（在前面加一个单引号）。\n")
