"""Figures of the literature beside the platform's own (CMP). The figures are quoted here, with their source.

CMP01_x: the country's mean monthly share over all markets, x in L, V, T, R, beside the band of the literature, whose
authors pool other markets, years and measures: a band, not a target. CMP02: revenue a year, twelve times the mean
month of the markets named in the method; CMP02_cov the same divided by coverage; CMP02:c ratio to that of country c;
intervals over vendors, the variance
pooled over the markets.
LIT rows are the literature's own figures; value with lower and upper where it is a range.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.code import Code, level_code, share_code
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.shared_rules import focused
from cryptodrug_assets.indicators.family import WINDOW, Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import (
    ALL,
    UNKNOWN,
    WORLD,
    IndicatorOptions,
    Row,
    add_up,
    indicator_frame,
    missing,
    row,
)
from cryptodrug_assets.indicators.seen import least_coverage
from cryptodrug_assets.indicators.statistics.intervals import student_quantile
from cryptodrug_assets.indicators.statistics.pooled_variance import inequality, total_error
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History, monthly_contributions
from cryptodrug_assets.reference.benchmarks import BENCHMARKS

PARTNERS = ("GB", "NL")
_POOLED = "; 95 % over vendors, variance pooled over the markets"


def literature_comparison(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """CMP01, CMP02 and LIT rows from indicators.shares_window and indicators.activity of all cells."""
    month = history["activity"]["month"].max()
    where: Row = {"market": ALL, "month": month, "coverage": None}
    rows = [
        row(
            mark.code,
            mark.country,
            mark.unit,
            (mark.lower + mark.upper) / 2,
            method=f"literature: {mark.source}",
            interval=(mark.lower, mark.upper),
            **where,
        )
        for mark in BENCHMARKS
    ]
    rows += _shares(history, options, where)
    rows += _revenue(history, options, where)
    return indicator_frame("literature_comparison", rows, options=options)


def _shares(history: History, options: IndicatorOptions, where: Row) -> Iterator[Row]:
    window = history["shares_window"].filter(pl.col("market") == ALL)
    for measure in "LVTR":
        countries = window.filter(~pl.col("country").is_in([WORLD, UNKNOWN]))["country"].unique().sort().to_list()
        for country in dict.fromkeys([*options.focus, *countries]):
            part = window.filter(
                (pl.col("indicator") == f"{share_code(measure)}_mean") & (pl.col("country") == country)
            )
            if part.is_empty() or part["value"].item() is None:
                yield missing(f"CMP01_{measure}", country, "ratio", "no share over all markets", **where)
                continue
            made = part.row(0, named=True)
            yield row(
                f"CMP01_{measure}",
                country,
                "ratio",
                made["value"],
                method=f"mean monthly share, all markets; {made['method']}",
                interval=(made["lower"], made["upper"]) if made["lower"] is not None else None,
                n=made["n"],
                n_vendors=made["n_vendors"],
                **(where | {"coverage": made["coverage"]}),
            )


def _revenue(history: History, options: IndicatorOptions, where: Row) -> Iterator[Row]:
    levels = history["activity"].filter((pl.col("indicator") == level_code("R")) & (pl.col("drug_class") == ALL))
    known = levels.filter(pl.col("value").is_not_null())
    markets = known["market"].unique().sort().to_list()
    where = where | {"coverage": least_coverage(history, *markets) if markets else None}
    if not markets:
        for country in options.focus:
            yield missing("CMP02", country, "EUR", "no exact price of a sale", **where)
        return
    months = known.select("market", "month").unique().sort("market", "month")
    sold = known.filter(~pl.col("country").is_in([WORLD, UNKNOWN]))["country"].unique().sort().to_list()
    countries = list(dict.fromkeys([*options.focus, *PARTNERS, *sold]))
    year: dict[str, tuple[float, float | None, int]] = {}
    errors, freedom = _revenue_errors(history, months)
    for country in countries:
        here = known.filter(pl.col("country") == country)
        own = months.join(here, on=["market", "month"], how="left", maintain_order="left")
        # Months of a market without a row of the country are zero; markets without exact prices are in no sum.
        zeroed = own.with_columns(pl.col("value").fill_null(0.0))
        total = zeroed.group_by("market", maintain_order=True).agg(pl.col("value").mean())["value"].sum() * 12
        scaled = zeroed.with_columns((pl.col("value") / pl.col("coverage")).fill_null(0.0))
        # Divided by a coverage that is not known for every month it would be a number of nothing.
        known_all = not known["coverage"].null_count()
        full = scaled.group_by("market", maintain_order=True).agg(pl.col("value").mean())["value"].sum() * 12
        least = own.select(pl.col("n_vendors").fill_null(0).min()).item()
        year[country] = (float(total), float(full) if known_all else None, least)
    note = f"12 × mean month of {', '.join(markets)}"
    for country in countries:
        total, corrected, vendors = year[country]
        counted: Row = {"n": months.height, "n_vendors": vendors, **where}
        yield row(
            "CMP02",
            country,
            "EUR",
            total,
            method=note + _POOLED,
            interval=_around(total, errors.get(country), freedom),
            **counted,
        )
        method = f"{note}, divided by coverage"
        if corrected is None:
            yield missing("CMP02_cov", country, "EUR", "the coverage of some month is unknown", **counted)
        else:
            yield row("CMP02_cov", country, "EUR", corrected, method=method, **counted)
    for country in countries:
        for partner in PARTNERS:
            if year[partner][0] > 0 and country != partner:
                yield row(
                    f"CMP02:{partner}",
                    country,
                    "ratio",
                    year[country][0] / year[partner][0],
                    method=note + _POOLED,
                    interval=_around(year[country][0] / year[partner][0], _both(errors, country, partner), freedom),
                    n_vendors=year[country][2],
                    **where,
                )


def _revenue_errors(history: History, months: pl.DataFrame) -> tuple[dict[str, float], float]:
    """Relative error of each country's revenue, pooled over the vendors of all markets, and its degrees of freedom."""
    long = history["contributions"] if "contributions" in history else monthly_contributions(history)
    share = months.group_by("market").agg(weight=12 / pl.len() / 100)
    year = (
        long.filter((pl.col("indicator") == level_code("R")) & (pl.col("drug_class") == ALL))
        .join(months, on=["market", "month"])
        .join(share, on="market")
        .with_columns(pl.col("value") * pl.col("weight"))
    )
    sold = add_up(year, ["country", "vendor_key"], "value").filter(pl.col("value") > 0)
    sizes = sold.filter(country=WORLD)["value"].to_numpy()
    vendors = dict(sold.group_by("country").len().iter_rows())
    factor = inequality(sizes)
    errors = {
        country: total_error(n, market_vendors=len(sizes), market_inequality=factor) for country, n in vendors.items()
    }
    return errors, len(sizes) / factor - 1


