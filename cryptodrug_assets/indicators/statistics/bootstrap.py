"""Totals of resampled vendors as arrays, and rows with intervals made from them. No formula of an indicator is here."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.indicators.rows import IndicatorOptions, Row, missing, row
from cryptodrug_assets.indicators.statistics.intervals import draw_vendors, replicate_interval

if TYPE_CHECKING:
    from scipy import sparse


def by_vendor(long: pl.DataFrame, cells: pl.DataFrame) -> "sparse.csr_array":
    """Cells × vendors: what each vendor adds to each cell; rows of `long` of other cells are left out."""
    from scipy import sparse

    vendors = long.select("vendor_key").unique().sort("vendor_key").with_row_index("vendor")
    placed = long.join(vendors, on="vendor_key").join(cells.with_row_index("cell"), on=cells.columns)
    entries = (placed["value"].to_numpy(), (placed["cell"].to_numpy(), placed["vendor"].to_numpy()))
    return sparse.csr_array(entries, shape=(cells.height, vendors.height))


def resample(matrix: "sparse.csr_array", options: IndicatorOptions) -> NDArray[np.float64]:
    """Cells × (1 + replicates): the totals themselves, then those of the resampled vendors."""
    vendors = matrix.shape[1]
    parts = [matrix @ np.ones((vendors, 1))]
    if options.bootstrap >= 2 and vendors:
        parts += [matrix @ block.T for block in draw_vendors(vendors, options.bootstrap, options.seed)]
    return np.hstack(parts)


def replicates(long: pl.DataFrame, cells: pl.DataFrame, options: IndicatorOptions) -> NDArray[np.float64]:
    """Cells × (1 + replicates) of contributions."""
    return resample(by_vendor(long, cells), options)


class Interval:
    """Values of an array of estimates with their intervals: the last axis holds the estimate, then its replicates."""

    def __init__(self, values: NDArray[np.float64], vendors: NDArray[np.int64]) -> None:
        self.values = values[..., 0]
        if values.shape[-1] <= 1:
            self.low = self.high = np.full(self.values.shape, np.nan)
        else:
            self.low, self.high = replicate_interval(self.values, values[..., 1:], vendors)

    def row(self, indicator: str, country: str, place: int | tuple[int, ...], method: str, **where: Any) -> Row:
        """The row of the value at `place`; missing where it could not be computed."""
        if np.isnan(self.values[place]):
            return missing(indicator, country, "ratio", "nothing to divide by", **where)
        interval = float(self.low[place]), float(self.high[place])
        return row(indicator, country, "ratio", float(self.values[place]), method=method, interval=interval, **where)
