"""The commands of the desk: what came, what is wrong with it, what is still needed. Only `template` writes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.clock import timestamp
from dagster_project.clock import today as callers_today
from dagster_project.months import parse_day, parse_month
from dagster_project.settings import Settings

Month = Annotated[str, typer.Option("--month", help="报告月份，如 2024-07")]
AsJson = Annotated[bool, typer.Option("--json", help="标准输出只印一个 JSON 文档")]


def inspect(files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="要检查的文件，可写多个")],
            as_json: AsJson = False) -> None:
    """试收文件而不写入任何内容：认作哪张表、逐列对照、缺什么、多什么、头几处错误。"""
    from dagster_project.desk.inspect_file import inspect_files
    from dagster_project.desk.inspect_screen import show
    from dagster_project.desk.screen import console

    found = inspect_files(files, Settings(), datetime.fromisoformat(timestamp()))
    if as_json:
        _document({"files": found})
    else:
        show(found, console())


def template(table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="表号或表名，如 programme.award；不写则全部")] = None,
             out: Annotated[Path | None, typer.Option("--out", help="写到哪个文件夹；不写则主目录的 templates")] = None) -> None:
    """写出空白模板：表头带单位，有下拉列表、批注和示例，填好后可直接放入收件箱。"""
    from dagster_project.desk.template import choose, write_templates

    for path in write_templates(choose(table), out or Settings().home / "templates"):
        typer.echo(path)


def needs(month: Month = "", as_json: AsJson = False) -> None:
    """每张上报表需要哪些来源表：有、缺、过期。"""
    from dagster_project.desk.needs import needs as found_needs
    from dagster_project.desk.needs import show
    from dagster_project.desk.screen import console

    found = found_needs(Settings(), parse_month(month) if month else None)
    if as_json:
        _document(found)
    else:
        show(found, console())


def status(month: Month = "", as_json: AsJson = False,
           today: Annotated[str, typer.Option("--today", help="以哪一天计，如 2024-08-02；不写则取本机日期")] = "") -> None:
    """各旗县区各来源表：最新数据、是否逾期、行数、退回、新出现的列；从未收到的；最近一次失败的原因。"""
    from dagster_project.desk.screen import console
    from dagster_project.desk.status import status as found_status
    from dagster_project.desk.status_screen import show

    day = parse_day(today) if today else callers_today()
    found = found_status(Settings(), parse_month(month) if month else None, day)
    if as_json:
        _document(found)
    else:
        show(found, console())


def register(app: typer.Typer) -> None:
    """Adds the commands to the console script."""
    for command in (inspect, template, needs, status):
        app.command()(command)


def _document(document: object) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
