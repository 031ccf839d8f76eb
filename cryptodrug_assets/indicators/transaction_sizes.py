"""Sizes of single transactions (TS), in euros, of sales whose price is exact.

TS01:x share of transactions above x euros; TS02 largest; TS03 mean; TS03_q:p percentiles (p=50 the median);
TS04:x share of revenue from transactions of at least x; TS04_top:10 share of the largest tenth of transactions.
Wholesale, share of transactions: TS05_price at least 1,000 US dollars (Kruithof et al. 2016), TS05_mass at least the
wholesale mass of the class; TS05_offer: share of live offers of at least 500 US dollars (Aldridge & Décary-Hétu 2016).
Sales with several origins count wholly in each. Where no price is exact the sizes are missing.
"""

import io
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.indicators.intervals import ratio_bootstrap, ratio_bootstraps, sum_by
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

ABOVE, AT_LEAST, PERCENTILES = (100, 200, 500, 1000), (100, 200, 500), (10, 25, 50, 75, 90)
WHOLESALE_USD = 1000
_ASKED = (
    "vendor_key", "listing_key", "is_drug", "drug_class", "origins", "dated_at", "price_amount", "price_currency",
    "price_eur", "price_source",
)  # fmt: skip
_METHOD = "vendor-cluster bootstrap, 95 % BCa"
_WOODRUFF = "percentile; Woodruff interval over vendors, 95 %"
# Grams from which an offer counts as wholesale. No source states them per class: a choice, published with the values.
WHOLESALE_G = {
    "cannabis": 100.0, "cocaine": 25.0, "mdma": 50.0, "amphetamine": 100.0, "methamphetamine": 25.0, "heroin": 25.0,
    "dissociatives": 50.0,
}  # fmt: skip


