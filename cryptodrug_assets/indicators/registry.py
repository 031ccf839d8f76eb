"""The registry: collects the families that the modules of indicators/families declare, and computes their tables.

A module declares one (`FAMILY`) or several (`FAMILIES`). Nothing is listed here: what lies in the folder is there. The
order of computation follows from what each family reads.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import lru_cache

import polars as pl

from cryptodrug_assets.indicators import families as folder
from cryptodrug_assets.indicators.contributions import contributions_of
from cryptodrug_assets.indicators.estimates import estimates
from cryptodrug_assets.indicators.family import COVERAGE, Extract, Family, Grain
from cryptodrug_assets.indicators.rows import ALL, Clean, IndicatorOptions
from cryptodrug_assets.indicators.seen import covered_months, least_coverage
from cryptodrug_assets.indicators.tally import tallied
from cryptodrug_assets.indicators.windows import monthly_contributions

# The columns of clean tables that every family of a month gets; a month may have millions of sales.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "listings": ("month", "listing_key", "vendor_key", "is_drug", "drug_class", "origins", "n_origins", "destinations"),
    "transactions": (
        "month", "vendor_key", "listing_key", "is_drug", "drug_class", "origins", "n_origins", "destinations", "rating",
        "price_currency", "price_eur", "price_source", "status", "gap",
    ),
}  # fmt: skip


@lru_cache(maxsize=1)
def families() -> dict[str, Family]:
    """Every family by its table, sorted; raises ValueError where two modules declare the same table."""
    stated: dict[str, Family] = {}
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda module: module.name):
        content = vars(importlib.import_module(f"{folder.__name__}.{module.name}"))
        declared = [*content.get("FAMILIES", ()), *([content["FAMILY"]] if "FAMILY" in content else [])]
        for family in declared:
            if family.table in stated:
                raise ValueError(f"two families declare the table {family.table}")
            stated[family.table] = family
    return dict(sorted(stated.items()))


def of_grain(grain: Grain) -> list[Family]:
    """The families of a month, or those across months, each after the families it reads; raises ValueError for a
    circle."""
    waiting = {table: family for table, family in families().items() if family.grain == grain}
    ordered: list[Family] = []
    while waiting:
        ready = [family for family in waiting.values() if not waiting.keys() & set(family.after)]
        if not ready:
            raise ValueError(f"families that read each other: {', '.join(waiting)}")
        ordered += ready
        for family in ready:
            del waiting[family.table]
    return ordered


#: Tables of a month → what they read, as layer/table.
MONTHLY: dict[str, tuple[str, ...]] = {family.table: family.reads for family in of_grain("month")}
#: Tables across months → the function that computes them from the history.
ACROSS: dict[str, Callable[..., pl.DataFrame]] = {family.table: family.compute for family in of_grain("across")}
#: Tables across months → the clean and indicator tables they read; reference tables are no part of the history.
ACROSS_INPUTS: dict[str, list[str]] = {
    family.table: [name for name in family.reads if not name.startswith("reference/")] for family in of_grain("across")
}
#: The columns of clean tables that families of a month ask for.
CLEAN_COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(dict.fromkeys([*columns, *(own for f in of_grain("month") for own in f.columns.get(name, ()))]))
    for name, columns in _COLUMNS.items()
}


def extracts() -> dict[str, Extract]:
    """What families of a month need of parsed pages, by name."""
    return {extract.name: extract for family in of_grain("month") for extract in family.extracts}


def extracted(read: Callable[[str, tuple[str, ...]], pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Every extract by its name; `read` gives columns of a parsed table of the month."""
    return {name: extract.make(read(extract.table, extract.columns)) for name, extract in extracts().items()}


def compute_month(
    clean: Clean,
    captures: pl.DataFrame,
    pages: pl.DataFrame,
    counters: pl.DataFrame,
    *,
    market: str,
    month: str,
    options: IndicatorOptions,
) -> dict[str, pl.DataFrame]:
    """Every indicator table of a market-month. `clean` holds the clean tables and what `extracted` gives.

    Sales are counted once for all families, and what each vendor adds.
    """
    given = {**clean, "captures": captures, "pages": pages, "market_counters": counters}
    given["tally"] = tallied(clean)
    given["contributions"] = contributions_of(given)
    given["estimates"] = estimates(given, options)
    made: dict[str, pl.DataFrame] = {}
    covered: float | None = None
    of_sales: float | None = None
    for family in of_grain("month"):
        table = family.compute(given | made, market=market, month=month, options=options, coverage=covered)
        made[family.table] = _with_coverage_of_sales(family, table, {market: of_sales}, options)
        if family.table == COVERAGE:
            covered = covered_months(table)["covered"].first()  # type: ignore[assignment]
            of_sales = covered_months(table, sales=True)["covered"].first()  # type: ignore[assignment]
    return made


def _with_coverage_of_sales(
    family: Family, frame: pl.DataFrame, covered: Mapping[str, object], options: IndicatorOptions
) -> pl.DataFrame:
    """Values that are made of sales are covered no better than sales are (by market; null: unknown)."""
    of_sales = pl.col("indicator").is_in([code for code in frame["indicator"].unique() if family.is_of_sales(code)])
    least = pl.col("market").replace_strict(covered, default=None, return_dtype=pl.Float64)
    both = pl.when(pl.col("coverage").is_not_null() & least.is_not_null()).then(pl.min_horizontal("coverage", least))
    low = pl.col("coverage").is_null() | (pl.col("coverage") < options.min_coverage)
    return frame.with_columns(coverage=pl.when(of_sales).then(both).otherwise("coverage")).with_columns(
        obs_status=pl.when(of_sales & low & (pl.col("obs_status") == "A")).then(pl.lit("L")).otherwise("obs_status")
    )


def compute_across(history: dict[str, pl.DataFrame], *, options: IndicatorOptions) -> dict[str, pl.DataFrame]:
    """Every family across months, each with the tables made before it added to the history."""
    known = history.get("contributions")
    given = history | {"contributions": monthly_contributions(history) if known is None else known}
    made: dict[str, pl.DataFrame] = {}
    markets = history["listings"]["market"].unique().sort().to_list()
    covered = {market: least_coverage(history, market, sales=True) for market in markets}
    covered[ALL] = least_coverage(history, sales=True)
    for family in of_grain("across"):
        table = family.compute(given | made, options=options)
        made[family.table] = _with_coverage_of_sales(family, table, covered, options)
    return made
