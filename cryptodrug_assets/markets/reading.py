"""How a page is read by capture, import and parsing: within bounds of size and time, whatever stands in it.

Pages of usual size are read at once: at their size nothing takes more than seconds. Larger ones are read by a process
that is ended when it takes too long; the page is then one that could not be read, and the month goes on.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from cryptodrug_assets.markets._reader import TooSlowError, read_apart
from cryptodrug_assets.markets._text import too_much
from cryptodrug_assets.markets.base import CONTENT_KINDS, Discovery, Market, ParsedPage, Problem

# Twice the size of the real pages, most of which are below; the slowest page of this size takes about two seconds.
AT_ONCE = 200_000
_GONE = (404, 410)
_PART = 206


def reads_at_once(body: bytes) -> bool:
    """Whether a page is read here and now."""
    return len(body) <= AT_ONCE


def answers_well(status: int | None) -> bool:
    """Whether a page came with a status under which it may be content; imports may know none."""
    return status is None or (200 <= status < 300 and status != _PART)


def without_content(found: Discovery, status: int) -> Discovery:
    """What is left of a page whose status says that it is none: its kind, no links."""
    return replace(found, page_kind=_kind(found.page_kind, status), links=[])


def discover(market: Market, body: bytes, **context: Any) -> Discovery:
    """Kind and links of a page (see Market.discover); `unknown` for one that is too much or takes too long."""
    if too_much(body) is not None:
        return Discovery("unknown", [], None)
    if reads_at_once(body):
        return market.discover(body, **context)
    try:
        return cast("Discovery", read_apart(market, "discover", body, context))
    except TooSlowError:
        return Discovery("unknown", [], None)


def parse(
    market: Market, body: bytes, *, url: str, captured_at: datetime | None, status: int | None = None, **context: Any
) -> ParsedPage:
    """Read a page (see Market.parse); one that is too much, takes too long or came as an error holds nothing."""
    if (reason := too_much(body)) is not None:
        return _refused(market, "unknown", "too_large", reason)
    context |= {"url": url, "captured_at": captured_at}
    try:
        page = (
            market.parse(body, **context)
            if reads_at_once(body)
            else cast("ParsedPage", read_apart(market, "parse", body, context))
        )
    except TooSlowError as err:
        return _refused(market, "unknown", "too_slow", str(err))
    if status is None or answers_well(status):
        return page
    if page.page_kind in CONTENT_KINDS:
        return _refused(market, _kind(page.page_kind, status), "status", f"came with status {status}")
    return page


def _kind(kind: str, status: int) -> str:
    if kind not in CONTENT_KINDS:
        return kind
    return "not_found" if status in _GONE else "error"


def _refused(market: Market, kind: str, reason: str, detail: str) -> ParsedPage:
    return ParsedPage(market.name, kind, market.parser_version, problems=[Problem("page", reason, detail)])
