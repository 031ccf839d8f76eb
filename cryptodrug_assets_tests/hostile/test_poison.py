"""A page costs seconds and one browser at most, whatever it holds; the month goes on, and no page stops it."""

import contextlib
import gzip
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from cryptodrug_assets.capture.politeness import Limits
from cryptodrug_assets.markets import _reader, get_market
from cryptodrug_assets.markets.reading import discover, parse
from cryptodrug_assets.observation import MARKETS, UserError
from cryptodrug_assets_tests.hostile.capturing import capture, rows
from cryptodrug_assets_tests.hostile.site import Hostile, chunked, headed, hostile, page
from cryptodrug_assets_tests.markets.bazaar import Bazaar

_NOW = datetime(2018, 11, 30, tzinfo=UTC)
_HTML = "Content-Type: text/html"


def _attributes(count: int) -> bytes:
    """One tag with attributes that need no equals sign."""
    return b"<html><a " + b" ".join(b"a%d" % number for number in range(count)) + b">x</a></html>"


_POISON = {
    "values": b"<a " + b" ".join(b"a%d=1" % number for number in range(80_000)) + b">",
    "attributes": _attributes(80_000),
    "slashes": _attributes(80_000).replace(b" a", b"/a"),
    "quoted": b"<a " + b" ".join(b'a%d=">"' % number for number in range(59_000)) + b">",
    "deep": b"<div>" * 50_000,
    "deep-odd": b"<ruby><rt><dl>" * 19_000,
    "endless-tags": b"<p>" * 1_600_000,
}


