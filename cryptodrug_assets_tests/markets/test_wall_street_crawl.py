"""A site of look-alike pages walked by its forms: every offer of every level is reached, each page asked for once."""

import math
from collections import Counter, deque
from typing import Any
from urllib.parse import urlsplit

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Link
from cryptodrug_assets_tests.markets.wall_street_pages import NOW, SITE, TOKEN, Offer, OfferPage, frame, listed, profile

MARKET = get_market("wall_street")
# Offers by the lowest category: more than a page of 90 holds, a full page, a few, none.
OFFERS = {
    "B1": range(1000, 1205), "B2": range(2000, 2090), "M9": range(3000, 3007), "B3": range(0), "B5": range(0),
    "B29": range(4000, 4001), "T4": range(0),
}  # fmt: skip
ABOVE = {
    "B1": ("1", "1", "1"), "B2": ("1", "1", "2"), "M9": ("1", "9", ""), "B3": ("1", "11", "3"), "B5": ("1", "11", "5"),
    "B29": ("1", "50", "29"), "T4": ("4", "", ""),
}  # fmt: skip


class _Site:
    def __init__(self, counted: bool) -> None:
        self.counted, self.asked = counted, Counter[str]()

    def answer(self, link: Link) -> str:
        self.asked[MARKET.canonical(link)] += 1
        path = urlsplit(link.url).path
        if path.startswith("/offer/"):
            return OfferPage(offer=Offer(number=int(path.split("/")[2]))).html()
        if path.startswith("/profile/"):
            return profile()
        return self._list(dict(link.form)) if link.method == "POST" else frame()

    def _list(self, form: dict[str, str]) -> str:
        assert form["form[_token]"] == TOKEN
        pressed = next((name[-1] + form[name] for name in ("menuCatT", "menuCatM", "menuCatB") if name in form), None)
        state = (form["form[catT]"], form["form[catM]"], form["form[catB]"])
        if pressed is not None:
            depth = "TMB".index(pressed[0])
            whole = next(chain for chain in ABOVE.values() if chain[depth] == pressed[1:])
            top, middle, lowest_chosen = (*whole[: depth + 1], "", "")[:3]
            state = (top, middle, lowest_chosen)
        limit, page = int(form["form[limit]"]), int(form.get("form[page]", "1"))
        chosen = [value for value in state if value]
        offers = [
            number
            for lowest, numbers in OFFERS.items()
            for number in numbers
            if list(ABOVE[lowest])[: len(chosen)] == chosen
        ]
        pages = max(1, math.ceil(len(offers) / limit))
        shown = [number for number in (page - 1, page, page + 1) if 1 <= number <= pages]
        rows = [Offer(number=number) for number in offers[(page - 1) * limit : page * limit]]
        return listed(rows, chosen=state, limit=limit, pages=pages if self.counted else None, shown=shown)


@pytest.mark.parametrize("counted", [True, False])
def test_every_offer_is_reached_and_no_page_asked_for_twice(*, counted: bool) -> None:
    site, read = _Site(counted), Counter[str]()
    queue = deque([Link(f"{SITE}/", "home")])
    seen = {MARKET.canonical(queue[0])}
    while queue:
        link = queue.popleft()
        context: dict[str, Any] = {"context_category": link.category, "context_page": link.page}
        page = MARKET.parse(site.answer(link).encode(), url=link.url, captured_at=NOW, **context)
        assert page.problems == []
        if page.page_kind == "listing_index":
            read.update(str(row["listing_id"]) for row in page.listings if row["category_id"] == link.category)
        for found in page.links:
            assert MARKET.in_scope(found)
            if MARKET.canonical(found) not in seen:
                seen.add(MARKET.canonical(found))
                queue.append(found)
    assert set(site.asked.values()) == {1}
    every = {str(number) for numbers in OFFERS.values() for number in numbers}
    assert read.keys() == every
    # Each offer stands in the lists of its category and of those above it.
    assert {number: read[str(number)] for number in (1000, 2000, 3000, 4000)} == {1000: 3, 2000: 3, 3000: 2, 4000: 3}
    # 303 offers under T1, 295 under M1, 205 under B1, one page each of the other eight categories.
    assert sum(key.startswith("POST") for key in site.asked) == 4 + 4 + 3 + 8
    assert sum(key.startswith("GET /offer/") for key in site.asked) == len(every)
