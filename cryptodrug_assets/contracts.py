"""The table contracts (data_contracts/tables/*/*.odcs.yaml) as typed objects, and frames made to fit them.

Everything that must agree about a table comes from here: DDL, polars schema, column texts, keys and quality rules.
No Dagster, no Great Expectations and no store: those import this module.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import polars as pl
import yaml

from cryptodrug_assets.layers import LAYERS, RESTRICTED_LAYERS
from cryptodrug_assets.observation import CONTRACTS_DIR, UserError, file_text
from cryptodrug_assets.yaml_text import safe_load

TABLES_DIR = CONTRACTS_DIR / "tables"
# Pseudonymous, but a link between two accounts says more about a person than either of them.
# A row a person, or a pair of vendors: pseudonyms do not make a hundred buyers many.
RESTRICTED_TABLES = ("clean.vendor_links", "clean.respondents", "clean.answers", "clean.interview_codes")
_Part = TypeVar("_Part")
Severity = Literal["error", "warning", "info"]
Classification = Literal["public", "internal", "restricted"]

OPERATORS = {
    "mustBe": "=",
    "mustNotBe": "<>",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
}
# Library metrics and the check they belong to unless a rule names another.
_METRIC_CHECKS = {"duplicateValues": "keys", "rowCount": "completeness"}
_TYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "DATE": pl.Date(),
    "TIMESTAMPTZ": pl.Datetime("us", "UTC"),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True)
class Column:
    """A column: its DuckDB type, meaning, and what is allowed in it; bounds are inclusive unless named otherwise."""

    name: str
    physical_type: str
    logical_type: str
    description: str
    required: bool
    classification: Classification
    key_position: int | None = None
    partitioned: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    pattern: str | None = None
    references: str | None = None

    @property
    def primary_key(self) -> bool:
        """Whether the column belongs to the primary key."""
        return self.key_position is not None

    @property
    def polars_type(self) -> pl.DataType:
        """The polars type of the physical type."""
        return polars_type(self.physical_type)


@dataclass(frozen=True)
class QualityRule:
    """An explicit quality entry of a contract.

    A scalar (SQL `query` or library `metric`) compared with `value`, or a Great Expectations type with its arguments.
    `check` is the asset check it belongs to, `history` the columns of earlier months the query reads as
    history.<table>, `blocking` whether a failure stops publication, `remedy` what whoever reads a failure does next
    ({market} and {month} stand for the cell's), `found` SQL that says in words what was found.
    """

    id: str
    severity: Severity
    dimension: str
    description: str
    check: str
    blocking: bool
    query: str = ""
    metric: str = ""
    properties: tuple[str, ...] = ()
    operator: str = ""
    value: float = 0
    expectation: str = ""
    kwargs: dict[str, Any] = field(default_factory=dict, hash=False)
    history: tuple[str, ...] = ()
    remedy: str = ""
    found: str = ""


@dataclass(frozen=True)
class Contract:
    """One table: what it is, its columns in order, its keys and its rules."""

    layer: str
    table: str
    version: str
    description: str
    usage: str
    limitations: str
    owner: str
    columns: tuple[Column, ...]
    quality: tuple[QualityRule, ...]

    @property
    def name(self) -> str:
        """Qualified name, such as clean.listings."""
        return f"{self.layer}.{self.table}"

    @property
    def label(self) -> str:
        """Qualified name and version, such as clean.listings@1.0.0."""
        return f"{self.name}@{self.version}"

    @cached_property
    def primary_key(self) -> list[str]:
        """Names of the key columns, in key order."""
        keyed = [column for column in self.columns if column.primary_key]
        return [column.name for column in sorted(keyed, key=lambda column: column.key_position or 0)]

    @cached_property
    def partition_by(self) -> list[str]:
        """Names of the partition columns."""
        return [column.name for column in self.columns if column.partitioned]

    @property
    def partitioned(self) -> bool:
        """Whether the table has partitions."""
        return bool(self.partition_by)

    @cached_property
    def polars_schema(self) -> pl.Schema:
        """Columns in contract order with their polars types."""
        return pl.Schema({column.name: column.polars_type for column in self.columns})

    @property
    def restricted(self) -> bool:
        """Whether the table belongs to the restricted zone."""
        return self.layer in RESTRICTED_LAYERS or self.name in RESTRICTED_TABLES

    @property
    def of_wave(self) -> bool:
        """Whether the rows are of waves of a survey: made of files of answers and interviews, not of pages."""
        return "wave" in self.polars_schema

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def ddl(self, qualified: str | None = None) -> str:
        """CREATE TABLE statement for DuckDB."""
        lines = [f'"{c.name}" {c.physical_type}{" NOT NULL" if c.required else ""}' for c in self.columns]
        return f"CREATE TABLE {qualified or self.name} ({', '.join(lines)})"


def polars_type(physical: str) -> pl.DataType:
    """The polars type of a contract's physical type; raises ValueError for a type the platform does not use.

    >>> polars_type("BIGINT"), polars_type("VARCHAR[]")
    (Int64, List(String))
    """
    if physical.endswith("[]"):
        return pl.List(polars_type(physical[:-2]))
    if match := _DECIMAL.fullmatch(physical):
        return pl.Decimal(int(match[1]), int(match[2]))
    if physical not in _TYPES:
        raise ValueError(f"physical type {physical} is not one of {', '.join(_TYPES)}, DECIMAL(p,s), T[]")
    return _TYPES[physical]


def load(layer: str, table: str) -> Contract:
    """The contract of a table; raises UserError naming the file when it is missing or not valid.

    >>> vendors = load("clean", "vendors")
    >>> vendors.primary_key, vendors.partitioned, vendors.restricted
    (['market', 'month', 'vendor_key'], True, False)
    """
    return load_file(TABLES_DIR / layer / f"{table}.odcs.yaml")


@lru_cache(maxsize=256)
def load_file(path: Path) -> Contract:
    """Read one contract file."""
    place = f"{path.parent.name}/{path.name}"
    if not path.exists() and not path.is_symlink():
        raise UserError(f"no contract {place}; every table needs one in data_contracts/tables")
    try:
        document = safe_load(file_text(path, place))
    except (yaml.YAMLError, RecursionError) as err:
        raise UserError(f"{place} is not YAML: {' '.join(str(err).split())}") from err
    return parse(document, place)


def parse(document: Mapping[str, Any], place: str) -> Contract:
    """A contract from its parsed YAML; raises UserError naming `place` and what is wrong."""
    try:
        layer, table = str(document["name"]).split(".")
        schema = document["schema"][0]
        columns = tuple(_named("column", entry.get("name"), _column, entry) for entry in schema["properties"])
        names = {column.name for column in columns}
        if twice := _repeated(column.name for column in columns):
            raise ValueError(f"column {twice} is declared twice")
        quality = tuple(
            _named("rule", entry.get("id"), lambda item: _quality(item, names), entry)
            for entry in schema.get("quality", [])
        )
        if twice := _repeated(rule.id for rule in quality):
            raise ValueError(f"two quality rules have the id {twice}")
        description = document["description"]
        return Contract(
            layer=layer,
            table=table,
            version=str(document["version"]),
            description=description["purpose"],
            usage=description["usage"],
            limitations=description.get("limitations", ""),
            owner=document["team"]["name"],
            columns=columns,
            quality=quality,
        )
    except KeyError as err:
        raise UserError(f"{place} is not a valid contract: {err} is missing") from err
    except (ValueError, TypeError, IndexError) as err:
        raise UserError(f"{place} is not a valid contract: {err}") from err


def all_contracts(folder: Path = TABLES_DIR) -> list[Contract]:
    """All contracts, by layer in the order data flows and then by table."""
    found = [load_file(path) for path in sorted(folder.glob("*/*.odcs.yaml"))]
    return sorted(found, key=lambda c: (LAYERS.index(c.layer) if c.layer in LAYERS else len(LAYERS), c.layer, c.table))


def empty(contract: Contract) -> pl.DataFrame:
    """A frame of the contract's columns without rows.

    >>> empty(load("clean", "vendors")).height
    0
    """
    return pl.DataFrame(schema=contract.polars_schema)


def conform(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The frame with columns in contract order and contract types, rows in primary-key order.

    Types are only widened, never reinterpreted. Raises UserError naming missing, extra or wrongly typed columns.

    >>> conform(pl.DataFrame({"market": ["dream"]}), load("clean", "vendors"))
    Traceback (most recent call last):
    ...
    cryptodrug_assets.errors.UserError: ...
    """
    shaped = fit(frame, contract)
    return shaped.sort(contract.primary_key, nulls_last=True, maintain_order=True) if contract.primary_key else shaped


def fit(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Like conform, with the rows in the order they have."""
    wanted = contract.polars_schema
    missing = [name for name in wanted if name not in frame.columns]
    extra = [name for name in frame.columns if name not in wanted]
    if missing or extra:
        parts = [f"{word}: {', '.join(names)}" for word, names in (("missing", missing), ("extra", extra)) if names]
        raise UserError(f"{contract.name} does not fit its contract {contract.version}; columns {'; '.join(parts)}")
    casts = []
    for name, dtype in wanted.items():
        found = frame.schema[name]
        if found != dtype:
            if not _widens(found, dtype):
                raise UserError(f"{contract.name}.{name} is {found} but the contract says {dtype}")
            casts.append(pl.col(name).cast(dtype, strict=True))
    try:
        return frame.with_columns(casts).select(wanted.names())
    except pl.exceptions.PolarsError as err:
        raise UserError(f"{contract.name} does not fit its contract: {str(err).splitlines()[0]}") from err


def _widens(found: pl.DataType, wanted: pl.DataType) -> bool:
    """Whether a cast keeps the meaning: a text is never read as a number here, nor a number written as text."""
    if isinstance(found, pl.Null):
        return True
    if isinstance(wanted, pl.Int64):
        return found.is_integer()
    if isinstance(wanted, pl.Float64):
        return found.is_float() or found.is_integer()
    if isinstance(wanted, pl.Decimal):
        return (isinstance(found, pl.Decimal) and found.scale <= wanted.scale) or found.is_integer()
    if isinstance(wanted, pl.Datetime):
        return isinstance(found, pl.Datetime) and found.time_zone == "UTC"
    if isinstance(wanted, pl.List):
        return isinstance(found, pl.List) and isinstance(found.inner, pl.Null)
    return isinstance(wanted, pl.String) and isinstance(found, pl.Categorical | pl.Enum)


def _repeated(names: Iterable[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)


def _named(kind: str, name: object, read: Callable[[Mapping[str, Any]], _Part], entry: Mapping[str, Any]) -> _Part:
    """The part of a contract, or what is wrong with it under its name."""
    try:
        return read(entry)
    except KeyError as err:
        raise ValueError(f"{kind} {name}: {err.args[0]} is missing") from err
    except (ValueError, TypeError) as err:
        raise ValueError(f"{kind} {name}: {err}") from err


def _one_of(entry: Mapping[str, Any], key: str, allowed: Any) -> Any:
    values = get_args(allowed)
    if entry[key] not in values:
        raise ValueError(f"{key} {entry[key]} is not one of {', '.join(values)}")
    return entry[key]


def _column(entry: Mapping[str, Any]) -> Column:
    options = entry.get("logicalTypeOptions", {})
    links = entry.get("relationships", [])
    column = Column(
        name=entry["name"],
        physical_type=entry["physicalType"],
        logical_type=entry["logicalType"],
        description=entry["description"],
        required=bool(entry.get("required", False)),
        classification=_one_of(entry, "classification", Classification),
        key_position=int(entry["primaryKeyPosition"]) if entry.get("primaryKey") else None,
        partitioned=bool(entry.get("partitioned", False)),
        enum=tuple(str(value["value"]) for value in entry.get("enum", [])),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        exclusive_minimum=options.get("exclusiveMinimum"),
        exclusive_maximum=options.get("exclusiveMaximum"),
        pattern=options.get("pattern"),
        references=links[0]["to"] if links else None,
    )
    _ = column.polars_type  # an unknown type is an error of the contract, not of whoever uses it first
    return column


def _quality(entry: Mapping[str, Any], columns: set[str]) -> QualityRule:
    custom = {item["property"]: item["value"] for item in entry.get("customProperties", [])}
    rule, severity = entry["id"], _one_of(entry, "severity", Severity)
    properties = tuple(entry.get("arguments", {}).get("properties", []))
    history = tuple(custom.get("history", []))
    if unknown := [name for name in (*properties, *history) if name not in columns]:
        raise ValueError(f"names unknown columns {', '.join(unknown)}")
    operator, value, expectation, kwargs = "", 0.0, "", {}
    if entry.get("type") == "custom":
        expectation, kwargs = entry["implementation"]["type"], entry["implementation"].get("kwargs", {})
    else:
        given = [name for name in OPERATORS if name in entry]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(OPERATORS)}")
        operator, value = OPERATORS[given[0]], float(entry[given[0]])
        if ("query" in entry) == ("metric" in entry):
            raise ValueError("needs either a query or a metric")
        if "metric" in entry and entry["metric"] not in _METRIC_CHECKS:
            raise ValueError(f"metric {entry['metric']} is not one of {', '.join(_METRIC_CHECKS)}")
    return QualityRule(
        id=rule,
        severity=severity,
        dimension=entry["dimension"],
        description=entry["description"],
        check=custom.get("check", _METRIC_CHECKS.get(entry.get("metric", ""), rule)),
        blocking=bool(custom.get("blocking", severity == "error")),
        query=" ".join(entry.get("query", "").split()),
        metric=entry.get("metric", ""),
        properties=properties,
        operator=operator,
        value=value,
        expectation=expectation,
        kwargs=kwargs,
        history=history,
        remedy=str(custom.get("remedy", "")),
        found=" ".join(str(custom.get("found", "")).split()),
    )
