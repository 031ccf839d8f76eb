"""Statements of the study tried on a wave's answers: each test with what was computed, and a verdict.

A statement whose literal reading cannot hold is contradictory in the source and is never called reproduced.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import polars as pl

from cryptodrug_assets.buyers.survey import consistency
from cryptodrug_assets.buyers.survey.grim import Printed
from cryptodrug_assets.buyers.survey.model import Instrument
from cryptodrug_assets.buyers.survey.statements import Statements, Test
from cryptodrug_assets.buyers.survey.tabulation import Tabulation, tabulate

Verdict = Literal["reproduced", "not_reproduced", "conditional", "contradictory_in_source"]
Outcome = tuple[bool | None, str]


@dataclass(frozen=True)
class Checked:
    """A statement with its verdict and what each of its tests gave."""

    id: str
    topic: str
    verdict: Verdict
    observed: tuple[str, ...]


def verify(answers: pl.DataFrame, instrument: Instrument, statements: Statements) -> list[Checked]:
    """Every statement of the file on the answers of a wave."""
    table = tabulate(answers, instrument)
    found = []
    for statement in statements.statements:
        outcomes = [_run(test, table) for test in statement.tests]
        holds = all(outcome[0] for outcome in outcomes)
        source = consistency.verdict(statement, statements.respondents)
        verdict: Verdict = "reproduced" if holds else "not_reproduced"
        if source == "contradictory_in_source" or (source == "conditional" and holds):
            verdict = source
        found.append(Checked(statement.id, statement.topic, verdict, tuple(outcome[1] for outcome in outcomes)))
    return found


def _compare(value: Fraction, test: Test) -> bool:
    target = Fraction(test.percent)
    if test.operator == "==":
        return Printed.read(test.percent).prints(value)
    return {">": value > target, ">=": value >= target, "<": value < target, "<=": value <= target}[test.operator]


def _percent(k: int, n: int, test: Test, name: str) -> Outcome:
    if n == 0:
        return None, f"{name}: no valid answer"
    return _compare(
        Fraction(100 * k, n), test
    ), f"{name}: {k} of {n} ({100 * k / n:.1f} %), {test.operator} {test.percent} %"


def _members(test: Test, table: Tabulation) -> list[str]:
    """The items that a test sets beside each other."""
    if test.items:
        return list(test.items)
    one = table.instrument.set_of[test.set]
    return [f"{test.prefix}_{option}" for option in one.options] if test.prefix else list(one.members)


def _run(test: Test, table: Tabulation) -> Outcome:
    return _TESTS[test.kind](test, table)


def _share(test: Test, table: Tabulation) -> Outcome:
    answered = table.items[test.item]
    return _percent(int(answered.has(test.codes).sum()), answered.n_valid, test, test.item)


def _share_below(test: Test, table: Tabulation) -> Outcome:
    values = table.items[test.item].values
    return _percent(int((values < test.below).sum()), len(values), test, f"{test.item} < {test.below:g}")


def _mode(test: Test, table: Tabulation) -> Outcome:
    top = table.items[test.item].counts().most_common(2)
    if not top:
        return None, f"{test.item}: no valid answer"
    alone = test.kind == "mode_in" or len(top) == 1 or top[0][1] > top[1][1]
    return top[0][0] in test.codes and alone, f"{test.item}: most often {top[0][0]} ({top[0][1]})"


def _mean(test: Test, table: Tabulation) -> Outcome:
    values = table.items[test.item].values
    if not len(values):
        return None, f"{test.item}: no valid answer"
    exact = Fraction(round(values.sum())) / len(values)
    return Printed.read(test.mean).prints(exact), f"{test.item}: mean {float(exact):.3f} of {len(values)}"


def _median(test: Test, table: Tabulation) -> Outcome:
    values = table.items[test.item].values
    if not len(values):
        return None, f"{test.item}: no valid answer"
    median = float(np.median(values))
    return test.low <= median <= test.high, f"{test.item}: median {median:g} of {len(values)}"


def _ordered(test: Test, table: Tabulation, value: Callable[[str], Fraction | None]) -> list[tuple[Fraction, str]]:
    known = [(number, name) for name in _members(test, table) if (number := value(name)) is not None]
    return sorted(known, key=lambda pair: (-pair[0], pair[1]))


def _leader(test: Test, table: Tabulation) -> Outcome:
    """One item stands alone at the top, or at the bottom, of several."""

    def share(name: str) -> Fraction | None:
        one = table.items[name]
        return Fraction(int(one.has((1,)).sum()), one.n_valid) if one.n_valid else None

    def mean(name: str) -> Fraction | None:
        values = table.items[name].values
        return Fraction(round(values.sum()), len(values)) if len(values) else None

    order = _ordered(test, table, share if test.kind == "largest_share" else mean)
    if test.kind == "lowest_mean":
        order = order[::-1]
    if len(order) < 2:
        return None, "nothing to compare"
    return order[0][1] == test.item and order[0][0] != order[1][0], f"first {order[0][1]}, then {order[1][1]}"


def _top_three(test: Test, table: Tabulation) -> Outcome:
    counts = sorted(((int(table.items[name].has((1,)).sum()), name) for name in _members(test, table)), reverse=True)
    apart = counts[2][0] > counts[3][0]
    return {name for _, name in counts[:3]} == set(test.leading) and apart, ", ".join(
        f"{name} {k}" for k, name in counts[:3]
    )


def _set_at_least(test: Test, table: Tabulation) -> Outcome:
    codes, complete = table.matrix(test.item)
    k = int(((codes == 1).sum(axis=1) >= test.count)[complete].sum())
    return _percent(k, int(complete.sum()), test, f"{test.item}, at least {test.count}")


def _count(test: Test, table: Tabulation) -> Outcome:
    k = int(np.logical_and.reduce([table.items[name].has(codes) for name, codes in test.where.items()]).sum())
    return k == test.count, f"{' and '.join(test.where)}: {k}"


def _rank_order(test: Test, table: Tabulation) -> Outcome:
    one = table.instrument.set_of[test.item]
    codes, complete = table.matrix(test.item)
    scores = np.where(codes > 0, one.places + 1 - codes, 0)[complete].sum(axis=0)
    ordered = sorted(zip(scores.tolist(), one.options, strict=True), reverse=True)
    first = [option for _, option in ordered[: len(test.leading)]]
    apart = len({score for score, _ in ordered[: len(test.leading)]}) == len(test.leading)
    return first == list(test.leading) and apart, ", ".join(f"{option} {score:g}" for score, option in ordered[:4])


def _rows(test: Test, table: Tabulation) -> Outcome:
    return table.n == test.count, f"{table.n} respondents"


def _missing(_: Test, table: Tabulation) -> Outcome:
    states: Counter[str] = Counter()
    for one in table.items.values():
        states.update(one.state.tolist())
    return all(states[state] for state in ("no_answer", "not_shown", "broken_off")), str(dict(states))


def _valid_below(test: Test, table: Tabulation) -> Outcome:
    low = sum(one.n_valid < test.count for one in table.items.values())
    return low > len(table.items) / 2, f"{low} of {len(table.items)} items have fewer than {test.count} valid answers"


_TESTS: dict[str, Callable[[Test, Tabulation], Outcome]] = {
    "share": _share, "share_lt": _share_below, "mode": _mode, "mode_in": _mode, "mean": _mean, "median_in": _median,
    "largest_share": _leader, "largest_mean": _leader, "lowest_mean": _leader, "top_three": _top_three,
    "set_at_least": _set_at_least, "count": _count, "rank_order": _rank_order, "rows": _rows,
    "missing_present": _missing, "valid_n_below": _valid_below,
}  # fmt: skip
