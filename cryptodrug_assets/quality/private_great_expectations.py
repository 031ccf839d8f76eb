"""Great Expectations on DuckDB, for which it has no engine: the only place that relies on its private parts.

The adapter makes its SQLAlchemy engine work on a connection that the caller owns; each override answers a failure
described beside it. An upgrade that changes what is overridden fails test_private_parts.py.
"""

import atexit
import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, Literal

import duckdb


@lru_cache
def library() -> dict[str, Any]:
    """Great Expectations with the DuckDB datasource; imported once per process."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import duckdb_engine
        import great_expectations as gx
        import great_expectations.expectations as gxe
        import sqlalchemy as sa
        from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
        from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
        from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
        from sqlalchemy.dialects import postgresql
        from sqlalchemy.pool import StaticPool

    # SQLAlchemy's registries keep this module beyond the end, and DuckDB complains of each of its objects found there.
    atexit.register(vars(duckdb_engine).clear)

    class Cursor(duckdb_engine.CursorWrapper):
        """A cursor whose description holds names of types: DuckDB's type objects would outlive the interpreter."""

        @property
        def description(self) -> list[tuple[Any, ...]]:
            found = self.connection.raw.description or []
            return [(name, str(kind), *rest) for name, kind, *rest in found]

    class Connection(duckdb_engine.ConnectionWrapper):
        """Autocommit on a connection the caller owns: one failing metric must not abort the others' transaction."""

        def __init__(self, raw: duckdb.DuckDBPyConnection) -> None:
            super().__init__(raw)
            self.raw = raw

        def cursor(self) -> Cursor:
            return Cursor(self.raw, self)

        def begin(self) -> None: ...
        def commit(self) -> None: ...
        def rollback(self) -> None: ...
        def close(self) -> None: ...

    class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
        """SQLAlchemy engine of Great Expectations on DuckDB."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.dialect_module = postgresql  # an unknown dialect is refused for regular expressions

        @contextlib.contextmanager
        def get_connection(self) -> Iterator[Any]:
            # Results are read after the block has ended, so the connection stays open.
            if self._connection is None:
                self._connection = self.engine.connect()
            yield self._connection

        def get_inspector(self) -> Any:
            return Inspector(self)

        def close(self) -> None: ...

    class Inspector:
        """Names of columns, which is all that rules ask of it: reflection costs more than a table's rules."""

        def __init__(self, engine: DuckDBExecutionEngine) -> None:
            self.dialect = engine.engine.dialect
            self._engine = engine

        def get_pk_constraint(self, **_: Any) -> dict[str, Any]:
            return {}

        def get_columns(self, table_name: str, **_: Any) -> list[dict[str, Any]]:
            with self._engine.get_connection() as connection:
                found = connection.execute(sa.text(f'DESCRIBE "{table_name}"')).fetchall()
            return [{"name": name, "type": sa.types.NullType()} for name, *_ in found]

    class FailedRules(UnexpectedRowsExpectation):
        """Rows of the query are rules that failed; the library would run it a second time to count them."""

        metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

        def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
            rows = metrics["unexpected_rows_query.table"]
            result = {"observed_value": len(rows), "details": {"unexpected_rows": rows}}
            return {"success": not rows, "result": result}

    class DuckDBDatasource(SQLDatasource):
        """A datasource over one open connection."""

        type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]
        connection_string: str = "duckdb://"

        def use(self, connection: duckdb.DuckDBPyConnection | None) -> None:
            """Run on this connection, or on none; the library would open one of its own."""
            if connection is None:
                self._engine = self._execution_engine = None
                return
            engine = sa.create_engine("duckdb://", creator=lambda: Connection(connection), poolclass=StaticPool)
            self._engine, self._cached_connection_string = engine, self.connection_string
            self._execution_engine = DuckDBExecutionEngine(engine=engine, create_temp_table=False)

        def get_execution_engine(self) -> Any:
            return self._execution_engine

        def test_connection(self, test_assets: bool = True) -> None: ...

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
    # The subclass registered itself under its type.
    datasource = context.data_sources.add_duckdb(name="staged")
    return {"gx": gx, "gxe": gxe, "failed_rules": FailedRules, "context": context, "datasource": datasource}
