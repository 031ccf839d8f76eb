"""The contract is the one place: everything else about a table follows from it, and a bad contract is named."""

import ast
import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest
import yaml

from cryptodrug_assets import contracts
from cryptodrug_assets.assets.specs import asset_specs, layer_checks
from cryptodrug_assets.checks.lint import lint, lint_file
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.indicators.catalogue import code_rows
from cryptodrug_assets.observation import CONTRACTS_DIR
from cryptodrug_assets.quality.dictionary import dictionary
from cryptodrug_assets.quality.judge import judge

PACKAGE = CONTRACTS_DIR.parent / "cryptodrug_assets"
Document = dict[str, Any]


def test_every_table_asset_has_a_contract_and_says_which() -> None:
    graph = defs.resolve_asset_graph()
    names = {contract.name: contract for contract in contracts.all_contracts()}
    for key in graph.materializable_asset_keys:
        if key.path[0] in ("publication", "monitoring", "rates"):
            continue
        contract = names[".".join(key.path)]
        node = graph.get(key)
        columns = node.metadata["dagster/column_schema"].columns
        assert node.metadata["contract"] == contract.label
        assert [(c.name, c.type, c.description) for c in columns] == [
            (c.name, c.physical_type, c.description) for c in contract.columns
        ]


def test_ddl_frame_schema_and_dictionary_follow_a_change_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = yaml.safe_load((contracts.TABLES_DIR / "clean" / "vendors.odcs.yaml").read_text("utf-8"))
    column = next(c for c in document["schema"][0]["properties"] if c["name"] == "rating")
    column |= {"name": "stars", "physicalType": "BIGINT", "logicalType": "integer", "description": "New words."}
    folder = tmp_path / "clean"
    folder.mkdir()
    (folder / "vendors.odcs.yaml").write_text(yaml.safe_dump(document), "utf-8")
    monkeypatch.setattr(contracts, "TABLES_DIR", tmp_path)
    contract = contracts.load("clean", "vendors")
    assert contract.polars_schema["stars"] == pl.Int64
    with duckdb.connect() as connection:
        connection.execute(contract.ddl("vendors"))
        described = {row[0]: row[1] for row in connection.execute("DESCRIBE vendors").fetchall()}
    assert described["stars"] == "BIGINT" and "rating" not in described
    (spec,) = asset_specs("clean", {"vendors": []}, kinds={"polars"})
    shown = {c.name: (c.type, c.description) for c in spec.metadata["dagster/column_schema"].columns}
    assert shown["stars"] == ("BIGINT", "New words.")
    assert "| stars | BIGINT |" in dictionary([contract])
    # The rules follow too: the one that names the old column can no longer run, which is an error.
    verdicts = judge({"clean.vendors": contracts.empty(contract)}, {}, "duckdb")["clean.vendors"]
    assert {r.rule.id for v in verdicts for r in v.failed if r.error} >= {"counters"}


def test_the_dictionary_is_that_of_the_contracts() -> None:
    page = (CONTRACTS_DIR.parent / "docs" / "data-dictionary.md").read_text("utf-8")
    assert page == dictionary(contracts.all_contracts(), code_rows())


def _typed_literals(tree: ast.AST) -> list[tuple[int, set[str]]]:
    """Dict literals from names to polars types, and lists of (name, type) pairs, with their names."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = list(zip(node.keys, node.values, strict=True))
        elif isinstance(node, ast.List | ast.Tuple):
            pairs = [(e.elts[0], e.elts[1]) for e in node.elts if isinstance(e, ast.Tuple) and len(e.elts) == 2]
        else:
            continue
        names = {
            key.value
            for key, value in pairs
            if isinstance(key, ast.Constant)
            and isinstance(key.value, str)
            and ast.unparse(value).split("(")[0].split(".")[0] == "pl"
            and ast.unparse(value).split("(")[0].split(".")[-1][:1].isupper()
        }
        if names:
            found.append((node.lineno, names))
    return found


@pytest.mark.slow
def test_no_second_copy_of_a_table_stands_in_the_code() -> None:
    """No literal of the package gives types to half or more of a table's columns, and no SQL creates such a table."""
    tables = {contract.name: set(contract.polars_schema) for contract in contracts.all_contracts()}
    copies = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        for line, names in _typed_literals(ast.parse(text)):
            copies += [
                f"{path.relative_to(PACKAGE)}:{line} repeats {table}"
                for table, columns in tables.items()
                if len(names & columns) >= max(4, len(columns) / 2)
            ]
        made = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)", text))
        copies += [f"{path.relative_to(PACKAGE)} creates {name}" for name in sorted(made & set(tables))]
    assert copies == []


