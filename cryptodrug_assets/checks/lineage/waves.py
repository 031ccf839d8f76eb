"""Runs the steps of a wave on the tables of the synthetic wave, so that disturbance.py sees their data flow.

What runs is what the assets run. Two steps read files, not tables: what they take from a file beyond its parsed table
(the people's progress, the code book of the interviews) is held as it is, and the parsed table is disturbed. Nothing is
written.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import polars as pl

from cryptodrug_assets.buyers import synthetic
from cryptodrug_assets.buyers.disclosure.survey import public_survey
from cryptodrug_assets.buyers.disclosure.words import public_joint_display, public_themes
from cryptodrug_assets.buyers.interviews.code_list import load_code_list
from cryptodrug_assets.buyers.interviews.codings import code_matrix, interview_key
from cryptodrug_assets.buyers.interviews.files import InterviewFile
from cryptodrug_assets.buyers.interviews.model import Coding, Source
from cryptodrug_assets.buyers.interviews.themes import agreement_frame, themes
from cryptodrug_assets.buyers.survey import statements
from cryptodrug_assets.buyers.survey.consistency import survey_consistency
from cryptodrug_assets.buyers.survey.estimates import survey_estimates, survey_missing
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import canonical, cleaned, respondents
from cryptodrug_assets.buyers.survey.instrument import for_wave
from cryptodrug_assets.buyers.survey.tables import respondent_pseudonym
from cryptodrug_assets.buyers.triangulation.propositions import load_joint_display
from cryptodrug_assets.checks.lineage.disturbance import Frames
from cryptodrug_assets.pipeline import triangulate
from cryptodrug_assets.study.buyers_scorecard import public_scorecard

#: Columns that say which wave a row belongs to.
PARTITION = ("wave",)
WAVE = synthetic.WAVE
# Enough for intervals and stability to exist.
_REPLICATES, _RESAMPLES = 40, 20
Step = tuple[str, Callable[[Frames], Frames], Sequence[str]]


def recorded() -> dict[str, pl.DataFrame]:
    """All tables of the synthetic wave, by "layer.table", with intervals."""
    frames = synthetic.tables_in_memory()
    for _, run, reads in steps():
        frames |= run({name: frames[name] for name in reads})
    return frames


def steps() -> Iterator[Step]:
    """Name, function and inputs of each step, in order."""
    yield "survey's clean tables", _cleaned(), ["parsed.survey_answers"]
    yield "interviews' codes", _coded(), ["parsed.interview_codings"]
    yield "survey's indicators", _measured, ["clean.answers", "parsed.survey_items"]
    yield "interviews' themes", _themes, ["clean.interview_codes"]
    yield "public tables of the survey", _public, [
        "parsed.survey_items", "indicators.survey_estimates", "indicators.survey_missing",
    ]  # fmt: skip
    yield "public themes", _public_themes, ["indicators.interview_themes"]


def strands_steps() -> Iterator[Step]:
    """The steps that lay tables of the wave beside those of the markets."""
    markets = [f"indicators.{table}" for table in triangulate.MARKETS]
    yield "joint display", _triangulated, [*(name.replace("/", ".") for name in triangulate.OF_WAVE), *markets]
    yield "public joint display", _public_display, ["indicators.joint_display", "indicators.survey_estimates_public"]
    yield "public scorecard on buyers", _public_card, ["indicators.study_scorecard_buyers"]


def _triangulated(frames: Frames) -> Frames:
    of_wave = {name: frame for name, frame in frames.items() if name.replace(".", "/") in triangulate.OF_WAVE}
    markets = {table: frames[f"indicators.{table}"] for table in triangulate.MARKETS}
    strands = triangulate.Strands(load_joint_display(WAVE), of_wave, markets, synthetic=True, resamples=_RESAMPLES)
    made = triangulate.triangulate(strands)
    return {f"indicators.{name}": made[name] for name in ("joint_display", "study_scorecard_buyers")}


def _public_display(frames: Frames) -> Frames:
    public = public_joint_display(
        frames["indicators.joint_display"], load_joint_display(WAVE), frames["indicators.survey_estimates_public"]
    )
    return {"indicators.joint_display_public": public}


def _public_card(frames: Frames) -> Frames:
    return {"indicators.study_scorecard_buyers_public": public_scorecard(frames["indicators.study_scorecard_buyers"])}


@lru_cache(maxsize=1)
def _cleaned() -> Callable[[Frames], Frames]:
    form = for_wave(WAVE)
    parsed = canonical(read_export(synthetic.survey_files()), form)
    people = parsed.respondents.select("wave", "respondent", "finished", "last_block")
    pseudonym = respondent_pseudonym(bytes(32), WAVE)

    def run(frames: Frames) -> Frames:
        answers = frames["parsed.survey_answers"]
        who = respondents(people, answers, form)
        clean, coded = cleaned(replace(parsed, answers=answers, respondents=who), pseudonym)
        return {"clean.respondents": clean, "clean.answers": coded}

    return run


def _coded() -> Callable[[Frames], Frames]:
    """The matrix of codes from parsed.interview_codings, with the code book of the file."""
    file = synthetic.interview_file()
    codes = load_code_list(WAVE)

    def run(frames: Frames) -> Frames:
        sources: dict[str, list[Coding]] = {}
        mark = "SYNTHETIC" if frames["parsed.interview_codings"]["synthetic"].all() else "interviews"
        for row in frames["parsed.interview_codings"].iter_rows(named=True):
            coding = Coding(tuple(json.loads(row["code_path"])), row["coder_name"], row["span_start"], row["span_end"])
            sources.setdefault(row["interview_name"], []).append(coding)
        made = tuple(Source(name, codings=tuple(codings)) for name, codings in sources.items())
        project = replace(file.project, name=mark, sources=made, cases=())
        matrix = code_matrix(
            [InterviewFile(file.name, file.data, file.format, project)],
            WAVE,
            codes,
            pseudonym=lambda name: interview_key(bytes(32), WAVE, name),
        )
        return {"clean.interview_codes": matrix.frame}

    return run


def _measured(frames: Frames) -> Frames:
    answers, declared = frames["clean.answers"], statements.of_wave(WAVE)
    estimates = survey_estimates(answers, for_wave(WAVE), declared, replicates=_REPLICATES)
    return {
        "indicators.survey_estimates": estimates,
        "indicators.survey_missing": survey_missing(answers, frames["parsed.survey_items"]),
        "indicators.survey_consistency": survey_consistency(declared),
    }


def _themes(frames: Frames) -> Frames:
    matrix = frames["clean.interview_codes"]
    return {
        "indicators.interview_themes": themes(matrix, load_code_list(WAVE)),
        "indicators.coding_agreement": agreement_frame(matrix),
    }


def _public(frames: Frames) -> Frames:
    return public_survey(frames, statements.of_wave(WAVE))


def _public_themes(frames: Frames) -> Frames:
    return {"indicators.interview_themes_public": public_themes(frames["indicators.interview_themes"])}
