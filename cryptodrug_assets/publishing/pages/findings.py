"""What the report finds, question by question: contains a finding's shape and those on how large the supply is."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from cryptodrug_assets.indicators.rows import UNKNOWN
from cryptodrug_assets.months import months_from
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages import charts
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.observed import Observed, records, with_values
from cryptodrug_assets.publishing.words.labels import country_codes

# A part of the whole below which nothing is said of it.
_WORTH_SAYING = 0.005
#: Shares of a country by what they are of.
MEASURES = ("SH01", "SH02", "SH03", "SH04")


def seen(at: Observed) -> Question:
    """What was observed, and what was not."""
    words = at.words
    covered = at.rows("coverage", "COV01", ref_area=WORLD)
    configs = market_configs()
    # A window without an end goes as far as anything is known.
    last = max([*covered["time_period"], *(one.window.end or one.window.start for one in configs.values())])
    windows = {name: months_from(one.window.start, one.window.end or last) for name, one in configs.items()}
    months = sorted({*covered["time_period"], *(month for window in windows.values() for month in window)})
    yes, no = words.say("figures"), words.say("in its window, no figures")
    rows, events, table = [], [], []
    for market, config in configs.items():
        there, window = set(covered.filter(market=market)["time_period"]), windows[market]
        name = at.market(market)
        rows += [{"label": name, "x": words.month(m), "kind": yes if m in there else no} for m in window]
        happened = [event for event in config.events if f"{event.date:%Y-%m}" in months]
        events += [{"label": name, "x": words.month(f"{event.date:%Y-%m}"), "text": "×"} for event in happened]
        of_market = covered.filter(market=market)["obs_value"]
        least = of_market.min() if of_market.len() and not of_market.null_count() else None
        told = "; ".join(f"{words.label('event', event.type)} ({words.date(event.date)})" for event in happened)
        table.append([
            name, f"{words.month(window[0])} – {words.month(window[-1])}", f"{len(there)} / {len(window)}",
            words.percent(float(least)) if isinstance(least, float) else words.say("unknown"), told or "–",
        ])  # fmt: skip
    done = sum(row["kind"] == yes for row in rows)
    sentences = [
        words.say_n("{n} month of a market has figures.", "{n} months of markets have figures.", done),
        words.say("What was not observed is neither zero nor missing: it is not said."),
    ]
    sentences += _unknown(at)
    names = [at.market(market) for market in configs]
    title = words.say("Months of each market's window with and without figures; × marks an event")
    spec = charts.spans(
        rows, events, order=names, months=[words.month(month) for month in months], marks=[yes, no]
    )  # fmt: skip
    head = [words.say("Market"), words.say("Window"), words.say("Months with figures"),
            words.say("Least coverage"), words.say("Events")]  # fmt: skip
    finding = Finding(sentences, (title, spec) if rows else None, Table(head, table))
    return Question("seen", words.say("What was observed"), (finding,))


def _unknown(at: Observed) -> Iterator[str]:
    """What of the markets' sales and offers is not known."""
    words = at.words
    for market in at.markets:
        sales = with_values(at.rows("coverage", "COV05", market=market, ref_area=WORLD)).drop_nulls("obs_count")
        number = int(sales["obs_count"].sum())
        unknown = 1 - float((sales["obs_value"] * sales["obs_count"]).sum()) / number if number else 0.0
        if unknown > _WORTH_SAYING:
            yield words.say(
                "{market}: of {value} of the sales the offer was not captured; whether of a drug is unknown.",
                market=at.market(market), value=at.amount(unknown, "RATIO"),
            )  # fmt: skip
        origin = at.last("shares_window", "SH01_pooled", market=market, ref_area=UNKNOWN)
        if origin is not None and (origin["obs_value"] or 0) > _WORTH_SAYING:
            yield words.say("{market}: of {value} of the drug offers the origin is unknown.", market=at.market(market),
                            value=at.amount(origin["obs_value"], "RATIO"))  # fmt: skip


