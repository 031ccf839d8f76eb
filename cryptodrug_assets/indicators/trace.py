"""Which rows of the clean tables a value is made of, and the pages those rows were read from.

A rule per code in trace_rules.py mirrors the formula of the family: it chooses the rows that are counted, and those
they are compared with (the denominator). Nothing is computed and nothing is read: tables come in, rows come out.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from cryptodrug_assets.indicators.trace_rules import rule
from cryptodrug_assets.indicators.trace_target import Behind, Target
from cryptodrug_assets.observation import month_after

Cell = tuple[str, str]
_PAGE = ("market", "month", "capture_id")


def cells_behind(target: Target, cells: Sequence[Cell], *, monthly: bool) -> list[Cell]:
    """The market-months whose clean tables the value is computed from, of those there are."""
    if monthly:
        return [cell for cell in cells if cell == (target.market, target.month)]
    if target.base in ("GR02", "RT05") or target.table == "counted_sales":
        return [
            (market, month)
            for market, month in cells
            if market == target.market and target.month in (month, month_after(month))
        ]
    markets = {target.market, target.parameter} if target.base.startswith("MG") else {target.market}
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
        unnamed = sales.filter(pl.col("attribution") == "vendor")
        parts.append(_offers_of(unnamed, offers))
    if offers is not None and vendors is not None:
        parts.append(_offers_of(vendors, offers))
    if not parts:
        return pl.DataFrame(schema={"market": pl.String, "month": pl.Date, "capture_id": pl.String})
    return pl.concat(parts).drop_nulls("capture_id").unique().sort(_PAGE)


def _offers_of(rows: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    whose = ["market", "month", "vendor_key"]
    return offers.filter("is_drug").join(rows.select(whose).unique(), on=whose, how="semi").select(_PAGE)
