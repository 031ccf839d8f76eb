"""The page of an account on Empire."""

import re

from cryptodrug_assets.markets._dates import long_date
from cryptodrug_assets.markets._fields import put_key
from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, block_text, cells_of, integer_of, text_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.empire.feedback import feedback_rows, list_shown
from cryptodrug_assets.markets.empire.menu import read_head
from cryptodrug_assets.markets.empire.money import SALES
from cryptodrug_assets.markets.empire.sellers import badges_of, fill_levels
from cryptodrug_assets.markets.records import (
    VENDOR,
    Vendor,
)

_KINDS = ("Positive", "Neutral", "Negative")
_BANNED = "(BANNED)"
_RECEIVED = ("p_feedback", "n_feedback", "c_feedback")
_MEMBER = re.compile(r"Member since: ([A-Z][a-z]+ \d{1,2}, \d{4})")
_STATISTICS = {"Total Disputes / Orders", "Total Spendings", "Feedback left", "Last online"}


def read_vendor(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """The page of an account: a tab of its profile or of its feedback."""
    read_head(reader, page, asked)
    head = reader.one(reader.tree, "h3.user_info_mid_head", "vendor_name")
    heading = reader.one(reader.tree, "h1.seth1", "page")
    info = reader.only(reader.divs("user_info_mid"), "page")
    name = (head.text(deep=False) or "").strip() if head is not None else ""
    if heading is not None and (heading.text(deep=False) or "").replace(_BANNED, "").strip() != name:
        # Said twice on the page.
        reader.problem("vendor_name", "contradiction")
        name = ""
    if head is None or heading is None or info is None or not name:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor = VENDOR.copy()
    vendor["vendor_name"] = name
    said = text_of(head).removeprefix(name)
    fill_levels(said, vendor)
    # Buyers have a page as well, without level and store; the number in brackets counts their orders then.
    sells = vendor["vendor_level"] is not None or reader.tree.css_first('a[href*="/store/"]') is not None
    if sells and (match := SALES.search(said)):
        vendor["sales"] = vendor["sales_hi"] = integer_of(match[1])
    elif sells:
        reader.problem("sales", "missing")
    vendor["is_banned"] = _BANNED in text_of(heading).removeprefix(name)
    if match := _MEMBER.search(text_of(info)):
        vendor["member_since"] = long_date(match[1])
    else:
        reader.problem("member_since", "missing")
    vendor["external_ratings"] = badges_of(reader, info)
    rows = (cells_of(row) for box in reader.divs("seller_rating") for row in box.css("tr"))
    counts = ([text_of(cell) for cell in cells] for cells in rows if cells)
    vendor["feedback_counts"] = reader.table(counts, _KINDS, 3, "feedback_counts")
    _statistics(reader, vendor)
    below = reader.div("tabcontent_user_feedback")
    label = text_of(below.css_first("h3.headfeed")) if below is not None else ""
    if below is not None and label.startswith("About"):
        vendor["profile_text"] = block_text(below.css_first("p")) or None
    put_key(reader, vendor, below.css_first("pre") if below is not None else None)
    page.vendors.append(vendor)
    name_of_list, offset = list_shown(reader, asked.url, below)
    # Feedback left was given by this account to others, whom the rows do not name.
    sellers: set[str] = set()
    author = name if name_of_list != "l_feedback" else None
    page.feedback = feedback_rows(reader, author, name_of_list, offset, sellers)
    if name_of_list in _RECEIVED and len(sellers) == 1:
        vendor["vendor_id"] = sellers.pop()


def _statistics(reader: Reader, vendor: Vendor) -> None:
    for box in reader.divs("buyer_statistics"):
        for row in box.css("tr"):
            cells = [text_of(cell) for cell in cells_of(row)]
            if len(cells) != 2:
                continue
            if cells[0] not in _STATISTICS:
                reader.unread.append(cells[0][:60])
            elif cells[0] == "Last online":
                vendor["last_active"] = long_date(cells[1])
