"""Write–audit–publish of one layer: audit, publish and describe, one after the other.

Rules are checked before anything is published: the frames are audited, and committed only when no blocking rule failed;
otherwise the results are recorded, the run fails and what was published before stays. No rule is written here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import dagster as dg
import polars as pl

from cryptodrug_assets.checks.audit import audit
from cryptodrug_assets.checks.describe import check_results, materialisation
from cryptodrug_assets.checks.publish import HeldBackError, publish
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore


class Platform(Protocol):
    """What a layer is published to: the tables of record, and the settings they are judged and shown by."""

    @property
    def store(self) -> TableStore: ...

    @property
    def settings(self) -> Settings: ...


def write_audit_publish(
    context: dg.AssetExecutionContext,
    layer: str,
    frames: Mapping[str, pl.DataFrame],
    cell: tuple[str, str] | None,
    platform: Platform,
    *,
    metadata: Mapping[str, Any] | None = None,
    extra: Mapping[str, pl.DataFrame] | None = None,
    wave: str | None = None,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Judge the frames of a layer in a cell (None: across months), then publish all of the selected ones or none.

    `extra` are frames of other tables ("layer.table") that the rules may ask; `wave` is the survey's, for tables that
    are partitioned by it. Yields the results of the selected
    checks, and the materialisations. Raises dagster.Failure when a blocking rule failed.
    """
    asked = {key.path[-1] for key in context.selected_asset_keys if key.path[0] == layer}
    # In the order the frames were made: one table may depend on another of the same layer.
    selected = {table: frame for table, frame in frames.items() if table in asked}
    wanted = {(key.asset_key.path[-1], key.name) for key in context.selected_asset_check_keys}
    judged = [table for table in frames if table in selected or any(table == name for name, _ in wanted)]
    told = metadata or {}
    store, settings = platform.store, platform.settings

    audited = audit(layer, frames, *(cell or (None, None)), judged=judged, store=store, settings=settings, extra=extra)
    results = {table: check_results(audited, table, wanted) for table in judged}
    # The choices, keys and contents that made a table are written with it, so that it tells which they were.
    made_with = {name: str(value) for name, value in told.items() if name.startswith(("option/", "key/", "made/"))}
    try:
        hashes = publish(audited, selected, store, {"run_id": context.run.run_id} | made_with, wave)
    except HeldBackError as err:
        for items in results.values():
            yield from items
        raise dg.Failure(str(err), allow_retries=False) from None
    shown = {name: value for name, value in told.items() if not name.startswith("key/")}
    for table, frame in selected.items():
        yield materialisation(
            audited,
            table,
            frame,
            data_version=hashes[table],
            country=settings.country,
            metadata=shown,
            results=results[table],
        )
