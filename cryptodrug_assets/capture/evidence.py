"""From a fetched page to committed evidence: WARC records in a segment, then the journal's transaction.

The order is what makes a capture survive a kill at any moment: append, fdatasync, commit. Which page is fetched next,
and what its outcome is, is decided in crawl.py.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptodrug_assets.capture.fetch import Exchange, Fetched
from cryptodrug_assets.capture.headers import Redactor, request_head, response_head
from cryptodrug_assets.capture.journal import Journal, Payload, RecordRow, State
from cryptodrug_assets.capture.warc import (
    REVISIT_PROFILE,
    Record,
    SegmentWriter,
    encode,
    make_record,
    sha256,
    warc_date,
)
from cryptodrug_assets.observation import UserError

SEGMENT_BYTES = 256 << 20
RESPONSE_TYPE = "application/http; msgtype=response"
REQUEST_TYPE = "application/http; msgtype=request"


@dataclass
class Evidence:
    """Writes the pages of one run into segments of `folder`. `info` becomes each segment's warcinfo record.

    `index` metadata of a page (urn:capture:<capture_id>) holds what the journal knows of it, so that the index can be
    rebuilt from the segments alone.
    """

    folder: Path
    journal: Journal
    redactor: Redactor
    info: dict[str, str]
    segment_bytes: int = SEGMENT_BYTES
    written: int = field(default=0, init=False)
    _writer: SegmentWriter | None = field(default=None, init=False)
    _prefix: str = field(default="", init=False)

    def commit(
        self,
        page: int,
        state: State,
        fetched: Fetched,
        index: dict[str, Any],
        links: Sequence[dict[str, Any]],
    ) -> int:
        """Commit one page with everything fetched for it; returns the size of its body in bytes.

        Raises UserError when the disk is full or the archive cannot be written; nothing of the page counts then.
        """
        try:
            writer = self._segment()
            committed = writer.size
            try:
                return self._commit(writer, page, state, fetched, index, links)
            except BaseException:
                writer.rollback(committed)
                raise
        except OSError as err:
            raise UserError(f"cannot write the archive: {err.strerror}; make room and run the same command") from err

    def close(self) -> None:
        """Seal the segment under way, if any."""
        if self._writer is not None:
            self.journal.sealed(self._writer.name, self._writer.seal())
            self._writer = None

    def _segment(self) -> SegmentWriter:
        if self._writer is not None and self._writer.size >= self.segment_bytes:
            self.close()
        if self._writer is None:
            name = self.journal.new_segment()
            self._writer = SegmentWriter(self.folder, name)
            self._prefix = f"{self.folder.parent.name}/{self.folder.name}/"
            now = datetime.now(UTC)
            block = "".join(f"{key}: {value}\r\n" for key, value in self.info.items()).encode()
            record = make_record(
                "warcinfo",
                block=block,
                content_type="application/warc-fields",
                date=now,
                extra=[("WARC-Filename", name)],
            )
            row = self._append(self._writer, record, now)
            self._writer.sync()
            self.journal.opened(name, self._writer.size, [row])
        return self._writer

    def _commit(
        self,
        writer: SegmentWriter,
        page: int,
        state: State,
        fetched: Fetched,
        index: dict[str, Any],
        links: Sequence[dict[str, Any]],
    ) -> int:
        rows: list[RecordRow] = []
        fresh: dict[str, Payload] = {}
        for hop in fetched.hops:
            rows += self._exchange(writer, hop, fresh)[1]
        response, main = self._exchange(writer, fetched.page, fresh)
        rows += main
        body = fetched.page.body or b""
        values = {
            **index,
            "warc_file": main[0].warc_file,
            "warc_offset": main[0].warc_offset,
            "warc_length": main[0].warc_length,
            "payload_digest": sha256(body),
            "payload_bytes": len(body),
            "status": fetched.page.status,
            "content_type": fetched.page.content_type,
            "fetched_at": fetched.page.fetched_at.isoformat(),
            "duration_ms": fetched.duration_ms,
        }
        note = make_record(
            "metadata",
            block=json.dumps(values | {"state": state}, sort_keys=True).encode(),
            content_type="application/json",
            date=fetched.page.fetched_at,
            uri=f"urn:capture:{index['capture_id']}",
            extra=[("WARC-Concurrent-To", response.get("WARC-Record-ID") or "")],
        )
        rows.append(self._append(writer, note, fetched.page.fetched_at))
        for exchange in fetched.subresources:
            rows += self._exchange(writer, exchange, fresh)[1]
        if fetched.screenshot is not None:
            view = make_record(
                "resource",
                block=fetched.screenshot,
                content_type="image/jpeg",
                date=fetched.page.fetched_at,
                uri=f"urn:view:{self.redactor.url(fetched.page.url)}",
                payload_digest=sha256(fetched.screenshot),
                extra=[("WARC-Concurrent-To", response.get("WARC-Record-ID") or "")],
            )
            rows.append(self._append(writer, view, fetched.page.fetched_at))
        writer.sync()
        self.journal.commit(page, state, values, records=rows, links=links, segment=(writer.name, writer.size))
        self.written += len(body)
        return len(body)

    def _exchange(
        self, writer: SegmentWriter, exchange: Exchange, fresh: dict[str, Payload]
    ) -> tuple[Record, list[RecordRow]]:
        """Append response (or revisit) and request; the first row is the response's."""
        uri = self.redactor.url(exchange.url)
        body = exchange.body or b""
        head = response_head(exchange.head, len(body), self.redactor)
        digest = sha256(body)
        earlier = (fresh.get(digest) or self.journal.payload(digest)) if body else None
        if earlier is None:
            extra = [("WARC-Truncated", "unspecified")] if exchange.body is None else []
            response = make_record(
                "response",
                block=head + body,
                content_type=RESPONSE_TYPE,
                date=exchange.fetched_at,
                uri=uri,
                payload_digest=digest,
                extra=extra,
            )
        else:
            response = make_record(
                "revisit",
                block=head,
                content_type=RESPONSE_TYPE,
                date=exchange.fetched_at,
                uri=uri,
                payload_digest=digest,
                extra=[
                    ("WARC-Profile", REVISIT_PROFILE),
                    ("WARC-Refers-To-Target-URI", earlier.uri),
                    ("WARC-Refers-To-Date", earlier.date),
                    ("X-Refers-To-Place", f"{earlier.warc_file} {earlier.warc_offset} {earlier.warc_length}"),
                ],
            )
        form = self._form(exchange)
        row = self._append(
            writer,
            response,
            exchange.fetched_at,
            status=exchange.status,
            mime=exchange.content_type,
            digest=digest,
            method=exchange.method,
            form=form,
        )
        if earlier is None and body:
            fresh[digest] = Payload(row.warc_file, row.warc_offset, row.warc_length, uri, row.date)
        request = make_record(
            "request",
            block=request_head(exchange.method, exchange.url, exchange.request_headers, self.redactor)
            + (form or "").encode(),
            content_type=REQUEST_TYPE,
            date=exchange.fetched_at,
            uri=uri,
            extra=[("WARC-Concurrent-To", response.get("WARC-Record-ID") or "")],
        )
        return response, [row, self._append(writer, request, exchange.fetched_at)]

    def _form(self, exchange: Exchange) -> str | None:
        if exchange.request_body is None:
            return None
        pairs = parse_qsl(exchange.request_body.decode("utf-8", "replace"), keep_blank_values=True)
        return urlencode(self.redactor.form(pairs))

    def _append(
        self,
        writer: SegmentWriter,
        record: Record,
        date: datetime,
        *,
        status: int | None = None,
        mime: str | None = None,
        digest: str | None = None,
        method: str | None = None,
        form: str | None = None,
    ) -> RecordRow:
        offset, length = writer.append(encode(record))
        return RecordRow(
            warc_file=self._prefix + writer.name,
            warc_offset=offset,
            warc_length=length,
            type=record.type,
            uri=record.get("WARC-Target-URI"),
            date=warc_date(date),
            status=status,
            content_type=mime,
            payload_digest=digest,
            method=method,
            form=form,
        )
