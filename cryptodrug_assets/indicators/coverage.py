"""Coverage of a market-month (COV): how much of what there was has been seen. All are lower bounds of what was missed.

COV01 pages fetched among those enumerated. COV01_counter offers captured among those the market's own counters state.
COV02 offers seen among those estimated by mark and recapture over two sweeps. COV03 sales in gapless feedback.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

ALL = "all"


def chapman(first: int, second: int, both: int) -> float:
    """Chapman's estimate of a closed population from two passes (Chapman 1951)."""
    return (first + 1) * (second + 1) / (both + 1) - 1


def coverage_rows(
    clean: Mapping[str, pl.DataFrame], captures: pl.DataFrame, counters: pl.DataFrame
) -> list[dict[str, Any]]:
    """Rows of the coverage table, without market and month."""
    rows = [_fetched(captures)]
    listings = clean["listings"]
    announced = _announced(counters)
    if announced:
        # Counters may include offers that are no longer shown, so more than all is possible by chance only.
        rows.append(
            _row("COV01_counter", min(1.0, listings.height / announced), announced, "captured / market's own counters")
        )
    recapture = _recapture(captures)
    if recapture is not None:
        rows.append(recapture)
    sales = clean["transactions"]
    if sales.height:
        without_gap = 1.0 - float(sales["gap"].sum()) / sales.height
        rows.append(_row("COV03", without_gap, sales.height, "sales in feedback without a detected gap"))
    return rows


def _row(indicator: str, value: float, n: int, method: str) -> dict[str, Any]:
    return {
        "indicator": indicator,
        "country": "W",
        "drug_class": ALL,
        "unit": "ratio",
        "value": value,
        "n": n,
        "n_vendors": None,
        "method": method,
        "conf_status": "F",
    }


def _fetched(captures: pl.DataFrame) -> dict[str, Any]:
    wanted = captures.filter(pl.col("outcome") != "out_of_scope")
    done = wanted.filter(pl.col("outcome") == "done").height
    return _row("COV01", done / wanted.height if wanted.height else 0.0, wanted.height, "pages fetched / enumerated")


def _announced(counters: pl.DataFrame) -> int:
    """Offers the market says it has: its root categories' counters, the largest value seen of each."""
    roots = counters.filter((pl.col("counter") == "category_listings") & (pl.col("depth") == 0))
    return int(roots.group_by("category_id").agg(pl.col("value").max())["value"].sum()) if roots.height else 0


def _recapture(captures: pl.DataFrame) -> dict[str, Any] | None:
    """Chapman over the last two sweeps; hosts differ between sweeps, so offers are told apart by their path."""
    offers = captures.filter((pl.col("page_kind") == "listing") & (pl.col("outcome") == "done")).select(
        "sweep_id", offer=pl.col("url").str.replace(r"^https?://[^/]+", "")
    )
    sweeps = offers["sweep_id"].unique().sort().to_list()[-2:]
    if len(sweeps) < 2:
        return None
    first, second = (set(offers.filter(pl.col("sweep_id") == sweep)["offer"]) for sweep in sweeps)
    estimate = chapman(len(first), len(second), len(first & second))
    seen = len(first | second)
    return _row(
        "COV02", min(1.0, seen / estimate) if estimate > 0 else 1.0, seen, "Chapman over two sweeps, lower bound"
    )
