"""clean.transactions: de-duplicated feedback of a month, with offer, origin, class and price where the market says so.

A lower bound of sales: not every buyer leaves feedback. Which rows count and the views of lists are in
feedback/views.py, the alignment of repeated lists in feedback/lists.py, what fell between captures in imputation.py.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from cryptodrug_assets.cleaning.attribution import attributed
from cryptodrug_assets.cleaning.corrections import read_corrections
from cryptodrug_assets.cleaning.decisions import Decisions, to_contract
from cryptodrug_assets.cleaning.feedback.imputation import imputed_sales, may_be_missing
from cryptodrug_assets.cleaning.feedback.lists import merge_views
from cryptodrug_assets.cleaning.feedback.views import list_rows, views
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.prices.euros import ecb_rates, official_rates
from cryptodrug_assets.cleaning.prices.offer_prices import paid_in_eur
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.observation import FROM_LISTING, FROM_VENDOR, feedback_source

_TABLE = "transactions"
# Rows kept beyond the month at either side say enough about windows that begin this long before it (µs).
_KEPT_BEFORE = 4 * 86_400_000_000


def clean_transactions(
    feedback: pl.DataFrame,
    parsed_listings: pl.DataFrame,
    parsed_vendors: pl.DataFrame,
    listings: pl.DataFrame,
    prices: pl.DataFrame,
    pages: pl.DataFrame,
    other_months: Iterable[pl.DataFrame] = (),
    *,
    market: str,
    month: date,
    pseudonyms: Pseudonyms,
    options: CleaningOptions,
    decisions: Decisions,
) -> pl.DataFrame:
    """clean.transactions of a month.

    `feedback` holds parsed.feedback of the month and, where captured, of the next one, `parsed_listings` and
    `parsed_vendors` likewise, with their sales counters as low and high, and `pages` parsed.pages with the exchange
    rates; `listings` is clean.listings, `prices` the price history of offers whose price changed (listing_key, seen_at,
    price_eur; holding prices left out), `other_months` parsed.listings of other months, the nearest first
    (attribution.py). The month of a sale is that of the midpoint of its date interval, less the attribution lag of the
    options.
    """
    begin, end = _bounds(month, options.attribution_lag_days)
    rows = list_rows(feedback, parsed_listings, market, decisions)
    list_views = views(rows, begin, end, decisions)
    merged = merge_views(list_views).with_columns(middle=(pl.col("lo") + pl.col("hi")) // 2)
    decisions.mass(_TABLE, "merged", "seen_again", list_views.height - merged.height)
    contradicted = merged.filter("clocks_disagree")["list_id"].n_unique()
    decisions.mass(_TABLE, "flagged", "clocks_disagree", contradicted, "lists; dates of captures disagree")
    inside = (pl.col("middle") >= begin) & (pl.col("middle") < end)
    lists = _lists(merged.filter(pl.col("ordinal") == 0), rows, market, pseudonyms)
    observed = _with_feedback_columns(_by_list(merged.filter(inside), lists), rows)
    decisions.mass(_TABLE, "dropped", "other_month", merged.height - observed.height)
    imputed = observed.clear()
    by_offer = feedback_source(market) == FROM_LISTING
    if options.impute_gaps and may_be_missing(merged, parsed_vendors, by_offer=by_offer):
        all_sales = _with_feedback_columns(merged.join(lists, on="list_id", how="left", maintain_order="left"), rows)
        imputed = imputed_sales(
            all_sales, parsed_vendors, parsed_listings, by_offer=by_offer, since=begin - _KEPT_BEFORE
        )
        imputed = _as_sales(all_sales, imputed).filter(inside)
    sales = pl.concat([_mark_cut_lists(observed, parsed_vendors, market, begin), imputed])
    sales = _with_keys(sales, options)
    sales = attributed(
        sales, listings, other_months, market=market, pseudonyms=pseudonyms,
        corrections=read_corrections(options.corrections),
    )  # fmt: skip
    sales = _priced(_at_price_of_the_day(sales, prices), pages, options, decisions)
    if not sales["transaction_key"].is_sorted():
        sales = sales.sort("transaction_key")
    decisions.rows(_TABLE, "flagged", "overlap_lost", sales.filter("gap"), "transaction_key")
    for (rule,), part in sales.filter(pl.col("status") == "imputed").sort("rule").group_by("rule", maintain_order=True):
        decisions.captures(_TABLE, "added", str(rule), part)
    _report_attribution(sales, market, decisions)
    return to_contract(sales, _TABLE, market, month)


def _report_attribution(sales: pl.DataFrame, market: str, decisions: Decisions) -> None:
    """How many sales have their class and origin from elsewhere than the month's offer, or none at all."""
    counts = dict(sales.group_by("attribution").len().iter_rows())
    decisions.mass(_TABLE, "flagged", "offer_of_other_month", counts.get("other_month", 0))
    if feedback_source(market) != FROM_VENDOR:
        decisions.mass(_TABLE, "flagged", "offer_like_vendors_others", counts.get("vendor", 0))
    decisions.mass(_TABLE, "flagged", "offer_not_captured", counts.get("none", 0), "origin and class unknown")


