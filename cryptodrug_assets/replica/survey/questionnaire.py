"""The questionnaire as the renderers need it, read plainly from the instrument's YAML."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cryptodrug_assets.observation import CONTRACTS_DIR, file_text
from cryptodrug_assets.yaml_text import safe_load

NOTE = "SYNTHETIC answers: nobody was asked"
Labels = dict[str, str]


@dataclass(frozen=True)
class Question:
    """One question as a platform has it: a set is one question with options."""

    name: str
    block: str
    kind: str
    label: Labels
    values: dict[int, Labels]
    options: dict[str, Labels]
    places: int
    universe: str

    @property
    def code(self) -> str:
        """The question's code where underscores are not allowed."""
        return self.name.replace("_", "")

    @property
    def variables(self) -> list[str]:
        """Its variables in the canonical table."""
        return [f"{self.name}_{option}" for option in self.options] or [self.name]

    @property
    def condition(self) -> tuple[str, int] | None:
        """(variable, code) that must hold for it to be shown; the synthetic questionnaire has no other routing."""
        if not self.universe:
            return None
        variable, _, code = self.universe.split()
        return variable, int(code)


@dataclass(frozen=True)
class Questionnaire:
    """The questions of a wave in order."""

    name: str
    wave: str
    blocks: dict[str, Labels]
    questions: tuple[Question, ...]

    @cached_property
    def variables(self) -> list[str]:
        """All variables in order."""
        return [variable for question in self.questions for variable in question.variables]

    def of_block(self, block: str) -> list[Question]:
        """The questions of a block."""
        return [question for question in self.questions if question.block == block]

    def owner(self, variable: str) -> tuple[Question, str]:
        """The question of a variable, and its option in it (empty for a plain question)."""
        for question in self.questions:
            if variable in question.variables:
                return question, variable.removeprefix(f"{question.name}_") if question.options else ""
        raise KeyError(variable)


@lru_cache
def questionnaire(name: str = "cryptodrug_2019") -> Questionnaire:
    """The questionnaire of an instrument of this project."""
    place = f"instruments/{name}.yaml"
    document: dict[str, Any] = safe_load(file_text(CONTRACTS_DIR / place, place))
    scales = document["scales"]
    questions = []
    for entry in document["items"]:
        values = entry.get("values") or {}
        questions.append(
            Question(
                name=entry["name"],
                block=entry["block"],
                kind=entry["kind"],
                label=entry["label"],
                values=scales[values] if isinstance(values, str) else values,
                options=entry.get("options", {}),
                places=entry.get("places", 0),
                universe=entry.get("universe", ""),
            )
        )
    blocks = {block["name"]: block["label"] for block in document["blocks"]}
    return Questionnaire(name, str(document["wave"]), blocks, tuple(questions))
