"""warehouse.duckdb: the tables for people, built beside the old file and swapped in by rename.

Whoever has the old file open keeps reading it. No part of the platform ever reads the warehouse.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.storage.store import TableStore

# Tools that still carry DuckDB 1.5 can open a file of this version.
_STORAGE_VERSION = "v1.5.0"
# Tables made for publication also stand in the schema `public`, under the plain name.
_PUBLIC = "_public"
_RESTRICTED_NAME = "warehouse_restricted.duckdb"


def publish(connection: duckdb.DuckDBPyConnection, store: TableStore, path: Path) -> dict[str, int]:
    """Write the tables of record to warehouse files for people: the public layers to `path`, the restricted ones beside
    it.

    `connection` is any DuckDB connection that may attach files. Both files have mode 600 and are swapped in by rename,
    so that whoever has the old one open goes on reading it. A table without any materialised partition is left out.
    Returns the number of rows by table; raises UserError when the folder cannot be written.
    """
    present = [contract for contract in contracts.all_contracts() if store.exists(contract.layer, contract.table)]
    public = [contract for contract in present if not contract.restricted]
    restricted = [contract for contract in present if contract.restricted]
    try:
        counts = _write(connection, store, public, path, 0o600)
        return counts | _write(connection, store, restricted, path.with_name(_RESTRICTED_NAME), 0o600)
    except OSError as err:
        raise UserError(
            f"cannot write {path.name}: {err.strerror}; free some space or check the folder's rights"
        ) from err


def _write(
    connection: duckdb.DuckDBPyConnection, store: TableStore, tables: Sequence[Contract], path: Path, mode: int
) -> dict[str, int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_name(f".{path.name}.{os.getpid()}.building")
    building.unlink(missing_ok=True)
    # Two homes may be published from one process, and an interrupted publication may have left its name attached.
    connection.execute("DETACH DATABASE IF EXISTS building")
    connection.execute("SET TimeZone = 'UTC'")
    counts: dict[str, int] = {}
    try:
        with _private(mode):
            connection.execute(f"ATTACH '{_quoted(str(building))}' AS building (STORAGE_VERSION '{_STORAGE_VERSION}')")
        building.chmod(mode)
        for contract in tables:
            name = f'building."{contract.layer}"."{contract.table}"'
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS building."{contract.layer}"')
            connection.execute(contract.ddl(name))
            counts[contract.name] = _fill(connection, store, contract, name)
            _comment(connection, name, contract)
        _public_views(connection, [contract for contract in tables if contract.table.endswith(_PUBLIC)])
        connection.execute("DETACH DATABASE building")
        building.replace(path)
    finally:
        connection.execute("DETACH DATABASE IF EXISTS building")
        building.unlink(missing_ok=True)
    return counts


def _fill(connection: duckdb.DuckDBPyConnection, store: TableStore, contract: Contract, name: str) -> int:
    """Insert market by market, so that memory holds one at a time; the number of rows."""
    count = 0
    markets: Sequence[str | None] = [None]
    if set(contract.partition_by) == {"market", "month"}:
        markets = sorted({market for market, _ in store.partitions(contract.layer, contract.table)})
    for market in markets:
        frame = store.read(contract.layer, contract.table, market)
        connection.register("published_rows", frame.to_arrow())
        connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM published_rows")
        connection.unregister("published_rows")
        count += frame.height
    return count


def _comment(connection: duckdb.DuckDBPyConnection, name: str, contract: Contract) -> None:
    text = f"{contract.description} {contract.usage} {contract.limitations} Contract {contract.label}."
    connection.execute(f"COMMENT ON TABLE {name} IS '{_quoted(text)}'")
    for column in contract.columns:
        connection.execute(f"COMMENT ON COLUMN {name}.\"{column.name}\" IS '{_quoted(column.description)}'")


def _public_views(connection: duckdb.DuckDBPyConnection, tables: Sequence[Contract]) -> None:
    """Views public.shares for indicators.shares_public and so on; they name no file, which is renamed later."""
    if not tables:
        return
    (current,) = connection.sql("SELECT current_database()").fetchall()[0]
    connection.execute('CREATE SCHEMA IF NOT EXISTS building."public"')
    connection.execute("USE building")
    try:
        for contract in tables:
            view = f'"public"."{contract.table.removesuffix(_PUBLIC)}"'
            connection.execute(f'CREATE VIEW {view} AS SELECT * FROM "{contract.layer}"."{contract.table}"')
            connection.execute(f"COMMENT ON VIEW {view} IS '{_quoted(contract.description)}'")
    finally:
        connection.execute(f'USE "{_quoted(current)}"')


def _quoted(text: str) -> str:
    return text.replace("'", "''")


class _private:  # noqa: N801
    """Files made inside are born with `mode`: a restricted file is never readable by others, not even for a moment."""

    def __init__(self, mode: int) -> None:
        self._mask = 0o777 & ~mode

    def __enter__(self) -> None:
        self._before = os.umask(self._mask)

    def __exit__(self, *_: object) -> None:
        os.umask(self._before)
