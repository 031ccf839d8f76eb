"""The tree of a release: every file by its path, made of tables and facts, sealed by SHA256SUMS, and as one archive.

Parts are functions from `Material` to files; whoever adds one to DATA or PAGES has it in every release (decision 0040).
Pages and prints are made twice, for a draft with the band of its embargo (decision 0044).
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from io import BytesIO
from types import MappingProxyType
from typing import Any

import polars as pl

from cryptodrug_assets.publishing.bulletin.content import build_bulletin, has_bulletin
from cryptodrug_assets.publishing.bulletin.files import bulletin_files
from cryptodrug_assets.publishing.dissemination.index import INDEX, index_page
from cryptodrug_assets.publishing.exchange.dcat import dcat_files
from cryptodrug_assets.publishing.exchange.sdmx import sdmx_files
from cryptodrug_assets.publishing.explorer.page import explorer_files
from cryptodrug_assets.publishing.package.build import data_package
from cryptodrug_assets.publishing.package.facts import Facts, json_bytes
from cryptodrug_assets.publishing.package.tables import Table, package_tables, without_values
from cryptodrug_assets.publishing.pages.files import report_files
from cryptodrug_assets.publishing.pages.page import tells_of
from cryptodrug_assets.publishing.words import LANGUAGES, Words

SUMS, RELEASE, CHANGES = "SHA256SUMS", "release.json", "CHANGES.md"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Material:
    """What a release is made of: exchange.observations, the other public tables by plain name, the tables of the
    package, and the facts of the release."""

    observed: pl.DataFrame
    others: Mapping[str, pl.DataFrame]
    tables: Sequence[Table]
    facts: Facts


Part = Callable[[Material], Mapping[str, bytes]]
Files = dict[str, bytes]


def _package(material: Material) -> Mapping[str, bytes]:
    return data_package(material.tables, material.facts)


def _sdmx(material: Material) -> Mapping[str, bytes]:
    return sdmx_files(material.observed, prepared=material.facts.moment, synthetic=material.facts.synthetic)


def _report(material: Material) -> Mapping[str, bytes]:
    """The report in every language, as page and PDF; absent where nothing public is about its country."""
    facts = material.facts
    if not tells_of(material.observed, facts.country):
        return {}
    made = report_files(
        material.observed, material.others, country=facts.country, synthetic=facts.synthetic, facts=facts
    )
    return {f"report/{name}": content for name, content in made.items()}


def _bulletin(material: Material) -> Mapping[str, bytes]:
    """The shipping bulletin for all of the release's last month; absent where nothing of that month is public."""
    facts, observed = material.facts, material.observed
    if not has_bulletin(observed, facts.last):
        return {}
    made = build_bulletin(
        observed,
        facts.last,
        issued=facts.moment.astimezone(UTC).date(),
        country=facts.country,
        synthetic=facts.synthetic,
    )
    return {f"bulletin/{name}": content for name, content in bulletin_files(made, facts.publisher, facts=facts).items()}


def _explorer(material: Material) -> Mapping[str, bytes]:
    """The explorer in every language, beside the report where there is one."""
    facts = material.facts
    made = explorer_files(
        material.observed, country=facts.country, synthetic=facts.synthetic, facts=facts,
        report=tells_of(material.observed, facts.country),
    )  # fmt: skip
    return {f"report/{name}": content for name, content in made.items()}


#: Each part's files have paths of their own; the catalogue and the sums are made of all of them.
DATA: tuple[Part, ...] = (_package, _sdmx)
#: What people read, and what carries the band of a draft (facts.embargo).
PAGES: tuple[Part, ...] = (_report, _explorer, _bulletin)


@dataclass(frozen=True)
class Trees:
    """A release by path, but for the seal: as it is published, and as drafts of it are passed on, under embargo."""

    final: dict[str, bytes]
    draft: dict[str, bytes]


def build_trees(
    observed: pl.DataFrame,
    others: Mapping[str, pl.DataFrame],
    facts: Facts,
    *,
    changes: str,
    about: Mapping[str, Any],
) -> Trees:
    """Every file of the release but the seal, by path; the same bytes for the same arguments.

    `others` are the public tables that are no observations; `changes` the text of CHANGES.md; `about` what release.json
    tells beside the facts. Raises UserError where nothing can be published or a code has no words.
    """
    material = Material(observed, others, package_tables(observed, others), facts)
    data = _made(DATA, material)
    both = [
        _whole(one, _made(PAGES, one, data), changes, about)
        for one in (material, replace(material, facts=replace(facts, embargo=True)))
    ]
    return Trees(*both)


def _made(parts: Sequence[Part], material: Material, beside: Mapping[str, bytes] = MappingProxyType({})) -> Files:
    files = dict(beside)
    for part in parts:
        made = part(material)
        if twice := files.keys() & made.keys():
            raise ValueError(f"two parts write {', '.join(sorted(twice))}")
        files |= made
    return files


