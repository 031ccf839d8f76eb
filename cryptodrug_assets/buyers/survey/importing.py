"""From an export to the canonical tables of a wave: items, respondents, answers, rejects.

Pure: frames in the shape of their contracts, and a report of what was done. A code outside its list stops the import,
unless rejects are kept: then the cell is `unknown_missing` and stands among the rejects.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.survey.decoding import Decoded, decode
from cryptodrug_assets.buyers.survey.formats.export import Export, SourceColumn
from cryptodrug_assets.buyers.survey.mapping import ColumnMap, map_columns, option_of
from cryptodrug_assets.buyers.survey.model import Instrument, ItemSet
from cryptodrug_assets.buyers.survey.states import Resolved, Texts, resolve
from cryptodrug_assets.buyers.survey.tabulation import shared_texts
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable

_PLAIN_CODE = 16


@dataclass(frozen=True)
class ImportReport:
    """What an import did: counts by state, and everything that was left out or not understood."""

    platform: str
    dialect: str
    respondents: int
    items: int
    states: Mapping[str, int]
    rejects: int
    set_aside: int
    ignored: tuple[str, ...]
    emptied: tuple[str, ...]
    absent: tuple[str, ...]
    not_understood: Mapping[str, int]
    contradicted: Mapping[str, int]
    synthetic: bool


@dataclass(frozen=True)
class Canonical:
    """A wave as parsed: survey_items, survey_answers, survey_rejects (parsed), and who the respondents are."""

    items: pl.DataFrame
    answers: pl.DataFrame
    rejects: pl.DataFrame
    respondents: pl.DataFrame
    report: ImportReport


@dataclass(frozen=True)
class _Reject:
    respondent: str
    item: str
    column: str
    verbatim: str
    reason: str


def canonical(export: Export, instrument: Instrument, *, keep_rejects: bool = False) -> Canonical:
    """The canonical tables of an export under its instrument; UserError for what cannot be mapped or decoded."""
    columns = map_columns(export, instrument)
    decoded: dict[str, Decoded] = {}
    rejects: list[_Reject] = [_Reject(respondent, "", "", "", reason) for respondent, reason in export.set_aside]
    for name, column in columns.direct.items():
        decoded[name] = decode(column, instrument.by_name[name])
    for name, column in columns.whole.items():
        decoded |= _split(column, instrument.set_of[name], instrument)
    for name, by_place in columns.places.items():
        decoded |= _ranked(by_place, instrument.set_of[name], instrument)
    rejects += _refused(decoded, columns, export, keep=keep_rejects)
    for one in instrument.sets:
        _settle_set(one, decoded, columns)
    resolved = resolve(export, instrument, decoded)
    answers = _answers(export, instrument, decoded, resolved)
    counts = Counter(dict(answers["state"].value_counts().iter_rows()))
    report = ImportReport(
        export.platform,
        export.dialect,
        len(export.respondents),
        len(instrument.items),
        counts,
        len(rejects),
        len(export.set_aside),
        columns.ignored,
        export.emptied,
        columns.absent,
        resolved.not_understood,
        resolved.contradicted,
        export.synthetic,
    )
    return Canonical(
        items=_items(instrument, columns), answers=answers, rejects=_rejects(rejects, instrument.wave),
        respondents=respondents(_people(export, instrument, resolved), answers, instrument), report=report,
    )  # fmt: skip


def _refused(decoded: dict[str, Decoded], columns: ColumnMap, export: Export, *, keep: bool) -> list[_Reject]:
    """Cells outside their code list: an error, or rejects whose cells say nothing from here on."""
    rejects: list[_Reject] = []
    for name, one in decoded.items():
        bad = (one.state == "bad").arg_true()
        if not len(bad):
            continue
        column = columns.direct[name].name if name in columns.direct else name
        texts = one.verbatim.gather(bad)
        if not keep:
            first = str(texts[0])
            shown = f" ('{printable(first)}')" if len(first) <= _PLAIN_CODE and first.isalnum() else ""
            raise UserError(
                f"column {printable(column)} holds a value outside the code list of item {name} in {len(bad)} responses"
                f"{shown}; correct the instrument (values, written), or give --rejects to set such cells aside"
            )
        ids = export.respondents.gather(bad)
        rejects += [
            _Reject(str(who), name, column, str(text), "outside the code list")
            for who, text in zip(ids, texts, strict=True)
        ]
        state = one.state.replace("bad", "rejected")
        decoded[name] = replace(one, state=state)
    return rejects


def _split(column: SourceColumn, one: ItemSet, instrument: Instrument) -> dict[str, Decoded]:
    """A multi-response column that lists its ticked options, as one column an option."""
    height = len(column.values)
    codes = {name: np.zeros(height, dtype=np.int64) for name in one.members}
    state = np.full(height, "valid", dtype=object)
    parsed: dict[str, list[str] | str] = {}
    for at, text in enumerate(column.values):
        key = "" if text is None else text.strip()
        if text is None or not key:
            state[at] = column.absent if text is None else column.empty
            continue
        if key.casefold() in column.marks:
            state[at] = column.marks[key.casefold()]
            continue
        if key not in parsed:
            parsed[key] = _tokens(key, one, instrument, column)
        found = parsed[key]
        if isinstance(found, str):
            state[at] = "bad"
            continue
        for name in found:
            codes[name][at] = 1
    valid = state == "valid"
    states = pl.Series(state.tolist(), dtype=pl.String)
    return {name: _decoded(np.where(valid, values, -1), states, column.values) for name, values in codes.items()}


def _tokens(text: str, one: ItemSet, instrument: Instrument, column: SourceColumn) -> list[str] | str:
    """Members that a list of options names, or the token that names none."""
    for cut in (text.split(), text.split(","), text.split(";"), [text]):
        names = [option_of(token.strip(), one, instrument.by_name, column) for token in cut if token.strip()]
        if names and None not in names:
            return [name for name in names if name is not None]
    return text


def _ranked(by_place: Mapping[int, SourceColumn], one: ItemSet, instrument: Instrument) -> dict[str, Decoded]:
    """A ranking with a column a place, as one column an option: its place, or 0."""
    height = len(next(iter(by_place.values())).values)
    ranks = {name: np.zeros(height, dtype=np.int64) for name in one.members}
    state = np.full(height, "", dtype=object)
    verbatim: list[str | None] = [None] * height
    for place, column in sorted(by_place.items()):
        options = {
            text: option_of(text.strip(), one, instrument.by_name, column) for text in column.values.unique() if text
        }
        for at, text in enumerate(column.values):
            if text is None or not text.strip() or text.strip().casefold() in column.marks:
                silence = column.absent if text is None else column.marks.get(text.strip().casefold(), column.empty)
                state[at] = state[at] or silence
                continue
            name = options.get(text)
            verbatim[at] = f"{verbatim[at] or ''} {place}={text}".strip()
            if name is None or place > one.places or ranks[name][at]:
                state[at] = "bad"
                continue
            ranks[name][at] = place
            state[at] = "bad" if state[at] == "bad" else "valid"
    texts = pl.Series("verbatim", verbatim, dtype=pl.String)
    valid = state == "valid"
    states = pl.Series(state.tolist(), dtype=pl.String)
    return {name: _decoded(np.where(valid, values, -1), states, texts) for name, values in ranks.items()}


def _decoded(codes: np.typing.NDArray[np.int64], states: pl.Series, verbatim: pl.Series) -> Decoded:
    """A column of codes in which -1 is none."""
    code = pl.Series("code", codes, dtype=pl.Int64)
    code = code.to_frame().select(pl.when(pl.col("code") >= 0).then(pl.col("code"))).to_series()
    return Decoded(code, pl.Series("number", [None] * len(codes), dtype=pl.Float64), states, verbatim)


def _settle_set(one: ItemSet, decoded: dict[str, Decoded], columns: ColumnMap) -> None:
    """What silence within a set means: a box beside a ticked one is unticked; a set without a tick is no answer."""
    members = [name for name in one.members if name in decoded]
    if not members:
        return
    states = np.array([shared_texts(decoded[name].state) for name in members])
    codes = np.array([decoded[name].code.fill_null(0).to_numpy() for name in members])
    ticked = ((states == "valid") & (codes > 0)).any(axis=0)
    shown_one = (states == "valid").any(axis=0)
    rejected = (states == "rejected").any(axis=0)
    for at, name in enumerate(members):
        state = states[at].copy()
        column = columns.direct.get(name)
        silent = np.isin(state, ("nothing", "no_answer"))
        state[ticked & silent] = "valid"
        # All boxes empty: the platform says they were seen (0), or it writes 0 whatever happened.
        zero = "nothing" if column is not None and column.zero_is_silence else "unticked"
        state[~ticked & (state == "valid")] = zero
        state[~ticked & shown_one & (state == "nothing")] = zero
        state[rejected] = "rejected"
        valid = state == "valid"
        decoded[name] = replace(
            decoded[name], state=pl.Series(state.tolist(), dtype=pl.String),
            code=_decoded(np.where(valid, codes[at], -1), decoded[name].state, decoded[name].verbatim).code,
        )  # fmt: skip


def _answers(export: Export, instrument: Instrument, decoded: dict[str, Decoded], resolved: Resolved) -> pl.DataFrame:
    """One row a respondent and item, item by item; columns are joined one after the other, which keeps memory low."""
    height = len(export.respondents)
    no_text = pl.Series([None] * height, dtype=pl.String)
    absent = Decoded(no_text.cast(pl.Int64), no_text.cast(pl.Float64), no_text, no_text)
    items = instrument.items
    known = [decoded.get(item.name, absent) for item in items]
    each = np.repeat(np.arange(len(items)), height)
    frame = pl.DataFrame(
        {
            "wave": pl.repeat(instrument.wave, height * len(items), dtype=pl.String, eager=True),
            "respondent": pl.concat([export.respondents] * len(items)),
            "item": pl.Series([item.name for item in items]).gather(each),
            "item_set": pl.Series([item.item_set for item in items], dtype=pl.String).gather(each),
            "verbatim": pl.concat([one.verbatim.alias("verbatim") for one in known]),
            "code": pl.concat([one.code.alias("code") for one in known]),
            "number": pl.concat([one.number.alias("number") for one in known]),
            "state": pl.concat([_texts(resolved.state[item.name]) for item in items]),
            "state_source": pl.concat([_texts(resolved.source[item.name]) for item in items]),
        }
    )
    return contracts.fit(frame, contracts.load("parsed", "survey_answers"))


def _texts(values: Texts) -> pl.Series:
    return pl.Series("text", values.tolist(), dtype=pl.String)


def _items(instrument: Instrument, columns: ColumnMap) -> pl.DataFrame:
    """One row an item of the instrument."""
    rows = [
        {
            "wave": instrument.wave,
            "item": item.name,
            "item_set": item.item_set,
            "item_option": item.option,
            "position": item.position,
            "block": item.block,
            "kind": item.kind,
            "label_nl": item.label.get("nl"),
            "label_fr": item.label.get("fr"),
            "label_en": item.label.get("en"),
            "code_list": json.dumps({str(c.code): dict(c.label) for c in item.values}, ensure_ascii=False)
            if item.values
            else None,
            "universe": item.universe,
            "reference_period": item.period,
            "sensitivity": item.sensitivity,
            "statements": ", ".join(item.statements) or None,
            "source_column": columns.direct[item.name].name if item.name in columns.direct else None,
            "in_file": item.name not in columns.absent,
            "instrument_version": instrument.version,
        }
        for item in instrument.items
    ]
    contract = contracts.load("parsed", "survey_items")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def _rejects(rejects: list[_Reject], wave: str) -> pl.DataFrame:
    contract = contracts.load("parsed", "survey_rejects")
    rows = [
        {"wave": wave, "respondent": one.respondent, "item": one.item, "source_column": one.column or None,
         "verbatim": one.verbatim or None, "reason": one.reason}
        for one in rejects
    ]  # fmt: skip
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def _people(export: Export, instrument: Instrument, resolved: Resolved) -> pl.DataFrame:
    """What the export says of its respondents beyond their answers: whether they finished, and how far they came."""
    blocks = [None if at < 0 else instrument.blocks[at] for at in resolved.last_block]
    return pl.DataFrame(
        {
            "wave": pl.repeat(instrument.wave, len(blocks), dtype=pl.String, eager=True),
            "respondent": export.respondents,
            "finished": export.finished,
            "last_block": pl.Series(blocks, dtype=pl.String),
        }
    )


def respondents(people: pl.DataFrame, answers: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """Who they are to the study: eligible (null where they did not say), how far they came, how much they answered."""
    valid = pl.col("state") == "valid"
    counted = answers.group_by("respondent").agg(n_valid=valid.sum().cast(pl.Int64))
    frame = people.with_columns(eligible=pl.lit(value=True)).join(counted, on="respondent", how="left")
    for item in instrument.items:
        asked = answers.filter(item=item.name)
        if not item.eligible or (asked["state"] == "not_asked").all():
            continue
        fits = asked.select("respondent", fits=pl.when(valid).then(pl.col("code").is_in(item.eligible)))
        frame = frame.join(fits, on="respondent", how="left").with_columns(eligible=pl.col("eligible") & pl.col("fits"))
        frame = frame.drop("fits")
    return contracts.conform(frame, contracts.load("clean", "respondents"))


def cleaned(parsed: Canonical, pseudonym: Callable[[str], str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """clean.respondents and clean.answers: ids behind a pseudonym, no verbatim text any more."""
    names = {who: pseudonym(who) for who in parsed.respondents["respondent"]}
    swap = pl.col("respondent").replace_strict(names, return_dtype=pl.String)
    people = contracts.conform(parsed.respondents.with_columns(swap), contracts.load("clean", "respondents"))
    answers = parsed.answers.with_columns(swap).drop("verbatim")
    return people, contracts.fit(answers, contracts.load("clean", "answers"))
