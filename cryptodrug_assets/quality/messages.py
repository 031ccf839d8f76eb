"""What a failed rule tells its reader: what was found, what was expected, what to do or where the threshold stands."""

from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.quality.rules import RuleResult

_COMPARED = {"=": "must be", "<>": "must not be", ">": "must be above", ">=": "must be at least",
             "<": "must be below", "<=": "must be at most"}  # fmt: skip


def found(result: RuleResult) -> str:
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


def next_step(contract: Contract, result: RuleResult, market: str | None = None) -> str:
    """The rule's own remedy, or where what it demands stands."""
    place = f"data_contracts/tables/{contract.layer}/{contract.table}.odcs.yaml"
    if result.error:
        return f"`cryptodrug contracts lint` runs every rule; this one stands in {place}"
    if result.rule.remedy:
        return result.rule.remedy.replace("{market}", market or "<market>")
    if result.rule.id in {rule.id for rule in contract.quality}:
        return f"the threshold stands in {place}, quality rule {result.rule.id}"
    return f"what columns may hold stands in {place}"


def sentence(contract: Contract, result: RuleResult, market: str | None = None) -> str:
    """One line about a failed rule."""
    meaning = result.rule.description.rstrip(".")
    return f"{result.rule.id}: {found(result)} ({meaning}); {next_step(contract, result, market)}"


def number(value: float) -> str:
    """A number as a reader writes it: no endless fraction, no point without one."""
    return f"{value:,.6g}" if value != int(value) else f"{int(value):,}"
