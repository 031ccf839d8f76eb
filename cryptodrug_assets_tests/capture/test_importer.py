"""Import of WARC, WACZ and saved pages: provenance, idempotence, damage, bombs, synthetic marks."""

import errno
import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.journal import Journal
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.observation import CaptureConfig, UserError
from cryptodrug_assets_tests.capture.importing import CELL, PAGE, foreign_warc, import_pages, noise
from cryptodrug_assets_tests.capture.site import SiteMarket, running_site


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("encoding", [None, "gzip", "chunked"])
def test_a_foreign_warc_is_imported_once(tmp_path: Path, packed: bool, encoding: str | None) -> None:
    bodies = [PAGE, PAGE + b"2"]
    path = foreign_warc(tmp_path / ("a.warc.gz" if packed else "a.warc"), bodies, packed=packed, encoding=encoding)
    root = tmp_path / "archive"
    assert import_pages(root, path).imported == 2
    again = import_pages(root, path)
    assert (again.imported, again.known, again.refused) == (0, 2, [])
    frame = index_frame(root, *CELL)
    assert sorted(page.body for page in read_pages(root, frame)) == sorted(bodies)
    assert frame["captured_at"].sort()[0] == datetime(2018, 11, 1, 10, tzinfo=UTC)
    assert frame["source"].unique().to_list() == ["archive"]
    assert not frame["synthetic"].any()
    told = json.loads(frame["provenance"][0])
    assert (told["source"], told["licence"]) == ("a library", "CC0")
    assert verify(root, *CELL).problems == []


def test_of_a_torn_file_what_is_whole_is_imported_and_the_rest_named(tmp_path: Path) -> None:
    path = foreign_warc(tmp_path / "a.warc.gz", [PAGE, PAGE + b"2", PAGE + b"3"])
    path.write_bytes(path.read_bytes()[:-40])
    report = import_pages(tmp_path / "archive", path)
    assert report.imported == 2
    assert any("torn after" in line for line in report.refused)


def test_altered_records_and_noise_are_named(tmp_path: Path) -> None:
    path = foreign_warc(tmp_path / "a.warc", [PAGE, PAGE + b"2"], packed=False)
    path.write_bytes(path.read_bytes().replace(b"an old page", b"an odd page", 1))
    noise = tmp_path / "noise.warc.gz"
    noise.write_bytes(b"\x1f\x8b this is no archive")
    other = tmp_path / "notes.txt"
    other.write_text("x")
    report = import_pages(tmp_path / "archive", path, noise, other)
    assert report.imported == 1
    assert len(report.refused) == 3


def test_saved_pages_need_a_time_and_their_month(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "1.html").write_bytes(PAGE)
    root = tmp_path / "archive"
    assert "no capture time" in import_pages(root, folder).refused[0]
    assert "not in 2018-11" in import_pages(root, folder, captured_at=datetime(2018, 12, 1, tzinfo=UTC)).refused[0]
    assert import_pages(root, folder, captured_at=datetime(2018, 11, 2, tzinfo=UTC)).imported == 1


def test_zip_slip_and_bombs_are_refused(tmp_path: Path) -> None:
    warc = foreign_warc(tmp_path / "a.warc.gz", [PAGE]).read_bytes()
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/good.warc.gz", warc)
        archive.writestr("../../evil.warc.gz", warc)
        archive.writestr("archive/bomb.warc", bytes(400 << 20))
    report = import_pages(tmp_path / "archive", path)
    assert report.imported == 1
    assert any("path out of the archive" in line for line in report.refused)
    assert any("bomb.warc" in line for line in report.refused)
    assert not (tmp_path.parent / "evil.warc.gz").exists()


def test_a_missing_path_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        import_pages(tmp_path / "archive", tmp_path / "absent")


@pytest.mark.browser
def test_an_own_bundle_comes_back_with_its_clock_and_its_synthetic_mark(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=3) as site:
        source = site.source()
        capture_month(
            market=SiteMarket(), config=CaptureConfig(), month=CELL[1], source=source, sweep_id=source.sweep_id,
            archive_root=tmp_path / "first", browser_path=chromium, hmac_key=b"k" * 32,
        )  # fmt: skip
    bundle = tmp_path / "first" / CELL[0] / CELL[1] / "captures.wacz"
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        package = json.loads(archive.read("datapackage.json"))
    assert {"datapackage.json", "indexes/index.cdx.gz", "pages/pages.jsonl", "archive/00001.warc.gz"} <= set(names)
    assert package["wacz_version"] == "1.1.1"
    report = import_pages(tmp_path / "second", bundle)
    assert report.refused == []
    first, second = index_frame(tmp_path / "first", *CELL), index_frame(tmp_path / "second", *CELL)
    assert second["synthetic"].all()
    assert second["sweep_id"].unique().to_list() == [f"import-synthetic-{source.sweep_id}"]
    assert set(second["captured_at"]) == set(first.filter(pl.col("outcome") == "done")["captured_at"])


def test_a_warc_gzipped_as_a_whole_is_read_like_any_other(tmp_path: Path) -> None:
    plain = foreign_warc(tmp_path / "plain.warc", [PAGE, PAGE + b"2", PAGE + b"3"], packed=False)
    whole = tmp_path / "whole.warc.gz"
    whole.write_bytes(gzip.compress(plain.read_bytes()))
    report = import_pages(tmp_path / "archive", whole)
    assert (report.imported, report.refused) == (3, [])
    torn = tmp_path / "torn.warc.gz"
    torn.write_bytes(gzip.compress(foreign_warc(tmp_path / "b.warc", [noise(n) for n in range(5)], packed=False)
                                   .read_bytes())[:-2000])  # fmt: skip
    report = import_pages(tmp_path / "other", torn)
    assert 0 < report.imported < 5
    assert [line for line in report.refused if "torn after" in line]


