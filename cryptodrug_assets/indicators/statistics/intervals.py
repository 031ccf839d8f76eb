"""Intervals: Wilson and Clopper–Pearson for proportions of vendors, resampling for indices, differences of two values.

Sales and offers of one vendor are not independent, so an interval that treats them as such is far too narrow; the
vendor is the unit (Cameron, Gelbach & Miller 2008). Shares, proportions and means have the variance of their market's
vendors (pooled_variance.py). Indices of concentration, likeness and stability are resampled (Efron 1987, corrected for
bias, quantiles widened as in Hesterberg 2015), from ten vendors on: resampling fewer shows nothing beyond the largest
and smallest of them. `mover` combines intervals of two values into one of their difference (Zou & Donner 2008).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054
_BLOCK = 250
#: Of fewer vendors nothing is resampled.
LEAST_RESAMPLED = 10


def wilson(successes: float, n: float) -> tuple[float, float]:
    """95 % Wilson score interval of a proportion: (lower, upper), both within 0 and 1; (0, 1) without observations.

    `successes` of `n` independent observations; either may be an effective number and need not be whole. Source: Wilson
    1927, J. Am. Stat. Assoc. 22, 209-212.

    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if n <= 0:
        return 0.0, 1.0
    p = successes / n
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def clopper_pearson(successes: int, n: int) -> tuple[float, float]:
    """95 % exact interval of a proportion: (lower, upper); (0, 1) without observations. Wider than `wilson`.

    `successes` of `n` independent observations, whole numbers. Source: Clopper & Pearson 1934, Biometrika 26, 404-413.

    >>> [round(bound, 4) for bound in clopper_pearson(8, 10)]
    [0.4439, 0.9748]
    """
    if n <= 0:
        return 0.0, 1.0
    from scipy.stats import beta

    lower = 0.0 if successes == 0 else float(beta.ppf(0.025, successes, n - successes + 1))
    upper = 1.0 if successes == n else float(beta.ppf(0.975, successes + 1, n - successes))
    return lower, upper


def draw_vendors(vendors: int, replicates: int, seed: int, block: int = _BLOCK) -> Iterator[NDArray[np.float64]]:
    """Blocks of replicates × vendors: how often each vendor is drawn when as many are drawn with replacement."""
    drawn = _drawn(vendors, replicates, seed)
    for start in range(0, replicates, block):
        yield drawn[start : start + block].astype(np.float64)


# Every family resamples the same vendors of the world and of each country. A byte each: no vendor is drawn 256 times.
@lru_cache(maxsize=32)
def _drawn(vendors: int, replicates: int, seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    made = np.empty((replicates, vendors), dtype=np.uint8)
    for start in range(0, replicates, _BLOCK):
        size = min(_BLOCK, replicates - start)
        drawn = rng.integers(0, vendors, size=(size, vendors)) + vendors * np.arange(size)[:, None]
        made[start : start + size] = np.bincount(drawn.ravel(), minlength=size * vendors).reshape(size, vendors)
    made.flags.writeable = False
    return made


def student_quantile(freedom: Any) -> Any:
    """97.5 % quantile of Student's t with so many degrees of freedom.

    >>> round(float(student_quantile(10)), 3)
    2.228
    """
    # A second of every start of the platform otherwise.
    from scipy.stats import t as student

    return student.ppf(0.975, freedom)


def replicate_interval(
    estimate: NDArray[np.float64], replicates: NDArray[np.float64], vendors: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % bounds from bootstrap replicates: values × replicates, replicates that are not a number left out.

    Corrected for bias (Efron 1987); the normal quantile is replaced by √(n / (n − 1)) times that of Student's t with
    n − 1 degrees of freedom, n the vendors behind the value. NaN of fewer than ten vendors, and without a usable
    replicate.
    """
    # Most of a second of every start of the platform otherwise.
    from scipy.special import ndtr, ndtri

    ordered = np.sort(replicates, axis=-1)
    usable = np.isfinite(ordered).sum(axis=-1)
    # Sums of fractions differ in their last bits by the order of adding.
    near = 1e-9 * np.abs(estimate)[..., None]
    with np.errstate(invalid="ignore"):
        below = (replicates < estimate[..., None] - near).sum(axis=-1)
        equal = (np.abs(replicates - estimate[..., None]) <= near).sum(axis=-1)
    count = np.maximum(usable, 1)
    bias = ndtri(np.clip((below + equal / 2) / count, 0.5 / count, 1 - 0.5 / count))
    n = np.asarray(vendors, dtype=np.float64)
    known = (n >= LEAST_RESAMPLED) & (usable > 0)
    n = np.maximum(n, 2.0)
    width = np.sqrt(n / (n - 1)) * student_quantile(n - 1)
    bounds = []
    for sign in (-1.0, 1.0):
        with np.errstate(invalid="ignore"):  # all replicates infinite: no usable one
            bounds.append(_at_rank(ordered, ndtr(2 * bias + sign * width) * (count - 1)))
    low, high = (np.where(known, bound, np.nan) for bound in bounds)
    return low, high


def _at_rank(ordered: NDArray[np.float64], rank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at fractional ranks of sorted rows, straight between two neighbours."""
    under = np.floor(rank).astype(np.intp)
    over = np.ceil(rank).astype(np.intp)
    low = np.take_along_axis(ordered, under[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, over[..., None], axis=-1)[..., 0]
    return np.asarray(low + (high - low) * (rank - under), dtype=np.float64)


def mover(before: tuple[float, float, float], after: tuple[float, float, float]) -> tuple[float, float]:
    """Interval of after − before from (value, lower, upper) of each (Zou & Donner 2008), as if they were independent.

    The same vendors mostly stand behind both, which makes it wider than it need be, never narrower.

    >>> low, high = mover((0.5, 0.4, 0.6), (0.7, 0.6, 0.8))
    >>> round(low, 4), round(high, 4)
    (0.0586, 0.3414)
    """
    (old, old_low, old_high), (new, new_low, new_high) = before, after
    change = new - old
    low = change - np.hypot(new - new_low, old_high - old)
    high = change + np.hypot(new_high - new, old - old_low)
    return float(low), float(high)


def sum_by(groups: NDArray[np.int64], values: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Sum of `values` in each of `size` groups numbered from 0.

    >>> sum_by(np.array([0, 2, 0]), np.array([1.0, 5.0, 2.0]), 3).tolist()
    [3.0, 0.0, 5.0]
    """
    return np.asarray(np.bincount(groups, weights=values, minlength=size), dtype=np.float64)
