"""A small site for capture tests: traps in headers, bodies and behaviour, on loopback, with its market module."""

import gzip
import http.server
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser

from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.markets.base import Discovery, Link, ParsedPage

MOMENT = datetime(2018, 11, 30, 23, 59, tzinfo=UTC)
LATIN = "prix 5 \u20ac caf\u00e9".encode("cp1252")
BODIES: dict[str, tuple[bytes, str]] = {
    "/latin": (b"<html>" + LATIN, "text/html; charset=iso-8859-1"),
    "/koi8": ("\u043f\u0440\u0438\u0432\u0435\u0442".encode("koi8-r"), "text/html; charset=koi8-r"),
    "/bom": (b"\xef\xbb\xbf<html>bom</html>", "text/html; charset=utf-8"),
    "/invalid": (b"<html>\xff\xfe\x80 broken utf-8", "text/html; charset=utf-8"),
    "/nul": (b"<html>a\x00b", "text/html"),
    "/nocharset": ("<html>\u00e9".encode("cp1252"), "text/html"),
    "/gzip": (b"<html>" + b"packed " * 200, "text/html"),
    "/chunked": (b"<html>" + b"chunk " * 500, "text/html"),
    "/same1": (b"<html>the same body</html>", "text/html"),
    "/same2": (b"<html>the same body</html>", "text/html"),
}


@dataclass
class Site:
    """State of the running site: what it was asked and how it misbehaves."""

    port: int = 0
    pages: int = 0
    delay: float = 0
    requests: Counter[str] = field(default_factory=Counter)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    greeting: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    login_after: int | None = None
    away_after: int | None = None
    away_for: float = 0
    away_since: float | None = None
    walls: dict[str, int] = field(default_factory=dict)
    wall: str = "login"

    def away(self) -> bool:
        """Whether the site is silent now: for `away_for` seconds from the request after `away_after` on."""
        if self.away_after is None or self.requests.total() <= self.away_after:
            return False
        self.away_since = self.away_since or time.monotonic()
        return time.monotonic() - self.away_since < self.away_for

    @property
    def base_url(self) -> str:
        """Address of the site."""
        return f"http://site.localhost:{self.port}"

    def source(self, **changes: Any) -> Source:
        """A source that captures the site."""
        values: dict[str, Any] = {
            "market": "dream", "month": "2018-11", "sweep_id": "2018-11-30T2359", "kind": "replica",
            "base_url": self.base_url, "clock": lambda: MOMENT, "synthetic": True,
        }  # fmt: skip
        return Source(**(values | changes))


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Answers over HTTP/1.1 and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def serving(handler: type[QuietHandler]) -> Iterator[int]:
    """A server on a free port of loopback, by its port."""

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A browser that goes away in the middle is what some tests are about."""

    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running_site(**changes: Any) -> Iterator[Site]:
    """The site on a free port."""
    site = Site(**changes)

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self._answer("GET", b"")

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers["Content-Length"])))

        def _send(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if not any(name == "Transfer-Encoding" for name, _ in headers):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, method: str, form: bytes) -> None:
            path = urlsplit(self.path).path
            site.requests[f"{method} {path}"] += 1
            site.cookies[path] = self.headers.get("Cookie", "")
            time.sleep(site.delay)
            if site.away():  # the connection ends without an answer
                self.close_connection = True
                return
            if form:
                site.forms.append(parse_qs(form.decode()))
            walled = site.walls.get(path, 0) > 0
            if walled:
                site.walls[path] -= 1
            if walled or (site.login_after is not None and sum(site.requests.values()) > site.login_after):
                self._send(200, f"<html><title>{site.wall}</title>".encode(), [("Content-Type", "text/html")])
            elif site.failing.get(path, 0) > 0:
                site.failing[path] -= 1
                self._send(503, b"busy", [("Content-Type", "text/html"), ("Retry-After", "0")])
            elif path == "/":
                links = "".join(f'<a href="/page/{n}">x</a>' for n in range(site.pages))
                links += "".join(f'<a href="{name}">x</a>' for name in [*BODIES, "/moved", "/gone", "/flaky", "/empty"])
                links += '<a href="/logout">out</a><a href="http://elsewhere.localhost/away">away</a>'
                cookie = [("Set-Cookie", site.greeting)] if site.greeting is not None else []
                self._send(200, f"<html>{links}".encode(), [("Content-Type", "text/html"), *cookie])
            elif path == "/gzip":
                packed = gzip.compress(BODIES[path][0], mtime=0)
                self._send(200, packed, [("Content-Type", "text/html"), ("Content-Encoding", "gzip")])
            elif path == "/chunked":
                body = BODIES[path][0]
                chunks = (
                    b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:700], body[700:])) + b"0\r\n\r\n"
                )
                self._send(200, chunks, [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")])
            elif path in BODIES:
                body, kind = BODIES[path]
                self._send(
                    200,
                    body,
                    [
                        ("Content-Type", kind),
                        ("X-One", "a"),
                        ("X-One", "b"),
                        ("Set-Cookie", "session=TOPSECRET; Path=/"),
                    ],
                )
            elif path == "/moved":
                self._send(302, b"", [("Location", "/same1?token=ALSOSECRET"), ("Set-Cookie", "hop=SECRET3; Path=/")])
            elif path == "/gone":
                self._send(404, b"<html>gone", [("Content-Type", "text/html")])
            elif path == "/empty":
                self._send(200, b"", [("Content-Type", "text/html")])
            elif path == "/form":
                self._send(200, b"<html>posted " + form, [("Content-Type", "text/html")])
            elif path.startswith("/page/"):
                number = path.rpartition("/")[2]
                text = f"<html>page {number} " + "text " * 200 + '<form action="/form">'
                self._send(200, text.encode(), [("Content-Type", "text/html")])
            else:
                self._send(200, b"<html>plain", [("Content-Type", "text/html")])

    with serving(Handler) as site.port:
        yield site


class SiteMarket:
    """The site's market module: links are anchors, page 0 leads to a POST form."""

    name = "dream"
    parser_version = "test"
    entry_path = "/"
    page_kinds = ("listing_index", "listing")

    def parse(self, body: bytes, *, url: str, captured_at: datetime | None, **_: Any) -> ParsedPage:
        """Not needed for capturing."""
        raise NotImplementedError

    def discover(self, body: bytes, *, url: str, **_: Any) -> Discovery:
        """Anchors; a page titled login or maintenance is such a wall."""
        tree = LexborHTMLParser(body.decode("latin-1"))
        title = tree.css_first("title")
        if title is not None and title.text() in ("login", "maintenance"):
            return Discovery(title.text(), [], None)
        base = url.split("/", 3)
        site = f"{base[0]}//{base[2]}"
        links = []
        for node in tree.css("a[href]"):
            href = node.attributes["href"] or ""
            links.append(Link(href if href.startswith("http") else site + href, "listing"))
        if b"page 0 " in body:
            links.append(
                Link(f"{site}/form", "listing_index", "POST", (("category", "7"), ("csrf_token", "FORMSECRET")))
            )
        return Discovery("listing", links, None)

    def in_scope(self, link: Link) -> bool:
        """Everything but the end of the session."""
        return "logout" not in link.url

    def canonical(self, link: Link) -> str:
        """Method, path and form."""
        return f"{link.method} {urlsplit(link.url).path} {link.form}"
