"""One browser tab that fetches pages and hands over the bytes as the site sent them.

Two modes. `nav`: the browser's own navigation, whose body is taken while the response is held and which is then
answered 204, so that nothing is parsed or painted. `render`: the page is painted, with its subresources and a
screenshot. Bodies come from CDP's Fetch domain or as they pass (bodies.py), header blocks from
Network.responseReceivedExtraInfo (the only verbatim ones). No WARC, no journal, no page knowledge here.

Nothing but the first address is asked for unseen: whatever may follow it is held before it leaves, and judged by the
address the browser made of it.
"""

import asyncio
import base64
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptodrug_assets.capture.browser.bodies import Delivery, paused_body, stated_length, value_of
from cryptodrug_assets.capture.browser.body_reader import NO_CONTENT, REDIRECTS, Bodies
from cryptodrug_assets.capture.browser.exchange import (
    CutOffError,
    Exchange,
    Fetched,
    FetchError,
    OffSiteError,
    PageRequest,
)
from cryptodrug_assets.capture.browser.interception import HELD, NAV, PARK, RENDER, blank_page, wall_in
from cryptodrug_assets.capture.browser.navigation_errors import UNPACKABLE, navigation_error
from cryptodrug_assets.capture.browser.visit import Visit, as_post
from cryptodrug_assets.origins import leaves_the_web, origin_of

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

_SCREENSHOT_S = 10.0
_STOP_S = 2.0


