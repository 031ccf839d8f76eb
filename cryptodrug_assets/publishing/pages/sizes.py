"""How sales are spread: contains the distribution of their sizes and the Lorenz curve, as far as they are public."""

from collections.abc import Iterator
from typing import Any

from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages import more_charts
from cryptodrug_assets.publishing.pages.finding import Finding, Table
from cryptodrug_assets.publishing.pages.observed import Observed, with_values

_LINES = (200, 1000)


def sizes(at: Observed) -> Iterator[Finding]:
    """The distribution of sizes of each market that shows prices, then how uneven vendors are."""
    for market in at.markets:
        yield from _distribution(at, market)
    yield from _lorenz(at)


def _distribution(at: Observed, market: str) -> Iterator[Finding]:
    words = at.words
    rows: list[dict[str, Any]] = []
    table = []
    for place in (at.country, WORLD):
        points = []
        for row in with_values(
            at.rows("transaction_sizes_window", "TS03_q", market=market, param=None, ref_area=place)
        ).iter_rows(named=True):
            points.append((row["obs_value"], int(row["param"]) / 100, row["lower_bound"], row["upper_bound"]))
        for row in with_values(
            at.rows("transaction_sizes_window", "TS01", market=market, param=None, ref_area=place)
        ).iter_rows(named=True):
            points.append((float(row["param"]), 1 - row["obs_value"], None, None))
        # One percentile stands on another where few prices were seen: a size then has its larger share.
        for euros, share, low, high in sorted(points):
            if euros > 0:
                rows.append({"x": euros, "value": share, "series": at.name(place), "low": low or None, "high": high})
                table.append([at.name(place), at.amount(euros, "EUR"), words.percent(share, 1),
                              at.amount(low, "EUR") + " – " + at.amount(high, "EUR") if low is not None and high is not None else "–"])  # fmt: skip
    if len(rows) < 4:
        return
    series = [at.name(place) for place in (at.country, WORLD) if any(row["series"] == at.name(place) for row in rows)]
    title = words.say("{market}: share of sales that are worth at most so much; dashes: 200 and 1,000 euros",
                      market=at.market(market))  # fmt: skip
    spec = more_charts.curves(rows, x=words.say("euros"), y=words.say("share of sales"), series=series, form="~g", log=True,
                              lines=_LINES)  # fmt: skip
    head = [
        words.say("Place"),
        words.say("At most"),
        words.say("Share of sales"),
        words.say("95% interval of the size"),
    ]
    yield Finding([], (title, spec), Table(head, table))


def _lorenz(at: Observed) -> Iterator[Finding]:
    """The points of the Lorenz curve of sales that are public: what the largest so many percent of vendors have."""
    words = at.words
    rows: list[dict[str, Any]] = []
    table, sentences, series = [], [], []
    for market in at.markets:
        frame = with_values(at.rows("concentration", "CN03_T", market=market, param=None, ref_area=WORLD))
        if frame.is_empty():
            continue
        last = frame.filter(time_period=frame["time_period"].max()).to_dicts()
        name = at.market(market)
        series.append(name)
        points = [
            (0.0, 0.0),
            *sorted((1 - float(row["param"]) / 100, 1 - row["obs_value"]) for row in last),
            (1.0, 1.0),
        ]
        rows += [{"x": x, "value": value, "series": name, "low": None, "high": None} for x, value in points]
        for row in sorted(last, key=lambda row: float(row["param"])):
            table.append(
                [name, words.month(row["time_period"]), words.percent(float(row["param"]) / 100, 0), at.cell(row)]
            )
        even = at.last("concentration", "CN02_T", market=market, ref_area=WORLD)
        if even is not None and even["obs_value"] is not None:
            sentences.append(words.say("{market}: the Gini coefficient of sales over vendors is {value}.", market=name,
                                       value=at.ratio(even)))  # fmt: skip
    if not rows:
        return
    title = words.say(
        "Share of sales of the smallest vendors, up to each share of vendors, last month; dots: all alike"
    )
    spec = more_charts.curves(rows, x=words.say("share of vendors, from small to large"), y=words.say("share of sales"),
                              series=series, form=".0%", diagonal=True)  # fmt: skip
    caveat = words.say("A straight line between two points: how vendors between them differ is not published.")
    head = [words.say("Market"), words.say("Month"), words.say("Largest vendors"), words.say("Their share of sales")]
    yield Finding(sentences, (title, spec), Table(head, table), caveat)
