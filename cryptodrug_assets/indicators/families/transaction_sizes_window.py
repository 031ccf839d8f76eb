"""Sizes of single transactions (TS01–TS05) over the window, per market and over all: as in a month, of all months."""

import polars as pl

from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import LEAST_FOR_PROPORTION, row_key, vendors_of
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.public_bounds import of_window
from cryptodrug_assets.indicators.disclosure.shared_rules import plain
from cryptodrug_assets.indicators.disclosure.sizes import rest_of_sizes, thin_sizes
from cryptodrug_assets.indicators.families.transaction_sizes import SIZE_CODES, size_rows
from cryptodrug_assets.indicators.family import WINDOW, Family, Lead, Publish
from cryptodrug_assets.indicators.rows import ALL, LEAST_VENDORS, WORLD, IndicatorOptions, Row, indicator_frame
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History, windows


def transaction_sizes_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """TS01–TS05 per market and over all."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in size_rows(clean, options)]
    return indicator_frame("transaction_sizes_window", rows, options=options)


def _hide(row: Published, disclosure: Disclosure) -> bool:
    """Sizes: three vendors on either side of a threshold, and nothing of a country whose sales are hidden."""
    if disclosure.is_listed(row):
        return False
    code, market, country = str(row["indicator"]), str(row["market"]), str(row["country"])
    # Where one market alone shows exact prices, its sizes are those of all.
    markets = {market, *(disclosure.priced_markets if market == ALL else ())}
    few = disclosure.of_tables(thin_sizes)
    gone = row_key(row) in disclosure.rest or any((place, country, code) in few for place in markets)
    if country == WORLD:
        return gone
    percentile = disclosure.parsed(row).id == "TS03_q"
    gone |= vendors_of(row) < (LEAST_FOR_PROPORTION if percentile else LEAST_VENDORS)
    return gone or any(disclosure.hidden.window(measure, place, country) for measure in "TR" for place in markets)


FAMILY = Family(
    table="transaction_sizes_window",
    grain="across",
    codes=SIZE_CODES,
    compute=transaction_sizes_window,
    rows=rules.sizes,
    reads=WINDOW,
    publish=Publish(
        keep=plain,
        hide=_hide,
        bounds=of_window,
        remainders=lambda _, disclosure: rest_of_sizes(
            disclosure.tables, lambda row: disclosure.is_listed(row) or not _hide(row, disclosure)
        ),
    ),
    lead=Lead("TS01:200"),
    single=("TS02",),
)
