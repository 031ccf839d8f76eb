"""Intervals: Wilson and Clopper–Pearson for proportions of vendors, a bootstrap over vendors for everything clustered.

Sales and offers of one vendor are not independent, so an interval that treats them as such is far too narrow; the
vendor is the unit that is resampled (Cameron, Gelbach & Miller 2008 on cluster bootstraps). Bounds are those of BCa
(Efron 1987: corrected for bias and skewness), their quantiles widened where few vendors stand behind a value, as
Student's t is wider than the normal (Hesterberg 2015).

Resampling few vendors shows nothing beyond the largest and smallest of them. So where fewer than 60 count
in effect, the bounds of totals, shares and means reach at least those of Student's t on the logarithm (of a share: the
logit). Its error is that of the jackknife over
vendors (CV3 of MacKinnon, Nielsen & Webb 2023: a vendor that dominates hides its own deviation). Its degrees of freedom
are those of Satterthwaite (1946), (Σl²)² / Σl⁴ over the influence l of each vendor, but fewer than Kish's (1965)
effective number of vendors, (Σy)² / Σy² over what each adds to that which the share or mean is of.

`mover` combines intervals of two values into one of their difference (Zou & Donner 2008).
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit, logit, ndtr, ndtri
from scipy.stats import beta
from scipy.stats import t as student

Z95 = 1.959963984540054
_BLOCK = 250
# Above so many vendors in effect, resampling holds the truth as often as it says.
_FEW = 60


def wilson(successes: float, n: float) -> tuple[float, float]:
    """95 % Wilson score interval of a proportion (Wilson 1927); (0, 1) without observations."""
    if n <= 0:
        return 0.0, 1.0
    p = successes / n
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
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
    low, high = clustered_interval(estimate, totals, behind, _of_totals(contributions))
    with np.errstate(divide="ignore", invalid="ignore"):
        share, drawn = estimate / estimate[denominators], totals / totals[denominators]
    return low, high, *clustered_interval(share, drawn, behind, _of_shares(contributions, denominators))


@dataclass(frozen=True)
class Moments:
    """Of the influences l of vendors on values: Σl², Σl³ and Σl⁴ up to a factor, the error of the jackknife over
    vendors, and how many vendors count in effect in what the value is a share or mean of (Kish)."""

    second: NDArray[np.float64]
    third: NDArray[np.float64]
    fourth: NDArray[np.float64]
    error: NDArray[np.float64]
    clusters: NDArray[np.float64]
    #: Whether the value is a part of a whole, so never above one.
    is_share: NDArray[np.bool_]

    @classmethod
    def of(cls, influence: NDArray[np.float64], weight: NDArray[np.float64]) -> "Moments":
        """From values × vendors: influence on a share, and the vendor's part in what it is a share of."""
        vendors = influence.shape[-1]
        spread = ((influence * _without(weight)) ** 2).sum(axis=-1) * (1 - 1 / vendors)
        with np.errstate(divide="ignore", invalid="ignore"):
            clusters = weight.sum(axis=-1) ** 2 / (weight**2).sum(axis=-1)
        second, third, fourth = ((influence**power).sum(axis=-1) for power in (2, 3, 4))
        return cls(second, third, fourth, np.sqrt(spread), clusters, np.full(second.shape, fill_value=True))

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


