"""Which WARC records a fetched page gives: responses, revisits, requests, screenshots. No files, no journal here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from cryptodrug_assets.capture.archive.headers import Redactor, form_body, request_head, response_head
from cryptodrug_assets.capture.archive.journal import Payload
from cryptodrug_assets.capture.archive.warc import REVISIT_PROFILE, Record, make_record, sha256
from cryptodrug_assets.capture.browser.exchange import Exchange, Fetched

_HTTP = "application/http; msgtype="


@dataclass(frozen=True)
class Entry:
    """A record to be written and what the index says of it."""

    record: Record
    type: str
    uri: str | None
    status: int | None = None
    content_type: str | None = None
    payload_digest: str | None = None
    method: str | None = None
    form: str | None = None


def page_entries(
    fetched: Fetched, redactor: Redactor, earlier: Callable[[str], Payload | None], note: dict[str, Any]
) -> tuple[list[Entry], int]:
    """Entries of a page in writing order, and the position of the page's own response or revisit among them.

    `earlier` finds a response of the same payload already in the archive, for revisit records. `note` becomes a
    metadata record urn:capture:<capture_id>: what the journal knows of the page, so that the segments alone suffice.
    """
    entries: list[Entry] = []
    position = 0
    for exchange in (*fetched.hops, fetched.page, *fetched.subresources):
        if exchange is fetched.page:
            position = len(entries)
        entries += _exchange(exchange, redactor, earlier)
        if exchange is fetched.page:
            about = make_record(
                "metadata",
                block=json.dumps(note, sort_keys=True).encode(),
                content_type="application/json",
                date=exchange.fetched_at,
                uri=f"urn:capture:{note['capture_id']}",
                extra=[("WARC-Concurrent-To", entries[position].record.get("WARC-Record-ID") or "")],
            )
            entries.append(Entry(about, "metadata", f"urn:capture:{note['capture_id']}"))
    uri = redactor.url(fetched.page.url)
    if fetched.screenshot is not None:
        digest = sha256(fetched.screenshot)
        view = make_record(
            "resource",
            block=fetched.screenshot,
            content_type="image/jpeg",
            date=fetched.page.fetched_at,
            uri=f"urn:view:{uri}",
            payload_digest=digest,
        )
        entries.append(Entry(view, "resource", f"urn:view:{uri}", content_type="image/jpeg", payload_digest=digest))
    return entries, position


def _exchange(exchange: Exchange, redactor: Redactor, earlier: Callable[[str], Payload | None]) -> list[Entry]:
    uri = redactor.url(exchange.url)
    body = exchange.body or b""
    digest = sha256(body)
    head = response_head(exchange.head, len(body), redactor)
    posted = (
        redactor.form(parse_qsl(exchange.request_body.decode("latin-1"), keep_blank_values=True))
        if exchange.request_body
        else []
    )
    form = form_body(posted)
    before = earlier(digest) if body and not exchange.cut else None
    if before is not None:
        extra = [
            ("WARC-Profile", REVISIT_PROFILE),
            ("WARC-Refers-To-Target-URI", before.uri),
            ("WARC-Refers-To-Date", before.date),
        ]
        kind, block = "revisit", head
    else:
        # The browser does not hand over the body of a redirect.
        why = "unspecified" if exchange.body is None else "disconnect" if exchange.cut else None
        extra = [("WARC-Truncated", why)] if why else []
        kind, block = "response", head + body
    response = make_record(
        kind,
        block=block,
        content_type=_HTTP + "response",
        date=exchange.fetched_at,
        uri=uri,
        payload_digest=digest,
        extra=extra,
    )
    request = make_record(
        "request",
        block=request_head(exchange.method, exchange.url, exchange.request_headers, redactor) + form,
        content_type=_HTTP + "request",
        date=exchange.fetched_at,
        uri=uri,
        extra=[("WARC-Concurrent-To", response.get("WARC-Record-ID") or "")],
    )
    return [
        Entry(
            response, kind, uri, exchange.status, exchange.content_type, digest, exchange.method, form.decode() or None
        ),
        Entry(request, "request", uri, method=exchange.method),
    ]


def warcinfo(*, browser: str, source: str, synthetic: bool, settings: dict[str, object], file: str) -> Record:
    """The record a segment begins with: software, browser, settings, source and whether it is made up."""
    from importlib.metadata import version

    lines = [
        f"software: cryptodrug-assets/{version('cryptodrug-assets')}",
        f"browser: {browser}",
        "format: WARC File Format 1.1",
        f"source: {source}",
        f"settings: {json.dumps(settings, sort_keys=True, default=str)}",
    ]
    if synthetic:
        lines.append("description: SYNTHETIC (made-up markets for tests and teaching)")
    block = ("\r\n".join(lines) + "\r\n").encode()
    extra = [("WARC-Filename", file)]
    return make_record(
        "warcinfo", block=block, content_type="application/warc-fields", date=datetime.now(UTC), extra=extra
    )
