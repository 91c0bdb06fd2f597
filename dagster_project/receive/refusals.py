"""The sentences by which a sheet is refused: what was found, what is missing, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from dagster_project.receive.contracts import Column, Contract, Type
from dagster_project.receive.header_search import HEADER_WITHIN, Block
from dagster_project.receive.refusal import Refusal
from dagster_project.receive.vocabulary import LINE_NUMBER, Binding

SHOWN_HEADERS = 20


def missing_columns(where: str, block: Block | None, contract: Contract, missing: list[Column]) -> Refusal:
    """MISSING_COLUMN, with the nearest headers that are there."""
    headers = [h.printed for h in block.headers if h.parts] if block else []
    parts = []
    for column in missing:
        if column.type is Type.year:
            parts.append(f"“{column.header}”（也可以写在标题、文件名或文件夹名中，如“2024年度”）")
            continue
        near = difflib.get_close_matches(column.header, headers, n=2, cutoff=0.4)
        parts.append(f"“{column.header}”" + (f"（最接近的列：{'、'.join(near)}）" if near else ""))
    found = f"第 {block.row} 行的表头是：{_shown(headers)}。" if block else f"前 {HEADER_WITHIN} 行没有找到表头。"
    return Refusal("MISSING_COLUMN", f"{where}应为“{contract.title}”，但缺少必需的列{'、'.join(parts)}。{found}"
                                     "请补上缺少的列，或改正列名后重新放入。", contract.id)


def no_contract(where: str) -> Refusal:
    """NO_CONTRACT; says nothing of the rows, which may be data without any header."""
    return Refusal("NO_CONTRACT", f"{where}的前 {HEADER_WITHIN} 行里没有找到任何已知表格的表头，"
                                  "无法确定是哪一张表。请确认是从系统直接导出的表格；如需手工填写，请使用空白模板。")


def unproven(where: str, bindings: Iterable[Binding], nearest: Contract, several: bool) -> Refusal:
    """AMBIGUOUS: lists with the same headers that only the word of a name or title can tell apart.

    `several`: the names speak of more than one of them.
    """
    titles = dict.fromkeys(b.layout.contract.title for b in bindings)
    words = "、".join(dict.fromkeys(word for b in bindings for word in b.layout.contract.evidence))
    return Refusal("AMBIGUOUS", f"{where}像是“{'”或“'.join(titles)}”，但文件名、表名、标题和表头里"
                                f"{'几种字样都有' if several else '都没有能区分的字样'}（{words}）。请在文件名中只写明一种后重新放入。", nearest.id)


def rivals(where: str, titles: Iterable[str], nearest: Contract) -> Refusal:
    """AMBIGUOUS: the headers fit several tables equally well."""
    return Refusal("AMBIGUOUS", f"{where}的表头同样符合“{'”和“'.join(titles)}”，无法确定是哪一张。"
                                f"请放入以表号命名的文件夹（如 {nearest.id}）后重新接收。", nearest.id)


def two_tables(where: str, first: Contract, row: int, second: Contract) -> Refusal:
    """AMBIGUOUS: another table's header stands below the first table, so that its rows would be read as the first's."""
    return Refusal("AMBIGUOUS", f"{where}从“{first.title}”开始，第 {row} 行又出现“{second.title}”的表头，分不清哪些行属于哪张表。"
                                "请把每张表放在单独的工作表中后重新放入。", first.id)


def is_near(binding: Binding, block: Block, missing: list[Column]) -> bool:
    """Is this the contract that the sheet was meant to be? Half of its headers, or of the required ones, are there."""
    headers = sum(1 for header in block.headers if header.parts and header.path != LINE_NUMBER)
    required = sum(1 for column in binding.layout.contract.columns if column.required)
    return binding.matched > 1 and (2 * binding.matched >= headers or 2 * len(missing) <= required)


def _shown(headers: list[str]) -> str:
    clean = [re.sub(r"\s+", " ", header) for header in headers]
    return "、".join(clean[:SHOWN_HEADERS]) + ("……" if len(clean) > SHOWN_HEADERS else "")
