"""Findings on what is offered, where it is sent, how sales are made up, and closures."""

from collections.abc import Iterator, Sequence

import polars as pl

from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages import charts
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.observed import Observed, point, records, with_values
from cryptodrug_assets.publishing.pages.over_time import moved

_REACH = ("domestic", "eu", "europe", "world")
_SIZES = ("100", "200", "500", "1000")


def classes(at: Observed) -> Question:
    """Which classes are offered, beside the world, and in which the country is strong."""
    words = at.words
    findings = []
    own = at.rows("specialisation_window", "DM01_L", market=TOTAL, drug_class=None)
    if own.is_empty():
        own = at.rows("specialisation_window", "DM01_L", drug_class=None)
    own = own.filter(pl.col("drug_class") != TOTAL)
    for market, part in at.by_market(own):
        shown = (
            with_values(part).filter(pl.col("obs_value") > 0).sort("obs_value", "drug_class", descending=[True, False])
        )
        if shown.is_empty():
            continue
        order = [words.label("drug_class", code) for code in shown["drug_class"]]
        world = with_values(at.rows("specialisation_window", "DM01_L", market=market, drug_class=None, ref_area=WORLD))
        world = world.filter(pl.col("drug_class").is_in(shown["drug_class"].to_list()))
        series = [at.name(at.country), at.name(WORLD)]
        rows = [
            *records(shown, label=order, series=[series[0]] * shown.height),
            *records(world, label=[words.label("drug_class", c) for c in world["drug_class"]],
                     series=[series[1]] * world.height),
        ]  # fmt: skip
        first = shown.row(0, named=True)
        sentences = [
            words.say("{market}: the largest class of offers of {country} is {name}, {value}.", market=at.market(market),
                      country=at.name(at.country), name=words.label("drug_class", first["drug_class"]),
                      value=at.told(first)),
            *_strong(at, market),
        ]  # fmt: skip
        title = words.say("{market}: share of each class in the offers of {country} and of the world",
                          market=at.market(market), country=at.name(at.country))  # fmt: skip
        head = [words.say("Class"), *series, words.say("Location quotient"), words.say("Of sales")]
        rows_shown = [
            [words.label("drug_class", code),
             at.cell(at.last("specialisation_window", "DM01_L", market=market, drug_class=code)),
             at.cell(at.last("specialisation_window", "DM01_L", market=market, drug_class=code, ref_area=WORLD),
                     interval=False),
             at.ratio(at.last("specialisation_window", "SP02_L", market=market, drug_class=code)),
             at.cell(at.last("specialisation_window", "DM01_T", market=market, drug_class=code))]
            for code in part["drug_class"].unique().sort()
        ]  # fmt: skip
        spec = charts.dots(rows, x=words.indicator("DM01_L"), order=order, series=series)
        findings.append(Finding(sentences, (title, spec), Table(head, rows_shown)))
    return Question("classes", words.say("What is offered?"), tuple(findings))


def _strong(at: Observed, market: str) -> Iterator[str]:
    """Classes whose location quotient lies wholly above one."""
    frame = with_values(at.rows("specialisation_window", "SP02_L", market=market, drug_class=None))
    above = frame.filter(pl.col("lower_bound") > 1).sort("obs_value", "drug_class", descending=[True, False])
    if above.height:
        named = ", ".join(at.words.label("drug_class", code) for code in above["drug_class"].head(4))
        yield at.words.say(
            "Offered more than in the world at large (location quotient above 1): {classes}.", classes=named
        )


