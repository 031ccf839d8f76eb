"""Keys that are lost or exchanged are refused for all months of a home, until they are given up on purpose."""

from datetime import date
from pathlib import Path

import pytest

from cryptodrug_assets.cleaning.keyring import partitions_by_key, pseudonyms_of, renew_keys, require_one_key
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms, key_path
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.frames import rows

MONTHS = ("2018-11", "2018-12", "2019-01")


def clean(store: TableStore, month: str, pseudonyms: Pseudonyms | None) -> None:
    """A month cleaned with these keys; None is a version that did not write of them."""
    first = date(int(month[:4]), int(month[5:]), 1)
    facts = {} if pseudonyms is None else pseudonyms.as_metadata()
    for table, key in (("vendors", "vendor_key"), ("listings", "listing_key")):
        store.commit_all("clean", {table: rows("clean", table, {key: "a", "month": first})}, "dream", month, facts)


@pytest.fixture
def home(tmp_path: Path) -> tuple[Path, TableStore]:
    """The keys of a home and its store with three months cleaned."""
    keys, store = tmp_path / "keys", TableStore(tmp_path / "tables")
    for month in MONTHS:
        clean(store, month, pseudonyms_of(keys, store))
    return keys, store


def test_the_same_keys_go_on(home: tuple[Path, TableStore]) -> None:
    keys, store = home
    assert pseudonyms_of(keys, store) == Pseudonyms.load(keys)
    require_one_key(store)
    made, unmarked = partitions_by_key(store)
    assert unmarked == [] and set(made) == set(KINDS)
    assert [sorted(cells) for marks in made.values() for cells in marks.values()] == [
        [f"dream|{month}" for month in MONTHS]
    ] * len(KINDS)


def test_a_fingerprint_is_not_the_key_and_tells_keys_apart(tmp_path: Path) -> None:
    one = Pseudonyms(dict.fromkeys(KINDS, bytes(32)))
    other = Pseudonyms(dict.fromkeys(KINDS, bytes(31) + b"\1"))
    assert one.fingerprints()["vendor"] != other.fingerprints()["vendor"]
    assert bytes(32).hex() not in str(one.as_metadata())
    assert one.fingerprints()["vendor"] != one.pseudonym("vendor", "cryptodrug: which key is this")


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_key_is_refused_and_not_made_anew(home: tuple[Path, TableStore], kind: str) -> None:
    keys, store = home
    kept = key_path(keys, kind).read_bytes()
    key_path(keys, kind).unlink()
    with pytest.raises(UserError, match=rf"keys/pseudonym-{kind}.key is gone, and 3 market-months .*renew"):
        pseudonyms_of(keys, store)
    assert not key_path(keys, kind).exists()
    key_path(keys, kind).write_bytes(kept)
    key_path(keys, kind).chmod(0o600)
    assert pseudonyms_of(keys, store).keys[kind] == kept


def test_another_key_is_refused(home: tuple[Path, TableStore]) -> None:
    keys, store = home
    key_path(keys, "vendor").write_bytes(b"x" * 32)
    with pytest.raises(UserError, match="is not the key with which 3 market-months") as caught:
        pseudonyms_of(keys, store)
    assert "\n" not in str(caught.value)


def test_all_keys_gone_with_their_folder(home: tuple[Path, TableStore]) -> None:
    keys, store = home
    keys.rename(keys.with_name("elsewhere"))
    with pytest.raises(UserError, match="is gone"):
        pseudonyms_of(keys, store)
    assert not keys.exists()


def test_tables_of_a_version_that_wrote_no_fingerprints(tmp_path: Path) -> None:
    """They are taken as made with the keys there are; without keys they are as refused as others."""
    keys, store = tmp_path / "keys", TableStore(tmp_path / "tables")
    Pseudonyms.load(keys)
    clean(store, MONTHS[0], None)
    clean(store, MONTHS[1], pseudonyms_of(keys, store))
    require_one_key(store)
    keys.rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is gone"):
        pseudonyms_of(keys, store)


def test_giving_up_lost_keys_is_an_act_and_months_are_never_mixed(home: tuple[Path, TableStore]) -> None:
    keys, store = home
    key_path(keys, "vendor").unlink()
    moved, partitions = renew_keys(keys, store, "now")
    assert len(moved) == len(KINDS) - 1 and partitions == [f"dream|{month}" for month in MONTHS]
    assert sorted(path.name for path in (keys / "former-now").iterdir()) == sorted(moved)
    new = pseudonyms_of(keys, store)
    for month in MONTHS[:-1]:
        clean(store, month, new)
        with pytest.raises(UserError, match=r"another vendor key than the rest, such as dream 2019-01|dream 2018-11"):
            require_one_key(store)
    clean(store, MONTHS[-1], new)
    require_one_key(store)
    # Given up is what was there then: the new keys are guarded as the old ones were.
    key_path(keys, "vendor").unlink()
    with pytest.raises(UserError, match="is gone"):
        pseudonyms_of(keys, store)
