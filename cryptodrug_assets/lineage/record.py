"""Runs the bodies of the clean and indicator assets on recorded tables, so that taint.py sees their data flow.

What runs is the assets' own code, from what it reads to the frames it would publish; the store is replaced.
The recorded tables are those of the synthetic tiny world. Nothing is written.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.assets import clean, indicators
from cryptodrug_assets.cleaning.listing_history import listing_history
from cryptodrug_assets.cleaning.month import CleaningOptions
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
from cryptodrug_assets.cleaning.vendor_links import CLEAN_COLUMNS as LINKED_CLEAN
from cryptodrug_assets.cleaning.vendor_links import PARSED_COLUMNS as LINKED_PARSED
from cryptodrug_assets.cleaning.vendor_links import vendor_links
from cryptodrug_assets.indicators.families import ACROSS, ACROSS_INPUTS
from cryptodrug_assets.indicators.public import public_tables
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.scorecard import study_scorecard
from cryptodrug_assets.indicators.statements import CHECKS
from cryptodrug_assets.lineage.taint import Frames, Source, depends_on
from cryptodrug_assets.observation import UserError, is_observed, month_after, month_start, observed_cells
from cryptodrug_assets.replica.tables import TABLES as PARSED
from cryptodrug_assets.replica.tables import parsed_month

PROFILE, SEED = "tiny", 11
_CELLS = (("dream", "2018-12"), ("wall_street", "2018-12"), ("empire", "2019-05"))
# Columns that say which partition a row belongs to: they come from the partition of the inputs, not from their data.
PARTITION = ("market", "month")
_PSEUDONYMS = Pseudonyms({kind: bytes(32) for kind in KINDS})
# Of the monthly indicators the families across months get these alone: the others go the same way and take time.
_COUNTRIES, _CLASSES = ("BE", "NL", "W"), ("all", "mdma")
_BESIDE = ("raw.captures", "parsed.pages", "parsed.market_counters", "parsed.listings")
_LINKED = ("dream", "wall_street")
# Enough replicates for bounds to exist.
_OPTIONS = IndicatorOptions(bootstrap=2)
Lineage = dict[str, dict[str, list[str]]]


@dataclass
class _Store:
    """The read half of a table store, over recorded frames by "layer.table"."""

    frames: Frames

    def exists(self, layer: str, table: str, market: str | None = None, month: str | None = None) -> bool:
        if f"{layer}.{table}" not in self.frames:
            return False
        return market is None or month is None or self._of(layer, table, market, month).height > 0

    def partitions(self, layer: str, table: str) -> list[tuple[str, str]]:
        cells = self.frames[f"{layer}.{table}"].select(PARTITION).unique().sort(PARTITION)
        return [(market, month.strftime("%Y-%m")) for market, month in cells.iter_rows()]

    def read(
        self,
        layer: str,
        table: str,
        market: str | None = None,
        month: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        if f"{layer}.{table}" not in self.frames:
            raise UserError(f"{layer}/{table} was not recorded")
        frame = self._of(layer, table, market, month)
        return frame if columns is None else frame.select(columns)

    def _of(self, layer: str, table: str, market: str | None, month: str | None) -> pl.DataFrame:
        frame = self.frames[f"{layer}.{table}"]
        if market is not None and "market" in frame.columns:
            frame = frame.filter(pl.col("market") == market)
        if month is not None and "month" in frame.columns:
            frame = frame.filter(pl.col("month") == month_start(month))
        return frame


def body(
    module: ModuleType, asset: str, cells: Sequence[tuple[str, str]]
) -> Callable[[Frames], dict[str, pl.DataFrame]]:
    """The asset's body as a function of the tables it reads; over several cells its results stand under each other."""
    layer = "clean" if module is clean else "indicators"

    def run(frames: Frames) -> dict[str, pl.DataFrame]:
        platform = _platform(frames)
        made: dict[str, list[pl.DataFrame]] = {}
        for cell in cells:
            context = SimpleNamespace(partition_key="|".join(cell), log=SimpleNamespace(info=lambda *_: None))
            with _published(module) as published, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # disturbed input may well divide by zero
                list(getattr(module, asset).op.compute_fn.decorated_fn(context, platform))
            for name, frame in published.items():
                made.setdefault(f"{layer}.{name}", []).append(frame)
        return {name: pl.concat(parts) for name, parts in made.items()}

    return run


@contextmanager
def _published(module: Any) -> Iterator[dict[str, pl.DataFrame]]:
    """What the asset would publish, instead of publishing it."""
    frames: dict[str, pl.DataFrame] = {}

    def keep(_context: object, _layer: str, made: Frames, *_: object, **__: object) -> Iterator[object]:
        frames.update(made)
        return iter(())

    original, module.write_audit_publish = module.write_audit_publish, keep
    try:
        yield frames
    finally:
        module.write_audit_publish = original


