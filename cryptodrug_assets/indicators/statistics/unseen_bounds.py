"""Bounds for what was there and was not seen: missed pages, origins and classes that nobody states, sales unattributed.

They are bounds, not intervals of a sample: nothing in them is chance but which pages were missed. What is counted is
never below what was seen. Where the coverage of the captures is unknown there is no upper bound. What an import lacks
is no chance, a whole class may be missing: all offers that the market states beyond those imported may be of any
country and class, and what they sold is unknown. Sales that left no
feedback are in no bound here; counted_sales.py has them where a market counts its sales.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, WORLD, Clean, drugs, is_exact
from cryptodrug_assets.indicators.seen import Seen
from cryptodrug_assets.indicators.statistics.intervals import Z95
from cryptodrug_assets.indicators.statistics.pooled_variance import rounded_up
from cryptodrug_assets.reference.regions import regions_of

NO_CLASS = "unknown"
# 97.5 % upper bound of the mean of a Poisson number that came out as none.
_NONE_SEEN = 3.6889
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Unseen:
    """What a month leaves open: the coverage of its pages (None: unknown), how unevenly sales and revenue lie on
    offers (Σx² / Σx, rounded up), how many sales and, by origin, how many offers may or may not be of drugs, whether
    sales or prices are missing, and how many offers are not in an import."""

    coverage: float | None
    uneven: Mapping[str, float]
    unattributed: int
    undecided: Mapping[str, float]
    gaps: bool
    unpriced: bool
    not_imported: float | None = None

    @classmethod
    def of(cls, clean: Clean, what: Seen) -> "Unseen":
        """From the clean tables of the month and its coverage."""
        found = clean["transactions"]
        of_drugs = drugs(found)
        exact = of_drugs.select(is_exact()).to_series()
        cents = (pl.col("price_eur").cast(pl.Float64) * 100).filter(is_exact()).sum()
        unit = pl.coalesce("listing_key", "vendor_key")
        sold = of_drugs.group_by(unit.alias("unit")).agg(n=pl.len().cast(pl.Float64), cents=cents).sort("unit")
        uneven = {"LV01": 1.0, "LV02": 1.0}
        for code, column in (("LV03", "n"), ("LV04", "cents")):
            sizes = sold[column].to_numpy()
            uneven[code] = float(rounded_up((sizes**2).sum() / sizes.sum())) if sizes.sum() > 0 else 1.0
        unattributed = found["is_drug"].null_count()
        undecided = _undecided(clean["listings"])
        gaps, unpriced = bool(found["gap"].any()), not bool(exact.all())
        return cls(what.offers, uneven, unattributed, undecided, gaps, unpriced, what.not_imported)

    def unknown(self, code: str, country: str = WORLD) -> float:
        """Sales that may be of any class and origin; offers of unknown class that may be the country's."""
        if code == "LV03":
            return float(self.unattributed)
        if code != "LV01":
            return 0.0
        return sum(self.undecided.get(place, 0.0) for place in possible_origins(country))

    def most(self, code: str, seen: float) -> float | None:
        """The most there may have been where at most `seen` of it was captured: 95 % upper bound of a total of units
        each of which was seen with the chance that the coverage is (Horvitz & Thompson 1952), and never less than none
        seen leaves open (exact Poisson bound); of an import all that it lacks; None: unknown."""
        share = self.coverage_of(code)
        if share is None or share <= 0 or self.incomplete(code):
            return None
        if self.not_imported is not None:
            return seen + self.not_imported
        missed, uneven = (1 - share) / share, self.uneven[code]
        by_chance = seen * missed + Z95 * np.sqrt(max(seen, 0.0) * uneven * (1 - share)) / share
        return float(seen + max(by_chance, _NONE_SEEN * uneven * missed))

    def coverage_of(self, code: str) -> float | None:
        """Coverage as far as bounds go by it: what the offers that an import lacks have sold is unknown."""
        of_sales = code[2:4] in ("03", "04")
        return None if of_sales and self.not_imported is not None else self.coverage

    def incomplete(self, code: str) -> bool:
        """Whether some of what was counted is known to be lost, of unknown size."""
        return (code == "LV03" and self.gaps) or (
            code == "LV04" and (self.gaps or self.unpriced or self.unattributed > 0)
        )

    def missed(self, code: str, world: float) -> float:
        """How much of a world's total the missed pages are expected to hold, or of an import may be missing at most; 0
        where the coverage is unknown."""
        share = self.coverage_of(code)
        if not share:
            return 0.0
        return world * (1 - share) / share if self.not_imported is None else self.not_imported


def possible_cells(code: str, country: str, drug_class: str) -> list[Cell]:
    """The cells whose contents may all be of the country and class: its own, those of unknown origin and of regions
    that contain it, those of unknown class."""
    classes = [drug_class] if drug_class in (ALL, NO_CLASS) else [drug_class, NO_CLASS]
    return [(code, origin, name) for origin in possible_origins(country) for name in classes]


def possible_origins(country: str) -> list[str]:
    """Origins that may be the country's: itself, the unknown one and the regions that contain it; of the world, W."""
    return [WORLD] if country == WORLD else list(dict.fromkeys([country, UNKNOWN, *regions_of(country)]))


def _undecided(listings: pl.DataFrame) -> Mapping[str, float]:
    """Offers of unknown class by origin, an offer with n origins as 1/n in each; W all of them."""
    unknown = listings.filter(pl.col("drug_class").is_null()).select("origins", "n_origins")
    each = unknown.explode("origins", empty_as_null=True).with_columns(pl.col("origins").fill_null(UNKNOWN))
    weighed = each.group_by("origins").agg(n=(1.0 / pl.col("n_origins").clip(1)).sort().sum()).sort("origins")
    return dict(weighed.iter_rows()) | {WORLD: float(unknown.height)}


def possible_vendors(listings: pl.DataFrame) -> Mapping[str, frozenset[str]]:
    """Origin → vendors with offers from it that are, or may be, of drugs; `_U` of unknown origin, W all."""
    open_offers = listings.filter(pl.col("is_drug") | pl.col("drug_class").is_null())
    pairs = open_offers.select("vendor_key", "origins").explode("origins", empty_as_null=True)
    grouped = pairs.with_columns(pl.col("origins").fill_null(UNKNOWN)).group_by("origins").agg(pl.col("vendor_key"))
    found = {origin: frozenset(vendors) for origin, vendors in grouped.iter_rows()}
    return found | {WORLD: frozenset(open_offers["vendor_key"])}


def vendors_at_most(by_origin: Mapping[str, frozenset[str]], country: str) -> int:
    """How many vendors may have an offer from the country."""
    return len(frozenset().union(*(by_origin.get(place, frozenset()) for place in possible_origins(country))))
