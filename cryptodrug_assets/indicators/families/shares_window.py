"""Shares over a market's observation window and over all markets (SH0x_mean, SH0x_pooled), per country.

SH0x_mean: mean of the monthly shares of months with any; SH0x_pooled: share of the window's total (SH02_pooled: of its
vendor-months). Intervals are of a superpopulation of vendors, the variance pooled over the market.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.code import Code, levels, share_code
from cryptodrug_assets.indicators.disclosure.public_bounds import of_window
from cryptodrug_assets.indicators.disclosure.shared_rules import window
from cryptodrug_assets.indicators.family import WINDOW, Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import (
    ALL,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    indicator_frame,
    missing,
    row,
)
from cryptodrug_assets.indicators.statistics.bootstrap import by_vendor
from cryptodrug_assets.indicators.statistics.pooled_variance import coarse, inequality, share_of_market
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History, windows

_METHOD = "95 % over vendors, variance pooled over the market"


def shares_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """SH0x_mean and SH0x_pooled per market and country."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in _shares(clean, options)]
    return indicator_frame("shares_window", rows, options=options)


def _shares(clean: Clean, options: IndicatorOptions) -> Iterator[Row]:
    long = clean["contributions"].filter(pl.col("drug_class") == ALL)
    for indicator, measure in levels().items():
        part = long.filter(pl.col("indicator") == indicator)
        code = share_code(measure)
        if part.is_empty():
            for country in options.focus:
                why = "no exact price of a sale" if measure == "R" else "nothing observed"
                yield missing(f"{code}_mean", country, "ratio", why)
            continue
        months = part["month"].unique().sort()
        countries = sorted({*part["country"].to_list(), *options.focus} - {WORLD})
        cells = pl.DataFrame({"country": [WORLD, *countries]}).join(pl.DataFrame({"month": months}), how="cross")
        matrix = by_vendor(part, cells)
        counted = part.group_by("country").agg(pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique())
        counts = {country: (n, vendors) for country, n, vendors in counted.iter_rows()}
        world = matrix[: len(months), :].sum(axis=1)
        for name in ("mean", "pooled"):
            # A month weighs as its part of the total, or all weigh alike; one without any is in no mean.
            used = world > 0
            weights = (
                np.where(used, 1 / np.where(used, world, 1) / used.sum(), 0) if name == "mean" else 1 / world.sum()
            )
            sizes = matrix.multiply(np.tile(np.broadcast_to(weights, world.shape), len(countries) + 1)[:, None]).tocsr()
            method = f"{int(used.sum())} months; {_METHOD}"
            for country, value, low, high in _of_window(sizes, countries, len(months)):
                n, vendors = counts.get(country, (0, 0))
                where = {"n": n, "n_vendors": vendors}
                yield row(f"{code}_{name}", country, "ratio", value, method=method, interval=(low, high), **where)


def _of_window(sizes: Any, countries: list[str], months: int) -> Iterator[tuple[str, float, float, float]]:
    """(country, share, low, high) from what each vendor adds to the share in each month: rows of the world's months,
    then of each country's."""
    vendors = [sizes[start : start + months, :].sum(axis=0) for start in range(0, sizes.shape[0], months)]
    world, own = vendors[0], vendors[1:]
    behind = coarse([np.count_nonzero(each) for each in own])
    share = np.array([each.sum() for each in own])
    squares = np.array([inequality(each[each > 0]) for each in own])
    market = world[world > 0]
    low, high = share_of_market(
        share, behind, squares, market_vendors=len(market), market_inequality=inequality(market),
        whole_vendors=len(market),
    )  # fmt: skip
    yield from zip(countries, share.tolist(), low.tolist(), high.tolist(), strict=True)


FAMILY = Family(
    table="shares_window",
    grain="across",
    codes=tuple(Code(f"{share_code(measure)}_{name}", "ratio") for measure in "LVTR" for name in ("mean", "pooled")),
    compute=shares_window,
    rows=rules.share,
    reads=WINDOW,
    publish=Publish(hide=window, bounds=of_window, remainders=no_remainders),
    lead=Lead(f"{share_code('T')}_mean"),
)
