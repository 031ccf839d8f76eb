"""Who publishes, and what a release is called: the facts that every file of it repeats."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from cryptodrug_assets.buyers.declared import read_declared
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.observation import CONTRACTS_DIR

PUBLISHER_FILE = CONTRACTS_DIR / "publisher.yaml"
#: Put before titles of everything that is made from synthetic pages.
MARK = "SYNTHETIC"
_EXAMPLE = "example.org"
Said = TypeVar("Said", str, list[str])


def _in_every_language(texts: dict[str, Said]) -> dict[str, Said]:
    lacking = [language for language in LANGUAGES if not texts.get(language)]
    if lacking or texts.keys() - LANGUAGES.keys():
        raise ValueError(f"write it in {', '.join(LANGUAGES)} and in nothing else")
    return texts


# A text, and keywords, in every language.
Spoken = Annotated[dict[str, str], AfterValidator(_in_every_language)]
Keywords = Annotated[dict[str, list[str]], AfterValidator(_in_every_language)]


class Contact(BaseModel):
    """Where questions go: a function, not a person."""

    model_config = ConfigDict(extra="forbid")
    name: str
    email: str


class Licence(BaseModel):
    """A licence by its SPDX name and its address."""

    model_config = ConfigDict(extra="forbid")
    name: str
    uri: str


class Publisher(BaseModel):
    """data_contracts/publisher.yaml."""

    model_config = ConfigDict(extra="forbid")
    name: Spoken
    identifier: str
    home: str
    contact: Contact
    base: str
    licence: Licence
    doi: str | None
    title: Spoken
    description: Spoken
    keywords: Keywords

    @property
    def is_example(self) -> bool:
        """Whether the file is still the one that ships."""
        return any(_EXAMPLE in text for text in (self.identifier, self.home, self.base, self.contact.email))


@lru_cache(maxsize=4)
def publisher(path: Path = PUBLISHER_FILE) -> Publisher:
    """Who publishes; UserError naming the file and what is wrong with it."""
    return read_declared(path, Publisher, path.name)


@dataclass(frozen=True)
class Facts:
    """What a release is: its name, the moment it is of (UTC), whether its data are synthetic, who publishes it.

    `first` and `last` are the months of its observations, `markets` those it holds, `country` what its report is about;
    `supersedes` names the release it corrects, with the reason; `embargo`: pages carry the band of a draft.
    """

    name: str
    moment: datetime
    synthetic: bool
    publisher: Publisher
    first: str
    last: str
    markets: tuple[str, ...]
    country: str = "BE"
    supersedes: str | None = None
    reason: str | None = None
    embargo: bool = False

    def title(self, language: str) -> str:
        """The title with the mark of synthetic data."""
        title = self.publisher.title[language]
        return f"{MARK}: {title}" if self.synthetic else title

    @property
    def stamp(self) -> str:
        """The moment as ISO 8601 writes it."""
        return self.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def day(self) -> str:
        """The day of the moment."""
        return self.stamp[:10]

    def naive(self) -> datetime:
        """The moment without a zone, for files that know none."""
        return self.moment.astimezone(UTC).replace(tzinfo=None)


def json_bytes(content: Any) -> bytes:
    """JSON as every file of a release has it: in the order given, two spaces, UTF-8, one newline at the end."""
    import json

    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
