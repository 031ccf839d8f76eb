"""A row of a data set, read through its mapping like a page: an offer, a review, a vendor, or several of them.

Contains the form in which rows are kept, and what is read of one. What cannot be read becomes a problem that names no
one. Keep out: how values are written (values.py).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, cast

import polars as pl

from cryptodrug_assets.markets.base import MAX_TITLE, ParsedPage, Problem
from cryptodrug_assets.markets.data_sets import values
from cryptodrug_assets.markets.data_sets.mapping import Mapping, ReviewBlock, Spec
from cryptodrug_assets.markets.data_sets.values import UnreadableError, When
from cryptodrug_assets.markets.records import FEEDBACK, LISTING, VENDOR, Feedback, Listing, Vendor
from cryptodrug_assets.observation import FROM_LISTING, FeedbackSource

#: Raised whenever what is read of a row changes.
VERSION = "data-set-1"
_TYPE = "application/vnd.cryptodrug.row+json"
_CONTENT_TYPE = re.compile(re.escape(_TYPE) + r"; mapping=([0-9a-f]{64})")
# Descriptions have lines; what is longer is no text of an offer.
_LONGEST = 200_000

_TEXT, _LINES, _LIST, _AMOUNT, _COUNT, _NUMBER, _FLAG, _DAY, _RATING = range(9)
_KINDS: dict[str, int] = {
    "category_path": _LIST,
    "ships_to": _LIST,
    "description": _LINES,
    "comment": _LINES,
    "profile_text": _LINES,
    "minimum_order": _AMOUNT,
    "quantity_left": _COUNT,
    "units_sold": _COUNT,
    "views": _COUNT,
    "sales": _COUNT,
    "rating_count": _COUNT,
    "vendor_level": _COUNT,
    "trust_level": _COUNT,
    "escrow": _FLAG,
    "price_exact": _FLAG,
    "sold_since": _DAY,
    "member_since": _DAY,
    "last_active": _DAY,
    "rating": _RATING,
}
_READERS: dict[int, Callable[[Any, Spec, Mapping], Any]] = {
    _TEXT: values.text,
    _LINES: lambda value, way, mapping: values.text(value, way, mapping, lines=True),
    _LIST: values.texts,
    _AMOUNT: values.amount,
    _COUNT: values.count,
    _FLAG: lambda value, _way, _mapping: values.flag(value),
    _DAY: values.day,
    _RATING: values.rating,
}
_PRICE = ("price_amount", "price_currency")


@dataclass(frozen=True, slots=True)
class RowOfDataSet:
    """A row as it stood in its file: the file by its sha256, the table or list in it, its number from 1, its cells."""

    data_set: str
    table: str | None
    row: str
    cells: dict[str, Any]

    def encoded(self) -> bytes:
        """The row as it is kept."""
        parts = {"data_set": self.data_set, "table": self.table, "row": self.row, "cells": self.cells}
        return json.dumps(parts, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "backslashreplace"
        )

    @classmethod
    def decoded(cls, body: bytes) -> "RowOfDataSet":
        """The row that was kept."""
        return cls(**json.loads(body))


def content_type(mapping_digest: str) -> str:
    """The content type of rows that are read through a mapping, known by its sha256 (hex)."""
    return f"{_TYPE}; mapping={mapping_digest}"


def mapping_of(given: str | None) -> str | None:
    """The sha256 of the mapping, for the content type of a row; None for pages.

    >>> mapping_of(content_type("0" * 64)) == "0" * 64, mapping_of("text/html")
    (True, None)
    """
    match = _CONTENT_TYPE.fullmatch(given or "")
    return match[1] if match else None


def read_row(body: bytes, mapping: Mapping, market: str, source: FeedbackSource) -> ParsedPage:
    """What a row says, as a page; `source` is where the market's feedback is counted.

    A row with a review is a page of a vendor, or of an offer where only those are counted; another one is a page of an
    offer, or of a vendor.
    """
    row = RowOfDataSet.decoded(body)
    page = ParsedPage(market, page_kind(mapping, source), VERSION, layout=mapping.name)
    reader = _Row(row, mapping, page)
    page.exchange_rates = reader.rates()
    reader.offer()
    reader.review()
    reader.vendor()
    return page


def page_kind(mapping: Mapping, source: FeedbackSource) -> str:
    """The kind of page that a mapping's rows count as; `source` is where the market's feedback is counted."""
    if mapping.review is not None:
        return "listing" if source == FROM_LISTING else "vendor"
    return "listing" if mapping.offer is not None else "vendor"


def moment_of(row: RowOfDataSet, mapping: Mapping) -> datetime | None:
    """When a row was captured: as its mapping says, else the date of its review; a day is its midnight. None"
    " without."""
    way = mapping.captured_at or (mapping.review.dated_at if mapping.review is not None else None)
    found = _when(row.cells, way, mapping) if way is not None else None
    return found.lo if found is not None else None


