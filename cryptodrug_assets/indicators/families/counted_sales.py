"""Sales by the markets' own counters, beside the feedback that sales are counted by.

LV03_counter: sales of all goods in the month by the vendors' counters of this month and the one before, per origin;
lower and upper are the bounds that coarse counters leave (Dream shows steps), the value their middle. COV04: feedback
of the same vendors in the month / those sales, bounds from the same counters; above one, feedback is not of this month.
A vendor counts when both months show its counter, or when it registered in the month (before: none).
"""

from collections.abc import Iterator

import polars as pl

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.family import Family
from cryptodrug_assets.indicators.rows import IndicatorOptions, Row, add_up, by_country, indicator_frame, row
from cryptodrug_assets.indicators.seen import covered_months
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History
from cryptodrug_assets.months import month_after

_METHOD = "counters of the month less those of the month before; bounds of coarse counters"


def counted_sales(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """LV03_counter and COV04 per market-month, for every origin and the world."""
    rows: list[Row] = []
    vendors = history["vendors"].filter(pl.col("sales_lo").is_not_null())
    cells = history["vendors"].select("market", "month").unique().sort("market", "month").rows()
    for market, month in cells:
        before = next(
            (m for name, m in cells if name == market and month_after(f"{m:%Y-%m}") == f"{month:%Y-%m}"), None
        )
        if before is not None:
            where = {"market": market, "month": month, "coverage": _coverage(history, market, month)}
            rows += [made | where for made in _month(vendors, history["transactions"], market, before, month)]
    return indicator_frame("counted_sales", rows, options=options)


def _coverage(history: History, market: str, month: object) -> float | None:
    if "coverage" not in history:
        return None
    return covered_months(history["coverage"].filter(market=market, month=month))["covered"].first()  # type: ignore[return-value]


def _month(vendors: pl.DataFrame, sales: pl.DataFrame, market: str, before: object, month: object) -> Iterator[Row]:
    own = vendors.filter(pl.col("market") == market)
    old = own.filter(pl.col("month") == before).select("vendor_key", old_lo="sales_lo", old_hi="sales_hi")
    new = own.filter(pl.col("month") == month).join(old, on="vendor_key", how="left")
    joined = pl.when(pl.col("member_since") >= pl.lit(month)).then(0)
    new = new.with_columns(
        old_lo=pl.coalesce("old_lo", joined), old_hi=pl.coalesce("old_hi", "old_lo", joined)
    ).drop_nulls("old_lo")
    most = pl.coalesce("sales_hi", "sales_lo") - pl.col("old_lo")
    least = (pl.col("sales_lo") - pl.col("old_hi")).clip(0)
    here = (pl.col("market") == market) & (pl.col("month") == month)
    # What was imputed from counters says nothing of how much feedback there is.
    feedback = sales.filter(here & (pl.col("status") == "observed")).group_by("vendor_key").agg(feedback=pl.len())
    counted = (
        new.with_columns(least=least, most=pl.max_horizontal(most, least), drug_class=pl.lit("all"))
        .join(feedback, on="vendor_key", how="left")
        .with_columns(pl.col("feedback").fill_null(0))
        .sort("vendor_key")
    )
    each = by_country(counted).with_columns(weight=1.0 / pl.col("n_origins").clip(1))
    world = counted.with_columns(country=pl.lit("W"), weight=pl.lit(1.0))
    columns = ["country", "weight", "least", "most", "feedback"]
    weighed = pl.concat([each.select(columns), world.select(columns)]).select(
        "country", *(pl.col(name) * pl.col("weight") for name in columns[2:])
    )
    totals = add_up(weighed, ["country"], *columns[2:], n_vendors=pl.len())
    for country, low, high, seen, count in totals.iter_rows():
        middle = (low + high) / 2
        known = {"n": None, "n_vendors": count}
        yield row("LV03_counter", country, "transactions", middle, method=_METHOD, interval=(low, high), **known)
        if low > 0:
            method = f"feedback / sales; {_METHOD}"
            yield row(
                "COV04", country, "ratio", seen / middle, method=method, interval=(seen / high, seen / low), **known
            )


FAMILY = Family(
    table="counted_sales",
    grain="across",
    codes=(Code("LV03_counter", "transactions", two_months=True), Code("COV04", "ratio", two_months=True)),
    compute=counted_sales,
    rows=rules.counted_by_market,
    reads=("clean/vendors", "clean/transactions", "indicators/coverage"),
)
