"""Evidence: the numbers one strand brings to a proposition, and how they would vary if the study were done again.

Shares are fractions of 1. `resampled` draws the same evidence anew: respondents and interviewees with replacement
(for a share that is a binomial draw), a market's value within its own interval.
"""

from dataclasses import dataclass, replace

import numpy as np

from cryptodrug_assets.indicators.statistics.intervals import Z95, clopper_pearson, wilson

# Below this Wilson's interval covers too seldom (0.85 at n = 4), Clopper–Pearson never.
_LEAST_WILSON = 10


@dataclass(frozen=True)
class SurveyEvidence:
    """k of n valid answers on one side, 95 % interval, and the bounds if those who gave none all took one side.

    Of a paired comparison k are those on the first side alone and n those on one side alone (ties say nothing).
    """

    k: int
    n: int
    missing: int = 0
    period: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n or self.missing < 0:
            raise ValueError(f"{self.k} of {self.n} with {self.missing} missing is no count")

    @property
    def value(self) -> float | None:
        """Share; null of no answers."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson from ten answers on, Clopper–Pearson below: what a random sample of this size would leave open."""
        return wilson(self.k, self.n) if self.n >= _LEAST_WILSON else clopper_pearson(self.k, self.n)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Share if all who did not answer were on the other side, and if all were on this one; null of nobody.

        >>> SurveyEvidence(48, 60, missing=39).bounds
        (0.48484848484848486, 0.8787878787878788)
        """
        everyone = self.n + self.missing
        return (self.k / everyone, (self.k + self.missing) / everyone) if everyone else None

    def resampled(self, rng: np.random.Generator) -> "SurveyEvidence":
        """The same with as many respondents drawn with replacement."""
        return self if self.n == 0 else replace(self, k=int(rng.binomial(self.n, self.k / self.n)))


@dataclass(frozen=True)
class InterviewEvidence:
    """k of n interviews with the theme, and how many with a counter-case (null where none was defined)."""

    k: int
    n: int
    counter: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n or not 0 <= (self.counter or 0) <= self.n:
            raise ValueError(f"{self.k} of {self.n} interviews, {self.counter} against, is no count")

    def resampled(self, rng: np.random.Generator) -> "InterviewEvidence":
        """The same with as many interviews drawn with replacement; an interview may bear both or neither."""
        if self.n == 0:
            return self
        counter = self.counter or 0
        both = max(0, self.k + counter - self.n)
        shares = np.array([self.k - both, counter - both, both, self.n - self.k - counter + both]) / self.n
        only, against, twice, _ = rng.multinomial(self.n, shares)
        drawn = int(against + twice) if self.counter is not None else None
        return replace(self, k=int(only + twice), counter=drawn)


@dataclass(frozen=True)
class MarketEvidence:
    """An indicator's value with its 95 % interval, and where it is from."""

    value: float
    lower: float
    upper: float
    indicator: str = ""
    period: str | None = None

    def __post_init__(self) -> None:
        if not self.lower <= self.value <= self.upper:
            raise ValueError(f"{self.value} lies outside its interval {self.lower} to {self.upper}")

    def resampled(self, rng: np.random.Generator) -> "MarketEvidence":
        """The value moved by its standard error, told from the interval, which moves with it."""
        shift = float(rng.normal(0, (self.upper - self.lower) / (2 * Z95)))
        return replace(self, value=self.value + shift, lower=self.lower + shift, upper=self.upper + shift)


@dataclass(frozen=True)
class Evidence:
    """What the strands bring to one proposition; null where a strand has nothing (not asked, not published)."""

    survey: SurveyEvidence | None = None
    interviews: InterviewEvidence | None = None
    market: MarketEvidence | None = None

    def resampled(self, rng: np.random.Generator) -> "Evidence":
        """All strands drawn anew, each by itself."""
        return Evidence(
            self.survey.resampled(rng) if self.survey else None,
            self.interviews.resampled(rng) if self.interviews else None,
            self.market.resampled(rng) if self.market else None,
        )