def reach(at: Observed) -> Question:
    """How far offers are sent, and which countries vendors exclude."""
    words = at.words
    rows, table, sentences = [], [], []
    series = []
    for market in (*at.markets, TOTAL):
        values = [at.last("shipping_window", "RT04_WIN", market=market, param=param) for param in _REACH]
        if not any(row is not None and row["obs_value"] is not None for row in values):
            continue
        series.append(at.market(market))
        for param, row in zip(_REACH, values, strict=True):
            if row is not None and row["obs_value"] is not None:
                rows.append(point(row, label=words.param(param), series=at.market(market)))
        home = at.told(values[0])
        if home is not None:
            sentences.append(words.say("{market}: {value} of the offers of {country} reach the own country at most.",
                                       market=at.market(market), value=home, country=at.name(at.country)))  # fmt: skip
    for code, param in (*(("RT04_WIN", param) for param in _REACH), ("RT02_WIN", TOTAL), ("RT03_WIN", "ANGLO"),
                        ("RT03_WIN", "NL")):  # fmt: skip
        cells = [
            at.cell(at.last("shipping_window", code, market=market, param=param)) for market in (*at.markets, TOTAL)
        ]
        if any(cell != "–" for cell in cells):
            table.append([words.indicator(code, param), *cells])
    head = [words.say("Offers and vendors"), *(at.market(market) for market in (*at.markets, TOTAL))]
    title = words.say("How far the offers of {country} reach at most, with 95% intervals", country=at.name(at.country))
    order = [words.param(param) for param in _REACH]
    figure = (title, charts.dots(rows, x=words.say("share of offers"), order=order, series=series)) if rows else None
    if not sentences:
        sentences = [words.say("How far offers reach is {why}.", why=at.reason("shipping_window", "RT04_WIN"))]
    caveat = words.say("A destination is what an offer says; it is offered, not travelled.")
    return Question("reach", words.say("Where is it sent?"), (Finding(sentences, figure, Table(head, table), caveat),))


def sales(at: Observed) -> Question:
    """Sizes of sales, and how they are spread over vendors."""
    words = at.words
    codes = [("TS03", TOTAL), ("TS03_q", "50"), *(("TS01", param) for param in _SIZES), ("TS04", "200")]
    table, sentences = [], []
    for market in (*at.markets, TOTAL):
        pairs = [(at.last("transaction_sizes_window", code, market=market, param=param),
                  at.last("transaction_sizes_window", code, market=market, param=param, ref_area=WORLD))
                 for code, param in codes]  # fmt: skip
        for (code, param), (own, world) in zip(codes, pairs, strict=True):
            if own is not None or world is not None:
                table.append([at.market(market), words.indicator(code, param), at.cell(own), at.cell(world)])
        mean, middle = pairs[0], pairs[1]
        for place, one, half in ((at.country, mean[0], middle[0]), (WORLD, mean[1], middle[1])):
            value, median = at.told(one), at.told(half)
            if value is not None and median is not None:
                sentences.append(words.say(
                    "{market}, {place}: a sale is worth {mean} on average; half of them at most {median}.",
                    market=at.market(market), place=at.name(place), mean=value, median=median,
                ))  # fmt: skip
    if not sentences:
        why = at.reason("transaction_sizes_window", "TS03")
        sentences = [words.say("Sizes of sales are {why}.", why=why)]
    head = [words.say("Market"), words.say("Figure"), at.name(at.country), at.name(WORLD)]
    caveat = words.say(
        "Only sales with an exact price beside their feedback; where a market shows none, there is no revenue."
    )
    findings = [Finding(sentences, None, Table(head, table), caveat), *_spread(at)]
    return Question("sales", words.say("How large are the sales, and who makes them?"), tuple(findings))


def _spread(at: Observed) -> Iterator[Finding]:
    words = at.words
    rows, table, sentences, order = [], [], [], []
    labels = {"L": words.say("live drug offers"), "T": words.say("sales"), "R": words.say("revenue")}
    for measure, label in labels.items():
        for market in at.markets:
            row = at.last("concentration", f"CN03_{measure}", market=market, param="10", ref_area=WORLD)
            even = at.last("concentration", f"CN02_{measure}", market=market, ref_area=WORLD)
            if row is None:
                continue
            gini = at.words.number(even["obs_value"], 2) if even and even["obs_value"] is not None else at.cell(even)
            table.append([at.market(market), label, at.cell(row), gini])
            if row["obs_value"] is not None:
                order.append(label)
                rows.append(point(row, label=label, series=at.market(market)))
                sentences.append(words.say("{market}: the largest tenth of vendors has {value} of the {what}.",
                                           market=at.market(market), value=at.told(row), what=label))  # fmt: skip
    if rows:
        shown = [name for name in at.markets if any(row["series"] == at.market(name) for row in rows)]
        title = words.say("Part of the largest tenth of vendors, by market, with 95% intervals")
        spec = charts.dots(rows, x=words.say("part of the total"), order=list(dict.fromkeys(order)),
                           series=[at.market(name) for name in shown])  # fmt: skip
        head = [words.say("Market"), words.say("Of"), words.say("Largest tenth"), "Gini"]
        yield Finding(sentences, (title, spec), Table(head, table))


