"""A market of one vendor, crawled at any moment and saved in WARC files, and its import."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cryptodrug_assets.capture.imports.importer import ImportReport, import_paths
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.replica import empire_pages
from cryptodrug_assets.replica.facts import MarketWorld, Sale
from cryptodrug_assets.replica.pages import Request, token
from cryptodrug_assets.replica.world import make_world

CELL = ("empire", "2019-05")
FIRST, SECOND = datetime(2019, 5, 5, 10, 0, tzinfo=UTC), datetime(2019, 5, 6, 10, 0, tzinfo=UTC)
Saved = list[tuple[str, bytes, datetime]]


def shop(sales: Sequence[datetime]) -> MarketWorld:
    """A market of one vendor and one offer, with a sale of 50 USD at each of the times."""
    tiny = make_world("tiny", 7).markets["empire"]
    vendor = replace(tiny.vendors[0], number=0, banned=False, earlier_sales=0)
    item = replace(
        next(item for item in tiny.listings if item.is_drug), number=0, vendor=0, price=Decimal(50), currency="USD",
        first_month=tiny.months[0], last_month=tiny.months[-1], earlier_sold=0,
    )  # fmt: skip
    made = [Sale(0, at, 5, f"order {number} arrived", "a***z", Decimal(50), "USD") for number, at in enumerate(sales)]
    return MarketWorld("empire", tiny.months, (vendor,), (item,), tuple(made))


def crawl(world: MarketWorld, moment: datetime) -> Saved:
    """The vendor's feedback (its newest thirty) and the offer, as a crawl at the moment saves them."""
    name, offer = token(world.vendors[0].name), world.listings[0].listing_id
    found = []
    for minutes, path in enumerate((f"/profile/setUserTab/p_feedback/{name}/0", f"/product/{offer}/0/0")):
        at = moment + timedelta(minutes=minutes)
        body = empire_pages.respond(world, Request(path, {}, {}, at, "http://m.onion")).body
        found.append((f"http://m.onion{path}", body, at))
    return found


def warc(path: Path, pages: Saved) -> Path:
    """The pages in a WARC, dated."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, body, at in pages:
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            dated = {"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=io.BytesIO(body), http_headers=head, warc_headers_dict=dated
                )
            )
    return path


def bring(root: Path, *paths: Path, **changes: Any) -> ImportReport:
    """Import into the cell."""
    values: dict[str, Any] = {"captured_at": None, "source": "a library", "licence": "CC0", "month": CELL[1]} | changes
    return import_paths(list(paths), market=get_market(CELL[0]), archive_root=root, hmac_key=b"k" * 32, **values)