def _without(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much the influence of a vendor understates what its absence would change; of all but all there is, 10⁴."""
    return 1 / np.maximum(1 - weight, 1e-4)


def _of_totals(matrix: sparse.csr_array) -> Moments:
    """The influence of a vendor on a total x is x − mean."""
    n = matrix.shape[1]
    ones = np.ones(n)
    squares, mean = matrix.multiply(matrix).tocsr(), matrix @ ones / n
    sum2, sum3, sum4 = squares @ ones, squares.multiply(matrix) @ ones, squares.multiply(squares) @ ones
    second = sum2 - n * mean**2
    third = sum3 - 3 * mean * sum2 + 2 * n * mean**3
    fourth = sum4 - 4 * mean * sum3 + 6 * mean**2 * sum2 - 3 * n * mean**4
    error = np.sqrt(np.maximum(second, 0) * n / max(n - 1, 1))
    return Moments(second, third, fourth, error, np.full(len(mean), float(n)), np.full(len(mean), fill_value=False))


def _of_shares(matrix: sparse.csr_array, denominators: NDArray[np.intp]) -> Moments:
    """Of every row as a share of its denominator's row."""
    wholes, group = np.unique(denominators, return_inverse=True)
    found = [
        share_moments(matrix[np.flatnonzero(group == number), :], matrix[[whole], :].toarray().ravel())
        for number, whole in enumerate(wholes)
    ]
    place = np.argsort(np.argsort(group, kind="stable"))
    return Moments(*(np.concatenate(parts)[place] for parts in zip(*map(astuple, found), strict=True)))


def share_moments(part: sparse.csr_array, y: NDArray[np.float64]) -> Moments:
    """Of the rows x of `part` as shares θ of y: the influence of a vendor is (x − θy) / Σy.

    Written out in sums of products, since vendors of a row are few and vendors at all are many.
    """
    total, n = y.sum(), len(y)
    if not total:
        nothing = np.zeros(part.shape[0])
        return Moments(nothing, nothing, nothing, nothing, nothing, nothing > 0)
    ones = np.ones(n)
    theta = part @ ones / total
    square = part.multiply(part).tocsr()
    cube = square.multiply(part).tocsr()
    xy, xyy, xyyy = part @ y, part @ y**2, part @ y**3
    xxy, xxyy, xxxy = square @ y, square @ y**2, cube @ y
    sum2, sum3, sum4 = square @ ones, cube @ ones, square.multiply(square) @ ones
    second = sum2 - 2 * theta * xy + theta**2 * (y**2).sum()
    third = sum3 - 3 * theta * xxy + 3 * theta**2 * xyy - theta**3 * (y**3).sum()
    fourth = sum4 - 4 * theta * xxxy + 6 * theta**2 * xxyy - 4 * theta**3 * xyyy + theta**4 * (y**4).sum()
    apart = _without(y / total) ** 2
    spread = square @ apart - 2 * theta * (part @ (apart * y)) + theta**2 * (apart * y**2).sum()
    error = np.sqrt(np.maximum(spread, 0) * (1 - 1 / n)) / total
    row_of = np.repeat(np.arange(len(theta)), np.diff(part.indptr))
    above = sum_by(row_of, part.data > y[part.indices] + 1e-9, len(theta))
    clusters = np.full(len(theta), total**2 / (y**2).sum())
    return Moments(second, third, fourth, error, clusters, above == 0)


def clustered_interval(
    estimate: NDArray[np.float64], replicates: NDArray[np.float64], vendors: NDArray[Any], moments: Moments
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % bounds of totals, shares and means: those of BCa; of few vendors at least those of Student's t."""
    low, high = replicate_interval(estimate, replicates, vendors, moments.skewness)
    in_effect = np.minimum(moments.effective, moments.clusters)
    reach = student.ppf(0.975, np.maximum(in_effect - 1, 1.0)) * moments.error
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        odds, step, factor = logit(estimate), reach / (estimate * (1 - estimate)), np.exp(reach / estimate)
        least = np.where(moments.is_share, expit(odds - step), estimate / factor)
        most = np.where(moments.is_share, expit(odds + step), estimate * factor)
    few = (vendors > 1) & (in_effect < _FEW)
    wide = few & (estimate > 0) & np.isfinite(least) & np.isfinite(most)
    return np.where(wide, np.fmin(low, least), low), np.where(wide, np.fmax(high, most), high)


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
        width = np.where(n > 1, np.sqrt(n / (n - 1)) * student.ppf(0.975, np.maximum(n - 1, 1)), np.inf)
    bounds = []
    for sign in (-1.0, 1.0):
        reach = bias + sign * np.minimum(width, 40.0)
        slack = 1 - acceleration * reach
        # Past the pole of the correction the bound is the outermost replicate.
        place = np.where(slack > 0, bias + reach / np.where(slack > 0, slack, 1), sign * np.inf)
        with np.errstate(invalid="ignore"):  # all replicates infinite: no usable one
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
