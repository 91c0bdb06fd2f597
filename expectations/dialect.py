"""DuckDB for Great Expectations: read-only, without transactions, with values written into the statement.

Four things differ from `duckdb_engine.Dialect`, each because Great Expectations needs it:
- begin, commit and rollback do nothing. It fetches rows after the connection went back to the
  pool, and DuckDB drops a pending result on rollback.
- values are literals, not parameters. The count and the index query then hold the same text, a
  decimal is compared as a decimal (a parameter would arrive as DOUBLE), and the index query of an
  integer set or a uniqueness check runs as it stands.
- columns come from DuckDB's own catalogue: its imitation of PostgreSQL's takes 60 ms a table.

The file is opened read-only: the judge changes nothing that it judges.
"""

from __future__ import annotations

from typing import Any

import duckdb_engine
from sqlalchemy import types
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedPrimaryKeyConstraint
from sqlalchemy.sql.elements import BindParameter

NAME = "duckdb+readonly"


class LiteralCompiler(PGCompiler):
    """Renders every value that is known when the statement is compiled and has a literal form."""

    def visit_bindparam(self, bindparam: BindParameter,  # type: ignore[override]
                        within_columns_clause: bool = False,
                        literal_binds: bool = False, **kw: Any) -> Any:
        if not literal_binds and not bindparam.required:
            kind = bindparam.type.dialect_impl(self.dialect)
            literal_binds = kind.literal_processor(self.dialect) is not None
        return super().visit_bindparam(bindparam, within_columns_clause, literal_binds, **kw)


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

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None,
                    **kw: Any) -> list[ReflectedColumn]:
        """Name, type and nullability of each column; a type that SQLAlchemy does not know is NullType."""
        rows = connection.exec_driver_sql(
            "select column_name, data_type, is_nullable from duckdb_columns() "
            "where table_name = $1 and schema_name = $2 order by column_index",
            (str(table_name), schema or "main")).fetchall()
        return [{"name": name, "type": self._type(kind), "nullable": nullable, "default": None}
                for name, kind, nullable in rows]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None,
                          **kw: Any) -> ReflectedPrimaryKeyConstraint:
        """None: dbt's tables have no primary keys."""
        return {"constrained_columns": [], "name": None}

    def _type(self, kind: str) -> types.TypeEngine:
        if kind.startswith("DECIMAL"):
            return types.Numeric()
        return self.ischema_names.get(kind.lower(), types.NullType)()


def register() -> None:
    """Makes `duckdb+readonly://` known to SQLAlchemy."""
    registry.register("duckdb.readonly", __name__, ReadOnlyDialect.__name__)
