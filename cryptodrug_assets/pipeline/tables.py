"""The frozen tables that steps take and give. The columns are those of the contracts, or those of them a step reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import polars as pl

from cryptodrug_assets.indicators.contributions import contributions
from cryptodrug_assets.indicators.registry import extracted
from cryptodrug_assets.indicators.tally import tally
from cryptodrug_assets.indicators.windows import monthly_contributions
from cryptodrug_assets.months import month_start

# Indicator tables by name ("shares"): which there are is said by the registry of families, not by a type.
Indicators = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class MonthTables:
    """Tables of a market-month ("YYYY-MM")."""

    market: str
    month: str

    def by_name(self) -> dict[str, pl.DataFrame]:
        """The tables by their names."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in values if isinstance(value, pl.DataFrame)}


@dataclass(frozen=True, kw_only=True)
class PageTables(MonthTables):
    """Parsed tables of a month as far as cleaning reads them: what its pages say."""

    listings: pl.DataFrame
    feedback: pl.DataFrame
    vendors: pl.DataFrame
    pages: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class ParsedMonth(PageTables):
    """All parsed tables of a month."""

    market_counters: pl.DataFrame
    rejects: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class OffersAndSales(MonthTables):
    """Clean tables of a month as far as its indicators read them.

    Sales are counted once (`tally`), and so is what each vendor adds to each cell (`contributions`): every family of
    indicators asks for them.
    """

    listings: pl.DataFrame
    transactions: pl.DataFrame

    @cached_property
    def tally(self) -> pl.DataFrame:
        """Sales of drugs, alike ones in one row (indicators/tally.py)."""
        return tally(self.transactions)

    @cached_property
    def contributions(self) -> pl.DataFrame:
        """What each vendor adds to each cell (indicators/contributions.py)."""
        return contributions({"listings": self.listings, "transactions": self.transactions, "tally": self.tally})


@dataclass(frozen=True, kw_only=True)
class CleanMonth(OffersAndSales):
    """All clean tables of a month."""

    vendors: pl.DataFrame
    decisions: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a month's indicators rest on besides its clean tables: how much was captured, and what pages say.

    `captures` is the index of captures, `market_counters` what the market says of its size, `extracts` what families
    need of parsed pages, by name, without a word of them (indicators/family.py).
    """

    captures: pl.DataFrame
    pages: pl.DataFrame
    market_counters: pl.DataFrame
    extracts: Mapping[str, pl.DataFrame]

    @classmethod
    def of(cls, captures: pl.DataFrame, parsed: ParsedMonth) -> "Evidence":
        """The evidence of a parsed month and its index of captures."""
        return cls(
            captures=captures,
            pages=parsed.pages,
            market_counters=parsed.market_counters,
            extracts=extracted(lambda table, columns: parsed.by_name()[table].select(columns)),
        )


@dataclass(frozen=True, kw_only=True)
class History:
    """Clean tables of all market-months under each other, their indicators, and (None: not made) who is who."""

    listings: pl.DataFrame
    vendors: pl.DataFrame
    transactions: pl.DataFrame
    monthly: Indicators
    vendor_links: pl.DataFrame | None = None
    # Those of the months where somebody has them; else they are made of the clean tables.
    known_contributions: pl.DataFrame | None = None

    @classmethod
    def of_months(cls, months: Sequence[tuple[CleanMonth, Indicators]]) -> "History":
        """The history that these months are."""
        # A month without offers has no contributions, as in monthly_contributions.
        with_offers = [clean for clean, _ in months if clean.listings.height]
        with_offers.sort(key=lambda clean: (clean.market, clean.month))
        return cls(
            listings=pl.concat([clean.listings for clean, _ in months]),
            vendors=pl.concat([clean.vendors for clean, _ in months]),
            transactions=pl.concat([clean.transactions for clean, _ in months]),
            monthly={name: pl.concat([tables[name] for _, tables in months]) for name in months[0][1]},
            known_contributions=pl.concat(
                [
                    clean.contributions.with_columns(
                        market=pl.lit(clean.market), month=pl.lit(month_start(clean.month), pl.Date)
                    )
                    for clean in with_offers
                ]
            )
            if with_offers
            else None,
        )

    @cached_property
    def contributions(self) -> pl.DataFrame:
        """The contributions of all market-months, with market and month."""
        if self.known_contributions is not None:
            return self.known_contributions
        return monthly_contributions(self.clean_tables())

    def clean_tables(self) -> dict[str, pl.DataFrame]:
        """Clean listings, vendors and transactions by name."""
        return {"listings": self.listings, "vendors": self.vendors, "transactions": self.transactions}

    def by_name(self) -> dict[str, pl.DataFrame]:
        """Clean tables and indicator tables by name."""
        links = {} if self.vendor_links is None else {"vendor_links": self.vendor_links}
        return self.clean_tables() | dict(self.monthly) | links
