"""Whole bodies, and no more than allowed: where the end of a body is known from, and how it is taken from the browser.

A body with a stated length is taken while its response is held, and counted. Any other is handed on to the tab, for
only then does the browser say whether it came to its end; its bytes are watched as they pass, so that no more than
allowed do, or taken before where they must be few.
"""

import asyncio
import base64
import codecs
import contextlib
import zlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from cryptodrug_assets.capture.browser.exchange import FetchError, TooLargeError

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_MOST_DIGITS = 15
_PIECE = 1 << 20
_LITTLE = 64_000
_BOM = b"\xef\xbb\xbf"
_PACKINGS = (31, 15, -15)  # gzip, zlib, bare deflate
# Headers that no longer fit a body that is handed on decoded.
_OF_THE_WIRE = ("content-encoding", "transfer-encoding", "content-length")


class ChangedBodyError(FetchError):
    """All bytes came at once, and the browser had only their text left: they are taken otherwise at the next try."""


def value_of(headers: Iterable[dict[str, str]], name: str) -> str:
    """First value of a header as the browser lists it; empty when absent."""
    return next((each["value"].strip() for each in headers if each["name"].lower() == name), "")


def check_size(size: int, most: int) -> None:
    """TooLargeError when a body is larger than allowed."""
    if size > most:
        raise TooLargeError(f"larger than {most:,} bytes")


def stated_length(headers: list[dict[str, str]], most: int) -> int | None:
    """Bytes the body must have; None when nothing says so. TooLargeError when they are more than `most`."""
    stated = value_of(headers, "content-length")
    if not (stated.isascii() and stated.isdigit()) or value_of(headers, "transfer-encoding"):
        return None
    length = int(stated) if len(stated) <= _MOST_DIGITS else most + 1
    check_size(length, most)
    return None if is_packed(headers) else length


def is_packed(headers: list[dict[str, str]]) -> bool:
    """Whether the body was sent compressed: its stated length then is not that of what the browser hands over."""
    return value_of(headers, "content-encoding").lower() not in ("", "identity")


def unpacks_to_little(headers: list[dict[str, str]]) -> bool:
    """Whether a compressed body is so small that nothing large can be in it: deflate packs no more than 1032 to 1."""
    length, packing = value_of(headers, "content-length"), value_of(headers, "content-encoding").lower()
    stated = length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS
    return packing in ("gzip", "x-gzip", "deflate") and stated and int(length) <= _LITTLE


def in_doubt(headers: list[dict[str, str]], protocol: str, body: bytes) -> bool:
    """Whether a page that the browser takes for whole may be half of one.

    It looks for no end of compressed data, and the end of a connection may be the end of the page or of the network.
    """
    kind = value_of(headers, "content-type").lower()
    if kind and not kind.startswith(("text/html", "application/xhtml")):
        return False
    if b"</html" in body[-2000:].lower():
        return False
    length = value_of(headers, "content-length")
    framed = bool(length or value_of(headers, "transfer-encoding")) or not protocol.startswith("http/")
    if not is_packed(headers):
        return not framed
    return not (length.isdigit() and len(length) <= _MOST_DIGITS and _packs_to(body, int(length)))


def _packs_to(body: bytes, size: int) -> bool:
    """Whether the body compresses to just so many bytes, as all of a compressed page does with the usual tools."""
    for level in range(1, 10):
        for packing in _PACKINGS:
            packer = zlib.compressobj(level, wbits=packing)
            if len(packer.compress(body)) + len(packer.flush()) == size:
                return True
    return False


async def paused_body(cdp: "CDPSession", request_id: str) -> bytes:
    """The body of a held response, in one piece: only where its size is known to be allowed."""
    answer = await cdp.send("Fetch.getResponseBody", {"requestId": request_id})
    return _bytes(answer["body"], answer["base64Encoded"])


