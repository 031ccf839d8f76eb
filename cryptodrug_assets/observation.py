"""Markets, their observation windows and the observed cells of the market × month grid.

The windows are data (data_contracts/markets/*.yaml); nothing here names a market. No Dagster (partitions.py makes its
partitions from this) and no page knowledge.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cryptodrug_assets.errors import UserError as UserError  # noqa: PLC0414 - most rooms take it from here

CONTRACTS_DIR = Path(__file__).resolve().parent.parent / "data_contracts"


class Window(BaseModel):
    """Observation period, both months inclusive ("YYYY-MM"); an open end means the market is still observed."""

    model_config = ConfigDict(extra="forbid")
    start: str
    end: str | None

    @field_validator("start", "end", mode="before")
    @classmethod
    def _month(cls, value: object) -> object:
        if value is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", str(value)):
            raise ValueError(f"'{value}' is not a month; write it as YYYY-MM")
        return value

    @model_validator(mode="after")
    def _order(self) -> "Window":
        if self.end is not None and self.end < self.start:
            raise ValueError(f"the window ends ({self.end}) before it starts ({self.start})")
        return self


class CaptureConfig(BaseModel):
    """How a market is captured."""

    model_config = ConfigDict(extra="forbid")
    mode: Literal["nav", "render"] = "nav"
    render_sample: float = Field(default=0.01, ge=0, le=1)
    render_kinds: list[str] = []
    screenshot: bool = True
    concurrency: int = Field(default=2, ge=1, le=16)
    delay_ms: tuple[int, int] = (0, 0)
    max_pages: int | None = None
    max_seconds: int | None = None
    max_bytes: int | None = None


class Bounds(BaseModel):
    """Expected volume of a month: below `min` is an error, above `max` a warning."""

    model_config = ConfigDict(extra="forbid")
    min: int = Field(ge=0)
    max: int

    @model_validator(mode="after")
    def _order(self) -> "Bounds":
        if self.max < self.min:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self


class Event(BaseModel):
    """Something that happened to a market."""

    model_config = ConfigDict(extra="forbid")
    date: date
    type: str = Field(pattern=r"^[a-z][a-z_]+$")
    precision: Literal["day", "month"]
    mark: Literal["F", "P", "S", "M"]  # seen on a page, inferred, seen in a publication, from memory


class MarketConfig(BaseModel):
    """One file of data_contracts/markets."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")
    label: str
    window: Window
    source: Literal["live", "archive", "replica"]
    clock: Literal["none", "footer"]
    capture: CaptureConfig = CaptureConfig()
    expected: dict[Literal["pages"], Bounds] = {}
    events: list[Event] = []
    live: dict[str, str] = {}


@lru_cache
def market_configs(folder: Path = CONTRACTS_DIR / "markets") -> dict[str, MarketConfig]:
    """All markets by name, in order of their window; raises UserError naming the file that is wrong."""
    found: dict[str, MarketConfig] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            config = MarketConfig.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except ValidationError as err:
            raise UserError(f"markets/{path.name} is not valid: {_first_of(err)}") from err
        except (ValueError, yaml.YAMLError) as err:
            raise UserError(f"markets/{path.name} is not YAML: {' '.join(str(err).split())}") from err
        if config.name != path.stem:
            raise UserError(f"markets/{path.name} is not valid: name: {config.name} is not the file's name")
        found[config.name] = config
    return dict(sorted(found.items(), key=lambda item: (item[1].window.start, item[1].window.end or "9999", item[0])))


def _first_of(error: ValidationError) -> str:
    """What is wrong, in one line: unknown keys first, since a key that is missing may be one that is misspelt."""
    found = sorted(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    place = ".".join(str(part) for part in found[0]["loc"]) or "the file"
    if found[0]["type"] == "extra_forbidden":
        text = f"unknown key {place}"
    else:
        text = f"{place}: {found[0]['msg'].removeprefix('Value error, ')}"
    return text + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")


def month_after(month: str) -> str:
    """The month following "YYYY-MM"."""
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def last_month() -> str | None:
    """Last month of the latest window; None when a window is open."""
    ends = [config.window.end for config in market_configs().values()]
    return None if None in ends else max(end for end in ends if end)


MARKETS: list[str] = list(market_configs())
FIRST_MONTH: str = min(config.window.start for config in market_configs().values())


def check_market(market: str) -> str:
    """The market's name, or UserError listing the known ones."""
    if market not in market_configs():
        raise UserError(f"unknown market '{market}'; known markets: {', '.join(MARKETS)}")
    return market


def check_month(month: str) -> str:
    """The month as "YYYY-MM", or UserError."""
    try:
        parsed = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as err:
        raise UserError(f"'{month}' is not a month; write it as YYYY-MM, such as {FIRST_MONTH}") from err
    return parsed.strftime("%Y-%m")


def is_observed(market: str, month: str) -> bool:
    """Whether the market was observed in the month ("YYYY-MM")."""
    window = market_configs()[check_market(market)].window
    return window.start <= check_month(month) <= (window.end or "9999-12")


def require_observed(market: str, month: str) -> None:
    """Raise UserError when the cell lies outside the market's window."""
    if not is_observed(market, month):
        window = market_configs()[market].window
        raise UserError(
            f"{market} was not observed in {month}: its window is {window.start} to {window.end or 'now'}"
            f" (data_contracts/markets/{market}.yaml)"
        )


def observed_cells(
    market: str | None = None, first: str | None = None, last: str | None = None, *, now: datetime | None = None
) -> list[tuple[str, str]]:
    """The observed (market, month) cells, by month and then market; open windows end with the month of `now`."""
    today = (now or datetime.now(UTC)).strftime("%Y-%m")
    cells: list[tuple[str, str]] = []
    for name in [check_market(market)] if market else MARKETS:
        window = market_configs()[name].window
        month, end = window.start, window.end or today
        while month <= end:
            if (first is None or month >= check_month(first)) and (last is None or month <= check_month(last)):
                cells.append((name, month))
            month = month_after(month)
    return sorted(cells, key=lambda cell: (cell[1], MARKETS.index(cell[0])))


def cell_of(partition_key: str) -> tuple[str, str]:
    """(market, month) of a Dagster partition key such as "dream|2018-11"."""
    market, _, month = partition_key.partition("|")
    return check_market(market), check_month(month)


def month_start(month: str) -> date:
    """First day of "YYYY-MM"."""
    return date(int(month[:4]), int(month[5:7]), 1)
