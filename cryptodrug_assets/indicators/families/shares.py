"""Each country's share in the world's offers, vendors, transactions and revenue (SH01–SH04), per class.

A share is the level of the country (LV01–LV04) over that of the world; `_full` and `_observed` are the shares of the
levels counted so. Intervals are of a superpopulation of vendors (pooled_variance.py; SH02: Wilson). SH0x_bound is the
share with none, and with all, of what is unknown being the country's: origins nobody states, regions that contain it,
sales whose offer was not captured, missed pages.
"""

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.code import Code, parse_code, share_code
from cryptodrug_assets.indicators.disclosure.public_bounds import of_share
from cryptodrug_assets.indicators.disclosure.shared_rules import coarse, level
from cryptodrug_assets.indicators.estimates import LEVELS, estimates_of, missing_revenue, what_was_seen, why_unknown
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, WORLD, Clean, IndicatorOptions, Row, indicator_frame
from cryptodrug_assets.indicators.seen import Seen
from cryptodrug_assets.indicators.statistics.intervals import wilson
from cryptodrug_assets.indicators.statistics.unseen_bounds import (
    Unseen,
    possible_cells,
    possible_vendors,
    vendors_at_most,
)
from cryptodrug_assets.indicators.tracing import rules

_POOLED = "ratio; 95 % over vendors, variance pooled over the market"
_WILSON = "proportion of vendors; Wilson 95 %"
_BOUNDS = (
    "bounds, not an interval: none, and all, of what is unknown is the country's: origins, regions, sales unattributed"
)
_NONE_KNOWN = "not computable: of no sale is it known whether it is of a drug; bounds alone"
# Where more than this part of a total is of unknown origin, none seen of a country is not none.
_MOSTLY = 0.5


def shares(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """SH01–SH04 of a market-month. Each measure has its own coverage: that of offers or that of sales."""
    what = what_was_seen(clean)
    unseen, estimates = Unseen.of(clean, what), estimates_of(clean, options)
    rows = [_share(row, unseen, what) for row in estimates.iter_rows(named=True) if row["country"] != WORLD]
    rows += _bounds(clean, estimates, unseen)
    rows += missing_revenue(clean, rows, share_code("R"), "ratio")
    placed = [{"coverage": what.of(row["indicator"])} | row for row in rows]
    return indicator_frame("shares", placed, market=market, month=month, options=options)


def _share(row: Row, unseen: Unseen, what: Seen) -> Row:
    code, value = row["indicator"], row["value"] / row["world"] if row["world"] else None
    low, high, method = row["low"], row["high"], _POOLED
    if LEVELS.get(code) == "V" and value is not None:
        low, high = wilson(row["value"], row["world"])
        method = _WILSON
    if value is None:
        method = f"not computable: {why_unknown(code, 0.0, unseen, what) or 'nothing of it in the world'}"
    elif value == 0 and row["unknown"] > _MOSTLY * row["world"]:
        value, method = None, "not computable: the origin of most is unknown, none seen is not none"
    if value is None or np.isnan(low):
        low = high = None
    return {
        **{name: row[name] for name in ("country", "drug_class", "n", "n_vendors")},
        "indicator": parse_code(code).as_share(),
        "value": value,
        "unit": "ratio",
        "lower": low,
        "upper": high,
        "method": method,
    }


def _bounds(clean: Clean, estimates: pl.DataFrame, unseen: Unseen) -> list[Row]:
    """SH0x_bound: the share with none, and with all, of what is unknown being the country's."""
    whole = estimates.filter((pl.col("drug_class") == ALL) & pl.col("indicator").is_in(list(LEVELS)))
    values = {(i, c, ALL): v for i, c, v in whole.select("indicator", "country", "value").iter_rows()}
    by_origin = possible_vendors(clean["listings"])
    rows = []
    for row in whole.filter(~pl.col("country").is_in([WORLD, UNKNOWN])).iter_rows(named=True):
        code, country, own, world = row["indicator"], row["country"], row["value"], row["world"]
        missed = unseen.missed(code, world)
        most = sum(values.get(cell, 0.0) for cell in possible_cells(code, country, ALL)) + unseen.unknown(code, country)
        if LEVELS[code] == "V":
            most = vendors_at_most(by_origin, country)
        total = world + unseen.unknown(code) + missed
        if LEVELS[code] == "V":
            total = vendors_at_most(by_origin, WORLD) + missed
        if total <= 0:
            continue
        # What was missed may be another place of a vendor who was seen, and no further vendor.
        least = world if LEVELS[code] == "V" else total
        bounded = not unseen.incomplete(code)
        known = unseen.coverage_of(code) is not None
        coverage = "missed pages" if known else "not what missed pages hold: coverage unknown"
        rows.append(
            {
                **{name: row[name] for name in ("country", "drug_class", "n", "n_vendors")},
                "indicator": f"{parse_code(code).as_share()}_bound",
                "value": own / world if world > 0 else None,
                "unit": "ratio",
                "lower": own / total if bounded else None,
                "upper": (1.0 if most + missed >= least else (most + missed) / least) if bounded else None,
                "method": f"{_BOUNDS}, {coverage}" if world > 0 else _NONE_KNOWN,
            }
        )
    return rows


FAMILY = Family(
    table="shares",
    grain="month",
    codes=(
        *(Code(share_code(measure), "ratio") for measure in "LVTR"),
        *(Code(f"{share_code(measure)}_bound", "ratio") for measure in "LVTR"),
        *(Code(f"{share_code(measure)}_full", "ratio") for measure in "LTR"),
        Code(f"{share_code('T')}_observed", "ratio"),
    ),
    compute=shares,
    rows=rules.share,
    publish=Publish(keep=coarse, hide=level, bounds=of_share, remainders=no_remainders),
    lead=Lead(share_code("T")),
)
