"""When an imported page was made: its own clock before what others wrote down, its dates and rates as doubts."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.imports.importer import ImportReport
from cryptodrug_assets.capture.imports.page_times import clocks_agree
from cryptodrug_assets.checks.context import bounds_by_day
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.reference.rate_bounds import rates_of_other_time
from cryptodrug_assets_tests.capture.shop import CELL, FIRST, bring, crawl, shop, warc

DAY = datetime(2019, 5, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def page() -> bytes:
    """An offer of the fifth of May, with a clock that says so, that is no page of the replica (no mark)."""
    body = crawl(shop([FIRST - timedelta(hours=1)]), FIRST)[1][1]
    return body.replace(b"cryptodrug-replica", b"generator")


def _saved(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def _captured(root: Path) -> list[datetime]:
    return index_frame(root, *CELL)["captured_at"].to_list()


def test_a_month_that_the_clock_contradicts_is_refused_with_the_month_it_belongs_to(
    tmp_path: Path, page: bytes
) -> None:
    path = _saved(tmp_path, "a.html", page)
    report = bring(tmp_path / "archive", path, month="2019-10", captured_at=datetime(2019, 10, 3, tzinfo=UTC))
    assert report.imported == 0
    assert report.refused == [
        "1 page: not in 2019-10, as --captured-at says: by their own clock they belong to other months (2019-05 1);"
        " import them with the --month they belong to, or with --month all"
    ]
    named = _saved(tmp_path, "2019-10-03/a.html", page)
    assert "as the date in the name says" in bring(tmp_path / "archive", named.parent, month="2019-10").refused[0]
    dated = warc(tmp_path / "a.warc.gz", [("http://m.onion/1", page, datetime(2019, 10, 3, tzinfo=UTC))])
    assert "as the WARC's date says" in bring(tmp_path / "archive", dated, month="2019-10").refused[0]
    assert not (tmp_path / "archive").exists()


def test_a_contradicting_claim_is_told_and_the_clock_taken(tmp_path: Path, page: bytes) -> None:
    dated = warc(tmp_path / "a.warc.gz", [("http://m.onion/1", page, datetime(2022, 3, 3, tzinfo=UTC))])
    report = bring(tmp_path / "archive", dated)
    assert report.imported == 1
    assert "the WARC's date differs from the page's own clock by more than a day" in report.doubts[0]
    assert _captured(tmp_path / "archive") == [FIRST + timedelta(minutes=1)]


def test_a_day_or_a_zone_beside_the_clock_is_no_contradiction(tmp_path: Path, page: bytes) -> None:
    claim = FIRST - timedelta(hours=11)
    dated = warc(tmp_path / "a.warc.gz", [("http://m.onion/1", page, claim)])
    report = bring(tmp_path / "archive", dated)
    assert (report.imported, report.doubts) == (1, [])
    assert _captured(tmp_path / "archive") == [claim]
    assert clocks_agree(DAY, datetime(2019, 5, 5, 23, 59, tzinfo=UTC))
    assert not clocks_agree(DAY, datetime(2019, 5, 7, 3, tzinfo=UTC))
    assert not clocks_agree(FIRST, FIRST + timedelta(hours=27))


def test_pages_of_all_months_go_where_their_time_is_and_the_rest_is_counted(tmp_path: Path, page: bytes) -> None:
    clocks = ("Sunday, May 5, 2019", "Friday, May 31, 2019", "Thursday, Oct 3, 2019", "Monday, Jan 6, 2020")
    assert clocks[0].encode() in page
    for number, clock in enumerate(clocks):
        _saved(tmp_path, f"saved/{number}.html", page.replace(clocks[0].encode(), clock.encode()))
    report = bring(tmp_path / "archive", tmp_path / "saved", month="all")
    assert report.imported == 3
    assert report.months == Counter({"2019-05": 2, "2019-10": 1})
    assert len(report.refused) == 1
    assert report.refused[0].startswith("1 page: of months in which empire was not observed (2020-01 1;")
    one = bring(tmp_path / "other", tmp_path / "saved")
    assert one.imported == 2
    assert [line.split(";")[0] for line in one.refused] == [
        "1 page: captured in other months, not in 2019-05 (2019-10 1)",
        "1 page: of months in which empire was not observed (2020-01 1",
    ]


def test_other_refusals_are_grouped_with_one_example(tmp_path: Path) -> None:
    for number in range(40):
        _saved(tmp_path, f"saved/{number:02d}.html", b"<html>%d" % number)
    report = bring(tmp_path / "archive", tmp_path / "saved")
    assert report.not_imported == 40
    assert report.refused == [
        f"40 times: no capture time; give --captured-at or --name-pattern (first: {tmp_path}/saved/00.html)"
    ]


@pytest.mark.parametrize(
    ("rates", "day", "wrong"),
    [
        # ECB: a euro was 1.1427 USD on 2018-11-19 and 1.2214 on 2018-03-01; bitcoin 4,800-5,600 and 10,300-11,000.
        ({"USD": 5275.1, "EUR": 4620.1}, date(2018, 11, 19), None),
        ({"USD": 10890.3, "EUR": 8865.5}, date(2018, 3, 1), None),
        ({"USD": 10890.3, "EUR": 8865.5}, date(2018, 11, 19), "per EUR"),
        # Twice the month's bitcoin, the euro unchanged.
        ({"USD": 10550.2, "EUR": 9240.2}, date(2018, 11, 19), "per BTC"),
        ({"USD": 10550.2}, date(2018, 11, 19), "per BTC"),
        ({"EUR": 4620.1}, date(2018, 11, 19), None),
        ({"USD": 5275.1, "EUR": 0.0}, date(2018, 11, 19), None),
        ({"USD": 1.0, "EUR": 1.0}, date(2012, 1, 1), None),  # nothing is known of then
        ({}, date(2018, 11, 19), None),
    ],
)
def test_rates_tell_another_time(rates: dict[str, float], day: date, wrong: str | None) -> None:
    said = rates_of_other_time(rates, day)
    assert said is None if wrong is None else (said is not None and wrong in said)


def test_the_rule_of_the_contract_counts_the_same_pages() -> None:
    days = [datetime(2018, 3, 1, 12, tzinfo=UTC), datetime(2018, 11, 19, 12, tzinfo=UTC)] * 2
    rates = ['{"USD": 10890.3, "EUR": 8865.5}'] * 3 + [None]
    frame = pl.DataFrame({"capture_id": list("abcd"), "captured_at": days, "exchange_rates": rates})
    rules = {rule.id: rule for rule in contracts.load("parsed", "pages").quality}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("pages", frame)
        connection.register("bounds", bounds_by_day())
        found = {
            name: connection.execute(
                rules[name].query.replace("{object}", "pages").replace("reference.rate_bounds", "bounds")
            ).fetchone()
            for name in ("rates_of_day", "rates_of_month")
        }
    assert found["rates_of_day"] == (1,)  # b; c is of its day, d shows nothing
    assert found["rates_of_month"] == (pytest.approx(1 / 3),)


def test_dates_later_than_the_claim_are_a_doubt(tmp_path: Path) -> None:
    """A vendor's page without a clock, whose newest feedback is of the fifth, said to be of the second."""
    body = crawl(shop([FIRST - timedelta(hours=1)]), FIRST)[0][1].replace(b"cryptodrug-replica", b"generator")
    clock = get_market("empire").discover(body, url="http://m.onion/").page_clock
    assert clock is not None
    blind = body.replace(clock.strftime("%H:%M:%S").encode(), b"")
    assert get_market("empire").discover(blind, url="http://m.onion/").page_clock is None
    path = _saved(tmp_path, "v.html", blind)
    report = bring(tmp_path / "archive", path, captured_at=datetime(2019, 5, 2, tzinfo=UTC))
    assert report.imported == 1
    assert "the page shows 2019-05-05, later than its capture time 2019-05-02" in report.doubts[0]
    assert bring(tmp_path / "other", path, captured_at=DAY).doubts == []


def test_real_pages_fit_their_own_clocks(real_pages: Path, tmp_path: Path) -> None:
    """Whatever has a clock goes to its month without a doubt; spring pages said to be of November are doubted."""
    report: ImportReport = bring(tmp_path / "a", real_pages / "empire", month="all")
    assert report.doubts == []
    assert report.months == Counter({"2019-09": 2, "2019-10": 5, "2019-11": 7})
    from cryptodrug_assets.capture.imports.importer import import_paths

    dream = import_paths(
        [real_pages / "dream"], market=get_market("dream"), month="2018-11", archive_root=tmp_path / "b",
        source="x", licence="y", captured_at=datetime(2018, 11, 15, tzinfo=UTC), hmac_key=b"k" * 32,
    )  # fmt: skip
    # Seven pages show a bitcoin of 7,900 to 11,400 dollars; two vendors were last active on the 18th and 19th.
    assert [line.split(";")[0] for line in dream.doubts] == [
        "7 times: the exchange rates on the page are not those of its capture time",
        "2 times: the page shows dates later than its capture time",
    ]
