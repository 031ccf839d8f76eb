"""What the checks cost: a study-size market-month over all layers, a million rows beside one hand-written SQL pass,
and the loading of the definitions."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

_CELL = ("empire", "2019-10")
_EARLIER = ("2019-07", "2019-08", "2019-09")
_MILLION = 1_000_000
Frames = dict[str, pl.DataFrame]

# The rules of clean.transactions as somebody in a hurry would write them: one statement, one scan where one will do.
_BY_HAND = """
SELECT count(*) = 0
    OR count(*) FILTER (WHERE market IS NULL OR month IS NULL OR transaction_key IS NULL OR vendor_key IS NULL
        OR origins IS NULL OR n_origins IS NULL OR destinations IS NULL OR attribution IS NULL
        OR dated_lo IS NULL OR dated_hi IS NULL OR dated_at IS NULL OR price_source IS NULL OR status IS NULL
        OR gap IS NULL OR capture_id IS NULL) > 0
    OR count(*) FILTER (WHERE drug_class NOT IN ('cannabis', 'cocaine', 'mdma', 'amphetamine', 'methamphetamine',
        'heroin', 'other_opioids', 'hallucinogens', 'dissociatives', 'benzodiazepines', 'ghb', 'nps',
        'medicines_other', 'steroids', 'tobacco_alcohol', 'not_a_drug')
        OR attribution NOT IN ('listing', 'other_month', 'vendor', 'none') OR status NOT IN ('observed', 'imputed')
        OR price_source NOT IN ('exact', 'rounded', 'listing', 'none') OR isnan(rating) OR isinf(rating)) > 0
    OR count(*) FILTER (WHERE dated_at < month OR dated_at >= month + INTERVAL 1 MONTH OR dated_at < dated_lo
        OR dated_at > dated_hi OR n_origins <> len(origins) OR price_amount < 0 OR price_eur < 0
        OR (price_source IN ('rounded', 'none') AND price_eur IS NOT NULL)
        OR (attribution = 'none' AND (is_drug IS NOT NULL OR drug_class IS NOT NULL OR n_origins > 0))
        OR (attribution IN ('vendor', 'other_month') AND is_drug IS NULL AND drug_class IS NOT NULL)
        OR is_drug <> (drug_class <> 'not_a_drug')) > 0
    OR count(*) FILTER (WHERE market <> 'empire' OR month <> DATE '2019-10-01') > 0
    OR avg(CASE WHEN gap THEN 1.0 ELSE 0.0 END) > 0.05
    OR avg(CASE WHEN attribution = 'none' THEN 1.0 ELSE 0.0 END) > 0.2
    OR avg(CASE WHEN price_source = 'exact' THEN CASE WHEN price_eur IS NOT NULL THEN 1.0 ELSE 0.0 END END) < 0.98
    OR max(price_eur) FILTER (WHERE price_source = 'exact')
        > 0.333 * sum(price_eur) FILTER (WHERE price_source = 'exact')
    OR count(*) - count(DISTINCT (market, month, transaction_key)) > 0
    OR 1 - count(DISTINCT (vendor_key, listing_key, dated_at, price_amount, price_currency, rating))
        FILTER (WHERE price_source = 'exact') / nullif(count(*) FILTER (WHERE price_source = 'exact'), 0) > 0.02
    OR (SELECT count(*) FROM clean.transactions t WHERE attribution = 'listing'
        AND listing_key NOT IN (SELECT listing_key FROM clean.listings)) > 0
    OR avg(CASE WHEN vendor_key IN (SELECT vendor_key FROM clean.vendors) THEN 1.0 ELSE 0.0 END) < 0.8
    OR abs(log2(count(*) / (SELECT median(n) FROM (SELECT count(*) AS n FROM history.transactions GROUP BY month)))) > 2
    OR (SELECT count(*) FROM clean.transactions t ASOF JOIN reference.ecb_rates r ON t.price_currency = r.currency
        AND CAST(t.dated_at AS DATE) >= r.date WHERE t.price_source = 'exact' AND t.price_eur > 5 AND t.price_amount > 0
        AND abs(CAST(t.price_eur AS DOUBLE) * r.units_per_eur / CAST(t.price_amount AS DOUBLE) - 1) > 0.02) > 0
