"""A home with the tables that a release needs, made by hand: no run, no page."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.publishing.dissemination.steps import Desk
from cryptodrug_assets.publishing.exchange.observations import LAYER, TABLE, observations
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.public import APRIL, public_tables, value

#: A vendor that must not be found in a release, and the value behind the suppressed one.
VENDOR, HIDDEN_VALUE = "Planted_Vendor_77", 0.123456789012345
KEY = "0123456789abcdef01234567"


def opened(home: Path) -> Desk:
    """The desk of a home."""
    return Desk(Settings(home=home), CleaningOptions(), IndicatorOptions(bootstrap=2))


def desk(home: Path) -> Desk:
    """The desk of a new home with every table."""
    made = opened(home)
    captured(made, synthetic=True)
    vendor = {"market": "empire", "month": APRIL, "vendor_name": VENDOR}
    _commit(made, "parsed", "vendors", rows("parsed", "vendors", vendor))
    _commit(made, "clean", "vendors", rows("clean", "vendors", {"market": "empire", "month": APRIL, "vendor_key": KEY}))
    for table in ("listings", "transactions"):
        one = {
            "market": "empire",
            "month": APRIL,
            "vendor_key": KEY,
            "is_drug": False,
            "origins": ["NL"],
            "n_origins": 1,
        }
        _commit(made, "clean", table, rows("clean", table, one))
    for name in families():
        frame = contracts.empty(contracts.load("indicators", name))
        if name == "shares":
            frame = rows("indicators", "shares", value("SH01", "NL", HIDDEN_VALUE))
        _commit(made, "indicators", name, frame)
    put(made)
    return made


def captured(made: Desk, *, synthetic: bool) -> None:
    """Commit one captured page, with a licence."""
    page = {
        "market": "empire", "month": APRIL, "outcome": "done", "synthetic": synthetic,
        "provenance": json.dumps({"licence": "CC-BY-4.0"}),
    }  # fmt: skip
    _commit(made, "raw", "captures", rows("raw", "captures", page))


def put(made: Desk, **changed: pl.DataFrame) -> None:
    """Commit the public tables, some of them changed, and the observations made of them."""
    public = public_tables() | changed
    for name, family in families().items():
        if family.publish is not None:
            table = f"{name}_public"
            public.setdefault(name, contracts.empty(contracts.load("indicators", table)))
            _commit(made, "indicators", table, public[name])
    _commit(made, LAYER, TABLE, observations(public))


def changed_shares(indicator: str, country: str, **columns: Any) -> pl.DataFrame:
    """The public shares with other values in one row of April."""
    frame = public_tables()["shares"]
    where = (pl.col("indicator") == indicator) & (pl.col("country") == country) & (pl.col("month") == APRIL)
    return frame.with_columns(
        pl.when(where).then(pl.lit(text, frame.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, text in columns.items()
    )


def _commit(made: Desk, layer: str, table: str, frame: pl.DataFrame) -> None:
    store = made.store
    if not contracts.load(layer, table).partitioned:
        store.commit_all(layer, {table: frame}, None, None, {})
        return
    if frame.is_empty():
        store.commit_all(layer, {table: frame}, "empire", "2019-04", {})
    for (market, month), part in frame.partition_by("market", "month", as_dict=True).items():
        store.commit_all(layer, {table: part}, str(market), f"{month:%Y-%m}", {})
