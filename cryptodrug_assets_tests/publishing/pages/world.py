"""Observations for the report's pages: the tables of every shape, and a window worked out by hand."""

import polars as pl

from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.public import HIDDEN, MAY, POOLED, public_tables, value


def observed() -> pl.DataFrame:
    """The tables of every shape, and a window of shares, classes and events worked out by hand."""
    window = [
        value("SH03_mean", "BE", 0.125, (0.1, 0.15), market="all", month=MAY),
        value("SH03_mean", "NL", 0.25, (0.2, 0.3), market="all", month=MAY),
        value("SH01_mean", "BE", None, market="all", month=MAY, obs_status="C", method=HIDDEN),
    ]
    classes = [
        value("DM01_L", "BE", 0.6, (0.5, 0.7), market="all", month=MAY, drug_class="mdma"),
        value("DM01_L", "W", 0.2, market="all", month=MAY, drug_class="mdma"),
        value("SP02_L", "BE", 3.0, (2.5, 3.5), market="all", month=MAY, drug_class="mdma"),
    ]
    harm = [
        value("HR01", "W", 0.0875, (0.05, 0.12), method=POOLED),
        value("HR01", "W", 0.1, (0.05, 0.15), month=MAY, method=POOLED),
    ]
    more = {"shares_window": window, "specialisation_window": classes, "conduct": harm}
    tables = public_tables() | {name: rows("indicators", f"{name}_public", *made) for name, made in more.items()}
    return observations(tables)
