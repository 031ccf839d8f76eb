"""Data sets on the whole road: a market of which nothing else is there, and 35,000 rows within their budget."""

import csv
import random
import re
import resource
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.conftest import REPOSITORY
from cryptodrug_assets_tests.markets.trees import run

pytestmark = pytest.mark.slow
MAPPINGS = REPOSITORY / "data_contracts" / "mappings"


def _command(home: Path, *words: str) -> str:
    """What the command prints; it has to succeed."""
    done = run(REPOSITORY, home, *words, CRYPTODRUG_SOURCE="archive")
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_a_market_of_data_sets_alone_as_the_guide_says(tmp_path: Path) -> None:
    """From a name to a value whose rows `explain` names; the import is taken back at the end."""
    tree, home = tmp_path / "tree", tmp_path / "home"
    for name in ("cryptodrug_assets", "data_contracts"):
        shutil.copytree(REPOSITORY / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, tree)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return run(tree, home, *words)

    assert call("market", "new", "old_agora", "--tables", "--from", "2015-06", "--to", "2015-07").returncode == 0
    assert call("market", "enable", "old_agora").returncode == 0
    example = (str(MAPPINGS / "agora_offers.yaml"), str(MAPPINGS / "agora_offers.csv"))
    done = call("import-table", "--market", "old_agora", "--mapping", *example)
    assert "10 rows imported (10 offers, 10 vendors)" in done.stdout, done.stderr
    brought = re.search(r"--undo (\S+)`", done.stdout)
    assert brought is not None
    again = call("import-table", "--market", "old_agora", "--mapping", *example)
    assert "0 rows imported" in again.stdout
    assert "10 known already" in again.stdout
    done = call("backfill", "--market", "old_agora", "--from", "2015-07", "--to", "2015-07")
    assert done.returncode == 0, done.stdout + done.stderr
    offers = TableStore(home / "tables").read("clean", "listings", "old_agora", "2015-07")
    # Ten offers, one of them a book; two of Belgium: 1 g for .3105 BTC at 232.3 euros, 5 g for .14.
    assert (offers.height, int(offers["is_drug"].sum())) == (10, 9)
    belgian = offers.filter(pl.col("origins").list.contains("BE")).sort("price_eur")
    assert [float(price) for price in belgian["price_eur"]] == [32.52, 72.13]
    explained = call("explain", "shares", "--market", "old_agora", "--country", "BE", "--indicator", "SH01")
    assert "coverage unknown" in explained.stdout, explained.stderr
    assert re.search(r"agora_offers.csv row [45]: ", explained.stdout)
    assert call("verify").returncode == 0
    undone = call("import-table", "--undo", brought[1])
    assert "10 pages withdrawn" in undone.stdout


def _rows(folder: Path) -> None:
    """15,000 views of 7,500 offers and 20,000 reviews in two months, as two CSVs with their mappings."""
    draw = random.Random(1)
    goods = (("{}g amphetamine paste", 9), ("{}g cocaine", 60), ("{} x 180mg MDMA pills", 4), ("{}g amnesia haze", 9))
    places = ("Netherlands", "Germany", "United Kingdom", "Belgium", "United States", "France", "Spain", "")
    offers = []
    for number in range(7_500):
        (title, price), amount = draw.choice(goods), draw.choice((1, 2, 5, 10, 25, 50))
        vendor = draw.randrange(900)
        row = (f"o{number}", title.format(amount), f"{price * amount * draw.uniform(0.7, 1.4):.2f}")
        offers.append((*row, f"vendor{vendor}", places[vendor % 8]))
    with (folder / "offers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "title", "price", "vendor", "from", "seen", "text"))
        for seen in ("2019-05-15", "2019-06-15"):
            writer.writerows((*offer, seen, "made up " * 40) for offer in offers)
    with (folder / "reviews.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "offer", "vendor", "stars", "price", "day"))
        for number in range(20_000):
            offer = draw.choice(offers)
            day = date(2019, 5, 1) + timedelta(days=draw.randrange(61))
            writer.writerow((number, offer[0], offer[3], draw.choice((5, 5, 4, 1)), offer[2], day))
    head = {"source": "made up", "licence": "CC0", "synthetic": True}
    euros = {"price_currency": {"constant": "EUR"}}
    offer_block: dict[str, object] = {
        "listing_id": "id",
        "title": "title",
        "vendor_name": "vendor",
        "price_amount": "price",
        **euros,
    }
    review_block = {
        "review_id": "id",
        "listing_id": "offer",
        "vendor_name": "vendor",
        "rating": "stars",
        "price_amount": "price",
        "dated_at": "day",
        **euros,
    }
    mappings = {
        "offers": {
            "name": "o",
            "captured_at": "seen",
            "offer": offer_block | {"ships_from": "from", "description": "text"},
        },
        "reviews": {"name": "r", "review": review_block},
    }
    for name, mapping in mappings.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(head | mapping))


@pytest.mark.timeout(1200)
def test_35_000_rows_from_file_to_report_within_their_budget(tmp_path: Path) -> None:
    """Three minutes of CPU and 2 GB, start of every command included; and every row is where it belongs."""
    _rows(tmp_path)
    home = tmp_path / "home"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name in ("offers", "reviews"):
        data = (str(tmp_path / f"{name}.yaml"), str(tmp_path / f"{name}.csv"))
        _command(home, "import-table", "--market", "empire", "--mapping", *data)
    _command(home, "backfill", "--market", "empire", "--from", "2019-05", "--to", "2019-06")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    store = TableStore(home / "tables")
    assert store.read("clean", "listings", "empire").height == 15_000
    sales = store.read("clean", "transactions", "empire")
    assert sales.height == 20_000
    by_month = pl.read_csv(tmp_path / "reviews.csv").group_by(pl.col("day").str.slice(0, 7)).len().sort("day")
    assert sales.group_by("month").len().sort("month")["len"].to_list() == by_month["len"].to_list()
    assert (home / "reports").is_dir()
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(f"{cpu:.0f} s of CPU, {after.ru_maxrss / 2**20:.2f} GB", file=sys.stderr)
    assert cpu < 180
    assert after.ru_maxrss < 2 * 2**20  # kilobytes
