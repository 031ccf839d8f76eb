"""The documents of the parsers are those of this code, and no page is taken for another kind."""

from collections.abc import Iterator

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.replica.gallery import gallery, shown_pages
from cryptodrug_assets_tests.conftest import REPOSITORY

MARKETS = ("dream", "wall_street", "empire")


def test_the_documents_are_fresh() -> None:
    stale = [name for name, text in gallery().items() if (REPOSITORY / "docs" / name).read_text("utf-8") != text]
    assert stale == [], "run `make docs`"


def _read(shown_on: str, reader: str) -> Iterator[tuple[str, str, int]]:
    for shown in shown_pages(shown_on):
        page = get_market(reader).parse(shown.body, url=shown.url, captured_at=None)
        yield shown.asked, page.page_kind, len(page.listings) + len(page.vendors) + len(page.feedback)


@pytest.mark.parametrize("market", MARKETS)
def test_every_page_is_of_the_kind_it_was_asked_for_as(market: str) -> None:
    confused = {(asked, kind) for asked, kind, _ in _read(market, market) if asked != kind}
    assert confused == set()


@pytest.mark.parametrize("market", MARKETS)
def test_nothing_is_read_from_pages_of_another_market(market: str) -> None:
    for other in MARKETS:
        if other != market:
            found = list(_read(other, market))
            # A page that only sends the browser elsewhere names no market.
            assert {kind for asked, kind, _ in found if asked != "redirect"} <= {"foreign", "unknown"}
            assert sum(count for _, _, count in found) == 0
