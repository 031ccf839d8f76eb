"""Empire's feedback: rows of an offer's page or of a tab of a vendor's."""

import re
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import exact_interval, long_datetime
from cryptodrug_assets.markets._html import Reader, cells_of, decimal_of, integer_of, text_of, title_of
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets.empire.addresses import ANY_TAB, PRODUCT
from cryptodrug_assets.markets.empire.money import MONEY
from cryptodrug_assets.markets.records import (
    FEEDBACK,
    Feedback,
)

_TOTAL = re.compile(r"Total (positive|negative|neutral|left) feedback", re.IGNORECASE)
_LISTS = {"positive": "p_feedback", "negative": "n_feedback", "neutral": "c_feedback", "left": "l_feedback"}
_SALE_TIME = re.compile(r"([A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{1,2}:\d{2})")
_RATINGS = {"feedback1": 5, "feedback2": 3, "feedback3": 1}


def tabs_of(reader: Reader) -> list[LexborNode]:
    return [anchor for bar in reader.divs("tab") for anchor in bar.css("a")]


def list_shown(reader: Reader, url: str, below: LexborNode | None) -> tuple[str, int]:
    """Which of an account's lists of feedback a page shows, and how many rows come before it.

    The address says it; a saved page without one says it in the chosen tab, the total above the rows and the pager.
    """
    asked = ANY_TAB.search(urlsplit(url).path)
    if asked is not None:
        return asked[1].lower(), int(asked[2] or 0)
    name = "unknown"
    for anchor in tabs_of(reader):
        chosen = "focus" in (anchor.attributes.get("class") or "").split()
        if chosen and (match := ANY_TAB.search(path_of(anchor.attributes.get("href")))):
            name = match[1].lower()
    if name == "unknown" and below is not None and (match := _TOTAL.search(text_of(below.css_first("p.boldstats")))):
        name = _LISTS[match[1].lower()]
    if name not in _LISTS.values():
        return name, 0
    number = integer_of(text_of(reader.tree.css_first("ul.pagination strong"))) or 1
    return name, 30 * (number - 1)


def feedback_rows(
    reader: Reader, vendor: str | None, list_name: str, offset: int, sellers: set[str] | None = None
) -> list[Feedback]:
    """Rows of a list of feedback; the numbers of the vendors whose offers they lead to are added to `sellers`."""
    records: list[Feedback] = []
    position = 0
    for row in reader.tree.css("table.user_feedbackTbl tr"):
        cells = cells_of(row)
        if not cells:
            continue
        position += 1
        if len(cells) != 4:
            reader.problem("feedback", "unreadable", f"{len(cells)} cells")
            continue
        icon = cells[0].css_first("img")
        image = (icon.attributes.get("src") or "") if icon is not None else ""
        rating = next((value for name, value in _RATINGS.items() if name in image), None)
        buyer = text_of(cells[2].css_first("font"))
        money = MONEY.fullmatch(text_of(cells[2]).removeprefix(buyer).strip())
        amount = decimal_of(money[2]) if money else None
        when = _SALE_TIME.match(text_of(cells[3]))
        moment = long_datetime(when[1]) if when else None
        if rating is None or money is None or amount is None or when is None or moment is None:
            reader.problem("feedback", "rejected", "a row could not be read")
            continue
        sold = _sold(cells[3])
        if sold is not None and sellers is not None:
            sellers.add(sold[3])
        low, high = exact_interval(moment)
        records.append(
            {
                **FEEDBACK,
                "vendor_name": vendor,
                "listing_id": sold[1] if sold else None,
                "listing_title": _sold_title(cells[1]),
                "position": position,
                "list_offset": offset,
                "list_name": list_name,
                "rating": rating,
                "comment": text_of(cells[1].css_first("p.feedback_msg")),
                "buyer_masked": buyer or None,
                "price_amount": amount,
                "price_currency": money[1],
                "price_text": money[0],
                "price_exact": True,
                "age_text": when[1],
                "dated_at": moment,
                "dated_lo": low,
                "dated_hi": high,
            }
        )
    return records


def _sold_title(cell: LexborNode) -> str | None:
    """Title of what was sold, between the comment and the seller's response."""
    for line in cell.css("p.c_424648"):
        title = title_of(line)
        if title and not title.startswith("Seller Response"):
            return title
    return None


def _sold(cell: LexborNode) -> re.Match[str] | None:
    """Numbers of the offer, its category and its vendor that the last cell of a feedback row links to."""
    for anchor in cell.css("a"):
        if match := PRODUCT.search(path_of(anchor.attributes.get("href"))):
            return match
    return None
