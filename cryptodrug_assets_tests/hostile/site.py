"""A site that means harm, on loopback: what it answers is given byte by byte, and a canary stands beside it.

The canary is another site of this machine, on another port and of another name. Whatever reaches it has left the site.
"""

import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets_tests.capture.site import MOMENT

Answer = bytes | Callable[[socket.socket, int], None]
OFFER = b"<html><title>9kg FALSE ROW</title><p>an offer</p></html>"


def page(body: bytes, status: str = "200 OK", *, kind: str = "text/html", more: bytes = b"") -> bytes:
    """A whole answer with its length."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n".encode()
    return head + more + b"\r\n" + body


def headed(body: bytes, *lines: str) -> bytes:
    """An answer with these header lines and nothing else."""
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1") + body


def chunked(body: bytes, *, last: bytes = b"0\r\n\r\n") -> bytes:
    """A body in two chunks; `last` may lack."""
    half = len(body) // 2
    parts = [body[:half], body[half:]]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + last


def moved(location: bytes, status: str = "302 Found") -> bytes:
    """A redirect, its address as it stands."""
    return b"HTTP/1.1 " + status.encode() + b"\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"


def reset_after(start: bytes) -> Callable[[socket.socket, int], None]:
    """Send this and break the connection off."""

    def answer(connection: socket.socket, _: int) -> None:
        connection.sendall(start)
        time.sleep(0.2)  # or the start would be lost with the connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return answer


@dataclass
class Hostile:
    """The running site: its answers by path, what it was asked, and what reached the canary."""

    port: int = 0
    canary_port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    canary: list[bytes] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The site's own host and port."""
        return f"site.localhost:{self.port}"

    @property
    def elsewhere(self) -> str:
        """Host and port of the canary."""
        return f"evil.localhost:{self.canary_port}"

    def source(self, **changes: Any) -> Source:
        """A source that captures the site."""
        values: dict[str, Any] = {
            "market": "dream", "month": "2018-11", "sweep_id": "2018-11-30T2359", "kind": "replica",
            "base_url": f"http://{self.host}", "clock": lambda: MOMENT, "synthetic": True,
        }  # fmt: skip
        return Source(**(values | changes))

    def front(self, *more: str) -> bytes:
        """An entry page that links all other answers, and what else is wanted."""
        links = [path for path in self.answers if path != "/"] + list(more)
        return page(("<html>" + "".join(f'<a href="{link}">x</a>' for link in links) + "</html>").encode())

    def answer(self, connection: socket.socket, path: str) -> None:
        """Answer one request."""
        self.asked[path] += 1
        found = self.answers.get(path.partition("?")[0])
        if path == "/" and found is None:
            found = self.front()
        if callable(found):
            found(connection, self.asked[path])
        else:
            connection.sendall(found if found is not None else page(b"<html>gone</html>", "404 Not Found"))


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    return data


@contextmanager
def _listening(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server whose connections end after one answer, by its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            handle(connection)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@contextmanager
def hostile(**answers: Answer) -> Iterator[Hostile]:
    """The site and its canary; answers may also be put into `answers` of the running site."""
    site = Hostile(answers={f"/{name}": answer for name, answer in answers.items()})

    def at_site(connection: socket.socket) -> None:
        request = _request(connection)
        if request:
            site.answer(connection, request.split(b" ", 2)[1].decode("latin-1"))

    def at_canary(connection: socket.socket) -> None:
        site.canary.append(_request(connection).split(b"\r\n", 1)[0])
        connection.sendall(page(OFFER))

    with _listening(at_site) as site.port, _listening(at_canary) as site.canary_port:
        yield site
