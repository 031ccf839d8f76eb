"""Rows erased from a table of record, with every older version and the log that describes them.

The table is written anew beside the old one, partition by partition, and takes its place. What each partition was
made from and the content it had stay known, so that nothing takes the erasure for a change of data.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.storage.store import TableStore

_KEPT_FACTS = ("content_hash", "run_id", "waivers", "contract")
_KEPT_KINDS = ("made/", "option/", "key/")
_ASIDE, _OLD = ".erasing", ".erased"
# Rows of one partition and its name ("market|month", or "*") → those that stay.
Keep = Callable[[pl.DataFrame, str], pl.DataFrame]


def rewrite(store: TableStore, layer: str, table: str, keep: Keep) -> int:
    """Keep what `keep` returns of each partition and nothing else, in no version; the number of rows that went.

    UserError for tables that are not in a folder of this machine.
    """
    if "://" in store.root:
        raise UserError(
            "tables in an object store are erased there: its own versions and copies are not reached from here"
        )
    _finish(store, layer, table)
    if not store.exists(layer, table):
        return 0
    contract = contracts.load(layer, table)
    aside = TableStore(Path(store.root) / _ASIDE)
    place = Path(aside.uri(layer, table))
    shutil.rmtree(place, ignore_errors=True)
    gone = 0
    for name, facts in sorted(store.facts(layer, table).items()):
        partition = dict(zip(contract.partition_by, name.split("|"), strict=True)) if name != "*" else {}
        rows = store.read(layer, table, partition=partition or None)
        kept = keep(rows, name)
        gone += rows.height - kept.height
        told = {key: value for key, value in facts.items() if key in _KEPT_FACTS or key.startswith(_KEPT_KINDS)}
        aside.commit(layer, table, kept, metadata=told, partition=partition or None)
    old = Path(store.root) / _OLD / layer / table
    old.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    Path(store.uri(layer, table)).rename(old)
    place.rename(store.uri(layer, table))
    _finish(store, layer, table)
    return gone


def _finish(store: TableStore, layer: str, table: str) -> None:
    """Remove what was replaced; after a death between the two renames the new table takes its place first."""
    old, new = (Path(store.root) / name / layer / table for name in (_OLD, _ASIDE))
    if old.exists() and new.exists() and not Path(store.uri(layer, table)).exists():
        new.rename(store.uri(layer, table))
    shutil.rmtree(old, ignore_errors=True)
    for folder in (Path(store.root) / _OLD, Path(store.root) / _ASIDE):
        for path in (folder / layer, folder):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