async def streamed_body(cdp: "CDPSession", request_id: str, most: int) -> bytes:
    """The body of a held response, in pieces, no more than `most` bytes; the response must then be made anew."""
    answer = await cdp.send("Fetch.takeResponseBodyAsStream", {"requestId": request_id})
    pieces: list[bytes] = []
    try:
        while True:
            piece = await cdp.send("IO.read", {"handle": answer["stream"], "size": _PIECE})
            pieces.append(_bytes(piece["data"], piece.get("base64Encoded", False)))
            check_size(sum(map(len, pieces)), most)
            if piece["eof"]:
                return b"".join(pieces)
    finally:
        with contextlib.suppress(Exception):  # gone with its tab
            await cdp.send("IO.close", {"handle": answer["stream"]})


def fulfil_parameters(event: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Parameters of Fetch.fulfillRequest that answer a held response with its own head and a decoded body."""
    headers = [each for each in event["responseHeaders"] if each["name"].lower() not in _OF_THE_WIRE]
    return {
        "requestId": event["requestId"],
        "responseCode": event["responseStatusCode"],
        "responseHeaders": headers,
        "body": base64.b64encode(body).decode(),
    }


def _bytes(text: str, is_base64: bool) -> bytes:
    return base64.b64decode(text) if is_base64 else text.encode()


class Delivery:
    """A body on its way to the tab: counted, kept as it passes, and told to have come to its end or not."""

    def __init__(self, most: int, known: bytes | None = None) -> None:
        """`known`: the bytes, where they were taken before, and only the end is waited for."""
        self._known = known
        self.ended: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self.protocol = ""
        self._most, self._size = most, 0
        self._before = b""
        self._parts: list[bytes] = []
        self._streaming: asyncio.Task[None] | None = None

    def responded(self, cdp: "CDPSession", event: dict[str, Any]) -> None:
        """The tab has the response: have it hand over the bytes from here on, and those it already has."""
        self.protocol = event["response"].get("protocol", "")
        if self._known is None:
            self._streaming = asyncio.ensure_future(self._stream(cdp, event["requestId"]))

    async def _stream(self, cdp: "CDPSession", request_id: str) -> None:
        with contextlib.suppress(Exception):  # it has all come already: it is asked for as a whole
            answer = await cdp.send("Network.streamResourceContent", {"requestId": request_id})
            self._before = base64.b64decode(answer["bufferedData"])

    def passed(self, event: dict[str, Any]) -> None:
        """Some bytes more."""
        self._size += event["dataLength"]
        if event.get("data"):
            self._parts.append(base64.b64decode(event["data"]))
        if self._size > self._most and not self.ended.done():
            self._parts.clear()
            self.ended.set_exception(TooLargeError(f"larger than {self._most:,} bytes"))

    def end(self, error: str | None) -> None:
        """It has ended: as it should, or with the browser's name for what happened."""
        if not self.ended.done():
            self.ended.set_result(error)

    async def body(self, cdp: "CDPSession", request_id: str, headers: list[dict[str, str]]) -> bytes:
        """The bytes that passed; FetchError when the browser no longer has them as they were."""
        if self._known is not None:
            return self._known
        if self._streaming is not None:
            await self._streaming
        got = self._before + b"".join(self._parts)
        if len(got) == self._size:
            return got
        answer = await cdp.send("Network.getResponseBody", {"requestId": request_id})
        if answer["base64Encoded"]:
            return base64.b64decode(answer["body"])
        for encoded in _encodings(answer["body"], value_of(headers, "content-type")):
            if len(encoded) == self._size:
                return encoded
        raise ChangedBodyError("the browser changed the body", network=True)


def _encodings(text: str, content_type: str) -> Iterable[bytes]:
    """What the text may have been, most likely first."""
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or "utf-8"
    charset = "cp1252" if charset in ("iso-8859-1", "latin1", "us-ascii") else charset  # as browsers do
    ways: list[Callable[[], bytes]] = [
        lambda: text.encode(codecs.lookup(charset).name),
        text.encode,
        lambda: _BOM + text.encode(),
    ]  # fmt: skip
    for way in ways:
        with contextlib.suppress(LookupError, UnicodeError):
            yield way()
