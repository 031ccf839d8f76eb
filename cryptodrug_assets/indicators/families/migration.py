"""Vendors of a closed market that appear on another (MG).

MG01_A, MG01_AB, MG01_ABC: vendors of the closed market seen on the other within 60 days of its closing and not there
before it, linked near-certainly (A), or at least probably (B), or at least possibly (C); MG01_sum_p: expected number,
the sum of the probabilities. MG01_share_x: as a share of the vendors new on the other market. MG02_x: vendors on both
at any time. MG03_T_x: sales on the other market by the vendors of MG01. Country: an origin of the vendor on the market
it came from. Class A is the same PGP key (keys can be copied: near-certain, not certain); B and C need vendor links.
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from cryptodrug_assets.indicators.code import LINK_CLASSES, Code, parse_code
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.few_vendors import is_few
from cryptodrug_assets.indicators.disclosure.shared_rules import focused
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.links import WITHIN, vendor_links
from cryptodrug_assets.indicators.rows import (
    LEAST_VENDORS,
    WORLD,
    IndicatorOptions,
    Row,
    drugs,
    indicator_frame,
    places_of,
    row,
)
from cryptodrug_assets.indicators.seen import least_coverage
from cryptodrug_assets.indicators.statistics.intervals import clopper_pearson
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History
from cryptodrug_assets.observation import market_configs

_CLOSING = ("closure_notice", "voluntary_closure", "exit_scam", "law_enforcement")
_METHOD = "vendors linked by class; lower A, upper A+B+C"


def migration(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """MG01–MG03 for every market that closed and every other market observed then.

    history["vendor_links"] is clean.vendor_links (market, vendor_key, other_market, other_vendor_key, link_class A, B
    or C, probability): links by key, badge and likeness. Without it, equal keys alone are links.
    """
    vendors = history["vendors"].filter(pl.col("is_active"))
    links = vendor_links(history)
    rows: list[Row] = []
    for market in vendors["market"].unique().sort().to_list():
        closed = min((event.date for event in market_configs()[market].events if event.type in _CLOSING), default=None)
        if closed is None:
            continue
        for other in vendors["market"].unique().sort().to_list():
            if other != market:
                coverage = least_coverage(history, market, other)
                pair = _pair(vendors, links, history, market, other, closed, options)
                rows += [{"coverage": coverage} | made for made in pair]
    return indicator_frame("migration", rows, options=options)


def _pair(
    vendors: pl.DataFrame,
    links: pl.DataFrame,
    history: History,
    market: str,
    other: str,
    closed: date,
    options: IndicatorOptions,
) -> Iterator[Row]:
    there = vendors.filter(pl.col("market") == other)
    last = there["month"].max()
    closing, until = closed.replace(day=1), closed + WITHIN
    if not (there["month"].min() < closing <= last):  # type: ignore[operator]
        # Without months on both sides nobody can be said to be new there.
        return
    arrived = (
        there.group_by("vendor_key")
        .agg(pl.col("month").min())
        .filter((pl.col("month") >= closing) & (pl.col("month") <= until))
    )
    come_from = (
        vendors.filter(pl.col("market") == market)
        .group_by("vendor_key")
        .agg(origins=pl.col("origins").explode(empty_as_null=True).drop_nulls().unique())
    )
    linked = links.filter((pl.col("market") == market) & (pl.col("other_market") == other)).join(
        come_from, on="vendor_key"
    )
    moved = linked.join(arrived.select(other_vendor_key="vendor_key"), on="other_vendor_key", how="semi")
    sales = drugs(history["transactions"]).filter(pl.col("market") == other)
    for country in places_of(come_from, options):
        here = pl.lit(value=True) if country == WORLD else pl.col("origins").list.contains(country)
        own_moved, own_linked = moved.filter(here), linked.filter(here)
        newcomers = arrived.height
        if country != WORLD:
            offered = there.filter(pl.col("origins").list.contains(country))
            newcomers = arrived.join(offered, on="vendor_key", how="semi").height
        where: Row = {"market": market, "month": last}
        ever = [own_linked.filter(_in(k))["vendor_key"].n_unique() for k in LINK_CLASSES]
        counts = [own_moved.filter(_in(k))["vendor_key"].n_unique() for k in LINK_CLASSES]
        span = (float(counts[0]), float(counts[-1]))
        for name, count, both in zip(LINK_CLASSES, counts, ever, strict=True):
            known = where | {"n": count, "n_vendors": count}
            yield row(f"MG01_{name}:{other}", country, "vendors", count, method=_METHOD, interval=span, **known)
            yield row(f"MG02_{name}:{other}", country, "vendors", both, method="count", n=both, n_vendors=both, **where)
            if newcomers:
                reached = min(own_moved.filter(_in(name))["other_vendor_key"].n_unique(), newcomers)
                yield row(
                    f"MG01_share_{name}:{other}",
                    country,
                    "ratio",
                    reached / newcomers,
                    method="of the vendors new there; Clopper–Pearson 95 %",
                    interval=clopper_pearson(reached, newcomers),
                    **known,
                )
            carried = sales.join(
                own_moved.filter(_in(name)).select(vendor_key="other_vendor_key").unique(), on="vendor_key"
            )
            yield row(f"MG03_T_{name}:{other}", country, "transactions", carried.height, method="count", **known)
        expected = float(own_moved.group_by("vendor_key").agg(pl.col("probability").max())["probability"].sort().sum())
        method = "sum of the probabilities of the links"
        yield row(f"MG01_sum_p:{other}", country, "vendors", expected, method=method, n_vendors=counts[-1], **where)


def _in(classes: str) -> pl.Expr:
    return pl.col("link_class").is_in(list(classes))


def _hide(row: Published, disclosure: Disclosure) -> bool:
    """Nested classes of links: the whole, and a part only when what it leaves out is nothing or three."""
    code = disclosure.parsed(row)
    if row["country"] != WORLD and code.has("share"):
        return True
    counts = disclosure.tables["migration"].filter(
        (pl.col("market") == row["market"]) & (pl.col("country") == row["country"])
    )
    by_class = {
        other.link_class: int(value)
        for indicator, value in counts.select("indicator", "value").iter_rows()
        if (other := parse_code(indicator)).id == "MG01" and other.parameter == code.parameter
    }
    if not by_class:
        return True
    a, ab, abc = (by_class[name] for name in LINK_CLASSES)
    if any(is_few(n) for n in (a, ab - a, abc - ab, ab, abc)):
        whole = code.id == "MG01" and code.link_class == LINK_CLASSES[-1]
        return not whole or is_few(abc) or (row["country"] != WORLD and abc < LEAST_VENDORS)
    return False


FAMILY = Family(
    table="migration",
    grain="across",
    codes=(
        Code("MG01", "vendors", parameter="market"),
        Code("MG01_share", "ratio", parameter="market"),
        Code("MG01_sum_p", "vendors", parameter="market"),
        Code("MG02", "vendors", parameter="market"),
        Code("MG03", "transactions", measures="T", parameter="market"),
    ),
    compute=migration,
    rows=rules.migrated,
    reads=("clean/vendors", "clean/transactions", "clean/vendor_links", "indicators/coverage"),
    publish=Publish(keep=focused, hide=_hide, remainders=no_remainders),
    lead=Lead("MG01_ABC"),
)
