"""Sales that happened between two captures and left the lists before the second one: how many, and when.

There are two sources, both the market's own counts. Dream's table of ratings by age is exact: ratings of the last month
minus those in the list. Elsewhere the sales counter of a vendor or an offer is used: its change between two captures
minus the sales in between. A coarse counter counts with the least change that it allows. Nothing is imputed where no
row is known to be missing, so a counter that merely runs ahead of the feedback adds nothing. Method:
docs/methods/feedback.md.
"""

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

_DAY = 86_400_000_000
# "Newer than one month", taken long, so that what is missing is not overstated; its least length, for dating.
_LONG_MONTH, _SHORT_MONTH = 31 * _DAY, 28 * _DAY
# A counter and a list of the same capture are read at most this far apart.
_NEAR = 2 * _DAY
_SCHEMA = {
    "list_id": pl.Int64, "vendor_name": pl.String, "listing_id": pl.String, "capture_id": pl.String,
    "lo": pl.Int64, "hi": pl.Int64, "rule": pl.String,
}  # fmt: skip


def may_be_missing(merged: pl.DataFrame, parsed_vendors: pl.DataFrame, *, by_offer: bool) -> bool:
    """Whether a merged list has a gap, or a vendor a list that was cut short: else there is nothing to impute."""
    gaps = merged["gap_from"].null_count() < merged.height
    return gaps or (not by_offer and not _cut_lists(parsed_vendors).is_empty())


def _cut_lists(parsed_vendors: pl.DataFrame) -> pl.DataFrame:
    return parsed_vendors.filter(pl.col("rating_buckets").is_not_null() & (pl.col("feedback_not_shown") > 0))


def imputed_sales(
    sales: pl.DataFrame, parsed_vendors: pl.DataFrame, parsed_listings: pl.DataFrame, *, by_offer: bool, since: int
) -> pl.DataFrame:
    """One row per imputed sale: list_id, vendor_name, listing_id, capture_id, lo, hi (µs) and rule.

    `sales` are the merged rows of the lists (list_id, vendor_name, listing_id, list_listing, capture_id, ordinal, lo,
    hi, gap, gap_from, gap_until). `by_offer`: lists are those of offers, and so are the counters. `since`: µs before
    which the lists are not kept, so that nothing can be said about windows that begin earlier. The sales missing from a
    gap lie evenly between the earlier capture and the oldest row that follows the gap.
    """
    if sales.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    counted = pl.DataFrame(schema=_SCHEMA)
    if not by_offer:
        counted = _from_age_table(sales, parsed_vendors, since)
    gaps = sales.filter(pl.col("gap_from").is_not_null())
    gaps = gaps.join(counted.select("list_id").unique(), on="list_id", how="anti")
    source = parsed_listings if by_offer else parsed_vendors
    who = "listing_id" if by_offer else "vendor_name"
    counters = source.filter(pl.col("low").is_not_null() & pl.col(who).is_not_null()) if gaps.height else None
    if counters is None or counters.is_empty():
        return counted
    return pl.concat([counted, _from_counters(gaps, sales, counters, who)])


