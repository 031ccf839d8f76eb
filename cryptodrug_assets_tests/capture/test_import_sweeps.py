"""Sweeps of imported pages: two crawls are two views, whatever the order and the number of the imports."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.imports.importer import import_paths, sweep_name
from cryptodrug_assets.capture.imports.sweeps import Imported, sweep_names
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.tables import parse_captures
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica import dream_pages
from cryptodrug_assets.replica.facts import MarketWorld, Sale
from cryptodrug_assets.replica.pages import Request
from cryptodrug_assets.replica.world import make_world
from cryptodrug_assets_tests.capture.shop import CELL, FIRST, SECOND, bring, crawl, shop, warc


def observed(root: Path, cell: tuple[str, str] = CELL) -> int:
    """Sales in clean.transactions that were read off pages."""
    parsed = parse_captures(*cell, read_pages(root, index_frame(root, *cell)), workers=1)
    pseudonyms = Pseudonyms(dict.fromkeys(KINDS, b"k" * 32))
    clean = clean_month(
        parsed, None, market=cell[0], month=cell[1], pseudonyms=pseudonyms, options=CleaningOptions(impute_gaps=False)
    )
    return clean["transactions"].height


@pytest.fixture(scope="module")
def world() -> MarketWorld:
    """A vendor with 52 sales: 38 until the first crawl, half an hour apart, and 14 between it and the second."""
    before = [FIRST - timedelta(minutes=30 * number) for number in range(38, 0, -1)]
    return shop(before + [FIRST + timedelta(hours=1 + number) for number in range(14)])


@pytest.mark.parametrize("order", ["at once", "one by one", "backwards"])
def test_two_crawls_a_day_apart_are_two_views_of_a_list(tmp_path: Path, world: MarketWorld, order: str) -> None:
    """44 sales by hand: the first crawl shows the thirty newest of 38, the second 14 new ones and 16 of those again."""
    paths = [warc(tmp_path / f"{n}.warc.gz", crawl(world, at)) for n, at in enumerate((FIRST, SECOND))]
    root = tmp_path / "archive"
    if order == "at once":
        bring(root, *paths)
    else:
        for path in paths if order == "one by one" else reversed(paths):
            bring(root, path)
    frame = index_frame(root, *CELL)
    assert sorted(frame["sweep_id"].unique()) == [
        "import-synthetic-2019-05-05T1000",
        "import-synthetic-2019-05-06T1000",
    ]
    assert observed(root) == 44


def test_told_to_be_one_sweep_they_are_one_view(tmp_path: Path, world: MarketWorld) -> None:
    """What --sweep says is done: the views are laid over each other, and the month shows one list of thirty."""
    paths = [warc(tmp_path / f"{n}.warc.gz", crawl(world, at)) for n, at in enumerate((FIRST, SECOND))]
    root = tmp_path / "archive"
    bring(root, *paths, sweep="spring")
    assert index_frame(root, *CELL)["sweep_id"].unique().to_list() == ["import-synthetic-spring"]
    bring(tmp_path / "other", *paths, gap=timedelta(hours=30))
    assert index_frame(tmp_path / "other", *CELL, gap=timedelta(hours=30))["sweep_id"].n_unique() == 1
    assert index_frame(tmp_path / "other", *CELL)["sweep_id"].n_unique() == 2


def test_a_crawl_between_two_gives_the_sweeps_of_all_three(tmp_path: Path, world: MarketWorld) -> None:
    moments = [FIRST, FIRST + timedelta(hours=5), FIRST + timedelta(hours=10), SECOND]
    paths = [warc(tmp_path / f"{n}.warc.gz", crawl(world, at)) for n, at in enumerate(moments)]
    frames = []
    for number, order in enumerate(itertools.permutations(paths)):
        if number % 5:
            continue
        root = tmp_path / f"archive{number}"
        for path in order:
            bring(root, path)
        frames.append(index_frame(root, *CELL).select("capture_id", "sweep_id", "captured_at", "payload_digest"))
    assert all(frame.equals(frames[0]) for frame in frames[1:])
    assert len(frames) == 5


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([0, 1, 2, 9, 10], [0, 0, 0, 1, 1]),  # a gap of seven hours
        ([0, 6, 12, 18], [0, 0, 0, 0]),  # six are none
        ([0, 6.1], [0, 1]),
        ([], []),
    ],
)
def test_a_gap_parts_sweeps(hours: list[float], expected: list[int]) -> None:
    pages = [Imported(str(n), FIRST + timedelta(hours=hour)) for n, hour in enumerate(hours)]
    names = sweep_names(pages)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names[str(n)] for n in range(len(hours))))}
    assert [numbers[names[str(n)]] for n in range(len(hours))] == expected


def test_a_crawl_without_pause_is_parted_where_it_comes_round() -> None:
    """A page an hour, three vendors in turn every eight hours: each round is a view."""
    begin = FIRST + timedelta(minutes=5)
    pages = [
        Imported(
            f"{day}{hour}", begin + timedelta(hours=8 * day + hour), subject=f"vendor {hour}" if hour < 3 else None
        )
        for day in range(3)
        for hour in range(8)
    ]
    names = sweep_names(pages)
    assert len(set(names.values())) == 3
    assert all(len({names[f"{day}{hour}"] for hour in range(8)}) == 1 for day in range(3))
    assert sweep_names(reversed(pages)) == names


def test_days_without_a_clock_are_sweeps_unless_one_sweep_went_on_then() -> None:
    def of_day(number: int, subject: str | None = None) -> Imported:
        return Imported(f"day{number}{subject}", datetime(2019, 5, number, tzinfo=UTC), subject=subject)

    timed = [Imported(f"t{hour}", datetime(2019, 5, 9, 20, 5, tzinfo=UTC) + timedelta(hours=hour)) for hour in range(6)]
    names = sweep_names([of_day(7), of_day(8), *timed, of_day(9), of_day(10, "v")])
    assert names["day7None"] == "import-2019-05-07"
    assert names["day8None"] == "import-2019-05-08"
    # The crawl went from the 9th into the 10th.
    assert {names[key] for key in ("t0", "t5", "day9None", "day10v")} == {"import-2019-05-09T2005"}
    # Twice the same vendor is no one view.
    again = sweep_names([*timed, of_day(9, "v"), of_day(10, "v")])
    assert again["day9v"] == "import-2019-05-09T2005"
    assert again["day10v"] == "import-2019-05-10"


def test_folders_can_be_sweeps(tmp_path: Path) -> None:
    for name in ("first crawl/u/a.html", "second/u/b.html", "c.html"):
        (tmp_path / "saved" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "saved" / name).write_bytes(b"<html>" + name.encode())
    bring(tmp_path / "archive", tmp_path / "saved", captured_at=FIRST, by_folder=True)
    frame = index_frame(tmp_path / "archive", *CELL)
    assert sorted(frame["sweep_id"]) == ["import-first-crawl", "import-saved", "import-second"]
    assert frame["mode"].to_list() == ["import"] * 3


def test_the_same_page_told_to_be_of_two_sweeps_is_of_the_same_in_any_order(tmp_path: Path, world: MarketWorld) -> None:
    path = warc(tmp_path / "a.warc.gz", crawl(world, FIRST))
    for root, names in ((tmp_path / "a", ("x", "y", None)), (tmp_path / "b", (None, "y", "x"))):
        for name in names:
            bring(root, path, sweep=name)
        assert index_frame(root, *CELL)["sweep_id"].unique().to_list() == ["import-synthetic-x"]


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 41, "-x", "é"])
def test_what_cannot_name_a_sweep_is_one_line(name: str) -> None:
    with pytest.raises(UserError, match="cannot name a sweep"):
        sweep_name(name)


def test_capture_ids_are_those_of_earlier_versions(tmp_path: Path) -> None:
    """The id of a page that was imported before, worked out by hand: market, month, import, digest and time."""
    (tmp_path / "a.html").write_bytes(b"<html>x")
    bring(tmp_path / "archive", tmp_path / "a.html", captured_at=FIRST)
    frame = index_frame(tmp_path / "archive", *CELL)
    assert frame["capture_id"].to_list() == ["afeee48267df4bf2"]
    assert frame.select(pl.col("captured_at").dt.date()).item() == date(2019, 5, 5)


def test_folders_of_two_days_are_two_views_of_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same forty-four sales on a market without a clock, saved into a folder a day."""
    monkeypatch.setattr(dream_pages, "_MOST_RATINGS", 30)
    tiny = make_world("tiny", 7).markets["dream"]
    vendor = replace(tiny.vendors[0], number=0, banned=False, earlier_sales=0)
    item = replace(next(item for item in tiny.listings if item.is_drug), number=0, vendor=0, earlier_sold=0)
    first = datetime(2018, 11, 12, 10, tzinfo=UTC)
    times = [first - timedelta(hours=3 * number) for number in range(38, 0, -1)]
    times += [first + timedelta(hours=1 + number) for number in range(14)]
    sales = [Sale(0, at, 5, f"order {n} arrived", "a***z", Decimal(50), "EUR") for n, at in enumerate(times)]
    world = MarketWorld("dream", tiny.months, (vendor,), (item,), tuple(sales))
    for at in (first, first + timedelta(days=1)):
        folder = tmp_path / "saved" / f"{at:%Y-%m-%d}"
        folder.mkdir(parents=True)
        wanted = Request("/contactMember", {"member": vendor.name, "tab": "ratings"}, {}, at, "http://m.onion")
        (folder / "vendor.html").write_bytes(dream_pages.respond(world, wanted).body)
    import_paths(
        [tmp_path / "saved"], market=get_market("dream"), month="2018-11", archive_root=tmp_path / "archive",
        source="x", licence="y", captured_at=None, hmac_key=b"k" * 32,
    )  # fmt: skip
    frame = index_frame(tmp_path / "archive", "dream", "2018-11")
    assert sorted(frame["sweep_id"]) == ["import-synthetic-2018-11-12", "import-synthetic-2018-11-13"]
    assert observed(tmp_path / "archive", ("dream", "2018-11")) == 44
