"""Which rows of the clean tables a value is made of, and the pages those rows were read from.

A rule per code in trace_rules.py mirrors the formula of the family: it chooses the rows that are counted, and those
they are compared with (the denominator). Nothing is computed and nothing is read: tables come in, rows come out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from cryptodrug_assets.observation import month_after

Cell = tuple[str, str]
Rows = dict[str, pl.DataFrame]
_CODE = re.compile(r"(?P<base>[A-Z]+\d*)(?P<words>(?:_[A-Za-z]+)*)(?::(?P<parameter>.+))?")
_BY_NUMBER = {"01": "L", "02": "V", "03": "T", "04": "R"}
_PAGE = ("market", "month", "capture_id")


@dataclass(frozen=True)
class Target:
    """A value as what it asks for: its table and key, and its code taken apart.

    `TS04_top:10` has the base TS04, the word `top` and the parameter 10; `measure` is L, V, T or R (offers, vendors,
    transactions, revenue), or empty where the code names none.
    """

    table: str
    market: str
    month: str
    indicator: str
    country: str
    drug_class: str
    base: str = ""
    words: tuple[str, ...] = ()
    parameter: str = ""
    measure: str = ""

    @classmethod
    def of(cls, table: str, row: Mapping[str, object]) -> "Target":
        """The target of a row of an indicator table; a public table asks for what its internal one does."""
        indicator = str(row["indicator"])
        found = _CODE.fullmatch(indicator)
        base, words, parameter = (found["base"], found["words"], found["parameter"]) if found else (indicator, "", "")
        return cls(
            table=table.removesuffix("_public"),
            market=str(row["market"]),
            month=str(row["month"])[:7],
            indicator=indicator,
            country=str(row["country"]),
            drug_class=str(row["drug_class"]),
            base=base,
            words=tuple(words.split("_")[1:]),
            parameter=parameter or "",
            measure=_measure(base, words.split("_")[1:], parameter or ""),
        )


@dataclass
class Behind:
    """Rows counted in a value and rows it is compared with, by table, and what else is to be known of them."""

    counted: Rows = field(default_factory=dict)
    compared: Rows = field(default_factory=dict)
    note: str = ""


def _measure(base: str, words: Sequence[str], parameter: str) -> str:
    family = base[:2]
    if family in ("LV", "SH"):
        return _BY_NUMBER.get(base[2:], "")
    if family == "GR":
        return _BY_NUMBER.get(parameter[2:4], "")
    if family == "TS" or base == "CMP02":
        return "R"
    return next((word for word in words if word in ("L", "V", "T", "R")), "")


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
    from cryptodrug_assets.indicators.trace_rules import rule

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
