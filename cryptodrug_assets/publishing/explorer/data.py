"""The observations as the explorer holds them: series by their keys, codes by their place in a list, every digit.

A row without a value takes a dozen bytes that way, and most rows are without one. `observations_of` is the way back, by
which a release is checked.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.months import months_from
from cryptodrug_assets.publishing.exchange.observations import LAYER, TABLE

#: What makes a measure, what places a series beside it, and what a row says, in the order of their places.
MEASURE = ("dataset", "freq", "indicator", "param", "unit_measure")
PLACES = ("market", "drug_class", "ref_area")
CODED = ("time_period", "obs_status", "method", "coverage", "ref_period")
NUMBERS = ("obs_value", "lower_bound", "upper_bound", "obs_count", "vendor_count")
#: Told by the status: the contract of the table has it so.
_CONFIDENTIAL = {"Q": "C"}
_BLOCK = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def data_of(observed: pl.DataFrame, order: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """{"measures", "codes" by column, "series"}; `order` has the codes of the places as readers are shown them.

    A series is [measure, market, class, place, rows]; a row has the places of its CODED and then its NUMBERS, without
    the nulls at its end. Months are all from the first to the last.
    """
    months = observed["time_period"]
    codes: dict[str, list[Any]] = {column: list(order[column]) for column in PLACES}
    codes |= {column: observed[column].unique().sort().to_list() for column in CODED}
    codes["time_period"] = months_from(str(months.min()), str(months.max())) if months.len() else []
    place = {column: {code: at for at, code in enumerate(listed)} for column, listed in codes.items()}
    measures: dict[tuple[str, ...], int] = {}
    series: dict[tuple[int, ...], list[list[Any]]] = {}
    for row in observed.sort("dataset", "indicator", "param", *PLACES, "time_period").iter_rows(named=True):
        measure = measures.setdefault(tuple(row[name] for name in MEASURE), len(measures))
        cells = [*(place[column][row[column]] for column in CODED), *(row[name] for name in NUMBERS)]
        while cells[-1] is None:
            cells.pop()
        series.setdefault((measure, *(place[column][row[column]] for column in PLACES)), []).append(cells)
    return {
        "measures": [list(measure) for measure in measures],
        "codes": codes,
        "series": [[*key, rows] for key, rows in series.items()],
    }


def block(content: Mapping[str, Any]) -> str:
    """JSON for a block of data in a page: nothing in it ends the block.

    >>> block({"a": "</script>"})
    '{"a":"\\\\u003c/script>"}'
    """
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def observations_of(page: str) -> pl.DataFrame:
    """exchange.observations of an explorer's page, sorted by its key; ValueError where it holds none."""
    found = _BLOCK.search(page)
    if found is None:
        raise ValueError("the explorer has no block of data")
    data = json.loads(found[1])
    codes, schema = data["codes"], contracts.load(LAYER, TABLE).polars_schema
    rows = []
    for measure, *places, cells in data["series"]:
        common = dict(zip(MEASURE, data["measures"][measure], strict=True))
        common |= {name: codes[name][at] for name, at in zip(PLACES, places, strict=True)}
        for cell in cells:
            coded = {name: codes[name][at] for name, at in zip(CODED, cell[: len(CODED)], strict=True)}
            rest = cell[len(CODED) :]
            numbers = dict(zip(NUMBERS, [*rest, *[None] * (len(NUMBERS) - len(rest))], strict=True))
            confidential = {"conf_status": _CONFIDENTIAL.get(coded["obs_status"], "F")}
            rows.append(common | coded | numbers | confidential)
    return pl.DataFrame(rows, schema=schema).sort(pl.all())
