"""The document of `coopledger inspect` as a person reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from dagster_project.desk.screen import table

OUTCOMES = {"accepted": "全部接收", "partly": "部分接收", "rejected": "退回", "ignored": "忽略", "duplicate": "重复"}


def show(files: list[dict[str, Any]], console: Console) -> None:
    """Prints every file, sheet by sheet."""
    for file in files:
        console.print(f"文件  {file['file']}（{file['size']:,} 字节，{file['content_hash'][:12]}）", style="bold")
        for sheet in file["sheets"]:
            _sheet(sheet, console)


def _sheet(sheet: dict[str, Any], console: Console) -> None:
    name = f"{sheet['file_name']}［{sheet['sheet']}］" if sheet["sheet"] else sheet["file_name"]
    contract = sheet["contract"]
    what = f"{contract['system']} · {contract['title']}（{contract['id']}）" if contract else "不是已知的表"
    variant = f"，表式 {sheet['variant']}" if sheet["variant"] else ""
    console.print()
    console.print(f"工作表  {name}\n认作    {what}{variant}")
    if sheet["reason"]:
        console.print(f"{'退回' if sheet['reason_code'] else '说明'}    {sheet['reason']}")
    if rows := sheet.get("header_rows"):
        where = f"第 {rows[0]} 行" if rows[0] == rows[1] else f"第 {rows[0]}–{rows[1]} 行"
        console.print(f"表头    {where}")
    if date := sheet.get("snapshot"):
        console.print(f"数据日期  {date['date']}（据{date['source']}）")
    if counties := sheet.get("counties"):
        named = "、".join(f"{c['name']}{c['code']}" for c in counties["named"]) or "没有"
        titled = "、".join(f"{c['name']}{c['code']}" for c in counties["title"]) or "没有"
        console.print(f"区县线索  填报单位：{counties['region_line'] or '没有'}；表名、文件名、文件夹、填报单位所指：{named}；标题所指：{titled}")
    _known(sheet, console)
    _drift(sheet, console)
    _missing(sheet, console)
    _faults(sheet, console)
    rows = sheet["rows"]
    console.print(f"将会    {OUTCOMES[sheet['outcome']]}：读入 {rows['rows_read']:,} = 接收 {rows['accepted']:,} + 退回 {rows['rejected']:,}"
                  f" + 范围外 {rows['out_of_scope']:,} + 忽略 {rows['ignored']:,}")


def _known(sheet: dict[str, Any], console: Console) -> None:
    if headers := sheet.get("headers"):
        console.print(table(
            ("列", "表头", "认作", "字段", "依据", "单位"),
            [(h["letter"], h["header"] or "（空白）", ("*" if h["required"] else "") + h["known_as"], h["column"],
              f"{h['via']}“{h['spelling']}”" if h["spelling"] and h["via"] != "本名" else h["via"],
              f"{h['unit']}（{h['unit_from']}）" if h["unit"] and h["unit_from"] else h["unit"]) for h in headers],
            "列（* 为必需）"))
    if context := sheet.get("context"):
        console.print(table(("认作", "字段", "取自", "值"),
                            [(c["known_as"], c["column"], c["from"], c["value"]) for c in context], "表格以外的值"))
    if elsewhere := sheet.get("headers_known_elsewhere"):
        console.print(table(("列", "表头", "哪些表有这一列"),
                            [(h["letter"], h["header"], "、".join(h["known_in"]) or None) for h in elsewhere], "列"))


def _drift(sheet: dict[str, Any], console: Console) -> None:
    unknown = sheet.get("unknown")
    if not unknown:
        return
    console.print(table(("列", "表头", "最接近", "字段"),
                        [(u["letter"], u["header"], u["nearest"], u["column"]) for u in unknown], "不认识的列（照原样保留）"))
    for u in unknown:
        edit = u["yaml"]
        why = f"“{u['header']}”如就是“{u['nearest']}”" if u["free"] else f"“{u['header']}”如是新列（请改字段名和说明）"
        how = f"第 {edit['line']} 行改为" if edit["replaces"] else f"第 {edit['line']} 行之后加上"
        console.print(f"{why}：dbt/models/sources/{edit['file']} {how}：")
        console.print(edit["text"], soft_wrap=True, style="cyan")


def _missing(sheet: dict[str, Any], console: Console) -> None:
    if missing := sheet.get("missing"):
        console.print(table(("缺少的列", "字段", "必需", "最接近的不认识的列"),
                            [(m["known_as"], m["column"], "是" if m["required"] else "", m["nearest"]) for m in missing],
                            "表里没有的列"))


def _faults(sheet: dict[str, Any], console: Console) -> None:
    if not sheet["faults"]:
        return
    counts = [f"{code} {n:,}" for code, n in sheet["rejects_by_code"].items()]
    issues = [f"{code} {n:,}" for code, n in sheet["issues_by_code"].items()]
    console.print(table(
        ("行", "列", "值", "退回", "代码", "说明"),
        [(f["row"], f["column"], f["value"], "是" if f["rejects"] else "", f["code"], f["sentence"])
         for f in sheet["faults"]],
        f"问题，前 {len(sheet['faults'])} 条（退回原因：{'，'.join(counts) or '无'}；数值问题：{'，'.join(issues) or '无'}）"))
