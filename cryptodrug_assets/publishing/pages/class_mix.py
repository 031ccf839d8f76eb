"""Which classes are offered in which month: contains the mix by month, the heat map, and where the country is strong."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages import charts, more_charts
from cryptodrug_assets.publishing.pages.finding import Finding, Table
from cryptodrug_assets.publishing.pages.observed import Observed, records, with_values

_LARGEST = 5
_WHOLE = 1 + 1e-9
_DARKEST = 0.4
# Months of a market: its total and its classes, as far as they are shown.
Mix = Mapping[tuple[str, str], Mapping[str, float]]


def class_mix(at: Observed) -> Iterator[Finding]:
    """The classes of the world's offers by month, as parts of a whole and as a heat map; then location quotients."""
    mix, largest = _mix(at)
    if mix:
        yield _stacked(at, mix, largest)
        yield _heat(at, mix, largest)
    yield from _quotients(at)


def _mix(at: Observed) -> tuple[Mix, list[str]]:
    """Shares of classes in a month's live drug offers by market and month, and the classes by size."""
    frame = with_values(at.rows("activity", "LV01", ref_area=WORLD, drug_class=None))
    whole = frame.filter(pl.col("drug_class") == TOTAL, pl.col("obs_value") > 0)
    totals = {(row["market"], row["time_period"]): row["obs_value"] for row in whole.iter_rows(named=True)}
    mix: dict[tuple[str, str], dict[str, float]] = {}
    size: dict[str, float] = {}
    for row in frame.filter(pl.col("drug_class") != TOTAL).iter_rows(named=True):
        total = totals.get((row["market"], row["time_period"]))
        if total is not None and row["market"] != TOTAL:
            mix.setdefault((row["market"], row["time_period"]), {})[row["drug_class"]] = row["obs_value"] / total
            size[row["drug_class"]] = size.get(row["drug_class"], 0.0) + row["obs_value"]
    return mix, sorted(size, key=lambda code: (-size[code], code))


def _stacked(at: Observed, mix: Mix, largest: Sequence[str]) -> Finding:
    words = at.words
    named = [code for code in largest if code != "_U"][:_LARGEST]
    rest = words.say("other, unknown or not published")
    series = [*(words.label("drug_class", code) for code in named), rest]
    rows = []
    for (market, month), shares in mix.items():
        parts = [*(shares.get(code, 0.0) for code in named)]
        left = max(0.0, 1 - sum(parts))
        rows += [
            {"panel": at.market(market), "x": words.month(month), "series": name, "value": value, "rank": rank}
            for rank, (name, value) in enumerate(zip(series, [*parts, left], strict=True))
            if sum(parts) <= _WHOLE
        ]
    months = sorted({month for _, month in mix})
    top = [
        (market, _mean(mix, market, code), code) for market in at.markets for code in named[:1] if _months(mix, market)
    ]
    sentences = [
        words.say("{market}: {name} is {value} of the live drug offers, mean of the months.", market=at.market(market),
                  name=words.label("drug_class", code), value=at.amount(value, "RATIO"))
        for market, value, code in top
    ]  # fmt: skip
    title = words.say("Classes of the world's live drug offers by month, parts of the whole")
    panels = [at.market(market) for market in at.markets if _months(mix, market)]
    spec = more_charts.shares_stacked(
        rows,
        y=words.say("share of offers"),
        series=series,
        months=[words.month(month) for month in months],
        panels=panels,
    )
    return Finding(sentences, (title, spec), _table(at, mix, named))


def _heat(at: Observed, mix: Mix, largest: Sequence[str]) -> Finding:
    words = at.words
    months = sorted({month for _, month in mix})
    names = {code: words.label("drug_class", code) for code in largest}
    rows: list[dict[str, Any]] = [
        {"panel": at.market(market), "x": words.month(month), "y": names[code], "value": shares.get(code),
         "text": words.number(100 * shares[code], 0) if code in shares else "–"}
        for (market, month), shares in mix.items()
        for code in largest
    ]  # fmt: skip
    title = words.say(
        "Share of each class in the world's live drug offers by month, in percent; – not published or not there"
    )
    panels = [at.market(market) for market in at.markets if _months(mix, market)]
    spec = more_charts.heat(
        rows, x=[words.month(month) for month in months], y=list(names.values()), panels=panels, most=_DARKEST,
    )  # fmt: skip
    return Finding([], (title, spec), _table(at, mix, largest))


def _table(at: Observed, mix: Mix, shown: Sequence[str]) -> Table:
    words = at.words
    return Table(
        [words.say("Market and month"), *(words.label("drug_class", code) for code in shown)],
        [
            [f"{at.market(market)}, {words.month(month)}",
             *(at.amount(shares[code], "RATIO") if code in shares else "–" for code in shown)]
            for (market, month), shares in sorted(mix.items(), key=lambda one: (at.markets.index(one[0][0]), one[0][1]))
        ],
    )  # fmt: skip


def _months(mix: Mix, market: str) -> list[Mapping[str, float]]:
    return [shares for (name, _), shares in mix.items() if name == market]


def _mean(mix: Mix, market: str, code: str) -> float:
    months = _months(mix, market)
    return sum(shares.get(code, 0.0) for shares in months) / len(months)


def _quotients(at: Observed) -> Iterator[Finding]:
    """Location quotients: how many times the world's share of a class the country has."""
    words = at.words
    frame = with_values(at.rows("specialisation_window", "SP02_L", drug_class=None))
    frame = frame.filter(pl.col("obs_value") > 0, pl.col("drug_class") != TOTAL, pl.col("drug_class") != "_U")
    single = frame.filter(pl.col("market") != TOTAL)
    frame = single if single.height else frame
    if frame.is_empty():
        return
    # An axis of logarithms has no place for zero.
    frame = frame.with_columns(lower_bound=pl.when(pl.col("lower_bound") > 0).then("lower_bound"))
    frame = frame.with_columns(upper_bound=pl.when(pl.col("lower_bound").is_not_null()).then("upper_bound"))
    order = sorted({words.label("drug_class", code) for code in frame["drug_class"]})
    parts = list(at.by_market(frame))
    rows = [
        row
        for market, part in parts
        for row in records(part, label=[words.label("drug_class", code) for code in part["drug_class"]],
                           series=[at.market(market)] * part.height)
    ]  # fmt: skip
    title = words.say("How many times the world's share of each class {country} offers; dashes: as much as the world",
                      country=at.name(at.country))  # fmt: skip
    spec = charts.dots(rows, x=words.say("times the world's share"), order=order,
                       series=[at.market(market) for market, _ in parts], form="~g", log=True, line=1.0)  # fmt: skip
    codes = sorted(frame["drug_class"].unique(), key=lambda code: words.label("drug_class", code))
    table = Table(
        [words.say("Class"), *(at.market(market) for market, _ in parts)],
        [
            [words.label("drug_class", code),
             *(at.ratio(at.last("specialisation_window", "SP02_L", market=market, drug_class=code)) for market, _ in parts)]
            for code in codes
        ],
    )  # fmt: skip
    yield Finding([], (title, spec), table)
