"""What a bulletin holds, by codes and without words: contains its shape, and the values picked from public ones.

The values of the restricted edition that are not public come from restricted.py; texts.py says all of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.months import month_before, months_from
from cryptodrug_assets.observation import FIRST_MONTH, check_month, is_observed, market_configs
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.reference.regions import REGION_COUNTRIES

Edition = Literal["TLP:CLEAR", "TLP:AMBER"]
CLEAR: Edition = "TLP:CLEAR"
AMBER: Edition = "TLP:AMBER"
#: Origins that always have a line; others have one where anything public is known of them.
ORIGINS = ("BE", "NL", "DE", "FR", "GB")
REACH = ("domestic", "eu", "europe", "world")
WORLD = "W0"
Change = Literal["clear", "noise", "unknown"]
Section = Literal["abroad", "reach", "exclusions", "zones", "classes", "coverage"]
_SHIPPING, _CHANGES = "shipping", "shipping_window"


@dataclass(frozen=True)
class Value:
    """A value with its interval and its status (CL_OBS_STATUS); the status is None where nothing is stated at all."""

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    status: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any] | None) -> "Value":
        """The value of a row of exchange.observations."""
        if row is None:
            return cls()
        return cls(row["obs_value"], row["lower_bound"], row["upper_bound"], row["obs_status"])


@dataclass(frozen=True)
class Line:
    """A value at its place in the bulletin; where the month before is told as well, that and the change since."""

    section: Section
    market: str
    origin: str
    indicator: str
    param: str
    drug_class: str
    period: str
    now: Value
    before: Value = Value()
    change: Value = Value()

    @property
    def moved(self) -> Change:
        """Whether the interval of the change leaves out zero, holds it, or is not there."""
        low, high = self.change.lower, self.change.upper
        if low is None or high is None:
            return "unknown"
        return "clear" if low > 0 or high < 0 else "noise"


@dataclass(frozen=True)
class Happening:
    """An event of a market in the month."""

    market: str
    kind: str
    date: date
    precision: str


@dataclass(frozen=True)
class Bulletin:
    """A bulletin: its month and number, its day, for whom, and its lines."""

    month: str
    number: int
    issued: date
    edition: Edition
    audience: str | None
    country: str
    synthetic: bool
    markets: tuple[str, ...]
    lines: tuple[Line, ...]
    happenings: tuple[Happening, ...]
    first_observed: tuple[str, ...]
    last_observed: tuple[str, ...]

    def of(self, section: Section, **where: str) -> list[Line]:
        """The lines of a section, of which attributes may be given."""
        found = [line for line in self.lines if line.section == section]
        return [line for line in found if all(getattr(line, name) == value for name, value in where.items())]


def build_bulletin(
    observed: pl.DataFrame,
    month: str,
    *,
    issued: date,
    country: str,
    synthetic: bool,
    edition: Edition = CLEAR,
    audience: str | None = None,
    more: Sequence[Line] = (),
) -> Bulletin:
    """The bulletin of a month from exchange.observations; `more` are lines that are not public, of TLP:AMBER alone.

    Raises UserError for a text that is no month, a month that nothing was observed of or nothing public is known of,
    and TLP:AMBER without an audience.
    """
    audience = (audience or "").strip() or None
    if edition == AMBER and audience is None:
        raise UserError("TLP:AMBER is for a named organisation; give it with --to")
    if edition == CLEAR and (more or audience):
        raise UserError("TLP:CLEAR is for all and holds public values alone; choose --edition amber")
    period = known_month(observed, month)
    now = observed.filter(pl.col("time_period") == period)
    if not has_bulletin(observed, period):
        raise UserError(f"no value of {period} is public, so there is no bulletin of it; see `cryptodrug status`")
    there = set(now["market"])
    markets = tuple(name for name in market_configs() if name in there)
    lines = [*_coverage(now, markets), *_practice(observed, period, markets, country), *_classes(observed, country)]
    if edition == AMBER:
        lines += [*_exclusions(now, markets), *more]
    configs = market_configs()
    return Bulletin(
        period, len(months_from(FIRST_MONTH, period)), issued, edition, audience, country, synthetic, markets,
        tuple(lines), tuple(_happenings(period)),
        tuple(name for name, config in configs.items() if config.window.start == period),
        tuple(name for name, config in configs.items() if config.window.end == period),
    )  # fmt: skip


def has_bulletin(observed: pl.DataFrame, period: str) -> bool:
    """Whether any value of the month is public, beside how much of it was captured."""
    now = observed.filter(pl.col("time_period") == period, pl.col("dataset") != "coverage")
    return bool(now["obs_value"].is_not_null().any())


def known_month(observed: pl.DataFrame, month: str) -> str:
    """The month, of which something has to be there; UserError saying which months there are."""
    period = check_month(month)
    if period in set(observed["time_period"]):
        return period
    months = sorted(set(observed["time_period"]))
    there = f"there are values of {months[0]} to {months[-1]}" if months else "run `cryptodrug backfill` first"
    why = "has no public values" if any(is_observed(name, period) for name in market_configs()) else "was not observed"
    raise UserError(f"{period} {why}; {there}")


def place_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells a row of a month from the others of its indicator."""
    return row["dataset"], row["market"], row["ref_area"], row["indicator"], row["param"], row["drug_class"]


