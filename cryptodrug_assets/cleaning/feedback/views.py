"""Parsed feedback as views of lists, ready for alignment: which rows count, their dates, and the list they belong to.

Everything is done in columns. Rows that are left out are noted with their reason in the decisions.
"""

from collections.abc import Mapping
from functools import reduce
from operator import xor

import numpy as np
import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions
from cryptodrug_assets.cleaning.feedback.alignment import Ints, ranges
from cryptodrug_assets.observation import FROM_LISTING, FROM_VENDOR, feedback_source

_TABLE = "transactions"
_LIST = ["vendor_name", "page_kind", "list_name", "list_listing"]
# What is asked of every row, in numbers; the rest is fetched for the rows that count.
_NUMERIC = ("run", "place", "content", "lo", "hi")
# Rows older than the month that are kept of every view, so that views still overlap.
_ANCHOR_ROWS = 10
# Windows of a market's own counts begin up to this long before the month.
_MARGIN_US = 4 * 86_400_000_000
# A page that comes again within this time was tried again; after it the list is looked at anew, in whatever sweep.
_AGAIN_US = 3_600_000_000
NEEDED = (
    "capture_id", "captured_at", "sweep_id", "page_kind", "list_name", "list_offset", "position", "vendor_name",
    "listing_id", "rating", "comment", "buyer_masked", "price_amount", "price_currency", "price_exact", "dated_at",
    "dated_lo", "dated_hi",
)  # fmt: skip


def list_rows(feedback: pl.DataFrame, parsed_listings: pl.DataFrame, market: str, decisions: Decisions) -> pl.DataFrame:
    """The rows that are counted, with what their views are told apart by (sweep, seen_at), run, content, place, and lo
    and hi in µs (hi exclusive)."""
    rows = _dated(_counted(_of_vendors(feedback.select(NEEDED), parsed_listings), market, decisions), decisions)
    return rows.select(
        "capture_id", "page_kind", "list_name", "list_listing", "vendor_name", "listing_id", "rating",
        "price_amount", "price_currency", "price_exact", "lo", "hi", "sweep_id", "captured_at",
        # Positions on a page count from one.
        place=pl.col("list_offset") + pl.col("position") - 1,
        # Rows of a list that were seen at once have one number, …
        run=_number(*_LIST, "sweep_id", "captured_at"),
        # … and so have rows that say the same. Prices in the viewer's currency and relative ages change between views;
        # these do not.
        content=_number("buyer_masked", "rating", "comment", "listing_id"),
    )  # fmt: skip


def _number(*columns: str) -> pl.Expr:
    """A number of 64 bits for what the columns hold together: equal for equal values."""
    hashes = [pl.col(name).hash(seed) for seed, name in enumerate(columns, start=1)]
    return reduce(xor, hashes).reinterpret(dtype=pl.Int64)


def _of_vendors(feedback: pl.DataFrame, parsed_listings: pl.DataFrame) -> pl.DataFrame:
    """Feedback with the vendor filled in from the offer it stands on."""
    if not feedback["vendor_name"].null_count():
        return feedback
    named = pl.col("listing_id").is_not_null() & pl.col("vendor_name").is_not_null()
    owners = (
        parsed_listings.filter(named)
        .join(feedback.select("listing_id").unique(), on="listing_id", how="semi")
        .sort("captured_at", "capture_id", "row")
        .unique("listing_id", keep="last", maintain_order=True)
    )
    joined = feedback.join(
        owners.select("listing_id", owner="vendor_name"), on="listing_id", how="left", maintain_order="left"
    )
    return joined.with_columns(vendor_name=pl.coalesce("vendor_name", "owner")).drop("owner")


def _counted(rows: pl.DataFrame, market: str, decisions: Decisions) -> pl.DataFrame:
    """The rows that are counted, by where the market shows all of its feedback."""
    source = feedback_source(market)
    on_vendor = pl.col("page_kind") == "vendor"
    nameless = rows.filter(pl.col("vendor_name").is_null())
    decisions.captures(_TABLE, "dropped", "no_vendor", nameless)
    named = rows.filter(pl.col("vendor_name").is_not_null()) if nameless.height else rows
    if source == FROM_VENDOR:
        kept = named.filter(on_vendor)
    elif source == FROM_LISTING:
        kept = named.filter(~on_vendor)
    else:
        others = named.filter(~on_vendor)
        kept = named
        if others.height:
            whole = named.filter(on_vendor).select("vendor_name").unique()
            others = others.join(whole, on="vendor_name", how="anti", maintain_order="left")
            kept = pl.concat([named.filter(on_vendor), others])
    decisions.mass(_TABLE, "dropped", f"counted_from_{source}", named.height - kept.height)
    # The rating lists of an offer page belong to the offer, those of a vendor page to the vendor.
    return kept.with_columns(list_listing=pl.when(~on_vendor).then("listing_id"))


