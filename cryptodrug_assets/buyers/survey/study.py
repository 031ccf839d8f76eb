"""The study behind a wave (data_contracts/studies/*.yaml): who was asked, under which duties, kept until when."""

from datetime import date
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from cryptodrug_assets.buyers.declared import read_declared
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import CONTRACTS_DIR

STUDIES_DIR = CONTRACTS_DIR / "studies"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fieldwork(_Strict):
    """First and last day; null where that is not known."""

    start: date | None
    end: date | None


class Ethics(_Strict):
    """Approval, legal basis, and the last day on which answers may be kept; null where that is not stated."""

    approval: str | None
    legal_basis: str | None
    retention_until: date | None


class Study(_Strict):
    """One file of data_contracts/studies."""

    study: str
    wave: str
    instrument: str
    statements: str
    source_kind: str
    languages: tuple[str, ...]
    fieldwork: Fieldwork
    reference_period: str
    respondents: int
    interviews: int
    eligibility: str
    sampling: str
    ethics: Ethics

    def duties(self, today: date) -> tuple[str, bool]:
        """What is to be said of the wave's duties, and whether answers are kept beyond their last day."""
        until = self.ethics.retention_until
        if until is not None and today > until:
            return f"answers were to be kept until {until}; delete the wave", True
        named = {"approval": self.ethics.approval, "legal basis": self.ethics.legal_basis, "retention date": until}
        unstated = [name for name, value in named.items() if value is None]
        return (f"not stated: {', '.join(unstated)}" if unstated else f"kept until {until}"), False

    def duty_missed(self, *, synthetic: bool, today: date) -> str | None:
        """Why answers of this wave may not be worked with; None while they may.

        Real answers need an approval, a legal basis and a last day that is not past; made-up ones need none.
        """
        if synthetic:
            return None
        place = "the wave's file in data_contracts/studies"
        lacking = [name for name, value in self.ethics if value is None]
        if lacking:
            return f"real answers need {', '.join(lacking)} in {place}"
        said, over = self.duties(today)
        return f"{said}, or correct retention_until in {place}" if over else None


@lru_cache(maxsize=1)
def studies() -> tuple[Study, ...]:
    """The studies of all waves that are declared, by wave; UserError for a wrong file, or two of one wave.

    >>> [(one.wave, one.respondents) for one in studies()]
    [('2019', 99)]
    """
    declared = sorted((read_declared(path, Study) for path in STUDIES_DIR.glob("*.yaml")), key=lambda one: one.wave)
    names = [one.wave for one in declared]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"several files of data_contracts/studies are of wave {twice}; keep one")
    return tuple(declared)


def of_wave(wave: str) -> Study | None:
    """The study of a wave, None where none is declared; UserError for a file that is not valid."""
    return next((one for one in studies() if one.wave == wave), None)
