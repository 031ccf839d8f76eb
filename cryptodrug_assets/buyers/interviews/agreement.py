"""Agreement of coders on present or absent, interview by interview.

The unit is an interview and a code, not characters: kappa over text that nobody coded says nothing. Four measures:

- percent: share of agreeing pairs of coders, averaged over units;
- alpha: Krippendorff's alpha for nominal data (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability");
- ac1: Gwet's AC1 (Gwet 2008, British Journal of Mathematical and Statistical Psychology 61);
- kappa: Cohen's kappa (Cohen 1960), for exactly two coders.

The last three correct for chance. Where every coder said the same of every unit there is nothing to correct, and they
are not defined: the value is null and `reason` says so. One who codes rare things well and one who sleeps would look
alike. The prevalence paradox is why AC1 stands beside alpha and kappa.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MEASURES = ("percent", "alpha", "ac1", "kappa")
#: A unit is what the coders said of it; who did not judge it is left out.
Unit = Mapping[str, Hashable]
# When this share of resamples has no value, an interval of the others would be about another question.
_MOST_UNDEFINED = 0.05
LEAST_INTERVIEWS = 5


@dataclass(frozen=True)
class Agreement:
    """A measure with its 95 % bootstrap interval over interviews; `reason` says why value or interval are null."""

    measure: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    interviews: int = 0
    units: int = 0
    coders: int = 0
    reason: str | None = None


def percent(units: Sequence[Unit]) -> float | None:
    """Mean share of agreeing pairs over units judged by two or more; null without such units.

    >>> percent([{"A": 1, "B": 1}, {"A": 1, "B": 0}])
    0.5
    """
    return _of_all(_percent, units)


def alpha(units: Sequence[Unit]) -> float | None:
    """Krippendorff's alpha for nominal data; null where nothing varies.

    Nine of ten against ten of ten agree in nine tenths, and yet no better than chance:

    >>> alpha([{"A": 1, "B": 1}] * 9 + [{"A": 0, "B": 1}])
    0.0
    """
    return _of_all(_alpha, units)


def ac1(units: Sequence[Unit]) -> float | None:
    """Gwet's AC1 for two or more coders; null where nothing varies.

    >>> round(ac1([{"A": 1, "B": 1}] * 9 + [{"A": 0, "B": 1}]), 2)
    0.89
    """
    return _of_all(_ac1, units)


def kappa(units: Sequence[Unit]) -> float | None:
    """Cohen's kappa of two coders; null for other than two, and where both said one thing of everything."""
    return _of_all(_kappa, units)


@dataclass(frozen=True)
class _Counts:
    """Units × categories: how many coders said what; the same of the first and of the second of two coders."""

    said: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    coders: int

    @classmethod
    def of(cls, units: Sequence[Unit]) -> "_Counts":
        coders = sorted({coder for unit in units for coder in unit})
        categories = sorted({value for unit in units for value in unit.values()}, key=repr)
        each = np.zeros((len(coders), len(units), len(categories)))
        for row, unit in enumerate(units):
            for coder, value in unit.items():
                each[coders.index(coder), row, categories.index(value)] = 1
        pair = np.zeros((2, len(units), len(categories)))
        if len(coders) == 2:
            pair = each * each.sum(axis=2, keepdims=True).prod(axis=0)  # units that both judged
        return cls(each.sum(axis=0), pair[0], pair[1], len(coders))

    @property
    def judges(self) -> NDArray[np.float64]:
        """Coders of each unit."""
        return np.asarray(self.said.sum(axis=1))


# How often each unit counts, one row a resample → the measure of each, NaN where it is not defined.
_Formula = Callable[[_Counts, NDArray[np.float64]], NDArray[np.float64]]


