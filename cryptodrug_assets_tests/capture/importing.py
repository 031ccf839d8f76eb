"""Foreign archives of pages that tell nothing, and their import."""

import gzip
import io
import random
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cryptodrug_assets.capture.imports.importer import ImportReport, import_paths
from cryptodrug_assets_tests.capture.site import SiteMarket

CELL = ("dream", "2018-11")
PAGE = b"<html>an old page, caf\xe9 " + b"words " * 50


def import_pages(root: Path, *paths: Path, **changes: Any) -> ImportReport:
    """Import files into the cell as pages of the test site."""
    values: dict[str, Any] = {"captured_at": None, "source": "a library", "licence": "CC0"} | changes
    return import_paths(
        list(paths), market=SiteMarket(), month=CELL[1], archive_root=root, hmac_key=b"k" * 32, **values
    )


def foreign_warc(path: Path, bodies: list[bytes], *, packed: bool = True, encoding: str | None = None) -> Path:
    """A WARC of another program: bodies of one page a day, packed or not, with an encoding of their own."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        for number, body in enumerate(bodies):
            headers = [("Content-Type", "text/html")]
            if encoding == "gzip":
                headers.append(("Content-Encoding", "gzip"))
                body = gzip.compress(body)
            elif encoding == "chunked":
                headers.append(("Transfer-Encoding", "chunked"))
                body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            writer.write_record(
                writer.create_warc_record(
                    f"http://site.onion/{number}",
                    "response",
                    payload=io.BytesIO(body),
                    http_headers=StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1"),
                    warc_headers_dict={"WARC-Date": f"2018-11-{number + 1:02d}T10:00:00Z"},
                )
            )
    return path


def noise(seed: int) -> bytes:
    """A page that does not compress to nothing."""
    return b"<html>" + random.Random(seed).randbytes(3000).hex().encode()
