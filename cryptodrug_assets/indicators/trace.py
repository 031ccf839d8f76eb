"""Which clean rows an indicator's value is made of. The mirror of month.py's definitions, for explanation."""

from dataclasses import dataclass

import polars as pl

WORLD, UNKNOWN, ALL = "W", "_U", "all"


@dataclass(frozen=True)
class Behind:
    """Counts of the rows behind a value and the captures they were read from."""

    counts: dict[str, int]
    capture_ids: pl.Series


def rows_behind(indicator: str, country: str, drug_class: str, clean: dict[str, pl.DataFrame]) -> Behind | None:
    """The rows of clean tables behind a level or share (of its numerator); None where the value is missing."""
    measure = indicator[2:4]
    listings = _chosen(clean["listings"], country, drug_class)
    if measure == "01":
        return Behind({"offers": listings.height}, listings["capture_id"])
    if measure == "02":
        counts = {"vendors": listings["vendor_key"].n_unique(), "offers": listings.height}
        return Behind(counts, listings["capture_id"])
    sales = _chosen(clean["transactions"], country, drug_class)
    if measure == "04":
        exact = clean["transactions"].filter(pl.col("price_source") == "exact")
        if exact.is_empty():
            return None
        sales = sales.filter((pl.col("price_source") == "exact") & pl.col("price_eur").is_not_null())
    offers = sales["listing_key"].drop_nulls().n_unique()
    counts = {"transactions": sales.height, "vendors": sales["vendor_key"].n_unique()} | (
        {"offers": offers} if offers else {}
    )
    pages = clean["listings"].filter(pl.col("listing_key").is_in(sales["listing_key"].drop_nulls().unique().to_list()))
    return Behind(counts, pl.concat([sales["capture_id"], pages["capture_id"]]))


def _chosen(frame: pl.DataFrame, country: str, drug_class: str) -> pl.DataFrame:
    frame = frame.filter(pl.col("is_drug"))
    if drug_class != ALL:
        frame = frame.filter(pl.col("drug_class") == drug_class)
    if country == UNKNOWN:
        return frame.filter(pl.col("origins").list.len() == 0)
    return frame if country == WORLD else frame.filter(pl.col("origins").list.contains(country))
