"""The tables of record: one Delta table per layer and table, replaced partition by partition.

A partition is a market-month, or whatever columns the contract partitions by (a survey's wave), or the whole table.

Knows the contracts (types, keys) and nothing of Dagster, checks or methods. A replacement is one atomic commit; readers
see the version before or after it, and any number of writers may replace different partitions at once.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import deltalake
import polars as pl
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.inert import printable
from cryptodrug_assets.months import month_start
from cryptodrug_assets.observation import UserError, check_market

# Columns and values of a partition, such as {"market": "dream", "month": "2018-11"} or {"wave": "2019"}.
Partition = Mapping[str, str]
_RETRIES = 50
_HASH_ROWS = 50_000
_WHOLE = "*"
_WHY = 160
# A release may name any version: neither log entries nor files of old versions are ever cleaned up by a commit.
# What was last read of tables' logs: by place and identity of the table (one written anew is another), its version and
# facts.
_FACTS: dict[tuple[str, str], tuple[int, dict[str, dict[str, Any]]]] = {}
_CONFIGURATION = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


class DamagedTableError(UserError):
    """Files of a table are not as they were written; says which table and what mends it."""

    def __init__(self, layer: str, table: str, why: BaseException | str) -> None:
        self.name = f"{layer}.{table}"
        # Libraries add stacks and colours of their own.
        first = next(iter(str(why).strip().splitlines()), "") or type(why).__name__
        self.why = printable(first[:_WHY])
        super().__init__(
            f"the table {layer}/{table} is damaged and cannot be read ({self.why}); `cryptodrug repair` keeps what is"
            " left aside and makes it anew from the layer before"
        )


class TableStore:
    """Delta tables under one root: a folder, or a URI such as s3://bucket/tables (credentials from the environment).

    A partition that was committed with no rows exists; one never committed does not: the commit itself leaves a
    mark (a Delta application transaction named after the partition), so the two can be told apart.

    >>> import tempfile
    >>> from cryptodrug_assets.contracts import empty, load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = TableStore(folder)
    ...     before = store.exists("clean", "vendors", "dream", "2018-11")
    ...     version = store.commit("clean", "vendors", empty(load("clean", "vendors")), "dream", "2018-11")
    ...     before, version, store.exists("clean", "vendors", "dream", "2018-11"), store.partitions("clean", "vendors")
    (False, 1, True, [])
    """

    def __init__(self, root: Path | str) -> None:
        self.root = str(root)

    def uri(self, layer: str, table: str) -> str:
        """Where the table lies."""
        return f"{self.root.rstrip('/')}/{layer}/{table}"

    def exists(
        self,
        layer: str,
        table: str,
        market: str | None = None,
        month: str | None = None,
        *,
        partition: Partition | None = None,
    ) -> bool:
        """Whether the partition was ever committed, with or without rows; without one, the whole table.

        A table whose partitions were committed one by one exists as a whole, too.
        """
        delta = self._open(layer, table)
        return delta is not None and _holds(delta, _partition(market, month, partition))

    def read(
        self,
        layer: str,
        table: str,
        market: str | None = None,
        month: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        version: int | None = None,
        partition: Partition | None = None,
    ) -> pl.DataFrame:
        """Rows of a partition ("YYYY-MM"), a market, a month or the whole table, with contract types, in key order.

        `partition` names columns and values where a table is partitioned by others than market and month.

        `version` reads an older version of the table. Raises UserError naming the asset to materialise when the
        partition (or, for wider reads, the table) was never committed.
        """
        contract = contracts.load(layer, table)
        names = list(contract.polars_schema) if columns is None else list(columns)
        if unknown := [name for name in names if name not in contract.polars_schema]:
            raise UserError(f"{contract.name} has no column {', '.join(unknown)}")
        chosen = _partition(market, month, partition)
        one_partition = bool(contract.partition_by) and set(contract.partition_by) <= set(chosen)
        delta = self._open(layer, table)
        if delta is None or not _holds(delta, chosen if one_partition else {}):
            raise UserError(_not_materialised(layer, table, chosen if one_partition else {}))
        if version is not None:
            delta = deltalake.DeltaTable(self.uri(layer, table), version=version)
        # Key columns take part in the order even when they are not asked for.
        keys = [name for name in contract.primary_key if name not in names]
        lazy = pl.scan_delta(delta)
        for name, value in chosen.items():
            lazy = lazy.filter(pl.col(name) == _typed(name, value))
        try:
            frame = lazy.select([*names, *keys]).collect()
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as err:
            raise DamagedTableError(layer, table, err) from err
        return frame.sort(list(contract.primary_key), maintain_order=True).select(names)

    def commit(
        self,
        layer: str,
        table: str,
        frame: pl.DataFrame,
        market: str | None = None,
        month: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        partition: Partition | None = None,
    ) -> int:
        """Replace a partition (without one: the whole table) atomically; returns the new version.

        The frame must fit the contract and hold rows of the partition alone; UserError otherwise, nothing is written.
        """
        contract = contracts.load(layer, table)
        frame = contracts.conform(frame, contract)
        chosen = _partition(market, month, partition)
        predicate = self._predicate(contract, frame, chosen)
        name = _partition_id(chosen)
        uri = self.uri(layer, table)
        delta = self._create(contract, uri)
        facts = {"contract": contract.label, "partition": name, "rows": frame.height, **(metadata or {})}
        properties = deltalake.CommitProperties(
            custom_metadata={key: str(value) for key, value in facts.items()},
            max_commit_retries=_RETRIES,
            app_transactions=[deltalake.Transaction(name, time.time_ns() // 1000)],
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
        *,
        partition: Partition | None = None,
    ) -> dict[str, str]:
        """Replace a partition of several tables of a layer; returns the content hash by table.

        All frames are fitted to their contracts and the partition before the first is written.
        """
        shaped = {table: contracts.conform(frame, contracts.load(layer, table)) for table, frame in frames.items()}
        for table, frame in shaped.items():
            self._predicate(contracts.load(layer, table), frame, _partition(market, month, partition))
        hashes = {table: content_hash(frame) for table, frame in shaped.items()}
        for table, frame in shaped.items():
            facts = {**(metadata or {}), "content_hash": hashes[table]}
            self.commit(layer, table, frame, market, month, facts, partition=partition)
        return hashes

    def content_hash(self, frame: pl.DataFrame) -> str:
        """Hex digest of names, types and rows; the order of the rows and how Delta stored them do not matter."""
        return content_hash(frame)

    def committed(self, layer: str, table: str, cells: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the cells that were ever committed; the table is opened once."""
        delta = self._open(layer, table)
        return set() if delta is None else {cell for cell in cells if _holds(delta, _partition(*cell))}

    def facts(self, layer: str, table: str) -> dict[str, dict[str, Any]]:
        """What was written with the latest commit of each partition ("market|month", or "*" for a whole table)."""
        delta = self._open(layer, table)
        if delta is None:
            return {}
        version, place = int(delta.version()), (self.uri(layer, table), str(delta.metadata().id))
        known, facts = _FACTS.get(place, (0, {}))
        if version != known:
            # Sensors ask each minute, and a log of years has thousands of entries: only what came is read.
            newer = delta.history(version - known if 0 < known < version else None)
            latest: dict[str, dict[str, Any]] = {}
            for entry in newer:
                if "partition" in entry:
                    latest.setdefault(str(entry["partition"]), entry)
            facts = {**facts, **latest} if known < version else latest
            _FACTS[place] = version, facts
        return dict(facts)

    def damage(self, layer: str, table: str) -> str | None:
        """What is wrong with the files of a table, as far as their log, names and sizes tell; None when nothing is."""
        try:
            delta = self._open(layer, table)
        except DamagedTableError as err:
            return err.why
        if delta is None or "://" in self.root:
            return None
        folder = Path(self.uri(layer, table))
        if any(not path.stat().st_size for path in (folder / "_delta_log").glob("*.json")):
            return "its log has an empty entry"
        actions = pl.DataFrame(delta.get_add_actions(flatten=True)).select("path", "size_bytes")
        for name, size in actions.iter_rows():
            path = folder / unquote(name)
            if not path.is_file():
                return "files of rows are gone"
            if path.stat().st_size != size:
                return "files of rows have another size than was written"
        return None

    def versions(self) -> dict[str, int]:
        """Current version of every table by "layer.table": what a release has to name to be read again later."""
        versions = {}
        for contract in contracts.all_contracts():
            delta = self._open(contract.layer, contract.table)
            if delta is not None:
                versions[contract.name] = int(delta.version())
        return versions

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
        except TableNotFoundError as err:
            if "://" not in uri and any(Path(uri).glob("**/*.parquet")):
                raise DamagedTableError(layer, table, "its log is gone") from err
            return None
        except (DeltaError, OSError, ValueError) as err:
            if not _of_the_table(err):
                raise
            raise DamagedTableError(layer, table, err) from err

    def _create(self, contract: Contract, uri: str) -> deltalake.DeltaTable:
        """The table, made empty (version 0) where there is none; two writers may try at once."""
        if "://" not in uri:
            Path(uri).mkdir(parents=True, exist_ok=True, mode=0o700)
        empty = pl.DataFrame(schema=contract.polars_schema)
        schema = deltalake.Schema.from_arrow(empty.to_arrow().schema)
        if (delta := self._open(contract.layer, contract.table)) is not None:
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
    def _predicate(contract: Contract, frame: pl.DataFrame, partition: Partition) -> str | None:
        """The rows to replace, as SQL; UserError when the frame holds rows of another partition."""
        conditions = []
        for name, value in partition.items():
            if name in contract.partition_by:
                literal = check_market(value) if name == "market" else str(_typed(name, value)).replace("'", "''")
                conditions.append(f"{name} = '{literal}'")
            elif frame.height:
                raise UserError(f"{contract.name} is not partitioned by {name}")
        others = [pl.col(name).ne_missing(_typed(name, value)) for name, value in partition.items() if frame.height]
        strange = frame.filter(pl.any_horizontal(others)) if others else frame.clear()
        if strange.height:
            raise UserError(f"{contract.name}: {strange.height} rows do not belong to {' '.join(partition.values())}")
        return " AND ".join(conditions) or None


