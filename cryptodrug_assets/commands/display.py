"""What the terminal shows while a backfill runs."""

import sys
import time

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cryptodrug_assets.capture.progress import Progress as CaptureProgress
from cryptodrug_assets.inert import printable, say
from cryptodrug_assets.runs.backfill import Step


class BackfillDisplay:
    """Progress of a backfill: a bar in a terminal, a line per run elsewhere."""

    def __init__(self, total: int) -> None:
        self._live = sys.stderr.isatty()
        self._reused = 0
        self._bar = Progress(
            TextColumn("{task.description:<34}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True, width=None if self._live else 160),
            disable=not self._live,
            speed_estimate_period=600,  # seconds; runs take ten or twenty each
        )
        self._total, self._done = total, 0
        self._task = self._bar.add_task("starting", total=total, note="")

    def __enter__(self) -> "BackfillDisplay":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
        if self._reused:
            say(f"{self._reused} steps were already done in an earlier run and were reused", file=sys.stderr)

    def changed(self, step: Step, state: str) -> None:
        """A run started, ended or was found done."""
        name = step.name
        if state == "start":
            self._bar.update(self._task, description=name, note="")
            self._began = time.monotonic()
            return
        self._done += 1
        self._reused += state == "reused"
        self._bar.update(self._task, advance=1)
        if not self._live and state == "not run":
            print(f"[{self._done}/{self._total}] {name}: not run", file=sys.stderr, flush=True)
        elif not self._live and state != "reused":
            seconds = time.monotonic() - self._began
            say(f"[{self._done}/{self._total}] {name}: {state} in {seconds:.1f} s", file=sys.stderr, flush=True)

    def captured(self, market: str, month: str, progress: CaptureProgress) -> None:
        """The crawl of a month moved on."""
        self._bar.update(self._task, note=escape(printable(str(progress))))
