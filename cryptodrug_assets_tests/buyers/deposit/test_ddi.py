"""DDI-Codebook: valid by both schemas, what CESSDA requires is there, small counts are not, bytes are the same."""

from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from cryptodrug_assets.buyers.deposit.ddi import (
    NAMESPACES,
    Category,
    Study,
    Variable,
    Version,
    problems,
    write_ddi,
)
from cryptodrug_assets.errors import UserError
from cryptodrug_assets_tests.buyers.deposit.schemas import FOLDERS, SCHEMAS

STUDY = Study(
    title={"en": "SYNTHETIC survey of buyers", "nl": "SYNTHETIC enquête bij kopers"},
    identifier="synthetic-0", agency="none", uri="https://example.org/synthetic", distributor={"en": "not deposited"},
    abstract={"en": "Made-up answers."}, authors=("A. Author",), keywords={"en": "drugs"}, nation={"en": "Belgium"},
    collected=(date(2019, 5, 1), date(2019, 9, 30)), unit={"en": "Individual"}, universe={"en": "Buyers"},
    time_method={"en": "Cross-section"}, sampling={"en": "Non-probability: availability"},
    mode={"en": "Self-administered questionnaire: web-based"}, access={"en": "Restricted"}, synthetic=True,
)  # fmt: skip
YES_NO = ({"en": "yes", "nl": "ja", "fr": "oui"}, {"en": "no", "nl": "nee", "fr": "non"})
VARIABLES = (
    Variable(
        "own", {"en": "own use", "fr": "usage propre"}, {"en": "For yourself?"}, {"en": "all"},
        (
            Category("1", YES_NO[0], 60), Category("0", YES_NO[1], 8),
            Category("-9", {"en": "no answer"}, 31, missing=True),
        ),
        valid=68, invalid=31, response_set="purpose", invalid_range=(-9, -6),
    ),
    Variable(
        "customers", {"en": "customers"}, {"en": "For customers?"}, {},
        (Category("1", YES_NO[0], 4), Category("0", YES_NO[1], 64)), valid=68, invalid=31, response_set="purpose",
    ),
    Variable("n_new", {"en": "new drugs"}, {"en": "How many?"}, numeric=True, valid=86, invalid=13),
)  # fmt: skip


def parsed(version: Version = "2.5") -> etree._Element:
    return etree.fromstring(write_ddi(STUDY, VARIABLES, version))


@pytest.mark.parametrize("version", FOLDERS)
def test_valid_by_the_schema(version: Version) -> None:
    folder = SCHEMAS / FOLDERS[version]
    if not folder.is_dir():
        pytest.skip("the schemas are not on this machine")
    schema = etree.XMLSchema(etree.parse(folder / "codebook.xsd"))
    document = parsed(version)
    assert schema.validate(document), list(schema.error_log)[:3]
    bare = Study({"en": "t"}, "i", "a", "u", {"en": "d"}, {"en": "a"})
    assert schema.validate(etree.fromstring(write_ddi(bare, (), version))), list(schema.error_log)[:3]
    variable = document.find(".//{*}var")
    variable.append(variable.find("{*}labl"))
    assert not schema.validate(document), "the schema sees a wrong order"


@pytest.mark.parametrize("version", FOLDERS)
def test_what_cessda_requires(version: Version) -> None:
    document = parsed(version)
    space = {"d": NAMESPACES[version]}
    citation = "/d:codeBook/d:stdyDscr/d:citation"
    for path in (
        f"{citation}/d:titlStmt/d:titl", f"{citation}/d:titlStmt/d:IDNo", f"{citation}/d:titlStmt/d:IDNo/@agency",
        f"{citation}/d:holdings/@URI", f"{citation}/d:distStmt/d:distrbtr", "//d:stdyInfo/d:abstract",
    ):  # fmt: skip
        assert document.xpath(path, namespaces=space), path
    assert len(document.xpath("//d:var[d:qstn/d:qstnLit]", namespaces=space)) == len(VARIABLES)


def test_sets_labels_and_missing_values() -> None:
    document = parsed()
    assert document.find(".//{*}varGrp").attrib == {
        "ID": "G_purpose", "type": "multipleResp", "var": "V_own V_customers",
    }  # fmt: skip
    own = document.find(".//{*}var[@name='own']")
    assert [item.text for item in own.findall("{*}labl")] == ["own use", "usage propre"]
    assert [item.findtext("{*}catValu") for item in own.findall("{*}catgry[@missing='Y']")] == ["-9"]
    assert dict(own.find("{*}invalrng/{*}range").attrib) == {"UNITS": "INT", "min": "-9", "max": "-6"}
    assert [item.text for item in own.findall("{*}sumStat")] == ["68", "31"]


def test_a_count_of_four_is_not_written_nor_what_tells_it() -> None:
    document = parsed()
    shown = {
        variable.get("name"): [item.text for item in variable.findall(".//{*}catStat")]
        for variable in document.findall(".//{*}var")
    }
    assert shown == {"own": ["60", "8", "31"], "customers": [], "n_new": []}


def test_the_same_bytes_each_time() -> None:
    assert write_ddi(STUDY, VARIABLES) == write_ddi(replace(STUDY), tuple(VARIABLES))


@pytest.mark.parametrize(
    ("study", "variables", "said"),
    [
        (replace(STUDY, identifier=" "), VARIABLES, "identifier is empty"),
        (replace(STUDY, abstract={}), VARIABLES, "abstract is empty"),
        (replace(STUDY, uri=""), VARIABLES, "uri is empty"),
        (replace(STUDY, title={"en": "A survey"}), VARIABLES, "SYNTHETIC"),
        (STUDY, (VARIABLES[0], VARIABLES[0]), "twice"),
        (STUDY, (replace(VARIABLES[0], name="1 bad"),), "cannot hold"),
        (STUDY, (replace(VARIABLES[0], question={"en": ""}),), "no question"),
        (replace(STUDY, abstract={"en": "a\x00b"}), VARIABLES, "XML cannot"),
    ],
)
def test_what_an_archive_would_refuse_is_refused_here(study: Study, variables: tuple[Variable, ...], said: str) -> None:
    with pytest.raises(UserError, match=said):
        write_ddi(study, variables)


def test_nothing_is_wrong_with_a_whole_description() -> None:
    assert problems(STUDY, VARIABLES) == []
