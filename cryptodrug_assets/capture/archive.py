"""Reading the archive: pages of an index, their bytes verified; single records for explanations."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from cryptodrug_assets.capture.warc import DamagedRecordError, Record, read_record, segment_path, sha256
from cryptodrug_assets.observation import UserError

if TYPE_CHECKING:
    from cryptodrug_assets.markets.tables import PageInput


class Archive:
    """Open segments of an archive folder, kept open while reading; use as a context manager."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    def record(self, warc_file: str, offset: int, length: int) -> Record:
        """The record at a place of the index; UserError when file or record is damaged."""
        try:
            return read_record(self._open(warc_file), offset, length)
        except (DamagedRecordError, OSError) as err:
            raise UserError(
                f"the archive is damaged: {warc_file} at {offset}: {err}; `cryptodrug verify` shows what else is"
            ) from err

    def body(self, warc_file: str, offset: int, length: int, digest: str) -> bytes:
        """The body of a captured page, a revisit resolved, checked against its digest."""
        record = self.record(warc_file, offset, length)
        if record.type == "revisit":
            place = (record.get("X-Refers-To-Place") or "").split(" ")
            if len(place) != 3:
                raise UserError(f"the archive is damaged: {warc_file} at {offset}: a revisit that refers to nothing")
            record = self.record(place[0], int(place[1]), int(place[2]))
        if sha256(record.payload) != digest:
            raise UserError(f"the archive is damaged: {warc_file} at {offset}: digest differs; run `cryptodrug verify`")
        return record.payload

    def _open(self, warc_file: str) -> BinaryIO:
        if warc_file not in self._files:
            path = self._root / warc_file
            self._files[warc_file] = segment_path(path.parent, path.name).open("rb")
        return self._files[warc_file]


def read_pages(archive_root: Path, captures: pl.DataFrame) -> "Iterator[PageInput]":
    """The captured pages of a raw.captures frame in its order, with their bytes; rows that are not done are left out.

    Raises UserError when a record is missing or its bytes do not fit the digest.
    """
    from cryptodrug_assets.markets.tables import PageInput

    with Archive(archive_root) as archive:
        for row in captures.filter(pl.col("outcome") == "done").iter_rows(named=True):
            yield PageInput(
                capture_id=row["capture_id"],
                url=row["url"],
                body=archive.body(row["warc_file"], row["warc_offset"], row["warc_length"], row["payload_digest"]),
                captured_at=row["captured_at"],
                sweep_id=row["sweep_id"],
                content_type=row["content_type"],
                status=row["status"],
                context_category=row["context_category"],
                context_page=row["context_page"],
            )
