"""Markets that ship with a parser and are not observed: every expected value of their archived pages, and their places.

A page of one market is foreign to every other, however much of the layout they share.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import CONTENT_KINDS, Link, ParsedPage
from cryptodrug_assets.observation import MARKETS, UserError, check_market, observed_cells, unobserved_markets
from cryptodrug_assets.reference.category_files import market_categories
from cryptodrug_assets_tests.markets.pages import changed, pages, read

MORE = ("apollon", "cryptonia")
# The day an offer was made has no field in the record.
NO_FIELD = {"listed_on"}
# Values that stand on a page's first offer, vendor or the page itself, whatever the set calls them.
OF_THE_VENDOR = {"vendor_level": "vendor_level", "vendor_sales": "sales", "sales": "sales"}
OF_THE_OFFER = {"category_leaf", "listing_id", "price_amount", "price_currency", "price_unit"}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _got(record: Mapping[str, Any], field: str, want: Any) -> Any:
    match field:
        case "category_leaf":
            return record["category_path"][-1]
        case "shipping_option_count" | "bulk_price_count":
            return len(record[{"s": "shipping_options", "b": "bulk_prices"}[field[0]]])
        case "shipping_options":
            return [
                {key: _plain(option[key]) for key in each} for option, each in zip(record[field], want, strict=True)
            ]
        case "external_ratings":
            # The set has our names of the markets; pages write them in capitals, too.
            return [[row["market"].lower(), row["sales"], row["rating"]] for row in record[field]]
        case "has_pgp":
            return record["pgp_fingerprint"] is not None
        case "day":
            return record["dated_lo"].date().isoformat()
        case _:
            return _plain(record[field])


def _wanted(field: str, want: Any) -> Any:
    return [[row["market"], row["sales"], row["rating"]] for row in want] if field == "external_ratings" else want


def _differences(page: ParsedPage, expected: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What was read against what is expected, field by field."""
    pairs: list[tuple[str, Any, Any]] = [("page_kind", page.page_kind, expected["page_kind"])]
    also = expected.get("also", {})
    rows: list[tuple[str, Sequence[Mapping[str, Any]], list[dict[str, Any]]]] = [
        ("listing", page.listings[:1], [expected.get("listing", {})]),
        ("vendor", page.vendors[:1], [expected.get("vendor", {})]),
        ("index_first", page.listings, expected.get("index_first", [])),
        ("feedback_first", page.feedback, expected.get("feedback_first", [])),
        ("listing", page.listings[:1], [{key: also[key] for key in OF_THE_OFFER & set(also)}]),
        ("vendor", page.vendors[:1], [{OF_THE_VENDOR[key]: also[key] for key in OF_THE_VENDOR if key in also}]),
    ]
    for name, records, wants in rows:
        for number, fields in enumerate(wants):
            for field, want in fields.items():
                if field not in NO_FIELD:
                    pairs.append((f"{name}.{field}", _got(records[number], field, want), _wanted(field, want)))
    for field, count in (("listing_rows", len(page.listings)), ("feedback_rows", len(page.feedback))):
        pairs += [(field, count, where[field]) for where in (expected, also) if field in where]
    rates = expected.get("exchange_rates", {}) | also.get("exchange_rates", {})
    pairs += [(name, page.exchange_rates.get(name), rate) for name, rate in rates.items()]
    if "page_clock" in also:
        pairs.append(("page_clock", page.page_clock and page.page_clock.strftime("%Y-%m-%dT%H:%M"), also["page_clock"]))
    if "listing_ids" in also:
        pairs.append(("listing_ids", [row["listing_id"] for row in page.listings], also["listing_ids"]))
        prices = [[_plain(row["price_amount"]), row["price_currency"], row["price_unit"]] for row in page.listings]
        pairs.append(("prices", prices, also["prices"]))
    if "minimum_order" in expected.get("beyond_format", {}):
        pairs.append(("minimum_order", page.listings[0]["minimum_order"], expected["beyond_format"]["minimum_order"]))
    return [pair for pair in pairs if pair[1] != pair[2]]


def test_every_expected_value(real_pages: Path) -> None:
    expected = json.loads((real_pages / "more" / "expected.json").read_text("utf-8"))
    own = {name: want["as_own_market"] for name, want in expected.items() if "as_own_market" in want}
    assert len(own) == 6
    wrong = {}
    for name, want in own.items():
        market = get_market(name.split("/")[0])
        page = market.parse((real_pages / name).read_bytes(), url="http://saved.page/", captured_at=None)
        assert page.problems == [] and page.unread_labels == [], name
        if differences := _differences(page, want):
            wrong[name] = differences
    assert wrong == {}


