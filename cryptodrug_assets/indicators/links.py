"""Links between vendors of two markets, in both directions, and how soon after a closure one counts as a migrant."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

WITHIN = timedelta(days=60)


def vendor_links(history: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """All links in both directions: those given, and class A for the same key; the best class of a pair."""
    keys = history["vendors"].filter(pl.col("pgp_key").is_not_null()).select("market", "vendor_key", "pgp_key").unique()
    # A key that several vendors of one market show proves nothing.
    keys = keys.filter(pl.len().over("market", "pgp_key") == 1)
    same = (
        keys.join(keys, on="pgp_key", suffix="_other")
        .filter(pl.col("market") != pl.col("market_other"))
        .select(
            "market",
            "vendor_key",
            pl.col("market_other").alias("other_market"),
            pl.col("vendor_key_other").alias("other_vendor_key"),
            link_class=pl.lit("A"),
            probability=pl.lit(1.0),
        )
    )
    parts = [same]
    given = history.get("vendor_links")
    if given is not None:
        forward = given.select(same.columns)
        back = forward.select(
            market="other_market",
            vendor_key="other_vendor_key",
            other_market="market",
            other_vendor_key="vendor_key",
            link_class="link_class",
            probability="probability",
        )
        parts += [forward, back]
    pair = ["market", "vendor_key", "other_market", "other_vendor_key"]
    return pl.concat(parts).sort(*pair, "link_class").unique(pair, keep="first", maintain_order=True)
