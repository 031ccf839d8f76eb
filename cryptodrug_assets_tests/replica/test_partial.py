"""Synthetic archives and their log: what is there is what the crawls saw, less what the log says was lost."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.knowable import knowable
from cryptodrug_assets.replica.partial import PRESETS, Archive, Partial, partial_month, preset
from cryptodrug_assets.replica.tables import month_end, parsed_crawl, parsed_month
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets.replica.world import make_world

MONTHS = {"dream": "2019-01", "wall_street": "2019-02", "empire": "2019-08"}
WHOLE_PAGES = ("listings", "vendors", "feedback")
ADDED, LOST_ROWS = ("page_twice", "wall"), ("list_cut", "page_cut", "silent")


@pytest.mark.parametrize("name", ["archive", "counted", "one_class", "no_feedback", "silent_country"])
@pytest.mark.parametrize("market", MONTHS)
def test_the_log_accounts_for_every_row(name: str, market: str) -> None:
    archive = partial_month("tiny", 5, market, MONTHS[market], preset(name, seed=1))
    crawls = [
        parsed_crawl("tiny", 5, market, MONTHS[market], moment, claimed)
        for moment, claimed in archive.crawls.select("moment", "claimed").iter_rows()
    ]
    for table in ("pages", *WHOLE_PAGES):
        log = archive.log.filter(table=table)
        added = log.filter(pl.col("what").is_in(ADDED)).height
        altered = pl.col("what") == "rating_absent"
        if table != "feedback":
            altered |= pl.col("what") == "page_cut"
        lost = log.filter(~pl.col("what").is_in(ADDED) & ~altered).height
        seen = sum(crawl[table].height for crawl in crawls)
        homes = sum(crawl["market_counters"]["capture_id"].n_unique() for crawl in crawls) if table == "pages" else 0
        assert archive.tables[table].height == seen + homes + added - lost, table


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("market", MONTHS)
def test_an_archive_looks_like_an_import(name: str, market: str) -> None:
    """Contract form; every row is of a page, every page in the index, mode and source those of an import."""
    archive = partial_month("tiny", 5, market, MONTHS[market], preset(name))
    for table, frame in archive.tables.items():
        assert frame.schema == contracts.load("parsed", table).polars_schema
        assert set(frame["capture_id"]) <= set(archive.captures["capture_id"])
    assert archive.captures.select("mode", "source").unique().rows() in ([], [("import", "archive")])
    assert not archive.captures["capture_id"].is_duplicated().any()
    assert archive.captures["sweep_id"].str.starts_with("import-").all()
    first = month_start(MONTHS[market])
    begin, end = datetime(first.year, first.month, 1, tzinfo=UTC), month_end(MONTHS[market])
    assert archive.captures["captured_at"].is_between(begin, end).all()


def test_a_crawl_sees_only_what_was_sold_before_it() -> None:
    """Of Empire, whose dates are exact to the minute: newest row before the crawl, whatever time is claimed for it."""
    moment = datetime(2019, 8, 11, 12, tzinfo=UTC)
    crawl = parsed_crawl("tiny", 5, "empire", "2019-08", moment, moment + timedelta(hours=20))
    assert crawl["feedback"]["dated_lo"].max() < moment  # type: ignore[operator]
    assert crawl["feedback"]["captured_at"].unique().to_list() == [moment + timedelta(hours=20)]
    world = make_world("tiny", 5).markets["empire"]
    reached = {item.vendor for item in world.live(moment)}
    made = [sale for sale in world.sales if sale.at <= moment and world.listings[sale.listing].vendor in reached]
    assert crawl["feedback"].height == len(made)


@pytest.mark.parametrize("market", ["dream", "wall_street"])
def test_ages_count_back_from_the_claimed_moment(market: str) -> None:
    month = MONTHS[market]
    moment = month_end(month) - timedelta(days=12)
    right = parsed_crawl("tiny", 5, market, month, moment, moment)["feedback"]
    wrong = parsed_crawl("tiny", 5, market, month, moment, moment + timedelta(days=9))["feedback"]
    off = (wrong["dated_lo"] - right["dated_lo"]).dt.total_days()
    if market == "dream":
        assert off.unique().to_list() == [9]
    else:
        # Up to seven days old, and from ten weeks on: an age; between them a date.
        assert set(off) == {0, 9}
        old = right["dated_hi"] <= moment - timedelta(days=7) + timedelta(minutes=1)
        old &= right["dated_hi"] > moment - timedelta(weeks=10)
        assert old.to_list() == (off == 0).to_list()


@pytest.mark.parametrize("market", MONTHS)
def test_a_whole_crawl_at_the_months_end_is_the_clean_month(market: str) -> None:
    month = MONTHS[market]
    end = month_end(month)
    crawl, clean = parsed_crawl("tiny", 5, market, month, end, end), parsed_month("tiny", 5, market, month)
    assert all(crawl[name].equals(clean[name]) for name in clean)


@pytest.mark.parametrize("market", MONTHS)
def test_nothing_missed_is_the_truth_of_all_offers_and_vendors(market: str) -> None:
    """With every page there, what can be known of offers and vendors is what truth.sql says."""
    archive = partial_month("tiny", 5, market, MONTHS[market], Partial(crawls=1))
    known = dict(
        knowable("tiny", 5, [archive])
        .filter(pl.col("what").is_in(["offers", "vendors"]))
        .select(pl.concat_str("what", "country"), "value")
        .iter_rows()
    )
    here = (pl.col("market") == market) & (pl.col("month") == month_start(MONTHS[market]))
    codes = {"LV01_full": "offers", "LV02": "vendors"}
    truth = true_indicators("tiny", 5).filter(here & pl.col("indicator").is_in(list(codes)))
    assert known == {
        codes[code] + country: n for code, country, n in truth.select("indicator", "country", "value").rows()
    }


@pytest.mark.parametrize("market", MONTHS)
def test_visible_sales_are_those_made_before_the_last_crawl(market: str) -> None:
    """Two whole crawls, this month and the next: every sale of the month that an offer of a reached vendor made."""
    month = MONTHS[market]
    archives = [partial_month("tiny", 5, market, name, Partial(crawls=2)) for name in (month, month_after(month))]
    world = make_world("tiny", 5).markets[market]
    expected = set()
    for archive in archives:
        last = archive.crawls["moment"].max()
        assert isinstance(last, datetime)
        live = {item.number for item in world.live(last)}
        sellers = {world.listings[number].vendor for number in live}
        expected |= {
            number
            for number, sale in enumerate(world.sales)
            if sale.at.strftime("%Y-%m") == month
            and sale.at <= last
            and (sale.listing in live if market == "wall_street" else world.listings[sale.listing].vendor in sellers)
        }
    assert of(archives, "sales") == len(expected) > 0
    assert of(archives[:1], "sales") < len(expected)


def of(archives: list[Archive], what: str) -> float:
    """What is known of the first archive's month."""
    known = knowable("tiny", 5, archives).filter(pl.col("month") == month_start(archives[0].month), what=what)
    return float(known.filter(country="W")["value"].item())


