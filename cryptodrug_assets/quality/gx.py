"""The rules run by Great Expectations on DuckDB, in SQL on the staged rows.

The library is imported at the first run (private_great_expectations.py): that costs seconds of CPU and must not happen
when definitions load.
"""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import duckdb

from cryptodrug_assets.quality import sql
from cryptodrug_assets.quality.private_great_expectations import library
from cryptodrug_assets.quality.rules import Rule, RuleResult

# What Great Expectations knows as its table: a view of whichever is judged.
_VIEW = "judged"
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
    suite = library()["gx"].ExpectationSuite(name=table)
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
        return getattr(library()["gxe"], native[0])(**native[1], **common)
    # The relation's own name stands in the query; the marker only keeps the library from warning about its absence.
    query = sql.failing_rules_query(table, group, f'"{_measured(table)}"').replace("{", "{{").replace("}", "}}")
    return library()["failed_rules"](unexpected_rows_query=query + " /* {batch} */", **common)


@contextlib.contextmanager
def _batch(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Any]:
    datasource = library()["datasource"]
    datasource.use(connection)
    # The library loses the schema of a table on this dialect.
    connection.execute(f'CREATE OR REPLACE TEMP VIEW "{_VIEW}" AS SELECT * FROM {table}')
    try:
        yield _definition().get_batch()
    finally:
        datasource.use(None)


@lru_cache
def _definition() -> Any:
    """The batch definition, one for all tables: the library writes its whole configuration for each new one."""
    asset = library()["datasource"].add_table_asset(name=_VIEW, table_name=_VIEW)
    return asset.add_batch_definition_whole_table("all")
