"""What the platform takes from Dagster beyond its public interface, all in one place.

Nothing else imports from dagster._core and the like. Where Dagster has a public way it is used instead; for what stands
here it has none. An upgrade that changes any of it fails test_private_parts.py.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._check import CheckError
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as CheckStatus
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._core.workspace.load import location_origins_from_yaml_paths
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

# What a dagster.yaml that cannot be used raises: its own errors, and those of its inner checks.
CONFIGURATION_ERRORS: tuple[type[Exception], ...] = (dg.DagsterError, CheckError)
_BUSY_TIMEOUT_S = 60
# The index, and the runs under way; others are closed again.
_KEPT = 4


def latest_check_results(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]
) -> Iterator[tuple[dg.AssetCheckKey, str | None, bool]]:
    """Check, partition key (None: its asset has none) and whether it passed, wherever there is a result.

    One query for all; the public interface has one for each check and partition.
    """
    for info in instance.event_log_storage.get_asset_check_partition_info(keys):
        if info.latest_execution_status in (CheckStatus.SUCCEEDED, CheckStatus.FAILED):
            yield info.check_key, info.partition_key, info.latest_execution_status == CheckStatus.SUCCEEDED


def latest_failed_evaluation(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, partition: str | None
) -> dg.AssetCheckEvaluation | None:
    """What a check said when it failed last; None when it stored nothing."""
    history = instance.event_log_storage.get_asset_check_execution_history(
        key, limit=1, status={CheckStatus.FAILED}, partition_filter=PartitionKeyFilter(key=partition)
    )
    return next((record.evaluation for record in history if record.evaluation is not None), None)


def name_jobs_of_runs(instance: dg.DagsterInstance, workspace: Path) -> None:
    """Let runs of this process name the workspace's job they are runs of.

    Without that name a run is missing from the UI's timeline and from its job's history and cannot be re-executed;
    Dagster's own in-process execution does not fill it in.
    """
    create = instance.create_run_for_job
    [location] = location_origins_from_yaml_paths([str(workspace)])
    repository = RemoteRepositoryOrigin(location, "__repository__")

    def create_with_origin(job_def: dg.JobDefinition, **others: Any) -> dg.DagsterRun:
        return create(job_def, **{"remote_job_origin": RemoteJobOrigin(repository, job_def.name)} | others)

    instance.create_run_for_job = create_with_origin  # type: ignore[method-assign,assignment]


class PooledEventLogStorage(SqliteEventLogStorage):
    """Dagster's SQLite storage of events with its connections kept open, and write-ahead logging to survive crashes.

    The stock storage builds an engine and opens a file for every one of the hundred-odd events of a market-month, and
    waits for the disk after each; that costs more than the work of the month. Same files, same tables, readable by
    either.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "PooledEventLogStorage":
        """Made by the instance from dagster.yaml; a relative folder is one of the instance's, so that it can move."""
        folder = Path(config_value["base_dir"])
        if not folder.is_absolute():
            folder = Path(os.environ["DAGSTER_HOME"]) / folder
        return cls(inst_data=inst_data, base_dir=str(folder))

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