def test_sales_without_their_offer() -> None:
    """Half of the offers are missing on a market that names them: their sales are visible, without their offer."""
    archive = partial_month("tiny", 5, "empire", "2019-08", Partial(crawls=1, offers_missed=0.5))
    offers = set(archive.tables["listings"]["listing_id"])
    rows = archive.tables["feedback"].filter(pl.col("dated_at").dt.strftime("%Y-%m") == "2019-08")
    assert 0 < rows.filter(~pl.col("listing_id").is_in(list(offers))).height < rows.height
    assert of([archive], "sales") == rows.height
    assert of([archive], "sales_without_offer") == rows.filter(~pl.col("listing_id").is_in(list(offers))).height


def test_flaws_have_their_own_seed() -> None:
    first, again = (partial_month("tiny", 5, "empire", "2019-08") for _ in range(2))
    other = partial_month("tiny", 5, "empire", "2019-08", preset("archive", seed=1))
    assert all(frame.equals(again.tables[name]) for name, frame in first.tables.items())
    assert first.captures.equals(again.captures)
    assert not first.log.equals(other.log)


def test_a_category_is_left_out_of_every_month() -> None:
    found = [
        set(
            partial_month("demo", 7, "empire", month, preset("one_class"))
            .tables["listings"]["category_path"]
            .list.get(1)
        )
        for month in ("2019-08", "2019-09")
    ]
    assert all(found)
    assert len(found[0] | found[1]) == 1


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UserError, match="no archive 'nonsense'; there are archive, counted"):
        preset("nonsense")
    with pytest.raises(UserError, match="dream has no 2019-11"):
        partial_month("tiny", 5, "dream", "2019-11")
