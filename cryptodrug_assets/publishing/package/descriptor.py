"""What describes the tables: datapackage.json, the code book, the SQL that loads them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from cryptodrug_assets.contracts import Column
from cryptodrug_assets.languages import LANGUAGES, SOURCE
from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.package.facts import MARK, Facts, json_bytes
from cryptodrug_assets.publishing.package.tables import Table, csv_bytes
from cryptodrug_assets.publishing.words import Words

_PROFILE = "https://datapackage.org/profiles/2.0/{}.json"
_TYPES = {
    "string": "string", "number": "number", "integer": "integer", "boolean": "boolean", "date": "date",
    "timestamp": "datetime", "array": "list",
}  # fmt: skip
_CODED = (
    "ref_area", "market", "indicator", "param", "drug_class", "unit_measure", "obs_status", "conf_status", "method",
)  # fmt: skip


def datapackage(tables: Sequence[Table], facts: Facts, data: Mapping[str, bytes]) -> bytes:
    """datapackage.json (Data Package v2) of the tables' files in `data`, by path."""
    document = {
        "$schema": _PROFILE.format("datapackage"),
        "name": "cryptodrug",
        "id": f"{facts.publisher.base}/{facts.name}",
        "version": facts.name,
        "title": facts.title("en"),
        "description": facts.publisher.description["en"],
        "homepage": facts.publisher.home,
        "created": facts.stamp,
        "keywords": facts.publisher.keywords["en"],
        "licenses": [{"name": facts.publisher.licence.name, "path": facts.publisher.licence.uri}],
        "contributors": [{"title": facts.publisher.name["en"], "path": facts.publisher.home, "roles": ["publisher"]}],
        "sources": [{"title": f"{MARK} markets" if facts.synthetic else "Captured pages of the markets"}],
        "resources": [resource for table in tables for resource in _resources(table, data)],
    }
    return json_bytes(document)


def _resources(table: Table, data: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    title = Words("en").label("dataset", table.name)
    schema = {
        "$schema": _PROFILE.format("tableschema"),
        "fields": [_field(table, column) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    path = f"data/{table.name}.csv"
    yield {
        "name": table.name.replace("_", "-"),
        "type": "table",
        "path": path,
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data[path]),
        "hash": _hash(data[path]),
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "schema": schema,
    }
    # A file, and no table: it brings its types itself, and a reader that goes through pandas makes numbers of nothing.
    binary = f"data/{table.name}.parquet"
    yield {
        "name": f"{table.name.replace('_', '-')}-parquet",
        "type": "file",
        "path": binary,
        "title": f"{title} (Parquet)",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "hash": _hash(data[binary]),
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES[column.logical_type],
        "title": _heading(table, column, "en"),
        "description": column.description,
    }
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.enum:
        constraints["enum"] = list(column.enum)
    return field | ({"constraints": constraints} if constraints else {})


def _heading(table: Table, column: Column, language: str) -> str:
    return Words(language).label("column", column.name) if table.observations else column.name


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def codebook(tables: Sequence[Table]) -> bytes:
    """The code book: every column, and every code that stands in the tables, with its words in three languages."""
    rows: list[tuple[str | None, ...]] = [
        (table.name, column.name, None, column.physical_type, column.description,
         *(_heading(table, column, language) for language in LANGUAGES))
        for table in tables
        for column in table.columns
    ]  # fmt: skip
    rows += [(None, column, code, None, meaning or None, *words) for column, code, meaning, *words in _codes(tables)]
    names = ["table", "column", "code", "type", "meaning", *LANGUAGES]
    return csv_bytes(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"))


def _codes(tables: Sequence[Table]) -> Iterator[tuple[str, ...]]:
    observed = pl.concat([table.frame for table in tables if table.observations])
    speakers = [Words(language) for language in LANGUAGES]
    english = speakers[[*LANGUAGES].index(SOURCE)]
    for column in _CODED:
        if column == "indicator":
            for code, param in observed.select("indicator", "param").unique().sort("indicator", "param").iter_rows():
                text = code if param == codes.TOTAL else f"{code} {param}"
                yield column, text, english.definition(code, param), *(w.indicator(code, param) for w in speakers)
            continue
        for code in observed[column].unique().sort():
            meaning = english.meaning(column, code) if column.endswith("_status") else ""
            yield column, code, meaning, *(code_label(words, column, code) for words in speakers)


def code_label(words: Words, column: str, code: str) -> str:
    """The label of a code of any coded column of exchange.observations but the indicator, which has two parts."""
    if column == "unit_measure":
        return words.unit(code)
    if column == "method":
        return words.method(code)
    return words.param(code) if column == "param" else words.label(column, code)


def load_sql(tables: Sequence[Table], facts: Facts) -> bytes:
    """SQL that makes a view of every table, with comments; for DuckDB, started in the folder of the release."""
    words = Words("en")
    lines = [
        f"-- {facts.title('en')}, release {facts.name}.",
        "-- In the folder of the release: duckdb -init data/load.sql",
        "-- R: library(arrow); read_parquet('data/shares.parquet'). Python: polars.read_parquet('data/shares.parquet')",
        "",
    ]
    for table in tables:
        lines += [
            f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM read_parquet('data/{table.name}.parquet');",
            f"COMMENT ON VIEW {table.name} IS {_quoted(words.label('dataset', table.name))};",
            *(
                f"COMMENT ON COLUMN {table.name}.{column.name} IS {_quoted(column.description)};"
                for column in table.columns
            ),
            "",
        ]
    lines.append("CREATE OR REPLACE VIEW codebook AS SELECT * FROM read_csv('data/codebook.csv', all_varchar = true);")
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
