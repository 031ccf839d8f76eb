"""Indicators over a market's whole observation window, and over all markets: what a single month is too small for.

SH0x_mean: mean of the monthly shares; SH0x_pooled: share of the window's total. DM, SP01–SP03 and TS as in a month, of
all months together. SP04: coefficient of variation of a class's monthly share in the country's supply.
MO02: vendors with disjoint origins in different months; MO03:x: vendors that moved from the country to x between two
consecutive months; MO04:x: share of the country's vendors with several origins over the window that also have x.
The history is the clean tables of all cells; market `all` pools the markets, whose vendors are not linked here.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import polars as pl
from scipy import sparse

from cryptodrug_assets.indicators.composition import composition_rows
from cryptodrug_assets.indicators.intervals import clopper_pearson, draw_vendors, percentile_interval
from cryptodrug_assets.indicators.month import contributions
from cryptodrug_assets.indicators.rows import (
    ALL,
    UNKNOWN,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    drugs,
    indicator_frame,
    missing,
    row,
)
from cryptodrug_assets.indicators.transaction_sizes import size_rows

History = Mapping[str, pl.DataFrame]
_CLEAN = ("listings", "vendors", "transactions")
_METHOD = "vendor-cluster bootstrap over the window, 95 % percentile"
_MEASURES = {"LV01": "L", "LV03": "T"}
# Moves to these are stated also when there are none.
_STATED_MOVES = ("BE", "DE", "NL")


def shares_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """SH0x_mean and SH0x_pooled per market and country."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in _shares(clean, options)]
    return indicator_frame("shares_window", rows, options=options)


def specialisation_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """DM01, DM02, SP01–SP04 per market and over all."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in (*composition_rows(clean, options), *_stability(clean, options))]
    return indicator_frame("specialisation_window", rows, options=options)


def transaction_sizes_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """TS01–TS05 per market and over all."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in size_rows(clean, options)]
    return indicator_frame("transaction_sizes_window", rows, options=options)


