"""The commands of the desk: what came, what is wrong with it, what is still needed. None of them writes to the house."""

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


def register(app: typer.Typer) -> None:
    """Adds the commands to the console script."""
    for command in (inspect,):
        app.command()(command)


def _document(document: object) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
