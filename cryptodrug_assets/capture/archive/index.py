"""The journal of a market-month as the table raw.captures, with the sweeps of imported pages."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.archive.journal import FILE, PAGE_FIELDS, read_only
from cryptodrug_assets.capture.imports.log import SOURCE, standing
from cryptodrug_assets.capture.imports.sweeps import DEFAULT_GAP, Imported, sweep_names
from cryptodrug_assets.markets.base import CONTENT_KINDS
from cryptodrug_assets.months import month_start

# A page whose markup has no end (written by the import): cut where most pages of the month have one.
NO_END = "no end"
CUT = "cut off"


def index_frame(archive_root: Path, market: str, month: str, *, gap: timedelta = DEFAULT_GAP) -> pl.DataFrame:
    """The index of a market-month's archive as raw.captures, by capture id; empty when nothing was captured.

    Imported pages that were withdrawn are left out, and their sweeps are told from their times: more than `gap` between
    pages parts two.
    """
    contract = contracts.load("raw", "captures")
    rows = index_rows(archive_root / market / month)
    if not rows:
        return contracts.empty(contract)
    assign_sweeps((row for row in rows if row["source"] == SOURCE), gap)
    cell = {"market": market, "month": month_start(month)}
    schema = contract.polars_schema
    frame = pl.DataFrame({name: [row.get(name, cell.get(name)) for row in rows] for name in schema}, schema=schema)
    return contracts.conform(frame, contract)


def index_rows(folder: Path) -> list[dict[str, Any]]:
    """The pages of a market-month's journal that stand, by capture id, imported ones not yet set apart."""
    if not (folder / FILE).exists():
        return []
    with read_only(folder) as connection:
        columns = ", ".join(f"page.{name}" for name in PAGE_FIELDS if name not in ("target", "referrer"))
        cursor = connection.execute(
            f"SELECT {columns}, sweep.source, sweep.synthetic FROM page JOIN sweep USING (sweep_id) ORDER BY capture_id"
        )
        names = [entry[0] for entry in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        stand = standing(connection) if any(row["source"] == SOURCE for row in rows) else {}
    rows = [row for row in rows if row["source"] != SOURCE or row["capture_id"] in stand]
    for row in rows:
        row |= {
            "outcome": "pending" if row["state"] == "queued" else row["state"],
            "synthetic": bool(row["synthetic"]),
            "captured_at": _moment(row["captured_at"]),
            "fetched_at": _moment(row["fetched_at"]),
        }
        if row["source"] == SOURCE:
            statement = stand[row["capture_id"]]
            row |= {"provenance": statement.provenance, "subject": statement.subject, "sweep": statement.sweep}
    return rows


def assign_sweeps(rows: Iterable[dict[str, Any]], gap: timedelta) -> None:
    """Sweeps and outcomes of imported pages (rows of the index with `subject` and `sweep`), which all of them together
    decide: written into the rows."""
    given = list(rows)
    for synthetic in (False, True):
        world = [row for row in given if row["synthetic"] is synthetic]
        pages = [Imported(row["capture_id"], row["captured_at"], row["subject"], row["sweep"]) for row in world]
        names = sweep_names(pages, gap=gap, prefix="import-synthetic" if synthetic else "import")
        content = [row for row in world if row["page_kind"] in CONTENT_KINDS]
        endless = [row for row in content if row["reason"] == NO_END]
        cut = {row["capture_id"] for row in endless} if 2 * len(endless) < len(content) else set()
        for row in world:
            row["sweep_id"] = names[row["capture_id"]]
            if row["reason"] == CUT or row["capture_id"] in cut:
                row |= {"outcome": "given_up", "reason": CUT}
            elif row["reason"] == NO_END:
                row["reason"] = None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
