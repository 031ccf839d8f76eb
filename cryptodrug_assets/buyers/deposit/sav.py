"""Writer of SPSS .sav: labels, value labels, one missing range, measures; the same table gives the same bytes.

The library writes to a path and puts date and time of day into the header; the bytes are taken from a private folder
that is then gone, and the date is overwritten (bytes 92 to 108 of the header: nine of date, eight of time).
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from cryptodrug_assets.buyers.deposit.microdata import MISSING_LABELS, MISSING_RANGE, RESPONDENT, columns
from cryptodrug_assets.buyers.survey.model import Instrument
from cryptodrug_assets.errors import UserError

_HEADER_TIME = slice(92, 109)
_TIME_TEXT = b"01 Jan 7000:00:00"
_LABEL, _FILE_LABEL, _VALUE_LABEL = 255, 60, 119  # bytes that the format holds


def write_sav(table: pl.DataFrame, instrument: Instrument, *, title: str, language: str = "en") -> bytes:
    """The wide table (microdata.wide) as .sav, its labels in one language, or what language they have.

    Raises UserError where the library refuses a value or a name.
    """
    import pyreadstat

    labels = {RESPONDENT: "Number of the respondent in this file"}
    values: dict[str, dict[float, str]] = {}
    measures = {RESPONDENT: "nominal"}
    for column in columns(instrument):
        labels[column.name] = _cut(_said(column.label, language), _LABEL)
        coded = {choice.code: choice.label for choice in column.item.values} | MISSING_LABELS
        values[column.name] = {float(code): _cut(_said(text, language), _VALUE_LABEL) for code, text in coded.items()}
        measures[column.name] = column.measure
    low, high = MISSING_RANGE
    try:
        with tempfile.TemporaryDirectory(prefix="deposit-") as folder:
            path = Path(folder) / "wave.sav"
            pyreadstat.write_sav(
                table, str(path), file_label=_cut(title, _FILE_LABEL),
                column_labels=[labels[name] for name in table.columns], variable_value_labels=values,
                missing_ranges={name: [{"lo": low, "hi": high}] for name in values}, variable_measure=measures,
            )  # fmt: skip
            content = bytearray(path.read_bytes())
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as err:
        raise UserError(f"no .sav is written: {' '.join(str(err).split())[:120]}; rename the item") from err
    content[_HEADER_TIME] = _TIME_TEXT
    return bytes(content)


def _said(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next((text for text in texts.values() if text), "")


def _cut(text: str, most: int) -> str:
    """As many characters as fit into a number of bytes."""
    return text.encode()[:most].decode(errors="ignore")
