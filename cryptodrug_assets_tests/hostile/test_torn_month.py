"""A month behind a connection that breaks often ends with the tables of an undisturbed one."""

import hashlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.politeness import Limits
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.tables import parse_captures
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets.replica.server import running
from cryptodrug_assets.replica.source import replica_source, replica_sweeps

pytestmark = pytest.mark.browser
_CELL = ("dream", "2018-11")


@contextmanager
def _tearing(target: int) -> Iterator[tuple[int, Counter[str]]]:
    """A proxy on loopback that ends a quarter of all bodies half-way, by what is asked and how often it was."""
    listener, torn, asked = socket.create_server(("127.0.0.1", 0), backlog=64), Counter[str](), Counter[bytes]()

    def one(near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", target)) as far:
            request = near.recv(1 << 16)
            line, _, rest = request.partition(b"\r\n")
            asked[line] += 1
            # One answer a connection: its end is the answer's.
            far.sendall(line + b"\r\nConnection: close\r\n" + rest.replace(b"Connection: keep-alive\r\n", b""))
            answer = b""
            while piece := far.recv(1 << 16):
                answer += piece
            head, _, body = answer.partition(b"\r\n\r\n")
            draw = hashlib.blake2b(line + b"%d" % asked[line], digest_size=1).digest()[0]
            if draw < 64 and body:
                torn["torn"] += 1
                body = body[: len(body) // 2]
            near.sendall(head + b"\r\n\r\n" + body)

    def serve() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(near,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], torn
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _captured(source: Source, root: Path, chromium: Path) -> dict[str, int]:
    report = capture_month(
        market=get_market(_CELL[0]), config=CaptureConfig(render_sample=0.0), month=_CELL[1], source=source,
        sweep_id=source.sweep_id, archive_root=root, browser_path=chromium, hmac_key=b"k" * 32,
        limits=Limits(backoff_s=0.02),
    )  # fmt: skip
    return report.outcomes


def test_a_torn_month_has_the_tables_of_a_calm_one(tmp_path: Path, chromium: Path) -> None:
    with running("tiny", 7) as server:
        source = replica_source(_CELL[0], replica_sweeps(_CELL[1], 1)[0], server.port)
        calm_outcomes = _captured(source, tmp_path / "calm", chromium)
        with _tearing(server.port) as (port, torn):
            # Links of a page name no host: the same pages come by way of the proxy.
            host = source.base_url.rpartition(":")[0]
            outcomes = _captured(replace(source, base_url=f"{host}:{port}"), tmp_path / "torn", chromium)
    assert torn["torn"] > 10
    assert outcomes == calm_outcomes
    tables = []
    for name in ("calm", "torn"):
        pages = list(read_pages(tmp_path / name, index_frame(tmp_path / name, *_CELL)))
        tables.append(parse_captures(*_CELL, [replace(page, url=page.url.split("/", 3)[3]) for page in pages], 1))
    for table, calm in tables[0].items():
        assert calm.equals(tables[1][table]), table
    assert tables[0]["listings"].height > 5
