"""The commands of the month's books: close, restate, verify, rebuild (spec 5.1, 5.3)."""

from __future__ import annotations

import json
from pathlib import Path
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


def verify(month: MonthArgument,
           edition: Annotated[int | None, typer.Option("--edition", help="哪一版；不写则最新一版")] = None,
           as_json: AsJson = False) -> None:
    """核验：由归档和台账把某月重新做一遍，与当时发出的逐表、逐字节比对；有差异时以 3 结束。"""
    from dagster_project.books.verify import verify as verified

    found = verified(Settings(), parse_month(month), edition, _say)
    _proven(found, as_json, f"{found['month']} 第 {found['edition']} 版", "当时发出的")


def rebuild(into: Annotated[Path, typer.Argument(metavar="FOLDER", help="重建到哪个空文件夹")],
            today: Annotated[str, typer.Option("--today", help="重建当日；不写则取本机日期")] = "",
            as_json: AsJson = False) -> None:
    """重建：只凭归档、台账和密钥在空文件夹里做出全部内容，并证明与现有的一致；有差异时以 3 结束。"""
    from dagster_project.books.rebuild import rebuild as rebuilt

    found = rebuilt(Settings(), into.expanduser().absolute(), parse_day(today) if today else callers_today(), _say)
    months = f"已关账 {len(found['closed'])} 个月，未关账 {len(found['open'])} 个月"
    _proven(found, as_json, f"{found['home']}（{months}）", "现有的")
    for month in found["received_since"] if not as_json else ():
        typer.echo(f"未比对    {month}：未关账，发布之后又收到文件，重建处是按全部文件重算的")


def register(app: typer.Typer) -> None:
    """Adds the commands to the console script."""
    for command in (close, restate, verify, rebuild):
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


def _proven(found: dict[str, Any], as_json: bool, what: str, against: str) -> None:
    """What was compared and every difference. Raises typer.Exit(3) when there is one."""
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        typer.echo(f"{what}：比对工作簿 {found['workbooks']} 个、数据 {found['rows']:,} 行，"
                   + (f"与{against}完全一致" if found["equal"] else f"与{against}有 {len(found['differences'])} 处差异"))
        for one in found["differences"]:
            typer.echo(f"{one['kind']}差异  {one['path']}  {one['what']}")
        for line in found.get("changed_since", []) if found["differences"] else []:
            typer.echo(f"此后变化  {line}")
    if not found["equal"]:
        raise typer.Exit(3)


def _say(line: str) -> None:
    typer.echo(line, err=True)
