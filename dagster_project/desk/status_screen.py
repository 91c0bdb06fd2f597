"""The document of `coopledger status` as a person reads it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rich.console import Console

from dagster_project.desk.screen import table
from dagster_project.desk.status import NEVER

BOOKS = {"open": "未关账", "closed": "已关账", "restated": "已更正"}


def show(found: dict[str, Any], console: Console) -> None:
    """What came, what never came, what was refused, how the last run ended."""
    console.print(f"报告月份  {found['month'] or '没有'}（截至 {found['day']}）")
    came = [line for line in found["tables"] if line["state"] != NEVER]
    if came:
        console.print(table(
            ("单位", "来源表", "最新数据", "距今（天）", "应报日期", "状态", "行数", "退回", "不认识的列"),
            [(line["region"], f"{line['table']}（{line['table_id']}）",
              f"{line['newest_on']}{'（推定）' if line['assumed'] else ''}", line["age_days"], line["due_on"],
              line["state"] + (f" {line['overdue_days']} 天" if line["overdue_days"] else "")
              + (f"（本次迟报 {line['late_days']} 天）" if line["late_days"] else ""),
              f"{line['rows']:,}", line["rejected"] or "", "、".join(line["drift"])) for line in came]))
    else:
        console.print("还没有收到任何数据。")
    never: dict[str, list[str]] = defaultdict(list)
    rejected_only: dict[str, list[str]] = defaultdict(list)
    for line in found["tables"]:
        if line["state"] == NEVER:
            never[line["region"]].append(line["table"])
            if line["rejected"]:
                rejected_only[line["region"]].append(f"{line['table']} {line['rejected']} 行")
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)       # regions that lack the same tables
    for region, names in never.items():
        alike["、".join(names), "、".join(rejected_only[region])].append(region)
    if alike:
        console.print(table(("单位", "从未收到", "收到但全部退回"),
                            [("、".join(regions), names, rejected) for (names, rejected), regions in alike.items()]))
    for item in found["rejected_without_county"]:
        console.print(f"无法确定旗县区而退回  {item['table_id']} {item['rows']:,} 行")
    for item in found["refused"]:
        place = item["file_name"] + (f"［{item['sheet']}］" if item["sheet"] else "")
        console.print(f"退回文件  {place}（{item['code']}）：{item['sentence']}")
    if found["books"]:
        console.print(table(("月份", "账册", "版次", "上期", "关账人", "关账日期", "备注"),
                            [(line["month"], BOOKS[line["status"]], line["edition"], line["previous_edition"],
                              line["closed_by"], line["closed_on"], line["remark"] or "") for line in found["books"]]))
    if failure := found["last_failure"]:
        since = "此后已有成功的运行" if failure["published_since"] else "此后没有成功的运行"
        console.print(f"最近一次运行失败  {failure['at']}（{since}）：{failure['reason']}")
