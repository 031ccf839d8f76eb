"""Sizes of single transactions (TS), in euros, of sales whose price is exact.

TS01:x share of transactions above x euros; TS02 largest; TS03 mean; TS03_q:p percentiles (p=50 the median);
TS04:x share of revenue from transactions of at least x; TS04_top:10 share of the largest tenth of transactions.
Wholesale, share of transactions: TS05_price at least 1,000 US dollars (Kruithof et al. 2016), TS05_mass at least the
wholesale mass of the class; TS05_offer: share of live offers of at least 500 US dollars (Aldridge & Décary-Hétu 2016).
Sales with several origins count wholly in each. Where no price is exact the sizes are missing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.indicators.code import Code, parse_code
from cryptodrug_assets.indicators.family import Family, Lead
from cryptodrug_assets.indicators.rows import (
    UNKNOWN,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    drugs,
    exact_sales,
    indicator_frame,
    missing,
    row,
    with_world,
)
from cryptodrug_assets.indicators.size_bands import ABOVE, AT_LEAST
from cryptodrug_assets.indicators.statistics.intervals import sum_by
from cryptodrug_assets.indicators.statistics.pooled_variance import Pool, wilson_t
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.wholesale import WHOLESALE_G, WHOLESALE_OFFER_USD, WHOLESALE_USD, in_dollars

PERCENTILES = (10, 25, 50, 75, 90)
_ASKED = (
    "vendor_key", "listing_key", "is_drug", "drug_class", "origins", "dated_at", "price_amount", "price_currency",
    "price_eur", "price_source",
)  # fmt: skip
_METHOD = "95 % over vendors, variance pooled over the market"
_WOODRUFF = "percentile; Woodruff interval over vendors, 95 %"


def transaction_sizes(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """TS01–TS05 of a market-month, per origin and for the world."""
    rows = size_rows(clean, options)
    return indicator_frame("transaction_sizes", rows, market=market, month=month, options=options, coverage=coverage)


def size_rows(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """The rows of `transaction_sizes` without their cell."""
    rows = _offers(clean)
    # Only what is asked for: there may be millions of sales.
    sales = exact_sales({"transactions": clean["transactions"].select(_ASKED)})
    if sales.is_empty():
        why = "no exact price of a sale"
        return rows + [
            missing(name, country, unit, why)
            for country in (WORLD, *options.focus)
            for name, unit in (("TS01:200", "ratio"), ("TS02", "EUR"), ("TS03", "EUR"), ("TS04:200", "ratio"))
        ]
    found = _Sales(sales, clean["listings"])
    world = _ratios(found, WORLD)
    pools = {name: Pool.of(ratio.part, ratio.whole) for name, ratio in world.items()}
    for country in found.countries:
        rows += _of(found, country, pools)
    return rows


class _Sales:
    """Exactly priced sales as arrays, ordered by sets of origins: there may be millions, each wanted as often as it has
    origins, and once for the world."""

    def __init__(self, sales: pl.DataFrame, listings: pl.DataFrame) -> None:
        weight = pl.when((pl.col("quantity_unit") == "g") & (pl.col("quantity_confidence") == "high"))
        grams = listings.select("month", "listing_key", grams=weight.then(pl.col("quantity"))).drop_nulls("grams")
        grams = grams.sort("month", "listing_key", "grams").unique("listing_key", keep="last")
        least = pl.col("drug_class").replace_strict(WHOLESALE_G, default=None, return_dtype=pl.Float64)
        priced = in_dollars(sales.drop("is_drug", "price_source", "price_eur"))
        weighed = priced.select("listing_key", least=least).join(
            grams.select("listing_key", "grams"), on="listing_key", how="left", maintain_order="left"
        )
        self.vendors = priced["vendor_key"].unique().sort()
        numbers = pl.DataFrame({"vendor_key": self.vendors}).with_row_index("vendor")
        vendor = priced.select("vendor_key").join(numbers, on="vendor_key", how="left", maintain_order="left")["vendor"]
        places = priced.select(place=pl.col("origins").list.join("\x1f"))
        sets = priced.select("origins").hstack(places).unique("place").sort("place").with_row_index("set")
        own = places.join(sets.select("place", "set"), on="place", how="left", maintain_order="left")["set"].to_numpy()
        #: Cents are whole numbers: sums of them are exact.
        self.cents = (priced["euros"] * 100).round().cast(pl.Int64).to_numpy()
        self.order = np.argsort(own, kind="stable")
        self.ends = np.cumsum(np.bincount(own, minlength=sets.height))
        self.vendor = vendor.to_numpy()
        self.large = priced["dollars"].ge(WHOLESALE_USD).fill_null(value=False).to_numpy()
        known, heavy = pl.col("grams").is_not_null() & pl.col("least").is_not_null(), pl.col("grams") >= pl.col("least")
        mass = weighed.select(known=known, heavy=heavy.fill_null(value=False))
        self.known, self.heavy = mass["known"].to_numpy(), mass["heavy"].to_numpy()
        self.sets = {WORLD: list(range(sets.height))}
        for number, origins in sets.select("set", "origins").iter_rows():
            for country in dict.fromkeys(origins or [UNKNOWN]):
                self.sets.setdefault(country, []).append(number)
        self.countries = sorted(self.sets)

    def numbered(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        """The vendors of these sales numbered anew without gaps, in the same order, and how many they are."""
        vendor = self.vendor[places]
        present = np.bincount(vendor) > 0
        return (np.cumsum(present) - 1)[vendor], int(present.sum())

    def of(self, country: str) -> NDArray[np.int64]:
        """Places of the country's sales in the arrays."""
        starts = np.r_[0, self.ends[:-1]]
        return np.asarray(np.concatenate([self.order[starts[k] : self.ends[k]] for k in self.sets[country]]))


