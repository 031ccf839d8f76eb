"""The page of a vendor on Dream."""

import re
from datetime import date

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import slashed_date
from cryptodrug_assets.markets._fields import put_key
from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, block_text, cells_of, integer_of, raw_lines, text_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.dream.details import COUNT, labelled_rows, value_of
from cryptodrug_assets.markets.dream.feedback import rating_row
from cryptodrug_assets.markets.dream.menu import read_head
from cryptodrug_assets.markets.dream.offers import shop_item
from cryptodrug_assets.markets.dream.sellers import seller_of
from cryptodrug_assets.markets.records import (
    Vendor,
)

_MORE = re.compile(rf"And {COUNT} more rating")
_BUCKETS = ("Newer than 1 Month", "Newer than 3 Months", "Older")
_VENDOR_LABELS = {"Username", "FE enabled", "Join date", "Last active"}


def read_vendor(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """The page of a vendor: profile, ratings and offers."""
    read_head(reader, page, asked)
    notes = reader.only(reader.divs("profileNotes"), "page")
    if notes is None:
        return
    rows = labelled_rows(reader, notes, _VENDOR_LABELS)
    holder = rows.get("Username")
    span = (holder.parent or holder).css_first("td > span, div > span") if holder is not None else None
    name = ""
    if span is not None:
        # The name is the span's first text, before the link to the ratings.
        name = (span.text(deep=False) or "").replace("\xa0", " ").split("(")[0].strip()
        link = span.css_first("a.viewRatings") or reader.tree.css_first('a.pTabLabel, a[href*="reportVendor?vendor="]')
        # An account without sales has no link to its ratings.
        name = reader.handle(name, (link.attributes.get("href") or "") if link is not None else f"={name}") or ""
    if span is None or not name:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor = seller_of(reader, span, name)
    enabled = value_of(reader, rows.get("FE enabled"), "finalize_early")
    if enabled in ("Yes", "No"):
        vendor["finalize_early"] = enabled == "Yes"
    elif enabled:
        reader.problem("finalize_early", "unreadable")
    vendor["member_since"] = _day(reader, rows.get("Join date"), "member_since")
    vendor["last_active"] = _day(reader, rows.get("Last active"), "last_active")
    buckets = ([text_of(cell) for cell in cells_of(row)[:6]] for row in reader.tree.css("#tableOfRatings tbody tr"))
    vendor["rating_buckets"] = reader.table(buckets, _BUCKETS, 5, "rating_buckets")
    if match := _MORE.search(text_of(reader.div("andMoreRatings"))):
        vendor["feedback_not_shown"] = integer_of(match[1])
    _notes(reader, vendor)
    page.vendors.append(vendor)
    for position, row in enumerate(reader.tree.css("table.ratingTable tr"), 1):
        feedback = rating_row(reader, row, asked.captured_at, position, name, "ratings")
        if feedback is not None:
            page.feedback.append(feedback)
    for node in reader.divs("shopItem"):
        item = shop_item(reader, node)
        if item is not None:
            # On its own page a vendor's offers carry no name.
            item["vendor_name"] = item["vendor_name"] or name
            page.listings.append(item)


def _day(reader: Reader, row: LexborNode | None, field: str) -> date | None:
    text = value_of(reader, row, field)
    day = slashed_date(text) if text else None
    if text and day is None:
        reader.problem(field, "unreadable")
    return day


def _notes(reader: Reader, vendor: Vendor) -> None:
    """Terms and key of the profile tab: blocks under headings of their own."""
    words: list[str] = []
    keys: list[str] = []
    for tab in reader.divs("messagingTab"):
        for block in tab.css("pre"):
            holder = block.parent.parent if block.parent is not None else None
            heading = text_of(holder.css_first("div.subtitle")) if holder is not None else ""
            text = raw_lines(block)
            keyed = "key" in heading.lower() if heading else "BEGIN PGP PUBLIC" in text
            if keyed:
                keys.insert(0, text)
            else:
                keys.append(text)
                words.append(block_text(block))
    put_key(reader, vendor, "\n".join(keys))
    vendor["profile_text"] = "\n\n".join(text for text in words if text) or None
