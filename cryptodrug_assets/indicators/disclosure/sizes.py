"""Sizes of sales that few vendors tell: on one side of a threshold, or in the world less the countries shown."""

from collections.abc import Callable
from itertools import pairwise

import polars as pl

from cryptodrug_assets.indicators.code import parse_code
from cryptodrug_assets.indicators.disclosure.few_vendors import (
    Row,
    RowKey,
    Tables,
    cells_of_world,
    is_few,
    row_key,
    vendors_of,
)
from cryptodrug_assets.indicators.rows import ALL, WORLD, exact_sales, with_world
from cryptodrug_assets.indicators.size_bands import ABOVE, AT_LEAST
from cryptodrug_assets.indicators.wholesale import WHOLESALE_USD, in_dollars


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


def rest_of_sizes(tables: Tables, shown: Callable[[Row], bool]) -> set[RowKey]:
    """Sizes of countries to hide as well because the world's, less those of all other countries shown, would tell of
    one or two vendors on a side of the threshold: the smallest country first."""
    sales = exact_sales(tables).select("market", "vendor_key", "euros", "origins")
    hidden: set[RowKey] = set()
    for cell in cells_of_world(tables["transaction_sizes_window"]):
        code = parse_code(str(cell[0]["indicator"]))
        edges = {"TS01": (0, *ABOVE), "TS04": (0, *AT_LEAST)}.get(code.id)
        open_rows = {str(row["country"]): row for row in cell if edges and shown(row)}
        if edges is None or open_rows.pop(WORLD, None) is None:
            continue
        edge = int(code.parameter)
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
