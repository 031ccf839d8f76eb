"""The guard before the UI, asked the way browsers, other sites and programs ask; what it lets through answers "in"."""

from collections.abc import Iterable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from cryptodrug_assets.ui.guard import COOKIE, Guard

OWN = "http://127.0.0.1:3000"
EVIL = "http://evil.example"
MUTATION = "mutation{setAutoMaterializePaused(paused:true)}"
JSON = {"content-type": "application/json"}


def client(names: Iterable[str] = (), token: str | None = None, base: str = OWN, port: int = 3000) -> TestClient:
    async def answer(request: Request) -> Response:
        return PlainTextResponse("in")

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("in")
        await websocket.close()

    paths = ("/", "/graphql", "/report_asset_materialization/{key:path}", "/assets/{key:path}")
    routes = [Route(path, answer, methods=["GET", "POST", "PUT", "DELETE"]) for path in paths]
    app = Starlette(routes=[*routes, WebSocketRoute("/graphql", socket)])
    return TestClient(Guard(app, list(names), port, token), base_url=base, follow_redirects=False)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/assets/raw/captures", {"sec-fetch-site": "cross-site"}),  # a link in a mail
        ("GET", "/graphql?query={version}", {}),
        ("GET", "/graphql?query=query+q{version}", {}),
        ("POST", "/graphql", JSON),  # curl
        ("POST", "/graphql", JSON | {"origin": OWN, "sec-fetch-site": "same-origin"}),
        ("POST", "/graphql", JSON | {"origin": "http://LOCALHOST:3000", "host": "LocalHost:3000"}),
        ("POST", "/graphql", {"content-type": "application/json; charset=utf-8", "host": "[::1]:3000"}),
        ("POST", "/report_asset_materialization/a", JSON),
    ],
)
def test_the_uis_own_requests_pass(method: str, path: str, headers: dict[str, str]) -> None:
    answer = client().request(method, path, headers=headers)
    assert (answer.status_code, answer.text) == (200, "in")
    assert "img-src 'self' data:" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {"host": "evil.example"}),  # a name that was rebound to this machine
        ("GET", "/", {"host": "evil.example:3000"}),
        ("GET", "/", {"host": "127.0.0.1:3001"}),
        ("GET", "/", {"host": "127.0.0.1"}),
        ("GET", "/", {"host": "127.0.0.1:3000.evil.example"}),
        ("GET", "/", {"host": "localhost:3000@evil.example"}),
        ("GET", "/", {"host": ""}),
        ("GET", "/", {"origin": EVIL}),
        ("GET", "/", {"origin": "null"}),
        ("GET", f"/graphql?query={MUTATION}", {}),  # what an image in a page asks for
        ("GET", f"/graphql?query={MUTATION}", {"origin": OWN}),
        ("GET", f"/graphql/?query={MUTATION}", {}),
        ("GET", "/graphql?query=query+a{version}+mutation+b{stop}&operationName=b", {}),
        ("GET", f"/graphql?query={{version}}&query={MUTATION}", {}),
        ("GET", "/graphql?query=subscription{a}", {}),
        ("GET", "/graphql?query=%7B", {}),
        ("HEAD", f"/graphql?query={MUTATION}", {}),
        ("POST", f"/graphql?query={MUTATION}", {"content-type": "text/plain", "origin": EVIL}),
        ("POST", f"/graphql?query={MUTATION}", {"content-type": "text/plain"}),
        ("POST", f"/graphql?query={MUTATION}", {}),
        ("POST", "/graphql", {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", "/graphql", {"content-type": "text/plain; application/json"}),
        ("POST", "/graphql", JSON | {"origin": EVIL}),
        ("POST", "/graphql", JSON | {"origin": "http://127.0.0.1:8000"}),  # another program's page
        ("POST", "/graphql", JSON | {"origin": "null"}),
        ("POST", "/graphql", JSON | {"origin": "ftp://127.0.0.1:3000"}),
        ("POST", "/graphql", JSON | {"sec-fetch-site": "cross-site"}),
        ("POST", "/graphql", JSON | {"sec-fetch-site": "same-site"}),
        ("POST", "/report_asset_materialization/a?data_version=1", {}),
        ("PUT", "/", {}),
        ("DELETE", "/", JSON | {"origin": EVIL}),
    ],
)
def test_what_others_ask_for_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    answer = client().request(method, path, headers=headers)
    assert answer.status_code == 403
    assert answer.text != "in"


def test_two_hosts_in_a_request_are_refused() -> None:
    answer = client().get("/", headers=[("host", "127.0.0.1:3000"), ("host", "evil.example")])
    assert answer.status_code == 403


@pytest.mark.parametrize(("origin", "passes"), [(OWN, True), (None, True), (EVIL, False), ("null", False)])
def test_web_sockets_are_guarded_too(origin: str | None, passes: bool) -> None:
    headers = {"host": "127.0.0.1:3000"} | ({} if origin is None else {"origin": origin})
    if passes:
        with client().websocket_connect("/graphql", headers=headers) as socket:
            assert socket.receive_text() == "in"
    else:
        with pytest.raises(WebSocketDisconnect), client().websocket_connect("/graphql", headers=headers):
            pass


def test_a_rebound_name_opens_no_web_socket() -> None:
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/graphql", headers={"host": "evil.example"}):
        pass


def test_names_that_the_operator_adds() -> None:
    named = client(["Monitor.Example", "proxy.example:443", "fe80::1"])
    for host in ("monitor.example:3000", "proxy.example:443", "[fe80::1]:3000"):
        assert named.get("/", headers={"host": host}).status_code == 200, host
    assert named.get("/", headers={"host": "proxy.example:3000"}).status_code == 403
    # A proxy that speaks TLS outside: its pages' origin is https.
    headers = JSON | {"host": "proxy.example:443", "origin": "https://proxy.example:443"}
    assert named.post("/graphql", headers=headers).status_code == 200


def test_with_a_token_only_those_who_have_it_come_in() -> None:
    guarded = client(token="s3cret-token")
    assert guarded.get("/").status_code == 401
    assert guarded.get("/?token=wrong").status_code == 401
    assert guarded.get("/", headers={"cookie": f"{COOKIE}=wrong"}).status_code == 401
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/graphql", headers={"host": "127.0.0.1:3000"}):
        pass
    answer = guarded.get("/assets/a?view=x&token=s3cret-token")
    assert (answer.status_code, answer.headers["location"]) == (303, "/assets/a?view=x")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert guarded.get("/").text == "in", "the cookie was kept"
    # A path of two slashes is another host to a browser.
    assert client(token="t").get(f"{OWN}//evil.example?token=t").headers["location"] == "/evil.example"
