"""Imports that are tried dry, listed, taken back and brought again; two worlds never share a month."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.journal import FILE
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.imports.importer import is_synthetic
from cryptodrug_assets.capture.imports.log import imports, undo
from cryptodrug_assets.capture.imports.warc_pages import ForeignPage
from cryptodrug_assets.capture.sources import _live_sweep
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.archive import write_archive
from cryptodrug_assets.replica.pages import META
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets.synthetic import NOTE
from cryptodrug_assets_tests.capture.command import run
from cryptodrug_assets_tests.capture.shop import CELL, FIRST, bring
from cryptodrug_assets_tests.frames import rows

REAL = b"<html><body>a real page %d</body></html>"
MADE = f"<html><head>{META}</head><body>%d {NOTE}</body></html>".encode()


def saved(folder: Path, *bodies: bytes) -> Path:
    """A folder of pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(bodies):
        (folder / f"{number}.html").write_bytes(body)
    return folder


def ids(root: Path) -> set[str]:
    """Capture ids of the index."""
    return set(index_frame(root, *CELL)["capture_id"])


def test_undo_takes_back_what_one_import_brought_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    first = bring(root, saved(tmp_path / "a", REAL % 1, REAL % 2), captured_at=FIRST)
    before = ids(root)
    second = bring(root, saved(tmp_path / "b", REAL % 2, REAL % 3, REAL % 4), captured_at=FIRST)
    assert (second.imported, second.known) == (2, 1)
    segments = {path.name: path.read_bytes() for path in (root / "/".join(CELL)).glob("*.warc.gz")}
    (done,) = undo(root, second.import_id)
    assert (done.gone, done.kept, done.left) == (2, 1, 2)
    assert ids(root) == before
    # The evidence is as it was.
    assert {path.name: path.read_bytes() for path in (root / "/".join(CELL)).glob("*.warc.gz")} == segments
    assert verify(root, *CELL).problems == []
    assert [(entry.import_id, entry.pages, entry.alone, entry.withdrawn) for entry in imports(root)] == [
        (first.import_id, 2, 2, False),
        (second.import_id, 3, 0, True),
    ]
    (last,) = undo(root, first.import_id)
    assert (last.gone, last.left) == (2, 0)
    assert index_frame(root, *CELL).is_empty()


def test_what_was_taken_back_comes_back_by_importing_again_with_its_new_provenance(tmp_path: Path) -> None:
    root, folder = tmp_path / "archive", saved(tmp_path / "a", REAL % 1, REAL % 2)
    report = bring(root, folder, captured_at=FIRST, licence="all rights reserved")
    before = ids(root)
    undo(root, report.import_id)
    again = bring(root, folder, captured_at=FIRST, licence="CC0")
    assert (again.imported, again.known) == (2, 0)
    frame = index_frame(root, *CELL)
    assert set(frame["capture_id"]) == before
    assert {json.loads(text)["licence"] for text in frame["provenance"]} == {"CC0"}
    assert {page.body for page in read_pages(root, frame)} == {REAL % 1, REAL % 2}
    assert verify(root, *CELL).problems == []


def test_a_page_of_two_imports_stays_until_both_are_taken_back(tmp_path: Path) -> None:
    root, folder = tmp_path / "archive", saved(tmp_path / "a", REAL % 1)
    reports = [bring(root, folder, captured_at=FIRST) for _ in range(2)]
    assert [report.imported for report in reports] == [1, 0]
    assert undo(root, reports[0].import_id)[0].kept == 1
    assert len(ids(root)) == 1
    undo(root, reports[1].import_id)
    assert ids(root) == set()


