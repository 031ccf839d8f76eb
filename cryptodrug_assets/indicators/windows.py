"""Indicators over a market's whole observation window, and over all markets: what a single month is too small for.

SH0x_mean: mean of the monthly shares; SH0x_pooled: share of the window's total. DM, SP01–SP03 and TS as in a month, of
all months together. SP04: coefficient of variation of a class's monthly share in the country's supply;
which pages were missed varies it too, so its lower bound is that of the variation beyond.
MO02: vendors with disjoint origins in different months; MO03:x: vendors that moved from the country to x between two
consecutive months; MO04:x: share of the country's vendors with several origins over the window that also have x.
The history is the clean tables of all cells; market `all` pools the markets, whose vendors are not linked here.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from cryptodrug_assets.indicators.composition import composition_rows
from cryptodrug_assets.indicators.intervals import Moments, clopper_pearson
from cryptodrug_assets.indicators.missed import variance_of_class_shares
from cryptodrug_assets.indicators.month import contributions
from cryptodrug_assets.indicators.replicates import Interval, by_vendor, replicates, resample
from cryptodrug_assets.indicators.rows import (
    ALL,
    UNKNOWN,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    drugs,
    indicator_frame,
    least_coverage,
    missing,
    row,
)
from cryptodrug_assets.indicators.transaction_sizes import size_rows

History = Mapping[str, pl.DataFrame]
_CLEAN = ("listings", "vendors", "transactions")
_METHOD = "vendor-cluster bootstrap over the window, 95 % BCa"
_CORRECTED = "vendor-cluster bootstrap over the window, 95 % bias-corrected"
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
    """(market, last month, lowest coverage) and clean tables of every market in the history, and of `all` together.

    Beside the clean tables stand the contributions of their months (`monthly_contributions`) and their coverage.
    """
    listings = history["listings"]
    monthly = history.get("contributions")
    tables = {name: history[name] for name in _CLEAN}
    tables["contributions"] = monthly_contributions(history) if monthly is None else monthly
    if "coverage" in history:
        tables["coverage"] = history["coverage"]
    for market in (*listings["market"].unique().sort().to_list(), ALL):
        clean = {
            name: frame if market == ALL else frame.filter(pl.col("market") == market) for name, frame in tables.items()
        }
        where: Row = {"market": market, "month": clean["listings"]["month"].max()}
        where["coverage"] = least_coverage(history, *([] if market == ALL else [market]))
        yield where, clean


def monthly_contributions(history: History) -> pl.DataFrame:
    """Contributions of all market-months under each other, with market and month."""
    parts = []
    for market, month in history["listings"].select("market", "month").unique().sort("market", "month").iter_rows():
        here = (pl.col("market") == market) & (pl.col("month") == month)
        made = contributions({name: history[name].filter(here) for name in _CLEAN})
        parts.append(made.with_columns(market=pl.lit(market), month=pl.lit(month, pl.Date)))
    return pl.concat(parts)


def _shares(clean: Clean, options: IndicatorOptions) -> Iterator[Row]:
    long = clean["contributions"].filter((pl.col("drug_class") == ALL) & ~pl.col("indicator").str.ends_with("_full"))
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
        matrix = by_vendor(part, cells)
        counted = part.group_by("country").agg(pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique())
        counts = {country: (n, vendors) for country, n, vendors in counted.iter_rows()}
        whole = countries.index(WORLD)
        totals = resample(matrix, options).reshape(len(countries), len(months), -1)
        world = totals[whole]
        behind = np.array([counts.get(country, (0, 0))[1] for country in countries])
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = totals / world
            pooled = totals.sum(axis=1) / world.sum(axis=0)
        made = {}
        for name, values in (("mean", shares.mean(axis=1)), ("pooled", pooled)):
            weights = 1 / world[:, 0] / len(months) if name == "mean" else np.full(len(months), 1 / world[:, 0].sum())
            theta = shares[..., 0] if name == "mean" else np.repeat(pooled[:, :1], len(months), axis=1)
            made[name] = Interval(values, behind, _moments(matrix, weights, theta, whole))
        for number, country in enumerate(countries):
            if country == WORLD:
                continue
            n, vendors = counts.get(country, (0, 0))
            for name, interval in made.items():
                method = f"{len(months)} months; {_METHOD}"
                yield interval.row(f"{code}_{name}", country, number, method, n=n, n_vendors=vendors)


def _moments(matrix: Any, weights: np.ndarray, theta: np.ndarray, whole: int) -> Moments:
    """Of the vendors' influences Σ_t w_t (x_t − θ_t y_t) on a share, per country; y are the world's rows."""
    countries, months = theta.shape
    weighted = matrix.multiply(np.tile(weights, countries)[:, None]).tocsr()
    add = np.kron(np.eye(countries), np.ones(months))
    own = (sparse.csr_array(add) @ weighted).toarray()
    world = weighted[whole * months : (whole + 1) * months, :].toarray()
    return Moments.of(own - theta @ world, world.sum(axis=0))


def _stability(clean: Clean, options: IndicatorOptions) -> Iterator[Row]:
    """SP04, from three months on: below, a coefficient of variation says nothing."""
    long = clean["contributions"].filter(~pl.col("drug_class").is_in([ALL, "unknown"]) & (pl.col("country") != UNKNOWN))
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
        totals = replicates(part, cells, options).reshape(len(countries), len(classes), len(months), -1)
        counted = part.group_by("country", "drug_class").agg(
            pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique()
        )
        counts = {(c, k): (n, v) for c, k, n, v in counted.iter_rows()}
        behind = np.array([[counts.get((country, drug), (0, 0))[1] for drug in classes] for country in countries])
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = totals / totals.sum(axis=1, keepdims=True)
            made = Interval(shares.std(axis=2, ddof=1) / shares.mean(axis=2), behind)
            chance = _by_chance(clean, indicator, cells, shares[..., 0])
            made.low = np.sqrt(np.maximum(made.low**2 - chance**2, 0.0))
        method = f"standard deviation / mean of {len(months)} monthly shares; {_CORRECTED}"
        if chance.any():
            method += "; lower bound without the variation that missed pages make"
        for i, country in enumerate(countries):
            for j, drug_class in enumerate(classes):
                n, vendors = counts.get((country, drug_class), (0, 0))
                where = {"n": n, "n_vendors": vendors, "drug_class": drug_class}
                yield made.row(f"SP04_{measure}", country, (i, j), method, **where)


def _by_chance(clean: Clean, indicator: str, cells: pl.DataFrame, shares: np.ndarray) -> np.ndarray:
    """Coefficient of variation of monthly shares (countries × classes × months) that missed pages alone would make."""
    variance = variance_of_class_shares(clean, indicator, cells["country"].unique().to_list())
    placed = cells.join(variance, on=cells.columns, how="left", maintain_order="left")["variance"].fill_null(0.0)
    return np.asarray(np.sqrt(placed.to_numpy().reshape(shares.shape).mean(axis=2)) / shares.mean(axis=2))


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
