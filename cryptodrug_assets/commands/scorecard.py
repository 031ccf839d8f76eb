"""`cryptodrug replica scorecard`: a synthetic world through cleaning and indicators, in memory; its scorecard page.

The world as it is and as dirty captures show it.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

if TYPE_CHECKING:
    from cryptodrug_assets.replica.dirt import Dirt

# Parsed tables of a market-month and the index of its captures.
Month = tuple[dict[str, pl.DataFrame], pl.DataFrame]


def scorecard(
    profile: Annotated[str, typer.Option("--profile", help="Synthetic world.")] = "study",
    seed: Annotated[int, typer.Option("--seed", help="Its seed.")] = 1,
    replicates: Annotated[int, typer.Option("--replicates", min=2, help="Bootstrap replicates.")] = 1000,
    out: Annotated[Path, typer.Option("--out", help="Folder of the documentation.")] = Path("docs"),
) -> None:
    """Compute the scorecard of a synthetic world from its parsed tables and write scorecard.md (a few minutes)."""
    from cryptodrug_assets.replica.dirt import Dirt
    from cryptodrug_assets.report.scorecard import scorecard_figure, scorecard_page

    tables = world_indicators(profile, seed, replicates)
    dirty = world_indicators(profile, seed, replicates, Dirt())["study_scorecard"]
    page, image = out / "scorecard.md", out / "images" / "scorecard.svg"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_text(scorecard_figure(tables) + "\n", "utf-8")
    page.write_text(scorecard_page(tables["study_scorecard"], replicates=replicates, dirty=dirty), "utf-8")
    print(page)


@lru_cache(maxsize=2)
def world_indicators(profile: str, seed: int, replicates: int, dirt: "Dirt | None" = None) -> dict[str, pl.DataFrame]:
    """Clean tables and all indicator tables of a world, made from its parsed tables; the scorecard among them.

    With `dirt` pages are missing, fetched twice and prices held (replica/dirt.py), as the index of captures tells.
    """
    return indicators_of_months(lambda market, month: _read(profile, seed, market, month, dirt), replicates)


def indicators_of_months(read: Callable[[str, str], Month], replicates: int) -> dict[str, pl.DataFrame]:
    """Clean tables and all indicator tables of the observed market-months, the scorecard among them.

    `read` gives the parsed tables of a market and month, and their index of captures (raw.captures).
    """
    from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
    from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
    from cryptodrug_assets.indicators.conduct import speaks_of_harm
    from cryptodrug_assets.indicators.families import compute_across, compute_month
    from cryptodrug_assets.indicators.rows import IndicatorOptions
    from cryptodrug_assets.indicators.scorecard import study_scorecard
    from cryptodrug_assets.observation import is_observed, month_after, observed_cells

    options = IndicatorOptions(bootstrap=replicates)
    made: dict[str, list[pl.DataFrame]] = defaultdict(list)
    # Made-up vendors have nothing to hide, and resampling goes by the order of keys: the same page every time.
    keys = Pseudonyms({kind: bytes(32) for kind in KINDS})
    for market, month in observed_cells():
        after = month_after(month)
        parsed, captures = read(market, month)
        later = read(market, after)[0] if is_observed(market, after) else None
        clean = clean_month(parsed, later, market=market, month=month, pseudonyms=keys, options=CleaningOptions())
        tables = compute_month(
            clean | {"texts": speaks_of_harm(parsed["listings"])},
            captures, parsed["pages"], parsed["market_counters"],
            market=market, month=month, options=options,
        )  # fmt: skip
        for name, frame in (clean | tables).items():
            made[name].append(frame)
    history = {name: pl.concat(frames) for name, frames in made.items()}
    history |= compute_across(history, options=options)
    return history | {"study_scorecard": study_scorecard(history, options=options)}


def _read(profile: str, seed: int, market: str, month: str, dirt: "Dirt | None") -> Month:
    """Parsed tables of a month, and the index of captures: of a dirty one every page, the missed ones given up."""
    from cryptodrug_assets.replica.dirt import dirty_month
    from cryptodrug_assets.replica.tables import parsed_month

    clean = parsed_month(profile, seed, market, month)
    if dirt is None:
        return clean, all_fetched(market, month)
    dirty, _ = dirty_month(profile, seed, market, month, dirt)
    seen = pl.col("capture_id").is_in(dirty["pages"]["capture_id"].implode())
    outcome = pl.when(seen).then(pl.lit("done")).otherwise(pl.lit("given_up"))
    pages = clean["pages"].select("market", "month", "capture_id", "page_kind", outcome=outcome)
    return dirty, capture_index(market, month, pages)


def capture_index(market: str, month: str, pages: pl.DataFrame) -> pl.DataFrame:
    """raw.captures of pages (capture_id, page_kind, outcome) of a month, as far as indicators look at it."""
    one = all_fetched(market, month)
    pages = pages.select("capture_id", "page_kind", "outcome")
    return pages.join(one.drop(pages.columns), how="cross").select(one.columns)


def all_fetched(market: str, month: str) -> pl.DataFrame:
    """raw.captures of a month in which the only page was fetched: parsed tables come from no captures."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.observation import month_start

    schema = contracts.load("raw", "captures").polars_schema
    given = {"market": market, "month": month_start(month), "outcome": "done", "page_kind": "listing"}
    return pl.DataFrame({name: [given.get(name)] for name in schema}, schema=schema)
