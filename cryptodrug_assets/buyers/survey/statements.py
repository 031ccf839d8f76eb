"""The statements of a survey as data (data_contracts/statements/<name>.yaml): tests, readings, declared comparisons."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cryptodrug_assets.buyers.declared import read_declared
from cryptodrug_assets.observation import CONTRACTS_DIR

STATEMENTS_FILE = CONTRACTS_DIR / "statements" / "survey.yaml"
Operator = Literal["==", ">", ">=", "<", "<="]
TestKind = Literal[
    "share",
    "share_lt",
    "mode",
    "mode_in",
    "mean",
    "median_in",
    "largest_share",
    "largest_mean",
    "lowest_mean",
    "top_three",
    "set_at_least",
    "count",
    "rank_order",
    "rows",
    "missing_present",
    "valid_n_below",
]
ReadingKind = Literal["shares", "single_choice", "mean", "count", "band_mean", "band_median", "band_mode", "declared"]
Status = Literal["consistent", "conditional", "impossible"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Codes(_Strict):
    """Some codes of an item."""

    item: str
    codes: tuple[int, ...] = Field(min_length=1)


class Pair(_Strict):
    """Two yes/no answers of the same people."""

    first: Codes
    second: Codes


class Cross(_Strict):
    """A share among those who gave some other answer."""

    of: Codes
    share: Codes


class AtLeast(_Strict):
    """Those who ticked at least `count` options of a set."""

    item: str
    count: int = Field(ge=1)


class Test(_Strict):
    """A figure or word of the study as something that can be computed and compared."""

    kind: TestKind
    item: str = ""
    items: tuple[str, ...] = ()
    set: str = ""
    prefix: str = ""
    codes: tuple[int, ...] = ()
    operator: Operator = "=="
    percent: str = ""
    mean: str = ""
    below: float = 0
    low: float = 0
    high: float = 0
    count: int = 0
    leading: tuple[str, ...] = ()
    where: dict[str, tuple[int, ...]] = {}


class Reading(_Strict):
    """One way to read printed figures; `literal` is what the words say, `chosen` the reading that is used."""

    name: str
    kind: ReadingKind
    figures: tuple[str, ...] = ()
    count: int = 0
    above_low: tuple[float, str] | None = None
    above_high: tuple[float, str] | None = None
    band: tuple[float, float] | None = None
    status: Status | None = None
    literal: bool = False
    chosen: bool = False
    reason: str = Field(min_length=5)

    @model_validator(mode="after")
    def _complete(self) -> "Reading":
        if self.kind.startswith("band_") and None in (self.above_low, self.above_high, self.band):
            raise ValueError("a reading of bands needs above_low, above_high and band")
        if self.kind == "declared" and self.status is None:
            raise ValueError("a declared reading needs its status")
        if self.kind in ("shares", "single_choice", "mean", "count") and not self.figures:
            raise ValueError(f"a reading of {self.kind} needs figures")
        return self


class Statement(_Strict):
    """One statement of the study that rests on the survey."""

    id: str = Field(pattern=r"^\d{1,3}$")
    topic: str
    source: Literal["printed", "word"]
    word: str = ""
    tests: tuple[Test, ...] = Field(min_length=1)
    readings: tuple[Reading, ...] = ()


class Statements(_Strict):
    """All statements on a wave, and the comparisons that they and the report need."""

    wave: str
    respondents: int = Field(ge=1)
    note: str = ""
    groups: tuple[Codes, ...] = ()
    paired: tuple[Pair, ...] = ()
    cross: tuple[Cross, ...] = ()
    at_least: tuple[AtLeast, ...] = ()
    statements: tuple[Statement, ...] = ()


@lru_cache(maxsize=8)
def load(path: Path = STATEMENTS_FILE) -> Statements:
    """Read a file of statements; UserError naming what is wrong in it."""
    return read_declared(path, Statements, f"statements {path.name}")


def of_wave(wave: str) -> Statements:
    """The statements on a wave; of a wave without any the comparisons alone are empty."""
    declared = load()
    return declared if declared.wave == wave else Statements(wave=wave, respondents=1)
