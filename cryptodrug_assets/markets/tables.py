"""Parsed pages as frames of the parsed contracts. Parsing is spread over processes; memory does not grow with pages."""

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets._growing_table import Pile
from cryptodrug_assets.markets.base import Market, ParsedPage
from cryptodrug_assets.markets.data_sets.mapping import read_mapping
from cryptodrug_assets.markets.data_sets.rows import VERSION, read_row, with_repetitions
from cryptodrug_assets.markets.reading import parse
from cryptodrug_assets.months import month_start
from cryptodrug_assets.observation import feedback_source

TABLES = ("pages", "listings", "vendors", "feedback", "market_counters", "rejects")
# Pages and bytes of pages that a process gets at once.
_BATCH = 64
_BATCH_BYTES = 8 * 1024**2
# Below this a pool costs more to start than it saves.
_POOL_FROM = 600
_JSON_FIELDS = {
    "listings": ("price_quotes", "shipping_options", "bulk_prices"),
    "vendors": ("external_ratings", "rating_buckets", "feedback_counts"),
}


@dataclass(frozen=True, slots=True)
class PageInput:
    """One captured page to be parsed, or one row of a data set with the text of its mapping."""

    capture_id: str
    url: str
    body: bytes
    captured_at: datetime
    sweep_id: str
    content_type: str | None = None
    status: int | None = None
    context_category: str | None = None
    context_page: int | None = None
    mapping: str | None = None


Rows = dict[str, list[dict[str, Any]]]


def parse_captures(
    market: str, month: str, pages: Iterable[PageInput], workers: int, *, folder: Path | None = None
) -> dict[str, pl.DataFrame]:
    """The six parsed tables of a market-month, in contract form, the same for any number of workers.

    `workers` is the number of processes; with one, or for few pages, parsing stays in this process. Memory does not
    grow with the pages when they come in the order of their capture ids: rows lie in files under `folder` (default the
    system's place for temporary files), which are gone when this returns, and the tables are those files mapped into
    memory: the system reads and drops their pages as they are used. Pages in another order give the same tables, which
    are then sorted, and so stand in memory. So they do wherever a whole table is worked on later: the checks and the
    store's content hash copy them. Raises UserError when the folder has no room.
    """
    batches = _batched(pages)
    head = list(islice(batches, _POOL_FROM // _BATCH + 1)) if workers > 1 else []
    with ExitStack() as stack:
        place = stack.enter_context(TemporaryDirectory(prefix=".parsing-", dir=folder))
        piles = {table: Pile(table, Path(place)) for table in TABLES}
        if len(head) * _BATCH > _POOL_FROM:
            # Forking a process that already has threads (polars, the replica) may hang; a fresh interpreter does not.
            # One thread of polars in each process is enough. It looks when it is imported, hence a plain function.
            pool = stack.enter_context(
                ProcessPoolExecutor(
                    workers,
                    mp_context=get_context("forkserver"),
                    initializer=os.putenv,
                    initargs=("POLARS_MAX_THREADS", "1"),
                )
            )
            results = _in_turn(pool, market, month, chain(_emptied(head), batches), 2 * workers)
        else:
            results = (_parse_batch(market, month, batch) for batch in chain(_emptied(head), batches))
        for parsed in results:
            for table, frame in parsed.items():
                piles[table].add(frame)
        tables = {table: pile.whole() for table, pile in piles.items()}
    feedback = tables["feedback"]
    if (feedback["parser_version"] == VERSION).any():
        tables["feedback"] = contracts.conform(with_repetitions(feedback), contracts.load("parsed", "feedback"))
    return tables


def _in_turn(
    pool: Executor, market: str, month: str, batches: Iterable[list[PageInput]], most: int
) -> Iterator[dict[str, pl.DataFrame]]:
    """Results in the order of the batches; at most `most` batches are with the pool, parsed ones included."""
    pending: deque[Future[dict[str, pl.DataFrame]]] = deque()
    for batch in batches:
        if len(pending) == most:
            yield pending.popleft().result()
        pending.append(pool.submit(_parse_batch, market, month, batch))
    while pending:
        yield pending.popleft().result()


def _emptied(head: list[list[PageInput]]) -> Iterator[list[PageInput]]:
    while head:
        yield head.pop(0)


def _batched(pages: Iterable[PageInput]) -> Iterator[list[PageInput]]:
    batch: list[PageInput] = []
    size = 0
    for page in pages:
        batch.append(page)
        size += len(page.body)
        if len(batch) == _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _parse_batch(market: str, month: str, batch: list[PageInput]) -> dict[str, pl.DataFrame]:
    reader = get_market(market)
    rows: Rows = {table: [] for table in TABLES}
    for page in batch:
        add_page(rows, reader, month, page)
    # In the order of the key here, where all cores are at work.
    return {table: contracts.conform(_frame(table, rows[table]), contracts.load("parsed", table)) for table in TABLES}


def add_page(rows: Rows, market: Market, month: str, page: PageInput) -> None:
    """Parse one page, or read one row of a data set, and append its rows."""
    if page.mapping is not None:
        mapping = read_mapping(page.mapping, "the mapping in the archive")
        parsed = read_row(page.body, mapping, market.name, feedback_source(market.name))
    else:
        parsed = parse(
            market,
            page.body,
            url=page.url,
            captured_at=page.captured_at,
            status=page.status,
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
    for number, listing in enumerate(parsed.listings):
        rows["listings"].append({**listing, "exchange_rates": rates, "row": number} | kind | common)
    for number, vendor in enumerate(parsed.vendors):
        rows["vendors"].append({**vendor, "row": number} | kind | common)
    for number, feedback in enumerate(parsed.feedback):
        rows["feedback"].append({**feedback, "row": number} | kind | common)
    for number, counter in enumerate(parsed.counters):
        rows["market_counters"].append({**counter, "row": number} | common)
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
