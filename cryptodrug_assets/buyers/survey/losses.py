"""What each format loses: a wave whose truth is known, written in every format, read back and compared. Computed."""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets.buyers.survey.formats.door import File
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import canonical
from cryptodrug_assets.buyers.survey.model import MISSING_CODES, STATES, Instrument
from cryptodrug_assets.replica.survey.files import EXPORTS
from cryptodrug_assets.replica.survey.wave import Wave


def truth(wave: Wave) -> pl.DataFrame:
    """The wave's own answers: respondent, item, value (null where missing), truth (the state)."""
    rows = [
        (who, item, None if code in MISSING_CODES else float(code), MISSING_CODES.get(code, "valid"))
        for item, answers in wave.answers.items()
        for who, code in answers.items()
    ]
    schema = {"respondent": pl.String, "item": pl.String, "value": pl.Float64, "truth": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def read_back(wave: Wave, instrument: Instrument, name: str) -> pl.DataFrame:
    """The truth beside what an export gives back: `state`, `state_source`, `read`; null of those not in it."""
    files = [File(file, data) for file, data in EXPORTS[name](wave).items()]
    answers = canonical(read_export(files), instrument).answers
    read = answers.select(
        "respondent", "item", "state", "state_source", read=pl.coalesce("number", pl.col("code").cast(pl.Float64))
    )
    return truth(wave).join(read, on=["respondent", "item"], how="left")


def loss_table(wave: Wave, instrument: Instrument) -> pl.DataFrame:
    """A row an export: answers by what became of their state ("kept", or "truth → read"), and respondents not in it."""
    rows = []
    for name in EXPORTS:
        compared = read_back(wave, instrument, name)
        lost = compared.filter(pl.col("state").is_null())["respondent"].n_unique()
        there = compared.filter(pl.col("state").is_not_null())
        row: dict[str, object] = {"export": name, "respondents_lost": lost}
        for state in STATES[1:4]:
            of_state = there.filter(pl.col("truth") == state)
            kept = of_state.filter(pl.col("state") == state).height
            row[state] = f"{kept} of {of_state.height}"
        differ = there.filter(
            (pl.col("truth") != pl.col("state")) & (pl.col("state") != "unknown_missing")
            | (pl.col("value").ne_missing(pl.col("read")) & (pl.col("truth") == "valid"))
        )
        row["wrong"] = differ.height
        missing = there.filter((pl.col("truth") != "valid") & (pl.col("truth") == pl.col("state")))
        row["platform"] = missing.filter(pl.col("state_source") == "platform").height
        row["routing"] = missing.height - missing.filter(pl.col("state_source") == "platform").height
        rows.append(row)
    return pl.DataFrame(rows)


def loss_markdown(table: pl.DataFrame) -> str:
    """The table for the documentation."""
    heads: Mapping[str, str] = {
        "export": "export", "respondents_lost": "respondents not in it", "no_answer": "no answer kept",
        "not_shown": "not shown kept", "broken_off": "broken off kept",
        "platform": "said by the file", "routing": "by routing", "wrong": "wrong",
    }  # fmt: skip
    lines = [f"| {' | '.join(heads.values())} |", f"|{'-|' * len(heads)}"]
    lines += [f"| {' | '.join(str(row[key]) for key in heads)} |" for row in table.iter_rows(named=True)]
    return "\n".join(lines) + "\n"