def _platform(frames: Frames) -> SimpleNamespace:
    return SimpleNamespace(
        store=_Store(frames),
        pseudonyms=_PSEUDONYMS,
        cleaning_options=CleaningOptions(),
        indicator_options=_OPTIONS,
    )


def document(lineage: Lineage) -> str:
    """The generated file: the lineage with a word on where it comes from, as JSON."""
    made = {
        "made_by": "cryptodrug contracts lineage",
        "how": "every input column of the recorded tiny world disturbed, one at a time; see docs/trace-a-number.md",
        "tables": lineage,
    }
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def lineage_by_step() -> Iterator[tuple[str, Lineage]]:
    """Step by step, by "layer.table" and column, the columns ("layer.table.column") it is computed from, sorted.

    Takes minutes: thousands of runs. The clean tables get every disturbance, the others two of each column.
    """
    parsed = _recorded_parsed([*_CELLS, *((market, month_after(month)) for market, month in _CELLS)])
    run = body(clean, "clean_tables", _CELLS)
    yield "clean tables", _lineage_of(run, _asked_tables(run, parsed), PARTITION, most=None)
    month = run(parsed) | {name: parsed[name] for name in _BESIDE}
    run = body(indicators, "monthly_indicators", _CELLS[1:])
    yield "monthly indicators", _lineage_of(run, _asked_tables(run, month), PARTITION)
    everything = _recorded_parsed(observed_cells())
    history = body(clean, "clean_tables", observed_cells())(everything)
    monthly = body(indicators, "monthly_indicators", observed_cells())(history | everything)
    few = pl.col("country").is_in(_COUNTRIES) & pl.col("drug_class").is_in(_CLASSES)
    history |= {name: frame.filter(few) for name, frame in monthly.items()}
    linked = {
        "parsed.vendors": everything["parsed.vendors"].select(LINKED_PARSED),
        "clean.vendors": history["clean.vendors"].select(LINKED_CLEAN),
    }
    history |= _links(linked)
    # Family by family: each reads few tables, and all of them together take long.
    names = {table: [name.replace("/", ".") for name in inputs] for table, inputs in ACROSS_INPUTS.items()}
    tested = sorted({check.table for check in CHECKS})
    names["study_scorecard"] = [f"{'clean' if name == 'listings' else 'indicators'}.{name}" for name in tested]
    for table, asked in names.items():
        family, given = _across(table), {name: history[name] for name in asked}
        yield table, _lineage_of(family, given, ())
        history |= family(given)
    two = {name: frame.filter(pl.col("market").is_in(_LINKED)) for name, frame in linked.items()}
    yield "offers over months", _lineage_of(_offers, {"clean.listings": history["clean.listings"]}, (), most=None)
    yield "vendor links", _lineage_of(_links, two, (), probe=False)
    yield "public tables", _public_lineage(history)


