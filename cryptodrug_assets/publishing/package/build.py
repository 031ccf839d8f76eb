"""The data package as files by path: data/, datapackage.json, CITATION.cff, deposit/, examples/."""

from collections.abc import Sequence

from cryptodrug_assets.publishing.package.citation import citation_cff, dataverse_json, zenodo_json
from cryptodrug_assets.publishing.package.descriptor import codebook, datapackage, load_sql
from cryptodrug_assets.publishing.package.examples import examples
from cryptodrug_assets.publishing.package.facts import Facts
from cryptodrug_assets.publishing.package.tables import Table, csv_bytes, parquet_bytes
from cryptodrug_assets.publishing.package.workbook import workbook
from cryptodrug_assets.publishing.words import LANGUAGES


def data_package(tables: Sequence[Table], facts: Facts) -> dict[str, bytes]:
    """Every file of the package by its path in the release; the same bytes for the same tables and facts."""
    data: dict[str, bytes] = {}
    for table in tables:
        data[f"data/{table.name}.csv"] = csv_bytes(table.frame)
        data[f"data/{table.name}.parquet"] = parquet_bytes(table, facts)
    described = {
        "data/codebook.csv": codebook(tables),
        "data/load.sql": load_sql(tables, facts),
        "datapackage.json": datapackage(tables, facts, data),
        "CITATION.cff": citation_cff(facts),
        "deposit/zenodo.json": zenodo_json(facts),
        "deposit/dataverse.json": dataverse_json(facts),
    }
    books = {f"data/cryptodrug.{language}.xlsx": workbook(tables, facts, language) for language in LANGUAGES}
    return data | described | books | examples(tables)