def _coverage(now: pl.DataFrame, markets: Sequence[str]) -> Iterator[Line]:
    rows = {place_of(row): row for row in now.filter(pl.col("dataset") == "coverage").iter_rows(named=True)}
    for market in markets:
        row = rows.get(("coverage", market, WORLD, "COV01", TOTAL, TOTAL))
        period = str(now["time_period"][0])
        yield Line("coverage", market, WORLD, "COV01", TOTAL, TOTAL, period, Value.of(row))


def _practice(observed: pl.DataFrame, period: str, markets: Sequence[str], country: str) -> Iterator[Line]:
    """RT02 and RT04 of the month and of the one before, with the change between them (RT05)."""
    asked: list[tuple[Section, str, str]] = [("abroad", "RT02", TOTAL), *(("reach", "RT04", reach) for reach in REACH)]
    both = observed.filter(
        pl.col("dataset").is_in([_SHIPPING, _CHANGES]), pl.col("time_period").is_in([period, month_before(period)])
    )
    rows = {(row["time_period"], *place_of(row)): row for row in both.iter_rows(named=True)}
    stated = both.filter(pl.col("time_period") == period, pl.col("obs_value").is_not_null())
    for market in markets:
        of_market = stated.filter(
            pl.col("market") == market, pl.col("indicator").is_in(["RT02", "RT04"]), pl.col("dataset") == _SHIPPING
        )
        for origin in in_order({country, *of_market["ref_area"]}):
            for section, code, param in asked:
                place, of_change = (market, origin), code if param == TOTAL else f"{code}-{param}"
                now, before, change = (
                    Value.of(rows.get((when, dataset, *place, *what, TOTAL)))
                    for when, dataset, what in (
                        (period, _SHIPPING, (code, param)),
                        (month_before(period), _SHIPPING, (code, param)),
                        (period, _CHANGES, ("RT05", of_change)),
                    )
                )
                yield Line(section, market, origin, code, param, TOTAL, period, now, before, change)


def in_order(there: set[str]) -> list[str]:
    """The origins that always have a line, the others of the Union that are there, then all others, by their codes."""
    others = sorted(there - {*ORIGINS, WORLD})
    union = [code for code in others if code in REGION_COUNTRIES["EU"]]
    return [*ORIGINS, *union, *(code for code in others if code not in union)]


def _classes(observed: pl.DataFrame, country: str) -> Iterator[Line]:
    """The mix of a country's offers by class over the window, of all markets together."""
    rows = observed.filter(
        pl.col("dataset") == "specialisation_window", pl.col("indicator") == "DM01_L", pl.col("market") == TOTAL,
        pl.col("ref_area") == country,
    ).sort("obs_value", "drug_class", descending=[True, False], nulls_last=True)  # fmt: skip
    for row in rows.iter_rows(named=True):
        yield Line("classes", TOTAL, country, "DM01_L", TOTAL, row["drug_class"], row["time_period"], Value.of(row))


def _exclusions(now: pl.DataFrame, markets: Sequence[str]) -> Iterator[Line]:
    """RT03 of the month: every exclusion that a row tells of, for the world and every origin."""
    rows = now.filter(
        pl.col("dataset") == _SHIPPING, pl.col("indicator") == "RT03", pl.col("drug_class") == TOTAL
    ).sort("param", "ref_area")  # fmt: skip
    by_place = {(row["market"], row["ref_area"], row["param"]): row for row in rows.iter_rows(named=True)}
    with_value = rows.filter(pl.col("obs_value").is_not_null())
    for market in markets:
        own = with_value.filter(pl.col("market") == market)
        params = sorted({"ANGLO", "NL", *own["param"]}, key=lambda code: (code not in ("ANGLO", "NL"), code))
        for origin in (WORLD, *in_order(set(own["ref_area"]))):
            for param in params:
                row = by_place.get((market, origin, param))
                if row is not None or param in ("ANGLO", "NL"):
                    yield Line(
                        "exclusions", market, origin, "RT03", param, TOTAL, str(now["time_period"][0]), Value.of(row)
                    )


def _happenings(period: str) -> Iterator[Happening]:
    for name, config in market_configs().items():
        for event in config.events:
            if f"{event.date:%Y-%m}" == period:
                yield Happening(name, event.type, event.date, event.precision)
