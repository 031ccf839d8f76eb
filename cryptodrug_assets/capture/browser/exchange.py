"""What a fetch asks for, what it brings, and how it fails. No browser here."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptodrug_assets.capture.archive.headers import header_value


@dataclass(frozen=True)
class PageRequest:
    """What to fetch. `body` is a form-encoded body of a POST."""

    url: str
    method: str = "GET"
    body: bytes | None = None
    referrer: str | None = None


@dataclass
class Exchange:
    """One request and its response. `body` is None where the browser does not give it (redirects); `cut`: it ended
    before its end, and `body` is what had come."""

    url: str
    method: str
    request_headers: list[tuple[str, str]]
    request_body: bytes | None
    status: int
    head: str
    body: bytes | None
    fetched_at: datetime
    cut: bool = False

    @property
    def content_type(self) -> str | None:
        """Content-Type as sent."""
        return header_value(self.head, "content-type")


@dataclass
class Fetched:
    """A page: redirect hops, the final exchange, and in render mode subresources and a JPEG of the viewport."""

    hops: list[Exchange]
    page: Exchange
    subresources: list[Exchange] = field(default_factory=list)
    screenshot: bytes | None = None
    duration_ms: int = 0


class FetchError(Exception):
    """The page was not fetched; `reason` is short and free of URLs. A network error may pass, others are the page's.

    `browser`: browser, tab or driver failed, and not the site.
    """

    def __init__(self, reason: str, *, network: bool = False, browser: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.network = network or browser
        self.browser = browser


class TooLargeError(FetchError):
    """The body is larger than allowed."""


class OffSiteError(FetchError):
    """The page redirects to another host or out of scope; the hops so far are in `exchanges`."""

    def __init__(self, reason: str, exchanges: list[Exchange]) -> None:
        super().__init__(reason)
        self.exchanges = exchanges


class CutOffError(FetchError):
    """The page's body ended before its end; `fetched` holds what had come."""

    def __init__(self, fetched: Fetched) -> None:
        super().__init__("cut off", network=True)
        self.fetched = fetched
