"""The rules as plain DuckDB SQL: the fast engine, what Great Expectations is compared with, the source of samples."""

import math
import operator
import re
from collections.abc import Sequence

import duckdb

from cryptodrug_assets.quality.rules import Rule, RuleResult

SAMPLE_ROWS = 5
# Kinds of rules that compare one number.
SCALAR = ("scalar", "unique", "row_count")
_COMPARE = {
    "=": operator.eq, "<>": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
# Errors about a value print it; values of restricted tables must not reach logs.
_VALUE_ERROR = re.compile(r"(Conversion|Invalid Input|Out of Range) Error")
# The shape of most explicit rules: a count of offending rows, so the offending keys can be named, too.
_COUNTING = re.compile(r"SELECT count\(\*\) FROM \{object\}( AS \w+| \w+)? WHERE (?P<condition>.+)", re.IGNORECASE)
_AGGREGATES = {
    "expect_column_median_to_be_between": "median",
    "expect_column_mean_to_be_between": "avg",
    "expect_column_max_to_be_between": "max",
    "expect_column_min_to_be_between": "min",
}


def run(connection: duckdb.DuckDBPyConnection, table: str, rules: tuple[Rule, ...]) -> list[RuleResult]:
    """Run the rules on a table of the connection; a rule that cannot run gives a result with `error`.

    All counting rules go into one scan and all scalars into one statement; if one of them is wrong SQL they are run
    singly, so that the others keep their result.
    """
    counting = [rule for rule in rules if rule.kind in ("in_set", "rows")]
    observed: dict[str, int] = {}
    if counting:
        selected = ", ".join(f"count(*) FILTER (WHERE {offending(rule)})" for rule in counting)
        try:
            row = connection.execute(f"SELECT {selected} FROM {table}").fetchone() or ()
            observed = {rule.id: int(value) for rule, value in zip(counting, row, strict=True)}
        except duckdb.Error:
            observed = {}  # each is run by itself below, and the wrong one reported
    values, broken = scalars(connection, table, [rule for rule in rules if rule.kind in SCALAR])
    results = []
    for rule in rules:
        try:
            if rule.id in observed:
                results.append(_counted(connection, table, rule, observed[rule.id]))
            elif rule.id in broken:
                results.append(RuleResult(rule, passed=False, observed=None, error=broken[rule.id]))
            elif rule.id in values:
                results.append(RuleResult(rule, holds(rule, values[rule.id]), values[rule.id]))
            else:
                results.append(_single(connection, table, rule))
        except duckdb.Error as err:
            results.append(RuleResult(rule, passed=False, observed=None, error=one_line(err)))
    return results


def scalars(
    connection: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule]
) -> tuple[dict[str, float | None], dict[str, str]]:
    """(value by rule id, error by rule id) of rules that compare one number."""
    if not rules:
        return {}, {}
    try:
        row = connection.execute(
            f"SELECT {', '.join(f'({_scalar(table, rule)})::DOUBLE' for rule in rules)}"
        ).fetchone()
        return {rule.id: value for rule, value in zip(rules, row or (), strict=True)}, {}
    except duckdb.Error as err:
        if len(rules) == 1:
            return {}, {rules[0].id: one_line(err)}
    values: dict[str, float | None] = {}
    broken: dict[str, str] = {}
    for rule in rules:
        value, error = scalars(connection, table, [rule])
        values |= value
        broken |= error
    return values, broken


def holds(rule: Rule, value: float | None) -> bool:
    """Whether the number satisfies the rule; none (NULL) and NaN do not."""
    return value is not None and not math.isnan(value) and _COMPARE[rule.operator](value, rule.threshold)


def measure(connection: duckdb.DuckDBPyConnection, table: str, rule: Rule) -> tuple[float | None, str | None]:
    """(observed number, detail) of a rule, whatever its verdict: offending rows, or the scalar."""
    result = run(connection, table, (rule,))[0]
    return result.observed, result.detail


def sample(connection: duckdb.DuckDBPyConnection, table: str, rule: Rule, keys: list[str]) -> list[tuple[object, ...]]:
    """Key values of the first offending rows, for rules about rows; empty for rules about the table."""
    if rule.kind in ("in_set", "rows"):
        condition = offending(rule)
    elif rule.kind == "unique":
        columns = ", ".join(f'"{name}"' for name in rule.columns)
        condition = f"row({columns}) IN (SELECT row({columns}) FROM {table} GROUP BY {columns} HAVING count(*) > 1)"
    elif rule.kind == "scalar" and (match := _COUNTING.fullmatch(rule.query)):
        condition = match["condition"].replace("{object}", table)
    else:
        return []
    alias = ""
    if rule.kind == "scalar" and (
        named := re.match(r"SELECT count\(\*\) FROM \{object\} (?:AS )?(\w+) WHERE", rule.query)
    ):
        alias = named[1]
    selected = ", ".join(f'"{name}"' for name in keys)
    query = f"SELECT DISTINCT {selected} FROM {table} {alias} WHERE {condition} ORDER BY ALL LIMIT {SAMPLE_ROWS}"
    return connection.execute(query).fetchall()


def words(connection: duckdb.DuckDBPyConnection, table: str, rule: Rule) -> str | None:
    """What a rule found, as the rule itself puts it; None when it does not or cannot say."""
    if not rule.found:
        return None
    row = connection.execute(rule.found.replace("{object}", table)).fetchone()
    return str(row[0]) if row and row[0] is not None else None


