"""clean.transactions: de-duplicated feedback of a month, with offer, origin, class and price where the market says so.

A lower bound of sales: not every buyer leaves feedback. Which rows count and the views of lists are in
feedback_lists.py, the alignment of repeated lists in feedback.py, what fell between captures in imputation.py.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions, to_contract
from cryptodrug_assets.cleaning.feedback import merge_views
from cryptodrug_assets.cleaning.feedback_lists import list_rows, views
from cryptodrug_assets.cleaning.imputation import imputed_sales, may_be_missing
from cryptodrug_assets.cleaning.money import to_eur
from cryptodrug_assets.cleaning.options import FEEDBACK_SOURCE, FROM_LISTING, FROM_VENDOR, CleaningOptions
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms

_TABLE = "transactions"
_EMPTY = pl.lit([], pl.List(pl.String))
# Rows kept beyond the month at either side say enough about windows that begin this long before it (µs).
_KEPT_BEFORE = 4 * 86_400_000_000


def clean_transactions(
    feedback: pl.DataFrame,
    parsed_listings: pl.DataFrame,
    parsed_vendors: pl.DataFrame,
    listings: pl.DataFrame,
    prices: pl.DataFrame,
    *,
    market: str,
    month: date,
    pseudonyms: Pseudonyms,
    options: CleaningOptions,
    decisions: Decisions,
) -> pl.DataFrame:
    """clean.transactions of a month.

    `feedback` holds parsed.feedback of the month and, where captured, of the next one, `parsed_listings` and
    `parsed_vendors` likewise, with their sales counters as low and high; `listings` is clean.listings, `prices` the
    price history of offers whose price changed (listing_key, seen_at, price_eur; holding prices left out).
    The month of a sale is that of the midpoint of its date interval, less the attribution lag of the options.
    """
    begin, end = _bounds(month, options.attribution_lag_days)
    rows = list_rows(feedback, parsed_listings, market, decisions)
    seen = views(rows, begin, end, decisions)
    merged = merge_views(seen).with_columns(middle=(pl.col("lo") + pl.col("hi")) // 2)
    decisions.mass(_TABLE, "merged", "seen_again", seen.height - merged.height)
    inside = (pl.col("middle") >= begin) & (pl.col("middle") < end)
    lists = _lists(merged.filter(pl.col("ordinal") == 0), rows, market, pseudonyms)
    observed = _told(_by_list(merged.filter(inside), lists), rows)
    decisions.mass(_TABLE, "dropped", "other_month", merged.height - observed.height)
    guessed = observed.clear()
    by_offer = FEEDBACK_SOURCE.get(market) == FROM_LISTING
    if options.impute_gaps and may_be_missing(merged, parsed_vendors, by_offer=by_offer):
        known = _told(merged.join(lists, on="list_id", how="left", maintain_order="left"), rows)
        guessed = imputed_sales(known, parsed_vendors, parsed_listings, by_offer=by_offer, since=begin - _KEPT_BEFORE)
        guessed = _like(known, guessed).filter(inside)
    sales = pl.concat([_cut_short(observed, parsed_vendors, market, begin), guessed])
    sales = _identified(sales, options)
    sales = _attributed(sales, listings, market, pseudonyms)
    sales = _priced(_at_price_of_the_day(sales, prices), options)
    if not sales["transaction_key"].is_sorted():
        sales = sales.sort("transaction_key")
    decisions.rows(_TABLE, "flagged", "overlap_lost", sales.filter("gap"), "transaction_key")
    for (rule,), part in sales.filter(pl.col("status") == "imputed").sort("rule").group_by("rule", maintain_order=True):
        decisions.captures(_TABLE, "added", str(rule), part)
    unknown = sales.filter(pl.col("attribution") == "none").height
    decisions.mass(_TABLE, "flagged", "offer_not_captured", unknown, "origin and class unknown")
    return to_contract(sales, _TABLE, market, month)


def _bounds(month: date, lag_days: int) -> tuple[int, int]:
    """First and last moment of feedback for the month's sales, µs; the lag moves both."""
    begin = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(days=lag_days)
    end = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC) + timedelta(days=lag_days)
    return int(begin.timestamp()) * 10**6, int(end.timestamp()) * 10**6


