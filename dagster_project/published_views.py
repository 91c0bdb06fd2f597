"""The published warehouse's views: read from dbt/published_views.yml, made and commented where the file is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

VIEWS = "published_views.yml"


@dataclass(frozen=True)
class View:
    """A view: its Chinese comment, its columns with theirs, its SQL over published tables."""

    name: str
    label: str
    description: str
    columns: dict[str, str]
    sql: str


def published_views(project: Path) -> list[View]:
    """The views of a dbt project's folder; none where it is older than they are."""
    path = project / VIEWS
    if not path.exists():
        return []
    return [View(**view) for view in yaml.safe_load(path.read_text(encoding="utf-8"))["views"]]


def make_views(con: duckdb.DuckDBPyConnection, views: Sequence[View]) -> None:
    """Creates the views with their comments. Raises duckdb.Error where a table or column is not there."""
    for view in views:
        con.execute(f'create view "{view.name}" as select {", ".join(view.columns)} from ({view.sql})')
        con.execute(f"comment on view \"{view.name}\" is '{_literal(view.label)}'")
        for column, label in view.columns.items():
            con.execute(f"""comment on column "{view.name}"."{column}" is '{_literal(label)}'""")


def _literal(text: str) -> str:
    return text.replace("'", "''")
