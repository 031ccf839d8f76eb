"""`cryptodrug parse`: what the parser of a market makes of saved pages. No database, no Dagster."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.inert import json_text, say
from cryptodrug_assets.observation import UserError


def parse(
    files: Annotated[list[Path], typer.Argument(help="Saved pages (HTML).")],
    market: Annotated[str, typer.Option("--market", help="Name of the market.")],
    captured_at: Annotated[
        str | None,
        typer.Option("--captured-at", help="When the pages were captured (ISO 8601, UTC); dates ages without a clock."),
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Address of the page, where it tells more than the page.")
    ] = None,
) -> None:
    """Read saved pages and print one JSON object per file."""
    from cryptodrug_assets.markets import get_market, reading
    from cryptodrug_assets.markets.tables import page_as_json

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
            say(f"error: {path}: {err.strerror}", file=sys.stderr)
            failed += 1
            continue
        page = reading.parse(reader, body, url=url or f"http://saved.page/{path.name}", captured_at=moment)
        if moment is None and page.page_clock is not None:
            # Ages count from the page's own clock where it has one.
            page = reading.parse(reader, body, url=url or f"http://saved.page/{path.name}", captured_at=page.page_clock)
        print(json_text(page_as_json(str(path), page)))
    if failed:
        raise typer.Exit(1)