def failing_rules_query(table: str, rules: Sequence[Rule], measured: str) -> str:
    """A query whose rows are ids (`rule`) and numbers (`v`) of rules that fail.

    Rules about rows share one scan; the numbers of the others stand in the relation `measured` (rule, v).
    """
    counting = [rule for rule in rules if rule.kind in ("in_set", "rows")]
    branches = []
    if counting:
        counts = ", ".join(f"count(*) FILTER (WHERE {offending(rule)}) AS n{i}" for i, rule in enumerate(counting))
        pairs = ", ".join(f"('{rule.id}', n{i})" for i, rule in enumerate(counting))
        branches.append(
            f"SELECT rule, v::DOUBLE AS v FROM (SELECT {counts} FROM {table}) AS counted,"
            f" LATERAL (VALUES {pairs}) AS p(rule, v) WHERE v <> 0"
        )
    for rule in rules:
        if rule.kind in SCALAR:
            branches.append(
                f"SELECT rule, v FROM {measured} WHERE rule = '{rule.id}'"
                f" AND (isnan(v) OR NOT coalesce({_holds(rule)}, false))"
            )
        elif rule.kind == "types":
            branches.append(
                f"SELECT '{rule.id}' AS rule, v::DOUBLE AS v FROM ({_type_count(table, rule)}) WHERE v <> 0"
            )
    return " UNION ALL ".join(branches)


def offending(rule: Rule) -> str:
    """SQL condition of the offending rows of a rule about rows."""
    if rule.kind == "in_set":
        allowed = ", ".join("'" + value.replace("'", "''") + "'" for value in rule.values)
        return f'"{rule.columns[0]}" IS NOT NULL AND "{rule.columns[0]}" NOT IN ({allowed})'
    return rule.condition


def one_line(error: Exception | str) -> str:
    r"""First line of a message (DuckDB quotes the query below it), without the value where it names one of a row.

    >>> one_line("Binder Error: no such column\nLINE 1: select x")
    'Binder Error: no such column'
    """
    text = str(error).splitlines()[0]
    match = _VALUE_ERROR.search(text)
    return match[0] if match else text


def _counted(connection: duckdb.DuckDBPyConnection, table: str, rule: Rule, count: int) -> RuleResult:
    """Result of a rule about rows; for a failed group of conditions, which of them and how often."""
    detail = None
    if count and len(rule.parts) > 1:
        selected = ", ".join(f"count(*) FILTER (WHERE {condition})" for _, condition in rule.parts)
        row = connection.execute(f"SELECT {selected} FROM {table}").fetchone() or ()
        detail = "; ".join(f"{what}: {n}" for (what, _), n in zip(rule.parts, row, strict=True) if n)
    return RuleResult(rule, count == 0, count, detail=detail)


def _single(connection: duckdb.DuckDBPyConnection, table: str, rule: Rule) -> RuleResult:
    if rule.kind == "columns":
        found = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
        return RuleResult(rule, found == list(rule.columns), len(set(found) ^ set(rule.columns)))
    if rule.kind == "types":
        wrong = connection.execute(_wrong_types(table, rule)).fetchall()
        detail = ", ".join(f"{name} is {type_}" for name, type_ in wrong) or None
        return RuleResult(rule, not wrong, len(wrong), detail=detail)
    if rule.kind in ("in_set", "rows"):
        row = connection.execute(f"SELECT count(*) FROM {table} WHERE {offending(rule)}").fetchone()
        return _counted(connection, table, rule, int(row[0]) if row else 0)
    if rule.kind == "expectation":
        return _custom(connection, table, rule)
    raise ValueError(f"no SQL for rules of kind {rule.kind}")


def _type_count(table: str, rule: Rule) -> str:
    return f"SELECT count(*) AS v FROM ({_wrong_types(table, rule)})"


def _wrong_types(table: str, rule: Rule) -> str:
    expected = ", ".join(f"('{name}', '{kind}')" for name, kind in zip(rule.columns, rule.values, strict=True))
    return (
        f"SELECT column_name, column_type FROM (DESCRIBE {table}) ANTI JOIN (VALUES {expected}) AS e(n, t)"
        " ON column_name = n AND column_type = t"
    )


def _scalar(table: str, rule: Rule) -> str:
    if rule.kind == "row_count":
        return f"SELECT count(*) FROM {table}"
    if rule.kind == "unique":
        # Surplus rows, as ODCS counts duplicates: 1 for a pair. A key with a null part is the business of `required`:
        # Great Expectations compares keys part by part, and null equals nothing.
        columns = ", ".join(f'"{name}"' for name in rule.columns)
        whole = " AND ".join(f'"{name}" IS NOT NULL' for name in rule.columns)
        counted = f"SELECT count(*) AS n FROM {table} WHERE {whole} GROUP BY {columns}"
        return f"SELECT coalesce(sum(n - 1), 0) FROM ({counted})"
    return rule.query.replace("{object}", table)


def _holds(rule: Rule) -> str:
    return f"v {rule.operator} {rule.threshold}"


def _custom(connection: duckdb.DuckDBPyConnection, table: str, rule: Rule) -> RuleResult:
    """The Great Expectations types that contracts may name, in SQL."""
    if rule.expectation not in _AGGREGATES:
        return RuleResult(rule, passed=False, observed=None, error=f"no SQL for {rule.expectation}")
    query = f'SELECT {_AGGREGATES[rule.expectation]}("{rule.kwargs["column"]}") FROM {table}'
    row = connection.execute(query).fetchone()
    if row is None or row[0] is None:
        return RuleResult(rule, passed=False, observed=None)
    low, high = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    observed = float(row[0])
    return RuleResult(rule, (low is None or observed >= low) and (high is None or observed <= high), observed)
