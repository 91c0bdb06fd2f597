"""What a run says at its end: received, rejected, flagged, written, and where. As data and as text."""

from __future__ import annotations

from typing import Any

import duckdb

from dagster_project.lake import quoted
from dagster_project.months import current_month
from dagster_project.settings import Settings

ROW_OUTCOMES = ("rows_read", "accepted", "rejected", "out_of_scope", "ignored")


def run_summary(settings: Settings, metadata: dict[str, dict]) -> dict[str, Any]:
    """One JSON-able document. Fault sentences hold no personal value (they are masked where they are made)."""
    month = current_month(settings)
    index = settings.exports / f"{month:%Y-%m}" / "index.html"
    with duckdb.connect() as con:
        _views(con, settings)
        sheets = con.execute("select outcome, count(*) from sheets group by outcome order by outcome").fetchall()
        totals = con.execute(
            f"select count(distinct content_hash), {', '.join(f'coalesce(sum({n}), 0)::bigint' for n in ROW_OUTCOMES)}"
            " from sheets").fetchall()[0]
        refused = con.execute(
            """select file_name, sheet, reason_code, reason from sheets
               where outcome = 'rejected' order by received_order, sheet_index""").fetchall()
        rejected = con.execute("select code, count(*) from rejected group by code order by code").fetchall()
        issues = con.execute("select code, count(*) from issues group by code order by code").fetchall()
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        shells = con.execute(
            "select status, count(*) from shell_status where report_month = ? group by status order by status",
            [month]).fetchall()
    written = metadata.get("forms/index", {})
    return {
        "month": f"{month:%Y-%m}",
        "received": {"files": totals[0], "sheets": dict(sheets), **dict(zip(ROW_OUTCOMES, totals[1:], strict=True))},
        "new_files": metadata.get("landing/sheets", {}).get("new_files", 0),
        "refused": [dict(zip(("file_name", "sheet", "code", "sentence"), row, strict=True)) for row in refused],
        "rejected_by_code": dict(rejected),
        "issues_by_code": dict(issues),
        "shell_status": dict(shells),
        "written": {name: written.get(name, 0) for name in ("workbooks", "changed", "unchanged")},
        "failed_checks": [line for step in ("screened", "expectation_result", "audited")
                          for line in metadata.get(f"judged/{step}", {}).get("failed", [])],
        "index": str(index),
        "warehouse": str(settings.warehouse_file),
    }


def _views(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for zone in ("sheets", "rejected", "issues"):
        pattern = quoted(settings.lake / zone / "*.parquet")
        con.execute(f"create view {zone} as from read_parquet('{pattern}', union_by_name = true)")


def has_findings(summary: dict[str, Any]) -> bool:
    """True when `--strict` must end with 1: refused files or sheets, rejected rows, failed checks."""
    return bool(summary["refused"] or summary["received"]["rejected"] or summary["failed_checks"])


def as_text(summary: dict[str, Any]) -> str:
    """The closing summary for a person."""
    received, written = summary["received"], summary["written"]
    names = {"accepted": "全部接收", "partly": "部分接收", "rejected": "退回", "duplicate": "重复", "ignored": "忽略"}
    sheets = "，".join(f"{names[outcome]} {count}" for outcome, count in received["sheets"].items())
    lines = [
        "",
        f"报告月份  {summary['month']}",
        f"收到      文件 {received['files']} 个（本次新收 {summary['new_files']} 个）；工作表：{sheets or '无'}",
        f"行        读入 {received['rows_read']:,} = 接收 {received['accepted']:,} + 退回 {received['rejected']:,}"
        f" + 范围外 {received['out_of_scope']:,} + 忽略 {received['ignored']:,}",
    ]
    for title, counts in (("退回原因", summary["rejected_by_code"]), ("数值问题", summary["issues_by_code"]),
                          ("空壳社", summary["shell_status"])):
        if counts:
            lines.append(title.ljust(6, "　") + "，".join(f"{name} {count:,}" for name, count in counts.items()))
    if summary["shell_status"].get("疑似空壳"):
        lines.append("          （待核查线索，不作为处理依据）")
    for item in summary["refused"]:
        place = item["file_name"] + (f"［{item['sheet']}］" if item["sheet"] else "")
        lines.append(f"退回文件  {place}：{item['sentence']}")
    for check in summary["failed_checks"]:
        lines.append(f"检查未过  {check}")
    lines += [
        f"写出      工作簿 {written['workbooks']} 个（有变化 {written['changed']}，未变 {written['unchanged']}）",
        f"数据仓库  {summary['warehouse']}",
        f"请打开    {summary['index']}",
    ]
    return "\n".join(lines)
