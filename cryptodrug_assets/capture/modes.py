"""Which pages are rendered and photographed, and which are only fetched."""

import hashlib

from cryptodrug_assets.markets.base import Link, Market
from cryptodrug_assets.observation import CaptureConfig


def renders(link: Link, market: Market, config: CaptureConfig) -> bool:
    """Whether a link's page is painted and photographed; the sample of listings is the same in every run and month."""
    if link.method != "GET":
        return False  # a POST page is photographed nowhere else than in its own navigation, which nav mode has
    if config.mode == "render" or link.kind in config.render_kinds:
        return True
    if link.kind != "listing":
        return False
    share = int(hashlib.blake2b(market.canonical(link).encode(), digest_size=4).hexdigest(), 16) / 2**32
    return share < config.render_sample
