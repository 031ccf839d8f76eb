"""Parsed tables of the synthetic site without network or browser: its pages, answered and parsed in this process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlencode, urlsplit

import polars as pl

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Link
from cryptodrug_assets.markets.tables import PageInput, parse_captures
from cryptodrug_assets.months import month_after
from cryptodrug_assets.replica.server import host_name, respond, session_value


def month_end(month: str) -> datetime:
    """The usual moment of a capture: a minute before the month's end."""
    following = month_after(month)
    return datetime(int(following[:4]), int(following[5:]), 1, tzinfo=UTC) - timedelta(minutes=1)


@lru_cache(maxsize=32)
def parsed_month(profile: str, seed: int, market: str, month: str) -> dict[str, pl.DataFrame]:
    """The parsed tables of one sweep at the month's end."""
    return parse_captures(market, month, sweep(profile, seed, market, month_end(month)), workers=1)


def sweep(profile: str, seed: int, market: str, moment: datetime) -> Iterator[PageInput]:
    """Every page of the market at a moment, as captured."""
    reader = get_market(market)
    host = f"{host_name(market, moment)}:80"
    sweep_id = moment.strftime("%Y-%m-%dT%H%M")
    queue = [Link(f"http://{host}{reader.entry_path}", "home")]
    seen = {reader.canonical(queue[0])}
    while queue:
        link = queue.pop(0)
        parts = urlsplit(link.url)
        answer = respond(
            profile, seed, host=host, method=link.method, path=parts.path, query=parts.query,
            body=urlencode(link.form), cookies=f"replica_session={session_value(market)}",
        )  # fmt: skip
        name = blake2b(f"{market}|{sweep_id}|{reader.canonical(link)}".encode(), digest_size=8).hexdigest()
        yield PageInput(
            name, link.url, answer.body, moment, sweep_id, answer.content_type, answer.status, link.category, link.page
        )
        for found in reader.discover(answer.body, url=link.url).links:
            key = reader.canonical(found)
            if reader.in_scope(found) and key not in seen:
                seen.add(key)
                queue.append(found)
