"""The console script `coopledger` (spec 5.1). Exit codes: 0 done, 1 findings with --strict, 2 wrong use, 3 failed."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.books.commands import register as register_books
from dagster_project.clock import today as callers_today
from dagster_project.desk.commands import register as register_desk
from dagster_project.desk.doctor_command import register as register_doctor
from dagster_project.desk.key_command import key_app
from dagster_project.months import WrongUse, parse_day, parse_month
from dagster_project.receive.masking import masked_error
from dagster_project.run_lock import AnotherRun
from dagster_project.settings import Settings
from dagster_project.settings_check import faults as setting_faults

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="合作社监管台账：把各系统导出的表格变成对账数据仓库和上报表格。")

Month = Annotated[str, typer.Option("--month", help="报告月份，如 2024-07；不写则取收件箱中最新的有日期的月份")]
Scopes = Annotated[list[str] | None, typer.Option("--scope", help="出表范围的六位区划代码，可写多次")]
Strict = Annotated[bool, typer.Option("--strict", help="有退回或检查未过时以 1 结束")]
AsJson = Annotated[bool, typer.Option("--json", help="标准输出只印一个 JSON 文档")]
Today = Annotated[str, typer.Option("--today", help="运行当日，如 2024-08-02；不写则取本机日期")]

register_desk(app)
register_books(app)
register_doctor(app)
app.add_typer(key_app, name="key")

DEMO_MONTH = "2024-07"
DEMO_SCOPES = ["150300", "330200"]


@app.command()
def run(month: Month = "", scope: Scopes = None, strict: Strict = False, as_json: AsJson = False,
        today: Today = "") -> None:
    """接收收件箱中的文件，计算、评判、出表、发布。"""
    _run(Settings(), month, scope, strict, as_json, today)


@app.command()
def demo(strict: Strict = False, as_json: AsJson = False) -> None:
    """模拟一个小盟市的导出文件并跑一遍，结果在主目录的 demo 文件夹里。"""
    from dagster_project.simulate import simulate

    settings = Settings(home=Settings().home / "demo")
    truth = settings.home / "truth.json"    # written last: without it the inbox may be half done
    if not truth.exists():
        _say("生成模拟数据：乌海市三个区、三个月……")
        settings.home.mkdir(parents=True, exist_ok=True)
        simulate(settings.inbox, truth)
    _run(settings, DEMO_MONTH, DEMO_SCOPES, strict, as_json, "2024-08-05")


@app.command("simulate")
def simulate_command(
    inbox: Annotated[Path, typer.Argument(help="写到哪个文件夹")],
    scope: Annotated[str, typer.Option("--scope", help="盟市代码")] = "150300",
    coops: Annotated[int, typer.Option("--coops", help="合作社数")] = 300,
    farms: Annotated[int, typer.Option("--farms", help="家庭农场数")] = 2000,
    months: Annotated[int, typer.Option("--months", help="月数")] = 3,
    last: Annotated[str, typer.Option("--last", help="最后一个月")] = DEMO_MONTH,
    seed: Annotated[int, typer.Option("--seed", help="随机种子，同种子同结果")] = 20240731,
    faults: Annotated[bool, typer.Option("--faults/--no-faults", help="是否埋入错误")] = True,
) -> None:
    """写出各系统真实格式的模拟导出文件，旁边附真值文件。"""
    from dagster_project.simulate import simulate

    truth = inbox.parent / f"{inbox.name}-truth.json"
    try:
        simulate(inbox, truth, prefecture=scope, coops=coops, farms=farms, months=months,
                 last_month=parse_month(last), seed=seed, faults=faults)
    except ValueError as error:
        raise WrongUse(str(error)) from error
    typer.echo(f"已写入 {inbox}；真值文件 {truth}")


@app.command()
def ui(port: Annotated[int, typer.Option("--port", help="端口")] = 3000) -> None:
    """在本机打开 Dagster 界面（含定时与收件箱监视）。"""
    import subprocess

    from dagster_project.house import dagster_home, quiet_libraries

    settings = Settings()
    quiet_libraries()
    os.environ["COOPLEDGER_HOME"] = str(settings.home)
    dagster_home(settings)
    typer.echo(f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "dagster_project.definitions",
               "-h", "127.0.0.1", "-p", str(port)]
    raise typer.Exit(subprocess.call(command))


def _run(settings: Settings, month: str, scopes: list[str] | None, strict: bool, as_json: bool, today: str) -> None:
    from dagster_project.house import run_once
    from dagster_project.scopes import check_scopes
    from dagster_project.summary import as_text, has_findings, run_summary

    day = parse_day(today) if today else callers_today()
    if month and parse_month(month) > day:
        raise WrongUse(f"报告月份“{month}”还没有到（今天是 {day}），请改用已经开始的月份。")
    scopes = scopes or settings.scopes
    check_scopes(scopes)
    metadata = run_once(settings, month=month, today=day.isoformat(), scopes=scopes)
    summary = run_summary(settings, metadata)
    typer.echo(json.dumps(summary, ensure_ascii=False, indent=1) if as_json else as_text(summary))
    if strict and has_findings(summary):
        raise typer.Exit(1)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def entry() -> None:
    """The console script. Everything is said when `main` ends; what DuckDB's bindings mutter at exit is not for users."""
    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def main() -> None:
    """Turns what went wrong into a sentence and an exit code (SystemExit)."""
    for fault in (wrong := setting_faults()):
        _say(f"设置有误：{fault}")
    if wrong:
        sys.exit(2)
    try:
        app()
    except WrongUse as error:
        _say(f"用法有误：{error}")
        sys.exit(2)
    except AnotherRun as error:
        _say(str(error))
        sys.exit(3)
    except Exception as error:  # noqa: BLE001 - the process boundary: told, logged, exit code 3
        _say(f"运行失败，已发布的内容保持原样。原因：{masked_error(error, _reason(error))}")
        _say(_log_failure(error))
        sys.exit(3)


def _reason(error: Exception) -> str:
    """What a person can do something about, else the error as it is."""
    sentences = {errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EROFS: "磁盘是只读的",
                 errno.ENOSPC: "磁盘已满，请腾出空间后重新运行", errno.EDQUOT: "磁盘配额已用完，请腾出空间后重新运行"}
    if isinstance(error, OSError) and error.errno in sentences:
        return f"{sentences[error.errno]}：{error.filename or ''}"
    return f"{type(error).__name__}: {error}"


def _log_failure(error: Exception) -> str:
    """Keeps the trace for whoever looks into it; says where."""
    logs = Settings().logs  # run_once has pointed COOPLEDGER_HOME at the demo's home by now, where it is one
    path = logs / "failure.log"
    try:
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(masked_error(error, traceback.format_exc()), encoding="utf-8")
        path.chmod(0o600)
    except OSError as fault:
        return f"详细记录未能写入：{_reason(fault)}"
    return f"详细记录：{path}"


if __name__ == "__main__":
    entry()
