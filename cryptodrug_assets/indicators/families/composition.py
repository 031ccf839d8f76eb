"""What a country supplies: drug mix (DM) and specialisation (SP).

DM01: share of each class in the country's supply; DM02: cosine similarity of that mix with the world's.
SP01: classes the country offers / classes the market offers. SP02: location quotient (country's share of the class) /
(world's share of the class), from 10 observations on. SP03: Herfindahl index over classes.
Suffix _L live offers, _T transactions, _R revenue. Sales without a class (Dream) are in no mix.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.indicators.code import Code, levels, parse_code
from cryptodrug_assets.indicators.contributions import contributions_of
from cryptodrug_assets.indicators.family import Family, Lead
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
from cryptodrug_assets.indicators.statistics.bootstrap import Interval, by_vendor, resample
from cryptodrug_assets.indicators.statistics.intervals import student_quantile
from cryptodrug_assets.indicators.statistics.pooled_variance import Pool, wilson_t
from cryptodrug_assets.indicators.tracing import rules

_MEASURES = levels("LTR")
_LEAST = 10
_METHOD = "95 % over vendors, variance pooled over the market"
_CORRECTED = "vendor-cluster bootstrap, 95 % bias-corrected"


def drug_mix(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """DM01 and DM02 of a market-month."""
    rows = [made for made in composition_rows(clean, options) if parse_code(made["indicator"]).letters == "DM"]
    return indicator_frame("drug_mix", rows, market=market, month=month, options=options, coverage=coverage)


def specialisation(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """SP01–SP03 of a market-month."""
    rows = [made for made in composition_rows(clean, options) if parse_code(made["indicator"]).letters == "SP"]
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
        self.matrix = matrix
        counted = long.group_by("country", "drug_class").agg(
            pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique()
        )
        self.counts = {(c, k): (n, v) for c, k, n, v in counted.iter_rows()}
        self.country_vendors = dict(long.group_by("country").agg(pl.col("vendor_key").n_unique()).iter_rows())

    def _pooled(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of mixes and of quotients, each countries × classes × (low, high); NaN where nothing can be said."""
        size = len(self.classes)
        mixes = np.full((len(self.countries), size, 2), np.nan)
        quotients = mixes.copy()
        parts = [self.matrix[start : start + size, :].toarray() for start in range(0, self.matrix.shape[0], size)]
        world = parts[self.world]
        pools = [Pool.of(world[k], world.sum(axis=0)) for k in range(size)]
        for k, pool in enumerate(pools):
            if not pool.is_enough:
                continue
            reach = student_quantile(pool.freedom)
            all_, all_n = pool.observations(world[k], world.sum(axis=0))
            for number, part in enumerate(parts):
                if not part.any():
                    continue
                p, n = pool.observations(part[k], part.sum(axis=0))
                low, high = (float(bound) for bound in wilson_t(p, n, pool.freedom))
                mixes[number, k] = low, high
                if p == 0 or all_ == 0:
                    quotients[number, k] = (0.0, high / all_) if all_ else (np.nan, np.nan)
                    continue
                # A quotient errs by as much of itself as the country's and the world's share do, as if they were apart.
                error = np.sqrt((1 - p) / (p * n) + (1 - all_) / (all_ * all_n))
                quotients[number, k] = p / all_ * np.exp([-reach * error, reach * error])
        return mixes, quotients

    def rows(self, measure: str) -> Iterator[Row]:
        with np.errstate(divide="ignore", invalid="ignore"):
            mix = self.supply / self.supply.sum(axis=1, keepdims=True)
            quotient = mix / mix[self.world]
            products = (mix * mix[self.world]).sum(axis=1)
            lengths = np.sqrt((mix**2).sum(axis=1) * (mix[self.world] ** 2).sum(axis=0))
            cosine = products / lengths
        of_mix, of_quotient = self._pooled()
        of_country = np.array([self.country_vendors[country] for country in self.countries])
        made = {
            "concentration": Interval((mix**2).sum(axis=1), of_country),
            "likeness": Interval(cosine, of_country),
        }
        for number, country in enumerate(self.countries):
            n = sum(self.counts.get((country, k), (0, 0))[0] for k in self.classes)
            whole = {"n": n, "n_vendors": self.country_vendors[country]}
            for place, drug_class in enumerate(self.classes):
                own_n, own_vendors = self.counts.get((country, drug_class), (0, 0))
                where = {"drug_class": drug_class, "n": own_n, "n_vendors": own_vendors}
                at = number, place
                yield _bounded(f"DM01_{measure}", country, mix[at][0], of_mix[at], where)
                if country in (WORLD, UNKNOWN):
                    continue
                if n < _LEAST:
                    yield missing(f"SP02_{measure}", country, "ratio", f"fewer than {_LEAST} observations", **where)
                else:
                    yield _bounded(f"SP02_{measure}", country, quotient[at][0], of_quotient[at], where)
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


def _bounded(code: str, country: str, value: float, bounds: NDArray[np.float64], where: Row) -> Row:
    if np.isnan(value):
        return missing(code, country, "ratio", "nothing to divide by", **where)
    interval = float(bounds[0]), float(bounds[1])
    return row(code, country, "ratio", float(value), method=_METHOD, interval=interval, **where)


MIX_CODES = (Code("DM01", "ratio", measures="LTR"), Code("DM02", "ratio", measures="LTR"))
SPECIALISATION_CODES = tuple(Code(f"SP0{number}", "ratio", measures="LTR") for number in (1, 2, 3))
FAMILIES = (
    Family(
        table="drug_mix",
        grain="month",
        codes=MIX_CODES,
        compute=drug_mix,
        rows=rules.mix,
        lead=Lead("DM01_L", by_class=True),
    ),
    Family(
        table="specialisation",
        grain="month",
        codes=SPECIALISATION_CODES,
        compute=specialisation,
        rows=rules.mix,
        lead=Lead("SP02_L", by_class=True),
    ),
)
