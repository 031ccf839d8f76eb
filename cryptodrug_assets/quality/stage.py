"""The stage: frames as tables of an in-memory DuckDB, where the rules of both engines run.

A staged frame stands under its own name (`clean.listings`), so that rules of one table can ask another.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import polars as pl


@contextmanager
def staged(frames: Mapping[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which each frame is the relation of its name ("layer.table"); closed at the end."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, frame in frames.items():
            schema, table = name.split(".")
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            connection.register("incoming", frame.to_arrow())
            connection.execute(f'CREATE TABLE "{schema}"."{table}" AS SELECT * FROM incoming')
            connection.unregister("incoming")
        yield connection
