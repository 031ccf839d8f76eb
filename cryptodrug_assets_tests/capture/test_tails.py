"""Bytes set aside after a crash are evidence: no later start takes them for a segment."""

from pathlib import Path

from cryptodrug_assets.capture.archive.journal import journal
from cryptodrug_assets.capture.archive.verify import verify


def test_a_tail_stays_what_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "dream" / "2018-11"
    folder.mkdir(parents=True)
    tail = folder / ".tail-0-00001.warc.gz.open"
    tail.write_bytes(b"torn")
    for _ in range(2):
        with journal(folder) as opened:
            assert opened.new_segment() == "00001.warc.gz"
    assert tail.read_bytes() == b"torn"
    assert [path.name for path in folder.glob(".tail*")] == [tail.name]
    assert verify(tmp_path, "dream", "2018-11").problems == []
