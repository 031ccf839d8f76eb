"""Figures of the literature beside the platform's own (CMP). The figures are quoted here, with their source.

CMP01_x: the country's mean monthly share over all markets, x in L, V, T, R, beside the band of the literature, whose
authors pool other markets, years and measures: a band, not a target. CMP02: revenue a year, twelve times the mean
month of the markets named in the method; CMP02_cov the same divided by coverage; CMP02:c ratio to that of country c;
intervals by resampling vendors.
LIT rows are the literature's own figures; value with lower and upper where it is a range.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.intervals import cluster_bootstrap
from cryptodrug_assets.indicators.replicates import by_vendor
from cryptodrug_assets.indicators.rows import (
    ALL,
    UNKNOWN,
    WORLD,
    IndicatorOptions,
    Row,
    add_up,
    indicator_frame,
    least_coverage,
    missing,
    row,
)
from cryptodrug_assets.indicators.windows import History, monthly_contributions


@dataclass(frozen=True)
class Benchmark:
    """A published figure: code, country, unit, range and source."""

    code: str
    country: str
    unit: str
    lower: float
    upper: float
    source: str


BENCHMARKS = (
    Benchmark("LIT_SHARE", "BE", "ratio", 0.004, 0.013, "Tzanetakis 2018; Broséus 2017"),
    Benchmark("LIT_REVENUE", "BE", "EUR", 1.0e6, 1.0e6, "EMCDDA 2018, a year"),
    Benchmark("LIT_REVENUE", "GB", "EUR", 28.8e6, 28.8e6, "EMCDDA 2018, a year"),
    Benchmark("LIT_REVENUE", "NL", "EUR", 10.3e6, 10.3e6, "EMCDDA 2018, a year"),
    Benchmark("LIT_CRYPTO_SHARE", "W", "ratio", 170e6 / 652e9, 300e6 / 426e9, "UNODC 2018: 170–300M of 426–652bn USD"),
)
PARTNERS = ("GB", "NL")
_RESAMPLED = "; vendor-cluster bootstrap over the window, 95 % BCa"


def literature_comparison(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """CMP01, CMP02 and LIT rows from indicators.shares_window and indicators.activity of all cells."""
    month = history["activity"]["month"].max()
    where: Row = {"market": ALL, "month": month, "coverage": None}
    rows = [
        row(
            mark.code,
            mark.country,
            mark.unit,
            (mark.lower + mark.upper) / 2,
            method=f"literature: {mark.source}",
            interval=(mark.lower, mark.upper),
            **where,
        )
        for mark in BENCHMARKS
    ]
    rows += _shares(history, options, where)
    rows += _revenue(history, options, where)
    return indicator_frame("literature_comparison", rows, options=options)


def _shares(history: History, options: IndicatorOptions, where: Row) -> Iterator[Row]:
    window = history["shares_window"].filter(pl.col("market") == ALL)
    for code, measure in (("SH01", "L"), ("SH02", "V"), ("SH03", "T"), ("SH04", "R")):
        countries = window.filter(~pl.col("country").is_in([WORLD, UNKNOWN]))["country"].unique().sort().to_list()
        for country in dict.fromkeys([*options.focus, *countries]):
            part = window.filter((pl.col("indicator") == f"{code}_mean") & (pl.col("country") == country))
            if part.is_empty() or part["value"].item() is None:
                yield missing(f"CMP01_{measure}", country, "ratio", "no share over all markets", **where)
                continue
            made = part.row(0, named=True)
            yield row(
                f"CMP01_{measure}",
                country,
                "ratio",
                made["value"],
                method=f"mean monthly share, all markets; {made['method']}",
                interval=(made["lower"], made["upper"]) if made["lower"] is not None else None,
                n=made["n"],
                n_vendors=made["n_vendors"],
                **(where | {"coverage": made["coverage"]}),
            )


def _revenue(history: History, options: IndicatorOptions, where: Row) -> Iterator[Row]:
    levels = history["activity"].filter((pl.col("indicator") == "LV04") & (pl.col("drug_class") == ALL))
    known = levels.filter(pl.col("value").is_not_null())
    markets = known["market"].unique().sort().to_list()
    where = where | {"coverage": least_coverage(history, *markets) if markets else None}
    if not markets:
        for country in options.focus:
            yield missing("CMP02", country, "EUR", "no exact price of a sale", **where)
        return
    months = known.select("market", "month").unique().sort("market", "month")
    sold = known.filter(~pl.col("country").is_in([WORLD, UNKNOWN]))["country"].unique().sort().to_list()
    countries = list(dict.fromkeys([*options.focus, *PARTNERS, *sold]))
    year: dict[str, tuple[float, float, int]] = {}
    bounds, ratios = _revenue_bounds(history, months, countries, options)
    for country in countries:
        here = known.filter(pl.col("country") == country)
        own = months.join(here, on=["market", "month"], how="left", maintain_order="left")
        # Months of a market without a row of the country are zero; markets without exact prices are in no sum.
        zeroed = own.with_columns(pl.col("value").fill_null(0.0))
        total = zeroed.group_by("market", maintain_order=True).agg(pl.col("value").mean())["value"].sum() * 12
        scaled = zeroed.with_columns(pl.col("value") / pl.col("coverage").fill_null(1.0))
        full = scaled.group_by("market", maintain_order=True).agg(pl.col("value").mean())["value"].sum() * 12
        least = own.select(pl.col("n_vendors").fill_null(0).min()).item()
        year[country] = (float(total), float(full), least)
    note = f"12 × mean month of {', '.join(markets)}"
    for country in countries:
        total, full, vendors = year[country]
        counted: Row = {"n": months.height, "n_vendors": vendors, **where}
        yield row("CMP02", country, "EUR", total, method=note + _RESAMPLED, interval=bounds[country], **counted)
        method = f"{note}, divided by coverage"
        yield row("CMP02_cov", country, "EUR", full, method=method, **counted)
    for country in countries:
        for partner in PARTNERS:
            if year[partner][0] > 0 and country != partner:
                yield row(
                    f"CMP02:{partner}",
                    country,
                    "ratio",
                    year[country][0] / year[partner][0],
                    method=note + _RESAMPLED,
                    interval=ratios[country, partner],
                    n_vendors=year[country][2],
                    **where,
                )


def _revenue_bounds(
    history: History, months: pl.DataFrame, countries: list[str], options: IndicatorOptions
) -> tuple[dict[str, tuple[float, float]], dict[tuple[str, str], tuple[float, float]]]:
    """Intervals of the revenue a year of countries, and of its ratios to that of the partners; vendors resampled."""
    long = history["contributions"] if "contributions" in history else monthly_contributions(history)
    share = months.group_by("market").agg(weight=12 / pl.len() / 100)
    year = (
        long.filter((pl.col("indicator") == "LV04") & (pl.col("drug_class") == ALL))
        .join(months, on=["market", "month"])
        .join(share, on="market")
        .with_columns(pl.col("value") * pl.col("weight"))
    )
    matrix = by_vendor(add_up(year, ["vendor_key", "country"], "value"), pl.DataFrame({"country": countries}))
    bounds: dict[str, tuple[float, float]] = {}
    ratios = {}
    for partner in PARTNERS:
        whole = np.full(len(countries), countries.index(partner), dtype=np.intp)
        levels, shares = np.split(
            np.array(cluster_bootstrap(matrix, whole, replicates=options.bootstrap, seed=options.seed)), 2
        )
        for number, country in enumerate(countries):
            bounds[country] = (float(levels[0, number]), float(levels[1, number]))
            ratios[country, partner] = (float(shares[0, number]), float(shares[1, number]))
    return bounds, ratios