def _percent(counts: _Counts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    m = counts.judges
    paired = m > 1
    agreeing = (counts.said * (counts.said - 1)).sum(axis=1)
    shares = np.divide(agreeing, m * (m - 1), out=np.zeros_like(m), where=paired)
    return _divided(weights @ shares, weights @ paired.astype(float))


def _alpha(counts: _Counts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    m = counts.judges
    paired = m > 1
    apart = m**2 - (counts.said**2).sum(axis=1)
    observed = weights @ np.divide(apart, m - 1, out=np.zeros_like(m), where=paired)
    totals = (weights * paired) @ counts.said
    n = totals.sum(axis=1)
    return 1 - _divided((n - 1) * observed, n**2 - (totals**2).sum(axis=1))


def _ac1(counts: _Counts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    judged = counts.judges > 0
    shares = np.divide(counts.said, counts.judges[:, None], out=np.zeros_like(counts.said), where=judged[:, None])
    means = _divided((weights * judged) @ shares, (weights @ judged.astype(float))[:, None])
    categories = (means > 0).sum(axis=1)
    chance = _divided((means * (1 - means)).sum(axis=1), categories - 1.0)
    return _divided(_percent(counts, weights) - chance, 1 - chance)


def _kappa(counts: _Counts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    first, second = weights @ counts.first, weights @ counts.second
    n = first.sum(axis=1)
    chance = _divided((first * second).sum(axis=1), n**2)
    agreed = _divided(weights @ (counts.first * counts.second).sum(axis=1), n)
    return _divided(agreed - chance, 1 - chance)


def _divided(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where nothing stands below (sums of fractions miss zero by their last bits)."""
    blank = np.full(np.broadcast(above, below).shape, np.nan)
    return np.asarray(np.divide(above, below, out=blank, where=np.abs(below) > 1e-12))


def _of_all(formula: _Formula, units: Sequence[Unit]) -> float | None:
    if not units:
        return None
    (value,) = formula(_Counts.of(units), np.ones((1, len(units))))
    return None if np.isnan(value) else float(value)


_FORMULAS: dict[str, _Formula] = {"percent": _percent, "alpha": _alpha, "ac1": _ac1, "kappa": _kappa}


def agreement(by_interview: Mapping[str, Sequence[Unit]], *, resamples: int = 2000, seed: int = 7) -> list[Agreement]:
    """All four measures of the units of some interviews, with intervals from resampling whole interviews.

    There is no interval of fewer than five interviews, nor where more than a twentieth of the resamples has no value.
    """
    judged = {name: [unit for unit in units if len(unit) > 1] for name, units in sorted(by_interview.items())}
    judged = {name: units for name, units in judged.items() if units}
    units = [unit for members in judged.values() for unit in members]
    if not units:
        return [Agreement(measure, None, reason=_why_not(measure, units, 0)) for measure in MEASURES]
    counts = _Counts.of(units)
    weights = np.zeros((0, len(units)))
    if len(judged) >= LEAST_INTERVIEWS and resamples > 0:
        rng = np.random.default_rng(seed)
        drawn = rng.multinomial(len(judged), np.full(len(judged), 1 / len(judged)), size=resamples)
        weights = np.repeat(drawn, [len(members) for members in judged.values()], axis=1).astype(np.float64)
    sizes = [Agreement(measure, None, None, None, len(judged), len(units), counts.coders) for measure in MEASURES]
    return [_measured(size, units, counts, weights) for size in sizes]


def _measured(size: Agreement, units: Sequence[Unit], counts: _Counts, weights: NDArray[np.float64]) -> Agreement:
    """The measure named in `size`, with value, interval and reason."""
    measure = size.measure
    formula = _FORMULAS[measure]
    value = _of_all(formula, units)
    if value is None:
        return replace(size, value=None, reason=_why_not(measure, units, counts.coders))
    if not len(weights):
        return replace(size, value=value, reason="no interval: fewer than five interviews")
    drawn = formula(counts, weights)
    undefined = float(np.isnan(drawn).mean())
    if undefined > _MOST_UNDEFINED:
        why = f"no interval: not defined in {undefined:.0%} of the resamples"
        return replace(size, value=value, reason=why)
    lower, upper = (float(bound) for bound in np.nanquantile(drawn, [0.025, 0.975]))
    return replace(size, value=value, lower=lower, upper=upper)


def _why_not(measure: str, units: Sequence[Unit], coders: int) -> str:
    if not units:
        return "not defined: no interview was coded by two coders"
    if measure == "kappa" and coders != 2:
        return f"not defined: kappa is of two coders, not {coders}"
    return "not defined: nothing varies, every coder said the same of every interview"
