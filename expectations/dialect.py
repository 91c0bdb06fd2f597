"""DuckDB for Great Expectations: read-only, without transactions, with values written into the statement.

Three things differ from `duckdb_engine.Dialect`, each because Great Expectations needs it:
- begin, commit and rollback do nothing. It fetches rows after the connection went back to the
  pool, and DuckDB drops a pending result on rollback.
- values are literals, not parameters. The count and the index query then hold the same text, a
  decimal is compared as a decimal (a parameter would arrive as DOUBLE), and the index query of an
  integer set or a uniqueness check runs as it stands.
- the file is opened read-only: the judge changes nothing that it judges.
"""

from __future__ import annotations

from typing import Any

import duckdb_engine
from sqlalchemy.dialects import registry
from sqlalchemy.sql.elements import BindParameter

NAME = "duckdb+readonly"


class LiteralCompiler(duckdb_engine.Dialect.statement_compiler):
    """Renders every value that is known when the statement is compiled and has a literal form."""

    def visit_bindparam(self, bindparam: BindParameter, literal_binds: bool = False, **kw: Any) -> str:
        if not literal_binds and not bindparam.required:
            kind = bindparam.type.dialect_impl(self.dialect)
            literal_binds = kind.literal_processor(self.dialect) is not None
        return super().visit_bindparam(bindparam, literal_binds=literal_binds, **kw)


class ReadOnlyDialect(duckdb_engine.Dialect):
    """The dialect behind `duckdb+readonly:///file`."""

    driver = "readonly"
    statement_compiler = LiteralCompiler
    supports_statement_cache = False  # a cached statement would keep the first call's literals

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        return super().connect(*args, **{**kwargs, "read_only": True})

    def do_begin(self, connection: Any) -> None:
        """Nothing to begin: no statement of the judge writes."""

    def do_commit(self, connection: Any) -> None:
        """Nothing to commit."""

    def do_rollback(self, connection: Any) -> None:
        """A rollback would drop results that are still to be fetched."""


def register() -> None:
    """Makes `duckdb+readonly://` known to SQLAlchemy."""
    registry.register("duckdb.readonly", __name__, ReadOnlyDialect.__name__)
