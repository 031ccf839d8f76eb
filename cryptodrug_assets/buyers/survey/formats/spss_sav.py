"""SPSS .sav: numbers with user-missing ranges. Their meaning is taken from their value labels, or not at all.

A system-missing value says nothing. The library reads a path, so the bytes lie in a private temporary folder meanwhile.
"""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets.buyers.survey.formats.door import File
from cryptodrug_assets.buyers.survey.formats.export import (
    Export,
    SourceColumn,
    text_series,
    unknown_finish,
    unknown_pages,
)
from cryptodrug_assets.buyers.survey.model import MISSING_CODES, State, column_key
from cryptodrug_assets.errors import UserError

_WORDS: dict[State, tuple[str, ...]] = {
    "no_answer": ("noanswer", "seennoanswer", "geenantwoord", "sansreponse", "pasdereponse", "refused", "weigering"),
    "not_shown": (
        "notshown",
        "notshownrouting",
        "notapplicable",
        "niettoegepast",
        "nietgetoond",
        "nvt",
        "nonmontre",
        "sansobjet",
    ),
    "broken_off": ("brokenoff", "brokenoffbefore", "afgebroken", "abandon"),
    "not_asked": ("notasked", "notaskedinthisversion", "nietgevraagd", "nonpose"),
}
STATE_LABELS: dict[int, str] = {-9: "no answer", -8: "not shown", -7: "broken off", -6: "not asked"}
_ID = ("respondent", "id", "responseid", "recordid", "responsid", "caseid")


def is_sav(file: File) -> bool:
    """Whether a file looks like a .sav."""
    return file.data[:4] in (b"$FL2", b"$FL3")


def read_sav(file: File) -> Export:
    """The responses of a .sav; UserError when it is torn or has no id."""
    frame, meta = _load(file)
    names = list(meta["names"])
    identifier = next((name for wanted in _ID for name in names if column_key(name) == wanted), None)
    if identifier is None:
        raise UserError(f"{file.shown} has no variable called respondent or id; add one before saving it")
    ids = [_text(value) for value in frame[identifier]]
    if any(not one for one in ids):
        raise UserError(f"{file.shown}: a row has no {identifier}; give every row one")
    columns = tuple(
        _column(name, frame[name], meta) for name in names if name != identifier and column_key(name) != "syntheticnote"
    )
    return Export(
        platform="spss", dialect="sav", respondents=pl.Series("respondent", ids, dtype=pl.String), columns=columns,
        finished=unknown_finish(len(ids)), pages=unknown_pages(len(ids)), synthetic=b"SYNTHETIC" in file.data,
    )  # fmt: skip


def _load(file: File) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    import pyreadstat

    try:
        with tempfile.TemporaryDirectory(prefix="survey-") as folder:
            path = Path(folder) / "survey.sav"
            path.write_bytes(file.data)
            data, meta = pyreadstat.read_sav(
                str(path), user_missing=True, output_format="dict", disable_datetime_conversion=True
            )
    except (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        ValueError,
        TypeError,
        KeyError,
        OverflowError,
        MemoryError,
    ) as err:
        raise UserError(f"{file.shown} is torn ({' '.join(str(err).split())[:80]}); save it again in SPSS") from err
    return dict(data), {
        "names": meta.column_names,
        "labels": meta.column_names_to_labels,
        "values": meta.variable_value_labels,
        "ranges": meta.missing_ranges,
    }


def _column(name: str, values: Any, meta: dict[str, Any]) -> SourceColumn:
    labels = {_text(code): str(text) for code, text in (meta["values"].get(name) or {}).items()}
    missing = meta["ranges"].get(name) or []
    marks: dict[str, State] = {}
    texts: list[str | None] = []
    for value in values:
        text = _text(value)
        if text and _is_missing(value, missing):
            state = _state_of(labels.get(text, ""), text)
            if state is None:
                text = ""  # a user-missing value of unstated meaning says nothing
            else:
                marks[text] = state
        texts.append(text)
    codes = {code: text for code, text in labels.items() if code not in marks}
    return SourceColumn(
        name, text_series(name, texts), text=str(meta["labels"].get(name) or ""), marks=marks, labels=codes, type="sav"
    )


def _state_of(label: str, code: str) -> State | None:
    key = column_key(label)
    for state, words in _WORDS.items():
        if key in words:
            return state
    if not label and code in {str(one) for one in MISSING_CODES}:
        return None
    return None


def _is_missing(value: Any, ranges: list[dict[str, Any]]) -> bool:
    try:
        return any(one["lo"] <= value <= one["hi"] for one in ranges)
    except TypeError:
        return False


def _text(value: Any) -> str:
    """A value as its code is written: whole numbers without a point."""
    if value is None or value != value:  # noqa: PLR0124 - not a number
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip()
