"""HTTP header blocks as they are archived.

They are kept verbatim, with two exceptions. Encoding and length of a body that the browser has already decoded would be
wrong. Cookies and session tokens are secrets, and are replaced by a keyed hash.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

_SECRET_NAME = re.compile(
    r"(^|[\[_.-])(token|csrf|xsrf|nonce|session|sessid|sid|phpsessid|jsessionid|auth|password|passwd|pass|captcha)"
    r"([\]_.-]|$)",
    re.IGNORECASE,
)
_SECRET_HEADERS = {"authorization", "proxy-authorization"}
# User and password before the host, however the slashes are written.
_USER = re.compile(r"^([a-z][a-z0-9+.-]*:[/\\]*|[/\\]{2,})([^/\\?#]*)@", re.IGNORECASE)
_REMEMBERED = 512
_URL_HEADERS = {"location", "referer", "content-location", "refresh"}


class Redactor:
    """Replaces secrets by a keyed hash: the same secret gives the same mark, and nobody can guess it back.

    >>> redactor = Redactor(b"key")
    >>> redactor.url("http://market.onion/listing?id=7")
    'http://market.onion/listing?id=7'
    >>> redactor.url("http://market.onion/?token=abc").startswith("http://market.onion/?token=redacted-")
    True
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        # A page's URL is asked for with each of its records, and most headers are those of the page before.
        self.url = lru_cache(_REMEMBERED)(self._redacted_url)
        self.header = lru_cache(_REMEMBERED)(self._redacted_header)

    def mark(self, secret: str) -> str:
        """What stands in the place of a secret."""
        return "redacted-" + hmac.new(self._key, secret.encode(), hashlib.sha256).hexdigest()[:12]

    def _redacted_url(self, url: str) -> str:
        """The URL with user, password and the values of token-like parameters replaced; unchanged without them."""
        url = _USER.sub(lambda match: f"{match[1]}{self.mark(match[2])}@", url)
        try:
            parts = urlsplit(url)
        except ValueError:  # no URL at all, such as "http://[": what may be its parameters is not looked into
            before, mark, after = url.partition("?")
            return f"{before}{mark}{self.mark(after)}" if mark else url
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        if not any(_SECRET_NAME.search(name) for name, _ in pairs):
            return url
        query = "&".join(
            f"{quote_plus(name)}={self.mark(value) if _SECRET_NAME.search(name) else quote_plus(value)}"
            for name, value in pairs
        )
        return urlunsplit(parts._replace(query=query))

    def form(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Form fields with token-like values replaced."""
        return [(name, self.mark(value) if _SECRET_NAME.search(name) else value) for name, value in pairs]

    def _redacted_header(self, name: str, value: str) -> str:
        """A header's value without secrets."""
        lower = name.lower()
        if lower == "set-cookie":
            pair, separator, attributes = value.partition(";")
            return f"{self._cookie(pair)}{separator}{attributes}"
        if lower == "cookie":
            return "; ".join(self._cookie(pair.strip()) for pair in value.split(";"))
        if lower in _SECRET_HEADERS or _SECRET_NAME.search(name):
            return self.mark(value)
        return self.url(value) if lower in _URL_HEADERS else value

    def _cookie(self, pair: str) -> str:
        name, separator, value = pair.partition("=")
        return f"{name}={self.mark(value)}" if separator else self.mark(name)


def form_body(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The application/x-www-form-urlencoded body of a form."""
    return urlencode(list(pairs)).encode()


def response_head(head: str, body_length: int, redactor: Redactor) -> bytes:
    r"""A response's header block for the archive, ending in an empty line.

    Order, case and duplicates stay. The body is stored decoded, so Content-Encoding, Transfer-Encoding and a length
    that no longer fits are kept under X-Archive-Orig-*.

    >>> head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12"
    >>> print(response_head(head, 40, Redactor(b"key")).decode().replace("\r", "").strip())
    HTTP/1.1 200 OK
    X-Archive-Orig-Content-Encoding: gzip
    X-Archive-Orig-Content-Length: 12
    Content-Length: 40
    """
    lines = head.rstrip("\r\n").split("\r\n")
    kept = [lines[0]]
    has_length = False
    for line in lines[1:]:
        name, separator, value = line.partition(":")
        value, lower = value.strip(" \t"), name.lower()
        if not separator:
            kept.append(line)
        elif lower in ("content-encoding", "transfer-encoding"):
            kept.append(f"X-Archive-Orig-{name}: {value}")
        elif lower == "content-length" and value != str(body_length):
            kept += [f"X-Archive-Orig-{name}: {value}", f"Content-Length: {body_length}"]
            has_length = True
        else:
            has_length = has_length or lower == "content-length"
            redacted = redactor.header(name, value)
            kept.append(line if redacted == value else f"{name}: {redacted}")
    if not has_length:
        kept.append(f"Content-Length: {body_length}")
    return header_bytes("\r\n".join(kept) + "\r\n\r\n")


def request_head(method: str, url: str, headers: Iterable[tuple[str, str]], redactor: Redactor) -> bytes:
    """A request's header block for the archive, ending in an empty line."""
    parts = urlsplit(redactor.url(url))
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {redactor.header(name, value)}" for name, value in headers if name.lower() != "content-length"]
    return header_bytes("\r\n".join(lines) + "\r\n\r\n")


def header_bytes(text: str) -> bytes:
    """Header text as bytes: latin-1 as on the wire, UTF-8 where that is not possible."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


def header_value(head: str, name: str) -> str | None:
    r"""First value of a header in a header block; None when absent.

    >>> header_value("HTTP/1.1 200 OK\r\nContent-Type: text/html", "content-type")
    'text/html'
    """
    for line in head.split("\r\n")[1:]:
        key, separator, value = line.partition(":")
        if separator and key.strip().lower() == name.lower():
            return value.strip()
    return None
