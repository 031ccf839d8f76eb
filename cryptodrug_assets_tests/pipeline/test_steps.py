"""The steps give the same whatever they read from, and what is cached is what would be computed."""

import doctest
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import pipeline
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.windows import monthly_contributions
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.pipeline import clean, measure, publish, reading, window, worlds
from cryptodrug_assets.pipeline.reading import RecordedTables, TableReader
from cryptodrug_assets.pipeline.tables import CleanMonth, History, Indicators
from cryptodrug_assets.replica.partial import PRESETS, partial_month
from cryptodrug_assets.storage.store import TableStore, content_hash

MONTHS = ("2018-11", "2018-12", "2019-01")
OPTIONS = IndicatorOptions(bootstrap=2)
KEYS = worlds.pseudonyms()
PARSED = ("pages", "listings", "vendors", "feedback", "market_counters", "rejects")


def _of(tables: TableReader, month: str) -> tuple[CleanMonth, Indicators]:
    cleaned = clean.clean(*clean.read(tables, "dream", month), pseudonyms=KEYS, options=CleaningOptions())
    return cleaned, measure.measure(cleaned, measure.read_evidence(tables, "dream", month), options=OPTIONS)


def _hashes(tables: TableReader) -> dict[str, str]:
    cleaned, indicators = _of(tables, "2018-12")
    return {name: content_hash(frame) for name, frame in (*cleaned.by_name().items(), *indicators.items())}


def test_a_store_recorded_tables_and_a_world_are_read_alike(tmp_path: Path) -> None:
    """An archive of three months, of which the middle one asks for both others: offers sold in it are in the first."""
    store = TableStore(tmp_path)
    recorded: dict[str, list[pl.DataFrame]] = {}
    for month in MONTHS:
        archive = partial_month("demo", 7, "dream", month, PRESETS["archive"])
        for layer, name, frame in (
            *(("parsed", name, archive.tables[name]) for name in PARSED), ("raw", "captures", archive.captures),
        ):  # fmt: skip
            store.commit(layer, name, frame, "dream", month)
            recorded.setdefault(f"{layer}.{name}", []).append(frame)
    frames = RecordedTables({name: pl.concat(parts) for name, parts in recorded.items()})
    from_store = _hashes(store)
    assert from_store == _hashes(frames)
    assert from_store == _hashes(worlds.world("demo", 7, PRESETS["archive"]))


def test_offers_of_the_month_before_tell_of_what_was_sold() -> None:
    """Without them some sales of an archive's month are of nothing known."""
    tables = worlds.world("demo", 7, PRESETS["archive"])
    read = clean.read(tables, "dream", "2018-12")
    unknown = [
        clean.clean(read.month, read.next_month, before, pseudonyms=KEYS, options=CleaningOptions())
        .transactions["is_drug"]
        .null_count()
        for before in ((), clean.offers_before(tables, "dream", "2018-12"))
    ]
    assert unknown[1] < unknown[0]


def test_contributions_of_the_history_are_those_of_its_tables() -> None:
    tables = worlds.world("tiny", 11)
    history = History.of_months([_of(tables, month) for month in reversed(MONTHS)])
    assert history.contributions.equals(monthly_contributions(history.clean_tables()))
    assert {"tally", "contributions"}.isdisjoint(history.by_name())


def test_every_step_gives_the_tables_that_it_declares() -> None:
    tables = worlds.world("tiny", 11)
    cleaned, indicators = _of(tables, "2018-11")
    assert set(cleaned.by_name()) == set(clean.READS)
    assert set(indicators) == set(measure.READS)
    history = History.of_months([(cleaned, indicators)])
    across = window.measure_window(history, options=OPTIONS)
    assert set(across) == set(window.READS)
    assert set(publish.publish(history, across, options=OPTIONS)) == set(publish.READS)


@pytest.mark.parametrize("table", list(window.READS))
def test_a_table_across_months_needs_no_more_than_it_declares(table: str) -> None:
    tables = worlds.world("tiny", 11)
    history = History.of_months([_of(tables, month) for month in MONTHS])
    every = history.by_name() | window.measure_window(history, options=OPTIONS)
    names = [read.table.split("/")[1] for read in window.READS[table]]
    alone = window.window_table(table, {name: every[name] for name in names if name in every}, options=OPTIONS)
    assert alone["value"].equals(every[table]["value"])


def test_what_was_not_made_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="clean/listings"):
        measure.read(worlds.world("tiny", 11), "dream", "2018-11")
    with pytest.raises(UserError, match="parsed/listings was not recorded"):
        clean.read(RecordedTables({}), "dream", "2018-11")


@pytest.mark.parametrize("module", [pipeline, reading])
def test_examples_run(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert (found.attempted > 0, found.failed) == (True, 0)
