"""The replica as an HTTP site on loopback: one server for all markets and moments, told apart by host name.

`http://wall-street.2018-11-30t2359.localhost:PORT/` is Wall Street as it stood then. Without the session cookie every
page is the market's login wall; the cookie of the replica's researcher is what an operator's log-in would leave.
"""

import hashlib
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica import dream_pages, empire_pages, wall_street
from cryptodrug_assets.replica.pages import SESSION_COOKIE, Request, Response
from cryptodrug_assets.replica.profiles import replica_cells, replicated
from cryptodrug_assets.replica.spells import CALM, Spells, Weather
from cryptodrug_assets.replica.world import make_world

_HOST = re.compile(r"^([a-z-]+)\.(\d{4}-\d{2}-\d{2})t(\d{2})(\d{2})\.localhost(?::\d+)?$")
_PAGES: dict[str, ModuleType] = {"dream": dream_pages, "wall_street": wall_street, "empire": empire_pages}
_HEALTH = "/replica-health"


@dataclass(frozen=True)
class RunningReplica:
    """A replica that is being served."""

    port: int


def host_name(market: str, moment: datetime) -> str:
    """Host that shows the market at the moment (UTC, to the minute)."""
    return f"{market.replace('_', '-')}.{moment:%Y-%m-%d}t{moment:%H%M}.localhost"


def session_value(market: str) -> str:
    """The cookie value of the replica's logged-in researcher."""
    return hashlib.blake2b(f"replica researcher {market}".encode(), digest_size=16).hexdigest()


def storage_state(market: str, moment: datetime, port: int) -> dict[str, Any]:
    """Playwright storage state of a researcher logged in to the market at the moment."""
    _ = port  # cookies are not bound to ports
    cookie = {
        "name": SESSION_COOKIE,
        "value": session_value(market),
        "domain": host_name(market, moment),
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    return {"cookies": [cookie], "origins": []}


def market_of(host: str) -> str:
    """The market that a host name shows; empty for another name."""
    match = _HOST.match(host)
    return match[1].replace("-", "_") if match else ""


def respond(
    profile: str, seed: int, *, host: str, method: str, path: str, query: str, body: str, cookies: str,
    session: int = 0, wall: str | None = None,
) -> Response:  # fmt: skip
    """The site's answer as a pure function of the world and the request; `session` and `wall` as in pages.Request."""
    match, market = _HOST.match(host), market_of(host)
    if match is None or market not in replicated():
        name, month = replica_cells()[0]
        example = host_name(name, datetime.fromisoformat(f"{month}-28T23:59:00+00:00"))
        return Response(f"SYNTHETIC replica: ask for a market at a moment, such as http://{example}\n".encode(), 404)
    moment = datetime.fromisoformat(f"{match[2]}T{match[3]}:{match[4]}:00+00:00")
    logged_in = f"{SESSION_COOKIE}={session_value(market)}" in cookies
    request = Request(
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        form=dict(parse_qsl(body, keep_blank_values=True)) if method == "POST" else {},
        moment=moment,
        base=f"http://{host}",
        logged_in=logged_in,
        session=session,
        wall=wall,
    )
    if path.endswith("logout") or "logout" in request.query:
        return Response(b"", 302, headers=(("location", "/"), ("set-cookie", f"{SESSION_COOKIE}=; Max-Age=0; Path=/")))
    answer: Response = _PAGES[market].respond(make_world(profile, seed).market(market), request)
    return answer


class ReplicaApp:
    """The ASGI application."""

    def __init__(self, profile: str, seed: int, spells: Spells = CALM) -> None:
        self._profile, self._seed, self._weather = profile, seed, Weather(spells)
        make_world(profile, seed)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["path"] == _HEALTH:
            answer = Response(f"SYNTHETIC replica {self._profile} {self._seed}".encode())
        else:
            host = headers.get("host", "")
            session, wall = self._weather.next(market_of(host))
            answer = respond(
                self._profile,
                self._seed,
                host=host,
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("latin-1"),
                body=body.decode("latin-1"),
                cookies=headers.get("cookie", ""),
                session=session,
                wall=wall,
            )
        fields = [("content-type", answer.content_type), ("content-length", str(len(answer.body))), *answer.headers]
        raw = [(name.encode(), value.encode("latin-1")) for name, value in fields]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})


def bind(port: int) -> socket.socket:
    """A socket on the loopback port (0 takes a free one); UserError when it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as err:
        listener.close()
        raise UserError(f"port {port} is taken ({err.strerror}); choose another with --port") from err
    return listener


def server(profile: str, seed: int, spells: Spells = CALM) -> uvicorn.Server:
    """A quiet single-process server of the world."""
    config = uvicorn.Config(
        ReplicaApp(profile, seed, spells), log_level="warning", access_log=False, lifespan="off", timeout_keep_alive=60
    )
    return uvicorn.Server(config)


@contextmanager
def running(profile: str, seed: int, port: int = 0, spells: Spells = CALM) -> Iterator[RunningReplica]:
    """Serve the world on loopback, in a thread, for the length of the block."""
    listener = bind(port)
    instance = server(profile, seed, spells)
    thread = threading.Thread(target=instance.run, kwargs={"sockets": [listener]}, daemon=True, name="replica")
    thread.start()
    try:
        while not instance.started:
            if not thread.is_alive():
                raise UserError("the replica could not start")
            time.sleep(0.01)
        yield RunningReplica(listener.getsockname()[1])
    finally:
        instance.should_exit = True
        thread.join(timeout=10)
        listener.close()


def reachable(port: int) -> None:
    """Raise UserError unless a replica answers on the loopback port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{_HEALTH}", timeout=5) as answer:
            if b"SYNTHETIC replica" in answer.read():
                return
    except (urllib.error.URLError, OSError) as err:
        reason = getattr(err, "reason", err)
        raise UserError(
            f"no replica answers on port {port} ({reason}); start one with `cryptodrug replica serve --port {port}`"
            " or unset CRYPTODRUG_REPLICA_PORT"
        ) from err
    raise UserError(
        f"what answers on port {port} is not a replica; unset CRYPTODRUG_REPLICA_PORT or choose another port"
    )
