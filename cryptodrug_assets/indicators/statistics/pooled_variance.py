"""Intervals of shares, proportions and means of which few vendors stand behind: the variance is pooled over the market.

Three vendors cannot tell how much vendors differ; the hundreds of their market can. So the variance of a cell is that
of the market's vendors, scaled to the cell's level and number of vendors (a generalised variance function: Valliant
1987; Wolter 2007, ch. 7). From ten vendors on, the cell's own variance has a say that grows with their number
(moderated variance, Smyth 2004). Below ten vendors no bound depends on how the cell's total splits over them, and what
the market's spread says is rounded, so that a published bound tells nothing of a single vendor.

Bounds of shares and proportions are Wilson's with the effective number of observations (Korn & Graubard 1998; Franco,
Little, Louis & Slud 2019), which have width at 0 and at 1 as well; of means, those on the logarithm. Quantiles are of
Student's t with the market's effective number of vendors, less one.

What is meant by them: the market's vendors are a sample of those who might have sold there, and so is the part of them
that is from a country. Bounds for what was there and not seen are another matter (unseen_bounds.py).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryptodrug_assets.indicators.statistics.intervals import student_quantile

Floats = NDArray[np.float64]
#: Below so many vendors of a whole market nothing is known of how vendors differ: no interval.
LEAST_IN_MARKET = 10
#: From so many vendors of a cell on its own variance counts.
LEAST_FOR_OWN = 10
#: How many vendors' worth the market's variance counts beside the cell's own.
_PRIOR = 10.0
# Numbers of vendors of a cell below ten are told no more exactly than this.
_STEPS = np.array([0, 1, 2, 3, 4, 4, 6, 6, 8, 8])
_ROUNDED = 4


def coarse(vendors: Any) -> NDArray[np.float64]:
    """The number of vendors with which bounds are computed: below ten the next lower of 1, 2, 3, 4, 6, 8."""
    given = np.asarray(vendors, dtype=np.intp)
    return np.where(given < LEAST_FOR_OWN, _STEPS[np.clip(given, 0, 9)], given).astype(np.float64)


def rounded_up(value: Any) -> Any:
    """To the next power of 2^(1/4), which a spread is told by; zero stays zero."""
    given = np.asarray(value, dtype=np.float64)
    with np.errstate(divide="ignore"):
        steps = np.ceil(_ROUNDED * np.log2(given) - 1e-9)
    return np.where(given > 0, 2.0 ** (steps / _ROUNDED), 0.0)


def wilson_t(share: Any, observations: Any, freedom: Any) -> tuple[Floats, Floats]:
    """95 % bounds of a proportion from its effective number of observations, with Student's t (at least one degree).

    >>> [bound.round(3).item() for bound in wilson_t(0.0, 10.0, np.inf)]
    [0.0, 0.278]
    """
    p, n = np.asarray(share, dtype=np.float64), np.maximum(np.asarray(observations, dtype=np.float64), 1e-9)
    square = student_quantile(np.maximum(freedom, 1.0)) ** 2
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = np.sqrt(square * (p * (1 - p) / n + square / (4 * n**2))) / (1 + square / n)
    return np.clip(centre - half, 0.0, p), np.clip(centre + half, p, 1.0)


def inequality(sizes: Floats) -> float:
    """Kish's factor 1 + cv² of what vendors are counted by: n Σy² / (Σy)²; 1 where all are alike or none is."""
    total = sizes.sum()
    return float(len(sizes) * (sizes**2).sum() / total**2) if total > 0 else 1.0


def share_of_market(
    share: Floats,
    vendors: NDArray[Any],
    squares: Floats,
    *,
    market_vendors: int,
    market_inequality: float,
    whole_vendors: NDArray[Any] | int,
) -> tuple[Floats, Floats]:
    """95 % bounds of the shares of countries or classes in a market's total; NaN where the market has few vendors.

    `share` of each cell, its number of `vendors` n (`coarse` where nobody is told it otherwise), `squares`, its own
    factor n Σx² / (Σx)² (from ten vendors on, where it is above the market's), and `whole_vendors` N, how many stand
    behind what it is a share of. The relative variance is (1/n − 1/(N + 1)) times the factor 1 + cv² of the market:
    which vendors are of the cell is chance, and so is what they sell.
    """
    share = np.asarray(share, dtype=np.float64)
    if market_vendors < LEAST_IN_MARKET:
        nothing = np.full(share.shape, np.nan)
        return nothing, nothing
    vendors = np.asarray(vendors, dtype=np.float64)
    n, whole = np.maximum(vendors, 1.0), np.asarray(whole_vendors, dtype=np.float64)
    factor = np.maximum(market_inequality, np.where(vendors >= LEAST_FOR_OWN, np.nan_to_num(squares), 0.0))
    own = factor > market_inequality
    # Where its own inequality counts, no more vendors count in effect than the cell's own.
    freedom = np.where(own, vendors / factor, market_vendors / market_inequality) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.maximum(1 / n - 1 / (np.maximum(whole, n) + 1), 0) * rounded_up(factor)
        observations = np.where((share > 0) & (share < 1), (1 - share) / (share * relative), whole / rounded_up(factor))
    return wilson_t(share, observations, freedom)


