"""Contract → rules, independent of the engine that runs them.

Implied rules (columns, types, required, enums, bounds, NaN) form the checks `schema`, `completeness` and `values`, the
primary key `keys`; every other explicit quality rule of the contract is a check of its own, unless it names another.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from cryptodrug_assets.contracts import Column, Contract, QualityRule, Severity

Kind = Literal["columns", "types", "in_set", "unique", "row_count", "rows", "scalar", "expectation"]
_ALIASES = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}


@dataclass(frozen=True)
class Rule:
    """One statement about a staged table.

    `rows`: each of `parts` is (what, SQL condition of offending rows); no row may meet any. `scalar`: `query` gives one
    number that must satisfy `operator threshold`; NULL fails. In SQL `{object}` is the staged table; other frames
    stand under their own names.
    """

    id: str
    check: str
    kind: Kind
    severity: Severity
    dimension: str
    description: str
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    query: str = ""
    operator: str = ""
    threshold: float = 0
    expectation: str = ""
    kwargs: dict[str, Any] = field(default_factory=dict, hash=False)
    history: tuple[str, ...] = ()
    blocking: bool = True
    remedy: str = ""
    found: str = ""

    @property
    def condition(self) -> str:
        """SQL condition of the offending rows of a `rows` rule."""
        return " OR ".join(f"({condition})" for _, condition in self.parts)


@dataclass(frozen=True)
class RuleResult:
    """What a rule found.

    `observed` is a count of offending rows or the scalar; `detail` says where; `error` that the rule could not run;
    `waived` who let a failure pass in this cell, and why.
    """

    rule: Rule
    passed: bool
    observed: float | None
    error: str | None = None
    detail: str | None = None
    waived: str = ""

    @property
    def severity(self) -> Severity:
        """A rule that cannot run is an error whatever its severity; a waived failure is a warning."""
        if self.error:
            return "error"
        return "warning" if self.waived else self.rule.severity

    @property
    def blocks(self) -> bool:
        """Whether publication stops."""
        return not self.passed and ((self.rule.blocking and not self.waived) or self.error is not None)


@lru_cache
def rules(contract: Contract) -> tuple[Rule, ...]:
    """All rules of a contract, implied ones first.

    >>> from cryptodrug_assets.contracts import load
    >>> {rule.check for rule in rules(load("clean", "vendors"))} >= {"schema", "keys", "completeness", "values"}
    True
    """
    return (*_implied(contract), *(_explicit(rule) for rule in contract.quality))


def partition_rule(contract: Contract) -> Rule:
    """Every row belongs to the cell being judged, which stands in `expected.cell`."""
    parts = tuple(
        (f"{name} of another partition", f'"{name}" IS DISTINCT FROM (SELECT {name} FROM expected.cell)')
        for name in contract.partition_by
    )
    return _rule("partition", "keys", "rows", "Rows belong to the partition.", parts=parts)


def check_names(contract: Contract) -> list[str]:
    """Names of the checks of a contract, in order.

    >>> from cryptodrug_assets.contracts import load
    >>> check_names(load("clean", "vendors"))[0]
    'schema'
    """
    return list(dict.fromkeys(rule.check for rule in rules(contract)))


def column_types(contract: Contract) -> tuple[str, ...]:
    """DuckDB's own spelling of the column types, as DESCRIBE prints them."""
    return tuple(_ALIASES.get(column.physical_type, column.physical_type) for column in contract.columns)


def _implied(contract: Contract) -> list[Rule]:
    names = tuple(column.name for column in contract.columns)
    types = column_types(contract)
    found = [
        _rule("columns", "schema", "columns", "Columns are those of the contract, in its order.", columns=names),
        _rule("types", "schema", "types", "Column types are those of the contract.", columns=names, values=types),
    ]
    required = [column.name for column in contract.columns if column.required]
    if required:
        text = f"Never null: {', '.join(required)}."
        parts = tuple((name, f'"{name}" IS NULL') for name in required)
        found.append(_rule("required", "completeness", "rows", text, parts=parts))
    for column in contract.columns:
        if column.enum:
            text = f"{column.name} is one of {', '.join(column.enum)}."
            found.append(
                _rule(f"enum_{column.name}", "values", "in_set", text, columns=(column.name,), values=column.enum)
            )
    parts = tuple(part for column in contract.columns for part in _bounds(column))
    if parts:
        text = f"Within bounds and no NaN: {', '.join(dict.fromkeys(what.split(' ')[0] for what, _ in parts))}."
        found.append(_rule("bounds", "values", "rows", text, parts=parts))
    return found


def _bounds(column: Column) -> list[tuple[str, str]]:
    """(what, offending condition) of a column's bounds; bounds of list columns hold for their items."""
    name = f'"{column.name}"'
    parts = []
    if column.physical_type == "DOUBLE":
        parts.append((f"{column.name} is NaN or infinite", f"isnan({name}) OR isinf({name})"))
    comparisons = (
        ("<", column.minimum),
        ("<=", column.exclusive_minimum),
        (">", column.maximum),
        (">=", column.exclusive_maximum),
    )
    parts += [
        (f"{column.name} {sign} {bound}", f"{name} {sign} {bound}") for sign, bound in comparisons if bound is not None
    ]
    if column.pattern:
        pattern = column.pattern.replace("'", "''")
        match = f"regexp_matches({name}, '{pattern}')"
        if column.physical_type.endswith("[]"):
            match = f"len(list_filter({name}, lambda item: NOT regexp_matches(item, '{pattern}'))) = 0"
        parts.append((f"{column.name} is not like {column.pattern}", f"NOT ({match})"))
    return parts


def _rule(rule: str, check: str, kind: Kind, text: str, **shape: Any) -> Rule:
    dimension = {"schema": "conformity", "completeness": "completeness"}.get(check, "conformity")
    return Rule(rule, check, kind, "error", dimension, text, **shape)


def _explicit(rule: QualityRule) -> Rule:
    kind: Kind = "scalar"
    if rule.expectation:
        kind = "expectation"
    elif rule.metric:
        kind = "unique" if rule.metric == "duplicateValues" else "row_count"
    return Rule(
        rule.id,
        rule.check,
        kind,
        rule.severity,
        rule.dimension,
        rule.description,
        columns=rule.properties,
        query=rule.query,
        operator=rule.operator,
        threshold=rule.value,
        expectation=rule.expectation,
        kwargs=rule.kwargs,
        history=rule.history,
        blocking=rule.blocking,
        remedy=rule.remedy,
        found=rule.found,
    )
