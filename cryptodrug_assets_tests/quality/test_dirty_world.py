"""The dirty world through the checks: which kind of dirt fires which rules; the clean world is silent. All markets.

The tables are those of a flawless reading of the demo world, as parsed and cleaned; no page is rendered.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.checks.context import cell, ecb_rates, empty_context
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.contracts import all_contracts
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.replica.captures import capture_index, crawled_pages, whole_archive
from cryptodrug_assets.replica.dirt import Dirt, dirty_month
from cryptodrug_assets.replica.tables import parsed_month

SEED = 7
CELLS = [("dream", "2019-01"), ("wall_street", "2019-02"), ("empire", "2019-08")]
Frames = dict[str, pl.DataFrame]
Fired = set[tuple[str, str, str]]
NOTHING = Dirt(missed=0.0, twice=0.0, held=0.0)

# Kind of dirt → what fires in every market. Missed pages are what the capture's own table tells of.
DIRT: list[tuple[str, Dirt, Fired]] = [
    ("a sixth of the pages missed", replace(NOTHING, missed=0.17), {("raw.captures", "fetched", "warning")}),
    (
        "two thirds of the pages missed",
        replace(NOTHING, missed=0.67),
        {
            ("raw.captures", "fetched_least", "error"),
            ("raw.captures", "fetched", "warning"),
            ("parsed.listings", "announced_least", "error"),
        },
    ),
    ("a fifth of the prices held", replace(NOTHING, held=0.2), set()),
    (
        "a tenth of the pages fetched twice",
        replace(NOTHING, twice=0.1),
        {("parsed.feedback", "page_twice", "warning")},
    ),
    (
        "ratings lists cut at ten",
        replace(NOTHING, most_feedback=10),
        {("parsed.feedback", "lists_cut", "warning")},
    ),
]


# Held prices: what the cleaning flags is counted (held); a price no rule flags is found by its size (largest_price).
HELD = {
    "dream": {("clean.listings", "held", "warning"), ("clean.listings", "largest_price", "warning")},
    "wall_street": {("clean.listings", "held", "warning")},
    "empire": {("clean.listings", "held", "warning")},
}


@lru_cache(maxsize=16)
def _keys(folder: Path) -> Pseudonyms:
    return Pseudonyms.load(folder)


def _judged(parsed: Frames, whole: pl.DataFrame, market: str, month: str, keys: Path) -> Fired:
    """(table, rule, severity) of what fires in raw, parsed and clean; `whole` are the pages that there were."""
    counters = parsed["market_counters"]
    parsed, whole = parsed | {"pages": crawled_pages(parsed["pages"], counters)}, crawled_pages(whole, counters)
    clean = clean_month(parsed, None, market=market, month=month, pseudonyms=_keys(keys), options=CleaningOptions())
    frames = {f"parsed.{name}": frame for name, frame in parsed.items()}
    frames |= {f"clean.{name}": frame for name, frame in clean.items()}
    frames["raw.captures"] = capture_index(parsed["pages"], whole)
    fired: Fired = set()
    for layer in ("raw", "parsed", "clean"):
        members = [c for c in all_contracts() if c.layer == layer and c.name in frames]
        asked = empty_context(members) | {"expected.cell": cell(market, month), "reference.ecb_rates": ecb_rates()}
        asked |= whole_archive(frames["raw.captures"])
        judged = {contract.name: frames[contract.name] for contract in members}
        for table, verdicts in judge(judged, asked | frames, "duckdb").items():
            fired |= {(table, r.rule.id, r.severity) for verdict in verdicts for r in verdict.failed}
    return fired


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


@pytest.mark.parametrize(("market", "month"), CELLS)
def test_a_category_tree_renamed_within_the_month_is_noticed(market: str, month: str, tmp_path: Path) -> None:
    """Half of the offers stand under a path that the map does not know: found where classes are made, not guessed."""
    parsed = parsed_month("demo", SEED, market, month)
    path = pl.col("category_path")
    renamed = pl.concat_list(path.list.head(path.list.len() - 1), pl.lit("Bits & Bobs"))
    half = pl.int_range(pl.len()) % 2 == 0
    listings = parsed["listings"].with_columns(category_path=pl.when(half).then(renamed).otherwise(path))
    fired = _judged(parsed | {"listings": listings}, parsed["pages"], market, month, tmp_path / "keys")
    assert ("clean.decisions", "categories_mapped", "warning") in fired
    assert {severity for _, _, severity in fired} == {"warning"}
