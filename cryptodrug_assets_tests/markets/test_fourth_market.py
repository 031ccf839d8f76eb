"""A fourth market is the files of docs/add-a-market.md, word for word, and nothing else; and one market alone will do.

In copies of the tree, by processes of their own: lint, import, demo's road, report and quality page. The fourth market
has the first name and the earliest window, so that whatever goes by a market's place in a list would move.
"""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.contracts import all_contracts
from cryptodrug_assets.storage.store import TableStore, content_hash
from cryptodrug_assets_tests.markets.trees import add_market, copied, files_of_the_guide, run

# A month or two of each: the road is the same, at reduced size.
WINDOWS = {"dream": "2018-11 2018-11", "wall_street": "2018-11 2018-11", "empire": "2019-04 2019-04"}
ARCHIVE: dict[str, Any] = {"CRYPTODRUG_SOURCE": "archive"}
# Of its two months one is imported: demo leaves the other out.
DAYS = {"2018-11-29": "Nov"}
OFFERS = (
    ("5g hash", "ann", "40.00", "Drugs / Cannabis / Hash"),
    ("10 pills mdma", "bob", "50.00", "Drugs / Ecstasy"),
    ("1g weed", "ann", "9.00", "Drugs / Cannabis"),
    ("guide to growing", "cem", "3.00", "Guides"),
)
FOOT = '<div class="foot">Agora, the market</div>'

pytestmark = [pytest.mark.timeout(3600), pytest.mark.xdist_group("trees")]


def _offer(number: int, month: str) -> str:
    """The page of an offer: number n has n rows of feedback on the 3rd and following days of the month."""
    title, seller, price, path = OFFERS[number - 1]
    rows = "".join(
        f"<tr><td>{month} {day:02d}, 2018 10:0{number}</td><td>5</td><td>good, {title} {day}</td></tr>"
        for day in range(3, 3 + number)
    )
    return (
        f'<html><head><title>Agora</title></head><body><h1 class="item">{title}</h1>'
        f'<a class="seller" href="/seller/{seller}">{seller}</a><p class="price">EUR {price}</p>'
        f'<p class="path">{path}</p><p class="from">Belgium</p><p class="to"><span>Europe</span></p>'
        f'<form class="order" action="/item/{number}"></form><table class="reviews">{rows}</table>{FOOT}</body></html>'
    )


def _save_pages(folder: Path) -> Path:
    for day, month in DAYS.items():
        (folder / day).mkdir(parents=True)
        links = "".join(f'<a href="/item/{number}">offer</a>' for number in range(1, len(OFFERS) + 1))
        front = f"<html><head><title>Agora</title></head><body>{links}{FOOT}</body></html>"
        (folder / day / "index.html").write_text(front, "utf-8")
        for number in range(1, len(OFFERS) + 1):
            (folder / day / f"item-{number}.html").write_text(_offer(number, month), "utf-8")
    return folder


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same archive of three markets gone through demo without a fourth, with it, and one market's alone.

    The trees are copied at once, and the three roads run side by side.
    """
    root = tmp_path_factory.mktemp("trees")
    copied(root / "without", WINDOWS)
    add_market(copied(root / "with", WINDOWS), files_of_the_guide())
    copied(root / "alone", {"empire": WINDOWS["empire"]})
    _well(run(root / "without", root / "home-without", "replica", "archive"))
    # The same keys for all, or the same accounts would have other pseudonyms.
    Pseudonyms.load(root / "home-without" / "keys")
    for name in ("with", "alone"):
        shutil.copytree(root / "home-without", root / f"home-{name}")
    for market in ("dream", "wall_street"):
        shutil.rmtree(root / "home-alone" / "archive" / market)
    with ThreadPoolExecutor() as pool:
        roads = [pool.submit(road, root) for road in (_without, _with, _alone)]
        for road in roads:
            road.result()
    return {name: root / f"home-{name}" for name in ("without", "with", "alone")} | {
        f"tree of {name}": root / name for name in ("with", "alone")
    }


def _without(root: Path) -> None:
    _well(run(root / "without", root / "home-without", "demo", "--no-release", **ARCHIVE))


def _with(root: Path) -> None:
    tree, home = root / "with", root / "home-with"
    assert "no problem" in _well(run(tree, home, "contracts", "lint"))
    pages = _save_pages(root / "pages")
    imported = _well(run(tree, home, "import-archive", "--market", "agora", "--month", "all", str(pages)))
    assert "5 pages imported" in imported
    assert "left out: 1 month of agora, which has no replica" in _well(
        run(tree, home, "demo", "--no-release", **ARCHIVE)
    )


def _alone(root: Path) -> None:
    _well(run(root / "alone", root / "home-alone", "demo", "--no-release", **ARCHIVE))


def _page(told: str) -> Path:
    """The first page that a command says it wrote: the report in English."""
    return Path(next(word for word in told.split() if word.endswith(".html")))


def _well(done: "subprocess.CompletedProcess[str]") -> str:
    """What a command printed; it must have ended well."""
    assert done.returncode == 0, f"{done.args[3:]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def _hashes(home: Path, markets: set[str]) -> dict[str, str]:
    """Content hash of every table's rows of these markets."""
    store = TableStore(home / "tables")
    found = {}
    for contract in all_contracts():
        if contract.layer in ("reference", "raw") or "market" not in contract.polars_schema.names():
            continue
        frame = store.read(contract.layer, contract.table).filter(pl.col("market").is_in(sorted(markets)))
        found[contract.name] = f"{frame.height} {content_hash(frame)}"
    return found


