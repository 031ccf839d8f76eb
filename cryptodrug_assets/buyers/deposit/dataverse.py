"""dataset.json: the description of a data set as the native interface of a Dataverse takes it (SODHA is one).

Field names and whether a field may be given several times: blocks "citation" and "socialscience" of Dataverse. The mode
of collection is left out, because versions differ in whether there may be several; DDI has it.
"""

import json
from typing import Any

from cryptodrug_assets.buyers.deposit.description import Description
from cryptodrug_assets.buyers.survey.study import Study

_LANGUAGES = {"nl": "Dutch", "fr": "French", "en": "English"}
_Field = dict[str, Any]


def dataset_json(description: Description, study: Study | None, *, mark: str = "") -> bytes:
    """The description; what nobody has stated is left out, never filled in. `mark` is put before title and abstract."""
    citation = [
        _plain("title", mark + _first(description.title)),
        _several("otherId", [{"otherIdAgency": description.agency, "otherIdValue": description.identifier}]),
        _several("author", [{"authorName": author} for author in description.authors]),
        _several("datasetContact", [_contact(description)] if description.contact_email else []),
        _several("dsDescription", [{"dsDescriptionValue": mark + _lines(text)} for text in _texts(description)]),
        {"typeName": "subject", "multiple": True, "typeClass": "controlledVocabulary", "value": ["Social Sciences"]},
        _several("keyword", [{"keywordValue": term} for terms in description.keywords.values() for term in terms]),
        _languages(study),
        _several("dateOfCollection", _dates(study)),
        {"typeName": "kindOfData", "multiple": True, "typeClass": "primitive", "value": ["survey data"]},
    ]
    social = [
        _list("unitOfAnalysis", list(description.unit.values())[:1]),
        _list("universe", list(description.universe.values())[:1]),
        _plain("timeMethod", _first(description.time_method)),
        _plain("samplingProcedure", _first(description.sampling)),
        _plain("weighting", "none: an opt-in sample has no frame to weight to"),
    ]
    version: dict[str, Any] = {
        "metadataBlocks": {
            "citation": {"displayName": "Citation Metadata", "fields": _given(citation)},
            "socialscience": {"displayName": "Social Science and Humanities Metadata", "fields": _given(social)},
        }
    }
    if description.licence_name:
        version["license"] = {"name": description.licence_name, "uri": description.licence_uri or ""}
    if description.access:
        version["termsOfAccess"] = _first(description.access)
    return (json.dumps({"datasetVersion": version}, ensure_ascii=False, indent=2) + "\n").encode()


def _texts(description: Description) -> list[str]:
    titles = [f"{_LANGUAGES[language]} title: {text}" for language, text in list(description.title.items())[1:]]
    return [*description.abstract.values(), *titles]


def _contact(description: Description) -> dict[str, str]:
    contact = {"datasetContactEmail": description.contact_email or ""}
    return contact | ({"datasetContactName": description.contact_name} if description.contact_name else {})


def _dates(study: Study | None) -> list[dict[str, str]]:
    if study is None:
        return []
    days = {"dateOfCollectionStart": study.fieldwork.start, "dateOfCollectionEnd": study.fieldwork.end}
    stated = {name: day.isoformat() for name, day in days.items() if day}
    return [stated] if stated else []


def _languages(study: Study | None) -> _Field:
    spoken = [_LANGUAGES[one] for one in (study.languages if study else ()) if one in _LANGUAGES]
    return {"typeName": "language", "multiple": True, "typeClass": "controlledVocabulary", "value": spoken}


def _first(texts: Any) -> str:
    return _lines(next((text for text in texts.values() if text), ""))


def _lines(text: str) -> str:
    """A Dataverse shows line breaks only as tags."""
    return "<br>".join(text.strip().splitlines())


def _plain(name: str, value: str) -> _Field:
    return {"typeName": name, "multiple": False, "typeClass": "primitive", "value": value}


def _list(name: str, values: list[str]) -> _Field:
    return {"typeName": name, "multiple": True, "typeClass": "primitive", "value": values}


def _several(name: str, entries: list[dict[str, str]]) -> _Field:
    value = [{field: _plain(field, text) for field, text in entry.items()} for entry in entries]
    return {"typeName": name, "multiple": True, "typeClass": "compound", "value": value}


def _given(fields: list[_Field]) -> list[_Field]:
    return [field for field in fields if field["value"]]
