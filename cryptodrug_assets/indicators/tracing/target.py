"""A value as what it asks for, and what stands behind it: the terms that tracing a value is written in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from cryptodrug_assets.indicators.code import parse_code

Rows = dict[str, pl.DataFrame]
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Target:
    """A value as what it asks for: its table and key, and its code taken apart (code.py).

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
        code = parse_code(indicator)
        return cls(
            table=table.removesuffix("_public"),
            market=str(row["market"]),
            month=str(row["month"])[:7],
            indicator=indicator,
            country=str(row["country"]),
            drug_class=str(row["drug_class"]),
            base=code.base,
            words=code.words,
            parameter=code.parameter,
            measure=code.measure,
        )


@dataclass
class Behind:
    """Rows counted in a value and rows it is compared with, by table, and what else is to be known of them."""

    counted: Rows = field(default_factory=dict)
    compared: Rows = field(default_factory=dict)
    note: str = ""


#: Of a value, the rows its formula counts (numerator) and those it divides by (denominator).
Rule = Callable[[Target, Tables], Behind]