def is_wanted(cells: dict[str, Any], mapping: Mapping) -> bool:
    """Whether a row is of the part of the data set that the mapping is about."""
    found = ((values.cell(cells, column), text) for column, text in mapping.only.items())
    return all(("" if value is None else str(value).strip()) == text for value, text in found)


def _when(cells: dict[str, Any], way: Spec, mapping: Mapping) -> When | None:
    value = values.raw_value(cells, way, mapping)
    if value is None:
        return None
    try:
        return values.when(value, way, mapping)
    except UnreadableError:
        return None


@dataclass
class _Row:
    """A row on its way into records."""

    row: RowOfDataSet
    mapping: Mapping
    page: ParsedPage

    def rates(self) -> dict[str, float]:
        """Units of each currency per bitcoin."""
        found = {
            code: self._read(f"rate_{code}", way, values.amount) for code, way in self.mapping.exchange_rates.items()
        }
        return {code: float(value) for code, value in found.items() if value}

    def offer(self) -> None:
        """The row's offer, if it can be told apart from others."""
        block = self.mapping.offer
        if block is None:
            return
        record = cast("Listing", {**LISTING, **self._fields(block.ways())})
        if record["title"] is not None:
            record["title"] = record["title"][:MAX_TITLE]
        if record["listing_id"] is None and (record["title"] is None or record["vendor_name"] is None):
            self._problem("listing_id", "missing", "neither an id nor vendor and title")
            return
        self._price(record, block.price_amount, block.price_currency)
        if record["price_amount"] is not None and record["price_currency"] is not None:
            record["price_quotes"] = [{"amount": record["price_amount"], "currency": record["price_currency"]}]
        if record["minimum_order"] is not None and not record["minimum_order"]:
            record["minimum_order"] = None
        self.page.listings.append(record)

    def review(self) -> None:
        """The row's review, if it has a date."""
        block = self.mapping.review
        if block is None:
            return
        record = cast("Feedback", {**FEEDBACK, **self._fields(block.ways())})
        date = self._read("dated_at", block.dated_at, values.when)
        if date is None:
            if not any(problem.field == "dated_at" for problem in self.page.problems):
                self._problem("dated_at", "missing", None)
            return
        record |= {"dated_at": None if date.is_day else date.lo, "dated_lo": date.lo, "dated_hi": date.hi}
        self._price(record, block.price_amount, block.price_currency)
        exact = record["price_exact"] is not False
        record |= {"price_exact": exact and record["price_amount"] is not None, "position": 1, "list_offset": 0}
        record["list_name"] = self._identity(block, record)
        self.page.feedback.append(record)

    def vendor(self) -> None:
        """The row's vendor: what the mapping says of it, else the name alone that its offer or review is under."""
        block = self.mapping.vendor
        if block is None:
            named = [record["vendor_name"] for record in (*self.page.listings, *self.page.feedback)]
            self.page.vendors += [{**VENDOR, "vendor_name": name} for name in dict.fromkeys(named) if name is not None]
            return
        record = cast("Vendor", {**VENDOR, **self._fields(block.ways())})
        if record["vendor_name"] is None:
            self._problem("vendor_name", "missing", None)
            return
        record["sales_hi"] = record["sales"]
        self.page.vendors.append(record)

    def _fields(self, ways: dict[str, Spec]) -> dict[str, Any]:
        """The plain fields of a block; prices, and dates and ids of reviews, are read on their own."""
        special = (*_PRICE, "dated_at", "review_id")
        found: dict[str, Any] = {}
        for name, way in ways.items():
            if name not in special:
                found[name] = self._read(name, way, _READERS[_KINDS.get(name, _TEXT)])
        return found

    def _price(self, record: Any, amount: Spec | None, currency: Spec | None) -> None:
        """Amount and currency: the column of the currency and the price itself may both say it, and must agree."""
        if amount is None:
            return
        value = values.raw_value(self.row.cells, amount, self.mapping)
        if value is None:
            return
        price = self._read("price_amount", amount, values.price)
        if price is None:
            return
        stated = None
        if currency is not None:
            stated = self._read("price_currency", currency, lambda text, _way, _mapping: values.currency(text))
        code = stated or price[1]
        if stated is not None and price[1] not in (None, stated):
            self._problem("price_currency", "conflict", "the price says another currency than the mapping")
            return
        if code is None:
            self._problem("price_currency", "missing", None)
            return
        record |= {"price_amount": price[0], "price_currency": code, "price_text": str(value).strip()[:200]}

    def _identity(self, block: ReviewBlock, record: Feedback) -> str:
        """What tells a review apart: its id, else all that it says; the same text twice is told apart later."""
        own = values.raw_value(self.row.cells, block.review_id, self.mapping) if block.review_id is not None else None
        if own is not None:
            return "id " + _digest(str(own).strip())
        said = (
            "listing_id",
            "listing_title",
            "dated_lo",
            "rating",
            "comment",
            "buyer_masked",
            "price_amount",
            "price_currency",
        )
        return "said " + _digest("\x1f".join(str(cast("dict[str, Any]", record)[name]) for name in said))

    def _read(self, name: str, way: Spec, reader: Callable[[Any, Spec, Mapping], Any]) -> Any:
        value = values.raw_value(self.row.cells, way, self.mapping)
        if value is None:
            return None
        if isinstance(value, str) and len(value) > _LONGEST:
            self._problem(name, "too_large", f"{len(value):,} characters")
            return None
        try:
            return reader(value, way, self.mapping)
        except UnreadableError as err:
            self._problem(name, "unreadable", str(err))
            return None

    def _problem(self, name: str, reason: str, detail: str | None) -> None:
        self.page.problems.append(Problem(name, reason, detail))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def with_repetitions(feedback: pl.DataFrame) -> pl.DataFrame:
    """Feedback in which reviews that say the very same in one sweep are told apart by their number.

    Two buyers who both wrote nothing on a day are two. The same two in another sweep, or in another data set, are these
    again, since their numbers are the same.

    >>> rows = pl.DataFrame({"sweep_id": ["a", "a", "b"], "vendor_name": ["v"] * 3, "list_name": ["said 1"] * 3})
    >>> with_repetitions(rows)["list_name"].to_list()
    ['said 1', 'said 1 (2)', 'said 1']
    """
    number = pl.int_range(1, pl.len() + 1).over("sweep_id", "vendor_name", "list_name")
    again = pl.col("list_name").str.starts_with("said ") & (number > 1)
    numbered = pl.concat_str("list_name", pl.lit(" ("), number.cast(pl.String), pl.lit(")"))
    return feedback.with_columns(list_name=pl.when(again).then(numbered).otherwise("list_name"))
