"""Encodings, numbers, keys: what pages do to text."""

from decimal import Decimal

import pysequoia
import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets._html import decimal_of
from cryptodrug_assets.markets._links import Site, path_of
from cryptodrug_assets.markets._pgp import page_key
from cryptodrug_assets.markets._text import clean, utf8
from cryptodrug_assets.markets.base import MAX_BODY
from cryptodrug_assets.markets.reading import parse

MARKETS = ["dream", "wall_street", "empire"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("฿ 0.5 Qualität".encode(), "฿ 0.5 Qualität"),
        (b"\xef\xbb\xbfprice", "price"),
        ("Qualität".encode("cp1252") * 40, "Qualität" * 40),
        (b"a\x00b", "ab"),
        (b"<p>USD 412.50</p><p>USD 1,39", "<p>USD 412.50</p><p>"),
        ("h\u00e9".encode("utf-16"), "hé"),
    ],
)
def test_decoding_does_not_ask_the_header(body: bytes, text: str) -> None:
    assert utf8(body).decode() == text


def test_text_encoded_twice_is_repaired() -> None:
    assert clean("฿0.5".encode().decode("latin-1")) == "฿0.5"
    assert clean("Qualit\u00c3\u00a4t") == "Qualität"
    assert clean("  a\r\n\t b\u00a0c ") == "a b c"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,399.18", Decimal("1399.18")),
        ("3.1096000000000004", Decimal("3.1096")),
        ("0.00271", Decimal("0.00271")),
        ("12", Decimal(12)),
    ],
)
def test_numbers(text: str, value: Decimal) -> None:
    assert decimal_of(text) == value


@pytest.mark.parametrize("text", ["", "1,39", "1.2.3", "-5", "1e5", "NaN", "12 €", "9" * 40])
def test_what_is_not_exactly_a_number_is_none(text: str) -> None:
    assert decimal_of(text) is None


@pytest.fixture(scope="module")
def key() -> tuple[str, str]:
    certificate = pysequoia.Tsk.generate(user_id="SYNTHETIC <a@example.invalid>").extract_certificate()
    return str(certificate), str(certificate.fingerprint).upper()


def test_keys_as_pages_show_them(key: tuple[str, str]) -> None:
    armour, fingerprint = key
    head, end = armour.split("\n\n")[0], "-----END PGP PUBLIC KEY BLOCK-----"
    variants = {
        "as exported": armour,
        "with text around": f"Hello\n{armour}\nbye",
        "breaks": armour.replace("\n", "<br>"),
        "entities": armour.replace("+", "&#43;"),
        "indented": armour.replace("\n", "\n    "),
        "non-breaking spaces": armour.replace("\n", "\n\u00a0"),
        "no blank line": armour.replace("\n\n", "\n", 1),
        "no footer": armour.replace(end, ""),
        "carriage returns": armour.replace("\n", "\r\n"),
        "version line": armour.replace(head, head + "\nVersion: GnuPG v2"),
        "two keys": armour + "\n" + armour,
    }
    for name, text in variants.items():
        found = page_key(text)
        assert found is not None and found.fingerprint == fingerprint, name


def test_a_broken_key_is_null_with_a_reason(key: tuple[str, str]) -> None:
    found = page_key("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + "QUJD" * 40 + "\n-----END PGP PUBLIC KEY BLOCK-----")
    assert found is not None and found.fingerprint is None and found.reason
    assert page_key("no key here") is None


@pytest.mark.parametrize("name", MARKETS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 1000,
        b"<html><body>hello",
        b"<div>" * 50_000,
        b"<table>" * 200_000,
        b"x" * (MAX_BODY + 1),
        b"\xff\xfe\xfd garbage \x80",
    ],
)
def test_odd_bodies_are_rejected_quickly(name: str, body: bytes) -> None:
    import time

    began = time.process_time()
    page = parse(get_market(name), body, url="http://saved.page/", captured_at=None)
    assert time.process_time() - began < 1.0
    assert page.page_kind in ("unknown", "foreign")
    assert not (page.listings or page.vendors or page.feedback)


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/product/1?x=2#y", "/product/1"),
        ("http://abc.onion/u/someone/", "/u/someone/"),
        ("product/1", "product/1"),
        ("https://abc.onion", ""),
        (None, ""),
    ],
)
def test_path_of_a_link(href: str | None, path: str) -> None:
    assert path_of(href) == path


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/a?b=1#c", "http://here.onion/a?b=1"),
        ("?page=2", "http://here.onion/folder/page?page=2"),
        ("./next", "http://here.onion/folder/next"),
        ("../up", "http://here.onion/up"),
        ("http://here.onion/a", "http://here.onion/a"),
        ("https://elsewhere.example/a", None),
        ("//elsewhere.example/a", None),
        ("//[", None),
        ("http://[/", None),
    ],
)
def test_links_of_the_own_site(href: str, url: str | None) -> None:
    found = Site("http://here.onion/folder/page?page=1").own(href)
    assert (found.url if found else None) == url
