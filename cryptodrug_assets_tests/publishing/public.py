"""Public tables made by hand, for everything that leaves the house: each status, place and shape of code once."""

from datetime import date
from typing import Any

import polars as pl

from cryptodrug_assets_tests.frames import rows

POOLED = "ratio; 95 % over vendors, variance pooled over the market"
HIDDEN = "confidential: of few vendors, or it would tell of few"
APRIL, MAY = date(2019, 4, 1), date(2019, 5, 1)


def value(
    indicator: str, country: str, amount: float | None, bounds: tuple[float, float] | None = None, **more: Any
) -> dict[str, Any]:
    """A row of a public table; without an amount it is missing, with status C it is hidden."""
    low, high = bounds or (None, None)
    status = more.pop("obs_status", "A" if amount is not None else "M")
    filled = {
        "market": "empire", "month": APRIL, "indicator": indicator, "country": country, "drug_class": "all",
        "unit": "ratio", "value": amount, "lower": low, "upper": high, "n": None, "n_vendors": None,
        "method": POOLED, "coverage": 0.97, "obs_status": status, "conf_status": "C" if status == "C" else "F",
    }  # fmt: skip
    return filled | ({"method": HIDDEN} if status == "C" else {}) | more


def public_tables() -> dict[str, pl.DataFrame]:
    """Tables by their name without `_public`; a third is not a decimal fraction, to try every bit."""
    made = {
        "coverage": [
            value("COV01", "W", 0.97, n=120, method="pages fetched / enumerated"),
            value("COV01", "W", 1.0, n=130, month=MAY, method="pages fetched / enumerated"),
        ],
        "activity": [
            value("LV03", "W", 1234.0, (1234.0, 1300.0), unit="transactions", n=1234, n_vendors=56,
                  method="count of what was captured; bounds of what was not seen: unknown origins and classes"),
            value("LV04", "W", None, unit="EUR", method="not computable: prices beside sales are rounded"),
            value("LV03", "W", 0.0, unit="transactions", n=0, n_vendors=0, drug_class="ghb",
                  method="count of what was captured; how much was not seen is unknown"),
        ],
        "shares": [
            value("SH03", "BE", 1 / 3, (0.1, 0.5)),
            value("SH03", "BE", 0.1 + 0.2, (0.3, 0.4), month=MAY, obs_status="L", coverage=0.5),
            value("SH03", "_U", 0.25),
            value("SH01", "NL", None, obs_status="C"),
            value("SH01", "BE", 0.0, coverage=None, obs_status="E"),
            value("SH01_bound", "BE", None, (0.0, 0.2),
                  method="not computable: of no sale is it known whether it is of a drug; bounds alone"),
        ],
        "shipping": [value("RT02", "BE", 0.5, method="proportion of vendors; Wilson 95 %")],
        "shipping_window": [
            value("RT02", "BE", 0.75, market="all", month=MAY, method="proportion of vendors; Wilson 95 %"),
            value("RT05:RT03:NL", "BE", -0.01, (-0.2, 0.1), month=MAY, unit="difference",
                  method="share less that of the month before; interval of a difference, 95 %"),
        ],
        "transaction_sizes_window": [
            value("TS01:200", "BE", None, month=MAY, method="not computable: no exact price of a sale"),
            value("TS03_q:50", "W", 75.5, (60.0, 90.0), month=MAY, unit="EUR", n=40, n_vendors=12,
                  method="percentile; Woodruff interval over vendors, 95 %"),
        ],
        "specialisation_window": [value("DM01_T", "W", 0.4, month=MAY, drug_class="unknown")],
        "trends": [
            value("GR01:LV03", "W", None, month=MAY, method="not computable: fewer than 3 months"),
            value("GR03:LV01", "W", 0.02, month=MAY, method="compound monthly rate, 2019-04 to 2019-05"),
        ],
        "migration": [
            value("MG01_AB:empire", "W", 3.0, (2.0, 5.0), market="dream", unit="vendors", n=3, n_vendors=3,
                  method="vendors linked by class; lower A, upper A+B+C"),
        ],
    }  # fmt: skip
    return {name: rows("indicators", f"{name}_public", *of_table) for name, of_table in made.items()}