def _whole(material: Material, files: Files, changes: str, about: Mapping[str, Any]) -> Files:
    """The files with what is told about all of them."""
    files = files | dcat_files(files, material.facts)
    files["LICENSE-DATA"] = _licence(material.facts).encode()
    files[CHANGES] = changes.encode()
    files[RELEASE] = json_bytes(_about(material) | dict(about))
    files["README.md"] = _readme(material, files).encode()
    files[INDEX] = index_page({**files, SUMS: b""}, material.facts, without_size=(RELEASE, SUMS))
    return dict(sorted(files.items()))


def sealed(files: Mapping[str, bytes], state: Mapping[str, Any]) -> dict[str, bytes]:
    """The files with `state` in release.json, and SHA256SUMS of all of them as the last."""
    told = json.loads(files[RELEASE]) | dict(state)
    whole = {name: data for name, data in sorted(files.items()) if name != SUMS} | {RELEASE: json_bytes(told)}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in whole.items())
    return whole | {SUMS: sums.encode()}


def zipped(files: Mapping[str, bytes], name: str) -> bytes:
    """The files as a ZIP archive with one folder, the same bytes each time."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{name}/{path}", _ZIP_TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def faults_of_seal(files: Mapping[str, bytes]) -> list[str]:
    """What in a tree is not as its SHA256SUMS says: files that were changed, are gone, or were put in."""
    if SUMS not in files:
        return [f"{SUMS} is gone"]
    told = {}
    for line in files[SUMS].decode().splitlines():
        digest, _, name = line.partition("  ")
        told[name] = digest
    found = [f"{name} is gone" for name in told.keys() - files.keys()]
    found += [f"{name} is not in {SUMS}" for name in files.keys() - told.keys() - {SUMS}]
    found += [
        f"{name} was changed"
        for name, digest in told.items()
        if name in files and hashlib.sha256(files[name]).hexdigest() != digest
    ]
    return sorted(found)


def _about(material: Material) -> dict[str, Any]:
    facts, observed = material.facts, material.observed
    cover = observed.filter(pl.col("indicator") == "COV01", pl.col("obs_value").is_not_null())
    least = cover.group_by("market").agg(pl.col("obs_value").min()).sort("market")
    return {
        "name": facts.name,
        "mark": "SYNTHETIC" if facts.synthetic else None,
        "months": [facts.first, facts.last],
        "markets": list(facts.markets),
        "values": int(observed["obs_value"].count()),
        "suppressed": int((observed["obs_status"] == "Q").sum()),
        "least_coverage": dict(least.iter_rows()),
        "tables_without_values": without_values(material.tables),
        "supersedes": facts.supersedes,
        "reason": facts.reason,
        "made_at": facts.stamp,
    }


def _readme(material: Material, files: Mapping[str, bytes]) -> str:
    """README.md in three languages: what it is, how to load it, what the marks mean."""
    facts = material.facts
    parts = []
    for language in LANGUAGES:
        words = Words(language)
        lines = [f"# {facts.title(language)}", "", facts.publisher.description[language], ""]
        if facts.synthetic:
            lines += [words.say("SYNTHETIC: made from pages of made-up markets. No value is real."), ""]
        markets = ", ".join(words.label("market", market) for market in facts.markets)
        lines += [
            words.say("Release {name}; {first} to {last}; {markets}.", name=facts.name,
                      first=words.month(facts.first), last=words.month(facts.last), markets=markets),
            "",
            words.say(
                "The status of each value is in obs_status; a value that is not there is missing or suppressed,"
                " and never zero."
            ),
            words.say("Every code has its words in data/codebook.csv."),
            "",
            f"## {words.say('Loading')}",
            "",
            "```",
            "duckdb -init data/load.sql",
            "R:       arrow::read_parquet(\"data/shares.parquet\")",
            "Python:  polars.read_parquet(\"data/shares.parquet\")",
            f"Excel:   data/cryptodrug.{language}.xlsx",
            "SDMX:    sdmx/structure.xml (3.0), sdmx/structure_2.1.xml, sdmx/observations.csv",
            "DCAT-AP: dcat/catalogue.ttl",
            "sha256sum -c SHA256SUMS",
            "```",
            "",
        ]  # fmt: skip
        if empty := without_values(material.tables):
            shown = ", ".join(words.label("dataset", name) for name in empty)
            lines += [words.say("Tables in which every value is missing or suppressed: {tables}.", tables=shown), ""]
        parts.append("\n".join(lines))
    listed = "\n".join(f"- {name}" for name in sorted(files))
    return "\n".join(parts) + f"\n---\n\n{listed}\n"


def _licence(facts: Facts) -> str:
    licence = facts.publisher.licence
    return f"{facts.title('en')}\n{facts.publisher.name['en']}\n\n{licence.name}\n{licence.uri}\n"
