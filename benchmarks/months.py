"""Parsing of a whole month: memory at ten times the pages, and what more cores give.

The pages are parsed in a process of their own, which repeats the distinct ones under new capture ids; this one looks
at the memory of it and its workers: anonymous memory, what a process holds and the system cannot drop at will.
"""

import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.tree import anonymous, cpu_of
from cryptodrug_assets.markets.tables import PageInput, parse_captures

_PAUSE = 0.05


def _captures(pages: list[tuple[str, bytes]], moment: datetime, count: int) -> Iterator[PageInput]:
    for number, (url, body) in enumerate(islice(cycle(pages), count)):
        yield PageInput(f"{number:016x}", url, body, moment, "bench")


def _parse(file: str, count: int, workers: int) -> None:
    market, moment, pages = pickle.loads(Path(file).read_bytes())  # noqa: S301
    began = time.perf_counter()
    frames = parse_captures(market, f"{moment:%Y-%m}", _captures(pages, moment, count), workers)
    print(time.perf_counter() - began, sum(frame.height for frame in frames.values()))


def month(
    market: str, moment: datetime, pages: list[tuple[str, bytes]], count: int, workers: int
) -> tuple[int, float, float]:
    """Peak of anonymous memory in bytes, and wall time and CPU in seconds, of parsing `count` pages."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pages"
        file.write_bytes(pickle.dumps((market, moment, pages)))
        command = [sys.executable, "-m", "benchmarks.months", str(file), str(count), str(workers)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - own module
            process, peak, spent = psutil.Process(running.pid), 0, 0.0
            while running.poll() is None:
                peak = max(peak, anonymous(process))
                spent = max(spent, cpu_of(process))
                time.sleep(_PAUSE)
            answer = running.stdout.read() if running.stdout else ""
        if running.returncode:
            raise RuntimeError(f"parsing {count} pages of {market} with {workers} processes failed")
    return peak, float(answer.split()[0]), spent


def report(market: str, moment: datetime, pages: list[tuple[str, bytes]], few: int) -> None:
    """Print memory at `few` and ten times as many pages with a process per core, and the time against one process."""
    cores = len(psutil.Process().cpu_affinity())
    small, _, _ = month(market, moment, pages, few, cores)
    large, spread, all_cpu = month(market, moment, pages, 10 * few, cores)
    alone, single, one_cpu = month(market, moment, pages, 10 * few, 1)
    size = sum(len(body) for _, body in pages) / len(pages) / 1000
    print(
        f"{market}, a month of {size:.0f} KB pages: anonymous memory {small / 1e6:.0f} MB at {few} pages,"
        f" {large / 1e6:.0f} MB at {10 * few} ({(large - small) / (9 * few) / 1000:.1f} KB a page more) with {cores}"
        f" processes, {alone / 1e6:.0f} MB with one"
    )
    # A busy machine shows in the times, not in the CPU: spreading is whole when it costs little more of it.
    print(
        f"{market}, {10 * few} pages: {single:.1f} s with one process ({one_cpu:.1f} s of CPU), {spread:.1f} s with"
        f" {cores} ({all_cpu:.1f} s of CPU): {single / spread:.2f} times as fast",
        flush=True,
    )


if __name__ == "__main__":
    _parse(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
