"""The rules run by Great Expectations on DuckDB, in SQL on the staged rows.

Great Expectations has no DuckDB engine; the adapter below makes its SQLAlchemy engine work on one (each override
answers a failure described beside it). Everything is imported inside functions: the import costs seconds of CPU and
must not happen when definitions load.
"""

import atexit
import contextlib
import logging
import os
import threading
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, ClassVar, Literal

import duckdb

from cryptodrug_assets.quality import sql
from cryptodrug_assets.quality.rules import Rule, RuleResult

_SEVERITY = {"error": "critical", "warning": "warning", "info": "info"}
# The context, and with it the datasource, is one per process.
_LOCK = threading.Lock()


def run(connection: duckdb.DuckDBPyConnection, table: str, rules: tuple[Rule, ...]) -> list[RuleResult]:
    """Run the rules on schema.table of the connection; a rule that cannot run gives a result with `error`.

    Each expectation costs Great Expectations tens of milliseconds, so the rules that are SQL go into one expectation
    per severity, whose unexpected rows are the ids of the failed rules. When one of them cannot run, all run singly.
    Numbers are measured once, into a table that the expectations compare with the rules' bounds.
    """
    with _LOCK, _batch(connection, table) as batch:
        single = [rule for rule in rules if _native(rule) is not None]
        numbers = [rule for rule in rules if rule.kind in sql.SCALAR and _native(rule) is None]
        values, unmeasured = sql.scalars(connection, table, numbers)
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{_measured(table)}" (rule VARCHAR, v DOUBLE)')
        if values:
            connection.executemany(f'INSERT INTO "{_measured(table)}" VALUES (?, ?)', list(values.items()))
        runnable = [rule for rule in rules if _native(rule) is None and rule.id not in unmeasured]
        together = [group for group in _by_severity(runnable) if group]
        outcomes = _validate(batch, table, [(rule,) for rule in single] + together)
        broken = [group for group in together if _exception(outcomes[group[0].id])]
        outcomes |= _validate(batch, table, [(rule,) for group in broken for rule in group])
    return [
        RuleResult(rule, passed=False, observed=None, error=unmeasured[rule.id])
        if rule.id in unmeasured
        else _result(connection, table, rule, outcomes[rule.id], values)
        for rule in rules
    ]


def _measured(table: str) -> str:
    return f"{table.replace('.', '__')}__measured"


def _by_severity(rules: Iterable[Rule]) -> list[tuple[Rule, ...]]:
    members = list(rules)
    return [tuple(rule for rule in members if rule.severity == severity) for severity in _SEVERITY]


def _validate(batch: Any, table: str, groups: list[tuple[Rule, ...]]) -> dict[str, Any]:
    """Result of Great Expectations by rule id; the rules of a group share one."""
    if not groups:
        return {}
    suite = _library()["gx"].ExpectationSuite(name=table)
    suite.expectations = [_expectation(table, group) for group in groups]
    by_number = {
        result.expectation_config.meta["group"]: result
        for result in batch.validate(suite, result_format="COMPLETE").results
    }
    return {rule.id: by_number[group[0].id] for group in groups for rule in group}


def _result(
    connection: duckdb.DuckDBPyConnection, table: str, rule: Rule, outcome: Any, values: dict[str, float | None]
) -> RuleResult:
    if error := _exception(outcome):
        return RuleResult(rule, passed=False, observed=None, error=error)
    passed = bool(outcome.success)
    if _native(rule) is None and not passed:
        # Of a group, the unexpected rows name the rules that failed.
        failed = {str(row["rule"]) for row in outcome.result["details"]["unexpected_rows"]}
        passed = rule.id not in failed
    # The verdict is Great Expectations'. It carries no number that plots, so what was measured stands beside it.
    if rule.id in values:
        return RuleResult(rule, passed, values[rule.id])
    if not passed:
        observed, detail = sql.measure(connection, table, rule)
        return RuleResult(rule, passed, observed, detail=detail)
    if rule.kind == "expectation":
        return RuleResult(rule, passed, _number(outcome.result.get("observed_value")))
    return RuleResult(rule, passed, 0)


def _exception(outcome: Any) -> str | None:
    """First line of what was raised; Great Expectations gives one entry, or one per metric."""
    info: dict[str, Any] = outcome.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry.get("raised_exception"):
            return sql.one_line(str(entry["exception_message"]).strip())
    return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _native(rule: Rule) -> tuple[str, dict[str, Any]] | None:
    """Great Expectations' own expectation for a rule, by name and arguments; None for rules that are SQL."""
    if rule.kind == "columns":
        return "ExpectTableColumnsToMatchOrderedList", {"column_list": list(rule.columns)}
    if rule.kind == "expectation":
        return "".join(part.title() for part in rule.expectation.split("_")), rule.kwargs
    return None


def _expectation(table: str, group: tuple[Rule, ...]) -> Any:
    common = {"severity": _SEVERITY[group[0].severity], "meta": {"group": group[0].id}}
    if native := _native(group[0]):
        return getattr(_library()["gxe"], native[0])(**native[1], **common)
    # The relation's own name stands in the query; the marker only keeps the library from warning about its absence.
    query = sql.failing_rules_query(table, group, f'"{_measured(table)}"').replace("{", "{{").replace("}", "}}")
    return _library()["failed_rules"](unexpected_rows_query=query + " /* {batch} */", **common)


@contextlib.contextmanager
def _batch(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Any]:
    datasource = _library()["datasource"]
    datasource.use(connection)
    # The library loses the schema of a table on this dialect.
    view = table.replace(".", "__")
    connection.execute(f'CREATE OR REPLACE TEMP VIEW "{view}" AS SELECT * FROM {table}')
    try:
        yield _definition(table, view).get_batch()
    finally:
        datasource.use(None)


@lru_cache(maxsize=256)
def _definition(table: str, view: str) -> Any:
    """The table's batch definition, made once a process: the library writes its whole configuration each time."""
    asset = _library()["datasource"].add_table_asset(name=table, table_name=view)
    return asset.add_batch_definition_whole_table("all")


@lru_cache
def _library() -> dict[str, Any]:
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
