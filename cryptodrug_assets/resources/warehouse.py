"""warehouse.duckdb: the door for people. Built beside the old file and swapped in by rename.

Whoever has the old file open keeps reading it; nothing that runs ever reads the warehouse.
"""

import os
from pathlib import Path

import duckdb

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.resources.store import TableStore

# Tools that still carry DuckDB 1.5 can open a file of this version.
_STORAGE_VERSION = "v1.5.0"
_RESTRICTED = ("raw", "parsed")


def publish(connection: duckdb.DuckDBPyConnection, store: TableStore, path: Path) -> dict[str, int]:
    """Write the public layers to `path` and the restricted ones beside it (mode 600); rows per table."""
    everything = contracts.all_contracts()
    public = [contract for contract in everything if contract.layer not in _RESTRICTED]
    restricted = [contract for contract in everything if contract.layer in _RESTRICTED]
    counts = _write(connection, store, public, path, 0o644)
    return counts | _write(connection, store, restricted, path.with_name("warehouse_restricted.duckdb"), 0o600)


def _write(
    connection: duckdb.DuckDBPyConnection, store: TableStore, tables: list[Contract], path: Path, mode: int
) -> dict[str, int]:
    building = path.with_name(f".{path.name}.{os.getpid()}.building")
    building.unlink(missing_ok=True)
    counts: dict[str, int] = {}
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"ATTACH '{building}' AS building (STORAGE_VERSION '{_STORAGE_VERSION}')")
    building.chmod(mode)
    try:
        for contract in tables:
            frame = store.read(contract.layer, contract.table)
            name = f"building.{contract.layer}.{contract.table}"
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS building.{contract.layer}")
            connection.execute(contract.ddl(name))
            connection.register("published_rows", frame.to_arrow())
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM published_rows")
            connection.unregister("published_rows")
            _comment(connection, name, contract)
            counts[contract.name] = frame.height
    except BaseException:
        connection.execute("DETACH building")
        building.unlink(missing_ok=True)
        raise
    connection.execute("DETACH building")
    building.replace(path)
    return counts


def _comment(connection: duckdb.DuckDBPyConnection, name: str, contract: Contract) -> None:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    connection.execute(f"COMMENT ON TABLE {name} IS {quoted(f'{contract.description} {contract.usage}')}")
    for column in contract.columns:
        connection.execute(f'COMMENT ON COLUMN {name}."{column.name}" IS {quoted(column.description)}')
