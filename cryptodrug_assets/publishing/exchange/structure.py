"""The structure of the observations in SDMX: concepts, code lists with their codes, data structure, dataflow.

Codes are those that stand in the data. Lists of the standard keep the standard's agency and are marked as parts of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from cryptodrug_assets.publishing.package.descriptor import code_label
from cryptodrug_assets.publishing.words import LANGUAGES, Words

AGENCY = "CRYPTODRUG"
VERSION = "1.0.0"
DSD, FLOW, SCHEME = "DSD_INDICATORS", "DF_INDICATORS", "CS_INDICATORS"
GROUP = "BY_INDICATOR"
_URN = "urn:sdmx:org.sdmx.infomodel"
#: In the order of their keys; the time last.
DIMENSIONS = ("freq", "ref_area", "market", "indicator", "param", "drug_class", "time_period")
MEASURE = "obs_value"
OF_DATASET, OF_GROUP, OF_OBSERVATION = "D", "INDICATOR,PARAM", "O"
#: Attributes with the level they stand at and whether they have to be there.
ATTRIBUTES: Mapping[str, tuple[str, bool]] = {
    "lower_bound": (OF_OBSERVATION, False), "upper_bound": (OF_OBSERVATION, False), "conf_level": (OF_DATASET, True),
    "unit_measure": (OF_GROUP, True), "obs_status": (OF_OBSERVATION, True), "conf_status": (OF_OBSERVATION, True),
    "coverage": (OF_OBSERVATION, False), "obs_count": (OF_OBSERVATION, False), "vendor_count": (OF_OBSERVATION, False),
    "method": (OF_OBSERVATION, True), "ref_period": (OF_OBSERVATION, False),
}  # fmt: skip
#: Coded columns with their list: the standard's with its version, the others of this agency.
LISTS: Mapping[str, tuple[str, str, str]] = {
    "freq": ("SDMX", "CL_FREQ", "2.1"),
    "ref_area": (AGENCY, "CL_AREA", VERSION),
    "market": (AGENCY, "CL_MARKET", VERSION),
    "indicator": (AGENCY, "CL_INDICATOR", VERSION),
    "param": (AGENCY, "CL_PARAM", VERSION),
    "drug_class": (AGENCY, "CL_DRUG_CLASS", VERSION),
    "unit_measure": (AGENCY, "CL_UNIT_MEASURE", VERSION),
    "obs_status": ("SDMX", "CL_OBS_STATUS", "2.3"),
    "conf_status": ("SDMX", "CL_CONF_STATUS", "1.4"),
    "method": (AGENCY, "CL_METHOD", VERSION),
}
_TYPES = {
    "obs_value": "DOUBLE", "lower_bound": "DOUBLE", "upper_bound": "DOUBLE", "conf_level": "DOUBLE",
    "coverage": "DOUBLE", "obs_count": "LONG", "vendor_count": "LONG", "time_period": "PERIOD",
}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Names in the three languages: of what is maintained by its id, of items by the id of their list and their own."""

    artefacts: Mapping[str, Mapping[str, str]]
    items: Mapping[tuple[str, str], Mapping[str, str]]


def codes_of(observed: pl.DataFrame) -> dict[str, list[str]]:
    """The codes of each coded column that stand in the data, sorted."""
    return {column: observed[column].unique().sort().to_list() for column in LISTS}


def names(observed: pl.DataFrame) -> Names:
    """The names of everything in the structure; UserError for a code without one in a language."""
    speakers = {language: Words(language) for language in LANGUAGES}
    items = {
        (LISTS[column][1], code): {language: _code(words, column, code) for language, words in speakers.items()}
        for column, codes in codes_of(observed).items()
        for code in codes
    }
    columns = (*DIMENSIONS, MEASURE, *ATTRIBUTES)
    items |= {
        (SCHEME, column.upper()): {language: words.label("column", column) for language, words in speakers.items()}
        for column in columns
    }
    artefacts = {
        LISTS[column][1]: {language: words.label("column", column) for language, words in speakers.items()}
        for column in LISTS
    }
    whole = {language: words.say("Indicators of cryptomarkets") for language, words in speakers.items()}
    return Names(artefacts | dict.fromkeys((SCHEME, DSD, FLOW), whole), items)


def _code(words: Words, column: str, code: str) -> str:
    return words.any_parameter(code) if column == "indicator" else code_label(words, column, code)


def artefacts(observed: pl.DataFrame, named: Names) -> Sequence[Any]:
    """The structure as objects of pysdmx, in English: code lists, concepts, data structure, dataflow."""
    from pysdmx.model import Code as SdmxCode
    from pysdmx.model import Codelist, Concept, ConceptScheme, DataStructureDefinition, DataType
    from pysdmx.model.dataflow import Component, Components, Dataflow, Group, Role

    lists: dict[str, Codelist] = {}
    for column, listed in codes_of(observed).items():
        owner, name, version = LISTS[column]
        lists[column] = Codelist(
            id=name,
            name=named.artefacts[name]["en"],
            version=version,
            agency=owner,
            items=[SdmxCode(id=code, name=named.items[name, code]["en"]) for code in listed],
            is_partial=owner != AGENCY,
        )
    concepts = {
        column: Concept(
            id=column.upper(),
            urn=f"{_URN}.conceptscheme.Concept={AGENCY}:{SCHEME}({VERSION}).{column.upper()}",
            name=named.items[SCHEME, column.upper()]["en"],
            dtype=DataType[_TYPES.get(column, "STRING")],
            codes=lists.get(column),
        )
        for column in (*DIMENSIONS, MEASURE, *ATTRIBUTES)
    }
    scheme = ConceptScheme(
        id=SCHEME, name=named.artefacts[SCHEME]["en"], version=VERSION, agency=AGENCY, items=list(concepts.values())
    )

    def component(column: str, role: Role, *, required: bool, level: str | None = None) -> Component:
        return Component(
            id=column.upper(), required=required, role=role, concept=concepts[column], local_codes=lists.get(column),
            local_dtype=DataType[_TYPES.get(column, "STRING")], attachment_level=level,
        )  # fmt: skip

    components = [component(column, Role.DIMENSION, required=True) for column in DIMENSIONS]
    components.append(component(MEASURE, Role.MEASURE, required=False))
    components += [
        component(column, Role.ATTRIBUTE, required=required, level=level)
        for column, (level, required) in ATTRIBUTES.items()
    ]
    # Without a group the JSON has an empty list of them, which its own schema refuses.
    group = Group(
        id=GROUP,
        urn=f"{_URN}.datastructure.GroupDimensionDescriptor={AGENCY}:{DSD}({VERSION}).{GROUP}",
        dimensions=OF_GROUP.split(","),
    )
    structure = DataStructureDefinition(
        id=DSD, name=named.artefacts[DSD]["en"], version=VERSION, agency=AGENCY, components=Components(components),
        groups=[group],
    )  # fmt: skip
    flow = Dataflow(
        id=FLOW, name=named.artefacts[FLOW]["en"], version=VERSION, agency=AGENCY, structure=structure
    )  # fmt: skip
    return [*lists.values(), scheme, structure, flow]
