"""How each table's values are made, in the words of the module that makes them: written once, beside the code."""

import inspect
import sys
from collections.abc import Iterable

from cryptodrug_assets.indicators import coverage, month, public, scorecard
from cryptodrug_assets.indicators.families import ACROSS, MONTHLY

_OTHERS = {"activity": month, "shares": month, "coverage": coverage, "study_scorecard": scorecard}


def formulas(tables: Iterable[str]) -> dict[str, str]:
    """By table, the docstring of the module that holds its formulas; public tables also say what they hide."""
    found: dict[str, str] = {}
    for table in tables:
        base = table.removesuffix("_public")
        family = MONTHLY.get(base) or ACROSS.get(base)
        module = sys.modules[family.__module__] if family is not None else _OTHERS.get(base)
        texts = [inspect.getdoc(part) for part in (module, public if base != table else None) if part is not None]
        if text := "\n\n".join(text for text in texts if text):
            found[table] = text
    return found
