"""What of SDMX-CSV data breaks its structure: contains the checks that readers of the format leave out.

Data are judged as they were written, from the bytes: unknown codes, keys twice, what has to be there and is not,
attributes that vary below their level, status against value, a value outside its bounds.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from cryptodrug_assets.publishing.exchange.sdmx import FLOW_ID, csv_columns
from cryptodrug_assets.publishing.exchange.structure import ATTRIBUTES, DIMENSIONS, LISTS, MEASURE, OF_DATASET, OF_GROUP

_KEY = [name.upper() for name in DIMENSIONS]
_NUMBERS = ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "COVERAGE", "CONF_LEVEL")
_NO_VALUE = ("O", "M", "Q")
_STRUCTURES = ("sdmx/structure.xml", "sdmx/structure_2.1.xml", "sdmx/structure.json")


def structure_faults(files: Mapping[str, bytes]) -> list[str]:
    """What the schemas of the standard say of the structures of a release, by path."""
    from pysdmx.errors import Invalid
    from pysdmx.io import read_sdmx

    found = []
    with TemporaryDirectory() as folder:
        for name in _STRUCTURES:
            # The reader takes a path and tells formats by its ending.
            path = Path(folder, Path(name).name)
            path.write_bytes(files[name])
            try:
                read_sdmx(str(path), validate=True)
            except Invalid as err:
                found.append(f"{name}: {' '.join(str(err).split())[:160]}")
    return found


def violations(data: bytes, codes: Mapping[str, list[str]]) -> list[str]:
    """What is wrong with SDMX-CSV 2.0 data, a line a kind; `codes` are those of each coded column (structure.codes_of).

    A row is named by its number in the file, the first below the heading being 1.
    """
    frame = pl.read_csv(BytesIO(data), infer_schema=False).with_row_index("row", 1)
    if frame.columns[1:] != csv_columns():
        return [f"columns: {', '.join(frame.columns[1:])} instead of {', '.join(csv_columns())}"]
    if (wrong := frame.filter(pl.col("STRUCTURE_ID") != FLOW_ID)).height:
        return [f"structure: {wrong['STRUCTURE_ID'][0]} instead of {FLOW_ID} in {wrong.height} rows"]
    return [*_codes(frame, codes), *_mandatory(frame), *_keys(frame), *_levels(frame), *_values(frame)]


def _codes(frame: pl.DataFrame, codes: Mapping[str, list[str]]) -> Iterator[str]:
    for column in LISTS:
        name = column.upper()
        yield from _lines(f"unknown code of {name}", frame.filter(~pl.col(name).is_in(codes[column])), name)
    pattern = r"^\d{4}-(0[1-9]|1[0-2])$"
    yield from _lines("no month", frame.filter(~pl.col("TIME_PERIOD").str.contains(pattern)), "TIME_PERIOD")


def _mandatory(frame: pl.DataFrame) -> Iterator[str]:
    needed = [*_KEY, MEASURE.upper(), *(name.upper() for name, (_, required) in ATTRIBUTES.items() if required)]
    for name in needed:
        yield from _lines(f"{name} is empty", frame.filter(pl.col(name).is_null() | (pl.col(name) == "")), "INDICATOR")


def _keys(frame: pl.DataFrame) -> Iterator[str]:
    yield from _lines("key twice", frame.filter(pl.struct(_KEY).is_duplicated()), "INDICATOR")


def _levels(frame: pl.DataFrame) -> Iterator[str]:
    for column, (level, _) in ATTRIBUTES.items():
        name = column.upper()
        if level == OF_DATASET and frame[name].n_unique() > 1:
            yield f"{name} varies in the data set: {', '.join(sorted(map(str, frame[name].unique())))}"
        if level == OF_GROUP:
            varying = frame.filter(pl.col(name).n_unique().over(OF_GROUP.split(",")) > 1)
            yield from _lines(f"{name} varies within {OF_GROUP}", varying, name)


def _values(frame: pl.DataFrame) -> Iterator[str]:
    numbers = frame.with_columns(pl.col(name).cast(pl.Float64, strict=False).alias(f"{name}_") for name in _NUMBERS)
    for name in _NUMBERS:
        unread = numbers.filter(pl.col(name).is_not_null() & pl.col(f"{name}_").is_null())
        yield from _lines(f"{name} is no number", unread, name)
    value, low, high = (pl.col(f"{name}_") for name in _NUMBERS[:3])
    there, told = value.is_not_nan(), ~pl.col("OBS_STATUS").is_in(_NO_VALUE)
    yield from _lines("value against status", numbers.filter(there != told), "OBS_STATUS")
    suppressed = (pl.col("OBS_STATUS") == "Q") != (pl.col("CONF_STATUS") == "C")
    yield from _lines("status against confidentiality", numbers.filter(suppressed), "OBS_STATUS")
    shown = pl.col("CONF_STATUS").eq("C") & pl.any_horizontal(
        there, low.is_not_null(), high.is_not_null(), pl.col("OBS_COUNT", "VENDOR_COUNT").is_not_null()
    )
    yield from _lines("confidential and shown", numbers.filter(shown), "INDICATOR")
    outside = there & ((value < low - 1e-9) | (value > high + 1e-9))
    yield from _lines("value outside its bounds", numbers.filter(outside), "OBS_VALUE")


def _lines(what: str, wrong: pl.DataFrame, shown: str) -> Iterator[str]:
    if wrong.height:
        first = wrong.row(0, named=True)
        yield f"{what}: {wrong.height} rows, first row {first['row']} ({first[shown]})"
