"""Known defects of the field, planted one by one: the rule that must fire fires, at its severity; the clean month is silent.

docs/quality.md holds this table for readers; `test_the_documented_table_is_this_one` keeps them equal.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.indicators.month import IndicatorOptions, indicators_month
from cryptodrug_assets.observation import CONTRACTS_DIR, month_start
from cryptodrug_assets.quality.context import cell, ecb_rates, expected_volumes
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets_tests.cleaning.site import parsed_month

CELL = ("empire", "2019-06")
Frames = dict[str, pl.DataFrame]
Defect = Callable[[pl.DataFrame], pl.DataFrame]


def _set(where: pl.Expr | None = None, **values: object) -> Defect:
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


def _share(part: float) -> pl.Expr:
    """The first part of the rows."""
    return pl.int_range(pl.len()) < pl.len() * part


_FIRST = pl.int_range(pl.len()) == 0
_OFFERS = pl.col("page_kind") == "listing"
_WORLD = (pl.col("country") == "W") & (pl.col("drug_class") == "all")

# What is wrong, in which table, how it is planted, the rule that must fire, and its severity.
DEFECTS: list[tuple[str, str, Defect, str, str]] = [
    ("most pages missing", "raw.captures", lambda f: f.head(5), "pages_least", "error"),
    ("a third of the pages given up", "raw.captures", _set(_share(0.33), outcome="given_up"), "fetched", "warning"),
    ("two thirds of the pages given up", "raw.captures", _set(_share(0.66), outcome="given_up"), "fetched_least", "error"),
    ("login pages served as content", "raw.captures", _set(_share(0.05), page_kind="login"), "walls", "error"),
    ("server errors kept as pages", "raw.captures", _set(_share(0.1), status=503), "server_errors", "warning"),
    ("capture of another month", "raw.captures", _set(_FIRST, captured_at=pl.col("captured_at") + timedelta(days=3)), "in_month", "error"),
    ("page without a record", "raw.captures", _set(_FIRST, warc_file=None), "has_record", "error"),
    ("two pages of one record", "raw.captures", _set(_share(0.1), warc_offset=0), "one_record_each", "error"),
    ("synthetic mixed with real", "raw.captures", _set(_FIRST, synthetic=False), "one_world", "error"),
    ("the same page under many addresses", "raw.captures", _set(payload_digest="sha256:same"), "same_body", "warning"),
    ("capture fetched twice", "raw.captures", lambda f: pl.concat([f, f.head(1)]), "pk_unique", "error"),
    ("pages lost between capture and parser", "parsed.pages", lambda f: f.tail(-3), "every_capture", "error"),
    ("a page that was never captured", "parsed.pages", _set(_FIRST, capture_id="ffffffffffffffff"), "only_captures", "error"),
    ("foreign pages among ours", "parsed.pages", _set(_share(0.2), page_kind="foreign"), "recognised_least", "error"),
    ("a layout the parser half knows", "parsed.pages", _set(_OFFERS & _share(0.5), n_listings=0), "offers_read_least", "error"),
    ("a new row in the product table", "parsed.pages", _set(_share(0.1), unread_labels='["Stealth"]'), "unread_labels", "warning"),
    ("the site's clock is wrong", "parsed.pages", _set(_FIRST, page_clock=pl.col("captured_at") - timedelta(days=9)), "clock", "error"),
    ("prices no longer found", "parsed.listings", _set(_OFFERS, price_amount=None), "priced_least", "error"),
    ("origins no longer found", "parsed.listings", _set(_OFFERS, ships_from=None), "origins", "warning"),
    ("negative price", "parsed.listings", _set(_FIRST, price_amount=-1), "price_negative", "error"),
    ("price of zero", "parsed.listings", _set(_FIRST, price_amount=0), "price_zero", "warning"),
    ("offer without a number", "parsed.listings", _set(_OFFERS & _share(0.9), listing_id=None), "has_id", "error"),
    ("offer under two vendors", "parsed.listings", _set(_OFFERS & _share(0.9), vendor_name="other"), "one_offer_two_vendors", "warning"),
    ("row of an unknown page", "parsed.listings", _set(_FIRST, capture_id="ffffffffffffffff"), "known_page", "error"),
    ("feedback from the future", "parsed.feedback", _set(_FIRST, dated_lo=pl.col("captured_at") + timedelta(days=40), dated_at=pl.col("captured_at") + timedelta(days=40), dated_hi=pl.col("captured_at") + timedelta(days=40)), "future", "error"),
    ("dates no longer read", "parsed.feedback", _set(_share(0.3), dated_lo=None), "undated", "error"),
    ("interval upside down", "parsed.feedback", _set(_FIRST, dated_hi=pl.col("dated_lo") - timedelta(days=2)), "interval", "error"),
    ("rating out of range", "parsed.feedback", _set(_FIRST, rating=50.0), "amounts", "error"),
    ("counter upside down", "parsed.vendors", _set(_FIRST, sales=9, sales_hi=3), "counters", "error"),
    ("negative counter", "parsed.market_counters", _set(_FIRST, value=-4), "negative", "error"),
    ("offers lost in cleaning", "clean.listings", lambda f: f.head(f.height // 2), "kept", "error"),
    ("orphan vendor", "clean.listings", _set(_FIRST, vendor_key="nobody"), "known_vendor", "error"),
    ("shifted decimals", "clean.listings", _set(price_eur=pl.col("price_eur") * 100), "conversion", "error"),
    ("wrong currency", "clean.listings", _set(eur_rate=pl.col("eur_rate") * 1.3), "conversion", "error"),
    ("stale exchange rate", "clean.listings", _set(rate_date=pl.col("rate_date") - timedelta(days=60)), "stale_rate", "error"),
    ("unmapped categories", "clean.listings", _set(_share(0.4), drug_class=None, is_drug=False), "classified", "warning"),
    ("category path missing from the map", "clean.decisions", _set(_FIRST, rule="unmapped_category"), "categories_mapped", "warning"),
    ("holding price", "clean.listings", _set(_FIRST, price_eur=99_999, eur_rate=None, is_drug=True, is_holding_price=False), "largest_price", "warning"),
    ("unit prices off by a thousand", "clean.listings", _set(unit_price_eur=pl.col("unit_price_eur") * 1000), "gram_price", "warning"),
    ("not a drug counted as one", "clean.listings", _set(_FIRST, drug_class="not_a_drug", is_drug=True), "class_flag", "error"),
    ("origin set and number disagree", "clean.listings", _set(_FIRST, n_origins=7), "origins", "error"),
    ("NaN in a measure", "clean.listings", _set(_FIRST, quantity=float("nan")), "bounds", "error"),
    ("vendor counts do not add up", "clean.vendors", _set(_FIRST, n_listings=99), "offers_recount", "error"),
    ("sale of the next month", "clean.transactions", _set(_FIRST, dated_at=pl.col("dated_at") + timedelta(days=40), dated_hi=pl.col("dated_hi") + timedelta(days=41)), "in_month", "error"),
    ("doubled feedback", "clean.transactions", lambda f: pl.concat([f, f.with_columns(transaction_key=pl.col("transaction_key") + "x")]), "doubled", "warning"),
    ("rounded price used as exact", "clean.transactions", _set(_FIRST, price_source="rounded"), "exact_only", "error"),
    ("sale of an unknown offer", "clean.transactions", _set(_FIRST, listing_key="nothing"), "known_offer", "error"),
    ("overlap of lists lost", "clean.transactions", _set(_share(0.2), gap=True), "gaps", "warning"),
    ("columns swapped", "clean.transactions", lambda f: f.rename({"dated_lo": "dated_hi", "dated_hi": "dated_lo"}), "interval", "error"),
    ("indicator not of these sales", "indicators.activity", _set(_WORLD & (pl.col("indicator") == "LV03"), value=pl.col("value") + 1, upper=pl.col("upper") + 1), "sales", "error"),
    ("revenue off by a cent", "indicators.activity", _set(_WORLD & (pl.col("indicator") == "LV04"), value=pl.col("value") + 0.01, upper=pl.col("upper") + 1), "revenue", "error"),
    ("negative count", "indicators.activity", _set(_FIRST, value=-1.0, lower=-2.0), "negative", "error"),
    ("value outside its interval", "indicators.shares", _set(_FIRST, upper=pl.col("value") / 2 - 0.001, lower=0.0), "interval", "error"),
    ("shares do not add up", "indicators.shares", _set(_FIRST, value=pl.col("value") + 0.2, upper=1.0), "sum_to_one", "error"),
    ("missing called zero", "indicators.shares", _set(_FIRST, obs_status="M"), "missing", "error"),
    ("coverage not carried", "indicators.shares", _set(_FIRST, coverage=None), "covered", "error"),
    ("coverage of a failed crawl", "indicators.coverage", _set(pl.col("indicator") == "COV01", value=0.3, lower=None, upper=None), "least", "error"),
]  # fmt: skip


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """All tables of a clean synthetic month, and what rules may ask besides."""
    parsed = parsed_month("tiny", 11, *CELL)
    market, name = CELL
    keys = Pseudonyms.load(tmp_path_factory.mktemp("home") / "keys")
    clean = clean_month(parsed, None, market=market, month=name, pseudonyms=keys, options=CleaningOptions())
    captures = _captures(parsed["pages"])
    indicators = indicators_month(
        clean, captures, parsed["pages"], parsed["market_counters"], market=market, month=name,
        options=IndicatorOptions(bootstrap=50),
    )  # fmt: skip
    frames = {"raw.captures": captures}
    for layer, tables in (("parsed", parsed), ("clean", clean), ("indicators", indicators)):
        frames |= {f"{layer}.{table}": frame for table, frame in tables.items()}
    return frames


def _captures(pages: pl.DataFrame) -> pl.DataFrame:
    """An index as a capture of these pages would have left it."""
    contract = contracts.load("raw", "captures")
    number = pl.int_range(pl.len())
    made = pages.select(
        "market", "month", "capture_id", "sweep_id", "page_kind", "captured_at", "status", "context_category",
        "context_page", source=pl.lit("replica"), synthetic=pl.lit(True), outcome=pl.lit("done"), mode=pl.lit("nav"),
        method=pl.lit("GET"), url=pl.format("http://site/{}", number), depth=pl.lit(1), attempts=pl.lit(1),
        fetched_at=pl.col("captured_at"), warc_file=pl.lit("00001.warc.gz"), warc_offset=number * 1000,
        warc_length=pl.lit(900), payload_digest=pl.format("sha256:{}", number), payload_bytes=pl.lit(5000),
    )  # fmt: skip
    missing = [
        pl.lit(None, dtype).alias(name) for name, dtype in contract.polars_schema.items() if name not in made.columns
    ]
    return contracts.conform(made.with_columns(missing), contract)


def _others(frames: Frames) -> Frames:
    empty_history = {
        "history.captures": frames["raw.captures"].select("month", "outcome").clear(),
        "history.activity": frames["indicators.activity"]
        .select("month", "indicator", "country", "drug_class", "value")
        .with_columns(month=pl.lit(month_start("2019-05"))),
    }
    context = {
        "expected.cell": cell(*CELL),
        "expected.volumes": expected_volumes(CELL[0]),
        "reference.ecb_rates": ecb_rates(),
    }
    return frames | empty_history | context


def _failed(frames: Frames, table: str, engine: str) -> Iterator[tuple[str, str]]:
    for verdict in judge({table: frames[table]}, _others(frames), engine)[table]:
        yield from ((result.rule.id, result.severity) for result in verdict.failed)


@pytest.mark.parametrize("engine", ["duckdb", "gx"])
def test_a_clean_month_is_silent(month: Frames, engine: str) -> None:
    verdicts = judge(month, _others(month), engine)
    failed = [(v.table, r.rule.id, r.error) for items in verdicts.values() for v in items for r in v.failed]
    assert failed == []


@pytest.mark.parametrize(("what", "table", "plant", "rule", "severity"), DEFECTS, ids=[row[0] for row in DEFECTS])
def test_a_planted_defect_is_caught(
    month: Frames, what: str, table: str, plant: Defect, rule: str, severity: str
) -> None:
    damaged = month | {table: plant(month[table])}
    assert (rule, severity) in set(_failed(damaged, table, "duckdb")), what


def test_both_engines_agree_on_every_defect(month: Frames) -> None:
    """One frame per table with all its warnings and one error planted, judged by both engines."""
    for _, table, plant, _, _ in DEFECTS[:: len(DEFECTS) // 12]:
        damaged = month | {table: plant(month[table])}
        assert set(_failed(damaged, table, "gx")) == set(_failed(damaged, table, "duckdb")), table


def test_there_are_at_least_forty_kinds_and_the_docs_hold_them_all() -> None:
    assert len(DEFECTS) >= 40
    page = (CONTRACTS_DIR.parent / "docs" / "quality.md").read_text("utf-8")
    for what, table, _, rule, severity in DEFECTS:
        assert f"| {what} | `{table}` | `{rule}` | {severity} |" in page


def test_the_documentation_is_where_it_says() -> None:
    assert Path(CONTRACTS_DIR.parent / "docs" / "data-dictionary.md").is_file()
