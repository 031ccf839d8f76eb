"""A live source on the test site, reached through a proxy of the tests."""

from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets_tests.capture.site import MOMENT

ONION = "testmarketaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.onion"


def live_over(port: int) -> Source:
    """The live source of a made-up onion address behind a proxy on this port."""
    proxy = f"socks5://127.0.0.1:{port}"
    return Source(
        "dream", "2018-11", "2018-11-30T2359", "live", f"http://{ONION}", clock=lambda: MOMENT, proxy=proxy,
    )  # fmt: skip
