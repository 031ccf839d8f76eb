"""The report's first lines: what was captured and what was not, in sentences, from the public tables alone."""

from collections.abc import Iterator, Mapping

import polars as pl

from cryptodrug_assets.indicators.seen import covered_months
from cryptodrug_assets.observation import MarketConfig, market_configs, months_from, spans_of_months

Public = Mapping[str, pl.DataFrame]
# A part of the whole below which nothing is said of it.
_WORTH_SAYING = 0.005


def coverage_sentences(public: Public, pages: Mapping[str, int], *, until: str) -> list[str]:
    """A sentence or more per market: months with and without figures, coverage, sales and origins that are unknown.

    `until`: the last month ("YYYY-MM") that a market still observed could have.
    """
    lines = []
    for market, config in market_configs().items():
        coverage = public["coverage"].filter(market=market)
        if coverage.is_empty():
            lines.append(f"{config.label}: nothing was seen; no figure here is of it.")
            continue
        parts = [
            _months(config, coverage, until),
            *_coverage(coverage, pages.get(market, 0)),
            *_unknown(public, coverage, market),
        ]
        lines.append(f"{config.label}: " + " ".join(parts))
    return lines


def _months(config: MarketConfig, coverage: pl.DataFrame, until: str) -> str:
    there = sorted({f"{month:%Y-%m}" for month in coverage["month"]})
    wanted = months_from(config.window.start, config.window.end or until)
    missing = [month for month in wanted if month not in there]
    if not missing:
        return f"all {len(wanted)} months of its window have figures ({wanted[0]} to {wanted[-1]})."
    return (
        f"{len(there)} of {len(wanted)} months of its window have figures; none of {spans_of_months(missing)}:"
        " not captured, or kept back by their checks."
    )


def _coverage(coverage: pl.DataFrame, pages: int) -> Iterator[str]:
    months = covered_months(coverage)
    values = months["covered"].drop_nulls()
    if not pages:
        yield "No page of it was captured."
        return
    count = f"{pages:,} pages were captured."
    unknown = months.filter(pl.col("covered").is_null())["month"].to_list()
    imported = coverage.filter(pl.col("indicator") == "COV01", pl.col("value").is_null()).height
    if values.len() == 0:
        yield f"{count} How much of the market that is, is unknown: nobody listed the pages there were."
        return
    least = float(values.min())  # type: ignore[arg-type]
    by = "of what the market's own counters announce" if imported else "of the pages found, or of what was announced"
    whole = least == 1 and not imported
    yield f"{count} None that was found is missing." if whole else f"{count} That is {percent(least)} or more {by}."
    if unknown:
        yield f"How much was seen of {spans_of_months([f'{month:%Y-%m}' for month in unknown])} is unknown."


def _unknown(public: Public, coverage: pl.DataFrame, market: str) -> Iterator[str]:
    sales = coverage.filter(pl.col("indicator") == "COV05")
    if sales.height:
        unattributed = float(((1 - sales["value"]) * sales["n"]).sum() / max(int(sales["n"].sum()), 1))
        if unattributed > _WORTH_SAYING:
            yield f"Of {percent(unattributed)} of the sales the offer was not captured: whether of a drug is unknown."
    else:
        yield "No sale was seen."
    origins = public["shares_window"].filter(market=market, indicator="SH01_pooled", country="_U")
    if origins.height and origins["value"].drop_nulls().len():
        value = float(origins["value"].drop_nulls()[-1])
        if value > _WORTH_SAYING:
            yield f"Of {percent(value)} of the drug offers the origin is unknown."


def percent(value: float) -> str:
    """A part in percent, as exact as it is small.

    >>> percent(1.0), percent(0.104), percent(0.00021)
    ('100 %', '10 %', '0.021 %')
    """
    if value >= 0.01:
        return f"{100 * value:.0f} %" if value >= 0.995 or value < 0.985 else f"{100 * value:.1f} %"
    return f"{100 * value:.2g} %"
