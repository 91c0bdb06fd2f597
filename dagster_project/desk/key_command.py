"""`coopledger key`: the copy for the safe, its way back, and the change of the key (spec 5.4)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.settings import Settings

key_app = typer.Typer(no_args_is_help=True, help="散列密钥：备份、恢复、更换。")


@key_app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪个新文件，不能在主目录里")]) -> None:
    """把现用的和以前的密钥写进一个文件，与数据的备份分开保管。"""
    from dagster_project.keys import back_up

    ids = back_up(Settings(), file.expanduser().absolute())
    typer.echo(f"已备份密钥 {len(ids)} 个（编号 {'、'.join(ids)}，第一个为现用）→ {file}；请与数据的备份分开保管。")


@key_app.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE", help="备份的文件")]) -> None:
    """从备份里补回缺少的密钥；现用的密钥不会被覆盖。"""
    from dagster_project.keys import restore as restored

    ids = restored(Settings(), file.expanduser().absolute())
    typer.echo(f"已恢复密钥 {len(ids)} 个（编号 {'、'.join(ids)}）。" if ids else "备份里的密钥都在，没有要恢复的。")


@key_app.command()
def rotate() -> None:
    """换一把新密钥：下次运行时全部原件重新登入；已关账的版仍用当时的密钥核验。"""
    from dagster_project.keys import rotate as rotated

    old, new = rotated(Settings())
    typer.echo(f"已更换密钥：{old} → {new}。旧密钥存为 secret/hmac-{old}.key，请不要删除，已关账的月份要靠它核验。")
    typer.echo("请立即 coopledger key backup，并重新运行未关账的月份；已关账各版中的散列值不变，与此后的不能直接对应。")
