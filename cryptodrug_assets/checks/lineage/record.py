"""Runs the steps of the pipeline on recorded tables, so that disturbance.py sees their data flow.

What runs is what the assets run, from what a step reads to the tables it gives. The recorded tables are those of the
synthetic tiny world. Nothing is written.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.lineage import waves
from cryptodrug_assets.checks.lineage.disturbance import Frames, Source, depends_on
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.vendors.links import CLEAN_COLUMNS as LINKED_CLEAN
from cryptodrug_assets.cleaning.vendors.links import PARSED_COLUMNS as LINKED_PARSED
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.months import month_after
from cryptodrug_assets.observation import UserError, is_observed
from cryptodrug_assets.pipeline import clean, entities, measure, publish, window
from cryptodrug_assets.pipeline.reading import RecordedTables
from cryptodrug_assets.pipeline.tables import History
from cryptodrug_assets.pipeline.worlds import pseudonyms
from cryptodrug_assets.replica.profiles import replica_cells
from cryptodrug_assets.replica.tables import TABLES as PARSED
from cryptodrug_assets.replica.tables import parsed_month

PROFILE, SEED = "tiny", 11
_CELLS = (("dream", "2018-12"), ("wall_street", "2018-12"), ("empire", "2019-05"))
# Columns that say which partition a row belongs to: they come from the partition of the inputs, not from their data.
PARTITION = ("market", "month")
_PSEUDONYMS = pseudonyms()
# Of the monthly indicators the families across months get these alone: the others go the same way and take time.
_COUNTRIES, _CLASSES = ("BE", "NL", "W"), ("all", "mdma")
_BESIDE = ("raw.captures", "parsed.pages", "parsed.market_counters", "parsed.listings")
_LINKED = ("dream", "wall_street")
# Enough replicates for bounds to exist.
_OPTIONS = IndicatorOptions(bootstrap=2)
Lineage = dict[str, dict[str, list[str]]]


def _cleaned(cells: Sequence[tuple[str, str]]) -> Callable[[Frames], Frames]:
    """Cleaning of the cells as a function of the tables it reads; the months' results stand under each other."""

    def run(frames: Frames) -> Frames:
        tables = RecordedTables(frames)
        months = []
        for cell in cells:
            read = clean.read(tables, *cell)
            months.append(clean.clean(*read, pseudonyms=_PSEUDONYMS, options=CleaningOptions()).by_name())
        return _under_each_other("clean", months)

    return run


def _measured(cells: Sequence[tuple[str, str]]) -> Callable[[Frames], Frames]:
    """The cells' indicators as a function of the tables they read."""

    def run(frames: Frames) -> Frames:
        tables = RecordedTables(frames)
        return _under_each_other(
            "indicators", [measure.measure(*measure.read(tables, *cell), options=_OPTIONS) for cell in cells]
        )

    return _quietly(run)


def _under_each_other(layer: str, months: Sequence[Frames]) -> Frames:
    return {f"{layer}.{name}": pl.concat([tables[name] for tables in months]) for name in months[0]}


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
    run = _cleaned(_CELLS)
    yield "clean tables", _lineage_of(run, _asked_tables(run, parsed), PARTITION, most=None)
    given = dict(run(parsed)) | {name: parsed[name] for name in _BESIDE}
    run = _measured(_CELLS[1:])
    yield "monthly indicators", _lineage_of(run, _asked_tables(run, given), PARTITION)
    everything = _recorded_parsed(replica_cells())
    history = dict(_cleaned(replica_cells())(everything))
    monthly = _measured(replica_cells())({**history, **everything})
    few = pl.col("country").is_in(_COUNTRIES) & pl.col("drug_class").is_in(_CLASSES)
    history |= {name: frame.filter(few) for name, frame in monthly.items()}
    linked = {
        "parsed.vendors": everything["parsed.vendors"].select(LINKED_PARSED),
        "clean.vendors": history["clean.vendors"].select(LINKED_CLEAN),
    }
    history |= _links(linked)
    # Family by family: each reads few tables, and all of them together take long.
    for table, reads in window.READS.items():
        names = [read.table.replace("/", ".") for read in reads if not read.table.startswith("reference/")]
        family, inputs = _across(table), {name: history[name] for name in names}
        yield table, _lineage_of(family, inputs, ())
        history |= family(inputs)
    two = {name: frame.filter(pl.col("market").is_in(_LINKED)) for name, frame in linked.items()}
    yield "offers over months", _lineage_of(_offers, {"clean.listings": history["clean.listings"]}, (), most=None)
    yield "vendor links", _lineage_of(_links, two, (), probe=False)
    yield "public tables", _public_lineage(history)
    yield "exchange", exchange_lineage()
    yield from _lineage_of_wave(history)


def exchange_lineage() -> Lineage:
    """Of exchange.observations: its columns are those of the public tables by other names; nothing is disturbed."""
    from cryptodrug_assets.publishing.exchange import observations

    tables = [f"indicators.{name}_public" for name in observations.datasets()]
    columns = {
        column: sorted(f"{table}.{source}" for table in tables for source in sources)
        for column, sources in observations.SOURCES.items()
    }
    return {f"{observations.LAYER}.{observations.TABLE}": columns}


