"""The bulletin as files: its words in each language, its marking on every page, its schema, the same bytes twice."""

import csv
import io
import json
import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.bulletin.content import AMBER, CLEAR
from cryptodrug_assets.publishing.bulletin.files import bulletin_csv, bulletin_files, bulletin_json, markdown, schema
from cryptodrug_assets.publishing.bulletin.texts import Text, bulletin_text
from cryptodrug_assets.publishing.package.facts import publisher
from cryptodrug_assets.publishing.words import PSEUDO
from cryptodrug_assets_tests.publishing.bulletin.world import amber, clear, edition

_BARE = re.compile(r"[\d\s.,:;()%°–+−…-]*")


def shown(text: Text) -> str:
    return " ".join(markdown(text).replace("\u202f", " ").replace("\xa0", " ").split())


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("Shipping bulletin no. 7: May 2019",
                "Belgium, vendors that offer to ship abroad: Empire Market 62.5% (50.0% – 75.0%).",
                "Belgium, offers that go beyond Europe: Empire Market 30.0% (20.0% – 40.0%).",
                "Of 7 published figures of all origins, 1 changed clearly since April 2019, 1 within noise; of 5 it",
                "| Belgium | 62.5% (50.0% – 75.0%) | 50.0% (40.0% – 60.0%) | +12.5 (+2.0 – +23.0) | clear |",
                "| Netherlands | not published | not stated | not stated | cannot be told |",
                "the EU (of 28) | 10.0% (5.00% – 20.0%) ° | not stated | −1.0 (−20.0 – +10.0) | within noise |",
                "| France | every reach | not stated | not stated | not stated | cannot be told |",
                "| Heroin | not published |", "Wall Street Market: law enforcement, 3 May 2019.")),
        ("nl", ("Verzendbulletin nr. 7: mei 2019",
                "België, verkopers die verzending naar het buitenland aanbieden: Empire Market 62,5% (50,0% – 75,0%).",
                "| Nederland | niet gepubliceerd | niet vermeld | niet vermeld | niet te zeggen |", "3 mei 2019")),
        ("fr", ("Bulletin des envois n° 7 : mai 2019",
                "vendeurs qui proposent d'envoyer à l'étranger : Empire Market 62,5 % (50,0 % – 75,0 %).",
                "| Pays-Bas | non publié | non indiqué | non indiqué | indéterminé |", "3 mai 2019")),
    ],
)  # fmt: skip
def test_a_language_says_the_numbers_and_what_is_not_there(language: str, told: tuple[str, ...]) -> None:
    text = shown(bulletin_text(clear(), language, publisher()))
    for sentence in told:
        assert sentence in text, sentence
    assert "TLP:CLEAR" in text and "TLP:AMBER" not in text


def test_the_restricted_edition_says_for_whom_it_is() -> None:
    text = shown(bulletin_text(amber(), "en", publisher()))
    assert "For Post Ltd: within it and to its clients" in text
    assert "| Belgium | 25.0% (10.0% – 40.0%) | not stated | none |" in text
    assert "| World | not stated | not stated | Australia 15.0% (10.0% – 20.0%) |" in text
    zones = "| Other countries of the EU | not published | not published | not published | 37.5% (20.0% – 50.0%) |"
    assert zones in text


def test_nothing_is_said_past_the_words() -> None:
    text = bulletin_text(amber(), PSEUDO, publisher())
    told = [text.title, text.mark, *(name for fact in text.facts for name in fact)]
    for part in text.parts:
        told += [part.title, *part.sentences, *part.reading]
        for name, table in part.tables:
            told += [name, *table.head, *(cell for row in table.rows for cell in row)]
    bare = []
    for one in told:
        rest, before = one, ""
        while rest != before:
            before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧", "", rest)
        if not _BARE.fullmatch(rest):
            bare.append(rest)
    # The label, which is never translated, dates of Babel, the publisher's own name and address.
    assert set(bare) == {"May 2019", "Apr 2019", "3 June 2019", AMBER, "CRYPTODRUG monitor, monitor@example.org"}


