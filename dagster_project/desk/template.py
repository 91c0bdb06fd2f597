"""`coopledger template`: a blank workbook of a source table, to be filled in and dropped into the inbox.

The first sheet holds a title, the 填报单位/填报时间 line and the header, received by the table's own contract. The
second, 填写示例, says column by column what is asked; it prints no header of any contract and is ignored.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation

from dagster_project.desk.blank_forms import blank_forms
from dagster_project.desk.column_words import Example, asked, choices, example, must, printed_header
from dagster_project.months import WrongUse
from dagster_project.receive.contracts import Column, Contract, Type, load_contracts
from exports import text
from exports.header import Header, Kind, Leaf
from exports.kit import Table, spanned, write_table
from exports.workbook import LETTERS, TITLE_FONT, Book, Sheet, Style

EXAMPLES = "填写示例"
HEADER_ROW = 3
ROWS = 2000                       # rows with drop-down lists and checks
STAMP = date(2024, 1, 1)          # in the document properties: a template has no date of its own
REQUIRED_FILL, OPTIONAL_FILL = "FCE4D6", "F2F2F2"
TITLE_COLUMNS = 8
_FORMATS = {Type.date: "yyyy-mm-dd", Type.month: "yyyy-mm", Type.money: "#,##0.00", Type.area: "#,##0.00",
            Type.integer: "0", Type.year: "0", Type.number: "General", Type.ratio: "General"}


def choose(name: str | None) -> list[Contract]:
    """The contract of this id or title; all of them for None. Raises WrongUse."""
    contracts = load_contracts()
    if name is None:
        return list(contracts.values())
    found = [contract for contract in contracts.values() if name in (contract.id, contract.title)]
    if not found:
        near = difflib.get_close_matches(name, [*contracts, *(c.title for c in contracts.values())], n=3, cutoff=0.4)
        hint = f"最接近的是：{'、'.join(near)}。" if near else f"可用的表：{'、'.join(contracts)}。"
        raise WrongUse(f"没有名为“{name}”的表。{hint}")
    return found


def write_templates(contracts: Sequence[Contract], folder: Path) -> list[Path]:
    """Writes a workbook a contract, and the forms that are read as its table; equal contracts give equal bytes. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for contract in contracts:
        path = folder / text.file_name(f"{contract.id}_{contract.title}_空白模板.xlsx")
        path.write_bytes(template(contract))
        paths.append(path)
        for name, form in blank_forms(contract.id, STAMP):
            (folder / name).write_bytes(form)
            paths.append(folder / name)
    return paths


def template(contract: Contract) -> bytes:
    """The blank workbook of a source table."""
    book = Book(f"{contract.title}（空白模板）", STAMP)
    _blank(book, contract)
    _examples(book, contract)
    return book.save()


def _blank(book: Book, contract: Contract) -> None:
    sheet = book.sheet(contract.title)
    columns = contract.columns
    headers = [printed_header(contract, column) for column in columns]
    widths = [max(12.0, text.display_width(header) + 3.0) for header in headers]
    sheet.widths(widths)
    for letter, column in zip(LETTERS, columns, strict=False):
        sheet.worksheet.column_dimensions[letter].number_format = _FORMATS.get(column.type, "@")
    title = Style(TITLE_FONT, 18, bold=True, border=False, horizontal="left")
    spanned(sheet, min(TITLE_COLUMNS, len(columns)), contract.title, title, 28, fill=False)
    label = book.style(Style(horizontal="right", border=False, wrap=False))
    open_text = book.style(Style(horizontal="left", wrap=False, number_format="@"))
    open_day = book.style(Style(horizontal="left", wrap=False, number_format="yyyy-mm-dd"))
    sheet.row([("填报单位：", label), ("", open_text), ("填报时间：", label), ("", open_day)], 20)
    _check(sheet, _days(), "D2")
    styles = {needed: book.style(Style(bold=True, fill=REQUIRED_FILL if needed else OPTIONAL_FILL))
              for needed in (True, False)}
    number = sheet.row([(header, styles[must(contract, column)])
                        for header, column in zip(headers, columns, strict=True)], 34)
    assert number == HEADER_ROW
    for index, column in enumerate(columns, 1):
        sheet.comment(number, index, "\n".join([f"【{column.header}】", *asked(contract, column)]))
        if rule := _rule(column):
            _check(sheet, rule, f"{LETTERS[index - 1]}{number + 1}:{LETTERS[index - 1]}{number + ROWS}")
    sheet.page(landscape=True, repeat=(number, number), freeze_at=f"A{number + 1}", width=sum(widths))


def _check(sheet: Sheet, rule: DataValidation, cells: str) -> None:
    rule.add(cells)
    sheet.worksheet.add_data_validation(rule)


def _rule(column: Column) -> DataValidation | None:
    """What a spreadsheet checks while typing: it warns, so that 不公示 and rare values can be kept."""
    options = choices(column)
    if options:
        rule = DataValidation("list", formula1=f'"{",".join(options)}"', allow_blank=True)
        # Several values in a cell are typed by hand: the list shows them and checks nothing.
        rule.showErrorMessage, rule.errorStyle = not column.multi, "warning"
        rule.errorTitle, rule.error = "不在列表中", "请从下拉列表中选择。确要填写别的内容，请选“是”。"
        return rule
    match column.type:
        case Type.date | Type.month:
            return _days()
        case Type.year:
            return _warn("whole", "1949", "2099", "请填写四位年份，如 2024。")
        case Type.integer:
            return _warn("whole", "0", "9999999999", "请填写整数。")
        case Type.money | Type.area | Type.number | Type.ratio:
            return _warn("decimal", "-999999999999", "999999999999", "请填写数字，不要带单位。")
        case Type.credit_code:
            return _warn("textLength", "15", "18", "统一社会信用代码应为18位。")
        case Type.farm_code | Type.identity:
            return _warn("textLength", "18", "18", "应为18位。")
    return None


def _days() -> DataValidation:
    first, last = (str(int(to_excel(day))) for day in (date(1900, 3, 1), date(2099, 12, 31)))
    return _warn("date", first, last, "请填写日期，如 2024-07-01。")


def _warn(kind: str, least: str, most: str, sentence: str) -> DataValidation:
    rule = DataValidation(kind, operator="between", formula1=least, formula2=most, allow_blank=True)
    rule.showErrorMessage, rule.errorStyle, rule.errorTitle, rule.error = True, "warning", "请核对", sentence
    return rule


def _shown(column: Column) -> Example:
    """The example as it is to be typed: a day as text, since the column of examples has no date format."""
    value = example(column)
    if not isinstance(value, date):
        return value
    return value.strftime("%Y-%m" if column.type is Type.month else "%Y-%m-%d")


def _examples(book: Book, contract: Contract) -> None:
    rows = [(f"{LETTERS[index]}列　{column.header}", "".join(asked(contract, column)), _shown(column))
            for index, column in enumerate(contract.columns)]
    write_table(book, EXAMPLES, Table(
        title=(f"{contract.title}填写示例",),
        header=Header(Leaf("第几列", Kind.label, 34), Leaf("怎样填写", Kind.label, 70), Leaf("示例（虚构）", Kind.label, 30)),
        rows=rows, landscape=True,
        notes=("在第一张工作表中填写，每个对象一行，不要改动表头；带*的列必须填写。",
               "“填报单位”写到旗县区，如“海勃湾区农牧局”；“填报时间”写数据的截止日期。填好后把文件放入收件箱。",
               "本表来源：" + contract.system_title + "。")))