FROM clean.transactions
"""  # fmt: skip


def checks() -> None:
    """CPU of all checks of a market-month by both engines, of a million rows, and of loading the definitions."""
    frames = study_month(*_CELL)
    rows = sum(frame.height for frame in frames.values())
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder), frames)
        for engine in ("duckdb", "gx"):
            _all_layers(frames, store, engine)  # imports, and what is read once a process
            spent = min((_all_layers(frames, store, engine) for _ in range(2)), key=lambda each: sum(each.values()))
            parts = ", ".join(f"{layer} {seconds:.2f}" for layer, seconds in spent.items())
            print(
                f"study market-month, {len(frames)} tables, {rows:,} rows: {engine} {sum(spent.values()):.2f} s CPU"
                f" ({parts}); at most 3"
            )
    _references()
    _million(frames)
    load = min(_import_cpu("import cryptodrug_assets.definitions") for _ in range(3))
    print(f"loading the definitions: {load:.1f} s CPU; at most 4")


def study_month(market: str, month: str) -> Frames:
    """All tables of a study-size market-month, as a flawless capture and parser would leave them."""
    from cryptodrug_assets.cleaning.options import CleaningOptions
    from cryptodrug_assets.indicators.rows import IndicatorOptions
    from cryptodrug_assets.pipeline import clean, measure
    from cryptodrug_assets.pipeline.tables import Evidence, ParsedMonth
    from cryptodrug_assets.pipeline.worlds import pseudonyms
    from cryptodrug_assets.replica.captures import capture_index, crawled_pages
    from cryptodrug_assets.replica.tables import parsed_month

    tables = dict(parsed_month("study", 7, market, month))
    tables["pages"] = crawled_pages(tables["pages"], tables["market_counters"])
    parsed = ParsedMonth(market=market, month=month, **tables)
    cleaned = clean.clean(parsed, None, pseudonyms=pseudonyms(), options=CleaningOptions())
    captures = capture_index(parsed.pages)
    indicators = measure.measure(cleaned, Evidence.of(captures, parsed), options=IndicatorOptions(bootstrap=2))
    frames = {"raw.captures": captures}
    for layer, tables in (("parsed", parsed.by_name()), ("clean", cleaned.by_name()), ("indicators", indicators)):
        frames |= {f"{layer}.{table}": frame for table, frame in tables.items()}
    return frames


def _store(folder: Path, frames: Frames) -> "object":
    """A store that holds the month as its three predecessors: what the rules about earlier months read."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.months import month_start
    from cryptodrug_assets.quality.judge import history_columns
    from cryptodrug_assets.storage.store import TableStore

    store = TableStore(folder / "tables")
    for name, frame in frames.items():
        layer, table = name.split(".")
        if history_columns(contracts.load(layer, table)):
            for month in _EARLIER:
                earlier = frame.with_columns(month=pl.lit(month_start(month)))
                store.commit(layer, table, earlier, _CELL[0], month)
    return store


def _all_layers(frames: Frames, store: "object", engine: str) -> dict[str, float]:
    """CPU seconds by layer, everything between the finished frames and the verdicts included."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.checks.context import cell_context
    from cryptodrug_assets.quality.judge import judge
    from cryptodrug_assets.replica.captures import whole_archive

    archive = whole_archive(frames["raw.captures"])
    spent = {}
    for layer in ("raw", "parsed", "clean", "indicators"):
        judged = {name: frame for name, frame in frames.items() if name.startswith(f"{layer}.")}
        began = time.process_time()
        others = frames | archive
        tables = [contracts.load(*name.split(".")) for name in judged]
        others |= cell_context(store, tables, *_CELL, others.keys())  # type: ignore[arg-type]
        verdicts = judge(judged, others, engine)
        spent[layer] = time.process_time() - began
        failed = [r for items in verdicts.values() for v in items for r in v.failed if r.severity == "error"]
        if failed:
            sys.exit(f"a clean month failed {failed[0].rule.id}: {failed[0].error or failed[0].observed}")
    return spent


def _references() -> None:
    """The reference tables: no market-month holds them, they are judged when a source of theirs changes."""
    from cryptodrug_assets.quality.judge import judge
    from cryptodrug_assets.reference.tables import reference_tables

    frames = {f"reference.{table}": frame for table, frame in reference_tables().items()}
    for engine in ("duckdb", "gx"):
        spent = []
        for _ in range(3):
            began = time.process_time()
            judge(frames, frames, engine)
            spent.append(time.process_time() - began)
        print(
            f"reference, {len(frames)} tables, {sum(frame.height for frame in frames.values()):,} rows, once for all"
            f" months and not in the figure above: {engine} {min(spent):.2f} s CPU"
        )


def _million(frames: Frames) -> None:
    """clean.transactions of a million rows: Great Expectations, plain SQL, and one statement written by hand."""
    from cryptodrug_assets.checks.context import cell, ecb_rates
    from cryptodrug_assets.months import month_start
    from cryptodrug_assets.quality.judge import judge
    from cryptodrug_assets.quality.stage import staged

    sales = frames["clean.transactions"]
    times = -(-_MILLION // sales.height)
    # Copies at other moments and of other ratings, or they would be doubled feedback.
    many = pl.concat(
        sales.with_columns(
            transaction_key=pl.col("transaction_key") + f"{n:04d}", rating=pl.lit(n / 1000),
        )
        for n in range(times)
    ).head(_MILLION)  # fmt: skip
    history = pl.concat([many.select(month=pl.lit(month_start(month), pl.Date)).head(_MILLION) for month in _EARLIER])
    others = frames | {
        "expected.cell": cell(*_CELL), "reference.ecb_rates": ecb_rates(), "history.transactions": history,
    }  # fmt: skip
    name = "clean.transactions"
    spent = {}
    for engine in ("duckdb", "gx"):
        judge({name: many.head(1000)}, others, engine)
        began = time.process_time()
        verdicts = judge({name: many}, others, engine)[name]
        spent[engine] = time.process_time() - began
        if broken := [result for verdict in verdicts for result in verdict.failed if result.error]:
            sys.exit(f"{broken[0].rule.id} did not run: {broken[0].error}")
    wanted = ("clean.transactions", "clean.listings", "clean.vendors", "reference.ecb_rates", "history.transactions")
    began = time.process_time()
    with staged({n: f for n, f in (others | {name: many}).items() if n in wanted}) as connection:
        staging = time.process_time() - began
        began = time.process_time()
        connection.execute(_BY_HAND).fetchall()
        by_hand = time.process_time() - began
    limit = 2 * (by_hand + staging) + 1
    print(
        f"{many.height:,} rows of {name}: Great Expectations {spent['gx']:.2f} s CPU, plain SQL {spent['duckdb']:.2f},"
        f" one statement by hand {by_hand:.2f} and {staging:.2f} to stage the rows; at most {limit:.2f}"
    )


def _import_cpu(statement: str) -> float:
    """CPU seconds of a fresh interpreter that runs the statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", statement], check=True, capture_output=True, env=environment)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
