"""One browser tab that fetches pages and hands over the bytes as the site sent them.

Two modes. `nav`: the browser's own navigation, whose body is taken while the response is held and which is then
answered 204, so that nothing is parsed or painted. `render`: the page is painted, with its subresources and a
screenshot. Bodies come from CDP's Fetch domain (Network.getResponseBody re-encodes some charsets), header blocks from
Network.responseReceivedExtraInfo (the only verbatim ones). No WARC, no journal, no page knowledge here.
"""

import asyncio
import base64
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from cryptodrug_assets.capture.channel import CdpSession, Channel, ChannelError
from cryptodrug_assets.capture.headers import header_value

_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS_WAIT_S = 0.3
_SCREENSHOT_S = 10.0
# The catch-all of both stages: the request stage keeps subresources on the site.
_RENDER = [{"urlPattern": "*", "requestStage": "Request"}, {"urlPattern": "*", "requestStage": "Response"}]
_NAV = [{"urlPattern": "*", "requestStage": "Response", "resourceType": "Document"}]
_POST = [*_NAV, {"urlPattern": "*", "requestStage": "Request", "resourceType": "Document"}]
_PARK = [{"urlPattern": "*", "requestStage": "Request", "resourceType": "Document"}]
_VIEWPORT = {"width": 1280, "height": 1024, "deviceScaleFactor": 1, "mobile": False}
_BLANK = b'<!doctype html><link rel="icon" href="data:,">'