def share(at: Observed) -> Question:
    """How large the country's part of the supply is: over the window, by month, beside other countries."""
    words = at.words
    sentences, caveat = [], ""
    phrases = {
        "SH01": words.say("live drug offers"), "SH02": words.say("active vendors"),
        "SH03": words.say("sales"), "SH04": words.say("revenue"),
    }  # fmt: skip
    for code in MEASURES:
        row = at.last("shares_window", f"{code}_mean", market=TOTAL)
        value = at.told(row)
        if value is not None:
            sentences.append(words.say(
                "{country}, {what}: {value} of those of all markets, mean of the months observed.",
                country=at.name(at.country), what=phrases[code], value=value,
            ))  # fmt: skip
        else:
            sentences.append(words.say("{country}, {what}: {why}.", country=at.name(at.country), what=phrases[code],
                                       why=at.why_not([row])))  # fmt: skip
    bound = at.last("shares", "SH03_bound")
    if bound is not None and bound["upper_bound"] is not None:
        caveat = words.say(
            "If all sales of unknown origin were the country's, its share in the latest month would be {value} at most.",
            value=at.amount(bound["upper_bound"], "RATIO"),
        )
    over = [
        [at.market(market), phrases[code],
         at.cell(at.last("shares_window", f"{code}_mean", market=market)),
         at.cell(at.last("shares_window", f"{code}_pooled", market=market))]
        for market in (*at.markets, TOTAL)
        for code in MEASURES
        if at.last("shares_window", f"{code}_mean", market=market) is not None
    ]  # fmt: skip
    head = [words.say("Market"), words.say("Share in"), words.say("Mean of months"), words.say("Whole window")]
    findings = [Finding(sentences, _peers(at), Table(head, over), caveat)]
    findings += [finding for code in MEASURES if (finding := _by_month(at, code, phrases[code])) is not None]
    findings += _at_most(at)
    title = words.say("How large is the part of {country}?", country=at.name(at.country))
    return Question("share", title, tuple(findings))


def _peers(at: Observed) -> tuple[str, dict[str, Any]] | None:
    """The country among those with the largest shares of sales."""
    words = at.words
    frame = with_values(at.rows("shares_window", "SH03_mean", market=TOTAL, ref_area=None))
    last = frame.filter(pl.col("ref_area").is_in(country_codes()))
    last = last.sort("obs_value", "ref_area", descending=[True, False])
    shown = last.head(12)
    if at.country not in shown["ref_area"].to_list():
        shown = pl.concat([shown, last.filter(ref_area=at.country)])
    if shown.height < 2:
        return None
    names = [at.name(code) for code in shown["ref_area"]]
    series = [words.say("this country"), words.say("others")]
    kinds = [series[0] if code == at.country else series[1] for code in shown["ref_area"]]
    rows = records(shown, label=names, series=kinds)
    title = words.say("Share in the sales of all markets, by country of origin, mean of months, with 95% intervals")
    return title, charts.dots(rows, x=words.indicator("SH03"), order=names, series=series)


def _by_month(at: Observed, code: str, phrase: str) -> Finding | None:
    words = at.words
    frame = at.rows("shares", code)
    if with_values(frame).is_empty():
        return None
    parts = list(at.by_market(frame))
    drawn = [(market, part) for market, part in parts if with_values(part).height]
    sentences = list(_changes(at, code))
    title = words.say(
        "{what}: share of {country} by month, with 95% intervals",
        what=phrase[:1].upper() + phrase[1:],
        country=at.name(at.country),
    )
    spec = charts.lines(monthly_rows(at, drawn), y=words.indicator(code), **monthly_axes(at, drawn, frame))
    return Finding(sentences, (title, spec), monthly_table(at, parts))