def total_error(vendors: int, *, market_vendors: int, market_inequality: float) -> float:
    """Relative error of a total that so many vendors add up to; NaN without them or in a market of few.

    >>> round(total_error(4, market_vendors=100, market_inequality=4.0), 3)
    1.0
    """
    if market_vendors < LEAST_IN_MARKET or vendors == 0:
        return float("nan")
    return float(np.sqrt(float(rounded_up(market_inequality)) / float(coarse(vendors))))


def moderated(pooled: Any, own: Any, vendors: Any) -> Floats:
    """The pooled variance; from ten vendors on its mean with the own one, which weighs by the vendors behind it."""
    vendors = np.asarray(vendors, dtype=np.float64)
    weight = np.where(vendors < LEAST_FOR_OWN, 0.0, (vendors - 1) / (vendors - 1 + _PRIOR))
    own = np.where(weight > 0, np.nan_to_num(own), 0.0)
    return np.asarray((1 - weight) * pooled + weight * own, dtype=np.float64)


@dataclass(frozen=True)
class Pool:
    """What all vendors of a market say of a ratio Σa / Σb: its value, its variance per vendor, the inequality of b,
    how many vendors there are, and how many count in effect."""

    ratio: float
    variance: float
    inequality: float
    vendors: int
    freedom: float

    @classmethod
    def of(cls, part: Floats, whole: Floats) -> "Pool":
        """From what each vendor adds to numerator and denominator (vendors that add nothing to the latter left out)."""
        part, whole = part[whole > 0], whole[whole > 0]
        n = len(whole)
        if n == 0:
            return cls(np.nan, np.nan, 1.0, 0, 0.0)
        ratio = float(part.sum() / whole.sum())
        influence = (part - ratio * whole) ** 2
        variance = _variance(influence, whole) * n
        factor = inequality(whole)
        return cls(ratio, variance, factor, n, max(n / factor - 1, 1.0))

    @property
    def is_enough(self) -> bool:
        """Whether the market has vendors enough to say how they vary."""
        return self.vendors >= LEAST_IN_MARKET

    def share(self, part: Floats, whole: Floats) -> tuple[float, float]:
        """95 % bounds of a proportion Σa / Σb of a cell; (nan, nan) without vendors or in a market of few.

        `part` and `whole`: what each vendor of the cell adds.
        """
        if not self.is_enough or not (whole > 0).any():
            return np.nan, np.nan
        p, observations = self.observations(part, whole)
        low, high = wilson_t(p, observations, self.freedom)
        return float(low), float(high)

    def observations(self, part: Floats, whole: Floats) -> tuple[float, float]:
        """A proportion and its effective number of observations p (1 − p) / variance."""
        part, whole = part[whole > 0], whole[whole > 0]
        p = float(part.sum() / whole.sum())
        # How much one vendor counts for: 1 where each does all or nothing of it and all are of one size.
        varies = 0 < self.ratio < 1 and self.variance > 0
        effect = self.variance / (self.ratio * (1 - self.ratio)) if varies else self.inequality
        own = _variance((part - p * whole) ** 2, whole) / (p * (1 - p)) if 0 < p < 1 else np.nan
        return p, 1 / self._variance_of_cell(effect, own, whole)

    def _variance_of_cell(self, effect: float, own: float, whole: Floats) -> float:
        """Variance of a cell's ratio from that of one vendor of the market; NaN for `own` leaves its own one out.

        With weights w = b / Σb it is Σw² times what a vendor of weight 1 would have. Below ten vendors Σw² is what the
        market lets expect of so many, about (1 + cv²) / (n + cv²), so never above 1; from ten on the mean of that and
        of the cell's own Σw².
        """
        n, factor = len(whole), float(rounded_up(self.inequality))
        each = float(rounded_up(effect / self.inequality))
        expected = each * factor / (float(coarse(n)) + factor - 1)
        if n < LEAST_FOR_OWN:
            return expected
        pooled = (expected + each * inequality(whole) / n) / 2
        return pooled if np.isnan(own) else max(pooled, float(moderated(pooled, own, n)))

    def mean(self, part: Floats, whole: Floats) -> tuple[float, float]:
        """95 % bounds of a mean Σa / Σb of a cell, on the logarithm; (nan, nan) where nothing can be said."""
        part, whole = part[whole > 0], whole[whole > 0]
        n = len(whole)
        if not self.is_enough or n == 0 or part.sum() <= 0 or self.ratio <= 0:
            return np.nan, np.nan
        value = float(part.sum() / whole.sum())
        own = _variance((part - value * whole) ** 2, whole) / value**2
        relative = self._variance_of_cell(self.variance / self.ratio**2, own, whole)
        reach = student_quantile(self.freedom) * np.sqrt(relative)
        return value * float(np.exp(-reach)), value * float(np.exp(reach))


def _variance(squares: Floats, whole: Floats) -> float:
    """Variance of a ratio from squared influences, vendors as clusters."""
    n = len(whole)
    return float(n / max(n - 1, 1) * squares.sum() / whole.sum() ** 2)
