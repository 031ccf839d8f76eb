"""What a country supplies: drug mix (DM) and specialisation (SP).

DM01: share of each class in the country's supply; DM02: cosine similarity of that mix with the world's.
SP01: classes the country offers / classes the market offers. SP02: location quotient (country's share of the class) /
(world's share of the class), from 10 observations on. SP03: Herfindahl index over classes.
Suffix _L live offers, _T transactions, _R revenue. Sales without a class (Dream) are in no mix.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.month import contributions_of
from cryptodrug_assets.indicators.replicates import Interval, replicates
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
        self.supply = replicates(long, cells, options).reshape(len(self.countries), len(self.classes), -1)
        counted = long.group_by("country", "drug_class").agg(
            pl.col("n").sum(), n_vendors=pl.col("vendor_key").n_unique()
        )
        self.counts = {(c, k): (n, v) for c, k, n, v in counted.iter_rows()}
        self.country_vendors = dict(long.group_by("country").agg(pl.col("vendor_key").n_unique()).iter_rows())

    def rows(self, measure: str) -> Iterator[Row]:
        with np.errstate(divide="ignore", invalid="ignore"):
            mix = self.supply / self.supply.sum(axis=1, keepdims=True)
            quotient = mix / mix[self.world]
            products = (mix * mix[self.world]).sum(axis=1)
            lengths = np.sqrt((mix**2).sum(axis=1) * (mix[self.world] ** 2).sum(axis=0))
            cosine = products / lengths
        each = np.array([[self.counts.get((c, k), (0, 0))[1] for k in self.classes] for c in self.countries])
        of_country = np.array([self.country_vendors[country] for country in self.countries])
        made = {
            "mix": Interval(mix, each),
            "quotient": Interval(quotient, each),
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
            yield made["concentration"].row(f"SP03_{measure}", country, number, _METHOD, **whole)
            if country not in (WORLD, UNKNOWN):
                yield made["likeness"].row(f"DM02_{measure}", country, number, _METHOD, **whole)
                present = int((self.supply[number, :, 0] > 0).sum())
                yield row(
                    f"SP01_{measure}",
                    country,
                    "ratio",
                    present / len(self.classes),
                    method=f"{present} of the {len(self.classes)} classes of the market; count, no interval",
                    **whole,
                )
