"""clean.transactions: de-duplicated feedback of a month, with offer, origin, class and price where the market says so.

A lower bound of sales: not every buyer leaves feedback. Alignment of repeated lists is in feedback.py.
"""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions, to_contract
from cryptodrug_assets.cleaning.feedback import merge_views
from cryptodrug_assets.cleaning.money import to_eur
from cryptodrug_assets.cleaning.options import (
    FEEDBACK_SOURCE,
    FROM_LISTING,
    FROM_VENDOR,
    FROM_VENDOR_ELSE_LISTING,
    CleaningOptions,
)
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms

_TABLE = "transactions"
_LIST = ["vendor_name", "page_kind", "list_name", "list_listing"]
# Rows older than the month that are kept of every view, so that views still overlap.
_ANCHOR_ROWS = 10
_EMPTY = pl.lit([], pl.List(pl.String))


def clean_transactions(
    feedback: pl.DataFrame,
    parsed_listings: pl.DataFrame,
    parsed_vendors: pl.DataFrame,
    listings: pl.DataFrame,
    *,
    market: str,
    month: date,
    pseudonyms: Pseudonyms,
    options: CleaningOptions,
    decisions: Decisions,
) -> pl.DataFrame:
    """clean.transactions of a month.

    `feedback` holds parsed.feedback of the month and, where captured, of the next one; `listings` is clean.listings.
    The month of a sale is that of the midpoint of its date interval, less the attribution lag of the options.
    """
    begin, end = _bounds(month, options.attribution_lag_days)
    rows = _dated(_counted(_of_vendors(feedback, parsed_listings), market, decisions), decisions)
    rows = rows.with_row_index("source").with_columns(pl.col("source").cast(pl.Int64))
    merged = merge_views(_views(rows, begin, end, decisions))
    sales = merged.join(rows.drop("lo", "hi"), on="source", how="left", maintain_order="left")
    sales = sales.with_columns(middle=(pl.col("lo") + pl.col("hi")) // 2)
    inside = (pl.col("middle") >= begin) & (pl.col("middle") < end)
    decisions.mass(_TABLE, "dropped", "other_month", sales.height - sales.filter(inside).height)
    sales = _cut_short(sales.filter(inside), parsed_vendors, market, begin)
    sales = _identified(sales, market, pseudonyms, options)
    sales = _attributed(sales, listings, market)
    sales = _priced(sales, options)
    decisions.rows(_TABLE, "flagged", "overlap_lost", sales.filter("gap"), "transaction_key")
    unknown = sales.filter(pl.col("attribution") == "none").height
    decisions.mass(_TABLE, "flagged", "offer_not_captured", unknown, "origin and class unknown")
    return to_contract(sales, _TABLE, market, month).sort("transaction_key")


def _bounds(month: date, lag_days: int) -> tuple[int, int]:
    """First and last moment of feedback for the month's sales, µs; the lag moves both."""
    begin = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(days=lag_days)
    end = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC) + timedelta(days=lag_days)
    return int(begin.timestamp()) * 10**6, int(end.timestamp()) * 10**6


def _of_vendors(feedback: pl.DataFrame, parsed_listings: pl.DataFrame) -> pl.DataFrame:
    """Feedback with the vendor filled in from the offer it stands on."""
    known = pl.col("listing_id").is_not_null() & pl.col("vendor_name").is_not_null()
    owners = (
        parsed_listings.filter(known).sort("captured_at", "row").unique("listing_id", keep="last", maintain_order=True)
    )
    joined = feedback.join(
        owners.select("listing_id", owner="vendor_name"), on="listing_id", how="left", maintain_order="left"
    )
    return joined.with_columns(vendor_name=pl.coalesce("vendor_name", "owner")).drop("owner")


