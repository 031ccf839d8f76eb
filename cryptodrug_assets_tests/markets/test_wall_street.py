"""Wall Street's evidenced layouts: kinds, lists and their forms, offers, profiles, footer, and awkward ways of all."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import CONTENT_KINDS, Link, ParsedPage
from cryptodrug_assets.markets.wall_street.dates import interval_of
from cryptodrug_assets.markets.wall_street.money import amount_of, coins_of, money_of
from cryptodrug_assets_tests.markets.wall_street_pages import (
    CONTENT,
    FACTS,
    INFORMATION,
    NOW,
    OFFERS,
    SITE,
    TREE,
    WALLS,
    Offer,
    OfferPage,
    filters,
    frame,
    listed,
    menu,
    pager,
    profile,
)

MARKET = get_market("wall_street")


def read(text: str, path: str = "/index") -> ParsedPage:
    return MARKET.parse(text.encode(), url=SITE + path, captured_at=NOW)


def offer(page: OfferPage) -> ParsedPage:
    return read(page.html(), "/offer/210013")


def problems(page: ParsedPage) -> set[tuple[str, str]]:
    return {(problem.field, problem.reason) for problem in page.problems}


def posts(page: ParsedPage) -> list[Link]:
    return [link for link in page.links if link.method == "POST"]


@pytest.mark.parametrize("name", WALLS)
def test_walls_are_walls_also_while_logged_in(name: str) -> None:
    kind, text = WALLS[name]
    page = read(text)
    assert (page.page_kind, page.layout) == (kind, "2019-04")
    assert not (page.listings or page.vendors or page.feedback or page.links)
    found = {counter["counter"]: counter["value"] for counter in page.counters if counter["category"] is None}
    assert found == {"customers": 1_050_000, "vendors": 4_800}
    for other in ("dream", "empire"):
        seen = get_market(other).parse(text.encode(), url=SITE, captured_at=None)
        assert seen.page_kind not in (*CONTENT_KINDS, "maintenance")


@pytest.mark.parametrize("name", CONTENT)
def test_content_is_told_apart_and_read_without_a_problem(name: str) -> None:
    kind, url, text = CONTENT[name]
    page = MARKET.parse(text.encode(), url=url, captured_at=NOW)
    assert (page.page_kind, page.problems, page.unread_labels) == (kind, [], [])
    assert page.layout == ("2019-04" if name in ("home", "list", "empty list") else "2018-03")
    assert MARKET.discover(text.encode(), url=url).links == page.links


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # The same software under another name is another market.
        (frame(title="Other Market").replace("Wall<sup>ST</sup> Market", "Other Market"), "foreign"),
        (OfferPage().html().replace("Wallstreet", "Other").replace("Wall<sup>ST</sup>", "Other"), "foreign"),
        (frame("<h2>Status</h2><p>All well</p>"), "home"),
        (frame('<div class="alert alert-danger">404 Not Found</div>'), "not_found"),
        (frame("<p>Your messages</p>", act="MessagesCreate"), "unknown"),
        # Title or masthead may be lost, not both.
        (listed().replace("<title>Wallstreet Market</title>", ""), "listing_index"),
        (listed().replace('class="shop_mhead"', ""), "listing_index"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    page = read(text)
    assert page.page_kind == kind
    if kind in ("foreign", "not_found"):
        assert not page.listings


def test_an_offer_that_is_a_profile_too_is_neither() -> None:
    text = (
        OfferPage().html().replace('<div id="tabcontent">', profile().partition("<table>")[2].join(("<table>", "")), 1)
    )
    page = read(text, "/offer/210013")
    assert (page.page_kind, page.listings, page.vendors) == ("unknown", [], [])
    assert ("page", "conflicting_marks") in problems(page)


def test_cards() -> None:
    rows = read(listed()).listings
    shown = [
        (row["listing_id"], row["title"], row["vendor_name"], row["price_amount"], row["price_currency"],
         row["price_unit"], row["ships_from"], row["ships_to"])
        for row in rows
    ]  # fmt: skip
    assert shown == [
        ("210013", "Some thing, tested", "north_star", Decimal("12.34"), "USD", "Gram", "DE", ["Worldwide"]),
        ("210014", "Another thing 100x", "southwind", Decimal("1234.50"), "EUR", "Piece", "NL",
         ["Only ships to certain countries (DE, AT)"]),
        ("210015", "A third thing", "north_star", Decimal("1045.00"), "USD", None, "BE", ["Worldwide"]),
    ]  # fmt: skip
    assert all((row["category_id"], row["category_path"]) == ("B1", ["Drugs", "Cannabis", "Weed"]) for row in rows)


def test_the_table_of_early_2018() -> None:
    page = read(CONTENT["old list"][2])
    assert [(row["listing_id"], row["vendor_name"], row["price_amount"]) for row in page.listings] == [
        ("210013", "north_star", Decimal("12.34")), ("210014", "southwind", Decimal("1234.50")),
        ("210015", "north_star", Decimal("1045.00")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"price": "$1.234"}, None, None),  # thousands or decimals: not known
        ({"price": "free"}, None, None),
        ({"unit": " / 3.5g"}, "price_unit", "3.5g"),
        ({"unit": ""}, "price_unit", None),
        ({"origin": "Ships from: 12.50"}, "ships_from", None),
        ({"origin": "DE"}, "ships_from", None),
        ({"origin": "Ships from: DE Ships Worldwide"}, "ships_from", None),
        ({"origin": "Ships from: Worldwide"}, "ships_from", "Worldwide"),
        ({"vendor": "Zoë"}, "vendor_name", "Zoë"),
        ({"title": "$5 off"}, "title", "$5 off"),
        ({"to": "Ships to certain places", "countries": "BE"}, "ships_to", ["Ships to certain places (BE)"]),
    ],
)
def test_awkward_cards(changes: dict[str, Any], field: str | None, value: object) -> None:
    page = read(listed([replace(OFFERS[0], **changes), OFFERS[1]]))
    if field is None:
        assert [row["listing_id"] for row in page.listings] == ["210014"]
        assert ("listing", "rejected") in problems(page)
    else:
        row: dict[str, Any] = dict(page.listings[0])
        assert row[field] == value
    assert page.listings[-1]["price_amount"] == Decimal("1234.50")


def test_a_card_without_offer_is_none() -> None:
    page = read(listed(content=f'<div class="card"><div class="card-body"><h4>News</h4></div></div>{OFFERS[0].card()}'))
    assert (len(page.listings), page.problems) == (1, [])


def test_every_level_of_the_tree_with_its_full_form() -> None:
    page = read(frame())
    counts = {c["category_id"]: (c["category"], c["depth"], c["value"]) for c in page.counters if c["category_id"]}
    assert len(counts) == 11
    assert counts["M1"] == ("Drugs / Cannabis", 1, 400)
    assert counts["B1"] == ("Drugs / Cannabis / Weed", 2, 250)
    assert counts["B29"] == ("Drugs / Psychedelics / 2C-X", 2, 40)
    assert {link.category for link in posts(page)} == counts.keys()
    weed = next(link for link in posts(page) if link.category == "B1")
    assert (weed.url, weed.page) == (f"{SITE}/index", 1)
    assert dict(weed.form) == {
        "form[_token]": "token-of-this-session", "form[catT]": "", "form[catM]": "", "form[catB]": "",
        "form[searchTerm]": "", "form[limit]": "90", "form[sort]": "pop_week_desc", "form[shipsfrom]": "",
        "menuCatB": "1",
    }  # fmt: skip
    assert all(MARKET.in_scope(link) for link in page.links)


def test_pages_of_a_list_are_those_that_it_counts() -> None:
    page = read(listed(pages=5, shown=(1, 2, 3)))
    more = [link for link in posts(page) if "form[page]" in dict(link.form)]
    assert [(link.category, link.page) for link in more] == [("B1", number) for number in range(1, 6)]
    form = dict(more[1].form)
    assert (form["form[catT]"], form["form[catM]"], form["form[catB]"], form["form[page]"]) == ("1", "1", "1", "2")
    assert (form["form[limit]"], form["form[_token]"]) == ("90", "token-of-this-session")
    # Without a count, those that the pager shows; of shorter pages none, as their numbers mean other offers.
    assert [link.page for link in posts(read(listed(pages=None))) if "form[page]" in dict(link.form)] == [1, 2, 3]
    assert not [link for link in posts(read(listed(limit=15))) if "form[page]" in dict(link.form)]


def test_the_pager_of_early_2018() -> None:
    text = listed(shown=()).replace("</form>", pager(shown=(1, 2), field="page") + "</form>")
    more = [dict(link.form) for link in posts(read(text)) if "page" in dict(link.form)]
    assert [(form["page"], form["dofilter"]) for form in more][:2] == [("1", "0"), ("2", "0")]


def test_a_page_of_a_list_is_the_same_whatever_token_and_state_it_was_found_with() -> None:
    by_tree = next(link for link in posts(read(frame())) if link.category == "B1")
    other = listed(chosen=("1", "11", "3")).replace("token-of-this-session", "another")
    again = next(link for link in posts(read(other)) if link.category == "B1")
    first = next(link for link in posts(read(listed())) if link.page == 1 and "form[page]" in dict(link.form))
    assert len({MARKET.canonical(link) for link in (by_tree, again, first)}) == 1
    keys = {MARKET.canonical(link) for link in posts(read(listed()))}
    assert len(keys) == 11 + 4


@pytest.mark.parametrize(
    ("path", "form", "allowed"),
    [
        ("/index", {"form[_token]": "t", "menuCatM": "9"}, True),
        ("/index", {"form[_token]": "t", "form[catM]": "9", "form[page]": "2"}, True),
        ("/index", {"menuCatT": "1"}, True),
        ("/index", {"form[_token]": "t"}, False),
        ("/index", {"menuCatM": "9", "form[searchTerm]": "a name"}, False),
        ("/index", {"menuCatM": "9", "form[buy]": "1"}, False),
        ("/logout", {"menuCatM": "9"}, False),
        ("/index", {"simpleLangFrom[language]": "de"}, False),
    ],
)
def test_forms_in_scope(path: str, form: dict[str, str], *, allowed: bool) -> None:
    assert MARKET.in_scope(Link(SITE + path, "listing_index", "POST", tuple(form.items()))) is allowed


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True), ("/index", True), ("/offer/12", True), ("/offer/12/buy", False), ("/profile/x/pgp", True),
        ("/profile/x/info", True), ("/logout", False), ("/messages/new/x", False), ("/signup", False),
    ],
)  # fmt: skip
def test_addresses_in_scope(path: str, *, allowed: bool) -> None:
    assert MARKET.in_scope(Link(SITE + path, "home")) is allowed


@pytest.mark.parametrize(
    ("button", "value"),
    [
        ("Weed 1,250", 1250), ("Weed 1'250", 1250), ("Weed <span>250</span>", 250), ("Weed <span>(250)</span>", None),
        ("Weed", None), ("Weed 12.5", None), ("Weed 7", 7), ("2C-X 7", 7), ("Weed 0 <span>Level 6</span>", None),
        ("Weed 0<b>Level 6</b>", None),
    ],
)  # fmt: skip
def test_counts_of_the_tree(button: str, value: int | None) -> None:
    page = read(frame(tree=menu().replace("Weed 250", button)))
    assert {c["category_id"]: c["value"] for c in page.counters}.get("B1") == value


def test_a_tree_without_any_count_is_a_problem_and_none_of_nought() -> None:
    page = read(frame(tree=re.sub(r" \d+</button>", "</button>", menu())))
    assert {c["counter"] for c in page.counters} == {"customers", "vendors"}
    assert ("category_listings", "missing") in problems(page)
    assert len(posts(page)) == 11


@pytest.mark.parametrize("chosen", [("1", "9", "1"), ("1", "1", "999"), ("2", "1", "1")])
def test_a_category_that_the_tree_does_not_have_is_none(chosen: tuple[str, str, str]) -> None:
    page = read(listed(chosen=chosen))
    assert {(row["category_id"], row["category_path"] and tuple(row["category_path"])) for row in page.listings} == {
        (None, None)
    }
    assert ("category_path", "missing") in problems(page)


@pytest.mark.parametrize("below", [True, False])
def test_an_offer(*, below: bool) -> None:
    page = offer(OfferPage(information_below=below))
    (row,), (seller,) = page.listings, page.vendors
    assert (row["listing_id"], row["title"], row["vendor_name"]) == ("210013", "Some thing, tested", "north_star")
    assert (row["price_amount"], row["price_currency"], row["price_unit"]) == (Decimal("12.34"), "USD", "Gram")
    assert (row["ships_from"], row["ships_to"]) == ("Germany", ["Worldwide with Exceptions (United States, Japan)"])
    assert (row["escrow"], row["payment"], row["product_class"]) == (True, "Escrow, multisig", "physical")
    assert (row["views"], row["units_sold"], row["quantity_left"]) == (1204, 77, None)
    assert row["minimum_order"] == 2
    assert row["category_path"] == ["Drugs", "Cannabis", "Weed"]
    assert row["shipping_options"] == [
        {"name": "Letter", "days": None, "currency": "BTC", "amount": Decimal("0.0004"), "per": "order"},
        {"name": "Box - insured", "days": None, "currency": "BTC", "amount": Decimal("0.0021"), "per": "order"},
    ]
    assert row["bulk_prices"] == [
        {"min_quantity": 10, "max_quantity": None, "currency": "USD", "amount": Decimal("11.00")}
    ]
    assert row["description"] == "What it is.\nHow it is sent."
    assert (seller["vendor_name"], seller["sales"]) == ("north_star", None)
    assert [(f["rating"], f["comment"], f["buyer_masked"], f["listing_title"]) for f in page.feedback] == [
        (4.5, "Fine as ever", "b***s", "Some thing, tested"), (5.0, "Good", "k***a", "Some thing, tested"),
        (3.0, "Late", "z***z", "Some thing, tested"), (5.0, "Quick", "q***e", "Some thing, tested"),
        (1.0, "", "r***r", "Some thing, tested"),
    ]  # fmt: skip
    assert [f["dated_at"] is None for f in page.feedback] == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"prices": [("1 Piece", "€45,00", "0.009 BTC / Piece")]}, "price_amount", Decimal("45.00")),
        ({"prices": [("1 Gram", "", "0.0025 BTC / Gram")]}, "price_currency", "BTC"),
        ({"prices": [("5 Gram", "$9.00", "0.0025 BTC")]}, "price_unit", None),
        ({"prices": [("1 Gram", "$9.00", "0.0025 BTC")]}, "price_unit", "Gram"),
        ({"shipping": []}, "shipping_options", []),
        ({"lines": [("ion-ios-monitor-outline", "Digital"), ("ion-log-in", "Worldwide")]}, "product_class", "digital"),
        ({"lines": [("ion-android-share-alt", "FE"), ("ion-log-in", "Worldwide")]}, "escrow", False),
        ({"lines": [("ion-log-out", "Ships from: FR"), ("ion-log-in", "Worldwide")]}, "ships_from", "Germany"),
        ({"lines": [("ion-log-out", "Ships from: France"), ("ion-log-in", "Worldwide")]}, "ships_from", None),
        ({"lines": [("ion-log-out", "Ships from: FR<select><option>BE</option></select>")],
          "information": {"Views": "3"}}, "ships_from", None),
        ({"information": INFORMATION | {"Quantity in stock": "1'250 Gram"}}, "quantity_left", 1250),
        ({"information": INFORMATION | {"Already sold": "some"}}, "units_sold", None),
        ({"information": INFORMATION | {"Views": "3 days"}}, "views", None),
        ({"information": INFORMATION | {"Quantity in stock": "3 days"}}, "quantity_left", None),
        ({"information": INFORMATION | {"Minimum amount per order": "0.5 Gram"}}, "minimum_order", Decimal("0.5")),
        ({"information": {k: v for k, v in INFORMATION.items() if k != "Category"}}, "category_path", None),
        ({"feedback": ()}, "title", "Some thing, tested"),
    ],
)  # fmt: skip
def test_awkward_offers(changes: dict[str, Any], field: str, value: object) -> None:
    row: dict[str, Any] = dict(offer(OfferPage().but(**changes)).listings[0])
    assert row[field] == value


@pytest.mark.parametrize(
    "changes",
    [
        {"prices": []}, {"prices": [("Gram", "$9.00", "0.1 BTC")]}, {"prices": [("1 Gram", "$9.00", "soon")]},
        {"offer": Offer(vendor="a b")},
    ],
)  # fmt: skip
def test_an_offer_without_price_or_seller_is_rejected(changes: dict[str, Any]) -> None:
    page = offer(OfferPage().but(**changes))
    assert (page.listings, page.vendors, page.feedback) == ([], [], [])
    assert ("listing", "rejected") in problems(page)


def test_what_the_refund_tab_says_is_no_description() -> None:
    (row,) = read(OfferPage().html(), "/offer/210013/refund").listings
    assert (row["listing_id"], row["description"]) == ("210013", None)


def test_unknown_labels_are_named() -> None:
    page = offer(OfferPage().but(information=INFORMATION | {"Moon phase": "full"}))
    assert page.unread_labels == ["Moon phase"]


def test_sales_are_the_vendors_and_not_the_buyers() -> None:
    (vendor,) = read(profile(), "/profile/north_star").vendors
    assert (vendor["vendor_name"], vendor["sales"], vendor["sales_hi"]) == ("north_star", 2210, 2210)
    assert (vendor["rating"], vendor["rating_count"], vendor["vendor_level"]) == (4.91, 1980, 7)
    assert (vendor["member_since"], vendor["last_active"]) == (date(2017, 3, 3), date(2019, 4, 3))
    buyer = [fact for fact in FACTS if fact[0] not in ("Open/Completed orders", "Rated orders")]
    (vendor,) = read(profile(facts=buyer), "/profile/north_star").vendors
    assert vendor["sales"] is None


@pytest.mark.parametrize(
    ("label", "text", "field", "value"),
    [
        ("Open/Completed orders", "0 / 7", "sales", 7),
        ("Open/Completed orders", "7", "sales", None),
        ("Rated orders", "1,980", "rating_count", 1980),
        ("Last online", "about 3 hours ago", "last_active", date(2019, 4, 3)),
        ("Last online", "about 2 months ago", "last_active", None),
        ("Last online", "not available", "last_active", None),
        ("Last online", "02:15 pm UTC (Tue, 2. Apr, 2019)", "last_active", date(2019, 4, 2)),
        ("Vendor-Level", "7", "vendor_level", None),
    ],
)
def test_awkward_profiles(label: str, text: str, field: str, value: object) -> None:
    facts = [(label, text) if fact[0] == label else fact for fact in FACTS]
    vendor: dict[str, Any] = dict(read(profile(facts=facts), "/profile/north_star").vendors[0])
    assert vendor[field] == value


def test_a_rating_is_the_vendors_only_below_that_heading() -> None:
    facts = [fact for fact in FACTS if fact not in ("Buyer-statistics", "Vendor-statistics")]
    (vendor,) = read(profile(facts=facts), "/profile/north_star").vendors
    assert (vendor["rating"], vendor["rating_count"], vendor["sales"]) == (None, None, 2210)


def test_two_values_of_one_label_are_none() -> None:
    page = read(profile(facts=[*FACTS, ("Open/Completed orders", "1/9")]), "/profile/north_star")
    assert page.vendors[0]["sales"] is None
    assert ("Open/Completed orders", "multiple") in problems(page)


def test_a_profile_under_another_name_is_rejected() -> None:
    page = read(profile("north_star"), "/profile/southwind")
    assert page.vendors == []
    assert ("vendor", "rejected") in problems(page)
    # A page that was saved without its address names itself in its tabs.
    assert MARKET.parse(profile().encode(), url="http://saved.page/x", captured_at=NOW).vendors


@pytest.mark.parametrize("path", ["/profile/Zo%C3%AB", "/profile/Zo%C3%AB/pgp"])
def test_a_name_that_its_address_writes_in_another_way(path: str) -> None:
    text = profile("Zoë").replace("/profile/Zoë", "/profile/Zo%C3%AB")
    assert [vendor["vendor_name"] for vendor in read(text, path).vendors] == ["Zoë"]
    assert [v["vendor_name"] for v in MARKET.parse(text.encode(), url=SITE, captured_at=NOW).vendors] == ["Zoë"]


def test_a_key_on_its_tab() -> None:
    text = profile(
        inside="<pre>-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n-----END PGP PUBLIC KEY BLOCK-----</pre>"
    )
    page = read(text, "/profile/north_star/pgp")
    assert (page.vendors[0]["pgp_fingerprint"], page.vendors[0]["profile_text"]) == (None, None)
    assert ("pgp_fingerprint", "unreadable") in problems(page)


def test_offers_on_a_profile_carry_the_category_above_them() -> None:
    rows = read(CONTENT["offers of a vendor"][2], "/profile/north_star/offers").listings
    assert [(row["listing_id"], row["category_path"], row["price_amount"]) for row in rows] == [
        ("210013", ["Drugs", "Cannabis"], Decimal("12.34")), ("210015", ["Drugs", "Opiates"], Decimal("1045.00")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("customers", "vendors", "value"),
    [("821.6k", "3784", (821_600, 3784)), ("1.05m", "4.8k", (1_050_000, 4_800)), ("many", "4.8k", (None, 4_800))],
)
def test_the_footers_numbers(customers: str, vendors: str, value: tuple[int | None, int | None]) -> None:
    page = read(frame(customers=customers, vendors=vendors))
    counts = {c["counter"]: c["value"] for c in page.counters}
    assert (counts.get("customers"), counts.get("vendors")) == value
    assert (("customers", "unreadable") in problems(page)) is (value[0] is None)


def test_a_footer_in_another_language_is_named_and_not_guessed() -> None:
    page = read(frame().replace(" Customers", " Kunden").replace(" Vendors", " Verkäufer"))
    assert not [c for c in page.counters if c["category"] is None]
    assert page.unread_labels == ["1.05m Kunden", "4.8k Verkäufer"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("about 1 minute ago", "2019-04-03T14:50", "2019-04-03T14:51"),
        ("about an hour ago", "2019-04-03T12:52", "2019-04-03T13:52"),
        ("about 3 days ago", "2019-03-30T14:52", "2019-03-31T14:52"),
        ("about 1 week ago", "2019-03-20T14:52", "2019-03-27T14:52"),
        ("about 1 month ago", "2019-01-31T14:52", "2019-03-06T14:52"),
        ("Online", "2019-04-03T14:51", "2019-04-03T14:52"),
        ("02:15 pm UTC (Tue, 2. Apr, 2019)", "2019-04-02T14:15", "2019-04-02T14:16"),
        ("12:05 am UTC (2. Apr)", "2019-04-02T00:05", "2019-04-02T00:06"),
        ("Nov 12, 13:05 UTC", "2018-11-12T13:05", "2018-11-12T13:06"),
        ("Nov 12, 2017, 13:05 UTC", "2017-11-12T13:05", "2017-11-12T13:06"),
        ("12. Nov, 13:05 UTC", "2018-11-12T13:05", "2018-11-12T13:06"),
        ("Feb 29, 13:05 UTC", "2016-02-29T13:05", "2016-02-29T13:06"),
    ],
)
def test_dates(text: str, low: str, high: str) -> None:
    expected = tuple(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (low, high))
    assert interval_of(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    ["", "not available", "yesterday", "13:05 pm UTC (2. Apr, 2019)", "Foo 12, 13:05 UTC", "Feb 30, 2018, 13:05 UTC"],
)
def test_no_dates(text: str) -> None:
    assert interval_of(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12", "12"), ("12.3", "12.3"), ("12,30", "12.30"), ("1.234.567", "1234567"), ("1'234", "1234"),
        ("1’234,50", "1234.50"), ("0.123", "0.123"), ("1234.567", "1234.567"), ("1.234", None), ("1,234", None),
        ("1,234,56", None), ("12.34.56", None), ("", None), (".", None), ("9" * 40, None),
    ],
)  # fmt: skip
def test_amounts(text: str, amount: str | None) -> None:
    assert amount_of(text) == (None if amount is None else Decimal(amount))


def test_money_and_coins() -> None:
    assert money_of("$ 5") == (Decimal(5), "USD", None)
    assert money_of("£5") is None
    assert money_of("5 $") is None
    assert coins_of("1.234 BTC") == (Decimal("1.234"), None)
    assert coins_of("$5") is None


def test_the_tree_here_is_a_part_of_the_categories_that_have_a_class() -> None:
    from cryptodrug_assets.reference.category_files import market_categories

    known = {row.path for row in market_categories("wall_street")}
    paths = {c["category"] for c in read(frame(form=filters(), tree=menu(TREE))).counters if c["category"]}
    assert paths <= known


@pytest.mark.parametrize(
    ("box", "places"),
    [
        ("<div>Ships Worldwide</div>", ["Worldwide"]),
        (
            "<div>Only ships to certain countries<div><div>DE, AT</div></div></div>",
            ["Only ships to certain countries (DE, AT)"],
        ),
        (" Only ships to certain countries <div><div>BE</div></div>", ["Only ships to certain countries (BE)"]),
        ("", None),
    ],
)
def test_destinations_in_their_boxes(box: str, places: list[str] | None) -> None:
    card = OFFERS[0].card().replace(" Ships Worldwide", box)
    assert read(listed(content=card)).listings[0]["ships_to"] == places


@pytest.mark.parametrize("digits", [20, 5000, 200_000])
def test_endless_numbers_are_no_numbers(digits: int) -> None:
    many = "9" * digits
    prices = [(f"{many} Gram", f"${many}", f"{many} BTC")]
    assert offer(OfferPage().but(prices=prices, information=INFORMATION | {"Views": many})).listings == []
    assert offer(OfferPage().but(information=INFORMATION | {"Views": many})).listings[0]["views"] is None
    facts: list[str | tuple[str, str]] = [
        "Vendor-statistics",
        ("Open/Completed orders", f"1/{many}"),
        ("Rated orders", many),
        ("Average rating", f"({many})"),
    ]
    assert read(profile(facts=facts), "/profile/north_star").vendors[0]["sales"] is None
    assert read(listed(pages=None).replace("<li></li>", f"<li>{many}/3</li>")).page_kind == "listing_index"
    assert read(frame(customers=many, tree=menu().replace("Weed 250", f"Weed {many}"))).page_kind == "home"
