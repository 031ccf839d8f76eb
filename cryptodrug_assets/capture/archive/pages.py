"""Reading captured pages back from the archive by the index, with every digest checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from cryptodrug_assets.capture.archive.data_sets import kept_mapping
from cryptodrug_assets.capture.archive.journal import read_only
from cryptodrug_assets.capture.archive.warc import DamagedRecordError, Record, read_record, segment_path, sha256
from cryptodrug_assets.markets.data_sets.rows import mapping_of
from cryptodrug_assets.markets.tables import PageInput
from cryptodrug_assets.observation import UserError

_OPEN_SEGMENTS = 32


def read_pages(archive_root: Path, captures: pl.DataFrame, *, by_capture: bool = False) -> Iterator[PageInput]:
    """The captured pages of an index, one by one, each checked against its digest.

    `archive_root` holds <market>/<month>/ folders; `captures` is raw.captures of any market-months, of which the rows
    with outcome `done` are read. They come in archive order, or (`by_capture`) in the order of their capture ids, in
    which parsing needs no memory for sorting. Raises UserError naming the archive, file and offset of a record that is
    damaged or missing.
    """
    order = ["capture_id"] if by_capture else ["warc_file", "warc_offset"]
    done = captures.filter(pl.col("outcome") == "done").sort("market", "month", *order)
    with _Archive() as archive:
        for row in done.iter_rows(named=True):
            folder = archive_root / row["market"] / row["month"].strftime("%Y-%m")
            if row["warc_file"] is None:
                raise UserError(f"{folder.parent.name} {folder.name} was not captured: its index names no records")
            body = archive.payload(
                folder, row["warc_file"], row["warc_offset"], row["warc_length"], row["payload_digest"]
            )
            yield PageInput(
                capture_id=row["capture_id"],
                url=row["url"],
                body=body,
                captured_at=row["captured_at"],
                sweep_id=row["sweep_id"],
                content_type=row["content_type"],
                status=row["status"],
                context_category=row["context_category"],
                context_page=row["context_page"],
                mapping=archive.mapping(folder.parent, row["content_type"]),
            )


def read_payload(folder: Path, warc_file: str, offset: int, length: int, digest: str) -> bytes:
    """One page's bytes from the archive of a market-month, checked against its digest."""
    with _Archive() as archive:
        return archive.payload(folder, warc_file, offset, length, digest)


class _Archive:
    """Segments held open while pages are read, the latest used ones."""

    def __init__(self) -> None:
        self._files: dict[Path, BinaryIO] = {}
        self._mappings: dict[tuple[Path, str], str] = {}

    def __enter__(self) -> "_Archive":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def payload(self, folder: Path, warc_file: str, offset: int, length: int, digest: str) -> bytes:
        """The payload of a record; a revisit leads to the response it refers to."""
        record = self._record(folder, warc_file, offset, length)
        if record.type == "revisit":
            with read_only(folder) as connection:
                row = connection.execute(
                    "SELECT warc_file, warc_offset, warc_length FROM record"
                    " WHERE payload_digest = ? AND type = 'response'",
                    (digest,),
                ).fetchone()
            if row is None:
                raise _damage(folder, warc_file, offset, "revisit of a response that is not in the archive")
            record = self._record(folder, *row)
        if sha256(record.payload) != digest:
            raise _damage(folder, warc_file, offset, "payload differs from its digest")
        return record.payload

    def mapping(self, market_folder: Path, content_type: str | None) -> str | None:
        """The text of the mapping through which a row of a data set is read; None for a page."""
        digest = mapping_of(content_type)
        if digest is None:
            return None
        key = (market_folder, digest)
        if key not in self._mappings:
            self._mappings[key] = kept_mapping(market_folder, digest)
        return self._mappings[key]

    def _record(self, folder: Path, warc_file: str, offset: int, length: int) -> Record:
        path = segment_path(folder, warc_file)
        file = self._files.pop(path, None)
        if file is None:
            if len(self._files) >= _OPEN_SEGMENTS:
                self._files.pop(next(iter(self._files))).close()
            try:
                file = path.open("rb")
            except OSError as err:
                raise _damage(folder, warc_file, offset, err.strerror or "cannot be opened") from err
        # The latest used stands last.
        self._files[path] = file
        try:
            return read_record(file, offset, length)
        except DamagedRecordError as err:
            raise _damage(folder, warc_file, offset, str(err)) from err


def _damage(folder: Path, warc_file: str, offset: int, what: str) -> UserError:
    return UserError(
        f"archive of {folder.parent.name} {folder.name}, {warc_file} at {offset}: {what};"
        " see `cryptodrug verify` for what is whole"
    )
