"""From where to where: contains reach by origin, exclusions, and vendors of several origins; from public cells alone."""

from collections.abc import Iterator

import polars as pl

from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.pages import charts, more_charts
from cryptodrug_assets.publishing.pages.finding import Finding, Table
from cryptodrug_assets.publishing.pages.observed import Observed, records, with_values
from cryptodrug_assets.publishing.words.labels import country_codes

_REACH = ("domestic", "eu", "europe", "world")
_MOST_ORIGINS = 15


def routes(at: Observed) -> Iterator[Finding]:
    """Reach by origin, which countries are excluded, and which other origins vendors have."""
    yield from _origins(at)
    yield from _exclusions(at)
    yield from _several_origins(at)


def _origins(at: Observed) -> Iterator[Finding]:
    """Reach of the offers of each origin, of all markets together, else of the first that has any."""
    words = at.words
    frame = with_values(at.rows("shipping_window", "RT04_WIN", param=None, ref_area=None))
    frame = frame.filter(pl.col("ref_area").is_in(country_codes()), pl.col("param").is_in(_REACH))
    for market in (TOTAL, *at.markets):
        part = frame.filter(market=market)
        origins = part.group_by("ref_area").agg(size=pl.col("obs_count").max().fill_null(0))
        if origins.height < 2:
            continue
        largest = origins.sort("size", "ref_area", descending=[True, False])["ref_area"].to_list()
        shown = [code for code in largest if code == at.country or code in largest[:_MOST_ORIGINS]]
        cells = {(row["ref_area"], row["param"]): row for row in part.iter_rows(named=True)}
        zones = {zone: words.param(zone) for zone in _REACH}
        rows = [
            {"panel": at.market(market), "x": zones[zone], "y": at.name(code),
             "value": None if (row := cells.get((code, zone))) is None else row["obs_value"],
             "text": "–" if row is None else words.number(100 * row["obs_value"], 0)}
            for code in shown
            for zone in _REACH
        ]  # fmt: skip
        title = words.say(
            "{market}: how far offers reach at most, by origin, in percent of the origin's offers; – not published",
            market=at.market(market),
        )
        spec = more_charts.heat(rows, x=list(zones.values()), y=[at.name(code) for code in shown],
                                panels=[at.market(market)])  # fmt: skip
        table = Table(
            [words.say("Origin"), *zones.values()],
            [[at.name(code), *(at.cell(cells.get((code, zone))) for zone in _REACH)] for code in shown],
        )
        yield Finding([], (title, spec), table)
        return


def _exclusions(at: Observed) -> Iterator[Finding]:
    """Part of the country's vendors that exclude a place."""
    words = at.words
    frame = with_values(at.rows("shipping_window", "RT03_WIN", param=None))
    if frame.is_empty():
        return
    parts = list(at.by_market(frame))
    rows = [
        row
        for market, part in parts
        for row in records(part, label=[words.param(param) for param in part["param"]],
                           series=[at.market(market)] * part.height)
    ]  # fmt: skip
    order = sorted({row["label"] for row in rows})
    title = words.say("Vendors of {country} that exclude a destination, share of its vendors, with 95% intervals",
                      country=at.name(at.country))  # fmt: skip
    spec = charts.dots(
        rows, x=words.say("share of vendors"), order=order, series=[at.market(market) for market, _ in parts]
    )
    table = Table(
        [words.say("Excluded"), *(at.market(market) for market, _ in parts)],
        [
            [words.param(param), *(at.cell(at.last("shipping_window", "RT03_WIN", market=market, param=param)) for market, _ in parts)]
            for param in sorted(frame["param"].unique())
        ],
    )  # fmt: skip
    yield Finding([], (title, spec), table)


def _several_origins(at: Observed) -> Iterator[Finding]:
    """Of vendors that ship from the country and elsewhere, those with each other origin."""
    words = at.words
    frame = at.rows("multi_origin_window", "MO04", param=None)
    there = with_values(frame)
    sentences = [
        words.say("{market}: of vendors that ship from {country} and elsewhere, {value} also ship from {other}.",
                  market=at.market(row["market"]), country=at.name(at.country), value=at.told(row), other=words.param(row["param"]))
        for row in there.sort("market", "obs_value", "param", descending=[False, True, False]).group_by(
            "market", maintain_order=True).first().iter_rows(named=True)
    ]  # fmt: skip
    if frame.height:
        markets = [market for market, _ in at.by_market(frame)]
        table = Table(
            [words.say("Other origin"), *(at.market(market) for market in markets)],
            [
                [words.param(param), *(at.cell(at.last("multi_origin_window", "MO04", market=market, param=param)) for market in markets)]
                for param in sorted(frame["param"].unique())
            ],
        )  # fmt: skip
        yield Finding(sentences, None, table)
