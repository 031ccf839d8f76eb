"""Parsed pages as frames of the parsed contracts. Parsing is spread over processes; memory does not grow with pages."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from multiprocessing import get_context
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Market, ParsedPage
from cryptodrug_assets.observation import month_start

TABLES = ("pages", "listings", "vendors", "feedback", "market_counters", "rejects")
_BATCH = 64
_COMPACT_AFTER = 32
# Below this a pool costs more to start than it saves.
_POOL_FROM = 600
_JSON_FIELDS = {
    "listings": ("price_quotes", "shipping_options", "bulk_prices"),
    "vendors": ("external_ratings", "rating_buckets", "feedback_counts"),
}


@dataclass(frozen=True, slots=True)
class PageInput:
    """One captured page to be parsed."""

    capture_id: str
    url: str
    body: bytes
    captured_at: datetime
    sweep_id: str
    content_type: str | None = None
    status: int | None = None
    context_category: str | None = None
    context_page: int | None = None


Rows = dict[str, list[dict[str, Any]]]


def parse_captures(market: str, month: str, pages: Iterable[PageInput], workers: int) -> dict[str, pl.DataFrame]:
    """The six parsed tables of a market-month, in contract form.

    `workers` is the number of processes; with one, or for few pages, parsing stays in this process.
    """
    batches = _batched(pages, _BATCH)
    frames = {table: _Pile() for table in TABLES}
    head = list(islice(batches, _POOL_FROM // _BATCH + 1)) if workers > 1 else []
    if len(head) * _BATCH > _POOL_FROM:
        # Forking a process that already has threads (polars, the replica) may hang; a fresh interpreter does not.
        with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
            pending = [pool.submit(_parse_batch, market, month, batch) for batch in head]
            for batch in batches:
                _collect(frames, pending.pop(0).result())
                pending.append(pool.submit(_parse_batch, market, month, batch))
            for future in pending:
                _collect(frames, future.result())
    else:
        for batch in (*head, *batches):
            _collect(frames, _parse_batch(market, month, batch))
    # A table at a time, its parts let go: bodies never pile up, and rows stand in memory twice for one table only.
    return {table: frames.pop(table).whole(table) for table in TABLES}


class _Pile:
    """Parts of a table, put together now and then: many small frames cost several times their rows."""

    def __init__(self) -> None:
        self._small: list[pl.DataFrame] = []
        self._large: list[pl.DataFrame] = []

    def add(self, part: pl.DataFrame) -> None:
        """Put a part on top."""
        self._small.append(part)
        if len(self._small) >= _COMPACT_AFTER:
            self._large.append(pl.concat(self._small, rechunk=True))
            self._small.clear()

    def whole(self, table: str) -> pl.DataFrame:
        """The table in contract form; the pile is empty afterwards."""
        contract = contracts.load("parsed", table)
        parts = self._large + self._small
        self._large, self._small = [], []
        return contracts.conform(pl.concat(parts) if parts else contracts.empty(contract), contract)


def _batched(pages: Iterable[PageInput], size: int) -> Iterator[list[PageInput]]:
    iterator = iter(pages)
    while batch := list(islice(iterator, size)):
        yield batch


def _collect(frames: dict[str, _Pile], parsed: dict[str, pl.DataFrame]) -> None:
    for table, frame in parsed.items():
        if frame.height:
            frames[table].add(frame)


def _parse_batch(market: str, month: str, batch: list[PageInput]) -> dict[str, pl.DataFrame]:
    reader = get_market(market)
    rows: Rows = {table: [] for table in TABLES}
    for page in batch:
        add_page(rows, reader, month, page)
    return {table: _frame(table, rows[table]) for table in TABLES}


def add_page(rows: Rows, market: Market, month: str, page: PageInput) -> None:
    """Parse one page and append its rows."""
    parsed = market.parse(
        page.body,
        url=page.url,
        captured_at=page.captured_at,
        content_type=page.content_type,
        context_category=page.context_category,
        context_page=page.context_page,
    )
    common = {
        "market": market.name,
        "month": month_start(month),
        "capture_id": page.capture_id,
        "captured_at": page.captured_at,
        "sweep_id": page.sweep_id,
        "parser_version": parsed.parser_version,
    }
    kind = {"page_kind": parsed.page_kind}
    rates = json.dumps(parsed.exchange_rates, sort_keys=True) if parsed.exchange_rates else None
    rows["pages"].append(_page_row(page, parsed, rates) | common)
    for number, record in enumerate(parsed.listings):
        rows["listings"].append({**record, "exchange_rates": rates, "row": number} | kind | common)
    for number, record in enumerate(parsed.vendors):
        rows["vendors"].append({**record, "row": number} | kind | common)
    for number, record in enumerate(parsed.feedback):
        rows["feedback"].append({**record, "row": number} | kind | common)
    for number, record in enumerate(parsed.counters):
        rows["market_counters"].append({**record, "row": number} | common)
    problems = [(p.field, p.reason, p.detail) for p in parsed.problems]
    if parsed.page_kind in ("unknown", "foreign"):
        problems.append(("page", parsed.page_kind, "not a page of this market as known"))
    for number, (field, reason, detail) in enumerate(problems):
        row = {"field": field, "reason": reason, "detail": detail, "row": number}
        rows["rejects"].append(row | kind | common)


def _page_row(page: PageInput, parsed: ParsedPage, rates: str | None) -> dict[str, Any]:
    problems = [{"field": p.field, "reason": p.reason, "detail": p.detail} for p in parsed.problems]
    return {
        "page_kind": parsed.page_kind,
        "layout": parsed.layout,
        "status": page.status,
        "page_clock": parsed.page_clock,
        "context_category": page.context_category,
        "context_page": page.context_page,
        "exchange_rates": rates,
        "n_listings": len(parsed.listings),
        "n_vendors": len(parsed.vendors),
        "n_feedback": len(parsed.feedback),
        "n_counters": len(parsed.counters),
        "n_links": len(parsed.links),
        "problems": json.dumps(problems, sort_keys=True) if problems else None,
        "n_problems": len(problems),
        "unread_labels": json.dumps(sorted(set(parsed.unread_labels))) if parsed.unread_labels else None,
    }


def _frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = contracts.load("parsed", table).polars_schema
    for row in rows:
        for field in _JSON_FIELDS.get(table, ()):
            value = row.get(field)
            row[field] = (
                json.dumps(value, default=plain, sort_keys=True, ensure_ascii=False) if value is not None else None
            )
    columns = {name: [row.get(name) for row in rows] for name in schema}
    for name, dtype in schema.items():
        if dtype == pl.Float64:
            columns[name] = [float(value) if value is not None else None for value in columns[name]]
    return pl.DataFrame(columns, schema=schema)


def plain(value: object) -> object:
    """JSON form of the values records hold."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def page_as_json(file: str, page: ParsedPage) -> dict[str, Any]:
    """The page in the form the interface promises; dates ISO 8601 in UTC, numbers as numbers."""
    out: dict[str, Any] = {
        "file": file,
        "market": page.market,
        "page_kind": page.page_kind,
        "page_clock": _jsonable(page.page_clock),
        "parser_version": page.parser_version,
        "layout": page.layout,
        "exchange_rates": page.exchange_rates,
    }
    for name in ("listings", "vendors", "feedback", "counters"):
        out[name] = [_jsonable(record) for record in getattr(page, name)]
    out["links"] = [
        {"url": link.url, "kind": link.kind, "method": link.method, "form": dict(link.form), "category": link.category,
         "page": link.page}
        for link in page.links
    ]  # fmt: skip
    out["problems"] = [{"field": p.field, "reason": p.reason, "detail": p.detail} for p in page.problems]
    out["unread_labels"] = page.unread_labels
    return out


def _jsonable(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _jsonable(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, datetime):
        text = value.astimezone(UTC).replace(tzinfo=None)
        # Feedback is dated to the minute at best.
        return text.isoformat(timespec="minutes") if key == "dated_at" and not text.second else text.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return plain(value)
