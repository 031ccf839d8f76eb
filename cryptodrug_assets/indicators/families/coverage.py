"""Coverage of a market-month (COV): how much of what there was has been seen. What is not known stays unknown.

COV01 pages fetched among those enumerated; unknown for imported pages, since nobody followed their links.
COV01_counter offers captured among those the market's own counters state. COV02 offers seen among those estimated by
mark and recapture over the month's sweeps (two: Chapman; more: Schnabel), with its interval. COV03 sales in feedback
without a detected gap. COV05 sales of which it is known whether they are of a drug.
Each is an upper bound of what was seen; the coverage of a value is the least of those that are known (`Seen`). Of sales
in imports it is unknown: what counters state is offers, and offers say nothing of the feedback that was not saved.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import ALL, Clean, IndicatorOptions, indicator_frame
from cryptodrug_assets.indicators.seen import seen
from cryptodrug_assets.indicators.statistics.capture_recapture import Estimate, chapman, schnabel
from cryptodrug_assets.indicators.tracing import rules

_UNENUMERATED = "not computable: an import has no list of the pages there were"


def coverage(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """COV01–COV03 and COV05 of a market-month: clean holds `captures` and `market_counters` beside the clean tables.

    The coverage of these values is what they say themselves of offers; none is handed in.
    """
    rows = coverage_rows(clean, clean["captures"], clean["market_counters"])
    whole = seen(rows, clean["captures"], clean["listings"].height).offers
    return indicator_frame("coverage", rows, market=market, month=month, options=options, coverage=whole)


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
        known = 1.0 - sales["is_drug"].null_count() / sales.height
        rows.append(_row("COV05", known, sales.height, "sales of which it is known whether they are of a drug"))
    return rows


def _row(
    indicator: str,
    value: float | None,
    n: int,
    method: str,
    bounds: tuple[float | None, float | None] = (None, None),
) -> dict[str, Any]:
    return {
        "indicator": indicator,
        "country": "W",
        "drug_class": ALL,
        "unit": "ratio",
        "value": value,
        "lower": bounds[0],
        "upper": bounds[1],
        "n": n,
        "n_vendors": None,
        "method": method,
        "conf_status": "F",
    }


def _fetched(captures: pl.DataFrame) -> dict[str, Any]:
    """Pages that came in by import were enumerated by nobody: one of them, and the coverage is unknown."""
    wanted = captures.filter(pl.col("outcome") != "out_of_scope")
    if (wanted["mode"] == "import").any():
        return _row("COV01", None, wanted.height, _UNENUMERATED)
    done = wanted.filter(pl.col("outcome") == "done").height
    return _row("COV01", done / wanted.height if wanted.height else 0.0, wanted.height, "pages fetched / enumerated")


def _announced(counters: pl.DataFrame) -> int:
    """Offers the market says it has: its root categories' counters, the largest value seen of each."""
    roots = counters.filter((pl.col("counter") == "category_listings") & (pl.col("depth") == 0))
    # Not every page gives its categories an id.
    by_category = roots.group_by(pl.coalesce("category_id", "category").alias("root")).agg(pl.col("value").max())
    return int(by_category["value"].sum()) if roots.height else 0


def _recapture(captures: pl.DataFrame) -> dict[str, Any] | None:
    """Over the month's sweeps; hosts differ between sweeps, so offers are told apart by their path.

    Not of imports: what nobody looked for in either crawl, as every class but one, is unseen in both.
    """
    if (captures["mode"] == "import").any():
        return None
    offers = captures.filter((pl.col("page_kind") == "listing") & (pl.col("outcome") == "done")).select(
        "sweep_id", "captured_at", offer=pl.col("url").str.replace(r"^https?://[^/]+", "")
    )
    order = offers.group_by("sweep_id").agg(pl.col("captured_at").min()).sort("captured_at", "sweep_id")["sweep_id"]
    passes = [set(offers.filter(pl.col("sweep_id").eq_missing(sweep))["offer"]) for sweep in order]
    if len(passes) < 2:
        return None
    if len(passes) == 2:
        first, second = passes
        estimate, name = chapman(len(first), len(second), len(first & second)), "Chapman"
    else:
        estimate, name = schnabel(passes), "Schnabel"
    return _estimated(estimate, f"offers seen / estimated ({name} over {len(passes)} sweeps), 95 %; an upper bound")


def _estimated(estimate: Estimate, method: str) -> dict[str, Any]:
    """Coverage from an estimated number: the most there may be gives the least coverage."""
    least, most = (min(1.0, estimate.seen / number) if number else 1.0 for number in (estimate.upper, estimate.lower))
    value = min(1.0, estimate.coverage) if estimate.value else 1.0
    return _row("COV02", value, estimate.seen, method, (min(least, value), max(most, value)))


FAMILY = Family(
    table="coverage",
    grain="month",
    codes=(
        Code("COV01", "ratio"),
        Code("COV01_counter", "ratio"),
        Code("COV02", "ratio"),
        Code("COV03", "ratio"),
        Code("COV05", "ratio"),
    ),
    compute=coverage,
    rows=rules.covered,
    reads=("raw/captures", "parsed/pages", "parsed/market_counters", "clean/listings", "clean/transactions"),
    columns={"transactions": ("gap",)},
    publish=Publish(keep=lambda *_: True, hide=lambda *_: False, remainders=no_remainders),
    lead=Lead("COV", headline_world=True),
)
