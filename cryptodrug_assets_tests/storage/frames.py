"""Small frames to store."""

from datetime import date

import polars as pl

from cryptodrug_assets_tests.frames import rows


def vendors(month: date, *keys: str, market: str = "dream") -> pl.DataFrame:
    """clean.vendors of a month with these keys."""
    return rows(
        "clean",
        "vendors",
        *({"vendor_key": key, "month": month, "market": market, "origins": ["BE", "NL"]} for key in keys),
    )