def test_the_scan_for_copies_sees_one() -> None:
    code = (
        'X = {"market": pl.String, "month": pl.Date, "n": pl.Int64()}\nY = [("a", pl.String), ("b", pl.List(pl.Int64))]'
    )
    assert [names for _, names in _typed_literals(ast.parse(code))] == [{"market", "month", "n"}, {"a", "b"}]


def test_samples_of_checks_can_only_hold_keys_that_are_not_restricted() -> None:
    for contract in contracts.all_contracts():
        # Ids of captures lead to evidence and stand for no person; *_key columns are keyed pseudonyms.
        plain = [name for name in contract.primary_key if name != "capture_id" and not name.endswith("_key")]
        # Of a wave's tables restricted keys are left out of samples (test_canaries.py sees to it).
        keys = {contract.column(name) for name in plain if not contract.of_wave}
        assert [column.name for column in keys if column.classification == "restricted"] == [], contract.name


def test_every_table_has_a_handful_of_checks_and_they_are_those_of_the_contract() -> None:
    for contract in contracts.all_contracts():
        if contract.layer == "publication":
            continue
        specs = layer_checks(contract.layer, [contract.table], None)
        assert 3 <= len(specs) <= 12, contract.name
        assert all(spec.metadata["contract"] == contract.label and spec.description for spec in specs)
        rules = ", ".join(spec.metadata["rules"] for spec in specs)
        assert all(rule.id in rules for rule in contract.quality)
        assert {spec.blocking for spec in specs if spec.name == "schema"} == {True}


def _edit(document: Document, what: str) -> None:
    table = document["schema"][0]
    column, rule = table["properties"][2], table["quality"][-1]
    edits: dict[str, Callable[[], object]] = {
        "unknown key of a column": lambda: column.update(requird=True),
        "unknown key of the contract": lambda: document.update(versoin="1.0.0"),
        "unknown type": lambda: column.update(physicalType="UUID"),
        "logical type of another kind": lambda: column.update(logicalType="date"),
        "no description": lambda: column.update(description=""),
        "two operators": lambda: rule.update(mustBe=0, mustBeLessThan=3),
        "no operator": lambda: [rule.pop(name) for name in list(rule) if name.startswith("mustBe")],
        "unknown dimension": lambda: rule.update(dimension="beauty"),
        "unknown column in a key": lambda: table["quality"][0]["arguments"]["properties"].append("nothing"),
        "rule twice": lambda: table["quality"].append(copy.deepcopy(rule)),
        "column twice": lambda: table["properties"].append(copy.deepcopy(column)),
        "wrong SQL": lambda: rule.update(query="SELEC count(*) FROM {object}"),
        "unknown table in SQL": lambda: rule.update(query="SELECT count(*) FROM clean.nothing"),
        "reference to nothing": lambda: column.update(relationships=[{"to": "clean.nothing.key"}]),
        "version of no kind": lambda: document.update(version="one"),
        "name of another table": lambda: document.update(name="clean.sellers"),
        "restricted outside the restricted layers": lambda: column.update(classification="restricted"),
        "a name outside the restricted layers": lambda: column.update(name="vendor_name"),
        "key that may be null": lambda: column.update(required=False),
    }
    edits[what]()