def _both(errors: dict[str, float], one: str, other: str) -> float | None:
    """Relative error of the ratio of two countries, as if they were independent."""
    return float(np.hypot(errors[one], errors[other])) if one in errors and other in errors else None


def _around(value: float, error: float | None, freedom: float) -> tuple[float, float] | None:
    """95 % bounds of a positive value from its relative error, on the logarithm."""
    if error is None or np.isnan(error) or value <= 0:
        return None
    factor = float(np.exp(student_quantile(max(freedom, 1.0)) * error))
    return value / factor, value * factor


def _keep(row: Published, disclosure: Disclosure) -> bool:
    """The focus countries, and the partners that they are compared with."""
    code = disclosure.parsed(row)
    quoted = code.letters == "LIT" or (code.base == "CMP02" and not code.parameter)
    return focused(row, disclosure) or (quoted and row["country"] in PARTNERS)


def _hide(row: Published, disclosure: Disclosure) -> bool:
    """Figures made of shares and revenue over the window."""
    code, country, hidden = disclosure.parsed(row), str(row["country"]), disclosure.hidden
    if code.letters == "LIT":
        return False
    if code.id == "CMP01":
        return hidden.window(code.measure, ALL, country)
    places = [country, *([code.parameter] if code.parameter else [])]
    return any(hidden.window("R", ALL, place) or hidden.any_month("R", ALL, place) for place in places)


def _bounds(row: Published, disclosure: Disclosure) -> tuple[str, ...]:
    """Intervals tell how many vendors there are: none where that is hidden, of either country."""
    code, country = disclosure.parsed(row), str(row["country"])
    if country == WORLD or code.letters == "LIT":
        return ()
    places = [country, *([code.parameter] if code.parameter else [])]
    gone = any(disclosure.hidden.window("V", str(row["market"]), place) for place in places)
    return ("lower", "upper") if gone else ()


FAMILY = Family(
    table="literature_comparison",
    grain="across",
    codes=(
        Code("CMP01", "ratio", measures="LVTR"),
        Code("CMP02", "EUR", measure="R"),
        Code("CMP02_cov", "EUR", measure="R"),
        Code("CMP02", "ratio", measure="R", parameter="country"),
        *(Code(code, unit, rows=rules.quoted) for code, unit in sorted({(m.code, m.unit) for m in BENCHMARKS})),
    ),
    compute=literature_comparison,
    rows=rules.compared_with_literature,
    reads=(*WINDOW, "indicators/activity", "indicators/shares_window", "reference/benchmarks"),
    publish=Publish(keep=_keep, hide=_hide, bounds=_bounds, remainders=no_remainders),
    lead=Lead("CMP01"),
)
