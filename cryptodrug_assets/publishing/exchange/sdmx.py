"""SDMX files: the structure as ML 3.0, ML 2.1 and JSON 2.0 with names in three languages, the data as SDMX-CSV 2.0.

The library writes one language; the other two are put in beside it, where the standard has places for them.
"""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from cryptodrug_assets.publishing.exchange import structure
from cryptodrug_assets.publishing.exchange.structure import (
    AGENCY,
    ATTRIBUTES,
    DIMENSIONS,
    FLOW,
    MEASURE,
    VERSION,
    Names,
)
from cryptodrug_assets.publishing.package.facts import json_bytes
from cryptodrug_assets.publishing.words import LANGUAGES

if TYPE_CHECKING:
    from pysdmx.io.format import Format

CONF_LEVEL = 0.95
FLOW_ID = f"{AGENCY}:{FLOW}({VERSION})"
_MORE = tuple(language for language in LANGUAGES if language != "en")
_NAMESPACE_XML = "{http://www.w3.org/XML/1998/namespace}"
_ITEMS = ("Code", "Concept")
_MAINTAINED = ("Codelist", "ConceptScheme", "DataStructure", "Dataflow")


def sdmx_files(observed: pl.DataFrame, *, prepared: datetime, synthetic: bool) -> dict[str, bytes]:
    """Every SDMX file by its path in a release, the same bytes for the same arguments."""
    from pysdmx.io.format import Format

    named = structure.names(observed)
    parts = structure.artefacts(observed, named)

    def written(form: Format) -> str:
        return _written(parts, form, prepared, synthetic=synthetic)

    return {
        "sdmx/structure.xml": _with_languages(written(Format.STRUCTURE_SDMX_ML_3_0), named),
        "sdmx/structure_2.1.xml": _with_languages(written(Format.STRUCTURE_SDMX_ML_2_1), named),
        "sdmx/structure.json": _json_with_languages(written(Format.STRUCTURE_SDMX_JSON_2_0_0), named),
        "sdmx/observations.csv": sdmx_csv(observed),
    }


def _written(parts: Any, form: "Format", prepared: datetime, *, synthetic: bool) -> str:
    from pysdmx.io import write_sdmx
    from pysdmx.model import Agency
    from pysdmx.model.message import Header

    header = Header(id=FLOW, test=synthetic, prepared=prepared, sender=Agency(AGENCY))
    text = write_sdmx(parts, form, header=header)
    if text is None:  # as the library says it may be, where it has written to a file
        raise TypeError(f"no text of {form}")
    return text


def csv_columns() -> list[str]:
    """The columns of SDMX-CSV in the order that every reader takes: structure and action first, attributes last."""
    return ["STRUCTURE", "STRUCTURE_ID", "ACTION", *(name.upper() for name in (*DIMENSIONS, MEASURE, *ATTRIBUTES))]


def sdmx_frame(observed: pl.DataFrame) -> pl.DataFrame:
    """The observations with the columns of SDMX-CSV 2.0."""
    framed = observed.with_columns(
        STRUCTURE=pl.lit("dataflow"), STRUCTURE_ID=pl.lit(FLOW_ID), ACTION=pl.lit("R"), conf_level=pl.lit(CONF_LEVEL)
    ).rename({name: name.upper() for name in observed.columns} | {"conf_level": "CONF_LEVEL"}, strict=False)
    return framed.select(csv_columns())


def sdmx_csv(observed: pl.DataFrame) -> bytes:
    """SDMX-CSV 2.0: doubles with every bit; NaN is a double that is missing on purpose (field guide of the format)."""
    frame = sdmx_frame(observed).with_columns(pl.col(MEASURE.upper()).fill_null(float("nan")))
    return frame.write_csv().encode()


def _with_languages(text: str, named: Names) -> bytes:
    """SDMX-ML with the names in the other languages behind each English one."""
    from lxml import etree

    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter():
        kind = etree.QName(element).localname
        spoken = None
        if kind in _MAINTAINED:
            spoken = named.artefacts.get(element.get("id"))
        elif kind in _ITEMS:
            spoken = named.items.get((element.getparent().get("id"), element.get("id")))
        if spoken is None:
            continue
        english = next(child for child in element if etree.QName(child).localname == "Name")
        for language in reversed(_MORE):
            beside = etree.Element(english.tag)
            beside.set(f"{_NAMESPACE_XML}lang", language)
            beside.text = spoken[language]
            beside.tail = english.tail
            english.addnext(beside)
    out: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return out + b"\n"


def _json_with_languages(text: str, named: Names) -> bytes:
    """SDMX-JSON with `names` beside each `name`."""
    document = json.loads(text)
    data = document["data"]
    for kind in ("codelists", "conceptSchemes", "dataStructures", "dataflows"):
        for artefact in data.get(kind, []):
            artefact["names"] = dict(named.artefacts[artefact["id"]])
            for item in (*artefact.get("codes", []), *artefact.get("concepts", [])):
                item["names"] = dict(named.items[artefact["id"], item["id"]])
    return json_bytes(document)
