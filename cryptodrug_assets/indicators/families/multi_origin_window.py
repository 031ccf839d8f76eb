"""Vendors with several origins over the window, per market and over all (MO02–MO04).

MO02: vendors with disjoint origins in different months; MO03:x: vendors that moved from the country to x between two
consecutive months; MO04:x: share of the country's vendors with several origins over the window that also have x;
MO04_n: how many these vendors are.
"""

from collections.abc import Iterator
from itertools import pairwise

import polars as pl

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.disclosure.shared_rules import plain, proportion
from cryptodrug_assets.indicators.family import WINDOW, Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import UNKNOWN, WORLD, Clean, IndicatorOptions, Row, drugs, indicator_frame, row
from cryptodrug_assets.indicators.statistics.intervals import clopper_pearson
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History, windows

# Moves to these are stated also when there are none.
_STATED_MOVES = ("BE", "DE", "NL")


def multi_origin_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """MO02–MO04 per market and over all."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in _origins(clean)]
    return indicator_frame("multi_origin_window", rows, options=options)


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


FAMILY = Family(
    table="multi_origin_window",
    grain="across",
    codes=(
        Code("MO02", "vendors", internal=True),
        Code("MO03", "vendors", parameter="country", internal=True),
        Code("MO04", "ratio", parameter="country", comes_and_goes=lambda _: True, of_vendors=True),
        Code("MO04_n", "vendors", internal=True),
    ),
    compute=multi_origin_window,
    rows=rules.several_origins,
    reads=WINDOW,
    publish=Publish(keep=plain, hide=proportion, remainders=no_remainders),
    lead=Lead("MO04"),
)
