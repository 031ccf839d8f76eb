"""Propositions and rules as declared data: data_contracts/joint_display, dated before data are looked at.

A rule says which number of a strand speaks to a proposition, on which side of which threshold it supports it, and which
facet of the matter it is about. A strand without a rule was not asked: it is silent.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cryptodrug_assets.buyers.declared import declared_for, read_declared
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import CONTRACTS_DIR

FOLDER = CONTRACTS_DIR / "joint_display"
RowVerdict = Literal["converges", "complements", "contradicts", "partial", "one strand only", "silent"]
_Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
_Facet = Annotated[str, Field(pattern=r"^[a-z][a-z_ ]{1,39}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SurveyRule(_Strict):
    """A share of an item's answers (or of a paired comparison) above or below a threshold.

    `options` are the answers counted: codes of an item, or one option of a set of several answers (item: the set).
    `against_item` compares two yes/no items in the same persons instead.
    """

    facet: _Facet
    item: str
    options: list[int | str] = []
    against_item: str | None = None
    side: Literal["above", "below"] = "above"
    threshold: float = Field(default=0.5, ge=0, le=1)
    period: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "SurveyRule":
        if bool(self.options) == (self.against_item is not None):
            raise ValueError("give either options or against_item")
        return self


class InterviewRule(_Strict):
    """A theme: supports from `least` interviews on that are `times` as many as the counter-cases; and the reverse."""

    facet: _Facet
    code: str
    least: int = Field(default=3, ge=1)
    times: float = Field(default=2, ge=1)


class MarketRule(_Strict):
    """An indicator of the markets above or below a threshold."""

    facet: _Facet
    table: str
    indicator: str
    country: str
    drug_class: str = "all"
    market: str | None = None
    side: Literal["above", "below"] = "above"
    threshold: float


class Proposition(_Strict):
    """What is claimed, in three languages, and the rule of each strand."""

    proposition: _Key
    statement: str | None = None
    label: dict[Literal["en", "nl", "fr"], str]
    survey: SurveyRule | None = None
    interviews: InterviewRule | None = None
    market: MarketRule | None = None

    @field_validator("label")
    @classmethod
    def _all_languages(cls, value: dict[str, str]) -> dict[str, str]:
        if missing := {"en", "nl", "fr"} - {language for language, text in value.items() if text.strip()}:
            raise ValueError(f"the label lacks {', '.join(sorted(missing))}")
        return value


class Overrule(_Strict):
    """An author's other verdict; who and why are demanded, and both verdicts are shown."""

    proposition: _Key
    verdict: RowVerdict
    author: str
    reason: str
    dated: date

    @field_validator("author", "reason")
    @classmethod
    def _said(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("who overrules a computed verdict gives name and reason")
        return value.strip()


class JointDisplay(_Strict):
    """The file of a wave."""

    wave: str
    dated: date
    propositions: list[Proposition] = Field(min_length=1)
    overrules: list[Overrule] = []

    @property
    def market_tables(self) -> set[str]:
        """The indicator tables that rules of the market strand name."""
        return {item.market.table for item in self.propositions if item.market}

    @model_validator(mode="after")
    def _keys(self) -> "JointDisplay":
        keys = [item.proposition for item in self.propositions]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"proposition {twice} is declared twice")
        said = [item.proposition for item in self.overrules]
        if unknown := next((key for key in said if key not in keys), None):
            raise ValueError(f"overrules {unknown}, which is not declared")
        if twice := next((key for key in said if said.count(key) > 1), None):
            raise ValueError(f"overrules {twice} twice")
        return self


def load_joint_display(wave: str, folder: Path = FOLDER) -> JointDisplay:
    """The propositions of a wave; UserError where none are declared, several files are of it, or a file is wrong."""
    declared = declared_joint_display(wave, folder)
    if declared is None:
        raise UserError(f"no propositions are declared for wave {wave}; write data_contracts/joint_display/NAME.yaml")
    return declared


def declared_joint_display(wave: str, folder: Path = FOLDER) -> JointDisplay | None:
    """The propositions of a wave, None where none are declared; UserError as of `load_joint_display`."""
    several = f"several files of data_contracts/joint_display are of wave {wave}; keep one"
    return declared_for(wave, folder, read_joint_display, several=several)


def read_joint_display(path: Path) -> JointDisplay:
    """The propositions in a file."""
    return read_declared(path, JointDisplay, f"joint_display/{path.name}")
