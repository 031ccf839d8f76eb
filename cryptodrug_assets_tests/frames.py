"""Small hand-made frames that fit their contracts, for the tests of contracts, store, checks and warehouse."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from cryptodrug_assets import contracts

MONTH = date(2018, 11, 1)
MOMENT = datetime(2018, 11, 30, 23, 59, tzinfo=UTC)
_FILL: dict[type[pl.DataType], Any] = {
    pl.String: "x",
    pl.Int64: 1,
    pl.Float64: 1.0,
    pl.Boolean: False,
    pl.Date: MONTH,
    pl.Datetime: MOMENT,
    pl.Decimal: Decimal("1.00"),
    pl.List: [],
}


def rows(layer: str, table: str, *values: dict[str, Any]) -> pl.DataFrame:
    """A frame with the given rows; required columns left out get a harmless value, optional ones null."""
    contract = contracts.load(layer, table)
    filled = []
    for number, given in enumerate(values):
        row: dict[str, Any] = {}
        for column in contract.columns:
            if column.name in given:
                row[column.name] = given[column.name]
            elif column.required:
                row[column.name] = column.enum[0] if column.enum else _FILL[column.polars_type.base_type()]
            else:
                row[column.name] = None
        row |= {"market": given.get("market", "dream"), "month": given.get("month", MONTH)}
        for key in contract.primary_key:
            if key not in given and key not in ("market", "month"):
                row[key] = number if contract.column(key).physical_type == "BIGINT" else f"{number:016x}"
        filled.append(row)
    return pl.DataFrame(filled, schema=contract.polars_schema)
