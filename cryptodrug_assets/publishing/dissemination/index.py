"""index.html of a release: what it is, in every language, with a link to every file and the words of search engines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape

from cryptodrug_assets.publishing.embargo import band
from cryptodrug_assets.publishing.exchange.dcat import FORMATS
from cryptodrug_assets.publishing.explorer.data import block
from cryptodrug_assets.publishing.package.facts import Facts
from cryptodrug_assets.publishing.policy import policy
from cryptodrug_assets.publishing.words import LANGUAGES, Words, labels

INDEX = "index.html"


@dataclass(frozen=True)
class Part:
    """What the page says in one language."""

    language: str
    native: str
    languages: str
    title: str
    embargo: str
    synthetic: str
    description: str
    about: str
    corrects: str
    main: Sequence[tuple[str, str]]
    notes: Sequence[str]
    all: str
    head: Sequence[str]
    files: Sequence[tuple[str, str, str]]
    foot: str


def index_page(files: Mapping[str, bytes], facts: Facts, *, without_size: Sequence[str] = ()) -> bytes:
    """The page of a release's files; `without_size`: those whose bytes change with the state of the release."""
    parts = [_part(files, facts, language, without_size) for language in LANGUAGES]
    style = resources(__package__).joinpath("index.css").read_text("utf-8")
    environment = Environment(autoescape=select_autoescape(default=True), undefined=StrictUndefined)
    template = environment.from_string(resources(__package__).joinpath("index.html.jinja").read_text("utf-8"))
    page = template.render(
        first=parts[0], parts=parts, release=facts.name, style=style, policy=policy(style=style),
        dataset=block(dataset(files, facts)),
    )  # fmt: skip
    return page.encode()


def _part(files: Mapping[str, bytes], facts: Facts, language: str, without_size: Sequence[str]) -> Part:
    words, publisher = Words(language), facts.publisher
    corrects = ""
    if facts.supersedes:
        corrects = words.say("Corrects release {name}: {reason}", name=facts.supersedes, reason=facts.reason)
    return Part(
        language=language,
        native=labels.native_names()[language],
        languages=words.say("Languages"),
        title=facts.title(language),
        embargo=band(facts, words),
        synthetic=words.say("SYNTHETIC: made from pages of made-up markets. No value is real.")
        if facts.synthetic
        else "",
        description=publisher.description[language],
        about=words.say(
            "Release {name}; {first} to {last}; {markets}.", name=facts.name, first=words.month(facts.first, long=True),
            last=words.month(facts.last, long=True), markets=", ".join(words.label("market", m) for m in facts.markets),
        ),
        corrects=corrects,
        main=[(path, _told(path, words)) for path in _main(language) if path in files],
        notes=[
            words.say(
                "The status of each value is in obs_status; a value that is not there is missing or suppressed,"
                " and never zero."
            ),
            words.say("An offer states where it is sent from; nothing proves it."),
        ],
        all=words.say("All files of the release"),
        head=[words.say("File"), words.say("Contents"), words.say("Size")],
        files=[
            (path, _told(path, words), "" if path in without_size else _size(len(data), words))
            for path, data in sorted(files.items())
        ],
        foot=words.say(
            "Please cite as: {publisher}, {title}, release {name}, {day}. Licence: {licence}. Contact: {contact}.",
            publisher=publisher.name[language], title=facts.title(language), name=facts.name, day=facts.day,
            licence=publisher.licence.name, contact=publisher.contact.email,
        ),
    )  # fmt: skip


def _main(language: str) -> Iterator[str]:
    """The files that most readers come for, where they are there."""
    yield from (f"report/report.{language}.html", f"report/report.{language}.pdf", f"report/explorer.{language}.html")
    yield from (f"data/cryptodrug.{language}.xlsx", "data/codebook.csv", "README.md", "CHANGES.md")


def _told(path: str, words: Words) -> str:
    """What a file is, in words; of most the folder says it."""
    folder, _, name = path.rpartition("/")
    stem, _, ending = name.rpartition(".")
    if name.startswith("explorer."):
        return words.say("Explorer: choose, look, download")
    if folder == "report":
        return words.say("Report (PDF)") if ending == "pdf" else words.say("Report")
    if folder == "data" and ending in ("csv", "parquet") and stem != "codebook":
        return words.label("dataset", stem)
    several = {
        "xlsx": words.say("All tables as a workbook"), "codebook.csv": words.say("Every column and code in words"),
        "load.sql": words.say("A view of every table, for DuckDB"), "dcat": words.say("Catalogue entry (DCAT-AP)"),
        "sdmx": words.say("Structure and data for SDMX tools"), "deposit": words.say("Description for an archive"),
        "examples": words.say("Example in code"), "bulletin": words.label("product", "bulletin"),
        "CHANGES.md": words.say("Changes"), "datapackage.json": words.say("Description of the tables (Data Package)"),
        "SHA256SUMS": words.say("Digests of all files"), "LICENSE-DATA": words.say("Licence"),
        "CITATION.cff": words.say("How to cite"), "release.json": words.say("Facts of the release for programs"),
    }  # fmt: skip
    return several.get(name) or several.get(ending) or several.get(folder) or words.say("Read me first")


def _size(size: int, words: Words) -> str:
    return f"{words.number(max(1, round(size / 1024)))} KiB"


def dataset(files: Mapping[str, bytes], facts: Facts) -> dict[str, Any]:
    """The release as a Dataset of schema.org, as engines that look for data read it."""
    publisher, base = facts.publisher, f"{facts.publisher.base}/{facts.name}"
    who = {"@type": "Organization", "name": publisher.name["en"], "url": publisher.home}
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": base,
        "name": facts.title("en"),
        "alternateName": [facts.title(language) for language in LANGUAGES if language != "en"],
        "description": publisher.description["en"],
        "url": f"{base}/{INDEX}",
        "identifier": publisher.doi or base,
        "version": facts.name,
        "dateModified": facts.day,
        "license": publisher.licence.uri,
        "isAccessibleForFree": True,
        "inLanguage": list(LANGUAGES),
        "keywords": publisher.keywords["en"],
        "creator": who,
        "publisher": who,
        "temporalCoverage": f"{facts.first}/{facts.last}",
        "distribution": [
            {
                "@type": "DataDownload", "name": path, "contentUrl": f"{base}/{path}",
                "encodingFormat": FORMATS[path.rpartition(".")[2]][1],
            }
            for path in sorted(files)
            if path.startswith("data/") and path.rpartition(".")[2] in FORMATS
        ],
    }  # fmt: skip