class Tab:
    """A page of the browser with its CDP session, reused for many fetches, one at a time."""

    def __init__(
        self,
        context: "BrowserContext",
        *,
        max_bytes: int,
        user_agent: str | None = None,
        may_follow: Callable[[str], bool] = lambda _: True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._context = context
        self._max_bytes = max_bytes
        self._user_agent = user_agent
        self._may_follow = may_follow
        self._now = now
        self._visit: Visit | None = None
        self._patterns: list[dict[str, str]] = []
        self._parked = self._parking = ""
        self._tasks: set[asyncio.Future[None]] = set()
        self.fetched = 0

    async def open(self) -> None:
        """Open the page and listen."""
        self._page = await self._context.new_page()
        self._cdp = await self._context.new_cdp_session(self._page)
        self._bodies = Bodies(self._cdp, self._max_bytes)
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "Fetch.requestPaused": self._on_paused,
            "Network.requestWillBeSentExtraInfo": self._on_sent,
            "Network.responseReceivedExtraInfo": self._on_received,
            "Network.responseReceived": self._on_response,
            "Network.dataReceived": self._on_data,
            "Network.loadingFinished": self._on_finished,
            "Network.loadingFailed": self._on_failed,
            "Page.frameNavigated": self._on_navigated,
            "Page.loadEventFired": self._on_loaded,
        }
        for event, handler in handlers.items():
            self._cdp.on(event, handler)
        self._page.on("close", self._on_gone)
        self._page.on("crash", self._on_gone)
        # Room for one body that passes; of what is taken while it is held, Network keeps nothing.
        room = self._max_bytes + (1 << 20)
        await self._cdp.send("Network.enable", {"maxTotalBufferSize": room, "maxResourceBufferSize": room})
        await self._cdp.send("Network.clearBrowserCache")
        self._frame = (await self._cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        if self._user_agent is not None:
            # Not by the context: Playwright would add client hints, which name HeadlessChrome beside another browser.
            await self._cdp.send("Emulation.setUserAgentOverride", {"userAgent": self._user_agent})

    @property
    def busy(self) -> bool:
        """Whether a page is being fetched."""
        return self._visit is not None

    async def close(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        await self._page.close()

    async def fetch(self, request: PageRequest, *, render: bool, timeout_s: float, photograph: bool = True) -> Fetched:
        """Fetch one page, `photograph`ed when it is rendered; FetchError when it cannot be had within `timeout_s` s."""
        if origin_of(request.url) is None:
            raise FetchError("an address that browsers may read in several ways")
        self.fetched += 1
        visit = Visit(request, render, asyncio.get_running_loop().create_future())
        began = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                # Before the visit begins: what an earlier page still wants must not be taken for what is asked for now.
                await self._park(request.url)
                self._visit = visit
                await self._listen(RENDER if render else HELD if request.method == "POST" else NAV)
                page = await self._navigate(visit)
                took = time.monotonic() - began
                screenshot = await self._paint(visit, photograph) if render and visit.painted else None
        except TimeoutError:
            raise FetchError(
                f"no answer within {timeout_s:.0f} s", network=True, browser=not await self._stop()
            ) from None
        except FetchError:
            raise
        except Exception as err:  # the driver's Error: tab or browser is gone
            raise FetchError(f"browser: {type(err).__name__}", browser=True) from err
        finally:
            self._visit = None
            # Nobody waits for it any more: what it holds is seen, and what a straggler would put there is not wanted.
            if not visit.done.cancel() and not visit.done.cancelled():
                visit.done.exception()
            if visit.delivery is not None:
                visit.delivery.ended.cancel()
        return Fetched(visit.hops, page, visit.subresources, screenshot, round(took * 1000))

    async def _stop(self) -> bool:
        """End the navigation under way; whether the browser still does as it is told."""
        try:
            await asyncio.wait_for(self._cdp.send("Page.stopLoading"), _STOP_S)
        except Exception:  # noqa: BLE001 - hung or gone: the caller is told
            return False
        return True

    async def _listen(self, patterns: list[dict[str, str]]) -> None:
        if patterns is not self._patterns:
            # Only painting needs the events of the page; each costs its way through driver and pipe.
            if patterns is RENDER:
                self._parked = ""
                await self._cdp.send("Page.enable")
            elif self._patterns is RENDER:
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
        await self._listen(PARK)
        if self._parking != origin:
            await wall_in(self._cdp, origin)
        self._parking = origin
        answer = await self._cdp.send("Page.navigate", {"url": origin})
        if "errorText" in answer:
            raise FetchError(f"browser: {answer['errorText']}", browser=True)
        self._parked = origin

    async def _navigate(self, visit: Visit) -> Exchange:
        params = {"url": visit.request.url}
        if visit.request.referrer:
            params["referrer"] = visit.request.referrer
        answer = await self._cdp.send("Page.navigate", params)
        error = answer.get("errorText", "").removeprefix("net::")
        # Answering 204 or blocking ends the navigation with ERR_ABORTED, expected; the future tells what happened.
        if error and not visit.done.done() and error != "ERR_ABORTED":
            if error == UNPACKABLE:
                await self._bodies.refused()
            raise navigation_error(error, visit.hops)
        if answer.get("isDownload"):
            raise FetchError("the browser took the page for a download")
        return await visit.done

    async def _paint(self, visit: Visit, photograph: bool) -> bytes | None:
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
            self._visit.note_sent(event)

    def _on_received(self, event: dict[str, Any]) -> None:
        if self._visit is not None:
            self._visit.note_received(event)

    def _delivery(self, event: dict[str, Any]) -> Delivery | None:
        """The body on its way to the tab that an event of Network speaks of."""
        visit = self._visit
        return visit.delivery if visit is not None and event["requestId"] == visit.page_id else None

    def _on_response(self, event: dict[str, Any]) -> None:
        if (delivery := self._delivery(event)) is not None:
            delivery.responded(self._cdp, event)

    def _on_data(self, event: dict[str, Any]) -> None:
        if (delivery := self._delivery(event)) is not None:
            delivery.passed(event)

    def _on_finished(self, event: dict[str, Any]) -> None:
        if (delivery := self._delivery(event)) is not None:
            delivery.end(None)

    def _on_navigated(self, event: dict[str, Any]) -> None:
        visit = self._visit
        if visit is not None and event["frame"]["loaderId"] == visit.page_id:
            visit.shown = True

    def _on_loaded(self, _: dict[str, Any]) -> None:
        # The empty page the tab was parked on may tell of its own load this late.
        if self._visit is not None and self._visit.shown:
            self._visit.loaded.set()

    def _on_failed(self, event: dict[str, Any]) -> None:
        """The browser dropped the page's request, as when its network process died: no answer will come any more."""
        visit = self._visit
        if visit is None or event["type"] != "Document":
            return
        dropped = event["errorText"] == "net::ERR_ABORTED"
        if (delivery := self._delivery(event)) is not None and not (dropped or visit.done.done()):
            delivery.end(event["errorText"])
        # Any other error is the site's, and the navigation tells it. Cookies may be lost: a new browser is needed.
        elif dropped and not visit.answered and event["requestId"] in visit.sent:
            if visit.following:
                visit.fail(OffSiteError("redirects to where no page can be", visit.hops))
            else:
                visit.fail(FetchError("browser: request dropped", browser=True))

    def _on_gone(self, _: object) -> None:
        if self._visit is not None:
            self._visit.fail(FetchError("browser: page gone", browser=True))

    def _on_paused(self, event: dict[str, Any]) -> None:
        # Now, not when the task runs: what a page under way asked for does not belong to the next.
        task = asyncio.ensure_future(self._answer(self._visit, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _in_own_frame(self, event: dict[str, Any]) -> bool:
        """Whether it would lead the tab elsewhere, and not a frame within the page."""
        return bool(event["resourceType"] == "Document" and event["frameId"] == self._frame)

    def _is_parking(self, event: dict[str, Any]) -> bool:
        own = self._patterns is PARK and self._in_own_frame(event)
        return own and bool(event["request"]["url"] == self._parking)

    def _is_page(self, visit: Visit, event: dict[str, Any]) -> bool:
        """Whether this is the navigation that was asked for, and not where the page goes by itself."""
        expected = visit.page_id in (None, event.get("networkId")) and not visit.done.done()
        return expected and self._in_own_frame(event)

    async def _answer(self, visit: Visit | None, event: dict[str, Any]) -> None:
        try:
            if visit is None and self._is_parking(event):
                await self._cdp.send("Fetch.fulfillRequest", blank_page(event))
            elif visit is None:  # a straggler of a page that was left
                await self._fail(event, "Aborted")
            elif "responseErrorReason" in event:
                await self._pass_on(event)
            elif "responseStatusCode" not in event:
                await self._at_request(visit, event)
            elif self._is_page(visit, event):
                await self._at_page(visit, event)
            elif self._in_own_frame(event) or not visit.render:
                await self._fail(event, "Aborted")
            else:
                await self._at_subresource(visit, event)
        except FetchError as err:
            await self._give_up(visit, event, err)
        except Exception as err:  # noqa: BLE001 - the driver raises its own bare Error; the waiting fetch reports it
            if visit is not None and self._is_page(visit, event):
                visit.fail(FetchError(f"browser: {str(err).splitlines()[0][:80]}", browser=True))

    async def _pass_on(self, event: dict[str, Any]) -> None:
        """An error of the network's: the navigation or the delivery will tell it."""
        with contextlib.suppress(Exception):  # the request may have been stopped meanwhile
            await self._cdp.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    async def _give_up(self, visit: Visit | None, event: dict[str, Any], err: FetchError) -> None:
        if visit is None:
            return
        visit.answered = True
        if visit.delivery is not None:
            await self._stop()
        else:
            with contextlib.suppress(Exception):  # the request may be gone with its tab
                await self._fail(event, "Aborted")
        visit.fail(err)

    async def _fail(self, event: dict[str, Any], reason: str) -> None:
        await self._cdp.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": reason})

    def _check_address(self, visit: Visit, url: str) -> None:
        """OffSiteError when the browser is about to ask, or has asked, for what is not the site's or not wanted."""
        if origin_of(url) != origin_of(visit.request.url):
            raise OffSiteError("redirects to another host", visit.hops)
        if visit.hops and not self._may_follow(url):
            raise OffSiteError("redirects out of scope", visit.hops)

    async def _at_request(self, visit: Visit, event: dict[str, Any]) -> None:
        """Before a request leaves: turn the first into the wanted POST, keep everything on the site."""
        params: dict[str, Any] = {"requestId": event["requestId"]}
        url = event["request"]["url"]
        if not self._is_page(visit, event):
            frame = self._in_own_frame(event)
            if frame or not visit.render or origin_of(url) != origin_of(visit.request.url):
                await self._fail(event, "Aborted" if frame else "BlockedByClient")
                return
        else:
            visit.page_id, visit.following = event.get("networkId"), False
            self._check_address(visit, url)
            if visit.request.method == "POST" and not visit.posted:
                visit.posted = True
                params |= as_post(visit.request, event["request"]["headers"])
        await self._cdp.send("Fetch.continueRequest", params)

    async def _at_page(self, visit: Visit, event: dict[str, Any]) -> None:
        """The document's response is held: take a redirect's head and go on, or the page's body and end."""
        visit.page_id = event.get("networkId")
        self._check_address(visit, event["request"]["url"])
        headers, status = event.get("responseHeaders", []), event["responseStatusCode"]
        if status in REDIRECTS and (location := value_of(headers, "location")):
            visit.hops.append(await visit.exchange(event, None, self._now))
            if leaves_the_web(location):
                raise OffSiteError("redirects to another scheme", visit.hops)
            visit.following = True
            if self._patterns is NAV:
                await self._listen(HELD)
            await self._cdp.send("Fetch.continueResponse", {"requestId": event["requestId"]})
            return
        visit.painted = status not in NO_CONTENT
        length = 0 if status in NO_CONTENT else stated_length(headers, self._max_bytes)
        if length is None:
            body, cut = await self._delivered(visit, event, headers)
        else:
            body = await paused_body(self._cdp, event["requestId"])
            cut = len(body) < length
        exchange = await visit.exchange(event, body, self._now, cut=cut)
        visit.answered = True
        if length is not None:
            paint = visit.render and visit.painted and not cut
            answer = "Fetch.continueResponse" if paint else "Fetch.fulfillRequest"
            code = {} if paint else {"responseCode": 204}
            await self._cdp.send(answer, {"requestId": event["requestId"], **code})
        if cut:
            visit.fail(CutOffError(Fetched(visit.hops, exchange)))
        elif not visit.done.done():
            visit.done.set_result(exchange)

    async def _delivered(
        self, visit: Visit, event: dict[str, Any], headers: list[dict[str, str]]
    ) -> tuple[bytes, bool]:
        """Let the response into the tab, for nothing else tells of its end; its body and whether it was cut off."""
        if self._patterns is NAV:
            await self._listen(HELD)
        # The tab then shows the page; it is led back to an empty one before the next is asked for unheld.
        self._parked = ""
        return await self._bodies.delivered(visit, event, headers)

    async def _at_subresource(self, visit: Visit, event: dict[str, Any]) -> None:
        try:
            body, cut, answer = await self._bodies.of_subresource(event)
            visit.subresources.append(await visit.exchange(event, body, self._now, cut=cut))
        except FetchError:
            await self._fail(event, "BlockedByClient")  # too large: the page is kept without it
            return
        await self._cdp.send("Fetch.continueResponse" if len(answer) == 1 else "Fetch.fulfillRequest", answer)
