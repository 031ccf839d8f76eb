"""A site of any number of distinct pages like a market's, in a process of its own, and the market module for it.

A page is 29 KB of table rows, a picture of its own, and a style sheet and seven icons that all pages share, as the
archived pages of the markets have them.
"""

import multiprocessing
import random
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.markets.base import Discovery, Link

MOMENT = datetime(2018, 11, 30, 23, 59, tzinfo=UTC)
_ROWS = 200
_ICONS = 7
_STYLE = "td {padding: 2px; border-bottom: 1px solid #ccc} .row:hover {color: red} img {width: 60px; height: 60px}"
# A whole 60 x 60 grey picture.
_PIXELS = b"".join(
    struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", 60, 60, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(61 * 60), 9)),
        (b"IEND", b""),
    )
)
_PICTURE = b"\x89PNG\r\n\x1a\n" + _PIXELS
_LINKS = 200
_HREF = re.compile(rb'<a href="(/[^"]*)"')


def _table() -> list[str]:
    chosen = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgk"
    words = ["".join(chosen.choices(letters, k=chosen.randint(2, 9))) for _ in range(3000)]
    cells = [" ".join(chosen.choices(words, k=6)) for _ in range(8000)]
    return [
        f'<tr class="row"><td>{left}</td><td><b>{right}</b></td><td>{n}.50</td></tr>'
        for n, (left, right) in enumerate(zip(cells[::2], cells[1::2], strict=True))
    ]


def _serve(pages: int, ready: Connection) -> None:
    rows = _table()
    lists = -(-pages // _LINKS)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            """Home leads to lists, lists to pages."""
            kind, _, number = self.path.strip("/").partition("/")
            n = int(number or 0) if number.isdigit() else 0
            if kind in ("thumb", "icon"):
                self._send("image/png", _PICTURE)
                return
            if kind == "style.css":
                self._send("text/css", _STYLE.encode())
                return
            if kind == "page":
                start = n * 37 % (len(rows) - _ROWS)
                pictures = [f"/thumb/{n}.png", *(f"/icon/{i}.png" for i in range(_ICONS))]
                inside = f"<h1>page {n}</h1>" + "".join(f'<img src="{path}" alt="">' for path in pictures)
                inside += f"<table>{''.join(rows[start : start + _ROWS])}</table>"
            else:
                urls = [f"/list/{i}" for i in range(lists)] if not kind else []
                urls += [f"/page/{i}" for i in range(n * _LINKS, min(pages, (n + 1) * _LINKS))] if kind else []
                inside = "".join(f'<a href="{url}">x</a>' for url in urls)
            head = '<link rel="stylesheet" href="/style.css">'
            self._send(
                "text/html; charset=utf-8",
                f"<!doctype html><html><head>{head}</head><body>{inside}</body></html>".encode(),
            )

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response_only(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if not kind.startswith("text/html"):
                self.send_header("Cache-Control", "max-age=86400")
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ready.send(server.server_port)
    server.serve_forever()


@contextmanager
def running(pages: int) -> Iterator[tuple[int, int]]:
    """The site with `pages` pages beside its lists: (port, process id)."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(pages, there), daemon=True)
    process.start()
    try:
        yield here.recv(), process.pid or 0
    finally:
        process.terminate()
        process.join()


def source(port: int) -> Source:
    """The site as the source of a sweep."""
    return Source(
        market="dream", month="2018-11", sweep_id="2018-11-30T2359", kind="replica",
        base_url=f"http://site.localhost:{port}", clock=lambda: MOMENT, synthetic=True,
    )  # fmt: skip


class SiteMarket:
    """Links of the site, and nothing else."""

    name = "dream"
    parser_version = "bench"
    page_kinds = ("listing_index", "listing")
    entry_path = "/"

    def parse(self, body: bytes, **_: Any) -> Any:
        """Not needed for capturing."""
        raise NotImplementedError

    def discover(self, body: bytes, *, url: str, **_: Any) -> Discovery:
        """Every link of the page."""
        base = url.split("/", 3)
        site = f"{base[0]}//{base[2]}"
        return Discovery("listing", [Link(site + path.decode(), "page") for path in _HREF.findall(body)], None)

    def in_scope(self, link: Link) -> bool:
        """Everything."""
        return True

    def canonical(self, link: Link) -> str:
        """The URL."""
        return link.url
