"""A month of the synthetic markets, captured by a process of its own."""

from pathlib import Path

from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets.replica.source import replica_source, replica_sweeps


def capture(market: str, month: str, port: int, root: Path, browser: Path) -> None:
    """Capture the last sweep of a month from the replica at a port."""
    source = replica_source(market, replica_sweeps(month, 1)[0], port)
    capture_month(
        market=get_market(market), config=CaptureConfig(concurrency=3, render_sample=0.02), month=month, source=source,
        sweep_id=source.sweep_id, archive_root=root, browser_path=browser, hmac_key=b"k" * 32,
    )  # fmt: skip