def _told(merged: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Merged rows with what their row of feedback says. Sources are row numbers: taking them is a join."""
    told = _taken(rows.drop("lo", "hi", "content", "place", "run", "sweep_id", "captured_at"), merged["source"])
    return pl.concat([merged, told], how="horizontal").with_columns(
        status=pl.lit("observed"), rule=pl.lit(None, pl.String)
    )


def _taken(rows: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """The rows of these numbers, in their order: the few first, since to take rows in any order, all of a column is
    put in one piece."""
    places = numbers.to_numpy()
    wanted = np.zeros(rows.height, dtype=bool)
    wanted[places] = True
    few: pl.DataFrame = rows.filter(pl.Series(wanted)).rechunk()
    return few[pl.Series(np.cumsum(wanted)[places] - 1)]


def _like(sales: pl.DataFrame, guessed: pl.DataFrame) -> pl.DataFrame:
    """Imputed sales with the columns of observed ones: their list's, and nothing that only a row of feedback says."""
    of_list = ("list_id", "page_kind", "list_name", "list_listing", "list_key", "vendor_key", "list_rank")
    lists = sales.select(of_list).unique("list_id", keep="first")
    guessed = guessed.join(lists, on="list_id", how="left", maintain_order="left").with_columns(
        status=pl.lit("imputed"), middle=(pl.col("lo") + pl.col("hi")) // 2, ordinal=pl.lit(None, pl.Int64),
        gap=pl.lit(value=False), price_exact=pl.lit(value=False), listing_id=pl.coalesce("list_listing", "listing_id"),
    )  # fmt: skip
    return guessed.select(
        (pl.col(name) if name in guessed.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in sales.schema.items()
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


def _lists(firsts: pl.DataFrame, rows: pl.DataFrame, market: str, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Of each list, from a row of each: its pseudonym, its vendor's, and its place in the order of the pseudonyms."""
    named = _taken(rows.select("vendor_name", "page_kind", "list_name", "list_listing"), firsts["source"])
    text = named.select(
        pl.concat_str(
            pl.lit(market), "vendor_name", "page_kind", pl.col("list_name").fill_null(""),
            pl.col("list_listing").fill_null(""), separator="|",
        )
    ).to_series()  # fmt: skip
    lists = firsts.select(
        "list_id",
        list_key=pseudonyms.column("transaction", text),
        vendor_key=pseudonyms.column("vendor", market + "|" + named["vendor_name"]),
    )
    return lists.sort("list_key").with_row_index("list_rank")


def _by_list(merged: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Merged rows with what is known of their list, in the order of the table, oldest first: now, while they are few
    numbers. They come list by list, newest first."""
    merged = merged.join(lists, on="list_id", how="left", maintain_order="left")
    last_first = np.argsort(merged["list_rank"].to_numpy()[::-1], kind="stable")
    return merged[pl.Series(merged.height - 1 - last_first)]


def _identified(sales: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """Keys: the list's pseudonym and the sale's number in it, counted from the oldest; imputed sales come last."""
    # Two sales of a list may not share a number, whatever the list looked like.
    sales = sales.with_columns(guessed=pl.col("status") == "imputed")
    if sales["guessed"].any():
        sales = sales.sort("list_rank", "guessed", "ordinal", "lo", maintain_order=True)
    number = pl.int_range(pl.len()).over("list_id").cast(pl.String).str.zfill(6)
    moments = {"dated_lo": "lo", "dated_hi": "hi", "dated_at": "middle"}
    lag = pl.duration(days=options.attribution_lag_days)
    return sales.with_columns(
        transaction_key=pl.col("list_key") + number,
        **{name: pl.from_epoch(column, "us").dt.replace_time_zone("UTC") - lag for name, column in moments.items()},
    )


def _attributed(sales: pl.DataFrame, listings: pl.DataFrame, market: str, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Key, origin, destinations and class of the offer; those of the vendor's drug offers where no offer is named."""
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
        known = listings.select(
            "listing_key", "origins", "destinations", "is_drug", "drug_class", known=pl.lit(True),
            offer_eur=pl.when(~pl.col("is_holding_price")).then("price_eur"),
        )  # fmt: skip
        sales = sales.with_columns(listing_key=pseudonyms.column("listing", market + "|" + sales["listing_id"]))
        sales = sales.join(known, on="listing_key", how="left", maintain_order="left")
        sales = sales.with_columns(attribution=pl.when("known").then(pl.lit("listing")).otherwise(pl.lit("none")))
    return sales.with_columns(
        origins=pl.coalesce("origins", _EMPTY),
        destinations=pl.coalesce("destinations", _EMPTY),
        is_drug=pl.col("is_drug").fill_null(False),
    ).with_columns(n_origins=pl.col("origins").list.len().cast(pl.Int64))


def _at_price_of_the_day(sales: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """The offer's price as captured nearest before the sale, else first after it, where the price changed."""
    if prices.is_empty() or sales.is_empty() or not sales["listing_key"].is_in(prices["listing_key"].implode()).any():
        return sales
    points = prices.sort("seen_at", "listing_key", "price_eur").rename({"price_eur": "point_eur"})
    for strategy in ("backward", "forward"):
        sales = sales.sort("dated_at", "transaction_key").join_asof(
            points, left_on="dated_at", right_on="seen_at", by="listing_key", strategy=strategy, check_sortedness=False,
            suffix=f"_{strategy}",
        )  # fmt: skip
    return sales.with_columns(offer_eur=pl.coalesce("point_eur", "point_eur_forward", "offer_eur"))


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
    return sales
