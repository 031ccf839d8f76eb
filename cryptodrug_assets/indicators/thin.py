"""What rests on one or two vendors though it is no cell of a sum: proportions, sizes, differences of two figures.

public.py hides it. Cells that add up to others are the business of disclosure.py.
"""

from collections.abc import Mapping
from itertools import pairwise

import polars as pl

from cryptodrug_assets.indicators.rows import ALL, LEAST_VENDORS, exact_sales, with_world
from cryptodrug_assets.indicators.transaction_sizes import ABOVE, WHOLESALE_USD, in_dollars

Tables = Mapping[str, pl.DataFrame]
Row = dict[str, object]
LEAST_FOR_PROPORTION = 10


def is_few(n: int) -> bool:
    """One or two vendors."""
    return 0 < n < LEAST_VENDORS


def vendors_of(row: Row) -> int:
    """Vendors behind a row; unknown numbers count as none."""
    return int(row["n_vendors"] or 0)  # type: ignore[call-overload, no-any-return]


def thin_proportion(row: Row) -> bool:
    """Fewer than ten vendors, or one or two of them on either side."""
    if row["value"] is None:
        return False
    vendors, value = vendors_of(row), float(row["value"])  # type: ignore[arg-type]
    return vendors < LEAST_FOR_PROPORTION or is_few(round(value * vendors)) or is_few(vendors - round(value * vendors))


def thin_differences(long: pl.DataFrame) -> set[tuple[str, object, str, str]]:
    """(market, month, country, code) of figures whose difference from another one tells of one or two vendors.

    Counting wholly less by fractions is what vendors of several origins add; all sales less those observed, what was
    imputed. Beside them one of the two may not be published.
    """
    cell = ["market", "month", "country"]
    sales = long.filter(pl.col("drug_class") == ALL).select(*cell, "vendor_key", "indicator", "value")
    found: set[tuple[str, object, str, str]] = set()
    pairs = [(code, f"{code}_full", f"{code}_full") for code in ("LV01", "LV03", "LV04")]
    for one, other, hidden in [*pairs, ("LV03_observed", "LV03", "LV03_observed")]:
        both = sales.filter(pl.col("indicator") == other).join(
            sales.filter(pl.col("indicator") == one), on=[*cell, "vendor_key"], how="left", suffix="_one"
        )
        apart = both.filter((pl.col("value") - pl.col("value_one").fill_null(0.0)).abs() > 1e-6)
        for market, month, country, n in apart.group_by(cell).agg(pl.col("vendor_key").n_unique()).iter_rows():
            if is_few(n):
                found.add((market, month, country, hidden))
    return found


def thin_sizes(tables: Tables) -> set[tuple[str, str, str]]:
    """(market or all, country, indicator) of sizes that fewer than three vendors on one side of a threshold tell."""
    sales = in_dollars(exact_sales(tables))
    found: set[tuple[str, str, str]] = set()
    if sales.is_empty():
        return found
    placed = with_world(sales.select("market", "vendor_key", "euros", "dollars", "origins", "n_origins", "drug_class"))
    for part in (placed, placed.with_columns(market=pl.lit(ALL))):
        edges = [0, *ABOVE, None]
        for least, most in pairwise(edges):
            inside = (
                (pl.col("euros") > least) if most is None else pl.col("euros").is_between(least, most, closed="right")
            )
            for market, country, n in (
                part.filter(inside).group_by("market", "country").agg(pl.col("vendor_key").n_unique()).iter_rows()
            ):
                if is_few(n):
                    found |= {
                        (market, country, f"{code}:{edge}") for edge in (least, most) for code in ("TS01", "TS04")
                    }
        for name, large in (
            ("TS05_price", pl.col("dollars") >= WHOLESALE_USD),
            ("TS04_top:10", pl.col("euros") >= pl.col("euros").quantile(0.9).over("market", "country")),
        ):
            counted = part.filter(large).group_by("market", "country").agg(pl.col("vendor_key").n_unique())
            found |= {(market, country, name) for market, country, n in counted.iter_rows() if is_few(n)}
    return found


def vendors_by_reach(tables: Tables) -> dict[tuple[str, object, str], list[int]]:
    """(market, month, country) → vendors with offers of each reach."""
    found: dict[tuple[str, object, str], list[int]] = {}
    for name in ("shipping", "shipping_window"):
        rows = tables[name].filter(pl.col("indicator").str.starts_with("RT04_n:"))
        for market, month, country, n in rows.select("market", "month", "country", "value").iter_rows():
            # A month's and a window's row of the last month share their key; both must be safe.
            found.setdefault((market, month, country), []).append(int(n))
    return found
