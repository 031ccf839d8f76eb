"""Texts that are declared in English as data and shown in every language: what the study says, facets, reasons.

Their Dutch and French stand in the catalogues (declared.po) beside those of sentences.
"""

from collections.abc import Iterator

from cryptodrug_assets.buyers.survey.statements import load
from cryptodrug_assets.buyers.triangulation.propositions import FOLDER, read_joint_display
from cryptodrug_assets.study.buyers_scorecard import others
from cryptodrug_assets.study.statements import CHECKS


def declared_texts() -> list[tuple[str, str]]:
    """Each text with the place where it is declared, once."""
    return list({text: (text, place) for text, place in _texts()}.values())


def _texts() -> Iterator[tuple[str, str]]:
    yield from ((check.says, "study/statements.py") for check in CHECKS)
    yield from ((check.indicator, "study/statements.py") for check in CHECKS if " / " in check.indicator)
    yield from ((one.says, "statements/others.yaml") for one in others().others)
    yield from ((one.says, "statements/others.yaml") for one in others().interviews)
    yield from ((one.topic, "statements/survey.yaml") for one in load().statements)
    for path in sorted(FOLDER.glob("*.yaml")):
        display = read_joint_display(path)
        for proposition in display.propositions:
            rules = (proposition.survey, proposition.interviews, proposition.market)
            yield from ((rule.facet, f"joint_display/{path.name}") for rule in rules if rule is not None)
        yield from ((one.reason, f"joint_display/{path.name}") for one in display.overrules)
