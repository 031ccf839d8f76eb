"""What two releases tell together: hidden values of this one that the figures shown in an earlier one give away.

Each release is protected alone (disclosure.py). Side by side they tell more: a window less the same window a month
before is that month, and a cell may be shown in one that is hidden in the other. Here the figures of the earlier one
are added to what is known, and the audit is made once more. Values that were revised since count as unchanged.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from cryptodrug_assets.indicators.code import parse_code
from cryptodrug_assets.indicators.disclosure.linked_sums import Cell, System
from cryptodrug_assets.indicators.disclosure.suppression import (
    MEASURES,
    Hidden,
    base_of,
    primary_cells,
    system_of,
    world_totals,
)
from cryptodrug_assets.indicators.rows import ALL, WORLD, IndicatorOptions

Shown = Mapping[str, pl.DataFrame]


def told_beside(
    contributions: pl.DataFrame, hidden: Hidden, earlier: Shown, options: IndicatorOptions
) -> dict[str, list[Cell]]:
    """By measure the sensitive cells that someone knows who sees this release and the public tables of an earlier one.

    `contributions` and `hidden` are those of this release (windows.monthly_contributions, disclosure.hidden_cells).
    """
    found = {}
    for indicator, measure in MEASURES.items():
        long = contributions.filter(pl.col("indicator") == indicator)
        system, closed = system_of(long, indicator, options), set(hidden.cells[measure])
        known = system.values.keys() | system.sums.keys()
        wanted = [cell for cell in primary_cells(long, options) & known if system.value(cell) > 0]
        system.equations += [(parts, ()) for parts in _known(system, long, indicator, earlier)]
        told = system.exposed(closed, sorted(wanted, key=repr))
        found[measure] = told + sorted(_classes_apart(long, measure, closed, earlier, options), key=repr)
    return {measure: cells for measure, cells in found.items() if cells}


def _known(system: System, long: pl.DataFrame, indicator: str, earlier: Shown) -> Iterator[dict[Cell, float]]:
    """Sums over atoms that the earlier release shows: of months, and of its window, pooled and as means of months."""
    levels = earlier["activity_public"].filter((pl.col("indicator") == indicator) & pl.col("value").is_not_null())
    for market, month, country, drug in levels.select("market", "month", "country", "drug_class").iter_rows():
        atom: Cell = ("c", market, month, country) if drug == ALL else ("k", market, month, drug)
        if atom in system.values:
            yield {atom: 1.0}
    # Windows are of all months there were, also of those of which nothing could be shown.
    there = pl.col("value").is_not_null() | (pl.col("conf_status") == "C")
    whole = earlier["activity_public"].filter((pl.col("indicator") == indicator) & there)
    months = set(_of_world(whole).select("market", "month").iter_rows())
    world = world_totals(long)
    for kind, where, name, how in _windows(indicator, earlier):
        inside = [(m, t) for m, t in months if where in (ALL, m) and (kind, m, t, name) in system.values]
        weight = {(m, t): 1.0 if how == "pooled" else 1.0 / base_of(world, where, m, t) for m, t in inside}
        if inside:
            yield {(kind, m, t, name): weight[m, t] for m, t in sorted(inside, key=str)}


def _windows(indicator: str, earlier: Shown) -> Iterator[tuple[str, str, str, str]]:
    """(kind of atom, market, country or class, pooled or mean) of the windows that are shown."""
    code = parse_code(indicator).as_share()
    shares = earlier["shares_window_public"].filter(
        pl.col("indicator").is_in([f"{code}_pooled", f"{code}_mean"]) & pl.col("value").is_not_null()
    )
    for name, market, country in shares.select("indicator", "market", "country").iter_rows():
        yield "c", market, country, name.rsplit("_", 1)[1]
    for market, drug in _mixes(indicator, earlier).filter(country=WORLD).select("market", "drug_class").iter_rows():
        yield "k", market, drug, "pooled"


def _mixes(indicator: str, earlier: Shown) -> pl.DataFrame:
    code = f"DM01_{MEASURES[indicator]}"
    return earlier["specialisation_window_public"].filter((pl.col("indicator") == code) & pl.col("value").is_not_null())


def _of_world(levels: pl.DataFrame) -> pl.DataFrame:
    return levels.filter((pl.col("country") == WORLD) & (pl.col("drug_class") == ALL))


def _classes_apart(
    long: pl.DataFrame, measure: str, closed: set[Cell], earlier: Shown, options: IndicatorOptions
) -> set[Cell]:
    """Classes of a focus country shown over both windows whose difference, the months between, is of few vendors."""
    indicator = next(code for code, name in MEASURES.items() if name == measure)
    levels = earlier["activity_public"].filter(pl.col("indicator") == indicator)
    since = long.join(_of_world(levels).select("market", "month"), on=["market", "month"], how="anti")
    mixes = _mixes(indicator, earlier).select("market", "country", "drug_class")
    both = {("B", *place) for place in mixes.iter_rows()} - closed
    return {cell for cell in primary_cells(since, options) if cell in both}
