"""The commands of the month's books: close, restate, verify, rebuild (spec 5.1, 5.3)."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from dagster_project.clock import today as callers_today
from dagster_project.months import parse_day, parse_month
from dagster_project.settings import Settings

MonthArgument = Annotated[str, typer.Argument(metavar="MONTH", help="报告月份，如 2024-07")]
By = Annotated[str, typer.Option("--by", help="关账人姓名")]
Reason = Annotated[str, typer.Option("--reason", help="更正的原因")]
Today = Annotated[str, typer.Option("--today", help="关账当日，如 2024-08-08；不写则取本机日期")]
AsJson = Annotated[bool, typer.Option("--json", help="标准输出只印一个 JSON 文档")]


def close(month: MonthArgument, by: By, today: Today = "", as_json: AsJson = False) -> None:
    """关账：把已发布并核对过的月份定为第 1 版，存入台账，此后不再改动。"""
    from dagster_project.books.books import close_month

    day = parse_day(today) if today else callers_today()
    _issued(close_month(Settings(), parse_month(month), by, day), as_json)


def restate(month: MonthArgument, by: By, reason: Reason, today: Today = "", as_json: AsJson = False) -> None:
    """更正已关账的月份：按现有全部数据出新的一版，附逐格对照表；原版不动。"""
    from dagster_project.books.books import restate_month

    day = parse_day(today) if today else callers_today()
    _issued(restate_month(Settings(), parse_month(month), by, reason, day), as_json)


def register(app: typer.Typer) -> None:
    """Adds the commands to the console script."""
    for command in (close, restate):
        app.command()(command)


def _issued(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    word = "已关账" if found["edition"] == 1 else "已更正"
    typer.echo(f"{found['month']} {word}：第 {found['edition']} 版，{found['closed_by']}，{found['closed_on']}")
    if found["previous_edition"]:
        typer.echo(f"上期      {found['previous_edition']}")
    else:
        typer.echo("上期      首期（无上期）")
    typer.echo(f"内容      工作簿 {found['workbooks']} 个，数据表 {found['tables']} 张、{found['rows']:,} 行，收件登记 {found['receipts']} 行")
    if found["reason"]:
        typer.echo(f"原因      {found['reason']}")
    for path in found["comparisons"]:
        typer.echo(f"对照表    {path}")
    for later in found["marked"]:
        typer.echo(f"所依据月份已更正  {later}（该月各版不改动，需要时请对其 restate）")
    typer.echo(f"台账      {found['folder']}")
