"""The YAML lines that teach a contract a header it does not know, in the style of the file they go into."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dagster_project.receive.contracts import LOADER, SOURCES
from dagster_project.receive.headers import MONEY_UNITS, PERCENT_UNITS, label


@dataclass(frozen=True)
class Edit:
    """Lines for a contract's file. `line` is 1-based; `replaces`: they stand in its place, else behind it."""

    file: str
    line: int
    replaces: bool
    text: str


def alias_edit(table_id: str, column: str, header: str, folder: Path = SOURCES) -> Edit:
    """`header` as one more alias of a column. Raises KeyError for a table or column that no file has."""
    path, table = _table(table_id, folder)
    lines = path.read_text(encoding="utf-8").splitlines()
    node = next((n for n in _value(table, "columns").value if _value(n, "name").value == column), None)
    if node is None:
        raise KeyError(f"{table_id} has no column {column}")
    meta = _value(_value(node, "config"), "meta")
    word, aliases = _flow(header), _value(meta, "aliases")
    if aliases is not None and aliases.flow_style:
        mark, added = aliases.end_mark, (", " if aliases.value else "") + word
        return _inserted(path, lines, mark.line, mark.column - 1, added)
    if aliases is not None:
        last = aliases.value[-1]
        indent = lines[last.start_mark.line].index("-")
        return Edit(path.name, last.start_mark.line + 1, False, f"{' ' * indent}- {word}")
    first = _value(meta, "header")
    if meta.flow_style:
        return _inserted(path, lines, first.end_mark.line, first.end_mark.column, f", aliases: [{word}]")
    indent = meta.value[0][0].start_mark.column
    return Edit(path.name, first.end_mark.line + 1, False, f"{' ' * indent}aliases: [{word}]")


def column_edit(table_id: str, header: str, number: int, folder: Path = SOURCES) -> Edit:
    """`header` as a new column at the end of a table; its name and description wait for a person.

    Raises KeyError for a table that no file has.
    """
    path, table = _table(table_id, folder)
    columns = _value(table, "columns").value
    # A block's end mark lies behind the blank lines that follow it.
    end = _last_line(columns[-1])
    indent = " " * (columns[0].start_mark.column - 2)
    text = (f"{indent}- name: column_{number}\n{indent}  description: {_flow(header)}.\n"
            f"{indent}  config: {{meta: {{header: {_flow(header)}{_kind(header)}}}}}")
    return Edit(path.name, end + 1, False, text)


def _kind(header: str) -> str:
    """What the header itself says of the type; text where it says nothing."""
    read = label(header)
    if read.unit in MONEY_UNITS:
        return f", type: money, unit: {read.unit}"
    if read.unit in PERCENT_UNITS:
        return ", type: ratio"
    if read.key.endswith("日期"):
        return ", type: date"
    return ", type: boolean, false_words: [无]" if read.key.startswith(("是否", "有无")) else ""


def _table(table_id: str, folder: Path) -> tuple[Path, yaml.MappingNode]:
    system, _, name = table_id.partition(".")
    for path in sorted(folder.glob("*.yml")):
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
        for source in _value(root, "sources").value:
            if _value(source, "name").value == system:
                for table in _value(source, "tables").value:
                    if _value(table, "name").value == name:
                        return path, table
    raise KeyError(table_id)


def _value(node: yaml.MappingNode, key: str) -> Any:
    """The node under a key, None where there is none."""
    return next((value for name, value in node.value if name.value == key), None)


def _last_line(node: yaml.Node) -> int:
    """0-based line of the last scalar within a node."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return node.end_mark.line
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _inserted(path: Path, lines: list[str], line: int, column: int, added: str) -> Edit:
    return Edit(path.name, line + 1, True, lines[line][:column] + added + lines[line][column:])


def _flow(text: str) -> str:
    """A scalar as it stands inside brackets."""
    return yaml.safe_dump([text], allow_unicode=True, default_flow_style=True, width=10**6).strip()[1:-1]
