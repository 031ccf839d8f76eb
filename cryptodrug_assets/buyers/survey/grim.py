"""Which valid N a printed figure admits (GRIM; Brown & Heathers 2017), exactly and under every usual rounding.

A percent of integer parts printed as "62" is one of few fractions; so is a mean of whole numbers printed as "2.65". The
digits count: "62" is not "62.0". A figure is admitted when half-up, half-even or half-down rounding prints it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from cryptodrug_assets.errors import UserError

ROUNDINGS = ("ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_HALF_DOWN")
_FIGURE = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?", re.ASCII)
_MOST_N = 100_000


@dataclass(frozen=True)
class Printed:
    """A figure as it was printed: its value and its number of decimals."""

    value: Fraction
    digits: int

    @classmethod
    def read(cls, text: str) -> "Printed":
        """The figure a text prints; a comma is a decimal comma. UserError when it is none."""
        if not _FIGURE.fullmatch(text):
            raise UserError(f"'{text}' is no printed figure; write it as printed, such as 62 or 2.65")
        plain = text.replace(",", ".")
        return cls(Fraction(plain), len(plain.partition(".")[2]))

    def prints(self, exact: Fraction) -> bool:
        """Whether some usual rounding prints the exact value so: at most half a unit of the last digit away.

        >>> Printed.read("62").prints(Fraction(61_500, 1000)), Printed.read("62.0").prints(Fraction(61_500, 1000))
        (True, False)
        """
        return bool(abs(exact - self.value) * 2 * 10**self.digits <= 1)


def rounded(value: Fraction, digits: int, rounding: str) -> str:
    """The value as a rounding prints it."""
    with localcontext() as context:
        context.prec = 60
        return str(
            (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
                Decimal(1).scaleb(-digits), rounding=rounding
            )
        )


def counts(percent: str, n: int) -> list[int]:
    """Counts out of n that print as the percent.

    >>> counts("6", 68), counts("6", 99)
    ([4], [6])
    """
    if n <= 0:
        return []
    figure = Printed.read(percent)
    # |100 k / n - value| <= half a unit of the last digit, in whole numbers.
    scale = 10**figure.digits
    printed = int(figure.value * scale)
    low = -(-(2 * printed - 1) * n // (200 * scale))
    high = (2 * printed + 1) * n // (200 * scale)
    return list(range(max(0, low), min(n, high) + 1))


def admit_shares(percents: Sequence[str], most: int) -> list[int]:
    """N from 1 to `most` for which all percents can be shares of the same N."""
    return [n for n in _numbers(most) if all(counts(percent, n) for percent in percents)]


def admit_single_choice(percents: Sequence[str], most: int) -> dict[int, tuple[int, ...]]:
    """N for which the percents can be the shares of a single choice: counts that add up to N; one solution each.

    >>> sorted(admit_single_choice(["45", "17", "12", "5", "21"], 99))
    [42, 58, 66, 76, 77, 82, 84, 86, 92, 94, 95, 96]
    """
    return {n: solution for n in _numbers(most) if (solution := single_choice_counts(percents, n))}


def single_choice_counts(percents: Sequence[str], n: int) -> tuple[int, ...] | None:
    """Counts that add up to n and print as the percents; None where there are none."""
    options = [counts(percent, n) for percent in percents]
    return _adding_up(options, n) if all(options) else None


def _adding_up(options: list[list[int]], total: int) -> tuple[int, ...] | None:
    """One count of each list so that they add up; counts of a list follow each other, so any sum between is reached."""
    low, high = sum(one[0] for one in options), sum(one[-1] for one in options)
    if not low <= total <= high:
        return None
    left = total - low
    solution = []
    for one in options:
        more = min(left, one[-1] - one[0])
        solution.append(one[0] + more)
        left -= more
    return tuple(solution)


def admit_mean(mean: str, most: int, *, highest: int | None = None) -> list[int]:
    """N for which whole numbers can have that mean; `highest` is the largest possible answer.

    >>> 28 in admit_mean("5.19", 99)
    False
    """
    return [n for n in _numbers(most) if mean_possible(mean, n, highest=highest)]


def mean_possible(mean: str, n: int, *, highest: int | None = None) -> bool:
    """Whether n whole numbers from 0 on can have that mean."""
    figure = Printed.read(mean)
    scale = 10**figure.digits
    printed = int(figure.value * scale)
    least = max(0, -(-(2 * printed - 1) * n // (2 * scale)))
    most = (2 * printed + 1) * n // (2 * scale)
    return bool(least <= (most if highest is None else min(most, highest * n)))


def admit_count(percent: str, count: int, most: int) -> list[int]:
    """N of which `count` prints as the percent: "6 % (4 respondents)".

    >>> admit_count("6", 4, 99)[0], admit_count("6", 4, 99)[-1]
    (62, 72)
    """
    return [n for n in _numbers(most) if count in counts(percent, n)]


def _numbers(most: int) -> Iterator[int]:
    if not 1 <= most <= _MOST_N:
        raise UserError(f"the largest N has to lie between 1 and {_MOST_N:,}, not {most:,}")
    return iter(range(1, most + 1))


@dataclass(frozen=True)
class BandClaim:
    """Spending in bands: the share above two edges, and the band that is said to be the "average"."""

    above_low: tuple[float, str]
    above_high: tuple[float, str]
    band: tuple[float, float]
    lower_bands: int = 3
    middle_bands: int = 2
    upper_bands: int = 2


def _splits(claim: BandClaim, n: int) -> Iterator[tuple[int, int]]:
    """(respondents above the low edge, above the high edge) that fit the claim; "> 50" is strict, else as printed."""
    low = claim.above_low[1]
    more = range(int(Fraction(low[1:].strip()) * n / 100) + 1, n + 1) if low.startswith(">") else counts(low, n)
    for high in counts(claim.above_high[1], n):
        for over in more:
            if high <= over:
                yield over, high


def admit_band_mean(claim: BandClaim, most: int) -> list[int]:
    """N for which the mean can lie in the band: the least mean has everybody at the lower edge of their band."""
    low, high = claim.above_low[0], claim.above_high[0]
    return [
        n
        for n in _numbers(most)
        if any(
            Fraction(low) * (over - top) + Fraction(high) * top <= Fraction(claim.band[1]) * n
            for over, top in _splits(claim, n)
        )
    ]


def admit_band_median(claim: BandClaim, most: int) -> list[int]:
    """N for which the lower or upper median can lie in the band, which ends at the low edge."""
    return [
        n for n in _numbers(most) if any(n - over >= n // 2 + (0 if n % 2 == 0 else 1) for over, _ in _splits(claim, n))
    ]


def admit_band_mode(claim: BandClaim, most: int) -> list[int]:
    """N for which the band can hold more respondents than any other band."""

    def possible(n: int) -> bool:
        for over, top in _splits(claim, n):
            crowded = max(-(-(over - top) // claim.middle_bands), -(-top // claim.upper_bands))
            if n - over > crowded:
                return True
        return False

    return [n for n in _numbers(most) if possible(n)]
