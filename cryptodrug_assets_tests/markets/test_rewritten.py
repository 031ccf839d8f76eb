"""The same page written another way is read the same: what browsers, editors and servers do to a saved page."""

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from cryptodrug_assets.markets import get_market
from cryptodrug_assets_tests.markets.pages import MOMENT, moment, pages
from cryptodrug_assets_tests.markets.wall_street_pages import CONTENT, WALLS

_RAW = re.compile(r"(<(?:script|style|pre|textarea|title)\b.*?</(?:script|style|pre|textarea|title)>|<!--.*?-->)", re.S)


def _outside_raw(text: str, change: Callable[[str], str]) -> str:
    parts = _RAW.split(text)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


def _crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _bom(text: str) -> str:
    return "\ufeff" + text


def _upper_tags(text: str) -> str:
    return _outside_raw(text, lambda part: re.sub(r"<(/?)([a-z][a-z0-9]*)", lambda m: f"<{m[1]}{m[2].upper()}", part))


def _comments(text: str) -> str:
    return _outside_raw(text, lambda part: re.sub(r"(</(?:div|td|tr|p|li|span)>)", r"\1<!-- saved -->", part))


def _reserialised(text: str) -> str:
    return "<!DOCTYPE html>" + (LexborHTMLParser(text).html or "")


def _spaced(text: str) -> str:
    """Line breaks between a tag and the next, where no text stands between them."""
    return _outside_raw(text, lambda part: re.sub(r"(</(?:div|tr|table|ul|li)>)(<)", r"\1\n\t\2", part))


def _tight(text: str) -> str:
    """No white space between the tags of blocks, rows and lists."""
    block = r"</?(?:div|table|tbody|thead|tr|t[dh]|ul|ol|li|p|h\d|form|select|option|nav|br)\b[^>]*>"
    return _outside_raw(text, lambda part: re.sub(rf"({block})\s+(?={block})", r"\1", part))


REWRITES = (_crlf, _bom, _upper_tags, _comments, _reserialised, _spaced, _tight)


def _read(market: str, url: str, text: str) -> dict[str, Any]:
    return asdict(get_market(market).parse(text.encode(), url=url, captured_at=moment(market)))


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("market", MOMENT)
def test_synthetic_pages(market: str, rewrite: Callable[[str], str]) -> None:
    for url, text in pages(market):
        page = _read(market, url, text)
        assert page["listings"] or page["vendors"] or page["counters"]
        assert _read(market, url, rewrite(text)) == page, url


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("name", [*CONTENT, *WALLS])
def test_pages_of_wall_streets_evidence(name: str, rewrite: Callable[[str], str]) -> None:
    url, text = CONTENT[name][1:] if name in CONTENT else ("http://saved.page/", WALLS[name][1])
    page = _read("wall_street", url, text)
    assert page["listings"] or page["vendors"] or page["counters"]
    assert _read("wall_street", url, rewrite(text)) == page


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("market", ["dream", "empire"])
def test_real_pages(real_pages: Path, market: str, rewrite: Callable[[str], str]) -> None:
    for path in sorted((real_pages / market).glob("*.html")):
        text = path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
        if "</html" not in text[-2000:].lower():
            continue  # torn saves lose their last value, which writing them whole would bring back
        assert _read(market, "http://saved.page/", rewrite(text)) == _read(market, "http://saved.page/", text), (
            path.name
        )
