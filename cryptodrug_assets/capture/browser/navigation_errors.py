"""What the browser's names of failed navigations mean: whether a second try can mend them."""

from cryptodrug_assets.capture.browser.exchange import Exchange, FetchError, OffSiteError

#: The browser could not unpack the body.
UNPACKABLE = "ERR_CONTENT_DECODING_FAILED"
# Errors of a redirect that no second try mends.
_NOWHERE = ("ERR_UNSAFE_REDIRECT", "ERR_INVALID_REDIRECT", "ERR_UNKNOWN_URL_SCHEME", "ERR_DISALLOWED_URL_SCHEME")
_LASTING = ("ERR_TOO_MANY_REDIRECTS", "ERR_INVALID_URL")
# Errors of the body, where the browser finds them before it tells of the head.
_TORN = (
    UNPACKABLE,
    "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_INVALID_CHUNKED_ENCODING",
)


def navigation_error(name: str, hops: list[Exchange]) -> FetchError:
    """The error of a navigation that failed under a name of Chromium's (without `net::`), after `hops` redirects."""
    if name in _NOWHERE:
        return OffSiteError("redirects to where no page can be", hops)
    return FetchError("cut off" if name in _TORN else name, network=name not in _LASTING)
