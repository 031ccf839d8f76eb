"""The DCAT-AP 3.0.1 catalogue of a release, as Turtle and JSON-LD: one data set per product, one distribution a file.

Written as the Belgian portal harvests it: titles, descriptions and keywords in the country's languages, identifiers
that stay over releases, authority tables of the EU. Of StatDCAT-AP dimensions and attributes are added.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptodrug_assets.publishing.exchange.structure import ATTRIBUTES, DIMENSIONS
from cryptodrug_assets.publishing.package.facts import Facts
from cryptodrug_assets.publishing.words import LANGUAGES, Words

if TYPE_CHECKING:
    from rdflib import Graph, URIRef

AUTHORITY = "http://publications.europa.eu/resource/authority"
_GEONAMES_BELGIUM = "https://sws.geonames.org/2802361/"
_STAT = "http://data.europa.eu/m8g/"
# The shapes of the controlled vocabularies want https here; the vocabulary itself has http.
_SHA256 = "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"
#: SPDX name → the EU's licence.
LICENCES: Mapping[str, str] = {"CC-BY-4.0": "CC_BY_4_0", "CC0-1.0": "CC0", "CC-BY-SA-4.0": "CC_BYSA_4_0"}
#: Ending → the EU's file type and the IANA's media type.
FORMATS: Mapping[str, tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "xml": ("XML", "application/xml"),
    "json": ("JSON", "application/json"),
    "html": ("HTML", "text/html"),
    "pdf": ("PDF", "application/pdf"),
}


@dataclass(frozen=True)
class Product:
    """A data set of the catalogue: its files are those in the folders; data of indicators are statistics."""

    name: str
    folders: tuple[str, ...]
    statistics: bool


PRODUCTS = (
    Product("indicators", ("data/", "sdmx/"), statistics=True),
    Product("report", ("report/",), statistics=False),
    Product("bulletin", ("bulletin/",), statistics=False),
)


def product_files(files: Mapping[str, bytes]) -> Iterator[tuple[Product, list[str]]]:
    """The products that have files, with the paths of these; what has no format of the catalogue is left out."""
    for product in PRODUCTS:
        paths = sorted(path for path in files if path.startswith(product.folders) and _ending(path) in FORMATS)
        if paths:
            yield product, paths


def catalogue(files: Mapping[str, bytes], facts: Facts) -> "Graph":
    """The catalogue of a release's files as a graph."""
    from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef

    graph = Graph()
    for prefix, namespace in (("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF)):
        graph.bind(prefix, namespace)
    for prefix, text in (
        ("vcard", "http://www.w3.org/2006/vcard/ns#"), ("spdx", "http://spdx.org/rdf/terms#"), ("stat", _STAT),
        ("adms", "http://www.w3.org/ns/adms#"), ("dcatap", "http://data.europa.eu/r5r/"),
    ):  # fmt: skip
        graph.bind(prefix, text)
    publisher = URIRef(facts.publisher.identifier)
    _publisher(graph, publisher, facts)
    whole = URIRef(facts.publisher.base)
    graph.add((whole, RDF.type, DCAT.Catalog))
    _texts(graph, whole, facts, "")
    graph.add((whole, DCTERMS.publisher, publisher))
    graph.add((whole, DCTERMS.modified, _day(facts)))
    graph.add((whole, DCTERMS.license, _licence(facts)))
    graph.add((whole, DCTERMS.spatial, _belgium()))
    graph.add((whole, FOAF.homepage, URIRef(facts.publisher.home)))
    graph.add((URIRef(facts.publisher.home), RDF.type, FOAF.Document))
    graph.add((whole, DCAT.themeTaxonomy, URIRef(f"{AUTHORITY}/data-theme")))
    for language in (known.authority for known in LANGUAGES.values()):
        graph.add((whole, DCTERMS.language, URIRef(f"{AUTHORITY}/language/{language}")))
    for product, paths in product_files(files):
        one = URIRef(f"{facts.publisher.base}/{product.name}")
        graph.add((whole, DCAT.dataset, one))
        _dataset(graph, one, product, facts, publisher)
        for path in paths:
            _distribution(graph, one, path, files[path], facts)
    graph.add((whole, DCTERMS.identifier, Literal(facts.publisher.base)))
    return graph


def _publisher(graph: "Graph", publisher: "URIRef", facts: Facts) -> None:
    from rdflib import DCTERMS, FOAF, RDF, Literal, URIRef

    graph.add((publisher, RDF.type, FOAF.Agent))
    graph.add((publisher, DCTERMS.type, URIRef("http://purl.org/adms/publishertype/Academia-ScientificOrganisation")))
    for language in LANGUAGES:
        graph.add((publisher, FOAF.name, Literal(facts.publisher.name[language], lang=language)))


def _texts(graph: "Graph", subject: "URIRef", facts: Facts, product: str) -> None:
    from rdflib import DCTERMS, Literal

    for language in LANGUAGES:
        end = f" ({Words(language).label('product', product)})" if product else ""
        graph.add((subject, DCTERMS.title, Literal(facts.title(language) + end, lang=language)))
        description = facts.publisher.description[language]
        graph.add((subject, DCTERMS.description, Literal(description, lang=language)))


def _dataset(graph: "Graph", one: "URIRef", product: Product, facts: Facts, publisher: "URIRef") -> None:
    from rdflib import DCAT, DCTERMS, RDF, XSD, Literal, URIRef

    adms, rights = "http://www.w3.org/ns/adms#", URIRef(f"{AUTHORITY}/access-right/PUBLIC")
    graph.add((one, RDF.type, DCAT.Dataset))
    _texts(graph, one, facts, product.name)
    for language in LANGUAGES:
        for keyword in facts.publisher.keywords[language]:
            graph.add((one, DCAT.keyword, Literal(keyword, lang=language)))
        graph.add((one, DCTERMS.language, URIRef(f"{AUTHORITY}/language/{LANGUAGES[language].authority}")))
    period = URIRef(f"{one}#period")
    contact = URIRef(f"{facts.publisher.base}#contact")
    vcard = "http://www.w3.org/2006/vcard/ns#"
    for subject, predicate, value in (
        (one, DCTERMS.identifier, Literal(str(one))),
        (one, DCTERMS.publisher, publisher),
        (one, DCTERMS.modified, _day(facts)),
        (one, URIRef(f"{DCAT}version"), Literal(facts.name)),
        (one, DCTERMS.accessRights, rights),
        (one, DCTERMS.spatial, _belgium()),
        (one, DCTERMS.spatial, URIRef(_GEONAMES_BELGIUM)),
        (one, DCTERMS.temporal, period),
        (period, RDF.type, DCTERMS.PeriodOfTime),
        (period, DCAT.startDate, Literal(f"{facts.first}-01", datatype=XSD.date)),
        (period, DCAT.endDate, Literal(_last_day(facts.last), datatype=XSD.date)),
        (one, DCTERMS.accrualPeriodicity, URIRef(f"{AUTHORITY}/frequency/MONTHLY")),
        (one, DCAT.theme, URIRef(f"{AUTHORITY}/data-theme/HEAL")),
        (one, DCAT.theme, URIRef(f"{AUTHORITY}/data-theme/JUST")),
        (one, DCAT.contactPoint, contact),
        (one, DCAT.landingPage, URIRef(facts.publisher.home)),
        (contact, RDF.type, URIRef(f"{vcard}Organization")),
        (contact, RDF.type, URIRef(f"{vcard}Kind")),
        (contact, URIRef(f"{vcard}fn"), Literal(facts.publisher.contact.name)),
        (contact, URIRef(f"{vcard}hasEmail"), URIRef(f"mailto:{facts.publisher.contact.email}")),
    ):
        graph.add((subject, predicate, value))
    if facts.supersedes:
        for language in LANGUAGES:
            note = Words(language).say("Corrects release {name}: {reason}", name=facts.supersedes, reason=facts.reason)
            graph.add((one, URIRef(f"{adms}versionNotes"), Literal(note, lang=language)))
    if product.statistics:
        graph.add((one, DCTERMS.type, URIRef(f"{AUTHORITY}/dataset-type/STATISTICAL")))
        for column in DIMENSIONS:
            graph.add((one, URIRef(f"{_STAT}dimension"), URIRef(f"{one}#{column.upper()}")))
        for column in ATTRIBUTES:
            graph.add((one, URIRef(f"{_STAT}attribute"), URIRef(f"{one}#{column.upper()}")))


def _distribution(graph: "Graph", one: "URIRef", path: str, data: bytes, facts: Facts) -> None:
    from rdflib import DCAT, DCTERMS, RDF, XSD, Literal, URIRef

    spdx = "http://spdx.org/rdf/terms#"
    address = URIRef(f"{facts.publisher.base}/{facts.name}/{path}")
    subject, sum_ = URIRef(f"{address}#distribution"), URIRef(f"{address}#sha256")
    kind, media = FORMATS[_ending(path)]
    media_type = URIRef(f"http://www.iana.org/assignments/media-types/{media}")
    digest = hashlib.sha256(data).hexdigest()
    for triple in (
        (one, DCAT.distribution, subject),
        (subject, RDF.type, DCAT.Distribution),
        (subject, DCTERMS.title, Literal(path)),
        (subject, DCAT.accessURL, address),
        (subject, DCAT.downloadURL, address),
        (subject, DCAT.byteSize, Literal(len(data), datatype=XSD.nonNegativeInteger)),
        (subject, DCTERMS.license, _licence(facts)),
        (subject, URIRef(f"{DCTERMS}format"), URIRef(f"{AUTHORITY}/file-type/{kind}")),
        (subject, DCAT.mediaType, media_type),
        (media_type, RDF.type, DCTERMS.MediaType),
        (subject, DCTERMS.modified, _day(facts)),
        (subject, URIRef("http://data.europa.eu/r5r/availability"), URIRef(f"{AUTHORITY}/planned-availability/STABLE")),
        (subject, URIRef(f"{spdx}checksum"), sum_),
        (sum_, RDF.type, URIRef(f"{spdx}Checksum")),
        (sum_, URIRef(f"{spdx}algorithm"), URIRef(_SHA256)),
        (URIRef(_SHA256), RDF.type, URIRef(f"{spdx}ChecksumAlgorithm")),
        (sum_, URIRef(f"{spdx}checksumValue"), Literal(digest, datatype=XSD.hexBinary)),
    ):
        graph.add(triple)


def _belgium() -> "URIRef":
    from rdflib import URIRef

    return URIRef(f"{AUTHORITY}/country/BEL")


def _licence(facts: Facts) -> "URIRef":
    """The licence in the EU's table, where that has it, else its own address."""
    from rdflib import URIRef

    known = LICENCES.get(facts.publisher.licence.name)
    return URIRef(f"{AUTHORITY}/licence/{known}" if known else facts.publisher.licence.uri)


def _day(facts: Facts) -> Any:
    from rdflib import XSD, Literal

    return Literal(facts.day, datatype=XSD.date)


def _last_day(month: str) -> str:
    import calendar

    year, number = int(month[:4]), int(month[5:7])
    return f"{month}-{calendar.monthrange(year, number)[1]:02d}"


def _ending(path: str) -> str:
    return path.rpartition(".")[2]


def dcat_files(files: Mapping[str, bytes], facts: Facts) -> dict[str, bytes]:
    """dcat/catalogue.ttl and .jsonld of the files of a release; the same bytes for the same files."""
    graph = catalogue(files, facts)
    turtle = graph.serialize(format="turtle")
    document = json.loads(graph.serialize(format="json-ld", auto_compact=True))
    return {
        "dcat/catalogue.ttl": turtle.encode(),
        "dcat/catalogue.jsonld": (json.dumps(_sorted(document), ensure_ascii=False, indent=1) + "\n").encode(),
    }


def _sorted(value: Any) -> Any:
    """The library gives arrays in another order each time; that of a set says nothing."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return sorted((_sorted(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value


def dcat_faults(files: Mapping[str, bytes]) -> list[str]:
    """What the shapes of DCAT-AP do not look at: both forms the same, days that are days, files as they are told."""
    from rdflib import DCAT, DCTERMS, XSD, Graph, Literal, URIRef
    from rdflib.compare import isomorphic

    graph = Graph().parse(data=files["dcat/catalogue.ttl"], format="turtle")
    found = []
    if not isomorphic(graph, Graph().parse(data=files["dcat/catalogue.jsonld"], format="json-ld")):
        found.append("dcat: Turtle and JSON-LD say different things")
    for predicate in (DCTERMS.modified, DCTERMS.issued, DCAT.startDate, DCAT.endDate):
        for subject, value in graph.subject_objects(predicate):
            if not isinstance(value, Literal) or value.datatype != XSD.date or value.ill_typed:
                found.append(f"dcat: {subject}: '{value}' is no xsd:date")
    checksum = "http://spdx.org/rdf/terms#"
    for subject, title in graph.subject_objects(DCTERMS.title):
        size = graph.value(subject, DCAT.byteSize)
        if size is None:
            continue
        data = files.get(str(title))
        if data is None:
            found.append(f"dcat: {title} is a distribution and no file")
            continue
        sum_ = graph.value(subject, URIRef(f"{checksum}checksum"))
        told = graph.value(sum_, URIRef(f"{checksum}checksumValue"))
        if str(size) != str(len(data)) or str(told).lower() != hashlib.sha256(data).hexdigest():
            found.append(f"dcat: {title} has another size or digest than its file")
    return sorted(found)
