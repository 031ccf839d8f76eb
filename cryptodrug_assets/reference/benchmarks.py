"""Figures of the literature, each with its source, that the platform's own are put beside."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Benchmark:
    """A published figure: code, country, unit, range and source."""

    code: str
    country: str
    unit: str
    lower: float
    upper: float
    source: str


BENCHMARKS = (
    Benchmark("LIT_SHARE", "BE", "ratio", 0.004, 0.013, "Tzanetakis 2018; Broséus 2017"),
    Benchmark("LIT_REVENUE", "BE", "EUR", 1.0e6, 1.0e6, "EMCDDA 2018, a year"),
    Benchmark("LIT_REVENUE", "GB", "EUR", 28.8e6, 28.8e6, "EMCDDA 2018, a year"),
    Benchmark("LIT_REVENUE", "NL", "EUR", 10.3e6, 10.3e6, "EMCDDA 2018, a year"),
    Benchmark("LIT_CRYPTO_SHARE", "W", "ratio", 170e6 / 652e9, 300e6 / 426e9, "UNODC 2018: 170–300M of 426–652bn USD"),
)
