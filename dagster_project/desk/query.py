"""One question to the published warehouse: read only, no file or network beside it, and never in the way of a run.

A run puts a new file in place by a rename (spec 5.4); the one that was opened here stays whole until it is closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.months import WrongUse
from dagster_project.settings import Settings

FETCHED = 10_000    # rows held at a time
READS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.PRAGMA}
# Before the first statement of the asker: nothing is loaded, spilled, kept or taken from this process.
SHUT = {"python_enable_replacements": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
        "allow_persistent_secrets": "false"}
LOCKED = ("set temp_directory = ''", "set enable_external_access = false", "set lock_configuration = true")
SENTENCES: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.ParserException, "SQL 的写法有误"),
    (duckdb.CatalogException, "没有这张表、这个函数或类型"),
    (duckdb.BinderException, "列名或表达式不对"),
    (duckdb.ConversionException, "有的值不能这样转换"),
    (duckdb.PermissionException, "只能读已发布的数据仓库，不能读写别的文件，也不能联网"),
    (duckdb.OutOfMemoryException, "这条查询需要的内存超过了设置 COOPLEDGER_MEMORY_LIMIT，请加条件或先汇总"),
    (duckdb.InvalidInputException, "只能查询，不能改动已发布的数据"),
)


@dataclass(frozen=True)
class Answer:
    """The columns of a result (name, type) and its rows, fetched as they are asked for."""

    columns: list[tuple[str, str]]
    rows: Iterator[tuple]


def asked_text(sql: str, file: Path | None) -> str:
    """The one query of the command: given, or read from a file in UTF-8. Raises WrongUse."""
    if bool(sql.strip()) == (file is not None):
        raise WrongUse("请写一条查询，或用 --file 指明一个 .sql 文件，二者选一；"
                       "例如 coopledger query \"select * from newest_coverage\"。")
    if file is None:
        return sql
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"不能读取“{file}”，文件要存在，编码为 UTF-8。原因：{error}") from error


@contextmanager
def ask(settings: Settings, sql: str) -> Iterator[Answer]:
    """The answer of the published warehouse. Raises WrongUse for faults of the query, and without a warehouse."""
    if not settings.warehouse_file.exists():
        raise WrongUse(f"“{settings.home}”里还没有已发布的数据仓库，请先运行 coopledger run。")
    config: dict[str, str | bool | int | float | list[str]] = {**SHUT, "memory_limit": settings.memory_limit}
    with closing(duckdb.connect(str(settings.warehouse_file), read_only=True, config=config)) as con:
        for line in LOCKED:
            con.execute(line)
        with _told():
            statements = con.extract_statements(sql)
            if len(statements) != 1:
                raise WrongUse(f"这条查询不能执行：一次只能写一条查询，这里有 {len(statements)} 条。")
            if statements[0].type not in READS:
                raise WrongUse("这条查询不能执行：只能查询，不能改动已发布的数据，也不能改设置：请以 select、with、from、describe、summarize 开头。")
            result = con.execute(statements[0])
            columns = [(name, str(kind)) for name, kind, *_ in result.description or []]
            yield Answer(columns, _fetched(result))


def _fetched(result: duckdb.DuckDBPyConnection) -> Iterator[tuple]:
    while rows := result.fetchmany(FETCHED):
        yield from rows


@contextmanager
def _told() -> Iterator[None]:
    """A fault of the query as a Chinese sentence with DuckDB's own words behind it."""
    try:
        yield
    except duckdb.Error as error:
        sentence = next((sentence for kind, sentence in SENTENCES if isinstance(error, kind)), "查询没有成功")
        raise WrongUse(f"这条查询不能执行：{sentence}。\nDuckDB: {error}") from error


def csv_line(values: tuple, guard: bool = False) -> str:
    """A record as RFC 4180 has it, exact: null is nothing, an empty text is \"\".

    `guard`: an apostrophe before texts that a spreadsheet would take for a formula.
    """
    return ",".join(_cell("'" + value if guard and is_formula(value) else value) for value in values) + "\r\n"


def is_formula(value: object) -> bool:
    """Texts that Excel computes when it opens a CSV file."""
    return isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = plain(value)
    return '"' + text.replace('"', '""') + '"' if text == "" or set(text) & set('",\r\n') else text


def plain(value: object) -> str:
    """A value as text, all digits of it: decimals as stored, dates as 2024-07-31, true/false, nested values as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=plain)
    return f"{value:f}" if hasattr(value, "as_tuple") else str(value)
