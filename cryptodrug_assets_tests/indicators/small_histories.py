"""Histories of a few rows: offers, vendors and daily sales over months."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from cryptodrug_assets_tests.frames import rows

MONTHS = [date(2018, 11, 1), date(2018, 12, 1), date(2019, 1, 1), date(2019, 2, 1)]


def value(frame: pl.DataFrame, indicator: str, country: str, market: str = "dream") -> Any:
    """The one value of a code, country and market over the window."""
    chosen = frame.filter(
        (pl.col("indicator") == indicator) & (pl.col("country") == country) & (pl.col("market") == market)
    )
    return chosen["value"].item()


def vendors(*seen: tuple[str, str, int, str | None]) -> pl.DataFrame:
    """clean.vendors of (market, vendor, months after November 2018, key), all from Belgium."""
    months = [*MONTHS, date(2019, 3, 1), date(2019, 4, 1)]
    return rows(
        "clean",
        "vendors",
        *(
            {
                "market": market,
                "month": months[number],
                "vendor_key": vendor,
                "pgp_key": key,
                "origins": ["BE"],
                "n_origins": 1,
                "is_active": True,
            }
            for market, vendor, number, key in seen
        ),
    )


def daily(sales: Callable[[int], int]) -> pl.DataFrame:
    """Sales on Wall Street by days since Dream's notice, each of another vendor of the day; from 1 November on."""
    sold: list[dict[str, Any]] = []
    for number in range(173):
        day = date(2018, 11, 1) + timedelta(number)
        for k in range(sales((day - date(2019, 3, 26)).days)):
            moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            sold.append(
                {
                    "market": "wall_street", "month": day.replace(day=1), "vendor_key": f"v{k}", "is_drug": True,
                    "drug_class": "mdma", "origins": ["BE"], "n_origins": 1, "dated_at": moment,
                }
            )  # fmt: skip
    return rows("clean", "transactions", *sold)
