"""The history of all months → indicators of whole windows and of all markets, and the study's scorecard."""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets.indicators.registry import ACROSS, compute_across, of_grain
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.pipeline.measure import READS as OF_MONTH
from cryptodrug_assets.pipeline.reading import Read, TableReader
from cryptodrug_assets.pipeline.tables import History
from cryptodrug_assets.study.scorecard import study_scorecard
from cryptodrug_assets.study.statements import CHECKS

SCORECARD = "study_scorecard"
#: Reference tables that these indicators compute with.
REFERENCE = tuple(
    sorted({name.partition("/")[2] for family in of_grain("across") for name in family.reads if "reference/" in name})
)
_JUDGED = sorted({"clean/listings" if check.table == "listings" else f"indicators/{check.table}" for check in CHECKS})

READS: dict[str, tuple[Read, ...]] = {
    **{family.table: tuple(Read(name, None) for name in family.reads) for family in of_grain("across")},
    SCORECARD: tuple(Read(name, None) for name in _JUDGED),
}


def read(tables: TableReader) -> History:
    """The history of all months that were measured; UserError when there are none."""
    return History(
        **{name: tables.read("clean", name) for name in ("listings", "vendors", "transactions")},
        monthly={name: tables.read("indicators", name) for name in OF_MONTH},
        vendor_links=tables.read("clean", "vendor_links"),
    )


def measure_window(history: History, *, options: IndicatorOptions) -> dict[str, pl.DataFrame]:
    """Every indicator table across months, in contract form, the scorecard the last."""
    tables = history.by_name()
    across = compute_across(tables | {"contributions": history.contributions}, options=options)
    return across | {SCORECARD: study_scorecard(tables | across)}


def window_table(table: str, inputs: Mapping[str, pl.DataFrame], *, options: IndicatorOptions) -> pl.DataFrame:
    """One table alone, from the tables (by name) that READS names for it: without the coverage of sales beside it."""
    return study_scorecard(inputs) if table == SCORECARD else ACROSS[table](inputs, options=options)
