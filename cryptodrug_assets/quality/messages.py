"""What a failed rule says to its reader: the observation, the expectation, and what to do or where the threshold
stands."""

import math

from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.quality.rules import RuleResult
from cryptodrug_assets.versions import PACKAGE

_COMPARED = {"=": "must be", "<>": "must not be", ">": "must be above", ">=": "must be at least",
             "<": "must be below", "<=": "must be at most"}  # fmt: skip
# From here on a whole number is written in powers of ten.
_LONGEST = 1e15


def observation_text(result: RuleResult) -> str:
    """What was found and what was expected; of a rule that could not run, why."""
    if result.error:
        return f"could not run: {result.error}"
    if result.detail:
        return result.detail
    if result.observed is None:
        return "found nothing to measure"
    text = f"found {number(result.observed)}"
    if result.rule.operator:
        return f"{text}, {_COMPARED[result.rule.operator]} {number(result.rule.threshold)}"
    return text if result.rule.kind == "expectation" else f"{text} offending rows"


def next_step(contract: Contract, result: RuleResult, market: str | None = None, month: str | None = None) -> str:
    """The rule's own remedy, or where what it demands stands."""
    place = f"data_contracts/tables/{contract.layer}/{contract.table}.odcs.yaml"
    if result.error:
        return f"`cryptodrug contracts lint` runs every rule; this one stands in {place}"
    if result.rule.remedy:
        remedy = result.rule.remedy.replace("{market}", market or "MARKET").replace("{month}", month or "MONTH")
        # A market is a module or a folder of modules.
        folder = market is not None and (PACKAGE / "markets" / market).is_dir()
        return remedy.replace(f"/markets/{market}.py", f"/markets/{market}/") if folder else remedy
    if result.rule.id in {rule.id for rule in contract.quality}:
        return f"the threshold stands in {place}, quality rule {result.rule.id}"
    return f"what columns may hold stands in {place}"


def sentence(contract: Contract, result: RuleResult, market: str | None = None, month: str | None = None) -> str:
    """One line about a failed rule; of a waived one, who let it pass and why."""
    meaning = result.rule.description.rstrip(".")
    step = result.waived or next_step(contract, result, market, month)
    return f"{result.rule.id}: {observation_text(result)} ({meaning}); {step}"


def number(value: float) -> str:
    """A number as a reader writes it: no endless fraction, no point without one, no endless row of digits.

    >>> number(31.0), number(0.123456789), number(1234567)
    ('31', '0.123457', '1,234,567')
    """
    if math.isnan(value):
        return "no number"
    if math.isinf(value):
        return "infinity" if value > 0 else "minus infinity"
    if abs(value) >= _LONGEST or value != int(value):
        return f"{value:,.6g}"
    return f"{int(value):,}"
