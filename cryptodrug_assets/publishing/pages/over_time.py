"""What happened when: contains offers by week with events, countries beside each other by month, and who moved."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages import charts, more_charts
from cryptodrug_assets.publishing.pages.finding import Finding, Table
from cryptodrug_assets.publishing.pages.observed import Observed, listed, named, records, with_values
from cryptodrug_assets.publishing.words.labels import country_codes

_COUNTRIES = 9
_LINKS = ("MG01_A", "MG01_AB", "MG01_ABC")


def weekly(at: Observed) -> Iterator[Finding]:
    """Offers by week of each market that was swept often enough, with the days of all events."""
    words = at.words
    frame = with_values(at.rows("listing_series", "LS01", param=None, ref_area=WORLD))
    if frame.is_empty():
        return
    rows, table = [], []
    for market, part in at.by_market(frame):
        for row in part.sort("param").iter_rows(named=True):
            day = _monday(row["param"])
            rows.append({"x": f"{day}T00:00:00", "value": row["obs_value"], "series": at.market(market)})
            table.append([at.market(market), words.date(day), at.cell(row, interval=False)])
    first, last = min(row["x"] for row in rows), max(row["x"] for row in rows)
    happened = [(config, event) for config in market_configs().values() for event in config.events]
    days = sorted(
        (f"{event.date}T00:00:00", named(words, config.label, words.label("event", event.type)))
        for config, event in happened
    )
    shown = [(day, text) for day, text in days if first <= day <= last]
    events = [{"x": day, "text": str(number)} for number, (day, _) in enumerate(shown, 1)]
    told = listed(words, (f"{number} {text}" for number, (_, text) in enumerate(shown, 1)))
    sentences = [words.say("Events: {events}.", events=told)] if shown else []
    title = words.say("Live drug offers by week; numbered lines are events")
    spec = more_charts.weeks(rows, events, y=words.say("live drug offers"),
                             series=[at.market(market) for market, _ in at.by_market(frame)])  # fmt: skip
    head = [words.say("Market"), words.say("Week from"), words.say("Offers")]
    yield Finding(sentences, (title, spec), Table(head, table))


def _monday(week: str) -> date:
    """The first day of a week.

    >>> _monday("2019-W01")
    datetime.date(2018, 12, 31)
    """
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), 1, 1) + timedelta(weeks=int(number) - 1)


def countries(at: Observed) -> Iterator[Finding]:
    """The country's share of sales by month among those with the largest: a panel a country."""
    words = at.words
    frame = with_values(at.rows("shares", "SH03", ref_area=None))
    frame = frame.filter(pl.col("ref_area").is_in(country_codes()), pl.col("market") != TOTAL)
    size = (
        frame.group_by("ref_area")
        .agg(size=pl.col("obs_value").mean())
        .sort("size", "ref_area", descending=[True, False])
    )
    codes = size["ref_area"].to_list()
    shown = codes[:_COUNTRIES]
    if at.country in codes and at.country not in shown:
        shown = [*shown[:-1], at.country]
    if len(shown) < 2:
        return
    frame = frame.filter(pl.col("ref_area").is_in(shown))
    parts = list(at.by_market(frame))
    rows = [
        row
        for market, part in parts
        for row in records(part, x=[words.month(month) for month in part["time_period"]],
                           panel=[at.name(code) for code in part["ref_area"]], series=[at.market(market)] * part.height)
    ]  # fmt: skip
    months = sorted(set(frame["time_period"]))
    title = words.say("Share of sales by month of {country} among other countries; each panel has an axis of its own",
                      country=at.name(at.country))  # fmt: skip
    spec = more_charts.multiples(rows, series=[at.market(market) for market, _ in parts],
                                 months=[words.month(month) for month in months], panels=[at.name(code) for code in shown])  # fmt: skip
    cells = {(row["market"], row["time_period"], row["ref_area"]): row for row in frame.iter_rows(named=True)}
    table = Table(
        [words.say("Market and month"), *(at.name(code) for code in shown)],
        [
            [f"{at.market(market)}, {words.month(month)}", *(at.cell(cells.get((market, month, code)), interval=False) for code in shown)]
            for market, part in parts
            for month in sorted(part["time_period"].unique())
        ],
    )  # fmt: skip
    yield Finding([], (title, spec), table)


def moved(at: Observed) -> tuple[str, charts.Spec] | None:
    """Vendors of a closed market that were seen again, by how sure the link is: classes that hold each other."""
    words = at.words
    names = (
        words.say("near-certain links"),
        words.say("links at least probable"),
        words.say("links at least possible"),
    )
    rows = []
    for code, name in zip(_LINKS, names, strict=True):
        for market, part in at.by_market(with_values(at.rows("migration", code, param=None, ref_area=WORLD))):
            for row in part.iter_rows(named=True):
                goes = f"{at.market(market)} → {at.market(row['param'])}"
                rows.append({"label": goes, "series": name, "value": row["obs_value"]})
    if not any(row["value"] for row in rows):
        return None
    title = words.say("Vendors of a closed market seen again within 60 days, by how sure the link is")
    order = list(dict.fromkeys(row["label"] for row in rows))
    return title, more_charts.grouped_bars(rows, order=order, series=names, x=words.say("vendors"))
