"""Damaged tables are named in one line with what mends them; the machine's obstacles are not taken for damage."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cryptodrug_assets.storage.store import DamagedTableError, TableStore
from cryptodrug_assets_tests.frames import rows

MONTHS = ("2018-11", "2018-12", "2019-01")


def vendors(month: str) -> object:
    return rows("clean", "vendors", {"vendor_key": "a", "month": date(int(month[:4]), int(month[5:]), 1)})


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    store = TableStore(tmp_path / "tables")
    for month in MONTHS:
        store.commit("clean", "vendors", vendors(month), "dream", month)  # type: ignore[arg-type]
    return store


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "_delta_log").glob("*.json"))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("**/*.parquet"))


def _emptied(folder: Path) -> None:
    for path in (folder / "_delta_log").iterdir():
        path.unlink()


def _file_instead(folder: Path) -> None:
    shutil.rmtree(folder / "_delta_log")
    (folder / "_delta_log").write_text("x", "utf-8")


OF_THE_LOG: list[Callable[[Path], object]] = [
    lambda folder: entries(folder)[-1].write_bytes(b"\x00\xffgarbage"),
    lambda folder: entries(folder)[-1].write_bytes(entries(folder)[-1].read_bytes()[:200]),
    lambda folder: entries(folder)[0].write_text('{"x":', "utf-8"),
    lambda folder: entries(folder)[0].unlink(),
    lambda folder: entries(folder)[1].unlink(),
    lambda folder: entries(folder)[-1].write_text('{"add": 5}\n', "utf-8"),
    lambda folder: (folder / "_delta_log" / "_last_checkpoint").write_text('{"version":2,"size":3}', "utf-8"),
    lambda folder: shutil.rmtree(folder / "_delta_log"),
    _emptied,
    _file_instead,
]
OF_FILES: list[Callable[[Path], object]] = [
    lambda folder: files(folder)[0].unlink(),
    lambda folder: files(folder)[0].write_bytes(files(folder)[0].read_bytes()[:100]),
    lambda folder: entries(folder)[-1].write_bytes(b""),
]


@pytest.mark.parametrize("spoil", OF_THE_LOG)
def test_a_damaged_log_is_one_line_whatever_is_asked(store: TableStore, spoil: Callable[[Path], object]) -> None:
    assert store.damage("clean", "vendors") is None
    spoil(Path(store.uri("clean", "vendors")))
    assert store.damage("clean", "vendors") is not None
    for ask in (
        lambda: store.exists("clean", "vendors", "dream", MONTHS[0]),
        lambda: store.read("clean", "vendors"),
        lambda: store.partitions("clean", "vendors"),
        store.versions,
        lambda: store.facts("clean", "vendors"),
        lambda: store.commit("clean", "vendors", vendors(MONTHS[0]), "dream", MONTHS[0]),  # type: ignore[arg-type]
    ):
        with pytest.raises(DamagedTableError, match="^the table clean/vendors is damaged .*cryptodrug repair") as err:
            ask()
        text = str(err.value)
        assert text.isprintable() and "<unknown>" not in text and len(text) < 400


@pytest.mark.parametrize("spoil", OF_FILES)
def test_damage_that_reading_would_not_tell_is_looked_for(store: TableStore, spoil: Callable[[Path], object]) -> None:
    spoil(Path(store.uri("clean", "vendors")))
    assert store.damage("clean", "vendors") is not None


def test_rows_that_cannot_be_read_name_their_table(store: TableStore) -> None:
    files(Path(store.uri("clean", "vendors")))[0].unlink()
    with pytest.raises(DamagedTableError, match="^the table clean/vendors is damaged"):
        store.read("clean", "vendors")


def test_a_month_that_the_log_lost_is_missed(store: TableStore) -> None:
    """A log cut off at its end opens like a whole one; that a run wrote the month is known elsewhere."""
    cells = [("dream", month) for month in MONTHS]
    assert store.committed("clean", "vendors", cells) == set(cells)
    entries(Path(store.uri("clean", "vendors")))[-1].unlink()
    assert store.committed("clean", "vendors", cells) == set(cells[:-1])


def test_what_was_written_with_a_partition_is_that_of_its_latest_commit(store: TableStore) -> None:
    store.commit("clean", "vendors", vendors(MONTHS[0]), "dream", MONTHS[0], {"key/vendor": "new"})  # type: ignore[arg-type]
    facts = store.facts("clean", "vendors")
    assert {name: found.get("key/vendor") for name, found in facts.items()} == {
        "dream|2018-11": "new", "dream|2018-12": None, "dream|2019-01": None,
    }  # fmt: skip