def test_the_guide_has_the_three_files() -> None:
    assert sorted(files_of_the_guide()) == [
        "cryptodrug_assets/markets/agora.py",
        "cryptodrug_assets/reference/categories/agora.csv",
        "data_contracts/markets/agora.yaml",
    ]


def test_no_number_of_the_other_markets_moves(homes: dict[str, Path]) -> None:
    before, after = (_hashes(homes[name], set(WINDOWS)) for name in ("without", "with"))
    assert {name: (text, after[name]) for name, text in before.items() if text != after[name]} == {}
    assert sum(not text.startswith("0 ") for text in before.values()) > 30


def test_the_fourth_market_is_measured(homes: dict[str, Path]) -> None:
    """Offer n has n rows of feedback a month: 1 + 2 + 3 sales of drugs, and 4 of a guide that is none."""
    store = TableStore(homes["with"] / "tables")
    sales = store.read("clean", "transactions", "agora", "2018-11")
    assert (sales.height, int(sales["is_drug"].sum())) == (10, 6)
    activity = store.read("indicators", "activity", "agora", "2018-11").filter(country="BE", drug_class="all")
    assert dict(activity.select("indicator", "value").iter_rows())["LV03"] == 6
    classes = store.read("clean", "listings", "agora", "2018-11")
    assert sorted(classes["drug_class"]) == ["cannabis", "cannabis", "mdma", "not_a_drug"]


def test_report_and_quality_page_of_four(homes: dict[str, Path]) -> None:
    for command in ("report", "quality"):
        page = _page(_well(run(homes["tree of with"], homes["with"], command, **ARCHIVE)))
        text = page.read_text("utf-8")
        for label in ("Agora", "Dream Market", "Empire Market", "Wall Street Market"):
            assert label in text, (command, label)


def test_one_market_alone(homes: dict[str, Path]) -> None:
    for command in ("report", "quality"):
        page = _page(_well(run(homes["tree of alone"], homes["alone"], command, **ARCHIVE)))
        text = page.read_text("utf-8")
        assert "Empire Market" in text
        assert "Dream Market:" not in text
    store = TableStore(homes["alone"] / "tables")
    card = store.read("indicators", "study_scorecard").filter(market="dream")
    assert card.height > 10
    assert set(card["verdict"]) == {"not_computable"}
    assert card["why"].str.starts_with("not measured: dream").all()


def test_without_an_import_demo_leaves_the_market_out(homes: dict[str, Path], tmp_path: Path) -> None:
    """A sentence, not an attempt to capture it: here nothing is there at all."""
    done = run(homes["tree of with"], tmp_path / "empty", "demo", "--no-release", **ARCHIVE)
    assert done.returncode != 0
    assert "left out: 2 months of agora, which has no replica" in done.stdout
    assert "nothing was imported" in done.stderr


def test_a_market_without_a_replica_says_so(homes: dict[str, Path], tmp_path: Path) -> None:
    done = run(homes["tree of with"], tmp_path / "none", "replica", "archive", "--market", "agora")
    assert done.returncode != 0
    assert "agora has no replica; set `source: archive`" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