def _from_counters(gaps: pl.DataFrame, sales: pl.DataFrame, counters: pl.DataFrame, who: str) -> pl.DataFrame:
    """Change of the counter over each gap less the sales found in it; a vendor's lists share one counter."""
    counters = counters.select(who, "low", "high", at=pl.col("captured_at").dt.epoch("us"))
    counters = counters.sort("at", who, "low", "high")
    windows = gaps.sort("list_id", "ordinal").unique([who, "gap_from", "gap_until"], keep="first", maintain_order=True)
    for moment, name in (("gap_from", "old"), ("gap_until", "new")):
        at = counters.select(who, pl.col("low").alias(f"{name}_low"), pl.col("high").alias(f"{name}_high"), key="at")
        windows = windows.sort(moment, who, "list_id").join_asof(
            at, left_on=moment, right_on="key", by=who, strategy="nearest", tolerance=_NEAR, check_sortedness=False
        )
        windows = windows.drop("key", strict=False)
    windows = windows.with_columns(
        change=pl.col("new_low") - pl.coalesce("old_high", "old_low"), number=pl.int_range(pl.len())
    )
    middles = sales.select(who, middle=(pl.col("lo") + pl.col("hi")) // 2)
    sales_within = (
        windows.select(who, "number", "gap_from", "gap_until")
        .join(middles, on=who)
        .filter(pl.col("middle").is_between(pl.col("gap_from"), pl.col("gap_until")))
        .group_by("number")
        .agg(seen=pl.len().cast(pl.Int64))
    )
    windows = windows.join(sales_within, on="number", how="left").with_columns(
        missing=pl.col("change") - pl.col("seen").fill_null(0),
        begin="gap_from",
        finish=pl.max_horizontal("hi", "gap_from"),
    )
    return _spread(windows.filter(pl.col("missing") > 0), "imputed_from_counter")


def _from_age_table(sales: pl.DataFrame, parsed_vendors: pl.DataFrame, since: int) -> pl.DataFrame:
    """Ratings of the last month by the exact table of a capture, less those found, where the list was cut short.

    Of several captures the one that says most; each looks back over its own month only.
    """
    shown = _cut_lists(parsed_vendors).with_columns(at=pl.col("captured_at").dt.epoch("us"))
    shown = shown.filter(pl.col("at") - _LONG_MONTH >= since)
    if shown.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    exact = [_newest_month(text) for text in shown["rating_buckets"]]
    shown = shown.with_columns(pl.Series("exact", exact, pl.Int64)).select("vendor_name", "at", "exact")
    shown = shown.sort("vendor_name", "at", "exact").with_row_index("number")
    both = shown.join(sales, on="vendor_name").sort("number", "list_id", "ordinal")
    both = both.filter((pl.col("lo") <= pl.col("at")) & (pl.col("hi") > pl.col("at") - _LONG_MONTH))
    oldest = pl.col("ordinal") == pl.col("ordinal").min()
    windows = both.group_by("number", maintain_order=True).agg(
        pl.col("vendor_name", "at", "exact", "list_id").first(),
        seen=pl.len().cast(pl.Int64),
        # Missing rows lie behind the last gap, or else behind the oldest row that is known.
        begin=pl.col("gap_from").max(),
        finish=pl.coalesce(
            pl.col("lo").filter(pl.col("gap_from").is_not_null()).max(), pl.col("lo").filter(oldest).min()
        ),
        capture_id=pl.col("capture_id").filter(oldest).first(),
    )
    windows = windows.with_columns(
        listing_id=pl.lit(None, pl.String),
        missing=pl.col("exact") - pl.col("seen"),
        begin=pl.max_horizontal(pl.col("begin"), pl.col("at") - _SHORT_MONTH),
    ).with_columns(finish=pl.max_horizontal("finish", pl.col("begin") + 1))
    windows = windows.filter(pl.col("missing") > 0).sort(
        "missing", "at", "vendor_name", descending=[True, False, False]
    )
    return _spread(windows.unique("list_id", keep="first", maintain_order=True), "imputed_from_age_table")


def _newest_month(text: str) -> int:
    """Ratings of all stars in the first row of the table (newer than one month)."""
    rows: Sequence[Sequence[int | None]] = json.loads(text)
    return sum(count or 0 for count in rows[0]) if rows else 0


def _spread(windows: pl.DataFrame, rule: str) -> pl.DataFrame:
    """As many rows as are missing, evenly over the time they lie in."""
    windows = windows.sort("vendor_name", "list_id", "begin", "finish")
    times = windows["missing"].to_numpy()
    rank = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    long = windows[np.repeat(np.arange(windows.height), times)].with_columns(pl.Series("rank", rank, pl.Int64))
    part = (pl.col("finish") - pl.col("begin")) / pl.col("missing")
    low = pl.col("begin") + (part * pl.col("rank")).cast(pl.Int64)
    return long.with_columns(
        lo=low, hi=pl.max_horizontal(low + part.cast(pl.Int64), low + 1), rule=pl.lit(rule)
    ).select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
