"""Levels of activity (LV): live drug offers, active vendors, transactions, revenue, per country and class.

LV01: live drug offers. LV02: vendors with at least one. LV03: transactions (de-duplicated feedback dated in the month)
of drug offers. LV04: their revenue in euros where prices of sales are exact. Fractional counting weighs an offer or
transaction with n origins 1/n in each; `_full` counts it wholly in each; vendors are always counted wholly. W is the
world, _U an unknown origin, which stays in every denominator. LV03 holds sales that were imputed where feedback was
lost; LV03_observed counts without them.

Values are of what was captured. Bounds are of what was not seen (unseen_bounds.py): never below the value, none where
the coverage is unknown.
"""

import polars as pl

from cryptodrug_assets.indicators.code import UNITS, Code, level_code, parse_code
from cryptodrug_assets.indicators.disclosure.public_bounds import of_level
from cryptodrug_assets.indicators.disclosure.shared_rules import coarse, level
from cryptodrug_assets.indicators.estimates import (
    LEVELS,
    UNATTRIBUTED,
    estimates_of,
    missing_revenue,
    what_was_seen,
    why_unknown,
)
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, Clean, IndicatorOptions, Row, indicator_frame
from cryptodrug_assets.indicators.seen import Seen
from cryptodrug_assets.indicators.statistics.unseen_bounds import (
    Unseen,
    possible_cells,
    possible_vendors,
    vendors_at_most,
)
from cryptodrug_assets.indicators.tracing import rules

_LEVEL = "count of what was captured; how much was not seen is unknown"
_LEVEL_BOUNDED = (
    "count of what was captured; bounds of what was not seen: unknown origins and classes, regions, missed pages"
)


def activity(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """LV01–LV04 of a market-month. Each measure has its own coverage: that of offers or that of sales."""
    what = what_was_seen(clean)
    rows = _levels(clean, estimates_of(clean, options), Unseen.of(clean, what), what)
    rows += missing_revenue(clean, rows, level_code("R"), UNITS["R"])
    placed = [{"coverage": what.of(row["indicator"])} | row for row in rows]
    return indicator_frame("activity", placed, market=market, month=month, options=options)


def _levels(clean: Clean, estimates: pl.DataFrame, unseen: Unseen, what: Seen) -> list[Row]:
    """Rows of levels: values, never below what was seen, and at most what may have been there."""
    values = {
        (i, c, k): v for i, c, k, v in estimates.select("indicator", "country", "drug_class", "value").iter_rows()
    }
    by_origin = possible_vendors(clean["listings"])
    rows = []
    for row in estimates.iter_rows(named=True):
        code, country, drug = row["indicator"], row["country"], row["drug_class"]
        why = why_unknown(code, row["value"], unseen, what)
        upper = None
        # Where no page shows it at all, there is no bound either.
        if why in (None, UNATTRIBUTED) and code in LEVELS and country != UNKNOWN:
            most = sum(values.get(cell, 0.0) for cell in possible_cells(code, country, drug))
            most += unseen.unknown(code, country)
            if LEVELS[code] == "V" and drug == ALL:
                most = vendors_at_most(by_origin, country)
            upper = unseen.most(code, most)
        rows.append(
            {
                **{name: row[name] for name in ("indicator", "country", "drug_class", "n", "n_vendors")},
                "value": None if why else row["value"],
                "unit": UNITS[parse_code(code).measure],
                "lower": None if why else row["value"],
                "upper": upper,
                "method": f"not computable: {why}" if why else _LEVEL if upper is None else _LEVEL_BOUNDED,
            }
        )
    return rows


FAMILY = Family(
    table="activity",
    grain="month",
    codes=(
        Code("LV01", "listings"),
        Code("LV01_full", "listings"),
        Code("LV02", "vendors"),
        Code("LV03", "transactions"),
        Code("LV03_full", "transactions"),
        Code("LV03_observed", "transactions"),
        Code("LV04", "EUR"),
        Code("LV04_full", "EUR"),
    ),
    compute=activity,
    rows=rules.level,
    publish=Publish(keep=coarse, hide=level, bounds=of_level, remainders=no_remainders),
    lead=Lead(level_code("T"), exact=True, world=False, headline_world=True, spread="bounds of what was not seen"),
)
