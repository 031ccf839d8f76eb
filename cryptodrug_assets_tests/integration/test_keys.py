"""Cleaning does not start while others can read a key: seen as a user sees it, by the command and its exit code."""

from pathlib import Path

from cryptodrug_assets.resources.store import TableStore
from cryptodrug_assets_tests.integration import archives

CELL = ("empire", "2019-04")
COMMAND = ("backfill", "--select", "clean", "--market", CELL[0], "--from", CELL[1], "--to", CELL[1])


def test_cleaning_refuses_to_start_with_a_key_that_others_can_read(archive_home: Path) -> None:
    key = archive_home / "keys" / "pseudonym-vendor.key"
    store = TableStore(archive_home / "tables")
    before = store.content_hash(store.read("clean", "vendors", *CELL))
    for path, mode, mended in ((key, 0o644, "600"), (key.parent, 0o755, "700")):
        was = path.stat().st_mode
        path.chmod(mode)
        try:
            refused = archives.cryptodrug(archive_home, *COMMAND)
        finally:
            path.chmod(was)
        text = " ".join((refused.stdout + refused.stderr).split())
        assert refused.returncode != 0
        assert "can be read by others" in text
        assert f"chmod {mended} {path}" in text
        assert "Traceback" not in text
    assert store.content_hash(store.read("clean", "vendors", *CELL)) == before, "the tables stay as they were"
    assert archives.cryptodrug(archive_home, *COMMAND).returncode == 0
