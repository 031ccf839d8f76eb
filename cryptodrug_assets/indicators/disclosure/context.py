"""What a family's rules of publication look at: what is hidden of all measures, and what few vendors stand behind."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar

import polars as pl

from cryptodrug_assets.indicators.code import Code, ParsedCode, parse_code
from cryptodrug_assets.indicators.disclosure.few_vendors import (
    LEAST_FOR_PROPORTION,
    Row,
    RowKey,
    Tables,
    cells_of_world,
    is_few,
    row_key,
    thin_differences,
    thin_rest,
    vendors_of,
)
from cryptodrug_assets.indicators.disclosure.suppression import Hidden
from cryptodrug_assets.indicators.family import Family, Publish
from cryptodrug_assets.indicators.rows import WORLD, IndicatorOptions, exact_sales

#: (indicator, country, market) → the range in which a figure is the one that was published elsewhere already.
Published = Mapping[tuple[str, str, str], tuple[float, float]]
_Derived = TypeVar("_Derived")


class Disclosure:
    """One release: its tables (clean and internal indicator tables), what is hidden, and what is open in any case."""

    def __init__(
        self,
        tables: Tables,
        contributions: pl.DataFrame,
        hidden: Hidden,
        *,
        families: Mapping[str, Family],
        options: IndicatorOptions,
        published: Published,
    ) -> None:
        self.tables, self.hidden, self.focus = tables, hidden, options.focus
        self.families, self.published = families, published
        #: (market, month, country, level) whose difference from another figure tells of one or two vendors.
        self.thin_differences = thin_differences(contributions)
        #: Hidden only because the world, less the countries shown, would tell of few vendors.
        self.rest: set[RowKey] = set()
        self._codes: dict[str, Code] = {}
        self._derived: dict[Callable[..., object], object] = {}
        for name, family in families.items():
            if family.publish is not None and name in tables:
                self.rest |= family.publish.remainders(name, self)

    def parsed(self, row: Row) -> ParsedCode:
        """The code of a row, taken apart."""
        return parse_code(str(row["indicator"]))

    def code_of(self, row: Row) -> Code | None:
        """The code that states the row's indicator; what is true of it is so in every table that has it."""
        return self._codes.get(str(row["indicator"])) or self._look_up(str(row["indicator"]))

    def _look_up(self, indicator: str) -> Code | None:
        stated = (family.code(indicator) for family in self.families.values())
        code = next((code for code in stated if code is not None), None)
        if code is not None:
            self._codes[indicator] = code
        return code

    def pooled_tables(self, row: Row) -> list[str]:
        """The published tables across months in which the row's indicator is stated, of markets and of all of them."""
        return [
            name
            for name, family in self.families.items()
            if family.grain == "across" and family.publish is not None and family.code(str(row["indicator"]))
        ]

    def of_tables(self, make: Callable[[Tables], _Derived]) -> _Derived:
        """What is made of all tables, made once."""
        if make not in self._derived:
            self._derived[make] = make(self.tables)
        return self._derived[make]  # type: ignore[return-value]

    @cached_property
    def priced_markets(self) -> set[str]:
        """Markets with exact prices of sales."""
        return set(exact_sales(self.tables)["market"].unique())

    def is_listed(self, row: Row) -> bool:
        """Whether the row is a figure that was published elsewhere already, to its rounding."""
        key = str(row["indicator"]), str(row["country"]), str(row["market"])
        low, high = self.published.get(key, (1.0, 0.0))
        return row["value"] is not None and low <= float(row["value"]) <= high  # type: ignore[arg-type]

    def is_open(self, table: str, row: Row) -> bool:
        """Whether the row of a family's table is published with its value."""
        publish = self._publish(table)
        return publish.keep(row, self) and (self.is_listed(row) or not publish.hide(row, self))

    def is_of_few(self, row: Row) -> bool:
        """Whether a row may not be shown by its numbers of vendors alone: ten are needed in a country (three in the
        world), nothing is shown of a country or month whose figure of the same measure is hidden."""
        if row_key(row) in self.rest:
            return True
        market, month, country = str(row["market"]), row["month"], str(row["country"])
        measure, vendors = self._measure(row), vendors_of(row)
        if measure and self.hidden.month(measure, market, month):
            return True
        if country == WORLD:
            return row["n_vendors"] is None or is_few(vendors)
        return vendors < LEAST_FOR_PROPORTION or bool(measure and self.hidden.country(measure, market, month, country))

    def remainders(self, table: str) -> set[RowKey]:
        """Countries to hide as well so that the world, less those shown, is of ten vendors or none."""
        family = self.families[table]
        hidden: set[RowKey] = set()
        for cell in cells_of_world(self.tables[table]):
            code = family.code(str(cell[0]["indicator"]))
            if code is None or code.internal:
                continue
            # What was hidden before, in this table and in others, is no longer shown.
            shown = [row for row in cell if self.is_open(table, row)]
            hidden |= thin_rest(shown, of_vendors=code.of_vendors)
            self.rest |= hidden
        return hidden

    def _publish(self, table: str) -> Publish:
        publish = self.families[table].publish
        if publish is None:
            raise ValueError(f"nothing of {table} is published")
        return publish

    def _measure(self, row: Row) -> str:
        code = self.code_of(row)
        return "" if code is None else code.measure_of(self.parsed(row))
