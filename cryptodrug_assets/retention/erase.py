"""Erasing a market-month, one vendor, or what its term has passed for: bytes, rows, old versions, copies.

What was published in aggregate stays: it names nobody. Each erasure is written into the log of the home.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.archive.data_sets import forget_files
from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.verify import archives
from cryptodrug_assets.cleaning.corrections import without_vendor
from cryptodrug_assets.cleaning.keyring import pseudonyms_of
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.layers import RESTRICTED_LAYERS
from cryptodrug_assets.months import month_of, month_plus
from cryptodrug_assets.observation import MARKETS
from cryptodrug_assets.retention import log
from cryptodrug_assets.retention.archive import erase_archive, erase_pages, pattern_of, require_erasable
from cryptodrug_assets.retention.tables import rewrite
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage import warehouse
from cryptodrug_assets.storage.store import TableStore

Cell = tuple[str, str]


@dataclass(frozen=True)
class Erased:
    """What went: pages of the archive, and rows by table."""

    pages: int
    rows: dict[str, int]


def erase_months(
    settings: Settings, cells: Mapping[Cell, Iterable[str]], why: str, now: datetime
) -> dict[Cell, Erased]:
    """Erase raw pages, parsed rows, or both, of market-months; aggregates and pseudonymous tables stay.

    UserError, with nothing erased, when there is nothing of one of them, or another process writes its archive.
    """
    chosen = {cell: sorted(layers) for cell, layers in cells.items()}
    store = TableStore(settings.tables)
    for cell, layers in chosen.items():
        _require_something(settings, store, cell, layers)
    entries: dict[Cell, dict[str, Any]] = {
        cell: {"what": "month", "market": cell[0], "month": cell[1], "layers": layers, "why": why}
        for cell, layers in chosen.items()
    }
    # Before anything goes: whoever makes a month again meanwhile is refused.
    for entry in entries.values():
        log.note(settings.home, entry | {"state": "begun"}, now)
    pages = {cell: erase_archive(settings.archive, *cell) if "raw" in layers else 0 for cell, layers in chosen.items()}
    files = _forget_files(settings, {cell for cell, layers in chosen.items() if "raw" in layers})
    rows: dict[Cell, dict[str, int]] = {cell: {} for cell in chosen}
    for each in _of_cells({layer for layers in chosen.values() for layer in layers}):
        parts = {"|".join(cell): cell for cell, layers in chosen.items() if each.layer in layers}
        _clear(store, each, parts, rows)
    _copies(settings, store)
    erased = {cell: Erased(pages[cell], rows[cell]) for cell in chosen}
    for cell, entry in entries.items():
        done = {"state": "done", "pages": pages[cell], "rows": sum(rows[cell].values()), "files": files[cell[0]]}
        log.note(settings.home, entry | done, datetime.now(UTC))
    return erased


def _require_something(settings: Settings, store: TableStore, cell: Cell, layers: Iterable[str]) -> None:
    there = any("|".join(cell) in store.facts(each.layer, each.table) for each in _of_cells(layers))
    if not there and not (settings.archive / cell[0] / cell[1]).exists():
        raise UserError(f"there is nothing of {cell[0]} {cell[1]} to erase; `cryptodrug status` shows what there is")
    if "raw" in layers:
        require_erasable(settings.archive, *cell)


def _clear(store: TableStore, table: Contract, parts: Mapping[str, Cell], rows: dict[Cell, dict[str, int]]) -> None:
    """Empty these partitions of a table; adds to `rows` how many rows each had."""

    def keep(frame: pl.DataFrame, part: str) -> pl.DataFrame:
        if part not in parts:
            return frame
        rows[parts[part]][table.name] = frame.height
        return frame.clear()

    rewrite(store, table.layer, table.table, keep)


def _of_cells(layers: Iterable[str]) -> list[Contract]:
    """The tables of market-months in the layers; those of a survey's wave hold no page of a market."""
    wanted = set(layers)
    return [each for each in contracts.all_contracts() if each.layer in wanted and not each.of_wave]


def _forget_files(settings: Settings, cells: Iterable[Cell]) -> dict[str, int]:
    """Files of data sets that the pages of these cells were taken from, by market: a file holds all of its months."""
    markets = {market for market, _ in cells}
    return dict.fromkeys(MARKETS, 0) | {market: forget_files(settings.archive / market) for market in sorted(markets)}