def _cpu_s() -> float:
    """CPU seconds of this process and of those it has waited for."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)


@pytest.mark.parametrize(
    ("name", "poison"), [*(("bazaar", poison) for poison in _POISON), *((name, "slashes") for name in MARKETS)]
)
def test_no_page_takes_longer_than_it_may(monkeypatch: pytest.MonkeyPatch, name: str, poison: str) -> None:
    monkeypatch.setattr(_reader, "CPU_S", 1)
    market = Bazaar() if name == "bazaar" else get_market(name)
    began = _cpu_s()
    found = discover(market, _POISON[poison], url="http://site.localhost/")
    # In seconds of CPU, here and in the reader: a busy machine takes longer, and no more.
    assert _cpu_s() - began < 20
    assert (found.page_kind, found.links) == ("unknown", [])
    if poison == "slashes":
        read = parse(market, _POISON[poison], url="http://site.localhost/", captured_at=_NOW)
        assert [problem.reason for problem in read.problems] == ["too_slow"]
        assert not (read.listings or read.vendors or read.feedback)


def test_a_large_page_that_is_read_in_time_is_read_as_a_small_one(real_pages: Path) -> None:
    body = next(path for path in sorted(real_pages.rglob("listing_*.html"))).read_bytes()
    larger = body.replace(b"</html>", b"<!-- " + b"x" * 300_000 + b" --></html>")
    for name in MARKETS:
        market = get_market(name)
        small = discover(market, body, url="http://site.localhost/")
        assert discover(market, larger, url="http://site.localhost/") == small
        assert parse(market, larger, url="http://site.localhost/", captured_at=_NOW) == market.parse(
            larger, url="http://site.localhost/", captured_at=_NOW
        )


@pytest.mark.browser
def test_poison_pages_are_kept_as_unknown_and_the_month_ends(
    tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_reader, "CPU_S", 1)
    with hostile() as site:
        site.answers |= {f"/{name}": page(_POISON[name]) for name in ("values", "slashes", "deep-odd")}
        site.answers |= {f"/good-{number}": page(b"<html>good</html>") for number in range(4)}
        report = capture(site, tmp_path, chromium)
    index = rows(tmp_path)
    assert {index[name]["page_kind"] for name in ("values", "slashes", "deep-odd")} == {"unknown"}
    assert {row["outcome"] for row in index.values()} == {"done"}
    assert report.stopped is None


@contextmanager
def _killing(site: Hostile, path: str) -> Iterator[list[psutil.Process]]:
    """Whenever this page is asked for, the browser dies before it is answered."""
    killed: list[psutil.Process] = []
    lock = threading.Lock()

    def kill(connection: object, _: int) -> None:
        with lock:
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if any(word.startswith("--capture-run=") for word in child.cmdline()):
                        child.kill()
                        killed.append(child)
        time.sleep(0.5)

    site.answers[path] = kill
    yield killed


@pytest.mark.browser
@pytest.mark.parametrize("concurrency", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_pages_that_kill_the_browser_are_given_up_and_all_others_come(
    tmp_path: Path, chromium: Path, concurrency: int
) -> None:
    killers = [f"/killer-{number}" for number in range(2)]
    with hostile() as site, contextlib.ExitStack() as stack:
        for path in killers:
            stack.enter_context(_killing(site, path))
        site.answers |= {f"/good-{number}": page(b"<html>good</html>") for number in range(12)}
        capture(site, tmp_path, chromium, concurrency=concurrency)
        first = dict(site.asked)
        index = rows(tmp_path)
        assert {index[path[1:]]["outcome"] for path in killers} == {"given_up"}
        assert {row["outcome"] for name, row in index.items() if not name.startswith("killer")} == {"done"}
        assert all(first[path] <= 3 for path in killers)
        # Another run begins with what is new; here nothing is, and it ends again.
        capture(site, tmp_path, chromium, concurrency=concurrency)
    assert {rows(tmp_path)[path[1:]]["outcome"] for path in killers} == {"given_up"}


@pytest.mark.slow
@pytest.mark.browser
def test_a_browser_that_dies_at_every_page_is_no_fault_of_the_pages(tmp_path: Path, chromium: Path) -> None:
    with hostile(**{f"n{number}": page(b"<html>good</html>") for number in range(8)}) as site:
        with contextlib.ExitStack() as stack:
            entry = site.front()

            def serve(connection: socket.socket, count: int) -> None:
                if count == 1:
                    connection.sendall(entry)
                else:
                    site.answers["/n0"](connection, count)  # type: ignore[operator]

            for path in list(site.answers):
                stack.enter_context(_killing(site, path))
            site.answers["/"] = serve
            with pytest.raises(UserError, match="dies again and again"):
                capture(site, tmp_path, chromium)
        assert {row["outcome"] for row in rows(tmp_path).values()} == {"done", "pending"}


@pytest.mark.browser
def test_what_was_given_up_is_tried_last(tmp_path: Path, chromium: Path) -> None:
    order: list[str] = []

    def seen(connection: object, _: int) -> None:
        order.append("bad")
        connection.sendall(headed(b"half", _HTML, "Content-Length: 99"))  # type: ignore[attr-defined]

    def good(connection: object, _: int) -> None:
        order.append("good")
        connection.sendall(page(b"<html>good</html>"))  # type: ignore[attr-defined]

    with hostile(bad=seen) as site:
        site.answers |= {f"/good-{number}": good for number in range(6)}
        capture(site, tmp_path, chromium, concurrency=1, max_pages=3)
        assert order[0] == "bad"
        order.clear()
        capture(site, tmp_path, chromium, concurrency=1)
    assert order.index("bad") == order.count("good") > 2


@contextmanager
def _memory() -> Iterator[list[int]]:
    """The most that a browser's process or a tab's holds."""
    most, stop = [0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            size = 0
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if "--type=renderer" in child.cmdline() or any("--capture-run=" in w for w in child.cmdline()):
                        size = max(size, child.memory_info().rss - child.memory_info().shared)
            most[0] = max(most[0], size)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        stop.set()
        thread.join()


def _endless(connection: object, _: int) -> None:
    connection.sendall(headed(b"", _HTML, "Transfer-Encoding: chunked"))  # type: ignore[attr-defined]
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")  # type: ignore[attr-defined]


def _endless_open(connection: object, _: int) -> None:
    connection.sendall(headed(b"", _HTML))  # type: ignore[attr-defined]
    while True:
        connection.sendall(b"<p>x</p>" * 8192)  # type: ignore[attr-defined]


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["nav", "render"])
def test_bombs_are_stopped(tmp_path: Path, chromium: Path, mode: str) -> None:
    """600 MB in 600 kB: no more than 300 MB of a tab, whatever it unpacks to."""
    bomb = gzip.compress(b"\0" * 600_000_000, 9)
    with hostile() as site, _memory() as most:
        site.answers |= {
            "/bomb": headed(bomb, _HTML, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}"),
            "/bomb-chunks": headed(chunked(bomb), _HTML, "Content-Encoding: gzip", "Transfer-Encoding: chunked"),
            "/huge": headed(b"x", _HTML, "Content-Length: 1000000000"),
            "/digits": headed(b"x" * 10, _HTML, "Content-Length: " + "9" * 5000),
            "/good": page(b"<html>good</html>"),
        }
        capture(site, tmp_path, chromium, mode=mode, concurrency=1)
    index = rows(tmp_path)
    for name in ("bomb", "bomb-chunks", "huge"):
        assert (index[name]["outcome"], index[name]["reason"]) == ("given_up", "larger than 5,000,000 bytes"), name
    assert index["digits"]["outcome"] == "given_up"
    assert index["good"]["outcome"] == "done"
    assert most[0] < 300_000_000, most[0]


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["nav", "render"])
def test_bodies_without_an_end_are_stopped(tmp_path: Path, chromium: Path, mode: str) -> None:
    """How much more comes before the stop depends on how much faster than its events the tab reads (capture.md)."""
    bomb = gzip.compress(b"\0" * 600_000_000, 9)
    with hostile() as site:
        site.answers |= {
            "/bomb": headed(bomb, _HTML, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}"),
            "/endless": _endless,
            "/endless-open": _endless_open,
            "/image-bomb": page(b'<html><img src="/bomb"><img src="/endless">x</html>'),
            "/good": page(b"<html>good</html>"),
        }
        capture(site, tmp_path, chromium, mode=mode, concurrency=1)
    index = rows(tmp_path)
    for name in ("endless", "endless-open"):
        assert (index[name]["outcome"], index[name]["reason"]) == ("given_up", "larger than 5,000,000 bytes"), name
    assert index["good"]["outcome"] == index["image-bomb"]["outcome"] == "done"


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["nav", "render"])
def test_answers_without_content_end_at_once(tmp_path: Path, chromium: Path, mode: str) -> None:
    with hostile() as site:
        for status in ("204 No Content", "205 Reset Content", "304 Not Modified"):
            site.answers[f"/{status[:3]}"] = f"HTTP/1.1 {status}\r\nX-A: b\r\n\r\n".encode()
        report = capture(site, tmp_path, chromium, mode=mode)
    assert {rows(tmp_path)[name]["outcome"] for name in ("204", "205", "304")} <= {"done", "given_up"}
    # A page time-out would have been tried again.
    assert report.retries == 0


@pytest.mark.browser
def test_silent_pages_cost_two_tries(tmp_path: Path, chromium: Path) -> None:
    with hostile(good=page(b"<html>good</html>")) as site:
        site.answers |= {f"/silent-{number}": lambda *_: time.sleep(30) for number in range(2)}
        capture(site, tmp_path, chromium, limits=Limits(backoff_s=0.02, page_timeout_s=1.5, site_down_s=60.0))
        assert {site.asked[f"/silent-{number}"] for number in range(2)} <= {2, 3}
    index = rows(tmp_path)
    assert {index[f"silent-{number}"]["outcome"] for number in range(2)} == {"given_up"}
    assert index["good"]["outcome"] == "done"


@pytest.mark.browser
def test_a_calendar_that_leads_on_for_ever_ends_and_says_so(tmp_path: Path, chromium: Path) -> None:
    with hostile() as site:

        def day(connection: object, _: int) -> None:
            number = site.asked.total()
            links = "".join(f'<a href="/day-{number}-{each}">x</a>' for each in range(3))
            connection.sendall(page(f"<html>{links}</html>".encode()))  # type: ignore[attr-defined]

        class Days(dict[str, object]):
            def get(self, key: str, default: object = None) -> object:
                return day

        site.answers = Days()  # type: ignore[assignment]
        report = capture(site, tmp_path, chromium, max_pages=30)
    assert report.stopped == "page budget of 30 spent"
    assert report.progress.fetched == 30


def test_budgets_have_bounds_by_default() -> None:
    from cryptodrug_assets.observation import CaptureConfig

    config = CaptureConfig()
    assert 20_000 < config.max_pages <= 1_000_000
    assert 86_400 <= config.max_seconds <= 31 * 86_400