@pytest.mark.parametrize(
    "what",
    [
        "unknown key of a column", "unknown key of the contract", "unknown type", "logical type of another kind",
        "no description", "two operators", "no operator", "unknown dimension", "unknown column in a key", "rule twice",
        "column twice", *(pytest.param(what, marks=pytest.mark.slow) for what in
        ("wrong SQL", "unknown table in SQL", "reference to nothing")), "version of no kind",
        "name of another table", "restricted outside the restricted layers", "a name outside the restricted layers",
        "key that may be null",
    ],
)  # fmt: skip
def test_lint_names_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    source = contracts.TABLES_DIR / "clean" / "decisions.odcs.yaml"
    document = yaml.safe_load(source.read_text("utf-8"))
    _edit(document, what)
    for path in contracts.TABLES_DIR.glob("*/*.odcs.yaml"):
        target = tmp_path / path.parent.name / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(yaml.safe_dump(document) if path == source else path.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(contracts, "TABLES_DIR", tmp_path)
    problems = lint(tmp_path) if what in _WHOLE else lint_file(tmp_path / "clean" / "decisions.odcs.yaml")
    assert problems and all("\n" not in line for line in problems)


_WHOLE = ("wrong SQL", "unknown table in SQL", "reference to nothing")


# As somebody edits the file by hand: what is replaced, by what, and the one line that comes of it.
_SLIPS = [
    ("physicalType: DOUBLE", "physicalType: FLOAT8", "column rating: physical type FLOAT8 is not one of VARCHAR,"),
    ("      - vendor_key\n", "      - vendor_id\n", "rule pk_unique: names unknown columns vendor_id"),
    ("metric: rowCount", "metric: rowCounts", "rule rows/metric: 'rowCounts' is not one of"),
    ("mustBeGreaterThan: 0", "mustBeMoreThan: 0", "rule rows: needs exactly one of mustBe, "),
    ("    mustBe: 0\n", "    mustBe: 0\n    mustBeLessThan: 4\n", "rule pk_unique: needs exactly one of mustBe, "),
    ("schema:\n", "schema\n", "line 13: could not find expected ':'"),
    ("  - name: market", "\t- name: market", "line 19: found character"),
    ("severity: error", "severity: eror", "rule pk_unique: severity eror is not one of error, warning, info"),
    ("fication: public", "fication: publik", "column market: classification publik is not one of public,"),
    ("  - name: month\n", "  - name: market\n", "column market is declared twice"),
    ("  - id: active\n", "  - id: origins\n", "two quality rules have the id origins"),
    ("required: true", "requird: true", "column market: 'requird' is not known here"),
    ("status: active\n", "status: active\nstatus: draft\n", "line 7: status stands twice"),
    ("    description: Market the row", "    words: Market the row", "column market: 'words' is not known here"),
    ("team:\n", "teams:\n", "contract: 'teams' is not known here"),
    ("logicalType: integer\n", "logicalType: integer\n    logicalTypeOptions: {minimum: x}\n", "column sales_lo/"),
    ("logicalType: string\n", "logicalType: string\n    logicalTypeOptions: {pattern: '[a'}\n", "column market: pat"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line"), _SLIPS, ids=[line[:40] for *_, line in _SLIPS])
def test_a_slip_of_the_pen_gets_one_line_that_says_where(tmp_path: Path, old: str, new: str, line: str) -> None:
    text = (contracts.TABLES_DIR / "clean" / "vendors.odcs.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "clean" / "vendors.odcs.yaml"
    path.parent.mkdir()
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = lint_file(path)
    assert len(found) == 1
    assert found[0].startswith(line)
    assert lint(tmp_path)[0] == f"clean/vendors.odcs.yaml: {found[0]}"


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n", "\x00\x01"])
def test_what_is_no_contract_at_all_gets_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vendors.odcs.yaml"
    path.write_text(text, "utf-8")
    (line,) = lint_file(path)
    assert "keys of a contract" in line or "not YAML" in line


@pytest.mark.slow  # `make lint` asks the same
def test_the_contracts_of_this_checkout_have_no_problem() -> None:
    assert lint() == []


def test_checks_are_partitioned_like_their_tables() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.asset_check_keys:
        assert graph.get(key).partitions_def == graph.get(dg.AssetKey(key.asset_key.path)).partitions_def
