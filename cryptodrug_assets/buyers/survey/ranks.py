"""Rankings: Borda scores, share at the first place, and how often resampling keeps the order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 500


@dataclass(frozen=True)
class Ranking:
    """Options by score, highest first; `stability` is the share of resamples with the same first options in order."""

    options: tuple[str, ...]
    scores: tuple[int, ...]
    first: tuple[int, ...]
    n: int
    top: int
    stability: float | None
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]


def borda(
    places: NDArray[np.int64],
    options: Sequence[str],
    *,
    most: int,
    top: int = 4,
    replicates: int = 9_999,
    seed: int = 7,
) -> Ranking:
    """Borda scores of partial rankings: respondents × options, place 1 to `most`, 0 not ranked.

    Place p scores most + 1 − p, no place 0. The interval of a score is the percentile one over resampled respondents.
    """
    points = np.where(places > 0, most + 1 - places, 0)
    scores = points.sum(axis=0)
    order = sorted(range(len(options)), key=lambda at: (-int(scores[at]), options[at]))
    stability: float | None = None
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    n = len(places)
    top = min(top, len(options))
    if n >= 2 and replicates > 0:
        patterns, times = np.unique(points, axis=0, return_counts=True)
        rng = np.random.default_rng(seed)
        drawn = np.concatenate(
            [
                rng.multinomial(n, times / n, size=min(_BLOCK, replicates - start)) @ patterns
                for start in range(0, replicates, _BLOCK)
            ]
        )
        leading = drawn[:, order[:top]]
        rest = drawn[:, order[top:]]
        kept = (np.diff(leading, axis=1) < 0).all(axis=1)
        if rest.shape[1]:
            kept &= leading[:, -1] > rest.max(axis=1)
        stability = float(kept.mean())
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Ranking(
        options=tuple(options[at] for at in order), scores=tuple(int(scores[at]) for at in order),
        first=tuple(int((places[:, at] == 1).sum()) for at in order), n=n, top=top, stability=stability,
        lower=tuple(None if low is None else float(low[at]) for at in order),
        upper=tuple(None if high is None else float(high[at]) for at in order),
    )  # fmt: skip
