"""Intervals: Wilson and Clopper–Pearson for proportions of vendors, a bootstrap over vendors for everything clustered.

Sales and offers of one vendor are not independent, so an interval that treats them as such is far too narrow; the
vendor is the unit that is resampled (Cameron, Gelbach & Miller 2008 on cluster bootstraps). Bounds are those of BCa
(Efron 1987: corrected for bias and skewness), their quantiles widened where few vendors stand behind a value, as
Student's t is wider than the normal (Hesterberg 2015). How many vendors there are in effect, when few of them sell
most, is one more than Satterthwaite's (1946) degrees of freedom of the variance, (Σl²)² / Σl⁴ over the influence l of
each; where these are fewer than half of the vendors, resampling knows too little of the largest, and the bounds go out
to those of Student's t on the logarithm (or logit) at least. `mover` combines intervals of two values into one of their
difference (Zou & Donner 2008).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    whole = estimate[denominators]
    level, share = _moments(contributions, denominators, estimate)
    with np.errstate(divide="ignore", invalid="ignore"):
        bounds = []
        for value, drawn, moments, unit in (
            (estimate, totals, level, 1.0), (estimate / whole, totals / totals[denominators], share, whole),
        ):  # fmt: skip
            found = replicate_interval(value, drawn, behind, moments.skewness, moments.effective)
            error = np.sqrt(moments.second * vendors / max(vendors - 1, 1)) / unit
            bounds.append(_at_least(found, value, error, behind, moments.effective, drawn))
    (low, high), (share_low, share_high) = bounds
    return low, high, share_low, share_high


def _at_least(
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
    estimate: NDArray[np.float64],
    error: NDArray[np.float64],
    vendors: NDArray[Any],
    effective: NDArray[np.float64],
    replicates: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The bounds, or those of Student's t where they are wider and less than half of the vendors count in effect."""
    reach = student.ppf(0.975, np.maximum(effective, 1.0)) * error
    share = np.nanmax(np.where(np.isfinite(replicates), replicates, -np.inf), axis=-1) <= 1 + 1e-12
    odds = np.log(estimate / (1 - estimate))
    step = reach / (estimate * (1 - estimate))
    low = np.where(share, 1 / (1 + np.exp(step - odds)), estimate * np.exp(-reach / estimate))
    high = np.where(share, 1 / (1 + np.exp(-step - odds)), estimate * np.exp(reach / estimate))
    wide = (vendors > 1) & (effective < vendors / 2) & np.isfinite(low) & np.isfinite(high) & (estimate > 0)
    return np.where(wide, np.fmin(bounds[0], low), bounds[0]), np.where(wide, np.fmax(bounds[1], high), bounds[1])


@dataclass(frozen=True)
class Moments:
    """Σl², Σl³ and Σl⁴ of the vendors' influences l on values."""

    second: NDArray[np.float64]
    third: NDArray[np.float64]
    fourth: NDArray[np.float64]

    @classmethod
    def of(cls, influence: NDArray[np.float64]) -> "Moments":
        """From values × vendors."""
        return cls(*((influence**power).sum(axis=-1) for power in (2, 3, 4)))

    @property
    def skewness(self) -> NDArray[np.float64]:
        """Acceleration of BCa, Σl³ / (6 (Σl²)^1.5); 0 where nothing varies."""
        with np.errstate(divide="ignore", invalid="ignore"):
            made = self.third / (6 * np.maximum(self.second, 0) ** 1.5)
        return np.where(np.isfinite(made) & (self.second > 0), made, 0.0)

    @property
    def effective(self) -> NDArray[np.float64]:
        """How many vendors count in effect: 1 + (Σl²)² / Σl⁴; infinitely many where nothing varies."""
        with np.errstate(divide="ignore", invalid="ignore"):
            made = 1 + self.second**2 / self.fourth
        return np.where(np.isfinite(made) & (self.second > 0) & (self.fourth > 0), made, np.inf)


def _moments(
    matrix: sparse.csr_array, denominators: NDArray[np.intp], estimate: NDArray[np.float64]
) -> tuple[Moments, Moments]:
    """Of totals and shares; the influence of a vendor is x − mean on a total x, x − θy on a share θ of y."""
    n = matrix.shape[1]
    ones = np.ones(n)
    squares, mean = matrix.multiply(matrix).tocsr(), estimate / n
    cubes = squares.multiply(matrix).tocsr()
    sum2, sum3, sum4 = squares @ ones, cubes @ ones, squares.multiply(squares).tocsr() @ ones
    level = Moments(
        sum2 - n * mean**2,
        sum3 - 3 * mean * sum2 + 2 * n * mean**3,
        sum4 - 4 * mean * sum3 + 6 * mean**2 * sum2 - 3 * n * mean**4,
    )
    second, third, fourth = (np.zeros(len(estimate)) for _ in range(3))
    for whole in np.unique(denominators):
        rows = np.flatnonzero(denominators == whole)
        y = matrix[[whole], :].toarray().ravel()
        total = y.sum()
        theta = estimate[rows] / total if total else np.zeros(len(rows))
        part, square = matrix[rows, :], squares[rows, :]
        xy, xyy, xyyy = part @ y, part @ y**2, part @ y**3
        xxy, xxyy, xxxy = square @ y, square @ y**2, cubes[rows, :] @ y
        second[rows] = sum2[rows] - 2 * theta * xy + theta**2 * (y**2).sum()
        third[rows] = sum3[rows] - 3 * theta * xxy + 3 * theta**2 * xyy - theta**3 * (y**3).sum()
        fourth[rows] = (
            sum4[rows] - 4 * theta * xxxy + 6 * theta**2 * xxyy - 4 * theta**3 * xyyy + theta**4 * (y**4).sum()
        )
    return level, Moments(second, third, fourth)


def replicate_interval(
    estimate: NDArray[np.float64],
    replicates: NDArray[np.float64],
    vendors: NDArray[Any],
    acceleration: NDArray[np.float64] | float = 0.0,
    effective: NDArray[np.float64] | float = np.inf,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % bounds from bootstrap replicates: values × replicates, replicates that are not a number left out.

    BCa of Efron (1987) with the given acceleration (0: corrected for bias alone); the normal quantile is replaced by
    √(n / (n − 1)) times that of Student's t with n − 1 degrees of freedom, n the vendors behind the value, or as many
    as they are in effect. Of one vendor the bounds are the least and the greatest replicate. Without a usable replicate
    both are NaN.
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
    n = np.where(n > 1, np.minimum(n, np.maximum(effective, 1.5)), n)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.where(
            n > 1, np.sqrt(n / np.maximum(n - 1, 0.5)) * student.ppf(0.975, np.maximum(n - 1, 0.5)), np.inf
        )
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
