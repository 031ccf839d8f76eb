"""A month's pages: the same tables however they are spread and ordered, and memory that the pages do not fill."""

import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cryptodrug_assets import contracts
from cryptodrug_assets.markets import _growing_table, get_market, tables
from cryptodrug_assets.markets.tables import TABLES, PageInput, parse_captures
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.storage.store import content_hash
from cryptodrug_assets_tests.cleaning.site import sweep

CELL = ("empire", "2019-11")
_MOMENT = datetime(2019, 11, 30, 23, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def distinct() -> list[PageInput]:
    return list(sweep("tiny", 7, "empire", _MOMENT))


def _month(distinct: list[PageInput], count: int) -> list[PageInput]:
    return [replace(page, capture_id=f"{number:016x}") for number, page in enumerate(islice(cycle(distinct), count))]


def _plainly(pages: list[PageInput]) -> dict[str, pl.DataFrame]:
    """The tables from one list of all rows, sorted by the contract's key."""
    rows: tables.Rows = {table: [] for table in TABLES}
    for page in pages:
        tables.add_page(rows, get_market(CELL[0]), CELL[1], page)
    keys = {table: contracts.load("parsed", table).primary_key for table in TABLES}
    return {table: tables._frame(table, rows[table]).sort(keys[table]) for table in TABLES}


@pytest.mark.parametrize("order", ["captures", "shuffled"])
@pytest.mark.parametrize("workers", [1, 3])
def test_tables_do_not_depend_on_workers_or_order(
    distinct: list[PageInput], workers: int, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_growing_table, "_PART_BYTES", 100_000)
    pages = _month(distinct, 700)
    wanted = _plainly(pages)
    if order == "shuffled":
        random.Random(3).shuffle(pages)
    found = parse_captures(*CELL, iter(pages), workers, folder=tmp_path)
    assert not list(tmp_path.iterdir())
    assert list(found) == list(TABLES)
    for table in TABLES:
        assert_frame_equal(found[table], wanted[table])
        assert content_hash(found[table]) == content_hash(wanted[table])
    assert wanted["pages"].height == 700
    assert all(wanted[table].height > 100 for table in ("listings", "feedback", "vendors", "market_counters"))


def _anonymous() -> int:
    found = re.search(r"^Anonymous:\s+(\d+) kB", Path("/proc/self/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def test_rows_of_many_pages_do_not_stand_in_memory(
    distinct: list[PageInput], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_growing_table, "_PART_BYTES", 1_000_000)
    read = get_market(CELL[0]).parse(distinct[0].body, url=distinct[0].url, captured_at=_MOMENT)
    assert read.counters
    menu = replace(read, counters=list(islice(cycle(read.counters), 500)))
    monkeypatch.setattr(type(get_market(CELL[0])), "parse", lambda *_, **__: menu)
    parse_captures(*CELL, _month(distinct, 100), 1, folder=tmp_path)
    pages = _month(distinct, 600)
    before = _anonymous()
    found = parse_captures(*CELL, pages, 1, folder=tmp_path)
    grown = _anonymous() - before
    rows = sum(frame.estimated_size() for frame in found.values())
    assert found["market_counters"].height == 300_000
    assert rows > 30e6
    assert grown < rows / 3


def test_batches_wait_for_a_slow_reader_of_results(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def batches() -> Iterator[list[PageInput]]:
        for number in range(50):
            drawn.append(number)
            yield []

    monkeypatch.setattr(tables, "_parse_batch", lambda *_: {"pages": pl.DataFrame({"at": [len(drawn)]})})
    with ThreadPoolExecutor(2) as pool:
        results = tables._in_turn(pool, *CELL, batches(), 4)
        for taken in range(1, 51):
            next(results)
            assert len(drawn) <= taken + 4
        assert len(drawn) == 50
        assert list(results) == []


def test_heavy_pages_make_small_batches() -> None:
    page = PageInput("0" * 16, "http://x.onion/", b"x" * 5_000_000, _MOMENT, "s")
    light = replace(page, body=b"x")
    assert [len(batch) for batch in tables._batched([page] * 5 + [light] * 100)] == [2, 2, 64, 37]


def test_a_folder_without_room_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pile = _growing_table.Pile("rejects", tmp_path / "gone")
    frame = contracts.empty(contracts.load("parsed", "rejects"))
    row = pl.DataFrame({name: ["a"] if dtype == pl.String else [None] for name, dtype in frame.schema.items()})
    monkeypatch.setattr(_growing_table, "_PART_FRAMES", 1)
    with pytest.raises(UserError, match="parsed rows cannot be put into"):
        pile.add(row.cast(frame.schema))
