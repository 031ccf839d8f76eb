"""The generated column lineage (data_contracts/lineage.json) as Dagster shows it."""

import json
from functools import lru_cache

import dagster as dg

from cryptodrug_assets.observation import CONTRACTS_DIR

FILE = CONTRACTS_DIR / "lineage.json"


@lru_cache
def lineage() -> dict[str, dict[str, list[str]]]:
    """By "layer.table" and column, the columns it is computed from ("layer.table.column")."""
    return dict(json.loads(FILE.read_text("utf-8"))["tables"])


def column_lineage(layer: str, table: str) -> dg.TableColumnLineage | None:
    """The lineage of a table's columns; None for a table of which none has been generated."""
    columns = lineage().get(f"{layer}.{table}")
    if columns is None:
        return None
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(asset_key=dg.AssetKey(source.split(".")[:2]), column_name=source.split(".")[2])
                for source in sources
            ]
            for column, sources in columns.items()
            if sources
        }
    )
