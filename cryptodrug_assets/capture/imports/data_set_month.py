"""Rows of a data set written into one market-month: into archive and journal, each with its file and place.

Keep out: which rows, and into which month (data_sets.py).
"""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptodrug_assets.capture.archive.data_sets import digest_of
from cryptodrug_assets.capture.archive.evidence import capture_id
from cryptodrug_assets.capture.archive.journal import PAGE_FIELDS, Journal, journal
from cryptodrug_assets.capture.archive.records import Entry, warcinfo
from cryptodrug_assets.capture.archive.segments import Segments
from cryptodrug_assets.capture.archive.warc import Record, make_record, sha256
from cryptodrug_assets.capture.imports.log import SOURCE, ImportLog, provenance
from cryptodrug_assets.markets.data_sets.mapping import Mapping, read_mapping
from cryptodrug_assets.markets.data_sets.rows import RowOfDataSet, content_type, page_kind
from cryptodrug_assets.observation import UserError, feedback_source, file_text

_SWEEPS = {False: "import", True: "import-synthetic"}


@dataclass(frozen=True)
class DataSet:
    """A file with its mapping, and the digests of both."""

    path: Path
    mapping_path: Path
    mapping: Mapping
    digest: str
    mapping_digest: str

    @classmethod
    def of(cls, path: Path, mapping_path: Path) -> "DataSet":
        """The data set of two files; UserError when one is not there or the mapping is not valid."""
        if not path.is_file():
            raise UserError(f"there is no file {path}; name the file of the data set")
        if not mapping_path.is_file():
            raise UserError(f"there is no mapping {mapping_path}; docs/import-a-data-set.md shows how to write one")
        mapping = read_mapping(file_text(mapping_path, mapping_path.name), mapping_path.name)
        return cls(path, mapping_path, mapping, digest_of(path), digest_of(mapping_path))

    def sweep(self) -> str | None:
        """The name of the sweep of rows that tell no capture time: all of them were seen at once."""
        return None if self.mapping.captured_at is not None else f"data-set-{self.digest[:8]}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A row with its moment."""

    row: RowOfDataSet
    moment: datetime


def row_key(data: DataSet, market: str, month: str, row: RowOfDataSet) -> str:
    """The identity of a row: its place in its file, and the mapping through which it is read."""
    text = "|".join((data.digest, data.mapping_digest, row.table or "", row.row))
    return capture_id(market, month, _SWEEPS[data.mapping.synthetic], text)


class RowsMonth:
    """A market-month that rows are written into."""

    def __init__(self, data: DataSet, market: str, folder: Path, import_id: str, said: dict[str, Any]) -> None:
        self._data, self._market, self._folder = data, market, folder
        self._import_id, self._said = import_id, said
        self._sweep_id = _SWEEPS[data.mapping.synthetic]

    def __enter__(self) -> "RowsMonth":
        self._stack = ExitStack()
        self._journal: Journal = self._stack.enter_context(journal(self._folder))
        self._stored = self._journal.known(self._sweep_id)
        self._segments = Segments(self._journal, self._info)
        self._stack.callback(self._segments.seal)
        self._log = ImportLog(self._journal, self._import_id, self._said)
        self._journal.begin(self._sweep_id, SOURCE, synthetic=self._data.mapping.synthetic)
        return self

    def __exit__(self, *given: object) -> None:
        """Seal what was written."""
        try:
            self._journal.end(self._sweep_id)
        finally:
            self._stack.close()

    def take(self, batch: list[Placed]) -> None:
        """Write rows; those that are there already are noted as brought once more."""
        fresh: list[tuple[str, Placed]] = []
        for placed in batch:
            key = row_key(self._data, self._market, self._folder.name, placed.row)
            if key in self._stored:
                self._log.again(self._brought(key, placed))
            else:
                fresh.append((key, placed))
        if fresh:
            self._keep(fresh)

    def _brought(self, key: str, placed: Placed) -> tuple[Any, ...]:
        origin = f"{self._data.path.name} row {placed.row.row}"
        return self._log.row(key, self._data.sweep(), None, provenance(self._said, origin))

    def _keep(self, fresh: list[tuple[str, Placed]]) -> None:
        kind = content_type(self._data.mapping_digest)
        entries, pages = [], []
        for key, placed in fresh:
            body = placed.row.encoded()
            digest = sha256(body)
            uri = f"urn:sha256:{self._data.digest}#row={quote(placed.row.row)}"
            record = make_record(
                "resource", block=body, content_type=kind, date=placed.moment, uri=uri, payload_digest=digest
            )
            entries.append(Entry(record, "resource", uri, None, kind, digest))
            pages.append(self._page(key, placed, uri, digest, len(body)))
        rows, segment = self._segments.write(entries)
        for page, row in zip(pages, rows, strict=True):
            page |= {"warc_file": row.warc_file, "warc_offset": row.warc_offset, "warc_length": row.warc_length}
        try:
            self._journal.take_in_rows(pages, rows, segment, [self._brought(key, placed) for key, placed in fresh])
        except BaseException:
            self._segments.roll_back(rows[0].warc_offset)
            raise
        self._stored |= {key for key, _ in fresh}

    def _page(self, key: str, placed: Placed, uri: str, digest: str, size: int) -> dict[str, Any]:
        kind = page_kind(self._data.mapping, feedback_source(self._market))
        fields: dict[str, Any] = dict.fromkeys(PAGE_FIELDS)
        return fields | {
            "capture_id": key,
            "sweep_id": self._sweep_id,
            "state": "done",
            "method": "GET",
            "url": uri,
            "url_kind": kind,
            "depth": 0,
            "attempts": 1,
            "mode": "import",
            "page_kind": kind,
            "content_type": content_type(self._data.mapping_digest),
            "captured_at": placed.moment.isoformat(),
            "fetched_at": datetime.now(UTC).isoformat(),
            "payload_digest": digest,
            "payload_bytes": size,
            "provenance": provenance(self._said, f"{self._data.path.name} row {placed.row.row}"),
        }

    def finish(self) -> None:
        """Everything is in."""
        self._log.end()

    def _info(self, file: str) -> Record:
        settings = {name: self._said[name] for name in ("source", "licence", "data_set", "mapping")}
        return warcinfo(
            browser="none (import)", source=SOURCE, synthetic=self._data.mapping.synthetic, settings=settings, file=file
        )
