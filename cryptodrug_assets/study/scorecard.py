"""The study scorecard: every statement of the study that market data can test, beside the value computed here.

One row per statement, market and indicator: what the study says, the range that counts as reproduced, the computed
value with its interval, and the verdict: reproduced, not_reproduced, not_enough_seen or not_computable with the reason.
Nothing is judged by a month of unknown or low coverage, by a market of fewer than ten vendors, or by one or two vendors
of the country. The study's word is quoted as it is, also where it contradicts itself; on real data the verdict is
simply reported. The statements themselves are in statements.py.
"""

from collections.abc import Mapping
from math import inf

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.code import parse_code
from cryptodrug_assets.indicators.rows import ALL, LEAST_VENDORS, WORLD, Row, around
from cryptodrug_assets.indicators.seen import least_coverage
from cryptodrug_assets.indicators.statistics.pooled_variance import LEAST_IN_MARKET, Pool
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.study.statements import CHECKS, EACH, NOTES, Check

#: Below this part of what there was no statement is judged.
LEAST_COVERAGE = 0.5

__all__ = ["CHECKS", "study_scorecard"]


def study_scorecard(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The scorecard from the indicator tables of all cells and clean `listings` (both by their table name)."""
    offers = tables.get("listings")
    vendors = {} if offers is None else dict(offers.group_by("market").agg(pl.col("vendor_key").n_unique()).iter_rows())
    vendors[ALL] = sum(vendors.values())
    rows = [
        _row(check, market, *_computed(check, market, tables), vendors.get(market, 0))
        for check in CHECKS
        for market in check.markets
    ]
    contract = contracts.load("indicators", "study_scorecard")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def _row(check: Check, market: str, found: Row | None, why: str, vendors: int) -> Row:
    tested = None if found is None else found[check.bound]
    too_little = None if found is None or tested is None else _too_little(check, found, vendors)
    if tested is None:
        verdict = "not_computable"
    elif too_little:
        verdict, why = "not_enough_seen", "; ".join(part for part in (too_little, why) if part)
    else:
        verdict = "reproduced" if check.low <= tested <= check.high else "not_reproduced"
    note = NOTES.get(check.statement)
    return {
        "statement": check.statement,
        "market": market,
        "indicator": check.indicator,
        "country": check.country,
        "drug_class": check.drug_class,
        "says": check.says,
        "expected_low": None if check.low == -inf else check.low,
        "expected_high": None if check.high == inf else check.high,
        "value": None if found is None else found["value"],
        "lower": None if found is None else found["lower"],
        "upper": None if found is None else found["upper"],
        "coverage": None if found is None else found["coverage"],
        "verdict": verdict,
        "why": "; ".join(part for part in (why, note) if part) or None,
    }


def _too_little(check: Check, found: Row, vendors: int) -> str | None:
    """Why the statement is not judged by this value; None where enough was seen. Quoted figures are not measured."""
    if parse_code(check.indicator).letters == "LIT":
        return None
    if vendors < LEAST_IN_MARKET:
        return f"fewer than {LEAST_IN_MARKET} vendors of the market were captured"
    if found["coverage"] is None:
        return "how much of the market was captured is unknown"
    if found["coverage"] < LEAST_COVERAGE:
        return f"less than {LEAST_COVERAGE:.0%} of the market was captured"
    behind = found.get("n") if found.get("unit") == "vendors" else found.get("n_vendors")
    if check.country != WORLD and behind is not None and behind < LEAST_VENDORS:
        return f"fewer than {LEAST_VENDORS} vendors of the country"
    return None


def _computed(check: Check, market: str, tables: Mapping[str, pl.DataFrame]) -> tuple[Row | None, str]:
    """The row that tests the statement (months reduced to one), and why there is none or what to know of it."""
    if absent := _not_measured(check, market):
        return None, f"not measured: {', '.join(absent)} not among the markets here"
    if check.table not in tables:
        return None, f"{check.table} has not been computed"
    if check.table == "listings":
        offers = tables["listings"].filter(pl.col("market") == market)
        return _drug_share(offers, least_coverage(tables, market))
    code = check.indicator.removeprefix("rank of ")
    monthly = market == ALL and check.reduce != "last"
    rows = tables[check.table].filter(
        (pl.col("indicator") == code)
        & (pl.col("country") == check.country)
        & (pl.col("market").is_in([*EACH, ALL]) if monthly else pl.col("market") == market)
    )
    if check.indicator != code:
        return _rank(rows, check.drug_class)
    rows = rows.filter(pl.col("drug_class") == check.drug_class)
    known = rows.filter(pl.col("value").is_not_null()).sort("month", "market")
    if known.is_empty():
        return None, (rows["method"][0] if rows.height else "no such value: nothing observed of it")
    if check.reduce == "months":
        count = float(known.select("market", "month").unique().height)
        return _plain(count, known["coverage"].min()), "market-months with a value"
    if check.reduce in ("min", "max"):
        descending = check.reduce == "max"
        best = known.sort("value", descending=descending, maintain_order=True).row(0, named=True)
        return best, f"{'highest' if descending else 'lowest'} month"
    return known.row(-1, named=True), ""


def _not_measured(check: Check, market: str) -> list[str]:
    """Markets of the study that the statement is about and that are not among the markets here.

    Statements that count months are about all of the study's; what is pooled is of the markets that there are.
    """
    named = [name for name in EACH if name in check.indicator]
    asked = EACH if market == ALL and check.reduce == "months" else dict.fromkeys([market, *named])
    return [name for name in asked if name not in (*market_configs(), ALL)]


def _plain(
    value: float | None, coverage: object = None, bounds: tuple[float | None, float | None] = (None, None)
) -> Row:
    return {"value": value, "lower": bounds[0], "upper": bounds[1], "coverage": coverage}


def _drug_share(offers: pl.DataFrame, coverage: float | None) -> tuple[Row | None, str]:
    """Drugs among all offers in the month in which they are fewest; vendors resampled."""
    if offers.is_empty():
        return None, "no offers of the market"
    months = offers.group_by("month").agg(pl.col("is_drug").mean()).sort("is_drug", "month")
    month, lowest = months.row(0)
    each = offers.filter(pl.col("month") == month).group_by("vendor_key").agg(pl.col("is_drug").sum(), pl.len())
    drugs, all_offers = each.sort("vendor_key").select(pl.col("is_drug", "len").cast(pl.Float64)).get_columns()
    parts = drugs.to_numpy(), all_offers.to_numpy()
    bounds = Pool.of(*parts).share(*parts)
    return _plain(lowest, coverage, around(lowest, bounds)), "lowest month"


def _rank(rows: pl.DataFrame, drug_class: str) -> tuple[Row | None, str]:
    """Rank of a class by its share, 1 the largest; equal shares take the better rank.

    Its bounds: all classes whose interval overlaps that of the class stand before it, or behind it.
    """
    own = rows.filter((pl.col("drug_class") == drug_class) & pl.col("value").is_not_null())
    if own.is_empty():
        return None, "no sales of that class"
    rank = rows.filter(pl.col("value") > own["value"].item()).height + 1
    coverage, lower, upper = own.select("coverage", "lower", "upper").row(0)
    bounds: tuple[float | None, float | None] = (None, None)
    if lower is not None:
        others = rows.filter(pl.col("drug_class") != drug_class)
        best = others.filter(pl.col("lower") > upper).height + 1
        worst = others.filter(pl.col("upper") > lower).height + 1
        bounds = around(rank, (best, worst))
    return _plain(float(rank), coverage, bounds), "rank by share"
