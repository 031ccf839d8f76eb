"""Intervals: Wilson and Clopper–Pearson for proportions of vendors, a bootstrap over vendors for everything clustered.

Sales and offers of one vendor are not independent, so an interval that treats them as such is far too narrow; the
vendor is the unit that is resampled (Cameron, Gelbach & Miller 2008 on cluster bootstraps). Bounds are those of BCa
(Efron 1987: corrected for bias and skewness), their quantiles widened where few vendors stand behind a value, as
Student's t is wider than the normal (Hesterberg 2015). `mover` combines intervals of two values into one of their
difference (Zou & Donner 2008).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr, ndtri
from scipy.stats import beta
from scipy.stats import t as student

_Z95 = 1.959963984540054
_BLOCK = 250


def wilson(successes: float, n: float) -> tuple[float, float]:
    """95 % Wilson score interval of a proportion (Wilson 1927); (0, 1) without observations."""
    if n <= 0:
        return 0.0, 1.0
    p = successes / n
    centre = (p + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
    half = _Z95 / (1 + _Z95**2 / n) * np.sqrt(p * (1 - p) / n + _Z95**2 / (4 * n**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def clopper_pearson(successes: int, n: int) -> tuple[float, float]:
    """95 % exact interval of a proportion (Clopper & Pearson 1934); (0, 1) without observations."""
    if n <= 0:
        return 0.0, 1.0
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


def cluster_bootstrap(
    contributions: sparse.csr_array, denominators: NDArray[np.intp], *, replicates: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """95 % intervals of totals and of their shares, vendors resampled with replacement.

    `contributions` is cells × vendors (what each vendor adds to each total); `denominators[j]` is the cell that cell j
    is a share of. Returns (total lower, total upper, share lower, share upper), each one number per cell; shares of
    replicates whose denominator is zero are left out. Memory is cells × replicates.
    """
    cells, vendors = contributions.shape
    if vendors == 0 or cells == 0 or replicates < 2:
        nothing = np.full(cells, np.nan)
        return nothing, nothing, nothing, nothing
    totals = np.hstack([contributions @ draws.T for draws in draw_vendors(vendors, replicates, seed)])
    estimate = contributions @ np.ones(vendors)
    behind = np.diff(contributions.indptr)
    level, share = _accelerations(contributions, denominators, estimate)
    low, high = replicate_interval(estimate, totals, behind, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = estimate[denominators]
        share_low, share_high = replicate_interval(estimate / whole, totals / totals[denominators], behind, share)
    return low, high, share_low, share_high


def _accelerations(
    matrix: sparse.csr_array, denominators: NDArray[np.intp], estimate: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Σl³ / (6 (Σl²)^1.5) over the influence l of each vendor: x − mean for a total x, x − θy for a share θ of y."""
    n = matrix.shape[1]
    ones = np.ones(n)
    squares, mean = matrix.multiply(matrix).tocsr(), estimate / n
    sum2 = squares @ ones
    sum3 = squares.multiply(matrix).tocsr() @ ones
    level = skewness_of(sum2 - n * mean**2, sum3 - 3 * mean * sum2 + 2 * n * mean**3)
    second, third = np.zeros(len(estimate)), np.zeros(len(estimate))
    for whole in np.unique(denominators):
        rows = np.flatnonzero(denominators == whole)
        y = matrix[[whole], :].toarray().ravel()
        total = y.sum()
        theta = estimate[rows] / total if total else np.zeros(len(rows))
        part = matrix[rows, :]
        xy, xyy, xxy = part @ y, part @ y**2, squares[rows, :] @ y
        second[rows] = sum2[rows] - 2 * theta * xy + theta**2 * (y**2).sum()
        third[rows] = sum3[rows] - 3 * theta * xxy + 3 * theta**2 * xyy - theta**3 * (y**3).sum()
    return level, skewness_of(second, third)