def test_an_id_that_is_none_or_was_taken_back_is_one_line(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    with pytest.raises(UserError, match="no import 'x'"):
        undo(root, "x")
    report = bring(root, saved(tmp_path / "a", REAL % 1), captured_at=FIRST)
    undo(root, report.import_id)
    with pytest.raises(UserError, match="was withdrawn already"):
        undo(root, report.import_id)


def test_an_archive_of_an_earlier_version_is_one_import(tmp_path: Path) -> None:
    """Journals without the tables of imports are read, listed, and can be taken back."""
    import sqlite3

    root = tmp_path / "archive"
    bring(root, saved(tmp_path / "a", REAL % 1, REAL % 2), captured_at=FIRST)
    before = index_frame(root, *CELL)
    with sqlite3.connect(root / CELL[0] / CELL[1] / FILE) as db:
        for table in ("import", "brought", "withdrawn"):
            db.execute(f"DROP TABLE {table}")
    db.close()
    assert index_frame(root, *CELL).equals(before)
    assert [(entry.import_id, entry.pages) for entry in imports(root)] == [("earlier", 2)]
    bring(root, saved(tmp_path / "b", REAL % 3), captured_at=FIRST)
    assert next((entry.import_id, entry.pages) for entry in imports(root)) == ("earlier", 2)
    assert undo(root, "earlier")[0].gone == 2
    assert len(ids(root)) == 1


def _files(root: Path) -> dict[Path, bytes]:
    """What stands in the archive; what SQLite keeps beside a journal for its readers is no part of it."""
    return {
        path: path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    bodies = [REAL % number for number in range(4)]
    folder = saved(tmp_path / "2019-05-05", *bodies)
    saved(tmp_path / "2019-05-05" / "2019-05-07", *bodies)
    (folder / "picture.png").write_bytes(b"\x89PNG")
    root = tmp_path / "archive"
    dry = bring(root, folder, dry_run=True)
    assert not root.exists()
    wet = bring(root, folder)
    assert (dry.imported, dry.known, dry.refused, dry.contents) == (wet.imported, wet.known, wet.refused, wet.contents)
    assert dry.contents == {
        ("2019-05", "import-2019-05-05", "unknown"): 4,
        ("2019-05", "import-2019-05-07", "unknown"): 4,
    }
    files = _files(root)
    again = bring(root, folder, dry_run=True)
    assert (again.imported, again.known) == (0, 8)
    assert _files(root) == files


def test_text_that_holds_the_mark_makes_no_page_synthetic(tmp_path: Path) -> None:
    texts = [
        b'<html><body>name="cryptodrug-replica"</body></html>',
        b'<html><head><title>name="cryptodrug-replica"</title></head></html>',
        b'<html><head><meta name="cryptodrug-replica" content="hello"></head><body>x</body></html>',
        f"<html><body><p>{META}</p>{NOTE}</body></html>".encode(),
        f"<html><head><!-- {META} --></head><body>{NOTE}</body></html>".encode(),
        f"<html><head>{META}</head><body>a real offer</body></html>".encode(),
        f"<html><head><meta name='description' content='{META}'></head><body>{NOTE}</body></html>".encode(),
    ]
    report = bring(tmp_path / "archive", saved(tmp_path / "a", *texts), captured_at=FIRST)
    assert (report.imported, report.refused) == (len(texts), [])
    assert not index_frame(tmp_path / "archive", *CELL)["synthetic"].any()


def test_every_page_of_the_replica_stays_marked_without_its_archive(tmp_path: Path) -> None:
    for market, month in (("dream", "2018-11"), ("wall_street", "2018-11"), ("empire", "2019-05")):
        write_archive("tiny", 7, market, month, archive_root=tmp_path, hmac_key=b"k" * 32)
        for page in read_pages(tmp_path, index_frame(tmp_path, market, month)):
            for body in (page.body, page.body[: len(page.body) // 2]):  # cut, too
                assert is_synthetic(ForeignPage("a.html", page.url, body, None, 200, None))


def test_a_month_holds_one_world(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    bring(root, saved(tmp_path / "a", REAL % 1), captured_at=FIRST)
    report = bring(root, saved(tmp_path / "b", MADE % 1, REAL % 2), captured_at=FIRST)
    assert report.imported == 1
    assert "a page of the synthetic markets, which are never mixed" in report.refused[0]
    # The other way round, and into a month that the demo captured.
    write_archive("tiny", 7, *CELL, archive_root=tmp_path / "demo", hmac_key=b"k" * 32)
    report = bring(tmp_path / "demo", saved(tmp_path / "c", REAL % 1), captured_at=FIRST)
    assert report.imported == 0
    assert "import into a CRYPTODRUG_HOME of its own" in report.refused[0]


@pytest.mark.parametrize("dry", [True, False])
def test_of_two_worlds_in_one_import_the_smaller_is_left_out(tmp_path: Path, dry: bool) -> None:
    root = tmp_path / "archive"
    report = bring(root, saved(tmp_path / "a", MADE % 1, *(REAL % n for n in range(3))), captured_at=FIRST, dry_run=dry)
    assert report.imported == 3
    assert len(report.refused) == 1
    if not dry:
        assert index_frame(root, *CELL)["synthetic"].to_list() == [False] * 3
        assert bring(root, saved(tmp_path / "b", REAL % 9), captured_at=FIRST).imported == 1
        assert index_frame(root, *CELL).height == 4


def test_walls_and_cut_pages_are_kept_and_counted_and_read_by_nobody(tmp_path: Path) -> None:
    """Seven vendors' pages of the replica without their mark, one of them cut in the middle, and a login page."""
    write_archive("tiny", 7, *CELL, archive_root=tmp_path / "made", hmac_key=b"k" * 32)
    made = index_frame(tmp_path / "made", *CELL)
    vendors = [
        page.body.replace(b"cryptodrug-replica", b"generator")
        for page in read_pages(tmp_path / "made", made.filter(page_kind="vendor"))
    ][:7]
    vendors[3] = vendors[3][: len(vendors[3]) * 2 // 3]
    login = b"<html><head><title>Empire Market</title></head><body></body></html>"
    report = bring(tmp_path / "archive", saved(tmp_path / "a", *vendors, login), month="2019-05", captured_at=FIRST)
    frame = index_frame(tmp_path / "archive", *CELL)
    assert report.imported == 8
    assert report.set_aside["cut off"] == 1
    cut = frame.filter(outcome="given_up")
    assert cut["reason"].to_list() == ["cut off"]
    assert cut["payload_bytes"].to_list() == [len(vendors[3])]
    assert vendors[3] not in {page.body for page in read_pages(tmp_path / "archive", frame)}
    assert verify(tmp_path / "archive", *CELL).problems == []


def test_a_live_capture_goes_on_beside_an_import(tmp_path: Path) -> None:
    bring(tmp_path, saved(tmp_path / "a", REAL % 1), captured_at=FIRST)
    now = datetime(2019, 5, 20, 10, 0, tzinfo=UTC)
    assert _live_sweep(tmp_path, *CELL, now) == "2019-05-20T1000"


def test_the_command_lists_takes_back_and_empties_the_tables(tmp_path: Path) -> None:
    folder = saved(tmp_path / "a", REAL % 1, REAL % 2)
    words = ("import-archive", "--market", CELL[0], "--month", CELL[1], "--captured-at", "2019-05-05", str(folder))
    dry = run(tmp_path, *words, "--dry-run")
    assert dry.returncode == 0
    assert "2 pages would be imported, 0 known already, 0 not imported" in dry.stdout
    assert not (tmp_path / "archive").exists()
    assert not (tmp_path / "keys").exists()
    done = run(tmp_path, *words)
    assert "2019-05: 2 pages in 1 sweep (2 unknown)" in done.stdout
    assert f"next: CRYPTODRUG_SOURCE=archive cryptodrug backfill --market empire --from {CELL[1]}" in done.stdout
    store = TableStore(tmp_path / "tables")
    month = datetime(2019, 5, 1, tzinfo=UTC).date()
    store.commit("raw", "captures", rows("raw", "captures", {"market": CELL[0], "month": month}), *CELL)
    listed = run(tmp_path, "import-archive", "--list")
    key = listed.stdout.split()[0]
    assert "empire 2019-05  2 pages, 2 by it alone  (unnamed, not stated)" in listed.stdout
    undone = run(tmp_path, "import-archive", "--undo", key)
    assert undone.stdout.splitlines()[0] == "empire 2019-05: 2 pages withdrawn, 0 imported pages left"
    assert "its tables are empty now" in undone.stdout
    assert store.read("raw", "captures", *CELL).is_empty()
    assert run(tmp_path, "import-archive", "--undo", key).returncode == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "an import needs --market, --month and a PATH"),
        (("--list", "x"), "--list and --undo stand alone"),
        (("--list",), "nothing was imported yet"),
        (("--undo", "x"), "no import 'x'"),
        (("--market", "empire", "--month", "2019-05", "--sweep", "a b", "."), "cannot name a sweep"),
        (("--market", "empire", "--month", "2019-05", "--sweep", "a", "--by-folder", "."), "give one of them"),
        (("--market", "empire", "--month", "every", "."), "is not a month"),
        (("--market", "empire", "--month", "2019-05", "--captured-at", "9999-12-31T23:59-12:00", "."), "is not a time"),
    ],
)
def test_what_cannot_be_asked_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(tmp_path, "import-archive", *words)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]


def test_a_folder_of_25_pages_is_quick(tmp_path: Path) -> None:
    import time

    folder = saved(tmp_path / "a", *(REAL % n + b"x" * 60_000 for n in range(25)))
    began = time.process_time()
    assert bring(tmp_path / "archive", folder, captured_at=FIRST).imported == 25
    assert time.process_time() - began < 5
    assert pl.Series(index_frame(tmp_path / "archive", *CELL)["mode"]).unique().to_list() == ["import"]
