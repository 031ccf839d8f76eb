"""A long capture: does it cost more per page, or more memory, the longer it runs and the more is queued?

CRYPTODRUG_BENCH_PAGES sets its size (20,000 unless told).
"""

import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import site, tree
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.browser.launch import find_browser
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.progress import Progress
from cryptodrug_assets.observation import CaptureConfig

_CONCURRENCY = 4
_STEP = 500
_WARM = 2000
_SMALL = 1000


def _run(pages: int, step: int) -> tuple[list[tuple[int, int, float, int]], float]:
    """Samples (fetched, queued, CPU s, PSS bytes) every `step` pages, and seconds in all; the archive is verified."""
    samples: list[tuple[int, int, float, int]] = []
    with site.running(pages) as (port, pid), tempfile.TemporaryDirectory() as folder:

        def show(progress: Progress) -> None:
            if (
                progress.fetched
                and progress.fetched % step == 0
                and (not samples or samples[-1][0] != progress.fetched)
            ):
                # The CPU before the memory: reading the memory of a browser costs some.
                samples.append((progress.fetched, progress.queued, tree.cpu(pid), tree.memory(pid)))

        source = site.source(port)
        began = time.monotonic()
        report = capture_month(
            market=site.SiteMarket(), config=CaptureConfig(render_sample=0, concurrency=_CONCURRENCY),
            month=source.month, source=source, sweep_id=source.sweep_id, archive_root=Path(folder),
            browser_path=find_browser(), hmac_key=b"bench" * 8, progress=show,
        )  # fmt: skip
        seconds = time.monotonic() - began
        expected = 1 + -(-pages // 200) + pages
        found = verify(Path(folder), "dream", "2018-11")
        if report.outcomes != {"done": expected} or found.problems:
            raise SystemExit(f"{report.outcomes} of {expected}: {found.problems[:3]}")
    return samples, seconds


def main() -> None:
    """Print cost and memory along the way."""
    pages = int(os.environ.get("CRYPTODRUG_BENCH_PAGES", "20000"))
    small, _ = _run(_SMALL, _STEP // 2)
    base = (small[2][2] - small[0][2]) / (small[2][0] - small[0][0])
    print(f"{1000 * base:.1f} ms CPU a page with about {small[1][1]:,} queued", flush=True)
    samples, seconds = _run(pages, _STEP)
    costs = []
    for before, after in itertools.pairwise(samples):
        cost = (after[2] - before[2]) / (after[0] - before[0])
        if cost < 0:  # a browser was replaced, and the CPU it had spent went with it
            continue
        costs.append(cost)
        print(
            f"{after[0]:6,} fetched, {after[1]:6,} queued: {1000 * cost:5.1f} ms CPU a page,"
            f" {after[3] / 2**20:4.0f} MB",
            flush=True,
        )
    most = max(sample[3] for sample in samples)
    print(f"{pages:,} pages in {seconds:.0f} s, {pages / seconds:.0f} pages/s; every record verified")
    print(f"ratio of CPU a page, {samples[0][1]:,} queued to {small[1][1]:,}: {costs[0] / base:.2f}")
    print(f"ratio of CPU a page, median of the run to {small[1][1]:,} queued: {statistics.median(costs) / base:.2f}")
    print(f"memory of the tree (PSS): at most {most / 2**20:.0f} MB")
    later = [sample[3] for sample in samples if sample[0] > _WARM]
    if len(later) > 4:
        warm = max(sample[3] for sample in samples if sample[0] <= _WARM)
        print(f"growth of the highest memory after the first {_WARM:,} pages: {max(later) / warm - 1:+.0%}")
        # Memory rises and falls as tabs are renewed: a leak shows in the middle of the last pages, not in one peak.
        middle = statistics.median(sample[3] for sample in samples[-len(samples) // 4 :])
        early = statistics.median(sample[3] for sample in samples if _WARM < sample[0] <= 2 * _WARM)
        print(f"growth of its median, {_WARM:,}-{2 * _WARM:,} pages to the last quarter: {middle / early - 1:+.0%}")
