"""Real pages as an archive, from import to report: what they show is right, what they do not show is unknown.

The pages are beside the repository, where there are any; a few dozen of a market of tens of thousands of offers.
"""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.conftest import REPOSITORY

PAGES = REPOSITORY.parent / "shared" / "real_pages"
MONTHS = ("2019-09", "2019-10", "2019-11")

pytestmark = [
    pytest.mark.skipif(not PAGES.is_dir(), reason="the real pages are not beside this checkout"),
    pytest.mark.timeout(900),
]


def cryptodrug(home: Path, *arguments: str) -> str:
    """What a command prints; it must succeed."""
    settings = {"CRYPTODRUG_HOME": str(home), "CRYPTODRUG_SOURCE": "archive", "CRYPTODRUG_BOOTSTRAP": "50"}
    done = subprocess.run(
        [sys.executable, "-m", "cryptodrug_assets.cli", *arguments], env=os.environ | settings, capture_output=True,
        text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, (arguments, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empire's pages of autumn 2019 through all layers."""
    found = tmp_path_factory.mktemp("real")
    cryptodrug(
        found, "import-archive", "--market", "empire", "--month", "all", "--source", "a thesis", "--licence", "MIT",
        str(PAGES / "empire"),
    )  # fmt: skip
    cryptodrug(found, "backfill", "--market", "empire", "--from", MONTHS[0], "--to", MONTHS[-1])
    cryptodrug(found, "report")
    return found


def table(home: Path, layer: str, name: str) -> pl.DataFrame:
    return TableStore(home / "tables").read(layer, name).with_columns(pl.col("month").dt.strftime("%Y-%m"))


def test_each_page_is_in_the_month_of_its_own_clock(home: Path) -> None:
    """By the footers: one offer and a wall in September; in October 15 offers of a list; five offers in November."""
    offers = table(home, "clean", "listings")
    assert dict(offers.group_by("month").len().iter_rows()) == {"2019-09": 1, "2019-10": 15, "2019-11": 5}
    captures = table(home, "raw", "captures").filter(outcome="done")
    assert dict(captures.group_by("month").len().iter_rows()) == {"2019-09": 2, "2019-10": 5, "2019-11": 7}


def test_sales_are_counted_once_and_are_of_no_known_drug(home: Path) -> None:
    """The page of 7 October shows thirty sales, none of whose offers was captured: unknown, not "not a drug"."""
    sales = table(home, "clean", "transactions")
    assert sales.height == 30
    assert sales["is_drug"].null_count() == sales.height
    # Empire shows what was paid, in dollars: euros by the page's own rates or those of the day.
    assert sales["price_eur"].null_count() == 0
    levels = table(home, "indicators", "activity").filter(indicator="LV03", country="W", drug_class="all")
    counted = {row["month"]: (row["value"], row["obs_status"]) for row in levels.iter_rows(named=True)}
    # All are of September. None of October was seen: a zero of one page, and nobody knows how many there were.
    assert counted == {"2019-09": (None, "M"), "2019-10": (0, "L"), "2019-11": (0, "L")}
    assert levels["upper"].drop_nulls().to_list() in ([], [30])


def test_nothing_claims_to_be_more_than_a_sliver_of_the_market(home: Path) -> None:
    """The market's own counters announce tens of thousands of offers; no value has normal status."""
    coverage = table(home, "indicators", "coverage")
    assert coverage.filter(indicator="COV01")["value"].null_count() == len(MONTHS)
    announced = coverage.filter(indicator="COV01_counter")["value"].drop_nulls()
    assert announced.len() > 0
    assert announced.max() < 0.005  # type: ignore[operator]
    for name in ("activity", "shares", "concentration", "drug_mix", "shipping", "transaction_sizes", "conduct"):
        assert "A" not in set(table(home, "indicators", name)["obs_status"]), name


def test_nothing_is_reproduced_by_a_few_pages(home: Path) -> None:
    card = TableStore(home / "tables").read("indicators", "study_scorecard")
    judged = card.filter(pl.col("verdict").is_in(["reproduced", "not_reproduced"]))
    # The figure that is quoted from the literature rests on no page.
    assert set(judged["indicator"]) <= {"LIT_CRYPTO_SHARE"}
    assert "not_enough_seen" in set(card["verdict"])


def test_published_figures_are_right_or_unknown(home: Path) -> None:
    """Zeros are of what was captured, with an open upper bound; no share of one country rests on a page or two."""
    store = TableStore(home / "tables")
    levels = store.read("indicators", "activity_public").filter(pl.col("value").is_not_null())
    assert (levels["lower"].drop_nulls() <= levels.filter(pl.col("lower").is_not_null())["value"]).all()
    zeros = levels.filter(pl.col("value") == 0, pl.col("indicator").is_in(["LV01", "LV02", "LV03"]))
    assert zeros.filter(pl.col("upper") == 0).is_empty()
    shares = store.read("indicators", "shares_public").filter(pl.col("indicator").str.contains("^SH0[1-4]$"))
    assert shares.filter(pl.col("lower") == pl.col("upper")).is_empty()


def test_the_report_says_so_in_its_first_lines(home: Path) -> None:
    html = (home / "reports" / "report.en.html").read_text("utf-8")
    head = html[html.index('id="seen"') : html.index('id="share"')]
    assert "3 / 8" in head and "0 / 5" in head
    assert "of the sales the offer was not captured" in head
    assert "SYNTHETIC" not in head and 'class="mark"' not in html
    # Nothing is called whole; what is said of all is that no sale has its offer.
    assert "100.0%" not in head.replace("of 100.0% of the sales the offer was not captured", "")
