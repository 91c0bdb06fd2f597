"""Dagster's SQLite event log with its connections kept open: a run stores some 400 events one by one.

The stock class builds an engine and opens a connection for each; that was a fifth of a run's time. Needs the
non-public `_connect` of dagster 1.13 (pinned in pyproject.toml).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._serdes import ConfigurableClassData
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

KEPT = 4                # databases held open: the index, and the runs looked at last
BUSY_SECONDS = 60       # how long a writer waits for another process


class KeptEventLog(SqliteEventLogStorage):
    """One file a run and an index, as the stock class keeps them; one open connection each."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None,
                          config_value: Mapping[str, Any]) -> KeptEventLog:
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None)
        if engine is None:
            engine = create_engine(self.conn_string_for_shard(shard), poolclass=StaticPool,
                                   connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
            event.listen(engine, "connect", _without_waiting)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        while len(self._engines) > KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def dispose(self) -> None:
        """Closes the databases."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


def _without_waiting(connection: Any, record: Any) -> None:
    """No wait for the disk after each event (a fifth of a small run). The log stays whole whatever happens; after a power
    cut its last lines may be missing, and they are history, not books."""
    connection.execute("pragma synchronous = normal")