def transaction_sizes(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """TS01–TS05 of a market-month, per origin and for the world."""
    rows = size_rows(clean, options)
    return indicator_frame("transaction_sizes", rows, market=market, month=month, options=options, coverage=coverage)


def size_rows(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """The rows of `transaction_sizes` without their cell."""
    rows = _offers(clean, options)
    # Only what is asked for: there may be millions of sales.
    sales = exact_sales({"transactions": clean["transactions"].select(_ASKED)})
    if sales.is_empty():
        why = "no exact price of a sale"
        return rows + [
            missing(name, country, "EUR" if name[:4] in ("TS02", "TS03") else "ratio", why)
            for country in (WORLD, *options.focus)
            for name in ("TS01:200", "TS02", "TS03", "TS04:200")
        ]
    found = _Sales(sales, clean["listings"])
    for country in found.countries:
        rows += _of(found, country, options)
    return rows


def in_dollars(sales: pl.DataFrame) -> pl.DataFrame:
    """Add `dollars`: the price paid where it was in US dollars, else its euros at the ECB rate of the day or before."""
    text = files("cryptodrug_assets.reference").joinpath("ecb_rates.csv").read_text("utf-8")
    rates = pl.read_csv(io.StringIO(text), schema_overrides={"units_per_eur": pl.Float64}, try_parse_dates=True)
    rates = rates.filter(pl.col("currency") == "USD").select("date", "units_per_eur").sort("date")
    day = pl.col("dated_at").dt.date()
    days = sales.select(date=day).unique().drop_nulls().sort("date").join_asof(rates, on="date", strategy="backward")
    rate = day.replace_strict(days["date"], days["units_per_eur"], default=None, return_dtype=pl.Float64)
    paid = pl.when(pl.col("price_currency") == "USD").then(pl.col("price_amount").cast(pl.Float64))
    return sales.with_columns(dollars=paid.otherwise(pl.col("euros") * rate))


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

    def of(self, country: str) -> NDArray[np.int64]:
        """Places of the country's sales in the arrays."""
        starts = np.r_[0, self.ends[:-1]]
        return np.asarray(np.concatenate([self.order[starts[k] : self.ends[k]] for k in self.sets[country]]))


def of_largest(cents: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Weights that pick the `count` largest: 1 above the least of them, and equal parts of what equals it."""
    edge = np.partition(cents, len(cents) - count)[len(cents) - count]
    above, equal = cents > edge, cents == edge
    return np.asarray(above + equal * ((count - above.sum()) / equal.sum()), dtype=np.float64)


def _of(sales: _Sales, country: str, options: IndicatorOptions) -> list[Row]:
    places = sales.of(country)
    cents = sales.cents[places]
    vendor = sales.vendor[places]
    # Numbered anew without gaps, in the same order.
    present = np.bincount(vendor) > 0
    vendor = (np.cumsum(present) - 1)[vendor]
    n, n_vendors = len(places), int(present.sum())
    known: dict[str, Any] = {"n": n, "n_vendors": n_vendors}

    def by_vendor(weights: NDArray[Any]) -> NDArray[np.float64]:
        return sum_by(vendor, weights, n_vendors)

    each = by_vendor(np.ones(n))
    spent = by_vendor(cents) / 100
    top = of_largest(cents, max(1, round(n / 10)))
    measured = by_vendor(sales.known[places])
    ratios = {f"TS01:{x}": ("ratio", by_vendor(cents > 100 * x), each) for x in ABOVE}
    ratios["TS03"] = ("EUR", spent, each)
    ratios |= {f"TS04:{x}": ("ratio", by_vendor(cents * (cents >= 100 * x)) / 100, spent) for x in AT_LEAST}
    # Which sales are the largest is held fixed over the replicates.
    ratios["TS04_top:10"] = ("ratio", by_vendor(cents * top) / 100, spent)
    ratios["TS05_price"] = ("ratio", by_vendor(sales.large[places]), each)
    if measured.sum():
        ratios["TS05_mass"] = ("ratio", by_vendor(sales.heavy[places] & sales.known[places]), measured)
    pairs = [(part, whole) for _, part, whole in ratios.values()]
    intervals = ratio_bootstraps(pairs, replicates=options.bootstrap, seed=options.seed)
    rows = []
    for (name, (unit, part, whole)), interval in zip(ratios.items(), intervals, strict=True):
        value = float(part.sum() / whole.sum()) if whole.sum() else None
        rows.append(row(name, country, unit, value, method=_METHOD, interval=interval, **known))
    largest = cents.max() / 100
    rows.append(row("TS02", country, "EUR", largest, method="largest of the observed; no interval", **known))
    return rows + _percentiles(np.sort(cents) / 100, cents / 100, vendor, each, country, known)


def _percentiles(
    ordered: NDArray[np.float64],
    euros: NDArray[np.float64],
    vendor: NDArray[np.int64],
    each: NDArray[np.float64],
    country: str,
    known: dict[str, Any],
) -> list[Row]:
    """Percentiles; interval of Woodruff (1952): that of the share below it, vendors as clusters, turned around."""
    rows, n, vendors = [], len(ordered), len(each)
    for percent in PERCENTILES:
        share = percent / 100
        value = _quantile(ordered, share)
        residual = sum_by(vendor, euros <= value, vendors) - share * each
        interval = None
        if vendors > 1:
            error = np.sqrt(vendors / (vendors - 1) * ((residual - residual.mean()) ** 2).sum()) / n
            low, high = (_quantile(ordered, float(np.clip(share + sign * 1.96 * error, 0, 1))) for sign in (-1.0, 1.0))
            interval = (low, high)
        rows.append(row(f"TS03_q:{percent}", country, "EUR", value, method=_WOODRUFF, interval=interval, **known))
    return rows


def _quantile(ordered: NDArray[np.float64], share: float) -> float:
    """The quantile of sorted values, straight between two neighbours."""
    place = share * (len(ordered) - 1)
    under = int(place)
    over = min(under + 1, len(ordered) - 1)
    return float(ordered[under] + (ordered[over] - ordered[under]) * (place - under))


def _offers(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """TS05_offer: live offers of at least 500 US dollars among those priced in US dollars, holding prices left out."""
    offers = drugs(clean["listings"]).filter((pl.col("price_currency") == "USD") & ~pl.col("is_holding_price"))
    rows: list[Row] = []
    if offers.is_empty():
        return rows
    placed = with_world(offers.select("vendor_key", "price_amount", "origins", "n_origins", "drug_class")).with_columns(
        large=(pl.col("price_amount") >= 500).cast(pl.Float64)
    )
    grouped = (
        placed.group_by("country", "vendor_key").agg(pl.col("large").sum(), n=pl.len()).sort("country", "vendor_key")
    )
    for (country,), part in sorted(grouped.partition_by("country", as_dict=True).items()):
        large, n = part["large"].to_numpy(), part["n"].cast(pl.Float64).to_numpy()
        interval = ratio_bootstrap(large, n, replicates=options.bootstrap, seed=options.seed)
        rows.append(
            row(
                "TS05_offer",
                str(country),
                "ratio",
                large.sum() / n.sum(),
                method=_METHOD,
                interval=interval,
                n=int(n.sum()),
                n_vendors=part.height,
            )
        )
    return rows
