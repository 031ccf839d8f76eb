"""The tables of a wave in the store, which are partitioned by it. Keep out: how they are made."""

from collections.abc import Mapping, Sequence

import polars as pl

from cryptodrug_assets.storage.store import TableStore

#: Columns of the survey's answers that rules of the interviews ask for.
ASKED = ("wave", "respondent")


def rows_of_wave(store: TableStore, name: str, wave: str, columns: Sequence[str] | None = None) -> pl.DataFrame | None:
    """Rows of a wave of "layer.table", all columns or these; None where table or wave is not there, or without rows."""
    layer, table = name.split(".")
    partition = {"wave": wave}
    if not store.exists(layer, table, partition=partition):
        return None
    rows = store.read(layer, table, columns=columns, partition=partition)
    return rows if rows.height else None


def commit_wave(
    store: TableStore, wave: str, frames: Mapping[str, pl.DataFrame], *, synthetic: bool | None = None
) -> None:
    """Put tables ("layer.table") of a wave into the store, in place of what the wave holds of them."""
    layers: dict[str, dict[str, pl.DataFrame]] = {}
    for name, frame in frames.items():
        layer, table = name.split(".")
        layers.setdefault(layer, {})[table] = frame
    facts = {} if synthetic is None else {"synthetic": synthetic}
    for layer, of_layer in layers.items():
        store.commit_all(layer, of_layer, metadata=facts, partition={"wave": wave})
