"""Frames as relations of an in-memory DuckDB, where the rules of both engines run.

A staged frame has its own name (`clean.listings`), so rules of one table can ask another. Its rows are not copied: each
rule scans the columns it names where they lie, which costs less than copying all of them once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import polars as pl


@contextmanager
def staged(frames: Mapping[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which each frame is the relation of its name ("layer.table"); closed at the end.

    >>> with staged({"clean.example": pl.DataFrame({"n": [1, 2]})}) as connection:
    ...     connection.sql("select sum(n) from clean.example").fetchall()
    [(3,)]
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, frame in frames.items():
            schema, table = name.split(".")
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            source = f"{schema}__{table}__frame"
            # The newest level hands texts over as they lie in memory; older ones copy them.
            connection.register(source, frame.to_arrow(compat_level=pl.CompatLevel.newest()))
            connection.execute(f'CREATE VIEW "{schema}"."{table}" AS SELECT * FROM "{source}"')
        yield connection