def multi_origin_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """MO02–MO04 per market and over all."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in _origins(clean)]
    return indicator_frame("multi_origin_window", rows, options=options)


def windows(history: History) -> Iterator[tuple[Row, Clean]]:
    """(market, last month, lowest coverage) and clean tables of every market in the history, and of `all` together."""
    listings = history["listings"]
    for market in (*listings["market"].unique().sort().to_list(), ALL):
        clean = {
            name: history[name] if market == ALL else history[name].filter(pl.col("market") == market)
            for name in _CLEAN
        }
        where: Row = {"market": market, "month": clean["listings"]["month"].max()}
        coverage = history.get("coverage")
        if coverage is not None:
            fetched = coverage.filter(
                (pl.col("indicator") == "COV01") & ((pl.col("market") == market) | pl.lit(market == ALL))
            )
            where["coverage"] = fetched["value"].min()
        yield where, clean


def _monthly(clean: Clean) -> pl.DataFrame:
    """Contributions of every month under each other; in `all`, a month has several markets."""
    parts = []
    for month in clean["listings"]["month"].unique().sort().to_list():
        of_month = {name: frame.filter(pl.col("month") == month) for name, frame in clean.items()}
        parts.append(contributions(of_month).with_columns(month=pl.lit(month, pl.Date)))
    return pl.concat(parts)


def _replicates(long: pl.DataFrame, cells: pl.DataFrame, options: IndicatorOptions) -> np.ndarray:
    """Cells × (1 + replicates): the totals themselves, then those of the resampled vendors."""
    keys = cells.columns
    vendors = long.select("vendor_key").unique().sort("vendor_key").with_row_index("vendor")
    placed = long.join(vendors, on="vendor_key").join(cells.with_row_index("cell"), on=keys)
    matrix = sparse.csr_array(
        (placed["value"].to_numpy(), (placed["cell"].to_numpy(), placed["vendor"].to_numpy())),
        shape=(cells.height, vendors.height),
    )
    parts = [matrix @ np.ones((vendors.height, 1))]
    if options.bootstrap >= 2 and vendors.height:
        parts += [matrix @ block.T for block in draw_vendors(vendors.height, options.bootstrap, options.seed)]
    return np.hstack(parts)


def _estimate(values: np.ndarray) -> tuple[float | None, tuple[float, float] | None]:
    if np.isnan(values[0]):
        return None, None
    if len(values) == 1:
        return float(values[0]), None
    low, high = percentile_interval(values[1:])
    return float(values[0]), (float(low), float(high))


def _shares(clean: Clean, options: IndicatorOptions) -> Iterator[Row]:
    long = _monthly(clean).filter((pl.col("drug_class") == ALL) & ~pl.col("indicator").str.ends_with("_full"))
    for indicator in ("LV01", "LV02", "LV03", "LV04"):
        part = long.filter(pl.col("indicator") == indicator)
        code = indicator.replace("LV", "SH")
        if part.is_empty():
            for country in options.focus:
                why = "no exact price of a sale" if indicator == "LV04" else "nothing observed"
                yield missing(f"{code}_mean", country, "ratio", why)
            continue
        months = part["month"].unique().sort()
        countries = sorted({*part["country"].to_list(), *options.focus})
        cells = pl.DataFrame({"country": countries}).join(pl.DataFrame({"month": months}), how="cross")
        totals = _replicates(part, cells, options).reshape(len(countries), len(months), -1)
        counted = part.group_by("country").agg(pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique())
        counts = {country: (n, vendors) for country, n, vendors in counted.iter_rows()}
        world = totals[countries.index(WORLD)]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (totals / world).mean(axis=1)
            pooled = totals.sum(axis=1) / world.sum(axis=0)
        for number, country in enumerate(countries):
            if country == WORLD:
                continue
            n, vendors = counts.get(country, (0, 0))
            for name, values in (("mean", mean[number]), ("pooled", pooled[number])):
                value, interval = _estimate(values)
                yield row(
                    f"{code}_{name}",
                    country,
                    "ratio",
                    value,
                    method=f"{len(months)} months; {_METHOD}",
                    interval=interval,
                    n=n,
                    n_vendors=vendors,
                )


def _stability(clean: Clean, options: IndicatorOptions) -> Iterator[Row]:
    """SP04, from three months on: below, a coefficient of variation says nothing."""
    long = _monthly(clean).filter(
        ~pl.col("drug_class").is_in([ALL, "unknown"]) & pl.col("country").is_in([WORLD, *options.focus])
    )
    for indicator, measure in _MEASURES.items():
        part = long.filter(pl.col("indicator") == indicator)
        months, classes = part["month"].unique().sort(), part["drug_class"].unique().sort()
        if len(months) < 3:
            continue
        countries = part["country"].unique().sort().to_list()
        cells = (
            pl.DataFrame({"country": countries})
            .join(pl.DataFrame({"drug_class": classes}), how="cross")
            .join(pl.DataFrame({"month": months}), how="cross")
        )
        totals = _replicates(part, cells, options).reshape(len(countries), len(classes), len(months), -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = totals / totals.sum(axis=1, keepdims=True)
            variation = shares.std(axis=2, ddof=1) / shares.mean(axis=2)
        counted = part.group_by("country", "drug_class").agg(
            pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique()
        )
        counts = {(c, k): (n, v) for c, k, n, v in counted.iter_rows()}
        for i, country in enumerate(countries):
            for j, drug_class in enumerate(classes):
                value, interval = _estimate(variation[i, j])
                n, vendors = counts.get((country, drug_class), (0, 0))
                yield row(
                    f"SP04_{measure}",
                    country,
                    "ratio",
                    value,
                    method=f"standard deviation / mean of {len(months)} monthly shares; {_METHOD}",
                    interval=interval,
                    n=n,
                    n_vendors=vendors,
                    drug_class=drug_class,
                )


def _origins(clean: Clean) -> Iterator[Row]:
    seen = (
        drugs(clean["listings"])
        .select("vendor_key", "month", "origins")
        .explode("origins", empty_as_null=True)
        .drop_nulls("origins")
        .group_by("vendor_key", "month")
        .agg(pl.col("origins").unique())
        .sort("vendor_key", "month")
        .group_by("vendor_key", maintain_order=True)
        .agg(pl.col("origins"))
    )
    vendors = [[frozenset(month) for month in months] for months in seen["origins"].to_list()]
    everywhere = [frozenset().union(*months) for months in vendors]
    for country in sorted({WORLD, *(code for origins in everywhere for code in origins)} - {UNKNOWN}):
        own = [k for k, origins in enumerate(everywhere) if country in (WORLD, *origins)]
        several = [k for k in own if len(everywhere[k]) > 1]
        disjoint = [k for k in own if _ever_disjoint(vendors[k])]
        n = len(own)
        yield row("MO02", country, "vendors", len(disjoint), method="count", n=n, n_vendors=len(disjoint))
        yield row("MO04_n", country, "vendors", len(several), method="count", n=n, n_vendors=len(several))
        if country == WORLD:
            continue
        partners = sorted({code for k in several for code in everywhere[k]} - {country})
        for partner in partners:
            both = sum(partner in everywhere[k] for k in several)
            yield row(
                f"MO04:{partner}",
                country,
                "ratio",
                both / len(several),
                method="share of vendors with several origins; Clopper–Pearson 95 %",
                interval=clopper_pearson(both, len(several)),
                n=len(several),
                n_vendors=len(several),
            )
        for to in sorted({*partners, *_STATED_MOVES} - {country}):
            moved = sum(any(_moves(a, b, country, to) for a, b in pairwise(vendors[k])) for k in several)
            yield row(f"MO03:{to}", country, "vendors", moved, method="count", n=n, n_vendors=moved)


def _ever_disjoint(months: list[frozenset[str]]) -> bool:
    return any(not a & b for number, a in enumerate(months) for b in months[number + 1 :])


def _moves(before: frozenset[str], after: frozenset[str], origin: str, to: str) -> bool:
    return origin in before and to not in before and to in after and origin not in after
