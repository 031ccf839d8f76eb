"""What a country supplies: drug mix (DM) and specialisation (SP).

DM01: share of each class in the country's supply; DM02: cosine similarity of that mix with the world's.
SP01: classes the country offers / classes the market offers. SP02: location quotient (country's share of the class) /
(world's share of the class), from 10 observations on. SP03: Herfindahl index over classes.
Suffix _L live offers, _T transactions, _R revenue. Sales without a class (Dream) are in no mix.
"""

from collections.abc import Iterator
from dataclasses import astuple, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from cryptodrug_assets.indicators.intervals import Moments, share_moments
from cryptodrug_assets.indicators.month import contributions_of
from cryptodrug_assets.indicators.replicates import Interval, by_vendor, resample
from cryptodrug_assets.indicators.rows import (
    ALL,
    UNKNOWN,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    indicator_frame,
    missing,
    row,
)

_MEASURES = {"LV01": "L", "LV03": "T", "LV04": "R"}
_LEAST = 10
_METHOD = "vendor-cluster bootstrap, 95 % BCa"
_CORRECTED = "vendor-cluster bootstrap, 95 % bias-corrected"


def drug_mix(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """DM01 and DM02 of a market-month."""
    rows = [made for made in composition_rows(clean, options) if made["indicator"].startswith("DM")]
    return indicator_frame("drug_mix", rows, market=market, month=month, options=options, coverage=coverage)


def specialisation(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """SP01–SP03 of a market-month."""
    rows = [made for made in composition_rows(clean, options) if made["indicator"].startswith("SP")]
    return indicator_frame("specialisation", rows, market=market, month=month, options=options, coverage=coverage)


def composition_rows(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """The rows of `drug_mix` and `specialisation` without their cell."""
    long = contributions_of(clean).filter(
        ~pl.col("drug_class").is_in([ALL, "unknown"]) & pl.col("indicator").is_in(list(_MEASURES))
    )
    rows: list[Row] = []
    for indicator, measure in _MEASURES.items():
        part = long.filter(pl.col("indicator") == indicator)
        if part.height:
            rows += _Mix(part, options).rows(measure)
    return rows


class _Mix:
    """Supply of one measure as countries × classes × replicates; replicate 0 is the estimate itself."""

    def __init__(self, long: pl.DataFrame, options: IndicatorOptions) -> None:
        self.classes = long["drug_class"].unique().sort().to_list()
        self.countries = long["country"].unique().sort().to_list()
        self.world = self.countries.index(WORLD)
        cells = pl.DataFrame({"country": self.countries}).join(pl.DataFrame({"drug_class": self.classes}), how="cross")
        matrix = by_vendor(long, cells)
        self.supply = resample(matrix, options).reshape(len(self.countries), len(self.classes), -1)
        self.of_mix = self._moments(matrix)
        counted = long.group_by("country", "drug_class").agg(
            pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique()
        )
        self.counts = {(c, k): (n, v) for c, k, n, v in counted.iter_rows()}
        self.country_vendors = dict(long.group_by("country").agg(pl.col("vendor_key").n_unique()).iter_rows())

    def _moments(self, matrix: sparse.csr_array) -> Moments:
        """Of each class as a share of its country's supply, countries × classes."""
        size = len(self.classes)
        countries = (matrix[start : start + size, :] for start in range(0, matrix.shape[0], size))
        found = [share_moments(own, own.sum(axis=0)) for own in countries]
        return Moments(*(np.stack(parts) for parts in zip(*map(astuple, found), strict=True)))

    def _of_quotient(self, mix: NDArray[np.float64], quotient: NDArray[np.float64]) -> Moments:
        """A quotient errs by as much of itself as the country's and the world's share do, as if these were apart."""
        relative = self.of_mix.error / mix
        error = quotient * np.hypot(relative, relative[self.world])
        return replace(self.of_mix, error=error, is_share=np.zeros(error.shape, dtype=bool))

    def rows(self, measure: str) -> Iterator[Row]:
        with np.errstate(divide="ignore", invalid="ignore"):
            mix = self.supply / self.supply.sum(axis=1, keepdims=True)
            quotient = mix / mix[self.world]
            products = (mix * mix[self.world]).sum(axis=1)
            lengths = np.sqrt((mix**2).sum(axis=1) * (mix[self.world] ** 2).sum(axis=0))
            cosine = products / lengths
            of_quotient = self._of_quotient(mix[..., 0], quotient[..., 0])
        each = np.array([[self.counts.get((c, k), (0, 0))[1] for k in self.classes] for c in self.countries])
        of_country = np.array([self.country_vendors[country] for country in self.countries])
        made = {
            "mix": Interval(mix, each, self.of_mix),
            "quotient": Interval(quotient, each, of_quotient),
            "concentration": Interval((mix**2).sum(axis=1), of_country),
            "likeness": Interval(cosine, of_country),
        }
        for number, country in enumerate(self.countries):
            n = sum(self.counts.get((country, k), (0, 0))[0] for k in self.classes)
            whole = {"n": n, "n_vendors": self.country_vendors[country]}
            for place, drug_class in enumerate(self.classes):
                own_n, own_vendors = self.counts.get((country, drug_class), (0, 0))
                where = {"drug_class": drug_class, "n": own_n, "n_vendors": own_vendors}
                yield made["mix"].row(f"DM01_{measure}", country, (number, place), _METHOD, **where)
                if country in (WORLD, UNKNOWN):
                    continue
                if n < _LEAST:
                    yield missing(f"SP02_{measure}", country, "ratio", f"fewer than {_LEAST} observations", **where)
                else:
                    yield made["quotient"].row(f"SP02_{measure}", country, (number, place), _METHOD, **where)
            yield made["concentration"].row(f"SP03_{measure}", country, number, _CORRECTED, **whole)
            if country not in (WORLD, UNKNOWN):
                yield made["likeness"].row(f"DM02_{measure}", country, number, _CORRECTED, **whole)
                present = int((self.supply[number, :, 0] > 0).sum())
                yield row(
                    f"SP01_{measure}",
                    country,
                    "ratio",
                    present / len(self.classes),
                    method="classes offered / classes of the market; count, no interval",
                    **whole,
                )
