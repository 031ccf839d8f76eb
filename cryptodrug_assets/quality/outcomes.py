"""Results of checks and runs, in types that pages and commands share. Keep out: judging, drawing."""

from dataclasses import dataclass
from typing import Literal

Cell = tuple[str, str, str]  # market, month, layer
CheckState = Literal["ok", "warn", "failed"]


@dataclass(frozen=True)
class Finding:
    """A check that did not pass: where, how bad, why, and keys of offending rows as a Markdown table.

    Market and month are empty for a table that has no months.
    """

    market: str
    month: str
    layer: str
    table: str
    check: str
    state: CheckState
    contract: str
    why: str
    sample: str


@dataclass(frozen=True)
class RunFailure:
    """A run that ended without making a layer of a cell, and why; market and month are empty where there are none."""

    market: str
    month: str
    layer: str
    cause: str
