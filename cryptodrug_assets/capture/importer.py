"""Import of existing captures, with their provenance, into a month's archive; what there is, incoming.py reads."""

import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptodrug_assets.capture.archive import read_payload
from cryptodrug_assets.capture.evidence import capture_id
from cryptodrug_assets.capture.headers import Redactor
from cryptodrug_assets.capture.incoming import Found, ImportReport, pages
from cryptodrug_assets.capture.journal import PAGE_FIELDS, Journal, journal
from cryptodrug_assets.capture.records import Entry, warcinfo
from cryptodrug_assets.capture.segments import Segments
from cryptodrug_assets.capture.stamps import NameClock
from cryptodrug_assets.capture.warc import Record, make_record, sha256
from cryptodrug_assets.markets.base import Discovery, Market
from cryptodrug_assets.observation import UserError

__all__ = ["ImportReport", "import_paths"]
# Synthetic pages stay marked, whatever way they come in: they are a sweep of their own.
_SWEEPS = {False: "import", True: "import-synthetic"}
_SYNTHETIC_PAGE = b'name="cryptodrug-replica"'


def import_paths(
    paths: list[Path],
    *,
    market: Market,
    month: str,
    archive_root: Path,
    source: str,
    licence: str,
    captured_at: datetime | None,
    hmac_key: bytes,
    name_pattern: str | None = None,
) -> ImportReport:
    """Import files and folders. Capture time: the WARC's date, the page's own clock, the name of a saved file or its
    folder (by `name_pattern`, or a date written in a common form), `captured_at`, in this order.

    Pages outside the month, pages without any time, and bodies that were imported before are not added. Raises
    UserError when a path does not exist, a pattern gives no day, or the archive cannot be written.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UserError(f"no such file or folder: {missing[0]}")
    report = ImportReport()
    names = NameClock(name_pattern)
    redactor = Redactor(hmac_key)
    with journal(archive_root / market.name / month) as opened:
        writer = _Writer(opened, market, month, redactor, {"source": source, "licence": licence})
        try:
            try:
                for path in paths:
                    for item in pages(path, report, writer.payload, names):
                        writer.add(item, captured_at, report)
            finally:
                writer.close()
        except (OSError, sqlite3.OperationalError) as err:
            what = err.strerror if isinstance(err, OSError) else None
            raise UserError(
                f"the archive of {market.name} {month} cannot be written: {what or err}; what was imported is kept,"
                " make room or give the right to write, and run again"
            ) from err
    return report


class _Writer:
    def __init__(
        self, opened: Journal, market: Market, month: str, redactor: Redactor, provenance: dict[str, str]
    ) -> None:
        self._journal, self._market, self._month, self._redactor = opened, market, month, redactor
        self._provenance = provenance
        self._known: dict[str, set[str]] = {}
        self._segments = Segments(opened, self._info)

    def add(self, item: Found, captured_at: datetime | None, report: ImportReport) -> None:
        found = self._discover(item)
        synthetic = item.synthetic or _SYNTHETIC_PAGE in item.body
        sweep = _SWEEPS[synthetic]
        if sweep not in self._known:
            self._journal.begin(sweep, "archive", synthetic=synthetic)
            self._known[sweep] = self._journal.known(sweep)
        known = self._known[sweep]
        moment = item.captured_at or found.page_clock or item.named_at or captured_at
        if moment is None:
            report.refused.append(f"{item.origin}: no capture time; give --captured-at or --name-pattern")
            return
        moment = moment.astimezone(UTC)
        if moment.strftime("%Y-%m") != self._month:
            report.refused.append(f"{item.origin}: captured {moment:%Y-%m-%d}, not in {self._month}")
            return
        digest = sha256(item.body)
        identity = capture_id(self._market.name, self._month, sweep, f"{digest}|{moment.isoformat()}")
        if identity in known:
            report.known += 1
            return
        uri = self._redactor.url(item.url)
        record = make_record(
            "response",
            block=_head(item) + item.body,
            content_type="application/http; msgtype=response",
            date=moment,
            uri=uri,
            payload_digest=digest,
        )
        entry = Entry(record, "response", uri, item.status, item.content_type, digest, "GET")
        rows, segment = self._segments.write([entry])
        page: dict[str, Any] = dict.fromkeys(PAGE_FIELDS)
        page |= {
            "capture_id": identity,
            "sweep_id": sweep,
            "state": "done",
            "method": "GET",
            "url": uri,
            "url_kind": found.page_kind,
            "context_category": item.category,
            "context_page": item.page,
            "depth": 0,
            "attempts": 1,
            "mode": "import",
            "status": item.status,
            "page_kind": found.page_kind,
            "content_type": item.content_type,
            "captured_at": moment.isoformat(),
            "fetched_at": datetime.now(UTC).isoformat(),
            "warc_file": rows[0].warc_file,
            "warc_offset": rows[0].warc_offset,
            "warc_length": rows[0].warc_length,
            "payload_digest": digest,
            "payload_bytes": len(item.body),
            "provenance": json.dumps(self._provenance | {"origin": _readable(Path(item.origin).name)}, sort_keys=True),
        }
        try:
            self._journal.take_in(page, rows, segment)
        except BaseException:
            self._segments.roll_back(segment[1] - rows[0].warc_length)
            raise
        known.add(identity)
        report.imported += 1

    def _discover(self, item: Found) -> Discovery:
        try:
            return self._market.discover(
                item.body, url=item.url, context_category=item.category, context_page=item.page
            )
        except Exception as err:  # noqa: BLE001 - the bytes are evidence even where the market module fails on them
            self._journal.event("unreadable", type(err).__name__)
            return Discovery("unknown", [], None)

    def payload(self, digest: str) -> bytes | None:
        """The body of an imported page by its digest."""
        at = self._journal.payload(digest)
        if at is None:
            return None
        return read_payload(self._journal.folder, at.warc_file, at.warc_offset, at.warc_length, digest)

    def _info(self, file: str) -> Record:
        return warcinfo(
            browser="none (import)", source="archive", synthetic=False, settings=dict(self._provenance), file=file
        )

    def close(self) -> None:
        """Seal what was written; the sweeps are complete until the next import."""
        for sweep in self._known:
            self._journal.end(sweep)
        self._segments.seal()


def _readable(name: str) -> str:
    """A file's name as text, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _head(item: Found) -> bytes:
    lines = [
        f"HTTP/1.1 {item.status} ",
        f"Content-Type: {item.content_type or 'text/html'}",
        f"Content-Length: {len(item.body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
