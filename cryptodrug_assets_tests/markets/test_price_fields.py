"""What a price is for, the least order, and the title of what was sold, where pages state them."""

from decimal import Decimal
from pathlib import Path

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import MAX_TITLE
from cryptodrug_assets.markets.tables import page_as_json
from cryptodrug_assets_tests.markets.pages import changed, moment, page, read

ROW = "<td>1 Gram</td><td>€9.75</td><td>0.002903 BTC / Gram</td>"
LEAST = "<b>Minimum amount per order</b> 1 Gram<br>"
ARTICLE = '<p class="setp1 c_424648" style="color:gray;">3.5g Outdoor Skunk weed</p>'


@pytest.mark.parametrize(
    ("row", "unit"),
    [
        (("1", "€9.75/Gram", "0.002903 BTC"), "Gram"),
        (("1", "€9.75 / 3.5 g", "0.002903 BTC"), "3.5 g"),
        (("1", "€9.75", "0.002903 BTC / Piece"), "Piece"),
        (("1 Gram", "€9.75", "0.002903 BTC"), "Gram"),
        (("10 Gram", "€9.75", "0.002903 BTC"), None),
        (("1", "€9.75", "0.002903 BTC"), None),
    ],
)
def test_wall_street_states_what_the_price_is_for(row: tuple[str, str, str], unit: str | None) -> None:
    cells = "".join(f"<td>{text}</td>" for text in row)
    parsed = changed("wall_street", "listing", (ROW, cells))
    (offer,) = parsed.listings
    assert (offer["price_amount"], offer["price_currency"], offer["price_unit"]) == (Decimal("9.75"), "EUR", unit)
    assert not parsed.problems
    told = page_as_json("x", parsed)["listings"][0]
    assert (told["price_unit"], told["minimum_order"]) == (unit, 1)


@pytest.mark.parametrize(("text", "least"), [("5", 5), ("25 grams", 25), ("0.5", 0.5)])
def test_wall_streets_least_order(text: str, least: float) -> None:
    parsed = changed("wall_street", "listing", (LEAST, LEAST.replace("1 Gram", text)))
    assert parsed.listings[0]["minimum_order"] == Decimal(str(least))
    unread = changed("wall_street", "listing", (LEAST, LEAST.replace("1 Gram", "ask me")))
    assert unread.listings[0]["minimum_order"] is None
    assert ("minimum_order", "unreadable") in [(problem.field, problem.reason) for problem in unread.problems]


def test_rows_of_feedback_name_what_was_sold() -> None:
    for market, kind in (("empire", "feedback"), ("wall_street", "listing")):
        rows = read(market, page(market, kind)[1], page(market, kind)[0]).feedback
        assert rows
        assert all(isinstance(row["listing_title"], str) and row["listing_title"] for row in rows)
    response = '<p class="setp1 c_424648">Seller Response: thank you</p>'
    assert changed("empire", "feedback", (ARTICLE, ARTICLE + response)).feedback[0]["listing_title"] == (
        "3.5g Outdoor Skunk weed"
    )
    assert changed("empire", "feedback", (ARTICLE, response)).feedback[0]["listing_title"] is None
    assert changed("empire", "feedback", (ARTICLE, "")).feedback[0]["listing_title"] is None


def test_real_rows_name_what_was_sold(real_pages: Path) -> None:
    """Counted by eye: the grey line below each comment."""
    body = (real_pages / "empire" / "feedback_0.html").read_bytes()
    rows = get_market("empire").parse(body, url="http://saved.page/x", captured_at=moment("empire")).feedback
    titles = [row["listing_title"] for row in rows]
    assert len(titles) == body.count(b'style="color:gray;"') > 20
    assert all(titles)
    # Those who bought by the ounce or by 28 grams.
    assert sum(title.lower().startswith(("1 oz", "28g")) for title in map(str, titles)) > len(titles) / 2


@pytest.mark.parametrize(
    ("market", "old"),
    [
        ("wall_street", '<h1 class="fheading">'),
        ("empire", '<h2 style="margin:0px;">'),
        ("dream", '<div class="title">'),
    ],
)
def test_a_title_without_end_is_cut(market: str, old: str) -> None:
    parsed = changed(market, "listing", (old, old + "9" * 16_000))
    assert [len(str(offer["title"])) for offer in parsed.listings] == [MAX_TITLE]
