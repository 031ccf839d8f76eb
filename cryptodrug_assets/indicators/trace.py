"""Which rows of the clean tables a value is made of, and the pages those rows were read from.

The rule that a family states for its codes mirrors its formula: it chooses the rows that are counted, and those they
are compared with (the denominator). Nothing is computed and nothing is read: tables come in, rows come out.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.family import Extract, Family
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.indicators.tracing.rules import drug_offers, everything
from cryptodrug_assets.indicators.tracing.target import Behind, Rule, Target
from cryptodrug_assets.months import month_after

Cell = tuple[str, str]
_PAGE = ("market", "month", "capture_id")
# Figures that no family states: the scorecard's own.
_OTHERS: dict[str, Rule] = {"drug listings / listings": drug_offers}


def family_of(target: Target) -> Family | None:
    """The family that states the value: that of its table, else any that has the code; None where there is none."""
    stated = families()
    first = [stated[target.table]] if target.table in stated else []
    return next((family for family in [*first, *stated.values()] if family.code(target.indicator)), None)


def code_of(target: Target) -> Code | None:
    """The code that states the value."""
    family = family_of(target)
    return None if family is None else family.code(target.indicator)


def rule(target: Target) -> Rule:
    """The rule of the value's code or family; of a code that nobody states, every row there is."""
    family, code = family_of(target), code_of(target)
    if family is None or code is None:
        return _OTHERS.get(target.indicator, everything)
    return code.rows or family.rows


def extracts_behind(target: Target) -> list[Extract]:
    """What the rule of the value needs of parsed pages."""
    family = family_of(target)
    return list(family.extracts) if family is not None else []


def cells_behind(target: Target, cells: Sequence[Cell], *, monthly: bool) -> list[Cell]:
    """The market-months whose clean tables the value is computed from, of those there are."""
    if monthly:
        return [cell for cell in cells if cell == (target.market, target.month)]
    code = code_of(target)
    if code is not None and code.two_months:
        return [
            (market, month)
            for market, month in cells
            if market == target.market and target.month in (month, month_after(month))
        ]
    between = code is not None and code.parameter == "market"
    markets = {target.market, target.parameter} if between else {target.market}
    return [cell for cell in cells if target.market == "all" or cell[0] in markets]


def rows_behind(target: Target, tables: Mapping[str, pl.DataFrame]) -> Behind:
    """The rows behind a value, given the tables of its cells: clean `listings`, `vendors` and `transactions`, and for
    coverage also raw `captures` and parsed `market_counters`, for HR01 `texts` (capture_id, harm)."""
    behind = rule(target)(target, tables)
    for rows in (behind.counted, behind.compared):
        for name in [name for name, frame in rows.items() if frame.is_empty()]:
            del rows[name]
    return behind


def counts(rows: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Numbers of the entities in the rows: transactions, offers, vendors, pages; never who they are."""
    found: dict[str, int] = {}
    sales, offers = rows.get("transactions"), rows.get("listings")
    if sales is not None:
        found["transactions"] = sales.height
    if offers is not None:
        found["offers"] = offers["listing_key"].n_unique()
    elif sales is not None and (named := sales["listing_key"].drop_nulls().n_unique()):
        found["offers"] = named
    keys = [rows[name]["vendor_key"] for name in ("listings", "transactions", "vendors") if name in rows]
    if keys:
        found["vendors"] = pl.concat(keys).n_unique()
    if "captures" in rows:
        found["pages"] = rows["captures"].height
    if "market_counters" in rows:
        found["counters"] = rows["market_counters"].height
    return found


def pages_behind(rows: Mapping[str, pl.DataFrame], tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The pages the rows were read from: market, month of the row, capture_id; each once, in order.

    A sale is read from its feedback page, and its origin and class from the offer it names or, where it names none,
    from the vendor's drug offers of the month; the same holds for what a vendor is.
    """
    parts = [frame.select(_PAGE) for frame in rows.values()]
    # Coverage has no offers beside it: the tables of a cell may lack them.
    offers = tables.get("listings")
    sales, vendors = rows.get("transactions"), rows.get("vendors")
    if offers is not None and sales is not None:
        named = sales.filter(pl.col("attribution") == "listing").select("market", "month", "listing_key")
        parts.append(offers.join(named.unique(), on=["market", "month", "listing_key"], how="semi").select(_PAGE))
        parts.append(_in_other_months(sales, offers))
        unnamed = sales.filter(pl.col("attribution") == "vendor")
        parts.append(_offers_of(unnamed, offers))
    if offers is not None and vendors is not None:
        parts.append(_offers_of(vendors, offers))
    if not parts:
        return pl.DataFrame(schema={"market": pl.String, "month": pl.Date, "capture_id": pl.String})
    return pl.concat(parts).drop_nulls("capture_id").unique().sort(_PAGE)


def _in_other_months(sales: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Pages of offers that were captured in another month than their sale: of the nearest among the given months."""
    named = sales.filter(pl.col("attribution") == "other_month").select("market", "month", "listing_key").unique()
    found = named.join(offers.select(*_PAGE, "listing_key"), on=["market", "listing_key"], suffix="_offer")
    apart = (pl.col("month_offer") - pl.col("month")).dt.total_days().abs()
    nearest = found.filter(apart == apart.min().over("market", "month", "listing_key"))
    return nearest.select("market", month="month_offer", capture_id="capture_id")


def _offers_of(rows: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    whose = ["market", "month", "vendor_key"]
    return offers.filter("is_drug").join(rows.select(whose).unique(), on=whose, how="semi").select(_PAGE)
