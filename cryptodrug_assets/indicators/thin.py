"""What rests on one or two vendors though it is no cell of a sum: proportions, sizes, differences of two figures.

public.py hides it. Cells that add up to others are the business of disclosure.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import polars as pl

from cryptodrug_assets.indicators.concentration import TOP
from cryptodrug_assets.indicators.rows import ALL, LEAST_VENDORS, WORLD, exact_sales, with_world
from cryptodrug_assets.indicators.transaction_sizes import ABOVE, AT_LEAST, WHOLESALE_USD, in_dollars

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


def largest_shown(vendors: int) -> list[int]:
    """The percentages p for which the share of the largest p percent may be shown: of three vendors at least, and of
    three more (or of no more) than the one shown before."""
    found: list[int] = []
    before = 0
    for percent in TOP:
        largest = -(-vendors * percent // 100)
        if largest == before or largest - before >= LEAST_VENDORS:
            found.append(percent)
            before = largest
    return found


def cells_of_world(frame: pl.DataFrame) -> Iterator[list[Row]]:
    """Rows by market, month and indicator, over all classes; market `all` last, it is judged by the others."""
    shares = frame.filter((pl.col("drug_class") == ALL) & (pl.col("unit") == "ratio") & pl.col("value").is_not_null())
    keys = ["market", "month", "indicator"]
    last = (pl.col("market") == ALL).alias("_all")
    for _, part in shares.sort(last, *keys, "country").partition_by(keys, as_dict=True, maintain_order=True).items():
        yield list(part.iter_rows(named=True))


def thin_rest(shown: Sequence[Row]) -> set[RowKey]:
    """Of the rows of a cell that are shown, the countries to hide as well because the world less all others would tell
    of few vendors: the smallest first.

    The rest must be of ten vendors (or none); of a proportion of vendors three must be on either side.
    """
    world = [row for row in shown if row["country"] == WORLD]
    if not world or str(world[0]["indicator"]).startswith("RT05:"):
        return set()
    of_vendors = str(world[0]["indicator"]).startswith(("RT02", "RT03"))
    countries = sorted(
        (row for row in shown if row["country"] != WORLD), key=lambda row: (-vendors_of(row), row["country"])
    )
    hidden: set[RowKey] = set()
    while countries:
        rest = vendors_of(world[0]) - sum(vendors_of(row) for row in countries)
        did = _doing(world[0]) - sum(_doing(row) for row in countries)
        few = 0 < rest < LEAST_FOR_PROPORTION or (of_vendors and (is_few(did) or is_few(rest - did)))
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


def thin_size_rest(tables: Tables, shown: Callable[[Row], bool]) -> set[RowKey]:
    """Sizes of countries to hide as well because the world's, less those of all other countries shown, would tell of
    one or two vendors on a side of the threshold: the smallest country first."""
    sales = exact_sales(tables).select("market", "vendor_key", "euros", "origins")
    hidden: set[RowKey] = set()
    for cell in cells_of_world(tables["transaction_sizes_window"]):
        code, _, size = str(cell[0]["indicator"]).partition(":")
        edges = {"TS01": (0, *ABOVE), "TS04": (0, *AT_LEAST)}.get(code)
        open_rows = {str(row["country"]): row for row in cell if edges and shown(row)}
        if edges is None or open_rows.pop(WORLD, None) is None:
            continue
        edge = int(size)
        place = edges.index(edge)
        above = edges[place + 1] if place + 1 < len(edges) else float("inf")
        own = sales.filter((pl.col("market") == cell[0]["market"]) | pl.lit(cell[0]["market"] == ALL))
        countries = sorted(open_rows, key=lambda name: (-vendors_of(open_rows[name]), name))
        while countries:
            rest = own.filter(~pl.col("origins").list.eval(pl.element().is_in(countries)).list.any())
            sides = (
                rest.filter(pl.col("euros").is_between(least, most, closed="right"))
                for least, most in ((edges[place - 1], edge), (edge, above))
            )
            if not any(is_few(side["vendor_key"].n_unique()) for side in sides):
                break
            hidden.add(row_key(open_rows[countries.pop()]))
    return hidden


def vendors_by_reach(tables: Tables) -> dict[tuple[str, object, str], list[int]]:
    """(market, month, country) → vendors with offers of each reach."""
    found: dict[tuple[str, object, str], list[int]] = {}
    for name in ("shipping", "shipping_window"):
        rows = tables[name].filter(pl.col("indicator").str.starts_with("RT04_n:"))
        for market, month, country, n in rows.select("market", "month", "country", "value").iter_rows():
            # A month's and a window's row of the last month share their key; both must be safe.
            found.setdefault((market, month, country), []).append(int(n))
    return found