def test_a_code_without_a_label_stops_the_bulletin() -> None:
    made = clear()
    strange = replace(made.of("classes")[0], drug_class="soma")
    with pytest.raises(UserError, match="drug_class has no code soma; add it to"):
        bulletin_text(replace(made, lines=(*made.lines, strange)), "nl", publisher())


@pytest.mark.parametrize("name", [CLEAR, AMBER])
def test_a_pdf_is_marked_on_every_page_tagged_and_holds_its_values(name: str) -> None:
    made = bulletin_files(edition(name), publisher(), languages=["fr"])
    stem = "2019-05" if name == CLEAR else "2019-05.amber"
    assert list(made) == [f"{stem}.fr.pdf", f"{stem}.csv", f"{stem}.json"]
    assert made == bulletin_files(edition(name), publisher(), languages=["fr"])
    reader = PdfReader(BytesIO(made[f"{stem}.fr.pdf"]))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "fr-BE" and root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    metadata = reader.xmp_metadata.stream.get_data().decode()  # type: ignore[union-attr]
    assert re.search(r"pdfuaid:part>\s*1", metadata) and re.search(r"pdfaid:part>\s*3", metadata)
    assert reader.attachments[f"{stem}.csv"][0] == made[f"{stem}.csv"]
    for page in reader.pages:
        places: list[tuple[float, float, float]] = []

        def look(text: str, user: Any, matrix: Any, font: Any, size: float, places: Any = places) -> None:
            if name in text:
                # The page's own matrix turns it upside down; the size is what both make of it.
                place = user[0] * matrix[4] + user[4], user[3] * matrix[5] + user[5]
                places.append((*place, abs(size * matrix[3] * user[3])))

        page.extract_text(visitor_text=look)
        marks = [one for one in places if one[2] >= 12]
        high, wide = float(page.mediabox.height), float(page.mediabox.width)
        assert len(marks) == 2 and all(x > wide / 2 for x, _, _ in marks), places
        assert sorted(y > high / 2 for _, y, _ in marks) == [False, True]
        assert min(y for _, y, _ in marks) < 0.1 * high and max(y for _, y, _ in marks) > 0.9 * high


def test_csv_and_json_hold_every_line() -> None:
    made = amber()
    told = list(csv.DictReader(io.StringIO(bulletin_csv(made).decode())))
    assert len(told) == len(made.lines) == len(json.loads(bulletin_json(made, publisher()))["values"])
    (belgium,) = [row for row in told if (row["section"], row["origin"]) == ("abroad", "BE")]
    assert (belgium["value"], belgium["before_value"], belgium["change_lower"], belgium["moved"]) == (
        "0.625", "0.5", "0.02", "clear",
    )  # fmt: skip
    (dutch,) = [row for row in told if (row["section"], row["origin"]) == ("abroad", "NL")]
    assert (dutch["value"], dutch["status"], dutch["before_status"]) == ("", "Q", "")
    assert {(row["marking"], row["synthetic"]) for row in told} == {("TLP:AMBER", "true")}


def test_the_schema_refuses_what_a_bulletin_must_not_be() -> None:
    Draft202012Validator.check_schema(schema())
    valid = Draft202012Validator(schema()).is_valid
    for made in (clear(), amber()):
        content = json.loads(bulletin_json(made, publisher()))
        assert valid(content)
        assert not valid(content | {"marking": "TLP:CLAIR"})
        assert not valid(content | {"month": "2019-13"})
        assert not valid({name: part for name, part in content.items() if name != "marking"})
        hidden = next(one for one in content["values"] if one["now"]["status"] == "Q")
        telling = hidden | {"now": hidden["now"] | {"value": 0.5}}
        assert not valid(content | {"values": [telling]})
    restricted = json.loads(bulletin_json(amber(), publisher()))
    assert not valid(restricted | {"audience": None})
    assert not valid(restricted | {"marking": "TLP:CLEAR", "audience": None})
