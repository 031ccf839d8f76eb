"""The segments a run writes: opened when needed, rotated by size, rolled back on a full disk, sealed at the end.

Which records there are is the caller's business; which bytes count as committed is the journal's.
"""

import contextlib
from collections.abc import Callable, Sequence

from cryptodrug_assets.capture.archive.journal import Journal, RecordRow
from cryptodrug_assets.capture.archive.records import Entry
from cryptodrug_assets.capture.archive.warc import Record, SegmentWriter, encode

_SEGMENT_BYTES = 512 * 1024**2


class Segments:
    """Append-only segments of one market-month. `info` makes a segment's first record from the segment's name."""

    def __init__(self, opened: Journal, info: Callable[[str], Record]) -> None:
        self._journal, self._info = opened, info
        self._segment: SegmentWriter | None = None

    def write(self, entries: Sequence[Entry]) -> tuple[list[RecordRow], tuple[str, int]]:
        """Append records and make them durable; returns their index rows and the segment's (name, size) for the commit.

        OSError on a full disk or a file limit: nothing of them then stays in the segment.
        """
        segment = self._open()
        before = segment.size
        rows = []
        try:
            for entry in entries:
                offset, length = segment.append(encode(entry.record))
                rows.append(
                    RecordRow(
                        segment.name, offset, length, entry.type, entry.uri, entry.record.get("WARC-Date") or "",
                        entry.status, entry.content_type, entry.payload_digest, entry.method, entry.form,
                    )
                )  # fmt: skip
            segment.sync()
        except OSError:
            self.roll_back(before)
            raise
        return rows, (segment.name, segment.size)

    def roll_back(self, size: int) -> None:
        """Cut the open segment back to `size` bytes, after a commit that failed."""
        if self._segment is not None:
            with contextlib.suppress(OSError):  # the next start cuts the segment back in any case
                self._segment.rollback(size)

    def seal(self) -> None:
        """Seal the open segment, if there is one."""
        if self._segment is not None:
            segment, self._segment = self._segment, None
            self._journal.sealed(segment.name, segment.seal())

    def _open(self) -> SegmentWriter:
        if self._segment is not None and self._segment.size > _SEGMENT_BYTES:
            self.seal()
        if self._segment is None:
            name = self._journal.new_segment()
            segment = SegmentWriter(self._journal.folder, name)
            info = self._info(name)
            offset, length = segment.append(encode(info))
            segment.sync()
            row = RecordRow(name, offset, length, "warcinfo", None, info.get("WARC-Date") or "")
            self._journal.opened(name, segment.size, [row])
            self._segment = segment
        return self._segment
