"""How to cite and deposit a release: CITATION.cff, and the descriptions that Zenodo and a Dataverse take.

Depositing is a person's act: nothing here speaks to either.
"""

from typing import Any

import yaml

from cryptodrug_assets.publishing.package.facts import Facts, json_bytes
from cryptodrug_assets.publishing.words import LANGUAGES


def citation_cff(facts: Facts) -> bytes:
    """CITATION.cff (Citation File Format 1.2.0) of the data."""
    document: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them as below.",
        "type": "dataset",
        "title": facts.title("en"),
        "abstract": facts.publisher.description["en"],
        "authors": [{"name": facts.publisher.name["en"], "website": facts.publisher.home}],
        "version": facts.name,
        "date-released": facts.day,
        "license": facts.publisher.licence.name,
        "keywords": facts.publisher.keywords["en"],
        "url": facts.publisher.home,
    }
    if facts.publisher.doi:
        document["doi"] = facts.publisher.doi
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000).encode()


def zenodo_json(facts: Facts) -> bytes:
    """deposit/zenodo.json: metadata of a deposition, as Zenodo's interface takes them."""
    metadata = {
        "upload_type": "dataset",
        "title": facts.title("en"),
        "description": "".join(f"<p>{facts.publisher.description[language]}</p>" for language in LANGUAGES),
        "creators": [{"name": facts.publisher.name["en"]}],
        "version": facts.name,
        "publication_date": facts.day,
        "access_right": "open",
        "license": facts.publisher.licence.name.lower(),
        "keywords": facts.publisher.keywords["en"],
        "language": "eng",
    }
    return json_bytes({"metadata": metadata})


def dataverse_json(facts: Facts) -> bytes:
    """deposit/dataverse.json: a data set as the native interface of a Dataverse (SODHA is one) takes it."""
    publisher = facts.publisher
    fields = [
        _plain("title", facts.title("en")),
        _several("author", [{"authorName": publisher.name["en"]}]),
        _several(
            "datasetContact",
            [{"datasetContactName": publisher.contact.name, "datasetContactEmail": publisher.contact.email}],
        ),
        _several("dsDescription", [{"dsDescriptionValue": publisher.description[one]} for one in LANGUAGES]),
        {"typeName": "subject", "multiple": True, "typeClass": "controlledVocabulary", "value": ["Social Sciences"]},
        _several("keyword", [{"keywordValue": term} for one in LANGUAGES for term in publisher.keywords[one]]),
        {
            "typeName": "language", "multiple": True, "typeClass": "controlledVocabulary",
            "value": [one.english for one in LANGUAGES.values()],
        },
        _several("timePeriodCovered", [{"timePeriodCoveredStart": facts.first, "timePeriodCoveredEnd": facts.last}]),
        {"typeName": "kindOfData", "multiple": True, "typeClass": "primitive", "value": ["aggregate data"]},
    ]  # fmt: skip
    version = {
        "license": {"name": publisher.licence.name, "uri": publisher.licence.uri},
        "metadataBlocks": {"citation": {"displayName": "Citation Metadata", "fields": fields}},
    }
    return json_bytes({"datasetVersion": version})


def _plain(name: str, value: str) -> dict[str, Any]:
    return {"typeName": name, "multiple": False, "typeClass": "primitive", "value": value}


def _several(name: str, entries: list[dict[str, str]]) -> dict[str, Any]:
    value = [{field: _plain(field, text) for field, text in entry.items()} for entry in entries]
    return {"typeName": name, "multiple": True, "typeClass": "compound", "value": value}
