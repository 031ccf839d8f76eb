"""A clean synthetic month with everything its rules may ask, earlier months included."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.context import cell_context
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.pipeline import clean, measure, publish, window
from cryptodrug_assets.pipeline.tables import Evidence, History, ParsedMonth
from cryptodrug_assets.replica.captures import capture_index, whole_archive
from cryptodrug_assets.storage.store import TableStore
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
    parsed = ParsedMonth(market=market, month=month, **parsed_month("tiny", SEED, market, month))
    options = IndicatorOptions(bootstrap=50)
    cleaned = clean.clean(parsed, None, pseudonyms=Pseudonyms.load(keys), options=CleaningOptions())
    captures = capture_index(parsed.pages)
    indicators = measure.measure(cleaned, Evidence.of(captures, parsed), options=options)
    history = History.of_months([(cleaned, indicators)])
    public = publish.publish(history, window.measure_window(history, options=options), options=options)
    indicators |= {table: public[table] for table in ("activity_public", "shares_public")}
    frames = {"raw.captures": captures}
    for layer, tables in (("parsed", parsed.by_name()), ("clean", cleaned.by_name()), ("indicators", indicators)):
        frames |= {f"{layer}.{table}": frame for table, frame in tables.items()}
    return frames


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """The clean month; the earlier ones are published."""
    folder = tmp_path_factory.mktemp("quality")
    store = TableStore(folder / "tables")
    for earlier in EARLIER:
        for name, frame in make_month(CELL[0], earlier, folder / "keys").items():
            layer, table = name.split(".")
            store.commit(layer, table, frame, CELL[0], earlier)
    frames = make_month(*CELL, folder / "keys")
    return Month(frames, store, whole_archive(frames["raw.captures"]))
