"""What of a tab's requests is held (Fetch patterns), the empty page it rests on, and what it refuses by itself."""

import base64
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_log = logging.getLogger(__name__)
_BLANK = b'<!doctype html><link rel="icon" href="data:,">'
_ALL_REQUESTS = {"urlPattern": "*", "requestStage": "Request"}
_DOCUMENTS = {"urlPattern": "*", "requestStage": "Response", "resourceType": "Document"}
# The page's answer alone: enough while nothing is shown and nothing leads on.
NAV = [_DOCUMENTS]
HELD = [_ALL_REQUESTS, _DOCUMENTS]
RENDER = [_ALL_REQUESTS, {"urlPattern": "*", "requestStage": "Response"}]
PARK = [_ALL_REQUESTS]


def blank_page(event: dict[str, Any]) -> dict[str, Any]:
    """Parameters of Fetch.fulfillRequest that answer a held request with an empty page."""
    return {
        "requestId": event["requestId"],
        "responseCode": 200,
        "responseHeaders": [{"name": "Content-Type", "value": "text/html"}],
        "body": base64.b64encode(_BLANK).decode(),
    }


async def wall_in(cdp: "CDPSession", origin: str) -> None:
    """Have the tab itself refuse whatever a page wants of other sites than `origin` (which ends in a slash).

    A second lock beside the held requests: a frame within a page may ask before the browser holds what it asks.
    """
    own, all_others = {"urlPattern": f"{origin}*", "block": False}, {"urlPattern": "*://*:*/*", "block": True}
    try:
        await cdp.send("Network.setBlockedURLs", {"urlPatterns": [own, all_others]})
    except Exception as err:  # noqa: BLE001 - the driver's bare Error
        _log.warning("this browser knows no exceptions from blocked URLs; a newer one is safer: %s", str(err)[:80])
