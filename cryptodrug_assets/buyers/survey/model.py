"""What an answer, an item and an instrument are, and the stated schemas of the canonical tables.

An answer has a code (closed items), or a number, or neither, and always a state. What a file cannot say is
`unknown_missing`: never "no answer", never zero.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from cryptodrug_assets.errors import UserError

State = Literal["valid", "no_answer", "not_shown", "broken_off", "not_asked", "unknown_missing"]
#: The states in the order in which tables and plots show them.
STATES: tuple[State, ...] = ("valid", "no_answer", "not_shown", "broken_off", "not_asked", "unknown_missing")
#: Who says so: the file itself, the routing of the instrument, or an inference that is stated.
SOURCES = ("platform", "routing", "inferred")
Kind = Literal["single", "ordinal", "number", "multi", "rank", "text"]
LANGUAGES = ("nl", "fr", "en")
#: Codes of missing answers in files that hold numbers alone; one range, as SPSS allows no more than one.
MISSING_CODES: dict[int, State] = {-9: "no_answer", -8: "not_shown", -7: "broken_off", -6: "not_asked"}

_NOT_WORD = re.compile(r"[\W_]+")


def column_key(name: str) -> str:
    """The name of a column as it is compared: letters and digits alone, in small letters without accents.

    Platforms write one variable in several ways (`use12m[lsd]`, `use12m_lsd`, `use12m/lsd`, `use12m___lsd`).

    >>> column_key("use12m[LSD]") == column_key("use12m___lsd")
    True
    """
    if not name.isascii():
        name = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return _NOT_WORD.sub("", name).casefold()


@dataclass(frozen=True)
class Choice:
    """One value of a closed item: its code, its label by language, and how platforms write it besides."""

    code: int
    label: Mapping[str, str]
    written: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One variable of the survey, as it stands in the canonical table.

    Of a multi-response set or a ranking each option is an item of its own (`item_set`, `option`). `universe` is a
    routing expression (routing.py); without one everybody is asked. `eligible` are the codes that admit to the study.
    """

    name: str
    position: int
    block: str
    kind: Kind
    label: Mapping[str, str]
    values: tuple[Choice, ...] = ()
    item_set: str | None = None
    option: str | None = None
    places: int = 0
    universe: str | None = None
    period: str | None = None
    sensitivity: str = "medium"
    statements: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    eligible: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether answers are codes of a list."""
        return self.kind in ("single", "ordinal", "multi", "rank")


@dataclass(frozen=True)
class ItemSet:
    """A multi-response set or a ranking: its options in order; `none` is the option that says "none of these"."""

    name: str
    kind: Literal["multi", "rank"]
    options: tuple[str, ...]
    members: tuple[str, ...]
    places: int = 0
    none: str | None = None
    label: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Instrument:
    """A questionnaire as it was asked in one wave."""

    name: str
    wave: str
    version: str
    languages: tuple[str, ...]
    blocks: tuple[str, ...]
    items: tuple[Item, ...]
    sets: tuple[ItemSet, ...]
    ignored: tuple[str, ...] = ()
    pages: Literal["blocks", "unknown"] = "unknown"
    break_off: Literal["platform", "infer"] = "platform"
    note: str = ""

    @cached_property
    def by_name(self) -> dict[str, Item]:
        """Items by name."""
        return {item.name: item for item in self.items}

    @cached_property
    def set_of(self) -> dict[str, ItemSet]:
        """Sets by name."""
        return {one.name: one for one in self.sets}

    @cached_property
    def columns(self) -> dict[str, str]:
        """Item by column key; raises UserError when two items would be written alike."""
        keys: dict[str, str] = {}
        for item in self.items:
            for name in (item.name, *item.columns):
                if keys.setdefault(column_key(name), item.name) != item.name:
                    raise UserError(
                        f"instrument {self.name}: {item.name} and {keys[column_key(name)]} are both written"
                        f" {column_key(name)}; rename one of them"
                    )
        return keys

    def item(self, name: str) -> Item:
        """The item of that name, or UserError."""
        if name not in self.by_name:
            raise UserError(f"instrument {self.name} has no item {name}; `cryptodrug survey show` lists them")
        return self.by_name[name]
