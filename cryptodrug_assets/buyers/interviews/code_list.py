"""The codes of a wave as declared data: data_contracts/interview_codes, a file a wave.

Names of codes are what coders typed. Past the parsed layer a code is known by the key declared here; one that is not
declared gets an opaque key, so that nothing that was typed gets through.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cryptodrug_assets.buyers.declared import declared_for, read_declared
from cryptodrug_assets.buyers.interviews.model import CodePath
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import CONTRACTS_DIR

FOLDER = CONTRACTS_DIR / "interview_codes"
#: How the names of a path are written in one text.
SEPARATOR = " / "
_Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
_WAVE = r"[0-9A-Za-z][0-9A-Za-z_.-]{0,31}"
_Wave = Annotated[str, Field(pattern=f"^{_WAVE}$")]


class DeclaredCode(BaseModel):
    """A code: its key, meaning, and the names it has in files (the end of a path is enough).

    `counter` names the codes of counter-cases, `not_asked` the codes that say the subject did not come up. `printed` is
    the count as the study prints it ("9 of 10"); only then is it public as a number.
    """

    model_config = ConfigDict(extra="forbid")
    code: _Key
    label: dict[str, str]
    statement: str | None = None
    paths: list[str] = Field(min_length=1)
    counter: list[str] = []
    not_asked: list[str] = []
    printed: str | None = None


class CodeList(BaseModel):
    """The file of a wave. `reference_coder` is whose coding counts where coders differ; without one they must agree."""

    model_config = ConfigDict(extra="forbid")
    wave: _Wave
    dated: date
    reference_coder: str | None = None
    codes: list[DeclaredCode]

    @model_validator(mode="after")
    def _once(self) -> "CodeList":
        keys = [declared.code for declared in self.codes]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"code {twice} is declared twice")
        return self


@dataclass(frozen=True)
class Meaning:
    """What a code of a file stands for: a declared code (present, counter or not_asked), or itself (opaque key)."""

    code: str
    role: str
    declared: bool


def check_wave(wave: str) -> str:
    """The wave's name, or UserError."""
    if not re.fullmatch(_WAVE, wave):
        raise UserError(f"'{wave[:60]}' is no name of a wave; use letters, digits, _, - and ., such as 2019")
    return wave


def load_code_list(wave: str, folder: Path = FOLDER) -> CodeList | None:
    """The declared codes of a wave; null where none are declared. UserError for a wrong file, or two of one wave."""
    check_wave(wave)
    several = f"several files of {folder.name} are of wave {wave}; keep one, or give --codes FILE"
    return declared_for(wave, folder, read_code_list, several=several)


def read_code_list(path: Path) -> CodeList:
    """The declared codes in a file."""
    return read_declared(path, CodeList, f"interview_codes/{path.name}")


def opaque_key(path: CodePath) -> str:
    """The key of a code that is not declared: the same for the same names, and says nothing of them."""
    digest = hashlib.sha256("\x1f".join(path).encode("utf-8", "surrogatepass")).hexdigest()
    return f"code_{digest[:8]}"


def meanings(paths: Iterable[CodePath], codes: CodeList | None) -> dict[CodePath, list[Meaning]]:
    """What each path of the files stands for: one meaning, or several for a code shared by several (not asked).

    A declared name fits a path when it is its end, whatever the capitals. UserError when a path would be two codes.
    """
    names: list[tuple[CodePath, Meaning]] = []
    for declared in codes.codes if codes else ():
        roles: Mapping[str, list[str]] = {
            "present": declared.paths, "counter": declared.counter, "not_asked": declared.not_asked,
        }  # fmt: skip
        for role, texts in roles.items():
            names += [(_folded([text]), Meaning(declared.code, role, declared=True)) for text in texts]
    found: dict[CodePath, list[Meaning]] = {}
    for path in paths:
        folded = _folded(path)
        fits = [(len(name), meaning) for name, meaning in names if folded[-len(name) :] == name]
        longest = max((length for length, _ in fits), default=0)
        chosen = list(dict.fromkeys(meaning for length, meaning in fits if length == longest))
        if len([meaning for meaning in chosen if meaning.role != "not_asked"]) > 1:
            keys = ", ".join(sorted(meaning.code for meaning in chosen))
            raise UserError(f"one code of the file fits several declared ones ({keys}); write longer paths there")
        found[path] = chosen or [Meaning(opaque_key(path), "present", declared=False)]
    return found


def _folded(path: Iterable[str]) -> CodePath:
    return tuple(" ".join(part.split()).casefold() for name in path for part in name.split("/"))
