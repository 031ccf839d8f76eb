"""Dream's ratings: rows of an offer's or a vendor's page."""

import re
from datetime import datetime
from functools import lru_cache

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import age_interval, midpoint
from cryptodrug_assets.markets._html import Reader, cells_of, text_of
from cryptodrug_assets.markets.dream.money import money_in
from cryptodrug_assets.markets.records import (
    FEEDBACK,
    Feedback,
)

_AGE = re.compile(r"\d{1,4}d(?: \d{1,2}h)?|\d{1,2}:\d{2}")
_MASK = re.compile(r"\S{1,3}(?: \.){1,5} \S{1,3}")


@lru_cache(maxsize=256)
def _stars(markup: str) -> int | None:
    gold, grey = markup.count("star_gold"), markup.count("star_grey") + markup.count("star_silver")
    return gold if gold + grey == 5 and gold >= 1 else None


def rating_row(
    reader: Reader, row: LexborNode, captured_at: datetime | None, position: int, vendor: str, list_name: str
) -> Feedback | None:
    """A rating: age, stars, comment; on the vendor's tab also buyer and rounded price."""
    cells = cells_of(row)
    if len(cells) not in (3, 5):
        reader.problem("feedback", "unreadable", f"{len(cells)} cells")
        return None
    age = text_of(cells[0])
    rating = _stars(cells[1].html or "")
    if rating is None or not _AGE.fullmatch(age):
        # Without its stars or its age a row may be the halves of two.
        reader.problem("feedback", "rejected", "stars" if rating is None else "age")
        return None
    record: Feedback = {
        **FEEDBACK,
        "vendor_name": vendor,
        "position": position,
        "list_offset": 0,
        "list_name": list_name,
        "age_text": age,
        "rating": rating,
        "comment": text_of(cells[2]),
        "price_exact": False,
    }
    if len(cells) == 5:
        buyer = text_of(cells[3])
        if _MASK.fullmatch(buyer):
            record["buyer_masked"] = buyer
        elif buyer:
            reader.problem("buyer_masked", "unreadable")
        price = text_of(cells[4])
        record["price_text"] = price or None
        if quotes := money_in(price):
            record["price_amount"], record["price_currency"] = quotes[0]
    if captured_at is not None:
        interval = age_interval(age, captured_at)
        if interval is not None:
            record["dated_lo"], record["dated_hi"] = interval
            record["dated_at"] = midpoint(interval)
    return record
