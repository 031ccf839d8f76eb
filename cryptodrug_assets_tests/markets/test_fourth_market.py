"""A fourth market is one module and one YAML file: nothing else changes."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cryptodrug_assets import observation
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.tables import PageInput, parse_captures
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets_tests.markets import bazaar

YAML = """
name: bazaar
label: Bazaar
window: {start: 2018-12, end: null}
source: archive
clock: none
"""
FRONT = (
    b"<html><title>Bazaar</title><a href='/item/7'>x</a><a href='/logout'>out</a>"
    b"<a href='http://else.where/item/8'>y</a></html>"
)
ITEM = (
    b"<html><title>Bazaar</title><h1 class=item>5g tea</h1><a class=seller href='/s/ann'>ann</a>"
    b"<p class=price>EUR 4.50</p></html>"
)


@pytest.fixture
def _fourth_market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (observation.CONTRACTS_DIR / "markets").glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "bazaar.yaml").write_text(YAML, "utf-8")
    configs = market_configs(tmp_path)
    monkeypatch.setattr(observation, "market_configs", lambda: configs)
    monkeypatch.setattr(observation, "MARKETS", list(configs))
    monkeypatch.setitem(sys.modules, "cryptodrug_assets.markets.bazaar", bazaar)


@pytest.mark.usefixtures("_fourth_market")
def test_a_fourth_market_is_one_module_and_one_file() -> None:
    market = get_market("bazaar")
    found = market.discover(FRONT, url="http://bazaar.example/")
    assert [link.url for link in found.links if market.in_scope(link)] == ["http://bazaar.example/item/7"]
    moment = datetime(2018, 12, 31, 23, 59, tzinfo=UTC)
    broken = ITEM.replace(b"EUR 4.50", b"a lot")
    pages = [
        PageInput(f"{number:016x}", url, body, moment, "import")
        for number, (url, body) in enumerate(
            [
                ("http://bazaar.example/", FRONT),
                ("http://bazaar.example/item/7", ITEM),
                ("http://bazaar.example/item/9", broken),
            ]
        )
    ]
    frames = parse_captures("bazaar", "2018-12", pages, 1)
    assert frames["listings"].select("listing_id", "title", "vendor_name").rows() == [("7", "5g tea", "ann")]
    assert frames["rejects"]["reason"].to_list() == ["rejected"]
    assert ("bazaar", "2019-01") in observation.observed_cells("bazaar", now=datetime(2019, 1, 5, tzinfo=UTC))
