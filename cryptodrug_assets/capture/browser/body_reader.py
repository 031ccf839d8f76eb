"""How one tab takes bodies from its browser, and what it has learnt of the site meanwhile."""

from typing import TYPE_CHECKING, Any

from cryptodrug_assets.capture.browser.bodies import (
    ChangedBodyError,
    Delivery,
    check_size,
    fulfil_parameters,
    in_doubt,
    is_packed,
    paused_body,
    stated_length,
    streamed_body,
    unpacks_to_little,
)
from cryptodrug_assets.capture.browser.visit import Visit

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

REDIRECTS = (301, 302, 303, 307, 308)
NO_CONTENT = (204, 205, 304)


class Bodies:
    """The bodies of one tab."""

    def __init__(self, cdp: "CDPSession", most: int) -> None:
        self._cdp, self._most = cdp, most
        self._plain = self._packs_always = self._lost = False

    async def delivered(self, visit: Visit, event: dict[str, Any], headers: list[dict[str, str]]) -> tuple[bytes, bool]:
        """Let a held response into the tab; its body, and whether it was cut off."""
        known = None
        if self._lost or unpacks_to_little(headers):
            known = await paused_body(self._cdp, event["requestId"])
            check_size(len(known), self._most)
        delivery = visit.delivery = Delivery(self._most, known)
        await self._cdp.send("Fetch.continueResponse", {"requestId": event["requestId"]})
        error = await delivery.ended
        try:
            body = await delivery.body(self._cdp, event["networkId"], headers)
        except ChangedBodyError:
            self._lost = True
            raise
        self._lost = False
        if error is not None:
            return body, True
        doubtful = in_doubt(headers, delivery.protocol, body)
        if doubtful and is_packed(headers) and not self._packs_always:
            await self._ask_plain(True)  # the next try can be counted
        return body, doubtful

    async def refused(self) -> None:
        """The browser could not unpack a body: a site that was asked for plain ones may pack all the same."""
        if self._plain:
            self._packs_always = True
            await self._ask_plain(False)

    async def _ask_plain(self, plain: bool) -> None:
        """Ask for bodies without compression from now on, or as the browser does by itself."""
        self._plain = plain
        headers = {"Accept-Encoding": "identity"} if plain else {}
        await self._cdp.send("Network.setExtraHTTPHeaders", {"headers": headers})

    async def of_subresource(self, event: dict[str, Any]) -> tuple[bytes | None, bool, dict[str, Any]]:
        """Body of what a page consists of, whether it was cut off, and the parameters of the answer to the browser."""
        request_id, status = event["requestId"], event["responseStatusCode"]
        answer = {"requestId": request_id}
        if status in REDIRECTS:
            return None, False, answer
        if status in NO_CONTENT:
            return b"", False, answer
        length = stated_length(event.get("responseHeaders", []), self._most)
        if length is None:
            body = await streamed_body(self._cdp, request_id, self._most)
            return body, False, fulfil_parameters(event, body)
        body = await paused_body(self._cdp, request_id)
        return body, len(body) < length, answer
