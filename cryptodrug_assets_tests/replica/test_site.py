"""The synthetic site: the same bytes whatever the order, a wall without login, every offer reached by links."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Link
from cryptodrug_assets.markets.tables import PageInput, parse_captures
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.facts import MarketWorld
from cryptodrug_assets.replica.pages import Response
from cryptodrug_assets.replica.server import bind, host_name, reachable, respond, running, session_value, storage_state
from cryptodrug_assets.replica.world import make_world

MOMENTS = {
    "dream": datetime(2018, 12, 31, 23, 59, tzinfo=UTC),
    "wall_street": datetime(2019, 1, 31, 23, 59, tzinfo=UTC),
    "empire": datetime(2019, 6, 30, 23, 59, tzinfo=UTC),
}


def _get(market: str, moment: datetime, link: Link, seed: int = 3, cookie: bool = True) -> Response:
    parts = urlsplit(link.url)
    return respond(
        "tiny",
        seed,
        host=host_name(market, moment) + ":80",
        method=link.method,
        path=parts.path,
        query=parts.query,
        body=urlencode(link.form),
        cookies=f"replica_session={session_value(market)}" if cookie else "",
    )


def _crawl(market: str, seed: int = 3) -> Iterator[tuple[Link, Response]]:
    reader, moment = get_market(market), MOMENTS[market]
    queue = [Link(f"http://{host_name(market, moment)}:80{reader.entry_path}", "home")]
    seen = {reader.canonical(queue[0])}
    while queue:
        link = queue.pop(0)
        answer = _get(market, moment, link, seed)
        yield link, answer
        for found in reader.discover(answer.body, url=link.url).links:
            if reader.in_scope(found) and reader.canonical(found) not in seen:
                seen.add(reader.canonical(found))
                queue.append(found)


@pytest.mark.parametrize("market", MOMENTS)
def test_pages_are_the_same_whatever_the_order(market: str) -> None:
    pages = list(_crawl(market))
    make_world.cache_clear()
    for link, answer in reversed(pages):
        assert _get(market, MOMENTS[market], link).body == answer.body


@pytest.mark.parametrize("market", MOMENTS)
def test_without_the_cookie_there_is_only_the_login_page(market: str) -> None:
    reader = get_market(market)
    for link, _ in _crawl(market):
        answer = _get(market, MOMENTS[market], link, cookie=False)
        if answer.status == 302:
            target = dict(answer.headers)["location"]
            answer = _get(market, MOMENTS[market], replace(link, url=target, method="GET", form=()), cookie=False)
        assert reader.discover(answer.body, url=link.url).page_kind == "login"
        assert b"SYNTHETIC" in answer.body


@pytest.mark.parametrize("market", MOMENTS)
def test_every_page_says_that_it_is_synthetic(market: str) -> None:
    for link, answer in _crawl(market):
        assert answer.body.count(b"SYNTHETIC") >= 2, link


def _world(market: str, seed: int) -> MarketWorld:
    return make_world("tiny", seed).markets[market]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), market=st.sampled_from(sorted(MOMENTS)))
def test_what_is_parsed_is_what_the_world_says(seed: int, market: str) -> None:
    """Round trip, field by field: world → pages → links → parser → the world's facts."""
    moment = MOMENTS[market]
    pages = [
        PageInput(
            f"{number:016x}", link.url, answer.body, moment, "s", answer.content_type, answer.status, link.category
        )
        for number, (link, answer) in enumerate(_crawl(market, seed))
    ]
    frames = parse_captures(market, moment.strftime("%Y-%m"), pages, 1)
    world = _world(market, seed)
    assert frames["rejects"].is_empty()
    assert frames["pages"]["unread_labels"].drop_nulls().is_empty()
    offers = {
        row["listing_id"]: row
        for row in frames["listings"].filter(pl.col("page_kind") == "listing").iter_rows(named=True)
    }
    live = {item.listing_id: item for item in world.live(moment)}
    assert offers.keys() == live.keys()
    for identifier, item in live.items():
        row = offers[identifier]
        vendor = world.vendors[item.vendor]
        assert row["title"] == " ".join(item.title.split())
        assert row["vendor_name"] == vendor.name
        assert row["category_path"] == list(item.category)
        assert row["escrow"] == item.escrow or market == "wall_street"
        quotes = {quote["currency"]: quote["amount"] for quote in __import__("json").loads(row["price_quotes"])}
        assert quotes[item.currency] == float(item.price)
        if market == "empire":
            assert (row["price_amount"], row["price_currency"]) == (item.price, item.currency)
            assert row["units_sold"] == item.earlier_sold + len(world.listing_sales(item, moment))
            assert row["quantity_left"] == item.quantity_left
            assert row["vendor_id"] == str(vendor.account_id)
        if not item.excluded:
            places = set(row["ships_to"])
            assert places in ({*item.ships_to}, {f"Only ships to certain countries ({', '.join(item.ships_to)})"})
    sold = [sale for vendor in world.vendors for sale in world.vendor_sales(vendor, moment)]
    rows = frames["feedback"]
    if market == "dream":
        rows = rows.filter(pl.col("list_name") == "ratings")
    if market == "wall_street":
        sold = [sale for sale in sold if world.listings[sale.listing].listing_id in live]
    assert rows.height == len(sold)
    assert sorted(rows["rating"].to_list()) == sorted(float(sale.rating) for sale in sold)
    if market == "empire":
        minutes = sorted(sale.at.replace(second=0) for sale in sold)
        assert sorted(rows["dated_at"].to_list()) == minutes
        assert sorted(rows["price_amount"].to_list()) == sorted(sale.price for sale in sold)
    else:
        inside = sorted(sale.at for sale in sold)
        assert all(
            low <= at <= high
            for at, low, high in zip(inside, sorted(rows["dated_lo"]), sorted(rows["dated_hi"]), strict=True)
        )
    keys = {vendor.name: vendor.key for vendor in world.vendors}
    shown = dict(
        frames["vendors"]
        .filter(pl.col("pgp_fingerprint").is_not_null())
        .select("vendor_name", "pgp_fingerprint")
        .iter_rows()
    )
    assert {name for name, key in keys.items() if key is not None} == shown.keys()


def test_the_server_serves_and_says_when_it_is_not_there() -> None:
    with running("tiny", 3) as server:
        reachable(server.port)
        with pytest.raises(UserError, match=f"port {server.port} is taken"):
            bind(server.port)
        state = storage_state("dream", MOMENTS["dream"], server.port)
        assert state["cookies"][0]["domain"] == "dream.2018-12-31t2359.localhost"
    with pytest.raises(UserError, match="no replica answers on port"):
        reachable(server.port)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(UserError, match="unknown replica profile 'huge'"):
        make_world("huge", 1)
