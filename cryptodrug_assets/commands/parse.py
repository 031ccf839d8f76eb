"""`cryptodrug parse`: what the parser of a market makes of saved pages. No database, no Dagster."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cryptodrug_assets.observation import UserError

_LIST_FIELDS = ("listings", "vendors", "feedback", "counters")


def parse(
    files: Annotated[list[Path], typer.Argument(help="Saved pages (HTML).")],
    market: Annotated[str, typer.Option("--market", help="dream, wall_street or empire.")],
    captured_at: Annotated[
        str | None,
        typer.Option("--captured-at", help="When the pages were captured (ISO 8601, UTC); dates ages without a clock."),
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Address of the page, where it tells more than the page.")
    ] = None,
) -> None:
    """Read saved pages and print one JSON object per file."""
    from cryptodrug_assets.markets import get_market

    reader = get_market(market)
    try:
        moment = datetime.fromisoformat(captured_at) if captured_at else None
    except ValueError as err:
        raise UserError(f"'{captured_at}' is not a time; write it as 2018-11-30T23:59:00") from err
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    failed = 0
    for path in files:
        try:
            body = path.read_bytes()
        except OSError as err:
            print(f"error: {path}: {err.strerror}", file=sys.stderr)
            failed += 1
            continue
        page = reader.parse(body, url=url or f"http://saved.page/{path.name}", captured_at=moment)
        if moment is None and page.page_clock is not None:
            # Ages count from the page's own clock where it has one.
            page = reader.parse(body, url=url or f"http://saved.page/{path.name}", captured_at=page.page_clock)
        print(json.dumps(as_json(str(path), page), ensure_ascii=False))
    if failed:
        raise typer.Exit(1)


def as_json(file: str, page: Any) -> dict[str, Any]:
    """The page in the form the interface promises; dates ISO 8601 in UTC, numbers as numbers."""
    out: dict[str, Any] = {
        "file": file,
        "market": page.market,
        "page_kind": page.page_kind,
        "page_clock": _plain(page.page_clock),
        "parser_version": page.parser_version,
        "layout": page.layout,
        "exchange_rates": page.exchange_rates,
    }
    for name in _LIST_FIELDS:
        out[name] = [_plain(record) for record in getattr(page, name)]
    out["links"] = [
        {"url": link.url, "kind": link.kind, "method": link.method, "form": dict(link.form), "category": link.category,
         "page": link.page}
        for link in page.links
    ]  # fmt: skip
    out["problems"] = [{"field": p.field, "reason": p.reason, "detail": p.detail} for p in page.problems]
    out["unread_labels"] = page.unread_labels
    return out


def _plain(value: Any, key: str = "") -> Any:
    from cryptodrug_assets.markets.tables import plain

    if isinstance(value, dict):
        return {name: _plain(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        text = value.astimezone(UTC).replace(tzinfo=None)
        # Feedback is dated to the minute at best.
        return text.isoformat(timespec="minutes") if key == "dated_at" and not text.second else text.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return plain(value)
