"""How much of a market its captures saw: capture–recapture estimators over passes.

All are lower bounds of the true number: they assume that every page is as likely to be seen as another and that nothing
comes or goes between the passes; where pages differ in how easily they are seen, the estimates are too low. Passes
within 48 hours keep the second assumption tolerable. Sources: Chapman 1951; Schnabel 1938; Chao 1987.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """Estimated number with its 95 % interval (never below what was seen), and the number seen."""

    value: float
    lower: float
    upper: float
    seen: int

    @property
    def coverage(self) -> float:
        """Seen ÷ estimated, an upper bound of the true coverage."""
        return self.seen / self.value if self.value else 0.0


def chapman(first: int, second: int, both: int) -> Estimate:
    """Two passes: N = (n1+1)(n2+1)/(m+1) - 1, with the log-normal interval for the unseen part.

    `first` and `second` are what each pass saw, `both` what was in both. Nearly unbiased where n1 + n2 is at least N.
    Source: Chapman 1951; interval after Chao 1987.

    >>> estimate = chapman(200, 150, 120)
    >>> round(estimate.value, 2), estimate.seen
    (249.83, 230)
    """
    seen = first + second - both
    value = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return _log_normal(value, variance, seen)


def schnabel(passes: Sequence[Collection[Hashable]]) -> Estimate:
    """Three passes or more: N = Σ C·M / (Σ R + 1), M the number known before a pass of C things, R of them known.

    The interval comes from the hypergeometric variance of R; nearly Poisson, as it is often taken, R is only where few
    are seen in a pass.

    >>> passes = [range(80), range(20, 100), range(0, 100, 2)]
    >>> estimate = schnabel(passes)
    >>> estimate.seen, estimate.lower >= 100
    (100, True)
    """
    known: set[Hashable] = set()
    again, sizes = 0, []
    for things in passes:
        present = set(things)
        sizes.append((len(present), len(known)))
        again += len(present & known)
        known |= present
    value = max(sum(c * m for c, m in sizes) / (again + 1), float(len(known)))
    spread = sum(c * m / value * (1 - m / value) * (value - c) for c, m in sizes) / max(value - 1, 1) if value else 0.0
    return _log_normal(value, value**2 * spread / (again + 1) ** 2, len(known))


def chao(passes: Sequence[Collection[Hashable]]) -> Estimate:
    """Lower bound that allows for unequal catchability: S + f1(f1-1) / (2(f2+1)), f1 seen once, f2 seen twice,
    times (t - 1) / t for t passes.

    >>> estimate = chao([["a", "b", "c"], ["b", "c", "d"]])
    >>> round(estimate.value, 4), estimate.seen
    (4.1667, 4)
    """
    times = Counter(thing for things in passes for thing in set(things))
    counts = Counter(times.values())
    once, twice = counts[1], counts[2]
    occasions = max(len(passes), 1)
    factor = (occasions - 1) / occasions
    value = len(times) + factor * once * (once - 1) / (2 * (twice + 1))
    variance = factor * once * (once - 1) / (2 * (twice + 1)) + factor**2 * once * (2 * once - 1) ** 2 / (
        4 * (twice + 1) ** 2
    )
    if twice:
        variance += factor**2 * once**2 * twice * max(once - 1, 0) ** 2 / (4 * (twice + 1) ** 4)
    return _log_normal(value, variance, len(times))


def _log_normal(value: float, variance: float, seen: int) -> Estimate:
    unseen = value - seen
    if unseen <= 0:
        return Estimate(float(seen), float(seen), float(seen), seen)
    spread = exp(_Z95 * sqrt(log(1 + variance / unseen**2)))
    return Estimate(value, seen + unseen / spread, seen + unseen * spread, seen)
