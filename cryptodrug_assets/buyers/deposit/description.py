"""How an archive is to describe a wave: data_contracts/deposits, a file a wave, and what of it is still not stated."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cryptodrug_assets.buyers.declared import declared_for, read_declared
from cryptodrug_assets.buyers.deposit import ddi
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import CONTRACTS_DIR

FOLDER = CONTRACTS_DIR / "deposits"
_Texts = dict[Literal["en", "nl", "fr"], str]


class Description(BaseModel):
    """The words of an archive; null or empty where nobody has stated them yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    wave: str
    title: _Texts
    identifier: str
    agency: str
    uri: str
    distributor: _Texts
    abstract: _Texts
    authors: tuple[str, ...] = ()
    contact_name: str | None = None
    contact_email: str | None = None
    keywords: dict[Literal["en", "nl", "fr"], tuple[str, ...]] = {}
    nation: _Texts = {}
    unit: _Texts = {}
    universe: _Texts = {}
    time_method: _Texts = {}
    sampling: _Texts = {}
    mode: _Texts = {}
    access: _Texts = {}
    licence_name: str | None = None
    licence_uri: str | None = None

    def unstated(self) -> list[str]:
        """What an archive asks for (starred fields of a Dataverse, CESSDA's required ones) and nobody has stated."""
        asked = {
            "title": self.title, "identifier": self.identifier, "agency": self.agency, "uri": self.uri,
            "distributor": self.distributor, "abstract": self.abstract, "authors": self.authors,
            "contact_email": self.contact_email, "universe": self.universe, "sampling": self.sampling,
            "mode": self.mode, "access": self.access, "licence_name": self.licence_name,
        }  # fmt: skip
        return [name for name, value in asked.items() if not value]


def load_description(wave: str, folder: Path = FOLDER) -> Description:
    """The description of a wave; UserError where none or several are declared, or a file is wrong."""
    several = f"several files of data_contracts/deposits are of wave {wave}; keep one"
    declared = declared_for(wave, folder, read_description, several=several)
    if declared is None:
        raise UserError(f"no deposit is described for wave {wave}; write data_contracts/deposits/NAME.yaml")
    return declared


def read_description(path: Path) -> Description:
    """The description in a file."""
    return read_declared(path, Description, f"deposits/{path.name}")


def ddi_study(description: Description, *, synthetic: bool) -> ddi.Study:
    """The study as the writer of DDI takes it."""

    def texts(said: _Texts) -> dict[str, str]:
        return {str(language): text for language, text in said.items()}

    return ddi.Study(
        title=texts(description.title), identifier=description.identifier, agency=description.agency,
        uri=description.uri, distributor=texts(description.distributor), abstract=texts(description.abstract),
        authors=description.authors, nation=texts(description.nation), unit=texts(description.unit),
        keywords={str(language): ", ".join(terms) for language, terms in description.keywords.items()},
        universe=texts(description.universe), time_method=texts(description.time_method),
        sampling=texts(description.sampling), mode=texts(description.mode), access=texts(description.access),
        synthetic=synthetic,
    )  # fmt: skip
