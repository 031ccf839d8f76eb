"""Dirt on the parsed tables of a synthetic month, and a log that explains every lost or altered record.

The noise has its own seed, so that the same world can be had clean and dirty. Lost pages, pages fetched twice, ratings
lists cut short and holding prices; what a page's markup may do to a parser is the business of the parsers' fuzz tests.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.replica.profiles import market_number
from cryptodrug_assets.replica.tables import parsed_month

_OF_PAGES = ("listings", "vendors", "feedback", "rejects")
_HELD_FACTOR = 1000


@dataclass(frozen=True)
class Dirt:
    """Shares of pages missed and fetched twice, most rows a ratings list shows, share of offers at a holding price."""

    missed: float = 0.15
    twice: float = 0.02
    most_feedback: int | None = None
    held: float = 0.02
    seed: int = 0


def dirty_month(
    profile: str, seed: int, market: str, month: str, dirt: Dirt | None = None
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The parsed tables of a month with dirt, and the log: what, table, capture_id, row (null: the whole page), rows.

    Pages are missed evenly over page kinds; the home page with the counters is never missed.
    """
    dirt = dirt or Dirt()
    clean = parsed_month(profile, seed, market, month)
    rng = np.random.default_rng([dirt.seed, seed, market_number(market), int(month.replace("-", ""))])
    log: list[pl.DataFrame] = []
    pages = clean["pages"].sort("capture_id")
    fate = rng.random(pages.height)
    missed = pages.filter(pl.Series(fate < dirt.missed)).select("capture_id")
    again = pages.filter(pl.Series((fate >= dirt.missed) & (fate < dirt.missed + dirt.twice))).select("capture_id")
    tables = dict(clean)
    for name in _OF_PAGES:
        lost = clean[name].join(missed, on="capture_id")
        tables[name] = clean[name].join(missed, on="capture_id", how="anti")
        log.append(_entry("page_missed", name, lost))
    tables["pages"] = pages.join(missed, on="capture_id", how="anti")
    log.append(_entry("page_missed", "pages", clean["pages"].join(missed, on="capture_id")))
    if dirt.most_feedback is not None:
        beyond = pl.col("list_offset") + pl.col("position") > dirt.most_feedback
        log.append(_entry("list_cut", "feedback", tables["feedback"].filter(beyond)))
        tables["feedback"] = tables["feedback"].filter(~beyond)
    tables["listings"], held = _held(tables["listings"].sort("capture_id", "row"), dirt, rng)
    log.append(_entry("holding_price", "listings", held))
    for name in ("pages", *_OF_PAGES):
        twice = (
            tables[name]
            .join(again, on="capture_id")
            .with_columns(
                # The second fetch comes a minute before the first and gets an identity of its own.
                capture_id=pl.col("capture_id").str.reverse(),
                captured_at=pl.col("captured_at") - timedelta(minutes=1),
            )
        )
        log.append(_entry("page_twice", name, twice))
        tables[name] = pl.concat([tables[name], twice])
    return (
        {name: contracts.conform(frame, contracts.load("parsed", name)) for name, frame in tables.items()},
        pl.concat(log).sort("what", "table", "capture_id", "row"),
    )


def _held(listings: pl.DataFrame, dirt: Dirt, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Offers whose price was raised out of reach instead of taking the offer down."""
    chosen = pl.Series(rng.random(listings.height) < dirt.held)
    times = pl.when(chosen).then(_HELD_FACTOR).otherwise(1)
    raised = listings.with_columns(
        price_amount=(pl.col("price_amount") * times).cast(listings.schema["price_amount"]),
        # The quotes beside it would tell the old price.
        price_quotes=pl.when(chosen).then(None).otherwise("price_quotes"),
        price_text=pl.when(chosen).then(None).otherwise("price_text"),
    )
    return raised, raised.filter(chosen)


def _entry(what: str, table: str, rows: pl.DataFrame) -> pl.DataFrame:
    row = pl.col("row") if "row" in rows.columns else pl.lit(None, pl.Int64)
    return rows.select(what=pl.lit(what), table=pl.lit(table), capture_id="capture_id", row=row)
