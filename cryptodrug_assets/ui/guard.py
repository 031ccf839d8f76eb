"""The guard before the Dagster UI: who may ask it for what.

Dagster's server executes whatever reaches it: a mutation asked for by GET or by a page of another site, under any Host.
Any page open in the operator's browser could so start or stop runs. The guard lets through only requests to a name of
the UI itself, from the UI's own pages or from programs that are no browser. It is plain ASGI: WebSockets pass it, too.
"""

import hmac
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
COOKIE = "cryptodrug_ui"
_READING = ("GET", "HEAD", "OPTIONS")
# A browser sends these across sites only after asking, and Dagster never agrees.
_JSON = ("application/json", "application/graphql")
_OWN_SITE = ("same-origin", "none")
# Beside Dagster's own policy: pages fetch from the UI alone, and no other page may frame it.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self';"
    " worker-src 'self' blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " form-action 'self'; frame-ancestors 'none'"
)


class Guard:
    """ASGI middleware; `names` are the hosts ("name" or "name:port") under which the UI may be asked for.

    With a `token` every request needs the cookie that the address with ?token=… sets.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], port: int, token: str | None = None) -> None:
        self._app = app
        self._hosts = {_with_port(name.lower(), port) for name in (*LOOPBACK, *names)}
        if port == 80:
            self._hosts |= {host.removesuffix(":80") for host in self._hosts}
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with the reason."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (why := self._refusal(scope, headers)) is not None:
            await _refuse(scope, receive, send, 403, why)
        elif self._token is not None and not _known(headers, self._token):
            if scope["type"] == "http" and self._shown(scope):
                await self._let_in(scope, receive, send)
            else:
                await _refuse(scope, receive, send, 401, "open the address that `cryptodrug ui` printed")
        else:
            await self._app(scope, receive, _with_policy(send) if scope["type"] == "http" else send)

    def _refusal(self, scope: Scope, headers: Headers) -> str | None:
        """Why a request is refused; None when it is not."""
        if len(headers.getlist("host")) != 1 or headers["host"].lower() not in self._hosts:
            return "this name is not one of the UI's (CRYPTODRUG_UI_HOSTS adds names)"
        if any(not self._own(origin) for origin in headers.getlist("origin")):
            return "asked for by a page of another site"
        if scope["type"] == "websocket":
            return None
        if scope["method"] not in _READING:
            if headers.get("sec-fetch-site", "none") not in _OWN_SITE:
                return "asked for by a page of another site"
            if headers.get("content-type", "").partition(";")[0].strip().lower() not in _JSON:
                return "changes are asked for in JSON (Content-Type: application/json)"
            return None
        if scope["path"].rstrip("/").endswith("/graphql") and not _only_reads(scope):
            return "GET does not change anything; mutations are asked for by POST"
        return None

    def _own(self, origin: str) -> bool:
        parts = urlsplit(origin.lower())
        return parts.scheme in ("http", "https") and parts.netloc in self._hosts

    def _shown(self, scope: Scope) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return hmac.compare_digest(given.encode(), str(self._token).encode())

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the cookie, and take the token out of the address."""
        left = parse_qs(scope["query_string"].decode("latin-1"))
        left.pop("token")
        # One slash: two would lead to another host.
        where = "/" + scope["path"].lstrip("/") + (f"?{urlencode(left, doseq=True)}" if left else "")
        answer = RedirectResponse(where, status_code=303)
        answer.set_cookie(COOKIE, str(self._token), httponly=True, samesite="strict")
        await answer(scope, receive, send)


def _with_port(name: str, port: int) -> str:
    """The host as a browser writes it; an IPv6 address stands in brackets."""
    if name.count(":") > 1 and not name.startswith("["):
        name = f"[{name}]"
    return name if name.rpartition("]")[2].rpartition(":")[1] else f"{name}:{port}"


def _only_reads(scope: Scope) -> bool:
    """Whether no query in the address is anything but a query; what cannot be read is not."""
    for text in parse_qs(scope["query_string"].decode("latin-1")).get("query", []):
        try:
            parts = parse(text).definitions
        except (GraphQLError, RecursionError):
            return False
        if any(isinstance(part, OperationDefinitionNode) and part.operation != OperationType.QUERY for part in parts):
            return False
    return True


def _known(headers: Headers, token: str) -> bool:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return False
    return found is not None and hmac.compare_digest(found.value.encode(), token.encode())


def _with_policy(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            # Browsers obey both, this and Dagster's own.
            MutableHeaders(scope=message).append("Content-Security-Policy", _POLICY)
        await send(message)

    return answer


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    await PlainTextResponse(f"refused: {why}\n", status_code=status)(scope, receive, send)
