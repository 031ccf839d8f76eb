"""What rests on one or two vendors though it is no cell of a sum: proportions, sizes, differences of two figures.

public_tables.py hides it. Cells that add up to others are the business of suppression.py.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from cryptodrug_assets.indicators.code import level_code
from cryptodrug_assets.indicators.rows import ALL, LEAST_VENDORS, WORLD

Tables = Mapping[str, pl.DataFrame]
Row = dict[str, object]
RowKey = tuple[str, object, str, str]
LEAST_FOR_PROPORTION = 10


def is_few(n: int) -> bool:
    """One or two vendors."""
    return 0 < n < LEAST_VENDORS


def vendors_of(row: Row) -> int:
    """Vendors behind a row; unknown numbers count as none."""
    return int(row["n_vendors"] or 0)  # type: ignore[call-overload, no-any-return]


def row_key(row: Row) -> RowKey:
    """Market, month, country and indicator of a row over all classes."""
    return str(row["market"]), row["month"], str(row["country"]), str(row["indicator"])


def cells_of_world(frame: pl.DataFrame) -> Iterator[list[Row]]:
    """Rows by market, month and indicator, over all classes; market `all` last, it is judged by the others."""
    parts = frame.filter(
        (pl.col("drug_class") == ALL) & (pl.col("unit") != "difference") & pl.col("value").is_not_null()
    )
    keys = ["market", "month", "indicator"]
    last = (pl.col("market") == ALL).alias("_all")
    for _, part in parts.sort(last, *keys, "country").partition_by(keys, as_dict=True, maintain_order=True).items():
        yield list(part.iter_rows(named=True))


def thin_rest(shown: Sequence[Row], *, of_vendors: bool = False) -> set[RowKey]:
    """Of the rows of a cell that are shown, the countries to hide as well because the world less all others would tell
    of few vendors: the smallest first.

    The rest must be of ten vendors (or none); of a proportion `of_vendors` three must be on either side.
    """
    world = [row for row in shown if row["country"] == WORLD]
    if not world:
        return set()
    countries = sorted(
        (row for row in shown if row["country"] != WORLD), key=lambda row: (-vendors_of(row), row["country"])
    )
    hidden: set[RowKey] = set()
    while countries:
        rest = vendors_of(world[0]) - sum(vendors_of(row) for row in countries)
        few = 0 < rest < LEAST_FOR_PROPORTION
        if of_vendors:
            did = _doing(world[0]) - sum(_doing(row) for row in countries)
            few |= is_few(did) or is_few(rest - did)
        if not few:
            break
        hidden.add(row_key(countries.pop()))
    return hidden


def _doing(row: Row) -> int:
    return round(float(row["value"]) * vendors_of(row))  # type: ignore[arg-type]


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
    pairs = [(code, f"{code}_full", f"{code}_full") for code in map(level_code, "LTR")]
    sold = level_code("T")
    for one, other, hidden in [*pairs, (f"{sold}_observed", sold, f"{sold}_observed")]:
        both = sales.filter(pl.col("indicator") == other).join(
            sales.filter(pl.col("indicator") == one), on=[*cell, "vendor_key"], how="left", suffix="_one"
        )
        apart = both.filter((pl.col("value") - pl.col("value_one").fill_null(0.0)).abs() > 1e-6)
        for market, month, country, n in apart.group_by(cell).agg(pl.col("vendor_key").n_unique()).iter_rows():
            if is_few(n):
                found.add((market, month, country, hidden))
    return found
