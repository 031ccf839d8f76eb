"""Intervals for answers of a small sample: proportions, single choices, means and medians.

They say what a random sample of this size would leave open; this one is opt-in, and they say nothing about selection.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cryptodrug_assets.indicators.statistics.intervals import clopper_pearson, wilson

#: Below this base Wilson's interval covers too little (0.85 at four), Clopper–Pearson's never.
LEAST_WILSON = 10
REPLICATES = 9_999
_LEAST_RESAMPLED = 5


def proportion(k: int, n: int) -> tuple[float, float, str] | None:
    """95 % interval of k of n and its name; None without a base.

    Wilson from n = 10 on; Clopper–Pearson below, and where all or nobody said so, which is where Wilson covers least.

    >>> [round(100 * end) for end in proportion(97, 97)[:2]]
    [96, 100]
    """
    if n <= 0:
        return None
    if n < LEAST_WILSON or k in (0, n):
        return (*clopper_pearson(k, n), "Clopper-Pearson")
    return (*wilson(k, n), "Wilson")


def goodman(counts: list[int]) -> list[tuple[float, float]]:
    """Simultaneous 95 % intervals of the shares of one choice (Goodman 1965); empty without answers.

    >>> [round(100 * bound) for bound in goodman([30, 11, 8, 3, 14])[0]]
    [31, 61]
    """
    from scipy.stats import chi2

    n = sum(counts)
    if n == 0 or len(counts) < 2:
        return []
    a = float(chi2.ppf(1 - 0.05 / len(counts), 1))
    found = []
    for k in counts:
        half = sqrt(a * (a + 4 * k * (n - k) / n))
        found.append((max(0.0, (a + 2 * k - half) / (2 * (n + a))), min(1.0, (a + 2 * k + half) / (2 * (n + a)))))
    return found


def bca(
    estimate: float, replicates: NDArray[np.float64], jackknife: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float] | None:
    """95 % BCa interval (Efron 1987) from replicates and jackknife values, each of which stands for `weights` people.

    None where the replicates do not vary. Where leaving one out moves nothing, as with medians of whole numbers, the
    acceleration is 0 (the bias-corrected interval).
    """
    from scipy.special import ndtr, ndtri

    below, equal = float((replicates < estimate).mean()), float((replicates == estimate).mean())
    share = below + equal / 2
    centre = float(np.average(jackknife, weights=weights))
    away = centre - jackknife
    spread = float((weights * away**2).sum())
    if not 0 < share < 1 or float(np.ptp(replicates)) == 0:
        return None
    bias = float(ndtri(share))
    acceleration = float((weights * away**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    ends = []
    for tail in (0.025, 0.975):
        shifted = bias + float(ndtri(tail))
        ends.append(float(np.quantile(replicates, float(ndtr(bias + shifted / (1 - acceleration * shifted))))))
    return ends[0], ends[1]


def mean_interval(
    values: NDArray[np.float64], *, replicates: int = REPLICATES, seed: int = 7
) -> tuple[float, float] | None:
    """95 % BCa interval of the mean; None for fewer than five or equal values."""
    if (counted := _counted(values)) is None:
        return None
    distinct, times = counted
    n = len(values)
    drawn = _draw(times, n, replicates, seed)
    total = float(values.sum())
    return bca(total / n, drawn @ distinct / n, (total - distinct) / (n - 1), times.astype(float))


def median_interval(
    values: NDArray[np.float64], *, replicates: int = REPLICATES, seed: int = 7
) -> tuple[float, float] | None:
    """95 % BCa interval of the median; None for fewer than five or equal values."""
    if (counted := _counted(values)) is None:
        return None
    distinct, times = counted
    n = len(values)
    drawn = _draw(times, n, replicates, seed)
    left_out = np.repeat(times[None, :], len(distinct), axis=0) - np.eye(len(distinct), dtype=times.dtype)
    estimate = float(_medians(distinct, times[None, :])[0])
    return bca(estimate, _medians(distinct, drawn), _medians(distinct, left_out), times.astype(float))


def _counted(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """The different values and how often each stands there; None where there is nothing to resample."""
    distinct, times = np.unique(values, return_counts=True)
    return (distinct, times) if len(values) >= _LEAST_RESAMPLED and len(distinct) > 1 else None


def _draw(times: NDArray[np.int64], n: int, replicates: int, seed: int) -> NDArray[np.int64]:
    """Replicates × distinct values: how often each is drawn. The same as drawing people, but for the work."""
    return np.random.default_rng(seed).multinomial(n, times / n, size=replicates)


def _medians(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Median of each row of counts: the middle value, or the mean of the two middle ones."""
    reached = counts.cumsum(axis=1)
    n = reached[:, -1:]
    low = (reached >= (n + 1) // 2).argmax(axis=1)
    high = (reached >= n // 2 + 1).argmax(axis=1)
    return np.asarray((distinct[low] + distinct[high]) / 2, dtype=np.float64)
