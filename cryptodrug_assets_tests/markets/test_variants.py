"""What else a page may say: one thing changed on a synthetic page, and exactly that read back."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets_tests.markets.pages import changed, page, read

DREAM_PRICE = "<span>฿0.011399 (€38.28)</span>"


def _offer(parsed: ParsedPage) -> Mapping[str, Any]:
    assert len(parsed.listings) == 1, parsed.problems
    return parsed.listings[0]


def _problems(parsed: ParsedPage) -> list[tuple[str, str]]:
    return [(problem.field, problem.reason) for problem in parsed.problems]


@pytest.mark.parametrize(
    ("text", "amount", "currency", "quotes"),
    [
        ("$50.96", "50.96", "USD", 1),
        ("£1,399.18", "1399.18", "GBP", 1),
        ("฿0.00271", "0.00271", "BTC", 1),
        ("฿0.000787 (€7.28)", "0.000787", "BTC", 2),
        ("฿0.000272 ($3.1096000000000004)", "0.000272", "BTC", 2),
        ("฿0.000001 ($6.4E-4)", "0.000001", "BTC", 2),
        ("$1.25E7", "12500000", "USD", 1),
        ("AUD 33.5", "33.5", "AUD", 1),
        ("CAD33.5", "33.5", "CAD", 1),
        ("C$33.5", "33.5", "CAD", 1),
        ("A$33.5", "33.5", "AUD", 1),
        ("R$100", "100", "BRL", 1),
        ("12.5 CAD", "12.5", "CAD", 1),
        ("30 €", "30", "EUR", 1),
        ("mBTC 0.5", "0.5", "mBTC", 1),
        ("BCH 0.1 ($20)", "0.1", "BCH", 2),
        ("$0", "0", "USD", 1),
    ],
)
def test_prices_of_dream(text: str, amount: str, currency: str, quotes: int) -> None:
    offer = _offer(changed("dream", "listing", (DREAM_PRICE, f"<span>{text}</span>")))
    assert (offer["price_amount"], offer["price_currency"]) == (Decimal(amount), currency)
    assert (len(offer["price_quotes"]), offer["price_text"]) == (quotes, text)


@pytest.mark.parametrize("text", ["$", "fifty", "$1.2.3", "kr 55", "$5 or €6", "", "$1,39"])
def test_what_is_no_price_of_dream_rejects_the_offer(text: str) -> None:
    parsed = changed("dream", "listing", (DREAM_PRICE, f"<span>{text}</span>"))
    assert parsed.page_kind == "listing"
    assert parsed.listings == []
    assert ("listing", "rejected") in _problems(parsed)


@pytest.mark.parametrize(
    ("text", "sales", "rating"),
    [
        ("3000, 4.825/5", 3000, 4.825),
        ("800/27/96", None, None),
        ("200~500, 4.89/5", None, 4.89),
        ("#19, 9.79/10", None, 9.79),
        ("500+ deals, 4.9/5", None, 4.9),
        ("1,200 deals, 4.9/5", 1200, 4.9),
        ("", None, None),
    ],
)
def test_ratings_imported_to_dream(text: str, sales: int | None, rating: float | None) -> None:
    parsed = changed("dream", "listing", (">473/3/1<", f">{text}<"))
    expected = {"market": "alphabay", "sales": sales, "rating": rating, "text": text}
    assert parsed.vendors[0]["external_ratings"] == [expected]


def test_several_imported_ratings_and_an_unknown_one() -> None:
    known = '</span>) (<span class="bmrLinkedUserRating externalVendorRef">9, 5/5'
    more = f'{known}</span>) (<span class="externalVendorRef x">1'
    parsed = changed("dream", "listing", (">473/3/1<", f">473/3/1{more}<"))
    ratings: Any = parsed.vendors[0]["external_ratings"]
    assert [rating["market"] for rating in ratings] == ["alphabay", "bmr"]
    assert parsed.unread_labels == ["imported rating: externalVendorRef x"]


def test_odds_of_a_dream_offer() -> None:
    places = "\nWorldwide\n", "\nBelgium, Netherlands,  CHINA\n"
    assert _offer(changed("dream", "listing", places))["ships_to"] == ["Belgium", "Netherlands", "CHINA"]
    assert _offer(changed("dream", "listing", ("category  selected", "category")))["category_path"] is None
    text = page("dream", "listing")[1]
    quiet = read("dream", re.sub(r'<div class="ratings">.*?</table>', '<div class="ratings">', text, flags=re.DOTALL))
    assert (quiet.feedback, quiet.problems, len(quiet.listings)) == ([], [], 1)
    bare = read("dream", re.sub(r'<table class="shippingTable.*?</table>', "", text, flags=re.DOTALL))
    assert (_offer(bare)["shipping_options"], bare.problems) == ([], [])
    new = read("dream", re.sub(r'<span title="Successful.*?</span>\)</a>', "</a>", text, flags=re.DOTALL))
    assert (new.vendors[0]["sales"], new.vendors[0]["rating"], len(new.listings)) == (None, None, 1)


def test_an_item_of_a_dream_list_whose_links_disagree_is_rejected() -> None:
    parsed = changed(
        "dream", "list", ('smallButton" href="./viewProduct?offer=600000', 'smallButton" href="./viewProduct?offer=7')
    )
    whole = read("dream", page("dream", "list")[1])
    assert len(parsed.listings) == len(whole.listings) - 1
    assert _problems(parsed) == [("listing", "rejected")]


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("06/09/2017", "01/12/2013", "member_since", date(2013, 12, 1)),
        ("31/12/2018 (today)", "16/11/2018 (yesterday)", "last_active", date(2018, 11, 16)),
        ("(1100)", "(19)", "sales_hi", 19),
        ("(1100)", "(1,100)", "sales", 1100),
        ("<span>Yes</span>", "<span>No</span>", "finalize_early", False),
        ("<span>Yes</span>", "<span>Maybe</span>", "finalize_early", None),
        ("<td>Older</td><td>0</td>", "<td>Older</td><td>x</td>", "rating_buckets", None),
        ("<td>Older</td>", "<td>Newer</td>", "rating_buckets", None),
    ],
)
def test_vendors_of_dream(old: str, new: str, field: str, value: Any) -> None:
    parsed = changed("dream", "ratings", (old, new))
    vendor: Mapping[str, Any] = parsed.vendors[0]
    assert vendor[field] == value
    assert bool(parsed.problems) == (value is None)


def test_ratings_of_dream_that_are_not_shown_are_counted() -> None:
    head, table, tail = page("dream", "ratings")[1].rpartition("</table>")
    more = '<div class="andMoreRatings">And 3750 more ratings...</div>'
    assert read("dream", head + table + more + tail).vendors[0]["feedback_not_shown"] == 3750
    assert read("dream", head + table + tail).vendors[0]["feedback_not_shown"] is None


def test_rating_rows_of_dream_none_one_and_half() -> None:
    text = page("dream", "ratings")[1]
    rows = re.findall(r'<tr>\s*<td class="dontwrap center">.*?</tr>', text, re.DOTALL)
    none = text.replace("".join(rows), "")
    for row in rows:
        none = none.replace(row, "")
    assert read("dream", none).feedback == []
    at = none.index("<tbody>", none.index("ratingTable")) + len("<tbody>")
    one = read("dream", none[:at] + rows[0] + none[at:])
    assert (len(one.feedback), one.problems) == (1, [])
    half = rows[0].replace("star_gold", "nothing", 1)
    damaged = read("dream", none[:at] + half + none[at:])
    assert (damaged.feedback, _problems(damaged)) == ([], [("feedback", "rejected")])


KEYLESS = "<pre>-----BEGIN PGP PUBLIC KEY BLOCK-----\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----</pre>"


def test_terms_and_key_of_dream_stand_under_headings() -> None:
    def profile(*blocks: tuple[str, str]) -> dict[str, Any]:
        text = page("dream", "ratings")[1]
        tabs = "".join(
            f'<div><div class="subtitle">{head}</div><div class="preformattedNotes">{pre}</div></div>'
            for head, pre in blocks
        )
        at = text.index('<div style=""><div id="tableOfRatings">')
        return dict(read("dream", f'{text[:at]}<div class="messagingTab">{tabs}</div>{text[at:]}').vendors[0])

    terms = "Terms and conditions", "<pre>no\n  returns</pre>"
    key = "Public PGP key", KEYLESS
    assert profile(terms, key)["profile_text"] == profile(key, terms)["profile_text"] == "no\nreturns"
    assert profile(key)["profile_text"] is None
    assert profile(("Terms and conditions", "<pre></pre>"))["profile_text"] is None
    assert profile(terms, ("Public PGP key", "<pre></pre>"))["pgp_key"] is None


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("USD 1,399.18", "1399.18", "USD"),
        ("EUR 75.00", "75", "EUR"),
        ("GBP 0.99", "0.99", "GBP"),
        ("AUD 12,345,678.90", "12345678.90", "AUD"),
        ("CAD 7", "7", "CAD"),
        ("BTC 0.01230001", "0.01230001", "BTC"),
    ],
)
def test_prices_of_empire(text: str, amount: str, currency: str) -> None:
    offer = _offer(changed("empire", "listing", ("USD 34.66", text)))
    assert (offer["price_amount"], offer["price_currency"], offer["price_text"]) == (Decimal(amount), currency, text)


@pytest.mark.parametrize("text", ["USD", "12.00", "CHF 5", "USD 1,39", "USD 108.0041", "USD 1 USD 2"])
def test_what_is_no_price_of_empire_rejects_the_offer(text: str) -> None:
    assert changed("empire", "listing", ("USD 34.66", text)).listings == []


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("FE Listing 100%", "Escrow", "escrow", True),
        ("FE Listing 100%", "Escrow, MultiSig", "escrow", True),
        ("FE Listing 100%", "FE Listing 100%", "escrow", False),
        ("FE Listing 100%", "FE Listing 50%", "escrow", None),
        ("<b>Unlimited</b>", "<b>1,250</b>", "quantity_left", 1250),
        ("<b>Unlimited</b>", "<b>0</b>", "quantity_left", 0),
        ("<td>Belgium</td>", "<td>Australia(c)</td>", "ships_from", "Australia(c)"),
        ("<td>Belgium</td>", "<td>Virgin Islands (U.S.)</td>", "ships_from", "Virgin Islands (U.S.)"),
        ("298 sold since", "1,298 sold since", "units_sold", 1298),
        (">World Wide<", ">World Wide, United States, Asia, Africa, Antarctica(c)<", "ships_to",
         ["World Wide", "United States", "Asia", "Africa", "Antarctica(c)"]),
        ("Physical Package", "Digital", "product_class", "digital"),
        # A description is no part of the page's own statements.
        ("Synthetic article of a synthetic market.", "Purchase price: USD 1.00<br>5 sold since May 01, 2019.",
         "description", "Purchase price: USD 1.00\n5 sold since May 01, 2019.\nNothing here can be bought."),
    ],
)  # fmt: skip
def test_offers_of_empire(old: str, new: str, field: str, value: Any) -> None:
    offer = _offer(changed("empire", "listing", (old, new)))
    assert offer[field] == value
    assert offer["price_amount"] == Decimal("34.66")


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("a - b  -  3 days  - USD + 8.00 / order", ("a - b", 3, "USD", Decimal(8), "order")),
        ("x - 1 day - EUR + 1,008.50 / item", ("x", 1, "EUR", Decimal("1008.5"), "item")),
        ("Express - 2 weeks - GBP + 0.00", ("Express", 14, "GBP", Decimal(0), None)),
        ("q - 12 hours - AUD + 5 / order", ("q", 0.5, "AUD", Decimal(5), "order")),
    ],
)
def test_shipping_of_empire(text: str, option: tuple[Any, ...]) -> None:
    old = "standard letter - untracked  -  5 days  - USD + 3.00 / order"
    read_options: Any = _offer(changed("empire", "listing", (old, text)))["shipping_options"]
    assert tuple(read_options[0].values()) == option
    assert ("shipping_options", "unreadable") in _problems(changed("empire", "listing", (old, "free of charge")))


def test_bulk_prices_of_empire_in_a_table_of_the_same_class() -> None:
    rows = (
        "<tr><td></td><td>From qty 250 to 1,499</td><td>USD 1.30</td><td>0.00013823 BTC</td></tr>"
        "<tr><td></td><td>From qty 1,500 to Unlimited</td><td>USD 1,001.10</td><td>0.1 BTC</td></tr>"
    )
    table = f'<table class="productTbl"><tbody>{rows}</tbody></table><div style="margin-top:5px;">'
    parsed = changed("empire", "listing", ('<div style="margin-top:5px;">', table))
    prices: Any = _offer(parsed)["bulk_prices"]
    assert [tuple(price.values()) for price in prices] == [
        (250, 1499, "USD", Decimal("1.30")),
        (1500, None, "USD", Decimal("1001.10")),
    ]
    assert parsed.problems == []


def test_an_offer_says_what_the_market_attests_of_its_seller() -> None:
    badge = '<span title="Verified Dream Market successful sales and star rating 1-5"> <img src="x">7,600 (4.89)</span>'
    parsed = changed("empire", "listing", ("Trust level 4</span>", f"Trust level 4</span>{badge}"))
    ratings = parsed.vendors[0]["external_ratings"]
    assert ratings == [{"market": "Dream Market", "sales": 7600, "rating": 4.89, "text": "7,600 (4.89)"}]
    other = changed(
        "empire", "listing", ("Trust level 4</span>", f"Trust level 4</span>{badge.replace('7,600', 'many')}")
    )
    assert other.vendors[0]["external_ratings"] == [
        {"market": "Dream Market", "sales": None, "rating": None, "text": "many (4.89)"}
    ]


def test_an_unknown_row_of_the_product_table_is_reported() -> None:
    assert changed("empire", "listing", ("<b>Ends In</b>", "<b>Ends Soon</b>")).unread_labels == ["Ends Soon"]
    assert changed("empire", "vendor", ("Feedback left", "Stars left")).unread_labels == ["Stars left"]
    assert changed("dream", "ratings", ("FE enabled", "Holiday")).unread_labels == ["Holiday"]


def test_items_of_an_empire_list() -> None:
    first = read("empire", page("empire", "list")[1]).listings[0]
    assert first["is_sticky"] is True
    assert (first["views"], first["units_sold"], first["quantity_left"]) == (7956, 292, 433)
    trap = ">10x XTC pills Blue Robot 220mg MDMA<", ">[sticky] Views: 7 / Sales: 9 (x) - Item # 5<"
    plain = '<font color="black"><b>[sticky]</b></font>', ""
    item = changed("empire", "list", trap, plain).listings[0]
    assert (item["views"], item["units_sold"], item["is_sticky"]) == (7956, 292, False)
    text = page("empire", "list")[1]
    nameless = read("empire", re.sub(r' - <a href="[^"]*/u/XobamorEM">XobamorEM</a> \(2366\)', "", text)).listings[0]
    assert (nameless["vendor_name"], nameless["category_path"]) == (None, ["Ecstasy", "Pills"])
    assert (
        changed("empire", "list", ("<b>Quantity left:</b> 433", "<b>Quantity left:</b> 1,433")).listings[0][
            "quantity_left"
        ]
        == 1433
    )


def test_banned_vendors_and_buyers_of_empire() -> None:
    def vendor(*replacements: tuple[str, str]) -> dict[str, Any]:
        return dict(changed("empire", "vendor", *replacements).vendors[0])

    assert vendor()["is_banned"] is False
    assert vendor(("Profile</i> <span></span>", "Profile</i> <span>(BANNED)</span>"))["is_banned"] is True
    assert vendor(("TubajunEM <i>", "TubajunEM (BANNED) <i>"))["is_banned"] is True
    assert vendor(("TubajunEM", "BANNEDman"))["is_banned"] is False
    buyer = vendor(("Vendor level 7", ""), ("/store/", "/none/"))
    assert (buyer["sales"], buyer["vendor_level"], buyer["trust_level"]) == (None, None, 4)
    assert vendor(("Vendor level 7", "Vendor level 795"))["vendor_level"] is None
    wrong = changed("empire", "vendor", ('<h1 class="seth1">TubajunEM', '<h1 class="seth1">Somebody'))
    assert (wrong.vendors, _problems(wrong)[-1]) == ([], ("vendor", "rejected"))
    cut = changed("empire", "vendor", (" Neutral</td>", " Other</td>"))
    assert (cut.vendors[0]["feedback_counts"], _problems(cut)) == (None, [("feedback_counts", "unreadable")])


@pytest.mark.parametrize("tab", ["p_feedback", "n_feedback", "c_feedback", "l_feedback"])
def test_tabs_of_an_empire_account(tab: str) -> None:
    """Feedback that was left was given to others: its rows carry no vendor."""
    text = page("empire", "feedback")[1].replace("tablinks focus", "tablinks ")
    chosen = re.sub(rf'class="tablinks " (href="[^"]*/{tab}/)', r'class="tablinks focus" \1', text)
    assert chosen != text
    parsed = read("empire", chosen)
    whole = read("empire", page("empire", "feedback")[1])
    given = tab == "l_feedback"
    assert len(parsed.feedback) == len(whole.feedback) > 0
    assert {row["list_name"] for row in parsed.feedback} == {tab}
    assert {row["vendor_name"] for row in parsed.feedback} == {None if given else "TubajunEM"}
    assert parsed.vendors[0]["vendor_id"] == (None if given else "100000")


def test_the_place_in_a_saved_list_is_that_of_the_pager() -> None:
    pager = '<ul class="pagination"><li><a href="#">2</a></li><strong>3</strong></ul></div>'
    text = page("empire", "feedback")[1]
    at = text.index('<div class="footer">')
    rows = read("empire", text[:at] + pager + text[at:]).feedback
    assert {row["list_offset"] for row in rows} == {60}


def test_rows_of_an_offers_own_list_belong_to_the_offer() -> None:
    table = re.search(r'<table class="user_feedbackTbl.*?</table>', page("empire", "feedback")[1], re.DOTALL)
    assert table is not None
    rows = re.sub(r'<a href="[^"]*/product/[^"]*">View items</a>', "", table[0])
    tab = '<div class="tabcontent" style="display:block;">'
    parsed = changed("empire", "listing", (tab, tab + rows))
    assert {row["listing_id"] for row in parsed.feedback} == {_offer(parsed)["listing_id"]}


def test_an_offer_of_another_market_in_the_same_layout_is_foreign() -> None:
    for old, new in (("Empire Market", "Alphabay Market"), ("2019 Empire Market", "2019 Alphabay Market")):
        parsed = changed("empire", "listing", (old, new))
        assert (parsed.page_kind, parsed.listings, parsed.vendors) == ("foreign", [], [])


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Listing not found", "not_found"),
        ("Vendor not found", "not_found"),
        ("An Error has occured", "error"),
        ("You have been logged in elsewhere", "login"),
        ("Your session has expired", "login"),
        ("Search results (12)", "listing_index"),
        ("Something else", "unknown"),
    ],
)
def test_notices_of_dream(heading: str, kind: str) -> None:
    rest = f'<div class="content"><div class="title">{heading}</div></div></body></html>'
    text = page("dream", "listing")[1]
    parsed = read("dream", text[: text.index('<div class="content">')] + rest)
    assert (parsed.page_kind, parsed.listings, parsed.vendors) == (kind, [], [])


def test_an_offer_may_be_called_like_a_notice() -> None:
    title = _offer(read("dream", page("dream", "listing")[1]))["title"]
    parsed = changed("dream", "listing", (str(title), "Your session has expired - not found"))
    assert _offer(parsed)["title"] == "Your session has expired - not found"


@pytest.mark.parametrize("market", ["dream", "empire"])
@pytest.mark.parametrize("kind", ["listing", "list"])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_page_whose_utf8_was_read_as_something_else(market: str, kind: str, encoding: str) -> None:
    url, text = page(market, kind)
    if kind == "list" and market == "dream":
        assert "→" in text
    # Python has no characters for five bytes of Windows-1252; browsers keep them.
    twice = "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())
    assert read(market, twice, url).listings == read(market, text, url).listings != []


@pytest.mark.parametrize(("market", "kind"), [("empire", "list"), ("wall_street", "home"), ("dream", "home")])
def test_figures_that_are_no_numbers(market: str, kind: str) -> None:
    """Python calls a superscript a digit and then does not read it."""
    text = page(market, kind)[1]
    noisy = re.sub(r"(?<=[\d >(])\d(?=[)<])", "\u00b2", text)
    assert noisy != text
    assert len(read(market, noisy).counters) < len(read(market, text).counters)


@pytest.mark.parametrize(
    ("kind", "old", "new", "field", "value"),
    [
        ("listing", "€9.75", "$1'209.75", "price_amount", Decimal("1209.75")),
        ("listing", "€9.75", "$1'209.75", "price_currency", "USD"),
        ("listing", "<b>Views</b> 18733", "<b>Views</b> 18'733", "views", 18733),
        ("listing", "<b>Views</b> 18733", "<b>Views</b> many", "views", None),
        ("listing", "<b>Already sold</b> 210", "<b>Already sold</b> 0", "units_sold", 0),
        ("listing", "</i> Escrow</p>", "</i> Multisig</p>", "escrow", True),
        ("listing", "</i> Escrow</p>", "</i> Finalize early</p>", "escrow", False),
        ("listing", "</i> Escrow</p>", "</i> Ask</p>", "escrow", None),
        ("listing", "<b>Country</b> Belgium", "<b>Country</b> France", "ships_from", None),
        ("listing", "Worldwide with Exceptions (Netherlands, United Kingdom)", "Worldwide", "ships_to", ["Worldwide"]),
        ("listing", " Cannabis <i", " Utensils <i", "category_path", ["Drugs", "Utensils", "Weed"]),
        ("list", "Ships from: BE", "Ships from: DE", "ships_from", "DE"),
        ("list", "€9.75</b>/Gram", "€9.75</b>/3.5g", "price_unit", "3.5g"),
    ],
)
def test_offers_of_wall_street(kind: str, old: str, new: str, field: str, value: Any) -> None:
    row: Mapping[str, Any] = changed("wall_street", kind, (old, new)).listings[0]
    assert row["listing_id"] == (None if kind == "listing" else "210000")
    assert row[field] == value


def test_vendors_of_wall_street() -> None:
    text = page("wall_street", "vendor")[1]
    (orders,) = re.findall(r"Open/Completed orders</td><td>(\d+/\d+)", text)
    vendor: Mapping[str, Any] = changed("wall_street", "vendor", (orders, "14/2210")).vendors[0]
    assert (vendor["sales"], vendor["sales_hi"]) == (2210, 2210)
    gone: Mapping[str, Any] = changed("wall_street", "vendor", (orders, "2210")).vendors[0]
    assert gone["sales"] is None
    # What the account bought is nothing of the vendor's.
    bought = changed("wall_street", "vendor", ("<td>Completed orders</td>", "<td>Open/Completed orders</td>"))
    assert bought.vendors == read("wall_street", text).vendors


@pytest.mark.parametrize("kind", ["listing", "vendor", "list", "home"])
def test_a_wall_street_page_under_another_brand_is_foreign(kind: str) -> None:
    heads = ("Wallstreet Market", "Bazaar Market"), ("Wall<sup>ST</sup>", "Bazaar")
    parsed = changed("wall_street", kind, *heads)
    assert (parsed.page_kind, parsed.listings, parsed.vendors, parsed.links) == ("foreign", [], [], [])
