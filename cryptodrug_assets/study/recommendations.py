"""The study's recommendations with the figures of supply and demand that are shown for each: data_contracts/statements.

Which indicators serve a recommendation stands with the indicators (indicators/metadata).
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cryptodrug_assets.buyers.declared import read_declared
from cryptodrug_assets.indicators.catalogue import serves
from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.family import Family
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.observation import CONTRACTS_DIR

RECOMMENDATIONS_FILE = CONTRACTS_DIR / "statements" / "recommendations.yaml"


def _in_english(texts: dict[str, str]) -> dict[str, str]:
    if not texts.get("en") or texts.keys() - LANGUAGES.keys():
        raise ValueError(f"write it in en, and in {', '.join(LANGUAGES)} alone")
    return texts


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SupplyFigure(_Strict):
    """A published indicator: its table, code, parameter and class, of the country or of the world."""

    table: str
    indicator: str
    parameter: str = ""
    drug_class: str = "all"
    of: Literal["country", "world"] = "country"

    @property
    def text(self) -> str:
        """The indicator as the tables write it."""
        return f"{self.indicator}:{self.parameter}" if self.parameter else self.indicator


class DemandFigure(_Strict):
    """An answer of the survey, a theme of the interviews, or a proposition of the joint display."""

    item: str = ""
    option: str = ""
    theme: str = ""
    proposition: str = ""

    @model_validator(mode="after")
    def _one(self) -> "DemandFigure":
        if sum(map(bool, (self.item, self.theme, self.proposition))) != 1 or bool(self.item) != bool(self.option):
            raise ValueError("name an item with an option, a theme, or a proposition")
        return self


class Recommendation(_Strict):
    """A recommendation by the number of its statement."""

    id: str = Field(pattern=r"^\d{1,2}[a-z]?$")
    title: Annotated[dict[str, str], AfterValidator(_in_english)]
    supply: tuple[SupplyFigure, ...] = Field(min_length=1)
    demand: tuple[DemandFigure, ...] = ()


class _Recommendations(_Strict):
    recommendations: tuple[Recommendation, ...]


@lru_cache(maxsize=4)
def recommendations(path: Path = RECOMMENDATIONS_FILE) -> tuple[Recommendation, ...]:
    """The recommendations in order; UserError naming what is wrong in the file."""
    return read_declared(path, _Recommendations, f"statements/{path.name}").recommendations


def served_by(recommendation: str) -> list[tuple[Family, Code]]:
    """The published indicators that say they serve a recommendation.

    >>> sorted({code.id for _, code in served_by("76")})
    ['HR01']
    """
    return [
        (family, code)
        for family in families().values()
        if family.publish is not None
        for code in family.codes
        if not code.internal and recommendation in serves(family.table, code.key)
    ]


def problems(path: Path = RECOMMENDATIONS_FILE) -> list[str]:
    """What does not fit between recommendations and indicators, a line each."""
    listed = {one.id: one for one in recommendations(path)}
    found = [
        f"indicators/metadata/{family.table}.yaml: {code.key} serves {other}, which is no recommendation"
        for family in families().values()
        for code in family.codes
        for other in serves(family.table, code.key)
        if other not in listed
    ]
    for one in listed.values():
        for figure in one.supply:
            family = families().get(figure.table)
            code = None if family is None or family.publish is None else family.code(figure.text)
            if family is None or code is None or code.internal:
                found.append(f"statements/{path.name}: {one.id}: {figure.table}.{figure.text} is not published")
            elif one.id not in serves(family.table, code.key):
                found.append(
                    f"statements/{path.name}: {one.id} shows {figure.text}, which does not say it serves {one.id}"
                )
    return found
