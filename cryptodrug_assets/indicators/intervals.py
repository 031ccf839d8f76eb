"""Intervals: Wilson for proportions of independent units, percentile bootstrap over vendors for everything clustered.

Sales and offers of one vendor are not independent, so an interval that treats them as such is far too narrow; the
vendor is the unit that is resampled (Cameron, Gelbach & Miller 2008 on cluster bootstraps).
"""

import numpy as np
from numpy.typing import NDArray

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


def cluster_bootstrap(
    contributions: NDArray[np.float64], denominators: NDArray[np.intp], *, replicates: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """95 % percentile intervals of totals and of their shares, vendors resampled with replacement.

    `contributions` is vendors × cells (what each vendor adds to each total); `denominators[j]` is the cell that cell j
    is a share of. Returns (total lower, total upper, share lower, share upper), each one number per cell; shares of
    replicates whose denominator is zero are left out. Replicates are drawn in blocks so that memory stays flat.
    """
    vendors, cells = contributions.shape
    if vendors == 0 or cells == 0 or replicates < 2:
        nothing = np.full(cells, np.nan)
        return nothing, nothing, nothing, nothing
    rng = np.random.default_rng(seed)
    totals = np.empty((replicates, cells))
    for start in range(0, replicates, _BLOCK):
        size = min(_BLOCK, replicates - start)
        draws = rng.multinomial(vendors, np.full(vendors, 1 / vendors), size=size).astype(np.float64)
        totals[start : start + size] = draws @ contributions
    low, high = np.quantile(totals, [0.025, 0.975], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = totals / totals[:, denominators]
        share_low, share_high = np.nanquantile(shares, [0.025, 0.975], axis=0)
    return low, high, share_low, share_high