class FetchError(Exception):
    """The page was not fetched; `reason` is short and free of URLs. A network error may pass, others are the page's."""

    def __init__(self, reason: str, *, network: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.network = network


class TooLargeError(FetchError):
    """The body is larger than allowed."""


class OffSiteError(FetchError):
    """The page redirects to another host or out of scope; the hops so far are in `exchanges`."""

    def __init__(self, reason: str, exchanges: "list[Exchange]") -> None:
        super().__init__(reason)
        self.exchanges = exchanges


@dataclass(frozen=True)
class PageRequest:
    """What to fetch. `body` is a form-encoded body of a POST."""

    url: str
    method: str = "GET"
    body: bytes | None = None
    referrer: str | None = None


@dataclass
class Exchange:
    """One request and its response. `body` is None where the browser does not give it (redirects)."""

    url: str
    method: str
    request_headers: list[tuple[str, str]]
    request_body: bytes | None
    status: int
    head: str
    body: bytes | None
    fetched_at: datetime

    @property
    def content_type(self) -> str | None:
        """Content-Type as sent."""
        return header_value(self.head, "content-type")


@dataclass
class Fetched:
    """A page: redirect hops, the final exchange, and in render mode subresources and a JPEG of the viewport."""

    hops: list[Exchange]
    page: Exchange
    subresources: list[Exchange] = field(default_factory=list)
    screenshot: bytes | None = None
    duration_ms: int = 0


@dataclass
class _Visit:
    """State of the navigation under way."""

    request: PageRequest
    render: bool
    done: "asyncio.Future[Exchange]"
    hops: list[Exchange] = field(default_factory=list)
    subresources: list[Exchange] = field(default_factory=list)
    sent: dict[str, list[list[tuple[str, str]]]] = field(default_factory=lambda: defaultdict(list))
    received: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    posted: bool = False
    answered: bool = False
    loaded: asyncio.Event = field(default_factory=asyncio.Event)


class Tab:
    """A page of the browser with its CDP session, reused for many fetches, one at a time."""

    def __init__(
        self,
        channel: Channel,
        *,
        max_bytes: int,
        user_agent: str | None = None,
        may_follow: Callable[[str], bool] = lambda _: True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._channel = channel
        self._max_bytes = max_bytes
        self._user_agent = user_agent
        self._may_follow = may_follow
        self._now = now
        self._visit: _Visit | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._patterns: list[dict[str, str]] = []
        self._parked = ""
        self.fetched = 0

    async def open(self) -> None:
        """Open the page and listen."""
        self._cdp: CdpSession = await self._channel.new_page()
        self._cdp.on("Fetch.requestPaused", self._on_paused)
        self._cdp.on("Network.requestWillBeSentExtraInfo", self._on_sent)
        self._cdp.on("Network.responseReceivedExtraInfo", self._on_received)
        self._cdp.on("Network.loadingFailed", self._on_failed)
        self._cdp.on("Page.loadEventFired", self._on_loaded)
        self._cdp.on_end(self._on_gone)
        commands: list[tuple[str, dict[str, Any]]] = [
            ("Emulation.setScriptExecutionDisabled", {"value": True}),
            ("Emulation.setDeviceMetricsOverride", _VIEWPORT),
            # Two tabs paint at once, as if each were the one looked at.
            ("Emulation.setFocusEmulationEnabled", {"enabled": True}),
            # Bodies come from Fetch: what Network keeps of them, and the cache of what is not painted, is for nothing.
            ("Network.enable", {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0}),
            ("Network.clearBrowserCache", {}),
            ("Runtime.runIfWaitingForDebugger", {}),
        ]
        if self._user_agent is not None:
            commands.insert(0, ("Emulation.setUserAgentOverride", {"userAgent": self._user_agent}))
        await asyncio.gather(*(self._cdp.send(method, params) for method, params in commands))

    @property
    def busy(self) -> bool:
        """Whether a page is being fetched."""
        return self._visit is not None

    async def close(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        await self._channel.close_page(self._cdp)

    async def fetch(self, request: PageRequest, *, render: bool, timeout_s: float, photograph: bool = True) -> Fetched:
        """Fetch one page, `photograph`ed when it is rendered; FetchError when it cannot be had within `timeout_s` s."""
        self.fetched += 1
        visit = self._visit = _Visit(request, render, asyncio.get_running_loop().create_future())
        began = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                if not render:
                    await self._park(request.url)
                await self._listen(_RENDER if render else _POST if request.method == "POST" else _NAV)
                page = await self._navigate(visit)
                took = time.monotonic() - began
                screenshot = await self._paint(visit, photograph) if render else None
        except TimeoutError:
            with contextlib.suppress(ChannelError, TimeoutError):
                await asyncio.wait_for(self._cdp.send("Page.stopLoading"), 2)
            raise FetchError(f"no answer within {timeout_s:.0f} s", network=True) from None
        except ChannelError as err:
            raise FetchError(f"browser: {str(err)[:80]}", network=True) from err
        finally:
            self._visit = None
            # Nobody waits for it any more: what it holds is seen, and what a straggler would put there is not wanted.
            if not visit.done.cancel() and not visit.done.cancelled():
                visit.done.exception()
        return Fetched(visit.hops, page, visit.subresources, screenshot, round(took * 1000))

    async def _listen(self, patterns: list[dict[str, str]]) -> None:
        if patterns is not self._patterns:
            # Only painting needs the events of the page; each costs its way through driver and pipe.
            if patterns is _RENDER:
                self._parked = ""
                await self._cdp.send("Page.enable")
            elif self._patterns is _RENDER:
                await self._cdp.send("Page.disable")
            await self._cdp.send("Fetch.enable", {"patterns": patterns})
            self._patterns = patterns

    async def _park(self, url: str) -> None:
        """Have the tab show an empty page of the site, made here and asked of nobody.

        A navigation within a site keeps the tab's frame; from elsewhere, the browser makes a frame for the page to
        come and throws it away when that is answered 204. This more than halves what a page costs.
        """
        site = urlsplit(url)
        origin = f"{site.scheme}://{site.netloc}/"
        if self._parked == origin:
            return
        await self._listen(_PARK)
        answer = await self._cdp.send("Page.navigate", {"url": origin})
        if "errorText" in answer:
            raise FetchError(f"browser: {answer['errorText']}", network=True)
        self._parked = origin

    async def _navigate(self, visit: _Visit) -> Exchange:
        params = {"url": visit.request.url}
        if visit.request.referrer:
            params["referrer"] = visit.request.referrer
        answer = await self._cdp.send("Page.navigate", params)
        error = answer.get("errorText")
        # Answering 204 or blocking ends the navigation with ERR_ABORTED, expected; the future tells what happened.
        if error and not visit.done.done() and error not in ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT"):
            raise FetchError(error.removeprefix("net::"), network=True)
        if answer.get("isDownload"):
            raise FetchError("the browser took the page for a download")
        return await visit.done

    async def _paint(self, visit: _Visit, photograph: bool) -> bytes | None:
        """Wait for the load event and photograph the viewport; None when not asked to, or when it takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SCREENSHOT_S):
                await visit.loaded.wait()
                if not photograph:
                    return None
                shot = await self._cdp.send(
                    "Page.captureScreenshot", {"format": "jpeg", "quality": 60, "optimizeForSpeed": True}
                )
                return base64.b64decode(shot["data"])
        return None

    def _on_sent(self, event: dict[str, Any]) -> None:
        if self._visit is not None:
            pairs = [(name, line) for name, value in event["headers"].items() for line in str(value).split("\n")]
            self._visit.sent[event["requestId"]].append(pairs)

    def _on_received(self, event: dict[str, Any]) -> None:
        if self._visit is not None:
            head = event.get("headersText") or _head_of(event["statusCode"], event["headers"])
            self._visit.received[event["requestId"]].append((event["statusCode"], head))

    def _on_loaded(self, _: dict[str, Any]) -> None:
        if self._visit is not None:
            self._visit.loaded.set()

    def _on_failed(self, event: dict[str, Any]) -> None:
        """The browser dropped the page's request, as when its network process died: no answer will come any more."""
        visit = self._visit
        if visit is None or visit.answered or visit.done.done() or event["requestId"] not in visit.sent:
            return
        # Any other error is the site's, and the navigation tells it. Cookies may be lost: a new browser is needed.
        if event["type"] == "Document" and event["errorText"] == "net::ERR_ABORTED":
            visit.done.set_exception(FetchError("browser: request dropped", network=True))

    def _on_gone(self) -> None:
        if self._visit is not None and not self._visit.done.done():
            self._visit.done.set_exception(FetchError("browser: page gone", network=True))

    def _on_paused(self, event: dict[str, Any]) -> None:
        task = asyncio.ensure_future(self._answer(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, event: dict[str, Any]) -> None:
        visit = self._visit
        try:
            if visit is None:  # a straggler of an abandoned navigation
                await self._fail(event, "Aborted")
            elif self._patterns is _PARK:
                await self._blank(event)
            elif "responseErrorReason" in event:
                await self._cdp.send("Fetch.continueRequest", {"requestId": event["requestId"]})
            elif "responseStatusCode" not in event:
                await self._at_request(visit, event)
            elif event["resourceType"] == "Document" and not visit.done.done():
                await self._at_page(visit, event)
            else:
                await self._at_subresource(visit, event)
        except FetchError as err:
            await self._give_up(visit, event, err)
        except ChannelError as err:
            if visit is not None and not visit.done.done() and event["resourceType"] == "Document":
                visit.done.set_exception(FetchError(f"browser: {str(err)[:80]}", network=True))

    async def _give_up(self, visit: _Visit | None, event: dict[str, Any], err: FetchError) -> None:
        if visit is not None:
            visit.answered = True
        with contextlib.suppress(ChannelError):  # the request may be gone with its tab
            await self._fail(event, "BlockedByClient")
        if visit is not None and not visit.done.done():
            visit.done.set_exception(err)

    async def _blank(self, event: dict[str, Any]) -> None:
        params = {
            "requestId": event["requestId"],
            "responseCode": 200,
            "responseHeaders": [{"name": "Content-Type", "value": "text/html"}],
            "body": base64.b64encode(_BLANK).decode(),
        }
        await self._cdp.send("Fetch.fulfillRequest", params)

    async def _fail(self, event: dict[str, Any], reason: str) -> None:
        await self._cdp.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": reason})

    async def _at_request(self, visit: _Visit, event: dict[str, Any]) -> None:
        """Before a request leaves: turn the first into the wanted POST, keep everything on the site."""
        params: dict[str, Any] = {"requestId": event["requestId"]}
        if urlsplit(event["request"]["url"]).netloc != urlsplit(visit.request.url).netloc:
            await self._fail(event, "BlockedByClient")
            return
        if event["resourceType"] == "Document" and visit.request.method == "POST" and not visit.posted:
            visit.posted = True
            site = urlsplit(visit.request.url)
            headers = event["request"]["headers"] | {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"{site.scheme}://{site.netloc}",
            }
            params |= {
                "method": "POST",
                "postData": base64.b64encode(visit.request.body or b"").decode(),
                "headers": [{"name": name, "value": value} for name, value in headers.items()],
            }
        await self._cdp.send("Fetch.continueRequest", params)

    async def _at_page(self, visit: _Visit, event: dict[str, Any]) -> None:
        """The document's response is held: take a redirect's head and go on, or the page's body and end."""
        if event["responseStatusCode"] in _REDIRECTS:
            exchange = await self._exchange(visit, event, None)
            visit.hops.append(exchange)
            location = header_value(exchange.head, "location")
            target = urljoin(event["request"]["url"], location or "")
            if location and urlsplit(target).netloc != urlsplit(visit.request.url).netloc:
                raise OffSiteError("redirects to another host", visit.hops)
            if location and not self._may_follow(target):
                raise OffSiteError("redirects out of scope", visit.hops)
            if location:
                await self._cdp.send("Fetch.continueResponse", {"requestId": event["requestId"]})
                return
        exchange = await self._exchange(visit, event, await self._body(event))
        answer = "Fetch.continueResponse" if visit.render else "Fetch.fulfillRequest"
        code = {} if visit.render else {"responseCode": 204}
        visit.answered = True
        await self._cdp.send(answer, {"requestId": event["requestId"], **code})
        if not visit.done.done():
            visit.done.set_result(exchange)

    async def _at_subresource(self, visit: _Visit, event: dict[str, Any]) -> None:
        redirect = event["responseStatusCode"] in _REDIRECTS
        try:
            body = None if redirect else await self._body(event)
            visit.subresources.append(await self._exchange(visit, event, body))
        except FetchError:
            await self._fail(event, "BlockedByClient")  # too large: the page is kept without it
            return
        await self._cdp.send("Fetch.continueResponse", {"requestId": event["requestId"]})

    async def _body(self, event: dict[str, Any]) -> bytes:
        for header in event.get("responseHeaders", []):
            if header["name"].lower() == "content-length" and header["value"].strip().isdigit():
                self._check_size(int(header["value"]))
        answer = await self._cdp.send("Fetch.getResponseBody", {"requestId": event["requestId"]})
        body = base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"].encode()
        self._check_size(len(body))
        return body

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise TooLargeError(f"larger than {self._max_bytes:,} bytes")

    async def _exchange(self, visit: _Visit, event: dict[str, Any], body: bytes | None) -> Exchange:
        """The exchange a held response belongs to, with the header blocks the network service reported for it."""
        network_id = event.get("networkId", event["requestId"])
        status = event["responseStatusCode"]
        deadline = time.monotonic() + _HEADERS_WAIT_S
        # The report normally precedes the pause; it comes over another channel, so that is not promised.
        while not any(code == status for code, _ in visit.received[network_id]) and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        head = next((head for code, head in reversed(visit.received[network_id]) if code == status), None)
        if head is None:
            pairs = [(header["name"], header["value"]) for header in event.get("responseHeaders", [])]
            head = f"HTTP/1.1 {status} \r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
        sent = visit.sent[network_id]
        request = event["request"]
        method = request["method"]
        return Exchange(
            url=request["url"],
            method=method,
            request_headers=sent[-1] if sent else list(request["headers"].items()),
            request_body=visit.request.body if method == "POST" and event["resourceType"] == "Document" else None,
            status=status,
            head=head,
            body=body,
            fetched_at=self._now(),
        )


def _head_of(status: int, headers: dict[str, str]) -> str:
    """A header block where the protocol has no text (HTTP/2): names and values as reported, duplicates apart."""
    lines = [f"{name}: {line}" for name, value in headers.items() for line in str(value).split("\n")]
    return "\r\n".join([f"HTTP/1.1 {status} ", *lines]) + "\r\n\r\n"
