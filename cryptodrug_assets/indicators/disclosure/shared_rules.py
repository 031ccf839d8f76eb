"""Rules of publication that several families share: levels and shares, windows, proportions of vendors."""

from collections.abc import Callable

import polars as pl

from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import (
    LEAST_FOR_PROPORTION,
    Row,
    is_few,
    row_key,
    thin_proportion,
    vendors_of,
)
from cryptodrug_assets.indicators.disclosure.public_bounds import open_places
from cryptodrug_assets.indicators.rows import ALL, WORLD


def plain(row: Row, disclosure: Disclosure) -> bool:
    """Rows over all classes, without the codes that are internal."""
    code = disclosure.code_of(row)
    return disclosure.is_listed(row) or (row["drug_class"] == ALL and not (code is not None and code.internal))


def focused(row: Row, disclosure: Disclosure) -> bool:
    """Rows over all classes of the world and the focus countries."""
    return row["drug_class"] == ALL and row["country"] in (WORLD, *disclosure.focus)


def coarse(row: Row, disclosure: Disclosure) -> bool:
    """By month countries over all classes, and classes of the world; without the bounds of vendors, which tell how many
    of a country's also have offers of unknown origin."""
    code = disclosure.parsed(row)
    return (row["drug_class"] == ALL or row["country"] == WORLD) and not (code.has("bound") and code.measure == "V")


def level(row: Row, disclosure: Disclosure) -> bool:
    """Activity and shares by month."""
    code, hidden = disclosure.parsed(row), disclosure.hidden
    market, month, country = str(row["market"]), row["month"], str(row["country"])
    if (market, month, country, code.as_level()) in disclosure.thin_differences:
        return True
    if country == WORLD:
        drug = str(row["drug_class"])
        of_class = drug != ALL and hidden.world_class(code.measure, market, month, drug)
        return of_class or hidden.month(code.measure, market, month)
    gone = hidden.country(code.measure, market, month, country)
    bounding = open_places(country) if code.has("bound") else ()
    return gone or any(hidden.country(code.measure, market, month, place) for place in bounding)


def window(row: Row, disclosure: Disclosure) -> bool:
    """Shares over the window."""
    return disclosure.hidden.window(disclosure.parsed(row).measure, str(row["market"]), str(row["country"]))


def proportion(row: Row, disclosure: Disclosure) -> bool:
    """Proportions of vendors: ten of them, and none or at least three on either side."""
    return not disclosure.is_listed(row) and (thin_proportion(row) or told_by_all(row, disclosure, thin_proportion))


def told_by_all(row: Row, disclosure: Disclosure, hide: Callable[[Row], bool]) -> bool:
    """Whether all markets together, less those that are shown, would tell one that is hidden.

    Vendors of several markets are not linked, so those of all are the sum: one hidden market is what remains, of
    several hidden ones their sum remains.
    """
    if row["market"] != ALL:
        return False
    same = [pl.col(name) == row[name] for name in ("indicator", "country", "drug_class")]
    found = [
        part
        for name in disclosure.pooled_tables(row)
        for part in disclosure.tables[name].filter(*same, pl.col("market") != ALL).iter_rows(named=True)
    ]
    rest = [
        part for part in found if (hide(part) or row_key(part) in disclosure.rest) and not disclosure.is_listed(part)
    ]
    if len(rest) < 2:
        return len(rest) == 1
    vendors = sum(vendors_of(part) for part in rest)
    counted = sum(round(float(part["value"] or 0) * vendors_of(part)) for part in rest)
    return vendors < LEAST_FOR_PROPORTION or is_few(counted) or is_few(vendors - counted)
