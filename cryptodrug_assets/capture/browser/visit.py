"""One navigation of a tab: what was asked, what has come, and the exchanges made of it."""

import asyncio
import base64
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptodrug_assets.capture.browser.bodies import Delivery
from cryptodrug_assets.capture.browser.exchange import Exchange, FetchError, PageRequest

_HEADERS_WAIT_S = 0.3


@dataclass
class Visit:
    """State of the navigation under way. `page_id`: the browser's name for it, the same for all its redirects."""

    request: PageRequest
    render: bool
    done: "asyncio.Future[Exchange]"
    hops: list[Exchange] = field(default_factory=list)
    subresources: list[Exchange] = field(default_factory=list)
    sent: dict[str, list[list[tuple[str, str]]]] = field(default_factory=lambda: defaultdict(list))
    received: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    page_id: str | None = None
    delivery: Delivery | None = None
    posted: bool = False
    following: bool = False
    answered: bool = False
    painted: bool = True
    shown: bool = False
    loaded: asyncio.Event = field(default_factory=asyncio.Event)

    def fail(self, error: FetchError) -> None:
        """The page has not come."""
        if not self.done.done():
            self.done.set_exception(error)

    def note_sent(self, event: dict[str, Any]) -> None:
        """Headers of a request as they were sent."""
        pairs = [(name, line) for name, value in event["headers"].items() for line in str(value).split("\n")]
        self.sent[event["requestId"]].append(pairs)

    def note_received(self, event: dict[str, Any]) -> None:
        """Head of a response as it came."""
        head = event.get("headersText") or _head_of(event["statusCode"], event["headers"])
        self.received[event["requestId"]].append((event["statusCode"], head))

    async def exchange(
        self, event: dict[str, Any], body: bytes | None, now: Callable[[], datetime], *, cut: bool = False
    ) -> Exchange:
        """The exchange a held response belongs to, with the header blocks the network service reported for it."""
        network_id = event.get("networkId", event["requestId"])
        status = event["responseStatusCode"]
        deadline = time.monotonic() + _HEADERS_WAIT_S
        # The report normally precedes the pause; it comes another way, so that is not promised.
        while not any(code == status for code, _ in self.received[network_id]) and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        head = next((head for code, head in reversed(self.received[network_id]) if code == status), None)
        if head is None:
            pairs = [(header["name"], header["value"]) for header in event.get("responseHeaders", [])]
            head = f"HTTP/1.1 {status} \r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
        sent = self.sent[network_id]
        request = event["request"]
        method = request["method"]
        return Exchange(
            url=request["url"],
            method=method,
            request_headers=sent[-1] if sent else list(request["headers"].items()),
            request_body=self.request.body if method == "POST" and event["resourceType"] == "Document" else None,
            status=status,
            head=head,
            body=body,
            fetched_at=now(),
            cut=cut,
        )


def as_post(request: PageRequest, headers: dict[str, str]) -> dict[str, Any]:
    """What turns the navigation's request into a form's."""
    site = urlsplit(request.url)
    changed = headers | {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"{site.scheme}://{site.netloc}",
    }
    return {
        "method": "POST",
        "postData": base64.b64encode(request.body or b"").decode(),
        "headers": [{"name": name, "value": value} for name, value in changed.items()],
    }


def _head_of(status: int, headers: dict[str, str]) -> str:
    """A header block where the protocol has no text (HTTP/2): names and values as reported, duplicates apart."""
    lines = [f"{name}: {line}" for name, value in headers.items() for line in str(value).split("\n")]
    return "\r\n".join([f"HTTP/1.1 {status} ", *lines]) + "\r\n\r\n"
