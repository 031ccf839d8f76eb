"""Data sets as evidence: their files and mappings, kept beside a market's months under the sha256 of their bytes.

The rows stand in the archives of their months, as WARC records; the file is what they were taken from.
"""

import hashlib
import os
import shutil
from pathlib import Path

from cryptodrug_assets.observation import UserError

FOLDER = "data_sets"
_MAPPING = ".mapping.yaml"


def digest_of(path: Path) -> str:
    """sha256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(market_folder: Path, path: Path, digest: str, *, mapping: bool = False) -> Path:
    """Keep a file under its digest, readable by its owner alone; one that is kept already is left as it is."""
    folder = market_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / (digest + (_MAPPING if mapping else "".join(path.suffixes[-1:]).lower()))
    if target.exists():
        return target
    part = folder / f".{target.name}.part"
    with path.open("rb") as source, part.open("wb") as copy:
        os.fchmod(copy.fileno(), 0o600)
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    if digest_of(part) != digest:
        part.unlink()
        raise UserError(f"{path.name} changed while it was read; import it again when nothing writes to it")
    part.rename(target)
    return target


def kept_mapping(market_folder: Path, digest: str) -> str:
    """The text of a mapping that rows were imported with; UserError when it is gone or altered."""
    path = market_folder / FOLDER / (digest + _MAPPING)
    try:
        body = path.read_bytes()
    except OSError as err:
        raise UserError(
            f"the mapping of a data set of {market_folder.name} cannot be read ({path.name}: {err.strerror});"
            " restore it"
            " from a copy of the archive"
        ) from err
    if hashlib.sha256(body).hexdigest() != digest:
        raise UserError(
            f"the mapping of a data set of {market_folder.name} was altered ({path.name}); restore it from a copy of"
            " the"
            " archive, and import with a changed mapping instead"
        )
    return body.decode("utf-8")


def forget_files(market_folder: Path) -> int:
    """Remove the kept files of data sets, whose rows stand in the archives of their months; mappings name nobody and
    stay. How many there were."""
    files = [path for path in (market_folder / FOLDER).glob("[0-9a-f]*") if not path.name.endswith(_MAPPING)]
    for path in files:
        path.unlink()
    return len(files)


def altered(market_folder: Path) -> list[str]:
    """What is wrong with the kept files: those whose bytes are not those of their name."""
    found = []
    for path in sorted((market_folder / FOLDER).glob("[0-9a-f]*")):
        try:
            if digest_of(path) != path.name[:64]:
                found.append(f"{path.name}: altered since it was kept")
        except OSError as err:
            found.append(f"{path.name}: cannot be read ({err.strerror})")
    return found
