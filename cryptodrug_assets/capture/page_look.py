"""What a captured page is and where it leads.

Contains the call of the market's own reading. A page that cannot be read is kept all the same, without links.
"""

import asyncio
from collections.abc import Callable

from cryptodrug_assets.capture.browser.exchange import Fetched
from cryptodrug_assets.markets.base import Discovery, Link, Market
from cryptodrug_assets.markets.reading import answers_well, discover, reads_at_once, without_content

UNREAD = Discovery("unknown", [], None)


async def look_at_page(market: Market, link: Link, fetched: Fetched, *, note: Callable[[str, str], None]) -> Discovery:
    """Kind and links of a page that came by this link; what is no text has neither. Failures are noted."""
    page = fetched.page
    if not (page.content_type or "text/html").lower().startswith(("text/", "application/xhtml")):
        return UNREAD
    body = page.body or b""
    context = {"url": page.url, "context_category": link.category, "context_page": link.page}
    try:
        if reads_at_once(body):
            discovery = discover(market, body, **context)
        else:
            discovery = await asyncio.to_thread(discover, market, body, **context)
    except Exception as err:  # noqa: BLE001 - the bytes are evidence even where the market module fails on them
        note("unreadable", type(err).__name__)
        return UNREAD
    return discovery if answers_well(page.status) else without_content(discovery, page.status)
