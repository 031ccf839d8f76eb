"""Markets, their observation windows and the observed cells of the market × month grid.

The windows are data (data_contracts/markets/*.yaml); nothing here names a market. No Dagster
(assets/partitions.py makes its partitions from this) and no page knowledge.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from cryptodrug_assets.errors import UserError as UserError  # noqa: PLC0414 - most rooms take it from here
from cryptodrug_assets.installation import CONTRACTS_DIR as CONTRACTS_DIR  # noqa: PLC0414 - most rooms, again
from cryptodrug_assets.months import month_after
from cryptodrug_assets.yaml_text import safe_load

MARKETS_DIR = CONTRACTS_DIR / "markets"
# Markets whose pages can be read and that are not observed here: docs/decisions/0033-more-markets.md.
MORE_MARKETS_DIR = MARKETS_DIR / "more"

# Where a market's feedback is counted: on vendors' pages (Dream's offer pages repeat the vendor's ratings, without
# saying which offer they are of), on offers' pages (Wall Street shows it there only), or on offers' pages where no page
# of the vendor was captured (Empire's vendor tabs hold all of it, its offer pages the latest).
FeedbackSource = Literal["vendor", "listing", "vendor_else_listing"]
FROM_VENDOR: FeedbackSource = "vendor"
FROM_LISTING: FeedbackSource = "listing"
FROM_VENDOR_ELSE_LISTING: FeedbackSource = "vendor_else_listing"
# The source of a market of which only data sets are there: docs/import-a-data-set.md.
TABLE = "table"


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


# A page an hour is the slowest that still is a crawl.
_Delay = Annotated[int, Field(ge=0, le=3_600_000)]


class CaptureConfig(BaseModel):
    """How a market is captured."""

    model_config = ConfigDict(extra="forbid")
    mode: Literal["nav", "render"] = "nav"
    render_sample: float = Field(default=0.01, ge=0, le=1)
    render_kinds: list[str] = []
    screenshot: bool = True
    concurrency: int = Field(default=2, ge=1, le=16)
    delay_ms: tuple[_Delay, _Delay] = (0, 0)
    # Per run. Far above any month of a market; below them a calendar that leads on for ever would be followed for ever.
    max_pages: int = Field(default=250_000, ge=1)
    max_seconds: int = Field(default=14 * 86_400, ge=1)
    max_bytes: int = Field(default=50_000_000_000, ge=1)

    @field_validator("delay_ms")
    @classmethod
    def _rising(cls, value: tuple[int, int]) -> tuple[int, int]:
        if value[1] < value[0]:
            raise ValueError(f"the longest delay ({value[1]}) is shorter than the shortest ({value[0]})")
        return value


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


class FillFloor(BaseModel):
    """How many of the records of one sort, on one kind of page, have a field at least: a share; below it the layout may
    have changed. `layout` null is any layout of the market."""

    model_config = ConfigDict(extra="forbid")
    records: Literal["listings", "vendors", "feedback"]
    page_kind: str
    field: str
    at_least: float = Field(gt=0, le=1)
    layout: str | None = None


class Automation(BaseModel):
    """When a market is captured and its months are published without hands (docs/operate.md).

    `enabled` null: a live market is, others are not. A sweep begins on each of `sweep_days` (a day the month lacks is
    its last one), or as soon after it as the machine runs. A month is published when all markets of it are in, at the
    latest on `publish_day` of the next one. A live market of which nothing came by `late_day` is told as late.
    """

    model_config = ConfigDict(extra="forbid")
    enabled: bool | None = None
    sweep_days: list[Annotated[int, Field(ge=1, le=31)]] = Field(default=[20], min_length=1)
    publish_day: int = Field(default=5, ge=1, le=28)
    late_day: int = Field(default=25, ge=1, le=31)

    @field_validator("sweep_days")
    @classmethod
    def _rising(cls, value: list[int]) -> list[int]:
        if value != sorted(set(value)):
            raise ValueError(f"{value} is not in rising order, each day once")
        return value


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
    source: Literal["live", "archive", "replica", "table"]
    clock: Literal["none", "footer"]
    feedback_source: FeedbackSource
    capture: CaptureConfig = CaptureConfig()
    expected: dict[Literal["pages"], Bounds] = {}
    fill: list[FillFloor] = []
    events: list[Event] = []
    live: dict[str, str] = {}
    automation: Automation = Automation()

    def captured(self, source: str | None = None) -> bool:
        """Whether a browser captures its months, rather than an import bringing them; `source` overrides its own."""
        return (source or self.source) in ("live", "replica")

    @property
    def automatic(self) -> bool:
        """Whether its months are made without hands."""
        stated = self.automation.enabled
        return self.source == "live" if stated is None else stated

    @field_validator("live")
    @classmethod
    def _address(cls, value: dict[str, str]) -> dict[str, str]:
        address = value.get("base_url")
        if address is not None:
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
                raise ValueError("base_url is no address of a site; write it as http://name.onion")
        return value


@lru_cache
def market_configs(folder: Path = MARKETS_DIR) -> dict[str, MarketConfig]:
    """All markets by name, in order of their window; raises UserError naming the file that is wrong."""
    found: dict[str, MarketConfig] = {}
    for path in sorted(folder.glob("*.yaml")):
        place = f"markets/{path.name}"
        try:
            config = MarketConfig.model_validate(safe_load(file_text(path, place)))
        except ValidationError as err:
            raise UserError(f"{place} is not valid: {_first_of(err)}") from err
        except (ValueError, yaml.YAMLError, RecursionError) as err:
            raise UserError(f"{place} is not YAML: {' '.join(str(err).split())}") from err
        if config.name != path.stem:
            raise UserError(f"markets/{path.name} is not valid: name: {config.name} is not the file's name")
        found[config.name] = config
    return dict(sorted(found.items(), key=lambda item: (item[1].window.start, item[1].window.end or "9999", item[0])))


def file_text(path: Path, place: str) -> str:
    """Text of a file of data_contracts; UserError naming `place` when it is no file or not UTF-8."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as err:
        what = "is a link to a file that is not there" if path.is_symlink() else "is not there"
        raise UserError(f"{place} {what}; restore or remove it") from err
    except OSError as err:
        raise UserError(f"{place} cannot be read: {err.strerror}; there has to be a file there") from err
    except UnicodeDecodeError as err:
        raise UserError(f"{place} is not UTF-8 (byte {err.start}); save it as UTF-8") from err