def skewness_of(second: NDArray[np.float64], third: NDArray[np.float64]) -> NDArray[np.float64]:
    """Acceleration of BCa from Σl² and Σl³ of the influences; 0 where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        made = third / (6 * np.maximum(second, 0) ** 1.5)
    return np.where(np.isfinite(made) & (second > 0), made, 0.0)


def replicate_interval(
    estimate: NDArray[np.float64],
    replicates: NDArray[np.float64],
    vendors: NDArray[Any],
    acceleration: NDArray[np.float64] | float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % bounds from bootstrap replicates: values × replicates, replicates that are not a number left out.

    BCa of Efron (1987) with the given acceleration (0: corrected for bias alone); the normal quantile is replaced by
    √(n / (n − 1)) times that of Student's t with n − 1 degrees of freedom, n the vendors behind the value. Of one
    vendor the bounds are the least and the greatest replicate. Without a usable replicate both are NaN.
    """
    ordered = np.sort(replicates, axis=-1)
    usable = np.isfinite(ordered).sum(axis=-1)
    # Sums of fractions differ in their last bits by the order of adding.
    near = 1e-9 * np.abs(estimate)[..., None]
    with np.errstate(invalid="ignore"):
        below = (replicates < estimate[..., None] - near).sum(axis=-1)
        equal = (np.abs(replicates - estimate[..., None]) <= near).sum(axis=-1)
    count = np.maximum(usable, 1)
    bias = ndtri(np.clip((below + equal / 2) / count, 0.5 / count, 1 - 0.5 / count))
    n = np.maximum(np.asarray(vendors, dtype=np.float64), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)) * student.ppf(0.975, np.maximum(n - 1, 1)), np.inf)
    bounds = []
    for sign in (-1.0, 1.0):
        reach = bias + sign * np.minimum(width, 40.0)
        slack = 1 - acceleration * reach
        # Past the pole of the correction the bound is the outermost replicate.
        place = np.where(slack > 0, bias + reach / np.where(slack > 0, slack, 1), sign * np.inf)
        bounds.append(_at_rank(ordered, ndtr(place) * (count - 1)))
    low, high = (np.where(usable > 0, bound, np.nan) for bound in bounds)
    return low, high


def _at_rank(ordered: NDArray[np.float64], rank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at fractional ranks of sorted rows, straight between two neighbours."""
    under = np.floor(rank).astype(np.intp)
    over = np.ceil(rank).astype(np.intp)
    low = np.take_along_axis(ordered, under[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, over[..., None], axis=-1)[..., 0]
    return np.asarray(low + (high - low) * (rank - under), dtype=np.float64)


def ratio_bootstrap(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], *, replicates: int, seed: int
) -> tuple[float, float]:
    """95 % interval of Σ numerator / Σ denominator, one element per vendor; (nan, nan) without vendors."""
    return ratio_bootstraps([(numerator, denominator)], replicates=replicates, seed=seed)[0]


def ratio_bootstraps(
    pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], *, replicates: int, seed: int
) -> list[tuple[float, float]]:
    """`ratio_bootstrap` of several (numerator, denominator) over the same vendors: drawn once, the same bounds."""
    if not pairs or len(pairs[0][0]) == 0 or replicates < 2:
        return [(float("nan"), float("nan"))] * len(pairs)
    both = sparse.csr_array(np.vstack([part for pair in pairs for part in pair]))
    # Of every pair the second row is what both are shares of.
    wholes = np.repeat(np.arange(1, 2 * len(pairs), 2), 2).astype(np.intp)
    _, _, low, high = cluster_bootstrap(both, wholes, replicates=replicates, seed=seed)
    return [(float(low[2 * k]), float(high[2 * k])) for k in range(len(pairs))]


def mover(before: tuple[float, float, float], after: tuple[float, float, float]) -> tuple[float, float]:
    """Interval of after − before from (value, lower, upper) of each (Zou & Donner 2008), as if they were independent.

    The same vendors mostly stand behind both, which makes it wider than it need be, never narrower.
    """
    (old, old_low, old_high), (new, new_low, new_high) = before, after
    change = new - old
    low = change - np.hypot(new - new_low, old_high - old)
    high = change + np.hypot(new_high - new, old - old_low)
    return float(low), float(high)


def sum_by(groups: NDArray[np.int64], values: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Sum of `values` in each of `size` groups numbered from 0."""
    return np.asarray(np.bincount(groups, weights=values, minlength=size), dtype=np.float64)
