"""The indicator as an object: what a family of indicators states, reads and computes, and what of it may be published.

A family is declared at the end of its module in indicators/families (`FAMILY = Family(...)`, or `FAMILIES = (...)`);
registry.py collects them. Disclosure, tracing, contracts, pictures, texts and the assets are made from these objects:
nothing else has to know of a family. What its codes mean stands in indicators/metadata/<table>.yaml.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import polars as pl

from cryptodrug_assets.indicators.code import Code, parse_code
from cryptodrug_assets.indicators.rows import ALL, Row

if TYPE_CHECKING:
    from cryptodrug_assets.indicators.disclosure.context import Disclosure
    from cryptodrug_assets.indicators.disclosure.few_vendors import RowKey
    from cryptodrug_assets.indicators.tracing.target import Rule

Grain = Literal["month", "across"]
COVERAGE = "coverage"
#: What the families of a month read unless they say otherwise: captures and counters give every value its coverage.
MONTH = ("clean/listings", "clean/vendors", "clean/transactions", "raw/captures", "parsed/market_counters")
#: What the families over a market's window read.
WINDOW = ("clean/listings", "clean/vendors", "clean/transactions", "indicators/coverage")


@dataclass(frozen=True)
class Extract:
    """What a family needs of parsed pages, reduced to numbers and truth values before a formula sees it.

    `make` takes the `columns` of the parsed `table` of a month; verbatim text must not be in what it returns.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    make: Callable[[pl.DataFrame], pl.DataFrame]


def over_all_classes(row: Row, _: "Disclosure") -> bool:
    """Whether the row is over all classes: what is published of most families."""
    return bool(row["drug_class"] == ALL)


def few_vendors(row: Row, disclosure: "Disclosure") -> bool:
    """Whether a value is to be hidden where nothing is known of the family but its numbers of vendors: ten of them in a
    country, none or three in the world; and the world less the countries shown must be of ten vendors, too."""
    return disclosure.is_of_few(row)


def no_bounds(row: Row, disclosure: "Disclosure") -> tuple[str, ...]:
    """No bound of a published value tells anything of others."""
    return ()


def no_remainders(table: str, disclosure: "Disclosure") -> set["RowKey"]:
    """Nothing more is hidden for what the world less the countries shown would tell."""
    return set()


def world_less_shown(table: str, disclosure: "Disclosure") -> set["RowKey"]:
    """The countries to hide as well so that the world, less those shown, tells of nobody."""
    return disclosure.remainders(table)


@dataclass(frozen=True)
class Publish:
    """What may be published of a family.

    `keep`: which rows are published at all. `hide`: which of these without their value. `bounds`: the columns (lower,
    upper) that a shown row is published without. `remainders`: rows of the table to hide as well because the world,
    less the countries shown, would tell of few. `missing_tells`: that a country's value is missing says how few there
    are.
    """

    keep: Callable[[Row, "Disclosure"], bool] = over_all_classes
    hide: Callable[[Row, "Disclosure"], bool] = few_vendors
    bounds: Callable[[Row, "Disclosure"], tuple[str, ...]] = no_bounds
    remainders: Callable[[str, "Disclosure"], set["RowKey"]] = world_less_shown
    missing_tells: bool = False


@dataclass(frozen=True)
class Lead:
    """What a glance at the table shows: the codes that begin so.

    Over the classes of the focus country (`by_class`) or over countries; `exact`: that code alone; `world`: the world
    beside the countries; `in_order`: by month and not by size; `spread`: what the bounds are. `headline_world`: the
    world's values are among the headline numbers, too.
    """

    code: str
    by_class: bool = False
    exact: bool = False
    world: bool = True
    in_order: bool = False
    headline_world: bool = False
    spread: str = "95 % intervals"

    def shows(self, indicator: str) -> bool:
        """Whether an indicator is among the codes shown."""
        return indicator == self.code if self.exact else indicator.startswith(self.code)


@dataclass(frozen=True)
class Family:
    """A family of indicators: one table.

    `compute` makes the table in contract form. Of a month: f(clean, *, market, month, options, coverage), where clean
    holds the clean tables, `captures`, `market_counters`, the extracts, and the tables of families it reads. Across
    months: f(history, *, options) over all cells. `reads` names the tables as layer/table, and `columns` those of clean
    listings and transactions beyond what all families get. `rows` is the trace rule: the rows counted in a value (its
    numerator) and those it is divided by (its denominator), written apart from the formula. `publish` is None where
    nothing is published. `single`: ids of codes whose value is that of a single transaction.
    """

    table: str
    grain: Grain
    codes: tuple[Code, ...]
    compute: Callable[..., pl.DataFrame]
    rows: "Rule"
    reads: tuple[str, ...] = MONTH
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extracts: tuple[Extract, ...] = ()
    publish: Publish | None = None
    lead: Lead | None = None
    single: tuple[str, ...] = ()

    @cached_property
    def after(self) -> tuple[str, ...]:
        """The indicator tables that must have been computed before: of a month its coverage, which every value has."""
        given = tuple(name.partition("/")[2] for name in self.reads if name.startswith("indicators/"))
        return given if self.grain == "across" or self.table == COVERAGE else (*given, COVERAGE)

    @property
    def module(self) -> str:
        """The module that holds the formulas."""
        return self.compute.__module__

    def code(self, indicator: str) -> Code | None:
        """The code that states an indicator; None where the family states no such one."""
        parsed = parse_code(indicator)
        return next((code for code in self.codes if code.states(parsed)), None)

    def is_of_sales(self, indicator: str) -> bool:
        """Whether an indicator's value is made of sales, and so covered no better than they are."""
        code = self.code(indicator)
        return code is not None and code.is_of_sales(parse_code(indicator))

    def is_internal(self, indicator: str) -> bool:
        """Whether an indicator is never published."""
        code = self.code(indicator)
        return code is not None and code.internal
