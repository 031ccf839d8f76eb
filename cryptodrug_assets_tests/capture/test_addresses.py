"""Which site an address belongs to, and what of it may be kept."""

import pytest

from cryptodrug_assets.capture.archive.headers import Redactor
from cryptodrug_assets.markets._links import Site
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.origins import after_origin, leaves_the_web, origin_of
from cryptodrug_assets_tests.capture.site import Site as RunningSite


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://abc.onion/x", "http://abc.onion"), ("HTTP://ABC.onion", "http://abc.onion"),
        ("http://abc.onion:80/", "http://abc.onion"), ("http://abc.onion./?x", "http://abc.onion"),
        ("http://abc.onion:/x", "http://abc.onion"), ("https://abc.onion:443", "https://abc.onion"),
        ("http://abc.onion:443", "http://abc.onion:443"), ("http://abc.onion:0080#f", "http://abc.onion"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"), ("http://[::1]:3000/", "http://[::1]:3000"),
        ("http://user@abc.onion/", None), ("http:/abc.onion/", None), ("http:\\\\abc.onion/", None),
        ("http://abc.onion\\@evil/", None), ("http://abc%2eonion/", None), ("ftp://abc.onion/", None),
        ("http://\uff41bc.onion/", None), (" http://abc.onion/", None), ("http://abc.onion evil/", None),
        ("http:///abc.onion", None), ("//abc.onion/", None), ("", None), ("http://", None),
    ],
)  # fmt: skip
def test_the_origin_of_an_address(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


def test_what_stands_behind_the_origin() -> None:
    assert after_origin("http://abc.onion:80/a?b#c") == "/a?b#c"
    assert after_origin("HTTP://abc.onion?b") == "/?b"
    assert after_origin("http://abc.onion") == "/"


@pytest.mark.parametrize(
    ("reference", "leaves"),
    [
        ("ftp://a/", True), ("java\nscript:x", True), (" \x01data:x", True), ("mailto:a", True), ("http://a", False),
        ("HTTPS:a", False), ("/a:b", False), ("a/b:c", False), ("?a:b", False), ("", False),
    ],
)  # fmt: skip
def test_which_references_leave_the_web(reference: str, leaves: bool) -> None:
    assert leaves_the_web(reference) is leaves


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("HTTP://SITE.onion/a?b=1", "http://site.onion/a?b=1"), ("http://site.onion:80/a", "http://site.onion/a"),
        ("http://site.onion./a", "http://site.onion/a"), ("//Site.onion/a", "http://site.onion/a"),
        ("http://site.onion/a", "http://site.onion/a"), ("/a", "http://site.onion/a"),
        ("http://site.onion:81/a", None), ("http://site.onion@evil/a", None), ("http://evil.com/a", None),
    ],
)  # fmt: skip
def test_links_that_name_the_own_site_in_other_ways_are_its_own(href: str, url: str | None) -> None:
    found = Site("http://site.onion/x").own(href)
    assert (found.url if found else None) == url


@pytest.mark.parametrize(
    "url", ["http://user:geheim@host/x", "http:\\\\user:geheim@host", "//user:geheim@host/", "http://[?geheim"]
)
def test_user_and_password_are_not_kept(url: str) -> None:
    assert "geheim" not in Redactor(b"k" * 32).url(url)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://me@site.onion", "http://stra\u00dfe.example", "site"]
)
def test_a_market_has_a_plain_address(address: str) -> None:
    with pytest.raises(UserError, match=r"no plain http\(s\) address; set live.base_url"):
        RunningSite().source(base_url=address)
