"""The dirty world through the checks: which kind of dirt fires which rules; the clean world is silent. All markets.

The tables are those of a flawless reading of the demo world, as parsed and cleaned; no page is rendered.
"""

from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.contracts import all_contracts
from cryptodrug_assets.quality.context import cell, ecb_rates, empty_context
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.replica.dirt import Dirt, dirty_month
from cryptodrug_assets.replica.tables import parsed_month

SEED = 7
CELLS = [("dream", "2019-01"), ("wall_street", "2019-02"), ("empire", "2019-08")]
Frames = dict[str, pl.DataFrame]
Fired = set[tuple[str, str, str]]
NOTHING = {"missed": 0.0, "twice": 0.0, "held": 0.0}

# Kind of dirt → what fires in every market. Missed pages are what the capture's own table tells of.
DIRT: list[tuple[str, Dirt, Fired]] = [
    ("a sixth of the pages missed", Dirt(**NOTHING | {"missed": 0.17}), {("raw.captures", "fetched", "warning")}),
    (
        "two thirds of the pages missed",
        Dirt(**NOTHING | {"missed": 0.67}),
        {
            ("raw.captures", "fetched_least", "error"),
            ("raw.captures", "fetched", "warning"),
            ("parsed.listings", "announced_least", "error"),
        },
    ),
    ("a fifth of the prices held", Dirt(**NOTHING | {"held": 0.2}), set()),
    (
        "a tenth of the pages fetched twice",
        Dirt(**NOTHING | {"twice": 0.1}),
        {("parsed.feedback", "page_twice", "warning")},
    ),
]


# Held prices: what the cleaning flags is counted (held); a price no rule flags is found by its size (largest_price).
HELD = {
    "dream": {("clean.listings", "held", "warning"), ("clean.listings", "largest_price", "warning")},
    "wall_street": {("clean.listings", "held", "warning")},
    "empire": {("clean.listings", "largest_price", "warning")},
}


@lru_cache(maxsize=16)
def _keys(folder: Path) -> Pseudonyms:
    return Pseudonyms.load(folder)


def _judged(parsed: Frames, whole: pl.DataFrame, market: str, month: str, keys: Path) -> Fired:
    """(table, rule, severity) of what fires in raw, parsed and clean; `whole` are the pages that there were."""
    parsed, whole = parsed | {"pages": _shown(parsed["pages"], parsed)}, _shown(whole, parsed)
    clean = clean_month(parsed, None, market=market, month=month, pseudonyms=_keys(keys), options=CleaningOptions())
    frames = {f"parsed.{name}": frame for name, frame in parsed.items()}
    frames |= {f"clean.{name}": frame for name, frame in clean.items()}
    frames["raw.captures"] = _captures(parsed["pages"], whole)
    size = frames["raw.captures"].height * 1000
    files = {"warc_file": ["00001.warc.gz"], "bytes": [size], "committed": [size], "indexed": [True]}
    fired: Fired = set()
    for layer in ("raw", "parsed", "clean"):
        members = [c for c in all_contracts() if c.layer == layer and c.name in frames]
        asked = empty_context(members) | {"expected.cell": cell(market, month), "reference.ecb_rates": ecb_rates()}
        asked["archive.files"] = pl.DataFrame(files)
        judged = {contract.name: frames[contract.name] for contract in members}
        for table, verdicts in judge(judged, asked | frames, "duckdb").items():
            fired |= {(table, r.rule.id, r.severity) for verdict in verdicts for r in verdict.failed}
    return fired


def _shown(pages: pl.DataFrame, parsed: Frames) -> pl.DataFrame:
    """The pages as a crawl has them: every page of a vendor shows the vendor, and the counters stand on a home page."""
    vendors = pl.when(pl.col("page_kind") == "vendor").then(1).otherwise("n_vendors").cast(pl.Int64)
    counters = parsed["market_counters"].select("capture_id").unique()
    home = pages.head(counters.height).with_columns(
        capture_id=counters["capture_id"], page_kind=pl.lit("home"), n_listings=pl.lit(0, pl.Int64)
    )
    return pl.concat([pages.with_columns(n_vendors=vendors), home])


def _captures(pages: pl.DataFrame, whole: pl.DataFrame) -> pl.DataFrame:
    """The index of a capture that fetched `pages` and gave up on the rest of `whole`."""
    from cryptodrug_assets import contracts

    contract = contracts.load("raw", "captures")
    given_up = whole.join(pages, on="capture_id", how="anti")
    both = pl.concat([pages.with_columns(outcome=pl.lit("done")), given_up.with_columns(outcome=pl.lit("given_up"))])
    number = pl.int_range(pl.len())
    made = both.select(
        "market", "month", "capture_id", "sweep_id", "page_kind", "captured_at", "status", "outcome",
        source=pl.lit("replica"), synthetic=pl.lit(True), mode=pl.lit("nav"), method=pl.lit("GET"),
        url=pl.format("http://site/{}", number), depth=pl.lit(1), attempts=pl.lit(1), fetched_at=pl.col("captured_at"),
        warc_file=pl.lit("00001.warc.gz"), warc_offset=number * 1000, warc_length=pl.lit(900),
        payload_digest=pl.format("sha256:{}", number), payload_bytes=pl.lit(5000),
    )  # fmt: skip
    missing = [
        pl.lit(None, dtype).alias(name) for name, dtype in contract.polars_schema.items() if name not in made.columns
    ]
    return contracts.conform(made.with_columns(missing), contract)


@pytest.mark.parametrize(("market", "month"), CELLS)
def test_the_clean_world_raises_nothing(market: str, month: str, tmp_path: Path) -> None:
    parsed = parsed_month("demo", SEED, market, month)
    assert _judged(parsed, parsed["pages"], market, month, tmp_path / "keys") == set()


@pytest.mark.parametrize(("what", "dirt", "expected"), DIRT, ids=[row[0] for row in DIRT])
@pytest.mark.parametrize(("market", "month"), CELLS)
def test_dirt_is_noticed(market: str, month: str, what: str, dirt: Dirt, expected: Fired, tmp_path: Path) -> None:
    parsed, log = dirty_month("demo", SEED, market, month, dirt)
    assert log.height > 0
    whole = parsed_month("demo", SEED, market, month)["pages"]
    fired = _judged(parsed, whole, market, month, tmp_path / "keys")
    assert (expected or HELD[market]) <= fired, what
    assert {table for table, _, severity in fired if severity == "error"} <= {
        table for table, _, severity in expected if severity == "error"
    }
