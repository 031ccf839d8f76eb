"""SDMX: structures by their schemas, data by two other readers bit for bit, planted faults, names in each language."""

import json
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from cryptodrug_assets.publishing.exchange import structure
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets.publishing.exchange.sdmx import sdmx_csv, sdmx_files
from cryptodrug_assets.publishing.exchange.violations import violations
from cryptodrug_assets_tests.publishing.public import public_tables

MOMENT = datetime(2019, 6, 3, 8, tzinfo=UTC)
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
KEY = [name.upper() for name in structure.DIMENSIONS]


@pytest.fixture(scope="module")
def observed() -> pl.DataFrame:
    return observations(public_tables())


@pytest.fixture(scope="module")
def folder(observed: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sdmx")
    for name, data in sdmx_files(observed, prepared=MOMENT, synthetic=True).items():
        (home / Path(name).name).write_bytes(data)
    return home


def bits(number: float | None) -> bytes:
    return struct.pack(">d", float("nan") if number is None else number)


@pytest.mark.parametrize("name", ["structure.xml", "structure_2.1.xml", "structure.json"])
def test_structures_pass_their_schema_and_hold_everything(name: str, folder: Path, observed: pl.DataFrame) -> None:
    from pysdmx.io import read_sdmx

    message = read_sdmx(folder / name, validate=True)
    lists = {item.id: {code.id for code in item.items} for item in message.get_codelists()}
    for column, (_, code_list, _) in structure.LISTS.items():
        assert lists[code_list] == set(observed[column])
    components = message.get_data_structure_definitions()[0].components
    assert [component.id for component in components.dimensions] == KEY
    assert message.header is not None and message.header.test
    assert message.header.prepared.replace(tzinfo=UTC) == MOMENT


def test_pysdmx_reads_every_double_as_it_was(folder: Path, observed: pl.DataFrame) -> None:
    from pysdmx.io import get_datasets

    data = get_datasets(folder / "observations.csv", folder / "structure.xml")[0].data
    found = {tuple(row[name] for name in KEY): row for row in data.to_dict("records")}
    assert len(found) == observed.height
    for row in observed.iter_rows(named=True):
        other = found[tuple(row[name.lower()] for name in KEY)]
        value = other["OBS_VALUE"]
        assert bits(row["obs_value"]) == bits(None if value is None else float(value))
        assert other["OBS_STATUS"] == row["obs_status"] and other["METHOD"] == row["method"]


def test_sdmx1_reads_the_same_with_the_structure_of_2_1(folder: Path, observed: pl.DataFrame) -> None:
    sdmx = pytest.importorskip("sdmx")
    message = sdmx.read_sdmx(folder / "structure_2.1.xml")
    definition = message.structure[structure.DSD]
    data = sdmx.read_sdmx(folder / "observations.csv", structure=definition).data[0]
    found = {}
    for item in data.obs:
        key = {name: str(value.value) for name, value in item.dimension.values.items()}
        found[tuple(key[name] for name in KEY)] = item
    assert len(found) == observed.height
    for row in observed.iter_rows(named=True):
        item = found[tuple(row[name.lower()] for name in KEY)]
        assert bits(row["obs_value"]) == bits(None if item.value is None else float(item.value))


def test_every_code_has_names_in_three_languages(folder: Path) -> None:
    for name in ("structure.xml", "structure_2.1.xml"):
        root = etree.parse(folder / name).getroot()
        named = [
            element for element in root.iter() if etree.QName(element).localname in ("Code", "Concept", "Codelist")
        ]
        assert len(named) > 50
        for element in named:
            languages = [child.get(XML_LANGUAGE) for child in element if etree.QName(child).localname == "Name"]
            assert languages == ["en", "nl", "fr"], element.get("id")
    document = json.loads((folder / "structure.json").read_text("utf-8"))
    areas = next(item for item in document["data"]["codelists"] if item["id"] == "CL_AREA")
    belgium = next(code for code in areas["codes"] if code["id"] == "BE")
    assert belgium["names"] == {"en": "Belgium", "nl": "België", "fr": "Belgique"}


def test_lists_of_the_standard_keep_its_agency_and_are_partial(folder: Path) -> None:
    root = etree.parse(folder / "structure.xml").getroot()
    lists = {item.get("id"): item for item in root.iter() if etree.QName(item).localname == "Codelist"}
    for name in ("CL_FREQ", "CL_OBS_STATUS", "CL_CONF_STATUS"):
        assert (lists[name].get("agencyID"), lists[name].get("isPartial")) == ("SDMX", "true")
    assert lists["CL_AREA"].get("agencyID") == "CRYPTODRUG"


PLANTED: list[tuple[str, Callable[[pl.DataFrame], pl.DataFrame]]] = [
    ("unknown code of DRUG_CLASS: 1 rows", lambda f: _set(f, "DRUG_CLASS", "soma", "LV03", "_T")),
    ("UNIT_MEASURE is empty", lambda f: _set(f, "UNIT_MEASURE", None, "LV04", "_T")),
    ("key twice: 2 rows", lambda f: pl.concat([f, f.filter(INDICATOR="RT02")])),
    ("UNIT_MEASURE varies within INDICATOR,PARAM", lambda f: _set(f, "UNIT_MEASURE", "EUR", "SH03", "_T", first=True)),
    ("value against status", lambda f: _set(f, "OBS_STATUS", "O", "RT02", "_T")),
    ("confidential and shown", lambda f: _set(f, "OBS_VALUE", "0.5", "SH01", "_T", status="Q")),
    ("value outside its bounds", lambda f: _set(f, "OBS_VALUE", "100.0", "TS03_q", "50")),
    ("no month", lambda f: _set(f, "TIME_PERIOD", "2019", "RT02", "_T")),
    ("OBS_VALUE is no number", lambda f: _set(f, "OBS_VALUE", "0,5", "RT02", "_T")),
    ("CONF_LEVEL varies", lambda f: _set(f, "CONF_LEVEL", "0.9", "RT02", "_T")),
    ("status against confidentiality", lambda f: _set(f, "CONF_STATUS", "F", "SH01", "_T", status="Q")),
    ("columns: ", lambda f: f.drop("METHOD")),
]


def _set(
    frame: pl.DataFrame,
    column: str,
    text: str | None,
    indicator: str,
    param: str,
    *,
    first: bool = False,
    status: str = "",
) -> pl.DataFrame:
    where = (pl.col("INDICATOR") == indicator) & (pl.col("PARAM") == param)
    if status:
        where &= pl.col("OBS_STATUS") == status
    if first:
        where &= pl.col("TIME_PERIOD") == "2019-04"
    if column == "DRUG_CLASS":
        where &= pl.col("DRUG_CLASS") == "ghb"
    return frame.with_columns(pl.when(where).then(pl.lit(text)).otherwise(pl.col(column)).alias(column))


@pytest.mark.parametrize(("line", "plant"), PLANTED, ids=[line for line, _ in PLANTED])
def test_a_planted_fault_is_found(
    line: str, plant: Callable[[pl.DataFrame], pl.DataFrame], observed: pl.DataFrame
) -> None:
    codes = structure.codes_of(observed)
    whole = pl.read_csv(BytesIO(sdmx_csv(observed)), infer_schema=False)
    assert violations(whole.write_csv().encode(), codes) == []
    assert any(found.startswith(line) for found in violations(plant(whole).write_csv().encode(), codes))


def test_two_builds_are_the_same_bytes(folder: Path, observed: pl.DataFrame) -> None:
    for name, data in sdmx_files(observed, prepared=MOMENT, synthetic=True).items():
        assert (folder / Path(name).name).read_bytes() == data
