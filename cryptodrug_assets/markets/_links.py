"""Addresses of a page's links: absolute, of the own site, without fragment. No market's addresses."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from cryptodrug_assets.origins import after_origin, origin_of


class Address(NamedTuple):
    """Where a link leads: absolute URL, and its path and query."""

    url: str
    path: str
    query: str


def _whole_address(href: str, root: str, host: str) -> Address | None:
    """Address of a link that names host or root."""
    if href.startswith("/"):
        path, _, query = href.partition("?")
        return Address(root + href, path, query)
    named, slash, rest = href.partition("://")[2].partition("/")
    if named != host and origin_of(href) is not None and origin_of(href) == origin_of(root):
        return _whole_address(after_origin(href), root, host)
    if named != host and not (named.endswith(".onion") and not host.endswith(".onion")):
        return None
    path, _, query = (slash + rest).partition("?")
    return Address(href, path, query)


class Site:
    """Resolves the links of a page. A page has hundreds, so the common forms are taken apart by hand."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url, self._host = url, parts.netloc
        self.root = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path or "/"
        self.base = self.root + self._path
        self._folder = self._path[: self._path.rindex("/") + 1] if "/" in self._path else "/"

    def own(self, href: str) -> Address | None:
        """The link's address, or None when it leads to another site.

        A page that was saved elsewhere names its own onion host in full: such links count as its own.
        """
        href = href.partition("#")[0].strip()
        if href.startswith(("/", "http://", "https://")) and not href.startswith("//"):
            return _whole_address(href, self.root, self._host)
        if href.startswith("?"):
            tail = self._path + href
        elif href.startswith("./") and "/../" not in href:
            tail = self._folder + href[2:]
        else:
            try:
                whole = urljoin(self._url, href)
            except ValueError:  # such as "//[": no address at all
                return None
            # The host in capitals, with a dot behind it or with the usual port is the same host.
            if origin_of(whole) is None or origin_of(whole) != origin_of(self.root):
                return None
            tail = after_origin(whole)
        path, _, query = tail.partition("?")
        return Address(self.root + tail, path, query)

    def base_of(self, href: str) -> str:
        """The least of the page's own address that the link depends on: links are remembered by it."""
        return self.root if href.startswith(("/", "http://", "https://")) else self.base


# A page resolves all its links against one or two addresses.
site_of = lru_cache(maxsize=64)(Site)


def path_of(href: str | None) -> str:
    """The path of a link, empty for none."""
    href = (href or "").partition("#")[0].partition("?")[0]
    _, scheme, rest = href.partition("://")
    if not scheme:
        return href
    _, slash, path = rest.partition("/")
    return slash + path
