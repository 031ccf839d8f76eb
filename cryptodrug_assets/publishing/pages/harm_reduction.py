"""How much is done to reduce harm: contains the share of offers with such advice, and what respondents say of it."""

from collections.abc import Iterator

from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages import charts, more_charts
from cryptodrug_assets.publishing.pages.buyers import counts
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.findings import monthly_axes, monthly_rows, monthly_table
from cryptodrug_assets.publishing.pages.observed import Observed, point, with_values


def harm_reduction(at: Observed) -> Question:
    """How many offers carry advice that reduces harm."""
    words = at.words
    frame = at.rows("conduct", "HR01")
    world = at.rows("conduct", "HR01", ref_area=WORLD)
    findings = []
    for place, part in ((at.country, frame), (WORLD, world)):
        there = with_values(part)
        if there.is_empty():
            continue
        parts = list(at.by_market(there))
        sentences = [
            words.say("{market}, {place}: {value} of the offers carry such advice in {month}.", market=at.market(market),
                      place=at.name(place), value=at.told(one.row(-1, named=True)),
                      month=words.month(one["time_period"][-1], long=True))
            for market, one in parts
        ]  # fmt: skip
        title = words.say("{place}: share of offers with advice that reduces harm, by month", place=at.name(place))
        spec = charts.lines(monthly_rows(at, parts), y=words.indicator("HR01"), **monthly_axes(at, parts, there))
        findings.append(Finding(sentences, (title, spec), monthly_table(at, parts)))
    if not findings:
        findings = [Finding([words.say("The share of such offers is {why}.", why=at.reason("conduct", "HR01"))])]
    findings += _asked_for(at)
    return Question("harm", words.say("How much is done to reduce harm?"), tuple(findings))


def _asked_for(at: Observed) -> Iterator[Finding]:
    """Offers that carry advice, beside the respondents who find it on fora: supply and demand of the same thing."""
    words = at.words
    rows, table = [], []
    for market in at.markets:
        row = at.last("conduct", "HR01", market=market, ref_area=WORLD)
        if row is not None and row["obs_value"] is not None:
            label = words.say("{market}: offers with such advice, {month}", market=at.market(market),
                              month=words.month(row["time_period"]))  # fmt: skip
            drawn = point(row, label=label, text=at.amount(row["obs_value"], "RATIO"))
            rows.append(drawn | {"low": None, "high": None})
            table.append([label, f"N = {words.number(row['obs_count'])}" if row["obs_count"] else "–", at.cell(row)])
    for wave in at.waves:
        estimates = at.of_wave("survey_estimates", wave)
        found = estimates.filter(**_FORA, statistic="share", conf_status="F") if estimates.height else estimates
        for row in found.drop_nulls(["n", "value"]).iter_rows(named=True) if found.height else ():
            label = words.say("Respondents of wave {wave}: such advice from fora", wave=wave)
            value = words.percent(row["value"], 0)
            rows.append({"label": label, "text": f"{counts(words, row)} ({value})",
                         "low": row["bound_low"], "high": row["bound_high"],
                         **{name: row[name] for name in ("value", "lower", "upper")}})  # fmt: skip
            # Of a share of all who were asked counts are open, and no interval.
            shown = value if row["lower"] is None else f"{value} ({at.span(row['lower'], row['upper'])})"
            table.append([label, counts(words, row), shown])
    if len(rows) > 1 and at.waves:
        title = words.say(
            "Advice that reduces harm: share of offers that carry it, and of respondents who find it on fora"
        )
        spec = more_charts.counted_shares(rows, x=words.say("share"))
        caveat = words.say(
            "Two different things beside each other: what is offered by vendors, and what buyers read elsewhere."
        )
        yield Finding(
            [], (title, spec), Table([words.say("What"), words.say("n of N"), words.say("Value")], table), caveat
        )


_FORA = {"item": "harm_info", "option": "1"}
