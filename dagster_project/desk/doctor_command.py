"""The command `coopledger doctor`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dagster_project.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="标准输出只印一个 JSON 文档")]


def doctor(as_json: AsJson = False) -> None:
    """体检：磁盘、权限、字体、编码、密钥、运行锁、版本、归档与台账是否完好；不写任何内容，有问题时以 3 结束。"""
    from dagster_project.desk.doctor import examine

    found = examine(Settings())
    sound = all(line["state"] == "正常" for line in found)
    if as_json:
        typer.echo(json.dumps({"sound": sound, "checks": found}, ensure_ascii=False, indent=1))
    else:
        for line in found:
            typer.echo(f"{line['state']}  {line['check']}" + (f"  {line['finding']}" if line["finding"] else ""))
    if not sound:
        raise typer.Exit(3)


def register(app: typer.Typer) -> None:
    """Adds the command to the console script."""
    app.command()(doctor)