@pytest.mark.parametrize("packed", [True, False])
def test_behind_damage_in_the_middle_reading_goes_on(tmp_path: Path, packed: bool) -> None:
    path = foreign_warc(tmp_path / ("a.warc.gz" if packed else "a.warc"), [noise(n) for n in range(5)], packed=packed)
    data = bytearray(path.read_bytes())
    if packed:
        data[len(data) // 2] ^= 0xFF
    else:  # the head of the third record
        at = data.index(b"WARC/1.", len(data) * 2 // 5 + 100)
        data[at : at + 5] = b"XXXXX"
    path.write_bytes(bytes(data))
    report = import_pages(tmp_path / "archive", path)
    assert report.imported == 4
    assert len(report.refused) == 1


def test_a_record_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n" % (
        1 << 40
    )
    bomb = tmp_path / "bomb.warc.gz"
    good = foreign_warc(tmp_path / "good.warc.gz", [PAGE]).read_bytes()
    bomb.write_bytes(gzip.compress(head + bytes(50 << 20)) + good)
    report = import_pages(tmp_path / "archive", bomb)
    assert report.imported == 1
    assert any("beyond the limit" in line for line in report.refused)


def test_a_revisit_brings_the_page_it_refers_to(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        first = writer.create_warc_record(
            "http://site.onion/1", "response", payload=io.BytesIO(PAGE), http_headers=head,
            warc_headers_dict={"WARC-Date": "2018-11-01T10:00:00Z"},
        )  # fmt: skip
        writer.write_record(first)
        digest = first.rec_headers.get_header("WARC-Payload-Digest")
        for day, known in ((2, digest), (3, "sha1:" + "A" * 32)):
            writer.write_record(
                writer.create_revisit_record(
                    "http://site.onion/1", known, "http://site.onion/1", "2018-11-01T10:00:00Z", http_headers=head,
                    warc_headers_dict={"WARC-Date": f"2018-11-{day:02d}T10:00:00Z"},
                )
            )  # fmt: skip
    root = tmp_path / "archive"
    report = import_pages(root, path)
    assert report.imported == 2
    assert [line for line in report.refused if "revisit of a page that is not imported" in line] == report.refused
    assert [page.body for page in read_pages(root, index_frame(root, *CELL))] == [PAGE, PAGE]
    assert import_pages(root, path).known == 2


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("2018-11-07/listing.html", None, datetime(2018, 11, 7, tzinfo=UTC)),
        ("dream-2018-11-07T21-05-30.html", None, datetime(2018, 11, 7, 21, 5, 30, tzinfo=UTC)),
        ("20181107210530.html", None, datetime(2018, 11, 7, 21, 5, 30, tzinfo=UTC)),
        ("dream_07.11.2018_2105.html", "_%d.%m.%Y_%H%M", datetime(2018, 11, 7, 21, 5, tzinfo=UTC)),
        ("7/2018311/x.html", "%Y%j", datetime(2018, 11, 7, tzinfo=UTC)),
        ("listing-20181307.html", None, None),
        ("20181107.html", None, None),
    ],
)
def test_a_name_tells_the_time(tmp_path: Path, name: str, pattern: str | None, expected: datetime | None) -> None:
    path = tmp_path / "saved" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(PAGE)
    root = tmp_path / "archive"
    report = import_pages(root, tmp_path / "saved", name_pattern=pattern)
    if expected is None:
        assert "no capture time; give --captured-at or --name-pattern" in report.refused[0]
    else:
        assert index_frame(root, *CELL)["captured_at"].to_list() == [expected]


@pytest.mark.parametrize(("pattern", "why"), [("%H%M", "gives no day"), ("%Y-%m-%Q", "not known"), ("x", "no day")])
def test_a_pattern_that_gives_no_day_is_one_line(tmp_path: Path, pattern: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        import_pages(tmp_path / "archive", tmp_path, name_pattern=pattern)


def test_mirrored_pages_without_ending_are_pages_and_the_rest_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "2018-11-07"
    folder.mkdir()
    (folder / "viewProduct?offer=1").write_bytes(b"\n<!DOCTYPE html><html>" + PAGE)
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "link.html").symlink_to(tmp_path)
    report = import_pages(tmp_path / "archive", folder)
    assert report.imported == 1
    assert report.passed_over == {".png": 1, "symbolic link": 1}


def test_an_import_that_dies_leaves_nothing_half_done(tmp_path: Path, monkeypatch: Any) -> None:
    path = foreign_warc(tmp_path / "a.warc.gz", [noise(n) for n in range(4)])
    take_in, taken = Journal.take_in, [0]

    def dies(self: Journal, *values: Any) -> None:
        taken[0] += 1
        if taken[0] == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        take_in(self, *values)

    root = tmp_path / "archive"
    monkeypatch.setattr(Journal, "take_in", dies)
    with pytest.raises(UserError, match="No space left on device; what was imported is kept"):
        import_pages(root, path)
    monkeypatch.undo()
    assert verify(root, *CELL).problems == []
    assert index_frame(root, *CELL)["outcome"].to_list() == ["done", "done"]
    report = import_pages(root, path)
    assert (report.imported, report.known) == (2, 2)
    assert verify(root, *CELL).problems == []
    assert sorted(page.body for page in read_pages(root, index_frame(root, *CELL))) == sorted(map(noise, range(4)))
    ids = [page.capture_id for page in read_pages(root, index_frame(root, *CELL), by_capture=True)]
    assert ids == sorted(index_frame(root, *CELL)["capture_id"])
