"""Keys and pseudonyms."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms, secret_key
from cryptodrug_assets.observation import UserError


def test_keys_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: secret_key(folder, "test"), range(32)))
    assert len(found) == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()] == [("test.key", 0o600)]


def test_a_key_others_can_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    secret_key(folder, "test")
    (folder / "test.key").chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        secret_key(folder, "test")
    (folder / "test.key").chmod(0o600)
    folder.chmod(0o755)
    with pytest.raises(UserError, match="chmod 700"):
        secret_key(folder, "test")


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    secret_key(folder, "test")
    (folder / "test.key").write_bytes(b"short")
    with pytest.raises(UserError, match="does not hold a key"):
        secret_key(folder, "test")


def test_pseudonyms(tmp_path: Path) -> None:
    names = Pseudonyms.load(tmp_path / "keys")
    again = Pseudonyms.load(tmp_path / "keys")
    other = Pseudonyms.load(tmp_path / "other")
    text = "dream|someone"
    assert names.pseudonym("vendor", text) == again.pseudonym("vendor", text) != other.pseudonym("vendor", text)
    assert len({names.pseudonym(kind, text) for kind in KINDS}) == len(KINDS)
    assert len(names.pseudonym("vendor", text)) == 24
    release = names.for_release("2019-11")
    assert release.pseudonym("vendor", text) not in (
        names.pseudonym("vendor", text), names.for_release("2019-12").pseudonym("vendor", text)
    )  # fmt: skip
    column = names.column("vendor", pl.Series([text, None, text, "x"]))
    assert column.to_list() == [names.pseudonym("vendor", text), None] + [
        names.pseudonym("vendor", name) for name in (text, "x")
    ]
    assert names.column("vendor", pl.Series([], dtype=pl.String)).to_list() == []
