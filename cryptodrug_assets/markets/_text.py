"""Bytes and texts of pages: decoding, white space, text that was encoded twice. No markup, no market's selectors."""

import re
from functools import lru_cache

from cryptodrug_assets.markets.base import MAX_ATTRIBUTES, MAX_BODY, MAX_TAGS, MAX_VALUES

MAX_DEPTH = 500
_DEPTH_CHECK_FROM = 12_000
_CONTAINER = re.compile(
    rb"<(/?)(?:div|span|table|tbody|tr|td|ul|ol|li|font|b|i|p|a|form|center|section|h\d)\b", re.IGNORECASE
)
# A tag long enough to hold too many attributes.
_TAG = re.compile(rb"<[a-zA-Z][^>]{%d,}" % (2 * MAX_ATTRIBUTES))
SHORT = 120  # characters; longer texts rarely come back
# What Windows-1252 has where Latin-1 has control characters that no page means.
_C1 = {code: char for code in range(0x80, 0xA0) if (char := bytes([code]).decode("cp1252", "ignore"))}
_AS_LATIN = {ord(char): code for code, char in _C1.items()}
_FOLLOWING = "[\x80-\xbf" + "".join(_C1.values()) + "]"
# UTF-8 bytes that were read as Windows-1252 or Latin-1: the first bytes of what markets write, each with its due number
# of following ones. Capitals of western languages stand before quotation marks and must not count as first bytes.
_TWICE = re.compile(rf"[ÂÃ]{_FOLLOWING}|[àáâãï]{_FOLLOWING}{{2}}|ð{_FOLLOWING}{{3}}|(?:[ÐÑ]{_FOLLOWING}){{2,}}")
_CONTROLS = re.compile("[\x80-\x9f]")
# Looking for single characters is ten times faster than the patterns, and long texts rarely hold one of these.
_SUSPECTS = "ÂÃàáâãïðÐÑ\x80\x82\x84\x85\x8b\x91\x92\x93\x94\x95\x96\x97\x99\x9b"


def utf8(body: bytes) -> bytes:
    """The page as UTF-8 without BOM and NULs, whatever the header claims; Windows-1252 where it never was UTF-8.

    The markets declared ISO-8859-1 over UTF-8 bytes, so the header is not asked. A torn page loses its last, perhaps
    unfinished value.

    >>> utf8("50 €</html>".encode("utf-8")).decode(), utf8(b"<b>12</b><b>3")
    ('50 €</html>', b'<b>12</b><b>')
    """
    raw = body.removeprefix(b"\xef\xbb\xbf")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raw = raw.decode("utf-16", "replace").encode("utf-8", "replace")
    elif not raw.isascii():
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("utf-8", "replace")
            # A few broken characters are a torn or mixed page; many mean that it never was UTF-8.
            if text.count("\ufffd") > 5 + len(raw) // 2000:
                text = raw.decode("cp1252", "replace")
            raw = text.encode("utf-8")
    return _whole(raw.replace(b"\x00", b"") if b"\x00" in raw else raw)


def _whole(raw: bytes) -> bytes:
    """A torn page without its last, perhaps unfinished value: half a price is a wrong price."""
    if b"</html" in raw[-2000:].lower():
        return raw
    return raw[: raw.rfind(b">") + 1] if b">" in raw else raw


def too_much(body: bytes) -> str | None:
    """Why a page is rejected unread, or None."""
    if len(body) > MAX_BODY:
        return f"{len(body)} bytes"
    tags = body.count(b"<")
    if tags > MAX_TAGS:
        return "more tags than any page of a market"
    values = body.count(b"=")
    if values > MAX_VALUES or (
        values > MAX_ATTRIBUTES and any(tag[0].count(b"=") > MAX_ATTRIBUTES for tag in _TAG.finditer(body))
    ):
        return "more attributes than any page of a market"
    # Time to read a page grows with the square of its depth; only pages with very many tags can be that deep.
    if tags > _DEPTH_CHECK_FROM and _depth(body) > MAX_DEPTH:
        return "nested deeper than any page of a market"
    return None


def _depth(body: bytes) -> int:
    """Deepest nesting of elements that contain others."""
    depth = deepest = 0
    for match in _CONTAINER.finditer(body):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def repaired(text: str) -> str:
    """The text with what was encoded twice decoded again: "QualitÃ¤t" is "Qualität".

    >>> repaired("QualitÃ¤t"), repaired("Qualität")
    ('Qualität', 'Qualität')
    """
    if text.isascii() or (len(text) > SHORT and not any(map(text.__contains__, _SUSPECTS))):
        return text
    if _TWICE.search(text):
        try:
            text = text.translate(_AS_LATIN).encode("latin-1").decode("utf-8")
        except UnicodeError:
            text = _TWICE.sub(_decoded, text)
    return text.translate(_C1) if _CONTROLS.search(text) else text


def _decoded(match: re.Match[str]) -> str:
    try:
        return match[0].translate(_AS_LATIN).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return match[0]


def clean(text: str) -> str:
    """White space folded, text that was encoded twice repaired."""
    return fold_short(text) if len(text) <= SHORT else _fold(text)


def _fold(text: str) -> str:
    return " ".join(repaired(text).split())


# Labels, prices, ages and short comments come back by the hundred on every page of a month.
fold_short = lru_cache(maxsize=16_384)(_fold)


def clean_lines(text: str) -> str:
    """The same line by line: line ends kept, edges stripped."""
    lines = repaired(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join([" ".join(line.split()) for line in lines]).strip("\n")