def _public_lineage(history: Frames) -> Lineage:
    """Lineage of public tables, from their internal ones: a column is disturbed in all of these at once.

    Which vendors stand behind a value is asked of the clean tables; that is in the graph, not among the columns.
    """
    internal = {name: frame for name, frame in history.items() if name.startswith("indicators.")}
    clean_tables = {name.partition(".")[2]: frame for name, frame in history.items() if name.startswith("clean.")}
    long = pl.concat(
        [frame.with_columns(_table=pl.lit(name)) for name, frame in internal.items() if "unit" in frame.columns]
    )

    def run(frames: Frames) -> dict[str, pl.DataFrame]:
        parts = frames["indicators.all"].partition_by("_table", as_dict=True, include_key=False)
        tables = {str(name).partition(".")[2]: part for (name,), part in parts.items()}
        tables["study_scorecard"] = frames["indicators.study_scorecard"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = public_tables(clean_tables | tables, options=_OPTIONS)
        return {f"indicators.{name}": frame for name, frame in made.items()}

    inputs = {"indicators.all": long, "indicators.study_scorecard": internal["indicators.study_scorecard"]}
    keys = {name: contracts.load(*name.split(".")).primary_key for name in run(inputs)}
    found: Lineage = {}
    for name, columns in depends_on(run, inputs, keys, ("_table",), probe=False, most=2).items():
        own = name.removesuffix("_public")
        scored = own == "indicators.study_scorecard"
        sources = {
            column: {(own, source) for table, source in of if (table == own) == scored}
            for column, of in columns.items()
        }
        found[name] = _named(name, sources)
    return found


def _links(frames: Frames) -> dict[str, pl.DataFrame]:
    made = vendor_links(frames["parsed.vendors"], frames["clean.vendors"], pseudonyms=_PSEUDONYMS)
    return {f"clean.{name}": frame for name, frame in made.items()}


def _offers(frames: Frames) -> dict[str, pl.DataFrame]:
    return {"clean.listing_history": listing_history(frames["clean.listings"])}


def _across(table: str) -> Callable[[Frames], dict[str, pl.DataFrame]]:
    """A family across months, or the scorecard, as a function of tables by "layer.table"."""

    def run(frames: Frames) -> dict[str, pl.DataFrame]:
        given = {name.partition(".")[2]: frame for name, frame in frames.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scored = table == "study_scorecard"
            return {f"indicators.{table}": study_scorecard(given) if scored else ACROSS[table](given, options=_OPTIONS)}

    return run


def _lineage_of(
    run: Callable[[Frames], dict[str, pl.DataFrame]],
    inputs: Frames,
    skip: Sequence[str],
    *,
    probe: bool = True,
    most: int | None = 2,
) -> Lineage:
    keys = {name: contracts.load(*name.split(".")).primary_key for name in run(inputs)}
    return {
        name: _named(name, columns)
        for name, columns in depends_on(run, inputs, keys, skip, probe=probe, most=most).items()
    }


def _named(table: str, columns: Mapping[str, set[Source]]) -> dict[str, list[str]]:
    """Sources by column, in the contract's order; partition columns come from those of all tables that were read."""
    tables = sorted({source for sources in columns.values() for source, _ in sources})
    partitioned = {name for name in tables if set(PARTITION) <= set(contracts.load(*name.split(".")).polars_schema)}
    named: dict[str, list[str]] = {}
    for column in contracts.load(*table.split(".")).polars_schema:
        # That a partition's rows are gone says nothing of where its name comes from.
        own = {(source, name) for source, name in columns[column] if column not in PARTITION or name in PARTITION}
        sources = {f"{source}.{name}" for source, name in own}
        if column in PARTITION:
            sources |= {f"{source}.{column}" for source in partitioned}
        named[column] = sorted(sources)
    return named


def _asked_tables(run: Callable[[Frames], dict[str, pl.DataFrame]], inputs: Frames) -> dict[str, pl.DataFrame]:
    """The tables the body reads at all."""
    needed = {}
    for name, frame in inputs.items():
        try:
            run({other: kept for other, kept in inputs.items() if other != name})
        except UserError:
            needed[name] = frame
    return needed


def _recorded_parsed(cells: Sequence[tuple[str, str]]) -> dict[str, pl.DataFrame]:
    """Parsed tables of the cells in the synthetic world, and an index of captures with a second sweep and failures."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for market, month in dict.fromkeys(cells):
        if not is_observed(market, month):
            continue
        for name in PARSED:
            parts.setdefault(f"parsed.{name}", []).append(parsed_month(PROFILE, SEED, market, month)[name])
    frames = {name: pl.concat(found) for name, found in parts.items()}
    frames["parsed.vendors"] = _one_key(frames["parsed.vendors"])
    return frames | {"raw.captures": _captures(frames["parsed.pages"])}


def _one_key(vendors: pl.DataFrame) -> pl.DataFrame:
    """The first vendors of two markets with one key: no two of the tiny world have one, and then nothing would move."""
    first = {
        market: vendors.filter(pl.col("market") == market).sort("vendor_name").row(0, named=True)
        for market in _LINKED
        if market in vendors["market"]
    }
    if len(first) < len(_LINKED):
        return vendors
    one, other = (first[market] for market in _LINKED)
    same = (pl.col("market") == other["market"]) & (pl.col("vendor_name") == other["vendor_name"])
    keys = ("pgp_fingerprint", "pgp_key")
    return vendors.with_columns(
        pl.when(same).then(pl.lit(one[name])).otherwise(pl.col(name)).alias(name) for name in keys
    )


def _captures(pages: pl.DataFrame) -> pl.DataFrame:
    """An index of the pages: every third only in the first sweep, every fourth page of the second never fetched."""
    schema = contracts.load("raw", "captures").polars_schema
    first = pages.select("market", "month", "capture_id", "sweep_id", "page_kind", "captured_at").with_row_index("k")
    again = {"capture_id": pl.col("capture_id") + "b", "sweep_id": pl.lit("z")}
    second = first.filter(pl.col("k") % 3 != 0).with_columns(**again)
    both = pl.concat([first, second]).with_columns(
        outcome=pl.when((pl.col("k") % 4 == 1) & (pl.col("sweep_id") == "z")).then(pl.lit("given_up")).otherwise(
            pl.lit("done")
        ),
        url=pl.format("http://x.example/{}", "k"),
    )  # fmt: skip
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in both.columns]
    return both.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
