"""What the rules of raw.captures may ask about the archive itself: its files, and a fixed sample of records re-read.

The relations are `archive.files` (warc_file, bytes, committed, indexed) and `archive.records` (capture_id, problem).
The sample costs the same whatever the month's size; `cryptodrug verify` reads everything.
"""

from hashlib import blake2b
from pathlib import Path

import polars as pl

from cryptodrug_assets.capture.archive.journal import FILE, read_only
from cryptodrug_assets.capture.archive.pages import read_payload
from cryptodrug_assets.capture.archive.warc import OPEN_SUFFIX, segment_path
from cryptodrug_assets.observation import UserError

SAMPLE_RECORDS = 50
FILES_SCHEMA = {"warc_file": pl.String, "bytes": pl.Int64, "committed": pl.Int64, "indexed": pl.Boolean}
RECORDS_SCHEMA = {"capture_id": pl.String, "problem": pl.String}


def archive_relations(root: Path, market: str, month: str, captures: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """archive.files and archive.records of a market-month; `captures` is its index (raw.captures)."""
    folder = root / market / month
    return {"archive.files": _files(folder), "archive.records": _sample(folder, captures)}


def _files(folder: Path) -> pl.DataFrame:
    """Every file the index knows and every one there is; a file that is missing has zero bytes."""
    committed: dict[str, int] = {}
    if (folder / FILE).exists():
        with read_only(folder) as connection:
            committed = dict(connection.execute("SELECT name, committed FROM segment").fetchall())
    there = {path.name.removesuffix(OPEN_SUFFIX): path for path in sorted(folder.glob("[0-9]*.warc.gz*"))}
    rows = []
    for name in sorted(committed.keys() | there.keys()):
        path = segment_path(folder, name) if name in committed else there[name]
        size = path.stat().st_size if path.exists() else 0
        rows.append((name, size, committed.get(name, 0), name in committed))
    return pl.DataFrame(rows, schema=FILES_SCHEMA, orient="row")


def _sample(folder: Path, captures: pl.DataFrame) -> pl.DataFrame:
    """The captured pages whose hashed ids come first (the same each time), and what is wrong with their records."""
    where = ["warc_file", "warc_offset", "warc_length", "payload_digest"]
    done = captures.filter(pl.col("outcome") == "done").drop_nulls(where).select("capture_id", *where)
    chosen = sorted(done.iter_rows(), key=lambda row: blake2b(row[0].encode(), digest_size=8).digest())[:SAMPLE_RECORDS]
    rows = []
    for capture_id, file, offset, length, digest in sorted(chosen, key=lambda row: (row[1], row[2])):
        problem = None
        try:
            read_payload(folder, file, offset, length, digest)
        except UserError as err:
            problem = str(err)
        rows.append((capture_id, problem))
    return pl.DataFrame(rows, schema=RECORDS_SCHEMA, orient="row")
