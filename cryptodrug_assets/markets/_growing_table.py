"""Rows of a table that grow on disk instead of in memory: parts written as Arrow files, read back as mapped memory."""

from pathlib import Path

import polars as pl
import pyarrow as pa

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import UserError

# A part on disk: large enough that a month has few of them, small enough to stand in memory beside the parsing.
_PART_BYTES = 8 * 1024**2
_PART_FRAMES = 32


class Pile:
    """Frames of one parsed table put on top of each other; what is more than a part goes into a folder.

    Frames must have the contract's form (`contracts.conform`). The folder may be removed once `whole` has returned:
    the files stay readable through the mapping, and the system lets their space go with the last frame that uses it.
    """

    def __init__(self, table: str, folder: Path) -> None:
        self._contract = contracts.load("parsed", table)
        self._folder = folder
        self._frames: list[pl.DataFrame] = []
        self._bytes = 0
        self._files: list[Path] = []
        self._last: str | None = None
        self._in_order = True

    def add(self, frame: pl.DataFrame) -> None:
        """Put a frame on top; raises UserError when the folder cannot take it."""
        if not frame.height:
            return
        first, last = frame["capture_id"][0], frame["capture_id"][-1]
        # Strictly: a capture that goes on in the next frame would have its rows in two places of the key's order.
        self._in_order &= self._last is None or self._last < first
        self._last = last
        self._frames.append(frame)
        self._bytes += int(frame.estimated_size())
        if self._bytes >= _PART_BYTES or len(self._frames) >= _PART_FRAMES:
            self._write()

    def whole(self) -> pl.DataFrame:
        """The table in contract form; the pile is empty afterwards.

        Frames that came in the order of their captures are only mapped; any others are sorted, and so are copied.
        """
        parts = [_mapped(path) for path in self._files] + self._frames
        self._files, self._frames = [], []
        if not parts:
            return contracts.empty(self._contract)
        table = pl.concat(parts, rechunk=False)
        return table if self._in_order else contracts.conform(table, self._contract)

    def _write(self) -> None:
        path = self._folder / f"{self._contract.table}-{len(self._files):06d}.arrow"
        part = pl.concat(self._frames, rechunk=True)
        self._frames, self._bytes = [], 0
        try:
            part.write_ipc(path, compression="uncompressed", record_batch_size=part.height)
        except (OSError, pl.exceptions.PolarsError) as err:
            reason = getattr(err, "strerror", None) or str(err).splitlines()[0]
            raise UserError(f"parsed rows cannot be put into {self._folder.parent}: {reason}; make room there") from err
        self._files.append(path)


def _mapped(path: Path) -> pl.DataFrame:
    # Not polars.read_ipc: it reads the file into memory. Arrow hands over the mapped pages themselves.
    with pa.memory_map(str(path)) as source:
        frame = pl.from_arrow(pa.ipc.open_file(source).read_all(), rechunk=False)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"{path.name} holds no table")
    return frame