def _dated(rows: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """Rows with `lo` and `hi`; a point in time is an interval of a microsecond."""
    lo = pl.coalesce("dated_lo", "dated_at", "dated_hi").dt.epoch("us")
    hi = pl.coalesce("dated_hi", "dated_at", "dated_lo").dt.epoch("us")
    rows = rows.with_columns(lo=lo, hi=pl.max_horizontal(hi, lo + 1))
    if rows["lo"].null_count():
        decisions.captures(_TABLE, "dropped", "no_date", rows.filter(pl.col("lo").is_null()))
        rows = rows.filter(pl.col("lo").is_not_null())
    return rows


def views(rows: pl.DataFrame, begin: int, end: int, decisions: Decisions) -> pl.DataFrame:
    """The views of the lists that matter for the month, as feedback.merge_views takes them, in its order.

    Of every view the rows of the month and ten more, by which it is found again in the next one. Rows come page by page
    as captured, so that whole runs of rows are put in order, not the rows one by one. `source` is the row's number.
    """
    # As one piece each, so that rows are taken from an array and not from its chunks.
    arrays = {name: rows[name].rechunk().to_numpy() for name in _NUMERIC}
    runs = _runs(rows, arrays, begin, end)
    by_sweep = runs.group_by("list_id", "sweep").agg(
        view_at=pl.col("seen_at").min(), reach=pl.col("reach").max(), touches=pl.col("touches").any()
    )
    by_sweep = by_sweep.with_columns(touches=pl.col("touches").any().over("list_id")).sort(
        "list_id", "view_at", "sweep"
    )
    by_sweep = by_sweep.filter("touches").select(
        "list_id", "sweep", last=pl.col("reach") + _ANCHOR_ROWS,
        view=pl.int_range(pl.len(), dtype=pl.Int64).over("list_id"),
    )  # fmt: skip
    near = pl.min_horizontal("length", pl.col("last") - pl.col("first") + 1)
    runs = runs.join(by_sweep, on=["list_id", "sweep"]).with_columns(length=near).filter(pl.col("length") > 0)
    runs = runs.sort("list_id", "view", "first", "start")
    lengths = runs["length"].to_numpy()
    positions = ranges(runs["start"].to_numpy(), lengths)
    kept = pl.DataFrame(
        {name: np.repeat(runs[name].to_numpy(), lengths) for name in ("list_id", "view", "seen_at")}
        | {name: arrays[name][positions] for name in ("place", "content", "lo", "hi")}
        | {"source": positions}
    )
    decisions.mass(_TABLE, "dropped", "other_month", rows.height - kept.height)
    same_view = (pl.col("list_id") == pl.col("list_id").shift(-1)) & (pl.col("view") == pl.col("view").shift(-1))
    meets = same_view & (pl.col("first") + pl.col("length") > pl.col("first").shift(-1))
    unique = kept
    if runs.select(meets.any()).item():
        # Of a page fetched twice in a sweep the later copy.
        again = (same_view & (pl.col("place") == pl.col("place").shift(-1))).fill_null(value=False)
        copies = kept.with_columns(capture_id=rows["capture_id"].gather(kept["source"]))
        unique = copies.sort("list_id", "view", "place", "seen_at", "capture_id", "source").filter(~again)
        unique = unique.drop("capture_id")
    decisions.mass(_TABLE, "merged", "same_view_again", kept.height - unique.height)
    return unique


def _runs(rows: pl.DataFrame, arrays: Mapping[str, Ints], begin: int, end: int) -> pl.DataFrame:
    """Runs of rows that follow each other on a list in a sweep, seen at once: where they start among the rows, how long
    they are, their first place, how far down they matter and whether they hold rows of the month."""
    run, place, lo, hi = (arrays[name] for name in ("run", "place", "lo", "hi"))
    begins = np.ones(rows.height, dtype=bool)
    begins[1:] = (run[1:] != run[:-1]) | (place[1:] != place[:-1] + 1)
    start = np.flatnonzero(begins)
    columns = {
        "start": start, "length": np.diff(np.append(start, rows.height)), "first": place[start],
        "reach": np.maximum.reduceat(np.where(hi > begin - _MARGIN_US, place, -1), start),
        "touches": np.logical_or.reduceat((hi > begin) & (lo < end), start),
    }  # fmt: skip
    firsts = rows.select(*_LIST, "sweep_id", "captured_at").filter(pl.Series(begins, dtype=pl.Boolean))
    of_list = firsts.select(
        list_id=_number(*_LIST),
        # A number per sweep: equality is all that is asked of it.
        sweep=_number("sweep_id"),
        seen_at=pl.col("captured_at").dt.epoch("us"),
    )
    return _passes(of_list.with_columns(pl.DataFrame(columns)))


def _passes(runs: pl.DataFrame) -> pl.DataFrame:
    """Runs with a sweep of their own for each time that the list was looked at within a sweep: several crawls may go by
    one name, as they do in archives. A look ends where a page comes again that was seen an hour or more before."""
    spans = pl.col("seen_at").max() - pl.col("seen_at").min() >= _AGAIN_US
    long = runs.group_by("list_id", "sweep").agg(spans.alias("long")).filter("long")
    if long.is_empty():
        return runs
    runs = runs.with_row_index("number")
    order = runs.join(long, on=["list_id", "sweep"], how="semi").sort("list_id", "sweep", "seen_at", "first", "start")
    looks: list[int] = []
    current: tuple[int, int] | None = None
    seen: list[tuple[int, int, int]] = []
    for list_id, sweep, at, first, length in order.select("list_id", "sweep", "seen_at", "first", "length").iter_rows():
        if current != (list_id, sweep):
            current, seen, look = (list_id, sweep), [], 0
        if any(first < end and begin < first + length and at - then >= _AGAIN_US for begin, end, then in seen):
            seen, look = [], look + 1
        seen.append((first, first + length, at))
        looks.append(look)
    look_numbers = order.select("number", look=pl.Series(looks, dtype=pl.Int64))
    runs = runs.join(look_numbers, on="number", how="left", maintain_order="left").drop("number")
    again = pl.col("look") > 0
    return runs.with_columns(sweep=pl.when(again).then(_number("sweep", "look")).otherwise("sweep")).drop("look")
