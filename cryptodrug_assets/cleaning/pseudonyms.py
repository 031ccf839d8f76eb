"""Keyed pseudonyms, and the secret keys behind them.

Names are replaced where the clean layer begins; without the keys nothing after it leads back to them. The keys lie in
their own folder (mode 700, files 600), outside repository and data, and are made on first use. Keep out: cleaning.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import polars as pl

from cryptodrug_assets.observation import UserError

KINDS = ("vendor", "account", "fingerprint", "listing", "buyer", "transaction")
_KEY_BYTES = 32
_DIGEST_BYTES = 12
_PRINT_BYTES = 16
_CONSTANT = b"cryptodrug: which key is this"
# More texts than this are not kept in memory (some 100 MB).
_MOST_KEPT = 1_000_000
_EMPTY_CACHE = pl.DataFrame(schema={"text": pl.String, "made": pl.String})


def secret_key(keys_dir: Path, name: str) -> bytes:
    """The 32 secret bytes called `name` in the keys folder, made on first use.

    The folder is created with mode 700 and the file with mode 600. Raises UserError when the folder or the file can be
    read by others, or the file does not hold a key.
    """
    keys_dir = Path(keys_dir)
    if not keys_dir.exists():
        # The home folder may be made here, too: it is as private as the keys in it.
        keys_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys_dir.mkdir(mode=0o700, exist_ok=True)
        keys_dir.chmod(0o700)
    _refuse_readable(keys_dir, "700")
    path = keys_dir / f"{name}.key"
    if not path.exists():
        _create(path)
    _refuse_readable(path, "600")
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise UserError(f"keys/{path.name} does not hold a key of {_KEY_BYTES} bytes; restore it from its backup")
    return key


def key_path(keys_dir: Path, kind: str) -> Path:
    """Where the key of a kind of pseudonym lies."""
    return Path(keys_dir) / f"pseudonym-{kind}.key"


def fact_name(kind: str) -> str:
    """Name of a key's fingerprint among the facts of a commit."""
    return f"key/{kind}"


def _create(path: Path) -> None:
    # Written aside and linked into place: two processes starting together end up with the same key.
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        aside.unlink()


def _refuse_readable(path: Path, mode: str) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        name = path.name if path.is_dir() else f"keys/{path.name}"
        raise UserError(f"{name} can be read by others; run `chmod {mode} {path}` before cleaning any data")


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonyms by kind of entity: 24 hex digits, the same for the same text as long as the key is the same.

    >>> keys = dict.fromkeys(KINDS, b"0" * 32)
    >>> one, other = Pseudonyms(keys), Pseudonyms(keys).for_release("2019-11.1")
    >>> len(one.pseudonym("vendor", "dream|somebody"))
    24
    >>> one.pseudonym("vendor", "dream|somebody") == one.pseudonym("listing", "dream|somebody")
    False
    >>> one.pseudonym("vendor", "dream|somebody") == other.pseudonym("vendor", "dream|somebody")
    False
    """

    keys: dict[str, bytes]
    # Pseudonyms made so far, by kind: text, made. In memory only.
    _made: dict[str, pl.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def load(cls, keys_dir: Path) -> "Pseudonyms":
        """Read the keys of all kinds, making missing ones; raises UserError when others can read them."""
        return cls({kind: secret_key(keys_dir, key_path(keys_dir, kind).stem) for kind in KINDS})

    def fingerprints(self) -> dict[str, str]:
        """What tells a kind's key from any other without telling the key: a keyed hash of a constant."""
        return {
            kind: blake2b(_CONSTANT, key=key, digest_size=_PRINT_BYTES, person=b"fingerprint-v1").hexdigest()
            for kind, key in self.keys.items()
        }

    def as_metadata(self) -> dict[str, str]:
        """The fingerprints as facts of a commit."""
        return {fact_name(kind): mark for kind, mark in self.fingerprints().items()}

    def for_release(self, label: str) -> "Pseudonyms":
        """Pseudonyms of one release: derived from the same keys, so that two releases cannot be joined."""
        return Pseudonyms(
            {kind: blake2b(label.encode(), key=key).digest()[:_KEY_BYTES] for kind, key in self.keys.items()}
        )

    def pseudonym(self, kind: str, text: str) -> str:
        """Keyed BLAKE2b of the text; the kind enters the key and the personalisation."""
        digest = self._begun(kind)
        digest.update(text.encode())
        return digest.hexdigest()

    def _begun(self, kind: str) -> "hashlib.blake2b":
        person = f"{kind[:11]}-v1".encode()
        return blake2b(key=self.keys[kind], digest_size=_DIGEST_BYTES, person=person)

    def table(self, kind: str, texts: Iterable[str]) -> dict[str, str]:
        """Pseudonym of every text."""
        return {text: self.pseudonym(kind, text) for text in texts}

    def column(self, kind: str, texts: pl.Series) -> pl.Series:
        """The column with every text replaced by its pseudonym; null stays null. Each distinct text is hashed once, and
        not again while these pseudonyms are in memory."""
        cached = self._made.get(kind, _EMPTY_CACHE)
        if cached.height > _MOST_KEPT:
            cached = _EMPTY_CACHE
        hashed = _from_cache(texts, cached)
        new = texts.filter(hashed.is_null()).drop_nulls().unique().alias("text")
        if len(new):
            cached = pl.concat([cached, pl.DataFrame([new, self._hashed(kind, new)])])
            hashed = _from_cache(texts, cached)
        self._made[kind] = cached
        return hashed

    def _hashed(self, kind: str, texts: pl.Series) -> pl.Series:
        # The key is worked in once, not once per text.
        begin = self._begun(kind).copy
        digests = []
        for text in texts.cast(pl.Binary).to_list():
            digest = begin()
            digest.update(text)
            digests.append(digest.digest())
        return pl.Series("made", digests, dtype=pl.Binary).bin.encode("hex")


def _from_cache(texts: pl.Series, cached: pl.DataFrame) -> pl.Series:
    return texts.alias("text").to_frame().join(cached, on="text", how="left", maintain_order="left")["made"]
