"""The capture index that goes with tables made without a crawl (tables.py): what raw.captures would have held.

For homes of a world that was not captured (`world_month`), and for whoever judges such months by the rules of all
layers: the tests and the benchmarks (`capture_index`).
"""

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.archive.sample import SAMPLE_RECORDS
from cryptodrug_assets.replica.tables import parsed_month
from cryptodrug_assets.synthetic import WORLD

_RECORD_BYTES = 1000
_FILE = "00001.warc.gz"


def crawled_pages(pages: pl.DataFrame, counters: pl.DataFrame) -> pl.DataFrame:
    """parsed.pages as a crawl leaves it: every page of a vendor shows the vendor, the counters stand on a home page."""
    shown = pl.when(pl.col("page_kind") == "vendor").then(1).otherwise("n_vendors").cast(pl.Int64)
    homes = counters.select("capture_id").unique()
    home = pages.head(homes.height).with_columns(
        capture_id=homes["capture_id"], page_kind=pl.lit("home"), n_listings=pl.lit(0, pl.Int64)
    )
    return pl.concat([pages.with_columns(n_vendors=shown), home])


def world_month(profile: str, seed: int, market: str, month: str) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Parsed tables of a synthetic market-month, and the index of captures that says that no page was captured.

    The index has a row for each page that a crawl would have fetched (source `world`), without record, digest and way
    of capture: there is no page and no archive. UserError when the market was not observed in the month.
    """
    tables = dict(parsed_month(profile, seed, market, month))
    tables["pages"] = crawled_pages(tables["pages"], tables["market_counters"])
    index = tables["pages"].select(
        "market", "month", "capture_id", "sweep_id", "page_kind", "captured_at", "status", "context_category",
        "context_page", outcome=pl.lit("done"), source=pl.lit(WORLD), synthetic=pl.lit(True), method=pl.lit("none"),
        url=pl.format("world:{}", "capture_id"), depth=pl.lit(0), attempts=pl.lit(0),
    )  # fmt: skip
    return tables, _raw_captures(index)


def capture_index(pages: pl.DataFrame, known: pl.DataFrame | None = None) -> pl.DataFrame:
    """raw.captures of a crawl that fetched `pages`, one record after the other, and gave up on the rest of `known`."""
    every = pages.with_columns(outcome=pl.lit("done"))
    if known is not None:
        given_up = known.join(pages, on="capture_id", how="anti").with_columns(outcome=pl.lit("given_up"))
        every = pl.concat([every, given_up])
    number = pl.int_range(pl.len())
    made = every.select(
        "market", "month", "capture_id", "sweep_id", "page_kind", "captured_at", "status", "context_category",
        "context_page", "outcome", source=pl.lit("replica"), synthetic=pl.lit(True), mode=pl.lit("nav"),
        method=pl.lit("GET"), url=pl.format("http://site/{}", number), depth=pl.lit(1), attempts=pl.lit(1),
        fetched_at=pl.col("captured_at"), warc_file=pl.lit(_FILE), warc_offset=number * _RECORD_BYTES,
        warc_length=pl.lit(_RECORD_BYTES - 100), payload_digest=pl.format("sha256:{}", "capture_id"),
        payload_bytes=pl.lit(5000),
    )  # fmt: skip
    return _raw_captures(made)


def _raw_captures(index: pl.DataFrame) -> pl.DataFrame:
    """An index as raw.captures has it; what it does not state is null."""
    contract = contracts.load("raw", "captures")
    absent = [(name, dtype) for name, dtype in contract.polars_schema.items() if name not in index.columns]
    return contracts.conform(index.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in absent), contract)


def whole_archive(captures: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What the rules of raw.captures ask of the archive itself (capture/archive/sample.py), all of it in order."""
    size = captures.height * _RECORD_BYTES
    files = {"warc_file": [_FILE], "bytes": [size], "committed": [size], "indexed": [True]}
    records = captures.select("capture_id", problem=pl.lit(None, pl.String)).head(SAMPLE_RECORDS)
    return {"archive.files": pl.DataFrame(files), "archive.records": records}
