"""Values of exchange.observations as sentences and cells need them: picked by their codes, written in a language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.words import Words

Row = Mapping[str, Any]
# Suppressed, of the standard's letters; low reliability.
_HIDDEN, _LOW = "Q", "U"
_FEW = 0.1


@dataclass(frozen=True)
class Observed:
    """The observations of a release about one country, and the words they are told in.

    `others` are the public tables that are no observations, by plain name, as far as there are any: those of the waves of
    buyers and of the study's statements.
    """

    frame: pl.DataFrame
    country: str
    words: Words
    others: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def _parts(self) -> dict[tuple[Any, ...], pl.DataFrame]:
        """The observations of each indicator: a page asks for a thousand of them."""
        return self.frame.partition_by("dataset", "indicator", as_dict=True, maintain_order=True)

    @property
    def markets(self) -> list[str]:
        """The markets that something was seen of, in the order of their configuration; the total is not among them."""
        there = set(self.frame["market"])
        return [name for name in market_configs() if name in there]

    @property
    def waves(self) -> list[str]:
        """The waves of buyers that any table tells of."""
        return sorted({wave for frame in self.others.values() if "wave" in frame.columns for wave in frame["wave"]})

    def of_wave(self, table: str, wave: str) -> pl.DataFrame:
        """The rows of a wave in one of the other tables; an empty frame where there is no such table."""
        frame = self.others.get(table)
        return pl.DataFrame() if frame is None or "wave" not in frame.columns else frame.filter(wave=wave)

    def interviews(self, wave: str) -> int:
        """How many were interviewed in a wave."""
        themes = self.of_wave("interview_themes", wave)
        return int(themes["interviews_n"].max()) if themes.height else 0  # type: ignore[arg-type]

    def rows(self, dataset: str, indicator: str, **where: str | None) -> pl.DataFrame:
        """Rows of an indicator, over all classes and without a parameter unless `where` says so, by market and month.

        `where`: values of columns; None leaves a column free.
        """
        keys = {"drug_class": TOTAL, "param": TOTAL, "ref_area": self.country} | where
        wanted = {name: value for name, value in keys.items() if value is not None}
        found = self._parts.get((dataset, indicator))
        if found is None:
            return self.frame.clear()
        return found.filter(*(pl.col(name) == value for name, value in wanted.items())).sort(
            "market", "time_period", "ref_area", "drug_class", "param"
        )

    def last(self, dataset: str, indicator: str, **where: str | None) -> Row | None:
        """The latest such row, or None."""
        found = self.rows(dataset, indicator, **where).sort("time_period", maintain_order=True)
        return found.row(-1, named=True) if found.height else None

    def by_market(self, frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        """Parts of a frame by market, in the order of the markets, the total last."""
        for market in (*self.markets, TOTAL):
            part = frame.filter(market=market)
            if part.height:
                yield market, part

    def amount(self, value: float, unit: str) -> str:
        """A value in the words of the language: shares as percentages, euros, counts."""
        if unit == "RATIO":
            return self.words.percent(value, 2 if abs(value) < _FEW else 1)
        if unit == "EUR":
            return f"€\u00a0{self.words.number(value)}"
        return self.words.number(value) if float(value).is_integer() else self.words.number(value, 1)

    def interval(self, row: Row) -> str:
        """The interval of a row, or nothing where there is none."""
        low, high = row["lower_bound"], row["upper_bound"]
        if low is None or high is None or not low < high:
            return ""
        unit = row["unit_measure"]
        return f"{self.amount(low, unit)} – {self.amount(high, unit)}"

    def span(self, low: float, high: float) -> str:
        """Two shares as the ends of an interval of few respondents: whole percents."""
        return f"{self.words.percent(low, 0)} – {self.words.percent(high, 0)}"

    def cell(self, row: Row | None, *, interval: bool = True) -> str:
        """A value as a table shows it: with its interval, ° of low reliability, c suppressed, – not there."""
        if row is None:
            return "–"
        if row["obs_status"] == _HIDDEN:
            return "c"
        if row["obs_value"] is None:
            return "–"
        mark = "\u00a0°" if row["obs_status"] == _LOW else ""
        within = self.interval(row) if interval else ""
        return f"{self.amount(row['obs_value'], row['unit_measure'])}{f' ({within})' if within else ''}{mark}"

    def ratio(self, row: Row | None) -> str:
        """A value that is no share but how many times something, with its interval."""
        if row is None or row["obs_value"] is None:
            return self.cell(row)
        text, low, high = self.words.number(row["obs_value"], 2), row["lower_bound"], row["upper_bound"]
        if low is None or high is None or not low < high:
            return text
        return f"{text} ({self.words.number(low, 2)} – {self.words.number(high, 2)})"

    def told(self, row: Row | None) -> str | None:
        """A value with its interval as a sentence holds it; None where there is none to tell."""
        if row is None or row["obs_value"] is None:
            return None
        value, within = self.amount(row["obs_value"], row["unit_measure"]), self.interval(row)
        if not within:
            return value
        return self.words.say("{value} (95% interval {interval})", value=value, interval=within)

    def why_not(self, rows: Iterable[Row | None]) -> str:
        """Why there is no value, in a sentence: suppressed where any is, else not known."""
        if any(row is not None and row["obs_status"] == _HIDDEN for row in rows):
            return self.words.say("not published: too few vendors stand behind it, or it would give such a value away")
        return self.words.say("not known from what was seen")

    def reason(self, dataset: str, code: str) -> str:
        """Why an indicator of the country has no value, in a sentence."""
        return self.why_not(self.rows(dataset, code, param=None).iter_rows(named=True))

    def name(self, code: str) -> str:
        """The name of a place."""
        return self.words.label("ref_area", code)

    def market(self, code: str) -> str:
        """The name of a market."""
        return self.words.label("market", code)


def named(words: Words, name: str, value: str) -> str:
    """A name with its value: a colon as the language sets it, none after a question mark."""
    return f"{name} {value}" if name.endswith("?") else words.say("{name}: {value}", name=name, value=value)


def listed(words: Words, parts: Iterable[str]) -> str:
    """Parts of a sentence, apart from each other as the language sets a semicolon."""
    return words.say("; ").join(parts)


def with_values(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that have a value."""
    return frame.filter(pl.col("obs_value").is_not_null())


def point(row: Row, **named: str) -> dict[str, Any]:
    """A row for a figure: value and bounds, and what is given by name."""
    return {"value": row["obs_value"], "lower": row["lower_bound"], "upper": row["upper_bound"], **named}


def records(frame: pl.DataFrame, **named: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows for a figure: value and bounds, and the columns that are given by name."""
    columns = frame.select(value="obs_value", lower="lower_bound", upper="upper_bound").to_dicts()
    return [row | {name: values[at] for name, values in named.items()} for at, row in enumerate(columns)]
