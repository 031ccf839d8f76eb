"""Declared data on buyers: files of YAML under data_contracts, most of them one a wave.

Contains how such a file is read and what is said when it is wrong. Keep out: what the files state; the models stand
with those who use them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import file_text


class _OfWave(Protocol):
    @property
    def wave(self) -> str: ...


_Model = TypeVar("_Model", bound=BaseModel)
_Declared = TypeVar("_Declared", bound=_OfWave)


def read_declared(path: Path, model: type[_Model], place: str | None = None) -> _Model:
    """A file as its model; UserError naming `place` (else folder and file) and the first thing that is wrong."""
    place = place or f"{path.parent.name}/{path.name}"
    return validated(parsed_yaml(file_text(path, place), place), model, place)


def parsed_yaml(text: str, place: str, loader: type[yaml.SafeLoader] = yaml.SafeLoader) -> object:
    """A text of YAML as it is nested; UserError naming `place` where it is none."""
    try:
        return yaml.load(text, loader)  # noqa: S506 - a SafeLoader
    except (ValueError, yaml.YAMLError, RecursionError) as err:
        raise UserError(f"{place} is not YAML: {' '.join(str(err).split())}") from err


def validated(document: object, model: type[_Model], place: str) -> _Model:
    """A parsed file as its model; UserError naming `place` and the first thing that is wrong.

    >>> class Wave(BaseModel):
    ...     wave: str
    >>> validated({}, Wave, "waves/x.yaml")
    Traceback (most recent call last):
    ...
    cryptodrug_assets.errors.UserError: waves/x.yaml is not valid: wave: Field required
    """
    try:
        return model.model_validate(document)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UserError(f"{place} is not valid: {where}: {first['msg'].removeprefix('Value error, ')}") from err


def declared_for(
    wave: str, folder: Path, read: Callable[[Path], _Declared], *, several: str | None = None
) -> _Declared | None:
    """What the one file of a folder that is of the wave declares, None where none is.

    Raises UserError for several files of the wave, in the words of `several` where these are given.
    """
    fitting = [one for path in sorted(folder.glob("*.yaml")) if (one := read(path)).wave == wave]
    if len(fitting) > 1:
        raise UserError(several or f"several files of {folder.name} are of wave {wave}; keep one")
    return fitting[0] if fitting else None
