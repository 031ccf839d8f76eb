"""Which site a URL belongs to, read so strictly that no browser can read it otherwise. No markets, no network."""

import re

# After the host only a port, the path, the query or the fragment: no backslash, user, blank or percent sign before.
_URL = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{0,9}))?(?=[/?#]|$)", re.IGNORECASE)
_USUAL = {"http": "80", "https": "443"}
_BLANKS = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def origin_of(url: str) -> str | None:
    """Scheme, host and port as one text: small letters, no dot at the end, no usual port; None for what is no plain
    http(s) URL. Hosts with letters beyond ASCII have none: they must be written as browsers ask for them (xn--).

    >>> origin_of("HTTP://Market.onion:80/a"), origin_of("javascript:alert(1)")
    ('http://market.onion', None)
    """
    match = _URL.match(url)
    if match is None:
        return None
    scheme, host, port = match[1].lower(), match[2].lower().removesuffix("."), (match[3] or "").lstrip("0")
    return f"{scheme}://{host}" + (f":{port}" if port not in ("", _USUAL[scheme]) else "")


def after_origin(url: str) -> str:
    """Path, query and fragment of a URL that has an origin; "/" at least.

    >>> after_origin("http://market.onion/listing?id=7")
    '/listing?id=7'
    """
    match = _URL.match(url)
    rest = url[match.end() :] if match else url
    return rest if rest.startswith("/") else f"/{rest}"


def leaves_the_web(reference: str) -> bool:
    """Whether a link or redirect names a scheme other than http and https, as browsers read it.

    >>> leaves_the_web("mailto:a@b.example"), leaves_the_web("/listing/1")
    (True, False)
    """
    plain = reference.strip(_BLANKS).translate(dict.fromkeys(map(ord, "\t\n\r")))
    scheme = _SCHEME.match(plain)
    return scheme is not None and scheme[1].lower() not in _USUAL
