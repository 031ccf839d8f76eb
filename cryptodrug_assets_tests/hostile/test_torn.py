"""A body that was cut off never counts as whole; what came of it is kept as evidence."""

import gzip
import zlib
from pathlib import Path

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.archive.warc import scan_members
from cryptodrug_assets.capture.politeness import Limits
from cryptodrug_assets_tests.hostile.capturing import MARKET, MONTH, capture, rows
from cryptodrug_assets_tests.hostile.site import Answer, chunked, headed, hostile, page, reset_after

pytestmark = pytest.mark.browser

_NUMBERS = b"".join(b"<p>%d</p>" % (number * 7919 % 100_003) for number in range(1500))
_BODY = b"<html><title>t</title>" + _NUMBERS + "caf\u00e9 \u20ac ".encode("cp1252") + b"\x00\xff end</html>"
_OPEN = b"<html>" + b"no end mark, and all of it " * 300
_HTML, _CHUNKS, _GZIP = "Content-Type: text/html", "Transfer-Encoding: chunked", "Content-Encoding: gzip"
_CLOSE = "Connection: close"


def _length(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


_PACKED = gzip.compress(_BODY)
_SPOILT = _PACKED[:100] + b"garbage" * 20 + _PACKED[240:]
_TORN: dict[str, Answer] = {
    "half": headed(_BODY[: len(_BODY) // 2], _HTML, _length(_BODY)),
    "one-less": headed(_BODY[:-1], _HTML, _length(_BODY)),
    "nothing": headed(b"", _HTML, _length(_BODY)),
    "reset": reset_after(headed(b"<html>", _HTML, "Content-Length: 99999")),
    "chunks-no-end": headed(chunked(_BODY, last=b""), _HTML, _CHUNKS),
    "chunks-bad": headed(chunked(_BODY, last=b"zz\r\n"), _HTML, _CHUNKS),
    "chunks-half": headed(chunked(_BODY)[: len(_BODY) // 2], _HTML, _CHUNKS),
    "chunks-reset": reset_after(headed(chunked(_BODY, last=b""), _HTML, _CHUNKS)),
    "gzip-half": headed(_PACKED[: len(_PACKED) // 2], _HTML, _GZIP, _length(_PACKED)),
    "gzip-half-framed": headed(_PACKED[: len(_PACKED) // 2], _HTML, _GZIP, f"Content-Length: {len(_PACKED) // 2}"),
    "gzip-half-chunks": headed(chunked(_PACKED[: len(_PACKED) // 2]), _HTML, _GZIP, _CHUNKS),
    "gzip-half-close": headed(_PACKED[: len(_PACKED) // 2], _HTML, _GZIP, _CLOSE),
    "gzip-spoilt": headed(_SPOILT, _HTML, _GZIP, _length(_SPOILT)),
    "close-half": headed(_BODY[: len(_BODY) // 2], _HTML, _CLOSE),
}
_WHOLE: dict[str, tuple[Answer, bytes]] = {
    "w-length": (page(_BODY), _BODY),
    "w-open": (page(_OPEN), _OPEN),
    "w-chunks": (headed(chunked(_BODY), _HTML, _CHUNKS), _BODY),
    "w-chunks-open": (headed(chunked(_OPEN), _HTML, _CHUNKS), _OPEN),
    "w-chunks-latin": (headed(chunked(_BODY), "Content-Type: text/html; charset=iso-8859-1", _CHUNKS), _BODY),
    "w-chunks-koi8": (headed(chunked(_OPEN), "Content-Type: text/html; charset=koi8-r", _CHUNKS), _OPEN),
    "w-chunks-empty": (headed(b"0\r\n\r\n", _HTML, _CHUNKS), b""),
    "w-gzip": (headed(_PACKED, _HTML, _GZIP, _length(_PACKED)), _BODY),
    "w-gzip-open": (headed(gzip.compress(_OPEN), _HTML, _GZIP, _length(gzip.compress(_OPEN))), _OPEN),
    "w-gzip-chunks": (headed(chunked(_PACKED), _HTML, _GZIP, _CHUNKS), _BODY),
    "w-gzip-close": (headed(_PACKED, _HTML, _GZIP, _CLOSE), _BODY),
    "w-deflate": (
        headed(zlib.compress(_BODY), _HTML, "Content-Encoding: deflate", _length(zlib.compress(_BODY))), _BODY,
    ),
    "w-close": (headed(_BODY, _HTML, _CLOSE), _BODY),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["nav", "render"])
def test_torn_bodies_are_given_up_and_kept_and_whole_ones_are_exact(tmp_path: Path, chromium: Path, mode: str) -> None:
    with hostile() as site:
        site.answers |= {f"/{name}": answer for name, answer in _TORN.items()}
        site.answers |= {f"/{name}": answer for name, (answer, _) in _WHOLE.items()}
        capture(site, tmp_path, chromium, mode=mode, limits=Limits(attempts=2, backoff_s=0.02, page_timeout_s=8.0))
        assert min(site.asked[f"/{name}"] for name in _TORN) > 1
    index = rows(tmp_path)
    for name in _TORN:
        assert (index[name]["outcome"], index[name]["reason"]) == ("given_up", "cut off"), name
    for name in _WHOLE:
        assert index[name]["outcome"] == "done", (name, index[name])
    kept = index_frame(tmp_path, MARKET, MONTH)
    bodies = {each.url.split("/", 3)[3]: each.body for each in read_pages(tmp_path, kept)}
    assert not set(_TORN) & set(bodies)
    for name, (_, body) in _WHOLE.items():
        assert bodies[name] == body, name
    assert verify(tmp_path, MARKET, MONTH).problems == []
    records = []
    for path in sorted((tmp_path / MARKET / MONTH).glob("*.warc.gz")):
        with path.open("rb") as file:
            records += [plain for _, _, plain in scan_members(file)]
    torn = [plain for plain in records if b"WARC-Truncated: disconnect" in plain]
    assert len(torn) == len(_TORN)
    assert next(plain for plain in torn if b"/half\r\n" in plain).rstrip(b"\r\n").endswith(_BODY[: len(_BODY) // 2])


@pytest.mark.parametrize("kind", ["half", "chunks-no-end", "gzip-half-framed"])
def test_what_was_torn_once_is_whole_at_the_next_try(tmp_path: Path, chromium: Path, kind: str) -> None:
    torn = _TORN[kind]
    assert isinstance(torn, bytes)
    with hostile(once=lambda connection, n: connection.sendall(torn if n == 1 else page(_BODY))) as site:
        report = capture(site, tmp_path, chromium)
    assert (rows(tmp_path)["once"]["outcome"], rows(tmp_path)["once"]["attempts"]) == ("done", 2)
    assert report.outcomes == {"done": 2}
