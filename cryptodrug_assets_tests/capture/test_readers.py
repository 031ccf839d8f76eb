"""What others' tools make of our archives: `wacz validate`, `warcio check`, cdxj-indexer's index, pywb's replay.

The tools have old pins of their own, so they live in their own environment:
`python -m venv DIR; DIR/bin/pip install wacz pywb`, then CRYPTODRUG_WARC_TOOLS=DIR/bin.
"""

import gzip
import http.client
import json
import os
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.wacz import _surt, write_wacz
from cryptodrug_assets.replica.archive import write_archive
from cryptodrug_assets.replica.world import make_world
from cryptodrug_assets_tests.capture.crawling import capture
from cryptodrug_assets_tests.capture.site import BODIES, running_site

# Read here, for the tests' own environment is clean of settings.
_FOLDER = Path(os.environ.get("CRYPTODRUG_WARC_TOOLS", ""))
_COMMANDS = ("wacz", "warcio", "cdxj-indexer", "wb-manager", "wayback")
_MISSING = [name for name in _COMMANDS if not os.access(_FOLDER / name, os.X_OK)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(_MISSING), reason=f"CRYPTODRUG_WARC_TOOLS has no {', '.join(_MISSING)}"),
]


def _tool(*command: str | Path, folder: Path | None = None) -> str:
    name, *rest = map(str, command)
    result = subprocess.run(
        [str(_FOLDER / name), *rest], capture_output=True, text=True, check=False, timeout=120, cwd=folder
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def _accepted(folder: Path) -> None:
    """wacz, warcio and cdxj-indexer find nothing wrong, and the last makes the same index as ours."""
    assert "is valid" in _tool("wacz", "validate", "-f", folder / "captures.wacz")
    theirs: list[str] = []
    for path in sorted(folder.glob("*.warc.gz")):
        assert "fail" not in _tool("warcio", "check", "-v", path)
        theirs += _tool("cdxj-indexer", "--sort", "--post-append", path).splitlines()
    with zipfile.ZipFile(folder / "captures.wacz") as bundle:
        ours = gzip.decompress(bundle.read("indexes/index.cdx.gz")).decode().splitlines()
    # The notes about captures are for the index alone, no page anybody would replay.
    assert ours == sorted(ours)
    assert _lines(ours) == _lines(line for line in theirs if not line.startswith("urn:capture:"))


def _lines(lines: Any) -> list[tuple[str, str, list[tuple[str, str]]]]:
    split = (line.split(" ", 2) for line in lines)
    return sorted((key, stamp, sorted(json.loads(fields).items())) for key, stamp, fields in split)


@pytest.mark.parametrize("market", ["dream", "wall_street", "empire"])
def test_an_archive_of_the_replica_is_accepted(tmp_path: Path, market: str) -> None:
    month = make_world("tiny", 7).markets[market].months[0]
    write_archive("tiny", 7, market, month, archive_root=tmp_path, hmac_key=b"k" * 32)
    write_wacz(tmp_path, market, month)
    _accepted(tmp_path / market / month)


@contextmanager
def _wayback(folder: Path, bundle: Path) -> Iterator[int]:
    """The pywb server on a free port, its collection `c` made of the bundle."""
    _tool("wb-manager", "init", "c", folder=folder)
    _tool("wb-manager", "add", "--unpack-wacz", "c", bundle, folder=folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [str(_FOLDER / "wayback"), "-b", "127.0.0.1", "-p", str(port)], cwd=folder, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _replayed(port: int, url: str, form: str | None = None) -> tuple[int, bytes, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    connection.request("POST" if form else "GET", f"/c/id_/{url}", body=form, headers=headers)
    answer = connection.getresponse()
    result = answer.status, answer.read(), answer.getheader("Location")
    connection.close()
    return result


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["nav", "render"])
def test_a_capture_is_accepted_and_replayed_byte_for_byte(tmp_path: Path, chromium: Path, mode: str) -> None:
    with running_site(pages=3) as site:
        capture(site, tmp_path / "archive", chromium, mode=mode)
    folder = tmp_path / "archive" / "dream" / "2018-11"
    _accepted(folder)
    url = site.base_url
    forms = [line for line in _form_keys(folder) if "category=7" in line]
    replay = tmp_path / "replay"
    replay.mkdir()
    with _wayback(replay, folder / "captures.wacz") as port:
        for path, (body, _) in BODIES.items():
            assert _replayed(port, url + path)[:2] == (200, body), path
        assert _replayed(port, url + "/gone")[:2] == (404, b"<html>gone")
        assert _replayed(port, url + "/empty")[:2] == (200, b"")
        status, _, location = _replayed(port, url + "/moved")
        assert status == 302
        assert location is not None
        assert "/same1?token=redacted-" in location
        assert _replayed(port, url + "/form", forms[0])[:2] == (
            200, b"<html>posted category=7&csrf_token=FORMSECRET",
        )  # fmt: skip
        if mode == "render":
            assert _replayed(port, f"urn:view:{url}/page/1")[1].startswith(b"\xff\xd8\xff")  # a JPEG
    assert index_frame(tmp_path / "archive", "dream", "2018-11").height > len(BODIES)


def _form_keys(folder: Path) -> list[str]:
    with zipfile.ZipFile(folder / "captures.wacz") as bundle:
        lines = gzip.decompress(bundle.read("indexes/index.cdx.gz")).decode().splitlines()
    return [json.loads(line.split(" ", 2)[2]).get("requestBody", "") for line in lines]


_URLS = [
    "http://www.site.localhost:40741/A/B/?b=2&a=1#x", "http://x.onion/a//b/", "http://x.onion/?",
    "http://x.onion/p?sid=1&q=a%20b+c", "http://x.onion:443/caf\u00e9", "https://x.onion:443/a?", "http://x.onion",
    "http://x.onion:80/%41%2520b", "http://www2.x.onion/p%25?q=%C3%A9&&z", "urn:view:http://x.onion/",
]  # fmt: skip


def test_keys_of_urls_are_those_of_the_surt_library() -> None:
    code = "import json, sys, surt; print(json.dumps([surt.surt(url) for url in json.load(sys.stdin)]))"
    command = [str(_FOLDER / "python"), "-c", code]
    result = subprocess.run(command, input=json.dumps(_URLS), capture_output=True, text=True, check=True, timeout=60)
    assert [_surt(url, "") for url in _URLS] == json.loads(result.stdout)
