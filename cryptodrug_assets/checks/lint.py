"""What makes a contract or market file acceptable: the ODCS schema, the house's own demands, rules that run.

Every function returns problems as lines; nothing is raised for a bad file.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.indicators import catalogue, contract_block
from cryptodrug_assets.layers import LAYERS, RESTRICTED_LAYERS
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import PAGE_KINDS
from cryptodrug_assets.markets.records import FEEDBACK, LISTING, VENDOR
from cryptodrug_assets.observation import MARKETS_DIR, MarketConfig, UserError, market_configs
from cryptodrug_assets.quality import odcs
from cryptodrug_assets.reference.category_files import market_categories
from cryptodrug_assets.reference.files import CATEGORIES_DIR
from cryptodrug_assets.replica.profiles import check_replica

DIMENSIONS = ("accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness")
RECORDS = {"listings": LISTING, "vendors": VENDOR, "feedback": FEEDBACK}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_PRIVATE = re.compile(r"vendor_name|buyer|pgp|title|comment|profile_text|description")
_LOGICAL = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMPTZ": "timestamp",
}


def lint(folder: Path = contracts.TABLES_DIR) -> list[str]:
    """Problems of all table contracts and market files, as "file: problem" lines; empty when all is well."""
    problems = catalogue.problems()
    if not problems and folder == contracts.TABLES_DIR:
        problems += contract_block.problems(folder)
    for path in sorted(folder.glob("*/*.odcs.yaml")):
        problems += [f"{path.parent.name}/{path.name}: {text}" for text in lint_file(path)]
    if not problems:
        problems += _relations(contracts.all_contracts(folder))
    if not problems:
        problems += _rules_run(contracts.all_contracts(folder))
    return problems + list(_markets())


def lint_file(path: Path) -> list[str]:
    """Problems of one contract file."""
    try:
        document = odcs.read(path)
    except ValueError as err:
        return [str(err)]
    if faults := odcs.problems(document):
        return faults
    try:
        contract = contracts.parse(document, path.name)
    except UserError as err:
        return [str(err).removeprefix(f"{path.name} is not a valid contract: ")]
    return list(_house(contract, path, document))


def _house(contract: Contract, path: Path, document: dict[str, Any]) -> Iterator[str]:
    """The demands of this project beyond the standard."""
    if contract.name != f"{path.parent.name}.{path.name.removesuffix('.odcs.yaml')}":
        yield f"name {contract.name} does not match the file's place"
    if contract.layer not in LAYERS:
        yield f"layer {contract.layer} is not one of {', '.join(LAYERS)}"
    if not _VERSION.fullmatch(contract.version):
        yield f"version {contract.version} is not MAJOR.MINOR.PATCH"
    if document["apiVersion"] != "v3.2.0":
        yield f"apiVersion {document['apiVersion']} is not v3.2.0"
    for what in ("description", "usage", "limitations", "owner"):
        if len(getattr(contract, what)) < 3:
            yield f"{what} says nothing"
    if not contract.primary_key:
        yield "no primary key"
    if contract.primary_key and not any(
        rule.metric == "duplicateValues" and set(rule.properties) == set(contract.primary_key)
        for rule in contract.quality
    ):
        yield "no duplicateValues rule over the primary key"
    yield from _columns(contract)
    for rule in contract.quality:
        if rule.dimension not in DIMENSIONS:
            yield f"rule {rule.id}: dimension {rule.dimension} is not one of {', '.join(DIMENSIONS)}"
        if not _NAME.fullmatch(rule.id) or not _NAME.fullmatch(rule.check):
            yield f"rule {rule.id}: id and check are in snake_case"


def _columns(contract: Contract) -> Iterator[str]:
    """The demands on columns."""
    for column in contract.columns:
        place = f"column {column.name}"
        if not _NAME.fullmatch(column.name):
            yield f"{place}: not in snake_case"
        if len(column.description) < 3:
            yield f"{place}: description says nothing"
        if column.pattern and (fault := _pattern_fault(column.pattern)):
            yield f"{place}: pattern {column.pattern} is not a regular expression: {fault}"
        if column.primary_key and not column.required:
            yield f"{place}: a key column is required"
        logical = "array" if column.physical_type.endswith("[]") else _LOGICAL.get(column.physical_type, "number")
        if column.logical_type != logical:
            yield f"{place}: logicalType {column.logical_type} does not go with {column.physical_type}"
        if not contract.restricted and column.classification == "restricted":
            yield f"{place}: restricted columns stay in {' and '.join(RESTRICTED_LAYERS)}"
        if contract.layer not in RESTRICTED_LAYERS and _PRIVATE.search(column.name) and column.name != "pgp_key":
            yield f"{place}: looks like an identifier or verbatim text outside the restricted layers"


def _pattern_fault(pattern: str) -> str | None:
    """What the engine that applies the pattern says against it."""
    import duckdb

    try:
        duckdb.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
    except duckdb.Error as err:
        return str(err).splitlines()[0]
    return None


def _relations(found: list[Contract]) -> list[str]:
    """References that lead nowhere."""
    columns = {f"{contract.name}.{column.name}": column for contract in found for column in contract.columns}
    problems = []
    for contract in found:
        place = f"{contract.layer}/{contract.table}.odcs.yaml"
        for column in contract.columns:
            if column.references is None:
                continue
            target = columns.get(column.references)
            if target is None:
                problems.append(f"{place}: column {column.name}: refers to {column.references}, which does not exist")
            elif target.physical_type != column.physical_type:
                problems.append(f"{place}: column {column.name}: type differs from {column.references}")
    return problems


def _rules_run(found: list[Contract]) -> list[str]:
    """Rules whose SQL does not run on empty tables."""
    from cryptodrug_assets.checks.context import empty_context
    from cryptodrug_assets.quality.judge import judge

    everything = {contract.name: contracts.empty(contract) for contract in found}
    problems = []
    # Layer by layer, as they are judged: earlier months are named after the table alone.
    for layer in dict.fromkeys(contract.layer for contract in found):
        members = [contract for contract in found if contract.layer == layer]
        frames = {contract.name: everything[contract.name] for contract in members}
        verdicts = judge(frames, everything | empty_context(members), "duckdb")
        problems += [
            f"{name.replace('.', '/')}.odcs.yaml: rule {result.rule.id} does not run: {result.error}"
            for name, items in verdicts.items()
            for verdict in items
            for result in verdict.results
            if result.error
        ]
    return problems


def floor_problems(config: MarketConfig) -> Iterator[str]:
    """Floors of fill rates that name what is not there."""
    for floor in config.fill:
        if floor.page_kind not in PAGE_KINDS:
            yield f"fill: there is no kind of page '{floor.page_kind}'; there are {', '.join(PAGE_KINDS)}"
        if floor.field not in RECORDS[floor.records]:
            yield f"fill: {floor.records} have no field '{floor.field}' (parsed.{floor.records} in data-dictionary.md)"


def _markets(folder: Path = MARKETS_DIR) -> Iterator[str]:
    """Problems of the market files beyond their model, and markets without a module."""
    try:
        # A market that is observed has its own file, whatever stands in the one it was made of.
        configs = market_configs(folder / "more") | market_configs(folder)
    except UserError as err:
        yield str(err)
        return
    observed = market_configs(folder)
    for name, config in configs.items():
        place = f"markets/{name}.yaml" if name in observed else f"markets/more/{name}.yaml"
        if "pages" not in config.expected:
            yield f"{place}: no expected number of pages (expected: pages: {{min: .., max: ..}})"
        yield from (f"{place}: {text}" for text in floor_problems(config))
        try:
            market_categories(name)
            get_market(name)
            if config.source == "replica":
                check_replica(name)
        except UserError as err:
            yield str(err)
    for path in sorted(CATEGORIES_DIR.glob("*.csv")):
        if path.stem not in configs:
            yield f"reference/categories/{path.name}: no market of this name; rename or remove it"
