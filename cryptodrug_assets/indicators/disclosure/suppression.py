"""Disclosure control: which figures may not be published because few vendors stand behind them, or would be given away.

Primary: one or two vendors behind a value; transactions or revenue of which the two largest vendors have more than
85 %. Secondary: what would give a primary value away through anything published (linked.py). A cell is hidden for a
measure (L offers, V vendors, T transactions, R revenue) as a whole: its level, share, mix, quotient and trend.

Cells. ("c", market, month, country): a country's total of a month. ("k", market, month, class): the world's by class.
("C", market, country), ("K", market, class): the same over the window, market `all` included. ("B", market, country,
class): a focus country's classes, over the window alone. Their sums: countries and classes of a month add up to the
world, months to windows (pooled and as means of shares), classes of a country to the country, markets to `all`.
("W", market, month): the world's total, hidden (with all else of the month) only where a single cell makes it up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cryptodrug_assets.indicators.disclosure.linked_sums import Cell, System, protect
from cryptodrug_assets.indicators.rows import ALL, LEAST_VENDORS, WORLD, IndicatorOptions

_DOMINANCE_OF, _DOMINANCE_SHARE = 2, 0.85
_DOMINATED = ("LV03", "LV04")
# Offers, sales and revenue add up over countries; vendors with several origins do not.
MEASURES = {"LV01": "L", "LV02": "V", "LV03": "T", "LV04": "R"}
_ATOM = {
    "c": ["market", "month", "country"],
    "k": ["market", "month", "drug_class"],
    "B": ["market", "country", "drug_class"],
}


@dataclass(frozen=True)
class Hidden:
    """Cells that stay unpublished, by measure."""

    cells: Mapping[str, frozenset[Cell]]

    def country(self, measure: str, market: str, month: object, country: str) -> bool:
        """Whether the country's figure of the month is hidden."""
        return ("c", market, month, country) in self.cells[measure]

    def month(self, measure: str, market: str, month: object = None) -> bool:
        """Whether nothing at all of the month is published (without `month`: of any month of the market)."""
        return any(
            cell[0] == "W" and market in (ALL, cell[1]) and month in (None, cell[2]) for cell in self.cells[measure]
        )

    def world_class(self, measure: str, market: str, month: object, drug_class: str) -> bool:
        """Whether the world's figure of the class in the month is hidden."""
        return ("k", market, month, drug_class) in self.cells[measure]

    def window(self, measure: str, market: str, country: str) -> bool:
        """Whether the country's figure over the window is hidden."""
        return ("C", market, country) in self.cells[measure]

    def window_class(self, measure: str, market: str, country: str, drug_class: str) -> bool:
        """Whether a class over the window is hidden, of the world or of a focus country."""
        cell: Cell = ("K", market, drug_class) if country == WORLD else ("B", market, country, drug_class)
        return cell in self.cells[measure]

    def any_month(self, measure: str, market: str, name: str, kind: str = "c") -> bool:
        """Whether any month of the country (or of the world's class, kind k) is hidden; of `all`, in any market."""
        return any(cell[0] == kind and cell[3] == name and market in (ALL, cell[1]) for cell in self.cells[measure])

    def any_class(self, measure: str, market: str, country: str) -> bool:
        """Whether any class of the country, or of the world, is hidden over the window."""
        kinds = [("K", market), ("B", market, country)]
        return any(cell[: len(kind)] == kind for cell in self.cells[measure] for kind in kinds)


def hidden_cells(contributions: pl.DataFrame, options: IndicatorOptions) -> Hidden:
    """The cells to hide, from the contributions of all market-months (windows.monthly_contributions)."""
    found = {}
    for indicator, measure in MEASURES.items():
        long = contributions.filter(pl.col("indicator") == indicator)
        system = system_of(long, indicator, options)
        found[measure] = frozenset(protect(system, primary_cells(long, options), _Helper(system, options).next_to))
    return Hidden(found)


def _views(long: pl.DataFrame, options: IndicatorOptions) -> Iterator[tuple[str, list[str], pl.DataFrame]]:
    """Every kind of cell: its keys and the contributions that add up to it."""
    pooled = long.with_columns(market=pl.lit(ALL))
    both = pl.concat([long, pooled])
    countries, classes = pl.col("drug_class") == ALL, (pl.col("country") == WORLD) & (pl.col("drug_class") != ALL)
    places = pl.col("country") != WORLD
    focus = pl.col("country").is_in(options.focus) & (pl.col("drug_class") != ALL)
    yield "c", _ATOM["c"], long.filter(countries & places)
    yield "k", _ATOM["k"], long.filter(classes)
    yield "C", ["market", "country"], both.filter(countries & places)
    yield "K", ["market", "drug_class"], both.filter(classes)
    yield "B", _ATOM["B"], both.filter(focus)


def primary_cells(long: pl.DataFrame, options: IndicatorOptions) -> set[Cell]:
    """Cells of one measure in which too few vendors stand behind the value, or two of them dominate it."""
    cells: set[Cell] = set()
    for kind, keys, part in _views(long, options):
        vendors = part.group_by(*keys, "indicator", "vendor_key").agg(pl.col("value").sum())
        vendors = vendors.filter(pl.col("value") > 0).sort("value", descending=True)
        counted = vendors.group_by(*keys, "indicator").agg(
            vendors=pl.len(), largest=pl.col("value").head(_DOMINANCE_OF).sum(), total=pl.col("value").sum()
        )
        dominated = pl.col("indicator").is_in(_DOMINATED) & (pl.col("largest") > _DOMINANCE_SHARE * pl.col("total"))
        cells |= {
            (kind, *key)
            for key in counted.filter((pl.col("vendors") < LEAST_VENDORS) | dominated).select(keys).iter_rows()
        }
    return cells