def of_largest(cents: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Weights that pick the `count` largest: 1 above the least of them, and equal parts of what equals it."""
    edge = np.partition(cents, len(cents) - count)[len(cents) - count]
    above, equal = cents > edge, cents == edge
    return np.asarray(above + equal * ((count - above.sum()) / equal.sum()), dtype=np.float64)


@dataclass(frozen=True)
class _Ratio:
    """What each vendor adds to a numerator and a denominator."""

    unit: str
    part: NDArray[np.float64]
    whole: NDArray[np.float64]

    @property
    def value(self) -> float | None:
        return float(self.part.sum() / self.whole.sum()) if self.whole.sum() else None


def _ratios(sales: _Sales, country: str) -> dict[str, _Ratio]:
    """Every figure of a country that is a ratio, and for each percentile the share of sales up to it."""
    places = sales.of(country)
    cents, vendor, n_vendors = sales.cents[places], *sales.numbered(places)

    def by_vendor(weights: NDArray[Any]) -> NDArray[np.float64]:
        return sum_by(vendor, weights, n_vendors)

    each, spent = by_vendor(np.ones(len(places))), by_vendor(cents) / 100
    # Which sales are the largest is held fixed.
    top = of_largest(cents, max(1, round(len(places) / 10)))
    found = {f"TS01:{x}": _Ratio("ratio", by_vendor(cents > 100 * x), each) for x in ABOVE}
    found["TS03"] = _Ratio("EUR", spent, each)
    found |= {f"TS04:{x}": _Ratio("ratio", by_vendor(cents * (cents >= 100 * x)) / 100, spent) for x in AT_LEAST}
    found["TS04_top:10"] = _Ratio("ratio", by_vendor(cents * top) / 100, spent)
    found["TS05_price"] = _Ratio("ratio", by_vendor(sales.large[places]), each)
    measured = by_vendor(sales.known[places])
    if measured.sum():
        found["TS05_mass"] = _Ratio("ratio", by_vendor(sales.heavy[places] & sales.known[places]), measured)
    ordered = np.sort(cents)
    for percent in PERCENTILES:
        edge = _quantile(ordered, percent / 100)
        found[f"TS03_q:{percent}"] = _Ratio("EUR", by_vendor(cents <= edge), each)
    return found


def _of(sales: _Sales, country: str, pools: dict[str, Pool]) -> list[Row]:
    cents = sales.cents[sales.of(country)]
    ratios = _ratios(sales, country)
    known: dict[str, Any] = {"n": len(cents), "n_vendors": len(ratios["TS03"].whole)}
    ordered = np.sort(cents) / 100
    rows = []
    for name, ratio in ratios.items():
        pool = pools[name]
        if parse_code(name).id == "TS03_q":
            rows.append(_percentile(name, ordered, ratio, pool, country, known))
            continue
        interval = pool.mean if name == "TS03" else pool.share
        bounds = interval(ratio.part, ratio.whole)
        rows.append(row(name, country, ratio.unit, ratio.value, method=_METHOD, interval=bounds, **known))
    largest = cents.max() / 100
    rows.append(row("TS02", country, "EUR", largest, method="largest of the observed; no interval", **known))
    return rows


def _percentile(
    name: str, ordered: NDArray[np.float64], below: _Ratio, pool: Pool, country: str, known: dict[str, Any]
) -> Row:
    """A percentile; interval of Woodruff (1952): that of the share of sales below it, turned around."""
    share = int(parse_code(name).parameter) / 100
    interval = None
    if pool.is_enough:
        _, observations = pool.observations(below.part, below.whole)
        low, high = wilson_t(share, observations, pool.freedom)
        interval = (_quantile(ordered, float(low)), _quantile(ordered, float(high)))
    return row(name, country, "EUR", _quantile(ordered, share), method=_WOODRUFF, interval=interval, **known)


def _quantile(ordered: NDArray[np.float64], share: float) -> float:
    """The quantile of sorted values, straight between two neighbours."""
    place = share * (len(ordered) - 1)
    under = int(place)
    over = min(under + 1, len(ordered) - 1)
    return float(ordered[under] + (ordered[over] - ordered[under]) * (place - under))


def _offers(clean: Clean) -> list[Row]:
    """TS05_offer: live offers of at least 500 US dollars among those whose price is known, holding prices left out."""
    offers = drugs(clean["listings"]).filter(~pl.col("is_holding_price")).with_columns(
        euros=pl.col("price_eur").cast(pl.Float64), dated_at=pl.col("last_seen")
    )  # fmt: skip
    priced = in_dollars(offers).drop_nulls("dollars")
    if priced.is_empty():
        return []
    placed = with_world(priced.select("vendor_key", "dollars", "origins", "n_origins", "drug_class")).with_columns(
        large=(pl.col("dollars") >= WHOLESALE_OFFER_USD).cast(pl.Float64)
    )
    grouped = (
        placed.group_by("country", "vendor_key").agg(pl.col("large").sum(), n=pl.len()).sort("country", "vendor_key")
    )
    by_country = {
        str(country): (part["large"].to_numpy(), part["n"].cast(pl.Float64).to_numpy())
        for (country,), part in grouped.partition_by("country", as_dict=True).items()
    }
    pool = Pool.of(*by_country[WORLD])
    return [
        row(
            "TS05_offer", country, "ratio", large.sum() / n.sum(), method=_METHOD, interval=pool.share(large, n),
            n=int(n.sum()), n_vendors=len(n),
        )
        for country, (large, n) in sorted(by_country.items())
    ]  # fmt: skip


SIZE_CODES = (
    Code("TS01", "ratio", measure="R", parameter="euros"),
    Code("TS02", "EUR", measure="R", internal=True),
    Code("TS03", "EUR", measure="R"),
    Code("TS03_q", "EUR", measure="R", parameter="percent"),
    Code("TS04", "ratio", measure="R", parameter="euros"),
    Code("TS04_top", "ratio", measure="R", parameter="percent"),
    Code("TS05_price", "ratio", measure="R", of_sales=False),
    Code("TS05_mass", "ratio", measure="R", internal=True),
    Code("TS05_offer", "ratio", measure="L", internal=True),
)
FAMILY = Family(
    table="transaction_sizes",
    grain="month",
    codes=SIZE_CODES,
    compute=transaction_sizes,
    rows=rules.sizes,
    columns={
        "listings": (
            "price_amount",
            "price_currency",
            "price_eur",
            "last_seen",
            "is_holding_price",
            "quantity",
            "quantity_unit",
            "quantity_confidence",
        ),
        "transactions": ("dated_at", "price_amount"),
    },
    lead=Lead("TS01:200"),
    single=("TS02",),
)
