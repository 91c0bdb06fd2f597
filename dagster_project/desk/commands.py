"""The commands of the desk: what came, what is wrong with it, what is still needed. Only `template` writes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.clock import timestamp
from dagster_project.settings import Settings

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


def register(app: typer.Typer) -> None:
    """Adds the commands to the console script."""
    for command in (inspect, template):
        app.command()(command)


def _document(document: object) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
