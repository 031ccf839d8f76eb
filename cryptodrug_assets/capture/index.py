"""The index of an archive as a table: raw.captures of a market-month, read from the journal."""

from pathlib import Path

import polars as pl

from cryptodrug_assets.capture.journal import FILE, read_only
from cryptodrug_assets.observation import month_start

UTC_TIME = pl.Datetime("us", "UTC")
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "market": pl.String, "month": pl.Date, "capture_id": pl.String, "sweep_id": pl.String, "source": pl.String,
    "synthetic": pl.Boolean, "outcome": pl.String, "reason": pl.String, "mode": pl.String, "method": pl.String,
    "url": pl.String, "url_kind": pl.String, "context_category": pl.String, "context_page": pl.Int64,
    "depth": pl.Int64, "attempts": pl.Int64, "status": pl.Int64, "page_kind": pl.String, "content_type": pl.String,
    "captured_at": UTC_TIME, "fetched_at": UTC_TIME, "warc_file": pl.String, "warc_offset": pl.Int64,
    "warc_length": pl.Int64, "payload_digest": pl.String, "payload_bytes": pl.Int64, "duration_ms": pl.Int64,
    "provenance": pl.String,
}  # fmt: skip
_QUERY = """
SELECT capture_id, page.sweep_id, source, synthetic, CASE state WHEN 'queued' THEN 'pending' ELSE state END, reason,
  mode, method, url, url_kind, context_category, context_page, depth, attempts, status, page_kind, content_type,
  captured_at, fetched_at, warc_file, warc_offset, warc_length, payload_digest, payload_bytes, duration_ms, provenance
FROM page JOIN sweep USING (sweep_id) ORDER BY capture_id
"""


def index_frame(archive_root: Path, market: str, month: str) -> pl.DataFrame:
    """raw.captures of the market-month, one row per URL and sweep, by capture_id; empty when nothing was captured."""
    folder = archive_root / market / month
    rows: list[tuple[object, ...]] = []
    if (folder / FILE).exists():
        with read_only(folder) as connection:
            rows = connection.execute(_QUERY).fetchall()
    texts = {name: dtype for name, dtype in SCHEMA.items() if name not in ("market", "month")}
    loose = {
        name: pl.String if dtype == UTC_TIME else pl.Int64 if dtype == pl.Boolean else dtype
        for name, dtype in texts.items()
    }
    frame = pl.DataFrame(rows, schema=loose, orient="row")
    times = [name for name, dtype in SCHEMA.items() if dtype == UTC_TIME]
    return frame.with_columns(
        pl.lit(market).alias("market"),
        pl.lit(month_start(month)).alias("month"),
        pl.col("synthetic").cast(pl.Boolean),
        *(pl.col(name).str.to_datetime("%+", time_unit="us", time_zone="UTC") for name in times),
    ).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
