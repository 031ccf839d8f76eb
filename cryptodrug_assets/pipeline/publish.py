"""The indicators → what may be published of them. One release at a time: months and windows protect each other."""

from typing import NamedTuple

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.pipeline.measure import READS as OF_MONTH
from cryptodrug_assets.pipeline.reading import Read, TableReader
from cryptodrug_assets.pipeline.tables import History, Indicators
from cryptodrug_assets.pipeline.window import READS as OF_WINDOW
from cryptodrug_assets.study.public_tables import public_tables

_CLEAN = ("listings", "vendors", "transactions")
_SUFFIX = "_public"
#: The table itself, and the clean tables that say how many vendors stand behind its values.
READS: dict[str, tuple[Read, ...]] = {
    contract.table: (
        Read(f"indicators/{contract.table.removesuffix(_SUFFIX)}", None),
        *(Read(f"clean/{name}", None) for name in _CLEAN),
    )
    for contract in contracts.all_contracts()
    if contract.layer == "indicators" and contract.table.endswith(_SUFFIX) and not contract.of_wave
}


class PublicInput(NamedTuple):
    """What `publish` takes: the history with the indicators of its months, and those across months."""

    history: History
    window: Indicators


def read(tables: TableReader) -> PublicInput:
    """What publication reads of all months; UserError when there is nothing to publish."""
    history = History(
        **{name: tables.read("clean", name) for name in _CLEAN},
        monthly={name: tables.read("indicators", name) for name in OF_MONTH},
    )
    return PublicInput(history, {name: tables.read("indicators", name) for name in OF_WINDOW})


def publish(history: History, window: Indicators, *, options: IndicatorOptions) -> dict[str, pl.DataFrame]:
    """Every public table, in contract form: without what few vendors stand behind, and what would give it away."""
    tables = history.by_name() | dict(window) | {"contributions": history.contributions}
    return public_tables(tables, options=options)
