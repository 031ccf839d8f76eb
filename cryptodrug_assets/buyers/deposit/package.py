"""The deposit package of a wave for a Dataverse: every file as bytes, and what still keeps it from being complete."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from cryptodrug_assets.buyers.deposit import checklists, microdata
from cryptodrug_assets.buyers.deposit.codebook import codebook_csv, codebook_markdown, questionnaire_markdown
from cryptodrug_assets.buyers.deposit.dataverse import dataset_json
from cryptodrug_assets.buyers.deposit.ddi import Study as DdiStudy
from cryptodrug_assets.buyers.deposit.ddi import Variable, Version, write_ddi
from cryptodrug_assets.buyers.deposit.description import Description, ddi_study
from cryptodrug_assets.buyers.deposit.sav import write_sav
from cryptodrug_assets.buyers.survey.model import LANGUAGES, Instrument
from cryptodrug_assets.buyers.survey.study import Study
from cryptodrug_assets.errors import UserError

SUMS = "SHA256SUMS"
_SHOWN = 8


@dataclass(frozen=True)
class Wave:
    """What a package is made of; `answers` are the wave's clean.answers, `structure` a .lss without persons."""

    instrument: Instrument
    description: Description
    study: Study | None
    answers: pl.DataFrame
    synthetic: bool
    structure: bytes | None = None


def open_items(wave: Wave, lines: Sequence[checklists.Line]) -> list[str]:
    """What is not done yet, a line a matter; empty when the package may be handed over."""
    found = [
        f"checklist {name}: {len(items)} open items ({_some(items)})"
        for name, items in checklists.unanswered(list(lines)).items()
    ]
    if unstated := wave.description.unstated():
        found.append(f"data_contracts/deposits: not stated: {', '.join(unstated)}")
    if not wave.synthetic:
        ethics = wave.study.ethics if wave.study else None
        duties = ("approval", "legal_basis", "retention_until")
        lacking = [name for name in duties if ethics is None or getattr(ethics, name) is None]
        if lacking:
            found.append(f"data_contracts/studies: not stated: {', '.join(lacking)}")
    return found


def _some(items: Sequence[str]) -> str:
    return ", ".join(items[:_SHOWN]) + (", …" if len(items) > _SHOWN else "")


def ddi_document(wave: Wave, version: Version, *, counts: bool) -> bytes:
    """The code book in DDI; with `counts` where they tell of no one to four persons."""
    return write_ddi(_study(wave), _variables(wave, counts=counts), version)


def _variables(wave: Wave, *, counts: bool) -> tuple[Variable, ...]:
    return microdata.variables(microdata.wide(wave.answers, wave.instrument), wave.instrument, counts=counts)


def _study(wave: Wave) -> DdiStudy:
    titles = wave.description.title.values()
    if not wave.synthetic and any("SYNTHETIC" in title for title in titles):
        raise UserError("the answers are real and the title says SYNTHETIC; correct the wave's file in deposits")
    described = ddi_study(wave.description, synthetic=wave.synthetic)
    fieldwork = wave.study.fieldwork if wave.study else None
    if fieldwork is None or fieldwork.start is None or fieldwork.end is None:
        return described
    return replace(described, collected=(fieldwork.start, fieldwork.end))


def package(
    wave: Wave, lines: Sequence[checklists.Line], *, metadata_only: bool, version: Version = "2.5"
) -> dict[str, bytes]:
    """Every file of the package by name, SHA256SUMS last. Without `metadata_only` answers of persons are among them."""
    unfinished = open_items(wave, lines)
    title = next(iter(wave.description.title.values()))
    files: dict[str, bytes] = {
        "dataset.json": dataset_json(wave.description, wave.study, mark="DRAFT: " if unfinished else ""),
        "ddi.xml": ddi_document(wave, version, counts=False),
        "codebook.csv": codebook_csv(wave.instrument),
        "checklists.csv": checklists_csv(lines),
        "checklists.md": checklists_markdown(lines).encode(),
    }
    for language in LANGUAGES:
        files[f"codebook.{language}.md"] = codebook_markdown(wave.instrument, language, title=title).encode()
        files[f"questionnaire.{language}.md"] = questionnaire_markdown(wave.instrument, language, title=title).encode()
    if wave.structure is not None:
        files["questionnaire.lss"] = wave.structure
    if not metadata_only:
        table = microdata.wide(wave.answers, wave.instrument)
        files["data/survey.sav"] = write_sav(table, wave.instrument, title=title)
        files["data/survey.csv"] = microdata.csv_bytes(table)
    files["README.md"] = _readme(wave, title, unfinished, files, metadata_only=metadata_only).encode()
    files = dict(sorted(files.items()))
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    return {**files, SUMS: sums.encode()}