def _counted(rows: pl.DataFrame, market: str, decisions: Decisions) -> pl.DataFrame:
    """The rows that are counted, by where the market shows all of its feedback."""
    source = FEEDBACK_SOURCE.get(market, FROM_VENDOR_ELSE_LISTING)
    on_vendor = pl.col("page_kind") == "vendor"
    if source == FROM_VENDOR:
        kept = rows.filter(on_vendor)
    elif source == FROM_LISTING:
        kept = rows.filter(~on_vendor)
    else:
        kept = rows.filter(on_vendor | ~on_vendor.any().over("vendor_name"))
    decisions.mass(_TABLE, "dropped", f"counted_from_{source}", rows.height - kept.height)
    nameless = kept["vendor_name"].null_count()
    decisions.mass(_TABLE, "dropped", "no_vendor", nameless)
    kept = kept.filter(pl.col("vendor_name").is_not_null())
    # The rating lists of an offer page belong to the offer, those of a vendor page to the vendor.
    return kept.with_columns(list_listing=pl.when(~on_vendor).then("listing_id"))


def _dated(rows: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """Rows with `lo` and `hi` in µs, hi exclusive; a point in time is an interval of a microsecond."""
    lo = pl.coalesce("dated_lo", "dated_at", "dated_hi").dt.epoch("us")
    hi = pl.coalesce("dated_hi", "dated_at", "dated_lo").dt.epoch("us")
    rows = rows.with_columns(lo=lo, hi=pl.max_horizontal(hi, lo + 1))
    decisions.mass(_TABLE, "dropped", "no_date", rows["lo"].null_count())
    return rows.filter(pl.col("lo").is_not_null())


def _views(rows: pl.DataFrame, begin: int, end: int, decisions: Decisions) -> pl.DataFrame:
    """The views of the lists that matter for the month, as feedback.merge_views takes them."""
    rows = rows.with_columns(
        place=pl.col("list_offset") + pl.col("position") - 1,
        seen_at=pl.col("captured_at").dt.epoch("us"),
        list_id=pl.struct(_LIST).rank("dense").cast(pl.Int64),
        # Prices in the viewer's currency and relative ages change between views; these do not.
        content=pl.struct("buyer_masked", "rating", "comment", "listing_id").hash(),
    )
    touches = ((pl.col("hi") > begin) & (pl.col("lo") < end)).any().over("list_id")
    outside = rows.filter(~touches).height
    decisions.mass(_TABLE, "dropped", "other_month", outside)
    rows = rows.filter(touches)
    reach = pl.when(pl.col("hi") > begin).then("place").max().over("list_id", "sweep_id").fill_null(-1)
    near = rows.filter(pl.col("place") <= reach + _ANCHOR_ROWS)
    decisions.mass(_TABLE, "dropped", "other_month", rows.height - near.height)
    unique = near.sort("seen_at", "capture_id", "row").unique(
        ["list_id", "sweep_id", "place"], keep="last", maintain_order=True
    )
    decisions.mass(_TABLE, "merged", "same_view_again", near.height - unique.height)
    unique = unique.with_columns(view_at=pl.col("seen_at").min().over("list_id", "sweep_id"))
    return unique.with_columns(view=pl.struct("view_at", "sweep_id").rank("dense").over("list_id")).select(
        "list_id", "view", "seen_at", "place", "content", "lo", "hi", "source"
    )


def _cut_short(sales: pl.DataFrame, parsed_vendors: pl.DataFrame, market: str, begin: int) -> pl.DataFrame:
    """Mark the oldest sale of the month where the market's list ends within the month but says there are more."""
    if FEEDBACK_SOURCE.get(market) != FROM_VENDOR or parsed_vendors.is_empty():
        return sales
    more = parsed_vendors.group_by("vendor_name").agg(hidden=pl.col("feedback_not_shown").max())
    sales = sales.join(more, on="vendor_name", how="left", maintain_order="left")
    # ordinal 0 is the oldest row known of the list: it lies in the month only when the list does not reach behind it.
    ends_here = (pl.col("ordinal") == 0) & (pl.col("hidden") > 0) & (pl.col("middle") >= begin)
    return sales.with_columns(gap=pl.col("gap") | ends_here.fill_null(False)).drop("hidden")


def _identified(sales: pl.DataFrame, market: str, pseudonyms: Pseudonyms, options: CleaningOptions) -> pl.DataFrame:
    """Keys: the list's pseudonym and the sale's number in it, counted from the oldest."""
    text = pl.concat_str(
        pl.lit(market), "vendor_name", "page_kind", pl.col("list_name").fill_null(""),
        pl.col("list_listing").fill_null(""), separator="|",
    )  # fmt: skip
    sales = sales.with_columns(list_text=text)
    lists = pseudonyms.column("transaction", sales["list_text"])
    # Two sales of a list may not share a number, whatever the list looked like.
    sales = sales.with_columns(list_key=lists).sort("list_key", "ordinal")
    number = pl.int_range(pl.len()).over("list_key").cast(pl.String).str.zfill(6)
    moments = {"dated_lo": "lo", "dated_hi": "hi", "dated_at": "middle"}
    lag = pl.duration(days=options.attribution_lag_days)
    return sales.with_columns(
        transaction_key=pl.col("list_key") + number,
        vendor_key=pseudonyms.column("vendor", market + "|" + sales["vendor_name"]),
        listing_key=pseudonyms.column("listing", market + "|" + sales["listing_id"]),
        **{name: pl.from_epoch(column, "us").dt.replace_time_zone("UTC") - lag for name, column in moments.items()},
    )


def _attributed(sales: pl.DataFrame, listings: pl.DataFrame, market: str) -> pl.DataFrame:
    """Origin, destinations and class of the offer, or of the vendor's drug offers where no offer is named."""
    if FEEDBACK_SOURCE.get(market) == FROM_VENDOR:
        drugs = (
            listings.filter("is_drug")
            .group_by("vendor_key")
            .agg(
                origins=pl.col("origins").explode(empty_as_null=False).unique().sort(),
                destinations=pl.col("destinations").explode(empty_as_null=False).unique().sort(),
                is_drug=pl.lit(True),
                known=pl.lit(True),
            )
        )
        sales = sales.join(drugs, on="vendor_key", how="left", maintain_order="left")
        sales = sales.with_columns(
            listing_key=pl.lit(None, pl.String),
            drug_class=pl.lit(None, pl.String),
            attribution=pl.when("known").then(pl.lit("vendor")).otherwise(pl.lit("none")),
            offer_eur=pl.lit(None, pl.Decimal(18, 2)),
        )
    else:
        offers = listings.select(
            "listing_key", "origins", "destinations", "is_drug", "drug_class", known=pl.lit(True),
            offer_eur=pl.when(~pl.col("is_holding_price")).then("price_eur"),
        )  # fmt: skip
        sales = sales.join(offers, on="listing_key", how="left", maintain_order="left")
        sales = sales.with_columns(attribution=pl.when("known").then(pl.lit("listing")).otherwise(pl.lit("none")))
    return sales.with_columns(
        origins=pl.coalesce("origins", _EMPTY),
        destinations=pl.coalesce("destinations", _EMPTY),
        is_drug=pl.col("is_drug").fill_null(False),
    ).with_columns(n_origins=pl.col("origins").list.len().cast(pl.Int64))


def _priced(sales: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """Exact prices in euros at the rate of the sale's day; rounded ones are never used as exact."""
    shown = pl.col("price_amount").is_not_null()
    exact = shown & pl.col("price_exact")
    source = (
        pl.when(exact)
        .then(pl.lit("exact"))
        .when(pl.col("offer_eur").is_not_null())
        .then(pl.lit("listing"))
        .when(shown)
        .then(pl.lit("rounded"))
        .otherwise(pl.lit("none"))
    )
    sales = sales.with_columns(
        price_source=source,
        price_amount=pl.when(exact).then("price_amount"),
        price_currency=pl.when(exact).then("price_currency"),
        sale_day=pl.col("dated_at").dt.date(),
    )
    sales = to_eur(sales, amount="price_amount", currency="price_currency", day="sale_day")
    if options.price_rule == "listing":
        sales = sales.with_columns(price_eur=pl.coalesce("price_eur", "offer_eur"))
    return sales.with_columns(status=pl.lit("observed"))
