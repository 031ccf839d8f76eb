"""What a country supplies over the window: drug mix (DM), specialisation (SP01–SP03) and its stability (SP04).

DM01, DM02 and SP01–SP03 as in a month (composition.py), of all months together, per market and over all. SP04:
coefficient of variation of a class's monthly share in the country's supply; which pages were missed varies it too, so
its lower bound is that of the variation beyond.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.code import Code, levels
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.public_bounds import of_window
from cryptodrug_assets.indicators.families.composition import MIX_CODES, SPECIALISATION_CODES, composition_rows
from cryptodrug_assets.indicators.family import WINDOW, Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, WORLD, Clean, IndicatorOptions, Row, indicator_frame
from cryptodrug_assets.indicators.statistics.bootstrap import Interval, replicates
from cryptodrug_assets.indicators.statistics.missed_pages import variance_of_class_shares
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History, windows

_CORRECTED = "vendor-cluster bootstrap over the window, 95 % bias-corrected"


def specialisation_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """DM01, DM02, SP01–SP04 per market and over all."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in (*composition_rows(clean, options), *_stability(clean, options))]
    return indicator_frame("specialisation_window", rows, options=options)


def _stability(clean: Clean, options: IndicatorOptions) -> Iterator[Row]:
    """SP04, from three months on: below, a coefficient of variation says nothing."""
    long = clean["contributions"].filter(~pl.col("drug_class").is_in([ALL, "unknown"]) & (pl.col("country") != UNKNOWN))
    for indicator, measure in levels("LT").items():
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


def _world_and_focus(row: Published, disclosure: Disclosure) -> bool:
    return row["country"] in (WORLD, *disclosure.focus)


def _hide(row: Published, disclosure: Disclosure) -> bool:
    """Classes over the window: what is computed over all classes goes when one of them does."""
    code = disclosure.parsed(row)
    market, country, drug = str(row["market"]), str(row["country"]), str(row["drug_class"])
    hidden = disclosure.hidden
    # A quotient is missing of every class where the country's offers are too few.
    if drug == ALL or row["value"] is None:
        return hidden.any_class(code.measure, market, country)
    gone = hidden.window_class(code.measure, market, country, drug)
    if code.id == "SP02":
        gone |= hidden.window_class(code.measure, market, WORLD, drug)
    if code.id == "SP04":
        gone |= hidden.any_month(code.measure, market, drug, "k")
    return gone


FAMILY = Family(
    table="specialisation_window",
    grain="across",
    codes=(*MIX_CODES, *SPECIALISATION_CODES, Code("SP04", "ratio", measures="LT")),
    compute=specialisation_window,
    rows=rules.mix,
    reads=WINDOW,
    publish=Publish(keep=_world_and_focus, hide=_hide, bounds=of_window, remainders=no_remainders, missing_tells=True),
    lead=Lead("SP02_L", by_class=True),
)
