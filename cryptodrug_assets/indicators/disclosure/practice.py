"""Shipping practice: proportions of vendors (RT02, RT03), reach of offers (RT04) and their changes (RT05)."""

import polars as pl

from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import (
    LEAST_FOR_PROPORTION,
    Row,
    Tables,
    is_few,
    row_key,
    vendors_of,
)
from cryptodrug_assets.indicators.disclosure.shared_rules import proportion, told_by_all
from cryptodrug_assets.indicators.places import REACH


def practice(row: Row, disclosure: Disclosure) -> bool:
    """Whether a row of shipping is hidden."""
    code = disclosure.parsed(row)
    if row_key(row) in disclosure.rest:
        return True
    if code.id == "RT05":
        return vendors_of(row) < LEAST_FOR_PROPORTION or _changed(row, disclosure, code.parameter)
    if code.id == "RT04":

        def few(part: Row) -> bool:
            return _thin_reach(part, disclosure)

        return few(row) or told_by_all(row, disclosure, few)
    return proportion(row, disclosure)


def vendors_by_reach(tables: Tables) -> dict[tuple[str, object, str], list[int]]:
    """(market, month, country) → vendors with offers of each reach."""
    counted: dict[tuple[str, object, str], list[int]] = {}
    codes = [f"RT04_n:{reach}" for reach in REACH]
    for name in ("shipping", "shipping_window"):
        rows = tables[name].filter(pl.col("indicator").is_in(codes))
        for market, month, country, n in rows.select("market", "month", "country", "value").iter_rows():
            # A month's and a window's row of the last month share their key; both must be safe.
            counted.setdefault((market, month, country), []).append(int(n))
    return counted


def _thin_reach(row: Row, disclosure: Disclosure) -> bool:
    key = (str(row["market"]), row["month"], str(row["country"]))
    counts = disclosure.of_tables(vendors_by_reach).get(key, ())
    return vendors_of(row) < LEAST_FOR_PROPORTION or any(is_few(n) for n in counts)


def _changed(row: Row, disclosure: Disclosure, code: str) -> bool:
    """A change tells a hidden month from one that is shown."""
    monthly = disclosure.tables["shipping"].filter(
        (pl.col("market") == row["market"]) & (pl.col("country") == row["country"]) & (pl.col("indicator") == code)
    )
    return any(practice(month, disclosure) for month in monthly.iter_rows(named=True))
