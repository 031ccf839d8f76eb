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

from cryptodrug_assets.indicators.intervals import ratio_bootstrap, sum_by
from cryptodrug_assets.indicators.rows import (
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
    sales = exact_sales(clean)
    if sales.is_empty():
        why = "no exact price of a sale"
        return rows + [
            missing(name, country, "EUR" if name[:4] in ("TS02", "TS03") else "ratio", why)
            for country in (WORLD, *options.focus)
            for name in ("TS01:200", "TS02", "TS03", "TS04:200")
        ]
    grams = clean["listings"].select(
        "listing_key",
        grams=pl.when((pl.col("quantity_unit") == "g") & (pl.col("quantity_confidence") == "high")).then(
            pl.col("quantity")
        ),
    )
    # Only what is counted: there may be millions of sales, each as often as it has origins, and once for the world.
    sales = in_dollars(sales).select(
        "transaction_key", "listing_key", "vendor_key", "drug_class", "origins", "n_origins", "euros", "dollars"
    )
    placed = with_world(sales.join(grams.unique("listing_key"), on="listing_key", how="left")).sort(
        "country", "euros", "transaction_key"
    )
    for (country,), part in sorted(placed.partition_by("country", as_dict=True).items()):
        rows += _of(part, str(country), options)
    return rows


def in_dollars(sales: pl.DataFrame) -> pl.DataFrame:
    """Add `dollars`: the price paid where it was in US dollars, else its euros at the ECB rate of the day or before."""
    text = files("cryptodrug_assets.reference").joinpath("ecb_rates.csv").read_text("utf-8")
    rates = pl.read_csv(io.StringIO(text), schema_overrides={"units_per_eur": pl.Float64}, try_parse_dates=True)
    rates = rates.filter(pl.col("currency") == "USD").select("date", "units_per_eur").sort("date")
    dated = sales.with_columns(date=pl.col("dated_at").dt.date()).sort("date", "transaction_key")
    joined = dated.join_asof(rates, on="date", strategy="backward")
    paid = pl.when(pl.col("price_currency") == "USD").then(pl.col("price_amount").cast(pl.Float64))
    return joined.with_columns(dollars=paid.otherwise(pl.col("euros") * pl.col("units_per_eur"))).drop(
        "date", "units_per_eur"
    )


def _of(part: pl.DataFrame, country: str, options: IndicatorOptions) -> list[Row]:
    euros = part["euros"].to_numpy()
    vendor = part["vendor_key"].rank("dense").cast(pl.Int64).to_numpy() - 1
    n, n_vendors = len(euros), int(vendor.max()) + 1
    each = sum_by(vendor, np.ones(n), n_vendors)
    spent = sum_by(vendor, euros, n_vendors)
    known: dict[str, Any] = {"n": n, "n_vendors": n_vendors}

    def ratio(name: str, unit: str, top: NDArray[np.float64], bottom: NDArray[np.float64]) -> Row:
        interval = ratio_bootstrap(top, bottom, replicates=options.bootstrap, seed=options.seed)
        value = float(top.sum() / bottom.sum()) if bottom.sum() else None
        return row(name, country, unit, value, method=_METHOD, interval=interval, **known)

    def by_vendor(weights: NDArray[Any]) -> NDArray[np.float64]:
        return sum_by(vendor, weights, n_vendors)

    rows = [ratio(f"TS01:{x}", "ratio", by_vendor((euros > x) * 1.0), each) for x in ABOVE]
    rows.append(row("TS02", country, "EUR", euros[-1], method="largest of the observed; no interval", **known))
    rows.append(ratio("TS03", "EUR", spent, each))
    rows += [_percentile(euros, vendor, p, country, known) for p in PERCENTILES]
    rows += [ratio(f"TS04:{x}", "ratio", by_vendor(euros * (euros >= x)), spent) for x in AT_LEAST]
    rows.append(_top_tenth(euros, vendor, spent, country, known, options))
    rows.append(ratio("TS05_price", "ratio", by_vendor((part["dollars"] >= WHOLESALE_USD).to_numpy() * 1.0), each))
    least = pl.col("drug_class").replace_strict(WHOLESALE_G, default=None, return_dtype=pl.Float64)
    mass = part.select(known=(pl.col("grams").is_not_null() & least.is_not_null()), heavy=(pl.col("grams") >= least))
    measured = mass["known"].cast(pl.Float64).to_numpy()
    if measured.sum():
        heavy = mass["heavy"].fill_null(value=False).cast(pl.Float64).to_numpy()
        rows.append(ratio("TS05_mass", "ratio", by_vendor(heavy * measured), by_vendor(measured)))
    return rows


def _percentile(
    euros: NDArray[np.float64], vendor: NDArray[np.int64], percent: int, country: str, known: dict[str, Any]
) -> Row:
    """Percentile; interval of Woodruff (1952): that of the share below it, vendors as clusters, turned around."""
    n, share = len(euros), percent / 100
    value = float(np.quantile(euros, share))
    residual = sum_by(vendor, (euros <= value) - share, int(vendor.max()) + 1)
    vendors = len(residual)
    interval = None
    if vendors > 1:
        error = np.sqrt(vendors / (vendors - 1) * ((residual - residual.mean()) ** 2).sum()) / n
        low, high = np.quantile(euros, np.clip([share - 1.96 * error, share + 1.96 * error], 0, 1))
        interval = (float(low), float(high))
    return row(f"TS03_q:{percent}", country, "EUR", value, method=_WOODRUFF, interval=interval, **known)


def _top_tenth(
    euros: NDArray[np.float64],
    vendor: NDArray[np.int64],
    spent: NDArray[np.float64],
    country: str,
    known: dict[str, Any],
    options: IndicatorOptions,
) -> Row:
    """Revenue share of the largest tenth. Which sales those are is held fixed over the replicates."""
    largest = np.arange(len(euros)) >= len(euros) - max(1, round(len(euros) / 10))
    top = sum_by(vendor, euros * largest, len(spent))
    interval = ratio_bootstrap(top, spent, replicates=options.bootstrap, seed=options.seed)
    value = float(top.sum() / spent.sum())
    return row("TS04_top:10", country, "ratio", value, method=_METHOD, interval=interval, **known)


def _offers(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """TS05_offer: live offers of at least 500 US dollars among those priced in US dollars, holding prices left out."""
    offers = drugs(clean["listings"]).filter((pl.col("price_currency") == "USD") & ~pl.col("is_holding_price"))
    rows: list[Row] = []
    if offers.is_empty():
        return rows
    placed = with_world(offers).with_columns(large=(pl.col("price_amount") >= 500).cast(pl.Float64))
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
