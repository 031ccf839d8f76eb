"""DCAT-AP: the official shapes accept the catalogue without a network; what they do not look at is looked at here."""

import os
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from cryptodrug_assets.publishing.exchange.dcat import dcat_faults, dcat_files
from cryptodrug_assets.publishing.package.facts import Facts, Licence, publisher
from cryptodrug_assets_tests.conftest import REPOSITORY

FACTS = Facts(
    "2019-05.1", datetime(2019, 6, 3, 8, tzinfo=UTC), synthetic=True, publisher=publisher(), first="2019-04",
    last="2019-05", markets=("empire",), supersedes="2019-05.0", reason="a rate was wrong",
)  # fmt: skip
FILES = {
    "data/shares.csv": b"a,b\n1,2\n", "data/shares.parquet": b"PAR1", "data/cryptodrug.nl.xlsx": b"PK",
    "data/load.sql": b"SELECT 1;", "sdmx/structure.xml": b"<a/>", "sdmx/structure.json": b"{}",
    "report/report.nl.html": b"<html>", "report/report.nl.pdf": b"%PDF", "README.md": b"# x",
}  # fmt: skip
PUBLISHER_ALONE = {"http://purl.org/dc/terms/publisher", "http://www.w3.org/2004/02/skos/core#inScheme"}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return FILES | dcat_files(FILES, FACTS)


def shapes(*names: str) -> object:
    from rdflib import Graph

    folder = Path(
        os.environ.get("CRYPTODRUG_DCAT_SHAPES", REPOSITORY.parent / "shared/reference/schemas/dcat_ap_3.0.1")
    )
    if not folder.is_dir():
        pytest.skip("the shapes of DCAT-AP are not on this machine (CRYPTODRUG_DCAT_SHAPES)")
    graph = Graph()
    for name in names:
        graph.parse(folder / f"{name}.ttl")
    return graph


def results(turtle: bytes, *names: str) -> set[str]:
    """Paths of properties that the shapes find something wrong with."""
    from rdflib import RDF, SH, Graph

    pyshacl = pytest.importorskip("pyshacl")
    vocabularies = Graph().parse(Path(__file__).with_name("eu_vocabularies.ttl"))
    data = Graph().parse(data=turtle, format="turtle") + vocabularies
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes(*names), do_owl_imports=False)
    return {str(report.value(one, SH.resultPath)) for one in report.subjects(RDF.type, SH.ValidationResult)}


def test_the_official_shapes_accept_it_without_a_network(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(*_: object) -> NoReturn:
        raise AssertionError("the catalogue asked for a network")

    monkeypatch.setattr(socket.socket, "connect", shut)
    assert results(files["dcat/catalogue.ttl"], "shapes", "range") == set()
    # A publisher that is no body of the EU is a warning there.
    assert results(files["dcat/catalogue.ttl"], "mdr-vocabularies.shape") <= PUBLISHER_ALONE


@pytest.mark.slow
def test_the_shapes_find_planted_faults(files: dict[str, bytes]) -> None:
    turtle = files["dcat/catalogue.ttl"].decode()
    for gone, path in (
        ("dcat:accessURL", "http://www.w3.org/ns/dcat#accessURL"),
        ("dct:title", "http://purl.org/dc/terms/title"),
    ):
        broken = turtle.replace(f"{gone} ", "<http://example.org/else> ")
        assert path in results(broken.encode(), "shapes", "range")


def test_every_product_has_its_files_and_nothing_else(files: dict[str, bytes]) -> None:
    from rdflib import DCAT, DCTERMS, RDF, Graph, Literal

    graph = Graph().parse(data=files["dcat/catalogue.ttl"], format="turtle")
    listed = {str(graph.value(one, DCTERMS.title)) for one in graph.subjects(RDF.type, DCAT.Distribution)}
    assert listed == set(FILES) - {"README.md", "data/load.sql"}
    sets = {str(one).rpartition("/")[2]: one for one in graph.subjects(RDF.type, DCAT.Dataset)}
    assert sets.keys() == {"indicators", "report"}
    titles = {
        title.language: str(title)
        for title in graph.objects(sets["indicators"], DCTERMS.title)
        if isinstance(title, Literal)
    }
    assert titles["nl"] == "SYNTHETIC: CRYPTODRUG, indicatoren van cryptomarkten (data)"
    assert set(titles) == {"en", "nl", "fr"}


def test_the_licence_is_the_publishers() -> None:
    other = FACTS.publisher.model_copy(update={"licence": Licence(name="X-1.0", uri="https://example.org/x")})
    turtle = dcat_files(FILES, replace(FACTS, publisher=other))["dcat/catalogue.ttl"]
    assert b"dct:license <https://example.org/x>" in turtle and b"CC_BY_4_0" not in turtle


def test_own_checks_find_what_the_shapes_do_not(files: dict[str, bytes]) -> None:
    assert dcat_faults(files) == []
    turtle = files["dcat/catalogue.ttl"]
    spoken = turtle.replace(b'"2019-06-03"^^xsd:date', b'"June 2019"')
    assert any("'June 2019' is no xsd:date" in fault for fault in dcat_faults(files | {"dcat/catalogue.ttl": spoken}))
    assert "dcat: Turtle and JSON-LD say different things" in dcat_faults(files | {"dcat/catalogue.ttl": spoken})
    edited = files | {"data/shares.csv": b"a,b\n1,3\n"}
    assert dcat_faults(edited) == ["dcat: data/shares.csv has another size or digest than its file"]
    gone = {name: data for name, data in files.items() if name != "data/shares.csv"}
    assert dcat_faults(gone) == ["dcat: data/shares.csv is a distribution and no file"]


def test_two_builds_are_the_same_bytes(files: dict[str, bytes]) -> None:
    assert FILES | dcat_files(FILES, FACTS) == files