def erase_vendor(settings: Settings, key: str, why: str, now: datetime) -> Erased:
    """Erase a vendor, known by the pseudonym of the tables: each page that names them, and each row of or about them.

    UserError, with nothing erased, when no name in the tables has this pseudonym, or an archive cannot be read.
    """
    store = TableStore(settings.tables)
    names = _names(store, pseudonyms_of(settings.keys, store), key)
    if not names:
        raise UserError(f"no vendor in the parsed tables has the key {key}; `clean.vendors` has the keys (vendor_key)")
    for cell in archives(settings.archive):
        require_erasable(settings.archive, *cell)
    log.note(settings.home, {"what": "vendor", "key": key, "why": why, "state": "begun"}, now)
    pages, changed = 0, set()
    for cell in archives(settings.archive):
        count = erase_pages(settings.archive, *cell, names)
        pages += count
        changed |= {cell} if count else set()
    files = sum(_forget_files(settings, changed).values())
    rows = {}
    # The index of captures tells where pages lie: of archives that were written anew it is read from them again.
    rows["raw.captures"] = rewrite(store, "raw", "captures", lambda frame, part: _index(settings, frame, part, changed))
    kept = set(store.read("raw", "captures", columns=["capture_id"])["capture_id"].to_list())
    # Of months whose pages are gone rows are known by the name alone.
    without_pages = {"|".join(cell) for cell, layers in log.erased_layers(settings.home).items() if "raw" in layers}
    for each in _of_cells(["parsed"]):
        rows[each.name] = rewrite(
            store, each.layer, each.table,
            lambda frame, part: _without(frame, names, None if part in without_pages else kept),
        )  # fmt: skip
    for each in contracts.all_contracts():
        keyed = [name for name in ("vendor_key", "other_vendor_key") if name in each.polars_schema]
        if keyed and each.layer == "clean":
            rows[each.name] = _without_key(store, each, keyed, key)
    lines = without_vendor(settings.corrections_file, key)
    _copies(settings, store)
    done = {
        "what": "vendor", "key": key, "why": why, "state": "done", "pages": pages, "rows": sum(rows.values()),
        "files": files, "corrections": lines,
    }  # fmt: skip
    log.note(settings.home, done, datetime.now(UTC))
    return Erased(pages, rows)


def _without_key(store: TableStore, table: Contract, columns: Sequence[str], key: str) -> int:
    """Take the rows with the key in one of the columns out of a table; how many there were."""
    others = pl.all_horizontal(pl.col(name).ne_missing(key) for name in columns)
    return rewrite(store, table.layer, table.table, lambda frame, _: frame.filter(others))


def erase_keys(settings: Settings, why: str, now: datetime) -> list[str]:
    """Erase the pseudonym keys, former ones included: nothing then leads from a pseudonym back to a name, for anybody.

    Months made so far stay; no month can be added to them (`cryptodrug keys renew` begins anew). Returns the names.
    """
    gone = []
    for path in sorted([*settings.keys.glob("pseudonym-*.key"), *settings.keys.glob("former-*/pseudonym-*.key")]):
        # Overwritten first: a copy of the disk may be made before its blocks are used again.
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        gone.append(path.relative_to(settings.keys).as_posix())
    if not gone:
        raise UserError(f"there are no pseudonym keys in {settings.keys}")
    log.note(settings.home, {"what": "keys", "why": why, "state": "done", "keys": len(gone)}, now)
    return gone


def expired(settings: Settings, now: datetime) -> dict[Cell, list[str]]:
    """By market-month, the layers whose term has passed and of which there still is something."""
    store = TableStore(settings.tables)
    terms = {"raw": settings.keep_raw_months, "parsed": settings.keep_parsed_months}
    # What began and did not end is not gone yet.
    gone = log.erased_layers(settings.home, ended=True)
    found: dict[Cell, list[str]] = {}
    for layer, term in terms.items():
        if term is None:
            continue
        oldest = month_plus(month_of(now), -term)
        cells = {cell for each in _of_cells([layer]) for cell in store.partitions(layer, each.table)}
        cells |= set(archives(settings.archive)) if layer == "raw" else set()
        for cell in sorted(cells):
            if cell[1] < oldest and layer not in gone.get(cell, set()):
                found.setdefault(cell, []).append(layer)
    return found


def _names(store: TableStore, pseudonyms: Pseudonyms, key: str) -> frozenset[str]:
    """The names whose pseudonym is the key."""
    names = set()
    for table in ("vendors", "listings", "feedback"):
        if not store.exists("parsed", table):
            continue
        seen = store.read("parsed", table, columns=["market", "vendor_name"]).drop_nulls().unique()
        for market, name in seen.iter_rows():
            if market in MARKETS and pseudonyms.pseudonym("vendor", f"{market}|{name}") == key:
                names.add(name)
    return frozenset(names)


def _index(settings: Settings, frame: pl.DataFrame, part: str, changed: set[Cell]) -> pl.DataFrame:
    market, _, month = part.partition("|")
    if (market, month) not in changed:
        return frame
    fresh = index_frame(settings.archive, market, month, gap=timedelta(hours=settings.sweep_gap_hours))
    return fresh.join(frame.select("capture_id"), on="capture_id", how="semi")


def _without(frame: pl.DataFrame, names: frozenset[str], captures: set[str] | None) -> pl.DataFrame:
    """Rows of pages that stay (None: whichever those are) and in which no name stands."""
    if captures is not None and "capture_id" in frame.columns:
        frame = frame.filter(pl.col("capture_id").is_in(captures))
    matcher = pattern_of(names)
    # Text, and whatever holds text: lists of places, quotes of prices.
    texts = frame.select(pl.exclude(pl.Boolean, pl.Int64, pl.Float64, pl.Date, pl.Datetime, pl.Decimal))
    keep = [
        not any(value is not None and matcher.search(str(value).encode()) for value in row) for row in texts.iter_rows()
    ]
    return frame.filter(pl.Series(keep, dtype=pl.Boolean))


def _copies(settings: Settings, store: TableStore) -> None:
    """The restricted warehouse is made anew, and tables that a repair kept aside go: both are copies of rows."""
    for layer in (*RESTRICTED_LAYERS, "clean"):
        for path in (settings.home / "damaged").glob(f"{layer}.*"):
            shutil.rmtree(path)
    if settings.warehouse.exists():
        import duckdb

        with duckdb.connect() as connection:
            warehouse.publish(connection, store, settings.warehouse)
