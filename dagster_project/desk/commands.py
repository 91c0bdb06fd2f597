"""The commands of the desk: what came, what is wrong with it, what is still needed. Only `template` writes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.clock import timestamp
from dagster_project.clock import today as callers_today
from dagster_project.months import WrongUse, parse_day, parse_month
from dagster_project.receive.masking import masked_text
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


def whatif(
    rule: Annotated[list[str] | None, typer.Option("--rule", help="空壳社规则，如 K05；几条一起改写作 K05:threshold=3,weight=signal")] = None,
    threshold: Annotated[str, typer.Option("--threshold", help="这条规则的阈值")] = "",
    weight: Annotated[str, typer.Option("--weight", help="这条规则的权重：decisive 决定性，signal 信号")] = "",
    since: Annotated[str, typer.Option("--from", help="这条规则的施行日期，如 2024-01-01")] = "",
    until: Annotated[str, typer.Option("--until", help="这条规则的停止日期")] = "",
    region: Annotated[str, typer.Option("--region", help="只在这个地区改，六位区划代码")] = "",
    population: Annotated[str, typer.Option("--population", help="只改针对这一种的行：合作社、联合社")] = "",
    policy: Annotated[list[str] | None, typer.Option("--policy", help="政策参数，如 return_floor=0.65；只改一个地区写作 return_floor@150300=0.65，可写多次")] = None,
    month: Month = "", as_json: AsJson = False,
) -> None:
    """假设某条规则或政策参数改了，哪些合作社的状态、达标结论会变；只是试算，不写入任何内容。"""
    import duckdb
    from dagster import Failure

    from dagster_project.desk.screen import console
    from dagster_project.desk.whatif import whatif as found_whatif
    from dagster_project.desk.whatif_changes import parse_policies, parse_rules
    from dagster_project.desk.whatif_screen import show
    from expectations import JudgeError

    bare = {"threshold": threshold, "weight": weight, "from": since, "until": until, "region": region, "population": population}
    asked = [*parse_rules(rule or (), {name: value for name, value in bare.items() if value}), *parse_policies(policy or ())]
    if not asked:
        raise WrongUse("请写明假设改什么，如 --rule K05 --threshold 3，或 --policy return_floor=0.65。")
    try:
        found = found_whatif(Settings(), asked, parse_month(month) if month else None, lambda line: typer.echo(line, err=True))
    except (JudgeError, Failure, duckdb.Error, OSError) as error:     # no run failed: nothing is logged in the home
        typer.echo(f"试算没有完成，没有改动任何内容。原因：{masked_text(str(error))}", err=True)
        raise typer.Exit(3) from error
    if as_json:
        _document(found)
    else:
        show(found, console())


def trace(
    form: Annotated[int, typer.Option("--form", help="表号，1–17")] = 0,
    scope: Annotated[str, typer.Option("--scope", help="表的范围，六位区划代码")] = "",
    cell: Annotated[str, typer.Option("--cell", help="单元格，如 B7；不在第一张工作表的写作 任务进度!C5")] = "",
    measure: Annotated[str, typer.Option("--measure", help="覆盖率指标，如 farm_code_rate，与 --region 同用")] = "",
    region: Annotated[str, typer.Option("--region", help="指标的地区，六位区划代码；市本级写作 150300@county")] = "",
    table: Annotated[str, typer.Option("--table", help="数据仓库的表，如 surplus_return，与 --key、--column 同用")] = "",
    key: Annotated[list[str] | None, typer.Option("--key", help="定到一行的键，如 credit_code=93…，可写多次")] = None,
    column: Annotated[str, typer.Option("--column", help="那一行的列")] = "",
    month: Month = "", as_json: AsJson = False,
) -> None:
    """表上的一个数从哪里来：算法、分子分母、计入和未计入的主体、各自的源文件、工作表、行和原文。"""
    from dagster_project.desk.screen import console
    from dagster_project.desk.trace import show
    from dagster_project.desk.trace import trace as found_trace

    value: dict[str, object] = {}
    if measure and region:
        code, _, level = region.partition("@")
        level = level or {"00": "prefecture"}.get(code[4:], "county")
        level = "nation" if code == "000000" else "province" if code[2:] == "0000" and level == "prefecture" else level
        value = {"table": "coverage", "keys": {"measure_id": measure, "region_code": code, "region_level": level}, "column": "value"}
    elif table and key and column:
        value = {"table": table, "keys": dict(pair.split("=", 1) for pair in key if "=" in pair), "column": column}
    elif not (form and scope and cell):
        raise WrongUse("请写明要追溯的数：--form 10 --scope 150300 --cell J6，或 --measure farm_code_rate --region 150302，"
                       "或 --table surplus_return --key credit_code=… --key fiscal_year=… --column statutory_base。")
    sheet, _, address = cell.rpartition("!")
    found = found_trace(Settings(), parse_month(month) if month else None,
                        {"form": str(form), "scope": scope, "cell": address, "sheet": sheet.strip("'") or None}, value)
    if as_json:
        _document(found)
    else:
        show(found, console())
    if found.get("agrees") is False:
        raise typer.Exit(3)


def query(
    sql: Annotated[str, typer.Argument(metavar="[SQL]", help="一条查询，如 \"select * from newest_coverage\"")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="查询写在这个文件里")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="输出 CSV（UTF-8 带 BOM，Excel 可直接打开），不限行数")] = False,
) -> None:
    """查询已发布的数据仓库：只读，不影响正在进行的运行，看到的都是完整的月份。"""
    from dagster_project.desk.query import ask, standard_output, write_csv
    from dagster_project.desk.query import show as show_rows
    from dagster_project.desk.screen import console

    if bool(sql) == (file is not None):
        raise WrongUse("请写一条查询，或用 --file 给出写有查询的文件。")
    if file is not None and not file.is_file():
        raise WrongUse(f"没有文件 {file}。")
    names, rows = ask(Settings(), sql if file is None else file.read_text(encoding="utf-8-sig"))
    if as_csv:
        with standard_output() as out:
            write_csv(names, rows, out)
    else:
        show_rows(names, rows, console())


def register(app: typer.Typer) -> None:
    """Adds the commands to the console script."""
    for command in (inspect, template, needs, status, whatif, trace, query):
        app.command()(command)


def _document(document: object) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