def closures(at: Observed) -> Question:
    """What followed events, and where vendors went."""
    words = at.words
    table, sentences, rows = [], [], []
    for market, part in at.by_market(at.rows("shocks", "SK01_level_T", param=None, ref_area=WORLD)):
        for row in part.iter_rows(named=True):
            event = words.param(row["param"])
            own = at.last("shocks", "SK01_level_T", market=market, param=row["param"])
            table.append([at.market(market), event, at.ratio(own), at.ratio(row)])
            if row["obs_value"] is None:
                continue
            label = f"{at.market(market)}: {event}"
            rows.append(point(row, label=label, series=at.name(WORLD)))
            sure = row["lower_bound"] is not None and (row["lower_bound"] > 1 or row["upper_bound"] < 1)
            said = (
                words.say("{market}, after “{event}”: sales per day were {value} times what was expected.",
                          market=at.market(market), event=event, value=at.ratio(row))
                if sure
                else words.say("{market}, after “{event}”: no change of sales per day can be told ({value} times).",
                               market=at.market(market), event=event, value=at.ratio(row))
            )  # fmt: skip
            sentences.append(said)
    if not sentences:
        sentences = [words.say("What followed events is {why}.", why=at.reason("shocks", "SK01_level_T"))]
    figure = None
    if rows:
        title = words.say("Sales per day after events, times what was expected, with 95% intervals")
        spec = charts.dots(rows, x=words.say("times what was expected"), order=[row["label"] for row in rows],
                           series=[at.name(WORLD)], form="~g", log=True, line=1.0)  # fmt: skip
        figure = (title, spec)
    head = [words.say("Market"), words.say("Event"), at.name(at.country), at.name(WORLD)]
    caveat = words.say("What follows an event need not be due to it.")
    findings = [Finding(sentences, figure, Table(head, table), caveat), *_moved(at)]
    return Question("closures", words.say("What happens when a market closes?"), tuple(findings))


def _moved(at: Observed) -> Iterator[Finding]:
    words = at.words
    links: Sequence[tuple[str, str]] = (
        ("MG01_A", words.say("near-certain links")), ("MG01_AB", words.say("links at least probable")),
        ("MG01_ABC", words.say("links at least possible")),
    )  # fmt: skip
    table, sentences = [], []
    for code, label in links:
        frame = at.rows("migration", code, param=None, ref_area=WORLD)
        for market, part in at.by_market(frame):
            for row in part.iter_rows(named=True):
                own = at.last("migration", code, market=market, param=row["param"])
                goes = f"{at.market(market)} → {at.market(row['param'])}"
                table.append([goes, label, at.cell(own), at.cell(row)])
                if code == "MG01_A" and row["obs_value"] is not None:
                    sentences.append(words.say_n(
                        "{goes}: {n} vendor was seen again within 60 days ({label}).",
                        "{goes}: {n} vendors were seen again within 60 days ({label}).",
                        int(row["obs_value"]), goes=goes, label=label,
                    ))  # fmt: skip
    if table:
        head = [words.say("Markets"), words.say("Link"), at.name(at.country), at.name(WORLD)]
        caveat = words.say("Links are of accounts, by their texts and keys; nothing follows about persons.")
        yield Finding(sentences, moved(at), Table(head, table), caveat)