def _at_most(at: Observed) -> Iterator[Finding]:
    """The share of sales in each month if all that is unknown were the country's."""
    words = at.words
    parts = list(at.by_market(at.rows("shares", "SH03_bound").drop_nulls("upper_bound")))
    if parts:
        shown = [(market, {row["time_period"]: at.amount(row["upper_bound"], "RATIO") for row in part.iter_rows(named=True)})
                 for market, part in parts]  # fmt: skip
        table = Table(
            [words.say("Month"), *(at.market(market) for market, _ in shown)],
            [
                [words.month(month, long=True), *(values.get(month, "–") for _, values in shown)]
                for month in sorted({month for _, values in shown for month in values})
            ],
        )
        said = words.say(
            "Share of sales by month if all that is unknown were the country's: origins, sales without their offer, missed pages."
        )
        yield Finding([said], None, table)


def _changes(at: Observed, code: str) -> Iterator[str]:
    """The lowest and the highest month of each market; a change is not claimed."""
    words = at.words
    for market, part in at.by_market(with_values(at.rows("shares", code))):
        low, high = part["obs_value"].arg_min(), part["obs_value"].arg_max()
        if low is None or high is None or part.height < 2:
            continue
        lowest, highest = part.row(low, named=True), part.row(high, named=True)
        if lowest["obs_value"] == highest["obs_value"]:
            yield words.say("{market}: {value} in every month.", market=at.market(market),
                            value=at.amount(lowest["obs_value"], "RATIO"))  # fmt: skip
            continue
        yield words.say(
            "{market}: between {low} ({low_month}) and {high} ({high_month}).", market=at.market(market),
            low=at.amount(lowest["obs_value"], "RATIO"), low_month=words.month(lowest["time_period"], long=True),
            high=at.amount(highest["obs_value"], "RATIO"), high_month=words.month(highest["time_period"], long=True),
        )  # fmt: skip


def size(at: Observed) -> Question:
    """How large the markets are: offers, vendors, sales, revenue by month."""
    words = at.words
    findings = []
    for code, phrase in (("LV01", words.say("live drug offers")), ("LV03", words.say("sales"))):
        frame = with_values(at.rows("activity", code, ref_area=WORLD))
        if frame.is_empty():
            continue
        parts = list(at.by_market(frame))
        sentences = [
            words.say("{market}: {value} {what} a month on average (months: {months}).", market=at.market(market),
                      value=words.number(float(part["obs_value"].mean())), what=phrase, months=part.height)  # type: ignore[arg-type]
            for market, part in parts
        ]  # fmt: skip
        title = words.say("{what} captured by market and month", what=phrase[:1].upper() + phrase[1:])
        spec = charts.bars(monthly_rows(at, parts), y=phrase, **monthly_axes(at, parts, frame))
        caveat = words.say(
            "Counts of what was captured: a lower bound. Their intervals are bounds of what was not seen."
        )
        findings.append(Finding(sentences, (title, spec), monthly_table(at, parts), caveat))
    return Question("size", words.say("How large are the markets?"), tuple(findings))


Parts = Sequence[tuple[str, pl.DataFrame]]


def monthly_rows(at: Observed, parts: Parts) -> list[dict[str, Any]]:
    """Rows of a figure over months, market by market; `rank` is the market's place."""
    return [
        row | {"rank": rank}
        for rank, (market, part) in enumerate(parts)
        for row in records(
            part, x=[at.words.month(month) for month in part["time_period"]], series=[at.market(market)] * part.height
        )
    ]


def monthly_axes(at: Observed, parts: Parts, frame: pl.DataFrame) -> dict[str, list[str]]:
    """The names of the markets and of the months of `frame`, in order."""
    months = [at.words.month(month) for month in sorted(set(frame["time_period"]))]
    return {"series": [at.market(market) for market, _ in parts], "months": months}


def monthly_table(at: Observed, parts: Parts) -> Table:
    """A row a month, a column a market."""
    by_month = [{row["time_period"]: row for row in part.iter_rows(named=True)} for _, part in parts]
    return Table(
        [at.words.say("Month"), *(at.market(market) for market, _ in parts)],
        [
            [at.words.month(month, long=True), *(at.cell(rows.get(month)) for rows in by_month)]
            for month in sorted({month for rows in by_month for month in rows})
        ],
    )