def checklists_csv(lines: Sequence[checklists.Line]) -> bytes:
    """A row an item."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("checklist", "item", "asks", "status", "where"))
    writer.writerows((line.checklist, line.item, line.asks, line.status, line.where or "") for line in lines)
    return out.getvalue().encode()


def checklists_markdown(lines: Sequence[checklists.Line]) -> str:
    """A table a checklist, with how many items are open."""
    text = ["# Reporting checklists", ""]
    for name in dict.fromkeys(line.checklist for line in lines):
        of_it = [line for line in lines if line.checklist == name]
        still = sum(line.status == "open" for line in of_it)
        text += [f"## {name}: {still} of {len(of_it)} items open", "", "| item | asks | status | where |", "|-|-|-|-|"]
        text += [f"| {line.item} | {line.asks} | {line.status} | {line.where or ''} |" for line in of_it]
        text.append("")
    return "\n".join(text)


_ABOUT: Mapping[str, str] = {
    "dataset.json": "description for the native interface of a Dataverse",
    "ddi.xml": "DDI-Codebook: study and variables, without counts of persons",
    "codebook.csv": "code book: variables, codes, labels in Dutch, French and English",
    "questionnaire.lss": "questionnaire as LimeSurvey has it, without persons, mail addresses and mail texts",
    "checklists.csv": "reporting checklists: where each item is answered",
    "data/survey.sav": "answers as SPSS file, one row a respondent; restricted",
    "data/survey.csv": "the same answers as CSV in UTF-8; restricted",
}


def _readme(
    wave: Wave, title: str, unfinished: Sequence[str], files: Mapping[str, bytes], *, metadata_only: bool
) -> str:
    text = [f"# {title}", ""]
    if wave.synthetic:
        text += ["SYNTHETIC: the answers are made up. Nobody was asked.", ""]
    if unfinished:
        text += ["DRAFT, not to be handed over. Open:", "", *(f"- {one}" for one in unfinished), ""]
    if metadata_only:
        text += ["Metadata only: this package holds no answers of persons.", ""]
    else:
        text += ["Holds answers of persons, though without names: deposit it under restricted access only. Age and",
                 "occupation together single out persons, so nothing of `data/` may be made public.", ""]  # fmt: skip
    low, high = microdata.MISSING_RANGE
    ethics = wave.study.ethics if wave.study else None
    text += [
        f"Codes {low} to {high}: missing answers (-9 no answer, -8 not shown, -7 broken off, -6 not asked); an empty",
        "cell says that nobody knows why there is no answer. Free text, names, addresses and keys of the platform are",
        "not part of the deposit. No weights, no imputation: an opt-in sample describes its respondents.",
        "",
        f"Ethics approval: {(ethics.approval if ethics else None) or 'not stated'}",
        f"Legal basis: {(ethics.legal_basis if ethics else None) or 'not stated'}",
        "",
        "Add by hand before handing over: the empty form of consent, the questionnaire as PDF/A.",
        "",
        "| file | what it is |",
        "|-|-|",
        *(f"| {name} | {_about(name)} |" for name in sorted(files)),
        f"| {SUMS} | check with `sha256sum -c {SUMS}` |",
        "",
    ]
    return "\n".join(text)


def _about(name: str) -> str:
    if name in _ABOUT:
        return _ABOUT[name]
    kinds = {
        "codebook": "code book to read",
        "questionnaire": "questions and answers",
        "checklists": "the same to read",
    }
    return kinds[name.split(".", maxsplit=1)[0]]
