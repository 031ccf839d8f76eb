"""Known defects of the field: what is wrong, in which table, how it is planted, which rule must fire, how severe it is.

docs/quality.md holds this table for readers; a test keeps the two equal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

Frames = dict[str, pl.DataFrame]
Plant = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Defect:
    """`table` is judged; the damage is done to it, or to `of`, something its rules ask (`source`: made from that)."""

    what: str
    table: str
    plant: Plant
    rule: str
    severity: str
    of: str = ""
    source: str = ""

    def damaged(self, frames: Frames) -> Frames:
        """The frames with the defect in its place."""
        name = self.of or self.table
        given = frames[self.source].select(frames[name].columns) if self.source else frames[name]
        return frames | {name: self.plant(given)}


def changed(where: pl.Expr | None = None, **values: object) -> Plant:
    """Set columns where a condition holds (everywhere without one)."""

    def plant(frame: pl.DataFrame) -> pl.DataFrame:
        hit = pl.lit(True) if where is None else where
        new = {
            name: pl.when(hit)
            .then(value if isinstance(value, pl.Expr) else pl.lit(value))
            .otherwise(pl.col(name))
            .cast(frame.schema[name])
            for name, value in values.items()
        }
        return frame.with_columns(**new)

    return plant


def share(part: float) -> pl.Expr:
    """The first part of the rows."""
    return pl.int_range(pl.len()) < pl.len() * part


def copied(frame: pl.DataFrame, key: str, times: int) -> pl.DataFrame:
    """The rows `times` over, under keys of their own."""
    copies = [frame.with_columns(pl.col(key) + str(n)) for n in range(1, times)]
    return pl.concat([frame, *copies])


FIRST = pl.int_range(pl.len()) == 0
OFFERS = pl.col("page_kind") == "listing"
LISTS = pl.col("page_kind") == "listing_index"
VENDORS = pl.col("page_kind") == "vendor"
WORLD = (pl.col("country") == "W") & (pl.col("drug_class") == "all")
FEW = (pl.col("conf_status") == "C") & (pl.col("obs_status") == "C")
LATER = timedelta(days=40)
EARLIER = changed(month=pl.col("month").dt.offset_by("-1mo"))
# What pages of March 2018 show.
SPRING = '{"EUR": 8863.5, "USD": 10895.6}'
OPENED = datetime(2009, 1, 3, tzinfo=UTC)

RAW = [
    Defect("most pages missing", "raw.captures", lambda f: f.head(5), "pages_least", "error"),
    Defect("less than a quarter of the pages of earlier months", "raw.captures", lambda f: f.head(f.height // 5), "pages_collapse", "error"),
    Defect("a third of the pages of earlier months", "raw.captures", lambda f: f.head(f.height // 3), "pages_jump", "warning"),
    Defect("a third of the pages given up", "raw.captures", changed(share(0.33), outcome="given_up"), "fetched", "warning"),
    Defect("two thirds of the pages given up", "raw.captures", changed(share(0.66), outcome="given_up"), "fetched_least", "error"),
    Defect("login pages served as content (status 200)", "raw.captures", changed(share(0.05), page_kind="login", status=200), "walls", "error"),
    Defect("server errors kept as pages", "raw.captures", changed(share(0.1), status=503), "server_errors", "warning"),
    Defect("pages not found by the dozen", "raw.captures", changed(share(0.3), page_kind="not_found", status=404), "dead_ends", "warning"),
    Defect("a page that came in part", "raw.captures", changed(FIRST, outcome="given_up", reason="cut off"), "torn_pages", "warning"),
    Defect("offers' pages hardly reached", "raw.captures", lambda f: pl.concat([f.filter(~OFFERS), f.filter(OFFERS).head(2)]), "offer_share", "warning"),
    Defect("capture of another month", "raw.captures", changed(FIRST, captured_at=pl.col("captured_at") + timedelta(days=3)), "in_month", "error"),
    Defect("page without a record", "raw.captures", changed(FIRST, warc_file=None), "has_record", "error"),
    Defect("two pages of one record", "raw.captures", changed(share(0.1), warc_offset=0), "one_record_each", "error"),
    Defect("truncated WARC", "raw.captures", changed(bytes=pl.col("bytes") // 2), "in_archive", "error", of="archive.files"),
    Defect("WARC file lost", "raw.captures", lambda f: f.clear(), "in_archive", "error", of="archive.files"),
    Defect("a WARC file that the index does not know", "raw.captures", changed(indexed=False), "files_whole", "error", of="archive.files"),
    Defect("record altered on disk", "raw.captures", changed(FIRST, problem="payload differs from its digest"), "records_whole", "error", of="archive.records"),
    Defect("synthetic mixed with real", "raw.captures", changed(FIRST, synthetic=False), "one_world", "error"),
    Defect("a page that is said to need no record", "raw.captures", changed(FIRST, source="world", warc_file=None), "world_has_no_record", "error"),
    Defect("the same page under many addresses", "raw.captures", changed(payload_digest="sha256:same"), "same_body", "warning"),
    Defect("capture fetched twice", "raw.captures", lambda f: pl.concat([f, f.head(1)]), "pk_unique", "error"),
    Defect("rows of another market", "raw.captures", changed(FIRST, market="dream"), "partition", "error"),
    Defect("a sweep that fetched nothing", "raw.captures", lambda f: pl.concat([f, f.head(3).with_columns(sweep_id=pl.lit("empty"), outcome=pl.lit("given_up"), capture_id=pl.col("capture_id").str.reverse())]), "sweeps_even", "warning"),
    Defect("a whole sweep missing", "raw.captures", lambda f: pl.concat([f, f.with_columns(sweep_id=pl.lit("second"))]), "sweeps_fewer", "warning", of="history.captures"),
    Defect("the month before under this month's label", "raw.captures", changed(captured_at=pl.col("captured_at").dt.offset_by("-1mo")), "in_month", "error"),
    Defect("the month before under this month's label, its dates made to fit", "raw.captures", EARLIER, "seen_before", "warning", of="history.captures", source="raw.captures"),
]  # fmt: skip
PARSED = [
    Defect("pages lost between capture and parser", "parsed.pages", lambda f: f.tail(-3), "every_capture", "error"),
    Defect("a page that was never captured", "parsed.pages", changed(FIRST, capture_id="ffffffffffffffff"), "only_captures", "error"),
    Defect("two parser versions in a month", "parsed.pages", changed(FIRST, parser_version="old"), "one_parser", "error"),
    Defect("foreign pages among ours", "parsed.pages", changed(share(0.2), page_kind="foreign"), "recognised_least", "error"),
    Defect("login pages read", "parsed.pages", changed(share(0.05), page_kind="login"), "walls", "error"),
    Defect("a layout the parser half knows", "parsed.pages", changed(OFFERS & share(0.8), n_listings=0), "offers_read_least", "error"),
    Defect("vendors' pages not read", "parsed.pages", changed(VENDORS, n_vendors=0), "vendors_read", "error"),
    Defect("lists of offers without offers", "parsed.pages", changed(LISTS, n_listings=0), "lists_empty", "warning"),
    Defect("every offer of a list read three times", "parsed.pages", changed(LISTS, n_listings=pl.col("n_listings") * 3), "rows_per_list", "warning"),
    Defect("a new row in the product table", "parsed.pages", changed(share(0.1), unread_labels='["Stealth"]'), "unread_labels", "warning"),
    Defect("a label never seen before, once", "parsed.pages", changed(FIRST, unread_labels='["Stealth"]'), "new_labels", "warning"),
    Defect("problems on many pages", "parsed.pages", changed(share(0.2), n_problems=1), "problems", "warning"),
    Defect("the site's clock is wrong", "parsed.pages", changed(FIRST, page_clock=pl.col("captured_at") - timedelta(days=9)), "clock", "error"),
    Defect("the page's clock in the future", "parsed.pages", changed(FIRST, page_clock=pl.col("captured_at") + timedelta(days=3)), "clock", "error"),
    Defect("the page's clock in another time zone", "parsed.pages", changed(page_clock=pl.col("captured_at") + timedelta(hours=2)), "clock_zone", "warning"),
    Defect("pages of another year under this month's label", "parsed.pages", changed(exchange_rates=SPRING), "rates_of_month", "error"),
    Defect("a page with another time's exchange rates", "parsed.pages", changed(FIRST, exchange_rates=SPRING), "rates_of_day", "warning"),
    Defect("a page of another market", "parsed.pages", changed(FIRST, page_kind="foreign"), "foreign", "warning"),
    Defect("prices no longer found", "parsed.listings", changed(OFFERS, price_amount=None), "priced_least", "error"),
    Defect("origins no longer found", "parsed.listings", changed(OFFERS, ships_from=None), "origins", "warning"),
    Defect("a field lost on a third of the pages", "parsed.listings", changed(share(0.3), vendor_name=None), "nulls_rise", "warning"),
    Defect("a field lost altogether", "parsed.listings", changed(category_path=None), "nulls_collapse", "error"),
    Defect("negative price", "parsed.listings", changed(FIRST, price_amount=-1), "price_negative", "error"),
    Defect("price of zero", "parsed.listings", changed(FIRST, price_amount=0), "price_zero", "warning"),
    Defect("negative stock", "parsed.listings", changed(FIRST, quantity_left=-5), "counts_negative", "error"),
    Defect("all titles missing", "parsed.listings", changed(title=None), "has_title", "error"),
    Defect("euro signs decoded as three characters", "parsed.listings", changed(price_text=pl.lit("12.00 €".encode().decode("cp1252"))), "mojibake", "warning"),
    Defect("characters that could not be decoded", "parsed.listings", changed(share(0.1), title="Caf\ufffd"), "mojibake", "warning"),
    Defect("offer without a number", "parsed.listings", changed(OFFERS & share(0.9), listing_id=None), "has_id", "error"),
    Defect("offer under two vendors", "parsed.listings", changed(OFFERS & share(0.9), vendor_name="other"), "one_offer_two_vendors", "warning"),
    Defect("the same offer under many numbers", "parsed.listings", changed(title="same", vendor_name="same", price_amount=1), "near_duplicates", "warning"),
    Defect("row of an unknown page", "parsed.listings", changed(FIRST, capture_id="ffffffffffffffff"), "known_page", "error"),
    Defect("three of four announced offers missing", "parsed.listings", changed(value=pl.col("value") * 4), "announced_least", "error", of="parsed.market_counters"),
    Defect("a third of the announced offers missing", "parsed.listings", changed(value=(pl.col("value") * 3) // 2), "announced", "warning", of="parsed.market_counters"),
    Defect("feedback from the future", "parsed.feedback", changed(FIRST, dated_lo=pl.col("captured_at") + LATER, dated_at=pl.col("captured_at") + LATER, dated_hi=pl.col("captured_at") + LATER), "future", "error"),
    Defect("dates no longer read", "parsed.feedback", changed(share(0.3), dated_lo=None), "undated", "error"),
    Defect("buyers' masks no longer found", "parsed.feedback", changed(buyer_masked=None), "nulls_rise", "warning"),
    Defect("interval upside down", "parsed.feedback", changed(FIRST, dated_hi=pl.col("dated_lo") - timedelta(days=2)), "interval", "error"),
    Defect("rating out of range", "parsed.feedback", changed(FIRST, rating=50.0), "amounts", "error"),
    Defect("feedback list read twice", "parsed.feedback", lambda f: pl.concat([f, f.with_columns(row=pl.col("row") + 1000)]), "page_twice", "warning"),
    Defect("ratings lists cut short", "parsed.feedback", lambda f: f.filter(pl.col("list_offset") + pl.col("position") <= 5), "lists_cut", "warning"),
    Defect("feedback dated before the market opened", "parsed.feedback", changed(share(0.05), dated_lo=OPENED, dated_at=OPENED, dated_hi=OPENED), "before_joining", "warning"),
    Defect("counter upside down", "parsed.vendors", changed(FIRST, sales=9, sales_hi=3), "counters", "error"),
    Defect("vendor joined after the capture", "parsed.vendors", changed(FIRST, member_since=pl.col("captured_at").dt.date() + timedelta(days=9)), "joined_later", "error"),
    Defect("vendors' counters no longer found", "parsed.vendors", changed(sales=None), "nulls_rise", "warning"),
    Defect("a vendor's id used by another", "parsed.vendors", changed(share(0.5), vendor_id="1"), "one_id_each", "warning"),
    Defect("negative counter", "parsed.market_counters", changed(FIRST, value=-4), "negative", "error"),
    Defect("counters of another scale", "parsed.market_counters", changed(value=pl.col("value") * 1000), "jump", "warning"),
]  # fmt: skip
CLEAN = [
    Defect("offers lost in cleaning", "clean.listings", lambda f: f.head(f.height // 2), "kept", "error"),
    Defect("an offer dropped without a reason", "clean.listings", lambda f: f.tail(-1), "accounted", "error"),
    Defect("orphan vendor", "clean.listings", changed(FIRST, vendor_key="nobody"), "known_vendor", "error"),
    Defect("shifted decimals", "clean.listings", changed(price_eur=pl.col("price_eur") * 100), "conversion", "error"),
    Defect("wrong currency", "clean.listings", changed(eur_rate=pl.col("eur_rate") * 1.3), "conversion", "error"),
    Defect("rate of another currency, price made to fit", "clean.listings", changed(pl.col("price_basis") == "page_fiat", eur_rate=pl.col("eur_rate") * 1.3, price_eur=pl.col("price_eur") / 1.3), "official_rate", "error"),
    Defect("rate that is not a number", "clean.listings", changed(FIRST, eur_rate=float("nan")), "bounds", "error"),
    Defect("two currencies swapped on half of the offers", "clean.listings", changed(pl.col("price_currency").is_in(["USD", "GBP"]), price_currency=pl.when(pl.col("price_currency") == "USD").then(pl.lit("GBP")).otherwise(pl.lit("USD"))), "official_rate", "error"),
    Defect("stale exchange rate", "clean.listings", changed(rate_date=pl.col("rate_date") - timedelta(days=60)), "stale_rate", "error"),
    Defect("unmapped categories", "clean.listings", changed(share(0.4), drug_class=None, is_drug=False), "classified", "warning"),
    Defect("captures contradict each other's dates", "clean.decisions", changed(FIRST, rule="clocks_disagree"), "clocks_agree", "warning"),
    Defect("category path missing from the map", "clean.decisions", changed(FIRST, rule="unmapped_category"), "categories_mapped", "warning"),
    Defect("quantities no longer read", "clean.listings", changed(quantity=None), "nulls_rise", "warning"),
    Defect("holding price", "clean.listings", changed(FIRST, price_eur=99_999, eur_rate=None, is_drug=True, is_holding_price=False), "largest_price", "warning"),
    Defect("unit prices off by a thousand", "clean.listings", changed(unit_price_eur=pl.col("unit_price_eur") * 1000), "gram_price", "warning"),
    Defect("price of a piece taken for that of a thousand", "clean.listings", changed(pl.col("quantity_unit") == "unit", unit_price_eur=pl.col("unit_price_eur") / 1000), "piece_price", "warning"),
    Defect("prices three times those of earlier months", "clean.listings", changed(price_eur=pl.col("price_eur") * 3, eur_rate=pl.col("eur_rate") / 3), "price_jump", "warning"),
    Defect("drug offers three times those of earlier months", "clean.listings", lambda f: copied(f, "listing_key", 3), "offers_jump", "warning"),
    Defect("not a drug counted as one", "clean.listings", changed(FIRST, drug_class="not_a_drug", is_drug=True), "class_flag", "error"),
    Defect("origin set and number disagree", "clean.listings", changed(FIRST, n_origins=7), "origins", "error"),
    Defect("unknown class", "clean.listings", changed(FIRST, drug_class="herbal_tea"), "enum_drug_class", "error"),
    Defect("NaN in a measure", "clean.listings", changed(FIRST, quantity=float("nan")), "bounds", "error"),
    Defect("required value missing", "clean.listings", changed(FIRST, vendor_key=None), "required", "error"),
    Defect("offer seen in another month", "clean.listings", changed(FIRST, last_seen=pl.col("last_seen") + LATER), "seen", "error"),
    Defect("vendor counts do not add up", "clean.vendors", changed(FIRST, n_listings=99), "offers_recount", "error"),
    Defect("active vendor without a drug offer", "clean.vendors", changed(FIRST, is_active=~pl.col("is_active")), "active", "error"),
    Defect("active vendors three times those of earlier months", "clean.vendors", lambda f: copied(f, "vendor_key", 3), "vendors_jump", "warning"),
    Defect("sale of the next month (month boundary)", "clean.transactions", changed(FIRST, dated_at=pl.col("dated_at") + LATER, dated_hi=pl.col("dated_hi") + LATER), "in_month", "error"),
    Defect("doubled feedback", "clean.transactions", lambda f: copied(f, "transaction_key", 2), "doubled", "warning"),
    Defect("four times the sales of earlier months", "clean.transactions", lambda f: copied(f, "transaction_key", 4), "sales_jump", "warning"),
    Defect("sales in dollars taken for euros", "clean.transactions", changed(price_eur=pl.col("price_amount")), "official_rate", "error"),
    Defect("rounded price used as exact", "clean.transactions", changed(FIRST, price_source="rounded"), "exact_only", "error"),
    Defect("sale of an unknown offer", "clean.transactions", changed(FIRST, listing_key="nothing"), "known_offer", "error"),
    Defect("sales of vendors nobody saw", "clean.transactions", changed(vendor_key="nobody"), "known_vendor", "warning"),
    Defect("overlap of lists lost", "clean.transactions", changed(share(0.2), gap=True), "gaps", "warning"),
    Defect("columns swapped", "clean.transactions", lambda f: f.rename({"dated_lo": "dated_hi", "dated_hi": "dated_lo"}), "interval", "error"),
    Defect("a column left out", "clean.transactions", lambda f: f.drop("gap"), "columns", "error"),
    Defect("a number read as text", "clean.transactions", lambda f: f.with_columns(pl.col("rating").cast(pl.String)), "types", "error"),
    Defect("decision of no kind", "clean.decisions", changed(FIRST, action="lost"), "action", "error"),
    Defect("decision without a rule", "clean.decisions", changed(FIRST, rule=" "), "reason", "error"),
    Defect("decision about an offer that is not there", "clean.decisions", changed(FIRST, table_name="listings", subject_key="nothing"), "subject", "error"),
    Defect("a third of the rows dropped", "clean.decisions", changed(FIRST, table_name="listings", action="dropped", n_rows=30), "dropped", "warning"),
]  # fmt: skip
INDICATORS = [
    Defect("indicator not of these sales", "indicators.activity", changed(WORLD & (pl.col("indicator") == "LV03"), value=pl.col("value") + 1, upper=pl.col("upper") + 1), "sales", "error"),
    Defect("revenue off by a cent", "indicators.activity", changed(WORLD & (pl.col("indicator") == "LV04"), value=pl.col("value") + 0.01, upper=pl.col("upper") + 1), "revenue", "error"),
    Defect("offers of several origins counted wholly", "indicators.activity", changed((pl.col("indicator") == "LV01") & (pl.col("country") == "BE"), value=pl.col("value") * 2, upper=pl.col("upper") * 2), "offers_by_country", "error"),
    Defect("negative count", "indicators.activity", changed(FIRST, value=-1.0, lower=-2.0), "negative", "error"),
    Defect("a month missing before this one", "indicators.activity", lambda f: f.with_columns(pl.col("month").dt.offset_by("-1mo")), "no_gap", "warning", of="history.activity"),
    Defect("four times the sales of earlier months", "indicators.activity", changed(value=pl.col("value") / 4), "jump", "warning", of="history.activity"),
    Defect("indicators of the month before under this month's label", "indicators.activity", EARLIER, "repeated", "warning", of="history.activity", source="indicators.activity"),
    Defect("value outside its interval", "indicators.shares", changed(FIRST, upper=pl.col("value") / 2 - 0.001, lower=0.0), "interval", "error"),
    Defect("shares do not add up", "indicators.shares", changed(FIRST, value=pl.col("value") + 0.2, upper=1.0), "sum_to_one", "error"),
    Defect("shares of another month's levels", "indicators.shares", changed(pl.col("country").is_in(["BE", "NL"]), value=pl.lit(0.001)), "of_levels", "error"),
    Defect("a country's share jumps", "indicators.shares", changed(pl.col("country") == "BE", value=pl.col("value") - 0.2), "jump", "warning", of="history.shares"),
    Defect("missing called zero", "indicators.shares", changed(FIRST, obs_status="M"), "missing", "error"),
    Defect("coverage not carried", "indicators.shares", changed(FIRST, coverage=None), "covered", "error"),
    Defect("coverage of a failed crawl", "indicators.coverage", changed(pl.col("indicator") == "COV01", value=0.3, lower=None, upper=None), "least", "error"),
    Defect("coverage not that of the captures", "indicators.coverage", changed(pl.col("indicator") == "COV01", value=0.93, lower=None, upper=None), "fetched", "error"),
    Defect("coverage falls", "indicators.coverage", changed(pl.col("indicator") == "COV01", value=0.8, lower=None, upper=None), "fall", "warning"),
    Defect("mix over classes does not add up", "indicators.drug_mix", changed(FIRST, value=pl.col("value") + 0.2, upper=1.0), "sum_to_one", "error"),
    Defect("percent taken for a proportion", "indicators.concentration", changed(pl.col("unit") == "ratio", value=pl.col("value") * 100, upper=pl.col("upper") * 100), "proportion", "error"),
    Defect("a value of one vendor published", "indicators.activity_public", changed(FEW, value=1.0, obs_status="A", conf_status="F"), "few_vendors", "error"),
    Defect("a confidential value shown", "indicators.activity_public", changed(FEW, value=1.0), "hidden", "error"),
    Defect("published value not the computed one", "indicators.activity_public", changed(value=pl.col("value") + 1), "same_value", "error"),
    Defect("numbers of vendors published by country", "indicators.activity_public", changed(pl.col("country") == "BE", n_vendors=3), "world_only", "error"),
]  # fmt: skip
DEFECTS = [*RAW, *PARSED, *CLEAN, *INDICATORS]