def _first_of(error: ValidationError) -> str:
    """What is wrong, in one line: unknown keys first, since a key that is missing may be one that is misspelt."""
    found = sorted(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    place = ".".join(str(part) for part in found[0]["loc"]) or "the file"
    if found[0]["type"] == "extra_forbidden":
        text = f"unknown key {place}"
    elif found[0]["type"] == "missing":
        text = f"{place} is not set" + _choice(MarketConfig.model_fields.get(place))
    else:
        text = f"{place}: {found[0]['msg'].removeprefix('Value error, ')}"
    return text + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")


def _choice(field: FieldInfo | None) -> str:
    """What a key that is missing may be set to, where there are only so many values."""
    values = get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
    return f"; set it to one of {', '.join(values)} (docs/add-a-market.md)" if values else ""


def last_month() -> str | None:
    """Last month of the latest window; None when a window is open."""
    ends = [config.window.end for config in market_configs().values()]
    return None if None in ends else max(end for end in ends if end)


MARKETS: list[str] = list(market_configs())
FIRST_MONTH: str = min(config.window.start for config in market_configs().values())


def unobserved_markets() -> list[str]:
    """Names of the markets that ship with a parser and are not observed here, in alphabetical order."""
    return sorted(set(market_configs(MORE_MARKETS_DIR)) - set(market_configs()))


def check_market(market: str) -> str:
    """The market's name, or UserError listing the known ones."""
    if market not in market_configs():
        if market in market_configs(MORE_MARKETS_DIR):
            raise UserError(f"{market} is not observed here; make it so with `cryptodrug market enable {market}`")
        raise UserError(f"unknown market '{market}'; known markets: {', '.join(MARKETS)}")
    return market


def feedback_source(market: str) -> FeedbackSource:
    """Where the market's feedback is counted; UserError for an unknown market.

    >>> feedback_source("empire")
    'vendor_else_listing'
    """
    return market_configs()[check_market(market)].feedback_source


def check_month(month: str) -> str:
    """The month as "YYYY-MM", or UserError.

    >>> check_month("2018-11")
    '2018-11'
    >>> check_month("November")
    Traceback (most recent call last):
    ...
    cryptodrug_assets.errors.UserError: ...
    """
    try:
        parsed = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as err:
        raise UserError(f"'{month}' is not a month; write it as YYYY-MM, such as {FIRST_MONTH}") from err
    return parsed.strftime("%Y-%m")


def is_observed(market: str, month: str) -> bool:
    """Whether the market was observed in the month ("YYYY-MM").

    >>> is_observed("empire", "2019-04"), is_observed("empire", "2018-11")
    (True, False)
    """
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
    """The observed (market, month) cells, by month and then market; open windows end with the month of `now`.

    >>> observed_cells("dream", "2019-02")
    [('dream', '2019-02'), ('dream', '2019-03')]
    """
    today = (now or datetime.now(UTC)).strftime("%Y-%m")
    cells: list[tuple[str, str]] = []
    for name in MARKETS if market is None else [check_market(market)]:
        window = market_configs()[name].window
        month, end = window.start, window.end or today
        while month <= end:
            if (first is None or month >= check_month(first)) and (last is None or month <= check_month(last)):
                cells.append((name, month))
            month = month_after(month)
    return sorted(cells, key=lambda cell: (cell[1], MARKETS.index(cell[0])))


def cell_of(partition_key: str) -> tuple[str, str]:
    """(market, month) of a Dagster partition key such as "dream|2018-11".

    >>> cell_of("dream|2018-11")
    ('dream', '2018-11')
    """
    market, _, month = partition_key.partition("|")
    return check_market(market), check_month(month)
