"""WACZ 1.1.1 of a market-month: its sealed segments, a sorted CDXJ index and the list of pages in one zip.

Written beside the segments when a sweep is complete, replaced whole. The segments stay the evidence.
"""

import gzip
import hashlib
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from cryptodrug_assets.capture.archive.journal import read_only

FILE = "captures.wacz"
_WWW = re.compile(r"^www\d*\.")
_ESCAPE = re.compile(rb"[\x00-\x20\x7f-\xff#%]")


def write_wacz(archive_root: Path, market: str, month: str) -> Path:
    """Write archive_root/<market>/<month>/captures.wacz and return its path."""
    folder = archive_root / market / month
    with read_only(folder) as db:
        segments = [row[0] for row in db.execute("SELECT name FROM segment WHERE sha256 IS NOT NULL ORDER BY name")]
        records = db.execute(
            "SELECT uri, date, content_type, status, payload_digest, warc_length, warc_offset, warc_file, type, method,"
            " form FROM record WHERE type IN ('response', 'revisit', 'resource') ORDER BY warc_file, warc_offset"
        ).fetchall()
        pages = db.execute(
            "SELECT capture_id, url, fetched_at, page_kind FROM page WHERE state = 'done' ORDER BY capture_id"
        ).fetchall()
    lines = sorted(_cdxj(row) for row in records)
    index = gzip.compress("".join(lines).encode(), mtime=0)
    header = {"format": "json-pages-1.0", "id": "pages", "title": "Pages", "hasText": False}
    rows = [{"id": key, "url": url, "ts": _instant(at), "title": kind or ""} for key, url, at, kind in pages]
    listing = "".join(json.dumps(row) + "\n" for row in [header, *rows]).encode()
    target, partial = folder / FILE, folder / (FILE + ".part")
    resources: list[dict[str, Any]] = []
    with zipfile.ZipFile(partial, "w") as bundle:
        for name in segments:
            path = folder / name
            bundle.write(path, f"archive/{name}")
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            resources.append(_resource(f"archive/{name}", digest, path.stat().st_size))
        for name, data in (("indexes/index.cdx.gz", index), ("pages/pages.jsonl", listing)):
            bundle.writestr(name, data)
            resources.append(_resource(name, hashlib.sha256(data).hexdigest(), len(data)))
        package = {
            "profile": "data-package",
            "wacz_version": "1.1.1",
            "title": f"{market} {month}",
            "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": "cryptodrug-assets",
            "resources": resources,
        }
        text = json.dumps(package, indent=2).encode()
        bundle.writestr("datapackage.json", text)
        signature = {"path": "datapackage.json", "hash": "sha256:" + hashlib.sha256(text).hexdigest()}
        bundle.writestr("datapackage-digest.json", json.dumps(signature))
    partial.chmod(0o600)
    partial.replace(target)
    return target


def _resource(path: str, digest: str, size: int) -> dict[str, Any]:
    return {"name": path.rpartition("/")[2], "path": path, "hash": f"sha256:{digest}", "bytes": size}


def _cdxj(row: tuple[Any, ...]) -> str:
    uri, date, mime, status, digest, length, offset, warc_file, kind, method, form = row
    suffix = ""
    fields: dict[str, Any] = {"url": uri}
    if kind == "revisit" or mime:
        fields["mime"] = "warc/revisit" if kind == "revisit" else mime.split(";")[0]
    if status is not None:
        fields["status"] = str(status)
    fields |= {"digest": digest, "length": str(length), "offset": str(offset), "filename": warc_file.rpartition("/")[2]}
    if method == "POST":
        suffix = f"__wb_method=POST&{form or ''}"
        fields |= {"method": method, "requestBody": form or ""}
    stamp = "".join(char for char in date[:19] if char.isdigit())
    return f"{_surt(uri, suffix)} {stamp} {json.dumps(fields)}\n"


def _surt(uri: str, suffix: str) -> str:
    """Sort-friendly key of a URL: host reversed without www, then path and sorted query, escaped alike, lower case.

    The rules of the Internet Archive's canonical form, so that readers which make keys of their own find ours. The
    session ids it strips never come here: they are redacted.
    """
    if not uri.startswith("http"):
        return uri.lower().replace(" ", "%20").rstrip("/")
    parts = urlsplit(uri)
    host = ",".join(reversed(_WWW.sub("", parts.hostname or "").split(".")))
    port = f":{parts.port}" if parts.port not in (None, 443 if parts.scheme == "https" else 80) else ""
    path = re.sub("/+", "/", _escaped(parts.path)).rstrip("/") or "/"
    pairs = [pair for text in (_escaped(parts.query), suffix) if text for pair in text.split("&")]
    query = "&".join(sorted(pairs))
    return f"{host}{port}){path}{'?' + query if query else ''}".lower().replace(" ", "%20")


def _escaped(text: str) -> str:
    """Percent-encoded where needed and nowhere else, however it was encoded before."""
    data = text.encode()
    while (plain := unquote_to_bytes(data)) != data:
        data = plain
    return _ESCAPE.sub(lambda found: b"%%%02x" % found[0][0], data).decode("ascii")


def _instant(text: str | None) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%SZ") if text else ""