def _lineage_of_wave(history: Frames) -> Iterator[tuple[str, Lineage]]:
    """Lineage of the tables of a survey's wave, and of those that lay them beside the markets'."""
    frames = {**history, **waves.recorded()}
    for name, run, reads in waves.steps():
        inputs = {table: frames[table] for table in reads}
        yield name, _lineage_of(_quietly(run), inputs, waves.PARTITION, probe=False, most=None)
    for name, run, reads in waves.strands_steps():
        inputs = {table: frames[table] for table in reads}
        yield name, _lineage_of(_quietly(run), inputs, waves.PARTITION)
        frames |= run(inputs)


def _quietly(run: Callable[[Frames], Frames]) -> Callable[[Frames], Frames]:
    """The step without its warnings: disturbed input may well be compared with nothing, or divided by zero."""

    def quiet(frames: Frames) -> Frames:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(frames)

    return quiet


def _public_lineage(history: Frames) -> Lineage:
    """Lineage of public tables, from their internal ones: a column is disturbed in all of these at once.

    Which vendors stand behind a value is asked of the clean tables; that is in the graph, not among the columns.
    """
    internal = {name: frame for name, frame in history.items() if name.startswith("indicators.")}
    known = History(
        listings=history["clean.listings"],
        vendors=history["clean.vendors"],
        transactions=history["clean.transactions"],
        monthly={},
    )
    long = pl.concat(
        [frame.with_columns(_table=pl.lit(name)) for name, frame in internal.items() if "unit" in frame.columns]
    )

    def run(frames: Frames) -> Frames:
        parts = frames["indicators.all"].partition_by("_table", as_dict=True, include_key=False)
        tables = {str(name).partition(".")[2]: part for (name,), part in parts.items()}
        tables["study_scorecard"] = frames["indicators.study_scorecard"]
        published = publish.publish(known, tables, options=_OPTIONS)
        return {f"indicators.{name}": frame for name, frame in published.items()}

    quiet = _quietly(run)
    inputs = {"indicators.all": long, "indicators.study_scorecard": internal["indicators.study_scorecard"]}
    keys = {name: contracts.load(*name.split(".")).primary_key for name in quiet(inputs)}
    found: Lineage = {}
    for name, columns in depends_on(quiet, inputs, keys, ("_table",), probe=False, most=2).items():
        own = name.removesuffix("_public")
        scored = own == "indicators.study_scorecard"
        sources = {
            column: {(own, source) for table, source in of if (table == own) == scored}
            for column, of in columns.items()
        }
        found[name] = _named(name, sources)
    return found


def _links(frames: Frames) -> Frames:
    crawled = pl.DataFrame(schema={"market": pl.String, "mode": pl.String})
    links = entities.link(frames["parsed.vendors"], frames["clean.vendors"], crawled, pseudonyms=_PSEUDONYMS)
    return {f"clean.{name}": frame for name, frame in links.items()}


def _offers(frames: Frames) -> Frames:
    return {f"clean.{name}": frame for name, frame in entities.follow(frames["clean.listings"]).items()}


def _across(table: str) -> Callable[[Frames], Frames]:
    """A family across months, or the scorecard, as a function of tables by "layer.table"."""

    def run(frames: Frames) -> Frames:
        given = {name.partition(".")[2]: frame for name, frame in frames.items()}
        return {f"indicators.{table}": window.window_table(table, given, options=_OPTIONS)}

    return _quietly(run)


def _lineage_of(
    run: Callable[[Frames], Frames],
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
    partition = waves.PARTITION if contracts.load(*table.split(".")).of_wave else PARTITION
    partitioned = {name for name in tables if set(partition) <= set(contracts.load(*name.split(".")).polars_schema)}
    named: dict[str, list[str]] = {}
    for column in contracts.load(*table.split(".")).polars_schema:
        # That a partition's rows are gone says nothing of where its name comes from.
        own = {(source, name) for source, name in columns[column] if column not in partition or name in partition}
        sources = {f"{source}.{name}" for source, name in own}
        if column in partition:
            sources |= {f"{source}.{column}" for source in partitioned}
        named[column] = sorted(sources)
    return named


def _asked_tables(run: Callable[[Frames], Frames], inputs: Frames) -> Frames:
    """The tables the body reads at all."""
    needed = {}
    for name, frame in inputs.items():
        try:
            run({other: kept for other, kept in inputs.items() if other != name})
        except UserError:
            needed[name] = frame
    return needed


def _recorded_parsed(cells: Sequence[tuple[str, str]]) -> Frames:
    """Parsed tables of the cells in the synthetic world, and an index of captures with a second sweep and failures."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for cell in dict.fromkeys(cells):
        if not is_observed(*cell):
            continue
        for name in PARSED:
            parts.setdefault(f"parsed.{name}", []).append(parsed_month(PROFILE, SEED, *cell)[name])
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
