"""Feedback on an offer's page: the table below the heading "Feedback"."""

import re
from datetime import datetime

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import midpoint
from cryptodrug_assets.markets._html import Reader, text_of
from cryptodrug_assets.markets.base import MAX_TITLE
from cryptodrug_assets.markets.records import FEEDBACK, Feedback, Listing
from cryptodrug_assets.markets.wall_street.blocks import own_text, rows_below
from cryptodrug_assets.markets.wall_street.dates import UNKNOWN, interval_of

_STARS = re.compile(r"\(([0-5](?:\.\d{1,2})?)\)")


def feedback_of(reader: Reader, listing: Listing, captured_at: datetime | None) -> list[Feedback]:
    """Rows of stars, comment with the offer's title in an element of its own, buyer, and date."""
    if not any(text_of(node) == "Feedback" for node in reader.tree.css("h3")):
        return []
    records: list[Feedback] = []
    for position, cells in enumerate(rows_below(reader, "h3", "Feedback"), 1):
        record = _row(reader, cells, position, listing, captured_at)
        if record is not None:
            records.append(record)
    return records


def _row(
    reader: Reader, cells: list[LexborNode], position: int, listing: Listing, captured_at: datetime | None
) -> Feedback | None:
    stars = _STARS.search(text_of(cells[0].css_first(".text-muted")) or text_of(cells[0])) if len(cells) == 4 else None
    rating = float(stars[1]) if stars else None
    if rating is None or rating > 5:
        reader.problem("feedback", "rejected", "a row could not be read")
        return None
    article = next((text for child in cells[1].iter() if (text := text_of(child))), None)
    record = FEEDBACK.copy()
    record |= {
        "vendor_name": listing["vendor_name"],
        "listing_id": listing["listing_id"],
        "listing_title": article[:MAX_TITLE] if article else None,
        "position": position,
        "list_offset": 0,
        "list_name": "offer",
        "rating": rating,
        "comment": own_text(cells[1]),
        "buyer_masked": text_of(cells[2]) or None,
        "price_exact": False,
        "age_text": text_of(cells[3]),
    }
    text = text_of(cells[3])
    if captured_at is not None and text not in UNKNOWN:
        interval = interval_of(text, captured_at)
        if interval is None:
            reader.problem("age_text", "unreadable")
        else:
            record["dated_lo"], record["dated_hi"] = interval
            record["dated_at"] = midpoint(interval)
    return record
