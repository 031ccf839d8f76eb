"""The instance's event log: Dagster's SQLite storage with its connections kept open.

The stock storage builds an engine and opens a file for every one of the hundred-odd events of a market-month, and waits
for the disk after each; that costs more than the work of the month. Same files, same tables, readable by either.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

_BUSY_TIMEOUT_S = 60
# The index, and the runs under way; others are closed again.
_KEPT = 4


class PooledEventLogStorage(SqliteEventLogStorage):
    """SqliteEventLogStorage that keeps an engine per file and leaves write-ahead logging to survive crashes."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "PooledEventLogStorage":
        """Made by the instance from dagster.yaml."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard in self._engines:
            self._engines.move_to_end(shard)
            return self._engines[shard]
        url = create_db_conn_string(self._base_dir, shard)
        engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False})
        # With write-ahead logging a killed process loses nothing that was committed; only a power cut may.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=NORMAL"))
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        while len(self._engines) > _KEPT:
            oldest = next(name for name in self._engines if name != "index")
            self._engines.pop(oldest).dispose()
        return engine

    def dispose(self) -> None:
        """Close all files."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()
