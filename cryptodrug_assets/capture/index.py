"""The journal of a market-month as the table raw.captures."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.journal import FILE, PAGE_FIELDS, read_only
from cryptodrug_assets.observation import month_start


def index_frame(archive_root: Path, market: str, month: str) -> pl.DataFrame:
    """The index of a market-month's archive as raw.captures, by capture id; empty when nothing was captured."""
    contract = contracts.load("raw", "captures")
    folder = archive_root / market / month
    if not (folder / FILE).exists():
        return contracts.empty(contract)
    with read_only(folder) as connection:
        columns = ", ".join(f"page.{name}" for name in PAGE_FIELDS if name not in ("target", "referrer"))
        cursor = connection.execute(
            f"SELECT {columns}, sweep.source, sweep.synthetic FROM page JOIN sweep USING (sweep_id) ORDER BY capture_id"
        )
        names = [entry[0] for entry in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row |= {
            "market": market,
            "month": month_start(month),
            "outcome": "pending" if row["state"] == "queued" else row["state"],
            "synthetic": bool(row["synthetic"]),
            "captured_at": _moment(row["captured_at"]),
            "fetched_at": _moment(row["fetched_at"]),
        }
    schema = contract.polars_schema
    frame = pl.DataFrame({name: [row[name] for row in rows] for name in schema}, schema=schema)
    return contracts.conform(frame, contract)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
