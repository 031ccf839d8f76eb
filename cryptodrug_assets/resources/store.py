"""The tables of record: one Delta table per layer and table, replaced partition by partition (market and month).

Knows the contracts (types, keys) and nothing of Dagster, checks or methods. A replacement is one atomic commit; readers
see the version before or after it, and any number of writers may replace different partitions at once.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import deltalake
import polars as pl
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.observation import UserError, check_market, month_start

_RETRIES = 50
_HASH_ROWS = 50_000
_WHOLE = "*"
# A release may name any version: neither log entries nor files of old versions are ever cleaned up by a commit.
_CONFIGURATION = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


class TableStore:
    """Delta tables under one root: a folder, or a URI such as s3://bucket/tables (credentials from the environment).

    A partition that was committed with no rows exists; one never committed does not: the commit itself leaves a
    mark (a Delta application transaction named after the partition), so the two can be told apart.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = str(root)

    def uri(self, layer: str, table: str) -> str:
        """Where the table lies."""
        return f"{self.root.rstrip('/')}/{layer}/{table}"

    def exists(self, layer: str, table: str, market: str | None = None, month: str | None = None) -> bool:
        """Whether the partition was ever committed, with or without rows; without market and month, the whole table.

        A table whose partitions were committed one by one exists as a whole, too.
        """
        delta = self._open(layer, table)
        return delta is not None and _holds(delta, market, month)

    def read(
        self,
        layer: str,
        table: str,
        market: str | None = None,
        month: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        version: int | None = None,
    ) -> pl.DataFrame:
        """Rows of a partition ("YYYY-MM"), a market, a month or the whole table, with contract types, in key order.

        `version` reads an older version of the table. Raises UserError naming the asset to materialise when the
        partition (or, for wider reads, the table) was never committed.
        """
        contract = contracts.load(layer, table)
        names = list(contract.polars_schema) if columns is None else list(columns)
        if unknown := [name for name in names if name not in contract.polars_schema]:
            raise UserError(f"{contract.name} has no column {', '.join(unknown)}")
        one_partition = market is not None and month is not None
        delta = self._open(layer, table)
        if delta is None or not (_holds(delta, market, month) if one_partition else _holds(delta)):
            cell = f" of {market} {month}" if one_partition else ""
            command = f"cryptodrug backfill --select {layer}" + (
                f" --market {market} --from {month} --to {month}" if one_partition else ""
            )
            raise UserError(
                f"{layer}/{table}{cell} has not been materialised; run `{command}` or materialise it in the UI"
            )
        if version is not None:
            delta = deltalake.DeltaTable(self.uri(layer, table), version=version)
        # Key columns take part in the order even when they are not asked for.
        keys = [name for name in contract.primary_key if name not in names]
        lazy = pl.scan_delta(delta)
        if market is not None:
            lazy = lazy.filter(pl.col("market") == market)
        if month is not None:
            lazy = lazy.filter(pl.col("month") == month_start(month))
        frame = lazy.select([*names, *keys]).collect()
        return frame.sort(list(contract.primary_key), maintain_order=True).select(names)

    def commit(
        self,
        layer: str,
        table: str,
        frame: pl.DataFrame,
        market: str | None = None,
        month: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> int:
        """Replace a partition (without market and month: the whole table) atomically; returns the new version.

        The frame must fit the contract and hold rows of the partition alone; UserError otherwise, nothing is written.
        """
        contract = contracts.load(layer, table)
        frame = contracts.conform(frame, contract)
        predicate = self._predicate(contract, frame, market, month)
        partition = _partition_id(market, month)
        uri = self.uri(layer, table)
        delta = self._create(contract, uri)
        facts = {"contract": contract.label, "partition": partition, "rows": frame.height, **(metadata or {})}
        properties = deltalake.CommitProperties(
            custom_metadata={key: str(value) for key, value in facts.items()},
            max_commit_retries=_RETRIES,
            app_transactions=[deltalake.Transaction(partition, time.time_ns() // 1000)],
        )
        for attempt in range(_RETRIES):
            try:
                deltalake.write_deltalake(
                    delta, frame, mode="overwrite", predicate=predicate, commit_properties=properties
                )
            except CommitFailedError:
                # Another writer replaced the same partition meanwhile: the later one wins, on a fresh snapshot.
                if attempt == _RETRIES - 1:
                    raise
                time.sleep(0.02 * (attempt + 1))
                delta = deltalake.DeltaTable(uri)
            else:
                return int(delta.version())
        raise AssertionError("unreachable")

    def commit_all(
        self,
        layer: str,
        frames: Mapping[str, pl.DataFrame],
        market: str | None = None,
        month: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """Replace a partition of several tables of a layer; returns the content hash by table.

        All frames are fitted to their contracts and the partition before the first is written.
        """
        shaped = {table: contracts.conform(frame, contracts.load(layer, table)) for table, frame in frames.items()}
        for table, frame in shaped.items():
            self._predicate(contracts.load(layer, table), frame, market, month)
        hashes = {table: content_hash(frame) for table, frame in shaped.items()}
        for table, frame in shaped.items():
            self.commit(layer, table, frame, market, month, {**(metadata or {}), "content_hash": hashes[table]})
        return hashes

    def content_hash(self, frame: pl.DataFrame) -> str:
        """Hex digest of names, types and rows; the order of the rows and how Delta stored them do not matter."""
        return content_hash(frame)

    def versions(self) -> dict[str, int]:
        """Current version of every table by "layer.table": what a release has to name to be read again later."""
        found = {}
        for contract in contracts.all_contracts():
            delta = self._open(contract.layer, contract.table)
            if delta is not None:
                found[contract.name] = int(delta.version())
        return found

    def partitions(self, layer: str, table: str) -> list[tuple[str, str]]:
        """(market, "YYYY-MM") of the partitions that hold rows."""
        delta = self._open(layer, table)
        if delta is None:
            return []
        return sorted({(str(part["market"]), str(part["month"])[:7]) for part in delta.partitions()})

    def read_earlier(
        self, layer: str, table: str, market: str, month: str, columns: Sequence[str], *, count: int
    ) -> pl.DataFrame:
        """The columns in up to `count` months before `month` that hold rows of the market; none when there are none.

        The table is opened once, whatever the number of months: that is what the rules about history cost.
        """
        contract = contracts.load(layer, table)
        empty = pl.DataFrame(schema={name: contract.polars_schema[name] for name in columns})
        delta = self._open(layer, table)
        if delta is None:
            return empty
        held = {str(part["month"])[:7] for part in delta.partitions() if str(part["market"]) == market}
        chosen = [month_start(name) for name in sorted(name for name in held if name < month)[-count:]]
        if not chosen:
            return empty
        rows = pl.scan_delta(delta).filter((pl.col("market") == market) & pl.col("month").is_in(chosen))
        return pl.concat([empty, rows.select(columns).collect()])

    def _open(self, layer: str, table: str) -> deltalake.DeltaTable | None:
        uri = self.uri(layer, table)
        if "://" not in uri and not Path(uri).is_dir():
            return None
        try:
            return deltalake.DeltaTable(uri)
        except TableNotFoundError:
            return None

    def _create(self, contract: Contract, uri: str) -> deltalake.DeltaTable:
        """The table, made empty (version 0) where there is none; two writers may try at once."""
        if "://" not in uri:
            Path(uri).mkdir(parents=True, exist_ok=True, mode=0o700 if contract.restricted else 0o755)
        empty = pl.DataFrame(schema=contract.polars_schema)
        schema = deltalake.Schema.from_arrow(empty.to_arrow().schema)
        if deltalake.DeltaTable.is_deltatable(uri):
            delta = deltalake.DeltaTable(uri)
            found = [field.name for field in delta.schema().fields]
            if found != [field.name for field in schema.fields]:
                raise UserError(
                    f"the stored table {contract.name} has the columns of another contract version; move"
                    f" {contract.layer}/{contract.table} out of the tables folder and backfill it again"
                )
            return delta
        try:
            deltalake.DeltaTable.create(
                uri,
                schema,
                mode="ignore",
                partition_by=list(contract.partition_by),
                name=contract.name,
                description=contract.description,
                configuration=_CONFIGURATION,
            )
        except DeltaError:
            if not deltalake.DeltaTable.is_deltatable(uri):
                raise
        return deltalake.DeltaTable(uri)

    @staticmethod
    def _predicate(contract: Contract, frame: pl.DataFrame, market: str | None, month: str | None) -> str | None:
        conditions = []
        if market is not None:
            if "market" in contract.partition_by:
                conditions.append(f"market = '{check_market(market)}'")
            elif frame.height:
                raise UserError(f"{contract.name} is not partitioned by market")
        if month is not None:
            conditions.append(f"month = '{month_start(month)}'")
        strange = frame.filter(
            (pl.col("market") != market if market is not None else pl.lit(value=False))
            | (pl.col("month") != month_start(month) if month is not None else pl.lit(value=False))
        )
        if strange.height:
            raise UserError(f"{contract.name}: {strange.height} rows do not belong to {market} {month}")
        return " AND ".join(conditions) or None


def content_hash(frame: pl.DataFrame) -> str:
    """Hex digest (blake2b, 16 bytes) of a frame's names, types and rows, whatever their order.

    Rows are written as text with exact floats (bit patterns), so it does not depend on library internals.
    """
    exact = frame.select(
        # -0.0 and 0.0 are one value; the bits keep NaN apart from null.
        pl.when(pl.col(name) == 0).then(0.0).otherwise(pl.col(name)).reinterpret(dtype=pl.Int64).alias(name)
        if dtype == pl.Float64
        else pl.col(name)
        for name, dtype in frame.schema.items()
    )
    flat = [name for name, dtype in exact.schema.items() if not dtype.is_nested()]
    exact = exact.sort(flat, nulls_last=True, maintain_order=True) if flat else exact
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr([(name, str(dtype)) for name, dtype in frame.schema.items()]).encode())
    for start in range(0, exact.height, _HASH_ROWS):
        digest.update(exact.slice(start, _HASH_ROWS).write_ndjson().encode())
    return digest.hexdigest()


def _holds(delta: deltalake.DeltaTable, market: str | None = None, month: str | None = None) -> bool:
    """Whether the partition was ever committed; without market and month, anything at all."""
    if market is None and month is None:
        return int(delta.version()) > 0
    return delta.transaction_version(_partition_id(market, month)) is not None


def _partition_id(market: str | None, month: str | None) -> str:
    """Name of a partition in the commit log."""
    return "|".join(part for part in (market, month) if part is not None) or _WHOLE
