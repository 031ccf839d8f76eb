"""Intervals: Wilson for proportions of independent units, percentile bootstrap over vendors for everything clustered.

Sales and offers of one vendor are not independent, so an interval that treats them as such is far too narrow; the
vendor is the unit that is resampled (Cameron, Gelbach & Miller 2008 on cluster bootstraps).
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import beta

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


def draw_vendors(vendors: int, replicates: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Blocks of replicates × vendors: how often each vendor is drawn when as many are drawn with replacement."""
    rng = np.random.default_rng(seed)
    for start in range(0, replicates, _BLOCK):
        size = min(_BLOCK, replicates - start)
        drawn = rng.integers(0, vendors, size=(size, vendors)) + vendors * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * vendors).reshape(size, vendors).astype(np.float64)


def cluster_bootstrap(
    contributions: sparse.csr_array, denominators: NDArray[np.intp], *, replicates: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """95 % percentile intervals of totals and of their shares, vendors resampled with replacement.

    `contributions` is cells × vendors (what each vendor adds to each total); `denominators[j]` is the cell that cell j
    is a share of. Returns (total lower, total upper, share lower, share upper), each one number per cell; shares of
    replicates whose denominator is zero are left out. Replicates are drawn in blocks so that memory stays flat.
    """
    cells, vendors = contributions.shape
    if vendors == 0 or cells == 0 or replicates < 2:
        nothing = np.full(cells, np.nan)
        return nothing, nothing, nothing, nothing
    totals = np.hstack([contributions @ draws.T for draws in draw_vendors(vendors, replicates, seed)])
    low, high = percentile_interval(totals)
    with np.errstate(divide="ignore", invalid="ignore"):
        share_low, share_high = percentile_interval(totals / totals[denominators])
    return low, high, share_low, share_high


def percentile_interval(replicates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % percentile interval over the last axis, replicates that are not a number left out."""
    if np.isnan(replicates).any():
        with warnings.catch_warnings():
            # A cell without any usable replicate has no interval, which is what its NaN says.
            warnings.simplefilter("ignore", RuntimeWarning)
            low, high = np.nanquantile(replicates, [0.025, 0.975], axis=-1)
    else:
        low, high = np.quantile(replicates, [0.025, 0.975], axis=-1)
    return low, high


def ratio_bootstrap(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], *, replicates: int, seed: int
) -> tuple[float, float]:
    """95 % percentile interval of Σ numerator / Σ denominator, one element per vendor; (nan, nan) without vendors."""
    if len(numerator) == 0 or replicates < 2:
        return float("nan"), float("nan")
    both = sparse.csr_array(np.vstack([numerator, denominator]))
    bounds = cluster_bootstrap(both, np.array([1, 1]), replicates=replicates, seed=seed)
    return float(bounds[2][0]), float(bounds[3][0])


def sum_by(groups: NDArray[np.int64], values: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Sum of `values` in each of `size` groups numbered from 0."""
    return np.asarray(np.bincount(groups, weights=values, minlength=size), dtype=np.float64)
