"""Two yes/no answers of the same people: difference with Newcombe's interval, exact McNemar test."""

from dataclasses import dataclass
from fractions import Fraction
from math import comb, sqrt

from cryptodrug_assets.indicators.statistics.intervals import wilson


@dataclass(frozen=True)
class PairedDifference:
    """Second minus first share among those who answered both, its 95 % interval, and the exact two-sided p."""

    n: int
    first: int
    second: int
    value: float
    lower: float
    upper: float
    p_value: float


def paired_difference(both: int, only_first: int, only_second: int, neither: int) -> PairedDifference | None:
    """From the joint table; None without pairs. Interval: Newcombe 1998, method 10 (score, continuity in φ).

    >>> round(paired_difference(36, 2, 12, 0).lower, 4)
    0.0569
    """
    n = both + only_first + only_second + neither
    if n == 0:
        return None
    first, second = both + only_first, both + only_second
    p1, p2 = second / n, first / n
    low1, high1 = wilson(second, n)
    low2, high2 = wilson(first, n)
    phi = _phi(both, only_second, only_first, neither)
    difference = p1 - p2
    down = sqrt(max(0.0, (p1 - low1) ** 2 - 2 * phi * (p1 - low1) * (high2 - p2) + (high2 - p2) ** 2))
    up = sqrt(max(0.0, (p2 - low2) ** 2 - 2 * phi * (p2 - low2) * (high1 - p1) + (high1 - p1) ** 2))
    p_value = exact_mcnemar(only_first, only_second)
    return PairedDifference(n, first, second, difference, difference - down, difference + up, p_value)


def _phi(a: int, b: int, c: int, d: int) -> float:
    """Correlation of the two answers, corrected for continuity where it is positive (Newcombe 1998)."""
    product = (a + b) * (c + d) * (a + c) * (b + d)
    if product == 0:
        return 0.0
    top = float(a * d - b * c)
    n = a + b + c + d
    if top > 0:
        top = max(top - n / 2, 0.0)
    return top / sqrt(product)


def exact_mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of McNemar's test: whoever changed is as likely to have changed either way."""
    changed, fewer = only_first + only_second, min(only_first, only_second)
    if changed == 0:
        return 1.0
    tail = sum(comb(changed, at) for at in range(fewer + 1))
    return float(min(Fraction(1), Fraction(2 * tail, 2**changed)))
