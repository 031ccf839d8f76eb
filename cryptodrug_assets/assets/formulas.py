"""How each table's values are made, in the words of the module that makes them: written once, beside the code."""

import ast
import inspect
import sys
from collections.abc import Iterable
from pathlib import Path

from cryptodrug_assets.indicators import publication
from cryptodrug_assets.indicators.catalogue import stated
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.study import scorecard

_OTHERS = {"study_scorecard": scorecard}
_PACKAGE = Path(__file__).parents[1]
# Files of the package whose text says how the tables of a wave are made: read, not imported, they would bring scipy.
_OF_WAVE = {
    "survey_estimates": "buyers/survey/estimates.py",
    "survey_missing": "buyers/survey/states.py",
    "survey_consistency": "buyers/survey/consistency.py",
    "survey_estimates_public": "buyers/disclosure/survey.py",
    "survey_missing_public": "buyers/disclosure/cells.py",
    "interview_themes": "buyers/interviews/themes.py",
    "coding_agreement": "buyers/interviews/agreement.py",
    "interview_themes_public": "buyers/disclosure/words.py",
    "joint_display": "buyers/triangulation/verdicts.py",
    "joint_display_public": "buyers/disclosure/words.py",
    "study_scorecard_buyers": "study/buyers_scorecard.py",
    "study_scorecard_buyers_public": "study/buyers_scorecard.py",
}


def formulas(tables: Iterable[str]) -> dict[str, str]:
    """By table, the docstring of the module that holds its formulas and its codes; public tables also say what they
    hide."""
    found: dict[str, str] = {}
    for table in tables:
        base = table.removesuffix("_public")
        family = families().get(base)
        module = sys.modules[family.module] if family is not None else _OTHERS.get(base)
        texts = [inspect.getdoc(part) for part in (module, publication if base != table else None) if part is not None]
        if family is not None:
            texts.append("\n".join(f"- `{code}` {text.label}: {text.definition}" for code, text in stated(family)))
        if text := "\n\n".join(text for text in texts if text):
            found[table] = text
    return found


def formulas_of_wave(tables: Iterable[str]) -> dict[str, str]:
    """The same of the tables of a survey's wave; those of other layers than the indicators have none."""
    texts = {}
    for table in tables:
        if table in _OF_WAVE:
            module = ast.parse((_PACKAGE / _OF_WAVE[table]).read_text("utf-8"))
            texts[table] = ast.get_docstring(module) or ""
    return texts