def system_of(long: pl.DataFrame, measure: str, options: IndicatorOptions) -> System:
    """Atoms and published equations of one measure."""
    system = System({}, least=0.0 if measure == "LV04" else 1.0)
    for kind, keys, part in _views(long, options):
        totals = part.group_by(keys).agg(pl.col("value").sum()).sort(keys)
        for *key, value in totals.iter_rows():
            if kind in _ATOM and not (kind == "B" and key[0] == ALL):
                system.values[kind, *key] = value
                if measure != "LV04" and not (kind == "c" and key[2] in options.focus):
                    # A row is there only where there is something: at least one, or the part of one that is counted.
                    system.floors[kind, *key] = min(1.0, value)
    world = world_totals(long)
    # Vendors of several origins or classes are counted in each: they add up in a month in which there are none of them.
    additive = measure != "LV02"
    placed: dict[tuple[str, object], float] = {}
    for (kind, market, *rest), value in system.values.items():
        if kind == "c":
            placed[market, rest[0]] = placed.get((market, rest[0]), 0.0) + value
    by: dict[tuple[str, ...], dict[Cell, float]] = {}
    places: dict[tuple[str, str], tuple[Any, ...]] = {}
    for atom in system.values:
        kind, market, *rest = atom
        if kind in ("c", "k"):
            month, name = rest
            if additive or (kind == "c" and placed[market, month] == world[market, month]):
                by.setdefault(("month", kind, market, str(month)), {})[atom] = 1.0
                places[market, str(month)] = (market, month)
            upper = "C" if kind == "c" else "K"
            for where in (market, ALL):
                by.setdefault(("window", upper, where, name), {})[atom] = 1.0
                if kind == "c":
                    by.setdefault(("mean", upper, where, name), {})[atom] = 1.0 / base_of(world, where, market, month)
        else:
            country, name = rest
            if additive:
                by.setdefault(("month", kind, market, country), {})[atom] = 1.0
                places[market, country] = (market, country)
            by.setdefault(("window", "B", ALL, country, name), {})[atom] = 1.0
    for (how, kind, *key), parts in sorted(by.items()):
        if how == "month":
            # A country's classes add up to what is shown of the country, a month's cells to what is shown of the world.
            system.equations.append((parts, (("C" if kind == "B" else "W", *places[key[0], key[1]]),)))
        else:
            cell: Cell = (kind, *key)
            system.equations.append((parts, (cell,)))
            if how == "window":
                system.sums[cell] = parts
    return system


def world_totals(long: pl.DataFrame) -> dict[tuple[str, object], float]:
    """(market, month) → the world's total of one measure."""
    whole = long.filter((pl.col("country") == WORLD) & (pl.col("drug_class") == ALL))
    totals = whole.group_by("market", "month").agg(pl.col("value").sum()).sort("market", "month")
    return {(market, month): value for market, month, value in totals.iter_rows()}


def base_of(world: dict[tuple[str, object], float], where: str, market: str, month: object) -> float:
    """What the share of a month is of: the market's total, or in `all` that of all markets of the month."""
    if where != ALL:
        return world[market, month]
    return sum(value for (_, when), value in world.items() if when == month)


class _Helper:
    """Chooses what to hide for an exposed cell: windows before months, small before large, focus countries last."""

    def __init__(self, system: System, options: IndicatorOptions) -> None:
        self.system, self.options = system, options
        self.atoms: dict[tuple[str, str], list[tuple[str, ...]]] = {}
        for atom in system.values:
            self.atoms.setdefault(atom[:2], []).append(atom)

    def next_to(self, cell: Cell, hidden: set[Cell]) -> set[Cell]:
        """Further cells that make `cell` less certain; none when all are hidden.

        An atom goes with its windows: with all its other months shown they would tell it.
        """
        kind, market, *rest = cell
        if windows := self._windows(cell) - hidden:
            return windows
        atoms = "B" if kind == "B" else kind.lower()
        of_market = [
            atom for (k, m), found in self.atoms.items() if k == atoms and market in (ALL, m) for atom in found
        ]
        if kind in ("c", "k") or (kind == "B" and market != ALL):
            own, beside = [], [atom for atom in of_market if atom[1:3] == cell[1:3]]
        else:
            # A window: its own months or markets, then what stands beside them.
            own = [atom for atom in of_market if atom[-1] == rest[-1]]
            places = {atom[1:3] for atom in own}
            beside = [atom for atom in of_market if atom[1:3] in places]
        for choice in (own, beside):
            if free := [atom for atom in choice if atom not in hidden]:
                best = min(free, key=self._cost)
                return {best} | self._windows(best)
        if kind == "B":
            return {("C", where, rest[0]) for where in (market, ALL)} - hidden
        # Alone in the month: nothing of the month can be published, the world's total neither.
        months = {(atom[1], atom[2]) for atom in of_market if atom == cell or atom[-1] == rest[-1]}
        whole = {("W", *month) for month in months}
        return (whole | {atom for atom in self.system.values if atom[0] in ("c", "k") and atom[1:3] in months}) - hidden

    def _windows(self, cell: Cell) -> set[Cell]:
        kind, market, *rest = cell
        names = rest if kind == "B" else rest[-1:]
        return {window for where in (market, ALL) if (window := (kind.upper(), where, *names)) in self.system.sums}

    def _cost(self, cell: tuple[str, ...]) -> tuple[bool, bool, float, str]:
        value = self.system.values[cell]
        return cell[0] == "c" and cell[3] in self.options.focus, value <= 0, value, repr(cell)
