"""Synthetic worlds through the whole pipeline, in memory: from their parsed tables to every indicator table.

The world as it is, as dirty captures show it, and as an imported archive of it would. For the scorecard page, tests,
benchmarks and notebooks; a world becomes a home of its own with `cryptodrug study`.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from cryptodrug_assets.months import month_start
from cryptodrug_assets.observation import UserError, is_observed
from cryptodrug_assets.replica.profiles import replica_cells

if TYPE_CHECKING:
    from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
    from cryptodrug_assets.replica.dirt import Dirt
    from cryptodrug_assets.replica.partial import Partial

#: Parsed tables of a market-month, and the index of its captures (raw.captures).
Month = tuple[dict[str, pl.DataFrame], pl.DataFrame]
# The month and the next one; a month of the study world takes gigabytes.
_KEPT = 2


class TablesByMonth:
    """Parsed tables and index of captures of the observed months, read as a store is; a month is made when asked for.

    `make` gives those of a market and month. Offers of months that were read once stay: later months may ask for them.
    """

    def __init__(self, make: Callable[[str, str], Month]) -> None:
        self._make = lru_cache(maxsize=_KEPT)(make)
        self._offers: dict[tuple[str, str], pl.DataFrame] = {}

    def exists(self, layer: str, table: str, market: str | None = None, month: str | None = None) -> bool:
        """Whether there is such a table of the month."""
        if market is None or month is None or not is_observed(market, month):
            return False
        return layer == "parsed" or (layer, table) == ("raw", "captures")

    def read(
        self,
        layer: str,
        table: str,
        market: str | None = None,
        month: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """A parsed table or raw.captures of a market-month; UserError for anything else."""
        if market is None or month is None or not self.exists(layer, table, market, month):
            raise UserError(f"no {layer}/{table} of {market} {month}: there are parsed tables of observed months alone")
        wanted = set(columns or ())
        if table == "listings" and wanted and wanted <= set(_before()):
            return self._offers_of(market, month).select(columns)
        tables, captures = self._make(market, month)
        self._offers_of(market, month)
        frame = captures if layer == "raw" else tables[table]
        return frame if columns is None else frame.select(columns)

    def _offers_of(self, market: str, month: str) -> pl.DataFrame:
        if (market, month) not in self._offers:
            self._offers[market, month] = self._make(market, month)[0]["listings"].select(_before())
        return self._offers[market, month]


def _before() -> tuple[str, ...]:
    from cryptodrug_assets.cleaning.month import NEEDED_BEFORE

    return tuple(NEEDED_BEFORE)


def world(profile: str, seed: int, flaws: "Dirt | Partial | None" = None) -> TablesByMonth:
    """The parsed tables of a synthetic world.

    With flaws pages are missing, fetched twice and prices held (Dirt: replica/dirt.py), or the months are imported
    archives of the world (Partial: replica/partial.py), as the index of captures tells.
    """
    return TablesByMonth(lambda market, month: _month(profile, seed, market, month, flaws))


def pseudonyms() -> "Pseudonyms":
    """Pseudonyms with known keys: made-up vendors have nothing to hide.

    Resampling goes by the order of keys: the same results every time.
    """
    from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms

    return Pseudonyms({kind: bytes(32) for kind in KINDS})


@lru_cache(maxsize=2)
def world_indicators(
    profile: str, seed: int, replicates: int, flaws: "Dirt | Partial | None" = None
) -> dict[str, pl.DataFrame]:
    """Clean tables and all indicator tables (by name) of a world, from its parsed tables; the scorecard among them.

    `replicates` are those of the bootstrap; for `flaws` see `world`.
    """
    return indicators_of(world(profile, seed, flaws), replicates)


def indicators_of(tables: TablesByMonth, replicates: int) -> dict[str, pl.DataFrame]:
    """Clean tables and all indicator tables (by name) of the observed market-months, the scorecard among them."""
    from cryptodrug_assets.cleaning.options import CleaningOptions
    from cryptodrug_assets.indicators.rows import IndicatorOptions
    from cryptodrug_assets.pipeline import clean, measure, window
    from cryptodrug_assets.pipeline.tables import History

    options, keys = IndicatorOptions(bootstrap=replicates), pseudonyms()
    months = []
    for cell in replica_cells():
        cleaned = clean.clean(*clean.read(tables, *cell), pseudonyms=keys, options=CleaningOptions())
        months.append((cleaned, measure.measure(cleaned, measure.read_evidence(tables, *cell), options=options)))
    history = History.of_months(months)
    decisions = pl.concat([cleaned.decisions for cleaned, _ in months])
    return history.by_name() | {"decisions": decisions} | window.measure_window(history, options=options)


def _month(profile: str, seed: int, market: str, month: str, flaws: "Dirt | Partial | None") -> Month:
    """Parsed tables of a month, and the index of captures: of a dirty one every page, the missed ones given up."""
    from cryptodrug_assets.replica.dirt import dirty_month
    from cryptodrug_assets.replica.partial import Partial, partial_month
    from cryptodrug_assets.replica.tables import parsed_month

    if isinstance(flaws, Partial):
        archive = partial_month(profile, seed, market, month, flaws)
        return archive.tables, archive.captures
    whole = parsed_month(profile, seed, market, month)
    if flaws is None:
        return whole, all_fetched(market, month)
    dirty, _ = dirty_month(profile, seed, market, month, flaws)
    seen = pl.col("capture_id").is_in(dirty["pages"]["capture_id"].implode())
    outcome = pl.when(seen).then(pl.lit("done")).otherwise(pl.lit("given_up"))
    pages = whole["pages"].select("market", "month", "capture_id", "page_kind", outcome=outcome)
    return dirty, outcomes_index(market, month, pages)


def outcomes_index(market: str, month: str, pages: pl.DataFrame) -> pl.DataFrame:
    """raw.captures of pages (capture_id, page_kind, outcome) of a month, as far as indicators look at it."""
    one = all_fetched(market, month).head(1)
    pages = pages.select("capture_id", "page_kind", "outcome")
    return pages.join(one.drop(pages.columns), how="cross").select(one.columns)


def all_fetched(market: str, month: str) -> pl.DataFrame:
    """raw.captures of a month in which every page was fetched, one of each kind; parsed tables come from none."""
    from cryptodrug_assets import contracts

    schema = contracts.load("raw", "captures").polars_schema
    given = {"market": market, "month": month_start(month), "outcome": "done"}
    rows = [given | {"page_kind": kind} for kind in ("listing", "vendor")]
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in schema}, schema=schema)
