"""Synthetic pages by kind, to be changed by a test and read again."""

from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode, urlsplit

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.replica.pages import token
from cryptodrug_assets.replica.server import host_name, respond, session_value
from cryptodrug_assets.replica.world import make_world

MOMENT = {"dream": "2018-12-31T23:59", "wall_street": "2018-12-31T23:59", "empire": "2019-06-30T23:59"}
_PATHS = {
    "dream": {
        "listing": "/viewProduct?offer={offer}", "vendor": "/contactMember?member={name}",
        "ratings": "/contactMember?member={name}&tab=ratings", "list": "/?category=104", "home": "/",
    },
    "wall_street": {
        "listing": "/offer/{offer}", "vendor": "/profile/{name}", "offers": "/profile/{name}/offers",
        "pgp": "/profile/{name}/pgp", "info": "/profile/{name}/info", "list": "/index", "home": "/",
    },
    "empire": {
        "listing": "/product/{offer}/1/1", "vendor": "/u/{name}", "list": "/category/categories/2/0", "home": "/home",
        "feedback": "/profile/setUserTab/p_feedback/{token}/0", "pgp": "/profile/setUserTab/pgp/{token}",
    },
}  # fmt: skip
SAVED = "http://saved.page/x"


def moment(market: str) -> datetime:
    """When the synthetic pages of a market were captured."""
    return datetime.fromisoformat(MOMENT[market]).replace(tzinfo=UTC)


@cache
def page(market: str, kind: str) -> tuple[str, str]:
    """Address and text of the page of the first offer, or of its vendor."""
    world = make_world("tiny", 5).markets[market]
    offer = world.live(moment(market))[0]
    name = world.vendors[offer.vendor].name
    host = host_name(market, moment(market)) + ":80"
    target = _PATHS[market][kind].format(offer=offer.listing_id, name=name, token=token(name))
    parts = urlsplit(f"http://{host}{target}")
    cookies = f"replica_session={session_value(market)}"
    method, body = ("POST", _drugs(market)) if (market, kind) == ("wall_street", "list") else ("GET", "")
    answer = respond(
        "tiny", 5, host=host, method=method, path=parts.path, query=parts.query, body=body, cookies=cookies
    )
    return parts.geturl(), answer.body.decode()


def _drugs(market: str) -> str:
    """The form that Wall Street's front page posts for the list of all drugs."""
    url, text = page(market, "home")
    links = get_market(market).discover(text.encode(), url=url).links
    return urlencode(next(link.form for link in links if link.category == "T1"))


def pages(market: str) -> list[tuple[str, str]]:
    """All kinds of a market."""
    return [page(market, kind) for kind in _PATHS[market]]


def read(market: str, text: str, url: str = SAVED) -> ParsedPage:
    """What the parser reads in a text."""
    return get_market(market).parse(text.encode(), url=url, captured_at=moment(market))


def changed(market: str, kind: str, *replacements: tuple[str, str]) -> ParsedPage:
    """What the parser reads in a page with parts of it replaced; each must stand in the page."""
    text = page(market, kind)[1]
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return read(market, text)