def content_hash(frame: pl.DataFrame) -> str:
    """Hex digest (blake2b, 16 bytes) of a frame's names, types and rows, whatever their order.

    Rows are written as text with exact floats (bit patterns), so it does not depend on library internals.

    >>> one, other = pl.DataFrame({"n": [1, 2]}), pl.DataFrame({"n": [2, 1]})
    >>> content_hash(one) == content_hash(other), content_hash(one) == content_hash(one.head(1))
    (True, False)
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


def _of_the_table(error: Exception) -> bool:
    """Whether a failure to open tells of the table: a full disk or missing rights tell of the machine."""
    return not isinstance(error, PermissionError) and "ermission denied" not in str(error)


def _holds(delta: deltalake.DeltaTable, partition: Partition | None = None) -> bool:
    """Whether the partition was ever committed; without one, anything at all."""
    if not partition:
        return int(delta.version()) > 0
    return delta.transaction_version(_partition_id(partition)) is not None


def _partition(market: str | None, month: str | None, partition: Partition | None = None) -> dict[str, str]:
    """Columns and values of a partition; market and month are the usual ones."""
    given = {"market": market, "month": month, **(partition or {})}
    return {name: value for name, value in given.items() if value is not None}


def _partition_id(partition: Partition) -> str:
    """Name of a partition in the commit log."""
    return "|".join(partition.values()) or _WHOLE


def _typed(name: str, value: str) -> object:
    """A partition's value as its column has it: a month is its first day."""
    return month_start(value) if name == "month" else value


def _not_materialised(layer: str, table: str, partition: Partition) -> str:
    cell = f" of {' '.join(partition.values())}" if partition else ""
    command = f"cryptodrug backfill --select {layer}"
    if "market" in partition and "month" in partition:
        command += f" --market {partition['market']} --from {partition['month']} --to {partition['month']}"
    return f"{layer}/{table}{cell} has not been materialised; run `{command}` or materialise it in the UI"
