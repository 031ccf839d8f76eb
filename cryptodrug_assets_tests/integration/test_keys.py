"""Cleaning does not start while others can read a key, or with another key than the tables' own; damaged tables are
made anew. Seen as a user sees it, by the command and its exit code."""

import shutil
from pathlib import Path

from cryptodrug_assets.storage.store import TableStore
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


def test_cleaning_refuses_a_key_that_is_lost_or_another(archive_home: Path) -> None:
    """For one month, too: its vendors would no longer be those of the others."""
    key = archive_home / "keys" / "pseudonym-vendor.key"
    store = TableStore(archive_home / "tables")
    before, kept = store.content_hash(store.read("clean", "vendors")), key.read_bytes()
    for spoilt, said in ((None, "is gone"), (b"\0" * 32, "is not the key with which")):
        key.unlink()
        try:
            if spoilt is not None:
                key.write_bytes(spoilt)
                key.chmod(0o600)
            refused = archives.cryptodrug(archive_home, *COMMAND)
            looked = archives.cryptodrug(archive_home, "keys", "check")
            assert key.exists() == (spoilt is not None), "no key was made anew"
        finally:
            key.unlink(missing_ok=True)
            key.write_bytes(kept)
            key.chmod(0o600)
        assert refused.returncode == 1 and looked.returncode == 2
        for text in (refused.stderr, looked.stderr):
            assert said in text and "cryptodrug keys renew" in text and "Traceback" not in text
    assert store.content_hash(store.read("clean", "vendors")) == before
    assert archives.cryptodrug(archive_home, "keys", "check").returncode == 0


def test_damaged_tables_are_named_and_made_anew(archive_home: Path, tmp_path: Path) -> None:
    """The same rows as before, in every month, and what was left is kept."""
    home = tmp_path / "home"
    shutil.copytree(archive_home, home)
    store = TableStore(home / "tables")
    tables = [("raw", "captures"), ("parsed", "listings"), ("clean", "vendors")]
    before = {name: store.content_hash(store.read(*name)) for name in tables}
    logs = [sorted((home / "tables" / layer / table / "_delta_log").glob("*.json")) for layer, table in tables]
    logs[0][-1].write_bytes(b"")
    logs[1][0].write_text("{[", "utf-8")
    # From the first commit of the last month on: before it came the table itself and the other months.
    for path in logs[2][len(archives.CELLS) :]:
        path.unlink()
    status = archives.cryptodrug(home, "status")
    assert status.returncode == 1
    for layer, table in tables:
        assert f"damaged: {layer}/{table}: " in status.stdout
    refused = archives.cryptodrug(home, *COMMAND)
    assert refused.returncode == 1 and "`cryptodrug repair`" in refused.stderr
    assert "<unknown>" not in refused.stderr and "Traceback" not in refused.stderr
    repaired = archives.cryptodrug(home, "repair")
    assert repaired.returncode == 0, repaired.stderr
    assert {name: store.content_hash(store.read(*name)) for name in tables} == before
    assert sorted(path.name.rpartition(".")[0] for path in (home / "damaged").iterdir()) == [
        "parsed.listings", "raw.captures",
    ]  # fmt: skip
    assert archives.cryptodrug(home, "status").returncode == 0
    assert archives.cryptodrug(home, "repair").stdout == "no table is damaged\n"
