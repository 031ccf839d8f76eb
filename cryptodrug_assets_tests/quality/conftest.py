"""A clean synthetic month with everything its rules may ask, earlier months included."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.indicators.families import compute_across, compute_month
from cryptodrug_assets.indicators.public import public_tables
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.scorecard import study_scorecard
from cryptodrug_assets.quality.context import cell_context
from cryptodrug_assets.replica.captures import capture_index, whole_archive
from cryptodrug_assets.resources.store import TableStore
from cryptodrug_assets_tests.cleaning.site import parsed_month

CELL = ("empire", "2019-06")
EARLIER = ("2019-04", "2019-05")
SEED = 11
Frames = dict[str, pl.DataFrame]


class Month(NamedTuple):
    """All tables of a month ("layer.table"), the store with the earlier ones, and what the archive's rules ask."""

    frames: Frames
    store: TableStore
    archive: Frames

    def asked(self, table: str, frames: Frames | None = None) -> Frames:
        """Everything that the rules of a table may ask, damaged where `frames` say so."""
        given = self.frames | self.archive | (frames or {})
        others = {name: frame for name, frame in given.items() if not name.startswith("history.")}
        others |= _context(self.store, table, frozenset(others))
        return others | {name: frame for name, frame in given.items() if name.startswith("history.")}


@lru_cache(maxsize=128)
def _context(store: TableStore, table: str, have: frozenset[str]) -> Frames:
    """What the store has to say on a table: no test changes the store."""
    return cell_context(store, [contracts.load(*table.split("."))], *CELL, have)


def make_month(market: str, month: str, keys: Path) -> Frames:
    """The tables of a month of the tiny world."""
    parsed = parsed_month("tiny", SEED, market, month)
    options = IndicatorOptions(bootstrap=50)
    pseudonyms = Pseudonyms.load(keys)
    clean = clean_month(parsed, None, market=market, month=month, pseudonyms=pseudonyms, options=CleaningOptions())
    captures = capture_index(parsed["pages"])
    counted = parsed["pages"], parsed["market_counters"]
    indicators = compute_month(clean, captures, *counted, market=market, month=month, options=options)
    history = clean | indicators
    history |= compute_across(history, options=options)
    history["study_scorecard"] = study_scorecard(history)
    public = public_tables(history, options=options)
    indicators |= {table: public[table] for table in ("activity_public", "shares_public")}
    frames = {"raw.captures": captures}
    for layer, tables in (("parsed", parsed), ("clean", clean), ("indicators", indicators)):
        frames |= {f"{layer}.{table}": frame for table, frame in tables.items()}
    return frames


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """The clean month; the earlier ones are published."""
    folder = tmp_path_factory.mktemp("quality")
    store = TableStore(folder / "tables")
    for earlier in EARLIER:
        for name, frame in make_month(CELL[0], earlier, folder / "keys").items():
            store.commit(*name.split("."), frame, CELL[0], earlier)
    frames = make_month(*CELL, folder / "keys")
    return Month(frames, store, whole_archive(frames["raw.captures"]))
