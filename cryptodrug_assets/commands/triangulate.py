"""`cryptodrug triangulate`: what survey, interviews and markets say together of each declared proposition."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import say
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.buyers.triangulation.propositions import Proposition
    from cryptodrug_assets.pipeline.triangulate import Strands

_TABLES = {
    "estimates": "indicators.survey_estimates",
    "answers": "clean.answers",
    "themes": "indicators.interview_themes",
}


def triangulate(
    wave: Annotated[str, typer.Option("--wave", help="Wave of the survey, such as 2019.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the joint display, write nothing.")] = False,
) -> None:
    """Make the joint display of a wave: evidence of survey, interviews and markets, verdicts by rule, their stability.

    Writes indicators.joint_display. A strand whose table is not there is silent, and is named.
    """
    from cryptodrug_assets.buyers.wave_tables import commit_wave
    from cryptodrug_assets.pipeline import triangulate
    from cryptodrug_assets.storage.store import TableStore

    store = TableStore(Settings().tables)
    strands = triangulate.read(store, wave)
    if all(table not in strands.of_wave for table in _TABLES.values()):
        raise UserError(
            f"wave {wave} has neither survey nor interviews; run `cryptodrug survey import FILE --wave {wave}` or"
            f" `cryptodrug interviews import FILE --wave {wave}`"
        )
    joint = strands.joint_display()
    if not dry_run:
        commit_wave(store, wave, {"indicators.joint_display": joint})
    if strands.synthetic:
        say("SYNTHETIC: some of these data are made up, and so is what is said of them")
    lacking = missing_tables(strands)
    for row in joint.iter_rows(named=True):
        proposition = next(one for one in strands.display.propositions if one.proposition == row["proposition"])
        for line in proposition_lines(row, proposition, lacking):
            say(line)
    for table, remedy in sorted(lacking.items()):
        say(f"missing: {table}; {remedy}")
    say("dry run: nothing was written" if dry_run else f"wrote {joint.height} rows of indicators.joint_display")


def missing_tables(strands: "Strands") -> dict[str, str]:
    """Tables that rules ask for and that are not there or empty, with what makes them."""
    wave = strands.display.wave
    remedies = {
        "estimates": f"run `cryptodrug survey import FILE --wave {wave}`",
        "answers": f"run `cryptodrug survey import FILE --wave {wave}`",
        "themes": f"run `cryptodrug interviews import FILE --wave {wave}`",
    }
    lacking = {_TABLES[name]: remedy for name, remedy in remedies.items() if _TABLES[name] not in strands.of_wave}
    for table in strands.display.market_tables:
        if table not in strands.markets or strands.markets[table].is_empty():
            lacking[f"indicators.{table}"] = "run `cryptodrug backfill`"
    return lacking


def proposition_lines(row: Mapping[str, Any], item: "Proposition", lacking: Mapping[str, str]) -> Iterator[str]:
    """A proposition with its verdict, and a line a strand with counts first."""
    stable = "" if row["stability"] is None else f", same in {row['stability']:.0%} of {row['resamples_n']:,} resamples"
    side = "" if row["direction"] == "none" else f" ({row['direction']})"
    yield f"{row['proposition']}: {row['verdict']}{side}{stable}"
    yield f"  {row['label_en']}"
    if row["author_verdict"] is not None:
        yield f"  author's verdict: {row['author_verdict']} ({row['author']}: {row['author_reason']})"
    for strand, said in (("survey", _survey(row)), ("interviews", _interviews(row)), ("market", _market(row))):
        verdict = row[f"{strand}_verdict"]
        text = _silence(strand, item, lacking) if verdict == "silent" else said
        yield f"  {strand:<11} {verdict:<12} {text}".rstrip()


def _survey(row: Mapping[str, Any]) -> str:
    if row["survey_n"] is None:
        return ""
    text = f"{row['survey_k']} of {row['survey_n']} [{row['survey_lower']:.2f}, {row['survey_upper']:.2f}]"
    if row["survey_bound_low"] is not None:
        text += f", with all missing {row['survey_bound_low']:.2f} to {row['survey_bound_high']:.2f}"
    return text + (f"; {row['survey_period']}" if row["survey_period"] else "")


def _interviews(row: Mapping[str, Any]) -> str:
    if row["interviews_n"] is None:
        return ""
    counter = row["interviews_counter"]
    against = "no counter-case was defined" if counter is None else f"counter-cases in {counter}"
    return f"{row['interviews_k']} of {row['interviews_n']}, {against}"


def _market(row: Mapping[str, Any]) -> str:
    if row["market_value"] is None:
        return ""
    interval = f"[{row['market_lower']:.3g}, {row['market_upper']:.3g}]"
    period = f"; {row['market_period']}" if row["market_period"] else ""
    return f"{row['market_indicator']} {row['market_value']:.3g} {interval}{period}"


def _silence(strand: str, item: "Proposition", lacking: Mapping[str, str]) -> str:
    """Why a strand says nothing: never asked, its table not there, or no value in it."""
    if strand == "survey" and item.survey is not None:
        table, what = _TABLES["answers" if item.survey.against_item else "estimates"], item.survey.item
    elif strand == "interviews" and item.interviews is not None:
        table, what = _TABLES["themes"], item.interviews.code
    elif strand == "market" and item.market is not None:
        table, what = f"indicators.{item.market.table}", f"{item.market.indicator} with an interval"
    else:
        return "not asked"
    return f"{table} is missing" if table in lacking else f"{table} has no value of {what}"
