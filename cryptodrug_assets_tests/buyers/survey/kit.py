"""What the tests of the survey share: the wave, its instrument, files in memory, and the way through the importer."""

import sys
from functools import lru_cache

import pytest

from cryptodrug_assets import cli
from cryptodrug_assets.buyers.survey import instrument
from cryptodrug_assets.buyers.survey.formats.door import File as File  # noqa: PLC0414 - tests take it from here
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import Canonical, canonical
from cryptodrug_assets.buyers.survey.model import Instrument
from cryptodrug_assets.replica.survey.files import EXPORTS
from cryptodrug_assets.replica.survey.wave import Wave, synthetic_wave


@lru_cache
def wave() -> Wave:
    return synthetic_wave()


def form() -> Instrument:
    return instrument.load("cryptodrug_2019")


@lru_cache
def files(name: str) -> tuple[File, ...]:
    return tuple(File(file, data) for file, data in EXPORTS[name](wave()).items())


@lru_cache
def imported(name: str) -> Canonical:
    return canonical(read_export(files(name)), form())


SMALL = """
instrument: small
wave: "2020"
languages: [nl, en]
pages: blocks
blocks: [{name: one}, {name: two}]
items:
- {name: buys, block: one, kind: single, label: {en: Buys}, values: {1: {nl: ja, en: "yes"}, 0: {nl: nee, en: "no"}}}
- {name: age, block: one, kind: number, label: {en: Age}, minimum: 0, maximum: 120, integer: true}
- {name: drugs, block: one, kind: multi, label: {en: Drugs}, universe: buys == 1,
   options: {cannabis: {en: cannabis}, lsd: {en: LSD}, none: {en: none of these}}, none: none}
- {name: city, block: two, kind: single, label: {en: City}, universe: "age >= 18 and buys == 1",
   values: {1: {en: Ghent}, 2: {en: Antwerp}}}
- {name: why, block: two, kind: text, label: {en: Why}, sensitivity: high}
"""


def small(text: str = SMALL) -> Instrument:
    import yaml

    return instrument.parse(yaml.safe_load(text), "small")


def lime(
    rows: list[str],
    head: str = "id,submitdate,lastpage,startlanguage,buys,age,drugs[cannabis],drugs[lsd],drugs[none],city,why",
) -> File:
    """A LimeSurvey CSV of answer codes."""
    return File("small.csv", "\n".join([head, *rows]).encode())


def state_of(done: Canonical, respondent: str, item: str) -> tuple[str, str | None]:
    row = done.answers.filter((done.answers["respondent"] == respondent) & (done.answers["item"] == item)).row(
        0, named=True
    )
    return row["state"], row["state_source"]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["cryptodrug", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


FEW = ("adult", "tie", "age", "use12m", "freq_cannabis", "elsewhere", "eval_offline", "rank")


@lru_cache
def few() -> tuple[Wave, Instrument]:
    """Eight respondents and eight questions of the wave: small enough for thousands of mutants."""
    import yaml

    from cryptodrug_assets.replica.survey.questionnaire import Questionnaire

    whole = wave()
    questions = tuple(one for one in whole.questionnaire.questions if one.name in FEW)
    kept = list(dict.fromkeys(one.block for one in questions))
    blocks = {name: label for name, label in whole.questionnaire.blocks.items() if name in kept}
    small_form = Questionnaire("few", "2019", blocks, questions)
    people = (*whole.respondents[:6], *[who for who in whole.respondents if not whole.finished(who)][:2])
    order = list(whole.questionnaire.blocks)
    reached = {who: sum(order.index(block) < whole.reached[who] for block in blocks) for who in people}
    answers = {name: {who: whole.answers[name][who] for who in people} for name in small_form.variables}
    document = yaml.safe_load((instrument.INSTRUMENTS_DIR / "cryptodrug_2019.yaml").read_text("utf-8"))
    document["items"] = [one for one in document["items"] if one["name"] in FEW]
    document["blocks"] = [one for one in document["blocks"] if one["name"] in blocks]
    return Wave(small_form, tuple(dict.fromkeys(people)), answers, reached, ()), instrument.parse(document, "few")