@pytest.mark.parametrize("market", MORE)
def test_pages_of_other_markets_are_foreign(real_pages: Path, market: str) -> None:
    for path in sorted(real_pages.rglob("*.html")):
        if path.parent.name != market:
            page = get_market(market).parse(path.read_bytes(), url="http://saved.page/", captured_at=None)
            # An Empire mirror once answered with Apollon's error page.
            kinds = ("foreign", "unknown", "not_found") if path.name == "foreign_0.html" else ("foreign", "unknown")
            assert page.page_kind in kinds, path
            assert not (page.listings or page.vendors or page.feedback or page.links), path


@pytest.mark.parametrize("market", [*MARKETS, *MORE])
def test_their_pages_are_foreign_to_the_others(real_pages: Path, market: str) -> None:
    for path in (path for name in MORE if name != market for path in (real_pages / name).glob("*.html")):
        page = get_market(market).parse(path.read_bytes(), url="http://saved.page/", captured_at=None)
        assert page.page_kind in ("foreign", "unknown"), path
        assert not (page.listings or page.vendors or page.feedback), path


# --- the clone guard ---


@pytest.mark.parametrize(("address", "text"), pages("empire"))
def test_a_clone_of_empire_is_foreign(address: str, text: str) -> None:
    """The layout with another brand, and with none at all: every other mark stands."""
    assert read("empire", text, address).page_kind in CONTENT_KINDS
    for name in ("Oasis Market", "Oasis", ""):
        page = read("empire", text.replace("Empire Market", name).replace("Empire", name), address)
        assert page.page_kind == "foreign", name
        assert not (page.listings or page.vendors or page.feedback or page.links)


def test_a_clone_that_speaks_of_empire_is_foreign() -> None:
    """What vendors write is no brand: an offer of a clone may name Empire in its title."""
    page = changed("empire", "listing", ("<title>Empire Market - ", "<title>Oasis - Empire Market - "),
                   (" Empire Market. ", " Oasis. "))  # fmt: skip
    assert page.page_kind == "foreign"


def test_a_torn_page_keeps_its_kind() -> None:
    """Without its footer a page is branded by its title."""
    page = read("empire", pages("empire")[0][1].partition('<div class="footer">')[0])
    assert page.page_kind == "listing"


def test_archived_pages_under_another_brand(real_pages: Path) -> None:
    count = 0
    for path in sorted((real_pages / "empire").glob("*.html")):
        text = path.read_text("utf-8", "replace").replace("Empire Market", "Oasis Market")
        page = get_market("empire").parse(text.encode(), url="http://saved.page/", captured_at=None)
        assert page.page_kind in ("foreign", "redirect"), path.name
        assert not (page.listings or page.vendors or page.feedback or page.links)
        count += page.page_kind == "foreign"
    assert count > 15


# --- their place: shipped, not observed ---


def test_they_ship_unobserved() -> None:
    assert set(MORE) <= set(unobserved_markets())
    assert {market for market, _ in observed_cells()}.isdisjoint(MORE)
    with pytest.raises(UserError, match="cryptodrug market enable apollon"):
        check_market("apollon")


@pytest.mark.parametrize(("market", "path", "drug_class"), [
    ("cryptonia", "Metadon", "other_opioids"), ("cryptonia", "Weed", "cannabis"),
    ("apollon", "Drugs / Stimulants / Coke", "cocaine"), ("apollon", "Guides & Tutorials / Drugs", "not_a_drug"),
])  # fmt: skip
def test_their_categories(market: str, path: str, drug_class: str) -> None:
    assert {row.path: row.drug_class for row in market_categories(market)}[path] == drug_class


@pytest.mark.parametrize(("market", "url", "wanted"), [
    ("apollon", "http://a.onion/listing.php?ls_id=7", True),
    ("apollon", "http://a.onion/listing.php?ls_id=7&fvlst=1", False),
    ("apollon", "http://a.onion/listing.php?ls_id=7&report=1", False),
    ("apollon", "http://a.onion/user.php?u_id=ann&tab=2", True),
    ("apollon", "http://a.onion/home.php?cid=2&csid=53&pg=3", True),
    ("apollon", "http://a.onion/home.php?ndm=1", False),
    ("apollon", "http://a.onion/logout.php", False),
    ("cryptonia", "http://a.onion/product/7", True),
    ("cryptonia", "http://a.onion/products/all/Weed/2", True),
    ("cryptonia", "http://a.onion/logout", False),
    ("cryptonia", "http://a.onion/messages/new/ann", False),
])  # fmt: skip
def test_scope(market: str, url: str, wanted: bool) -> None:
    assert get_market(market).in_scope(Link(url, "listing")) is wanted


@pytest.mark.parametrize(("market", "one", "other"), [
    ("apollon", "http://a.onion/?csid=53&cid=2", "http://b.onion/home.php?cid=2&csid=53&pg=1"),
    ("cryptonia", "http://a.onion/products/all/Weed/1", "http://b.onion/products/all/Weed"),
])  # fmt: skip
def test_one_page_has_one_key(market: str, one: str, other: str) -> None:
    reader = get_market(market)
    assert reader.canonical(Link(one, "listing_index")) == reader.canonical(Link(other, "listing_index"))
