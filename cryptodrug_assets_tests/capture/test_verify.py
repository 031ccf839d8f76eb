"""What `cryptodrug verify` names: archives without a browser, damaged one way at a time."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cryptodrug_assets.capture.archive.journal import FILE
from cryptodrug_assets.capture.archive.verify import archives, verify
from cryptodrug_assets_tests.capture.command import run
from cryptodrug_assets_tests.capture.importing import foreign_warc, import_pages, noise

CELL = ("dream", "2018-11")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A whole archive of four imported pages, one of them twice at different times."""
    root = tmp_path / "archive"
    import_pages(root, foreign_warc(tmp_path / "a.warc.gz", [noise(n) for n in (1, 2, 3, 1)]))
    assert verify(root, *CELL).problems == []
    return root


def _sql(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / FILE) as db:
            db.execute(statement)

    return change


def _folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / "00001.warc.gz"
        path.chmod(0o600)
        path.write_bytes(change(path.read_bytes()))

    return apply


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (_sql("DELETE FROM record WHERE type = 'warcinfo'"), "in no record of the index"),
        (_sql("DELETE FROM record WHERE page_id = 2"), "a captured page has no record"),
        (_sql("UPDATE record SET warc_length = warc_length + 5 WHERE page_id = 1"), "overlap"),
        (_sql("UPDATE record SET payload_digest = 'sha256:00' WHERE page_id = 1"), "another payload"),
        (_sql("UPDATE record SET type = 'revisit', payload_digest = 'sha256:1' WHERE page_id = 1"), "revisit of a"),
        (_sql("DELETE FROM segment"), "00001.warc.gz: not in the index"),
        (_bytes(lambda data: data[:-40]), "truncated"),
        (_bytes(lambda data: data + b"x"), "1 bytes that are not in the index"),
        (_bytes(lambda data: data[:900] + bytes([data[900] ^ 1]) + data[901:]), "altered since it was sealed"),
        (lambda folder: (folder / "00001.warc.gz").unlink(), "00001.warc.gz: missing"),
        (lambda folder: _folder_instead(folder / "00001.warc.gz"), "00001.warc.gz: cannot be read (Is a directory)"),
        (lambda folder: (folder / FILE).unlink(), "the journal is missing"),
        (lambda folder: (folder / FILE).write_bytes(b"no database " * 500), "the journal is damaged"),
    ],
)
def test_each_damage_is_named(root: Path, damage: Callable[[Path], None], expected: str) -> None:
    damage(root.joinpath(*CELL))
    assert archives(root) == [CELL]
    found = verify(root, *CELL)
    assert any(expected in line for line in found.problems), found.problems
    if "journal" not in expected:
        assert found.damaged == {"00001.warc.gz"}


def test_a_lost_journal_loses_no_record(root: Path, tmp_path: Path) -> None:
    (root.joinpath(*CELL) / FILE).unlink()
    done = run(tmp_path, "verify", "--salvage", str(tmp_path / "saved"))
    assert done.returncode == 1
    assert "salvaged 5 whole records" in done.stdout
    saved = tmp_path / "saved" / "dream-2018-11-00001.warc.gz"
    again = import_pages(tmp_path / "again", saved)
    assert (again.imported, again.refused) == (4, [])
    once_more = run(tmp_path, "verify", "--salvage", str(tmp_path / "saved"))
    assert once_more.returncode == 2
    assert once_more.stderr.startswith("error: ") and "is not overwritten" in once_more.stderr


def test_what_cannot_be_read_is_said_and_the_rest_is_saved(root: Path, tmp_path: Path) -> None:
    import_pages(root, foreign_warc(tmp_path / "b.warc.gz", [noise(9)]))
    _folder_instead(root.joinpath(*CELL) / "00001.warc.gz")
    second = root.joinpath(*CELL) / "00002.warc.gz"
    second.chmod(0o600)
    with second.open("ab") as file:
        file.write(b"noise")
    done = run(tmp_path, "verify", "--salvage", str(tmp_path / "saved"))
    assert done.returncode == 1
    assert "00001.warc.gz: cannot be read (Is a directory)" in done.stdout
    assert "salvaged 2 whole records of 00002.warc.gz" in done.stdout
    assert done.stderr == ""
