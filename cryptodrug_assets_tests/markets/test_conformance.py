"""The parsers on real archived pages: every expected value, and no data from pages that are not content."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import CONTENT_KINDS, ParsedPage
from cryptodrug_assets.replica.gallery import matrix
from cryptodrug_assets_tests.conftest import REPOSITORY

# The page shows one gold and four grey stars, and its own table of ratings counts two one-star ratings in that bucket:
# the expected value counted the images. See docs/decisions/0006-conformance.md.
WRONG_IN_THE_SET = {("dream/vendor_2.html", "feedback_first", 3, "rating"): 1}
FOREIGN = ("cryptonia", "apollon")
MARKETS = ("dream", "wall_street", "empire")
DOCUMENT = REPOSITORY / "docs" / "parsers.md"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _got(page: ParsedPage, record: Mapping[str, Any], field: str) -> Any:
    match field:
        case "category_leaf":
            return record["category_path"][-1] if record["category_path"] else None
        case "shipping_option_count":
            return len(record["shipping_options"])
        case "bulk_price_count":
            return len(record["bulk_prices"])
        case "feedback_rows":
            return len(page.feedback)
        case "shop_items":
            return len(page.listings)
        case "has_pgp":
            return record["pgp_key"] is not None
        case "external_ratings" if page.market == "dream":
            return [rating["market"] for rating in record[field]]
        case "external_ratings":
            return [{key: rating[key] for key in ("market", "rating", "sales")} for rating in record[field]]
        case "dated_at":
            return _plain(record[field])[:16]
        case _:
            return _plain(record[field])


def _differences(name: str, page: ParsedPage, expected: dict[str, Any]) -> list[tuple[Any, ...]]:
    wrong: list[tuple[Any, ...]] = []

    def check(label: str, got: Any, want: Any) -> None:
        if got != want:
            wrong.append((label, got, want))

    check("page_kind", page.page_kind, expected["page_kind"])
    if "page_clock" in expected:
        check("page_clock", _plain(page.page_clock), expected["page_clock"])
    for currency, rate in expected.get("exchange_rates", {}).items():
        check(currency, page.exchange_rates.get(currency), rate)
    firsts: tuple[tuple[str, Sequence[Mapping[str, Any]]], ...] = (("listing", page.listings), ("vendor", page.vendors))
    for key, records in firsts:
        for field, want in expected.get(key, {}).items():
            check(f"{key}.{field}", _got(page, records[0], field) if records else "no record", want)
    rows: tuple[tuple[str, Sequence[Mapping[str, Any]]], ...] = (
        ("feedback_first", page.feedback),
        ("index_first", page.listings),
    )
    for key, records in rows:
        for number, record in enumerate(expected.get(key, [])):
            for field, want in record.items():
                want = WRONG_IN_THE_SET.get((name, key, number, field), want)
                check(f"{key}[{number}].{field}", _got(page, records[number], field), want)
    if "feedback_rows" in expected:
        check("feedback_rows", len(page.feedback), expected["feedback_rows"])
    if "listing_rows" in expected:
        check("listing_rows", len(page.listings), expected["listing_rows"])
    return wrong


def test_every_expected_value(real_pages: Path) -> None:
    expected = json.loads((real_pages / "expected.json").read_text("utf-8"))
    wrong = {}
    confusion: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for name, want in expected.items():
        market = get_market(want["market"])
        body = (real_pages / name).read_bytes()
        page = market.parse(
            body, url="http://saved.page/", captured_at=datetime.fromisoformat("2019-11-30T00:00:00+00:00")
        )
        confusion[want["market"], want["page_kind"]][page.page_kind] += 1
        if differences := _differences(name, page, want):
            wrong[name] = differences
        if page.page_kind not in CONTENT_KINDS:
            assert not (page.listings or page.vendors or page.feedback), name
        # What a crawl sees of the page agrees with what the parser says.
        assert market.discover(body, url="http://saved.page/").page_kind == page.page_kind
    assert wrong == {}
    assert all(row.keys() == {want} for (_, want), row in confusion.items()), confusion
    for name, want in _walls(real_pages).items():
        page = get_market("wall_street").parse(_more(real_pages, name), url="http://saved.page/", captured_at=None)
        confusion["wall_street", want["page_kind"]][page.page_kind] += 1
    for name in MARKETS:
        for path in _of_others(real_pages, name):
            page = get_market(name).parse(path.read_bytes(), url="http://saved.page/", captured_at=None)
            confusion[name, "page of another market"][page.page_kind] += 1
    assert matrix(confusion) in DOCUMENT.read_text("utf-8"), "\n" + matrix(confusion)


def _walls(real_pages: Path) -> dict[str, dict[str, Any]]:
    expected = json.loads((real_pages / "more" / "expected.json").read_text("utf-8"))
    return {name: want for name, want in expected.items() if want.get("market") == "wall_street"}


def _more(real_pages: Path, name: str) -> bytes:
    return (real_pages / "more" / name).read_bytes()


def test_walls_of_wall_street(real_pages: Path) -> None:
    """Kinds, and the footer's counters, of the real walls of 2019; none of them is a page of ours for the others."""
    walls = _walls(real_pages)
    assert len(walls) == 3
    for name, want in walls.items():
        body = _more(real_pages, name)
        page = get_market("wall_street").parse(body, url="http://saved.page/", captured_at=None)
        assert (page.page_kind, page.layout) == (want["page_kind"], "2019-04")
        assert (page.problems, page.unread_labels) == ([], [])
        assert {counter["counter"]: counter["value"] for counter in page.counters} == want["counters"]
        assert get_market("wall_street").discover(body, url="http://saved.page/").page_kind == want["page_kind"]
        assert not (page.listings or page.vendors or page.feedback or page.links)
        for market in ("dream", "empire"):
            seen = get_market(market).parse(body, url="http://saved.page/", captured_at=None)
            assert seen.page_kind in ("foreign", "unknown"), (name, market)


def _of_others(real_pages: Path, market: str) -> list[Path]:
    """Archived pages of the markets that are not this one."""
    return [path for path in sorted(real_pages.glob("*/*.html")) if path.parent.name != market]


@pytest.mark.parametrize("market", MARKETS)
def test_pages_of_other_markets_are_never_read(real_pages: Path, market: str) -> None:
    for path in _of_others(real_pages, market):
        page = get_market(market).parse(path.read_bytes(), url="http://saved.page/", captured_at=None)
        assert not (page.listings or page.vendors or page.feedback), path.name
        if path.parent.name in FOREIGN:
            assert page.page_kind in ("foreign", "unknown"), path.name