def _bounds(month: date, lag_days: int) -> tuple[int, int]:
    """First and last moment of feedback for the month's sales, µs; the lag moves both."""
    begin = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(days=lag_days)
    end = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC) + timedelta(days=lag_days)
    return int(begin.timestamp()) * 10**6, int(end.timestamp()) * 10**6


def _with_feedback_columns(merged: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Merged rows with what their row of feedback says. Sources are row numbers: taking them is a join."""
    feedback = _rows_at(rows.drop("lo", "hi", "content", "place", "run", "sweep_id", "captured_at"), merged["source"])
    return pl.concat([merged, feedback], how="horizontal").with_columns(
        status=pl.lit("observed"), rule=pl.lit(None, pl.String)
    )


def _rows_at(rows: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """The rows of these numbers, in their order: the few first, since to take rows in any order, all of a column is
    put in one piece."""
    positions = numbers.to_numpy()
    wanted = np.zeros(rows.height, dtype=bool)
    wanted[positions] = True
    few: pl.DataFrame = rows.filter(pl.Series(wanted)).rechunk()
    return few[pl.Series(np.cumsum(wanted)[positions] - 1)]


def _as_sales(sales: pl.DataFrame, imputed: pl.DataFrame) -> pl.DataFrame:
    """Imputed sales with the columns of observed ones: their list's, and nothing that only a row of feedback says."""
    of_list = ("list_id", "page_kind", "list_name", "list_listing", "list_key", "vendor_key", "list_rank")
    lists = sales.select(of_list).unique("list_id", keep="first")
    imputed = imputed.join(lists, on="list_id", how="left", maintain_order="left").with_columns(
        status=pl.lit("imputed"), middle=(pl.col("lo") + pl.col("hi")) // 2, ordinal=pl.lit(None, pl.Int64),
        gap=pl.lit(value=False), price_exact=pl.lit(value=False), listing_id=pl.coalesce("list_listing", "listing_id"),
    )  # fmt: skip
    return imputed.select(
        (pl.col(name) if name in imputed.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in sales.schema.items()
    )


def _mark_cut_lists(sales: pl.DataFrame, parsed_vendors: pl.DataFrame, market: str, begin: int) -> pl.DataFrame:
    """Mark the oldest sale of the month where the market's list ends within the month but says there are more."""
    if feedback_source(market) != FROM_VENDOR or parsed_vendors.is_empty():
        return sales
    more = parsed_vendors.group_by("vendor_name").agg(hidden=pl.col("feedback_not_shown").max())
    sales = sales.join(more, on="vendor_name", how="left", maintain_order="left")
    # ordinal 0 is the oldest row known of the list: it lies in the month only when the list does not reach behind it.
    ends_here = (pl.col("ordinal") == 0) & (pl.col("hidden") > 0) & (pl.col("middle") >= begin)
    return sales.with_columns(gap=pl.col("gap") | ends_here.fill_null(False)).drop("hidden")


def _lists(firsts: pl.DataFrame, rows: pl.DataFrame, market: str, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Of each list, from a row of each: its pseudonym, its vendor's, and its place in the order of the pseudonyms."""
    named = _rows_at(rows.select("vendor_name", "page_kind", "list_name", "list_listing"), firsts["source"])
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


def _with_keys(sales: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
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


def _priced(sales: pl.DataFrame, pages: pl.DataFrame, options: CleaningOptions, decisions: Decisions) -> pl.DataFrame:
    """Exact prices in euros at the rate of the sale's day, coins at the rate of the page that shows them first; rounded
    ones are never used as exact."""
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
    )
    reference = ecb_rates(options.coin_rates) if options.coin_rates else None
    sales = paid_in_eur(sales, pages, official_rates(options.fetched_rates), reference)
    far = sales.filter(pl.col("price_amount").is_not_null() & pl.col("price_eur").is_null())
    for currency, number in far.group_by("price_currency").len().sort("price_currency").iter_rows():
        decisions.mass(_TABLE, "flagged", "no_rate", number, f"no rate of {currency} on its page or in the tables")
    if options.price_rule == "listing":
        sales = sales.with_columns(price_eur=pl.coalesce("price_eur", "offer_eur"))
    return sales
